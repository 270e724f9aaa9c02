//! One span, explained: what the goroutine did, since when, where in its code, and who ended its wait.

use tracepane_model::{
    Cause, GoroutineIndex, Nanos, Placement, ReasonId, SpanIndex, SpanKind, SpanState, StackRef,
    Trace,
};

/// Everything the details panel says of a span.
#[derive(Clone, PartialEq, Debug)]
pub struct SpanDetails {
    /// Which.
    pub span: SpanIndex,
    /// Whose.
    pub goroutine: GoroutineIndex,
    /// What the goroutine does in it.
    pub state: SpanState,
    /// Why.
    pub reason: ReasonId,
    /// Whether the goroutine was already in this state when the trace began.
    pub was_going_on: bool,
    /// When it begins.
    pub start: Nanos,
    /// When it ends.
    pub end: Nanos,
    /// Whether it goes on after the trace.
    pub unfinished: bool,
    /// Where it ran: of running spans and system calls.
    pub placement: Option<Placement>,
    /// The goroutine's own stack when it began, if the trace has it.
    pub stack: StackRef,
    /// The goroutine's own stack when it ended, if the trace has it: a running goroutine's shows where it stopped.
    pub end_stack: StackRef,
    /// Who made the goroutine runnable: of a wait at its end, of a scheduling wait and a run before it.
    pub wake: Option<Wake>,
    /// The goroutine's span before this one.
    pub previous: Option<SpanIndex>,
    /// The goroutine's span after this one; not its end.
    pub next: Option<SpanIndex>,
    /// Its place among the goroutine's spans of the same state and reason by length, from 1, and how many those are.
    pub rank: (u64, u64),
    /// How long the goroutine was in this state for this reason in all, and how long it lived, ns.
    pub of_life: (i64, i64),
}

/// The event that made a goroutine runnable (or created it blocked).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Wake {
    /// When.
    pub time: Nanos,
    /// Whether the goroutine was created by it, not woken.
    pub creation: bool,
    /// Who did it.
    pub by: Waker,
    /// The waker's or creator's stack then; none if no goroutine did it.
    pub stack: StackRef,
}

/// Who made a goroutine runnable.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Waker {
    /// A goroutine, in that span of its own.
    Goroutine(GoroutineIndex, Option<SpanIndex>),
    /// The runtime, on that proc and thread: the network poller, a timer.
    Runtime(Placement),
    /// The trace does not say.
    Unknown,
}

/// Explains a span; `None` if the trace does not have it.
pub fn span_details(trace: &Trace, span: SpanIndex) -> Option<SpanDetails> {
    if span.0 as usize >= trace.spans.len() {
        return None;
    }
    let spans = &trace.spans;
    let goroutine = spans.goroutine(span);
    let kind = spans.kind(span);
    let list = trace.goroutines.spans(goroutine);
    let place = trace.goroutines.place_of(goroutine, span)?;
    let at = |place: usize| list.get(place).map(|&row| SpanIndex(row));
    let state_at = |place: usize| at(place).map(|s| spans.kind(s).state());
    let next = at(place + 1);
    let end = trace.span_end_at(goroutine, place);
    let alike = alike(trace, goroutine, list, place, kind);
    Some(SpanDetails {
        span,
        goroutine,
        state: kind.state(),
        reason: kind.reason(),
        was_going_on: kind.was_going_on(),
        start: spans.start(span),
        end,
        unfinished: next.is_none() && kind.state() != SpanState::Dead,
        placement: match spans.cause(span) {
            Cause::Placement(id) if runs(kind.state()) => Some(trace.procs.placement(id)),
            _ => None,
        },
        stack: own_stack(trace, list, place),
        end_stack: next.map_or(StackRef::NONE, |_| own_stack(trace, list, place + 1)),
        wake: wake(trace, list, place),
        previous: place
            .checked_sub(1)
            .and_then(at)
            .filter(|&s| spans.kind(s).state() != SpanState::Dead),
        next: next.filter(|_| state_at(place + 1) != Some(SpanState::Dead)),
        rank: (alike.rank, alike.count),
        of_life: (alike.nanos, alike.life),
    })
}

fn runs(state: SpanState) -> bool {
    matches!(
        state,
        SpanState::Running | SpanState::Syscall | SpanState::SyscallBlocked
    )
}

/// The stack of the event that began a span, if it is the goroutine's own: a wake-up's and a creation's is another's.
fn own_stack(trace: &Trace, list: &[u32], place: usize) -> StackRef {
    let span = SpanIndex(list[place]);
    let kind = trace.spans.kind(span);
    let own = match kind.state() {
        _ if kind.was_going_on() => true,
        SpanState::Waiting => !begins_life(trace, list, place),
        // Only one that gave up its proc, or was made to, is runnable by its own doing.
        SpanState::Runnable => place.checked_sub(1).is_some_and(|before| {
            trace.spans.kind(SpanIndex(list[before])).state() == SpanState::Running
        }),
        _ => true,
    };
    if own {
        trace.spans.stack(span)
    } else {
        StackRef::NONE
    }
}

fn begins_life(trace: &Trace, list: &[u32], place: usize) -> bool {
    place
        .checked_sub(1)
        .is_none_or(|before| trace.spans.kind(SpanIndex(list[before])).state() == SpanState::Dead)
}

/// Finds the event that made the goroutine runnable: of a wait the one that ends it, else the last one before.
fn wake(trace: &Trace, list: &[u32], place: usize) -> Option<Wake> {
    let state = |place: usize| {
        list.get(place)
            .map(|&row| trace.spans.kind(SpanIndex(row)).state())
    };
    let woken = match state(place)? {
        SpanState::Dead | SpanState::Syscall | SpanState::SyscallBlocked => return None,
        SpanState::Waiting if state(place + 1) == Some(SpanState::Runnable) => place + 1,
        // Created blocked.
        SpanState::Waiting if begins_life(trace, list, place) => place,
        SpanState::Waiting => return None,
        SpanState::Runnable => place,
        SpanState::Running => place.checked_sub(1)?,
    };
    let span = SpanIndex(list[woken]);
    let kind = trace.spans.kind(span);
    if kind.was_going_on() || runs(kind.state()) || kind.state() == SpanState::Dead {
        return None;
    }
    let creation = begins_life(trace, list, woken);
    let by_itself = !creation && state(woken.checked_sub(1)?).is_some_and(runs);
    if by_itself {
        // It yielded, was preempted, or returned from a system call.
        return None;
    }
    let time = trace.spans.start(span);
    let by = match trace.spans.cause(span) {
        Cause::Goroutine(waker) => Waker::Goroutine(waker, span_of_at(trace, waker, time)),
        Cause::Placement(id) => Waker::Runtime(trace.procs.placement(id)),
        Cause::None => Waker::Unknown,
    };
    Some(Wake {
        time,
        creation,
        by,
        stack: trace.spans.stack(span),
    })
}

/// The span that a goroutine is in at a moment.
fn span_of_at(trace: &Trace, goroutine: GoroutineIndex, time: Nanos) -> Option<SpanIndex> {
    let place = trace.span_at(goroutine, time)?;
    trace
        .goroutines
        .spans(goroutine)
        .get(place)
        .map(|&row| SpanIndex(row))
}

/// A goroutine's spans of one state and reason.
struct Alike {
    rank: u64,
    count: u64,
    /// Their time.
    nanos: i64,
    /// The time of all its spans but those in which it is dead.
    life: i64,
}

fn alike(
    trace: &Trace,
    goroutine: GoroutineIndex,
    list: &[u32],
    place: usize,
    kind: SpanKind,
) -> Alike {
    let length = |place: usize| {
        trace
            .span_end_at(goroutine, place)
            .0
            .saturating_sub(trace.spans.start(SpanIndex(list[place])).0)
    };
    let own = length(place);
    let mut alike = Alike {
        rank: 1,
        count: 0,
        nanos: 0,
        life: 0,
    };
    for (other, &row) in list.iter().enumerate() {
        let other_kind = trace.spans.kind(SpanIndex(row));
        let nanos = length(other);
        if other_kind.state() != SpanState::Dead {
            alike.life = alike.life.saturating_add(nanos);
        }
        if (other_kind.state(), other_kind.reason()) != (kind.state(), kind.reason()) {
            continue;
        }
        alike.count += 1;
        alike.nanos = alike.nanos.saturating_add(nanos);
        alike.rank += u64::from(nanos > own || nanos == own && other < place);
    }
    alike
}

/// A goroutine's spans around one of its own: no more than `most` before it and after it, itself among them.
pub fn around(trace: &Trace, span: SpanIndex, most: usize) -> Vec<SpanIndex> {
    if span.0 as usize >= trace.spans.len() {
        return Vec::new();
    }
    let goroutine = trace.spans.goroutine(span);
    let list = trace.goroutines.spans(goroutine);
    let Some(place) = trace.goroutines.place_of(goroutine, span) else {
        return Vec::new();
    };
    let rows = list[place.saturating_sub(most)..].iter();
    let rows = rows
        .take(place.min(most) + 1 + most)
        .map(|&row| SpanIndex(row));
    rows.filter(|&row| row == span || trace.spans.kind(row).state() != SpanState::Dead)
        .collect()
}

#[cfg(test)]
mod tests {
    use tracepane_wire::GoroutineState;

    use super::*;
    use crate::script::{NOBODY, Script, g};
    use crate::top_stacks::frames;

    fn trace() -> Trace {
        let mut t = Script::new();
        t.found(1, 1, GoroutineState::Running, "a<main.a");
        t.create(10, 1, 2, "a<main.a", "main.b");
        t.run(30, 2);
        t.block(40, 2, "chan receive", "b<main.b");
        t.wake(70, 1, 2, "c<main.c");
        t.run(75, 2);
        t.preempt(80, 2, "b<main.b");
        t.run(81, 2);
        t.block(82, 2, "chan receive", "b<main.b");
        t.wake(92, NOBODY, 2, "");
        t.run(93, 2);
        t.end(95, 2);
        t.finish(100)
    }

    /// The details of the `place`th span of goroutine 2, and its stacks and wake in words.
    fn details(trace: &Trace, place: usize) -> (SpanDetails, String) {
        let span = SpanIndex(trace.goroutines.spans(g(2))[place]);
        let details = span_details(trace, span).unwrap();
        let leaf = |stack| {
            frames(trace, stack)
                .first()
                .map_or("-".to_owned(), |frame| frame.function.clone())
        };
        let wake = details.wake.map_or("nobody".to_owned(), |wake| {
            let verb = if wake.creation { "created" } else { "woken" };
            let by = match wake.by {
                Waker::Goroutine(g, span) => format!("{} in span {:?}", g.0, span.map(|s| s.0)),
                Waker::Runtime(_) => "runtime".to_owned(),
                Waker::Unknown => "?".to_owned(),
            };
            format!("{verb} at {} by {by} at {}", wake.time.0, leaf(wake.stack))
        });
        let text = format!(
            "{}–{} {}–{}; {wake}",
            details.start.0,
            details.end.0,
            leaf(details.stack),
            leaf(details.end_stack),
        );
        (details, text)
    }

    #[test]
    fn each_span_says_where_and_by_whom() {
        let trace = trace();
        let texts: Vec<String> = (0..8).map(|place| details(&trace, place).1).collect();
        assert_eq!(
            texts,
            [
                "10–30 -–-; created at 10 by 1 in span Some(0) at a",
                "30–40 -–b; created at 10 by 1 in span Some(0) at a",
                "40–70 b–-; woken at 70 by 1 in span Some(0) at c",
                "70–75 -–-; woken at 70 by 1 in span Some(0) at c",
                "75–80 -–b; woken at 70 by 1 in span Some(0) at c",
                "80–81 b–-; nobody",
                "81–82 -–b; nobody",
                "82–92 b–-; woken at 92 by ? at -",
            ]
        );
    }

    #[test]
    fn neighbours_and_rank() {
        let trace = trace();
        let spans = trace.goroutines.spans(g(2));
        let (first, _) = details(&trace, 0);
        assert_eq!(first.previous, None);
        assert_eq!(first.next, Some(SpanIndex(spans[1])));
        let (wait, _) = details(&trace, 2);
        assert_eq!((wait.state, wait.rank), (SpanState::Waiting, (1, 2)));
        assert_eq!(wait.placement, None);
        // It waited 40–70 and 82–92, and lived from 10 to 95.
        assert_eq!(wait.of_life, (40, 85));
        let near = around(&trace, SpanIndex(spans[2]), 1);
        assert_eq!(near, [1, 2, 3].map(|place: usize| SpanIndex(spans[place])));
        assert_eq!(around(&trace, SpanIndex(spans[0]), 2).len(), 3);
        // What comes after its end is not part of it.
        assert_eq!(
            around(&trace, SpanIndex(spans[9]), 1),
            [8, 9].map(|place: usize| SpanIndex(spans[place]))
        );
        assert_eq!(around(&trace, SpanIndex(999), 5), []);
        let (run, _) = details(&trace, 9);
        assert_eq!((run.next, run.unfinished), (None, false));
        assert_eq!(run.placement.map(|p| p.proc.0), Some(2));
        let main = SpanIndex(trace.goroutines.spans(g(1))[0]);
        let main = span_details(&trace, main).unwrap();
        assert!(main.unfinished && main.was_going_on && main.end == trace.end);
        assert_eq!(span_details(&trace, SpanIndex(999)), None);
    }
}
