//! Ordered records → events, as if the trace were one generation of format v2.
//!
//! After Go's `internal/trace/tracev1.go` (`traceV1Converter.convertEvent`, `next`) and the part of `reader.go` that
//! frames a v1 trace with Sync events.

use crate::error::WireError;
use crate::event::{Event, EventKind, Metric, Range, Scope};
use crate::id::{Nanos, ProcId, StackId, StringId, TaskId, ThreadId};
use crate::report::{Place, Report, SlipKind};
use crate::sink::Sink;
use crate::sorting::{largest_first, sort_by_numbers};
use crate::state::{GoroutineState, ProcState};
use crate::table::{Resources, Tables};
use crate::v1::actors::{Actors, Context, GC_PROC, NETWORK_PROC, SYSCALL_PROC, TIMER_PROC};
use crate::v1::fault::inconsistent;
use crate::v1::history::{History, Verdict, argument};
use crate::v1::record::{Kind, Record};
use crate::v1::replay::Placed;
use crate::v1::retime::{Arranged, Walk};
use crate::v1::spec::{REASONS, STOP_KINDS};
use crate::v1::survey::Survey;
use crate::v1::{ORDERED, PIECE};

/// No time is later: far more than a program runs, and far enough from the largest number to count on from there.
const LATEST: i64 = 1 << 62;

/// The strings that the converter adds to the tables (`traceV1Converter.init`).
pub struct Words {
    reasons: [StringId; REASONS.len()],
    stops: [StringId; STOP_KINDS.len()],
}

impl Words {
    /// Adds them.
    pub fn add(tables: &mut Tables) -> Self {
        Self {
            reasons: REASONS.map(|text| tables.push_string(text)),
            stops: STOP_KINDS.map(|text| tables.push_string(text)),
        }
    }
}

#[derive(Clone, Copy)]
struct Goroutine {
    /// The state that the last event about it left it in.
    state: GoroutineState,
    /// It existed when the trace began, and nothing but that was said of it yet.
    unplaced: bool,
}

/// Makes events of records and hands them to a sink.
pub struct Converter<'a> {
    survey: &'a Survey<'a>,
    words: &'a Words,
    strict: bool,
    actors: Actors<'a>,
    report: &'a mut Report,
    sink: &'a mut dyn Sink,
    history: History,
    goroutines: Vec<Goroutine>,
    /// Until the first GOMAXPROCS, events describe what existed before the trace (`preInit`).
    initial: bool,
    created: Vec<u32>,
    stop_reason: StringId,
    start: i64,
    nanos_per_tick: f64,
    last: i64,
    events: u64,
}

impl<'a> Converter<'a> {
    /// A converter for a trace whose first event was at `start` ticks.
    pub fn new(
        survey: &'a Survey<'a>,
        words: &'a Words,
        (start, frequency): (i64, i64),
        strict: bool,
        resources: &'a mut Resources,
        report: &'a mut Report,
        sink: &'a mut dyn Sink,
    ) -> Self {
        let goroutine = Goroutine {
            state: GoroutineState::Undetermined,
            unplaced: false,
        };
        Self {
            survey,
            words,
            strict,
            history: History::new(survey),
            goroutines: vec![goroutine; survey.goroutines.ids().len()],
            actors: Actors::new(survey, resources),
            report,
            sink,
            initial: true,
            created: Vec::new(),
            stop_reason: StringId::EMPTY,
            start,
            nanos_per_tick: 1e9 / frequency as f64,
            last: -1,
            events: 0,
        }
    }

    /// Converts all records and returns the number of events.
    pub fn convert(mut self, arranged: &Arranged) -> Result<u64, WireError> {
        let mut syncs = 0;
        if !arranged.is_empty() {
            syncs = 1;
            self.send(-1, Context::NONE, StackId::NONE, EventKind::Sync { n: 1 });
        }
        let mut records = arranged.records(self.survey);
        while self.some(&mut records)? == PIECE {
            let share = records.position() / f64::from(self.survey.count);
            self.sink.reads(ORDERED + (1.0 - ORDERED) * share);
        }
        let end = self.last + 1;
        self.send(
            end,
            Context::NONE,
            StackId::NONE,
            EventKind::Sync { n: syncs + 1 },
        );
        Ok(self.events)
    }

    /// Converts the next [`PIECE`] records; how many there were.
    #[inline(never)]
    fn some(&mut self, records: &mut Walk) -> Result<usize, WireError> {
        for count in 0..PIECE {
            let Some(placed) = records.next() else {
                return Ok(count);
            };
            self.record(placed)?;
        }
        Ok(PIECE)
    }

    /// The time of a record: `Timestamp(float64(ev.Ts-minTs) * freq)` in `parser.go`.
    #[inline]
    fn time(&self, record: &Record) -> i64 {
        let ticks = record.time().wrapping_sub(self.start);
        ((ticks as f64 * self.nanos_per_tick) as i64).clamp(-1, LATEST)
    }

    fn send(&mut self, time: i64, context: Context, stack: StackId, kind: EventKind) {
        let event = Event {
            time: Nanos(time),
            thread: context.thread,
            proc: context.proc,
            goroutine: context.goroutine,
            stack,
            kind,
        };
        self.events += 1;
        self.sink
            .event(&event, &self.survey.tables, self.actors.resources);
    }

    /// Sends an event; of two at the same time, the second is moved (`next`).
    #[inline]
    fn emit(&mut self, time: i64, context: Context, stack: StackId, kind: EventKind) {
        let time = if time <= self.last {
            self.last + 1
        } else {
            time
        };
        self.last = time;
        self.send(time, context, stack, kind);
    }

    /// The record's stack. Stacks that do not exist are no stacks (end of `postProcessTrace`).
    #[inline]
    fn stack(&self, record: &Record) -> StackId {
        self.survey.names.stack(record.stack).unwrap_or_default()
    }

    #[cold]
    fn odd(
        &mut self,
        placed: &Placed,
        time: i64,
        slip: SlipKind,
        what: &dyn Fn(&Survey) -> String,
    ) -> Result<(), WireError> {
        let offset = placed.offset;
        if self.strict {
            let event = placed.record.kind.name();
            return Err(inconsistent(offset, event, what(self.survey)));
        }
        let place = Place {
            generation: 1,
            offset,
            time: Some(Nanos(time)),
        };
        self.report.slip(slip, place, || what(self.survey));
        Ok(())
    }

    fn string(&mut self, slot: u32, placed: &Placed, time: i64) -> Result<StringId, WireError> {
        if let Some(string) = self.survey.names.string(slot) {
            return Ok(string);
        }
        self.odd(placed, time, SlipKind::UnknownString, &|_| {
            "an event names a string that is not in the trace".to_owned()
        })?;
        Ok(StringId::EMPTY)
    }

    /// A goroutine's transition, for [`Self::emit`]. `from` is what a sound trace has.
    #[inline]
    fn becomes(
        &mut self,
        goroutine: u32,
        (from, to): (GoroutineState, GoroutineState),
        reason: StringId,
        stack: StackId,
        mended: bool,
    ) -> EventKind {
        let index = self.actors.goroutine(goroutine);
        let state = &mut self.goroutines[goroutine as usize].state;
        let from = match (from, *state) {
            // A goroutine that is created has no state before.
            (GoroutineState::NotExist, _) => from,
            (_, GoroutineState::Undetermined) if !mended => from,
            // What was shown before, which only differs if something is missing.
            (_, shown) => shown,
        };
        *state = to;
        EventKind::Goroutine {
            goroutine: index,
            from,
            to,
            reason,
            stack,
        }
    }

    /// What existed when the trace began: a goroutine's first state.
    fn found(&mut self, goroutine: u32, state: GoroutineState) -> EventKind {
        self.goroutines[goroutine as usize].unplaced = false;
        let change = (GoroutineState::Undetermined, state);
        self.becomes(goroutine, change, StringId::EMPTY, StackId::NONE, false)
    }

    fn record(&mut self, placed: &Placed) -> Result<(), WireError> {
        use GoroutineState::{NotExist, Runnable, Running, Syscall, Waiting};
        let record = placed.record;
        let time = self.time(&record);
        let timer =
            record.kind == Kind::GoUnblock && self.survey.timers.contains(&record.goroutine);
        let network = record.kind == Kind::GoUnblock && self.history.waits_for_network(record.a);
        let mended = match self.history.take(&record, timer, &self.survey.wide) {
            Verdict::Fits => false,
            Verdict::Mended(slip, what) => {
                self.odd(placed, time, slip, &|survey| {
                    sentence(survey, &record, what)
                })?;
                true
            }
            Verdict::Dropped(slip, what) => {
                return self.odd(placed, time, slip, &|survey| {
                    sentence(survey, &record, what)
                });
            }
        };
        if self.initial && self.survey.cut && is_ordinary(&record) {
            self.list_unplaced(time);
        }
        let none = StackId::NONE;
        let empty = StringId::EMPTY;
        let own = record.goroutine;
        let stack = self.stack(&record);
        match record.kind {
            Kind::Gomaxprocs => {
                if self.initial {
                    self.list_unplaced(time);
                    return Ok(());
                }
                self.metric(time, &record, Metric::GoMaxProcs, stack);
            }
            Kind::HeapAlloc => self.metric(time, &record, Metric::HeapObjects, none),
            Kind::HeapGoal => self.metric(time, &record, Metric::HeapGoal, none),
            Kind::ProcStart | Kind::ProcStop => self.proc_changes(time, &record),
            Kind::GcStart => {
                let context = self.actors.elsewhere(&record, GC_PROC);
                let (range, scope) = (Range::GcMark, Scope::Global);
                self.emit(time, context, stack, EventKind::RangeBegin { range, scope });
            }
            Kind::GcDone => self.range_ends(time, &record, Range::GcMark),
            Kind::StopStart => {
                let kind = self.words.stops.get(record.a as usize);
                self.stop_reason = kind.copied().unwrap_or_default();
                self.range_begins(time, &record, Range::StopTheWorld(self.stop_reason), none);
            }
            Kind::StopDone => self.range_ends(time, &record, Range::StopTheWorld(self.stop_reason)),
            Kind::SweepStart => self.range_begins(time, &record, Range::GcSweep, stack),
            Kind::SweepDone => self.range_ends(time, &record, Range::GcSweep),
            Kind::AssistStart => self.range_begins(time, &record, Range::GcMarkAssist, stack),
            Kind::AssistDone => self.range_ends(time, &record, Range::GcMarkAssist),
            Kind::GoCreate => {
                if self.initial {
                    self.goroutines[record.a as usize].unplaced = true;
                    self.created.push(record.a);
                    return Ok(());
                }
                let start = match self.survey.names.stack(record.b) {
                    Some(start) => start,
                    // The stacks are at the end: that they are lost with it is said already.
                    None if self.survey.cut => none,
                    None => {
                        self.odd(placed, time, SlipKind::UnknownStack, &|_| {
                            "a goroutine starts with a stack that is not in the trace".to_owned()
                        })?;
                        none
                    }
                };
                let context = self.actors.context(&record);
                let kind = self.becomes(record.a, (NotExist, Runnable), empty, start, mended);
                self.emit(time, context, stack, kind);
            }
            Kind::GoStart if self.initial => {
                let context = self.actors.context(&record);
                let kind = self.found(own, Running);
                self.emit(time, context, none, kind);
            }
            Kind::GoStart | Kind::GoStartLabel => {
                let context = self.actors.context(&record);
                let kind = self.becomes(own, (Runnable, Running), empty, none, mended);
                if record.kind == Kind::GoStart {
                    self.emit(time, context, none, kind);
                } else {
                    let context = self.actors.or_thread_zero(context);
                    self.emit(time, context, none, kind);
                    let label = self.string(record.a, placed, time)?;
                    if label != empty {
                        self.emit(time, context, none, EventKind::Label { label });
                    }
                }
            }
            Kind::GoEnd => {
                let context = self.actors.context(&record);
                let kind = self.becomes(own, (Running, NotExist), empty, none, mended);
                self.emit(time, context, none, kind);
            }
            Kind::GoStop => self.stops(time, &record, Waiting, self.words.reasons[0], mended),
            Kind::GoBlock => self.stops(time, &record, Waiting, self.reason(&record), mended),
            Kind::GoYield => self.stops(time, &record, Runnable, self.reason(&record), mended),
            Kind::GoUnblock => {
                let context = match (network, timer) {
                    (true, _) => self.actors.elsewhere(&record, NETWORK_PROC),
                    (false, true) => self.actors.elsewhere(&record, TIMER_PROC),
                    (false, false) => self.actors.context(&record),
                };
                let kind = self.becomes(record.a, (Waiting, Runnable), empty, none, mended);
                self.emit(time, context, stack, kind);
            }
            Kind::Syscall | Kind::SyscallBlocking => {
                let mut context = self.actors.context(&record);
                let kind = self.becomes(own, (Running, Syscall), empty, stack, mended);
                if record.kind == Kind::SyscallBlocking {
                    self.emit(time, context, stack, kind);
                } else {
                    // The format has no end for a call that does not block: it takes the shortest time possible.
                    context = self.actors.or_thread_zero(context);
                    self.emit(time, context, stack, kind);
                    let kind = self.becomes(own, (Syscall, Running), empty, none, false);
                    self.emit(time + 1, context, none, kind);
                }
            }
            Kind::SysExit => {
                let context = self.actors.elsewhere(&record, SYSCALL_PROC);
                let kind = self.becomes(own, (Syscall, Runnable), empty, none, mended);
                self.emit(time, context, none, kind);
            }
            // The system call's beginning says it already.
            Kind::SysBlock => {}
            Kind::GoWaiting => {
                let context = self.actors.context(&record);
                let kind = self.found(own, Waiting);
                self.emit(time, context, none, kind);
            }
            Kind::GoInSyscall => {
                let context = self.actors.context(&record);
                let kind = self.found(own, Syscall);
                self.emit(time, context, none, kind);
            }
            Kind::FutileWakeup => {
                // The runtimes of these versions do not write it, and it changes nothing.
                if self.strict {
                    self.odd(placed, time, SlipKind::EventDoesNotFit, &|_| {
                        "FutileWakeup has no counterpart in format v2".to_owned()
                    })?;
                }
            }
            Kind::TaskCreate | Kind::TaskEnd | Kind::RegionStart | Kind::RegionEnd | Kind::Log => {
                let kind = self.annotation(placed, time)?;
                let context = self.actors.context(&record);
                self.emit(time, context, stack, kind);
            }
            Kind::RegionUnknown => {}
            Kind::Sample => {
                let proc = ProcId(i64::from(record.a as i32));
                let context = self.actors.elsewhere(&record, proc);
                self.emit(time, context, stack, EventKind::StackSample);
            }
        }
        Ok(())
    }

    /// The goroutines that existed before the trace and neither ran nor waited: they were runnable. The reference has
    /// them in the order of a map.
    fn list_unplaced(&mut self, time: i64) {
        self.initial = false;
        let mut created = std::mem::take(&mut self.created);
        let ids = self.survey.goroutines.ids();
        sort_by_numbers(&mut created, |goroutine| {
            [!largest_first(ids[*goroutine as usize]), 0]
        });
        for goroutine in created {
            if self.goroutines[goroutine as usize].unplaced {
                let kind = self.found(goroutine, GoroutineState::Runnable);
                self.emit(time, Context::NONE, StackId::NONE, kind);
            }
        }
    }

    fn reason(&self, record: &Record) -> StringId {
        let reason = self.words.reasons.get(record.a as usize);
        reason.copied().unwrap_or_default()
    }

    fn metric(&mut self, time: i64, record: &Record, metric: Metric, stack: StackId) {
        let context = self.actors.context(record);
        let value = record.value();
        self.emit(time, context, stack, EventKind::Metric { metric, value });
    }

    fn stops(
        &mut self,
        time: i64,
        record: &Record,
        to: GoroutineState,
        reason: StringId,
        mended: bool,
    ) {
        let context = self.actors.context(record);
        let stack = self.stack(record);
        let change = (GoroutineState::Running, to);
        let kind = self.becomes(record.goroutine, change, reason, stack, mended);
        self.emit(time, context, stack, kind);
    }

    fn proc_changes(&mut self, time: i64, record: &Record) {
        let starts = record.kind == Kind::ProcStart;
        let onto = starts.then(|| ThreadId(record.value() as i64));
        let (context, seen) = self.actors.proc_moves(record, onto);
        let (from, to) = match (seen, starts) {
            (false, true) => (ProcState::Undetermined, ProcState::Running),
            (false, false) => (ProcState::Undetermined, ProcState::Idle),
            (true, true) => (ProcState::Idle, ProcState::Running),
            (true, false) => (ProcState::Running, ProcState::Idle),
        };
        let proc = context.proc;
        self.emit(
            time,
            context,
            StackId::NONE,
            EventKind::Proc { proc, from, to },
        );
    }

    fn scope(range: Range, context: Context) -> Scope {
        match range {
            Range::GcMark => Scope::Global,
            Range::GcSweep => Scope::Proc(context.proc),
            Range::GcMarkAssist | Range::StopTheWorld(_) => Scope::Goroutine(context.goroutine),
        }
    }

    fn range_begins(&mut self, time: i64, record: &Record, range: Range, stack: StackId) {
        let context = self.actors.context(record);
        let scope = Self::scope(range, context);
        self.emit(time, context, stack, EventKind::RangeBegin { range, scope });
    }

    fn range_ends(&mut self, time: i64, record: &Record, range: Range) {
        let context = self.actors.context(record);
        let [swept, reclaimed] = match range {
            Range::GcSweep => [0, 1].map(|place| argument(&self.survey.wide, record.a, place)),
            _ => [0, 0],
        };
        let kind = EventKind::RangeEnd {
            range,
            scope: Self::scope(range, context),
            swept,
            reclaimed,
        };
        self.emit(time, context, StackId::NONE, kind);
    }

    /// What the program says of itself: tasks, regions and messages.
    fn annotation(&mut self, placed: &Placed, time: i64) -> Result<EventKind, WireError> {
        let record = &placed.record;
        let first = argument(&self.survey.wide, record.a, 0);
        let second = argument(&self.survey.wide, record.a, 1);
        Ok(match record.kind {
            Kind::TaskCreate => EventKind::TaskBegin {
                task: TaskId(first),
                parent: match second {
                    0 => TaskId::NONE,
                    parent => TaskId(parent),
                },
                name: self.string(record.b, placed, time)?,
            },
            Kind::TaskEnd => {
                // The parent is the number that the trace has: 0, not none, for a task without one.
                let began = self.history.tasks.remove(&record.value());
                EventKind::TaskEnd {
                    task: TaskId(record.value()),
                    parent: began.map_or(TaskId::NONE, |task| TaskId(task.parent)),
                    name: began
                        .and_then(|task| self.survey.names.string(task.name))
                        .unwrap_or_default(),
                }
            }
            Kind::RegionStart => EventKind::RegionBegin {
                task: TaskId(first),
                name: self.string(record.b, placed, time)?,
            },
            Kind::RegionEnd => EventKind::RegionEnd {
                task: TaskId(first),
                name: self.string(record.b, placed, time)?,
            },
            _ => EventKind::Log {
                task: TaskId(first),
                category: self.string(second as u32, placed, time)?,
                message: StringId(argument(&self.survey.wide, record.a, 2) as u32),
            },
        })
    }
}

/// Whether an event can not describe what existed before the trace: if one comes before the first GOMAXPROCS, that
/// was lost.
fn is_ordinary(record: &Record) -> bool {
    match record.kind {
        Kind::GoCreate => record.goroutine != 0,
        Kind::GoEnd
        | Kind::GoStop
        | Kind::GoBlock
        | Kind::GoYield
        | Kind::GoUnblock
        | Kind::Syscall
        | Kind::SyscallBlocking
        | Kind::SysExit
        | Kind::SysBlock => true,
        _ => false,
    }
}

fn sentence(survey: &Survey, record: &Record, what: &str) -> String {
    let goroutine = match record.kind {
        Kind::GoCreate | Kind::GoUnblock => record.a,
        _ => record.goroutine,
    };
    let id = survey.goroutines.ids().get(goroutine as usize);
    let proc = survey.procs.get(record.proc() as usize);
    format!(
        "{:?} of goroutine {} on proc {}: {what}",
        record.kind,
        id.copied().unwrap_or(0),
        proc.copied().unwrap_or(-1),
    )
}

/// Receives events and forgets them: strict reading looks whether all is well before anything is shown.
pub struct Nobody;

impl Sink for Nobody {
    fn generation(&mut self, _: &crate::GenerationInfo, _: &Tables) {}
    fn event(&mut self, _: &Event, _: &Tables, _: &Resources) {}
}
