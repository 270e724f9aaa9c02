//! Jumps from what is selected, and the trail of those that were followed.

use leptos::prelude::*;

use super::app::App;
use crate::protocol::{Answer, Ask, JumpTo, Jumped, Selection};

/// No more steps than this are kept.
const MAX_STEPS: usize = 200;

/// How long a note is shown, ms.
const NOTE: u64 = 5000;

/// What was followed from cause to cause, or from effect to effect.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Trail {
    /// What was selected before, first to last, with its time.
    steps: Vec<(Selection, (f64, f64))>,
    /// Where it has led.
    at: Option<Selection>,
}

impl Trail {
    /// How many steps were followed.
    pub fn len(&self) -> usize {
        self.steps.len()
    }
}

/// Forgets the trail once something else is selected.
pub fn forget_trails(app: App) {
    Effect::new(move || {
        let selection = app.selection.get();
        let follows = app.trail.with_untracked(|trail| trail.at == selection);
        if !follows && app.trail.with_untracked(|trail| *trail != Trail::default()) {
            app.trail.set(Trail::default());
        }
    });
}

impl App {
    /// Says something, to be read and to be heard.
    pub fn tell_user(self, text: impl Into<String>) {
        let text: String = text.into();
        // The same words again are said again.
        self.said.set(String::new());
        self.said.set(text.clone());
        self.note.set(Some(text.clone()));
        set_timeout(
            move || {
                if self
                    .note
                    .with_untracked(|note| note.as_ref() == Some(&text))
                {
                    self.note.set(None);
                }
            },
            std::time::Duration::from_millis(NOTE),
        );
    }

    fn ask_jump(self, to: JumpTo, then: impl FnOnce(Selection, (Selection, (f64, f64))) + 'static) {
        let Some(from) = self.selection.get_untracked() else {
            self.tell_user("Select something first: a click on a bar does.");
            return;
        };
        self.ask(Ask::Jump { from, to }, move |answer| {
            // Something else may have been selected since.
            if self.selection.get_untracked() != Some(from) {
                return;
            }
            match answer {
                Ok(Answer::Jumped(Jumped::To(selection, time))) => {
                    self.note.set(None);
                    then(from, (selection, time));
                }
                Ok(Answer::Jumped(Jumped::Nowhere(why))) | Err(why) => self.tell_user(why),
                Ok(_) => {}
            }
        });
    }

    /// Selects what a jump leads to.
    pub fn jump(self, to: JumpTo) {
        self.ask_jump(to, move |_, (selection, time)| {
            self.step_to(selection, time)
        });
    }

    /// The same, and remembers the way back.
    pub fn follow_chain(self, to: JumpTo) {
        let before = self
            .details
            .with_untracked(|details| details.as_ref().map(|details| details.time));
        self.ask_jump(to, move |from, (selection, time)| {
            self.trail.update(|trail| {
                if trail.steps.len() == MAX_STEPS {
                    trail.steps.remove(0);
                }
                trail.steps.push((from, before.unwrap_or(time)));
                trail.at = Some(selection);
            });
            self.step_to(selection, time);
        });
    }

    /// One step of the trail back.
    pub fn follow_back(self) {
        let step = self.trail.try_update(|trail| {
            let step = trail.steps.pop();
            trail.at = step.map(|(selection, _)| selection);
            step
        });
        if let Some((selection, time)) = step.flatten() {
            self.step_to(selection, time);
        }
    }

    /// Shows all of what the selection belongs to.
    pub fn fit_around(self, to: JumpTo) {
        self.ask_jump(to, move |from, (_, (start, end))| {
            self.fit(start, end);
            self.reveal(from);
        });
    }

    /// Goes to the neighbour that the details name; says so if there is none.
    pub fn neighbour(self, forward: bool) {
        let found = self.details.with_untracked(|details| {
            let details = details.as_ref()?;
            if forward {
                details.next
            } else {
                details.previous
            }
        });
        match found {
            Some((selection, time)) => self.step_to(selection, time),
            None if self.details.with_untracked(Option::is_none) => {}
            None if forward => self.tell_user("That is the last one of its lane."),
            None => self.tell_user("That is the first one of its lane."),
        }
    }
}
