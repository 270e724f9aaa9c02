//! What the trace's worker and its readers say to each other. A reader's message also carries the buffers of a part,
//! which are handed over, not copied.

use serde::{Deserialize, Serialize};

/// What a reader is asked.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub enum ReaderAsk {
    /// To rehearse opening with the `file` that the message carries.
    Rehearse,
    /// To get these bytes of the `file` that the message carries.
    Fetch {
        /// Where they begin.
        offset: f64,
        /// Where they end.
        end: f64,
    },
    /// To read a part. The message carries the `file`, and the first bytes of the part as `buffers`.
    Read(ReadAsk),
    /// To join a part to those before it, in order from the first one on. The message carries its `buffers`.
    Join(JoinAsk),
    /// To make a share of the levels of detail, of the first rows of what was joined.
    Levels {
        /// Of how many.
        rows: u32,
        /// What is known of the whole trace: [`tracepane_timeline::levels::whole::Whole`].
        #[serde(with = "serde_bytes")]
        whole: Vec<u8>,
    },
}

/// A part that was read.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct JoinAsk {
    /// The small values of it.
    #[serde(with = "serde_bytes")]
    pub header: Vec<u8>,
    /// How many bytes its buffers have; the last one may be longer.
    pub bytes: f64,
    /// The number in the file's header, and how many bytes the file has.
    pub file: (u32, f64),
    /// Whether no more will come.
    pub is_last: bool,
}

/// A part that is to be read.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct ReadAsk {
    /// Which of the parts this is.
    pub place: u32,
    /// The generations, from the first to before the last one: places in the index.
    pub generations: (u32, u32),
    /// Where in the file the buffers begin.
    pub offset: f64,
    /// The file's generations, packed: [`pack`], six numbers each.
    #[serde(with = "serde_bytes")]
    pub index: Vec<u8>,
    /// The number in the file's header.
    pub format: u32,
    /// Whether to read as if the trace began with this part.
    pub alone: bool,
    /// In how many columns to tell what goroutines did.
    pub columns: u32,
}

/// What a reader says.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub enum FromReader {
    /// So much of the part is read.
    Progress {
        /// Which part.
        place: u32,
        /// Bytes of the file.
        bytes: f64,
        /// Events.
        events: f64,
    },
    /// A part is read: the message carries its `buffers`.
    Part(ReadPart),
    /// Bytes of the file: the message carries them as its only one of `buffers`.
    Bytes {
        /// Where they begin.
        offset: f64,
    },
    /// A share of the levels of detail: the message carries its `buffers`.
    Levels {
        /// How many bytes these have; the last one may be longer.
        bytes: f64,
    },
    /// Opening was rehearsed.
    Rehearsed,
    /// It cannot be done, or a part not be read by itself.
    Failed {
        /// Why, in words.
        why: String,
    },
}

/// A part that was read.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct ReadPart {
    /// Which.
    pub place: u32,
    /// The small values of it.
    #[serde(with = "serde_bytes")]
    pub header: Vec<u8>,
    /// How many bytes its buffers have; the last one may be longer.
    pub bytes: f64,
    /// Events.
    pub events: f64,
    /// What goroutines did, in columns: [`super::Sketch::columns`].
    pub columns: Vec<[f32; 3]>,
    /// How long it took to get the bytes, and to make the part of them, ms.
    pub millis: (f64, f64),
}

/// Numbers of 64 bits as bytes: JavaScript's numbers cannot hold them all.
pub fn pack(numbers: impl Iterator<Item = u64>) -> Vec<u8> {
    numbers.flat_map(u64::to_le_bytes).collect()
}

/// Reads what [`pack`] wrote; a rest that is none is left out.
pub fn unpack(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let (whole, _) = bytes.as_chunks::<8>();
    whole.iter().map(|&number| u64::from_le_bytes(number))
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn large_numbers_arrive() {
        let numbers = [0, 1, u64::MAX, 1 << 53 | 1];
        let packed = pack(numbers.into_iter());
        assert!(unpack(&packed).eq(numbers));
        assert!(unpack(&packed[..20]).eq([0, 1]));
    }
}
