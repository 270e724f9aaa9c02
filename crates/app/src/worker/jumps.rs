//! Jumps from what is selected, and why there may be nowhere to jump to, in words.

use tracepane_timeline::jumps::{Jump, NoJump, jump as find};

use super::details::{lane_of, time_of};
use super::lanes::{hit_of, selection_of};
use super::opened::OpenTrace;
use crate::protocol::{Details, JumpTo, Jumped, Selection};

/// Where a jump leads.
pub fn jump(open: &OpenTrace, from: Selection, to: JumpTo) -> Jumped {
    let trace = &open.trace;
    let towards = |forward| if forward { "later" } else { "earlier" };
    let (wanted, none_left) = match to {
        JumpTo::Life => return life(open, from),
        JumpTo::Task => return task(open, from),
        JumpTo::SameKind { forward } => (
            Jump::SameKind { forward },
            format!("There is no {} one of this kind here.", towards(forward)),
        ),
        JumpTo::SameGoroutine { forward } => (
            Jump::SameGoroutine { forward },
            match forward {
                true => "Its goroutine does not run again in this trace.".to_owned(),
                false => "Its goroutine did not run before in this trace.".to_owned(),
            },
        ),
        JumpTo::Cause => (Jump::Cause, String::new()),
        JumpTo::Effect => (Jump::Effect, String::new()),
    };
    let Some(hit) = hit_of(from) else {
        return Jumped::Nowhere("There is nowhere to go from what is selected.".into());
    };
    let found = find(trace, &open.levels, hit, wanted);
    let why = match found {
        Ok(hit) => {
            let selection = selection_of(hit);
            match selection.and_then(|selection| Some((selection, time_of(trace, selection)?))) {
                Some((selection, time)) => return Jumped::To(selection, time),
                None => "There is nothing to select there.".to_owned(),
            }
        }
        Err(NoJump::NoneLeft | NoJump::NeverRan) => none_left,
        Err(NoJump::ByRuntime) => {
            "The runtime brought it about: the network or a timer, not a goroutine.".into()
        }
        Err(NoJump::Unknown) => "The trace does not say what brought it about.".into(),
        Err(NoJump::NoEffect) => "Its goroutine creates and unblocks no other from here on.".into(),
        Err(NoJump::NoGoroutine) => "What is selected belongs to no goroutine.".into(),
        Err(NoJump::TooFar) => "Nothing was found near enough.".into(),
    };
    Jumped::Nowhere(why)
}

fn life(open: &OpenTrace, from: Selection) -> Jumped {
    let goroutine = lane_of(&open.trace, from);
    let life = goroutine.and_then(|goroutine| {
        let selection = Selection::Goroutine(goroutine.0);
        Some(Jumped::To(selection, time_of(&open.trace, selection)?))
    });
    life.unwrap_or_else(|| Jumped::Nowhere("What is selected belongs to no goroutine.".into()))
}

fn task(open: &OpenTrace, from: Selection) -> Jumped {
    let trace = &open.trace;
    let task = super::details::details(open, from)
        .and_then(|Details { task, .. }| task?.parse().ok())
        .and_then(|id| tracepane_timeline::family::task_of(trace, tracepane_model::TaskId(id)));
    let found = task.and_then(|task| {
        let selection = Selection::Task(task.0);
        Some(Jumped::To(selection, time_of(trace, selection)?))
    });
    found.unwrap_or_else(|| Jumped::Nowhere("What is selected belongs to no task.".into()))
}
