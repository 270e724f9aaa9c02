//! Marks and the time axis on the page: the tools left of the minimap, their lists, and the fields on the time axis.

use leptos::html::Input;
use leptos::prelude::*;
use tracepane_timeline::GUTTER;
use tracepane_timeline::mark::MAX_NAME;
use tracepane_timeline::text::Duration;

use super::minimap::tool;
use crate::commands::{self, Command};
use crate::interop::JsResult as _;
use crate::page::app::App;
use crate::page::keys::{focus_plot, run};
use crate::page::marks::{NO_CLOCK, axis_title};
use crate::protocol::AxisName;

/// Which list is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Marks,
    Jumps,
}

/// Back, forward, the marks, and where else one can go.
pub fn tools(app: App) -> AnyView {
    let open = RwSignal::new(Open::Nothing);
    let toggle = move |which: Open| {
        open.update(|now| *now = if *now == which { Open::Nothing } else { which });
    };
    let count = move || app.marks.with(Vec::len);
    view! {
        <span class="button-row">
            {tool(app, Command::Undo, "↶", "Back to the view before (Ctrl Z)", move || {
                app.steps.get().0 > 0
            })}
            {tool(app, Command::Redo, "↷", "Forward again (Ctrl Y)", move || {
                app.steps.get().1 > 0
            })}
        </span>
        <button
            class="button small tool"
            title="Marks: moments with names (M sets one)"
            aria-haspopup="dialog"
            aria-expanded=move || (open.get() == Open::Marks).to_string()
            on:click=move |_| toggle(Open::Marks)
        >
            "Marks"
            {move || (count() > 0).then(|| view! { <span class="tool-count">{count()}</span> })}
        </button>
        <button
            class="button small tool"
            title="Go to a time, or from the selection to what has to do with it"
            aria-haspopup="menu"
            aria-expanded=move || (open.get() == Open::Jumps).to_string()
            on:click=move |_| toggle(Open::Jumps)
        >
            "Go to"
        </button>
        {move || match open.get() {
            Open::Nothing => ().into_any(),
            Open::Marks => popover(app, open, "Marks", list(app)),
            Open::Jumps => popover(app, open, "Go to", jumps(app, open)),
        }}
    }
    .into_any()
}

/// A list that lies over the timeline until somebody looks elsewhere.
fn popover(app: App, open: RwSignal<Open>, title: &'static str, inside: AnyView) -> AnyView {
    view! {
        <div class="popover-veil" on:pointerdown=move |_| open.set(Open::Nothing)></div>
        <div
            class="popover"
            role="dialog"
            aria-label=title
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    event.stop_propagation();
                    event.prevent_default();
                    open.set(Open::Nothing);
                    focus_plot(app);
                }
            }
        >
            {inside}
        </div>
    }
    .into_any()
}

/// The commands that lead from what is selected elsewhere.
const JUMPS: [Command; 14] = [
    Command::TypeTime,
    Command::FitSelection,
    Command::FitLife,
    Command::FitTask,
    Command::Cause,
    Command::Effect,
    Command::SameKind { forward: true },
    Command::SameKind { forward: false },
    Command::SameGoroutine { forward: true },
    Command::SameGoroutine { forward: false },
    Command::AddMark,
    Command::NextMark,
    Command::SetOrigin,
    Command::ShowAll,
];

fn jumps(app: App, open: RwSignal<Open>) -> AnyView {
    let rows = JUMPS.into_iter().map(move |command| {
        let entry = commands::ALL.iter().find(|entry| entry.command == command);
        let name = entry.map_or("Zoom to the selection's task", |entry| entry.name);
        let key = entry
            .and_then(|entry| entry.keys.first())
            .map(|key| key.label);
        view! {
            <button
                class="menu-row"
                role="menuitem"
                on:click=move |_| {
                    open.set(Open::Nothing);
                    focus_plot(app);
                    run(app, command);
                }
            >
                <span>{name}</span>
                {key.map(|key| view! { <kbd>{key}</kbd> })}
            </button>
        }
    });
    view! { <div role="menu">{rows.collect_view()}</div> }.into_any()
}

/// The marks in order of time.
fn list(app: App) -> AnyView {
    let rows = move || {
        let marks = app.marks.get();
        let mut order: Vec<usize> = (0..marks.len()).collect();
        order.sort_by(|&a, &b| marks[a].time.total_cmp(&marks[b].time));
        let mut before: Option<f64> = None;
        let rows: Vec<AnyView> = order
            .into_iter()
            .map(|at| {
                let mark = marks[at].clone();
                let passed = before.replace(mark.time).map(|before| mark.time - before);
                row(app, at, mark, passed)
            })
            .collect();
        rows
    };
    let none = move || app.marks.with(Vec::is_empty);
    view! {
        <div class="popover-head">
            <h2>"Marks"</h2>
            <span class="grow"></span>
            <button class="button small" title="Set a mark (M)" on:click=move |_| app.add_mark()>
                "Set one"
            </button>
        </div>
        {move || {
            if none() {
                view! {
                    <p class="popover-note">
                        "None yet. "<kbd>"M"</kbd>
                        " sets one where the selection begins, or else at the pointer. They stand in the page's address: a link has them."
                    </p>
                }
                    .into_any()
            } else {
                view! {
                    <table class="marks">
                        <thead>
                            <tr>
                                <th>"Name"</th>
                                <th>"When"</th>
                                <th title="Since the mark before">"After"</th>
                                <th></th>
                            </tr>
                        </thead>
                        <tbody>{rows()}</tbody>
                    </table>
                }
                    .into_any()
            }
        }}
    }
    .into_any()
}

fn row(app: App, at: usize, mark: tracepane_timeline::Mark, passed: Option<f64>) -> AnyView {
    let time = mark.time;
    let name = mark.name.clone();
    let (when, exact) =
        untrack(|| app.with_axis(|axis| (axis.moment(time, 1e7).to_string(), axis.exact(time))));
    let there = mark.clone();
    view! {
        <tr>
            <td>
                <input
                    class="input mark-name"
                    aria-label="The mark's name"
                    maxlength=MAX_NAME.to_string()
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=name
                    on:change:target=move |event| app.name_mark(at, &event.target().value())
                />
            </td>
            <td class="number">
                <button
                    class="link-button"
                    title=format!("{exact}: go there")
                    on:click=move |_| app.go_to_mark(&there)
                >
                    {when}
                </button>
            </td>
            <td class="number">
                {passed.map(|passed| Duration(passed).to_string())}
            </td>
            <td class="row-tools">
                <button
                    class="button small"
                    title="Count time from here"
                    on:click=move |_| app.set_origin(time)
                >
                    "Origin"
                </button>
                <button
                    class="button small"
                    title="Remove this mark"
                    aria-label=format!("Remove mark {}", mark.name)
                    on:click=move |_| app.remove_mark(at)
                >
                    "×"
                </button>
            </td>
        </tr>
    }
    .into_any()
}

/// What the time axis counts from, at its left end.
pub fn axis_chooser(app: App) -> AnyView {
    let unknown = move || app.clock.with(Option::is_none);
    let title = move || {
        let wall = app.clock.with(|clock| match clock {
            Some(clock) => clock.exactness(),
            None => NO_CLOCK.to_owned(),
        });
        let zone = app.zone.get();
        let zone = match app.axis.get().name {
            AxisName::Local => format!(
                ". Local time is {}",
                tracepane_timeline::axis::zone_name(zone)
            ),
            _ => String::new(),
        };
        format!("What the time axis counts from (Y). Wall clock: {wall}{zone}")
    };
    view! {
        <select
            class="axis-chooser"
            aria-label="What the time axis counts from"
            title=title
            prop:value=move || key(app.axis.get().name)
            on:pointerdown=move |event| event.stop_propagation()
            on:change:target=move |event| {
                let value = event.target().value();
                let found = AxisName::ALL.into_iter().find(|name| key(*name) == value);
                app.choose_axis(found.unwrap_or_default());
                focus_plot(app);
            }
        >
            {AxisName::ALL
                .map(|name| {
                    view! {
                        <option
                            value=key(name)
                            selected=move || app.axis.get().name == name
                            disabled=move || name.is_wall() && unknown()
                        >
                            {axis_title(name)}
                        </option>
                    }
                })
                .collect_view()}
        </select>
    }
    .into_any()
}

fn key(name: AxisName) -> &'static str {
    match name {
        AxisName::Start => "start",
        AxisName::Origin => "origin",
        AxisName::Local => "local",
        AxisName::Utc => "utc",
    }
}

/// The name of a mark, typed where its flag is.
pub fn name_field(app: App) -> AnyView {
    (move || {
        let at = app.naming.get()?;
        let mark = app.marks.with_untracked(|marks| marks.get(at).cloned())?;
        let input = NodeRef::<Input>::new();
        Effect::new(move || {
            if let Some(input) = input.get() {
                // Once the name is in it.
                request_animation_frame(move || {
                    input.focus().or_warn("focusing a mark's name");
                    input.select();
                });
            }
        });
        let left = move || {
            let (view, size) = (app.view.get(), app.size.get());
            let right = f64::from(size.width) - 150.0;
            let x = view.x_of(mark.time, size).clamp(GUTTER, right.max(GUTTER));
            format!("{x}px")
        };
        let done = StoredValue::new(false);
        // Enter takes the field away, which takes the keyboard from it: once is enough.
        let leave = move |text: Option<String>| {
            if done.get_value() {
                return;
            }
            done.set_value(true);
            if let Some(text) = text {
                app.name_mark(at, &text);
            }
            if app.naming.get_untracked() == Some(at) {
                app.naming.set(None);
            }
        };
        Some(view! {
            <input
                node_ref=input
                class="input name-field"
                aria-label="The mark's name"
                maxlength=MAX_NAME.to_string()
                autocomplete="off"
                spellcheck="false"
                style:left=left
                prop:value=mark.name
                on:pointerdown=move |event| event.stop_propagation()
                on:blur:target=move |event| leave(Some(event.target().value()))
                on:keydown:target=move |event| match &*event.key() {
                    "Enter" => {
                        leave(Some(event.target().value()));
                        focus_plot(app);
                    }
                    "Escape" => {
                        event.stop_propagation();
                        leave(None);
                        focus_plot(app);
                    }
                    _ => {}
                }
            />
        })
    })
    .into_any()
}

/// What the timeline says for a while.
pub fn note(app: App) -> AnyView {
    (move || {
        let text = app.note.get()?;
        Some(view! { <p class="plot-note">{text}</p> })
    })
    .into_any()
}

/// How far the selection was followed, and the way back.
pub fn trail(app: App) -> AnyView {
    (move || {
        let steps = app.trail.with(crate::page::jump::Trail::len);
        (steps > 0).then(|| {
            let plural = if steps == 1 { "" } else { "s" };
            view! {
                <p class="trail">
                    <span>{format!("Followed {steps} step{plural}")}</span>
                    <button class="button small" on:click=move |_| app.follow_back()>
                        "Back"
                    </button>
                </p>
            }
        })
    })
    .into_any()
}
