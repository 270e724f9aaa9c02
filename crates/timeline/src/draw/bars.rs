//! The pieces of a lane → rectangles: bars for spans, stacked shares for columns of several.

use crate::class::{CLASSES, Class};
use crate::draw::walk::Piece;
use crate::list::DrawList;
use crate::scale::Columns;

/// The span bars of one lane that are wide enough for text: place, left, right.
pub type Wide = Vec<(usize, i32, i32)>;

/// Turns pieces into rectangles. Equal neighbours become one.
pub struct Bars<'a> {
    list: &'a mut DrawList,
    columns: Columns,
    look: Look<'a>,
    wide: &'a mut Wide,
    /// Place, class, first column, column after the last.
    span: Option<(usize, usize, usize, usize)>,
    /// First column, column after the last, heights.
    mixed: Option<(usize, usize, [u16; CLASSES])>,
}

/// How a lane's bars look.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// Top and bottom, in device pixels.
    pub y: (i32, i32),
    /// Colours by class number.
    pub colors: &'a [u32],
    /// Class numbers in the order in which shares are stacked, from the bottom.
    pub stacked: &'a [usize],
    /// Bit `c`: something of class `c` is seen in every column that has any.
    pub always: u16,
    /// The class that is seen in every column where it is long.
    pub wait: Option<usize>,
    /// The width in device pixels from which on a bar leaves a gap to the next, so that equal neighbours can be told
    /// apart.
    pub gap: Option<i32>,
    /// The width in device pixels from which on a bar may have text.
    pub wide_from: i32,
}

impl<'a> Look<'a> {
    /// How a goroutine's bars look.
    pub fn of_goroutine(y: (i32, i32), colors: &'a [u32]) -> Self {
        Self {
            y,
            colors,
            stacked: &STACKED,
            always: ALWAYS,
            wait: Some(Class::Runnable as usize),
            gap: None,
            wide_from: i32::MAX,
        }
    }

    /// How what ran on a proc or thread looks.
    pub fn of_actor(y: (i32, i32), colors: &'a [u32], stacked: &'a [usize]) -> Self {
        Self {
            y,
            colors,
            stacked,
            always: (1 << stacked.len()) - 1,
            wait: None,
            gap: None,
            wide_from: i32::MAX,
        }
    }

    /// Shares of a column as heights in device pixels.
    pub fn heights(&self, shares: &[f32], present: u16, long_wait: bool) -> [u16; CLASSES] {
        let height = (self.y.1 - self.y.0) as f32;
        let mut heights = [0u16; CLASSES];
        let (mut sum, mut below) = (0.0, 0);
        for &c in self.stacked {
            let Some(&share) = shares.get(c) else {
                continue;
            };
            sum += share * height;
            // `round` would be a call.
            let top = (sum.min(height) + 0.5) as u16;
            heights[c] = top - below;
            below = top;
        }
        let mut seen = self.always & present;
        if let Some(wait) = self.wait
            && present >> wait & 1 != 0
            && (long_wait || shares[wait] * height >= 0.25)
        {
            seen |= 1 << wait;
        }
        while seen != 0 {
            let c = seen.trailing_zeros() as usize;
            seen &= seen - 1;
            if heights[c] > 0 {
                continue;
            }
            // The pixel comes from the empty rest, else from the largest.
            if below < height as u16 {
                below += 1;
            } else {
                let largest = (0..CLASSES).max_by_key(|&i| heights[i]).unwrap_or(c);
                if heights[largest] < 2 {
                    continue;
                }
                heights[largest] -= 1;
            }
            heights[c] = 1;
        }
        heights
    }

    /// The class that a column with these heights shows at `y` device pixels.
    pub fn class_at(&self, heights: &[u16; CLASSES], y: i32) -> Option<usize> {
        let mut bottom = self.y.1;
        self.stacked.iter().copied().find(|&c| {
            let top = bottom - i32::from(heights[c]);
            let inside = (top..bottom).contains(&y);
            bottom = top;
            inside
        })
    }
}

/// The numbers of [`Class::STACKED`].
pub const STACKED: [usize; CLASSES] = {
    let mut numbers = [0; CLASSES];
    let mut i = 0;
    while i < CLASSES {
        numbers[i] = Class::STACKED[i] as usize;
        i += 1;
    }
    numbers
};

/// Of these something is seen in every column that has any: what a goroutine does, not that it waits.
pub const ALWAYS: u16 = 1 << Class::Running as u16
    | 1 << Class::GcWork as u16
    | 1 << Class::Syscall as u16
    | 1 << Class::SyscallBlocked as u16;

impl<'a> Bars<'a> {
    /// Bars of this look; those wide enough for text are put into `wide`.
    pub fn new(
        list: &'a mut DrawList,
        columns: Columns,
        look: &Look<'a>,
        wide: &'a mut Wide,
    ) -> Self {
        wide.clear();
        Self {
            list,
            columns,
            look: *look,
            wide,
            span: None,
            mixed: None,
        }
    }

    /// Adds a piece, right of all before. `class` tells the class of a span by its place.
    pub fn add<const W: usize>(
        &mut self,
        piece: Piece<W>,
        class: impl FnOnce(usize) -> Option<usize>,
    ) {
        match piece {
            Piece::Span { from, to, place } => {
                self.flush_mixed();
                match &mut self.span {
                    Some((p, _, _, end)) if *p == place && *end == from => *end = to,
                    _ => {
                        self.flush_span();
                        self.span = class(place).map(|class| (place, class, from, to));
                    }
                }
            }
            Piece::Mixed {
                column,
                shares,
                present,
                long_wait,
            } => self.mixed(
                column,
                self.look.heights(&shares, present as u16, long_wait),
            ),
        }
    }

    /// Shares of a column as heights in device pixels.
    pub fn heights(&self, shares: &[f32], present: u16, long_wait: bool) -> [u16; CLASSES] {
        self.look.heights(shares, present, long_wait)
    }

    /// Adds a column of several spans with these heights, right of all before.
    pub fn mixed(&mut self, column: usize, heights: [u16; CLASSES]) {
        self.flush_span();
        self.add_heights(column, heights);
    }

    /// Adds a column with these heights in device pixels.
    pub fn add_heights(&mut self, column: usize, heights: [u16; CLASSES]) {
        match &mut self.mixed {
            Some((_, end, old)) if *end == column && *old == heights => *end += 1,
            _ => {
                self.flush_mixed();
                self.mixed = Some((column, column + 1, heights));
            }
        }
    }

    /// Nothing more will come.
    pub fn finish(mut self) {
        self.flush_mixed();
        self.flush_span();
    }

    fn flush_mixed(&mut self) {
        let Some((from, to, heights)) = self.mixed.take() else {
            return;
        };
        let (x0, x1) = (self.columns.x(from), self.columns.x(to));
        let mut bottom = self.look.y.1;
        for &c in self.look.stacked {
            let top = bottom - i32::from(heights[c]);
            self.list.rect(x0, top, x1, bottom, self.look.colors[c]);
            bottom = top;
        }
    }

    fn flush_span(&mut self) {
        let Some((place, class, from, to)) = self.span.take() else {
            return;
        };
        let (x0, mut x1) = (self.columns.x(from), self.columns.x(to));
        if x1 - x0 >= self.look.wide_from {
            self.wide.push((place, x0, x1));
        }
        if let Some(gap) = self.look.gap
            && x1 - x0 >= gap
        {
            x1 -= 1;
        }
        self.list.rect(
            x0,
            self.look.y.0,
            x1,
            self.look.y.1,
            self.look.colors[class],
        );
    }
}
