//! The bar above a table: what it holds, and the buttons that copy it or save it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use tracepane_analysis::format;
use web_sys::Blob;

use super::state::TableState;
use crate::interop::JsResult as _;
use crate::page::opening::download_blob;
use crate::page::widgets::copy::copy;
use crate::protocol::{Answer, Ask, RowsOf, SheetForm, SheetOf, SheetPiece};

/// The most rows that are copied: what a spreadsheet still takes well. A file takes all.
const MOST_COPIED: u32 = 100_000;
/// How long the bar says what was done.
const SAID: Duration = Duration::from_secs(6);

/// What the bar says of a copy or a file.
#[derive(Clone, PartialEq)]
enum Doing {
    Nothing,
    /// In the making: what, and how far, 0 to 1.
    Working(SheetForm, f64),
    Done(String),
    Problem(String),
}

/// The bar.
pub(super) fn bar(state: TableState) -> AnyView {
    let doing = RwSignal::new(Doing::Nothing);
    // A number for what is being made; another one ends it.
    let turn = Rc::new(Cell::new(0u32));
    let press = move |form: SheetForm| {
        let turn = Rc::clone(&turn);
        move |_| {
            turn.set(turn.get().wrapping_add(1));
            if let Doing::Working(..) = doing.get_untracked() {
                doing.set(Doing::Nothing);
                return;
            }
            let Some(rows) = state.shown() else { return };
            let rows = RowsOf {
                first: 0,
                count: match form {
                    SheetForm::Csv => u32::MAX,
                    SheetForm::Tsv => MOST_COPIED,
                },
                ..rows
            };
            doing.set(Doing::Working(form, 0.0));
            Job {
                state,
                doing,
                mine: turn.get(),
                turn: Rc::clone(&turn),
                of: SheetOf { rows, form },
                parts: Rc::default(),
            }
            .go_on();
        }
    };
    let named = move |form: SheetForm, idle: &'static str| {
        move || match doing.get() {
            Doing::Working(working, share) if working == form => {
                format!("Stop at {:.0} %", share * 100.0)
            }
            _ => idle.to_owned(),
        }
    };
    let busy = move |form: SheetForm| move || matches!(doing.get(), Doing::Working(working, _) if working != form);
    view! {
        <div class="table-bar">
            <span class="quiet table-caption">{move || state.caption()}</span>
            <span class="grow"></span>
            <span class="table-said" role="status">
                {move || match doing.get() {
                    Doing::Done(text) => text,
                    Doing::Problem(text) => text,
                    _ => String::new(),
                }}
            </span>
            <button
                class="button small"
                title="Copy the rows, as sorted and filtered, for a spreadsheet"
                disabled=busy(SheetForm::Tsv)
                on:click=press(SheetForm::Tsv)
            >
                {named(SheetForm::Tsv, "Copy")}
            </button>
            <button
                class="button small"
                title="Save all rows, as sorted and filtered, with exact nanoseconds"
                disabled=busy(SheetForm::Csv)
                on:click=press(SheetForm::Csv)
            >
                {named(SheetForm::Csv, "Save as CSV")}
            </button>
        </div>
    }
    .into_any()
}

/// A table that is being copied or saved, piece by piece.
#[derive(Clone)]
struct Job {
    state: TableState,
    doing: RwSignal<Doing>,
    turn: Rc<Cell<u32>>,
    mine: u32,
    of: SheetOf,
    parts: Rc<RefCell<Vec<Vec<u8>>>>,
}

impl Job {
    /// Asks for the next piece.
    fn go_on(self) {
        let ask = Ask::SheetPiece(self.of.clone());
        self.state.app.ask(ask, move |answer| {
            if self.turn.get() != self.mine {
                return;
            }
            match answer {
                Ok(Answer::SheetPiece(piece)) => self.take(piece),
                Ok(_) => self.say(Doing::Problem(
                    "the worker answered another question".into(),
                )),
                Err(text) => self.say(Doing::Problem(text)),
            }
        });
    }

    fn take(mut self, piece: SheetPiece) {
        let SheetPiece {
            name,
            bytes,
            next,
            matched,
        } = piece;
        let rows = &mut self.of.rows;
        let done = next - rows.first.min(next);
        rows.first = next;
        rows.count -= done.min(rows.count);
        let end = matched.min(next.saturating_add(rows.count));
        self.parts.borrow_mut().push(bytes);
        if next < end && done > 0 {
            let share = f64::from(next) / f64::from(end.max(1));
            self.say(Doing::Working(self.of.form, share));
            self.go_on();
            return;
        }
        match self.of.form {
            SheetForm::Csv => self.save(&name, matched),
            SheetForm::Tsv => self.copy(next, matched),
        }
    }

    fn save(self, name: &str, rows: u32) {
        let parts = self.parts.take().into_iter();
        let parts: js_sys::Array = parts
            .map(|part| js_sys::Uint8Array::from(part.as_slice()))
            .collect();
        let saved = Blob::new_with_u8_array_sequence(&parts)
            .and_then(|blob| download_blob(name, &blob))
            .or_sentence();
        self.say(match saved {
            Ok(()) => Doing::Done(format!(
                "{} saved: {name}",
                format::counted(rows.into(), "row")
            )),
            Err(text) => Doing::Problem(text),
        });
    }

    fn copy(self, rows: u32, of: u32) {
        let text = self.parts.take().concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        leptos::task::spawn_local(async move {
            let said = match copy(&text).await {
                Ok(()) if rows < of => Doing::Done(format!(
                    "The first {} of {} rows copied",
                    format::count(rows.into()),
                    format::count(of.into())
                )),
                Ok(()) => Doing::Done(format!("{} copied", format::counted(rows.into(), "row"))),
                Err(text) => Doing::Problem(text),
            };
            self.say(said);
        });
    }

    /// The table may be gone meanwhile: then nobody is told, and the file comes nevertheless.
    fn say(&self, said: Doing) {
        self.doing.try_set(said.clone());
        if let Doing::Done(_) = said {
            let doing = self.doing;
            set_timeout(
                move || {
                    doing.try_update(|now| {
                        if *now == said {
                            *now = Doing::Nothing;
                        }
                    });
                },
                SAID,
            );
        }
    }
}
