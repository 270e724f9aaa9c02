//! Events as text, exactly as `go tool trace -d=parsed` of Go 1.27 prints them (`internal/trace.Event.String`).

use std::fmt::Write as _;

use crate::event::{Event, EventKind, Range, Scope};
use crate::id::{GoroutineIndex, ProcIndex, StackId, StringId, TaskId, ThreadIndex};
use crate::quote::quote;
use crate::sink::{GenerationInfo, Sink};
use crate::state::GoroutineState;
use crate::table::{ClockSnapshot, Resources, Tables};
use crate::v2::spec::EVENTS;

/// A [`Sink`] that gives the text of each event, final newline included, to a function.
///
/// The same as Go's but for two things: a clock snapshot's wall time is in UTC where Go uses the machine's time zone,
/// and bytes of a trace's strings that are no UTF-8 are already U+FFFD here.
pub struct Dump<F> {
    line: F,
    text: String,
    clock: Option<ClockSnapshot>,
    /// The text of each stack of this generation that was printed before.
    stacks: Vec<Option<Box<str>>>,
}

impl<F: FnMut(&str)> Dump<F> {
    /// A sink that calls `line` for each event.
    pub fn new(line: F) -> Self {
        Self {
            line,
            text: String::new(),
            clock: None,
            stacks: Vec::new(),
        }
    }

    /// Leaves out the `Sync` event that begins the present generation: the generation's clock belongs to it alone.
    pub fn skip_sync(&mut self) {
        self.clock = None;
    }
}

impl<F: FnMut(&str)> Sink for Dump<F> {
    fn generation(&mut self, info: &GenerationInfo, tables: &Tables) {
        self.clock = info.clock;
        self.stacks.clear();
        self.stacks.resize(tables.stack_count(), None);
    }

    fn event(&mut self, event: &Event, tables: &Tables, resources: &Resources) {
        let clock = match event.kind {
            EventKind::Sync { .. } => self.clock.take(),
            _ => None,
        };
        self.text.clear();
        write_head(&mut self.text, event, resources);
        write_arguments(&mut self.text, event, clock, tables, resources);
        if let Some(stack) = transition_stack(&event.kind) {
            self.text.push_str("\nTransitionStack=\n");
            write_stack(&mut self.text, &mut self.stacks, stack, tables);
        }
        if has_stack(event) {
            self.text.push_str("\nStack=\n");
            write_stack(&mut self.text, &mut self.stacks, event.stack, tables);
        }
        self.text.push('\n');
        (self.line)(&self.text);
    }
}

/// Appends who executed the event, its kind and its time: `M=1 P=2 G=3 Log Time=4`.
pub(crate) fn write_head(out: &mut String, event: &Event, resources: &Resources) {
    out.push_str("M=");
    number(out, thread(event.thread, resources));
    out.push_str(" P=");
    number(out, proc(event.proc, resources));
    out.push_str(" G=");
    number(out, goroutine(event.goroutine, resources));
    out.push(' ');
    out.push_str(event.kind.name());
    out.push_str(" Time=");
    number(out, event.time.0);
}

/// Appends a number: every event has four, which `write!` is slow with.
fn number(out: &mut String, value: i64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push('-');
    }
    out.push_str(str::from_utf8(&digits[at..]).unwrap_or_default());
}

/// The stack that belongs to what the event is about; a creation has one even if it is empty.
pub(crate) fn transition_stack(kind: &EventKind) -> Option<StackId> {
    let EventKind::Goroutine {
        from, to, stack, ..
    } = *kind
    else {
        return None;
    };
    let creation = from == GoroutineState::NotExist
        && matches!(to, GoroutineState::Runnable | GoroutineState::Waiting);
    (creation || stack != StackId::NONE).then_some(stack)
}

/// Whether the event has a stack of its own; a sample has one even if it is empty.
pub(crate) fn has_stack(event: &Event) -> bool {
    event.stack != StackId::NONE || event.kind == EventKind::StackSample
}

/// Appends what follows the time, each argument with a space before it.
pub(crate) fn write_arguments(
    out: &mut String,
    event: &Event,
    clock: Option<ClockSnapshot>,
    tables: &Tables,
    resources: &Resources,
) {
    let mut write = |arguments: std::fmt::Arguments<'_>| {
        let _ = out.write_fmt(arguments);
    };
    match event.kind {
        EventKind::Sync { n } => {
            write(format_args!(" N={n}"));
            if let Some(clock) = clock {
                write(format_args!(
                    " Trace={} Mono={} Wall=",
                    clock.trace.0, clock.monotonic
                ));
                wall_time(out, clock.wall_seconds, clock.wall_nanos);
            }
        }
        EventKind::Metric { metric, value } => {
            write(format_args!(
                " Name=\"{}\" Value=Value{{Uint64({value})}}",
                metric.name()
            ));
        }
        EventKind::Label { label } => {
            field(out, " Label=", label, tables);
            let _ = write!(
                out,
                " Resource=Goroutine({})",
                goroutine(event.goroutine, resources)
            );
        }
        EventKind::StackSample => {}
        EventKind::RangeBegin { range, scope } | EventKind::RangeActive { range, scope } => {
            write_range(out, range, scope, tables, resources);
        }
        EventKind::RangeEnd {
            range,
            scope,
            swept,
            reclaimed,
        } => {
            write_range(out, range, scope, tables, resources);
            out.push_str(" Attributes=[");
            if range == Range::GcSweep {
                let _ = write!(
                    out,
                    "\"bytes swept\"=Value{{Uint64({swept})}} \"bytes reclaimed\"=Value{{Uint64({reclaimed})}}"
                );
            }
            out.push(']');
        }
        EventKind::TaskBegin { task, parent, name } | EventKind::TaskEnd { task, parent, name } => {
            write(format_args!(" ID={} Parent={}", task.0, parent.0));
            field(out, " Type=", name, tables);
        }
        EventKind::RegionBegin { task, name } | EventKind::RegionEnd { task, name } => {
            write_task(out, task);
            field(out, " Type=", name, tables);
        }
        EventKind::Log {
            task,
            category,
            message,
        } => {
            write_task(out, task);
            field(out, " Category=", category, tables);
            field(out, " Message=", message, tables);
        }
        EventKind::Goroutine {
            goroutine: whose,
            from,
            to,
            reason,
            ..
        } => {
            out.push_str(" GoID=");
            number(out, goroutine(whose, resources));
            for text in [" ", from.name(), "->", to.name()] {
                out.push_str(text);
            }
            field(out, " Reason=", reason, tables);
        }
        EventKind::Proc {
            proc: which,
            from,
            to,
        } => {
            write(format_args!(
                " ProcID={} {}->{} Reason=\"\"",
                proc(which, resources),
                from.name(),
                to.name()
            ));
        }
        EventKind::Experimental { event_type, args } => {
            let spec = &EVENTS[usize::from(event_type)];
            write(format_args!(" Name={} Args=[", spec.name));
            for (i, (name, value)) in spec.args.iter().zip(args).enumerate() {
                let comma = if i == 0 { "" } else { ", " };
                let _ = write!(out, "{comma}{name}=Value{{Uint64({value})}}");
            }
            out.push(']');
        }
    }
}

pub(crate) fn thread(index: ThreadIndex, resources: &Resources) -> i64 {
    let id = index.get().and_then(|i| resources.threads.get(i));
    id.map_or(-1, |id| id.0)
}

pub(crate) fn proc(index: ProcIndex, resources: &Resources) -> i64 {
    let id = index.get().and_then(|i| resources.procs.get(i));
    id.map_or(-1, |id| id.0)
}

pub(crate) fn goroutine(index: GoroutineIndex, resources: &Resources) -> i64 {
    let id = index.get().and_then(|i| resources.goroutines.get(i));
    id.map_or(-1, |id| id.0)
}

fn field(out: &mut String, name: &str, value: StringId, tables: &Tables) {
    out.push_str(name);
    quote(out, tables.string(value).as_bytes());
}

fn write_task(out: &mut String, task: TaskId) {
    let _ = write!(out, " Task={}", task.0);
}

fn write_range(
    out: &mut String,
    range: Range,
    scope: Scope,
    tables: &Tables,
    resources: &Resources,
) {
    out.push_str(" Name=");
    match range {
        Range::GcMark => out.push_str("\"GC concurrent mark phase\""),
        Range::GcSweep => out.push_str("\"GC incremental sweep\""),
        Range::GcMarkAssist => out.push_str("\"GC mark assist\""),
        Range::StopTheWorld(kind) => {
            let name = format!("stop-the-world ({})", tables.string(kind));
            quote(out, name.as_bytes());
        }
    }
    let _ = match scope {
        Scope::Global => write!(out, " Scope=None"),
        Scope::Proc(index) => write!(out, " Scope=Proc({})", proc(index, resources)),
        Scope::Goroutine(index) => {
            write!(out, " Scope=Goroutine({})", goroutine(index, resources))
        }
    };
}

fn write_stack(out: &mut String, known: &mut Vec<Option<Box<str>>>, id: StackId, tables: &Tables) {
    let place = id.0 as usize;
    if let Some(Some(text)) = known.get(place) {
        out.push_str(text);
        return;
    }
    let start = out.len();
    for &frame in tables.stack(id) {
        let Some(frame) = tables.frames().get(frame as usize) else {
            continue;
        };
        let (function, file) = (tables.string(frame.function), tables.string(frame.file));
        write_frame(out, function, frame.pc, file, frame.line);
    }
    if place >= known.len() {
        known.resize(place.min(tables.stack_count()) + 1, None);
    }
    if let Some(slot) = known.get_mut(place) {
        *slot = Some(out[start..].into());
    }
}

/// Appends a frame as Go prints it in a stack.
pub(crate) fn write_frame(out: &mut String, function: &str, pc: u64, file: &str, line: u64) {
    let _ = write!(out, "\t{function} @ 0x{pc:x}\n\t\t{file}:{line}\n");
}

/// Appends a moment as Go's `time.RFC3339Nano` does in UTC.
fn wall_time(out: &mut String, seconds: i64, nanos: u32) {
    let seconds = seconds.saturating_add(i64::from(nanos / 1_000_000_000));
    let nanos = nanos % 1_000_000_000;
    let days = seconds.div_euclid(86_400);
    let second = seconds.rem_euclid(86_400);
    // Days to a civil date; years begin in March, so that the leap day is the last one.
    let from_zero = i128::from(days) + 719_468;
    let era = from_zero.div_euclid(146_097);
    let day_of_era = from_zero.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    let _ = write!(
        out,
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
        second / 3_600,
        second / 60 % 60,
        second % 60
    );
    if nanos != 0 {
        let fraction = format!("{nanos:09}");
        let _ = write!(out, ".{}", fraction.trim_end_matches('0'));
    }
    out.push('Z');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_ever() {
        for value in [0, 7, -1, 1_234_567_890, i64::MAX, i64::MIN] {
            let mut out = String::new();
            number(&mut out, value);
            assert_eq!(out, value.to_string());
        }
    }

    #[test]
    fn wall_times_as_go_prints_them() {
        for (seconds, nanos, text) in [
            (0, 0, "1970-01-01T00:00:00Z"),
            (951_782_399, 1, "2000-02-28T23:59:59.000000001Z"),
            (951_782_400, 500_000_000, "2000-02-29T00:00:00.5Z"),
            (1_795_445_319, 501_605_650, "2026-11-23T14:48:39.50160565Z"),
            (-1, 0, "1969-12-31T23:59:59Z"),
            (253_402_300_800, 0, "10000-01-01T00:00:00Z"),
        ] {
            let mut out = String::new();
            wall_time(&mut out, seconds, nanos);
            assert_eq!(out, text);
        }
    }
}
