//! What the traced program says: tasks, regions, logs, labels; and what experiments say.

use super::{Answer, At, Context, Needs, Orderer, Out};
use crate::event::EventKind;
use crate::id::{StackId, TaskId};
use crate::limits;
use crate::report::SlipKind;
use crate::sink::Sink;
use crate::v2::state::{NONE, Task};

impl Orderer {
    /// `advanceUserTaskBegin`.
    ///
    /// A task may be named without a beginning and end more than once; the only thing that cannot be is that it begins
    /// again before it ended. Ids may be used again after an end.
    #[inline(always)]
    pub(super) fn task_begin<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [id, parent, name, stack]: [u64; 4],
    ) -> Answer {
        if self.tasks.contains_key(&id)
            && self.odd(out, at, SlipKind::TaskBeganTwice, || {
                format!("task ID conflict: {id}")
            })
        {
            return Answer::Broken;
        }
        // 0 means no parent here, not the background task: only regions belong to that by themselves.
        let parent = if parent == TaskId::BACKGROUND.0 {
            TaskId::NONE
        } else {
            TaskId(parent)
        };
        let (Some(name), Some(stack)) = (self.string(out, at, name), self.stack(out, at, stack))
        else {
            return Answer::Broken;
        };
        if self.lacks(out, at, context, Needs::USER) {
            return Answer::Broken;
        }
        let task = Task {
            name: self.names.of(name, &out.tables.tables),
            parent,
        };
        self.tasks.insert(id, task);
        let task = TaskId(id);
        let kind = EventKind::TaskBegin { task, parent, name };
        out.emit(at.time, context, stack, kind);
        Answer::Advanced
    }

    /// `advanceUserTaskEnd`: with what its beginning said, even in an earlier generation.
    #[inline(always)]
    pub(super) fn task_end<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [id, stack]: [u64; 2],
    ) -> Answer {
        let Some(stack) = self.stack(out, at, stack) else {
            return Answer::Broken;
        };
        if self.lacks(out, at, context, Needs::USER) {
            return Answer::Broken;
        }
        let (parent, name) = match self.tasks.remove(&id) {
            Some(task) => (
                task.parent,
                self.names.string(task.name, &mut out.tables.tables),
            ),
            None => (TaskId::NONE, Default::default()),
        };
        let task = TaskId(id);
        let kind = EventKind::TaskEnd { task, parent, name };
        out.emit(at.time, context, stack, kind);
        Answer::Advanced
    }

    /// `advanceUserRegionBegin`.
    #[inline(always)]
    pub(super) fn region_begin<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [task, name, stack]: [u64; 3],
    ) -> Answer {
        if self.lacks(out, at, context, Needs::USER) {
            return Answer::Broken;
        }
        let (Some(name), Some(stack)) = (self.string(out, at, name), self.stack(out, at, stack))
        else {
            return Answer::Broken;
        };
        let task = TaskId(task);
        let interned = self.names.of(name, &out.tables.tables);
        // Without a goroutine it is nobody's region.
        let Some(extra) = self.extra(context.g) else {
            return Answer::Advanced;
        };
        extra.regions.push((task, interned));
        let kind = EventKind::RegionBegin { task, name };
        out.emit(at.time, context, stack, kind);
        Answer::Advanced
    }

    /// `advanceUserRegionEnd`: it must be the goroutine's innermost one, unless none is known to be open.
    #[inline(always)]
    pub(super) fn region_end<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [task, name, stack]: [u64; 3],
    ) -> Answer {
        if self.lacks(out, at, context, Needs::USER) {
            return Answer::Broken;
        }
        let (Some(name), Some(stack)) = (self.string(out, at, name), self.stack(out, at, stack))
        else {
            return Answer::Broken;
        };
        let region = (TaskId(task), self.names.of(name, &out.tables.tables));
        let Some(extra) = self.extra(context.g) else {
            return Answer::Advanced;
        };
        // Without any that is known to be open it began before the trace did.
        if let Some(&innermost) = extra.regions.last() {
            if innermost == region {
                extra.regions.pop();
            } else if self.end_out_of_turn(out, at, context.g, region, innermost) {
                return Answer::Broken;
            }
        }
        let task = TaskId(task);
        let kind = EventKind::RegionEnd { task, name };
        out.emit(at.time, context, stack, kind);
        Answer::Advanced
    }

    /// A region ends that is not the innermost one: those inside it are over as well.
    #[cold]
    fn end_out_of_turn<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        g: u32,
        region: (TaskId, u32),
        innermost: (TaskId, u32),
    ) -> bool {
        let id = Self::g_id(out.resources, g);
        let names = std::mem::take(&mut self.names);
        let broken = self.odd(out, at, SlipKind::UnbalancedRegion, || {
            format!(
                "misuse of region in goroutine {}: region end {:?} (task {}) when the inner-most active region is {:?} (task {})",
                id,
                names.text(region.1),
                region.0.0,
                names.text(innermost.1),
                innermost.0.0
            )
        });
        self.names = names;
        if let Some(extra) = self.extra(g) {
            let from = extra.regions.len().saturating_sub(limits::REGION_SEARCH);
            if let Some(place) = extra.regions[from..]
                .iter()
                .rposition(|open| *open == region)
            {
                extra.regions.truncate(from + place);
            }
        }
        broken
    }

    /// `advanceAnnotation` of a log message.
    #[inline(always)]
    pub(super) fn user_log<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [task, category, message, stack]: [u64; 4],
    ) -> Answer {
        if self.lacks(out, at, context, Needs::USER) {
            return Answer::Broken;
        }
        let (Some(category), Some(message), Some(stack)) = (
            self.string(out, at, category),
            self.string(out, at, message),
            self.stack(out, at, stack),
        ) else {
            return Answer::Broken;
        };
        let task = TaskId(task);
        let kind = EventKind::Log {
            task,
            category,
            message,
        };
        out.emit(at.time, context, stack, kind);
        Answer::Advanced
    }

    /// `advanceAnnotation` of a goroutine's label.
    #[inline(always)]
    pub(super) fn go_label<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [label]: [u64; 1],
    ) -> Answer {
        if self.lacks(out, at, context, Needs::USER) {
            return Answer::Broken;
        }
        let Some(label) = self.string(out, at, label) else {
            return Answer::Broken;
        };
        // Without a goroutine it is nobody's label.
        if context.g == NONE {
            return Answer::Advanced;
        }
        let kind = EventKind::Label { label };
        out.emit(at.time, context, StackId::NONE, kind);
        Answer::Advanced
    }

    /// `advanceAllocFree`: on any thread.
    #[inline(always)]
    pub(super) fn experimental<K: Sink, const N: usize>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        arguments: [u64; N],
    ) -> Answer {
        if self.lacks(out, at, context, Needs::THREAD) {
            return Answer::Broken;
        }
        let mut args = [0; 3];
        for (arg, value) in args.iter_mut().zip(arguments) {
            *arg = value;
        }
        let kind = EventKind::Experimental {
            event_type: at.kind,
            args,
        };
        out.emit(at.time, context, StackId::NONE, kind);
        Answer::Advanced
    }
}
