//! Where in a page the slot is.

use std::fmt;
use std::ops::Range;

/// The slot of a page without a trace: `www/index.html` has just this text, once.
pub const EMPTY_SLOT: &str = "<div id=\"bundle\" hidden></div>";

/// How every slot begins, full or empty.
pub(crate) const OPENING: &str = "<div id=\"bundle\" hidden";
/// How every slot ends; nothing inside it can look like this.
pub(crate) const CLOSING: &str = "</div>";

/// Why a file is no page to put a trace into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PageError {
    /// It has no slot.
    NoSlot,
    /// It has more than one.
    ManySlots,
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSlot => {
                "it has no place for a trace: it is no page of Tracepane, or an old one"
            }
            Self::ManySlots => "it has more than one place for a trace: it is damaged",
        })
    }
}

impl std::error::Error for PageError {}

/// Where the slot of a page is, full or empty: what stands there is to be replaced.
///
/// # Errors
/// If there is not exactly one.
pub fn find_slot(page: &[u8]) -> Result<Range<usize>, PageError> {
    let find = |from: usize, text: &str| {
        let rest = page.get(from..).unwrap_or_default();
        let found = rest
            .windows(text.len())
            .position(|window| window == text.as_bytes());
        found.map(|at| from + at)
    };
    let start = find(0, OPENING).ok_or(PageError::NoSlot)?;
    let end = find(start, CLOSING).ok_or(PageError::NoSlot)? + CLOSING.len();
    if find(end, OPENING).is_some() {
        return Err(PageError::ManySlots);
    }
    Ok(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slot_is_found_full_and_empty() {
        let page = format!("<body>\n{EMPTY_SLOT}\n<p>x</p></body>");
        let slot = find_slot(page.as_bytes()).unwrap();
        assert_eq!(&page[slot], EMPTY_SLOT);
        let full = page.replace(
            EMPTY_SLOT,
            "<div id=\"bundle\" hidden data-x=\"1\">abc</div>",
        );
        let slot = find_slot(full.as_bytes()).unwrap();
        assert_eq!(
            &full[slot.clone()],
            "<div id=\"bundle\" hidden data-x=\"1\">abc</div>"
        );
        assert_eq!(&full[slot.end..], "\n<p>x</p></body>");
    }

    #[test]
    fn other_files_are_refused() {
        assert_eq!(find_slot(b""), Err(PageError::NoSlot));
        assert_eq!(
            find_slot(b"<div id=\"bundle\" hidden>"),
            Err(PageError::NoSlot)
        );
        let twice = EMPTY_SLOT.repeat(2);
        assert_eq!(find_slot(twice.as_bytes()), Err(PageError::ManySlots));
    }
}
