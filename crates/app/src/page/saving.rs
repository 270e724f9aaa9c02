//! "Save as HTML": this page as one file, with the open trace inside.
//!
//! The page writes its own source anew from what it was delivered as: the slot `source` has its markup, and the text of
//! every script and style is still in the document. The trace goes from its file through the browser's compressor into
//! pieces of the result; nothing is held as a whole.

use js_sys::{Array, JSON, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use tracepane_bundle::{Encoding, GZIP_MAGIC, Head, Part, Slot};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, File, ReadableStream, ReadableStreamDefaultReader, WritableStream,
    WritableStreamDefaultWriter,
};

use super::app::App;
use super::bundle::SLOT;
use super::opening::download_blob;
use crate::address::{Address, Tab};
use crate::interop;

/// How many bytes of the trace are read at once.
const READ_BYTES: f64 = 4_194_304.0;
/// How much text is gathered before it is handed to the browser, which may put it on disk.
const GATHERED_BYTES: usize = 8 << 20;

#[wasm_bindgen]
extern "C" {
    /// The browser's compressor; web-sys calls it unstable, though every browser that can open this page has it.
    type CompressionStream;
    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<CompressionStream, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn readable(this: &CompressionStream) -> ReadableStream;
    #[wasm_bindgen(method, getter)]
    fn writable(this: &CompressionStream) -> WritableStream;
}

/// What saving is doing.
#[derive(Clone, PartialEq, Debug)]
pub enum Saving {
    /// Nothing is being saved.
    Idle,
    /// So much of the trace was read, 0 to 1. Each time has a number.
    Busy(u32, f64),
    /// It failed, and why.
    Failed(String),
}

impl App {
    /// Saves the page with the open trace inside; stops doing so, if that is what it does.
    pub fn save_as_html(self) {
        if matches!(self.saving.get_untracked(), Saving::Busy(..)) {
            self.saving.set(Saving::Idle);
            self.said.set("Saving was stopped".into());
            return;
        }
        let Some(file) = self.file.get_value() else {
            return;
        };
        let head = self.present_head();
        let run = Run {
            app: self,
            number: self.saves.get_value().wrapping_add(1),
        };
        self.saves.set_value(run.number);
        self.saving.set(Saving::Busy(run.number, 0.0));
        self.said.set("Saving".into());
        spawn_local(async move {
            let name = file_name(&file.name());
            let saved = match run.bundle(&file, &head).await {
                Ok(Some(blob)) => download_blob(&name, &blob).map(|()| true),
                Ok(None) => Ok(false),
                Err(error) => Err(error),
            };
            match saved {
                Ok(true) => {
                    self.saving.set(Saving::Idle);
                    self.said.set(format!("Saved as {name}"));
                }
                Ok(false) => {}
                Err(error) => {
                    let why = interop::sentence(&error);
                    self.saving.set(Saving::Failed(format!(
                        "The page could not be saved. The trace's file may be gone or changed, or there is no room for it. ({why})"
                    )));
                }
            }
        });
    }

    /// What is to be seen when the saved page opens.
    fn present_head(self) -> Head {
        let address = self.address.get_untracked();
        let address = match address.tab() {
            // It may be behind the view by a moment.
            Tab::Timeline => Address::Timeline(self.timeline()),
            _ => address,
        };
        Head {
            address: self.href(&address),
            scroll: self.view.with_untracked(|view| view.scroll),
        }
    }
}

/// The saved page's name.
fn file_name(trace: &str) -> String {
    let stem = ["", ".gz", ".trace", ".out"]
        .iter()
        .fold(trace, |name, end| name.strip_suffix(end).unwrap_or(name));
    match stem {
        "" => "trace.html".into(),
        stem => format!("{stem}.html"),
    }
}

/// One time of saving.
#[derive(Clone, Copy)]
struct Run {
    app: App,
    number: u32,
}

impl Run {
    /// Whether it is to go on.
    fn goes_on(self) -> bool {
        self.app.saving.with_untracked(
            |saving| matches!(saving, Saving::Busy(number, _) if *number == self.number),
        )
    }

    /// Tells how far it is; false if it is to stop.
    fn progress(self, share: f64) -> bool {
        let goes_on = self.goes_on();
        if goes_on {
            self.app
                .saving
                .set(Saving::Busy(self.number, share.min(1.0)));
        }
        goes_on
    }

    /// The whole file; `None` if it was stopped.
    async fn bundle(self, file: &File, head: &Head) -> Result<Option<Blob>, JsValue> {
        let parts = Array::new();
        let source = text_inside("source")?;
        let source: Array = JSON::parse(&source)?.dyn_into()?;
        for (i, piece) in source.iter().enumerate() {
            match piece.as_string() {
                Some(id) if i % 2 == 1 && id == SLOT => match self.slot(file, head).await? {
                    Some(blob) => parts.push(&blob),
                    None => return Ok(None),
                },
                Some(id) if i % 2 == 1 => parts.push(&text_inside(&id)?.into()),
                _ => parts.push(&piece),
            };
        }
        let options = BlobPropertyBag::new();
        options.set_type("text/html");
        Blob::new_with_str_sequence_and_options(&parts, &options).map(Some)
    }

    /// The slot with the trace in it; `None` if it was stopped.
    async fn slot(self, file: &File, head: &Head) -> Result<Option<Blob>, JsValue> {
        let size = file.size();
        let magic = read(file, 0.0, size.min(GZIP_MAGIC.len() as f64)).await?;
        let packed = magic.to_vec() == GZIP_MAGIC;
        let part = Part {
            name: file.name(),
            encoding: if packed {
                Encoding::Stored
            } else {
                Encoding::Gzip
            },
            size: size as u64,
        };
        let mut text = String::new();
        let mut slot = Slot::begin(head, &part, &mut text);
        let parts = Array::new();
        let mut take = |bytes: &Uint8Array, last: bool| -> Result<(), JsValue> {
            slot.push(&bytes.to_vec(), &mut text);
            if text.len() >= GATHERED_BYTES || last {
                let gathered = Array::of1(&text.as_str().into());
                parts.push(&Blob::new_with_str_sequence(&gathered)?.into());
                text.clear();
            }
            Ok(())
        };
        if packed {
            let mut at = 0.0;
            while at < size {
                take(&read(file, at, size.min(at + READ_BYTES)).await?, false)?;
                at += READ_BYTES;
                if !self.progress(at / size) {
                    return Ok(None);
                }
            }
        } else {
            let compressor = CompressionStream::new("gzip")?;
            let writer = WritableStreamDefaultWriter::new(&compressor.writable())?;
            let reader = ReadableStreamDefaultReader::new(&compressor.readable())?;
            let from = file.clone();
            spawn_local(async move {
                if let Err(error) = self.feed(&from, &writer).await {
                    // The reader hears of it.
                    let _ = JsFuture::from(writer.abort_with_reason(&error)).await;
                }
            });
            loop {
                let chunk = JsFuture::from(reader.read()).await;
                if !self.goes_on() {
                    return Ok(None);
                }
                let chunk = chunk?;
                let field = |name: &str| js_sys::Reflect::get(&chunk, &name.into());
                if field("done")?.is_truthy() {
                    break;
                }
                take(&field("value")?.dyn_into()?, false)?;
            }
        }
        take(&Uint8Array::new_with_length(0), true)?;
        slot.end(&mut text);
        parts.push(&text.into());
        Blob::new_with_str_sequence(&parts).map(Some)
    }

    /// Gives the whole file to the compressor.
    async fn feed(self, file: &File, writer: &WritableStreamDefaultWriter) -> Result<(), JsValue> {
        let size = file.size();
        let mut at = 0.0;
        while at < size {
            let bytes = read(file, at, size.min(at + READ_BYTES)).await?;
            JsFuture::from(writer.write_with_chunk(&bytes)).await?;
            at += READ_BYTES;
            if !self.progress(at / size) {
                return Err("stopped".into());
            }
        }
        JsFuture::from(writer.close()).await?;
        Ok(())
    }
}

/// What stands inside an element of this page.
fn text_inside(id: &str) -> Result<String, JsValue> {
    document()
        .get_element_by_id(id)
        .and_then(|element| element.text_content())
        .ok_or_else(|| format!("the page has no element #{id}").into())
}

async fn read(file: &File, from: f64, to: f64) -> Result<Uint8Array, JsValue> {
    let slice = file.slice_with_f64_and_f64(from, to)?;
    let bytes = JsFuture::from(slice.array_buffer()).await?;
    let bytes = Uint8Array::new(&bytes);
    if f64::from(bytes.length()) == to - from {
        Ok(bytes)
    } else {
        Err("the file became shorter".into())
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_saved_page_is_named_after_its_trace() {
        for (trace, page) in [
            ("trace.out", "trace.html"),
            ("a.b.trace.gz", "a.b.html"),
            ("slow", "slow.html"),
            (".trace", "trace.html"),
            ("", "trace.html"),
        ] {
            assert_eq!(file_name(trace), page);
        }
    }
}
