//! Scrolling through more than an element can be high: which rows are seen, and where they lie. Pure.
//!
//! Browsers cap an element's height (Firefox at 17.9 million pixels). Beyond [`TALLEST`] the scrollbar works on a
//! shorter element, and its places are stretched to the real ones.

/// The highest element that is made, CSS pixels.
const TALLEST: f64 = 8_000_000.0;

/// A scrolled area: its content's height and what is seen of it, CSS pixels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scroller {
    /// All of it.
    pub content: f64,
    /// What is seen at once.
    pub visible: f64,
}

impl Scroller {
    /// How high the element inside the scrolled one must be.
    pub fn element(self) -> f64 {
        self.content.min(TALLEST)
    }

    /// How far the content can be scrolled.
    pub fn furthest(self) -> f64 {
        (self.content - self.visible).max(0.0)
    }

    fn element_furthest(self) -> f64 {
        (self.element() - self.visible).max(0.0)
    }

    /// What is scrolled away of the content when the element is scrolled so far.
    pub fn to_content(self, element_top: f64) -> f64 {
        if self.content <= TALLEST {
            return element_top.clamp(0.0, self.furthest());
        }
        let share = element_top / self.element_furthest().max(1.0);
        share.clamp(0.0, 1.0) * self.furthest()
    }

    /// The inverse.
    pub fn to_element(self, content_top: f64) -> f64 {
        let top = content_top.clamp(0.0, self.furthest());
        if self.content <= TALLEST {
            return top;
        }
        top / self.furthest().max(1.0) * self.element_furthest()
    }

    /// Which rows of this height are seen, with some above and below, when the element is scrolled so far.
    pub fn rows(self, element_top: f64, row: f64, more: u32) -> Rows {
        let total = (self.content / row).round() as u32;
        let top = self.to_content(element_top);
        let first = ((top / row) as u32).saturating_sub(more);
        let last = ((top + self.visible) / row).ceil() as u32 + more;
        let last = last.min(total);
        let first = first.min(last);
        // Where the first row lies in the element: as far from the element's scrolled edge as from the content's.
        let offset = element_top.clamp(0.0, self.element_furthest()) + f64::from(first) * row - top;
        Rows {
            first,
            count: last - first,
            before: offset.max(0.0),
        }
    }
}

/// The rows that must exist.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rows {
    /// The first.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// Space above them, CSS pixels.
    pub before: f64,
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_short_table_is_as_it_is() {
        let scroller = Scroller {
            content: 280.0,
            visible: 560.0,
        };
        assert_eq!(scroller.element(), 280.0);
        assert_eq!(scroller.furthest(), 0.0);
        let rows = scroller.rows(0.0, 28.0, 5);
        assert_eq!((rows.first, rows.count, rows.before), (0, 10, 0.0));
    }

    #[test]
    fn rows_lie_where_they_should() {
        let scroller = Scroller {
            content: 2800.0,
            visible: 280.0,
        };
        let rows = scroller.rows(1414.0, 28.0, 2);
        assert_eq!(rows.first, 48);
        assert_eq!(rows.count, 15);
        assert_eq!(rows.before, 48.0 * 28.0);
        // Scrolled beyond the end (a bounce): the last rows.
        let rows = scroller.rows(9999.0, 28.0, 0);
        assert_eq!(rows.first + rows.count, 100);
    }

    #[test]
    fn a_million_rows_reach_from_the_first_to_the_last() {
        let scroller = Scroller {
            content: 28_000_000.0,
            visible: 600.0,
        };
        assert_eq!(scroller.element(), TALLEST);
        assert_eq!(scroller.rows(0.0, 28.0, 0).first, 0);
        let bottom = TALLEST - 600.0;
        let rows = scroller.rows(bottom, 28.0, 0);
        assert_eq!(rows.first + rows.count, 1_000_000);
        // The last row ends where the view does.
        let end = rows.before + f64::from(rows.count) * 28.0;
        assert!((end - TALLEST).abs() < 1e-3, "{end}");
        for top in [0.0, 17.0, 1_234_567.0, 27_999_400.0] {
            let there = scroller.to_content(scroller.to_element(top));
            assert!((there - top).abs() < 1e-6, "{top} {there}");
        }
    }
}
