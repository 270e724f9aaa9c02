//! What a bundle says of itself: on which view it opens, and of each part what it is.

use std::fmt;

use crate::FORMAT;

/// The attributes of the slot itself.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Head {
    /// The address that was shared, from its `#` on; the whole timeline if empty.
    pub address: String,
    /// CSS pixels of the timeline's lanes that were scrolled away.
    pub scroll: f64,
}

/// What the attributes of a part's first element say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// The trace's file name: any text.
    pub name: String,
    /// How its bytes are stored.
    pub encoding: Encoding,
    /// How many bytes the file has.
    pub size: u64,
}

/// How a part's bytes are stored, below base64.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// Compressed for the bundle: unpacked, they are the file.
    Gzip,
    /// As they are in the file, which may be compressed itself.
    Stored,
}

impl Encoding {
    /// Its name in the slot.
    pub fn key(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Stored => "stored",
        }
    }
}

/// Why a bundle cannot be opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HeadError {
    /// It was written in a later format than this page knows.
    TooNew(u32),
    /// It does not say in which format it is.
    NoFormat,
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooNew(format) => write!(
                f,
                "the trace was put into this page by a newer Tracepane: its bundle has format {format}, and this page reads up to {FORMAT}"
            ),
            Self::NoFormat => f.write_str("the page does not say how the trace was put into it"),
        }
    }
}

impl std::error::Error for HeadError {}

impl Head {
    /// Reads the slot's attributes, each by its name without `data-`. What is not known is left out.
    ///
    /// # Errors
    /// If the format is missing or too new.
    pub fn read(attribute: impl Fn(&str) -> Option<String>) -> Result<Self, HeadError> {
        let format = attribute("format").and_then(|text| text.parse().ok());
        match format {
            None | Some(0) => return Err(HeadError::NoFormat),
            Some(format) if format > FORMAT => return Err(HeadError::TooNew(format)),
            Some(_) => {}
        }
        let scroll = attribute("scroll")
            .and_then(|text| text.parse().ok())
            .filter(|scroll: &f64| scroll.is_finite() && *scroll >= 0.0);
        Ok(Self {
            address: attribute("address").unwrap_or_default(),
            scroll: scroll.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(attributes: &[(&str, &str)]) -> Result<Head, HeadError> {
        Head::read(|name| {
            let found = attributes.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_is_missing_has_a_default() {
        let head = read(&[("format", "1"), ("later", "x")]).unwrap();
        assert_eq!(head, Head::default());
        for odd in ["NaN", "inf", "-3", "far"] {
            assert_eq!(
                read(&[("format", "1"), ("scroll", odd)]).unwrap().scroll,
                0.0
            );
        }
    }

    #[test]
    fn a_later_format_is_refused_with_a_sentence() {
        let error = read(&[("format", "2")]).unwrap_err();
        assert_eq!(error, HeadError::TooNew(2));
        assert!(error.to_string().contains("format 2"), "{error}");
        for none in ["", "0", "-1", "one"] {
            assert_eq!(read(&[("format", none)]), Err(HeadError::NoFormat));
        }
        assert_eq!(read(&[]), Err(HeadError::NoFormat));
    }
}
