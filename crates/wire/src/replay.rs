//! Reading parts of a trace again, with the very events that reading the whole gives.
//!
//! A generation can be decoded alone, but not understood: which goroutine was in which state, what a task that ends is
//! called, even the last digits of a time depend on what came before. So a part is read from the nearest checkpoint on
//! that was taken before it, and checkpoints are taken as reading goes along, within [`limits::CHECKPOINT_BYTES`].

use std::ops::Range;

use crate::error::WireError;
use crate::event::Event;
use crate::limits;
use crate::reader::{Checkpoint, Options, Reader};
use crate::sink::{GenerationInfo, Sink};
use crate::source::Source;
use crate::table::{Resources, Tables};

/// A trace that can be read in parts, again and again.
#[derive(Debug)]
pub struct Replay<S> {
    reader: Reader<S>,
    /// Which generation comes next, counted from 0 in file order; `None` after the end.
    next: Option<usize>,
    /// In order of their generations; the first is the trace's beginning.
    checkpoints: Vec<(usize, Checkpoint)>,
    /// How many generations lie between two checkpoints at least.
    stride: usize,
}

/// Receives what nobody wants.
struct Nobody;

impl Sink for Nobody {
    fn generation(&mut self, _: &GenerationInfo, _: &Tables) {}

    fn event(&mut self, _: &Event, _: &Tables, _: &Resources) {}
}

impl<S: Source> Replay<S> {
    /// Reads the header, and nothing more.
    ///
    /// # Errors
    /// As [`Reader::new`].
    pub fn new(source: S) -> Result<Self, WireError> {
        let reader = Reader::new(source, Options::default())?;
        let beginning = reader.checkpoint().into_iter();
        Ok(Self {
            checkpoints: beginning.map(|checkpoint| (0, checkpoint)).collect(),
            reader,
            next: Some(0),
            stride: 1,
        })
    }

    /// Reads some generations, counted from 0 in file order, into `sink`, until it has enough; if there are fewer than
    /// that, also the `Sync` event that ends the trace.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub fn read(
        &mut self,
        generations: Range<usize>,
        sink: &mut dyn Sink,
    ) -> Result<(), WireError> {
        self.go_to(generations.start);
        while self.advance(&generations, sink)? {}
        Ok(())
    }

    /// The same, one generation at a time, after [`Self::go_to`] went to the first: reads one into `sink`, or passes one
    /// that lies before them; false if there is none left to read, or `sink` has enough.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub fn advance(
        &mut self,
        generations: &Range<usize>,
        sink: &mut dyn Sink,
    ) -> Result<bool, WireError> {
        let Some(next) = self.next.filter(|next| *next < generations.end) else {
            return Ok(false);
        };
        if next < generations.start {
            self.step(&mut Nobody)?;
        } else {
            self.step(sink)?;
        }
        Ok(true)
    }

    /// Goes to the nearest place from which `generation` can be reached.
    pub fn go_to(&mut self, generation: usize) {
        let after = self
            .checkpoints
            .partition_point(|(place, _)| *place <= generation);
        let Some((place, checkpoint)) = self.checkpoints[..after].last() else {
            return;
        };
        let nearer = self
            .next
            .is_none_or(|next| next > generation || next < *place);
        if nearer {
            self.reader.resume(checkpoint);
            self.next = Some(*place);
        }
    }

    fn step(&mut self, mut sink: &mut dyn Sink) -> Result<(), WireError> {
        let Some(place) = self.next else {
            return Ok(());
        };
        self.next = None;
        let is_one = self.reader.next_generation(&mut sink)?.is_some();
        // After a part of a generation only a checkpoint leads on.
        if is_one && !sink.has_enough() {
            self.next = Some(place + 1);
            self.keep(place + 1);
        }
        Ok(())
    }

    /// Takes a checkpoint before generation `place`, if none is near.
    fn keep(&mut self, place: usize) {
        let last = self.checkpoints.last().map_or(0, |(at, _)| *at);
        if place < last + self.stride {
            return;
        }
        let Some(checkpoint) = self.reader.checkpoint() else {
            return;
        };
        self.checkpoints.push((place, checkpoint));
        let bytes = |checkpoints: &[(usize, Checkpoint)]| -> u64 {
            let bytes = checkpoints.iter().map(|(_, checkpoint)| checkpoint.bytes());
            bytes.sum()
        };
        // One checkpoint beside the beginning may be as large as it must be.
        while self.checkpoints.len() > 2 && bytes(&self.checkpoints) > limits::CHECKPOINT_BYTES {
            self.stride *= 2;
            let stride = self.stride;
            self.checkpoints.retain(|(place, _)| place % stride == 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dump::Dump;

    /// A trace of three generations with a task, a region and a syscall across their borders.
    fn trace() -> Vec<u8> {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../testdata/corpus/taskgenerations-go1.27.trace"
        );
        std::fs::read(path).unwrap()
    }

    /// The text of each generation, and of what ends the trace.
    fn whole(bytes: &[u8]) -> Vec<String> {
        let mut reader = Reader::new(bytes, Options::default()).unwrap();
        let mut texts = Vec::new();
        loop {
            let mut text = String::new();
            let more = reader
                .next_generation(&mut Dump::new(|line: &str| text.push_str(line)))
                .unwrap();
            texts.push(text);
            if more.is_none() {
                return texts;
            }
        }
    }

    fn part(replay: &mut Replay<&[u8]>, generations: Range<usize>) -> String {
        let mut text = String::new();
        replay
            .read(
                generations,
                &mut Dump::new(|line: &str| text.push_str(line)),
            )
            .unwrap();
        text
    }

    #[test]
    fn a_part_is_what_the_whole_has_there() {
        let bytes = trace();
        let texts = whole(&bytes);
        let count = texts.len() - 1;
        assert!(count >= 3, "{count}");
        let mut replay = Replay::new(&bytes[..]).unwrap();
        // Forwards, backwards, the same again, and past the end.
        for (start, end) in [
            (count - 1, count),
            (0, 1),
            (1, 3),
            (2, 3),
            (2, 3),
            (0, count),
            (count, usize::MAX),
            (1, 2),
            // From a checkpoint that lies ahead.
            (count - 1, count),
            (1, usize::MAX),
            (count + 5, usize::MAX),
        ] {
            let wanted = texts.get(start..end.min(texts.len())).unwrap_or_default();
            // The end counts as a part only if it is reached.
            assert_eq!(
                part(&mut replay, start..end),
                wanted.concat(),
                "{start}..{end}"
            );
        }
    }

    #[test]
    fn a_part_alone_would_differ() {
        let bytes = trace();
        let texts = whole(&bytes);
        let index = crate::index(&mut &bytes[..]).unwrap();
        let mut reader = Reader::new(&bytes[..], Options::default()).unwrap();
        reader.seek(&index.generations[1]);
        let mut text = String::new();
        reader
            .next_generation(&mut Dump::new(|line: &str| text.push_str(line)))
            .unwrap();
        assert_ne!(text, texts[1]);
    }

    #[test]
    fn what_was_expected_changes_nothing() {
        let bytes = trace();
        let texts = whole(&bytes);
        for expected in [0, 1, 1 << 10, bytes.len() as u64, u64::MAX] {
            let mut reader = Reader::new(&bytes[..], Options::default()).unwrap();
            reader.expect(expected);
            let mut text = String::new();
            let mut dump = Dump::new(|line: &str| text.push_str(line));
            while reader.next_generation(&mut dump).unwrap().is_some() {}
            drop(dump);
            assert_eq!(text, texts.concat(), "{expected}");
        }
    }

    #[test]
    fn few_checkpoints_are_enough() {
        let bytes = trace();
        let texts = whole(&bytes);
        let mut replay = Replay::new(&bytes[..]).unwrap();
        replay.stride = 2;
        for place in [3, 1, 2, 0] {
            assert_eq!(part(&mut replay, place..place + 1), texts[place]);
        }
        let places: Vec<usize> = replay.checkpoints.iter().map(|(place, _)| *place).collect();
        assert_eq!(places, [0, 2, 4]);
    }
}
