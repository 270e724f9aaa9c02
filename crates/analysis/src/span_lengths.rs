//! How long the spans of a kind are, over all goroutines, so that one of them can be ranked.
//!
//! Up to [`MOST_KEPT`] spans each length is kept, and ranks are exact. Of more, lengths are counted in buckets a 128th
//! wide: so far may a span be from where it is said to stand, and memory is bounded whatever the trace's size.

use tracepane_model::{ReasonId, SpanPiece, SpanState, Trace};

use crate::pieces::for_each_piece_of_all;

/// No more lengths than this are kept one by one.
const MOST_KEPT: usize = 1 << 20;

/// Buckets for each power of two, and how many bits that is.
const SUB: u64 = 1 << SUB_BITS;
const SUB_BITS: u32 = 7;

/// The lengths of all spans of a state with a reason.
#[derive(Clone, PartialEq, Debug)]
pub struct SpanLengths {
    /// What the goroutines did.
    pub state: SpanState,
    /// Why.
    pub reason: ReasonId,
    lengths: Lengths,
}

#[derive(Clone, PartialEq, Debug)]
enum Lengths {
    /// Shortest first.
    Sorted(Vec<u64>),
    /// How many are in each bucket, and in all.
    Counted(Vec<u64>, u64),
}

/// Where a length stands among others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rank {
    /// How many are longer.
    pub longer: u64,
    /// How many there are.
    pub of: u64,
    /// Whether that is exact.
    pub exact: bool,
}

impl SpanLengths {
    /// Reads the lengths of all spans of a kind, those that the trace's ends cut included: one pass over all spans.
    pub fn of(trace: &Trace, state: SpanState, reason: ReasonId) -> Self {
        let mut lengths = Lengths::Sorted(Vec::new());
        // When each goroutine's span of this kind began, if it is in one.
        let mut began = vec![NOT; trace.goroutines.len()];
        for_each_piece_of_all(trace, |piece| {
            add_piece(piece, (state, reason), &mut began, &mut lengths)
        });
        for began in began.into_iter().filter(|&began| began != NOT) {
            lengths.add(length(began, trace.end.0));
        }
        if let Lengths::Sorted(sorted) = &mut lengths {
            sorted.sort_unstable();
        }
        Self {
            state,
            reason,
            lengths,
        }
    }

    /// Where a span of `nanos` stands.
    pub fn rank(&self, nanos: i64) -> Rank {
        let nanos = nanos.max(0) as u64;
        match &self.lengths {
            Lengths::Sorted(sorted) => Rank {
                longer: (sorted.len() - sorted.partition_point(|&other| other <= nanos)) as u64,
                of: sorted.len() as u64,
                exact: true,
            },
            Lengths::Counted(counts, of) => Rank {
                longer: counts.iter().skip(bucket(nanos) + 1).sum(),
                of: *of,
                exact: false,
            },
        }
    }

    /// The length that half of the spans do not exceed, ns; `None` if there are none.
    pub fn median(&self) -> Option<u64> {
        match &self.lengths {
            Lengths::Sorted(sorted) => sorted.get(sorted.len().checked_sub(1)? / 2).copied(),
            Lengths::Counted(counts, of) => {
                let mut before = 0;
                let half = counts.iter().position(|&count| {
                    before += count;
                    before * 2 >= *of
                });
                half.map(lowest)
            }
        }
    }
}

/// Of a goroutine: it is in no span of the kind.
const NOT: i64 = i64::MIN;

/// Called for each piece, so that a browser compiles it well while the pass goes on.
#[inline(never)]
fn add_piece(
    piece: &SpanPiece,
    of: (SpanState, ReasonId),
    began: &mut [i64],
    lengths: &mut Lengths,
) {
    for (_, start, goroutine, kind, _) in piece.rows() {
        let Some(began) = began.get_mut(goroutine.0 as usize) else {
            continue;
        };
        if *began != NOT {
            lengths.add(length(*began, start));
        }
        *began = match (kind.state(), kind.reason()) == of {
            true => start,
            false => NOT,
        };
    }
}

fn length(start: i64, end: i64) -> u64 {
    end.saturating_sub(start).max(0) as u64
}

impl Lengths {
    fn add(&mut self, nanos: u64) {
        match self {
            Self::Sorted(lengths) if lengths.len() < MOST_KEPT => lengths.push(nanos),
            Self::Sorted(lengths) => {
                let mut counts = vec![0; bucket(u64::MAX) + 1];
                for &nanos in lengths.iter() {
                    counts[bucket(nanos)] += 1;
                }
                counts[bucket(nanos)] += 1;
                *self = Self::Counted(counts, lengths.len() as u64 + 1);
            }
            Self::Counted(counts, of) => {
                counts[bucket(nanos)] += 1;
                *of += 1;
            }
        }
    }
}

/// The bucket of a length.
fn bucket(nanos: u64) -> usize {
    if nanos < SUB {
        return nanos as usize;
    }
    let power = nanos.ilog2() - SUB_BITS;
    (u64::from(power) * SUB + (nanos >> power)) as usize
}

/// The shortest length in a bucket.
fn lowest(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < SUB {
        return bucket;
    }
    let power = bucket / SUB - 1;
    (bucket - power * SUB) << power
}

#[cfg(test)]
mod tests {
    use tracepane_wire::GoroutineState;

    use super::*;
    use crate::script::{Script, g};

    #[test]
    fn a_wait_is_ranked_among_those_of_all_goroutines() {
        let mut t = Script::new();
        t.found(1, 1, GoroutineState::Running, "a<main.a");
        t.create(10, 1, 2, "a<main.a", "main.b");
        t.create(10, 1, 3, "a<main.a", "main.b");
        // Waits of 30 and 10 for a channel, of 50 for another reason.
        t.run(20, 2);
        t.block(30, 2, "chan receive", "b<main.b");
        t.run(31, 3);
        t.block(40, 3, "chan receive", "b<main.b");
        t.wake(50, 1, 3, "c<main.c");
        t.wake(60, 1, 2, "c<main.c");
        t.run(61, 2);
        t.block(62, 2, "sync", "b<main.b");
        t.run(63, 3);
        t.block(64, 3, "chan receive", "b<main.b");
        let trace = t.finish(112);
        let row = trace.goroutines.spans(g(2))[2];
        let kind = trace.spans.kind(tracepane_model::SpanIndex(row));
        assert_eq!(kind.state(), SpanState::Waiting);
        let lengths = SpanLengths::of(&trace, kind.state(), kind.reason());
        let rank = |nanos| {
            let rank = lengths.rank(nanos);
            (rank.longer, rank.of, rank.exact)
        };
        // The third goes on when the trace ends, after 48.
        assert_eq!(rank(30), (1, 3, true));
        assert_eq!(rank(48), (0, 3, true));
        assert_eq!((rank(10), rank(9)), ((2, 3, true), (3, 3, true)));
        assert_eq!(lengths.median(), Some(30));
        let none = SpanLengths::of(&trace, SpanState::SyscallBlocked, kind.reason());
        assert_eq!((none.rank(5).of, none.median()), (0, None));
    }

    #[test]
    fn many_lengths_are_counted_in_narrow_buckets() {
        let mut lengths = Lengths::Sorted(Vec::new());
        let all: Vec<u64> = (0..MOST_KEPT as u64 + 5000)
            .map(|i| i * i % 1_000_003)
            .collect();
        all.iter().for_each(|&nanos| lengths.add(nanos));
        let lengths = SpanLengths {
            state: SpanState::Waiting,
            reason: ReasonId(0),
            lengths,
        };
        for nanos in [0, 5, 127, 128, 1000, 54_321, 999_000, 2_000_000] {
            let rank = lengths.rank(nanos as i64);
            let longer = |nanos: u64| all.iter().filter(|&&other| other > nanos).count() as u64;
            // Of those in its own bucket it is not known.
            let (most, least) = (longer(nanos), longer(nanos + nanos / SUB + 1));
            assert!((least..=most).contains(&rank.longer), "{nanos}: {rank:?}");
            assert_eq!((rank.of, rank.exact), (all.len() as u64, false));
        }
        let mut sorted = all.clone();
        sorted.sort_unstable();
        let (median, exact) = (lengths.median().unwrap(), sorted[(all.len() - 1) / 2]);
        assert!(
            median <= exact && exact - median <= exact / SUB + 1,
            "{median} {exact}"
        );
    }

    #[test]
    fn every_length_has_a_bucket() {
        for nanos in (0..64).flat_map(|power| [1u64 << power, (1 << power) + 1, (1 << power) - 1]) {
            let bucket = bucket(nanos);
            assert!(lowest(bucket) <= nanos, "{nanos}");
            assert!(nanos - lowest(bucket) <= nanos / SUB, "{nanos}");
        }
        assert!(bucket(u64::MAX) < 10_000);
    }
}
