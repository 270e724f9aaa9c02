//! Marks: moments with a name that the user set. They stand in the address, so their number and length are bounded.

use crate::axis::Axis;
use crate::lanes::GUTTER;
use crate::scale::{Size, View};

/// No more marks than this are kept.
pub const MAX_MARKS: usize = 32;

/// No name is longer than this, in characters.
pub const MAX_NAME: usize = 40;

/// How far from its line a mark can still be grabbed, in CSS pixels.
const REACH: f64 = 5.0;

/// How far right of its line a mark's flag can be grabbed at most, in CSS pixels.
pub(crate) const FLAG: f64 = 110.0;

/// A moment with a name.
#[derive(Clone, PartialEq, Debug)]
pub struct Mark {
    /// Its name: text, never markup.
    pub name: String,
    /// When, ns since the trace's start.
    pub time: f64,
}

/// How moments are told, and which of them are marked.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Timing<'a> {
    /// The time axis.
    pub axis: Axis<'a>,
    /// The marks, in any order.
    pub marks: &'a [Mark],
    /// A moment that was typed: a line that goes away again, ns since the trace's start.
    pub cursor: Option<f64>,
}

/// What stands on the time axis and can be grabbed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Flag {
    /// A mark, by its place in [`Timing::marks`].
    Mark(u32),
    /// The origin from which the axis counts.
    Origin,
}

/// A name as marks may have it: without control characters, not too long, and never empty.
pub fn clean_name(name: &str) -> Option<String> {
    let kept = name.trim().chars().filter(|c| !c.is_control());
    let name: String = kept.take(MAX_NAME).collect();
    let name = name.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

/// A name for a new mark: the first letter that no mark has, then numbers.
pub fn next_name(marks: &[Mark]) -> String {
    let is_free = |name: &str| marks.iter().all(|mark| mark.name != name);
    let letters = ('A'..='Z').map(String::from);
    let numbers = (1..=MAX_MARKS + 1).map(|n| n.to_string());
    letters
        .chain(numbers)
        .find(|name| is_free(name))
        .unwrap_or_default()
}

/// The flag at `x` CSS pixels from the canvas' left edge, where the pointer is on the time axis.
pub fn flag_at(timing: &Timing<'_>, view: View, size: Size, x: f64) -> Option<Flag> {
    if x < GUTTER - REACH {
        return None;
    }
    let marks = timing.marks.iter().enumerate();
    let marks = marks.map(|(i, mark)| (Flag::Mark(i as u32), mark.time, mark.name.as_str()));
    let origin = timing.axis.kind() == crate::axis::AxisKind::Origin;
    let origin = origin.then_some((Flag::Origin, timing.axis.origin, ""));
    let mut best: Option<(f64, Flag)> = None;
    for (flag, time, name) in marks.chain(origin) {
        let line = view.x_of(time, size);
        if !(GUTTER - 1.0..=f64::from(size.width) + 1.0).contains(&line) {
            continue;
        }
        let right = flag_width(name);
        // The line itself goes before another one's flag.
        let off = match x - line {
            off if off.abs() <= REACH => off.abs(),
            off if off > 0.0 && off <= right => REACH + off,
            _ => continue,
        };
        if best.is_none_or(|(least, _)| off < least) {
            best = Some((off, flag));
        }
    }
    best.map(|(_, flag)| flag)
}

/// How wide a flag with this name is, in CSS pixels.
pub(crate) fn flag_width(name: &str) -> f64 {
    match name {
        "" => 8.0,
        // Fonts may be a little wider than is estimated.
        name => (f64::from(crate::text::width(name)) * 12.4 + 9.0).min(FLAG),
    }
}

/// The mark after `time`, or the first; `None` if there are none.
pub fn next_mark(marks: &[Mark], time: f64) -> Option<&Mark> {
    let by_time = |a: &&Mark, b: &&Mark| a.time.total_cmp(&b.time);
    let later = marks.iter().filter(|mark| mark.time > time + 0.5);
    later
        .min_by(by_time)
        .or_else(|| marks.iter().min_by(by_time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axis::AxisKind;

    fn mark(name: &str, time: f64) -> Mark {
        Mark {
            name: name.into(),
            time,
        }
    }

    #[test]
    fn names_are_short_texts() {
        assert_eq!(clean_name("  a\u{7}b\n "), Some("ab".into()));
        assert_eq!(clean_name(" \t\u{1b} "), None);
        let long = clean_name(&"é".repeat(99)).expect("a name");
        assert_eq!(long.chars().count(), MAX_NAME);
        assert_eq!(next_name(&[]), "A");
        assert_eq!(next_name(&[mark("A", 0.0), mark("C", 1.0)]), "B");
        let all: Vec<_> = ('A'..='Z').map(|c| mark(&c.to_string(), 0.0)).collect();
        assert_eq!(next_name(&all), "1");
    }

    #[test]
    fn the_nearest_line_is_grabbed_then_the_flag_under_the_pointer() {
        let size = Size {
            width: GUTTER as u32 + 1000,
            height: 600,
            ratio: 1.0,
        };
        let view = View {
            start: 0.0,
            end: 1000.0,
            scroll: 0.0,
        };
        let marks = [mark("first", 100.0), mark("second", 110.0)];
        let timing = Timing {
            marks: &marks,
            axis: Axis {
                kind: AxisKind::Origin,
                origin: 500.0,
                ..Axis::default()
            },
            cursor: None,
        };
        let at = |x: f64| flag_at(&timing, view, size, GUTTER + x);
        assert_eq!(at(99.0), Some(Flag::Mark(0)));
        assert_eq!(at(106.0), Some(Flag::Mark(1)));
        assert_eq!(at(130.0), Some(Flag::Mark(1)));
        assert_eq!(at(300.0), None);
        assert_eq!(at(503.0), Some(Flag::Origin));
        assert_eq!(at(-100.0), None);
        // Not the origin if the axis does not count from it.
        let plain = Timing {
            axis: Axis::default(),
            ..timing
        };
        assert_eq!(flag_at(&plain, view, size, GUTTER + 500.0), None);
    }

    #[test]
    fn the_next_mark_is_the_next_in_time_and_after_the_last_comes_the_first() {
        let marks = [mark("b", 20.0), mark("a", 10.0)];
        let next = |time| next_mark(&marks, time).map(|mark| mark.name.as_str());
        assert_eq!(next(0.0), Some("a"));
        assert_eq!(next(10.0), Some("b"));
        assert_eq!(next(20.0), Some("a"));
        assert_eq!(next_mark(&[], 0.0), None);
    }
}
