//! What a generation's batches hold besides events: strings, stacks, CPU samples, clocks
//! (`internal/trace/generation.go`).

use hashbrown::HashMap;

use super::clock::Sync;
use super::ids::IdMap;
use super::input::{Batch, RawGeneration};
use super::sort::sort_as_go;
use super::spec;
use crate::bytes::{Cursor, VarintFault};
use crate::error::WireError;
use crate::id::{StackId, StringId};
use crate::limits;
use crate::report::{Place, Report, SlipKind};
use crate::table::{Frame, Tables};

/// A CPU profile's sample.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// When; in ticks until [`Generation::fix_samples`].
    pub time: i64,
    /// The thread's id.
    pub thread: u64,
    /// The proc's id.
    pub proc: u64,
    /// The goroutine's id; 0 for none.
    pub goroutine: u64,
    /// The stack's id.
    pub stack: u64,
}

/// The batches of one thread: a list through [`Batch::next`].
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The thread's id.
    pub thread: u64,
    /// Its first batch.
    pub first: u32,
    /// Its last batch.
    pub last: u32,
}

/// A generation's tables.
#[derive(Default, Debug)]
pub struct Generation {
    /// Strings and stacks, densely numbered.
    pub tables: Tables,
    /// The trace's string ids → places in `tables`.
    pub strings: IdMap,
    /// The trace's stack ids → places in `tables`.
    pub stacks: IdMap,
    /// CPU samples, in order of time after [`Self::fix_samples`].
    pub samples: Vec<Sample>,
    /// Clocks.
    pub sync: Sync,
    /// Threads in the order of their first batch.
    pub groups: Vec<Group>,
    group_of: HashMap<u64, u32>,
    /// Program counter → place among the frames.
    frame_of: HashMap<u64, u32>,
    /// The string ids of each frame's function and file, until all strings are known.
    frame_strings: Vec<[u64; 2]>,
    /// The frames of the stack that is being read.
    stack: Vec<u32>,
}

/// How strictly tables are read, and who hears of it.
struct Rules<'a> {
    strict: bool,
    generation: u64,
    report: &'a mut Report,
}

impl Rules<'_> {
    /// Counts a slip, or refuses it if reading is strict.
    #[cold]
    fn slip(&mut self, kind: SlipKind, error: WireError) -> Result<(), WireError> {
        if self.strict {
            return Err(error);
        }
        let offset = match error {
            WireError::Malformed { offset, .. } => offset,
            _ => 0,
        };
        let place = Place {
            generation: self.generation,
            offset,
            time: None,
        };
        self.report.slip(kind, place, || error.to_string());
        Ok(())
    }
}

impl Generation {
    /// Reads the tables of `raw`, whose batches are in `data`, and links its other batches by thread.
    ///
    /// # Errors
    /// Only if reading is strict.
    pub fn read(
        &mut self,
        raw: &mut RawGeneration,
        data: &[u8],
        version: u8,
        strict: bool,
        report: &mut Report,
    ) -> Result<(), WireError> {
        self.tables.clear();
        self.strings.reset(raw.bytes);
        self.strings.insert(0, 0);
        self.stacks.reset(raw.bytes);
        self.stacks.insert(0, 0);
        self.samples.clear();
        self.sync = Sync::default();
        self.groups.clear();
        self.group_of.clear();
        self.frame_of.clear();
        self.frame_strings.clear();
        let mut rules = Rules {
            strict,
            generation: raw.number,
            report,
        };
        for i in 0..raw.batches.len() {
            let batch = raw.batches[i];
            let Some(bytes) = data.get(batch.start..batch.start + batch.size) else {
                continue;
            };
            let first = bytes.first().copied().unwrap_or_default();
            let cursor = Cursor::new(bytes, batch.offset);
            let result = match first {
                _ if batch.experiment != spec::NO_EXPERIMENT => {
                    rules.experiment(&batch);
                    Ok(())
                }
                spec::STRINGS => self.read_strings(cursor, &mut rules),
                spec::STACKS => self.read_stacks(cursor, &mut rules),
                spec::CPU_SAMPLES => self.read_samples(cursor),
                spec::FREQUENCY if version < 25 => self.sync.read(cursor, batch.time, version),
                spec::SYNC if version >= 25 => self.sync.read(cursor, batch.time, version),
                _ => {
                    self.link(&mut raw.batches, i);
                    Ok(())
                }
            };
            if let Err(error) = result {
                rules.slip(SlipKind::BadBatch, error)?;
            }
        }
        self.name_frames(raw.offset, &mut rules)
    }

    /// Appends batch `i` to those of its thread.
    fn link(&mut self, batches: &mut [Batch], i: usize) {
        let thread = batches[i].thread;
        let place = i as u32;
        match self.group_of.get(&thread) {
            Some(&group) => {
                let group = &mut self.groups[group as usize];
                batches[group.last as usize].next = place;
                group.last = place;
            }
            None => {
                self.group_of.insert(thread, self.groups.len() as u32);
                self.groups.push(Group {
                    thread,
                    first: place,
                    last: place,
                });
            }
        }
    }

    fn read_strings(&mut self, mut bytes: Cursor<'_>, rules: &mut Rules) -> Result<(), WireError> {
        let _ = bytes.byte();
        while !bytes.is_empty() {
            let offset = bytes.offset();
            let fault = |fault| number_fault(offset, "string", fault);
            expect(&mut bytes, spec::STRING, "string")?;
            let id = bytes.uvarint().map_err(fault)?;
            let length = bytes.uvarint().map_err(fault)?;
            if length > limits::STRING_BYTES {
                return Err(WireError::malformed(
                    offset,
                    "invalid string size",
                    format!("at most {}", limits::STRING_BYTES),
                    length.to_string(),
                ));
            }
            let text = bytes.take(length as usize).map_err(fault)?;
            if self.strings.get(id).is_some() {
                rules.slip(
                    SlipKind::DuplicateId,
                    WireError::malformed(offset, "string id", "a new one", format!("{id} again")),
                )?;
                continue;
            }
            // Places in the text are 32 bits wide; a generation of 4 GiB of text is not worth more.
            if self.tables.text.len() + 4 * text.len() > u32::MAX as usize {
                return Err(WireError::malformed(
                    offset,
                    "strings",
                    "less than 4 GiB",
                    "more",
                ));
            }
            let place = self.tables.push_string(&String::from_utf8_lossy(text));
            self.strings.insert(id, place.0);
        }
        Ok(())
    }

    fn read_stacks(&mut self, mut bytes: Cursor<'_>, rules: &mut Rules) -> Result<(), WireError> {
        let _ = bytes.byte();
        while !bytes.is_empty() {
            let offset = bytes.offset();
            let fault = |fault| number_fault(offset, "stack", fault);
            expect(&mut bytes, spec::STACK, "stack")?;
            let id = bytes.uvarint().map_err(fault)?;
            let count = bytes.uvarint().map_err(fault)?;
            if count > limits::STACK_FRAMES {
                return Err(WireError::malformed(
                    offset,
                    "invalid stack size",
                    format!("at most {}", limits::STACK_FRAMES),
                    count.to_string(),
                ));
            }
            self.stack.clear();
            for _ in 0..count {
                let pc = bytes.uvarint().map_err(fault)?;
                let function = bytes.uvarint().map_err(fault)?;
                let file = bytes.uvarint().map_err(fault)?;
                let line = bytes.uvarint().map_err(fault)?;
                // Only the first frame of a program counter counts, as in Go.
                let place = *self.frame_of.entry(pc).or_insert_with(|| {
                    self.frame_strings.push([function, file]);
                    self.tables.push_frame(Frame {
                        pc,
                        function: StringId::EMPTY,
                        file: StringId::EMPTY,
                        line,
                    })
                });
                self.stack.push(place);
            }
            if self.stacks.get(id).is_some() {
                rules.slip(
                    SlipKind::DuplicateId,
                    WireError::malformed(offset, "stack id", "a new one", format!("{id} again")),
                )?;
                continue;
            }
            let place = self.tables.push_stack(&self.stack);
            self.stacks.insert(id, place.0);
        }
        Ok(())
    }

    fn read_samples(&mut self, mut bytes: Cursor<'_>) -> Result<(), WireError> {
        let _ = bytes.byte();
        while !bytes.is_empty() {
            let offset = bytes.offset();
            expect(&mut bytes, spec::CPU_SAMPLE, "CPU sample")?;
            let mut number = || {
                bytes
                    .uvarint()
                    .map_err(|fault| number_fault(offset, "CPU sample", fault))
            };
            self.samples.push(Sample {
                time: number()? as i64,
                thread: number()?,
                proc: number()?,
                goroutine: number()?,
                stack: number()?,
            });
        }
        Ok(())
    }

    /// Gives frames their names, now that all strings are known (`validateStackStrings`).
    fn name_frames(&mut self, offset: u64, rules: &mut Rules) -> Result<(), WireError> {
        for (frame, ids) in self.tables.frames.iter_mut().zip(&self.frame_strings) {
            let mut name = |id: u64, field| match self.strings.get(id) {
                Some(place) => Ok::<_, WireError>(StringId(place)),
                None => {
                    rules.slip(
                        SlipKind::UnknownString,
                        WireError::malformed(
                            offset,
                            field,
                            "a string of this generation",
                            format!("id {id} at program counter {:#x}", frame.pc),
                        ),
                    )?;
                    Ok(StringId::EMPTY)
                }
            };
            frame.function = name(ids[0], "a frame's function")?;
            frame.file = name(ids[1], "a frame's file")?;
        }
        Ok(())
    }

    /// Converts the samples' times and sorts them, as Go's `fixUpCPUSamples`.
    pub fn fix_samples(&mut self, frequency: super::clock::Frequency) {
        for sample in &mut self.samples {
            sample.time = frequency.nanos(sample.time as u64);
        }
        sort_as_go(&mut self.samples, |sample| sample.time);
    }

    /// The place of a stack, if the generation has it.
    #[inline(always)]
    pub fn stack(&self, id: u64) -> Option<StackId> {
        self.stacks.get(id).map(StackId)
    }

    /// The place of a string, if the generation has it.
    #[inline(always)]
    pub fn string(&self, id: u64) -> Option<StringId> {
        self.strings.get(id).map(StringId)
    }
}

impl Rules<'_> {
    fn experiment(&mut self, batch: &Batch) {
        if spec::experiment_name(batch.experiment).is_some() {
            return;
        }
        let place = Place {
            generation: self.generation,
            offset: batch.offset,
            time: None,
        };
        self.report.slip(SlipKind::UnknownExperiment, place, || {
            format!(
                "a batch of experiment {}, which is not known here",
                batch.experiment
            )
        });
    }
}

fn expect(bytes: &mut Cursor<'_>, kind: u8, field: &'static str) -> Result<(), WireError> {
    let offset = bytes.offset();
    match bytes.byte() {
        Ok(found) if found == kind => Ok(()),
        Ok(found) => Err(WireError::malformed(
            offset,
            field,
            format!("type {kind}"),
            format!("type {found}"),
        )),
        Err(fault) => Err(number_fault(offset, field, fault)),
    }
}

#[cold]
fn number_fault(offset: u64, field: &'static str, fault: VarintFault) -> WireError {
    match fault {
        VarintFault::Short => {
            WireError::malformed(offset, field, "a whole one", "the end of its batch")
        }
        VarintFault::Overflow => {
            WireError::malformed(offset, field, "a number of 64 bits", "a longer one")
        }
    }
}
