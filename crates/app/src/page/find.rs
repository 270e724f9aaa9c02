//! Finding: what is typed, what of it is looked for, and the way from hit to hit.

use std::time::Duration;

use leptos::prelude::*;
use tracepane_analysis::find::parse;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::app::App;
use super::keys::focus_plot;
use crate::address::Tab;
use crate::interop::JsResult as _;
use crate::protocol::{Answer, Ask, HitTo, SearchFound, SearchHint};

/// The id of the field in which queries are typed.
pub const FIELD: &str = "find";

/// A pause in typing this long begins a search.
const PAUSE: Duration = Duration::from_millis(180);

/// What is wrong with what was typed: the text before the wrong part, that part, what follows it, and a sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The text, cut in three; the one in the middle is wrong, or empty where something is missing.
    pub parts: [String; 3],
    /// A sentence.
    pub text: String,
}

/// The state of the find bar. Copied freely: it holds handles only.
#[derive(Clone, Copy)]
pub struct Find {
    /// Whether the bar is seen.
    pub open: RwSignal<bool>,
    /// What stands in the field.
    pub text: RwSignal<String>,
    /// What is looked for; it stands in the address.
    pub query: RwSignal<String>,
    /// What was found, once it is known.
    pub found: RwSignal<Option<SearchFound>>,
    /// What is wrong with the text.
    pub problem: RwSignal<Option<Problem>>,
    /// The place of the selected hit among all, from 1.
    pub place: RwSignal<Option<f64>>,
    /// Whether all that was not found is dimmed.
    pub dims: RwSignal<bool>,
    /// Whether the hits are listed.
    pub listed: RwSignal<bool>,
    /// What may be typed.
    pub hints: RwSignal<Vec<SearchHint>>,
    /// Which of them the keys are at.
    pub hint: RwSignal<Option<usize>>,
    /// Counts what was typed and what was looked for: what is late is dropped.
    typed: StoredValue<u32>,
    asked: StoredValue<u32>,
    /// Which of the things that a selection has in common with others was looked for last.
    same: StoredValue<usize>,
}

impl Find {
    /// Nothing is looked for.
    pub fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            text: RwSignal::new(String::new()),
            query: RwSignal::new(String::new()),
            found: RwSignal::new(None),
            problem: RwSignal::new(None),
            place: RwSignal::new(None),
            dims: RwSignal::new(true),
            listed: RwSignal::new(false),
            hints: RwSignal::new(Vec::new()),
            hint: RwSignal::new(None),
            typed: StoredValue::new(0),
            asked: StoredValue::new(0),
            same: StoredValue::new(0),
        }
    }

    /// What is looked for, as addresses have it.
    pub fn in_address(self) -> Option<String> {
        let query = self.query.get_untracked();
        (!query.is_empty()).then_some(query)
    }

    /// Another trace: nothing is looked for in it yet.
    pub fn forget(self) {
        self.open.set(false);
        self.text.set(String::new());
        self.query.set(String::new());
        self.found.set(None);
        self.problem.set(None);
        self.place.set(None);
        self.hide_hints();
    }

    /// The hints are done with.
    pub fn hide_hints(self) {
        self.hint.set(None);
        if !self.hints.with_untracked(Vec::is_empty) {
            self.hints.set(Vec::new());
        }
    }
}

/// Looks again when the query, the range of the page or the trace changes; knows the place of what is selected.
pub fn follow(app: App) {
    let find = app.find;
    let query = Memo::new(move |_| find.query.get());
    Effect::new(move || {
        let query = query.get();
        app.scope.track();
        if app.is_open() {
            search(app, query);
        }
    });
    Effect::new(move || {
        app.selection.track();
        let any = find
            .found
            .with(|found| found.as_ref().is_some_and(|found| found.count > 0.0));
        match app.selection.get() {
            Some(selection) if any => {
                let ask = Ask::Hit {
                    to: HitTo::Here,
                    selection: Some(selection),
                    time: 0.0,
                };
                app.ask(ask, move |answer| {
                    if app.selection.get_untracked() == Some(selection)
                        && let Ok(Answer::Hit(hit)) = answer
                    {
                        find.place.set(hit.map(|hit| hit.place));
                    }
                });
            }
            _ => find.place.set(None),
        }
    });
}

fn search(app: App, query: String) {
    let find = app.find;
    let mine = find.asked.try_update_value(|asked| {
        *asked = asked.wrapping_add(1);
        *asked
    });
    find.found.set(None);
    app.ask(
        Ask::Search {
            query: query.clone(),
        },
        move |answer| {
            if answer.is_ok() {
                app.wait_for_hits();
            }
            if Some(find.asked.get_value()) != mine {
                return;
            }
            match answer {
                Ok(Answer::Search(_)) if query.is_empty() => {}
                Ok(Answer::Search(found)) => {
                    app.said.set(hits(found.count));
                    find.found.set(Some(*found));
                }
                Ok(_) => {}
                Err(text) => find.problem.set(Some(Problem {
                    parts: [query.clone(), String::new(), String::new()],
                    text,
                })),
            }
        },
    );
}

/// How many hits in words.
pub fn hits(count: f64) -> String {
    match count as u64 {
        0 => "No hits".into(),
        count => tracepane_analysis::format::counted(count, "hit"),
    }
}

/// What is wrong with a text, if anything is.
fn problem_of(text: &str) -> Option<Problem> {
    let error = parse(text).err()?;
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    Some(Problem {
        parts: [
            part(0, error.from),
            part(error.from, error.to),
            part(error.to, text.len()),
        ],
        text: error.text,
    })
}

impl App {
    /// Opens the find bar, with what was looked for last.
    pub fn open_find(self) {
        let find = self.find;
        find.open.set(true);
        // The field comes with the bar.
        request_animation_frame(move || {
            if let Some(field) = field() {
                field.focus().or_warn("focusing");
                field.select();
            }
        });
        let text = find.text.get_untracked();
        if find.query.with_untracked(String::is_empty) && problem_of(&text).is_none() {
            self.look_for(text.trim().to_owned());
        }
    }

    /// Closes the find bar and looks for nothing any more. What was typed stays for the next time.
    pub fn close_find(self) {
        let find = self.find;
        find.open.set(false);
        find.problem.set(None);
        find.hide_hints();
        self.look_for(String::new());
        focus_plot(self);
    }

    /// Something was typed.
    pub fn find_typed(self, text: String) {
        let find = self.find;
        find.text.set(text.clone());
        let mine = find.typed.try_update_value(|typed| {
            *typed = typed.wrapping_add(1);
            *typed
        });
        self.ask_for_hints();
        set_timeout(
            move || {
                if Some(find.typed.get_value()) == mine && find.open.get_untracked() {
                    self.take_typed();
                }
            },
            PAUSE,
        );
    }

    /// Looks for what stands in the field, if it can be read; whether it can.
    pub fn take_typed(self) -> bool {
        let find = self.find;
        let text = find.text.get_untracked();
        let problem = problem_of(&text);
        let fine = problem.is_none();
        find.problem.set(problem);
        if fine {
            self.look_for(text.trim().to_owned());
        }
        fine
    }

    /// Looks for something, and writes it into the address.
    fn look_for(self, query: String) {
        if self.find.query.with_untracked(|now| *now == query) {
            return;
        }
        self.find.query.set(query);
        let on_timeline = self
            .address
            .with_untracked(|address| address.tab() == Tab::Timeline);
        if on_timeline && self.is_open_now() {
            self.selection_changed();
        }
    }

    /// Takes what an address looks for.
    pub fn take_find(self, query: Option<&str>) {
        let find = self.find;
        let query = query.unwrap_or_default();
        if find.query.with_untracked(|now| now == query) {
            return;
        }
        let problem = problem_of(query);
        let fine = problem.is_none();
        find.open.set(!query.is_empty());
        find.text.set(query.to_owned());
        find.problem.set(problem);
        find.hide_hints();
        find.query.set(if fine {
            query.to_owned()
        } else {
            String::new()
        });
    }

    /// Goes to the hit after or before the selected one, or the middle of what is seen.
    pub fn walk(self, to: HitTo) {
        if !self.find.open.get_untracked() {
            return self.open_find();
        }
        if self.find.query.with_untracked(String::is_empty) {
            return;
        }
        let view = self.view.get_untracked();
        let ask = Ask::Hit {
            to,
            selection: self.selection.get_untracked(),
            time: view.start + view.width() / 2.0,
        };
        self.ask(ask, move |answer| {
            if let Ok(Answer::Hit(Some(hit))) = answer {
                self.find.place.set(Some(hit.place));
                self.step_to(hit.selection, hit.time);
            }
        });
    }

    /// Looks for something that the selection has in common with others; asked again, for the next such thing.
    pub fn find_same(self) {
        let find = self.find;
        let same = self
            .details
            .with_untracked(|details| details.as_ref().map(|details| details.same.clone()));
        let Some(same) = same.filter(|same| !same.is_empty()) else {
            return;
        };
        let now = find.query.get_untracked();
        // From the one that is looked for to the next; of another selection the same kind of thing.
        let next = match same.iter().position(|same| same.query == now) {
            Some(place) => (place + 1) % same.len(),
            None => 0,
        };
        find.same.set_value(next);
        if let Some(same) = same.get(next) {
            self.said.set(format!("The same {}", same.what));
            self.find_query(same.query.clone());
        }
    }

    /// Looks for a query, and shows it in the bar.
    pub fn find_query(self, query: String) {
        let find = self.find;
        find.open.set(true);
        find.text.set(query.clone());
        find.problem.set(None);
        find.hide_hints();
        self.look_for(query);
    }

    /// Asks what may be typed where the cursor is.
    pub fn ask_for_hints(self) {
        let find = self.find;
        let Some(field) = field() else { return };
        let text = field.value();
        let end = text.encode_utf16().count() as u32;
        let cursor = field.selection_start().ok().flatten().unwrap_or(end);
        let ask = Ask::SearchHints {
            text: text.clone(),
            cursor,
        };
        self.ask(ask, move |answer| {
            if let Ok(Answer::SearchHints(hints)) = answer
                && find.open.get_untracked()
                && find.text.with_untracked(|now| *now == text)
            {
                find.hint.set(None);
                find.hints.set(hints);
            }
        });
    }

    /// Types a hint.
    pub fn take_hint(self, hint: &SearchHint) {
        let find = self.find;
        find.text.set(hint.text.clone());
        let cursor = hint.cursor;
        if let Some(field) = field() {
            field.set_value(&hint.text);
            field.focus().or_warn("focusing");
            field
                .set_selection_range(cursor, cursor)
                .or_warn("setting the cursor");
        }
        self.find_typed(hint.text.clone());
    }
}

fn field() -> Option<HtmlInputElement> {
    document().get_element_by_id(FIELD)?.dyn_into().ok()
}
