//! A bundle: the page with a trace inside it. How the page's `bundle` slot is written and read; `docs/bundle.md` is the
//! format for people.
//!
//! The page and the native command write it with this same code: [`writer::Slot`] makes the slot's text piece by piece,
//! [`page::find_slot`] says where in a page it goes, and [`head::Head`] is what the slot says of itself.
//!
//! Pure: text and bytes in, text out. Compressing is up to the caller.

pub mod head;
mod markup;
pub mod page;
pub mod writer;

pub use head::{Encoding, Head, HeadError, Part};
pub use page::{EMPTY_SLOT, PageError, find_slot};
pub use writer::{GZIP_MAGIC, Slot};

/// The number of the format that is written here, and the highest that is read.
pub const FORMAT: u32 = 1;
