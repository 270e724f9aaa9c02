//! A part's times → the trace's.
//!
//! Times are those of the file, but each is at least a nanosecond later than the one before. The last events of a
//! generation can be later than the first ones of the next; then these follow one another by a nanosecond each until
//! they have caught up. So the part's event `k` happens at its own time, but not before `k + 1` ns after the last event
//! before the part: that holds for a few first events, which are found again by their times.

use tracepane_wire::Nanos;

use crate::build::Builder;
use crate::parts::Unsound;

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
    /// `times`: those of the part's first events. The trace began at `start`, and `last` is the time of its last event so
    /// far, both absolute.
    pub(super) fn new(
        part: &Builder,
        times: &[u32],
        start: Nanos,
        last: i64,
    ) -> Result<Self, Unsound> {
        Self::with(part.clock_start.0, times, part.events, start.0, last)
    }

    /// `own`: when the part's first event happened by itself; `times`: those of the first ones of its `events` events.
    fn with(own: i64, times: &[u32], events: u64, start: i64, last: i64) -> Result<Self, Unsound> {
        let late = |k: usize, time: u32| own + i64::from(time) - k as i64 <= last;
        let moved = times
            .iter()
            .enumerate()
            .take_while(|&(k, &time)| late(k, time))
            .count();
        let settled = match times.get(moved) {
            Some(&time) => i64::from(time),
            None if moved as u64 == events => i64::MAX,
            None => return Err(Unsound::new("two generations overlap by too much")),
        };
        Ok(Self {
            offset: own - start,
            settled,
            moved: times[..moved].to_vec(),
            first: last + 1 - start,
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

    /// [`Self::time`] of many, which rise.
    pub(super) fn move_all(&self, times: &mut [i64]) {
        let early = times.partition_point(|&time| time < self.settled);
        let (early, others) = times.split_at_mut(early);
        for time in early {
            *time = self.moved(Nanos(*time)).0;
        }
        for time in others {
            *time += self.offset;
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

#[cfg(test)]
mod tests {
    use tracepane_testkit::mutate::Random;

    use super::*;

    /// Each time is that of the file, but at least a nanosecond after the one before.
    fn in_order(mut last: i64, times: &[i64]) -> Vec<i64> {
        let next = |&time: &i64| {
            last = time.max(last + 1);
            last
        };
        times.iter().map(next).collect()
    }

    #[test]
    fn a_part_that_begins_too_early_waits_as_if_it_were_read_in_order() {
        for seed in 0..2000 {
            let mut random = Random::new(seed);
            let (start, count) = (random.below(1000) as i64, 1 + random.below(60));
            let begin = start + 5000 + random.below(100) as i64;
            let mut file = begin;
            let times: Vec<i64> = (0..count)
                .map(|_| {
                    // Now and then one that is earlier than the one before.
                    file += random.below(12) as i64 - 2;
                    file
                })
                .collect();
            let last = begin + random.below(200) as i64 - 60;
            let alone = in_order(i64::MIN + 1, &times);
            let own = alone[0];
            let kept: Vec<u32> = alone.iter().map(|time| (time - own) as u32).collect();
            let clock = Clock::with(own, &kept, count as u64, start, last).expect("a clock");
            let joined: Vec<i64> = alone
                .iter()
                .map(|time| clock.time(Nanos(time - own)).0 + start)
                .collect();
            assert_eq!(joined, in_order(last, &times), "seed {seed}");
        }
    }

    #[test]
    fn a_part_of_which_too_few_times_are_kept_is_given_up() {
        let clock = Clock::with(100, &[0, 1, 2], 4, 0, 200);
        assert!(clock.is_err());
        // If that is all there is, they all come after.
        let clock = Clock::with(100, &[0, 1, 2], 3, 0, 200).expect("a clock");
        assert_eq!(clock.time(Nanos(2)), Nanos(203));
    }
}
