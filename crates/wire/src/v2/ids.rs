//! Ids as the trace gives them → dense indexes: an array for small ids, a hash for huge ones.

use hashbrown::HashMap;

use crate::limits;

const NONE: u32 = u32::MAX;

/// A map from 64-bit ids to indexes below `u32::MAX`.
#[derive(Clone, Default, Debug)]
pub struct IdMap {
    dense: Vec<u32>,
    /// Ids below this are in `dense`.
    limit: u64,
    sparse: HashMap<u64, u32>,
}

impl IdMap {
    /// An empty map; the array may have `entries` entries, at least [`limits::DENSE_IDS`].
    pub fn new(entries: u64) -> Self {
        Self {
            limit: entries.max(limits::DENSE_IDS),
            ..Self::default()
        }
    }

    /// Empties it for a generation of that many bytes.
    pub fn reset(&mut self, bytes: u64) {
        self.dense.clear();
        self.sparse.clear();
        // At most as much memory as the generation itself.
        self.limit = (bytes / 4).max(limits::DENSE_IDS);
    }

    /// The indexes of small ids; `u32::MAX` for those without.
    #[inline(always)]
    pub fn dense(&self) -> &[u32] {
        &self.dense
    }

    /// The index of an id.
    #[inline(always)]
    pub fn get(&self, id: u64) -> Option<u32> {
        match usize::try_from(id).ok().and_then(|id| self.dense.get(id)) {
            Some(&index) if index != NONE => Some(index),
            Some(_) => None,
            None => self.get_sparse(id),
        }
    }

    #[cold]
    fn get_sparse(&self, id: u64) -> Option<u32> {
        self.sparse.get(&id).copied()
    }

    /// How many bytes it has, about.
    pub fn bytes(&self) -> u64 {
        4 * self.dense.len() as u64 + 16 * self.sparse.len() as u64
    }

    /// Adds an id; false if it is there already, and stays as it is.
    pub fn insert(&mut self, id: u64, index: u32) -> bool {
        if self.get(id).is_some() {
            return false;
        }
        if id < self.limit {
            let place = id as usize;
            if place >= self.dense.len() {
                self.dense.resize(place + 1, NONE);
            }
            self.dense[place] = index;
        } else {
            self.sparse.insert(id, index);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_huge_ids() {
        let mut map = IdMap::default();
        map.reset(100);
        for (index, id) in [0, 7, limits::DENSE_IDS - 1, limits::DENSE_IDS, u64::MAX]
            .into_iter()
            .enumerate()
        {
            assert_eq!(map.get(id), None);
            assert!(map.insert(id, index as u32));
            assert!(!map.insert(id, 99));
            assert_eq!(map.get(id), Some(index as u32));
        }
        assert_eq!(map.get(8), None);
        map.reset(100);
        assert_eq!(map.get(7), None);
    }
}
