//! What a profile is of, to be chosen: a box to type in, and a list of what matches. The worker searches, so that
//! thousands of groups cost nothing here.
//!
//! Keys and roles are those of a combobox with a listbox (WAI-ARIA Authoring Practices).

use leptos::html::Input;
use leptos::prelude::*;
use tracepane_analysis::{format, names};
use tracepane_model::Nanos;
use web_sys::KeyboardEvent;

use crate::interop::JsResult as _;
use crate::page::app::App;
use crate::protocol::{
    Answer, Ask, LONGEST_FILTER, ProfileScope, ProfileScopes, RegionsOf, ScopeChoice, TasksOf,
};

/// The list's id; there is one on a page.
const LIST: &str = "scope-choices";

/// A chooser.
#[derive(Clone, Copy)]
pub struct Chooser {
    /// The page's state.
    pub app: App,
    /// The id of its label.
    pub labelled: &'static str,
    /// What is chosen.
    pub chosen: Signal<ProfileScope>,
    /// Called with what is chosen instead.
    pub choose: Callback<ProfileScope>,
}

/// The box and, while it has the keyboard, its list.
pub fn chooser(of: Chooser) -> AnyView {
    let state = State {
        of,
        open: RwSignal::new(false),
        typed: RwSignal::new(String::new()),
        found: RwSignal::new(None),
        active: RwSignal::new(0),
        input: NodeRef::new(),
    };
    view! {
        <div class="chooser">
            <input
                node_ref=state.input
                class="input"
                type="text"
                role="combobox"
                autocomplete="off"
                spellcheck="false"
                aria-labelledby=of.labelled
                aria-controls=LIST
                aria-expanded=move || state.open.get().to_string()
                aria-activedescendant=move || {
                    state.open.get().then(|| option_id(state.active.get()))
                }
                title=move || named(&of.chosen.get())
                prop:value=move || {
                    if state.open.get() { state.typed.get() } else { named(&of.chosen.get()) }
                }
                placeholder=move || named(&of.chosen.get())
                on:focus=move |_| state.unfold()
                on:click=move |_| state.unfold()
                on:blur=move |_| state.open.set(false)
                on:input:target=move |event| {
                    state.open.set(true);
                    state.search(event.target().value());
                }
                on:keydown=move |event| state.key(&event)
            />
            <span class="chooser-mark" aria-hidden="true">"▾"</span>
            {move || state.open.get().then(|| list(state))}
        </div>
    }
    .into_any()
}

#[derive(Clone, Copy)]
struct State {
    of: Chooser,
    open: RwSignal<bool>,
    typed: RwSignal<String>,
    found: RwSignal<Option<ProfileScopes>>,
    /// The choice that Enter takes.
    active: RwSignal<usize>,
    input: NodeRef<Input>,
}

impl State {
    fn unfold(self) {
        if !self.open.get_untracked() {
            self.open.set(true);
            self.search(String::new());
        }
    }

    fn search(self, text: String) {
        self.typed.set(text.clone());
        self.active.set(0);
        self.of.app.ask(Ask::ProfileScopes { text }, move |answer| {
            if let Ok(Answer::ProfileScopes(found)) = answer
                && self.typed.try_get_untracked().as_ref() == Some(&found.text)
            {
                // The view may be gone.
                self.found.try_set(Some(*found));
            }
        });
    }

    fn take(self, at: usize) {
        let choice = self.found.with_untracked(|found| {
            let found = found.as_ref()?;
            found.choices.get(at).cloned()
        });
        if let Some(choice) = choice {
            self.leave();
            self.of.choose.run(choice.scope);
        }
    }

    fn leave(self) {
        self.open.set(false);
        if let Some(input) = self.input.get_untracked() {
            input.blur().or_warn("leaving the box");
        }
    }

    fn key(self, event: &KeyboardEvent) {
        let last = self.found.with_untracked(|found| {
            let count = found.as_ref().map_or(0, |found| found.choices.len());
            count.saturating_sub(1)
        });
        let active = self.active.get_untracked();
        let next = match event.key().as_str() {
            "ArrowDown" if !self.open.get_untracked() => return self.unfold(),
            "ArrowDown" => active + 1,
            "ArrowUp" => active.saturating_sub(1),
            "PageDown" => active + 10,
            "PageUp" => active.saturating_sub(10),
            "Enter" => {
                event.prevent_default();
                return self.take(active);
            }
            "Escape" => {
                event.prevent_default();
                event.stop_propagation();
                return self.leave();
            }
            _ => return,
        };
        event.prevent_default();
        let next = next.min(last);
        self.active.set(next);
        let option = document().get_element_by_id(&option_id(next));
        if let Some(option) = option {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            option.scroll_into_view_with_scroll_into_view_options(&options);
        }
    }
}

fn option_id(at: usize) -> String {
    format!("scope-choice-{at}")
}

fn list(state: State) -> AnyView {
    let rows = move || {
        state.found.with(|found| {
            let found = found.as_ref()?;
            let choices = found.choices.iter().enumerate();
            let rows = choices.map(|(at, choice)| option(state, at, choice));
            Some(rows.collect_view())
        })
    };
    let note = move || {
        state.found.with(|found| {
            let found = found.as_ref()?;
            let shown = found.choices.len() as u64;
            match u64::from(found.total) {
                0 => Some("Nothing has such a name.".to_owned()),
                total if total > shown => Some(format!(
                    "{} more: type to find them.",
                    format::count(total - shown)
                )),
                _ => None,
            }
        })
    };
    view! {
        // A press on the list must not take the keyboard from the box.
        <div class="chooser-list" on:mousedown=|event| event.prevent_default()>
            <ul id=LIST role="listbox" aria-label="What the profile is of">{rows}</ul>
            {move || note().map(|note| view! { <p class="quiet">{note}</p> })}
        </div>
    }
    .into_any()
}

fn option(state: State, at: usize, choice: &ScopeChoice) -> AnyView {
    let scope = choice.scope.clone();
    view! {
        <li
            id=option_id(at)
            role="option"
            class:active=move || state.active.get() == at
            aria-selected=move || (state.of.chosen.get() == scope).to_string()
            on:click=move |_| state.take(at)
            on:mousemove=move |_| state.active.set(at)
        >
            <span class="chooser-kind">{choice.kind.clone()}</span>
            <span class="chooser-title">{choice.title.clone()}</span>
            <span class="chooser-detail">{choice.detail.clone()}</span>
        </li>
    }
    .into_any()
}

/// What a profile is of, in words.
pub fn named(scope: &ProfileScope) -> String {
    match scope {
        ProfileScope::All => "All goroutines".into(),
        ProfileScope::Group(name) => names::or_inactive(name).into(),
        ProfileScope::Goroutine(id) => format!("Goroutine {id}"),
        ProfileScope::Task(id) => format!("Task {id}"),
        ProfileScope::Regions(of) => {
            let RegionsOf {
                name,
                place,
                inherited,
                shortest,
                longest,
                complete,
            } = of;
            let mut text = match inherited {
                true => "Inherited regions".to_owned(),
                false => format!("Region {name}"),
            };
            if let Some(place) = place.as_ref().filter(|place| !place.is_empty()) {
                text.push_str(&format!(" at {place}"));
            }
            text + &limits(*shortest, *longest, *complete)
        }
        ProfileScope::Tasks(of) => {
            let TasksOf {
                name,
                shortest,
                longest,
                complete,
                text,
            } = of;
            let mut named = match name {
                Some(name) => format!("Tasks {name}"),
                None => "Tasks".to_owned(),
            };
            if !text.is_empty() {
                named.push_str(&format!(" with \"{text}\""));
            }
            named + &limits(*shortest, *longest, *complete)
        }
    }
}

fn limits(shortest: Option<u64>, longest: Option<u64>, complete: Option<bool>) -> String {
    let time = |nanos: u64| format::duration(Nanos(i64::try_from(nanos).unwrap_or(i64::MAX)));
    let longest = longest.filter(|&longest| longest < LONGEST_FILTER);
    let lasts = match (shortest.filter(|&shortest| shortest > 0), longest) {
        (None, None) => String::new(),
        (Some(shortest), None) => format!(", at least {}", time(shortest)),
        (None, Some(longest)) => format!(", at most {}", time(longest)),
        (Some(shortest), Some(longest)) => format!(", {} to {}", time(shortest), time(longest)),
    };
    let whole = match complete {
        None => "",
        Some(true) => ", complete",
        Some(false) => ", incomplete",
    };
    lasts + whole
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn scopes_have_names() {
        assert_eq!(named(&ProfileScope::Goroutine("17".into())), "Goroutine 17");
        let regions = RegionsOf {
            name: "load".into(),
            place: Some("main.load:35".into()),
            shortest: Some(1_001),
            longest: Some(1_584),
            complete: Some(true),
            ..RegionsOf::default()
        };
        assert_eq!(
            named(&ProfileScope::Regions(regions)),
            "Region load at main.load:35, 1.001 µs to 1.584 µs, complete"
        );
        let tasks = TasksOf {
            name: Some("checkout".into()),
            longest: Some(2_000),
            text: "order".into(),
            ..TasksOf::default()
        };
        assert_eq!(
            named(&ProfileScope::Tasks(tasks)),
            "Tasks checkout with \"order\", at most 2.000 µs"
        );
    }
}
