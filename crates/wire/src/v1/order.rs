//! Records of many procs → one order that every goroutine's history allows.
//!
//! After `parseEventBatches` of Go's `internal/trace/internal/tracev1/parser.go` and `order.go` beside it: of the first
//! unmerged event of each proc, those are ready whose goroutine is in the state they need; the earliest of these is
//! next. That reader looks at every waiting proc again after each event; here a proc waits for a goroutine's state and
//! is woken by it. Which of several events at the same tick comes first follows from the reference's heap and from the
//! order in which it looks at the procs, so both are kept as they are. It begins with the order of a map; here, with the
//! procs by their ids.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hashbrown::HashMap;

use crate::sink::Sink;
use crate::sorting::places_by;
use crate::v1::record::{ANY, Kind, NEVER, Record};
use crate::v1::replay::{Placed, Replay, Sequence};
use crate::v1::survey::Survey;
use crate::v1::{ORDERED, PIECE, SURVEYED};

/// What ordering came to.
pub enum Outcome {
    /// Every record has its place.
    Ordered(Ordered),
    /// Some events wait for others that are not there, or two contradict each other: the record concerned.
    Inconsistent(Placed),
}

/// The records in their order.
#[derive(Default)]
pub struct Ordered {
    /// All records.
    pub sequence: Sequence,
    /// The first event that was put in although its goroutine's state did not allow it: where its batch begins.
    pub forced: Option<u64>,
}

/// How to deal with events that wait for what never comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Patience {
    /// Wait until nothing else is left, and then give up: what the reference does.
    Endless,
    /// Wait only as long as nothing later is ready: for traces with missing parts.
    UntilLater,
}

/// Puts all records in order, and tells `each` of them, with where its batch begins.
pub fn order(
    survey: &Survey,
    patience: Patience,
    sink: &mut dyn Sink,
    mut each: impl FnMut(&Record, u64),
) -> Outcome {
    let mut orderer = Orderer::new(survey, patience);
    for stream in orderer.initial_order() {
        orderer.make_available(stream);
    }
    orderer.scan();
    let mut ordered = Ordered {
        sequence: Sequence::with_room(survey.count),
        forced: None,
    };
    loop {
        match orderer.some(&mut ordered, &mut each) {
            End::NotYet => {
                let share = f64::from(ordered.sequence.len()) / f64::from(survey.count);
                sink.reads(SURVEYED + (ORDERED - SURVEYED) * share);
            }
            End::Stuck(head) => return Outcome::Inconsistent(head),
            End::Done => return Outcome::Ordered(ordered),
        }
    }
}

/// Whether there is more to put in order.
enum End {
    /// There is.
    NotYet,
    /// There is, and no record of it can be next.
    Stuck(Placed),
    /// All is.
    Done,
}

/// The state of a goroutine as far as order needs it (`gState`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
enum Status {
    Dead,
    Runnable,
    Running,
    Waiting,
}

#[derive(Clone, Copy)]
struct State {
    sequence: u32,
    status: Status,
    /// Whether a stream may wait for it.
    awaited: bool,
}

/// Which state an event needs and which one it leaves behind (`stateTransition`).
struct Need {
    /// Whose state; `None` for events without requirements.
    goroutine: Option<u32>,
    sequence: u32,
    from: Status,
    to: Status,
    /// What is added to the sequence.
    step: u32,
}

impl Need {
    /// `cycle` is the number of the goroutine that stands for the GC's cycles.
    #[inline]
    fn of(record: &Record, cycle: u32) -> Self {
        use Status::{Dead, Runnable, Running, Waiting};
        let need = |goroutine, sequence, from, to, step| Self {
            goroutine: Some(goroutine),
            sequence,
            from,
            to,
            step,
        };
        let own = record.goroutine;
        match record.kind {
            Kind::GoCreate => need(record.a, 0, Dead, Runnable, 1),
            Kind::GoWaiting | Kind::GoInSyscall => need(own, 1, Runnable, Waiting, 1),
            Kind::GoStart | Kind::GoStartLabel => need(own, record.b, Runnable, Running, 1),
            Kind::GoBlock | Kind::SysBlock => need(own, ANY, Running, Waiting, 0),
            Kind::GoYield => need(own, ANY, Running, Runnable, 0),
            Kind::GoUnblock => need(record.a, record.b, Waiting, Runnable, 1),
            Kind::SysExit => need(own, record.b, Waiting, Runnable, 1),
            Kind::GcStart => need(cycle, record.b, Dead, Dead, 1),
            _ => Self {
                goroutine: None,
                sequence: ANY,
                from: Dead,
                to: Dead,
                step: 0,
            },
        }
    }
}

/// How it stands with the records of one proc, or with the samples of the CPU profile.
#[derive(Clone, Copy)]
struct Stream {
    /// Grows with every wait and every waking: tells a wait in progress from one that is over.
    waits: u32,
    /// Its place in [`Orderer::available`], if it is there.
    place: u32,
    /// It is in [`Orderer::available`] and the next [`Orderer::scan`] takes it out.
    due: bool,
}

enum Choice {
    Ready(u32),
    Overdue(u32),
    Stuck(Placed),
    Done,
}

struct Orderer<'a> {
    survey: &'a Survey<'a>,
    patience: Patience,
    replay: Replay<'a>,
    streams: Vec<Stream>,
    states: Vec<State>,
    cycle: u32,
    /// Streams whose head is ready.
    frontier: Frontier,
    /// Streams that are not in the frontier, in the order in which the reference looks at them (`availableProcs`).
    available: Vec<u32>,
    /// Places in `available` of streams that are due; may hold places that are no more.
    due: BinaryHeap<Reverse<u32>>,
    /// Streams that wait, by what they wait for, each with its number of waits.
    waiting: HashMap<(u32, u32, Status), Vec<(u32, u32)>>,
    /// The same by time, stream and number of waits; only kept for [`Patience::UntilLater`].
    overdue: BinaryHeap<Reverse<(i64, u32, u32)>>,
}

impl<'a> Orderer<'a> {
    fn new(survey: &'a Survey<'a>, patience: Patience) -> Self {
        let stream = Stream {
            waits: 0,
            place: 0,
            due: false,
        };
        let dead = State {
            sequence: 0,
            status: Status::Dead,
            awaited: false,
        };
        let cycle = survey.goroutines.ids().len() as u32;
        Self {
            survey,
            patience,
            replay: Replay::new(survey),
            streams: vec![stream; survey.procs.len() + 1],
            states: vec![dead; cycle as usize + 1],
            cycle,
            frontier: Frontier::default(),
            available: Vec::new(),
            due: BinaryHeap::new(),
            waiting: HashMap::new(),
            overdue: BinaryHeap::new(),
        }
    }

    /// All streams: the procs by their ids, and the samples (`allProcs`).
    fn initial_order(&self) -> Vec<u32> {
        let mut order = places_by(&mut self.survey.procs.iter().map(|&proc| [proc.into(), 0]));
        order.push(order.len() as u32);
        order
    }

    /// Puts some records in order.
    #[inline(never)]
    fn some(&mut self, ordered: &mut Ordered, each: &mut impl FnMut(&Record, u64)) -> End {
        for _ in 0..PIECE {
            let (stream, fits) = match self.choose() {
                Choice::Ready(stream) => (stream, true),
                Choice::Overdue(stream) => (stream, false),
                Choice::Stuck(head) => return End::Stuck(head),
                Choice::Done => return End::Done,
            };
            let Some(record) = self.replay.head(stream) else {
                continue;
            };
            let offset = self.replay.offset(stream);
            let need = Need::of(record, self.cycle);
            if !fits || !self.allows(&need) {
                if self.patience == Patience::Endless {
                    let record = *record;
                    return End::Stuck(Placed { record, offset });
                }
                ordered.forced = ordered.forced.or(Some(offset));
            }
            ordered.sequence.push(stream);
            each(record, offset);
            self.apply(&need);
            self.advance(stream);
        }
        End::NotYet
    }

    /// Whether a goroutine is in the state that is needed (`transitionReady`).
    #[inline]
    fn allows(&self, need: &Need) -> bool {
        let Some(goroutine) = need.goroutine else {
            return true;
        };
        let state = &self.states[goroutine as usize];
        state.status == need.from && (need.sequence == ANY || need.sequence == state.sequence)
    }

    /// Moves a stream to its next record and looks which streams can go into the frontier now.
    #[inline]
    fn advance(&mut self, stream: u32) {
        self.replay.advance(stream);
        if self.due.is_empty() {
            // Nothing was woken: this stream is all there is to look at.
            let Some(record) = self.replay.head(stream) else {
                return;
            };
            if self.allows(&Need::of(record, self.cycle)) {
                self.frontier.push(record.time(), stream);
                return;
            }
        }
        self.make_available(stream);
        self.scan();
    }

    /// Puts a stream behind the available ones. It is due if its record is ready or there is none; else it waits.
    fn make_available(&mut self, stream: u32) {
        let place = self.available.len() as u32;
        self.available.push(stream);
        let state = &mut self.streams[stream as usize];
        state.place = place;
        state.due = true;
        if let Some(record) = self.replay.head(stream) {
            let (time, need) = (record.time(), Need::of(record, self.cycle));
            if let Some(goroutine) = need.goroutine
                && !self.allows(&need)
            {
                let state = &mut self.streams[stream as usize];
                state.due = false;
                state.waits += 1;
                let waits = state.waits;
                self.states[goroutine as usize].awaited = true;
                self.waiting
                    .entry((goroutine, need.sequence, need.from))
                    .or_default()
                    .push((stream, waits));
                if self.patience == Patience::UntilLater {
                    self.overdue.push(Reverse((time, stream, waits)));
                }
                return;
            }
        }
        self.due.push(Reverse(place));
    }

    /// Takes the streams that are due out of the available ones, in the order in which the reference comes across them:
    /// from the first place on, and what it takes out is replaced by the last one.
    fn scan(&mut self) {
        while let Some(Reverse(place)) = self.due.pop() {
            let Some(&stream) = self.available.get(place as usize) else {
                continue;
            };
            let state = &mut self.streams[stream as usize];
            if !state.due {
                continue;
            }
            state.due = false;
            if let Some(record) = self.replay.head(stream) {
                self.frontier.push(record.time(), stream);
            }
            self.remove_available(place);
        }
    }

    fn remove_available(&mut self, place: u32) {
        self.available.swap_remove(place as usize);
        if let Some(&moved) = self.available.get(place as usize) {
            let moved = &mut self.streams[moved as usize];
            moved.place = place;
            if moved.due {
                self.due.push(Reverse(place));
            }
        }
    }

    /// Chooses the stream whose head comes next and takes it out of its queue.
    #[inline]
    fn choose(&mut self) -> Choice {
        if self.patience == Patience::UntilLater
            && let Some(stream) = self.take_overdue(self.frontier.earliest())
        {
            return Choice::Overdue(stream);
        }
        if let Some(stream) = self.frontier.pop() {
            return Choice::Ready(stream);
        }
        let head = |stream: &u32| self.replay.placed(*stream);
        let first = self.available.iter().filter_map(head);
        match first.min_by_key(|head| head.record.time()) {
            Some(head) => Choice::Stuck(head),
            None => Choice::Done,
        }
    }

    /// The waiting stream whose head is earlier than all that is ready.
    fn take_overdue(&mut self, earliest: Option<i64>) -> Option<u32> {
        loop {
            let Reverse((time, stream, waits)) = *self.overdue.peek()?;
            let state = &mut self.streams[stream as usize];
            let over = state.waits != waits;
            if !over && earliest.is_some_and(|earliest| time >= earliest) {
                return None;
            }
            self.overdue.pop();
            if !over {
                state.waits += 1;
                let place = state.place;
                self.remove_available(place);
                return Some(stream);
            }
        }
    }

    /// Makes a transition (`transition`) and wakes those that waited for it.
    #[inline]
    fn apply(&mut self, need: &Need) {
        let Some(goroutine) = need.goroutine else {
            return;
        };
        let state = &mut self.states[goroutine as usize];
        let base = match need.sequence {
            ANY | NEVER => state.sequence,
            sequence => sequence,
        };
        state.sequence = base.saturating_add(need.step).min(NEVER - 1);
        state.status = need.to;
        if state.awaited {
            self.wake(goroutine);
        }
    }

    fn wake(&mut self, goroutine: u32) {
        let State {
            sequence, status, ..
        } = self.states[goroutine as usize];
        for wanted in [sequence, ANY] {
            let Some(sleepers) = self.waiting.remove(&(goroutine, wanted, status)) else {
                continue;
            };
            for (stream, waits) in sleepers {
                let state = &mut self.streams[stream as usize];
                if state.waits != waits {
                    continue;
                }
                state.waits += 1;
                state.due = true;
                self.due.push(Reverse(state.place));
            }
        }
    }
}

/// A heap of streams by the time of their heads, in every step like `orderEventList` in `order.go`.
#[derive(Default)]
struct Frontier {
    heap: Vec<(i64, u32)>,
}

impl Frontier {
    fn earliest(&self) -> Option<i64> {
        self.heap.first().map(|(time, _)| *time)
    }

    #[inline]
    fn push(&mut self, time: i64, stream: u32) {
        self.heap.push((time, stream));
        let mut place = self.heap.len() - 1;
        while place > 0 {
            let parent = (place - 1) / 2;
            if self.heap[place].0 >= self.heap[parent].0 {
                break;
            }
            self.heap.swap(place, parent);
            place = parent;
        }
    }

    #[inline]
    fn pop(&mut self) -> Option<u32> {
        if self.heap.is_empty() {
            return None;
        }
        let (_, stream) = self.heap.swap_remove(0);
        let mut place = 0;
        loop {
            let left = 2 * place + 1;
            let right = left + 1;
            let mut least = left;
            if left >= self.heap.len() {
                break;
            }
            if right < self.heap.len() && self.heap[right].0 < self.heap[left].0 {
                least = right;
            }
            if self.heap[least].0 >= self.heap[place].0 {
                break;
            }
            self.heap.swap(place, least);
            place = least;
        }
        Some(stream)
    }
}
