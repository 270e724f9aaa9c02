//! A [`Part`] as plain bytes, to be sent to another thread that shares no memory: a small header, and the bytes of the
//! tables, which are written and read a block at a time.
//!
//! Numbers are little-endian; every table is a count in the header and rows of a fixed size. Spans are most of it, and
//! come last: they go from the bytes straight into the columns of the trace. What comes in is checked: lengths, values,
//! and that no number leads out of its table.

mod code;
mod rows;
mod sound;
mod spans;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::Cursor;

use hashbrown::HashMap;
use tracepane_wire::seam::Seam;
use tracepane_wire::{EventCounts, Nanos, Place, Report, Resources, Slip, SlipKind};

use super::Part;
use super::sketch::Sketch;
use crate::build::Builder;
use crate::build::ranges::OpenRanges;
use crate::build::seam::SeamLog;
use crate::build::syscalls::Syscalls;
use crate::build::tables::Interner;
use crate::build::user::UserTables;
use crate::metric::Metrics;
use crate::stack::Stacks;
use crate::string::Strings;

use code::{Reader, Writer};
pub use spans::SentSpans;

/// What a header begins with: which arrangement of tables follows.
const MAGIC: u64 = 0x3330_7472_6170_7074;

/// A part that was sent: its spans are still bytes.
pub type SentPart = Part<SentSpans>;

/// What there is of a part besides the bytes of its tables.
pub struct Pieces {
    /// Its header, which is small.
    pub header: Vec<u8>,
    /// How many goroutines ran, were in system calls, and could have run, on average in each of some equal pieces of the
    /// part's time; but for what the time before decides.
    pub sketch: Vec<[f32; 3]>,
}

/// The bytes of a part's tables, in the order in which [`Part::pieces`] gave them.
pub trait TableBytes {
    /// How many are left.
    fn left(&self) -> usize;

    /// The next ones, so many; `None` if there are fewer.
    fn take(&mut self, count: usize) -> Option<&[u8]>;
}

impl TableBytes for Cursor<Vec<u8>> {
    fn left(&self) -> usize {
        let at = usize::try_from(self.position()).unwrap_or(usize::MAX);
        self.get_ref().len().saturating_sub(at)
    }

    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let at = usize::try_from(self.position()).ok()?;
        let end = at.checked_add(count)?;
        self.set_position(end as u64);
        self.get_ref().get(at..end)
    }
}

/// Why pieces are no part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadPieces(pub(crate) &'static str);

impl fmt::Display for BadPieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for BadPieces {}

impl Part {
    /// The part as plain bytes: `put` gets those of its tables, one block after the other. The sketch has `columns`.
    pub fn pieces(&self, columns: usize, mut put: impl FnMut(&[u8])) -> Pieces {
        let (builder, resources) = (&self.builder, &self.resources);
        let mut to = Writer::new(&mut put);
        to.value(MAGIC);
        to.value([self.generations.start as u64, self.generations.end as u64]);
        to.value((self.alone, self.last));
        to.value(self.unsound.is_some());
        to.text(self.unsound.as_deref().unwrap_or_default());
        put_report(&mut to, &self.report);
        to.value((builder.clock_start, (builder.now, builder.sync)));
        to.value([builder.events, builder.dropped_spans]);
        to.value(builder.other_events.numbers());
        put_interner(&mut to, &builder.interner);
        to.slice(&builder.states);
        to.slice(&builder.rows);
        put_syscalls(&mut to, &builder.syscalls);
        to.slice(&builder.placements.all);
        to.slice(&builder.placements.counts);
        to.column(&builder.proc_spans);
        put_ranges(&mut to, &builder.ranges);
        to.slice(&builder.user.tasks);
        to.column(&builder.user.regions);
        to.column(&builder.user.outer);
        to.column(&builder.user.logs);
        to.column(&builder.user.labels);
        to.column(&builder.metrics.gomaxprocs);
        to.column(&builder.metrics.heap_objects);
        to.column(&builder.metrics.heap_goal);
        to.column(&builder.samples);
        to.slice(&builder.generations);
        to.value(builder.seam.is_some());
        if let Some(log) = &builder.seam {
            to.slice(&log.deeds);
            to.slice(&log.fates);
            to.slice(&log.watches);
        }
        to.slice(&resources.goroutines);
        to.slice(&resources.procs);
        to.slice(&resources.threads);
        put_seam(&mut to, &self.seam);
        to.slice(&self.times);
        let mut sketch = Sketch::new(builder.rows.len(), builder.now().0, columns);
        spans::put(&mut to, &self.spans, &mut sketch);
        Pieces {
            header: to.end(),
            sketch: sketch.finish(),
        }
    }
}

impl SentPart {
    /// A part of its pieces: its header, and the bytes of its tables, of which those of spans are taken when the part is
    /// joined.
    ///
    /// # Errors
    /// If they are none of a part.
    pub fn from_pieces(header: &[u8], bytes: Box<dyn TableBytes>) -> Result<Self, BadPieces> {
        let mut from = Reader::new(header, bytes);
        if from.value::<u64>()? != MAGIC {
            return Err(BadPieces("these are no pieces of a part"));
        }
        let [start, end] = from.value::<[u64; 2]>()?;
        let (alone, last) = from.value()?;
        let is_unsound: bool = from.value()?;
        let unsound = from.text()?;
        let unsound = is_unsound.then_some(unsound);
        let report = get_report(&mut from)?;
        let (clock_start, (now, sync)) = from.value::<(Nanos, (Nanos, Nanos))>()?;
        let [events, dropped_spans] = from.value()?;
        let other_events = EventCounts::new(from.value()?);
        let interner = get_interner(&mut from, alone)?;
        let mut builder = Builder {
            clock_start,
            now,
            sync,
            events,
            dropped_spans,
            other_events,
            interner,
            states: from.slice()?,
            rows: from.slice()?,
            syscalls: get_syscalls(&mut from)?,
            ..Builder::default()
        };
        builder.placements.all = from.slice()?;
        builder.placements.counts = from.slice()?;
        builder.placements.index_all();
        builder.proc_spans = from.column()?;
        builder.ranges = get_ranges(&mut from)?;
        let tasks: Vec<crate::task::TaskRow> = from.slice()?;
        let task_rows: HashMap<u64, u32> = tasks.iter().map(|task| task.id.0).zip(0..).collect();
        builder.user = UserTables {
            tasks,
            task_rows,
            last_task: None,
            regions: from.column()?,
            outer: from.column()?,
            logs: from.column()?,
            labels: from.column()?,
        };
        builder.metrics = Metrics {
            gomaxprocs: from.column()?,
            heap_objects: from.column()?,
            heap_goal: from.column()?,
        };
        builder.samples = from.column()?;
        builder.generations = from.slice()?;
        builder.generation_began = true;
        if from.value()? {
            let mut log = SeamLog::default();
            log.deeds = from.slice()?;
            log.fates = from.slice()?;
            log.watches = from.slice()?;
            builder.seam = Some(Box::new(log));
        }
        let resources = Resources {
            goroutines: from.slice()?,
            procs: from.slice()?,
            threads: from.slice()?,
        };
        let seam = get_seam(&mut from)?;
        let times = from.slice()?;
        let spans = SentSpans::new(from, &builder, &resources)?;
        let place =
            |place: u64| usize::try_from(place).map_err(|_| BadPieces("a place is too large"));
        let part = Self {
            generations: place(start)?..place(end)?,
            alone,
            last,
            builder,
            spans,
            resources,
            seam,
            times,
            report,
            unsound,
        };
        part.check()?;
        Ok(part)
    }
}

fn put_report(to: &mut Writer, report: &Report) {
    // Parts with anything else are unsound: `PartReader::finish` has said so.
    to.value(report.slips.len() as u64);
    for slip in &report.slips {
        let time = slip.first.time.map_or(i64::MIN, |time| time.0);
        to.value([slip.count, slip.first.generation, slip.first.offset]);
        to.value(time);
        to.text(&slip.detail);
    }
}

fn get_report(from: &mut Reader) -> Result<Report, BadPieces> {
    let mut report = Report::default();
    for _ in 0..from.value::<u64>()? {
        let [count, generation, offset] = from.value()?;
        let time: i64 = from.value()?;
        report.slips.push(Slip {
            kind: SlipKind::UnknownExperiment,
            count,
            first: Place {
                generation,
                offset,
                time: (time != i64::MIN).then_some(Nanos(time)),
            },
            detail: from.text()?,
        });
    }
    Ok(report)
}

fn put_interner(to: &mut Writer, interner: &Interner) {
    let (text, ends) = interner.strings.columns();
    to.text(text);
    to.slice(ends);
    to.slice(&interner.stacks.frames);
    to.slice(&interner.stacks.stack_frames);
    to.slice(&interner.stacks.ends);
    to.slice(&interner.reasons.names);
}

/// `alone`: more will be interned into it.
fn get_interner(from: &mut Reader, alone: bool) -> Result<Interner, BadPieces> {
    let text = from.text()?;
    let strings = Strings::from_columns(text, from.slice()?, alone);
    let mut interner = Interner::default();
    interner.strings = strings.ok_or(BadPieces("strings end where they do not"))?;
    let stacks = Stacks::from_columns(from.slice()?, from.slice()?, from.slice()?, alone);
    interner.stacks = stacks.ok_or(BadPieces("stacks end where they do not"))?;
    let names: Vec<crate::string::StringRef> = from.slice()?;
    if !interner.reasons.take(&names, &interner.strings) {
        return Err(BadPieces("reasons are not distinct"));
    }
    Ok(interner)
}

fn put_syscalls(to: &mut Writer, syscalls: &Syscalls) {
    to.slice(&syscalls.slots);
    to.slice(&syscalls.free);
    to.slice(&syscalls.holders);
    to.slice(&syscalls.summary_holders);
    to.slice(&syscalls.views);
    to.slice(&syscalls.watched);
    to.value(syscalls.at_first);
}

fn get_syscalls(from: &mut Reader) -> Result<Syscalls, BadPieces> {
    Ok(Syscalls {
        slots: from.slice()?,
        free: from.slice()?,
        holders: from.slice()?,
        summary_holders: from.slice()?,
        views: from.slice()?,
        watched: from.slice()?,
        at_first: from.value()?,
    })
}

fn put_ranges(to: &mut Writer, ranges: &OpenRanges) {
    to.column(&ranges.rows);
    to.slice(&ranges.found);
    let mut open: Vec<_> = ranges.open.iter().map(|(&key, &row)| (key, row)).collect();
    open.sort_unstable();
    to.slice(&open);
    to.slice(&ranges.carried);
    to.slice(&ranges.ends);
    to.value((ranges.over_seam, ranges.unknown_ends));
}

fn get_ranges(from: &mut Reader) -> Result<OpenRanges, BadPieces> {
    let rows = from.column()?;
    let found = from.slice()?;
    let open: Vec<((u8, u32), u32)> = from.slice()?;
    let carried = from.slice()?;
    let ends = from.slice()?;
    let (over_seam, unknown_ends) = from.value()?;
    Ok(OpenRanges {
        rows,
        found,
        open: open.into_iter().collect(),
        over_seam,
        carried,
        ends,
        unknown_ends,
    })
}

fn put_seam(to: &mut Writer, seam: &Seam) {
    to.slice(&seam.goroutines);
    to.slice(&seam.procs);
    to.slice(&seam.threads);
    to.slice(&seam.thread_claims);
    to.slice(&seam.on_threads);
    to.slice(&seam.steals);
    to.value(seam.collector.is_some());
    to.value(seam.collector.unwrap_or_default());
    to.value(seam.again);
    to.value(seam.collector_end);
}

fn get_seam(from: &mut Reader) -> Result<Seam, BadPieces> {
    let goroutines = from.slice()?;
    let procs = from.slice()?;
    let threads = from.slice()?;
    let thread_claims = from.slice()?;
    let on_threads = from.slice()?;
    let steals = from.slice()?;
    let is_collector: bool = from.value()?;
    let collector = from.value()?;
    Ok(Seam {
        goroutines,
        procs,
        threads,
        thread_claims,
        on_threads,
        steals,
        collector: is_collector.then_some(collector),
        again: from.value()?,
        collector_end: from.value()?,
    })
}
