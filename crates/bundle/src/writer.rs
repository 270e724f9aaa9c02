//! Writing the slot, piece by piece: a trace of any size goes through it without being held.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::FORMAT;
use crate::head::{Head, Part};
use crate::markup::escape;
use crate::page::{CLOSING, OPENING};

/// How many stored bytes one element has at most: what a browser returns as one string has a limit (V8: 512 Mi
/// characters), and what it holds at once should be little. A multiple of three.
const ELEMENT_BYTES: usize = 24 << 20;

/// How every file that is compressed with gzip begins.
pub const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A slot that is being written. Each method appends to `out` what comes next.
#[derive(Debug)]
pub struct Slot {
    /// Bytes that do not fill three yet.
    rest: Vec<u8>,
    /// How many bytes the present element has.
    written: usize,
    element_bytes: usize,
}

impl Slot {
    /// Begins a slot with a trace in it.
    pub fn begin(head: &Head, part: &Part, out: &mut String) -> Self {
        let _ = write!(out, "{OPENING} data-format=\"{FORMAT}\"");
        attribute("address", &head.address, out);
        if head.scroll > 0.0 && head.scroll.is_finite() {
            let _ = write!(out, " data-scroll=\"{}\"", head.scroll.round());
        }
        out.push_str(">\n");
        open(out);
        out.push_str(" data-part=\"trace\"");
        attribute("name", &part.name, out);
        attribute("encoding", part.encoding.key(), out);
        let _ = write!(out, " data-size=\"{}\">", part.size);
        Self {
            rest: Vec::with_capacity(3),
            written: 0,
            element_bytes: ELEMENT_BYTES,
        }
    }

    /// Adds stored bytes.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut String) {
        while !self.rest.len().is_multiple_of(3) {
            let Some((&first, others)) = bytes.split_first() else {
                return;
            };
            self.rest.push(first);
            bytes = others;
        }
        let rest = std::mem::take(&mut self.rest);
        self.whole(&rest, out);
        let (whole, rest) = bytes.split_at(bytes.len() - bytes.len() % 3);
        self.whole(whole, out);
        self.rest.extend_from_slice(rest);
    }

    /// Writes bytes in threes.
    fn whole(&mut self, mut bytes: &[u8], out: &mut String) {
        while !bytes.is_empty() {
            if self.written == self.element_bytes {
                close(out);
                open(out);
                out.push_str(" data-more>");
                self.written = 0;
            }
            let size = bytes.len().min(self.element_bytes - self.written);
            let (now, later) = bytes.split_at(size);
            BASE64.encode_string(now, out);
            self.written += size;
            bytes = later;
        }
    }

    /// Ends the slot.
    pub fn end(mut self, out: &mut String) {
        let rest = std::mem::take(&mut self.rest);
        self.whole(&rest, out);
        close(out);
        out.push_str(CLOSING);
    }
}

/// An element that a browser neither runs nor shows.
fn open(out: &mut String) {
    out.push_str("<script type=\"application/octet-stream\"");
}

fn close(out: &mut String) {
    out.push_str("</script>\n");
}

fn attribute(name: &str, value: &str, out: &mut String) {
    let _ = write!(out, " data-{name}=\"");
    escape(value, out);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::Encoding;
    use crate::page::find_slot;

    fn part(name: &str) -> Part {
        Part {
            name: name.into(),
            encoding: Encoding::Gzip,
            size: 7,
        }
    }

    fn slot(bytes: &[u8], piece: usize, element_bytes: usize) -> String {
        let mut out = String::new();
        let mut slot = Slot::begin(&Head::default(), &part("x"), &mut out);
        slot.element_bytes = element_bytes;
        for piece in bytes.chunks(piece) {
            slot.push(piece, &mut out);
        }
        slot.end(&mut out);
        out
    }

    #[test]
    fn the_text_is_that_of_the_format() {
        let head = Head {
            address: "#/timeline?start=1&end=2".into(),
            scroll: 95.6,
        };
        let mut out = String::new();
        let mut slot = Slot::begin(&head, &part("a \"b\" <c>.trace"), &mut out);
        slot.push(b"hello", &mut out);
        slot.end(&mut out);
        assert_eq!(
            out,
            "<div id=\"bundle\" hidden data-format=\"1\" data-address=\"#/timeline?start=1&amp;end=2\" data-scroll=\"96\">\n\
             <script type=\"application/octet-stream\" data-part=\"trace\" data-name=\"a &quot;b&quot; &lt;c&gt;.trace\" data-encoding=\"gzip\" data-size=\"7\">\
             aGVsbG8=</script>\n</div>"
        );
        assert_eq!(find_slot(out.as_bytes()), Ok(0..out.len()));
    }

    #[test]
    fn pieces_do_not_matter() {
        let bytes: Vec<u8> = (0..1000u32).map(|i| (i * 7) as u8).collect();
        for element_bytes in [ELEMENT_BYTES, 99, 3] {
            let whole = slot(&bytes, bytes.len(), element_bytes);
            for piece in [1, 2, 3, 4, 100, 101] {
                assert_eq!(slot(&bytes, piece, element_bytes), whole);
            }
        }
    }

    #[test]
    fn each_element_can_be_decoded_alone() {
        let bytes: Vec<u8> = (0..1000u32).map(|i| (i * 13) as u8).collect();
        let text = slot(&bytes, 64, 300);
        let mut found = Vec::new();
        let mut elements = 0;
        for line in text.lines().filter(|line| line.starts_with("<script")) {
            let (opening, rest) = line.split_once('>').unwrap();
            assert_eq!(opening.ends_with(" data-more"), elements > 0);
            let base64 = rest.strip_suffix("</script>").unwrap();
            found.extend(BASE64.decode(base64).unwrap());
            elements += 1;
        }
        assert_eq!((found, elements), (bytes, 4));
    }

    #[test]
    fn an_empty_trace_is_one_empty_element() {
        let text = slot(&[], 1, 3);
        assert!(text.contains("data-size=\"7\"></script>\n</div>"), "{text}");
    }
}
