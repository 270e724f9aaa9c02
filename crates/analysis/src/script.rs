//! Traces made by hand, for tests: a few lines of "at 10 goroutine 2 blocks" become a [`Trace`].
//!
//! Goroutine `g` runs on proc `g` of thread `g`. Stacks are written as function names, leaf first, joined by `<`.

use std::collections::HashMap;

use tracepane_model::build::Finish;
use tracepane_model::{
    Builder, GoroutineId, GoroutineIndex, Nanos, ProcId, ProcIndex, TaskId, ThreadId, ThreadIndex,
    Trace,
};
use tracepane_wire::{
    Event, EventKind, Frame, GenerationInfo, GoroutineState, Metric, ProcState, Range, Resources,
    Scope, Sink, StackId, StringId, Tables,
};

pub(crate) const NOBODY: u32 = u32::MAX;

pub(crate) struct Script {
    builder: Builder,
    tables: Tables,
    resources: Resources,
    strings: HashMap<String, StringId>,
    stacks: HashMap<String, StackId>,
    frames: HashMap<String, u32>,
    clock_start: i64,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::starting_at(1_000)
    }

    /// A trace whose clock begins with `clock_start`; the times of the script count from there.
    pub(crate) fn starting_at(clock_start: i64) -> Self {
        let mut script = Self {
            builder: Builder::new(),
            tables: Tables::new(),
            resources: Resources {
                goroutines: (0..16).map(GoroutineId).collect(),
                procs: (0..16).map(ProcId).collect(),
                threads: (0..16).map(ThreadId).collect(),
            },
            strings: HashMap::new(),
            stacks: HashMap::new(),
            frames: HashMap::new(),
            clock_start,
        };
        // The builder takes a generation's tables when it begins, so all that tests use must be there.
        for text in [
            "",
            "network",
            "chan receive",
            "select",
            "sync",
            "synctest",
            "sleep",
            "forever",
            "preempted",
            "GC mark termination",
            "GC sweep termination",
            "request",
            "query",
            "outer",
            "inner",
            "db",
            "slow Query",
        ] {
            script.string(text);
        }
        for stack in [
            "",
            "a<main.a",
            "b<main.b",
            "c<main.c",
            "main.a",
            "main.b",
            "main.c",
            "runtime.gopark<runtime.chanrecv<runtime.chanrecv1<main.a",
            "runtime.bgsweep",
            "runtime.GC<main.a",
            "runtime.mallocgc<main.b",
            "sync.(*Mutex).Lock<sync.(*Once).Do<b<main.b",
            "runtime/trace.WithRegion<a<main.a",
            "a<main.b",
        ] {
            script.stack(stack);
        }
        let info = GenerationInfo {
            number: 1,
            offset: 16,
            bytes: 100,
            clock: None,
            cut: false,
        };
        script.builder.generation(&info, &script.tables);
        script.event(0, NOBODY, "", EventKind::Sync { n: 1 });
        script
    }

    /// Some pieces of rows, up to 60,012 ns: goroutine 1 wakes goroutine 2 every 20 ns from 10 on, which runs, calls the system
    /// at times, and blocks; `also` has its turn, with its number and time, before that.
    pub(crate) fn take_turns(&mut self, mut also: impl FnMut(&mut Self, i64, i64)) {
        for i in 0..3000 {
            let time = 10 + i * 20;
            self.wake(time, 1, 2, "a<main.a");
            self.run(time + 5 + i % 3, 2);
            match i % 5 {
                0 => {
                    self.syscall(time + 9, 2, "b<main.b");
                    self.return_blocked(time + 10, 2);
                    self.run(time + 11, 2);
                }
                1 => self.preempt(time + 9, 1, "a<main.a"),
                2 => self.run(time + 9, 1),
                _ => {}
            }
            also(self, i, time);
            self.block(time + 12, 2, "select", "b<main.b");
        }
    }

    fn string(&mut self, text: &str) -> StringId {
        if let Some(&id) = self.strings.get(text) {
            return id;
        }
        let id = self.tables.push_string(text);
        self.strings.insert(text.to_owned(), id);
        id
    }

    fn stack(&mut self, text: &str) -> StackId {
        if let Some(&id) = self.stacks.get(text) {
            return id;
        }
        if text.is_empty() {
            return StackId::NONE;
        }
        let mut frames = Vec::new();
        for name in text.split('<') {
            let function = self.string(name);
            let file = self.string("main.go");
            let next = self.frames.len() as u32;
            let tables = &mut self.tables;
            let frame = *self.frames.entry(name.to_owned()).or_insert_with(|| {
                tables.push_frame(Frame {
                    pc: 100 + u64::from(next),
                    function,
                    file,
                    line: u64::from(next),
                })
            });
            frames.push(frame);
        }
        let id = self.tables.push_stack(&frames);
        self.stacks.insert(text.to_owned(), id);
        id
    }

    /// An event in the context of goroutine `by`.
    pub(crate) fn event(&mut self, time: i64, by: u32, stack: &str, kind: EventKind) {
        let stack = self.stack(stack);
        let event = Event {
            time: Nanos(self.clock_start + time),
            thread: ThreadIndex(by),
            proc: ProcIndex(by),
            goroutine: GoroutineIndex(by),
            stack,
            kind,
        };
        self.builder.event(&event, &self.tables, &self.resources);
    }

    fn change(
        &mut self,
        time: i64,
        by: u32,
        goroutine: u32,
        states: (GoroutineState, GoroutineState),
        reason: &str,
        stacks: (&str, &str),
    ) {
        let reason = self.string(reason);
        let stack = self.stack(stacks.1);
        let kind = EventKind::Goroutine {
            goroutine: GoroutineIndex(goroutine),
            from: states.0,
            to: states.1,
            reason,
            stack,
        };
        self.event(time, by, stacks.0, kind);
    }

    /// The goroutine is found in a state.
    pub(crate) fn found(&mut self, time: i64, g: u32, state: GoroutineState, stack: &str) {
        let from = GoroutineState::Undetermined;
        self.change(time, NOBODY, g, (from, state), "", (stack, stack));
    }

    /// `by` starts `g` with a function.
    pub(crate) fn create(&mut self, time: i64, by: u32, g: u32, stack: &str, function: &str) {
        let states = (GoroutineState::NotExist, GoroutineState::Runnable);
        self.change(time, by, g, states, "", (stack, function));
    }

    pub(crate) fn run(&mut self, time: i64, g: u32) {
        let kind = EventKind::Goroutine {
            goroutine: GoroutineIndex(g),
            from: GoroutineState::Runnable,
            to: GoroutineState::Running,
            reason: StringId::EMPTY,
            stack: StackId::NONE,
        };
        let event = Event {
            time: Nanos(self.clock_start + time),
            thread: ThreadIndex(g),
            proc: ProcIndex(g),
            goroutine: GoroutineIndex::NONE,
            stack: StackId::NONE,
            kind,
        };
        self.builder.event(&event, &self.tables, &self.resources);
    }

    pub(crate) fn block(&mut self, time: i64, g: u32, reason: &str, stack: &str) {
        let states = (GoroutineState::Running, GoroutineState::Waiting);
        self.change(time, g, g, states, reason, (stack, stack));
    }

    pub(crate) fn wake(&mut self, time: i64, by: u32, g: u32, stack: &str) {
        let states = (GoroutineState::Waiting, GoroutineState::Runnable);
        self.change(time, by, g, states, "", (stack, ""));
    }

    pub(crate) fn preempt(&mut self, time: i64, g: u32, stack: &str) {
        let states = (GoroutineState::Running, GoroutineState::Runnable);
        self.change(time, g, g, states, "preempted", (stack, stack));
    }

    pub(crate) fn syscall(&mut self, time: i64, g: u32, stack: &str) {
        let states = (GoroutineState::Running, GoroutineState::Syscall);
        self.change(time, g, g, states, "", (stack, stack));
    }

    /// The goroutine's proc is taken away.
    pub(crate) fn lose_proc(&mut self, time: i64, g: u32) {
        let kind = EventKind::Proc {
            proc: ProcIndex(g),
            from: ProcState::Running,
            to: ProcState::Idle,
        };
        self.event(time, NOBODY, "", kind);
    }

    /// The goroutine's proc gets a thread.
    pub(crate) fn take_proc(&mut self, time: i64, g: u32) {
        let kind = EventKind::Proc {
            proc: ProcIndex(g),
            from: ProcState::Idle,
            to: ProcState::Running,
        };
        self.event(time, NOBODY, "", kind);
    }

    pub(crate) fn return_blocked(&mut self, time: i64, g: u32) {
        let states = (GoroutineState::Syscall, GoroutineState::Runnable);
        self.change(time, g, g, states, "", ("", ""));
    }

    pub(crate) fn end(&mut self, time: i64, g: u32) {
        let states = (GoroutineState::Running, GoroutineState::NotExist);
        self.change(time, g, g, states, "", ("", ""));
    }

    pub(crate) fn range(&mut self, times: (i64, i64), g: u32, range: Range, scope: Scope) {
        self.event(times.0, g, "", EventKind::RangeBegin { range, scope });
        let kind = EventKind::RangeEnd {
            range,
            scope,
            swept: 0,
            reclaimed: 0,
        };
        self.event(times.1, g, "", kind);
    }

    /// A pause of the whole program by `g`.
    pub(crate) fn pause(&mut self, times: (i64, i64), g: u32, what: &str) {
        let range = Range::StopTheWorld(self.string(what));
        self.range(times, g, range, Scope::Goroutine(GoroutineIndex(g)));
    }

    /// `g` begins a task of type "request" or "query".
    pub(crate) fn begin_task(&mut self, time: i64, g: u32, task: u64, parent: u64, name: &str) {
        let kind = EventKind::TaskBegin {
            task: TaskId(task),
            parent: if parent == 0 {
                TaskId::NONE
            } else {
                TaskId(parent)
            },
            name: self.string(name),
        };
        self.event(time, g, "a<main.a", kind);
    }

    pub(crate) fn end_task(&mut self, time: i64, g: u32, task: u64, name: &str) {
        let kind = EventKind::TaskEnd {
            task: TaskId(task),
            parent: TaskId::NONE,
            name: self.string(name),
        };
        self.event(time, g, "a<main.a", kind);
    }

    /// `g` enters a region "outer" or "inner" of a task.
    pub(crate) fn begin_region(&mut self, time: i64, g: u32, task: u64, name: &str, stack: &str) {
        let kind = EventKind::RegionBegin {
            task: TaskId(task),
            name: self.string(name),
        };
        self.event(time, g, stack, kind);
    }

    pub(crate) fn end_region(&mut self, time: i64, g: u32, task: u64, name: &str) {
        let kind = EventKind::RegionEnd {
            task: TaskId(task),
            name: self.string(name),
        };
        self.event(time, g, "a<main.a", kind);
    }

    pub(crate) fn log(&mut self, time: i64, g: u32, task: u64, category: &str, message: &str) {
        let kind = EventKind::Log {
            task: TaskId(task),
            category: self.string(category),
            message: self.string(message),
        };
        self.event(time, g, "a<main.a", kind);
    }

    /// `g` stops the world.
    pub(crate) fn begin_pause(&mut self, time: i64, g: u32, what: &str) -> Range {
        let range = Range::StopTheWorld(self.string(what));
        let scope = Scope::Goroutine(GoroutineIndex(g));
        self.event(time, g, "", EventKind::RangeBegin { range, scope });
        range
    }

    /// `g` starts the world again.
    pub(crate) fn end_pause(&mut self, time: i64, g: u32, range: Range) {
        let kind = EventKind::RangeEnd {
            range,
            scope: Scope::Goroutine(GoroutineIndex(g)),
            swept: 0,
            reclaimed: 0,
        };
        self.event(time, g, "", kind);
    }

    /// A sweep on proc `g`.
    pub(crate) fn sweep(&mut self, times: (i64, i64), g: u32, swept: u64, reclaimed: u64) {
        let (range, scope) = (Range::GcSweep, Scope::Proc(ProcIndex(g)));
        self.event(times.0, g, "", EventKind::RangeBegin { range, scope });
        let end = EventKind::RangeEnd {
            range,
            scope,
            swept,
            reclaimed,
        };
        self.event(times.1, g, "", end);
    }

    /// The goroutine gets a label, as mark workers do when they begin to run.
    pub(crate) fn label(&mut self, time: i64, g: u32, label: &str) {
        let label = self.string(label);
        self.event(time, g, "", EventKind::Label { label });
    }

    /// A CPU profile's sample.
    pub(crate) fn sample(&mut self, time: i64, g: u32, stack: &str) {
        self.event(time, g, stack, EventKind::StackSample);
    }

    pub(crate) fn metric(&mut self, time: i64, metric: Metric, value: u64) {
        self.event(time, NOBODY, "", EventKind::Metric { metric, value });
    }

    /// The trace ends.
    pub(crate) fn finish(mut self, time: i64) -> Trace {
        self.event(time, NOBODY, "", EventKind::Sync { n: 2 });
        self.builder.finish(Finish {
            go_versions: "Go 1.26 or 1.27".to_owned(),
            bytes: 116,
            resources: self.resources,
            ..Finish::default()
        })
    }
}

/// The goroutine with that number in scripts.
pub(crate) fn g(number: u32) -> GoroutineIndex {
    GoroutineIndex(number)
}
