//! Where memory ends: a worker that got none is replaced, and the page says how much it had and which part fits.

use leptos::prelude::*;
use tracepane_analysis::format;

use super::app::{App, Failure, Phase};
use crate::protocol::{Answer, FileContents};

/// How much more a trace needs, at least, than it had when there was no more.
const MORE: f64 = 1.1;

/// Whether what stopped a worker, in the browser's words or ours, is that there was no memory. Rust says nothing then:
/// what is heard is that code was reached that cannot be, for a panic has words of its own.
pub fn lacks_memory(why: &str) -> bool {
    let why = why.to_ascii_lowercase();
    ["memory", "alloc", "unreachable"]
        .iter()
        .any(|sign| why.contains(sign))
}

impl FileContents {
    /// What is known of the file once `tried` of its bytes were too much for a worker, which had so much memory then (0
    /// if nobody knows).
    pub fn after_running_out(self, tried: f64, had: f64) -> Self {
        let mut need = self.need;
        let had = match had > 0.0 {
            true => had,
            false => need.of(tried) / MORE,
        };
        let per_byte = (had * MORE - need.fixed) / tried.max(1.0);
        need.per_byte = need.per_byte.max(per_byte);
        Self {
            need,
            memory: self.memory.min(had),
            ..self
        }
    }
}

impl App {
    /// The worker's code was stopped while it had so much memory, 0 if nobody knows.
    pub fn worker_trapped(self, why: &str, had: f64) {
        match lacks_memory(why) {
            true => self.out_of_memory(had),
            false => self.worker_died(why),
        }
    }

    /// There was not enough memory for the file: says so, and has the user choose a part of it.
    pub(super) fn out_of_memory(self, had: f64) {
        if matches!(
            self.phase.get_untracked(),
            Phase::Empty | Phase::Failed(_) | Phase::Choosing { open: false }
        ) {
            return self.worker_died("out of memory");
        }
        let asked = self.opened.with_untracked(Option::is_some);
        let said = ran_out_at(had, asked);
        let failure = Failure {
            title: format!(
                "There was not enough memory for {}",
                self.file_name.get_untracked()
            ),
            text: format!("{said} Close other tabs, or open a shorter trace."),
            again: true,
        };
        self.fail(failure.clone());
        let tried = self.file.get_value();
        let Some(whole) = self.whole.get_value().or_else(|| tried.clone()) else {
            return;
        };
        let first = self.part.get_untracked().map_or(1, |part| part.first);
        let size = whole.size();
        let tried = tried.map_or(size, |file| file.size());
        let file = whole.clone();
        self.ask_contents(self.limits.get_value(), &file, move |answer| {
            let still = self
                .phase
                .with_untracked(|phase| *phase == Phase::Failed(failure));
            if still && let Ok(Answer::Contents(contents)) = answer {
                let contents = contents.after_running_out(tried, had);
                self.whole.set_value(Some(whole));
                self.part.set(None);
                self.chosen_part.set(contents.that_fit(first));
                self.contents.set(Some(contents));
                self.ran_out.set_value(Some(said.clone()));
                self.said.set(said);
                self.phase.set(Phase::Choosing { open: false });
            }
        });
    }
}

/// Says that memory ended, and when: while the trace was read, or because of something that was asked of it.
fn ran_out_at(had: f64, asked: bool) -> String {
    let what = if asked { " for what was asked" } else { "" };
    match had > 0.0 {
        true => format!(
            "The tab got no more memory{what} when this trace had {}.",
            format::bytes(had as u64)
        ),
        false => format!("The tab got no more memory{what}."),
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::page::parts::tests::four_generations;
    use crate::protocol::{FilePart, MemoryNeed};

    #[test]
    fn browsers_have_many_words_for_it() {
        for why in [
            "Uncaught RuntimeError: unreachable",
            "RuntimeError: unreachable executed",
            "Unreachable code should not be executed",
            "RangeError: Array buffer allocation failed",
            "out of memory",
            "RangeError: WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory",
        ] {
            assert!(lacks_memory(why), "{why}");
        }
        for why in [
            "RangeError: Maximum call stack size exceeded",
            "RuntimeError: divide by zero",
        ] {
            assert!(!lacks_memory(why), "{why}");
        }
    }

    #[test]
    fn what_was_too_much_is_not_said_to_fit() {
        let need = MemoryNeed {
            fixed: 10.0,
            per_byte: 1.0,
        };
        let contents = four_generations(need, 5000.0);
        let part = |first, last| FilePart { first, last };
        // All of it had 2000, and needs more: two generations do.
        let known = contents.clone().after_running_out(400.0, 2000.0);
        assert!(known.need.of(400.0) > 2000.0 && known.memory == 2000.0);
        assert_eq!(known.that_fit(1), Some(part(1, 3)));
        assert_eq!(known.that_fit(3), Some(part(3, 4)));
        // Nobody knows what it had.
        let known = contents.clone().after_running_out(400.0, 0.0);
        assert!(known.need.of(400.0) > known.memory && known.that_fit(1) == Some(part(1, 3)));
        // A part of it was too much, one generation.
        let known = contents.after_running_out(100.0, 60.0);
        assert!(known.memory_of(part(2, 2)) > known.memory);
        assert_eq!(known.that_fit(2), Some(part(2, 2)));
    }
}
