//! Parts read by threads that share memory.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use tracepane_wire::{Index, Options, Source, WireError};

use super::{Merger, Part, PartReader, plan};
use crate::build::SpanLists;
use crate::load::load_with;
use crate::trace::Trace;

/// Loads a whole trace with several threads: the same one as [`crate::load`] does, which is what is done if the trace has one
/// generation, is compressed, of format v1 or not sound, if reading is strict, or if there is one thread. The last
/// tables are made on two threads in any case, if there are two.
///
/// `open` gives each reader a source of its own, of which there is one more than threads; all must have the same bytes.
///
/// # Errors
/// As [`crate::load`], and those of `open`.
pub fn load_parallel<S: Source>(
    open: impl Fn() -> Result<S, WireError> + Sync,
    threads: usize,
    options: Options,
    lists: SpanLists,
) -> Result<Trace, WireError> {
    let mut source = open()?;
    if threads >= 2 && !options.strict {
        // Of a compressed trace there is no index.
        let index = tracepane_wire::index(&mut source).ok();
        if let Some(index) = index
            && let Some(parts) = plan(&index, 0)
        {
            let bytes = source.length();
            // One more than there are processors: the last ones, which are never equally long, then share them to the end.
            // Who wants no lists wants little memory, which is more than what that gains.
            let at_once = match lists {
                SpanLists::Made => threads + 1,
                SpanLists::LeftOut => threads,
            };
            let merger = join(&open, &index, &parts, (threads, at_once), bytes);
            if let Some(merger) = merger {
                return Ok(merger.finish_with(lists));
            }
        }
    }
    load_with(source, options, lists, threads)
}

/// What the threads share.
struct Desk {
    /// The part that is read next.
    next: usize,
    /// How many parts were joined.
    joined: usize,
    /// Those that were read and not joined yet, from the `joined`th on.
    read: VecDeque<Option<Part>>,
    /// Somebody has given up.
    over: bool,
}

/// Lets go of what waits if the joining thread ends early, also by a panic.
struct Closing<'a>(&'a Mutex<Desk>, &'a Condvar);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        lock(self.0).over = true;
        self.1.notify_all();
    }
}

fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All parts, joined by so many threads, of which so many are read at once and no more are in memory ahead of the
/// joining; `None` if the trace must be read in order.
fn join<S: Source>(
    open: &(impl Fn() -> Result<S, WireError> + Sync),
    index: &Index,
    parts: &[Range<usize>],
    (threads, at_once): (usize, usize),
    bytes: u64,
) -> Option<Merger> {
    let desk = Mutex::new(Desk {
        next: 0,
        joined: 0,
        read: VecDeque::new(),
        over: false,
    });
    let changed = Condvar::new();
    thread::scope(|scope| {
        let closing = Closing(&desk, &changed);
        for _ in 0..at_once.min(parts.len()) {
            scope.spawn(|| {
                let closing = Closing(&desk, &changed);
                if read_parts(open, index, parts, at_once, &desk, &changed).is_some() {
                    std::mem::forget(closing);
                }
            });
        }
        let mut merger = Merger::new(index.format, bytes).on_threads(threads);
        for _ in parts {
            let part = next_part(&desk, &changed)?;
            merger.push(part).ok()?;
        }
        drop(closing);
        Some(merger)
    })
}

/// The next part in order, when it was read; `None` if somebody has given up.
fn next_part(desk: &Mutex<Desk>, changed: &Condvar) -> Option<Part> {
    let mut now = lock(desk);
    loop {
        if let Some(Some(_)) = now.read.front() {
            now.joined += 1;
            changed.notify_all();
            return now.read.pop_front().flatten();
        }
        if now.over {
            return None;
        }
        now = changed.wait(now).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Reads parts until there are none left; `None` if one could not be read, or nobody wants them any more.
fn read_parts<S: Source>(
    open: &impl Fn() -> Result<S, WireError>,
    index: &Index,
    parts: &[Range<usize>],
    at_once: usize,
    desk: &Mutex<Desk>,
    changed: &Condvar,
) -> Option<()> {
    loop {
        let mut now = lock(desk);
        while !now.over && now.next < parts.len() && now.next >= now.joined + at_once {
            now = changed.wait(now).unwrap_or_else(PoisonError::into_inner);
        }
        if now.over {
            return None;
        }
        let place = now.next;
        let Some(range) = parts.get(place) else {
            return Some(());
        };
        now.next += 1;
        drop(now);
        let mut reader = PartReader::new(open().ok()?, index, range.clone()).ok()?;
        while reader.step().ok()?.is_some() {
            if lock(desk).over {
                return None;
            }
        }
        let part = reader.finish();
        let mut now = lock(desk);
        let waiting = place - now.joined;
        if now.read.len() <= waiting {
            now.read.resize_with(waiting + 1, || None);
        }
        now.read[waiting] = Some(part);
        changed.notify_all();
    }
}
