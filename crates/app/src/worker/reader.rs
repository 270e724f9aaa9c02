//! The reader: a worker of the trace's worker, which reads some generations of a file and hands them over as a part. One
//! of them makes a share of the levels of detail, when nothing is left to read.

use std::cell::RefCell;

use js_sys::{Array, ArrayBuffer, Object, Reflect, Uint8Array};
use tracepane_model::parts::PartReader;
use tracepane_wire::{Format, Index};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, FileReaderSync, MessageEvent};

use super::announce_panics;
use super::beginning::Beginning;
use super::buffers::Filled;
use super::file::{FileSource, generations_from};
use super::port::Port;
use super::rehearsal::rehearse;
use crate::interop::sentence;
use crate::protocol::{FromReader, ReadAsk, ReadPart, ReaderAsk};

/// Starts a reader.
pub fn start() {
    let port = Port::of_this_worker();
    announce_panics(|why| {
        let _ = say(&FromReader::Failed { why }, &Array::new());
    });
    let beginning = RefCell::new(Beginning::default());
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let data = event.data();
        let field = |name: &str| Reflect::get(&data, &JsValue::from_str(name)).ok();
        let ask = field("ask").and_then(|ask| serde_wasm_bindgen::from_value(ask).ok());
        let file = field("file").and_then(|file| file.dyn_into::<File>().ok());
        let buffers = field("buffers").and_then(|buffers| buffers.dyn_into::<Array>().ok());
        let done = match (ask, file, buffers) {
            (Some(ReaderAsk::Rehearse), Some(file), _) => match rehearse(&file) {
                Some(()) => Ok((FromReader::Rehearsed, Array::new())),
                None => return,
            },
            (Some(ReaderAsk::Fetch { offset, end }), Some(file), _) => fetch(&file, offset, end)
                .map(|bytes| (FromReader::Bytes { offset }, Array::of1(&bytes)))
                .map_err(|error| sentence(&error)),
            (Some(ReaderAsk::Read(ask)), Some(file), Some(buffers)) => {
                read(&ask, file, &buffers).map(|(part, buffers)| (FromReader::Part(part), buffers))
            }
            (Some(ReaderAsk::Join(part)), _, Some(buffers)) => {
                match beginning.borrow_mut().join(&part, &buffers) {
                    Ok(()) => return,
                    Err(why) => Err(why),
                }
            }
            (Some(ReaderAsk::Levels { rows, whole }), _, _) => {
                let levels = beginning.take().levels(rows as usize, whole);
                levels.map(|(buffers, bytes)| (FromReader::Levels { bytes }, buffers))
            }
            _ => Err("a message was not understood".into()),
        };
        let said = match done {
            Ok((said, buffers)) => say(&said, &buffers),
            Err(why) => say(&FromReader::Failed { why }, &Array::new()),
        };
        if let Err(error) = said {
            // What could not be told: that at least, or the worker waits for it.
            let why = sentence(&error);
            let _ = say(&FromReader::Failed { why }, &Array::new());
        }
    });
    port.listen(listener.as_ref().unchecked_ref());
    listener.forget();
}

/// Gets bytes of a file.
fn fetch(file: &File, offset: f64, end: f64) -> Result<ArrayBuffer, JsValue> {
    let slice = file.slice_with_f64_and_f64(offset, end)?;
    FileReaderSync::new()?.read_as_array_buffer(&slice)
}

/// Reads a part.
fn read(ask: &ReadAsk, file: File, buffers: &Array) -> Result<(ReadPart, Array), String> {
    let port = Port::of_this_worker();
    let began = port.now();
    let format = Format::new(ask.format).ok_or("the format is unknown")?;
    let index = Index {
        format,
        generations: generations_from(&ask.index),
        fault: None,
    };
    let source = FileSource::new(file).map_err(|error| format!("{error:?}"))?;
    let buffers = buffers.iter().map(|buffer| Uint8Array::new(&buffer));
    let source = source.with(ask.offset as u64, buffers.collect());
    let (waited, spare) = (source.waited(), source.spare());
    let range = ask.generations.0 as usize..ask.generations.1 as usize;
    let mut reader = match ask.alone {
        true => PartReader::alone(source, &index, range),
        false => PartReader::new(source, &index, range),
    }
    .map_err(|error| error.to_string())?;
    // Progress counts from the file's beginning.
    let mut before = ask.offset as u64;
    let mut bytes = 0;
    while let Some(progress) = reader.step().map_err(|error| error.to_string())? {
        bytes += progress.bytes_read.saturating_sub(before);
        before = progress.bytes_read;
        let progress = FromReader::Progress {
            place: ask.place,
            bytes: bytes as f64,
            events: progress.events as f64,
        };
        // Whether it arrives or not, reading goes on.
        let _ = say(&progress, &Array::new());
    }
    let part = reader.finish();
    let events = part.events() as f64;
    let mut tables = Filled::with(std::mem::take(&mut spare.borrow_mut()));
    let columns = ask.columns.min(MOST_COLUMNS) as usize;
    let pieces = part.pieces(columns, |bytes| tables.put(bytes));
    let (handed, bytes) = tables.end();
    let waited = waited.get();
    let part = ReadPart {
        place: ask.place,
        header: pieces.header,
        bytes,
        events,
        columns: pieces.sketch,
        millis: (waited, port.now() - began - waited),
    };
    Ok((part, handed))
}

/// More than a screen has pixels for.
const MOST_COLUMNS: u32 = 2000;

/// Posts a message, and hands these buffers over with it.
fn say(said: &FromReader, buffers: &Array) -> Result<(), JsValue> {
    let message = Object::new();
    Reflect::set(
        &message,
        &"say".into(),
        &serde_wasm_bindgen::to_value(said)?,
    )?;
    Reflect::set(&message, &"buffers".into(), buffers)?;
    Port::of_this_worker().hand_over(&message, buffers)
}
