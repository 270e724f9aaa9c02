//! The loop over the events that are most of a trace: goroutines start, block, yield and are unblocked.
//!
//! It does what [`super::order`] does with them, and nothing else: whatever is not exactly as it should be (another
//! event, a state that does not fit, a number that is long, the end of a batch) is left for [`Run::advance`], before
//! anything was changed. So no rule stands here that does not stand there; what it has more is all it needs in local
//! variables, and a thread that is still the earliest after its event goes on without the heap.

use super::frontier::Key;
use super::order::{Context, Needs};
use super::run::Run;
use super::spec::{GO_BLOCK, GO_START, GO_STOP, GO_UNBLOCK};
use super::state::{NONE, Seq, gs};
use crate::bytes::Window;
use crate::event::{Event, EventKind};
use crate::id::{GoroutineIndex, Nanos, ProcIndex, StackId, StringId, ThreadIndex};
use crate::sink::Sink;
use crate::state::GoroutineState;

/// Why the loop ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ended {
    /// The earliest event is not usual, or too late, or there is none.
    Event,
    /// The earliest event has happened; where its thread's next one is has yet to be found.
    Cursor,
}

/// Whether a type of event may be taken by [`Run::usual`].
#[inline(always)]
pub(super) fn is_usual(kind: u8) -> bool {
    const USUAL: u64 = 1 << GO_START | 1 << GO_BLOCK | 1 << GO_STOP | 1 << GO_UNBLOCK;
    kind < 64 && USUAL >> kind & 1 != 0
}

impl<K: Sink> Run<'_, K> {
    /// Lets usual events happen, up to `until`.
    #[inline(never)]
    pub(super) fn usual(&mut self, until: i64) -> Ended {
        let (data, frequency) = (self.data, self.frequency);
        let short_nanos = &self.short_nanos;
        let generation = self.orderer.generation;
        let (goroutines, threads, place_of) = self.orderer.usual_state();
        let cursors = &mut *self.cursors;
        let out = &mut self.out;
        let (sink, tables, resources) = (&mut *out.sink, &*out.tables, &*out.resources);
        let (mut last, mut events) = (*out.last, *out.events);
        let ended = loop {
            let keys = self.heap.keys();
            let Some(&Key { time, cursor }) = keys.first() else {
                break Ended::Event;
            };
            if time > until {
                break Ended::Event;
            }
            // Up to then, this thread stays the first: among equals, the one that is.
            let second = match keys {
                [_, left, right, ..] => left.time.min(right.time),
                [_, left] => left.time,
                _ => i64::MAX,
            };
            let Some(cursor) = cursors.get_mut(cursor as usize) else {
                break Ended::Event;
            };
            let Some(thread) = threads.get_mut(cursor.thread as usize) else {
                break Ended::Event;
            };
            // What its first events take for granted is noted there.
            if !thread.settled {
                break Ended::Event;
            }
            let m = cursor.thread;
            let p = thread.proc;
            let mut running = thread.goroutine;
            let (mut args, mut kind, mut time) = (cursor.args, cursor.kind, time);
            let end = cursor.end;
            let ended = loop {
                let Some(window) = Window::new(data, args) else {
                    break Ended::Event;
                };
                let mut at = 0;
                let context = Context { m, p, g: running };
                let (stack, change);
                match kind {
                    GO_START => {
                        let (Some(id), Some(n)) =
                            (window.short_uvarint(&mut at), window.short_uvarint(&mut at))
                        else {
                            break Ended::Event;
                        };
                        let Some(&g) = place_of.get(id as usize) else {
                            break Ended::Event;
                        };
                        let Some(goroutine) = goroutines.get_mut(g as usize) else {
                            break Ended::Event;
                        };
                        let seq = Seq {
                            generation,
                            n: u64::from(n),
                        };
                        if goroutine.status != gs::RUNNABLE
                            || !seq.succeeds(goroutine.seq)
                            || !Needs::FREE_PROC.are_met(context)
                            || args + at > end
                        {
                            break Ended::Event;
                        }
                        goroutine.status = gs::RUNNING;
                        goroutine.seq = seq;
                        goroutine.thread = m;
                        running = g;
                        stack = StackId::NONE;
                        change = EventKind::Goroutine {
                            goroutine: GoroutineIndex(g),
                            from: GoroutineState::Runnable,
                            to: GoroutineState::Running,
                            reason: StringId::EMPTY,
                            stack: StackId::NONE,
                        };
                    }
                    GO_BLOCK | GO_STOP => {
                        let (Some(reason), Some(id)) =
                            (window.short_uvarint(&mut at), window.short_uvarint(&mut at))
                        else {
                            break Ended::Event;
                        };
                        let (Some(reason), Some(own)) = (
                            tables.string(u64::from(reason)),
                            tables.stack(u64::from(id)),
                        ) else {
                            break Ended::Event;
                        };
                        let Some(goroutine) = goroutines.get_mut(running as usize) else {
                            break Ended::Event;
                        };
                        if goroutine.status != gs::RUNNING
                            || !Needs::USER.are_met(context)
                            || args + at > end
                        {
                            break Ended::Event;
                        }
                        let to;
                        (goroutine.status, to) = if kind == GO_BLOCK {
                            (gs::WAITING, GoroutineState::Waiting)
                        } else {
                            (gs::RUNNABLE, GoroutineState::Runnable)
                        };
                        running = NONE;
                        stack = own;
                        change = EventKind::Goroutine {
                            goroutine: GoroutineIndex(context.g),
                            from: GoroutineState::Running,
                            to,
                            reason,
                            stack: own,
                        };
                    }
                    GO_UNBLOCK => {
                        let (Some(id), Some(n), Some(by)) = (
                            window.short_uvarint(&mut at),
                            window.short_uvarint(&mut at),
                            window.short_uvarint(&mut at),
                        ) else {
                            break Ended::Event;
                        };
                        let Some(&g) = place_of.get(id as usize) else {
                            break Ended::Event;
                        };
                        let Some(goroutine) = goroutines.get_mut(g as usize) else {
                            break Ended::Event;
                        };
                        let seq = Seq {
                            generation,
                            n: u64::from(n),
                        };
                        let Some(by) = tables.stack(u64::from(by)) else {
                            break Ended::Event;
                        };
                        if goroutine.status != gs::WAITING
                            || !seq.succeeds(goroutine.seq)
                            || args + at > end
                        {
                            break Ended::Event;
                        }
                        goroutine.status = gs::RUNNABLE;
                        goroutine.seq = seq;
                        stack = by;
                        change = EventKind::Goroutine {
                            goroutine: GoroutineIndex(g),
                            from: GoroutineState::Waiting,
                            to: GoroutineState::Runnable,
                            reason: StringId::EMPTY,
                            stack: StackId::NONE,
                        };
                    }
                    _ => break Ended::Event,
                }
                last = if time <= last {
                    last.wrapping_add(1)
                } else {
                    time
                };
                events += 1;
                let event = Event {
                    time: Nanos(last),
                    thread: ThreadIndex(m),
                    proc: ProcIndex(p),
                    goroutine: GoroutineIndex(context.g),
                    stack,
                    kind: change,
                };
                sink.event(&event, &tables.tables, resources);
                // Its thread's next event, if that has its time here: after a time of 0 it does not (see `Cursor`).
                let next = (time != 0).then(|| {
                    let kind = window.byte(at)?;
                    let mut behind = at + 1;
                    let ticks = window.short_uvarint(&mut behind)?;
                    (is_usual(kind) && args + behind <= end).then_some((kind, behind, ticks))
                });
                let Some((next, behind, ticks)) = next.flatten() else {
                    args += at;
                    break Ended::Cursor;
                };
                kind = next;
                args += behind;
                let nanos = match short_nanos.get(ticks as usize) {
                    Some(&nanos) => nanos,
                    None => frequency.nanos(u64::from(ticks)),
                };
                time = time.wrapping_add(nanos);
                if time > second || time > until {
                    break Ended::Event;
                }
            };
            cursor.args = args;
            cursor.kind = kind;
            cursor.last = time;
            thread.goroutine = running;
            if ended == Ended::Cursor {
                break Ended::Cursor;
            }
            self.heap.update(0, time);
            if time <= second {
                // It is the first still, and not usual.
                break Ended::Event;
            }
        };
        *out.last = last;
        *out.events = events;
        ended
    }
}
