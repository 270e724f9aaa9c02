//! What must hold of every [`Trace`], whatever the file says; tests ask it of all they load.

use std::fmt::Display;

use tracepane_wire::{GoroutineIndex, Nanos, ProcIndex, ThreadIndex};

use crate::goroutine::GroupIndex;
use crate::proc::PlacementId;
use crate::range::{RangeKind, RangeScope};
use crate::span::{Cause, SpanIndex, SpanState};
use crate::stack::StackRef;
use crate::string::StringRef;
use crate::trace::Trace;

type Checked = Result<(), String>;

impl Trace {
    /// Checks every invariant of the tables: order, lists that agree with columns, places in range.
    ///
    /// # Errors
    /// A sentence about the first one that does not hold.
    pub fn check(&self) -> Result<(), String> {
        self.check_spans()?;
        self.check_goroutines()?;
        self.check_procs()?;
        self.check_stacks()?;
        self.check_ranges()?;
        self.check_user()?;
        self.check_rest()
    }

    /// The first table in which this and another trace are not the same, if any.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        let same = [
            ("strings", self.strings == other.strings),
            ("stacks", self.stacks == other.stacks),
            ("generations", self.generations == other.generations),
            (
                "spans' starts",
                self.spans.start_low == other.spans.start_low,
            ),
            (
                "spans' goroutines",
                self.spans.goroutine == other.spans.goroutine,
            ),
            ("spans' kinds", self.spans.kind == other.spans.kind),
            ("spans' stacks", self.spans.stack == other.spans.stack),
            ("spans' causes", self.spans.cause == other.spans.cause),
            (
                "views of system calls",
                self.spans.syscall_views == other.spans.syscall_views,
            ),
            ("spans", self.spans == other.spans),
            ("goroutines", self.goroutines == other.goroutines),
            ("spans of procs", self.procs.spans == other.procs.spans),
            (
                "placements",
                self.procs.placements == other.procs.placements,
            ),
            ("procs", self.procs == other.procs),
            ("ranges", self.ranges == other.ranges),
            ("metrics", self.metrics == other.metrics),
            ("samples", self.samples == other.samples),
            ("tasks", self.tasks == other.tasks),
            ("regions", self.regions == other.regions),
            ("logs", self.logs == other.logs),
            ("labels", self.labels == other.labels),
            ("report", self.report == other.report),
        ];
        let first = same.into_iter().find(|&(_, same)| !same);
        let all = self == other;
        first
            .map(|(table, _)| table)
            .or((!all).then_some("counts or times"))
    }

    fn check_spans(&self) -> Checked {
        let spans = &self.spans;
        for (name, len) in [
            ("goroutine", spans.goroutine.len()),
            ("kind", spans.kind.len()),
            ("stack", spans.stack.len()),
            ("cause", spans.cause.len()),
        ] {
            ensure(len == spans.len(), || {
                format!("column {name} has {len} of {} rows", spans.len())
            })?;
        }
        let mut before = Nanos(0);
        for (i, start) in spans.iter() {
            let at = |what: &dyn Display| format!("span {}: {what}", i.0);
            ensure(start == spans.start(i), || at(&"start and iter differ"))?;
            ensure(before <= start && start <= self.end, || at(&"out of order"))?;
            before = start;
            self.goroutine(spans.goroutine(i), false)?;
            self.stack(spans.stack(i))?;
            let reason = usize::from(spans.kind(i).reason().0);
            ensure(reason < spans.reasons.len(), || at(&"reason"))?;
            match spans.cause(i) {
                Cause::None => {}
                Cause::Goroutine(g) => self.goroutine(g, false)?,
                Cause::Placement(PlacementId(p)) => {
                    let known = (p as usize) < self.procs.placements.len();
                    ensure(known, || at(&"placement"))?;
                }
            }
        }
        for &reason in &spans.reasons {
            self.string(reason)?;
        }
        for view in &spans.syscall_views {
            ensure((view.span.0 as usize) < spans.len(), || "view".to_string())?;
            let state = spans.kind(view.span).state();
            ensure(
                matches!(state, SpanState::Syscall | SpanState::SyscallBlocked),
                || format!("view of span {}: {state:?}", view.span.0),
            )?;
        }
        ensure(
            spans.syscall_views.is_sorted_by_key(|view| view.span),
            || "views are out of order".to_string(),
        )
    }

    fn check_goroutines(&self) -> Checked {
        let goroutines = &self.goroutines;
        let mut seen = 0;
        for (i, row) in goroutines.rows.iter().enumerate() {
            let g = GoroutineIndex(i as u32);
            let at = |what: &str| format!("goroutine {} (index {i}): {what}", row.id);
            let list = goroutines.spans(g);
            seen += list.len();
            ensure(list.is_sorted_by(|a, b| a < b), || at("list out of order"))?;
            ensure(
                list.iter()
                    .all(|&s| self.spans.goroutine(SpanIndex(s)) == g),
                || at("another's span in its list"),
            )?;
            let state = |s: u32| self.spans.kind(SpanIndex(s)).state();
            // Two spans of the same state in a row would be one.
            ensure(
                list.windows(2)
                    .all(|w| state(w[0]) != SpanState::Dead || state(w[1]) != SpanState::Dead),
                || at("dies twice"),
            )?;
            self.string(row.name)?;
            self.string(row.label)?;
            self.stack(row.created_at)?;
            self.stack(row.started_with)?;
            self.goroutine(row.creator, true)?;
            ensure(row.created <= self.end, || at("created after the end"))?;
            ensure(row.ended.is_none_or(|end| row.created <= end), || {
                at("ends before it begins")
            })?;
            ensure((row.group.0 as usize) < goroutines.groups.len(), || {
                at("group")
            })?;
            let name = goroutines.groups[row.group.0 as usize];
            ensure(name == row.name, || at("in a group of another name"))?;
            let members = goroutines.members(row.group);
            ensure(members.binary_search(&g).is_ok() != list.is_empty(), || {
                at("membership")
            })?;
        }
        ensure(seen == self.spans.len(), || {
            format!("lists have {seen} of {} spans", self.spans.len())
        })?;
        let members: usize = (0..goroutines.groups.len())
            .map(|i| goroutines.members(GroupIndex(i as u32)).len())
            .sum();
        ensure(members <= goroutines.len(), || "members".to_string())
    }

    fn check_procs(&self) -> Checked {
        for place in &self.procs.placements {
            self.proc(place.proc)?;
            self.thread(place.thread)?;
        }
        let mut before = Nanos(0);
        for span in self.procs.spans.iter() {
            ensure(before <= span.start && span.start <= self.end, || {
                format!("proc span at {:?} out of order", span.start)
            })?;
            before = span.start;
            self.proc(span.proc)?;
            self.thread(span.thread)?;
        }
        for i in 0..self.procs.ids.len() {
            let proc = ProcIndex(i as u32);
            let list = self.procs.ran(proc);
            ensure(list.is_sorted_by(|a, b| a < b), || {
                format!("proc index {i}: list out of order")
            })?;
            for &span in list {
                let on = match self.spans.cause(SpanIndex(span)) {
                    Cause::Placement(place) => self.procs.placement(place).proc,
                    _ => ProcIndex::NONE,
                };
                ensure(on == proc, || format!("span {span} is not on proc {i}"))?;
            }
        }
        Ok(())
    }

    fn check_stacks(&self) -> Checked {
        for i in 1..self.stacks.len() {
            for frame in self.stacks.get(StackRef(i as u32)) {
                ensure((frame.0 as usize) < self.stacks.frames.len(), || {
                    format!("stack {i}: frame {}", frame.0)
                })?;
            }
        }
        for frame in &self.stacks.frames {
            self.string(frame.function)?;
            self.string(frame.file)?;
        }
        Ok(())
    }

    fn check_ranges(&self) -> Checked {
        let ranges = &self.ranges;
        let mut before = Nanos(0);
        let (mut of_goroutines, mut of_procs) = (0, 0);
        for (i, row) in ranges.rows.iter().enumerate() {
            let fits = before <= row.start && row.start <= row.end && row.end <= self.end;
            ensure(fits, || format!("range {i}: times"))?;
            before = row.start;
            self.stack(row.stack)?;
            self.goroutine(row.began_by, true)?;
            self.goroutine(row.ended_by, true)?;
            if let RangeKind::StopTheWorld(kind) = row.kind {
                self.string(kind)?;
            }
            match row.scope {
                RangeScope::Global => {}
                RangeScope::Proc(proc) => {
                    of_procs += 1;
                    self.proc(proc)?;
                }
                RangeScope::Goroutine(goroutine) => {
                    of_goroutines += 1;
                    self.goroutine(goroutine, true)?;
                }
            }
        }
        for found in &ranges.found {
            let row = ranges.rows.get(found.row as usize);
            let fits = row.is_some_and(|row| !row.begin_seen && row.start <= found.time);
            ensure(fits, || format!("range {}: found", found.row))?;
            self.proc(found.proc)?;
        }
        let lists = (ranges.by_goroutine.len(), ranges.by_proc.len());
        ensure(lists == (of_goroutines, of_procs), || {
            "ranges' lists".to_string()
        })
    }

    fn check_user(&self) -> Checked {
        for task in &self.tasks {
            let ordered = task.start.zip(task.end).is_none_or(|(a, b)| a <= b);
            ensure(ordered, || format!("task {:?} ends too early", task.id))?;
            self.string(task.name)?;
            self.stack(task.begin_stack)?;
            self.stack(task.end_stack)?;
            self.goroutine(task.began_by, true)?;
            self.goroutine(task.ended_by, true)?;
        }
        for region in self.regions.iter() {
            let ordered = region.start.zip(region.end).is_none_or(|(a, b)| a <= b);
            ensure(ordered, || format!("{region:?} ends too early"))?;
            self.string(region.name)?;
            self.stack(region.begin_stack)?;
            self.stack(region.end_stack)?;
            self.goroutine(region.goroutine, true)?;
        }
        for log in self.logs.iter() {
            self.string(log.category)?;
            self.string(log.message)?;
            self.stack(log.stack)?;
            self.goroutine(log.goroutine, true)?;
        }
        for label in self.labels.iter() {
            self.string(label.label)?;
            self.goroutine(label.goroutine, true)?;
        }
        Ok(())
    }

    fn check_rest(&self) -> Checked {
        for sample in self.samples.iter() {
            self.stack(sample.stack)?;
            self.goroutine(sample.goroutine, true)?;
            self.proc(sample.proc)?;
            self.thread(sample.thread)?;
        }
        let metrics = &self.metrics;
        for column in [
            &metrics.gomaxprocs,
            &metrics.heap_objects,
            &metrics.heap_goal,
        ] {
            ensure(
                column.iter().is_sorted_by_key(|point| point.time)
                    && column.last().is_none_or(|point| point.time <= self.end),
                || "counters out of order".to_string(),
            )?;
        }
        ensure(self.generations.is_sorted_by_key(|row| row.start), || {
            "generations out of order".to_string()
        })
    }

    fn goroutine(&self, goroutine: GoroutineIndex, or_none: bool) -> Checked {
        place("goroutine", goroutine.get(), self.goroutines.len(), or_none)
    }

    fn proc(&self, proc: ProcIndex) -> Checked {
        place("proc", proc.get(), self.procs.ids.len(), true)
    }

    fn thread(&self, thread: ThreadIndex) -> Checked {
        place("thread", thread.get(), self.procs.threads.len(), true)
    }

    fn stack(&self, stack: StackRef) -> Checked {
        place("stack", Some(stack.0 as usize), self.stacks.len(), false)
    }

    fn string(&self, string: StringRef) -> Checked {
        place("string", Some(string.0 as usize), self.strings.len(), false)
    }
}

fn place(what: &str, place: Option<usize>, count: usize, or_none: bool) -> Checked {
    ensure(place.map_or(or_none, |i| i < count), || {
        format!("{what} {place:?}, but there are {count}")
    })
}

fn ensure(holds: bool, sentence: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(sentence()) }
}
