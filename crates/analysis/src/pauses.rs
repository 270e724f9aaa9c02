//! The stop-the-world pauses: how many of which kind, how long they are, and which.

use rustc_hash::FxHashMap;
use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{GoroutineIndex, Nanos, RangeKind, RangeRow, StackRef, StringRef, Trace};

use crate::scope::Scope;
use crate::sum;

/// One pause.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pause {
    /// Its place in [`tracepane_model::Ranges::rows`].
    pub range: u32,
    /// What for, e.g. "GC mark termination".
    pub kind: StringRef,
    /// When it began: somebody began to stop the world, which may take a while.
    pub start: Nanos,
    /// When it ended; the trace's end if that is not in it.
    pub end: Nanos,
    /// Who stopped the world, or NONE.
    pub by: GoroutineIndex,
    /// Where.
    pub stack: StackRef,
    /// Whether its beginning and its end are in the trace.
    pub whole: bool,
}

impl Pause {
    /// How long it is.
    pub fn length(&self) -> Nanos {
        Nanos(self.end.0.saturating_sub(self.start.0).max(0))
    }
}

/// The pauses of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PauseKind {
    /// What for.
    pub kind: StringRef,
    /// How many.
    pub count: u64,
    /// How long in all.
    pub total: Nanos,
    /// Half of them are at most so long.
    pub p50: Nanos,
    /// 99 of a hundred are at most so long.
    pub p99: Nanos,
    /// The longest.
    pub longest: Nanos,
    /// When the longest began.
    pub longest_at: Nanos,
}

/// The pauses that touch a part of time.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Pauses {
    /// In time order.
    pub rows: Vec<Pause>,
    /// By kind, the one with the most time first.
    pub kinds: Vec<PauseKind>,
}

/// Collects the pauses that touch the scope's part of time; each counts with its whole length. Goroutines do not matter:
/// a pause stops all of them.
pub fn pauses(trace: &Trace, scope: &Scope) -> Pauses {
    let window = scope.window(trace);
    let touches = |range: &RangeRow| {
        scope.time.is_none() || range.start < window.end && range.end > window.start
    };
    let places = trace.ranges.stop_the_world.iter();
    let rows: Vec<Pause> = places
        .filter_map(|&place| Some((place, trace.ranges.rows.get(place as usize)?)))
        .filter(|(_, range)| touches(range))
        .filter_map(|(place, range)| {
            let RangeKind::StopTheWorld(kind) = range.kind else {
                return None;
            };
            Some(Pause {
                range: place,
                kind,
                start: range.start,
                end: range.end,
                by: range.began_by,
                stack: range.stack,
                whole: range.begin_seen && range.end_seen,
            })
        })
        .collect();
    let kinds = kinds(&rows);
    Pauses { rows, kinds }
}

fn kinds(rows: &[Pause]) -> Vec<PauseKind> {
    let mut by_kind: FxHashMap<StringRef, Vec<&Pause>> = FxHashMap::default();
    for pause in rows {
        by_kind.entry(pause.kind).or_default().push(pause);
    }
    let mut kinds: Vec<PauseKind> = by_kind
        .into_iter()
        .filter_map(|(kind, mut pauses)| {
            sort_by_numbers(&mut pauses, |pause| [pause.length().0, !pause.start.0]);
            let longest = pauses.last()?;
            Some(PauseKind {
                kind,
                count: pauses.len() as u64,
                total: sum::all(pauses.iter().map(|pause| pause.length())),
                p50: quantile(&pauses, 0.5),
                p99: quantile(&pauses, 0.99),
                longest: longest.length(),
                longest_at: longest.start,
            })
        })
        .collect();
    sort_by_numbers(&mut kinds, |kind| [!kind.total.0, kind.kind.0.into()]);
    kinds
}

/// The shortest length that at least this part of sorted pauses do not exceed.
fn quantile(sorted: &[&Pause], part: f64) -> Nanos {
    let place = (part * sorted.len() as f64).ceil() as usize;
    let pause = sorted.get(place.saturating_sub(1));
    pause.map_or(Nanos(0), |pause| pause.length())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::TimeRange;
    use crate::script::Script;

    #[test]
    fn pauses_are_counted_by_kind() {
        let mut s = Script::new();
        for i in 0..100 {
            let start = i * 1_000;
            s.pause((start, start + i + 1), 1, "GC mark termination");
        }
        s.pause((200_000, 200_500), 2, "GC sweep termination");
        let trace = s.finish(300_000);
        let all = pauses(&trace, &Scope::ALL);
        assert_eq!(all.rows.len(), 101);
        let name = |kind: &PauseKind| trace.strings.get(kind.kind).to_owned();
        let [marks, sweeps] = &all.kinds[..] else {
            panic!("{:?}", all.kinds);
        };
        assert_eq!(name(marks), "GC mark termination");
        assert_eq!(
            (
                marks.count,
                marks.total,
                marks.p50,
                marks.p99,
                marks.longest
            ),
            (100, Nanos(5_050), Nanos(50), Nanos(99), Nanos(100))
        );
        assert_eq!(marks.longest_at, Nanos(99_000));
        assert_eq!((sweeps.count, sweeps.p99), (1, Nanos(500)));
        assert!(all.rows.iter().all(|pause| pause.whole));

        let part = Scope {
            time: Some(TimeRange {
                start: Nanos(99_050),
                end: Nanos(200_000),
            }),
            ..Scope::ALL
        };
        let part = pauses(&trace, &part);
        assert_eq!(part.rows.len(), 1);
        assert_eq!(part.rows[0].length(), Nanos(100));
    }
}
