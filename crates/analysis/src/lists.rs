//! Lists of rows by key: which regions a task has, which logs, which subtasks.

/// Lists of rows, one for each key from 0 on, one after another.
#[derive(Clone, Default, Debug)]
pub(crate) struct Lists {
    /// Where each key's list begins; one more entry than keys.
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Lists {
    /// From pairs of key and row, asked for twice; within a key the rows keep their order. Keys from `keys` on are
    /// left out.
    pub(crate) fn new<I: Iterator<Item = (u32, u32)>>(keys: usize, pairs: impl Fn() -> I) -> Self {
        let mut starts = vec![0u32; keys + 1];
        for (key, _) in pairs() {
            // Compared first: in wasm the largest key has no successor.
            if (key as usize) < keys {
                starts[key as usize + 1] += 1;
            }
        }
        for key in 0..keys {
            starts[key + 1] += starts[key];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; starts[keys] as usize];
        for (key, row) in pairs() {
            if (key as usize) < keys {
                rows[next[key as usize] as usize] = row;
                next[key as usize] += 1;
            }
        }
        Self { starts, rows }
    }

    /// The rows of a key.
    pub(crate) fn of(&self, key: u32) -> &[u32] {
        let after = self.starts.get(key as usize..).unwrap_or_default();
        match after {
            [start, end, ..] => &self.rows[*start as usize..*end as usize],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_by_key_in_their_order() {
        let pairs = [(2, 10), (0, 11), (2, 12), (9, 13), (0, 14)];
        let lists = Lists::new(3, || pairs.iter().copied());
        assert_eq!(lists.of(0), [11, 14]);
        assert!(lists.of(1).is_empty());
        assert_eq!(lists.of(2), [10, 12]);
        assert!(lists.of(3).is_empty() && lists.of(u32::MAX).is_empty());
        assert!(Lists::default().of(0).is_empty());
    }
}
