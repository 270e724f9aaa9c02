//! Parts as bytes and back; bytes that are none of a part.

use tracepane_testkit::data;
use tracepane_testkit::mutate::Random;

use super::*;
use crate::load;
use crate::parts::{Merger, PartReader};

const TRACE: &str = "corpus/taskgenerations-go1.27.trace";

/// The header, and the bytes of the tables.
type Pieces = (Vec<u8>, Vec<u8>);

fn parts(bytes: &[u8]) -> (tracepane_wire::Index, Vec<Pieces>) {
    let index = tracepane_wire::index(&mut &bytes[..]).expect("an index");
    let pieces = (0..index.generations.len()).map(|i| {
        let mut reader = PartReader::new(bytes, &index, i..i + 1).expect("a reader");
        while reader.step().expect("a generation").is_some() {}
        let mut tables = Vec::new();
        let put = |bytes: &[u8]| tables.extend_from_slice(bytes);
        (reader.finish().pieces(1, put).header, tables)
    });
    let pieces = pieces.collect();
    (index, pieces)
}

fn part(header: &[u8], tables: &[u8]) -> Result<SentPart, BadPieces> {
    Part::from_pieces(header, Box::new(Cursor::new(tables.to_vec())))
}

/// Whether pieces are refused, when they are taken or, for spans, when they are joined.
fn refused(index: &tracepane_wire::Index, before: &[Pieces], header: &[u8], tables: &[u8]) -> bool {
    let mut merger = Merger::new(index.format, 1 << 30);
    for (header, tables) in before {
        let part = part(header, tables).expect("a part");
        merger.push(part).expect("a part that fits");
    }
    match part(header, tables) {
        Ok(part) => merger.push(part).is_err(),
        Err(_) => true,
    }
}

#[test]
fn parts_come_out_of_their_pieces_as_they_went_in() {
    let bytes = data::read(TRACE);
    let (index, pieces) = parts(&bytes);
    let mut merger = Merger::new(index.format, bytes.len() as u64);
    for (header, tables) in pieces {
        // What is small by nature is in the header.
        assert!(header.len() < 2000);
        merger
            .push(part(&header, &tables).expect("a part"))
            .expect("a part that fits");
    }
    let whole = load(&bytes[..], Default::default()).expect("a trace");
    assert_eq!(whole.difference(&merger.finish()), None);
}

#[test]
fn pieces_that_are_cut_are_refused() {
    let bytes = data::read(TRACE);
    let (index, pieces) = parts(&bytes);
    for (i, (header, tables)) in pieces[..2].iter().enumerate() {
        let before = &pieces[..i];
        assert!(!refused(&index, before, header, tables));
        for length in 0..header.len() {
            let cut = &header[..length];
            assert!(
                refused(&index, before, cut, tables),
                "{length} bytes of the header"
            );
        }
        for length in (0..tables.len()).step_by(97) {
            assert!(
                refused(&index, before, header, &tables[..length]),
                "{length} bytes"
            );
        }
        let more = [tables.as_slice(), &[0]].concat();
        assert!(refused(&index, before, header, &more));
    }
}

/// The other end is ours, so what comes of other numbers does not matter; but nothing must break.
#[test]
fn pieces_with_other_bytes_are_refused_or_joined_to_something() {
    let bytes = data::read(TRACE);
    let (index, pieces) = parts(&bytes);
    for seed in 0..3000 {
        let mut random = Random::new(seed);
        let mut merger = Merger::new(index.format, bytes.len() as u64);
        let changed = random.below(pieces.len());
        for (i, (header, tables)) in pieces.iter().enumerate().take(changed + 2) {
            let (mut header, mut tables) = (header.clone(), tables.clone());
            if i == changed {
                let bytes = match random.below(3) {
                    0 => &mut header,
                    _ => &mut tables,
                };
                for _ in 0..=random.below(3) {
                    let place = random.below(bytes.len());
                    bytes[place] = random.number() as u8;
                }
            }
            let Ok(part) = part(&header, &tables) else {
                break;
            };
            if merger.push(part).is_err() {
                break;
            }
        }
    }
}
