//! The scope of a question: which part of time, and which goroutines.

use tracepane_model::{GoroutineIndex, GroupIndex, Nanos, Trace};

/// A stretch of time, in ns since the trace's start.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TimeRange {
    /// Its first moment.
    pub start: Nanos,
    /// The moment after its last.
    pub end: Nanos,
}

impl TimeRange {
    /// All of time.
    pub const ALL: Self = Self {
        start: Nanos(i64::MIN),
        end: Nanos(i64::MAX),
    };

    /// How long it is; 0 if it ends before it begins.
    pub fn length(self) -> Nanos {
        Nanos(self.end.0.saturating_sub(self.start.0).max(0))
    }

    /// Whether a moment lies in it.
    pub fn contains(self, time: Nanos) -> bool {
        self.start <= time && time < self.end
    }

    /// For the name of a file: "1.2ms-3.4ms", exact.
    pub fn for_file_name(self) -> String {
        let exact = |time: Nanos| {
            let nanos = time.0.unsigned_abs();
            let units = [
                (1_000_000_000, "s"),
                (1_000_000, "ms"),
                (1_000, "us"),
                (1, "ns"),
            ];
            let unit = units.into_iter().find(|&(size, _)| nanos >= size);
            let (size, unit) = unit.unwrap_or((1, "ns"));
            let digits = size.ilog10() as usize;
            let part = match nanos % size {
                0 => String::new(),
                rest => format!(".{rest:0digits$}"),
            };
            let sign = if time.0 < 0 { "-" } else { "" };
            format!("{sign}{}{}{unit}", nanos / size, part.trim_end_matches('0'))
        };
        format!("{}-{}", exact(self.start), exact(self.end))
    }

    /// What both have in common; empty if nothing.
    pub fn intersection(self, other: Self) -> Self {
        let start = self.start.max(other.start);
        Self {
            start,
            end: self.end.min(other.end).max(start),
        }
    }

    /// How many nanoseconds both have in common.
    #[inline]
    pub fn overlap(self, start: Nanos, end: Nanos) -> i64 {
        let start = self.start.0.max(start.0);
        let end = self.end.0.min(end.0);
        end.saturating_sub(start).max(0)
    }
}

/// Whether something that lasts from `start` to `end`, or only a moment, has a moment in a part of time.
#[inline]
pub fn touches(time: TimeRange, start: Nanos, end: Nanos) -> bool {
    start < time.end && end > time.start || start == end && time.contains(start)
}

/// Which goroutines.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum GoroutineScope {
    /// All of them.
    #[default]
    All,
    /// Those that were started with the same function.
    Group(GroupIndex),
    /// One.
    Goroutine(GoroutineIndex),
}

/// What a question is asked of. The default is the whole trace.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Scope {
    /// The part of time, or all of it.
    pub time: Option<TimeRange>,
    /// The goroutines.
    pub goroutines: GoroutineScope,
}

impl Scope {
    /// The whole trace.
    pub const ALL: Self = Self {
        time: None,
        goroutines: GoroutineScope::All,
    };

    /// All of a group's time.
    pub fn group(group: GroupIndex) -> Self {
        Self {
            time: None,
            goroutines: GoroutineScope::Group(group),
        }
    }

    /// All of one goroutine's time.
    pub fn goroutine(goroutine: GoroutineIndex) -> Self {
        Self {
            time: None,
            goroutines: GoroutineScope::Goroutine(goroutine),
        }
    }

    /// The part of time, within the trace.
    pub fn window(&self, trace: &Trace) -> TimeRange {
        let whole = TimeRange {
            start: Nanos(0),
            end: trace.end,
        };
        self.time.map_or(whole, |time| time.intersection(whole))
    }

    /// Whether a goroutine is meant.
    pub fn has(&self, trace: &Trace, goroutine: GoroutineIndex) -> bool {
        match self.goroutines {
            GoroutineScope::All => true,
            GoroutineScope::Group(group) => trace
                .goroutines
                .rows
                .get(goroutine.0 as usize)
                .is_some_and(|row| row.group == group),
            GoroutineScope::Goroutine(one) => one == goroutine,
        }
    }

    /// The goroutines that are meant, if they are few: then their own span lists are the shorter way.
    pub(crate) fn few(&self, trace: &Trace) -> Option<Vec<GoroutineIndex>> {
        let members = match self.goroutines {
            GoroutineScope::All => return None,
            GoroutineScope::Goroutine(one) => vec![one],
            GoroutineScope::Group(group) => trace.goroutines.members(group).to_vec(),
        };
        are_few(trace, &members).then_some(members)
    }
}

/// Whether goroutines have so few spans that their own lists are a shorter way to them than the table of all.
pub(crate) fn are_few(trace: &Trace, goroutines: &[GoroutineIndex]) -> bool {
    let spans: usize = goroutines
        .iter()
        .map(|&g| trace.goroutines.spans(g).len())
        .sum();
    // A goroutine's own spans lie scattered: reading one costs several times a row in passing.
    spans < trace.spans.len() / 8
}

/// The group of goroutines that were started with `name`, if the trace has one (`cmd/trace` selects by name).
pub fn group_named(trace: &Trace, name: &str) -> Option<GroupIndex> {
    let name = trace.strings.find(name)?;
    let place = trace.goroutines.groups.iter().position(|&g| g == name)?;
    Some(GroupIndex(place as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange {
            start: Nanos(start),
            end: Nanos(end),
        }
    }

    #[test]
    fn file_names_say_the_range_exactly() {
        let name = |start, end| range(start, end).for_file_name();
        assert_eq!(name(0, 999), "0ns-999ns");
        assert_eq!(name(1_200_000, 3_400_001), "1.2ms-3.400001ms");
        assert_eq!(name(1_000, 12_500_000_000), "1us-12.5s");
        assert_eq!(name(-5, i64::MAX), "-5ns-9223372036.854775807s");
    }

    #[test]
    fn touching_ranges_have_nothing_in_common() {
        assert_eq!(range(0, 10).overlap(Nanos(10), Nanos(20)), 0);
        assert_eq!(range(0, 10).overlap(Nanos(-5), Nanos(3)), 3);
        assert_eq!(range(0, 10).overlap(Nanos(20), Nanos(30)), 0);
        assert_eq!(TimeRange::ALL.overlap(Nanos(1), Nanos(30)), 29);
        assert_eq!(range(0, 10).intersection(range(20, 30)).length(), Nanos(0));
        assert!(!range(0, 10).contains(Nanos(10)));
    }
}
