//! The order of a table's rows: sorted once for each column, filtered in steps that can be left.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::Rows;
use crate::protocol::ColumnKind;

/// How many rows are filtered between two looks at the clock.
const STEP: usize = 4096;

/// The rows of a table in some order.
#[derive(Clone, Debug)]
pub enum Order {
    /// All of them, in the table's own order.
    Own(u32),
    /// These.
    Given(Rc<Vec<u32>>),
}

impl Order {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Own(len) => *len as usize,
            Self::Given(rows) => rows.len(),
        }
    }

    /// The row at a place.
    pub fn at(&self, place: usize) -> Option<u32> {
        match self {
            Self::Own(len) => (place < *len as usize).then_some(place as u32),
            Self::Given(rows) => rows.get(place).copied(),
        }
    }
}

/// All rows by a column, or in the table's own order; of equal ones, in the table's own.
pub fn sorted(rows: &dyn Rows, by: Option<(usize, ColumnKind, bool)>) -> Order {
    let len = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let Some((column, kind, descending)) = by else {
        return Order::Own(len);
    };
    let keys: Vec<u64> = match kind {
        kind if kind.is_text() => ranks(rows, column, len),
        _ => (0..len)
            .map(|row| sortable(rows.number(column, row as usize)))
            .collect(),
    };
    let mut keyed: Vec<(u64, u32)> = keys
        .into_iter()
        .map(|key| if descending { !key } else { key })
        .zip(0..)
        .collect();
    // The row's place is the second key: equal rows keep their order.
    keyed.sort_unstable();
    Order::Given(Rc::new(keyed.into_iter().map(|(_, row)| row).collect()))
}

/// A number's bits, so that they sort as the numbers do (`f64::total_cmp`).
fn sortable(number: f64) -> u64 {
    let bits = number.to_bits();
    if bits >> 63 == 0 {
        bits | 1 << 63
    } else {
        !bits
    }
}

/// The place of each row's text among all texts of the column. Most texts of a trace are interned: equal ones are the
/// same bytes, and each is compared once.
fn ranks(rows: &dyn Rows, column: usize, len: u32) -> Vec<u64> {
    let mut places: FxHashMap<(usize, usize), u32> = FxHashMap::default();
    let mut texts: Vec<&str> = Vec::new();
    let of_row: Vec<u32> = (0..len)
        .map(|row| {
            let text = rows.text(column, row as usize);
            *places
                .entry((text.as_ptr() as usize, text.len()))
                .or_insert_with(|| {
                    texts.push(text);
                    (texts.len() - 1) as u32
                })
        })
        .collect();
    let mut order: Vec<(u64, u32)> = texts.iter().map(|text| beginning(text)).zip(0..).collect();
    let text = |place: u32| texts.get(place as usize).copied().unwrap_or_default();
    order.sort_unstable_by(|a, b| match a.0.cmp(&b.0) {
        Ordering::Equal => text(a.1).cmp(text(b.1)),
        other => other,
    });
    let mut rank_of = vec![0u64; texts.len()];
    let mut rank = 0;
    let mut before = None;
    for (_, place) in order {
        let now = text(place);
        if before.is_some_and(|before| before != now) {
            rank += 1;
        }
        before = Some(now);
        rank_of[place as usize] = rank;
    }
    of_row
        .into_iter()
        .map(|place| rank_of[place as usize])
        .collect()
}

/// The first eight bytes of a text as a number: most comparisons need no more.
fn beginning(text: &str) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(text.bytes()) {
        *to = from;
    }
    u64::from_be_bytes(bytes)
}

/// A filter at work.
#[derive(Debug)]
pub struct Sifting {
    from: Order,
    next: usize,
    found: Vec<u32>,
}

impl Sifting {
    /// Filters these rows.
    pub fn new(from: Order) -> Self {
        Self {
            from,
            next: 0,
            found: Vec::new(),
        }
    }

    /// Goes on until all rows are seen, or until it is `late`; whether all are seen. `needle` is in small letters.
    pub fn step(&mut self, rows: &dyn Rows, needle: &str, late: &mut dyn FnMut() -> bool) -> bool {
        let finds = rows.finder(needle);
        while self.next < self.from.len() {
            let end = (self.next + STEP).min(self.from.len());
            let rows = (self.next..end).filter_map(|place| self.from.at(place));
            self.found.extend(rows.filter(|&row| finds(row as usize)));
            self.next = end;
            if end < self.from.len() && late() {
                return false;
            }
        }
        true
    }

    /// The rows that were found.
    pub fn into_order(self) -> Order {
        Order::Given(Rc::new(self.found))
    }
}

/// Looks for a needle in texts that come again and again: each is searched once. Texts of a trace are interned, so the
/// same one is the same bytes.
pub struct Search<'a> {
    needle: &'a str,
    known: RefCell<FxHashMap<(usize, usize), bool>>,
}

impl<'a> Search<'a> {
    /// Looks for `needle`, which is in small letters.
    pub fn new(needle: &'a str) -> Self {
        Self {
            needle,
            known: RefCell::default(),
        }
    }

    /// Whether a text contains it, any case. The text must live as long as the search.
    pub fn finds(&self, text: &'a str) -> bool {
        *self
            .known
            .borrow_mut()
            .entry((text.as_ptr() as usize, text.len()))
            .or_insert_with(|| has(text, self.needle))
    }
}

/// Whether a text contains `needle`, which is in small letters; any case.
pub fn has(text: &str, needle: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(needle);
    }
    let needle = needle.as_bytes();
    match needle.split_first() {
        None => true,
        Some((&first, rest)) => {
            let text = text.as_bytes();
            let Some(last) = text.len().checked_sub(needle.len()) else {
                return false;
            };
            (0..=last).any(|at| {
                text[at].to_ascii_lowercase() == first
                    && text[at + 1..at + needle.len()].eq_ignore_ascii_case(rest)
            })
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::tests::Letters;
    use super::*;

    fn all(order: &Order) -> Vec<u32> {
        (0..order.len())
            .filter_map(|place| order.at(place))
            .collect()
    }

    #[test]
    fn equal_rows_keep_the_tables_order() {
        let rows = Letters(vec!["b", "a", "b", "ab", "a"]);
        let by = |kind, descending| all(&sorted(&rows, Some((0, kind, descending))));
        assert_eq!(by(ColumnKind::Text, false), [1, 4, 3, 0, 2]);
        assert_eq!(by(ColumnKind::Text, true), [0, 2, 3, 1, 4]);
        // By length.
        assert_eq!(by(ColumnKind::Count, false), [0, 1, 2, 4, 3]);
        assert_eq!(by(ColumnKind::Count, true), [3, 0, 1, 2, 4]);
        assert_eq!(all(&sorted(&rows, None)), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn texts_that_begin_alike_are_told_apart() {
        let rows = Letters(vec!["main.run.func2", "main.run.func10", "main.run", "öl"]);
        let order = sorted(&rows, Some((0, ColumnKind::Text, false)));
        assert_eq!(all(&order), [2, 1, 0, 3]);
    }

    #[test]
    fn numbers_sort_as_total_cmp_has_them() {
        let numbers = [
            f64::NEG_INFINITY,
            -1.5,
            -0.0,
            0.0,
            1e-300,
            2.0,
            9e15,
            f64::INFINITY,
        ];
        for pair in numbers.windows(2) {
            assert!(sortable(pair[0]) < sortable(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn a_filter_can_be_left_and_goes_on() {
        let words: Vec<&str> = ["Abc", "bcd", "xyz"]
            .into_iter()
            .cycle()
            .take(30_000)
            .collect();
        let rows = Letters(words);
        let mut sifting = Sifting::new(sorted(&rows, None));
        let mut steps = 0;
        while !sifting.step(&rows, "bc", &mut || true) {
            steps += 1;
        }
        assert_eq!(steps, 30_000 / STEP);
        let found = sifting.into_order();
        assert_eq!(found.len(), 20_000);
        assert_eq!(found.at(2), Some(3));
    }

    #[test]
    fn a_search_finds_what_is_there() {
        let search = Search::new("bc");
        for _ in 0..2 {
            assert!(search.finds("aBc"));
            assert!(!search.finds("ab"));
        }
    }

    #[test]
    fn letters_of_any_case_are_found() {
        for (text, needle, expect) in [
            ("main.(*Server).Serve", "server", true),
            ("main.(*Server).Serve", "servers", false),
            ("ab", "abc", false),
            ("", "", true),
            ("ÖL", "öl", true),
            ("aab", "ab", true),
        ] {
            assert_eq!(has(text, needle), expect, "{text} {needle}");
        }
    }
}
