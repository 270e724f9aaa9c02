//! Event streams written by hand.

use tracepane_wire::{
    Event, EventKind, Frame, GenerationInfo, GoroutineId, GoroutineIndex, GoroutineState as G,
    Nanos, ProcId, ProcIndex, ProcState as P, Resources, Sink, StackId, StringId, Tables, TaskId,
    ThreadId, ThreadIndex,
};

use crate::{Builder, Finish, Trace};

/// Writes events: each [`Script::at`] sets the clock and the context, the next call makes an event in it.
pub(super) struct Script {
    builder: Builder,
    tables: Tables,
    resources: Resources,
    event: Event,
    generations: u64,
}

pub(super) const NO_STACK: StackId = StackId::NONE;

impl Script {
    /// The trace clock begins at 1000, so that relative and absolute times differ.
    pub(super) fn new() -> Self {
        let mut script = Self {
            builder: Builder::new(),
            tables: Tables::new(),
            resources: Resources::default(),
            event: Event {
                time: Nanos(0),
                thread: ThreadIndex::NONE,
                proc: ProcIndex::NONE,
                goroutine: GoroutineIndex::NONE,
                stack: NO_STACK,
                kind: EventKind::StackSample,
            },
            generations: 0,
        };
        script.resources.procs = (0..4).map(ProcId).collect();
        script.resources.threads = (0..4).map(|i| ThreadId(100 + i)).collect();
        script.resources.goroutines = (0..6).map(|i| GoroutineId(10 + i)).collect();
        script.generation(0);
        script
    }

    /// A new generation with tables of its own, and its Sync event.
    pub(super) fn generation(&mut self, time: i64) {
        self.generations += 1;
        self.tables = Tables::new();
        // The same text has other numbers in each generation.
        for i in 0..self.generations {
            self.tables.push_string(&format!("generation {i}"));
        }
        let info = GenerationInfo {
            number: self.generations,
            offset: 0,
            bytes: 0,
            clock: None,
            cut: false,
        };
        self.builder.generation(&info, &self.tables);
        let n = self.generations as u32;
        self.at(time, None, None, None).event(EventKind::Sync { n });
    }

    pub(super) fn at(
        &mut self,
        time: i64,
        m: Option<u32>,
        p: Option<u32>,
        g: Option<u32>,
    ) -> &mut Self {
        self.event.time = Nanos(1000 + time);
        self.event.thread = m.map_or(ThreadIndex::NONE, ThreadIndex);
        self.event.proc = p.map_or(ProcIndex::NONE, ProcIndex);
        self.event.goroutine = g.map_or(GoroutineIndex::NONE, GoroutineIndex);
        self.event.stack = NO_STACK;
        self
    }

    /// A stack of functions, leaf first, for the next event.
    pub(super) fn stack(&mut self, functions: &[&str]) -> &mut Self {
        self.event.stack = self.stack_id(functions);
        self
    }

    pub(super) fn stack_id(&mut self, functions: &[&str]) -> StackId {
        let frames: Vec<u32> = functions
            .iter()
            .map(|function| {
                let name = self.string(function);
                // The same function has the same program counter.
                let pc = function.bytes().fold(7, |pc, b| pc * 31 + u64::from(b));
                self.tables.push_frame(Frame {
                    pc,
                    function: name,
                    file: StringId::EMPTY,
                    line: 1,
                })
            })
            .collect();
        self.tables.push_stack(&frames)
    }

    pub(super) fn string(&mut self, text: &str) -> StringId {
        self.tables.push_string(text)
    }

    pub(super) fn event(&mut self, kind: EventKind) {
        self.event.kind = kind;
        self.builder
            .event(&self.event, &self.tables, &self.resources);
    }

    pub(super) fn change(&mut self, g: u32, from: G, to: G, reason: &str) {
        let stack = self.event.stack;
        self.change_with(g, from, to, reason, stack);
    }

    pub(super) fn change_with(&mut self, g: u32, from: G, to: G, reason: &str, stack: StackId) {
        let reason = self.string(reason);
        self.event(EventKind::Goroutine {
            goroutine: GoroutineIndex(g),
            from,
            to,
            reason,
            stack,
        });
    }

    pub(super) fn create(&mut self, g: u32, function: &str) {
        let stack = self.stack_id(&[function]);
        self.change_with(g, G::NotExist, G::Runnable, "", stack);
    }

    pub(super) fn proc(&mut self, p: u32, from: P, to: P) {
        let proc = ProcIndex(p);
        self.event(EventKind::Proc { proc, from, to });
    }

    pub(super) fn region(&mut self, begin: bool, task: u64, name: &str) {
        let (task, name) = (TaskId(task), self.string(name));
        self.event(match begin {
            true => EventKind::RegionBegin { task, name },
            false => EventKind::RegionEnd { task, name },
        });
    }

    pub(super) fn task(&mut self, begin: bool, task: u64, parent: u64, name: &str) {
        let (task, parent) = (TaskId(task), TaskId(parent));
        let name = self.string(name);
        self.event(match begin {
            true => EventKind::TaskBegin { task, parent, name },
            false => EventKind::TaskEnd { task, parent, name },
        });
    }

    pub(super) fn finish(self) -> Trace {
        let trace = self.builder.finish(Finish {
            resources: self.resources,
            ..Finish::default()
        });
        assert_eq!(trace.check(), Ok(()));
        assert_eq!(trace.clock_start, Nanos(1000));
        trace
    }
}

/// Compares line by line, without regard to indentation and to goroutines that are only mentioned.
#[track_caller]
pub(super) fn check(found: &str, expected: &str) {
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.ends_with("\"\" before 0"));
        lines.map(str::to_string).collect()
    };
    assert_eq!(lines(found), lines(expected), "\nfound:\n{found}");
}
