//! The four profiles: the heaviest stacks of each, and the file for `go tool pprof`.

use leptos::prelude::*;

use crate::address::{Address, Order};
use crate::interop::JsResult as _;
use crate::page::app::App;
use crate::page::history::Entry;
use crate::page::opening::download;
use crate::page::widgets::chooser::{Chooser, chooser};
use crate::page::widgets::explain::explain;
use crate::page::widgets::stack::{hint, stack_of_row};
use crate::page::widgets::table::{TableState, filter, table};
use crate::protocol::{Answer, Ask, Link, ProfileName, ProfileOf, ProfileScope, Row};

/// The view.
pub fn profiles(app: App) -> AnyView {
    let state = TableState::new(app);
    let of = Memo::new(move |before: Option<&ProfileOf>| {
        app.address.with(|address| match address {
            Address::Profile { of, .. } => of.clone(),
            _ => before.cloned().unwrap_or(ProfileOf {
                kind: ProfileName::ALL[0],
                scope: ProfileScope::All,
                complete: false,
            }),
        })
    });
    let opens = move |row: u32, _: &Row| state.active.set(Some(row));
    view! {
        <section class="page wide" aria-labelledby="profile-title">
            <h1 class="visually-hidden" id="profile-title">"Profiles"</h1>
            <div class="page-head">
                <nav class="segments" aria-label="Profile">
                    {ProfileName::ALL.map(|kind| kind_link(app, of, kind)).collect_view()}
                    // A trace seldom has samples.
                    {move || has_cpu(app, of).then(|| kind_link(app, of, ProfileName::Cpu))}
                </nav>
                <span class="quiet explain">{move || explained(of.get().kind)}</span>
                {explain(app, "profiles")}
                <span class="grow"></span>
                {filter(app, "Filter by function")}
            </div>
            <div class="page-head">
                <div class="field">
                    <span id="profile-scope">"Of"</span>
                    {chooser(Chooser {
                        app,
                        labelled: "profile-scope",
                        chosen: Signal::derive(move || of.get().scope),
                        choose: Callback::new(move |scope| {
                            change(app, ProfileOf { scope, ..of.get_untracked() }, Entry::Push);
                        }),
                    })}
                </div>
                {arrangement(app, of)}
                {complete(app, of)}
                <span class="grow"></span>
                {download_button(app, of)}
            </div>
            <div class="split">
                {table(state, "Heaviest stacks", opens)}
                {stack_of_row(state, "Stack", || hint("Choose a row to see its whole stack."))}
            </div>
        </section>
    }
    .into_any()
}

/// What a profile is called.
pub fn title(kind: ProfileName) -> &'static str {
    match kind {
        ProfileName::Net => "Network",
        ProfileName::Sync => "Synchronization",
        ProfileName::Syscall => "System calls",
        ProfileName::Sched => "Scheduling",
        ProfileName::Cpu => "CPU",
    }
}

fn explained(kind: ProfileName) -> &'static str {
    match kind {
        ProfileName::Net => "How long goroutines waited for the network, by the stack that waited.",
        ProfileName::Sync => {
            "How long goroutines waited for channels, locks and each other, by the stack that waited."
        }
        ProfileName::Syscall => {
            "How long goroutines were blocked in system calls, by the stack that called."
        }
        ProfileName::Cpu => {
            "What ran when the CPU profiler looked, by stack. Each sample stands for 10 ms, Go's usual rate."
        }
        ProfileName::Sched => {
            "How long goroutines were ready to run but had no processor, by the stack that made them ready."
        }
    }
}

/// Shows another profile, arranged as this one.
fn change(app: App, of: ProfileOf, entry: Entry) {
    app.go(arranged(of, by_function(app)), entry);
}

fn arranged(of: ProfileOf, functions: bool) -> Address {
    Address::Profile {
        of,
        functions,
        // Each has its own columns to sort by.
        order: Order::default(),
    }
}

fn by_function(app: App) -> bool {
    app.address.with_untracked(|address| {
        matches!(
            address,
            Address::Profile {
                functions: true,
                ..
            }
        )
    })
}

/// By stack or by function.
fn arrangement(app: App, of: Memo<ProfileOf>) -> AnyView {
    let functions = Memo::new(move |_| {
        app.address.with(|address| {
            matches!(
                address,
                Address::Profile {
                    functions: true,
                    ..
                }
            )
        })
    });
    let segment = move |wanted: bool, title: &'static str, help: &'static str| {
        view! {
            <a
                class="segment"
                title=help
                href=move || app.href(&arranged(of.get(), wanted))
                aria-current=move || (functions.get() == wanted).then_some("true")
                on:click=move |event| {
                    event.prevent_default();
                    app.go(arranged(of.get_untracked(), wanted), Entry::Push);
                }
            >
                {title}
            </a>
        }
        .into_any()
    };
    view! {
        <nav class="segments" aria-label="Rows">
            {segment(false, "Stacks", "One row for each stack")}
            {segment(true, "Functions", "One row for each function, with all that it calls")}
        </nav>
    }
    .into_any()
}

fn kind_link(app: App, of: Memo<ProfileOf>, kind: ProfileName) -> AnyView {
    let to = move || ProfileOf { kind, ..of.get() };
    view! {
        <a
            class="segment"
            title=explained(kind)
            href=move || app.href(&app.address_of(&Link::Profile(to())))
            aria-current=move || (of.get().kind == kind).then_some("page")
            on:click=move |event| {
                event.prevent_default();
                change(app, untrack(to), Entry::Push);
            }
        >
            {title(kind)}
        </a>
    }
    .into_any()
}

fn has_cpu(app: App, of: Memo<ProfileOf>) -> bool {
    let samples = app
        .opened
        .with(|opened| opened.as_ref().is_some_and(|opened| opened.samples));
    samples || of.get().kind == ProfileName::Cpu
}

fn complete(app: App, of: Memo<ProfileOf>) -> AnyView {
    view! {
        <label
            class="check"
            // Samples are always complete.
            class:hidden=move || of.get().kind == ProfileName::Cpu
            title="With the waits that go tool trace leaves out: waits from a goroutine's creation to its first run, and waits that had not ended when the trace did. Without the check the numbers equal its own."
        >
            <input
                type="checkbox"
                prop:checked=move || of.get().complete
                on:change:target=move |event| {
                    let complete = event.target().checked();
                    change(app, ProfileOf { complete, ..of.get_untracked() }, Entry::Push);
                }
            />
            <span>"Complete"</span>
        </label>
    }
    .into_any()
}

fn download_button(app: App, of: Memo<ProfileOf>) -> AnyView {
    let problem = RwSignal::new(None::<String>);
    let saved = RwSignal::new(None::<String>);
    Effect::new(move || {
        of.track();
        saved.set(None);
        problem.set(None);
    });
    let load = move |_| {
        app.ask(Ask::ProfileFile(of.get_untracked()), move |answer| {
            let done = match answer {
                Ok(Answer::File { name, bytes }) => {
                    download(&name, &bytes).or_sentence().map(|()| name)
                }
                Ok(_) => Err("the worker answered another question".into()),
                Err(text) => Err(text),
            };
            match done {
                Ok(name) => {
                    saved.try_set(Some(name));
                }
                Err(text) => {
                    problem.try_set(Some(text));
                }
            }
        });
    };
    view! {
        <span class="hint">
            {move || match (problem.get(), saved.get()) {
                (Some(text), _) => view! { <span role="alert">{text}</span> }.into_any(),
                (None, Some(name)) => {
                    view! { <code>"go tool pprof -http=: " {name}</code> }.into_any()
                }
                (None, None) => ().into_any(),
            }}
        </span>
        <button class="button" on:click=load>
            "Download for pprof"
        </button>
    }
    .into_any()
}
