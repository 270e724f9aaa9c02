//! How many goroutines of a group were in each class, column by column.
//!
//! Three ways, chosen by what is least work: add up the spans of each member; follow the span table row by row from
//! the last head count (a view of few rows; done once for all lanes); or take differences of running totals.
//!
//! The columns are kept from frame to frame. Those of a pan are added at the edges. After a zoom they are stretched
//! where the frame's budget is too small for new ones; the span table is followed a part of the way in each frame, and
//! what that leads to is shown when it is complete.

mod kept;
mod walk;

use std::collections::HashMap;
use std::ops::Range;

use tracepane_model::{GoroutineIndex, GroupIndex, Nanos, SpanIndex, Trace};

use crate::class::{CLASSES, Class};
use crate::draw::budget::{Share, Spending};
use crate::lanes::LaneKind;
use crate::levels::Levels;
use crate::levels::census::{ALL, NO_SLOT};
use crate::scale::Columns;
use kept::Kept;
use walk::Walk;

/// No more rows of the span table than this are followed one by one.
const MAX_ROWS: u32 = 1 << 17;

/// So many rows are followed at once for columns that come in at an edge; a head count is never much farther away.
const FEW_ROWS: u32 = 1 << 14;

/// Groups with at most so many members, and so many changes in the view, are added up member by member.
const FEW_MEMBERS: usize = 64;
const FEW_CHANGES: usize = 8192;

/// So many columns of a density cost about as much as one of a lane.
const CHEAPER: usize = 8;

/// No more densities than this are kept beside those of the last frame.
const MOST_KEPT: usize = 128;

/// Average numbers of goroutines by class, column by column.
#[derive(Clone, Default, Debug)]
pub struct Density {
    columns: Vec<[f32; CLASSES]>,
    /// By column: bit `c` is set if any goroutine was in class `c`, however briefly.
    present: Vec<u16>,
}

impl Density {
    /// The averages by column, and which classes are there at all: bit `c` for class `c`.
    pub fn columns(&self) -> impl Iterator<Item = (&[f32; CLASSES], u16)> {
        self.columns.iter().zip(self.present.iter().copied())
    }

    /// The averages, by column.
    pub fn averages(&self) -> &[[f32; CLASSES]] {
        &self.columns
    }

    fn clear(&mut self) {
        self.columns.clear();
        self.present.clear();
    }

    fn push(&mut self, average: [f32; CLASSES], present: u16) {
        self.columns.push(average);
        self.present.push(present);
    }

    fn append(&mut self, other: &Self, which: Range<usize>) {
        self.columns
            .extend_from_slice(&other.columns[which.clone()]);
        self.present.extend_from_slice(&other.present[which]);
    }

    fn heap_bytes(&self) -> usize {
        self.columns.capacity() * size_of::<[f32; CLASSES]>() + self.present.capacity() * 2
    }
}

/// A density in the making: changes, of which averages are made at the end.
#[derive(Clone, Default, Debug)]
struct Changes {
    /// What changes within a column.
    density: Density,
    /// Changes that hold from a column on.
    steps: Vec<[f32; CLASSES]>,
    head: [f32; CLASSES],
}

impl Changes {
    fn begin(&mut self, columns: usize) {
        self.density.clear();
        self.density.columns.resize(columns, [0.0; CLASSES]);
        self.density.present.resize(columns, 0);
        self.steps.clear();
        self.steps.resize(columns + 1, [0.0; CLASSES]);
        self.head = [0.0; CLASSES];
    }

    /// From `time` on there is one more (or, with −1, one less) of `class`.
    #[inline]
    fn change(&mut self, columns: &Columns, time: f64, class: Class, by: f32) {
        let column = columns.of(time);
        if column < 0 {
            self.head[class as usize] += by;
            return;
        }
        let column = column as usize;
        if column >= columns.count {
            return;
        }
        let rest = ((columns.time(column + 1) - time) / columns.nanos) as f32;
        if by > 0.0 {
            self.density.present[column] |= 1 << class as u16;
        }
        self.density.columns[column][class as usize] += by * rest;
        self.steps[column + 1][class as usize] += by;
    }

    /// Turns changes into averages.
    fn finish(&mut self) {
        let mut level = self.head;
        let density = &mut self.density;
        let columns = density.columns.iter_mut().zip(&mut density.present);
        for ((column, present), step) in columns.zip(&self.steps) {
            for c in 0..CLASSES {
                // Whole numbers, so exact.
                level[c] += step[c];
                *present |= u16::from(level[c] > 0.5) << c;
                // Rounding leaves crumbs.
                let any = *present >> c & 1 != 0;
                column[c] = if any {
                    (column[c] + level[c]).max(0.0)
                } else {
                    0.0
                };
            }
        }
    }

    fn heap_bytes(&self) -> usize {
        self.density.heap_bytes() + self.steps.capacity() * size_of::<[f32; CLASSES]>()
    }
}

/// What a density is of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Whose {
    /// A slot of the census.
    Slot(u32),
    /// A group that is added up member by member.
    Members(GroupIndex),
}

/// The densities of a frame's lanes, and the memory that they need.
#[derive(Default, Debug)]
pub struct Densities {
    /// Of which levels.
    levels: u64,
    kept: HashMap<Whose, Kept>,
    frame: u32,
    walk: Walk,
    wanted: Vec<(Whose, LaneKind)>,
    slots: Vec<u32>,
    one: Changes,
    spare: Density,
    other_spare: Density,
    nothing: Density,
}

impl Densities {
    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        let kept = |kept: &Kept| kept.density.heap_bytes() + kept.stretched.heap_bytes();
        self.kept.values().map(kept).sum::<usize>()
            + self.kept.capacity() * size_of::<(Whose, Kept)>()
            + self.walk.heap_bytes()
            + self.one.heap_bytes()
            + self.spare.heap_bytes()
            + self.other_spare.heap_bytes()
    }

    /// Prepares a frame that will ask for these groups, and, if `all`, for all goroutines together.
    pub fn prepare(
        &mut self,
        (trace, levels): (&Trace, &Levels),
        columns: &Columns,
        groups: impl Iterator<Item = GroupIndex>,
        all: bool,
        spending: &mut Spending,
    ) {
        self.begin(levels.id);
        self.wanted.clear();
        if all {
            let lane = LaneKind::GoroutineStates;
            self.wanted.push((Whose::Slot(ALL), lane));
        }
        for group in groups {
            let whose = whose(trace, levels, columns, group);
            self.wanted.push((whose, LaneKind::Group(group)));
        }
        let (first, end) = rows_of(trace, columns);
        let follows = end - first <= MAX_ROWS;
        let wanted = std::mem::take(&mut self.wanted);
        self.slots.clear();
        for &(whose, lane) in &wanted {
            match whose {
                Whose::Slot(slot) if follows => {
                    let kept = self.kept.entry(whose).or_default();
                    kept.frame = self.frame;
                    if kept.missing(columns) > 0 {
                        self.slots.push(slot);
                    } else {
                        kept.complete(columns, &mut self.spare, |_, _| {});
                    }
                }
                _ => self.sum_up((trace, levels), columns, (whose, lane), spending),
            }
        }
        self.wanted = wanted;
        if !self.slots.is_empty() {
            let slots = std::mem::take(&mut self.slots);
            self.walk_to((trace, levels), columns, &slots, spending);
            self.slots = slots;
        }
    }

    fn begin(&mut self, levels: u64) {
        if self.levels != levels {
            self.levels = levels;
            self.kept.clear();
            self.walk.columns = None;
        }
        self.frame = self.frame.wrapping_add(1);
        if self.kept.len() > MOST_KEPT {
            let last = self.frame.wrapping_sub(1);
            self.kept.retain(|_, kept| kept.frame == last);
        }
    }

    /// By running totals, or member by member.
    fn sum_up(
        &mut self,
        (trace, levels): (&Trace, &Levels),
        columns: &Columns,
        (whose, lane): (Whose, LaneKind),
        spending: &mut Spending,
    ) {
        let Self {
            kept,
            frame,
            one,
            spare,
            other_spare,
            ..
        } = self;
        let kept = kept.entry(whose).or_default();
        kept.frame = *frame;
        let missing = kept.missing(columns).div_ceil(CHEAPER);
        let add = |columns: &Columns, out: &mut Density| match whose {
            Whose::Slot(slot) => add_totals(levels, columns, slot, out),
            Whose::Members(group) => add_members(trace, levels, columns, group, one, out),
        };
        if spending.grants(lane, missing, columns.count / CHEAPER) {
            spending.spend(missing, || kept.complete(columns, spare, add));
        } else {
            kept.stretch(columns, other_spare, add);
        }
    }

    /// By following the span table.
    fn walk_to(
        &mut self,
        (trace, levels): (&Trace, &Levels),
        columns: &Columns,
        slots: &[u32],
        spending: &mut Spending,
    ) {
        let Self {
            kept,
            walk,
            spare,
            other_spare,
            ..
        } = self;
        // Columns that come in at an edge.
        let known = slots.iter().map(|&slot| {
            let kept = kept.get(&Whose::Slot(slot));
            kept.map_or(0..0, |kept| kept.known(columns))
        });
        let known = known.reduce(|a, b| if a == b { a } else { 0..0 });
        let known = known.unwrap_or(0..0);
        let sides = [0..known.start, known.end..columns.count];
        let few = |side: &Range<usize>| {
            let (first, end) = rows_of(trace, &columns.part(side.clone()));
            end - first <= FEW_ROWS
        };
        if !known.is_empty() && sides.iter().all(few) {
            for side in sides.into_iter().filter(|side| !side.is_empty()) {
                let part = columns.part(side);
                walk.begin(trace, levels, &part, slots);
                walk.go_on(trace, levels, &Share::All);
                // Beside what is known, so that there is a whole after the second side at the latest.
                for (place, &slot) in slots.iter().enumerate() {
                    if let Some(kept) = kept.get_mut(&Whose::Slot(slot)) {
                        kept.grow(part.first(), &walk.counted[place].density, spare);
                    }
                }
            }
            for &slot in slots {
                if let Some(kept) = kept.get_mut(&Whose::Slot(slot)) {
                    kept.complete(columns, spare, |_, _| {});
                }
            }
            return;
        }
        if !walk.leads_to(columns, slots) {
            walk.begin(trace, levels, columns, slots);
        }
        let complete = walk.go_on(trace, levels, &spending.share());
        spending.unfinished |= !complete;
        for (place, &slot) in slots.iter().enumerate() {
            let Some(kept) = kept.get_mut(&Whose::Slot(slot)) else {
                continue;
            };
            if complete {
                std::mem::swap(&mut kept.density, &mut walk.counted[place].density);
                (kept.first, kept.nanos) = (columns.first(), columns.nanos);
                kept.is_stretched = false;
            } else {
                kept.stretch(columns, other_spare, |columns, out| {
                    add_totals(levels, columns, slot, out);
                });
            }
        }
    }

    /// The density of all goroutines together; [`Self::prepare`] was told so.
    pub fn all(&self) -> &Density {
        self.of(Whose::Slot(ALL))
    }

    /// The density of a group; [`Self::prepare`] was told so.
    pub fn group(
        &self,
        trace: &Trace,
        levels: &Levels,
        columns: &Columns,
        group: GroupIndex,
    ) -> &Density {
        self.of(whose(trace, levels, columns, group))
    }

    fn of(&self, whose: Whose) -> &Density {
        self.kept.get(&whose).map_or(&self.nothing, Kept::shown)
    }
}

/// The rows of the span table that begin within these columns.
fn rows_of(trace: &Trace, columns: &Columns) -> (u32, u32) {
    let first = trace.spans.first_at(nanos(columns.start())).0;
    let end = trace.spans.first_at(nanos(columns.end())).0;
    (first, end.max(first))
}

/// How a group is counted.
fn whose(trace: &Trace, levels: &Levels, columns: &Columns, group: GroupIndex) -> Whose {
    let slot = levels.census.slot_of(group);
    let few = match levels.census.slots.get(slot as usize) {
        None => true,
        Some(slot) => {
            trace.goroutines.members(group).len() <= FEW_MEMBERS
                && slot.changes(columns.start(), columns.end()) <= FEW_CHANGES
        }
    };
    match few {
        true => Whose::Members(group),
        false => Whose::Slot(slot),
    }
}

/// Adds the averages of a slot, by its running totals.
fn add_totals(levels: &Levels, columns: &Columns, slot: u32, out: &mut Density) {
    let before = out.columns.len();
    if let Some(slot) = levels.census.slots.get(slot as usize) {
        let width = 1.0 / columns.nanos as f32;
        slot.between(
            (0..=columns.count).map(|column| columns.time(column)),
            |_, totals| {
                let any = totals.iter().rev().map(|&total| u16::from(total > 0.0));
                let present = any.fold(0, |mask, bit| mask << 1 | bit);
                out.push(totals.map(|t| t * width), present);
            },
        );
    }
    out.columns.resize(before + columns.count, [0.0; CLASSES]);
    out.present.resize(before + columns.count, 0);
}

/// Adds the averages of a group, member by member.
fn add_members(
    trace: &Trace,
    levels: &Levels,
    columns: &Columns,
    group: GroupIndex,
    changes: &mut Changes,
    out: &mut Density,
) {
    changes.begin(columns.count);
    for &g in trace.goroutines.members(group) {
        add_member(trace, levels, columns, g, changes);
    }
    changes.finish();
    out.append(&changes.density, 0..columns.count);
}

/// Adds what one goroutine did. Its group has few spans, or few of them are in the view.
fn add_member(
    trace: &Trace,
    levels: &Levels,
    columns: &Columns,
    goroutine: GoroutineIndex,
    changes: &mut Changes,
) {
    let rows = trace.goroutines.spans(goroutine);
    let start_of = |i: usize| trace.spans.start(SpanIndex(rows[i])).0 as f64;
    let (from, to) = (columns.start(), columns.end());
    let first = match rows.len() {
        0..=4 => 0,
        _ => rows
            .partition_point(|&row| (trace.spans.start(SpanIndex(row)).0 as f64) <= from)
            .saturating_sub(1),
    };
    let mut old = None;
    for (i, &row) in rows.iter().enumerate().skip(first) {
        let time = start_of(i);
        if time >= to {
            break;
        }
        let class = shown(trace, levels, goroutine, SpanIndex(row));
        if let Some(old) = old {
            changes.change(columns, time, old, -1.0);
        }
        if let Some(class) = class {
            changes.change(columns, time, class, 1.0);
        }
        old = class;
    }
}

/// How many goroutines (of a group, or all) are in each class at `time`, exactly; `None` if that would take too long.
pub fn head_count(
    trace: &Trace,
    levels: &Levels,
    group: Option<GroupIndex>,
    time: f64,
) -> Option<[u32; CLASSES]> {
    let mut counts = [0u32; CLASSES];
    let change = |counts: &mut [u32; CLASSES], class: Option<Class>, by: i32| {
        if let Some(class) = class {
            let count = &mut counts[class as usize];
            *count = count.saturating_add_signed(by);
        }
    };
    let slot = group.map_or(ALL, |group| levels.census.slot_of(group));
    if slot == NO_SLOT {
        // A group of few spans.
        let time = Nanos(time.max(0.0) as i64);
        for &g in group.map_or(&[][..], |group| trace.goroutines.members(group)) {
            if let Some(place) = trace.span_at(g, time) {
                let row = SpanIndex(trace.goroutines.spans(g)[place]);
                change(&mut counts, shown(trace, levels, g, row), 1);
            }
        }
        return Some(counts);
    }
    // From the last head count on, row by row.
    let end = trace.spans.first_at(Nanos(time.max(0.0) as i64 + 1)).0;
    let (roll, heads) = levels.census.roll_before(end);
    if end.saturating_sub(roll) > MAX_ROWS {
        return None;
    }
    if let Some(head) = heads.get(slot as usize) {
        counts = *head;
    }
    for row in (roll..end).map(SpanIndex) {
        let g = trace.spans.goroutine(row);
        let Some(known) = trace.goroutines.rows.get(g.0 as usize) else {
            continue;
        };
        if group.is_some_and(|group| group != known.group) {
            continue;
        }
        change(&mut counts, class_before(trace, levels, g, row), -1);
        change(&mut counts, shown(trace, levels, g, row), 1);
    }
    Some(counts)
}

fn nanos(time: f64) -> Nanos {
    // `as` saturates.
    Nanos(time.ceil().max(0.0) as i64)
}

/// The class in which a span is counted.
fn shown(
    trace: &Trace,
    levels: &Levels,
    goroutine: GoroutineIndex,
    row: SpanIndex,
) -> Option<Class> {
    match levels.classes.of(trace.spans.kind(row)) {
        Some(Class::Running) if levels.classes.is_worker(trace, goroutine) => Some(Class::GcWork),
        class => class,
    }
}

/// The class of a goroutine's span before `row`.
fn class_before(
    trace: &Trace,
    levels: &Levels,
    goroutine: GoroutineIndex,
    row: SpanIndex,
) -> Option<Class> {
    let before = trace.goroutines.place_of(goroutine, row)?.checked_sub(1)?;
    let row = SpanIndex(trace.goroutines.spans(goroutine)[before]);
    shown(trace, levels, goroutine, row)
}
