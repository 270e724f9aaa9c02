//! Seeded damage to traces: of their bytes, and of their events with the framing kept whole.

use tracepane_wire::text::push_varint;
use tracepane_wire::v2::spec::{
    END_OF_GENERATION, EVENT_BATCH, EVENTS, EXPERIMENTAL_BATCH, EventSpec,
};

/// SplitMix64: small, seeded, the same everywhere.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 if `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.number() % (end as u64).max(1)) as usize
    }
}

/// Numbers that readers trip over.
const HOSTILE: [u64; 12] = [
    0,
    1,
    127,
    128,
    1 << 16,
    (1 << 31) - 1,
    1 << 32,
    (1 << 62) + 3,
    i64::MAX as u64,
    1 << 63,
    u64::MAX - 1,
    u64::MAX,
];

/// Damages the bytes of a trace in one to four places: flipped bits, a cut, ranges removed, inserted, repeated or
/// moved, huge numbers. The header stays in most cases.
pub fn bytes(trace: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = trace.to_vec();
    for _ in 0..=random.below(4) {
        let keep = if random.below(20) == 0 { 0 } else { 16 };
        let keep = keep.min(out.len());
        let at = keep + random.below(out.len() - keep);
        let scale = 1 + random.below(10);
        let length = (1 + random.below(1 << scale)).min(out.len() - at);
        match random.below(8) {
            0 | 1 => {
                if let Some(byte) = out.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            2 => out.truncate(at),
            3 => {
                out.drain(at..at + length);
            }
            4 => {
                let junk: Vec<u8> = (0..length).map(|_| random.number() as u8).collect();
                out.splice(at..at, junk);
            }
            5 => {
                let copy = out[at..at + length].to_vec();
                let to = keep + random.below(out.len() - keep);
                out.splice(to..to, copy);
            }
            6 => {
                let moved: Vec<u8> = out.drain(at..at + length).collect();
                let to = keep + random.below(out.len() - keep);
                out.splice(to..to, moved);
            }
            _ => {
                let mut huge = Vec::new();
                push_varint(&mut huge, HOSTILE[random.below(HOSTILE.len())]);
                let end = (at + huge.len()).min(out.len());
                out.splice(at..end, huge);
            }
        }
    }
    out
}

/// A v2 trace as its batches, so that events can be changed and the framing stays right.
#[derive(Clone, Debug)]
pub struct Batches {
    header: Vec<u8>,
    batches: Vec<Batch>,
}

#[derive(Clone, Debug)]
enum Batch {
    /// A batch of timed events.
    Timed {
        /// Generation, thread and base time.
        head: [u64; 3],
        events: Vec<Item>,
    },
    /// Any other batch, with its head apart.
    Table { head: [u64; 3], data: Vec<u8> },
    /// A whole experimental batch or an end of a generation.
    Other(Vec<u8>),
}

#[derive(Clone, Debug)]
struct Item {
    number: u8,
    /// With the `dt`.
    args: Vec<u64>,
}

impl Batches {
    /// Takes a whole v2 trace apart; `None` if it is of another format or damaged.
    pub fn parse(trace: &[u8]) -> Option<Self> {
        let (header, mut rest) = trace.split_at_checked(16)?;
        let mut batches = Vec::new();
        while let Some((&kind, after)) = rest.split_first() {
            let start = rest;
            rest = after;
            match kind {
                END_OF_GENERATION => batches.push(Batch::Other(vec![kind])),
                EXPERIMENTAL_BATCH | EVENT_BATCH => {
                    if kind == EXPERIMENTAL_BATCH {
                        rest = rest.get(1..)?;
                    }
                    let head = [varint(&mut rest)?, varint(&mut rest)?, varint(&mut rest)?];
                    let size = usize::try_from(varint(&mut rest)?).ok()?;
                    let (data, after) = rest.split_at_checked(size)?;
                    rest = after;
                    let whole = &start[..start.len() - rest.len()];
                    batches.push(match timed(data) {
                        _ if kind == EXPERIMENTAL_BATCH => Batch::Other(whole.to_vec()),
                        Some(events) => Batch::Timed { head, events },
                        None => Batch::Table {
                            head,
                            data: data.to_vec(),
                        },
                    });
                }
                _ => return None,
            }
        }
        Some(Self {
            header: header.to_vec(),
            batches,
        })
    }

    /// Changes one to four things: an argument of an event or of a batch's head, an event or a batch removed, repeated
    /// or moved, a number in a table.
    pub fn mutate(&mut self, random: &mut Random) {
        for _ in 0..=random.below(4) {
            let batch = random.below(self.batches.len());
            let other = random.below(self.batches.len());
            match random.below(12) {
                0 if self.batches.len() > 1 => {
                    self.batches.remove(batch);
                }
                1 if !self.batches.is_empty() => {
                    let copy = self.batches[batch].clone();
                    self.batches.insert(other, copy);
                }
                2 if !self.batches.is_empty() => self.batches.swap(batch, other),
                _ => {
                    if let Some(batch) = self.batches.get_mut(batch) {
                        batch.mutate(random);
                    }
                }
            }
        }
    }

    /// The trace's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.header.clone();
        for batch in &self.batches {
            let (head, data) = match batch {
                Batch::Other(bytes) => {
                    out.extend_from_slice(bytes);
                    continue;
                }
                Batch::Table { head, data } => (head, data.clone()),
                Batch::Timed { head, events } => {
                    let mut data = Vec::new();
                    for event in events {
                        data.push(event.number);
                        for &arg in &event.args {
                            push_varint(&mut data, arg);
                        }
                    }
                    (head, data)
                }
            };
            out.push(EVENT_BATCH);
            for &number in head {
                push_varint(&mut out, number);
            }
            push_varint(&mut out, data.len() as u64);
            out.extend_from_slice(&data);
        }
        out
    }
}

impl Batch {
    fn mutate(&mut self, random: &mut Random) {
        match self {
            Self::Other(bytes) => {
                let at = random.below(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            Self::Table { head, data } => {
                if random.below(4) == 0 {
                    change(&mut head[random.below(3)], random);
                } else {
                    let at = random.below(data.len());
                    if let Some(byte) = data.get_mut(at) {
                        *byte ^= 1 << random.below(8);
                    }
                }
            }
            Self::Timed { head, events } => {
                let event = random.below(events.len());
                let other = random.below(events.len());
                match random.below(10) {
                    0 => change(&mut head[random.below(3)], random),
                    1 if !events.is_empty() => {
                        events.remove(event);
                    }
                    2 if !events.is_empty() => {
                        let copy = events[event].clone();
                        events.insert(other, copy);
                    }
                    3 if !events.is_empty() => events.swap(event, other),
                    4 => events.truncate(event),
                    5 => {
                        let number = 9 + random.below(44) as u8;
                        let spec = &EVENTS[usize::from(number)];
                        if let Some(item) = events.get_mut(event)
                            && spec.timed
                        {
                            item.number = number;
                            item.args.resize(arguments(spec), 1);
                        }
                    }
                    _ => {
                        if let Some(item) = events.get_mut(event) {
                            let arg = random.below(item.args.len());
                            change(&mut item.args[arg], random);
                        }
                    }
                }
            }
        }
    }
}

fn change(number: &mut u64, random: &mut Random) {
    *number = match random.below(4) {
        0 => HOSTILE[random.below(HOSTILE.len())],
        1 => random.number() % 64,
        2 => number.wrapping_sub(1),
        _ => number.wrapping_add(1),
    };
}

fn arguments(spec: &EventSpec) -> usize {
    spec.args.len() + usize::from(spec.timed)
}

/// The events of a batch's data; `None` if they are not all timed events.
fn timed(mut data: &[u8]) -> Option<Vec<Item>> {
    let mut events = Vec::new();
    while let Some((&number, rest)) = data.split_first() {
        data = rest;
        let spec = &EVENTS[usize::from(number)];
        if !spec.timed {
            return None;
        }
        let args: Option<Vec<u64>> = (0..arguments(spec)).map(|_| varint(&mut data)).collect();
        events.push(Item {
            number,
            args: args?,
        });
    }
    Some(events)
}

fn varint(data: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let (&byte, rest) = data.split_first()?;
        *data = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracepane_wire::text;

    use crate::data;

    #[test]
    fn whole_traces_are_taken_apart_and_put_together() {
        for path in data::corpus() {
            let trace = data::read(&path);
            let parsed = Batches::parse(&trace);
            let whole = data::version(&trace) >= Some(22) && !path.contains("truncated");
            assert_eq!(parsed.is_some(), whole, "{path}");
            // The runtime pads the sizes of batches, so the bytes differ.
            if let Some(parsed) = parsed.filter(|_| trace.len() < 100_000) {
                let again = text::decode(&parsed.encode());
                assert!(
                    again == text::decode(&trace),
                    "{path} is not the same again"
                );
            }
        }
    }
}
