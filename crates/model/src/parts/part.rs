//! A run of generations, read by itself.

use std::ops::Range;

use tracepane_wire::seam::Seam;
use tracepane_wire::{
    Event, GenerationInfo, Index, IndexedGeneration, Options, Progress, Reader, Report, Resources,
    Sink, SlipKind, Source, Tables, WireError,
};

use crate::build::Builder;
use crate::span::Spans;

/// Of how many events the times are kept: those that may have to move, because the part before ends later than they
/// begin. Generations overlap by microseconds, or, where the system kept a thread from running meanwhile, by as long as
/// that took: 28 ms were seen, with 10 events in a microsecond.
const MAX_TIMES: usize = 1 << 20;
/// How long they are kept, ns since the first one; of [`MIN_TIMES`] events however long that is.
const TIMES_NANOS: u32 = 50_000_000;
/// See [`TIMES_NANOS`].
const MIN_TIMES: usize = 1 << 17;

/// What one reader made of consecutive generations; its numbers are its own. [`crate::parts::Merger`] joins it to
/// others. Its spans are a table, or come as [`crate::parts::SentSpans`].
pub struct Part<S = Spans> {
    /// Which generations of the index.
    pub(crate) generations: Range<usize>,
    /// It took nothing for granted: it is the trace's beginning, or read as such.
    pub(crate) alone: bool,
    /// It is the trace's end.
    pub(crate) last: bool,
    /// All that was built, but for the spans.
    pub(crate) builder: Builder,
    /// The spans.
    pub(crate) spans: S,
    /// What its reader mentioned.
    pub(crate) resources: Resources,
    /// What its reader took for granted, and how things stood when it stopped.
    pub(crate) seam: Seam,
    /// The times of its first events, ns since the first one.
    pub(crate) times: Vec<u32>,
    /// What was odd.
    pub(crate) report: Report,
    /// Why it cannot be joined to anything, if so.
    pub(crate) unsound: Option<String>,
}

impl<S> Part<S> {
    /// Which generations it has: places in [`Index::generations`].
    pub fn generations(&self) -> Range<usize> {
        self.generations.clone()
    }

    /// How many events it has.
    pub fn events(&self) -> u64 {
        self.builder.events
    }
}

/// Reads a [`Part`], one generation at a time.
pub struct PartReader<S> {
    reader: Reader<S>,
    sink: PartSink,
    alone: bool,
    generations: Range<usize>,
    next: usize,
    /// The part's generations, and the one after it.
    indexed: Vec<IndexedGeneration>,
    unsound: Option<String>,
    last: bool,
}

impl<S: Source> PartReader<S> {
    /// Reads some generations of `index`, which is that of this very source. If they are not the first ones, what was
    /// before is left open.
    ///
    /// # Errors
    /// As [`Reader::new`].
    pub fn new(source: S, index: &Index, generations: Range<usize>) -> Result<Self, WireError> {
        let first = generations.start == 0;
        Self::with(source, index, generations, first)
    }

    /// Reads some generations as if the trace began there. Times will count from their first event.
    ///
    /// # Errors
    /// As [`Reader::new`].
    pub fn alone(source: S, index: &Index, generations: Range<usize>) -> Result<Self, WireError> {
        Self::with(source, index, generations, true)
    }

    fn with(
        source: S,
        index: &Index,
        generations: Range<usize>,
        alone: bool,
    ) -> Result<Self, WireError> {
        let mut reader = Reader::new(source, Options::default())?;
        let count = index.generations.len();
        let start = generations.start.min(count);
        let end = generations.end.clamp(start, count);
        let generations = start..end;
        let indexed = index.generations[start..(end + 1).min(count)].to_vec();
        let wanted = &indexed[..generations.len()];
        reader.expect(wanted.iter().map(|known| known.bytes).max().unwrap_or(0));
        if start > 0
            && let Some(first) = indexed.first()
        {
            reader.seek(first);
        }
        let builder = if alone {
            Builder::new()
        } else {
            Builder::over_seam()
        };
        Ok(Self {
            reader,
            sink: PartSink::new(builder, !alone),
            alone,
            next: start,
            generations,
            indexed,
            unsound: None,
            last: end == count,
        })
    }

    /// Reads a generation; how far that is, or `None` if there was none left.
    ///
    /// # Errors
    /// As [`Reader::next_generation`].
    pub fn step(&mut self) -> Result<Option<Progress>, WireError> {
        if self.next >= self.generations.end {
            return Ok(None);
        }
        let here = self.next - self.generations.start;
        let info = self.reader.next_generation(&mut self.sink)?;
        self.next += 1;
        let expected = self.indexed.get(here).map(|generation| generation.offset);
        if info.is_none_or(|info| Some(info.offset) != expected || info.cut) {
            self.odd("a generation is not where the index says, or is cut");
        }
        let progress = self.reader.progress();
        if let Some(after) = self.indexed.get(here + 1)
            && after.offset != progress.bytes_read
        {
            self.odd("there is something between two generations");
        }
        if self.next == self.generations.end
            && self.last
            && self.reader.next_generation(&mut self.sink)?.is_some()
        {
            self.odd("there are more generations than the index says");
        }
        Ok(Some(progress))
    }

    fn odd(&mut self, why: &str) {
        self.unsound.get_or_insert_with(|| why.to_owned());
    }

    /// The part. Only whole ones can be joined: [`Self::step`] must have returned `None`.
    pub fn finish(mut self) -> Part {
        if self.next < self.generations.end || self.generations.is_empty() {
            self.odd("it was not read to its end");
        }
        if self.sink.odd_time {
            self.odd("a time is far out");
        }
        let seam = self.reader.seam();
        if seam.is_none() {
            self.odd("it is of format v1");
        }
        let mut builder = self.sink.builder;
        if let Some(why) = builder.seam.as_ref().and_then(|seam| seam.unsound) {
            self.unsound.get_or_insert_with(|| why.to_owned());
        }
        let spans = std::mem::take(&mut builder.spans).finish();
        let mut report = self.reader.report().clone();
        // All else is judged by what was before.
        let other = report
            .slips
            .iter()
            .find(|slip| slip.kind != SlipKind::UnknownExperiment);
        let loss = report.losses.first().map(|loss| &loss.reason);
        let why = loss.or(other.map(|slip| &slip.detail)).cloned();
        self.unsound = self.unsound.or(why);
        report
            .slips
            .retain(|slip| slip.kind == SlipKind::UnknownExperiment);
        report.losses.clear();
        Part {
            generations: self.generations,
            alone: self.alone,
            last: self.last,
            builder,
            spans,
            resources: self.reader.resources().clone(),
            seam: seam.unwrap_or_default(),
            times: self.sink.times,
            report,
            unsound: self.unsound,
        }
    }
}

/// A builder that can keep the times of the first events. [`crate::Loader`] uses it too: the loop over events is large,
/// and is compiled for each type of sink.
pub(crate) struct PartSink {
    /// What it builds with.
    pub(crate) builder: Builder,
    times: Vec<u32>,
    first: i64,
    /// Times are still kept.
    whole: bool,
    odd_time: bool,
    /// Who is told how far reading is, and how many events there are.
    pub(crate) told: Option<Told>,
}

/// See [`crate::Loader::tell`].
pub(crate) type Told = Box<dyn FnMut(f64, u64)>;

/// Times beyond this are no times of a real clock; within it nothing overflows.
const MAX_TIME: i64 = 1 << 62;

impl PartSink {
    /// Whether it keeps times.
    pub(crate) fn new(builder: Builder, keeps_times: bool) -> Self {
        Self {
            builder,
            times: Vec::new(),
            first: 0,
            whole: keeps_times,
            odd_time: false,
            told: None,
        }
    }

    #[cold]
    fn keep(&mut self, time: i64) {
        if self.times.is_empty() {
            self.first = time;
            self.odd_time |= !(0..MAX_TIME).contains(&time);
        }
        let count = self.times.len();
        match u32::try_from(time.wrapping_sub(self.first)) {
            Ok(time) if count < MIN_TIMES || (count < MAX_TIMES && time < TIMES_NANOS) => {
                self.times.push(time);
            }
            _ => self.whole = false,
        }
    }
}

impl Sink for PartSink {
    fn generation(&mut self, info: &GenerationInfo, tables: &Tables) {
        self.builder.generation(info, tables);
    }

    #[inline(always)]
    fn event(&mut self, event: &Event, tables: &Tables, resources: &Resources) {
        if self.whole {
            self.keep(event.time.0);
        }
        self.builder.event(event, tables, resources);
    }

    fn reads(&mut self, share: f64) {
        if let Some(told) = &mut self.told {
            told(share, self.builder.events());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_kept_that_may_have_to_move() {
        // Nanoseconds from event to event, and how many are kept.
        let cases = [
            (1, MAX_TIMES),
            (100, 500_000),
            (10_000, MIN_TIMES),
            // No more than 32 bits can say.
            (1_000_000, 4295),
        ];
        for (step, kept) in cases {
            let mut sink = PartSink::new(Builder::over_seam(), true);
            let mut time = 77;
            while sink.whole {
                sink.keep(time);
                time += step;
            }
            assert_eq!(sink.times.len(), kept, "{step}");
            assert!(!sink.odd_time);
        }
    }
}
