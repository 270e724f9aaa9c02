//! What of a trace a term is about, as sets of its strings, stacks and goroutines: each text is looked at once.

use std::cell::RefCell;
use std::rc::Rc;

use tracepane_model::{
    FrameRef, GoroutineIndex, RangeKind, ReasonId, SpanKind, SpanState, StackRef, TaskId, Trace,
};

use super::bits::Bits;
use super::query::{Length, States, Text};
use super::reasons::Wait;
use super::stretches::{OwnStretches, Stretches};
use super::thing::{range_bit, region_time};
use crate::stack_reason;
use crate::tasks::{is_background, time_of};

/// Every kind that a span can have.
const KINDS: usize = 1 << 16;

/// Makes sets; what two terms have in common is made once.
pub struct Sets<'a> {
    pub trace: &'a Trace,
    strings: RefCell<Vec<(Text, Rc<Bits>)>>,
}

impl<'a> Sets<'a> {
    pub fn new(trace: &'a Trace) -> Self {
        Self {
            trace,
            strings: RefCell::default(),
        }
    }

    /// The strings that a text is in.
    pub fn strings(&self, text: &Text) -> Rc<Bits> {
        let mut known = self.strings.borrow_mut();
        if let Some((_, bits)) = known.iter().find(|(of, _)| of == text) {
            return Rc::clone(bits);
        }
        let strings = &self.trace.strings;
        let mut bits = Bits::none(strings.len());
        match text {
            Text::Exactly(whole) => {
                if let Some(string) = strings.find(whole) {
                    bits.set(string.0);
                }
            }
            Text::Part(_) => {
                for (string, found) in strings.iter() {
                    if text.is_in(found) {
                        bits.set(string.0);
                    }
                }
            }
        }
        let bits = Rc::new(bits);
        known.push((text.clone(), Rc::clone(&bits)));
        bits
    }

    /// The stacks of which a frame passes: any frame, or the innermost.
    fn stacks(&self, top: bool, passes: impl Fn(FrameRef) -> bool) -> Rc<Bits> {
        let stacks = &self.trace.stacks;
        let frames = Bits::of(stacks.frames.len(), |frame| passes(FrameRef(frame)));
        let most = if top { 1 } else { usize::MAX };
        let any = !frames.is_empty();
        Rc::new(Bits::of(stacks.len(), |stack| {
            any && stacks
                .get(StackRef(stack))
                .iter()
                .take(most)
                .any(|frame| frames.has(frame.0))
        }))
    }

    /// The stacks with such a function in them.
    pub fn functions(&self, text: &Text, top: bool) -> Rc<Bits> {
        let strings = self.strings(text);
        self.stacks(top, |frame| {
            strings.has(self.trace.stacks.frame(frame).function.0)
        })
    }

    /// The stacks with such a file, or a line of it, in them.
    pub fn files(&self, text: &Text, line: Option<u64>) -> Rc<Bits> {
        let strings = self.strings(text);
        self.stacks(false, |frame| {
            let row = self.trace.stacks.frame(frame);
            strings.has(row.file.0) && line.is_none_or(|line| row.line == line)
        })
    }

    /// One stack.
    pub fn stack(&self, stack: u32) -> Rc<Bits> {
        let mut bits = Bits::none(self.trace.stacks.len());
        if stack != 0 {
            bits.set(stack);
        }
        Rc::new(bits)
    }

    fn goroutines(&self, passes: impl Fn(GoroutineIndex) -> bool) -> Rc<Bits> {
        let count = self.trace.goroutines.len();
        Rc::new(Bits::of(count, |i| passes(GoroutineIndex(i))))
    }

    /// Goroutines by number.
    pub fn numbered(&self, ids: &[i64]) -> Rc<Bits> {
        let mut sorted = ids.to_vec();
        sorted.sort_unstable();
        let rows = &self.trace.goroutines;
        self.goroutines(|g| sorted.binary_search(&rows.row(g).id.0).is_ok())
    }

    /// Goroutines by the function that they were started with.
    pub fn group(&self, text: &Text) -> Rc<Bits> {
        let strings = self.strings(text);
        let rows = &self.trace.goroutines;
        self.goroutines(|g| strings.has(rows.row(g).name.0))
    }

    /// Goroutines whose function or label has a word, or whose number it is.
    pub fn called(&self, text: &Text) -> Rc<Bits> {
        let strings = self.strings(text);
        let rows = &self.trace.goroutines;
        let id = number(text, "g");
        self.goroutines(|g| {
            let row = rows.row(g);
            strings.has(row.name.0)
                || row.label.0 != 0 && strings.has(row.label.0)
                || Some(row.id.0) == id
        })
    }

    /// Pairs of proc and thread with such a proc, or with such a thread.
    pub fn placements(&self, ids: &[i64], threads: bool) -> Rc<Bits> {
        let procs = &self.trace.procs;
        let wanted = self.actors(ids, threads);
        Rc::new(Bits::of(procs.placements.len(), |i| {
            let placement = procs.placements[i as usize];
            wanted.has(if threads {
                placement.thread.0
            } else {
                placement.proc.0
            })
        }))
    }

    /// Procs, or threads, by number.
    pub fn actors(&self, ids: &[i64], threads: bool) -> Rc<Bits> {
        let procs = &self.trace.procs;
        Rc::new(if threads {
            Bits::of(procs.threads.len(), |i| {
                ids.contains(&procs.threads[i as usize].0)
            })
        } else {
            Bits::of(procs.ids.len(), |i| ids.contains(&procs.ids[i as usize].0))
        })
    }

    /// Kinds of spans.
    fn kinds(&self, passes: impl Fn(SpanState, ReasonId) -> bool) -> Rc<Bits> {
        let mut bits = Bits::none(KINDS);
        let reasons = self.trace.spans.reasons.len().clamp(1, 1 << 12);
        for reason in (0..reasons as u16).map(ReasonId) {
            for state in SpanState::ALL.into_iter().filter(|&s| s != SpanState::Dead) {
                if passes(state, reason) {
                    for went_on in [false, true] {
                        bits.set(u32::from(packed(SpanKind::new(state, reason, went_on))));
                    }
                }
            }
        }
        Rc::new(bits)
    }

    /// Spans in a state.
    pub fn in_state(&self, states: States) -> Rc<Bits> {
        self.kinds(|state, _| states.has(state))
    }

    /// Spans in a state for a reason.
    pub fn with_reason(&self, states: States, text: &Text) -> Rc<Bits> {
        self.kinds(|state, reason| {
            let found = crate::names::reason(self.trace, reason);
            states.has(state) && (text.is_any() || !found.is_empty() && text.is_in(found))
        })
    }

    /// Waits of a class.
    pub fn waits(&self, wait: Wait) -> Rc<Bits> {
        self.kinds(|state, reason| {
            state == SpanState::Waiting
                && Wait::of(crate::names::reason(self.trace, reason)) == wait
        })
    }

    /// Waits without a reason, and the stacks that tell a reason of that kind.
    pub fn waits_by_stack(&self, passes: impl Fn(&str) -> bool) -> (Rc<Bits>, Rc<Bits>) {
        let kinds =
            self.kinds(|state, reason| state == SpanState::Waiting && reason == ReasonId::NONE);
        let stacks = Bits::of(self.trace.stacks.len(), |stack| {
            let told = stack_reason::of(self.trace, StackRef(stack));
            !told.is_empty() && passes(told)
        });
        (kinds, Rc::new(stacks))
    }

    /// The numbers of tasks, sorted.
    pub fn tasks(&self, passes: impl Fn(&tracepane_model::TaskRow) -> bool) -> Rc<Vec<u64>> {
        let tasks = self.trace.tasks.iter();
        let mut ids: Vec<u64> = tasks
            .filter(|task| !is_background(task) && passes(task))
            .map(|task| task.id.0)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        Rc::new(ids)
    }

    /// Tasks of a type that last so long.
    pub fn tasks_named(&self, text: &Text, length: Option<Length>) -> Rc<Vec<u64>> {
        let strings = self.strings(text);
        self.tasks(|task| strings.has(task.name.0) && self.lasts(task, length))
    }

    /// Tasks of these numbers that last so long.
    pub fn tasks_numbered(&self, ids: &[u64], length: Option<Length>) -> Rc<Vec<u64>> {
        self.tasks(|task| ids.contains(&task.id.0) && self.lasts(task, length))
    }

    fn lasts(&self, task: &tracepane_model::TaskRow, length: Option<Length>) -> bool {
        let time = time_of(self.trace, task).length().0;
        length.is_none_or(|length| length.has(time))
    }

    /// When goroutines worked for tasks: in regions of them, and all of a life that inherited one.
    pub fn work(&self, ids: &[u64]) -> Rc<OwnStretches> {
        let trace = self.trace;
        let is = |id: TaskId| ids.binary_search(&id.0).is_ok();
        let regions = trace.regions.iter().filter(|region| is(region.task));
        let mut all: Vec<_> = regions
            .map(|region| {
                let (start, end) = region_time(trace, &region);
                (region.goroutine, start, end)
            })
            .collect();
        for (i, row) in (0u32..).zip(&trace.goroutines.rows) {
            if is(row.inherited_task) {
                let end = row.ended.unwrap_or(trace.end).0;
                all.push((GoroutineIndex(i), row.created.0, end.max(row.created.0)));
            }
        }
        Rc::new(OwnStretches::new(trace.goroutines.len(), all))
    }

    /// When goroutines were in regions of a name that last so long.
    pub fn regions(&self, text: &Text, length: Option<Length>) -> Rc<OwnStretches> {
        let trace = self.trace;
        let strings = self.strings(text);
        let regions = trace.regions.iter().filter(|row| strings.has(row.name.0));
        let all = regions
            .map(|row| (row.goroutine, region_time(trace, &row)))
            .filter(|&(_, (start, end))| {
                length.is_none_or(|length| length.has(end.saturating_sub(start)))
            })
            .map(|(goroutine, (start, end))| (goroutine, start, end));
        Rc::new(OwnStretches::new(trace.goroutines.len(), all.collect()))
    }

    /// When ranges of these kinds (see [`range_bit`]) were going on, pauses for what passes.
    pub fn ranges(
        &self,
        bits: u8,
        length: Option<Length>,
        passes: impl Fn(u32) -> bool,
    ) -> Rc<Stretches> {
        let rows = self.trace.ranges.rows.iter().filter(|row| {
            let what = match row.kind {
                RangeKind::StopTheWorld(what) => passes(what.0),
                _ => true,
            };
            range_bit(row.kind) & bits != 0
                && what
                && length
                    .is_none_or(|length| length.has(row.end.0.saturating_sub(row.start.0).max(0)))
        });
        let times = rows.map(|row| (row.start.0, row.end.0.max(row.start.0)));
        Rc::new(Stretches::new(times.collect()))
    }

    /// When goroutines helped the GC.
    pub fn assists(&self, length: Option<Length>) -> Rc<OwnStretches> {
        let trace = self.trace;
        let all = trace
            .ranges
            .bound_to_goroutines()
            .filter(|(_, row)| row.kind == RangeKind::GcMarkAssist)
            .map(|(goroutine, row)| (goroutine, row.start.0, row.end.0.max(row.start.0)))
            .filter(|&(_, start, end)| {
                length.is_none_or(|length| length.has(end.saturating_sub(start)))
            });
        Rc::new(OwnStretches::new(trace.goroutines.len(), all.collect()))
    }
}

/// The number that a word is, perhaps after a sign.
pub fn number(text: &Text, sign: &str) -> Option<i64> {
    let (Text::Part(text) | Text::Exactly(text)) = text;
    text.strip_prefix(sign).unwrap_or(text).parse().ok()
}

/// A kind's bits.
#[inline]
pub fn packed(kind: SpanKind) -> u16 {
    kind.state() as u16 | u16::from(kind.was_going_on()) << 3 | kind.reason().0 << 4
}
