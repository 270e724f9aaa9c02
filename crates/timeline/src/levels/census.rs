//! How many goroutines were in which class when: for all together and for each large group.
//!
//! Two aids: running totals of goroutine-time by class at every so many rows, for views of much; and head counts
//! at every so many rows of the span table, from which views of little are counted row by row.

mod sent;

use tracepane_model::{GoroutineIndex, GroupIndex, Nanos, Trace};

use super::PIECE;
use super::steps::{Change, Doing, Facts, Fill, PLACES, Step, Steps, Walk};
use super::stretch::Stretch;
use crate::class::{CLASSES, Class};

/// Groups with at most so many spans have no slot: what they did is added up from their goroutines' spans.
pub const SMALL_GROUP: usize = 2048;

/// Head counts are so many rows apart, or a multiple of it.
pub const ROLL_ROWS: u32 = 8192;

/// The slot of all goroutines together.
pub const ALL: u32 = 0;

/// No slot.
pub const NO_SLOT: u32 = u32::MAX;

/// The goroutine-time of each class before a moment (modulo 2^64: only differences count).
type Totals = [u64; CLASSES];

/// Bytes of a moment and its totals.
const POINT: usize = size_of::<i64>() + size_of::<Totals>();

/// The running totals of one slot.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Slot {
    /// Moments; apart from the totals, because searching reads only these.
    times: Vec<i64>,
    totals: Vec<Totals>,
    /// Rows between two points.
    pub every: u32,
    /// The most goroutines that were active, averaged over a small part of the trace.
    pub peak: f32,
    /// The most that had a thread (running or in a system call), averaged in the same way.
    pub peak_threads: f32,
}

/// What is known of a group's size.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct GroupSize {
    /// The most goroutines that existed at once.
    pub most_alive: u32,
    /// The most that were active at once; only of a group of several goroutines that has no slot.
    pub most_active: u32,
    alive: u32,
    active: u32,
}

impl GroupSize {
    /// A goroutine begins to live, or ceases to, or both.
    #[cold]
    fn live(&mut self, change: Change) {
        self.alive = (self.alive + u32::from(change.begins())) - u32::from(change.ends());
        self.most_alive = self.most_alive.max(self.alive);
    }

    /// Goes on with a size that began as this one is now.
    fn follow(&mut self, next: Self) {
        *self = Self {
            most_alive: self.most_alive.max(next.most_alive),
            most_active: self.most_active.max(next.most_active),
            ..next
        };
    }

    #[inline(always)]
    fn act(&mut self, facts: Facts) {
        self.active = self.active.wrapping_add_signed(facts.acts());
        self.most_active = self.most_active.max(self.active);
    }
}

/// The counts of a trace.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Census {
    /// [`ALL`] first.
    pub slots: Vec<Slot>,
    slot_of_group: Vec<u32>,
    /// By group.
    pub sizes: Vec<GroupSize>,
    /// Of all goroutines.
    pub size: GroupSize,
    /// Rows of the span table between two head counts.
    roll_every: u32,
    /// Head counts before rows 0, `roll_every`, …: one for each slot.
    rolls: Vec<[u32; CLASSES]>,
}

/// Into how many parts a trace is divided to find a slot's peak.
const PARTS: usize = 512;

impl Census {
    /// A group's slot, or [`NO_SLOT`].
    #[inline]
    pub fn slot_of(&self, group: GroupIndex) -> u32 {
        self.slot_of_group
            .get(group.0 as usize)
            .copied()
            .unwrap_or(NO_SLOT)
    }

    /// The last row at or before `row` with a head count, and the count of each slot.
    pub fn roll_before(&self, row: u32) -> (u32, &[[u32; CLASSES]]) {
        let slots = self.slots.len();
        if slots == 0 || self.rolls.is_empty() {
            return (0, &[]);
        }
        let last = (self.rolls.len() / slots - 1) as u32;
        let i = (row / self.roll_every).min(last);
        let first = i as usize * slots;
        (i * self.roll_every, &self.rolls[first..first + slots])
    }

    /// The scale of a group's lane: how many goroutines its full height stands for.
    pub fn scale_of(&self, group: GroupIndex) -> f32 {
        let size = self
            .sizes
            .get(group.0 as usize)
            .copied()
            .unwrap_or_default();
        let most = size.most_alive.max(1) as f32;
        let slot = self.slot_of(group);
        let peak = match self.slots.get(slot as usize) {
            Some(slot) => slot.peak * 1.15,
            None => size.most_active as f32,
        };
        peak.clamp(1.0, most)
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        let points =
            |slot: &Slot| slot.times.capacity() * 8 + slot.totals.capacity() * size_of::<Totals>();
        self.slots.iter().map(points).sum::<usize>()
            + self.slots.capacity() * size_of::<Slot>()
            + self.slot_of_group.capacity() * 4
            + self.sizes.capacity() * size_of::<GroupSize>()
            + self.rolls.capacity() * size_of::<[u32; CLASSES]>()
    }
}

impl Slot {
    /// How many changes there are from `start` to `end`, roughly.
    pub fn changes(&self, start: f64, end: f64) -> usize {
        let place = |time: f64| self.times.partition_point(|&t| (t as f64) < time);
        (place(end) + 1).saturating_sub(place(start)) * self.every as usize
    }

    /// The goroutine-time of each class from each of `times` to the next; times must rise.
    pub fn between(
        &self,
        mut times: impl Iterator<Item = f64>,
        mut emit: impl FnMut(usize, [f32; CLASSES]),
    ) {
        let Some(first) = times.next() else { return };
        let mut cursor = self.times.partition_point(|&t| t as f64 <= first);
        let mut before = self.at(first, cursor);
        for (i, time) in times.enumerate() {
            // Mostly few steps, else as many doublings.
            let mut step = 1;
            while cursor + step < self.times.len() && self.times[cursor + step] as f64 <= time {
                cursor += step;
                step *= 2;
            }
            let end = (cursor + step).min(self.times.len());
            let rest = &self.times[cursor.min(end)..end];
            cursor += rest.partition_point(|&t| t as f64 <= time);
            let after = self.at(time, cursor);
            emit(i, std::array::from_fn(|c| (after.since(&before, c)) as f32));
            before = after;
        }
    }

    /// The totals at `time`; `next` is the first point after it.
    fn at(&self, time: f64, next: usize) -> Moment {
        let Some(left) = next.checked_sub(1) else {
            return Moment {
                totals: self.totals.first().copied().unwrap_or_default(),
                part: [0.0; CLASSES],
            };
        };
        let mut part = [0.0; CLASSES];
        if next < self.times.len() {
            let start = self.times[left];
            let length = (self.times[next] - start) as f64;
            let fraction = ((time - start as f64) / length).clamp(0.0, 1.0);
            let (left, right) = (&self.totals[left], &self.totals[next]);
            for (c, part) in part.iter_mut().enumerate() {
                *part = right[c].wrapping_sub(left[c]) as f64 * fraction;
            }
        }
        Moment {
            totals: self.totals[left],
            part,
        }
    }

    fn find_peak(&mut self, end: f64) {
        let part = end / PARTS as f64;
        if part <= 0.0 {
            return;
        }
        let (mut peak, mut peak_threads) = (0.0f32, 0.0f32);
        self.between((0..=PARTS).map(|i| i as f64 * part), |_, totals| {
            let sum = |of: fn(Class) -> bool| -> f32 {
                let classes = Class::ALL.into_iter().filter(|&c| of(c));
                classes.map(|c| totals[c as usize]).sum()
            };
            peak = peak.max(sum(Class::is_active) / part as f32);
            peak_threads = peak_threads.max(sum(Class::has_thread) / part as f32);
        });
        self.peak = peak;
        self.peak_threads = peak_threads;
    }
}

/// Totals at a moment between two points.
struct Moment {
    totals: [u64; CLASSES],
    part: [f64; CLASSES],
}

impl Moment {
    fn since(&self, before: &Self, c: usize) -> f64 {
        let whole = self.totals[c].wrapping_sub(before.totals[c]) as f64;
        (whole + self.part[c] - before.part[c]).max(0.0)
    }
}

/// Counts while the span table is read.
pub struct Counter {
    out: Census,
    /// For each slot. That of [`ALL`] has those that have no slot; or, if there are many slots, all.
    heads: Vec<Head>,
    /// By goroutine.
    counted: Vec<Counted>,
    all_has_all: bool,
    /// Rows until the next point of [`ALL`].
    until_point: u32,
    /// The row before which heads are counted next.
    next_roll: u32,
}

/// With more slots than this, the counts of all are kept apart instead of added up.
const MAX_ADDED: usize = 32;

/// A slot's counts now, and what makes its totals: total = count × time + offset. All modulo 2^64.
#[derive(Clone)]
// No pair lies in two cache lines.
#[repr(align(16))]
struct Head {
    /// By the place of what is done: count and offset, side by side, so that one instruction changes both.
    places: [[u64; 2]; PLACES],
    /// Rows until the slot's next point.
    until_point: u32,
}

impl Head {
    #[inline(always)]
    fn change(&mut self, time: i64, change: Change) {
        // Nobody is counted in the place for none, which nothing reads.
        let [count, offset] = &mut self.places[change.old().place()];
        *count = count.wrapping_sub(1);
        *offset = offset.wrapping_add(time as u64);
        let [count, offset] = &mut self.places[change.new_doing().place()];
        *count = count.wrapping_add(1);
        *offset = offset.wrapping_sub(time as u64);
    }

    fn offsets(&self) -> Totals {
        std::array::from_fn(|c| self.places[c][1])
    }

    fn counts(&self) -> [u32; CLASSES] {
        std::array::from_fn(|c| self.places[c][0] as u32)
    }

    fn totals(&self, time: i64) -> Totals {
        std::array::from_fn(|c| {
            let [count, offset] = self.places[c];
            count.wrapping_mul(time as u64).wrapping_add(offset)
        })
    }
}

/// How many rows are left to the next point, after so many.
fn left(rows: usize, every: u32) -> u32 {
    (rows.next_multiple_of(every as usize) - rows) as u32
}

fn sum(a: Totals, b: Totals) -> Totals {
    std::array::from_fn(|c| a[c].wrapping_add(b[c]))
}

/// Where a goroutine is counted.
#[derive(Clone, Copy)]
struct Counted {
    /// Its group's slot, or [`ALL`] if that has none.
    slot: u32,
    group: GroupIndex,
    /// Whether those of its group that are active are counted: the group has no slot, but others. There are few such rows.
    by_group: bool,
}

impl Fill for Counter {
    fn piece(&mut self, steps: &Steps) {
        // Heads are counted before the first row of a piece, if at all.
        const { assert!(ROLL_ROWS.is_multiple_of(PIECE as u32)) };
        if steps.first == self.next_roll {
            self.roll();
        }
        if self.all_has_all {
            self.count::<true>(steps);
        } else {
            self.count::<false>(steps);
        }
    }
}

impl Counter {
    /// Counts, also in the head of [`ALL`] if that has all.
    #[inline(never)]
    fn count<const ALL_HAS_ALL: bool>(&mut self, steps: &Steps) {
        // What each step changes stays in registers. One loop for all counts: each waits for the one before, so that
        // two loops would wait twice.
        let mut size = self.out.size;
        let mut until_point = self.until_point;
        for step in &steps.steps {
            let &Step { time, change, .. } = step;
            let Some(&counted) = self.counted.get(step.goroutine.0 as usize) else {
                continue;
            };
            let slot = counted.slot;
            if step.facts.is_rare() || counted.by_group {
                size.live(change);
                if let Some(of_group) = self.out.sizes.get_mut(counted.group.0 as usize) {
                    of_group.live(change);
                    if counted.by_group {
                        of_group.act(step.facts);
                    }
                }
            }
            if until_point == 0 {
                until_point = self.point_of_all(time);
            }
            until_point -= 1;
            let Some(head) = self.heads.get_mut(slot as usize) else {
                continue;
            };
            if head.until_point == 0 {
                Self::point(head, &mut self.out.slots[slot as usize], time);
            }
            head.until_point -= 1;
            head.change(time, change);
            if ALL_HAS_ALL && slot != ALL {
                self.heads[ALL as usize].change(time, change);
            }
        }
        self.out.size = size;
        self.until_point = until_point;
    }

    /// Before the first of these rows, which the walk has before it.
    pub fn before(trace: &Trace, walk: &Walk<'_>, stretch: &Stretch) -> Self {
        let mut counter = Self::new(trace, stretch);
        counter.until_point = left(stretch.rows.start, counter.out.slots[ALL as usize].every);
        counter.next_roll = (stretch.rows.start as u32).next_multiple_of(counter.out.roll_every);
        if stretch.is_first() {
            return counter;
        }
        let mut rows = vec![0; counter.heads.len()];
        for ((goroutine, doing, _), &before) in walk.standing().zip(&stretch.before) {
            let i = goroutine.0 as usize;
            let Counted {
                slot,
                group,
                by_group,
            } = counter.counted[i];
            rows[slot as usize] += before as usize;
            let begun = Change::new(Doing::NONE, doing);
            if let Some(size) = counter.out.sizes.get_mut(group.0 as usize)
                && !begun.is_none()
            {
                size.live(begun);
                counter.out.size.live(begun);
                if by_group {
                    size.act(begun.facts());
                }
            }
            counter.heads[slot as usize].places[doing.place()][0] += 1;
            if counter.all_has_all && slot != ALL {
                counter.heads[ALL as usize].places[doing.place()][0] += 1;
            }
        }
        let slots = counter.heads.iter_mut().zip(&counter.out.slots);
        for ((head, slot), rows) in slots.zip(rows).skip(1) {
            head.until_point = left(rows, slot.every);
        }
        counter
    }

    /// For a trace whose spans have not been read yet.
    fn new(trace: &Trace, stretch: &Stretch) -> Self {
        let groups = stretch.groups(trace);
        let spans = stretch.rows_of_all(trace);
        let mut slots = vec![Slot {
            // Views of fewer rows than this many points need are counted row by row.
            every: (spans >> 16).max(16) as u32,
            ..Slot::default()
        }];
        // So many bytes for the groups' points, whatever the trace's size, and a quarter byte for each span.
        let budget = (12 << 20) + spans / 4;
        let least = (spans * POINT).div_ceil(budget).max(1);
        let mut slot_of_group = vec![NO_SLOT; groups];
        for (i, slot) in slot_of_group.iter_mut().enumerate() {
            let (members, spans) = stretch.group(trace, GroupIndex(i as u32));
            if members < 2 {
                continue;
            }
            if spans > SMALL_GROUP {
                *slot = slots.len() as u32;
                slots.push(Slot {
                    every: (spans >> 12).max(least).max(4) as u32,
                    ..Slot::default()
                });
            }
        }
        let mut heads = slots
            .iter()
            .map(|_| Head {
                places: [[0; 2]; PLACES],
                until_point: 0,
            })
            .collect::<Vec<Head>>();
        // Those of all are made by themselves: there are not so many changes.
        heads[ALL as usize].until_point = u32::MAX;
        let goroutines = (0..trace.goroutines.len() as u32).map(GoroutineIndex);
        let counted = goroutines.map(|g| {
            let group = trace.goroutines.row(g).group;
            let slot = slot_of_group.get(group.0 as usize).copied();
            let slot = slot.filter(|&slot| slot != NO_SLOT).unwrap_or(ALL);
            Counted {
                slot,
                group,
                by_group: slot == ALL && stretch.group(trace, group).0 > 1,
            }
        });
        Self {
            all_has_all: slots.len() > MAX_ADDED,
            until_point: 0,
            next_roll: 0,
            counted: counted.collect(),
            out: Census {
                roll_every: ROLL_ROWS * slots.len().div_ceil(16) as u32,
                slots,
                slot_of_group,
                sizes: vec![GroupSize::default(); groups],
                size: GroupSize::default(),
                rolls: Vec::new(),
            },
            heads,
        }
    }

    #[cold]
    fn roll(&mut self) {
        self.next_roll = self.next_roll.wrapping_add(self.out.roll_every);
        let mut all = self.heads[ALL as usize].counts();
        for head in self.added() {
            for (sum, count) in all.iter_mut().zip(head.counts()) {
                *sum += count;
            }
        }
        self.out.rolls.push(all);
        let others = self.heads.iter().skip(1);
        self.out.rolls.extend(others.map(Head::counts));
    }

    /// What to add to the counts of [`ALL`]'s head for those of all.
    fn added(&self) -> impl Iterator<Item = &Head> {
        let added = if self.all_has_all {
            0
        } else {
            self.heads.len()
        };
        self.heads[..added].iter().skip(1)
    }

    #[cold]
    fn point(head: &mut Head, slot: &mut Slot, time: i64) {
        slot.times.push(time);
        slot.totals.push(head.totals(time));
        head.until_point = slot.every;
    }

    /// A point of [`ALL`]: how many changes there are until the next.
    #[cold]
    fn point_of_all(&mut self, time: i64) -> u32 {
        let totals = self.totals_of_all(time);
        let slot = &mut self.out.slots[ALL as usize];
        slot.times.push(time);
        slot.totals.push(totals);
        slot.every
    }

    fn totals_of_all(&self, time: i64) -> Totals {
        let mut all = self.heads[ALL as usize].totals(time);
        for head in self.added() {
            all = sum(all, head.totals(time));
        }
        all
    }

    /// Goes on with what was counted behind the rows of this one.
    pub fn follow(&mut self, next: Self) {
        let out = &mut self.out;
        out.size.follow(next.out.size);
        for (size, next) in out.sizes.iter_mut().zip(next.out.sizes) {
            size.follow(next);
        }
        out.rolls.extend(next.out.rolls);
        let mut of_all = self.heads[ALL as usize].offsets();
        for head in self.added() {
            of_all = sum(of_all, head.offsets());
        }
        let others = self.heads.iter().skip(1).map(Head::offsets);
        let offsets = std::iter::once(of_all).chain(others);
        let slots = self.out.slots.iter_mut().zip(next.out.slots);
        for ((slot, next), offsets) in slots.zip(offsets) {
            slot.times.extend(next.times);
            let totals = next.totals.into_iter();
            slot.totals
                .extend(totals.map(|totals| sum(totals, offsets)));
        }
        for (head, next) in self.heads.iter_mut().zip(next.heads) {
            for ([count, offset], [next_count, more]) in head.places.iter_mut().zip(next.places) {
                *count = next_count;
                *offset = offset.wrapping_add(more);
            }
            head.until_point = next.until_point;
        }
        (self.until_point, self.next_roll) = (next.until_point, next.next_roll);
    }

    /// All rows were told; the trace ends at `end`.
    pub fn finish(mut self, end: Nanos) -> Census {
        let all = self.totals_of_all(end.0);
        let others = self.heads.iter().skip(1).map(|head| head.totals(end.0));
        for (slot, totals) in self
            .out
            .slots
            .iter_mut()
            .zip(std::iter::once(all).chain(others))
        {
            slot.times.push(end.0);
            slot.totals.push(totals);
            slot.times.shrink_to_fit();
            slot.totals.shrink_to_fit();
            slot.find_peak(end.0 as f64);
        }
        self.out
    }
}
