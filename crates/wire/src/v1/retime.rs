//! The times of ordered records: checked, mended, and those of system calls' ends set to when they really ended.
//!
//! After the last part of `parseEventBatches` in Go's `internal/trace/internal/tracev1/parser.go`.

use crate::report::SlipKind;
use crate::v1::parse::Parsed;
use crate::v1::record::Kind;

/// Something odd about times: what it counts as, how often it was, and about the first one.
pub struct Oddity {
    /// What it counts as.
    pub slip: SlipKind,
    /// How many records.
    pub count: u64,
    /// The first record.
    pub record: u32,
    /// A sentence about it.
    pub detail: String,
}

fn note(odd: &mut Vec<Oddity>, slip: SlipKind, record: u32, detail: impl FnOnce() -> String) {
    match odd.iter_mut().find(|known| known.slip == slip) {
        Some(known) => known.count += 1,
        None => odd.push(Oddity {
            slip,
            count: 1,
            record,
            detail: detail(),
        }),
    }
}

/// Whether times never fall.
pub fn is_sorted(parsed: &Parsed, places: &[u32]) -> bool {
    places.is_sorted_by_key(|place| parsed.records.get(*place).time())
}

/// Makes times never fall without changing the order, by moving as few of them as a pass in one direction can:
/// either late ones back to those that follow, or early ones up to those before.
pub fn straighten(parsed: &mut Parsed, places: &[u32], odd: &mut Vec<Oddity>) {
    let falls = |times: &mut dyn Iterator<Item = i64>| {
        let mut highest = i64::MIN;
        let mut count = 0_u64;
        for time in times {
            count += u64::from(time < highest);
            highest = highest.max(time);
        }
        count
    };
    let time = |place: &u32| parsed.records.get(*place).time();
    let early = falls(&mut places.iter().map(time));
    // Seen from the end with the sign turned, what is too late is what falls. `!` is the sign turned, less one.
    let late = falls(&mut places.iter().rev().map(|place| !time(place)));
    let mut first = None;
    if late < early {
        let mut lowest = i64::MAX;
        for place in places.iter().rev() {
            let record = parsed.records.get_mut(*place);
            if record.time() > lowest {
                record.set_time(lowest);
                first = Some(*place);
            }
            lowest = record.time();
        }
    } else {
        let mut highest = i64::MIN;
        for place in places {
            let record = parsed.records.get_mut(*place);
            if record.time() < highest {
                record.set_time(highest);
                first = first.or(Some(*place));
            }
            highest = record.time();
        }
    }
    if let Some(record) = first {
        odd.push(Oddity {
            slip: SlipKind::TimeOutOfOrder,
            count: late.min(early),
            record,
            detail: "the time of an event contradicts the order of events".to_owned(),
        });
    }
}

/// Gives the end of each system call the time when it really ended, and sorts again, stably.
///
/// What the reference refuses is noted in `odd`; the call then keeps the time when its end was recorded.
pub fn settle(parsed: &mut Parsed, places: Vec<u32>, odd: &mut Vec<Oddity>) -> Vec<u32> {
    let mut blocked = vec![0_i64; parsed.goroutines.ids().len()];
    // Ends that moved: their time, and their place in the order.
    let mut moved: Vec<(i64, u32)> = Vec::new();
    for (position, place) in (0..).zip(&places) {
        let record = parsed.records.get_mut(*place);
        let goroutine = record.goroutine as usize;
        match record.kind {
            Kind::SysBlock | Kind::GoInSyscall => blocked[goroutine] = record.time(),
            Kind::SysExit => {
                let time = record.real_time();
                if time == 0 {
                    continue;
                }
                let since = blocked[goroutine];
                if since == 0 {
                    note(odd, SlipKind::EventDoesNotFit, *place, || {
                        "a system call ended that had not begun".to_owned()
                    });
                } else if time < since {
                    note(odd, SlipKind::TimeOutOfOrder, *place, || {
                        let ticks = since.wrapping_sub(time);
                        format!("a system call ended {ticks} ticks before it began to block")
                    });
                } else if time != record.time() {
                    record.set_time(time);
                    moved.push((time, position));
                }
            }
            _ => {}
        }
    }
    if moved.is_empty() {
        return places;
    }
    moved.sort_unstable();
    merge(parsed, &places, &moved)
}

/// Merges what moved into the rest, which is sorted: by time, and by the order before where times are equal.
fn merge(parsed: &Parsed, places: &[u32], moved: &[(i64, u32)]) -> Vec<u32> {
    let mut is_moved = vec![0_u64; places.len() / 64 + 1];
    for (_, position) in moved {
        is_moved[*position as usize / 64] |= 1 << (position % 64);
    }
    let mut merged = Vec::with_capacity(places.len());
    let mut movers = moved.iter().peekable();
    for (position, place) in (0_u32..).zip(places) {
        if is_moved[position as usize / 64] >> (position % 64) & 1 == 1 {
            continue;
        }
        let key = (parsed.records.get(*place).time(), position);
        while let Some((_, mover)) = movers.next_if(|mover| **mover < key) {
            merged.push(places[*mover as usize]);
        }
        merged.push(*place);
    }
    merged.extend(movers.map(|(_, mover)| places[*mover as usize]));
    merged
}

/// Finds the system calls that block: the goroutine's next event is `EvGoSysBlock` (`convertEvent`, `EvGoSysCall`).
pub fn mark_blocking_syscalls(parsed: &mut Parsed, places: &[u32]) {
    let mut blocks_next = vec![false; parsed.goroutines.ids().len()];
    for place in places.iter().rev() {
        let record = parsed.records.get_mut(*place);
        let next = &mut blocks_next[record.goroutine as usize];
        if record.kind == Kind::Syscall && *next {
            record.kind = Kind::SyscallBlocking;
        }
        *next = record.kind == Kind::SysBlock;
    }
}
