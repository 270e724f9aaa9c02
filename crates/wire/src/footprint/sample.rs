//! A trace's footprint, told by some stretches of it: before it is read, for who wants to know what it will need.

use super::{Footprint, Tally, count_batch, count_v1, spec};
use crate::error::WireError;
use crate::gzip::{Opened, open_source};
use crate::header::{Format, HEADER_BYTES};
use crate::index::chain;
use crate::limits;
use crate::reader::head;
use crate::source::{Source, SourceError};
use crate::v1;
use crate::v2::{BatchHeader, Piece};

/// Some stretches of a trace.
#[derive(Clone, PartialEq, Debug)]
pub struct Sample {
    /// What their bytes are spent on.
    pub footprint: Footprint,
    /// How many bytes the (uncompressed) trace has, about, for each byte that is in the footprint's rows.
    pub share: f64,
}

/// Looks at [`limits::SAMPLES`] stretches of a trace, all over it; of one that is compressed, at the beginning. A trace
/// may be of another kind where nobody looked.
///
/// # Errors
/// If the source cannot be read, or is no trace.
pub fn sample<S: Source>(source: &mut S) -> Result<Sample, WireError> {
    let length = source.length();
    let beginning = Beginning {
        length: length.min(limits::SAMPLE_PACKED_BYTES),
        source,
    };
    let packed = beginning.length;
    match open_source(beginning, limits::INFLATED_BYTES)? {
        Opened::Plain(Beginning { source, .. }) => sample_plain(Beginning { source, length }),
        Opened::Inflated(mut memory) => {
            let mut sample = sample_plain(Beginning {
                length: memory.length(),
                source: &mut memory,
            })?;
            sample.share *= length as f64 / packed.max(1) as f64;
            Ok(sample)
        }
    }
}

fn sample_plain(mut source: Beginning<'_>) -> Result<Sample, WireError> {
    let length = source.length();
    let format = Format::read(&head(&mut source)?, length)?;
    let all = length.saturating_sub(HEADER_BYTES);
    let (count, size) = match all <= limits::SAMPLES * limits::SAMPLE_BYTES {
        true => (1, all),
        false => (limits::SAMPLES, limits::SAMPLE_BYTES),
    };
    let mut tally = Tally::default();
    let mut stretch = vec![0; size as usize];
    let mut first = None;
    for place in 0..count {
        let offset = HEADER_BYTES.min(length) + all / count * place;
        source.read(offset, &mut stretch)?;
        match format.is_v1() {
            true => {
                let version = format.header();
                let begin = match place {
                    0 => 0,
                    _ => v1::resynchronise(&stretch, 0, version.into()),
                };
                count_v1(&stretch[begin..], version, &mut tally);
            }
            false => {
                if first.is_none()
                    && let Ok(Piece::Batch(header)) = Piece::read(&stretch)
                {
                    first = Some(header);
                }
                if let Some(first) = first {
                    count_batches(&stretch, first, &mut tally);
                }
            }
        }
    }
    let footprint = tally.footprint(format, length);
    let read: u64 = footprint.rows.iter().map(|row| row.bytes).sum();
    let share = length as f64 / read.max(1) as f64;
    Ok(Sample { footprint, share })
}

/// Counts the events of the batches that are found in a stretch of the trace whose first batch is `first`.
fn count_batches(stretch: &[u8], first: BatchHeader, tally: &mut Tally) {
    let places = (limits::BATCH_BYTES as usize + limits::BATCH_HEADER_BYTES).min(stretch.len());
    let begin = (0..places).find(|&at| chain(stretch, at, first, u64::MAX).is_some());
    let Some(mut at) = begin else { return };
    while let Some(Ok(piece)) = stretch.get(at..).map(Piece::read) {
        at += match piece {
            Piece::EndOfGeneration => 1,
            Piece::Batch(header) => {
                let begin = at + header.header;
                let Some(batch) = stretch.get(begin..begin + header.size) else {
                    return;
                };
                if header.experiment == spec::NO_EXPERIMENT {
                    count_batch(batch, tally);
                }
                header.header + header.size
            }
        };
    }
}

/// The first bytes of a source, or all: of any source, as none of this is worth code for each.
struct Beginning<'a> {
    source: &'a mut dyn Source,
    length: u64,
}

impl Source for Beginning<'_> {
    fn length(&self) -> u64 {
        self.length
    }

    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        self.source.read(offset, buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::footprint;
    use super::*;

    fn corpus(name: &str) -> Vec<u8> {
        std::fs::read(format!("../../testdata/corpus/{name}.trace")).unwrap()
    }

    #[test]
    fn some_stretches_tell_what_all_is_spent_on() {
        for name in ["flight-go1.25", "http-go1.27", "gc-go1.21", "http-go1.21"] {
            // Again and again, until it is large.
            let once = corpus(name);
            let mut bytes = once.clone();
            while bytes.len() < 8 << 20 {
                bytes.extend(&once[16..]);
            }
            let all = footprint(&once[..]).unwrap().count as f64 / once.len() as f64;
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(&bytes).unwrap();
            for mut file in [&bytes[..], &gzip.finish().unwrap()] {
                let sample = sample(&mut file).unwrap();
                assert!(sample.share > 1.5, "{name}: all was looked at");
                let told = sample.footprint.count as f64 * sample.share;
                let ratio = told / (all * bytes.len() as f64);
                assert!(
                    (0.8..1.25).contains(&ratio),
                    "{name}: {ratio} of all events"
                );
            }
        }
    }

    #[test]
    fn a_small_trace_is_looked_at_as_a_whole() {
        let bytes = corpus("annotate-go1.27");
        let all = footprint(&bytes[..]).unwrap();
        let sample = sample(&mut &bytes[..]).unwrap();
        let events = |footprint: &Footprint| {
            let timed = footprint.rows.iter().filter(|row| row.timed);
            timed.map(|row| row.count).sum::<u64>()
        };
        assert_eq!(events(&sample.footprint), events(&all));
        for cut in [0, 1, 16, 17, 40, 300] {
            let _ = super::sample(&mut &bytes[..cut]);
        }
    }
}
