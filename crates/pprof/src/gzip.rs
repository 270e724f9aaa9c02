//! [`Profile`] ⇄ gzip'ed bytes. No time and no name in the gzip header: the same profile gives the same bytes.

use std::fmt;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use prost::Message;

use crate::proto::Profile;

/// Why bytes are no profile.
#[derive(Debug)]
pub enum DecodeError {
    /// They are not gzip'ed, or damaged.
    Gzip(std::io::Error),
    /// They are no `profile.proto`.
    Proto(prost::DecodeError),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gzip(error) => write!(f, "the profile is not gzip'ed or damaged: {error}"),
            Self::Proto(error) => write!(f, "the bytes are no pprof profile: {error}"),
        }
    }
}

impl std::error::Error for DecodeError {}

impl Profile {
    /// The profile as `go tool pprof` reads it from a file.
    pub fn to_gzip(&self) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        // Writing to a Vec does not fail; should it ever, the bytes so far are all there is.
        let written = encoder.write_all(&self.encode_to_vec());
        debug_assert!(written.is_ok());
        encoder.finish().unwrap_or_default()
    }

    /// Reads what [`Self::to_gzip`] or Go wrote.
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are no gzip'ed profile.
    pub fn from_gzip(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut plain = Vec::new();
        MultiGzDecoder::new(bytes)
            .read_to_end(&mut plain)
            .map_err(DecodeError::Gzip)?;
        Self::decode(plain.as_slice()).map_err(DecodeError::Proto)
    }
}
