//! Rows as bytes, little-endian, each of a fixed size; columns as blocks of them in buffers.

use std::vec::IntoIter;

use super::BadPieces;
use crate::column::Column;
use crate::narrow::{Narrow, NarrowChunk};

/// A buffer is full when it has this many bytes; a block more may be in it.
const BUFFER_BYTES: usize = 2 << 20;
/// How many rows a block has at most.
const BLOCK_ROWS: usize = 1 << 16;

/// A value of a fixed size.
pub(super) trait Row: Copy {
    /// How many bytes it has.
    const BYTES: usize;

    /// Writes it to the front of `to`, which is long enough, and moves on.
    fn put(self, to: &mut &mut [u8]);

    /// Reads it from the front of `from`, which is long enough, and moves on; `None` if it is no such value.
    fn get(from: &mut &[u8]) -> Option<Self>;
}

fn take<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = from.split_first_chunk::<N>()?;
    *from = rest;
    Some(*first)
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl Row for $number {
            const BYTES: usize = size_of::<Self>();

            #[inline(always)]
            fn put(self, to: &mut &mut [u8]) {
                let (first, rest) = std::mem::take(to).split_at_mut(Self::BYTES);
                first.copy_from_slice(&self.to_le_bytes());
                *to = rest;
            }

            #[inline(always)]
            fn get(from: &mut &[u8]) -> Option<Self> {
                take(from).map(Self::from_le_bytes)
            }
        }
    )+};
}

numbers!(u8, u16, u32, u64, i64);

impl Row for bool {
    const BYTES: usize = 1;

    fn put(self, to: &mut &mut [u8]) {
        u8::from(self).put(to);
    }

    fn get(from: &mut &[u8]) -> Option<Self> {
        match u8::get(from)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl<A: Row, B: Row> Row for (A, B) {
    const BYTES: usize = A::BYTES + B::BYTES;

    fn put(self, to: &mut &mut [u8]) {
        self.0.put(to);
        self.1.put(to);
    }

    fn get(from: &mut &[u8]) -> Option<Self> {
        Some((A::get(from)?, B::get(from)?))
    }
}

impl<T: Row, const N: usize> Row for [T; N] {
    const BYTES: usize = T::BYTES * N;

    fn put(self, to: &mut &mut [u8]) {
        for value in self {
            value.put(to);
        }
    }

    fn get(from: &mut &[u8]) -> Option<Self> {
        let mut values = [T::get(from)?; N];
        for value in &mut values[1..] {
            *value = T::get(from)?;
        }
        Some(values)
    }
}

/// Rows whose fields follow one another.
macro_rules! rows {
    ($($row:path { $($field:ident: $type:ty),+ $(,)? })+) => {$(
        impl $crate::parts::pieces::code::Row for $row {
            const BYTES: usize = 0 $(+ <$type as $crate::parts::pieces::code::Row>::BYTES)+;

            #[inline(always)]
            fn put(self, to: &mut &mut [u8]) {
                $(<$type as $crate::parts::pieces::code::Row>::put(self.$field, to);)+
            }

            #[inline(always)]
            fn get(from: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: <$type as $crate::parts::pieces::code::Row>::get(from)?,)+ })
            }
        }
    )+};
}

/// Numbers in a type of their own.
macro_rules! wrapped {
    ($($name:ident($number:ty)),+ $(,)?) => {$(
        impl $crate::parts::pieces::code::Row for $name {
            const BYTES: usize = size_of::<$number>();

            #[inline(always)]
            fn put(self, to: &mut &mut [u8]) {
                self.0.put(to);
            }

            #[inline(always)]
            fn get(from: &mut &[u8]) -> Option<Self> {
                Some(Self(<$number>::get(from)?))
            }
        }
    )+};
}

pub(super) use {rows, wrapped};

/// Writes columns into buffers, and how many rows they have into the header.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) header: Vec<u8>,
    pub(super) buffers: Vec<Vec<u8>>,
}

impl Writer {
    /// A value of the header.
    pub(super) fn value<T: Row>(&mut self, value: T) {
        let at = self.header.len();
        self.header.resize(at + T::BYTES, 0);
        value.put(&mut &mut self.header[at..]);
    }

    /// A block of bytes.
    fn block(&mut self, bytes: usize) -> &mut [u8] {
        if self
            .buffers
            .last()
            .is_none_or(|last| last.len() >= BUFFER_BYTES)
        {
            self.buffers.push(Vec::new());
        }
        let place = self.buffers.len() - 1;
        let buffer = &mut self.buffers[place];
        let at = buffer.len();
        buffer.resize(at + bytes, 0);
        &mut buffer[at..]
    }

    pub(super) fn slice<T: Row>(&mut self, rows: &[T]) {
        self.value(rows.len() as u64);
        self.blocks(rows);
    }

    fn blocks<T: Row>(&mut self, rows: &[T]) {
        for rows in rows.chunks(BLOCK_ROWS) {
            let mut to = self.block(rows.len() * T::BYTES);
            for &row in rows {
                row.put(&mut to);
            }
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.value(text.len() as u64);
        for bytes in text.as_bytes().chunks(BUFFER_BYTES) {
            self.block(bytes.len()).copy_from_slice(bytes);
        }
    }

    /// Chunk by chunk, so that each is free when it is written.
    pub(super) fn column<T: Row>(&mut self, column: Column<T>) {
        self.value(column.len() as u64);
        for chunk in column.into_chunks() {
            self.blocks(&chunk);
        }
    }

    pub(super) fn narrow(&mut self, column: Narrow) {
        self.value(column.len() as u64);
        for chunk in column.into_chunks() {
            match chunk {
                NarrowChunk::Short(chunk) => {
                    self.value(0u8);
                    self.blocks(&chunk);
                }
                NarrowChunk::Long(chunk) => {
                    self.value(1u8);
                    self.blocks(&chunk);
                }
            }
        }
    }
}

/// Appends the rows of a block; whether all exist. Called for each block, so that a browser that has made better code of
/// it can use that for the next one.
#[inline(never)]
fn get_rows<T: Row>(block: &[u8], to: &mut Vec<T>) -> bool {
    let rows = block.chunks_exact(T::BYTES);
    let before = to.len();
    let count = rows.len();
    to.extend(rows.map_while(|mut row| T::get(&mut row)));
    to.len() - before == count
}

/// Reads what [`Writer`] wrote.
pub(super) struct Reader<'a> {
    header: &'a [u8],
    buffers: IntoIter<Vec<u8>>,
    buffer: Vec<u8>,
    at: usize,
    /// How many bytes are left in all buffers.
    left: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(header: &'a [u8], buffers: Vec<Vec<u8>>) -> Self {
        Self {
            header,
            left: buffers.iter().map(Vec::len).sum(),
            buffers: buffers.into_iter(),
            buffer: Vec::new(),
            at: 0,
        }
    }

    pub(super) fn value<T: Row>(&mut self) -> Result<T, BadPieces> {
        if self.header.len() < T::BYTES {
            return Err(BadPieces("the header is too short"));
        }
        T::get(&mut self.header).ok_or(BadPieces("a value does not exist"))
    }

    /// How many rows a column has, each of at least that many bytes.
    fn count(&mut self, bytes: usize) -> Result<usize, BadPieces> {
        let count = usize::try_from(self.value::<u64>()?).unwrap_or(usize::MAX);
        if count
            .checked_mul(bytes)
            .is_none_or(|bytes| bytes > self.left)
        {
            return Err(BadPieces("a column is longer than the buffers"));
        }
        Ok(count)
    }

    fn block(&mut self, bytes: usize) -> Result<&[u8], BadPieces> {
        if self.at == self.buffer.len() && bytes > 0 {
            self.buffer = self.buffers.next().unwrap_or_default();
            self.at = 0;
        }
        let block = self.buffer.get(self.at..self.at + bytes);
        let block = block.ok_or(BadPieces("a buffer is too short"))?;
        self.at += bytes;
        self.left -= bytes;
        Ok(block)
    }

    /// Appends `count` rows to `to`.
    fn rows<T: Row>(&mut self, count: usize, to: &mut Vec<T>) -> Result<(), BadPieces> {
        let mut done = 0;
        while done < count {
            let now = (count - done).min(BLOCK_ROWS);
            if !get_rows(self.block(now * T::BYTES)?, to) {
                return Err(BadPieces("a value does not exist"));
            }
            done += now;
        }
        Ok(())
    }

    pub(super) fn slice<T: Row>(&mut self) -> Result<Vec<T>, BadPieces> {
        let count = self.count(T::BYTES)?;
        let mut rows = Vec::with_capacity(count);
        self.rows(count, &mut rows)?;
        Ok(rows)
    }

    pub(super) fn text(&mut self) -> Result<String, BadPieces> {
        let count = self.count(1)?;
        let mut text = Vec::with_capacity(count);
        while text.len() < count {
            let now = (count - text.len()).min(BUFFER_BYTES);
            text.extend_from_slice(self.block(now)?);
        }
        String::from_utf8(text).map_err(|_| BadPieces("text is not UTF-8"))
    }

    pub(super) fn column<T: Row>(&mut self) -> Result<Column<T>, BadPieces> {
        let count = self.count(T::BYTES)?;
        let mut column = Column::default();
        let mut chunk = Vec::new();
        let mut done = 0;
        while done < count {
            let now = (count - done).min(BLOCK_ROWS);
            chunk.clear();
            self.rows(now, &mut chunk)?;
            column.extend(&chunk);
            done += now;
        }
        Ok(column)
    }

    pub(super) fn narrow(&mut self) -> Result<Narrow, BadPieces> {
        let count = self.count(u16::BYTES)?;
        let mut column = Narrow::default();
        while column.len() < count {
            let now = (count - column.len()).min(BLOCK_ROWS);
            let chunk = if self.value()? {
                let mut chunk: Vec<u32> = Vec::with_capacity(BLOCK_ROWS.min(now));
                self.rows(now, &mut chunk)?;
                NarrowChunk::Long(chunk)
            } else {
                let mut chunk: Vec<u16> = Vec::with_capacity(BLOCK_ROWS.min(now));
                self.rows(now, &mut chunk)?;
                NarrowChunk::Short(chunk)
            };
            column.push_chunk(chunk);
        }
        Ok(column)
    }

    /// Whether everything was read.
    pub(super) fn end(mut self) -> Result<(), BadPieces> {
        let more = self.left > 0 || self.buffers.any(|buffer| !buffer.is_empty());
        if more || !self.header.is_empty() {
            return Err(BadPieces("there is more than a part"));
        }
        Ok(())
    }
}
