//! A profile by function: what each had of it itself, and what all had that it called.

use rustc_hash::FxHashMap;
use tracepane_model::sorting::{largest_first, sort_by_numbers};
use tracepane_model::{StackRef, StringRef, Trace};

use crate::profiles::Profile;

/// A function's part of a profile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FunctionRow {
    /// Its name; empty for what has no stack.
    pub function: StringRef,
    /// How many had it as their innermost frame.
    pub own_count: u64,
    /// How long those were.
    pub own_nanos: u64,
    /// How many had it in their stack.
    pub total_count: u64,
    /// How long those were; a function that calls itself counts once.
    pub total_nanos: u64,
    /// The heaviest of the stacks that it is in.
    pub heaviest: StackRef,
}

/// The functions of a profile, those with most in all first; of equal ones in order of their stacks.
pub fn functions(trace: &Trace, profile: &Profile) -> Vec<FunctionRow> {
    let mut rows: Vec<FunctionRow> = Vec::new();
    let mut places: FxHashMap<StringRef, usize> = FxHashMap::default();
    // By row: the last stack that counted for it.
    let mut counted: Vec<usize> = Vec::new();
    let mut row_of = |rows: &mut Vec<FunctionRow>, function: StringRef, heaviest: StackRef| {
        *places.entry(function).or_insert_with(|| {
            rows.push(FunctionRow {
                function,
                own_count: 0,
                own_nanos: 0,
                total_count: 0,
                total_nanos: 0,
                // The profile's rows are sorted: the first stack is the heaviest.
                heaviest,
            });
            rows.len() - 1
        })
    };
    for (number, row) in profile.rows.iter().enumerate() {
        let frames = trace.stacks.get(row.stack);
        let names = frames
            .iter()
            .map(|&frame| trace.stacks.frame(frame).function);
        let nothing = frames.is_empty().then_some(StringRef::default());
        for (depth, function) in names.chain(nothing).enumerate() {
            let place = row_of(&mut rows, function, row.stack);
            let found = &mut rows[place];
            if depth == 0 {
                found.own_count = found.own_count.saturating_add(row.count);
                found.own_nanos = found.own_nanos.saturating_add(row.nanos);
            }
            counted.resize(counted.len().max(place + 1), usize::MAX);
            if counted[place] != number {
                counted[place] = number;
                found.total_count = found.total_count.saturating_add(row.count);
                found.total_nanos = found.total_nanos.saturating_add(row.nanos);
            }
        }
    }
    sort_by_numbers(&mut rows, |row| {
        [row.total_nanos, row.total_count].map(largest_first)
    });
    rows
}

#[cfg(test)]
mod tests {
    use tracepane_wire::GoroutineState;

    use super::*;
    use crate::profiles::{Completeness, ProfileKind, profile};
    use crate::scope::Scope;
    use crate::script::{NOBODY, Script};

    #[test]
    fn functions_have_their_own_part_and_that_of_all_they_call() {
        let mut t = Script::new();
        t.found(1, 1, GoroutineState::Running, "a<main.a");
        for (from, to, stack) in [
            (10, 40, "sync.(*Mutex).Lock<sync.(*Once).Do<b<main.b"),
            (50, 60, "b<main.b"),
        ] {
            t.block(from, 1, "sync", stack);
            t.wake(to, NOBODY, 1, "");
            t.run(to, 1);
        }
        let trace = t.finish(100);
        let kind = ProfileKind::Sync;
        let profile = profile(&trace, kind, &Scope::ALL, Completeness::Complete);
        let rows = functions(&trace, &profile);
        let found: Vec<_> = rows
            .iter()
            .map(|row| {
                let name = trace.strings.get(row.function);
                (
                    name,
                    row.own_nanos,
                    row.own_count,
                    row.total_nanos,
                    row.total_count,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("b", 10, 1, 40, 2),
                ("main.b", 0, 0, 40, 2),
                ("sync.(*Mutex).Lock", 30, 1, 30, 1),
                ("sync.(*Once).Do", 0, 0, 30, 1),
            ]
        );
        let own: u64 = rows.iter().map(|row| row.own_nanos).sum();
        assert_eq!(own, profile.nanos);
    }
}
