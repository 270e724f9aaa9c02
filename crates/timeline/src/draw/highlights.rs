//! What a search found: it keeps its colour and has a mark above it, all else is veiled. However thin a hit is, its
//! column stays clear and the mark is seen; on the time axis a strip tells where hits begin, in the names a bar which
//! lanes have any.

use tracepane_model::SpanIndex;

use crate::draw::frame::Frame;
use crate::lanes::{GUTTER, Lane, LaneKind};

/// How high the mark above a hit is, and how wide it is at least, in CSS pixels.
const MARK: f64 = 2.0;

/// Hits at least this wide have an outline, in CSS pixels.
const OUTLINED: f64 = 6.0;

/// Where the strip on the time axis is, in CSS pixels from its top.
const STRIP: (f64, f64) = (1.0, 5.0);

/// How wide the bar beside a name is, in CSS pixels.
const NAME_BAR: f64 = 3.0;

impl Frame<'_, '_> {
    /// Veils what was not found in a lane and marks what was.
    pub fn highlight(&mut self, lane: &Lane) {
        let Some(highlights) = self.scene.highlights else {
            return;
        };
        if !has_hits(lane.kind) {
            return;
        }
        let columns = self.columns;
        let mut lit = std::mem::take(&mut self.scratch.lit);
        let mut wide = std::mem::take(&mut self.scratch.outlined);
        wide.clear();
        let from = (self.px(OUTLINED) / columns.pixels.max(1)).max(2) as usize;
        highlights.light(
            self.scene.trace,
            lane.kind,
            &columns,
            &mut lit,
            from,
            |from, to| {
                wide.push((from, to));
            },
        );
        let (top, bottom) = self.band(lane, 0.0, lane.height);
        let mark = self.px(MARK).max(1);
        let (veil, color) = (self.colors.veil, self.colors.hit);
        let mut column = 0;
        for run in lit.chunk_by(|a, b| a == b) {
            let (x0, x1) = (columns.x(column), columns.x(column + run.len()));
            column += run.len();
            if run[0] {
                self.list
                    .rect(x0, top, x1.max(x0 + mark), top + mark, color);
            } else if highlights.dims {
                self.list.rect(x0, top, x1, bottom, veil);
            }
        }
        // A group's lane and those of tasks have no bars of single hits.
        if !matches!(lane.kind, LaneKind::Group(_)) {
            let (top, bottom) = self.bar_band(lane);
            let line = self.line();
            for &(from, to) in &wide {
                let (x0, x1) = (columns.x(from), columns.x(to));
                self.list.rect(x0, top, x1, top + line, color);
                self.list.rect(x0, bottom - line, x1, bottom, color);
                self.list
                    .rect(x0, top + line, x0 + line, bottom - line, color);
                self.list
                    .rect(x1 - line, top + line, x1, bottom - line, color);
            }
        }
        self.scratch.lit = lit;
        self.scratch.outlined = wide;
    }

    /// Marks the name of a lane that has hits, in view or not.
    pub fn highlight_name(&mut self, lane: &Lane) {
        let Some(highlights) = self.scene.highlights else {
            return;
        };
        if has_hits(lane.kind) && highlights.any_in(self.scene.trace, lane.kind) {
            let (top, bottom) = self.band(lane, 2.0, lane.height - 2.0);
            let right = self.px(GUTTER - 1.0);
            let left = right - self.px(NAME_BAR);
            self.list.rect(left, top, right, bottom, self.colors.hit);
        }
    }

    /// Tells on the time axis where hits begin: the more in a column, the stronger.
    pub fn highlight_axis(&mut self) {
        let Some(highlights) = self.scene.highlights else {
            return;
        };
        let columns = self.columns;
        let times = (columns.start(), columns.end());
        let counts = highlights.counts(self.scene.trace, times, columns.count);
        let (top, bottom) = (self.px(STRIP.0), self.px(STRIP.1));
        let width = self.px(MARK).max(1);
        let mut column = 0;
        for run in counts.chunk_by(|a, b| strength(*a) == strength(*b)) {
            let (x0, x1) = (columns.x(column), columns.x(column + run.len()));
            column += run.len();
            if let Some(alpha) = strength(run[0]) {
                let color = self.colors.hit & 0x00ff_ffff | alpha << 24;
                self.list.rect(x0, top, x1.max(x0 + width), bottom, color);
            }
        }
    }

    /// The colour of a text in a span's bar: faint where the bar is veiled.
    pub fn text_in_span(&self, span: SpanIndex, color: u32) -> u32 {
        match self.scene.highlights {
            Some(highlights) if highlights.dims && !highlights.has_span(span) => {
                self.colors.text_dim & 0x00ff_ffff | 0x9000_0000
            }
            _ => color,
        }
    }
}

/// Whether a lane is one of things that can be found.
fn has_hits(lane: LaneKind) -> bool {
    matches!(
        lane,
        LaneKind::Goroutine(_)
            | LaneKind::Group(_)
            | LaneKind::Proc(_)
            | LaneKind::Thread(_)
            | LaneKind::Task(_)
            | LaneKind::Gc
    )
}

/// How opaque so many hits are in the strip, if any.
fn strength(count: u32) -> Option<u32> {
    let doublings = count.checked_ilog2()?.min(5);
    Some(120 + 27 * doublings)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tracepane_model::{GoroutineIndex, RowSet, SpanState};

    use crate::lanes::{BAR, LaneKind, RULER};
    use crate::program::{steps, trace_of};
    use crate::scale::{Columns, Size, View};
    use crate::{
        DrawList, FoundRows, Highlights, Lanes, Levels, Pixmap, Scene, Theme, draw, paint,
    };

    fn painted(scene: &Scene<'_>) -> Pixmap {
        let (mut list, mut pixmap) = (DrawList::new(), Pixmap::new());
        draw(scene, &mut list);
        pixmap.resize(scene.size.device_width(), scene.size.device_height());
        paint(&list, &mut pixmap);
        pixmap
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn hits_keep_their_colours_and_are_marked_at_every_zoom(
            steps in steps(400),
            every in 2u32..20,
            from in 0.0f64..0.9,
            width in 0.001f64..1.0,
        ) {
            let trace = trace_of(&steps);
            let levels = Levels::build(&trace);
            let mut lanes = Lanes::new(&trace, &levels);
            lanes.set_folded(false);
            let end = trace.end.0 as f64;
            let spans = (0..trace.spans.len() as u32).filter(|&row| {
                let span = tracepane_model::SpanIndex(row);
                row.is_multiple_of(every) && trace.spans.kind(span).state() != SpanState::Dead
            });
            let spans = RowSet::of(trace.spans.len(), spans);
            let found = FoundRows { spans: std::rc::Rc::new(spans), ..FoundRows::default() };
            let highlights = Highlights::new(found, true);
            let plain = Scene {
                functions: None,
                band_scroll: 0.0,
                trace: &trace,
                levels: &levels,
                threads: None,
                lanes: &lanes,
                view: View { start: end * from, end: (end * (from + width)).min(end), scroll: 0.0 },
                size: Size { width: 520, height: 900, ratio: 1.0 },
                theme: Theme::Light,
                hover: None,
                selection: None,
                flows: &[],
                arrows: false,
                range: None,
                timing: crate::Timing::default(),
                highlights: None,
            };
            let scene = Scene { highlights: Some(&highlights), ..plain };
            let (before, after) = (painted(&plain), painted(&scene));
            let columns = Columns::new(scene.sane().view, scene.size);
            let colors = Theme::Light.colors();
            let mut lit = Vec::new();
            for g in (0..trace.goroutines.len() as u32).map(GoroutineIndex) {
                let kind = LaneKind::Goroutine(g);
                let Some(lane) = lanes.place(kind) else { continue };
                let y = (lane.top + RULER) as usize;
                if y + BAR as usize >= 900 {
                    continue;
                }
                highlights.light(&trace, kind, &columns, &mut lit, usize::MAX, |_, _| {});
                let pixel = |of: &Pixmap, y: usize, column: usize| {
                    of.pixels[y * of.width as usize + columns.x(column) as usize]
                };
                for (column, &lit) in lit.iter().enumerate() {
                    // The edges of an outline are the mark's.
                    let middle = y + BAR as usize / 2;
                    let (was, is) = (pixel(&before, middle, column), pixel(&after, middle, column));
                    let mark = pixel(&after, y, column);
                    if lit {
                        prop_assert!(is == was || is == colors.hit);
                        prop_assert_eq!(mark, colors.hit);
                    } else if was != colors.background {
                        prop_assert!(is != was || colors.grid == was);
                    }
                }
            }
        }
    }

    #[test]
    fn more_hits_are_stronger_and_none_is_nothing() {
        let strengths: Vec<_> = [0, 1, 2, 40, u32::MAX].map(super::strength).to_vec();
        assert_eq!(
            strengths,
            [None, Some(120), Some(147), Some(255), Some(255)]
        );
    }
}
