//! A part's times → the trace's.
//!
//! Times are those of the file, but each is at least a nanosecond later than the one before. The last events of a
//! generation can be later than the first ones of the next; then these follow one another by a nanosecond each until
//! they have caught up. So the part's event `k` happens at its own time, but not before `k + 1` ns after the last event
//! before the part: that holds for a few first events, which are found again by their times.

use tracepane_wire::Nanos;

use crate::build::Builder;
use crate::parts::{Part, Unsound};

/// Times beyond this are no times of a real clock; within it nothing overflows.
const MAX_TIME: i64 = 1 << 62;

/// The absolute time of the last event.
pub(super) fn last(builder: &Builder) -> Result<i64, Unsound> {
    let (start, length) = (builder.clock_start.0, builder.now.0);
    let fits = (0..MAX_TIME).contains(&start) && (0..MAX_TIME).contains(&length);
    match start.checked_add(length) {
        Some(last) if fits && last < MAX_TIME => Ok(last),
        _ => Err(Unsound::new("a time is far out")),
    }
}

/// Converts times.
pub(super) struct Clock {
    /// What to add.
    offset: i64,
    /// The part's time from which on that is all.
    settled: i64,
    /// The times of the events before, and when the first one happens really.
    moved: Vec<u32>,
    first: i64,
}

impl Clock {
    /// The trace began at `start`, and `last` is the time of its last event so far, both absolute.
    pub(super) fn new(part: &Part, start: Nanos, last: i64) -> Result<Self, Unsound> {
        let own = part.builder.clock_start.0;
        let late = |k: usize, time: u32| own + i64::from(time) - k as i64 <= last;
        let moved = part
            .times
            .iter()
            .enumerate()
            .take_while(|&(k, &time)| late(k, time))
            .count();
        let settled = match part.times.get(moved) {
            Some(&time) => i64::from(time),
            None if moved as u64 == part.builder.events => i64::MAX,
            None => return Err(Unsound::new("two generations overlap by too much")),
        };
        Ok(Self {
            offset: own - start.0,
            settled,
            moved: part.times[..moved].to_vec(),
            first: last + 1 - start.0,
        })
    }

    /// The trace's time for one of the part's.
    #[inline(always)]
    pub(super) fn time(&self, time: Nanos) -> Nanos {
        if time.0 >= self.settled {
            Nanos(time.0 + self.offset)
        } else {
            self.moved(time)
        }
    }

    #[cold]
    fn moved(&self, time: Nanos) -> Nanos {
        let event = self
            .moved
            .partition_point(|&known| i64::from(known) < time.0);
        Nanos(self.first + event as i64)
    }
}
