//! [`both`]: two things at the same time.

use std::panic::resume_unwind;
use std::thread;

/// Does two things: at the same time, if there are two threads, else one after the other.
///
/// In a browser there is one: its workers share no memory.
pub(crate) fn both<A: Send, B>(
    threads: usize,
    other: impl FnOnce() -> A + Send,
    this: impl FnOnce() -> B,
) -> (A, B) {
    if threads < 2 || cfg!(target_family = "wasm") {
        return (other(), this());
    }
    thread::scope(|scope| {
        let other = scope.spawn(other);
        let this = this();
        match other.join() {
            Ok(other) => (other, this),
            Err(panic) => resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn both_are_done_on_any_number_of_threads() {
        for threads in 0..4 {
            let (mut a, mut b) = (0, 0);
            let done = both(
                threads,
                || {
                    a += 1;
                    "a"
                },
                || {
                    b += 1;
                    "b"
                },
            );
            assert_eq!((done, a, b), (("a", "b"), 1, 1));
        }
    }

    #[test]
    fn on_two_threads_neither_waits_for_the_other() {
        let (one, other) = (AtomicBool::new(false), AtomicBool::new(false));
        let meet = |mine: &AtomicBool, theirs: &AtomicBool| {
            mine.store(true, Ordering::SeqCst);
            while !theirs.load(Ordering::SeqCst) {
                thread::yield_now();
            }
        };
        both(2, || meet(&one, &other), || meet(&other, &one));
    }
}
