//! Running totals of time by class over a sequence of spans, one every [`BLOCK`] spans: what happened between two
//! moments is a difference, however many spans lie between.

mod sent;

use std::ops::Range;

/// Spans in a block.
pub const BLOCK: usize = 32;

/// Blocks in a superblock.
pub const SUPER: usize = 16;

/// Sequences with fewer spans have no blocks: looking at each span costs little.
pub const MIN_SPANS: usize = 128;

/// Blocks of many sequences, for `W` classes.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Blocks<const W: usize> {
    sequences: Vec<Sequence>,
    // Searching reads starts only: they lie apart from the totals, a superblock's in one cache line.
    super_starts: Vec<i64>,
    supers: Vec<Super<W>>,
    starts: Vec<u32>,
    totals: Vec<[u32; W]>,
    /// The longest wait to run in each block: see [`magnitude`].
    longest: Vec<u8>,
    /// The longest part of each block.
    parts: Vec<Part>,
}

/// The longest part of a block: a span, or a gap between two.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Part(u8);

impl Part {
    const GAP: u8 = 1 << 7;

    /// The span's place in the block, or that of the span after the gap, which may be the next block's first.
    #[inline]
    pub fn place(self) -> usize {
        usize::from(self.0 & !Self::GAP)
    }

    /// Whether it is a gap.
    #[inline]
    pub fn is_gap(self) -> bool {
        self.0 & Self::GAP != 0
    }
}

#[derive(Clone, Copy, Default, PartialEq, Debug)]
struct Sequence {
    first_block: u32,
    blocks: u32,
    first_super: u32,
}

/// The unit of a superblock's numbers, 2^`shift` ns, and the totals before it.
///
/// A block's start and totals are relative to its superblock's, in that unit.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Super<const W: usize> {
    shift: u32,
    totals: [u64; W],
}

/// A length of time as the place of its highest bit.
pub fn magnitude(nanos: i64) -> u8 {
    (64 - nanos.max(0).leading_zeros()) as u8
}

impl<const W: usize> Blocks<W> {
    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.sequences.capacity() * size_of::<Sequence>()
            + self.super_starts.capacity() * 8
            + self.supers.capacity() * size_of::<Super<W>>()
            + self.starts.capacity() * 4
            + self.totals.capacity() * size_of::<[u32; W]>()
            + self.longest.capacity()
            + self.parts.capacity()
    }

    /// The blocks of a sequence, if it has any.
    pub fn of(&self, sequence: u32) -> Option<SequenceBlocks<'_, W>> {
        let s = self.sequences.get(sequence as usize)?;
        let (first, end) = (s.first_block as usize, (s.first_block + s.blocks) as usize);
        let first_super = s.first_super as usize;
        let end_super = first_super + (s.blocks as usize).div_ceil(SUPER);
        Some(SequenceBlocks {
            super_starts: &self.super_starts[first_super..end_super],
            supers: &self.supers[first_super..end_super],
            starts: &self.starts[first..end],
            totals: &self.totals[first..end],
            longest: &self.longest[first..end],
            parts: &self.parts[first..end],
        })
    }
}

/// What is known of a sequence while its spans are told one after another.
#[derive(Clone, Copy)]
pub struct Progress<const W: usize> {
    totals: [u64; W],
    /// When the last span ended, if it has.
    end: i64,
    part_length: i64,
    /// The longest wait to run.
    longest: i64,
    spans: u32,
    /// The longest part: see [`Part`]. As wide as its neighbour, so that it is written and read at one width.
    part: u32,
}

impl<const W: usize> Default for Progress<W> {
    fn default() -> Self {
        Self {
            totals: [0; W],
            end: i64::MAX,
            part_length: 0,
            longest: 0,
            spans: 0,
            part: 0,
        }
    }
}

impl<const W: usize> Progress<W> {
    /// A span begins, after a gap or none: the number of the block that begins, if one does. Then
    /// [`Filler::begin_block`] is to be called.
    #[inline(always)]
    pub fn begin(&mut self, time: i64) -> Option<usize> {
        let gap = time.saturating_sub(self.end);
        let place = self.spans as usize % BLOCK;
        let place = if place == 0 { BLOCK } else { place };
        if gap > self.part_length {
            self.part_length = gap;
            self.part = place as u32 | u32::from(Part::GAP);
        }
        self.end = i64::MAX;
        self.go_on()
    }

    /// [`Self::begin`] right where the last span ended.
    #[inline(always)]
    pub fn go_on(&mut self) -> Option<usize> {
        let place = self.spans as usize;
        self.spans += 1;
        place.is_multiple_of(BLOCK).then_some(place / BLOCK)
    }

    /// The last span was so long (not negative), and of this class.
    #[inline(always)]
    pub fn add(&mut self, class: usize, nanos: i64) {
        let place = self.spans.wrapping_sub(1) % BLOCK as u32;
        self.lengthen(place, nanos);
        if let Some(total) = self.totals.get_mut(class) {
            *total = total.wrapping_add(nanos as u64);
        }
    }

    /// So long was the last span a wait to run.
    #[inline(always)]
    pub fn add_wait(&mut self, nanos: i64) {
        self.longest = self.longest.max(nanos);
    }

    /// The last span ended at `time`: to be told where another may begin later.
    #[inline(always)]
    pub fn stop(&mut self, time: i64) {
        self.end = time;
    }

    /// Keeps the longest part. No branch: a processor would guess one in ten of them wrong.
    #[inline(always)]
    fn lengthen(&mut self, part: u32, length: i64) {
        let longer = length > self.part_length;
        self.part = if longer { part } else { self.part };
        self.part_length = self.part_length.max(length);
    }

    /// Takes in what is known of a later part of the same block.
    fn take_in(&mut self, later: &Self) {
        self.lengthen(later.part, later.part_length);
        self.add_wait(later.longest);
    }
}

/// Fills the blocks of many sequences at once: of all of their spans, or of some that follow each other.
pub struct Filler<const W: usize> {
    out: Blocks<W>,
    /// By sequence.
    pub progress: Vec<Progress<W>>,
    /// By sequence: how many of its blocks begin before its first span here.
    before: Vec<u32>,
    /// Sequences whose last block from before has ended, and what is known here of that block.
    ended: Vec<(u32, Progress<W>)>,
    /// Blocks whose superblock began before.
    late: Vec<Late<W>>,
}

/// A block whose superblock is not known yet.
struct Late<const W: usize> {
    sequence: u32,
    block: u32,
    time: i64,
    totals: [u64; W],
}

impl<const W: usize> Filler<W> {
    /// For these spans of each sequence.
    pub fn new(spans: impl Iterator<Item = Range<usize>>) -> Self {
        let mut out = Blocks::default();
        let (mut progress, mut all_before) = (Vec::new(), Vec::new());
        let (mut blocks, mut supers) = (0, 0);
        for spans in spans {
            let before = spans.start.div_ceil(BLOCK);
            let end = spans.end.div_ceil(BLOCK);
            out.sequences.push(Sequence {
                first_block: blocks as u32,
                blocks: (end - before) as u32,
                first_super: supers as u32,
            });
            all_before.push(before as u32);
            progress.push(Progress {
                spans: spans.start as u32,
                ..Progress::default()
            });
            blocks += end - before;
            supers += end.div_ceil(SUPER) - before.div_ceil(SUPER);
        }
        let none = Super {
            shift: 0,
            totals: [0; W],
        };
        out.supers = vec![none; supers];
        out.super_starts = vec![0; supers];
        out.starts = vec![0; blocks];
        out.totals = vec![[0; W]; blocks];
        out.longest = vec![0; blocks];
        out.parts = vec![Part(0); blocks];
        Self {
            out,
            progress,
            before: all_before,
            ended: Vec::new(),
            late: Vec::new(),
        }
    }

    /// A block of `sequence` begins at `time`. `start_of` tells when the sequence's span at a place begins (asked for
    /// one block in sixteen).
    #[inline(never)]
    pub fn begin_block(
        &mut self,
        sequence: u32,
        block: usize,
        time: i64,
        start_of: impl FnOnce(usize) -> i64,
    ) {
        let s = self.out.sequences[sequence as usize];
        let before = self.before[sequence as usize] as usize;
        let progress = &mut self.progress[sequence as usize];
        let Some(place) = block.checked_sub(before).filter(|&i| i < s.blocks as usize) else {
            debug_assert!(false, "a sequence has other spans than it said");
            return;
        };
        let i = s.first_block as usize + place;
        if place > 0 {
            self.out.longest[i - 1] = magnitude(progress.longest);
            self.out.parts[i - 1] = Part(progress.part as u8);
        } else if block > 0 {
            self.ended.push((sequence, *progress));
        }
        (progress.longest, progress.part_length, progress.part) = (0, 0, 0);
        let totals = progress.totals;
        let Some(up) = (block / SUPER).checked_sub(before.div_ceil(SUPER)) else {
            self.late.push(Late {
                sequence,
                block: block as u32,
                time,
                totals,
            });
            return;
        };
        let i_super = s.first_super as usize + up;
        if block.is_multiple_of(SUPER) {
            let length = start_of((block + SUPER) * BLOCK)
                .saturating_sub(time)
                .max(0) as u64;
            self.out.super_starts[i_super] = time;
            self.out.supers[i_super] = Super {
                // Such that the length fits into 32 bits.
                shift: (64 - length.leading_zeros()).saturating_sub(32),
                totals,
            };
        }
        self.out.put(i, i_super, time, totals);
    }

    /// Goes on with what comes behind all that is here, where whole sequences are to be filled.
    pub fn follow(&mut self, next: Self) {
        for (sequence, end) in &next.ended {
            let sequence = *sequence as usize;
            let mut whole = self.progress[sequence];
            whole.take_in(end);
            let first = self.out.sequences[sequence].first_block;
            let i = (first + next.before[sequence]) as usize - 1;
            self.out.longest[i] = magnitude(whole.longest);
            self.out.parts[i] = Part(whole.part as u8);
        }
        let sequences = self.out.sequences.iter().zip(&next.out.sequences);
        let each = sequences.zip(&self.progress).zip(&next.before);
        for (((to, from), progress), &before) in each {
            let from_blocks = from.first_block as usize..(from.first_block + from.blocks) as usize;
            let first = (to.first_block + before) as usize;
            let blocks = first..first + from_blocks.len();
            self.out.starts[blocks.clone()].copy_from_slice(&next.out.starts[from_blocks.clone()]);
            self.out.totals[blocks.clone()].copy_from_slice(&next.out.totals[from_blocks.clone()]);
            self.out.longest[blocks.clone()]
                .copy_from_slice(&next.out.longest[from_blocks.clone()]);
            self.out.parts[blocks].copy_from_slice(&next.out.parts[from_blocks]);
            let supers_before = (before as usize).div_ceil(SUPER);
            let supers = ((before + from.blocks) as usize).div_ceil(SUPER) - supers_before;
            let first = to.first_super as usize + supers_before;
            let from_first = from.first_super as usize;
            for (i, from) in (first..first + supers).zip(from_first..) {
                self.out.super_starts[i] = next.out.super_starts[from];
                let up = next.out.supers[from];
                self.out.supers[i] = Super {
                    shift: up.shift,
                    totals: sum(progress.totals, up.totals),
                };
            }
        }
        for late in next.late {
            let s = self.out.sequences[late.sequence as usize];
            let totals = sum(self.progress[late.sequence as usize].totals, late.totals);
            let i = (s.first_block + late.block) as usize;
            let i_super = s.first_super as usize + late.block as usize / SUPER;
            self.out.put(i, i_super, late.time, totals);
        }
        let progress = self.progress.iter_mut().zip(next.progress);
        for ((progress, mut later), &before) in progress.zip(&next.before) {
            if later.spans.div_ceil(BLOCK as u32) == before {
                let own = later;
                later = Progress {
                    part: progress.part,
                    part_length: progress.part_length,
                    longest: progress.longest,
                    ..own
                };
                later.take_in(&own);
            }
            later.totals = sum(progress.totals, later.totals);
            *progress = later;
        }
    }

    /// All spans were told.
    pub fn finish(self) -> Blocks<W> {
        self.out
    }
}

impl<const W: usize> Blocks<W> {
    /// Block `i`, of this superblock, begins at `time`, after these totals.
    fn put(&mut self, i: usize, i_super: usize, time: i64, totals: [u64; W]) {
        let up = &self.supers[i_super];
        let fit = |n: u64| u32::try_from(n >> up.shift).unwrap_or(u32::MAX);
        let start = self.super_starts[i_super];
        self.starts[i] = fit(time.saturating_sub(start).max(0) as u64);
        self.totals[i] = std::array::from_fn(|c| fit(totals[c].wrapping_sub(up.totals[c])));
    }
}

fn sum<const W: usize>(a: [u64; W], b: [u64; W]) -> [u64; W] {
    std::array::from_fn(|c| a[c].wrapping_add(b[c]))
}

/// The blocks of one sequence of spans.
#[derive(Clone, Copy, Debug)]
pub struct SequenceBlocks<'a, const W: usize> {
    super_starts: &'a [i64],
    supers: &'a [Super<W>],
    starts: &'a [u32],
    totals: &'a [[u32; W]],
    longest: &'a [u8],
    parts: &'a [Part],
}

impl<const W: usize> SequenceBlocks<'_, W> {
    /// When a block begins.
    #[inline(always)]
    pub fn start(&self, block: usize) -> f64 {
        let up = block / SUPER;
        let own = u64::from(self.starts[block]) << self.supers[up].shift;
        self.super_starts[up] as f64 + own as f64
    }

    /// How much time of each class there was before a block.
    #[inline(always)]
    pub fn totals(&self, block: usize) -> [f64; W] {
        let up = &self.supers[block / SUPER];
        let own = &self.totals[block];
        let mut totals = [0.0; W];
        for c in 0..W {
            totals[c] = up.totals[c].wrapping_add(u64::from(own[c]) << up.shift) as f64;
        }
        totals
    }

    /// How long a block is; the last one, whose end is not known here, is endless.
    #[inline(always)]
    pub fn length(&self, block: usize) -> f64 {
        if block + 1 < self.starts.len() {
            self.start(block + 1) - self.start(block)
        } else {
            f64::INFINITY
        }
    }

    /// When a superblock begins.
    #[inline(always)]
    pub fn super_start(&self, up: usize) -> f64 {
        self.super_starts[up] as f64
    }

    /// How long a superblock is; the last one is endless.
    #[inline(always)]
    pub fn super_length(&self, up: usize) -> f64 {
        match self.super_starts.get(up + 1) {
            Some(&next) => next as f64 - self.super_start(up),
            None => f64::INFINITY,
        }
    }

    /// How much time of each class there was before a superblock.
    #[inline(always)]
    pub fn super_totals(&self, up: usize) -> [f64; W] {
        self.supers[up].totals.map(|total| total as f64)
    }

    /// The last superblock that begins at or before `time`, at or after `from`; `from` if there is none.
    pub fn find_super(&self, from: usize, time: f64) -> usize {
        // Mostly near: double the step, then halve it.
        let (mut low, mut step) = (from, 1);
        while low + step < self.super_starts.len() && self.super_start(low + step) <= time {
            low += step;
            step *= 2;
        }
        let mut high = (low + step).min(self.super_starts.len());
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.super_start(middle) <= time {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The last block of a superblock that begins at or before `time`; the first if there is none.
    pub fn find_in(&self, up: usize, time: f64) -> usize {
        let shift = self.supers[up].shift;
        let after = time - self.super_start(up);
        let begin = up * SUPER;
        let inside = &self.starts[begin..(begin + SUPER).min(self.starts.len())];
        let begun = inside.partition_point(|&s| (u64::from(s) << shift) as f64 <= after);
        begin + begun.saturating_sub(1)
    }

    /// The last block that begins at or before `time`, at or after block `from`; `from` if there is none.
    pub fn find(&self, from: usize, time: f64) -> usize {
        self.find_in(self.find_super(from / SUPER, time), time)
            .max(from)
    }

    /// The longest part of a block that is not the last.
    #[inline]
    pub fn part(&self, block: usize) -> Part {
        self.parts[block]
    }

    /// The longest wait to run that ended in these blocks: its [`magnitude`].
    pub fn longest(&self, first: usize, last: usize) -> u8 {
        let mut longest = 0;
        for &l in &self.longest[first..=last] {
            longest = longest.max(l);
        }
        longest
    }
}
