//! Rows as bytes, little-endian, each of a fixed size; columns as blocks of them.

use super::{BadPieces, TableBytes};
use crate::column::Column;

/// So many bytes are handed over at once, and a block more: what the processor's cache holds.
const HAND_OVER_BYTES: usize = 128 << 10;
/// How many rows a block has at most.
const BLOCK_ROWS: usize = 1 << 12;

/// A value of a fixed size.
pub(super) trait Row: Copy {
    /// How many bytes it has.
    const BYTES: usize;

    /// Writes it to the front of `to`, which is long enough, and moves on.
    fn put(self, to: &mut &mut [u8]);

    /// Reads it from the front of `from`, which is long enough, and moves on; `None` if it is no such value.
    fn get(from: &mut &[u8]) -> Option<Self>;
}

fn first<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
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
                first(from).map(Self::from_le_bytes)
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

/// Writes tables as bytes, and how many rows they have into the header.
pub(super) struct Writer<'a> {
    pub(super) header: Vec<u8>,
    /// What is not handed over yet.
    block: Vec<u8>,
    put: &'a mut dyn FnMut(&[u8]),
}

impl<'a> Writer<'a> {
    /// `put` gets the bytes of the tables in order.
    pub(super) fn new(put: &'a mut dyn FnMut(&[u8])) -> Self {
        Self {
            header: Vec::new(),
            block: Vec::new(),
            put,
        }
    }

    /// A value of the header.
    pub(super) fn value<T: Row>(&mut self, value: T) {
        let at = self.header.len();
        self.header.resize(at + T::BYTES, 0);
        value.put(&mut &mut self.header[at..]);
    }

    /// Bytes of a table.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.block.extend_from_slice(bytes);
        self.hand_over(HAND_OVER_BYTES);
    }

    /// Hands over what there is, if that is not less than `least`.
    fn hand_over(&mut self, least: usize) {
        if self.block.len() >= least.max(1) {
            (self.put)(&self.block);
            self.block.clear();
        }
    }

    pub(super) fn slice<T: Row>(&mut self, rows: &[T]) {
        self.value(rows.len() as u64);
        self.rows(rows);
    }

    /// Rows of a table whose length is known to who reads them.
    pub(super) fn rows<T: Row>(&mut self, rows: &[T]) {
        for rows in rows.chunks(BLOCK_ROWS) {
            put_rows(rows, &mut self.block);
            self.hand_over(HAND_OVER_BYTES);
        }
    }

    /// The bytes of numbers.
    pub(super) fn numbers<T: Copy, const N: usize>(
        &mut self,
        numbers: &[T],
        bytes: impl Fn(T) -> [u8; N],
    ) {
        let at = self.block.len();
        self.block.resize(at + numbers.len() * N, 0);
        let (places, _) = self.block[at..].as_chunks_mut::<N>();
        for (place, &number) in places.iter_mut().zip(numbers) {
            *place = bytes(number);
        }
        self.hand_over(HAND_OVER_BYTES);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.value(text.len() as u64);
        for bytes in text.as_bytes().chunks(HAND_OVER_BYTES) {
            self.bytes(bytes);
        }
    }

    pub(super) fn column<T: Row>(&mut self, column: &Column<T>) {
        self.value(column.len() as u64);
        for chunk in column.slices() {
            self.rows(chunk);
        }
    }

    /// The header, when the last bytes were handed over.
    pub(super) fn end(mut self) -> Vec<u8> {
        self.hand_over(0);
        self.header
    }
}

/// Appends the bytes of a block of rows. Called for each block, so that a browser that has made better code of it can
/// use that for the next one.
#[inline(never)]
fn put_rows<T: Row>(rows: &[T], to: &mut Vec<u8>) {
    let at = to.len();
    to.resize(at + rows.len() * T::BYTES, 0);
    let mut to = &mut to[at..];
    for &row in rows {
        row.put(&mut to);
    }
}

/// Appends the rows of a block; whether all exist. Called for each block, as [`put_rows`] is.
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
    bytes: Box<dyn TableBytes>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(header: &'a [u8], bytes: Box<dyn TableBytes>) -> Self {
        Self { header, bytes }
    }

    pub(super) fn value<T: Row>(&mut self) -> Result<T, BadPieces> {
        if self.header.len() < T::BYTES {
            return Err(BadPieces("the header is too short"));
        }
        T::get(&mut self.header).ok_or(BadPieces("a value does not exist"))
    }

    /// How many rows a table has, each of at least that many bytes.
    pub(super) fn count(&mut self, bytes: usize) -> Result<usize, BadPieces> {
        let count = usize::try_from(self.value::<u64>()?).unwrap_or(usize::MAX);
        if count
            .checked_mul(bytes)
            .is_none_or(|bytes| bytes > self.bytes.left())
        {
            return Err(BadPieces("a table is longer than its bytes"));
        }
        Ok(count)
    }

    /// Appends `count` rows to `to`.
    fn rows<T: Row>(&mut self, count: usize, to: &mut Vec<T>) -> Result<(), BadPieces> {
        let mut done = 0;
        while done < count {
            let now = (count - done).min(BLOCK_ROWS);
            if !get_rows(take(&mut *self.bytes, now * T::BYTES)?, to) {
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
            let now = (count - text.len()).min(HAND_OVER_BYTES);
            text.extend_from_slice(take(&mut *self.bytes, now)?);
        }
        String::from_utf8(text).map_err(|_| BadPieces("text is not UTF-8"))
    }

    pub(super) fn column<T: Row>(&mut self) -> Result<Column<T>, BadPieces> {
        let count = self.count(T::BYTES)?;
        let mut column = Column::default();
        let mut block = Vec::new();
        let mut done = 0;
        while done < count {
            let now = (count - done).min(BLOCK_ROWS);
            block.clear();
            self.rows(now, &mut block)?;
            column.extend(&block);
            done += now;
        }
        Ok(column)
    }

    /// What is left of the tables, if nothing is left of the header.
    pub(super) fn rest(self) -> Result<Box<dyn TableBytes>, BadPieces> {
        match self.header.is_empty() {
            true => Ok(self.bytes),
            false => Err(BadPieces("there is more than a part")),
        }
    }
}

/// The next bytes.
pub(super) fn take(from: &mut dyn TableBytes, count: usize) -> Result<&[u8], BadPieces> {
    from.take(count).ok_or(BadPieces("there are too few bytes"))
}
