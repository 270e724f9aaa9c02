//! A rehearsal of opening a file, with a small one, before a large one is chosen: a browser makes good code of what has
//! been used much, and that takes it a while, in which the processors are wanted for the file.

use js_sys::Array;
use tracepane_model::parts::{Merger, Part, PartReader};
use tracepane_timeline::levels::told::Told;
use tracepane_timeline::levels::whole::Whole;
use tracepane_timeline::{DrawList, Levels, Pixmap, Size, draw, paint};
use tracepane_wire::{Index, WireError};
use web_sys::File;

use super::beginning::Beginning;
use super::buffers::{Filled, HandedOver};
use super::file::FileSource;
use super::opened::OpenTrace;
use super::session::frames::scene_of;
use super::summary;
use super::timekeeping::Timekeeping;
use crate::protocol::{JoinAsk, Look};

/// How many columns a part's sketch has.
const COLUMNS: usize = 120;

/// How large a window is.
const SIZE: Size = Size {
    width: 1200,
    height: 800,
    ratio: 1.0,
};

/// Does once what this worker and its readers do to open a file, and forgets it; `None` if the file does not do for it.
pub fn rehearse(file: &File) -> Option<()> {
    let mut source = FileSource::new(file.clone()).ok()?;
    let index = tracepane_wire::skim(&mut source).ok()?;
    let (header, buffers, bytes) = read(source, &index).ok()?;
    let length = file.size();
    let mut merger = Merger::new(index.format, length as u64);
    let tables = Box::new(HandedOver::lent(&buffers, bytes));
    merger.push(Part::from_pieces(&header, tables).ok()?).ok()?;
    let trace = merger.finish();
    let mut beginning = Beginning::default();
    let part = JoinAsk {
        header,
        bytes,
        file: (index.format.header().into(), length),
        is_last: true,
    };
    beginning.join(&part, &buffers).ok()?;
    let rows = Told::share(trace.spans.len() / 2);
    let mut whole = Vec::new();
    Whole::of(&trace, rows).put(|bytes| whole.extend_from_slice(bytes));
    let (buffers, bytes) = beginning.levels(rows, whole).ok()?;
    let nothing = Told::nothing(&trace);
    let rest = Told::of_rest(&trace, rows);
    let first = nothing.with(&mut HandedOver::new(&buffers, bytes))?;
    let levels = Levels::of_two(&trace, first, rest);
    let open = OpenTrace::new(String::new(), trace, levels, file.clone());
    let _ = summary::summary(&open);
    show(&open);
    Some(())
}

/// Draws all of it.
fn show(open: &OpenTrace) {
    let look = Look::whole(open.trace.end.0 as f64);
    let timekeeping = Timekeeping::default();
    let scene = scene_of(open, &look, &timekeeping, SIZE);
    let mut list = DrawList::new();
    draw(&scene, &mut list);
    let mut pixmap = Pixmap::default();
    pixmap.resize(SIZE.device_width(), SIZE.device_height());
    paint(&list, &mut pixmap);
}

/// Reads all of a file as one part: its header, and its tables as buffers and how many bytes these have.
fn read(source: FileSource, index: &Index) -> Result<(Vec<u8>, Array, f64), WireError> {
    let mut reader = PartReader::new(source, index, 0..index.generations.len())?;
    while reader.step()?.is_some() {}
    let part = reader.finish();
    let mut tables = Filled::default();
    let pieces = part.pieces(COLUMNS, |bytes| tables.put(bytes));
    let (buffers, bytes) = tables.end();
    Ok((pieces.header, buffers, bytes))
}
