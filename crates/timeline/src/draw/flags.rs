//! Marks, the origin of the time axis, and the moment that was typed: a line over all lanes, a flag on the axis.

use crate::axis::AxisKind;
use crate::draw::frame::Frame;
use crate::lanes::{GUTTER, RULER};
use crate::list::{Align, Shape, TextPlace};
use crate::mark::flag_width;

/// How high a flag is, in CSS pixels.
const HEIGHT: f64 = 15.0;

/// Font size in it, in CSS pixels.
const SIZE: f64 = 11.0;

/// How long the dashes of the typed moment are, in CSS pixels.
const DASH: f64 = 6.0;

impl Frame<'_, '_> {
    /// Where the flag after a tick at `time` begins, in device pixels: a tick's label must end before it.
    pub fn flag_after(&self, time: f64) -> Option<i32> {
        let timing = &self.scene.timing;
        let x = self.columns.pixel(time);
        // A label has no room for more than this anyway.
        let near = x + self.px(120.0);
        let marks = timing.marks.iter().map(|mark| (mark.time, &*mark.name));
        let origin = (timing.axis.kind() == AxisKind::Origin).then_some((timing.axis.origin, ""));
        let places = marks.chain(origin).filter_map(|(time, name)| {
            let left = self.columns.pixel(time);
            let right = left + self.px(flag_width(name));
            // One that lies over the label's beginning leaves no room at all.
            (right > x && left < near).then_some(left.max(x))
        });
        places.min()
    }

    /// The lines over the lanes.
    pub fn flag_lines(&mut self) {
        let timing = self.scene.timing;
        let (top, bottom, line) = (self.px(RULER), self.bottom(), self.line());
        for mark in timing.marks {
            if let Some(x) = self.seen(mark.time) {
                self.list.rect(x, top, x + line, bottom, self.colors.flag);
            }
        }
        if timing.axis.kind() == AxisKind::Origin
            && let Some(x) = self.seen(timing.axis.origin)
        {
            self.list.rect(x, top, x + line, bottom, self.colors.cursor);
        }
        if let Some(x) = timing.cursor.and_then(|time| self.seen(time)) {
            let dash = self.px(DASH).max(1);
            let dashes = (top..bottom).step_by(2 * dash as usize);
            for y in dashes {
                let end = (y + dash).min(bottom);
                self.list.rect(x, y, x + line, end, self.colors.cursor);
            }
        }
    }

    /// The flags on the time axis.
    pub fn flags(&mut self) {
        let timing = self.scene.timing;
        if timing.axis.kind() == AxisKind::Origin {
            self.head(timing.axis.origin);
        }
        if let Some(time) = timing.cursor {
            self.head(time);
        }
        for mark in timing.marks {
            let Some(x) = self.seen(mark.time) else {
                continue;
            };
            let (height, line) = (self.px(RULER), self.line());
            let right = (x + self.px(flag_width(&mark.name))).min(self.right());
            let top = self.px(1.0);
            let bottom = self.px(1.0 + HEIGHT);
            self.list.rect(x, top, right, bottom, self.colors.flag);
            self.list
                .rect(x, bottom, x + line, height, self.colors.flag);
            let ratio = self.scene.size.sane_ratio();
            let pad = self.px(4.0);
            let place = TextPlace {
                x: (x + pad) as f32,
                y: ((1.0 + HEIGHT / 2.0 + SIZE * 0.36) * ratio) as f32,
                width: (right - x - pad) as f32,
                color: self.colors.on_flag,
                size: (SIZE * ratio) as f32,
                weight: 400,
                align: Align::Left,
            };
            self.list.text(place, format_args!("{}", mark.name));
        }
    }

    /// A small triangle at the axis' lower edge.
    fn head(&mut self, time: f64) {
        let Some(x) = self.seen(time) else {
            return;
        };
        let ratio = self.scene.size.sane_ratio();
        let half = (5.0 * ratio) as f32;
        let (x, y) = (x as f32 + self.line() as f32 / 2.0, (RULER * ratio) as f32);
        let shape = Shape::Triangle([
            (x, y),
            (x - half, y - 1.6 * half),
            (x + half, y - 1.6 * half),
        ]);
        self.list.stroke(shape, self.colors.cursor);
    }

    /// Where a moment is, if it is seen, in device pixels.
    fn seen(&self, time: f64) -> Option<i32> {
        let x = self.columns.pixel(time);
        (x >= self.px(GUTTER) && x < self.right()).then_some(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mark::{Mark, Timing};
    use crate::program::Program;
    use crate::{Axis, DrawList, Lanes, Levels, Scene, Size, Theme, View, draw};

    #[test]
    fn marks_are_lines_with_flags_and_labels_give_way() {
        let mut p = Program::new(1, 1);
        p.create(u32::MAX, 0, "main.main").run(0, 0);
        let trace = p.finish(1000);
        let levels = Levels::build(&trace);
        let lanes = Lanes::new(&trace, &levels);
        let marks = [
            Mark {
                name: "<b>here</b>".into(),
                time: 210.0,
            },
            Mark {
                name: "gone".into(),
                time: 5000.0,
            },
        ];
        let mut scene = Scene {
            functions: None,
            band_scroll: 0.0,
            trace: &trace,
            levels: &levels,
            threads: None,
            lanes: &lanes,
            view: View::whole(trace.end),
            size: Size {
                width: GUTTER as u32 + 1000,
                height: 300,
                ratio: 1.0,
            },
            theme: Theme::Light,
            hover: None,
            selection: None,
            flows: &[],
            arrows: false,
            range: None,
            timing: Timing::default(),
            highlights: None,
        };
        let texts = |list: &DrawList| -> Vec<String> {
            let rows = list.texts.iter();
            rows.map(|row| list.text_of(row).to_owned()).collect()
        };
        let mut list = DrawList::new();
        draw(&scene, &mut list);
        assert!(texts(&list).contains(&"200 ns".to_owned()));
        scene.timing = Timing {
            axis: Axis {
                kind: AxisKind::Origin,
                origin: 800.0,
                ..Axis::default()
            },
            marks: &marks,
            cursor: Some(500.0),
        };
        draw(&scene, &mut list);
        let said = texts(&list);
        // A name is text, and the label that it would cover is gone.
        assert!(said.contains(&"<b>here</b>".to_owned()), "{said:?}");
        assert!(!said.contains(&"−600 ns".to_owned()), "{said:?}");
        assert!(said.contains(&"−500 ns".to_owned()), "{said:?}");
        assert!(!said.contains(&"gone".to_owned()));
        let color = |color: u32, x: i32| {
            let x = GUTTER as i32 + x;
            let lines = list.rects.iter();
            lines
                .filter(|r| r.color == color && r.x0 == x && r.x1 == x + 1)
                .count()
        };
        let colors = Theme::Light.colors();
        assert_eq!(color(colors.flag, 210), 2);
        assert_eq!(color(colors.cursor, 800), 1);
        assert!(color(colors.cursor, 500) > 10, "the typed moment is dashed");
        // The heads of the origin and of the typed moment.
        assert_eq!(list.strokes.len(), 2);
    }
}
