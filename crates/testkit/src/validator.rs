//! A validator of event streams, stricter than the reader: port of Go's `internal/trace/testtrace/validation.go`.

use std::collections::HashMap;

use tracepane_wire::{
    ClockSnapshot, Event, EventKind, GenerationInfo, GoroutineIndex, GoroutineState, ProcIndex,
    ProcState, Range, Resources, Scope, Sink, StackId, Tables, TaskId, ThreadIndex,
};

/// A [`Sink`] that checks what holds of every sound trace: increasing times, syncs in sequence with increasing clocks,
/// transitions that continue the last state, consistent bindings of threads, procs and goroutines, ranges that begin
/// before they end, tasks that end with the type they began with, complete frames.
pub struct Validator {
    /// The header's version.
    version: u8,
    /// What was wrong: sentences, in order.
    errors: Vec<String>,
    events: u64,
    last_time: Option<i64>,
    clock: Option<ClockSnapshot>,
    last_sync: u32,
    last_clock: Option<ClockSnapshot>,
    goroutines: HashMap<GoroutineIndex, (GoroutineState, ThreadIndex)>,
    procs: HashMap<ProcIndex, (ProcState, ThreadIndex)>,
    threads: HashMap<ThreadIndex, Context>,
    ranges: HashMap<Resource, Vec<String>>,
    tasks: HashMap<TaskId, String>,
    /// Which stacks of this generation were checked.
    checked: Vec<bool>,
}

/// What runs on a thread.
struct Context {
    proc: ProcIndex,
    goroutine: GoroutineIndex,
}

/// What a range is bound to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Resource {
    Global,
    Proc(ProcIndex),
    Goroutine(GoroutineIndex),
}

impl From<Scope> for Resource {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Global => Self::Global,
            Scope::Proc(proc) => Self::Proc(proc),
            Scope::Goroutine(goroutine) => Self::Goroutine(goroutine),
        }
    }
}

impl Validator {
    /// A validator for a trace with that header version.
    pub fn new(version: u8) -> Self {
        Self {
            version,
            errors: Vec::new(),
            events: 0,
            last_time: None,
            clock: None,
            last_sync: 0,
            last_clock: None,
            goroutines: HashMap::new(),
            procs: HashMap::new(),
            threads: HashMap::new(),
            ranges: HashMap::new(),
            tasks: HashMap::new(),
            checked: Vec::new(),
        }
    }

    /// What was wrong: sentences, in order; empty if all was sound.
    pub fn errors(&self) -> &[String] {
        &self.errors
    }

    /// How many events were seen.
    pub fn events(&self) -> u64 {
        self.events
    }

    fn error(&mut self, message: String) {
        self.errors
            .push(format!("event {}: {message}", self.events));
    }

    /// Every frame but the leaf must be complete.
    fn stack(&mut self, stack: StackId, tables: &Tables) {
        let place = stack.0 as usize;
        if place >= self.checked.len() {
            self.checked.resize(place + 1, false);
        }
        if std::mem::replace(&mut self.checked[place], true) {
            return;
        }
        for &frame in tables.stack(stack).iter().skip(1) {
            let frame = &tables.frames()[frame as usize];
            let nameless = tables.string(frame.function).is_empty();
            if nameless || tables.string(frame.file).is_empty() || frame.pc == 0 || frame.line == 0
            {
                self.error(format!(
                    "invalid stack frame {frame:?}: missing information"
                ));
            }
        }
    }

    fn sync(&mut self, n: u32) {
        if n != self.last_sync + 1 {
            let expected = self.last_sync + 1;
            self.error(format!(
                "sync count is not sequential: expected {expected}, got {n}"
            ));
        }
        let clock = self.clock.take();
        // The sync at the end of the trace has no clocks.
        if self.version >= 25 && (n == 1 || clock.is_some()) {
            match clock {
                None => self.error(format!("sync {n} has no clock snapshot")),
                Some(clock) => self.clock_increases(n, &clock),
            }
        }
        self.last_sync = n;
        self.last_clock = clock;
    }

    fn clock_increases(&mut self, n: u32, clock: &ClockSnapshot) {
        let wall = |clock: &ClockSnapshot| (clock.wall_seconds, clock.wall_nanos);
        if wall(clock) == (0, 0) || clock.monotonic == 0 || clock.trace.0 == 0 {
            self.error(format!("sync {n} has a zero clock"));
        }
        if let Some(last) = self.last_clock.filter(|_| n >= 2) {
            let increases = wall(clock) > wall(&last)
                && clock.monotonic > last.monotonic
                && clock.trace > last.trace;
            if !increases {
                self.error(format!(
                    "sync {n} has clocks that do not increase: {clock:?} after {last:?}"
                ));
            }
        }
    }

    /// The thread that executes something, which must be known.
    fn thread(&mut self, thread: ThreadIndex, lenient: bool) -> Option<&mut Context> {
        if !thread.is_some() && !lenient {
            self.error("must have thread, but thread ID is none".into());
            return None;
        }
        Some(self.threads.entry(thread).or_insert(Context {
            proc: ProcIndex::NONE,
            goroutine: GoroutineIndex::NONE,
        }))
    }

    fn goroutine(
        &mut self,
        event: &Event,
        id: GoroutineIndex,
        from: GoroutineState,
        to: GoroutineState,
        stack: StackId,
    ) {
        if to == GoroutineState::Undetermined {
            self.error(format!("transition to undetermined state for {id:?}"));
        }
        if self.last_sync > 1 && from == GoroutineState::Undetermined {
            self.error(format!("undetermined {id:?} after first global sync"));
        }
        if to == GoroutineState::NotExist && self.has_any_range(Resource::Goroutine(id)) {
            self.error(format!("{id:?} died with active ranges"));
        }
        let known = self.goroutines.get(&id).copied();
        match known {
            Some((state, _)) if state != from => {
                self.error(format!(
                    "bad old state for {id:?}: got {from:?}, want {state:?}"
                ));
            }
            None if !matches!(
                from,
                GoroutineState::Undetermined | GoroutineState::NotExist
            ) =>
            {
                self.error(format!("bad old state for unregistered {id:?}: {from:?}"));
            }
            _ => {}
        }
        let mut binding = known.map_or(ThreadIndex::NONE, |(_, binding)| binding);
        let executing = |state| matches!(state, GoroutineState::Running | GoroutineState::Syscall);
        if executing(to) {
            // Goroutines that were in a syscall when a v1 trace began are on no known thread.
            let lenient = self.version < 22
                && (from, to) == (GoroutineState::Undetermined, GoroutineState::Syscall);
            let mut busy = None;
            if let Some(context) = self.thread(event.thread, lenient) {
                if context.goroutine.is_some() && context.goroutine != id {
                    busy = Some(context.goroutine);
                }
                context.goroutine = id;
                binding = event.thread;
            }
            // Many goroutines share the thread that nobody knows.
            if let Some(other) = busy.filter(|_| event.thread.is_some()) {
                let thread = event.thread;
                self.error(format!(
                    "tried to run {id:?} when {other:?} was already executing on {thread:?}"
                ));
            }
        } else if executing(from) {
            if stack != event.stack {
                self.error("the transition's stack is not the event's".into());
            }
            match self.threads.get_mut(&binding) {
                Some(context) => {
                    let other = std::mem::replace(&mut context.goroutine, GoroutineIndex::NONE);
                    if other != id && binding.is_some() {
                        self.error(format!(
                            "tried to stop {id:?} when {other:?} was executing on {binding:?}"
                        ));
                    }
                    binding = ThreadIndex::NONE;
                }
                None => self.error(format!("stopping {id:?} not bound to any active context")),
            }
        }
        self.goroutines.insert(id, (to, binding));
    }

    fn proc(&mut self, event: &Event, id: ProcIndex, from: ProcState, to: ProcState) {
        if to == ProcState::Undetermined {
            self.error(format!("transition to undetermined state for {id:?}"));
        }
        if self.last_sync > 1 && from == ProcState::Undetermined {
            self.error(format!("undetermined {id:?} after first global sync"));
        }
        if to == ProcState::NotExist && self.has_any_range(Resource::Proc(id)) {
            self.error(format!("{id:?} died with active ranges"));
        }
        let known = self.procs.get(&id).copied();
        match known {
            Some((state, _)) if state != from => {
                self.error(format!(
                    "bad old state for {id:?}: got {from:?}, want {state:?}"
                ));
            }
            None if !matches!(from, ProcState::Undetermined | ProcState::NotExist) => {
                self.error(format!("bad old state for unregistered {id:?}: {from:?}"));
            }
            _ => {}
        }
        let mut binding = known.map_or(ThreadIndex::NONE, |(_, binding)| binding);
        if to == ProcState::Running {
            let mut busy = None;
            if let Some(context) = self.thread(event.thread, false) {
                if context.proc.is_some() && context.proc != id {
                    busy = Some(context.proc);
                }
                context.proc = id;
                binding = event.thread;
            }
            if let Some(other) = busy {
                let thread = event.thread;
                self.error(format!(
                    "tried to run {id:?} when {other:?} was already executing on {thread:?}"
                ));
            }
        } else if from == ProcState::Running {
            match self.threads.get_mut(&binding) {
                Some(context) => {
                    let other = std::mem::replace(&mut context.proc, ProcIndex::NONE);
                    if other != id {
                        self.error(format!(
                            "tried to stop {id:?} when {other:?} was executing on {binding:?}"
                        ));
                    }
                    binding = ThreadIndex::NONE;
                }
                None => self.error(format!("stopping {id:?} not bound to any active context")),
            }
        }
        self.procs.insert(id, (to, binding));
    }

    fn range(&mut self, kind: &EventKind, range: Range, scope: Scope, tables: &Tables) {
        let name = match range {
            Range::StopTheWorld(kind) => format!("stop-the-world ({})", tables.string(kind)),
            other => format!("{other:?}"),
        };
        let active = self.ranges.entry(scope.into()).or_default();
        let place = active.iter().position(|other| *other == name);
        match (kind, place) {
            (EventKind::RangeEnd { .. }, Some(place)) => {
                active.remove(place);
            }
            (EventKind::RangeEnd { .. }, None) => {
                self.error(format!("inactive range {name:?} on {scope:?} ended"));
            }
            (EventKind::RangeBegin { .. }, Some(_)) => {
                active.push(name.clone());
                self.error(format!(
                    "already active range {name:?} on {scope:?} begun again"
                ));
            }
            (_, None) => active.push(name),
            (_, Some(_)) => {}
        }
    }

    fn has_any_range(&self, resource: Resource) -> bool {
        self.ranges
            .get(&resource)
            .is_some_and(|active| !active.is_empty())
    }
}

impl Sink for Validator {
    fn generation(&mut self, info: &GenerationInfo, _tables: &Tables) {
        self.clock = info.clock;
        self.checked.clear();
    }

    fn event(&mut self, event: &Event, tables: &Tables, _resources: &Resources) {
        self.events += 1;
        let time = event.time.0;
        match self.last_time {
            Some(last) if time <= last => {
                self.error(format!("time out of order: {time} after {last}"));
            }
            _ => self.last_time = Some(time),
        }
        self.stack(event.stack, tables);
        match event.kind {
            EventKind::Sync { n } => self.sync(n),
            EventKind::Label { label } => {
                if tables.string(label).is_empty() {
                    self.error("invalid label \"\"".into());
                }
                if !self.goroutines.contains_key(&event.goroutine) {
                    self.error(format!("label for invalid {:?}", event.goroutine));
                }
            }
            EventKind::Goroutine {
                goroutine,
                from,
                to,
                stack,
                ..
            } => {
                self.stack(stack, tables);
                self.goroutine(event, goroutine, from, to, stack);
            }
            EventKind::Proc { proc, from, to } => self.proc(event, proc, from, to),
            EventKind::RangeBegin { range, scope }
            | EventKind::RangeActive { range, scope }
            | EventKind::RangeEnd { range, scope, .. } => {
                self.range(&event.kind, range, scope, tables);
            }
            EventKind::TaskBegin { task, parent, name } => {
                if task == TaskId::NONE || task == TaskId::BACKGROUND {
                    self.error(format!("invalid {task:?}"));
                }
                if parent == TaskId::BACKGROUND {
                    self.error(format!("background task as the parent of {task:?}"));
                }
                self.tasks.insert(task, tables.string(name).to_string());
            }
            EventKind::TaskEnd { task, name, .. } => {
                if let Some(began) = self.tasks.remove(&task)
                    && began != tables.string(name)
                {
                    let ended = tables.string(name);
                    self.error(format!(
                        "task end type {ended:?} is not the start type {began:?} of {task:?}"
                    ));
                }
            }
            EventKind::Metric { .. }
            | EventKind::StackSample
            | EventKind::RegionBegin { .. }
            | EventKind::RegionEnd { .. }
            | EventKind::Log { .. }
            | EventKind::Experimental { .. } => {}
        }
    }
}
