//! The range of time that is selected: a tint over the lanes with a line at each edge, and on the time axis how long it
//! is, with an × that drops it.

use crate::draw::frame::Frame;
use crate::lanes::{GUTTER, RULER};
use crate::list::{Align, TextPlace};
use crate::range::{FONT, LABEL_PAD, LABEL_TOP, RangeLabel, RangePlace};

/// How high the range's bar on the time axis is, in CSS pixels.
const BAR: f64 = 3.0;

impl Frame<'_, '_> {
    fn range_place(&self) -> Option<RangePlace> {
        RangePlace::new(self.scene.range?, self.scene.view, self.scene.size)
    }

    /// Where the range is, in device pixels; at least one wide.
    fn range_pixels(&self) -> Option<(i32, i32)> {
        let (start, end) = self.scene.range?;
        let left = self.columns.pixel(start.min(end)).max(self.px(GUTTER));
        let right = self.columns.pixel(start.max(end)).min(self.right());
        Some((left, right.max(left + self.line())))
    }

    /// Tints the lanes in the range.
    pub fn range_band(&mut self) {
        let (Some(place), Some((left, right))) = (self.range_place(), self.range_pixels()) else {
            return;
        };
        let (top, bottom, line) = (self.px(RULER), self.bottom(), self.line());
        let colors = self.colors;
        self.list.rect(left, top, right, bottom, colors.range);
        if place.start_seen {
            self.list
                .rect(left, top, left + line, bottom, colors.range_edge);
        }
        if place.end_seen {
            self.list.rect(
                (right - line).max(left),
                top,
                right,
                bottom,
                colors.range_edge,
            );
        }
    }

    /// Marks the range on the time axis.
    pub fn range_axis(&mut self) {
        let (Some(place), Some((left, right))) = (self.range_place(), self.range_pixels()) else {
            return;
        };
        let (height, colors) = (self.px(RULER), self.colors);
        self.list.rect(left, 0, right, height, colors.range);
        self.list.rect(
            left,
            height - self.px(BAR),
            right,
            height,
            colors.range_edge,
        );
        // Something to take hold of.
        let grip = self.px(2.0).max(1);
        if place.start_seen {
            self.list
                .rect(left, 0, left + grip, height, colors.range_edge);
        }
        if place.end_seen {
            self.list.rect(
                (right - grip).max(left),
                0,
                right,
                height,
                colors.range_edge,
            );
        }
        let (Some((from, to)), Some((close, _))) = (place.label, place.close()) else {
            return;
        };
        let (top, bottom) = (self.px(LABEL_TOP), height - self.px(LABEL_TOP + 1.0));
        self.list
            .rect(self.px(from), top, self.px(to), bottom, colors.range_edge);
        let ratio = self.scene.size.sane_ratio();
        let text = |x: f64, end: f64| TextPlace {
            x: (x * ratio) as f32,
            y: ((RULER / 2.0 - 0.5 + FONT * 0.36) * ratio) as f32,
            width: ((end - x) * ratio) as f32,
            color: colors.on_range,
            size: (FONT * ratio) as f32,
            weight: 400,
            align: Align::Left,
        };
        let label = RangeLabel::new(self.scene.range.unwrap_or_default());
        self.list
            .text(text(from + LABEL_PAD, close + 2.0), format_args!("{label}"));
        self.list.text(text(close + 4.0, to), format_args!("×"));
    }

    /// Whether a text on the axis, in device pixels, would lie under the range's label.
    pub fn is_under_range_label(&self, x: i32, width: i32) -> bool {
        let label = self.range_place().and_then(|place| place.label);
        label.is_some_and(|(from, to)| x < self.px(to) && x + width > self.px(from))
    }
}
