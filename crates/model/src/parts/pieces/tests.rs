//! Parts as bytes and back; bytes that are none of a part.

use tracepane_testkit::data;
use tracepane_testkit::mutate::Random;

use super::*;
use crate::load;
use crate::parts::{Merger, PartReader};

const TRACE: &str = "corpus/taskgenerations-go1.27.trace";

fn parts(bytes: &[u8]) -> (tracepane_wire::Index, Vec<Pieces>) {
    let index = tracepane_wire::index(&mut &bytes[..]).expect("an index");
    let pieces = (0..index.generations.len()).map(|i| {
        let mut reader = PartReader::new(bytes, &index, i..i + 1).expect("a reader");
        while reader.step().expect("a generation").is_some() {}
        reader.finish().into_pieces()
    });
    let pieces = pieces.collect();
    (index, pieces)
}

#[test]
fn parts_come_out_of_their_pieces_as_they_went_in() {
    let bytes = data::read(TRACE);
    let (index, pieces) = parts(&bytes);
    let mut merger = Merger::new(&index, bytes.len() as u64);
    for Pieces { header, buffers } in pieces {
        // What is small by nature is in the header.
        assert!(header.len() < 2000);
        let part = Part::from_pieces(&header, buffers).expect("a part");
        let again = part.into_pieces();
        assert_eq!(header, again.header);
        let part = Part::from_pieces(&again.header, again.buffers).expect("a part");
        merger.push(part).expect("a part that fits");
    }
    let whole = load(&bytes[..], Default::default()).expect("a trace");
    assert_eq!(whole.difference(&merger.finish()), None);
}

#[test]
fn pieces_that_are_cut_are_refused() {
    let bytes = data::read(TRACE);
    let (_, pieces) = parts(&bytes);
    for Pieces { header, buffers } in &pieces[..2] {
        for length in 0..header.len() {
            let part = Part::from_pieces(&header[..length], buffers.clone());
            assert!(part.is_err(), "{length} bytes of the header");
        }
        for length in (0..buffers[0].len()).step_by(97) {
            let mut buffers = buffers.clone();
            buffers[0].truncate(length);
            assert!(Part::from_pieces(header, buffers).is_err());
        }
        let mut more = buffers.clone();
        more.push(vec![0]);
        assert!(Part::from_pieces(header, more).is_err());
    }
}

/// The other end is ours, so what comes of other numbers does not matter; but nothing must break.
#[test]
fn pieces_with_other_bytes_are_refused_or_joined_to_something() {
    let bytes = data::read(TRACE);
    let (index, pieces) = parts(&bytes);
    for seed in 0..3000 {
        let mut random = Random::new(seed);
        let mut merger = Merger::new(&index, bytes.len() as u64);
        let changed = random.below(pieces.len());
        for (i, Pieces { header, buffers }) in pieces.iter().enumerate().take(changed + 2) {
            let (mut header, mut buffers) = (header.clone(), buffers.clone());
            if i == changed {
                let bytes = match random.below(3) {
                    0 => &mut header,
                    _ => &mut buffers[0],
                };
                for _ in 0..=random.below(3) {
                    let place = random.below(bytes.len());
                    bytes[place] = random.number() as u8;
                }
            }
            let Ok(part) = Part::from_pieces(&header, buffers) else {
                break;
            };
            if merger.push(part).is_err() {
                break;
            }
        }
    }
}
