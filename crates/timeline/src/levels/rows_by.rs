//! Rows of a table by whom they belong to: a list of rows for each owner, all in one vector.

/// Rows by owner.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct RowsBy {
    /// Where owner `i`'s rows begin; one more entry than owners. Empty if there are no rows at all.
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl RowsBy {
    /// Sorts rows by owner, keeping their order. `owner` gives a row's owner, if it has one below `owners`.
    pub fn new(owners: usize, rows: usize, owner: impl Fn(u32) -> Option<usize>) -> Self {
        let owned = || {
            (0..rows as u32).filter_map(|row| owner(row).filter(|&o| o < owners).map(|o| (o, row)))
        };
        let mut starts = vec![0u32; owners + 1];
        for (o, _) in owned() {
            starts[o + 1] += 1;
        }
        for i in 0..owners {
            starts[i + 1] += starts[i];
        }
        let total = starts[owners] as usize;
        if total == 0 {
            return Self::default();
        }
        let mut out = vec![0; total];
        let mut next = starts.clone();
        for (o, row) in owned() {
            out[next[o] as usize] = row;
            next[o] += 1;
        }
        Self { starts, rows: out }
    }

    /// Sorts each owner's rows.
    pub fn sort_each<K: Ord>(&mut self, key: impl Fn(u32) -> K) {
        for i in 1..self.starts.len() {
            self.rows[self.starts[i - 1] as usize..self.starts[i] as usize]
                .sort_by_key(|&row| key(row));
        }
    }

    /// An owner's rows.
    pub fn of(&self, owner: usize) -> &[u32] {
        match (self.starts.get(owner), self.starts.get(owner + 1)) {
            (Some(&start), Some(&end)) => &self.rows[start as usize..end as usize],
            _ => &[],
        }
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        (self.starts.capacity() + self.rows.capacity()) * 4
    }
}
