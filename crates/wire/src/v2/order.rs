//! Puts the threads' events into one order by following what the scheduler must have done
//! (`internal/trace/order.go`): one function for each kind of event, each answering one of three.
//!
//! Reading that is not strict never answers [`Answer::Broken`]: what contradicts the state is counted as a slip, the
//! state is made to fit, and the event is emitted, or left out if it says nothing without what it contradicts. When no
//! event can advance, the caller sets [`Orderer::forcing`], and the earliest one advances whatever it waits for.

mod annotations;
mod goroutines;
mod procs;
mod ranges;
mod syscalls;

use hashbrown::HashMap;

use super::generation::Generation;
use super::ids::IdMap;
use super::names::Names;
use super::seam::{self, Claims, Seam, Standings};
use super::spec::{self, EVENTS};
use super::state::{ABSENT, Extra, Gc, Goroutine, NONE, Proc, Seq, Task, Thread};
use crate::bytes::Window;
use crate::error::WireError;
use crate::event::{Event, EventKind};
use crate::id::{
    GoroutineId, GoroutineIndex, Nanos, ProcId, ProcIndex, StackId, StringId, ThreadId, ThreadIndex,
};
use crate::report::{Place, Report, SlipKind};
use crate::sink::Sink;
use crate::table::Resources;

/// What became of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It happened, and was emitted.
    Advanced,
    /// Something must happen first, on another thread.
    NotYet,
    /// It contradicts what happened before; [`Orderer::fault`] says how. Only if reading is strict.
    Broken,
    /// Its bytes are no event.
    Malformed,
}

/// Where an event stands.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// Its time.
    pub time: i64,
    /// Its thread's place; [`NONE`] for none.
    pub thread: u32,
    /// Its type.
    pub kind: u8,
    /// Its place in the file.
    pub offset: u64,
}

/// Who executes: places of thread, proc and goroutine, or [`NONE`].
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The thread.
    pub m: u32,
    /// The proc.
    pub p: u32,
    /// The goroutine.
    pub g: u32,
}

/// Where events go, and what they refer to.
pub struct Out<'a, K> {
    /// The receiver.
    pub sink: &'a mut K,
    /// The current generation's tables.
    pub tables: &'a mut Generation,
    /// All goroutines, procs and threads.
    pub resources: &'a mut Resources,
    /// What was odd.
    pub report: &'a mut Report,
    /// The time of the last event.
    pub last: &'a mut i64,
    /// How many events there were.
    pub events: &'a mut u64,
}

impl<K: Sink> Out<'_, K> {
    /// Hands an event over; one that is not later than the last is made one nanosecond later.
    // Not inlined: most events are handed over in another place (`usual.rs`), and it would be there for each kind.
    #[inline(never)]
    pub fn emit(&mut self, time: i64, context: Context, stack: StackId, kind: EventKind) {
        let time = if time <= *self.last {
            self.last.wrapping_add(1)
        } else {
            time
        };
        *self.last = time;
        *self.events += 1;
        let event = Event {
            time: Nanos(time),
            thread: ThreadIndex(context.m),
            proc: ProcIndex(context.p),
            goroutine: GoroutineIndex(context.g),
            stack,
            kind,
        };
        self.sink.event(&event, &self.tables.tables, self.resources);
    }
}

/// The scheduler's state.
#[derive(Clone, Debug)]
pub struct Orderer {
    strict: bool,
    /// The earliest event advances whatever it waits for.
    pub forcing: bool,
    /// Why an event is [`Answer::Broken`].
    pub fault: Option<WireError>,
    /// The generation that is being ordered.
    pub generation: u64,
    /// The first generation since all was forgotten.
    initial: u64,
    gs: Vec<Goroutine>,
    ps: Vec<Proc>,
    ms: Vec<Thread>,
    g_of: IdMap,
    p_of: IdMap,
    m_of: IdMap,
    extras: Vec<Extra>,
    free_extras: Vec<u32>,
    tasks: HashMap<u64, Task>,
    /// Names of tasks and regions.
    pub names: Names,
    gc: Gc,
    gc_seq: u64,
    /// What is taken for granted of the time before: see [`super::seam`].
    pub claims: Claims,
}

/// How many arguments an event type has, at compile time.
const fn arguments(kind: u8) -> usize {
    EVENTS[kind as usize].args.len()
}

/// Reads `N` arguments at `at`, which ends behind them.
#[inline(always)]
fn read_arguments<const N: usize>(data: &[u8], at: &mut usize) -> Option<[u64; N]> {
    let mut args = [0; N];
    if N > 0 {
        let window = Window::new(data, *at)?;
        let mut i = 0;
        for arg in &mut args {
            *arg = window.uvarint(&mut i)?;
        }
        *at += i;
    }
    Some(args)
}

impl Orderer {
    /// Nothing is known. `bytes` is the size of the file: it bounds what arrays of ids may cost.
    pub fn new(strict: bool, bytes: u64) -> Self {
        let ids = || IdMap::new(bytes / 16);
        Self {
            strict,
            forcing: false,
            fault: None,
            generation: 0,
            initial: 0,
            gs: Vec::new(),
            ps: Vec::new(),
            ms: Vec::new(),
            g_of: ids(),
            p_of: ids(),
            m_of: ids(),
            extras: Vec::new(),
            free_extras: Vec::new(),
            tasks: HashMap::new(),
            names: Names::default(),
            gc: Gc::Undetermined,
            gc_seq: 0,
            claims: Claims::default(),
        }
    }

    /// A generation begins.
    pub fn begin(&mut self, generation: u64) {
        self.generation = generation;
        if self.initial == 0 {
            self.initial = generation;
        }
        self.names.forget_strings();
    }

    /// What [`super::usual`] needs: goroutines, threads, and the places of goroutines with small ids.
    #[inline(always)]
    pub fn usual_state(&mut self) -> (&mut [Goroutine], &mut [Thread], &[u32]) {
        (&mut self.gs, &mut self.ms, self.g_of.dense())
    }

    /// Forgets all states, but not which goroutines there are: the next generation is read as if it were the first.
    pub fn forget(&mut self) {
        self.initial = 0;
        self.gs.fill(Goroutine::NEW);
        self.ps.fill(Proc::NEW);
        self.ms.fill(Thread::NEW);
        self.extras.clear();
        self.free_extras.clear();
        self.gc = Gc::Undetermined;
        self.claims = Claims::default();
    }

    /// How much [`Self::forget`] has to do.
    pub fn known(&self) -> u64 {
        (self.gs.len() + self.ps.len() + self.ms.len() + self.extras.len()) as u64
    }

    /// What was taken for granted of the time before, and how things stand.
    pub fn seam(&self) -> Seam {
        let open = |goroutine: &Goroutine| {
            let extra = self.extras.get(goroutine.extra as usize);
            let ranges = extra.map_or(&[][..], |extra| &extra.ranges);
            ranges.iter().fold(0, |open, range| {
                open | match range.kind {
                    spec::STW_BEGIN => seam::PAUSED,
                    _ => seam::ACTIVE,
                }
            })
        };
        Seam::new(&Standings {
            gs: &self.gs,
            ps: &self.ps,
            ms: &self.ms,
            claims: &self.claims,
            open: &open,
            gc: (self.gc, self.gc_seq),
        })
    }

    /// How many bytes a copy has, about.
    pub fn bytes(&self) -> u64 {
        let extras = self.extras.iter().map(|extra| {
            size_of_val(extra)
                + size_of_val(extra.regions.as_slice())
                + size_of_val(extra.ranges.as_slice())
        });
        let states = size_of_val(self.gs.as_slice())
            + size_of_val(self.ps.as_slice())
            + size_of_val(self.ms.as_slice())
            + extras.sum::<usize>()
            + self.tasks.len() * size_of::<(u64, Task)>();
        let ids = self.g_of.bytes() + self.p_of.bytes() + self.m_of.bytes();
        states as u64 + ids + self.names.bytes()
    }

    /// The place of a goroutine, from now on.
    #[inline(always)]
    pub fn goroutine(&mut self, id: u64, resources: &mut Resources) -> u32 {
        match self.g_of.get(id) {
            Some(place) => place,
            None => self.new_goroutine(id, resources),
        }
    }

    #[cold]
    fn new_goroutine(&mut self, id: u64, resources: &mut Resources) -> u32 {
        if id as i64 == GoroutineId::NONE.0 || resources.goroutines.len() >= NONE as usize {
            return NONE;
        }
        let place = resources.goroutines.len() as u32;
        resources.goroutines.push(GoroutineId(id as i64));
        self.g_of.insert(id, place);
        self.gs.resize(place as usize + 1, Goroutine::NEW);
        place
    }

    /// The place of a proc, from now on.
    #[inline(always)]
    pub fn proc(&mut self, id: u64, resources: &mut Resources) -> u32 {
        match self.p_of.get(id) {
            Some(place) => place,
            None => self.new_proc(id, resources),
        }
    }

    #[cold]
    fn new_proc(&mut self, id: u64, resources: &mut Resources) -> u32 {
        if id as i64 == ProcId::NONE.0 || resources.procs.len() >= NONE as usize {
            return NONE;
        }
        let place = resources.procs.len() as u32;
        resources.procs.push(ProcId(id as i64));
        self.p_of.insert(id, place);
        self.ps.resize(place as usize + 1, Proc::NEW);
        place
    }

    /// The place of a thread, from now on.
    #[inline(always)]
    pub fn thread(&mut self, id: u64, resources: &mut Resources) -> u32 {
        match self.m_of.get(id) {
            Some(place) => place,
            None => self.new_thread(id, resources),
        }
    }

    #[cold]
    fn new_thread(&mut self, id: u64, resources: &mut Resources) -> u32 {
        if id as i64 == ThreadId::NONE.0 || resources.threads.len() >= NONE as usize {
            return NONE;
        }
        let place = resources.threads.len() as u32;
        resources.threads.push(ThreadId(id as i64));
        self.m_of.insert(id, place);
        self.ms.resize(place as usize + 1, Thread::NEW);
        place
    }

    /// Tries to let an event happen whose arguments are at `args`, which ends behind them if it did.
    #[inline(always)]
    pub fn advance<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        data: &[u8],
        args: &mut usize,
        end: usize,
    ) -> Answer {
        let context = match self.ms.get_mut(at.thread as usize) {
            Some(thread) => {
                if !thread.settled {
                    self.claims.thread(thread, at, *out.events);
                }
                Context {
                    m: at.thread,
                    p: thread.proc,
                    g: thread.goroutine,
                }
            }
            None => Context {
                m: NONE,
                p: NONE,
                g: NONE,
            },
        };
        macro_rules! dispatch {
            ($($kind:ident => $handler:ident $(($($extra:expr),+))?,)+) => {
                match at.kind {
                    $(spec::$kind => {
                        match read_arguments::<{ arguments(spec::$kind) }>(data, args) {
                            Some(arguments) if *args <= end => {
                                self.$handler(out, at, context, arguments $($(, $extra)+)?)
                            }
                            _ => Answer::Malformed,
                        }
                    })+
                    // A clock snapshot: timed, but not in the stream of events.
                    _ => Answer::Malformed,
                }
            };
        }
        dispatch! {
            GO_START => go_start,
            GO_BLOCK => go_block,
            GO_UNBLOCK => go_unblock,
            GO_STOP => go_stop,
            GO_CREATE => go_create,
            GO_CREATE_BLOCKED => go_create,
            GO_DESTROY => go_destroy,
            GO_SWITCH => go_switch,
            GO_SWITCH_DESTROY => go_switch,
            GO_STATUS => go_status,
            GO_STATUS_STACK => go_status_stack,
            GO_SYSCALL_BEGIN => go_syscall_begin,
            GO_SYSCALL_END => go_syscall_end,
            GO_SYSCALL_END_BLOCKED => go_syscall_end_blocked,
            GO_CREATE_SYSCALL => go_create_syscall,
            GO_DESTROY_SYSCALL => go_destroy_syscall,
            PROC_START => proc_start,
            PROC_STOP => proc_stop,
            PROC_STEAL => proc_steal,
            PROC_STATUS => proc_status,
            PROCS_CHANGE => procs_change,
            STW_BEGIN => stw_begin,
            STW_END => stw_end,
            GC_ACTIVE => gc_active,
            GC_BEGIN => gc_begin,
            GC_END => gc_end,
            GC_SWEEP_ACTIVE => sweep_active,
            GC_SWEEP_BEGIN => sweep_begin,
            GC_SWEEP_END => sweep_end,
            GC_MARK_ASSIST_ACTIVE => assist_active,
            GC_MARK_ASSIST_BEGIN => assist_begin,
            GC_MARK_ASSIST_END => assist_end,
            HEAP_ALLOC => heap_alloc,
            HEAP_GOAL => heap_goal,
            GO_LABEL => go_label,
            USER_TASK_BEGIN => task_begin,
            USER_TASK_END => task_end,
            USER_REGION_BEGIN => region_begin,
            USER_REGION_END => region_end,
            USER_LOG => user_log,
            SPAN => experimental,
            SPAN_ALLOC => experimental,
            SPAN_FREE => experimental,
            HEAP_OBJECT => experimental,
            HEAP_OBJECT_ALLOC => experimental,
            HEAP_OBJECT_FREE => experimental,
            GOROUTINE_STACK => experimental,
            GOROUTINE_STACK_ALLOC => experimental,
            GOROUTINE_STACK_FREE => experimental,
        }
    }

    /// Something contradicts the state: true if reading is strict and the event is broken; else it is counted.
    #[cold]
    #[must_use]
    pub fn odd<K>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        kind: SlipKind,
        reason: impl FnOnce() -> String,
    ) -> bool {
        let event = EVENTS[usize::from(at.kind)].name;
        if self.strict {
            self.fault = Some(WireError::Inconsistent {
                offset: at.offset,
                generation: self.generation,
                event,
                reason: reason(),
            });
            return true;
        }
        let place = Place {
            generation: self.generation,
            offset: at.offset,
            time: Some(Nanos(at.time)),
        };
        out.report
            .slip(kind, place, || format!("{event}: {}", reason()));
        false
    }

    /// [`Self::odd`] of the most common kind.
    #[cold]
    #[must_use]
    pub fn unfit<K>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        reason: impl FnOnce() -> String,
    ) -> bool {
        self.odd(out, at, SlipKind::EventDoesNotFit, reason)
    }

    /// Whether the event waits for another one. If it is forced, which strict reading never does, that is counted and
    /// it does not wait.
    #[cold]
    #[must_use]
    pub fn waits<K>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        reason: impl FnOnce() -> String,
    ) -> bool {
        !self.forcing
            || self.unfit(out, at, || {
                format!("what it waits for never happens: {}", reason())
            })
    }

    /// Checks what an event needs around it (`validateCtx`); true if it lacks something and reading is strict.
    #[inline(always)]
    #[must_use]
    pub fn lacks<K>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        needs: Needs,
    ) -> bool {
        !needs.are_met(context) && self.lacking(out, at, context, needs)
    }

    #[cold]
    fn lacking<K>(&mut self, out: &mut Out<'_, K>, at: At, context: Context, needs: Needs) -> bool {
        self.unfit(out, at, || {
            if context.m == NONE {
                "expected a thread but didn't have one"
            } else if needs.proc && context.p == NONE {
                "expected a proc but didn't have one"
            } else if needs.goroutine && context.g == NONE {
                "expected a goroutine but didn't have one"
            } else {
                "expected no goroutine but had one"
            }
            .to_owned()
        })
    }

    /// The string of an id; an unknown one is odd, and empty.
    #[inline(always)]
    pub fn string<K>(&mut self, out: &mut Out<'_, K>, at: At, id: u64) -> Option<StringId> {
        match out.tables.string(id) {
            Some(string) => Some(string),
            None => {
                let broken = self.odd(out, at, SlipKind::UnknownString, || {
                    format!("found invalid string ID {id}")
                });
                (!broken).then_some(StringId::EMPTY)
            }
        }
    }

    /// The stack of an id; an unknown one is odd, and empty.
    #[inline(always)]
    pub fn stack<K>(&mut self, out: &mut Out<'_, K>, at: At, id: u64) -> Option<StackId> {
        match out.tables.stack(id) {
            Some(stack) => Some(stack),
            None => {
                let broken = self.odd(out, at, SlipKind::UnknownStack, || {
                    format!("found invalid stack ID {id}")
                });
                (!broken).then_some(StackId::NONE)
            }
        }
    }

    /// The `n`th numbered event of this generation.
    #[inline(always)]
    fn seq(&self, n: u64) -> Seq {
        Seq {
            generation: self.generation,
            n,
        }
    }

    /// Binds a goroutine to a thread, or none to it.
    #[inline(always)]
    fn set_goroutine(&mut self, m: u32, g: u32) {
        if let Some(thread) = self.ms.get_mut(m as usize) {
            thread.goroutine = g;
        }
        if let Some(goroutine) = self.gs.get_mut(g as usize) {
            goroutine.thread = m;
        }
    }

    /// Binds a proc to a thread, or none to it.
    #[inline(always)]
    fn set_proc(&mut self, m: u32, p: u32) {
        if let Some(thread) = self.ms.get_mut(m as usize) {
            thread.proc = p;
        }
        if let Some(proc) = self.ps.get_mut(p as usize) {
            proc.thread = m;
        }
    }

    /// Mends: takes a goroutine from the thread that it is still bound to.
    #[cold]
    fn free_goroutine(&mut self, g: u32) {
        if let Some(goroutine) = self.gs.get(g as usize)
            && let Some(thread) = self.ms.get_mut(goroutine.thread as usize)
            && thread.goroutine == g
        {
            thread.goroutine = NONE;
        }
    }

    /// Mends: takes a proc from the thread that it is still bound to.
    #[cold]
    fn free_proc(&mut self, p: u32) {
        if let Some(proc) = self.ps.get(p as usize)
            && let Some(thread) = self.ms.get_mut(proc.thread as usize)
            && thread.proc == p
        {
            thread.proc = NONE;
        }
    }

    /// The regions and ranges of a goroutine.
    fn extra(&mut self, g: u32) -> Option<&mut Extra> {
        let goroutine = self.gs.get_mut(g as usize)?;
        if goroutine.extra == NONE {
            goroutine.extra = self.free_extras.pop().unwrap_or_else(|| {
                self.extras.push(Extra::default());
                self.extras.len() as u32 - 1
            });
        }
        self.extras.get_mut(goroutine.extra as usize)
    }

    /// A goroutine is no more.
    #[inline(always)]
    fn remove(&mut self, g: u32) {
        if let Some(goroutine) = self.gs.get_mut(g as usize) {
            goroutine.status = ABSENT;
            if goroutine.extra != NONE {
                self.remove_extra(g);
            }
        }
    }

    #[cold]
    fn remove_extra(&mut self, g: u32) {
        if let Some(goroutine) = self.gs.get_mut(g as usize) {
            let place = std::mem::replace(&mut goroutine.extra, NONE);
            if let Some(extra) = self.extras.get_mut(place as usize) {
                extra.regions.clear();
                extra.ranges.clear();
                self.free_extras.push(place);
            }
        }
    }

    /// A goroutine's id, for messages.
    fn g_id(resources: &Resources, g: u32) -> GoroutineId {
        resources
            .goroutines
            .get(g as usize)
            .copied()
            .unwrap_or(GoroutineId::NONE)
    }

    /// A proc's id, for messages.
    fn p_id(resources: &Resources, p: u32) -> ProcId {
        resources
            .procs
            .get(p as usize)
            .copied()
            .unwrap_or(ProcId::NONE)
    }
}

/// What an event needs around it; a thread, always.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    proc: bool,
    goroutine: bool,
    no_goroutine: bool,
}

impl Needs {
    /// A thread is enough.
    pub const THREAD: Self = Self {
        proc: false,
        goroutine: false,
        no_goroutine: false,
    };
    /// A proc, with or without a goroutine.
    pub const PROC: Self = Self {
        proc: true,
        ..Self::THREAD
    };
    /// A goroutine, with or without a proc.
    pub const GOROUTINE: Self = Self {
        goroutine: true,
        ..Self::THREAD
    };
    /// A goroutine on a proc (`userGoReqs`).
    pub const USER: Self = Self {
        goroutine: true,
        ..Self::PROC
    };
    /// A proc that has no goroutine.
    pub const FREE_PROC: Self = Self {
        no_goroutine: true,
        ..Self::PROC
    };
    /// A thread that has no goroutine.
    pub const FREE_THREAD: Self = Self {
        no_goroutine: true,
        ..Self::THREAD
    };

    /// Whether an event has it all around it.
    #[inline(always)]
    pub fn are_met(self, context: Context) -> bool {
        let lacks = (context.m == NONE)
            | (self.proc && context.p == NONE)
            | (self.goroutine && context.g == NONE)
            | (self.no_goroutine && context.g != NONE);
        !lacks
    }
}
