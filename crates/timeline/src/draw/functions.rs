//! What ran on a proc, coloured by the function of the goroutine.

use tracepane_model::{ProcIndex, Trace};

use crate::class::Class;
use crate::draw::bars::Wide;
use crate::draw::frame::Frame;
use crate::draw::lane::{GAP_FROM, TEXT_FROM};
use crate::draw::track::ProcTrack;
use crate::draw::walk::{Piece, Track, walk};
use crate::lanes::Lane;
use crate::levels::Levels;
use crate::levels::blocks::SequenceBlocks;
use crate::levels::functions::{FUNCTION_CLASSES, FunctionLevels, WORKERS};

/// A proc's spans by function.
#[derive(Clone, Copy)]
pub struct FunctionTrack<'a> {
    trace: &'a Trace,
    functions: &'a FunctionLevels,
    spans: ProcTrack<'a>,
    blocks: Option<SequenceBlocks<'a, FUNCTION_CLASSES>>,
}

impl<'a> FunctionTrack<'a> {
    /// The track of a proc.
    pub fn new(
        trace: &'a Trace,
        levels: &'a Levels,
        functions: &'a FunctionLevels,
        proc: ProcIndex,
    ) -> Self {
        Self {
            trace,
            functions,
            spans: ProcTrack::of_proc(trace, levels, proc),
            blocks: functions.blocks(proc),
        }
    }
}

impl Track<FUNCTION_CLASSES> for FunctionTrack<'_> {
    const HAS_WAITS: bool = false;

    #[inline]
    fn len(&self) -> usize {
        self.spans.len()
    }

    #[inline]
    fn start(&self, place: usize) -> f64 {
        self.spans.start(place)
    }

    #[inline]
    fn end(&self, place: usize) -> f64 {
        self.spans.end(place)
    }

    #[inline]
    fn class(&self, place: usize) -> Option<usize> {
        Some(self.functions.color_of(self.trace, self.spans.rows[place]))
    }

    fn is_wait_to_run(&self, _: usize) -> bool {
        false
    }

    fn blocks(&self) -> Option<SequenceBlocks<'_, FUNCTION_CLASSES>> {
        self.blocks
    }
}

/// How high each colour is in a column, in device pixels.
type Heights = [u8; FUNCTION_CLASSES];

impl Frame<'_, '_> {
    /// Draws what ran on a proc; bars wide enough for text are put into `wide`.
    pub fn proc_by_function(
        &mut self,
        lane: &Lane,
        functions: &FunctionLevels,
        proc: ProcIndex,
        wide: &mut Wide,
    ) {
        let (trace, levels, columns) = (self.scene.trace, self.scene.levels, self.columns);
        let (top, bottom) = self.clear_band(lane);
        let (gap, text_from) = (self.px(GAP_FROM), self.px(TEXT_FROM));
        let track = FunctionTrack::new(trace, levels, functions, proc);
        let colors = self.colors;
        let color = |class: usize| match class {
            WORKERS => colors.class(Class::GcWork),
            class => colors.functions[class],
        };
        let list = &mut *self.list;
        wide.clear();
        // Equal neighbours become one: place, first column, column after the last; or heights with the same.
        let mut span: Option<(usize, usize, usize)> = None;
        let mut mixed: Option<(Heights, usize, usize)> = None;
        let mut flush_span = |list: &mut crate::list::DrawList,
                              span: Option<(usize, usize, usize)>| {
            let Some((place, from, to)) = span else {
                return;
            };
            let (x0, mut x1) = (columns.x(from), columns.x(to));
            if x1 - x0 >= text_from {
                wide.push((place, x0, x1));
            }
            if x1 - x0 >= gap {
                x1 -= 1;
            }
            list.rect(x0, top, x1, bottom, color(track.class(place).unwrap_or(0)));
        };
        let flush_mixed = |list: &mut crate::list::DrawList,
                           mixed: Option<(Heights, usize, usize)>| {
            let Some((heights, from, to)) = mixed else {
                return;
            };
            let mut below = bottom;
            for (class, &height) in heights.iter().enumerate() {
                let above = below - i32::from(height);
                list.rect(columns.x(from), above, columns.x(to), below, color(class));
                below = above;
            }
        };
        walk(&track, &columns, |piece| match piece {
            Piece::Span { from, to, place } => {
                flush_mixed(list, mixed.take());
                match &mut span {
                    Some((old, _, end)) if *old == place && *end == from => *end = to,
                    _ => flush_span(list, span.replace((place, from, to))),
                }
            }
            Piece::Mixed { column, shares, .. } => {
                flush_span(list, span.take());
                let heights = heights(&shares, bottom - top);
                match &mut mixed {
                    Some((old, _, end)) if *end == column && *old == heights => *end += 1,
                    _ => flush_mixed(list, mixed.replace((heights, column, column + 1))),
                }
            }
        });
        flush_mixed(list, mixed);
        flush_span(list, span);
    }
}

/// Shares of a column as heights: what has any is seen, if there is room.
fn heights(shares: &[f32; FUNCTION_CLASSES], height: i32) -> Heights {
    let height = height.clamp(0, 255) as f32;
    let mut heights = [0u8; FUNCTION_CLASSES];
    let (mut sum, mut below) = (0.0f32, 0u8);
    for (share, own) in shares.iter().zip(&mut heights) {
        sum += share.max(0.0) * height;
        let top = (sum.min(height) + 0.5) as u8;
        *own = top.saturating_sub(below);
        below = below.max(top);
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::levels::Levels;
    use crate::palette::function_number;
    use crate::program::Program;
    use crate::scale::{Size, View};
    use tracepane_wire::GoroutineState as G;

    #[test]
    fn shares_become_heights_that_add_up() {
        let mut shares = [0.0; FUNCTION_CLASSES];
        shares[3] = 0.5;
        shares[7] = 0.25;
        let found = heights(&shares, 16);
        assert_eq!((found[3], found[7]), (8, 4));
        assert_eq!(found.iter().map(|&h| u32::from(h)).sum::<u32>(), 12);
        let all = heights(&[1.0; FUNCTION_CLASSES], 16);
        assert_eq!(all.iter().map(|&h| u32::from(h)).sum::<u32>(), 16);
    }

    #[test]
    fn columns_of_many_spans_have_the_average_of_their_functions() {
        // Two functions take turns, one twice as long as the other, thinner than a column.
        let mut p = Program::new(2, 1);
        p.create(u32::MAX, 0, "main.long");
        p.create(u32::MAX, 1, "net/http.short");
        for i in 0..2000 {
            p.at(i * 30).run(0, 0);
            p.at(i * 30 + 20).stop(0, G::Runnable, "").run(1, 0);
            p.at(i * 30 + 30).stop(1, G::Runnable, "");
        }
        let trace = p.finish(60_000);
        let levels = Levels::build(&trace);
        let functions = FunctionLevels::build(&trace, &levels);
        let track = FunctionTrack::new(&trace, &levels, &functions, ProcIndex(0));
        let size = Size {
            width: 320,
            height: 100,
            ratio: 1.0,
        };
        let columns = crate::scale::Columns::new(View::whole(trace.end), size);
        let (long, short) = (
            function_number("main.long"),
            function_number("net/http.short"),
        );
        assert_ne!(long, short);
        let mut mixed = 0;
        walk(&track, &columns, |piece| {
            let Piece::Mixed { shares, .. } = piece else {
                panic!("{piece:?}");
            };
            mixed += 1;
            assert!((shares[long] - 2.0 / 3.0).abs() < 0.04, "{shares:?}");
            assert!((shares[short] - 1.0 / 3.0).abs() < 0.04, "{shares:?}");
        });
        assert_eq!(mixed, 100);
    }
}
