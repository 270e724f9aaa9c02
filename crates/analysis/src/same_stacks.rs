//! Which stacks `go tool trace` takes for the same: it compares 128 program counters, and fills up short stacks with
//! zeros (`pcsForStack` of `cmd/trace/pprof.go`). So stacks are one that differ only below the 128th frame, or only in
//! frames with program counter 0 at their roots, which the runtime writes for frames it cannot name.

use rustc_hash::FxHashMap;
use tracepane_model::{StackRef, Stacks};
use tracepane_pprof::MAX_FRAMES;

/// The stacks that are the same as another one.
#[derive(Clone, Default, Debug)]
pub(crate) struct SameStacks {
    /// By stack: the one that stands for all that are the same. Empty if no two are.
    first: Vec<StackRef>,
    /// By stack that stands for others: the one of them that was counted last, whose frames `go tool trace` shows, and
    /// its place in the order of time.
    shown: Vec<(StackRef, u32)>,
}

impl SameStacks {
    /// Finds them.
    pub(crate) fn new(stacks: &Stacks) -> Self {
        let all = || (0..stacks.len() as u32).map(StackRef);
        let pcs = |stack: StackRef| -> Vec<u64> {
            let mut pcs: Vec<u64> = stacks
                .get(stack)
                .iter()
                .take(MAX_FRAMES)
                .map(|&frame| stacks.frame(frame).pc)
                .collect();
            while pcs.last() == Some(&0) {
                pcs.pop();
            }
            pcs
        };
        let is_odd = |stack: StackRef| {
            let frames = stacks.get(stack);
            frames.len() > MAX_FRAMES || stacks.root(stack).is_some_and(|root| root.pc == 0)
        };
        if !all().any(is_odd) {
            return Self::default();
        }
        let mut seen: FxHashMap<Vec<u64>, StackRef> = FxHashMap::default();
        let first: Vec<StackRef> = all()
            .map(|stack| *seen.entry(pcs(stack)).or_insert(stack))
            .collect();
        Self {
            shown: first.iter().map(|&stack| (stack, 0)).collect(),
            first,
        }
    }

    /// The stack to count a wait for, which began with `stack`. Waits may come in any order: `order` says which of two
    /// ended later.
    #[inline]
    pub(crate) fn count(&mut self, stack: StackRef, order: u32) -> StackRef {
        let Some(&first) = self.first.get(stack.0 as usize) else {
            return stack;
        };
        let shown = &mut self.shown[first.0 as usize];
        if order >= shown.1 {
            *shown = (stack, order);
        }
        first
    }

    /// The stack whose frames to show for those counted as `first`.
    pub(crate) fn shown(&self, first: StackRef) -> StackRef {
        self.shown
            .get(first.0 as usize)
            .map_or(first, |&(stack, _)| stack)
    }
}

#[cfg(test)]
mod tests {
    use tracepane_model::StringRef;
    use tracepane_model::stack::FrameRow;

    use super::*;

    fn stacks(of: &[&[u64]]) -> (Stacks, Vec<StackRef>) {
        let mut stacks = Stacks::new();
        let refs = of
            .iter()
            .map(|pcs| {
                let frames: Vec<_> = pcs
                    .iter()
                    .map(|&pc| {
                        stacks.intern_frame(FrameRow {
                            pc,
                            function: StringRef(0),
                            file: StringRef(0),
                            line: 0,
                        })
                    })
                    .collect();
                stacks.intern(&frames)
            })
            .collect();
        (stacks, refs)
    }

    #[test]
    fn zeros_at_the_root_do_not_count_and_the_last_one_is_shown() {
        let (stacks, refs) = stacks(&[&[0], &[1, 2], &[1, 2, 0], &[0, 1]]);
        let mut same = SameStacks::new(&stacks);
        assert_eq!(same.count(refs[0], 1), StackRef::NONE);
        assert_eq!(same.shown(StackRef::NONE), refs[0]);
        assert_eq!(same.count(StackRef::NONE, 2), StackRef::NONE);
        assert_eq!(same.shown(StackRef::NONE), StackRef::NONE);
        assert_eq!(same.count(refs[2], 3), refs[1]);
        assert_eq!(same.shown(refs[1]), refs[2]);
        assert_eq!(same.count(refs[3], 4), refs[3]);
    }

    #[test]
    fn the_last_one_in_time_is_shown_whatever_comes_last() {
        let (stacks, refs) = stacks(&[&[1, 2], &[1, 2, 0]]);
        let mut same = SameStacks::new(&stacks);
        same.count(refs[1], 20);
        same.count(refs[0], 10);
        assert_eq!(same.shown(refs[0]), refs[1]);
    }

    #[test]
    fn frames_below_the_128th_do_not_count() {
        let deep: Vec<u64> = (1..=200).collect();
        let mut other = deep.clone();
        other[150] = 999;
        let mut another = deep.clone();
        another[100] = 999;
        let (stacks, refs) = stacks(&[&deep, &other, &another]);
        let mut same = SameStacks::new(&stacks);
        assert_eq!(same.count(refs[1], 5), refs[0]);
        assert_eq!(same.count(refs[2], 6), refs[2]);
    }

    #[test]
    fn usually_all_are_different() {
        let (stacks, refs) = stacks(&[&[1], &[1, 2]]);
        let mut same = SameStacks::new(&stacks);
        assert!(same.first.is_empty());
        assert_eq!(same.count(refs[1], 7), refs[1]);
        assert_eq!(same.shown(refs[1]), refs[1]);
    }
}
