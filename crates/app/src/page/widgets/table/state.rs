//! What a table knows: the rows that are here, what is scrolled, which row the keys act on.

use leptos::prelude::*;
use tracepane_analysis::format;

use crate::address::Order;
use crate::page::app::App;
use crate::page::history::Entry;
use crate::page::scroller::{Rows, Scroller};
use crate::protocol::{Answer, Ask, Row, RowsAnswer, RowsOf, Table};

/// The height of a row, CSS pixels; the style sheet has the same.
pub const ROW: f64 = 28.0;
/// The height of the heads.
pub const HEAD: f64 = 40.0;
/// Rows that exist above and below those that are seen.
const MORE: u32 = 6;
/// Rows that are asked for beyond those, so that short scrolls need no question.
const AHEAD: u32 = 40;

/// A table's state, for views that show more about a row.
#[derive(Clone, Copy)]
pub struct TableState {
    pub(super) app: App,
    pub(super) answer: RwSignal<Option<RowsAnswer>>,
    pub(super) problem: RwSignal<Option<String>>,
    /// What is scrolled away, CSS pixels of the element.
    pub(super) top: RwSignal<f64>,
    pub(super) height: RwSignal<f64>,
    /// The row that the keys act on.
    pub active: RwSignal<Option<u32>>,
    /// Counts the tables and orders that were shown: a row is the same only within one.
    pub(super) stamp: RwSignal<u32>,
    asking: StoredValue<Option<RowsOf>>,
    /// Which table in which order, where that does not stand in the address.
    own: Option<RwSignal<Option<(Table, Order)>>>,
}

impl TableState {
    /// A table that has asked nothing yet.
    pub fn new(app: App) -> Self {
        Self {
            app,
            answer: RwSignal::new(None),
            problem: RwSignal::new(None),
            top: RwSignal::new(0.0),
            height: RwSignal::new(600.0),
            active: RwSignal::new(None),
            stamp: RwSignal::new(0),
            asking: StoredValue::new(None),
            own: None,
        }
    }

    /// A table that is not the address': `own` says which, in which order.
    pub fn of(app: App, own: RwSignal<Option<(Table, Order)>>) -> Self {
        Self {
            own: Some(own),
            ..Self::new(app)
        }
    }

    /// The rows that are here are of something that is no more.
    pub fn forget(self) {
        self.answer.set(None);
        self.asking.set_value(None);
    }

    /// Which table is wanted, in which order.
    pub(super) fn wanted(self) -> Option<(Table, Order)> {
        match self.own {
            Some(own) => own.get(),
            None => self.app.address.with(|address| {
                let (table, order) = address.table()?;
                Some((table, order.clone()))
            }),
        }
    }

    /// Orders it by something else.
    pub(super) fn reorder(self, order: Order) {
        match self.own {
            Some(own) => own.update(|own| {
                if let Some((_, old)) = own {
                    *old = order;
                }
            }),
            None => {
                let address = self
                    .app
                    .address
                    .with_untracked(|address| address.ordered(order));
                self.app.go(address, Entry::Replace);
            }
        }
    }

    /// The row that the keys act on, if it is here.
    pub fn active_row(self) -> Option<Row> {
        let active = self.active.get()?;
        self.answer
            .with(|answer| row_of(answer.as_ref()?, active).cloned())
    }

    /// The table that the rows are of.
    pub fn answered(self) -> Option<Table> {
        self.answer
            .with(|answer| answer.as_ref().map(|answer| answer.of.table.clone()))
    }

    /// The sentence above the table.
    pub fn caption(self) -> String {
        self.answer.with(|answer| {
            let Some(answer) = answer else {
                return String::new();
            };
            if answer.matched < answer.total {
                format!(
                    "{} of {} rows · {}",
                    format::count(answer.matched.into()),
                    format::count(answer.total.into()),
                    answer.caption
                )
            } else {
                answer.caption.clone()
            }
        })
    }

    /// How high a box must be to show the table within a page that scrolls: as high as its rows are, up to a dozen.
    pub fn box_height(self) -> String {
        // The bar above it, and a scroll bar.
        format!("{}px", 36.0 + HEAD + self.box_rows() * ROW + 14.0)
    }

    /// Shows as many rows as fit into the box of [`Self::box_height`], which grows when they come.
    pub fn fill_box(self) {
        Effect::new(move || self.height.set(HEAD + self.box_rows() * ROW));
    }

    fn box_rows(self) -> f64 {
        let matched = self
            .answer
            .with(|answer| answer.as_ref().map_or(0, |answer| answer.matched));
        f64::from(matched.clamp(3, 12))
    }

    pub(super) fn scroller(self) -> Scroller {
        let matched = self
            .answer
            .with(|answer| answer.as_ref().map_or(0, |answer| answer.matched));
        Scroller {
            content: f64::from(matched) * ROW,
            visible: self.height.get(),
        }
    }

    pub(super) fn rows(self) -> Rows {
        self.scroller().rows(self.top.get(), ROW, MORE)
    }

    /// All rows of the table that the address names, as it orders them.
    pub fn shown(self) -> Option<RowsOf> {
        let (table, order) = untrack(move || self.wanted())?;
        Some(RowsOf {
            table,
            sort: order.sort,
            descending: order.descending,
            filter: order.filter,
            first: 0,
            count: u32::MAX,
        })
    }

    /// Asks for the rows that are needed, unless they are here or asked for. A question about another table, order or
    /// filter is not waited for: the worker gives it up.
    pub(super) fn need(self, table: &Table, order: &Order, rows: Rows) {
        let fresh = self.answer.with_untracked(|answer| {
            let Some(answer) = answer else {
                return false;
            };
            let of = &answer.of;
            let have = of.first..of.first.saturating_add(answer.rows.len() as u32);
            let end = (rows.first + rows.count).min(answer.matched);
            same(of, table, order)
                && (rows.first >= end || have.contains(&rows.first) && have.end >= end)
        });
        let asked = self.asking.with_value(|asking| {
            let asking = asking.as_ref();
            asking.is_some_and(|of| same(of, table, order))
        });
        if fresh || asked {
            return;
        }
        let first = rows.first.saturating_sub(AHEAD);
        let of = RowsOf {
            table: table.clone(),
            sort: order.sort.clone(),
            descending: order.descending,
            filter: order.filter.clone(),
            first,
            count: rows.first - first + rows.count.max(40) + AHEAD,
        };
        self.asking.set_value(Some(of.clone()));
        self.app.ask(Ask::Rows(of.clone()), move |answer| {
            // The view may be gone, or want something else by now.
            let wanted = self.asking.try_update_value(|asking| {
                let wanted = asking.as_ref() == Some(&of);
                if wanted {
                    *asking = None;
                }
                wanted
            });
            if wanted != Some(true) {
                return;
            }
            match answer {
                Ok(Answer::Rows(rows)) => {
                    self.problem.set(None);
                    let same = self.answer.with_untracked(|before| {
                        before.as_ref().is_some_and(|before| {
                            let order = order_of(&rows.of);
                            same(&before.of, &rows.of.table, &order)
                                && before.columns == rows.columns
                        })
                    });
                    self.answer.set(Some(*rows));
                    if !same {
                        self.stamp.update(|stamp| *stamp = stamp.wrapping_add(1));
                    }
                }
                Ok(_) => {}
                Err(text) => self.problem.set(Some(text)),
            }
        });
    }
}

fn order_of(of: &RowsOf) -> Order {
    Order {
        sort: of.sort.clone(),
        descending: of.descending,
        filter: of.filter.clone(),
    }
}

fn same(of: &RowsOf, table: &Table, order: &Order) -> bool {
    of.table == *table
        && of.sort == order.sort
        && of.descending == order.descending
        && of.filter == order.filter
}

pub(super) fn row_of(answer: &RowsAnswer, row: u32) -> Option<&Row> {
    answer.rows.get(row.checked_sub(answer.of.first)? as usize)
}
