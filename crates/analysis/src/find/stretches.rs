//! Stretches of time that spans are compared with: GC phases, pauses, regions.

use tracepane_model::GoroutineIndex;

/// Whether two stretches have time in common. A moment has if it is within the other, its edges included; what only
/// touches has not.
#[inline]
pub fn overlap((start, end): (i64, i64), (from, to): (i64, i64)) -> bool {
    if start == end || from == to {
        start <= to && from <= end
    } else {
        start < to && from < end
    }
}

/// Stretches in order.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Stretches(Vec<(i64, i64)>);

impl Stretches {
    /// From stretches in any order.
    pub fn new(mut all: Vec<(i64, i64)>) -> Self {
        all.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::new();
        for (start, end) in all {
            match joined.last_mut() {
                // What only touches stays apart: a moment at its edge would be lost.
                Some(last) if start < last.1 => last.1 = last.1.max(end),
                _ => joined.push((start, end)),
            }
        }
        joined.dedup();
        Self(joined)
    }

    /// Whether one of them has time in common with this.
    #[inline]
    pub fn touch(&self, start: i64, end: i64) -> bool {
        touch(&self.0, start, end)
    }
}

fn touch(all: &[(i64, i64)], start: i64, end: i64) -> bool {
    let first = all.partition_point(|&(_, to)| to < start);
    all[first..]
        .iter()
        .take_while(|&&(from, _)| from <= end)
        .any(|&stretch| overlap((start, end), stretch))
}

/// Stretches of each goroutine.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct OwnStretches {
    /// Where goroutine `i`'s begin; one more entry than goroutines. Empty if there are none at all.
    starts: Vec<u32>,
    all: Vec<(i64, i64)>,
}

impl OwnStretches {
    /// From stretches in any order.
    pub fn new(goroutines: usize, mut all: Vec<(GoroutineIndex, i64, i64)>) -> Self {
        all.sort_unstable();
        let mut own = Self {
            starts: Vec::with_capacity(goroutines + 1),
            all: Vec::new(),
        };
        for of in all.chunk_by(|a, b| a.0 == b.0) {
            let goroutine = of[0].0.0 as usize;
            if goroutine >= goroutines {
                break;
            }
            own.starts.resize(goroutine + 1, own.all.len() as u32);
            let joined = Stretches::new(of.iter().map(|&(_, start, end)| (start, end)).collect());
            own.all.extend(joined.0);
        }
        own.starts.resize(goroutines + 1, own.all.len() as u32);
        own
    }

    /// Whether one of a goroutine's has time in common with this.
    #[inline]
    pub fn touch(&self, goroutine: u32, start: i64, end: i64) -> bool {
        let at = goroutine as usize;
        match (self.starts.get(at), self.starts.get(at.wrapping_add(1))) {
            (Some(&from), Some(&to)) if from < to => {
                touch(&self.all[from as usize..to as usize], start, end)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_count_at_their_edges_and_what_touches_does_not() {
        assert!(!overlap((0, 5), (5, 9)) && overlap((0, 5), (4, 9)));
        assert!(overlap((5, 5), (5, 9)) && overlap((0, 5), (5, 5)) && overlap((5, 5), (5, 5)));
        assert!(!overlap((6, 6), (0, 5)));
    }

    #[test]
    fn joined_stretches_are_touched_by_what_touches_one_of_them() {
        let all = vec![(10, 20), (15, 30), (30, 30), (40, 41), (12, 13), (41, 41)];
        let joined = Stretches::new(all.clone());
        for start in 0..50 {
            for end in start..50 {
                let slow = all.iter().any(|&one| overlap((start, end), one));
                assert_eq!(joined.touch(start, end), slow, "{start} {end}");
            }
        }
        let own = all.iter().map(|&(from, to)| (GoroutineIndex(3), from, to));
        let own = OwnStretches::new(5, own.collect());
        assert!(own.touch(3, 12, 12) && !own.touch(2, 12, 12) && !own.touch(4, 0, 99));
        assert!(!own.touch(u32::MAX, 0, 99) && !own.touch(3, 31, 39));
    }
}
