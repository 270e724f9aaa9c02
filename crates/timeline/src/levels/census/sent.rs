//! Counts on their way from another worker.

use super::{Census, Counter, GroupSize, Head, PLACES, Slot};
use crate::levels::bytes::{Put, Take};

/// As how many numbers a [`Head`] is sent.
const HEAD_NUMBERS: usize = 2 * PLACES + 1;

impl Counter {
    /// Writes what was counted.
    pub fn put(&self, to: &mut Put<'_>) {
        let out = &self.out;
        to.long(&[
            u64::from(self.until_point),
            u64::from(self.next_roll),
            out.slots.len() as u64,
        ]);
        let heads = self.heads.iter();
        let heads: Vec<u64> = heads
            .flat_map(|head| {
                let until_point = u64::from(head.until_point);
                head.places
                    .into_iter()
                    .flatten()
                    .chain(std::iter::once(until_point))
            })
            .collect();
        to.long(&heads);
        for slot in &out.slots {
            to.signed(&slot.times);
            to.long(slot.totals.as_flattened());
        }
        let sizes = std::iter::once(&out.size).chain(&out.sizes);
        let sizes: Vec<[u32; 4]> = sizes.map(GroupSize::numbers).collect();
        to.short(sizes.as_flattened());
        to.short(out.rolls.as_flattened());
    }

    /// Reads what [`Self::put`] wrote, as far as [`Self::follow`] wants it; `None` if it is none.
    pub fn take(from: &mut Take<'_>) -> Option<Self> {
        let [until_point, next_roll, slots] = from.fixed()?;
        let heads = from.long()?;
        let (heads, _) = heads.as_chunks::<HEAD_NUMBERS>();
        if heads.len() as u64 != slots {
            return None;
        }
        let heads = heads.iter().map(|numbers| {
            let (places, until_point) = numbers.split_at(HEAD_NUMBERS - 1);
            Head {
                places: places.as_chunks().0.try_into().unwrap_or_default(),
                until_point: until_point.first().map_or(0, |&until| until as u32),
            }
        });
        let heads: Vec<Head> = heads.collect();
        let slots = heads.iter().map(|_| {
            Some(Slot {
                times: from.signed()?,
                totals: from.long()?.as_chunks().0.to_vec(),
                ..Slot::default()
            })
        });
        let slots = slots.collect::<Option<Vec<Slot>>>()?;
        let sizes = from.short()?;
        let mut sizes = sizes.as_chunks().0.iter().map(GroupSize::of_numbers);
        Some(Self {
            out: Census {
                size: sizes.next()?,
                sizes: sizes.collect(),
                slots,
                rolls: from.short()?.as_chunks().0.to_vec(),
                ..Census::default()
            },
            heads,
            counted: Vec::new(),
            all_has_all: false,
            until_point: until_point as u32,
            next_roll: next_roll as u32,
        })
    }

    /// Whether `next` counts the same.
    pub fn has_room_for(&self, next: &Self) -> bool {
        let (own, of_next) = (&self.out, &next.out);
        own.slots.len() == of_next.slots.len() && own.sizes.len() == of_next.sizes.len()
    }
}

impl GroupSize {
    fn numbers(&self) -> [u32; 4] {
        [self.most_alive, self.most_active, self.alive, self.active]
    }

    fn of_numbers(&[most_alive, most_active, alive, active]: &[u32; 4]) -> Self {
        Self {
            most_alive,
            most_active,
            alive,
            active,
        }
    }
}
