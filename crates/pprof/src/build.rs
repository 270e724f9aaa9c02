//! Stacks with their counts and times → [`Profile`], in the shape that `internal/trace/traceviewer/pprof.go` gives.

use rustc_hash::FxHashMap;

use crate::proto::{Function, Line, Location, Profile, Sample, ValueType};

/// How many frames of a stack count: `pprofMaxStack` of `cmd/trace/pprof.go`. Stacks that differ only below are one.
pub const MAX_FRAMES: usize = 128;

/// One frame of a stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame<'a> {
    /// The program counter.
    pub pc: u64,
    /// The function's full name.
    pub function: &'a str,
    /// The source file.
    pub file: &'a str,
    /// The line in it.
    pub line: u64,
}

/// What a profile's samples count.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Measure {
    /// Waits and how long they were, as `go tool trace` has them.
    #[default]
    Waits,
    /// Samples of a CPU profile and how much time each stands for, as `runtime/pprof` has them.
    Cpu {
        /// Nanoseconds between two samples.
        period: i64,
        /// How long was sampled, ns.
        duration: i64,
    },
}

/// Collects samples for one profile.
#[derive(Clone, Default, Debug)]
pub struct Builder<'a> {
    measure: Measure,
    samples: Vec<(Vec<u64>, u64, u64)>,
    by_stack: FxHashMap<Vec<u64>, usize>,
    frames: FxHashMap<u64, Frame<'a>>,
}

impl<'a> Builder<'a> {
    /// A builder without samples.
    pub fn new() -> Self {
        Self::default()
    }

    /// A builder without samples, for something else than waits.
    pub fn measuring(measure: Measure) -> Self {
        Self {
            measure,
            ..Self::default()
        }
    }

    /// Adds `count` waits of `nanos` nanoseconds in all to a stack, leaf first; an empty stack is one, too.
    ///
    /// Stacks are the same if their first [`MAX_FRAMES`] program counters are. Of frames with the same program
    /// counter the first one counts.
    pub fn add(&mut self, stack: impl IntoIterator<Item = Frame<'a>>, count: u64, nanos: u64) {
        let pcs: Vec<u64> = stack
            .into_iter()
            .take(MAX_FRAMES)
            .map(|frame| {
                self.frames.entry(frame.pc).or_insert(frame);
                frame.pc
            })
            .collect();
        match self.by_stack.get(&pcs) {
            Some(&place) => {
                let sample = &mut self.samples[place];
                sample.1 = sample.1.saturating_add(count);
                sample.2 = sample.2.saturating_add(nanos);
            }
            None => {
                self.by_stack.insert(pcs.clone(), self.samples.len());
                self.samples.push((pcs, count, nanos));
            }
        }
    }

    /// The profile: heaviest samples first, and of equal ones those with the smaller program counters.
    pub fn finish(mut self) -> Profile {
        self.samples
            .sort_by(|a, b| (b.2, b.1).cmp(&(a.2, a.1)).then_with(|| a.0.cmp(&b.0)));
        let mut out = Output::default();
        out.text("");
        let mut value_type = |kind, unit| ValueType {
            r#type: out.text(kind),
            unit: out.text(unit),
        };
        match self.measure {
            Measure::Waits => {
                let count = value_type("contentions", "count");
                let delay = value_type("delay", "nanoseconds");
                out.profile.period_type = Some(value_type("trace", "count"));
                out.profile.period = 1;
                out.profile.sample_type = vec![count, delay];
            }
            Measure::Cpu { period, duration } => {
                let count = value_type("samples", "count");
                let time = value_type("cpu", "nanoseconds");
                out.profile.period_type = Some(time);
                out.profile.period = period;
                out.profile.duration_nanos = duration;
                out.profile.sample_type = vec![count, time];
            }
        }
        for (pcs, count, nanos) in &self.samples {
            let location_id = pcs
                .iter()
                .map(|pc| out.location(&self.frames[pc]))
                .collect();
            let value = [*count, *nanos].map(|v| i64::try_from(v).unwrap_or(i64::MAX));
            out.profile.sample.push(Sample {
                location_id,
                value: value.to_vec(),
            });
        }
        out.profile
    }
}

/// The profile with what finds its parts again.
#[derive(Default)]
struct Output<'a> {
    profile: Profile,
    texts: FxHashMap<&'a str, i64>,
    /// By file and name; Go's key is the two joined, ours cannot mistake one pair for another.
    functions: FxHashMap<(&'a str, &'a str), u64>,
    locations: FxHashMap<u64, u64>,
}

impl<'a> Output<'a> {
    fn text(&mut self, text: &'a str) -> i64 {
        *self.texts.entry(text).or_insert_with(|| {
            self.profile.string_table.push(text.to_owned());
            self.profile.string_table.len() as i64 - 1
        })
    }

    fn location(&mut self, frame: &Frame<'a>) -> u64 {
        if let Some(&id) = self.locations.get(&frame.pc) {
            return id;
        }
        let function_id = self.function(frame);
        let id = self.profile.location.len() as u64 + 1;
        self.profile.location.push(Location {
            id,
            address: frame.pc,
            line: vec![Line {
                function_id,
                line: frame.line as i64,
            }],
        });
        self.locations.insert(frame.pc, id);
        id
    }

    fn function(&mut self, frame: &Frame<'a>) -> u64 {
        if let Some(&id) = self.functions.get(&(frame.file, frame.function)) {
            return id;
        }
        let id = self.profile.function.len() as u64 + 1;
        let name = self.text(frame.function);
        let filename = self.text(frame.file);
        self.profile.function.push(Function {
            id,
            name,
            system_name: name,
            filename,
        });
        self.functions.insert((frame.file, frame.function), id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(pc: u64, function: &'static str, line: u64) -> Frame<'static> {
        Frame {
            pc,
            function,
            file: "/src/main.go",
            line,
        }
    }

    #[test]
    fn a_profile_has_gos_shape() {
        let mut builder = Builder::new();
        builder.add([frame(16, "main.leaf", 3), frame(8, "main.main", 9)], 2, 70);
        builder.add([], 1, 5);
        let profile = builder.finish();
        let names = |v: &ValueType| (profile.text(v.r#type), profile.text(v.unit));
        assert_eq!(
            profile.sample_type.iter().map(names).collect::<Vec<_>>(),
            [("contentions", "count"), ("delay", "nanoseconds")]
        );
        assert_eq!(
            profile.period_type.as_ref().map(names),
            Some(("trace", "count"))
        );
        assert_eq!(profile.period, 1);
        assert_eq!(profile.string_table[0], "");
        assert_eq!(profile.sample[0].location_id, [1, 2]);
        assert_eq!(profile.sample[0].value, [2, 70]);
        assert_eq!(profile.sample[1].location_id, [0u64; 0]);
        assert_eq!(profile.sample[1].value, [1, 5]);
        let leaf = profile.location(1).unwrap();
        assert_eq!(
            (leaf.address, leaf.line.len(), leaf.line[0].line),
            (16, 1, 3)
        );
        let function = profile.function(leaf.line[0].function_id).unwrap();
        assert_eq!(profile.text(function.name), "main.leaf");
        assert_eq!(function.name, function.system_name);
        assert_eq!(profile.text(function.filename), "/src/main.go");
    }

    #[test]
    fn a_cpu_profile_has_the_shape_of_the_runtimes() {
        let mut builder = Builder::measuring(Measure::Cpu {
            period: 10_000_000,
            duration: 123,
        });
        builder.add([frame(16, "main.leaf", 3)], 2, 20_000_000);
        let profile = builder.finish();
        let names = |v: &ValueType| (profile.text(v.r#type), profile.text(v.unit));
        assert_eq!(
            profile.sample_type.iter().map(names).collect::<Vec<_>>(),
            [("samples", "count"), ("cpu", "nanoseconds")]
        );
        assert_eq!(
            profile.period_type.as_ref().map(names),
            Some(("cpu", "nanoseconds"))
        );
        assert_eq!((profile.period, profile.duration_nanos), (10_000_000, 123));
        assert_eq!(profile.sample[0].value, [2, 20_000_000]);
    }

    #[test]
    fn the_order_of_adding_does_not_show() {
        let a = [frame(16, "f", 1)];
        let b = [frame(24, "g", 2), frame(16, "f", 1)];
        let c = [frame(32, "h", 2)];
        let mut first = Builder::new();
        let mut second = Builder::new();
        for (stack, nanos) in [(&a[..], 5), (&b[..], 9), (&c[..], 5), (&a[..], 4)] {
            first.add(stack.iter().copied(), 1, nanos);
        }
        for (stack, nanos) in [(&c[..], 5), (&a[..], 4), (&b[..], 9), (&a[..], 5)] {
            second.add(stack.iter().copied(), 1, nanos);
        }
        let first = first.finish();
        assert_eq!(first.sample.len(), 3);
        assert_eq!(first.to_gzip(), second.finish().to_gzip());
    }

    #[test]
    fn stacks_are_told_apart_by_their_first_128_program_counters() {
        let deep = |last: u64| {
            (0..200u64)
                .map(|i| frame(1000 + i, "f", i))
                .chain([frame(last, "g", 0)])
                .collect::<Vec<_>>()
        };
        let mut builder = Builder::new();
        builder.add(deep(1), 1, 10);
        builder.add(deep(2), 1, 10);
        let profile = builder.finish();
        assert_eq!(profile.sample.len(), 1);
        assert_eq!(profile.sample[0].location_id.len(), MAX_FRAMES);
        assert_eq!(profile.sample[0].value, [2, 20]);
    }

    #[test]
    fn what_is_written_can_be_read() {
        let mut builder = Builder::new();
        builder.add([frame(16, "ünïcode.(*T).f[...]", 3)], 7, 1 << 40);
        let profile = builder.finish();
        let bytes = profile.to_gzip();
        assert_eq!(bytes[..2], [0x1f, 0x8b]);
        assert_eq!(bytes[4..8], [0; 4], "no time in the header");
        assert_eq!(Profile::from_gzip(&bytes).unwrap(), profile);
        assert!(Profile::from_gzip(b"no profile").is_err());
    }
}
