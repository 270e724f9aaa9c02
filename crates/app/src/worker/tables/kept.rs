//! What was computed of a table and may be asked for again: scrolling, sorting back and forth and typing a filter ask
//! of the same table again and again.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use super::Rows;
use super::order::{Order, Sifting, sorted};
use crate::protocol::{RowsOf, Table};

/// How many tables' computed parts are kept.
const KEPT_TABLES: usize = 6;
/// How many orders are kept, sorted and filtered ones each. A row costs four bytes in each.
const KEPT_ORDERS: usize = 3;

/// The computed parts of tables, and the orders that were asked for last.
#[derive(Default)]
pub struct Kept {
    tables: RefCell<Vec<(Table, Rc<dyn Any>)>>,
    sorted: RefCell<Vec<(RowsOf, Order)>>,
    filtered: RefCell<Vec<(RowsOf, Order)>>,
    sifting: RefCell<Option<(RowsOf, Sifting)>>,
}

impl Kept {
    /// What `build` makes of a table, built once.
    ///
    /// # Errors
    /// What `build` says.
    pub fn table<T: Any>(
        &self,
        table: &Table,
        build: impl FnOnce() -> Result<T, String>,
    ) -> Result<Rc<T>, String> {
        let known = find(&mut self.tables.borrow_mut(), table);
        if let Some(Ok(known)) = known.map(Rc::downcast) {
            return Ok(known);
        }
        let built = Rc::new(build()?);
        let any: Rc<dyn Any> = Rc::<T>::clone(&built);
        keep(
            &mut self.tables.borrow_mut(),
            KEPT_TABLES,
            table.clone(),
            any,
        );
        Ok(built)
    }

    /// The rows that pass the filter, in the order that was asked for; `None` if it is `late` before they are found.
    /// Asked again, it goes on where it was.
    pub(super) fn order(
        &self,
        rows: &dyn Rows,
        of: &RowsOf,
        late: &mut dyn FnMut() -> bool,
    ) -> Option<Order> {
        let needle = of.filter.trim().to_lowercase();
        if needle.is_empty() {
            return Some(self.sorted(rows, of));
        }
        let of = RowsOf {
            first: 0,
            count: 0,
            filter: needle,
            ..of.clone()
        };
        if let Some(known) = find(&mut self.filtered.borrow_mut(), &of) {
            return Some(known);
        }
        let mut sifting = match self.sifting.take() {
            Some((begun, sifting)) if begun == of => sifting,
            _ => Sifting::new(self.sorted(rows, &of)),
        };
        if !sifting.step(rows, &of.filter, late) {
            self.sifting.replace(Some((of, sifting)));
            return None;
        }
        let order = sifting.into_order();
        keep(
            &mut self.filtered.borrow_mut(),
            KEPT_ORDERS,
            of,
            order.clone(),
        );
        Some(order)
    }

    /// Another search is over: the orders of hits are of one before.
    pub fn forget_hits(&self) {
        let keep = |of: &RowsOf| !matches!(of.table, Table::Hits(_));
        self.sorted.borrow_mut().retain(|(of, _)| keep(of));
        self.filtered.borrow_mut().retain(|(of, _)| keep(of));
        self.sifting.replace(None);
    }

    fn sorted(&self, rows: &dyn Rows, of: &RowsOf) -> Order {
        let columns = rows.columns();
        let place = of.sort.as_ref().and_then(|key| {
            let place = columns.iter().position(|column| column.key == *key)?;
            Some((place, columns[place].kind, of.descending))
        });
        if place.is_none() {
            return sorted(rows, None);
        }
        let of = RowsOf {
            first: 0,
            count: 0,
            filter: String::new(),
            ..of.clone()
        };
        if let Some(known) = find(&mut self.sorted.borrow_mut(), &of) {
            return known;
        }
        let order = sorted(rows, place);
        keep(
            &mut self.sorted.borrow_mut(),
            KEPT_ORDERS,
            of,
            order.clone(),
        );
        order
    }
}

/// What is kept under this key, which then is the last to go.
fn find<K: PartialEq, V: Clone>(kept: &mut Vec<(K, V)>, key: &K) -> Option<V> {
    let place = kept.iter().position(|(known, _)| known == key)?;
    let found = kept.remove(place);
    let value = found.1.clone();
    kept.push(found);
    Some(value)
}

fn keep<K, V>(kept: &mut Vec<(K, V)>, most: usize, key: K, value: V) {
    if kept.len() >= most {
        kept.remove(0);
    }
    kept.push((key, value));
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::tests::Letters;
    use super::*;
    use crate::protocol::{GoroutinesOf, Measure};

    fn of(filter: &str) -> RowsOf {
        RowsOf {
            table: Table::Groups(Measure::Sum),
            sort: Some("word".into()),
            descending: true,
            filter: filter.into(),
            first: 0,
            count: 10,
        }
    }

    #[test]
    fn a_table_is_built_once() {
        let kept = Kept::default();
        let mut built = 0;
        for _ in 0..3 {
            let one = kept.table(&Table::Groups(Measure::Sum), || {
                built += 1;
                Ok(17u32)
            });
            assert_eq!(one.as_deref(), Ok(&17));
        }
        assert_eq!(built, 1);
        let other = kept.table::<u32>(&Table::Goroutines(GoroutinesOf::default()), || {
            Err("none".into())
        });
        assert_eq!(other, Err("none".into()));
    }

    #[test]
    fn a_filter_that_is_replaced_is_given_up() {
        let rows = Letters(["a", "ab", "b"].into_iter().cycle().take(30_000).collect());
        let kept = Kept::default();
        assert!(kept.order(&rows, &of("a"), &mut || true).is_none());
        let found = kept.order(&rows, &of("ab"), &mut || false);
        assert_eq!(found.map(|order| order.len()), Some(10_000));
        // The first is asked for again: from the beginning, with the right rows.
        let found = kept.order(&rows, &of("a"), &mut || false);
        assert_eq!(found.map(|order| order.len()), Some(20_000));
    }

    #[test]
    fn all_is_found_in_steps_too() {
        let rows = Letters(["a", "ab", "b"].into_iter().cycle().take(30_000).collect());
        let kept = Kept::default();
        let mut steps = 1;
        let found = loop {
            match kept.order(&rows, &of(" AB "), &mut || true) {
                Some(found) => break found,
                None => steps += 1,
            }
        };
        assert!(steps > 5);
        assert_eq!(found.len(), 10_000);
        assert!((0..10_000).all(|place| found.at(place) == Some(place as u32 * 3 + 1)));
    }
}
