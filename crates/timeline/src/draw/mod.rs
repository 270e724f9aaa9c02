//! A [`Scene`] → a [`DrawList`]: all decisions about a frame are made here, painting only obeys.
//!
//! A column is a CSS pixel of time. A span that is a column wide or more is a bar whose edges move to the nearest
//! column; all that is shorter is drawn as the share of its column that it has, stacked. So no colours are mixed: what
//! a column says at a distance is the mean of its pixels in linear light, the same as the mean of its spans.
//!
//! Nothing rare is lost (`truth.rs` tests it): in every column that has any of it, one device pixel or more is seen of
//! running, GC work and system calls; of waits to run from [`walk::LONG_WAIT`] or a quarter of a pixel on; of pauses
//! and mark phases in the GC's track. Strips of assists, sweeps and regions lie beside the bars, not over them; marks of
//! logs and samples lie over them, and say more.

pub(crate) mod arrows;
pub(crate) mod bars;
pub(crate) mod budget;
pub(crate) mod counters;
mod dense;
pub(crate) mod density;
mod flags;
pub(crate) mod flames;
pub(crate) mod frame;
pub(crate) mod functions;
#[cfg(test)]
mod golden;
mod highlights;
mod kept;
pub(crate) mod lane;
pub(crate) mod marks;
pub(crate) mod minimap;
pub(crate) mod name;
pub(crate) mod overlay;
mod range;
pub(crate) mod regions;
pub(crate) mod strip;
mod tasks;
#[cfg(test)]
mod tests;
pub(crate) mod track;
pub(crate) mod tracks;
#[cfg(test)]
mod truth;
#[cfg(test)]
mod views;
pub(crate) mod walk;

use tracepane_model::Trace;

use crate::flows::Flow;
use crate::highlights::Highlights;
use crate::hit::Hit;
use crate::lanes::{Lane, Lanes, RULER, band_shown};
use crate::levels::Levels;
use crate::levels::functions::FunctionLevels;
use crate::levels::threads::ThreadLevels;
use crate::list::DrawList;
use crate::mark::Timing;
use crate::palette::Theme;
use crate::scale::{Limits, Size, View};
use frame::Frame;

pub use budget::Budget;
pub(crate) use name::SpanLabel;

/// All that a frame depends on.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The trace.
    pub trace: &'a Trace,
    /// Its levels of detail.
    pub levels: &'a Levels,
    /// The levels of its threads: needed only where threads are shown.
    pub threads: Option<&'a ThreadLevels>,
    /// Its procs by function, if they are to be coloured so.
    pub functions: Option<&'a FunctionLevels>,
    /// Its lanes.
    pub lanes: &'a Lanes,
    /// What is to be seen.
    pub view: View,
    /// How far the pinned lanes are scrolled, if they are more than there is room for, in CSS pixels.
    pub band_scroll: f64,
    /// The canvas.
    pub size: Size,
    /// Light or dark.
    pub theme: Theme,
    /// Where the pointer is, in CSS pixels from the canvas' top left.
    pub hover: Option<(f64, f64)>,
    /// What is selected.
    pub selection: Option<Hit>,
    /// What has to do with it: [`crate::flows::of`].
    pub flows: &'a [Flow],
    /// Whether all flows of the view are wanted as arrows, if they are few.
    pub arrows: bool,
    /// The range of time that is selected, ns since the trace's start.
    pub range: Option<(f64, f64)>,
    /// How moments are told, and which are marked.
    pub timing: Timing<'a>,
    /// What a search found.
    pub highlights: Option<&'a Highlights>,
}

impl Scene<'_> {
    /// The same with a view that is within the trace: pixels can be computed with it without overflow.
    pub(crate) fn sane(&self) -> Self {
        let view = self.view.clamped(Limits::new(self.trace.end));
        let scroll = if view.scroll.is_finite() {
            view.scroll.clamp(0.0, self.lanes.total_height())
        } else {
            0.0
        };
        let room = self.lanes.band_height() - self.band();
        let band_scroll = match self.band_scroll.is_finite() {
            true => self.band_scroll.clamp(0.0, room.max(0.0)),
            false => 0.0,
        };
        Self {
            view: View { scroll, ..view },
            band_scroll,
            ..*self
        }
    }

    /// How much of the canvas below the time axis pinned lanes take, in CSS pixels.
    pub fn band(&self) -> f64 {
        band_shown(self.lanes.band_height(), f64::from(self.size.height))
    }

    /// CSS pixels below the top of the first lane, or of the first pinned one, for a place of the canvas.
    pub fn lanes_y(&self, canvas_y: f64, pinned: bool) -> f64 {
        match pinned {
            true => canvas_y - RULER + self.band_scroll,
            false => canvas_y - RULER - self.band() + self.view.scroll.max(0.0),
        }
    }

    /// The reverse of [`Self::lanes_y`].
    pub fn canvas_y(&self, lanes_y: f64, pinned: bool) -> f64 {
        match pinned {
            true => lanes_y + RULER - self.band_scroll,
            false => lanes_y + RULER + self.band() - self.view.scroll.max(0.0),
        }
    }

    /// How far below the canvas' top a lane begins, in CSS pixels.
    pub fn lane_y(&self, lane: &Lane) -> f64 {
        self.canvas_y(lane.top, lane.pinned)
    }

    /// The lane at `y` CSS pixels below the canvas' top.
    pub fn lane_at(&self, y: f64) -> Option<Lane> {
        if y < RULER {
            return None;
        }
        match y < RULER + self.band() {
            true => self.lanes.pinned_at(self.lanes_y(y, true)),
            false => self.lanes.lane_at(self.lanes_y(y, false)),
        }
    }

    /// The lanes that are on the canvas, pinned ones first.
    pub(crate) fn lanes_seen(&self) -> impl Iterator<Item = Lane> + '_ {
        let (band, scroll) = (self.band(), self.view.scroll.max(0.0));
        let height = f64::from(self.size.height) - RULER - band;
        let pinned = (band > 0.0).then(|| {
            let from = self.band_scroll;
            self.lanes.pinned(from, from + band)
        });
        let others = self.lanes.visible(scroll, scroll + height.max(0.0));
        pinned.into_iter().flatten().chain(others)
    }
}

/// The memory that drawing needs, kept from frame to frame.
#[derive(Default, Debug)]
pub(crate) struct Scratch {
    wide: bars::Wide,
    densities: density::Densities,
    arrows: Vec<arrows::Arrow>,
    /// The columns of a lane that have hits, and the hits in it that are wide: first column, the one after the last.
    lit: Vec<bool>,
    outlined: Vec<(usize, usize)>,
    kept: kept::Kept,
    spending: budget::Spending,
}

impl Scratch {
    pub(crate) fn heap_bytes(&self) -> usize {
        self.wide.capacity() * size_of::<(usize, i32, i32)>()
            + self.densities.heap_bytes()
            + self.arrows.capacity() * size_of::<arrows::Arrow>()
            + self.lit.capacity()
            + self.outlined.capacity() * size_of::<(usize, usize)>()
            + self.kept.heap_bytes()
    }
}

/// Draws a frame. `list` is cleared first and may be used again and again; a frame as large as one before allocates
/// nothing.
pub fn draw(scene: &Scene<'_>, list: &mut DrawList) {
    list.clear();
    // The frame borrows the list and its scratch memory apart.
    let mut scratch = std::mem::take(&mut list.scratch);
    Frame::new(&scene.sane(), list, &mut scratch).draw();
    list.scratch = scratch;
}
