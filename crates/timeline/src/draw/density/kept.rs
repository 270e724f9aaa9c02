//! A density's columns, kept from frame to frame: added to at the edges, or stretched.

use std::ops::Range;

use super::Density;
use crate::class::CLASSES;
use crate::draw::kept::OFF;
use crate::scale::Columns;

/// So many columns are one where there is no time for each.
const COARSE: usize = 8;

/// A density as it was last computed.
#[derive(Default, Debug)]
pub struct Kept {
    /// ns in a column.
    pub nanos: f64,
    pub first: i64,
    pub density: Density,
    /// The same, stretched to the frame's columns, if that must do.
    pub stretched: Density,
    pub is_stretched: bool,
    /// The frame that it was last in.
    pub frame: u32,
}

impl Kept {
    /// Which of `columns` are known, if they are of the same size.
    pub fn known(&self, columns: &Columns) -> Range<usize> {
        let (first, count) = (columns.first(), columns.count as i64);
        let end = self.first.saturating_add(self.density.columns.len() as i64);
        let farthest = first.saturating_add(count).max(end);
        let drift = (columns.nanos / self.nanos - 1.0).abs() * farthest as f64;
        // Also if nothing is kept.
        if drift.is_nan() || drift >= OFF {
            return 0..0;
        }
        let from = (self.first - first).clamp(0, count) as usize;
        let to = (end - first).clamp(from as i64, count) as usize;
        from..to
    }

    pub fn missing(&self, columns: &Columns) -> usize {
        columns.count - self.known(columns).len()
    }

    /// Makes it that of `columns`; `add` adds what is in some columns.
    pub fn complete(
        &mut self,
        columns: &Columns,
        spare: &mut Density,
        mut add: impl FnMut(&Columns, &mut Density),
    ) {
        self.is_stretched = false;
        let known = self.known(columns);
        if known.len() < columns.count {
            spare.clear();
            if known.is_empty() {
                add(columns, spare);
            } else {
                let offset = columns.first() - self.first;
                let own = |column: usize| (column as i64 + offset) as usize;
                add_part(columns, 0..known.start, spare, &mut add);
                spare.append(&self.density, own(known.start)..own(known.end));
                add_part(columns, known.end..columns.count, spare, &mut add);
            }
            std::mem::swap(&mut self.density, spare);
            (self.first, self.nanos) = (columns.first(), columns.nanos);
        } else if columns.first() != self.first || columns.count != self.density.columns.len() {
            let offset = (columns.first() - self.first) as usize;
            spare.clear();
            spare.append(&self.density, offset..offset + columns.count);
            std::mem::swap(&mut self.density, spare);
            self.first = columns.first();
        }
    }

    /// Makes what is shown of what is known, stretched to `columns`; `add` adds what is in some columns, wider than these,
    /// where nothing is known.
    pub fn stretch(
        &mut self,
        columns: &Columns,
        spare: &mut Density,
        mut add: impl FnMut(&Columns, &mut Density),
    ) {
        self.is_stretched = true;
        let ratio = columns.nanos / self.nanos;
        let len = self.density.columns.len();
        let place =
            |column: usize| (columns.first() + column as i64) as f64 * ratio - self.first as f64;
        // The columns whose middle is within what is known.
        let inside = |column: usize| {
            let middle = place(column) + ratio / 2.0;
            middle >= 0.0 && middle < len as f64
        };
        let from = (0..columns.count).find(|&column| inside(column));
        let from = from.unwrap_or(columns.count);
        let to = (from..columns.count).find(|&column| !inside(column));
        let to = to.unwrap_or(columns.count);
        let out = &mut self.stretched;
        out.clear();
        add_coarsely(columns, 0..from, out, spare, &mut add);
        for column in from..to {
            let first = (place(column).round().max(0.0) as usize).min(len - 1);
            let end = (place(column + 1).round().max(0.0) as usize).clamp(first + 1, len);
            let mut sum = [0.0; CLASSES];
            for average in &self.density.columns[first..end] {
                for (sum, average) in sum.iter_mut().zip(average) {
                    *sum += average;
                }
            }
            let present = self.density.present[first..end].iter();
            let parts = (end - first) as f32;
            out.push(sum.map(|sum| sum / parts), present.fold(0, |a, b| a | b));
        }
        add_coarsely(columns, to..columns.count, out, spare, &mut add);
    }

    /// Adds columns that lie beside its own, the first of which is `first`.
    pub fn grow(&mut self, first: i64, more: &Density, spare: &mut Density) {
        let len = self.density.columns.len();
        if first < self.first {
            // What is known may reach over what comes in on the left.
            let over = (first + more.columns.len() as i64 - self.first).clamp(0, len as i64);
            spare.clear();
            spare.append(more, 0..more.columns.len());
            spare.append(&self.density, over as usize..len);
            std::mem::swap(&mut self.density, spare);
            self.first = first;
        } else {
            let kept = ((first - self.first) as usize).min(len);
            self.density.columns.truncate(kept);
            self.density.present.truncate(kept);
            self.density.append(more, 0..more.columns.len());
        }
    }

    pub fn shown(&self) -> &Density {
        match self.is_stretched {
            true => &self.stretched,
            false => &self.density,
        }
    }
}

/// Adds what is in some of the columns.
fn add_part(
    columns: &Columns,
    which: Range<usize>,
    out: &mut Density,
    add: &mut impl FnMut(&Columns, &mut Density),
) {
    if !which.is_empty() {
        add(&columns.part(which), out);
    }
}

/// The same, [`COARSE`] columns as one.
fn add_coarsely(
    columns: &Columns,
    which: Range<usize>,
    out: &mut Density,
    spare: &mut Density,
    add: &mut impl FnMut(&Columns, &mut Density),
) {
    if which.is_empty() {
        return;
    }
    let some = columns.part(which);
    let coarse = some.joined(COARSE);
    spare.clear();
    add(&coarse, spare);
    for column in 0..some.count as i64 {
        let wide = (some.first() + column).div_euclid(COARSE as i64) - coarse.first();
        let wide = (wide.max(0) as usize).min(spare.columns.len().saturating_sub(1));
        if let (Some(average), Some(present)) = (spare.columns.get(wide), spare.present.get(wide)) {
            out.push(*average, *present);
        }
    }
}
