//! Blocks on their way from another worker.

use std::ops::Range;

use super::{BLOCK, Filler, Part, Progress, SUPER, Sequence, Super};
use crate::levels::bytes::{Put, Take};

impl<const W: usize> Filler<W> {
    /// Writes what was told of the first spans of each sequence.
    pub fn put(&self, to: &mut Put<'_>) {
        debug_assert!(self.ended.is_empty() && self.late.is_empty());
        let out = &self.out;
        let begun = self.progress.iter();
        let begun: Vec<u32> = begun.map(|p| p.spans.div_ceil(BLOCK as u32)).collect();
        to.short(&begun);
        let places = Places::new(&out.sequences, &begun);
        to.parts(&out.super_starts, &places.supers, i64::to_le_bytes);
        let shifts: Vec<u32> = out.supers.iter().map(|up| up.shift).collect();
        to.parts(&shifts, &places.supers, u32::to_le_bytes);
        let totals: Vec<[u64; W]> = out.supers.iter().map(|up| up.totals).collect();
        let totals = totals.as_flattened();
        to.parts(totals, &times(&places.supers, W), u64::to_le_bytes);
        to.parts(&out.starts, &places.blocks, u32::to_le_bytes);
        let totals = out.totals.as_flattened();
        to.parts(totals, &times(&places.blocks, W), u32::to_le_bytes);
        to.parts(&out.longest, &places.blocks, u8::to_le_bytes);
        to.parts(&out.parts, &places.blocks, |part| [part.0]);
        let totals: Vec<[u64; W]> = self.progress.iter().map(|p| p.totals).collect();
        to.long(totals.as_flattened());
        let lengths = self.progress.iter();
        let lengths = lengths.flat_map(|p| [p.end, p.part_length, p.longest]);
        to.signed(&lengths.collect::<Vec<i64>>());
        let parts = self.progress.iter().flat_map(|p| [p.spans, p.part]);
        to.short(&parts.collect::<Vec<u32>>());
    }

    /// Takes what [`Self::put`] wrote, where nothing was told and all was to be; `None` if it does not fit.
    pub fn take(&mut self, from: &mut Take<'_>) -> Option<()> {
        let begun = from.short()?;
        let out = &mut self.out;
        let mut room = out.sequences.iter().zip(&begun);
        let fits = begun.len() <= out.sequences.len();
        if !fits || room.any(|(sequence, &begun)| begun > sequence.blocks) {
            return None;
        }
        let places = Places::new(&out.sequences, &begun);
        from.parts(&mut out.super_starts, &places.supers, i64::from_le_bytes)?;
        let shifts = from.short()?;
        let totals = from.long()?;
        let supers = places.supers.iter().cloned().flatten();
        let ups = shifts.iter().zip(totals.as_chunks().0);
        for (i, (&shift, &totals)) in supers.zip(ups) {
            out.supers[i] = Super { shift, totals };
        }
        from.parts(&mut out.starts, &places.blocks, u32::from_le_bytes)?;
        let totals = out.totals.as_flattened_mut();
        from.parts(totals, &times(&places.blocks, W), u32::from_le_bytes)?;
        from.parts(&mut out.longest, &places.blocks, u8::from_le_bytes)?;
        from.parts(&mut out.parts, &places.blocks, |[part]| Part(part))?;
        let (totals, lengths, parts) = (from.long()?, from.signed()?, from.short()?);
        let rest = lengths.as_chunks().0.iter().zip(parts.as_chunks().0);
        let told = totals.as_chunks().0.iter().zip(rest);
        for (progress, (&totals, (&[end, part_length, longest], &[spans, part]))) in
            self.progress.iter_mut().zip(told)
        {
            *progress = Progress {
                totals,
                end,
                part_length,
                longest,
                spans,
                part,
            };
        }
        Some(())
    }
}

/// Where the first blocks of sequences are, and their superblocks.
struct Places {
    blocks: Vec<Range<usize>>,
    supers: Vec<Range<usize>>,
}

impl Places {
    fn new(sequences: &[Sequence], blocks: &[u32]) -> Self {
        let places = |first: fn(&Sequence) -> u32, in_one: u32| {
            let counts = blocks.iter().map(|blocks| blocks.div_ceil(in_one));
            let firsts = sequences.iter().map(first);
            let places = firsts.zip(counts);
            places
                .map(|(first, count)| first as usize..(first + count) as usize)
                .collect()
        };
        Self {
            blocks: places(|sequence| sequence.first_block, 1),
            supers: places(|sequence| sequence.first_super, SUPER as u32),
        }
    }
}

/// Places in a column that has so many numbers for each one.
fn times(places: &[Range<usize>], numbers: usize) -> Vec<Range<usize>> {
    let places = places.iter();
    places
        .map(|place| place.start * numbers..place.end * numbers)
        .collect()
}
