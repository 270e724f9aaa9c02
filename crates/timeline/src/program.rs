//! Traces made by hand, for tests.

use proptest::prelude::*;
use tracepane_model::{
    Builder, Finish, GoroutineId, GoroutineIndex, Nanos, ProcId, ProcIndex, ThreadId, ThreadIndex,
    Trace,
};
use tracepane_wire::{
    Event, EventKind, Frame, GenerationInfo, GoroutineState as G, Metric, ProcState, Range,
    Resources, Scope, Sink, StackId, StringId, Tables, TaskId,
};

/// Why goroutines wait, in programs made by chance.
const REASONS: [&str; 6] = [
    "sync",
    "chan receive",
    "network",
    "sleep",
    "forever?",
    "select",
];

/// Where they are meanwhile, in programs made by chance.
const STACKS: [&[&str]; 4] = [
    &["main.a", "main.worker"],
    &["sync.Lock", "main.a", "main.worker"],
    &["main.b", "main.worker"],
    &["other.f"],
];

/// A program while it runs. Times may only rise.
pub struct Program {
    builder: Builder,
    tables: Tables,
    resources: Resources,
    states: Vec<G>,
    on: Vec<u32>,
    time: i64,
}

impl Program {
    /// A program with so many goroutines and procs.
    pub fn new(goroutines: usize, procs: usize) -> Self {
        let mut program = Self {
            builder: Builder::new(),
            tables: Tables::new(),
            resources: Resources::default(),
            states: vec![G::NotExist; goroutines],
            on: vec![u32::MAX; goroutines],
            time: 0,
        };
        program.resources.procs = (0..procs as i64).map(ProcId).collect();
        program.resources.threads = (0..procs as i64).map(|i| ThreadId(100 + i)).collect();
        program.resources.goroutines = (1..=goroutines as i64).map(GoroutineId).collect();
        let info = GenerationInfo {
            number: 1,
            offset: 0,
            bytes: 0,
            clock: None,
            cut: false,
        };
        program.builder.generation(&info, &program.tables);
        program.event(u32::MAX, u32::MAX, EventKind::Sync { n: 1 });
        program
    }

    /// Time passes until `time`.
    pub fn at(&mut self, time: i64) -> &mut Self {
        self.time = time.max(self.time);
        self
    }

    /// What time it is.
    pub fn now(&self) -> i64 {
        self.time
    }

    fn event(&mut self, proc: u32, goroutine: u32, kind: EventKind) {
        let event = Event {
            time: Nanos(1000 + self.time),
            thread: ThreadIndex(proc),
            proc: ProcIndex(proc),
            goroutine: GoroutineIndex(goroutine),
            stack: StackId::NONE,
            kind,
        };
        self.builder.event(&event, &self.tables, &self.resources);
    }

    fn string(&mut self, text: &str) -> StringId {
        self.tables.push_string(text)
    }

    fn change(&mut self, by: u32, proc: u32, g: u32, to: G, reason: &str, stack: StackId) {
        let reason = self.string(reason);
        let from = std::mem::replace(&mut self.states[g as usize], to);
        self.event(
            proc,
            by,
            EventKind::Goroutine {
                goroutine: GoroutineIndex(g),
                from,
                to,
                reason,
                stack,
            },
        );
    }

    /// Creates a goroutine that starts with a function; `by` is u32::MAX if nobody does.
    pub fn create(&mut self, by: u32, g: u32, function: &str) -> &mut Self {
        let name = self.string(function);
        let frame = self.tables.push_frame(Frame {
            pc: function
                .bytes()
                .fold(7u64, |pc, b| pc.wrapping_mul(31) + u64::from(b)),
            function: name,
            file: StringId::EMPTY,
            line: 1,
        });
        let stack = self.tables.push_stack(&[frame]);
        let proc = self.on.get(by as usize).copied().unwrap_or(u32::MAX);
        self.change(by, proc, g, G::Runnable, "", stack);
        self
    }

    /// A runnable goroutine runs on a proc.
    pub fn run(&mut self, g: u32, proc: u32) -> &mut Self {
        self.on[g as usize] = proc;
        self.change(u32::MAX, proc, g, G::Running, "", StackId::NONE);
        self
    }

    /// A running goroutine leaves its proc.
    pub fn stop(&mut self, g: u32, to: G, reason: &str) -> &mut Self {
        let proc = std::mem::replace(&mut self.on[g as usize], u32::MAX);
        self.change(g, proc, g, to, reason, StackId::NONE);
        self
    }

    /// A running goroutine leaves its proc with this stack, leaf first.
    pub fn stop_at(&mut self, g: u32, to: G, reason: &str, functions: &[&str]) -> &mut Self {
        let stack = self.stack(functions);
        let proc = std::mem::replace(&mut self.on[g as usize], u32::MAX);
        let reason = self.string(reason);
        let from = std::mem::replace(&mut self.states[g as usize], to);
        let event = Event {
            time: Nanos(1000 + self.time),
            thread: ThreadIndex(proc),
            proc: ProcIndex(proc),
            goroutine: GoroutineIndex(g),
            stack,
            kind: EventKind::Goroutine {
                goroutine: GoroutineIndex(g),
                from,
                to,
                reason,
                stack,
            },
        };
        self.builder.event(&event, &self.tables, &self.resources);
        self
    }

    fn stack(&mut self, functions: &[&str]) -> StackId {
        let frames: Vec<_> = functions
            .iter()
            .map(|function| {
                let name = self.string(function);
                self.tables.push_frame(Frame {
                    pc: function
                        .bytes()
                        .fold(7u64, |pc, b| pc.wrapping_mul(31) + u64::from(b)),
                    function: name,
                    file: StringId::EMPTY,
                    line: 1,
                })
            })
            .collect();
        self.tables.push_stack(&frames)
    }

    /// A waiting goroutine is made runnable.
    pub fn wake(&mut self, by: u32, g: u32) -> &mut Self {
        let proc = self.on.get(by as usize).copied().unwrap_or(u32::MAX);
        self.change(by, proc, g, G::Runnable, "", StackId::NONE);
        self
    }

    /// A running goroutine enters a system call, or is back from one.
    pub fn syscall(&mut self, g: u32, enter: bool) -> &mut Self {
        let to = if enter { G::Syscall } else { G::Running };
        self.change(g, self.on[g as usize], g, to, "", StackId::NONE);
        self
    }

    /// A range of the whole program begins or ends.
    pub fn range(&mut self, range: Range, begin: bool) -> &mut Self {
        let scope = Scope::Global;
        self.event(
            0,
            u32::MAX,
            if begin {
                EventKind::RangeBegin { range, scope }
            } else {
                EventKind::RangeEnd {
                    range,
                    scope,
                    swept: 0,
                    reclaimed: 0,
                }
            },
        );
        self
    }

    /// A running goroutine enters or leaves a region.
    pub fn region(&mut self, g: u32, begin: bool, name: &str) -> &mut Self {
        let (task, name) = (TaskId::BACKGROUND, self.string(name));
        let kind = if begin {
            EventKind::RegionBegin { task, name }
        } else {
            EventKind::RegionEnd { task, name }
        };
        self.event(self.on[g as usize], g, kind);
        self
    }

    /// The same in a task.
    pub fn region_of(&mut self, g: u32, begin: bool, task: u64, name: &str) -> &mut Self {
        let (task, name) = (TaskId(task), self.string(name));
        let kind = if begin {
            EventKind::RegionBegin { task, name }
        } else {
            EventKind::RegionEnd { task, name }
        };
        self.event(self.on[g as usize], g, kind);
        self
    }

    /// A running goroutine begins or ends a task below another one (0: below none).
    pub fn task(&mut self, g: u32, begin: bool, task: u64, parent: u64, name: &str) -> &mut Self {
        let (task, name) = (TaskId(task), self.string(name));
        let parent = match parent {
            0 => TaskId::NONE,
            id => TaskId(id),
        };
        let kind = if begin {
            EventKind::TaskBegin { task, parent, name }
        } else {
            EventKind::TaskEnd { task, parent, name }
        };
        self.event(self.on[g as usize], g, kind);
        self
    }

    /// A running goroutine logs.
    pub fn log(&mut self, g: u32, task: u64, category: &str, message: &str) -> &mut Self {
        let (category, message) = (self.string(category), self.string(message));
        let kind = EventKind::Log {
            task: TaskId(task),
            category,
            message,
        };
        self.event(self.on[g as usize], g, kind);
        self
    }

    /// A CPU sample of a running goroutine with this stack, leaf first.
    pub fn sample_at(&mut self, g: u32, functions: &[&str]) -> &mut Self {
        let event = Event {
            time: Nanos(1000 + self.time),
            thread: ThreadIndex(self.on[g as usize]),
            proc: ProcIndex(self.on[g as usize]),
            goroutine: GoroutineIndex(g),
            stack: self.stack(functions),
            kind: EventKind::StackSample,
        };
        self.builder.event(&event, &self.tables, &self.resources);
        self
    }

    /// A CPU sample of a running goroutine.
    pub fn sample(&mut self, g: u32) -> &mut Self {
        self.event(self.on[g as usize], g, EventKind::StackSample);
        self
    }

    /// A proc gets a thread, or loses it.
    pub fn proc(&mut self, proc: u32, runs: bool) -> &mut Self {
        let (from, to) = match runs {
            true => (ProcState::Idle, ProcState::Running),
            false => (ProcState::Running, ProcState::Idle),
        };
        let kind = EventKind::Proc {
            proc: ProcIndex(proc),
            from,
            to,
        };
        self.event(proc, u32::MAX, kind);
        self
    }

    /// The live heap or its goal has a value.
    pub fn heap(&mut self, metric: Metric, value: u64) -> &mut Self {
        self.event(0, u32::MAX, EventKind::Metric { metric, value });
        self
    }

    /// The reason of a pause.
    pub fn pause(&mut self, reason: &str) -> Range {
        Range::StopTheWorld(self.string(reason))
    }

    /// The trace ends.
    pub fn finish(mut self, time: i64) -> Trace {
        self.at(time);
        self.event(u32::MAX, u32::MAX, EventKind::Sync { n: 2 });
        let trace = self.builder.finish(Finish {
            resources: self.resources,
            ..Finish::default()
        });
        assert_eq!(trace.check(), Ok(()));
        trace
    }
}

/// What happens next in a program made by chance: how long nothing does, who acts, what they do.
pub type Step = (u32, u32, u8);

/// Steps with bursts of short and single long waits.
pub fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let wait = prop_oneof![
        6 => 0u32..30,
        3 => 0u32..3_000,
        1 => 0u32..3_000_000,
    ];
    prop::collection::vec((wait, any::<u32>(), any::<u8>()), 1..most)
}

/// The trace of a program made by chance.
pub fn trace_of(steps: &[Step]) -> Trace {
    made(steps, false)
}

/// The same with CPU samples.
pub fn sampled_trace_of(steps: &[Step]) -> Trace {
    made(steps, true)
}

fn made(steps: &[Step], sampled: bool) -> Trace {
    const PROCS: u32 = 3;
    const GOROUTINES: u32 = 7;
    let mut program = Program::new(GOROUTINES as usize, PROCS as usize);
    let mut time = 0;
    for &(wait, who, what) in steps {
        time += i64::from(wait);
        program.at(time);
        // Few goroutines act often, so that some have many spans.
        let g = (who % (GOROUTINES * GOROUTINES)) % ((who >> 8) % GOROUTINES + 1);
        let reason = REASONS[usize::from(what >> 3) % REASONS.len()];
        match program.states[g as usize] {
            G::NotExist => {
                let function = if g < 4 { "main.worker" } else { "main.other" };
                program.create(u32::MAX, g, function);
            }
            G::Runnable => {
                let free = (0..PROCS).find(|p| !program.on.contains(p));
                if let Some(proc) = free {
                    program.run(g, proc);
                }
            }
            G::Running => {
                match what % 8 {
                    0 => program.stop(g, G::Runnable, "preempted"),
                    1 => program.syscall(g, true),
                    2 if who % 50 == 0 => program.stop(g, G::NotExist, ""),
                    3 if sampled => {
                        let running = STACKS[(who >> 4) as usize % STACKS.len()];
                        program.sample_at(g, running);
                        program.stop_at(
                            g,
                            G::Waiting,
                            reason,
                            STACKS[(who >> 6) as usize % STACKS.len()],
                        )
                    }
                    4 => program.stop_at(
                        g,
                        G::Waiting,
                        reason,
                        STACKS[(who >> 5) as usize % STACKS.len()],
                    ),
                    _ => program.stop(g, G::Waiting, reason),
                };
            }
            G::Waiting => {
                program.wake(u32::MAX, g);
            }
            _ => {
                program.syscall(g, false);
            }
        }
    }
    program.finish(time + 100)
}
