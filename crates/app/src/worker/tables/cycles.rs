//! The GC's cycles.

use tracepane_analysis::gc_cycles::{GcCycle, GcPhase};
use tracepane_analysis::{GcWorkKind, format};
use tracepane_model::Nanos;

use super::{Rows, has, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, Row};
use crate::worker::gc::cycle_link;
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// The table of cycles, in time order.
pub struct Cycles<'a> {
    open: &'a OpenTrace,
    rows: &'a [GcCycle],
}

impl<'a> Cycles<'a> {
    /// All cycles.
    pub fn new(open: &'a OpenTrace) -> Self {
        Self {
            open,
            rows: &open.at.gc.cycles(&open.trace).rows,
        }
    }
}

/// The columns, in their order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Column {
    Start,
    Length,
    Trigger,
    Paused,
    SweepTermination,
    Mark,
    MarkTermination,
    Workers,
    IdleWorkers,
    Assists,
    AssistTime,
    Before,
    Peak,
    Live,
    Goal,
    Sweeping,
    SweptUntil,
    Swept,
    Reclaimed,
}

use Column::{
    AssistTime, Assists, Before, Goal, IdleWorkers, Length, Live, Mark, MarkTermination, Paused,
    Peak, Reclaimed, Start, SweepTermination, Sweeping, Swept, SweptUntil, Trigger, Workers,
};

const COLUMNS: [Column; 19] = [
    Start,
    Length,
    Trigger,
    Paused,
    SweepTermination,
    Mark,
    MarkTermination,
    Workers,
    Assists,
    AssistTime,
    Before,
    Peak,
    Live,
    Goal,
    Sweeping,
    SweptUntil,
    Swept,
    Reclaimed,
    IdleWorkers,
];

impl Column {
    fn head(self) -> ColumnHead {
        use ColumnKind::{Count, Time, Word};
        match self {
            Start => head("start", "Start", Time, "Since the trace's start."),
            Length => head(
                "length",
                "Length",
                Time,
                "From its start until the world ran again after marking; sweeping follows.",
            ),
            Trigger => head("trigger", "Because of", Word, "Why it began."),
            Paused => head(
                "paused",
                "Paused",
                Time,
                "How long the world was stopped for it.",
            ),
            SweepTermination => head(
                "sweep-termination",
                "Sweep termination",
                Time,
                "The pause in which the sweeping of the cycle before is finished.",
            ),
            Mark => head(
                "mark",
                "Mark",
                Time,
                "Marking while the program runs, from pause to pause.",
            ),
            MarkTermination => head(
                "mark-termination",
                "Mark termination",
                Time,
                "The pauses in which marking ends.",
            ),
            Workers => head(
                "workers",
                "Mark workers",
                Time,
                "Time on procs of dedicated and fractional mark workers.",
            ),
            IdleWorkers => head(
                "idle-workers",
                "Idle workers",
                Time,
                "Time of mark workers on procs that had nothing else to do.",
            ),
            Assists => head(
                "assists",
                "Assists",
                Count,
                "How many times goroutines had to help to mark.",
            ),
            AssistTime => head(
                "assist-time",
                "Assist time",
                Time,
                "How long goroutines were held up by that, waiting included.",
            ),
            Before => head(
                "before",
                "Heap before",
                Count,
                "Bytes of heap at its start.",
            ),
            Peak => head("peak", "Peak", Count, "The most bytes while it marked."),
            Live => head("live", "Live", Count, "Bytes that it found alive."),
            Goal => head(
                "goal",
                "Goal",
                Count,
                "The heap size at which it was to be done.",
            ),
            Sweeping => head(
                "sweeping",
                "Sweeping",
                Time,
                "Time on procs of the sweeping that followed.",
            ),
            SweptUntil => head(
                "swept-until",
                "Swept after",
                Time,
                "From the end of marking to the end of the last sweep.",
            ),
            Swept => head("swept", "Swept", Count, "Bytes that were swept."),
            Reclaimed => head(
                "reclaimed",
                "Reclaimed",
                Count,
                "Bytes that were free again.",
            ),
        }
    }

    /// What it has of a cycle: ns, bytes or a number; `None` if that is not known.
    fn value(self, cycle: &GcCycle) -> Option<u64> {
        let nanos = |Nanos(nanos): Nanos| u64::try_from(nanos).ok();
        let sum = |phases: &[GcPhase]| phases.iter().map(|phase| phase.length().0).sum();
        let work = |kind: GcWorkKind| cycle.work[kind as usize];
        match self {
            Start => nanos(cycle.start),
            Length => nanos(cycle.length()),
            Trigger => None,
            Paused => nanos(cycle.paused()),
            SweepTermination => nanos(cycle.sweep_termination.as_ref()?.length()),
            Mark => nanos(cycle.mark),
            MarkTermination => nanos(Nanos(sum(&cycle.mark_terminations))),
            Workers => nanos(Nanos(
                work(GcWorkKind::Dedicated)
                    .0
                    .saturating_add(work(GcWorkKind::Fractional).0),
            )),
            IdleWorkers => nanos(work(GcWorkKind::Idle)),
            Assists => Some(cycle.assists.count),
            AssistTime => nanos(cycle.assists.time),
            Before => cycle.heap_before,
            Peak => cycle.heap_peak,
            Live => cycle.heap_live,
            Goal => cycle.goal,
            Sweeping => nanos(cycle.swept.time),
            SweptUntil => nanos(Nanos(
                cycle.swept.until?.0.saturating_sub(cycle.end.0).max(0),
            )),
            Swept => Some(cycle.swept.swept),
            Reclaimed => Some(cycle.swept.reclaimed),
        }
    }

    fn cell(self, cycle: &GcCycle) -> Cell {
        let bytes = |value: Option<u64>| match value {
            None => words::text_cell(""),
            Some(bytes) => Cell {
                exact: Some(format::counted(bytes, "byte")),
                ..words::text_cell(format::bytes(bytes))
            },
        };
        match self {
            Start => Cell {
                link: Some(cycle_link(cycle)),
                ..words::moment_cell(cycle.start)
            },
            Length => {
                let cell = words::duration_cell(cycle.length());
                match (cycle.begin_seen, cycle.end_seen) {
                    (true, true) => cell,
                    (false, _) => cut(cell, "It began before the trace."),
                    (true, false) => cut(cell, "It goes on after the trace's end."),
                }
            }
            Trigger => words::text_cell(cycle.trigger.title()),
            Assists => match cycle.assists.count {
                0 => words::text_cell(""),
                count => words::count_cell(count),
            },
            Before | Peak | Live | Goal | Swept | Reclaimed => bytes(self.value(cycle)),
            _ => words::duration_cell(Nanos(
                self.value(cycle)
                    .and_then(|nanos| i64::try_from(nanos).ok())
                    .unwrap_or(0),
            )),
        }
    }
}

/// A duration of which only a part is in the trace.
fn cut(cell: Cell, why: &str) -> Cell {
    Cell {
        text: format!("≥ {}", cell.text),
        exact: cell.exact.map(|exact| format!("at least {exact}. {why}")),
        ..cell
    }
}

impl Rows for Cycles<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        COLUMNS.map(Column::head).to_vec()
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let value = COLUMNS[column].value(&self.rows[row]);
        value.map_or(-1.0, |value| value as f64)
    }

    fn text(&self, _column: usize, row: usize) -> &str {
        self.rows[row].trigger.title()
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        let cycle = &self.rows[row];
        let by = cycle
            .by
            .get()
            .map(|_| words::goroutine_name(&self.open.trace, cycle.by));
        has(cycle.trigger.title(), needle) || by.is_some_and(|by| has(&by, needle))
    }

    fn row(&self, row: usize) -> Row {
        let cycle = &self.rows[row];
        Row {
            cells: COLUMNS.map(|column| column.cell(cycle)).to_vec(),
            stack: words::stack(&self.open.trace, "Began here", cycle.stack),
            bar: Vec::new(),
        }
    }

    fn caption(&self) -> String {
        let caption = format::counted(self.rows.len() as u64, "cycle");
        let rule = "those that touch the range, with all of their time";
        self.open.at.caption(caption, rule)
    }
}
