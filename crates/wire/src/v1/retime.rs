//! The times of ordered records: checked, mended, and those of system calls' ends set to when they really ended.
//!
//! After the last part of `parseEventBatches` in Go's `internal/trace/internal/tracev1/parser.go`. Records are not kept,
//! so what is changed of them stands beside their order ([`Arranged`]) and is done to them when they come by.

use crate::report::SlipKind;
use crate::sorting::sort_by_numbers;
use crate::v1::record::{Kind, Record};
use crate::v1::replay::{Placed, Records, Sequence};
use crate::v1::survey::Survey;

/// Something odd about times: what it counts as, how often it was, and about the first one.
pub struct Oddity {
    /// What it counts as.
    pub slip: SlipKind,
    /// How many records.
    pub count: u64,
    /// What the first record is.
    pub kind: Kind,
    /// Where its batch begins.
    pub offset: u64,
    /// A sentence about it.
    pub detail: String,
}

/// Whether times never fall.
#[derive(Default)]
pub struct Rising {
    latest: Option<i64>,
    fell: bool,
}

impl Rising {
    /// Takes the next record.
    #[inline]
    pub fn take(&mut self, record: &Record) {
        let time = record.time();
        self.fell |= self.latest.is_some_and(|latest| time < latest);
        self.latest = Some(time);
    }

    /// Whether they did so far.
    pub fn fell(&self) -> bool {
        self.fell
    }
}

/// The times of all records, made so that they never fall without changing the order, by moving as few of them as a pass
/// in one direction can: either late ones back to those that follow, or early ones up to those before.
pub fn straighten(survey: &Survey, sequence: &Sequence, odd: &mut Vec<Oddity>) -> Vec<i64> {
    let mut times = Vec::with_capacity(sequence.len() as usize);
    times.extend(sequence.records(survey).map(|placed| placed.record.time()));
    let falls = |times: &mut dyn Iterator<Item = i64>| {
        let mut highest = i64::MIN;
        let mut count = 0_u64;
        for time in times {
            count += u64::from(time < highest);
            highest = highest.max(time);
        }
        count
    };
    let early = falls(&mut times.iter().copied());
    // Seen from the end with the sign turned, what is too late is what falls. `!` is the sign turned, less one.
    let late = falls(&mut times.iter().rev().map(|time| !time));
    let mut first = None;
    if late < early {
        let mut lowest = i64::MAX;
        for (position, time) in times.iter_mut().enumerate().rev() {
            if *time > lowest {
                *time = lowest;
                first = Some(position);
            }
            lowest = *time;
        }
    } else {
        let mut highest = i64::MIN;
        for (position, time) in times.iter_mut().enumerate() {
            if *time < highest {
                *time = highest;
                first = first.or(Some(position));
            }
            highest = *time;
        }
    }
    if let Some(first) = first.and_then(|first| sequence.records(survey).nth(first)) {
        odd.push(Oddity {
            slip: SlipKind::TimeOutOfOrder,
            count: late.min(early),
            kind: first.record.kind,
            offset: first.offset,
            detail: "the time of an event contradicts the order of events".to_owned(),
        });
    }
    times
}

/// A record that has another place than in the order.
#[derive(Clone, Copy)]
struct Moved {
    /// Its place in the order.
    position: u32,
    /// With the time that it has now.
    placed: Placed,
}

impl Moved {
    /// Where it is now: by time, and by the order where times are equal.
    fn key(&self) -> (i64, u32) {
        (self.placed.record.time(), self.position)
    }
}

/// Finds the system calls that block, and when they really ended.
pub struct Settling {
    /// When the goroutines' system calls began to block.
    blocked: Vec<i64>,
    /// For each goroutine the place of its last event and one, if that began a system call.
    calls: Vec<u32>,
    position: u32,
    blocking: Bits,
    moved: Vec<Moved>,
    odd: Vec<Oddity>,
}

impl Settling {
    /// Before the first record.
    pub fn new(survey: &Survey) -> Self {
        let goroutines = survey.goroutines.ids().len();
        Self {
            blocked: vec![0; goroutines],
            calls: vec![0; goroutines],
            position: 0,
            blocking: Bits::new(survey.count),
            moved: Vec::new(),
            odd: Vec::new(),
        }
    }

    fn note(&mut self, slip: SlipKind, offset: u64, detail: impl FnOnce() -> String) {
        match self.odd.iter_mut().find(|known| known.slip == slip) {
            Some(known) => known.count += 1,
            None => self.odd.push(Oddity {
                slip,
                count: 1,
                kind: Kind::SysExit,
                offset,
                detail: detail(),
            }),
        }
    }

    /// Takes the next record.
    ///
    /// A system call blocks if the goroutine's next event is `EvGoSysBlock` (`convertEvent`, `EvGoSysCall`). Its end gets
    /// the time when it really ended; what the reference refuses is noted, the call then keeps the time when its end was
    /// recorded.
    #[inline]
    pub fn take(&mut self, record: &Record, offset: u64) {
        let goroutine = record.goroutine as usize;
        let position = self.position;
        self.position += 1;
        match record.kind {
            Kind::Syscall => {
                self.calls[goroutine] = position + 1;
                return;
            }
            Kind::SysBlock => {
                if let Some(call) = self.calls[goroutine].checked_sub(1) {
                    self.blocking.set(call);
                }
                self.blocked[goroutine] = record.time();
            }
            Kind::GoInSyscall => self.blocked[goroutine] = record.time(),
            Kind::SysExit => self.end_call(*record, offset, position),
            _ => {}
        }
        self.calls[goroutine] = 0;
    }

    #[cold]
    fn end_call(&mut self, mut record: Record, offset: u64, position: u32) {
        let time = record.real_time();
        if time == 0 {
            return;
        }
        let since = self.blocked[record.goroutine as usize];
        if since == 0 {
            self.note(SlipKind::EventDoesNotFit, offset, || {
                "a system call ended that had not begun".to_owned()
            });
        } else if time < since {
            self.note(SlipKind::TimeOutOfOrder, offset, || {
                let ticks = since.wrapping_sub(time);
                format!("a system call ended {ticks} ticks before it began to block")
            });
        } else if time != record.time() {
            record.set_time(time);
            let placed = Placed { record, offset };
            self.moved.push(Moved { position, placed });
        }
    }

    /// The records as they are then: `times` are theirs if they are not their own. What is odd is added to `odd`.
    pub fn finish(
        mut self,
        sequence: Sequence,
        times: Option<Vec<i64>>,
        odd: &mut Vec<Oddity>,
    ) -> Arranged {
        sort_by_numbers(&mut self.moved, |moved| {
            let (time, position) = moved.key();
            [time, position.into()]
        });
        odd.append(&mut self.odd);
        let mut is_moved = Bits::new(sequence.len());
        for moved in &self.moved {
            is_moved.set(moved.position);
        }
        Arranged {
            sequence,
            times,
            blocking: self.blocking,
            is_moved,
            moved: self.moved,
        }
    }
}

/// All records in their order, with their times.
pub struct Arranged {
    sequence: Sequence,
    /// The times by the places in `sequence`, if they are not the records' own.
    times: Option<Vec<i64>>,
    /// The places of system calls that block.
    blocking: Bits,
    /// The places of the records that have another one now.
    is_moved: Bits,
    /// These, in their order.
    moved: Vec<Moved>,
}

impl Arranged {
    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.sequence.len() == 0
    }

    /// The records.
    pub fn records<'a>(&'a self, survey: &'a Survey<'a>) -> Walk<'a> {
        Walk {
            arranged: self,
            records: self.sequence.records(survey),
            position: 0,
            held: false,
            moved: self.moved.iter(),
            record: Placed::NONE,
        }
    }
}

/// See [`Arranged::records`].
pub struct Walk<'a> {
    arranged: &'a Arranged,
    records: Records<'a>,
    /// The place in the order after that of the last record taken from it.
    position: u32,
    /// That record waits, as one that moved comes before it.
    held: bool,
    moved: std::slice::Iter<'a, Moved>,
    record: Placed,
}

impl Walk<'_> {
    /// The next record.
    #[inline]
    pub fn next(&mut self) -> Option<&Placed> {
        if self.held {
            self.held = false;
        } else if !self.take() {
            return self.moved.next().map(|moved| &moved.placed);
        }
        if let Some(moved) = self.moved.as_slice().first()
            && moved.key() < (self.record.record.time(), self.position - 1)
        {
            self.held = true;
            self.moved.next();
            return Some(&moved.placed);
        }
        Some(&self.record)
    }

    /// How many records of the order were taken.
    pub fn position(&self) -> f64 {
        f64::from(self.position)
    }

    /// Takes the next record that did not move.
    #[inline]
    fn take(&mut self) -> bool {
        while self.records.next_into(&mut self.record) {
            let position = self.position;
            self.position += 1;
            if self.arranged.is_moved.has(position) {
                continue;
            }
            if let Some(times) = &self.arranged.times
                && let Some(time) = times.get(position as usize)
            {
                self.record.record.set_time(*time);
            }
            if self.arranged.blocking.has(position) {
                self.record.record.kind = Kind::SyscallBlocking;
            }
            return true;
        }
        false
    }
}

/// A set of places.
struct Bits(Vec<u64>);

impl Bits {
    fn new(places: u32) -> Self {
        Self(vec![0; places as usize / 64 + 1])
    }

    fn set(&mut self, place: u32) {
        if let Some(word) = self.0.get_mut(place as usize / 64) {
            *word |= 1 << (place % 64);
        }
    }

    #[inline]
    fn has(&self, place: u32) -> bool {
        let word = self.0.get(place as usize / 64);
        word.is_some_and(|word| word >> (place % 64) & 1 == 1)
    }
}
