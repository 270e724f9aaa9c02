//! A file on the user's disk as a source of bytes, read slice by slice and never as a whole.

use js_sys::Uint8Array;
use tracepane_wire::{Source, SourceError};
use wasm_bindgen::JsValue;
use web_sys::{File, FileReaderSync};

/// A `File`, read synchronously: only workers may.
pub struct FileSource {
    file: File,
    reader: FileReaderSync,
}

impl FileSource {
    /// Wraps a file.
    ///
    /// # Errors
    /// If the browser has no synchronous reader here.
    pub fn new(file: File) -> Result<Self, JsValue> {
        Ok(Self {
            file,
            reader: FileReaderSync::new()?,
        })
    }
}

impl Source for FileSource {
    fn length(&self) -> u64 {
        self.file.size() as u64
    }

    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let end = offset.saturating_add(buffer.len() as u64);
        if end > self.length() {
            return Err(SourceError::PastEnd {
                offset,
                end,
                length: self.length(),
            });
        }
        let failed = |error: JsValue| SourceError::Failed {
            offset,
            reason: describe(&error),
        };
        let slice = self
            .file
            .slice_with_f64_and_f64(offset as f64, end as f64)
            .map_err(failed)?;
        let bytes = Uint8Array::new(
            &self
                .reader
                .read_as_array_buffer(&slice)
                .map_err(failed)?
                .into(),
        );
        if bytes.length() as usize != buffer.len() {
            return Err(SourceError::Failed {
                offset,
                reason: "the file became shorter while it was read".into(),
            });
        }
        bytes.copy_to(buffer);
        Ok(())
    }
}

/// What a JavaScript exception says.
fn describe(error: &JsValue) -> String {
    js_sys::Reflect::get(error, &JsValue::from_str("message"))
        .ok()
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}
