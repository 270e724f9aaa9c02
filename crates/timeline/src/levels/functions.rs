//! Which function's goroutines ran on a proc when: its time by the colours of functions. Built when procs are coloured
//! so for the first time.

use tracepane_model::{ProcIndex, Trace};

use super::blocks::{Blocks, Filler, MIN_SPANS, SequenceBlocks};
use super::{Levels, NONE};
use crate::draw::track::ProcTrack;
use crate::draw::walk::Track as _;
use crate::lanes::group_name;
use crate::palette::{FUNCTIONS, function_number};

/// How many colours there are: those of functions, and that of the GC's workers.
pub const FUNCTION_CLASSES: usize = FUNCTIONS + 1;

/// The number of the GC's workers.
pub const WORKERS: usize = FUNCTIONS;

/// The levels of detail of procs by function.
#[derive(Clone, Default, Debug)]
pub struct FunctionLevels {
    blocks: Blocks<FUNCTION_CLASSES>,
    /// By proc: its sequence in `blocks`, or NONE.
    sequence_of: Vec<u32>,
    /// By group: the number of its function's colour.
    colors: Vec<u8>,
}

impl FunctionLevels {
    /// Sums up a trace: one pass over what ran on procs.
    pub fn build(trace: &Trace, levels: &Levels) -> Self {
        let groups = 0..trace.goroutines.groups.len() as u32;
        let groups = groups.map(tracepane_model::GroupIndex);
        let colors: Vec<u8> = groups
            .map(|group| match levels.classes.is_worker_group(group) {
                true => WORKERS as u8,
                false => function_number(group_name(trace, group)) as u8,
            })
            .collect();
        let procs = (0..trace.procs.ids.len() as u32).map(ProcIndex);
        let lengths = procs.clone().map(|proc| trace.procs.ran(proc).len());
        let many = lengths.clone().filter(|&spans| spans >= MIN_SPANS);
        let mut filler = Filler::new(many.map(|spans| 0..spans));
        let mut sequence_of = Vec::with_capacity(trace.procs.ids.len());
        let mut sequences = 0u32;
        for (proc, spans) in procs.zip(lengths) {
            if spans < MIN_SPANS {
                sequence_of.push(NONE);
                continue;
            }
            let track = ProcTrack::of_proc(trace, levels, proc);
            let sequence = sequences as usize;
            for place in 0..spans {
                let (start, end) = (track.start(place) as i64, track.end(place) as i64);
                if let Some(block) = filler.progress[sequence].begin(start) {
                    filler.begin_block(sequences, block, start, |place| {
                        track.start(place.min(spans - 1)) as i64
                    });
                }
                let class = color_of(trace, &colors, track.rows[place]);
                let progress = &mut filler.progress[sequence];
                progress.add(class, (end - start).max(0));
                progress.stop(end);
            }
            sequence_of.push(sequences);
            sequences += 1;
        }
        Self {
            blocks: filler.finish(),
            sequence_of,
            colors,
        }
    }

    /// The blocks of a proc's spans, if it has many.
    pub(crate) fn blocks(&self, proc: ProcIndex) -> Option<SequenceBlocks<'_, FUNCTION_CLASSES>> {
        self.blocks.of(*self.sequence_of.get(proc.0 as usize)?)
    }

    /// The number of the colour of a row of the span table.
    pub(crate) fn color_of(&self, trace: &Trace, row: u32) -> usize {
        color_of(trace, &self.colors, row)
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.blocks.heap_bytes() + self.sequence_of.capacity() * 4 + self.colors.capacity()
    }
}

fn color_of(trace: &Trace, colors: &[u8], row: u32) -> usize {
    let goroutine = trace.spans.goroutine(tracepane_model::SpanIndex(row));
    let row = trace.goroutines.rows.get(goroutine.0 as usize);
    let color = row.and_then(|row| colors.get(row.group.0 as usize));
    color.map_or(0, |&color| usize::from(color))
}
