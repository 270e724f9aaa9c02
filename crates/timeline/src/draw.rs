//! A [`Scene`] → a [`DrawList`].
use tracepane_model::Trace;

use crate::{DrawList, Hit, Lanes, Levels, Size, Theme, View};

/// All that a frame depends on.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The trace.
    pub trace: &'a Trace,
    /// Its levels of detail.
    pub levels: &'a Levels,
    /// Its lanes.
    pub lanes: &'a Lanes,
    /// What is to be seen.
    pub view: View,
    /// The canvas.
    pub size: Size,
    /// Light or dark.
    pub theme: Theme,
    /// Where the pointer is, in CSS pixels from the canvas' top left.
    pub hover: Option<(f64, f64)>,
    /// What is selected.
    pub selection: Option<Hit>,
}

/// Scratch memory of a frame.
#[derive(Default, Debug)]
pub(crate) struct Scratch {}

impl Scratch {
    pub(crate) fn heap_bytes(&self) -> usize {
        0
    }
}

/// Draws a frame. `list` is cleared first and may be used again and again.
pub fn draw(_scene: &Scene<'_>, list: &mut DrawList) {
    list.clear();
}
