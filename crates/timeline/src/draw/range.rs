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

#[cfg(test)]
mod tests {
    use tracepane_model::{Nanos, Trace};

    use super::*;
    use crate::scale::Columns;
    use crate::{DrawList, Lanes, Levels, Scene, Size, Theme, View, draw};

    const SIZE: Size = Size {
        width: 1220,
        height: 300,
        ratio: 2.0,
    };

    /// Draws 1 ms with a range.
    fn drawn(range: Option<(f64, f64)>) -> DrawList {
        let trace = Trace {
            end: Nanos(1_000_000),
            ..Trace::default()
        };
        let levels = Levels::build(&trace);
        let scene = Scene {
            trace: &trace,
            levels: &levels,
            threads: None,
            functions: None,
            band_scroll: 0.0,
            lanes: &Lanes::new(&trace, &levels),
            view: View::whole(trace.end),
            size: SIZE,
            theme: Theme::Light,
            hover: None,
            selection: None,
            flows: &[],
            arrows: false,
            range,
            timing: crate::Timing::default(),
            highlights: None,
        };
        let mut list = DrawList::new();
        draw(&scene, &mut list);
        list
    }

    fn texts(list: &DrawList) -> Vec<&str> {
        list.texts.iter().map(|row| list.text_of(row)).collect()
    }

    #[test]
    fn a_range_is_tinted_between_its_edges() {
        let colors = Theme::Light.colors();
        let list = drawn(Some((2e5, 6e5)));
        let columns = Columns::new(View::whole(Nanos(1_000_000)), SIZE);
        let (left, right) = (columns.pixel(2e5), columns.pixel(6e5));
        let top = SIZE.device(RULER);
        let bottom = SIZE.device_height() as i32;
        let has = |x0: i32, y0: i32, x1: i32, y1: i32, color: u32| {
            let mut rects = list.rects.iter();
            rects.any(|rect| {
                (rect.x0, rect.y0, rect.x1, rect.y1) == (x0, y0, x1, y1) && rect.color == color
            })
        };
        assert!(has(left, top, right, bottom, colors.range));
        assert!(has(left, 0, right, top, colors.range));
        assert!(has(left, top, left + 2, bottom, colors.range_edge));
        assert!(has(right - 2, top, right, bottom, colors.range_edge));
        let said = texts(&list);
        assert!(said.contains(&"400 µs") && said.contains(&"×"), "{said:?}");
        // The tick under the label has none of its own: 400 µs is in the middle.
        let at = |text: &str| said.iter().filter(|said| **said == text).count();
        assert_eq!((at("400 µs"), at("200 µs")), (1, 1), "{said:?}");
    }

    #[test]
    fn what_is_not_seen_of_a_range_is_not_drawn() {
        let colors = Theme::Light.colors();
        let edges = |list: &DrawList| {
            let rects = list.rects.iter();
            rects.filter(|rect| rect.color == colors.range_edge).count()
        };
        assert_eq!(edges(&drawn(None)), 0);
        assert_eq!(edges(&drawn(Some((2e6, 3e6)))), 0);
        assert_eq!(edges(&drawn(Some((f64::NAN, f64::INFINITY)))), 0);
        // Only the bar on the axis and the label: both edges are out of sight.
        assert_eq!(edges(&drawn(Some((-1e6, 2e6)))), 2);
        // A range thinner than a pixel is seen.
        assert!(edges(&drawn(Some((5e5, 5e5 + 1.0)))) >= 4);
    }
}
