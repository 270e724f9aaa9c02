//! Marks, the time axis and typed times: what of them the page keeps, and how it changes.

use std::sync::Arc;

use leptos::prelude::*;
use tracepane_timeline::mark::{MAX_MARKS, clean_name, next_mark, next_name};
use tracepane_timeline::wall::{ClockPoint, SECOND};
use tracepane_timeline::{Axis, GUTTER, Mark, Timing, View, WallClock};

use super::app::App;
use super::history::Entry;
use crate::address::Address;
use crate::protocol::{AxisChoice, AxisName, ClockReading, MarkAt, TimingLook};

/// The wall clock of a trace, from what the worker told of it.
pub fn clock(readings: &[ClockReading]) -> Option<Arc<WallClock>> {
    let points = readings.iter().map(|reading| ClockPoint {
        // `as` saturates.
        time: reading.time as i64,
        unix: (reading.seconds as i64)
            .saturating_mul(SECOND)
            .saturating_add(i64::from(reading.nanos)),
    });
    WallClock::from_points(points).map(Arc::new)
}

/// By how many minutes the user's time zone is ahead of UTC at a moment. The zone at the trace's start is taken for all
/// of it: clocks are rarely put forward within a trace.
fn zone_at(unix: i64) -> i32 {
    let millis = (unix / 1_000_000) as f64;
    let behind = js_sys::Date::new(&millis.into()).get_timezone_offset();
    if behind.is_finite() {
        -behind as i32
    } else {
        0
    }
}

impl App {
    /// Takes the wall clock of a trace that was opened.
    pub fn take_clock(self, readings: &[ClockReading]) {
        let clock = clock(readings);
        let zone = clock
            .as_ref()
            .map_or(0, |clock| zone_at(clock.unix_at(0.0)));
        self.zone.set(zone);
        self.clock.set(clock);
    }

    /// The time axis as it is chosen, for those who follow it.
    pub fn with_axis<T>(self, then: impl FnOnce(&Axis<'_>) -> T) -> T {
        let AxisChoice { name, origin } = self.axis.get();
        let zone = self.zone.get();
        self.clock.with(|clock| {
            then(&Axis {
                kind: name.kind(),
                origin,
                zone,
                clock: clock.as_deref(),
            })
        })
    }

    /// The axis with the marks, without following them.
    pub fn with_timing<T>(self, then: impl FnOnce(&Timing<'_>) -> T) -> T {
        untrack(|| {
            self.with_axis(|axis| {
                self.marks.with(|marks| {
                    then(&Timing {
                        axis: *axis,
                        marks,
                        cursor: self.cursor.get(),
                    })
                })
            })
        })
    }

    /// What the worker must know of it, for those who follow it.
    pub fn timing_look(self) -> TimingLook {
        TimingLook {
            axis: self.axis.get(),
            zone: self.zone.get(),
            marks: self.marks.with(|marks| {
                let marks = marks.iter();
                marks
                    .map(|mark| MarkAt {
                        name: mark.name.clone(),
                        time: mark.time,
                    })
                    .collect()
            }),
            cursor: self.cursor.get(),
        }
    }

    /// Takes the axis and the marks of an address.
    pub fn take_timing(self, axis: AxisChoice, marks: &[MarkAt]) {
        let mut axis = axis;
        if axis.name.is_wall() && self.clock.with_untracked(Option::is_none) {
            // A link made with another trace.
            self.tell_user(NO_CLOCK);
            axis.name = AxisName::Start;
        }
        if self.axis.get_untracked() != axis {
            self.axis.set(axis);
        }
        let marks: Vec<Mark> = marks
            .iter()
            .map(|mark| Mark {
                name: mark.name.clone(),
                time: mark.time,
            })
            .collect();
        if self.marks.with_untracked(|now| *now != marks) {
            self.naming.set(None);
            self.marks.set(marks);
        }
    }

    /// A moment and how wide the view is, in words, as the axis counts.
    pub fn place(self, view: View) -> (String, String) {
        let start = self.with_axis(|axis| axis.moment(view.start, view.width()).to_string());
        (start, tracepane_timeline::ruler::span_of(view).to_string())
    }

    /// Marks or the axis changed: a step of its own in the history, or a part of the last.
    fn timing_changed(self, entry: Entry) {
        self.settle();
        let address = Address::Timeline(self.timeline());
        self.record(&address, entry);
        self.address.set(address);
    }

    /// The moment that a key is about: where the selection begins, else where the pointer is, else the middle.
    pub fn moment_here(self) -> f64 {
        let selected = self
            .details
            .with_untracked(|details| details.as_ref().map(|details| details.time.0));
        if let (Some(start), Some(_)) = (selected, self.selection.get_untracked()) {
            return start;
        }
        let view = self.view.get_untracked();
        let size = self.size.get_untracked();
        let time = match self.pointer.get_untracked() {
            Some((x, _)) if x > GUTTER => view.time_at(x, size),
            _ => (view.start + view.end) / 2.0,
        };
        time.clamp(0.0, self.limits().end)
    }

    /// Sets a mark, and has its name typed.
    pub fn add_mark(self) {
        if self.marks.with_untracked(Vec::len) >= MAX_MARKS {
            self.tell_user(format!(
                "There are {MAX_MARKS} marks: no more fit into a link."
            ));
            return;
        }
        let time = self.moment_here().round();
        let view = self.view.get_untracked();
        if time < view.start || time > view.end {
            self.look_at(view.center_on(time, self.limits()), true);
        }
        self.marks.update(|marks| {
            let name = next_name(marks);
            marks.push(Mark { name, time });
        });
        self.timing_changed(Entry::Push);
        self.naming
            .set(Some(self.marks.with_untracked(Vec::len) - 1));
    }

    /// Goes to the next mark after what is seen in the middle.
    pub fn next_mark(self) {
        let view = self.target();
        let middle = (view.start + view.end) / 2.0;
        let found = self
            .marks
            .with_untracked(|marks| next_mark(marks, middle).cloned());
        match found {
            Some(mark) => self.go_to_mark(&mark),
            None => self.tell_user("There are no marks: M sets one."),
        }
    }

    /// Puts a mark into the middle.
    pub fn go_to_mark(self, mark: &Mark) {
        let view = self.target();
        self.said.set(format!("Mark {}", mark.name));
        self.look_at(view.center_on(mark.time, self.limits()), false);
    }

    /// Moves a mark; `done` once it is released.
    pub fn move_mark(self, at: usize, time: f64, done: bool) {
        self.marks.update(|marks| {
            if let Some(mark) = marks.get_mut(at) {
                mark.time = time.round();
            }
        });
        if done {
            self.timing_changed(Entry::Push);
        }
    }

    /// Gives a mark another name.
    pub fn name_mark(self, at: usize, name: &str) {
        let Some(name) = clean_name(name) else {
            return;
        };
        let changed = self.marks.try_update(|marks| match marks.get_mut(at) {
            Some(mark) if mark.name != name => {
                mark.name = name;
                true
            }
            _ => false,
        });
        if changed == Some(true) {
            self.timing_changed(Entry::Replace);
        }
    }

    /// Removes a mark.
    pub fn remove_mark(self, at: usize) {
        self.naming.set(None);
        self.marks.update(|marks| {
            if at < marks.len() {
                marks.remove(at);
            }
        });
        self.timing_changed(Entry::Push);
    }

    /// Has the axis count from something else.
    pub fn choose_axis(self, name: AxisName) {
        if name.is_wall() && self.clock.with_untracked(Option::is_none) {
            self.tell_user(NO_CLOCK);
            return;
        }
        let now = self.axis.get_untracked();
        let origin = match name {
            // Nobody set one yet.
            AxisName::Origin if now.origin == 0.0 => self.moment_here().round(),
            _ => now.origin,
        };
        self.axis.set(AxisChoice { name, origin });
        self.timing_changed(Entry::Push);
    }

    /// Goes through all that the axis can count from.
    pub fn next_axis(self) {
        let now = self.axis.get_untracked();
        let clock = self.clock.with_untracked(Option::is_some);
        let possible = |name: &AxisName| match name {
            AxisName::Start => true,
            AxisName::Origin => now.origin != 0.0,
            AxisName::Local | AxisName::Utc => clock,
        };
        let all = AxisName::ALL.into_iter();
        let next = all
            .clone()
            .chain(all)
            .skip_while(|name| *name != now.name)
            .skip(1)
            .find(possible)
            .unwrap_or_default();
        if next == now.name {
            self.tell_user(NO_CLOCK);
            return;
        }
        self.choose_axis(next);
        self.said.set(format!("Time axis: {}", axis_title(next)));
    }

    /// Has the axis count from here.
    pub fn set_origin(self, time: f64) {
        self.axis.set(AxisChoice {
            name: AxisName::Origin,
            origin: time.round(),
        });
        self.timing_changed(Entry::Push);
    }

    /// Moves the origin; `done` once it is released.
    pub fn move_origin(self, time: f64, done: bool) {
        self.axis.update(|axis| axis.origin = time.round());
        if done {
            self.timing_changed(Entry::Push);
        }
    }

    /// Shows a moment that was typed, with a line that goes away again.
    pub fn go_to_time(self, time: f64) {
        let view = self.target();
        self.cursor.set(Some(time));
        self.look_at(view.center_on(time, self.limits()), false);
        let said = self.with_timing(|timing| timing.axis.exact(time));
        self.said.set(said);
    }

    /// Takes the line of a typed moment away.
    pub fn drop_cursor(self) {
        if self.cursor.get_untracked().is_some() {
            self.cursor.set(None);
        }
    }
}

/// Why there is no wall clock.
pub const NO_CLOCK: &str =
    "This trace does not know the wall clock: only Go 1.25 and newer write it down.";

/// What an axis is called.
pub fn axis_title(name: AxisName) -> &'static str {
    match name {
        AxisName::Start => "Since start",
        AxisName::Origin => "Since origin",
        AxisName::Local => "Local time",
        AxisName::Utc => "UTC",
    }
}
