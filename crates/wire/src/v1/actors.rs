//! Who executed an event: goroutines, procs and threads, from a record's numbers to places among the resources.
//!
//! After the end of `convertEvent` in Go's `internal/trace/tracev1.go`.

use crate::id::{GoroutineId, GoroutineIndex, ProcId, ProcIndex, ThreadId, ThreadIndex};
use crate::table::Resources;
use crate::v1::record::Record;
use crate::v1::survey::Survey;
use crate::v1::symbols::Register;

/// Procs that are none: what timers, the network poller and system calls do, and the GC (`tracev1/parser.go`).
pub const TIMER_PROC: ProcId = ProcId(1_000_001);
/// See [`TIMER_PROC`].
pub const NETWORK_PROC: ProcId = ProcId(1_000_002);
/// See [`TIMER_PROC`].
pub const SYSCALL_PROC: ProcId = ProcId(1_000_003);
/// See [`TIMER_PROC`].
pub const GC_PROC: ProcId = ProcId(1_000_004);

/// Who executed an event.
#[derive(Clone, Copy)]
pub struct Context {
    /// The thread, or none.
    pub thread: ThreadIndex,
    /// The proc, or none.
    pub proc: ProcIndex,
    /// The goroutine, or none.
    pub goroutine: GoroutineIndex,
}

impl Context {
    /// Nobody.
    pub const NONE: Self = Self {
        thread: ThreadIndex::NONE,
        proc: ProcIndex::NONE,
        goroutine: GoroutineIndex::NONE,
    };
}

#[derive(Clone, Copy)]
struct Proc {
    /// Its place among the resources, once it was mentioned.
    index: Option<ProcIndex>,
    /// The thread that it runs on.
    thread: ThreadIndex,
    seen: bool,
}

/// The goroutines, procs and threads of a trace while it is converted.
pub struct Actors<'a> {
    survey: &'a Survey<'a>,
    /// The columns that are filled.
    pub resources: &'a mut Resources,
    goroutines: Vec<GoroutineIndex>,
    procs: Vec<Proc>,
    goroutine_register: Register<GoroutineId>,
    proc_register: Register<ProcId>,
    thread_register: Register<ThreadId>,
}

impl<'a> Actors<'a> {
    /// Before the first event.
    pub fn new(survey: &'a Survey<'a>, resources: &'a mut Resources) -> Self {
        let proc = Proc {
            index: None,
            thread: ThreadIndex::NONE,
            seen: false,
        };
        Self {
            goroutines: vec![GoroutineIndex::NONE; survey.goroutines.ids().len()],
            procs: vec![proc; survey.procs.len()],
            goroutine_register: Register::new(&resources.goroutines),
            proc_register: Register::new(&resources.procs),
            thread_register: Register::new(&resources.threads),
            resources,
            survey,
        }
    }

    /// A goroutine by its number in [`Survey::goroutines`].
    #[inline]
    pub fn goroutine(&mut self, goroutine: u32) -> GoroutineIndex {
        let known = &mut self.goroutines[goroutine as usize];
        if !known.is_some() {
            let id = GoroutineId(self.survey.goroutines.ids()[goroutine as usize] as i64);
            let column = &mut self.resources.goroutines;
            *known = GoroutineIndex(self.goroutine_register.place(column, id));
        }
        *known
    }

    /// A proc by its id.
    pub fn proc(&mut self, id: ProcId) -> ProcIndex {
        if id == ProcId::NONE {
            return ProcIndex::NONE;
        }
        ProcIndex(self.proc_register.place(&mut self.resources.procs, id))
    }

    fn thread(&mut self, id: ThreadId) -> ThreadIndex {
        if id == ThreadId::NONE {
            return ThreadIndex::NONE;
        }
        let column = &mut self.resources.threads;
        ThreadIndex(self.thread_register.place(column, id))
    }

    /// The executing goroutine. The one with id 0 is none.
    #[inline]
    pub fn own_goroutine(&mut self, record: &Record) -> GoroutineIndex {
        match record.goroutine {
            0 => GoroutineIndex::NONE,
            goroutine => self.goroutine(goroutine),
        }
    }

    /// Who executed a record's event.
    #[inline]
    pub fn context(&mut self, record: &Record) -> Context {
        let place = record.proc() as usize;
        let proc = match self.procs[place].index {
            Some(index) => index,
            None => {
                let index = self.proc(ProcId(i64::from(self.survey.procs[place])));
                self.procs[place].index = Some(index);
                index
            }
        };
        let thread = match proc {
            ProcIndex::NONE => ThreadIndex::NONE,
            _ => self.procs[place].thread,
        };
        Context {
            thread,
            proc,
            goroutine: self.own_goroutine(record),
        }
    }

    /// The executing goroutine on a proc that is none, and thus on no thread.
    pub fn elsewhere(&mut self, record: &Record, proc: ProcId) -> Context {
        Context {
            proc: self.proc(proc),
            thread: ThreadIndex::NONE,
            goroutine: self.own_goroutine(record),
        }
    }

    /// The same context on thread 0 if it is on none: for some events, the reference takes the thread from a map
    /// without asking whether it is there.
    pub fn or_thread_zero(&mut self, context: Context) -> Context {
        if context.thread.is_some() {
            return context;
        }
        Context {
            thread: self.thread(ThreadId(0)),
            ..context
        }
    }

    /// The executing proc begins to run on a thread, or, without one, stops after this event. Returns the event's
    /// context and whether the proc was seen before.
    pub fn proc_moves(&mut self, record: &Record, onto: Option<ThreadId>) -> (Context, bool) {
        let place = record.proc() as usize;
        if let Some(thread) = onto {
            self.procs[place].thread = self.thread(thread);
        }
        let context = self.context(record);
        if onto.is_none() {
            self.procs[place].thread = ThreadIndex::NONE;
        }
        let seen = std::mem::replace(&mut self.procs[place].seen, true);
        (context, seen)
    }
}
