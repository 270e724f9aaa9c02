//! A frame's layout: background, grid, lanes, what lies over them, names and time axis, in this order.

use std::fmt;

use crate::draw::lane::{ASSIST_HEIGHT, SWEEP_HEIGHT};
use crate::draw::regions::REGION_HEIGHT;
use crate::draw::{Scene, Scratch};
use crate::hit::{NAME_HEIGHT, PIN_FROM};
use crate::lanes::{BAR, GUTTER, Lane, LaneKind, RULER};
use crate::levels::Levels;
use crate::list::{Align, Clip, DrawList, TextPlace};
use crate::palette::Colors;
use crate::ruler::Ruler;
use crate::scale::Columns;

/// Font size in bars, in CSS pixels.
const SMALL: f64 = 11.0;

/// Font size of names, in CSS pixels.
const NORMAL: f64 = 12.0;

/// What a tick's label needs, in CSS pixels.
const RULER_LABEL: f64 = 66.0;

/// Space left of a text, in CSS pixels.
const PAD: f64 = 4.0;

/// What the page's chooser of the time axis takes of the gutter, in CSS pixels.
const AXIS_CHOOSER: f64 = 104.0;

/// A frame while it is drawn.
pub struct Frame<'a, 's> {
    pub scene: &'a Scene<'s>,
    pub list: &'a mut DrawList,
    pub scratch: &'a mut Scratch,
    pub columns: Columns,
    pub colors: &'static Colors,
}

/// Where text stands in a lane.
#[derive(Clone, Copy)]
pub enum Weight {
    Dim,
    Plain,
    Bold,
}

/// The part of a lane in which bars are drawn, strips beside them included; CSS pixels from its top.
pub fn bar_part(lane: &Lane) -> (f64, f64) {
    match lane.kind {
        LaneKind::Goroutine(_) => (2.0, BAR - 2.0),
        // Below it is when it had a thread, or a proc.
        LaneKind::Proc(_) | LaneKind::Thread(_) => (2.0, BAR - 4.0),
        _ => (3.0, lane.height - 3.0),
    }
}

/// The same without the strips that this goroutine's or proc's lane has somewhere: they never lie over what is rare.
pub fn clear_part(levels: &Levels, lane: &Lane) -> (f64, f64) {
    let (mut top, mut bottom) = bar_part(lane);
    match lane.kind {
        LaneKind::Goroutine(g) => {
            if !levels.assists.of(g.0 as usize).is_empty() {
                top += ASSIST_HEIGHT;
            }
            if !levels.regions.of(g.0 as usize).is_empty() && lane.region_rows() == 0 {
                bottom -= REGION_HEIGHT;
            }
        }
        LaneKind::Proc(proc) if !levels.sweeps.of(proc.0 as usize).is_empty() => {
            bottom -= SWEEP_HEIGHT;
        }
        _ => {}
    }
    (top, bottom)
}

impl<'a, 's> Frame<'a, 's> {
    /// Nothing is drawn yet.
    pub fn new(scene: &'a Scene<'s>, list: &'a mut DrawList, scratch: &'a mut Scratch) -> Self {
        Self {
            columns: Columns::new(scene.view, scene.size),
            colors: scene.theme.colors(),
            scene,
            list,
            scratch,
        }
    }

    /// Draws all.
    pub fn draw(&mut self) {
        let (width, height) = (self.right(), self.bottom());
        self.list.rect(0, 0, width, height, self.colors.background);
        let axis = self.scene.timing.axis;
        let ruler = Ruler::on(axis, self.scene.view, self.scene.size.lane_width());
        self.grid(&ruler);
        self.gc_band();
        let scene = self.scene;
        let groups = scene.lanes_seen().filter_map(|lane| match lane.kind {
            LaneKind::Group(group) => Some(group),
            _ => None,
        });
        let all = scene.lanes_seen().any(|lane| {
            matches!(
                lane.kind,
                LaneKind::GoroutineStates
                    | LaneKind::ThreadStates
                    | LaneKind::ProcsHeader
                    | LaneKind::ThreadsHeader
            )
        });
        let Scratch {
            densities,
            spending,
            ..
        } = &mut *self.scratch;
        spending.begin(self.list.budget);
        let of = (scene.trace, scene.levels);
        densities.prepare(of, &self.columns, groups, all, spending);
        self.scratch.kept.begin(scene.levels.id);
        for lane in scene.lanes_seen() {
            self.clip_to(&lane);
            self.lane(&lane);
            self.highlight(&lane);
        }
        self.unclip();
        self.list.unfinished = self.scratch.spending.unfinished;
        self.stw_band();
        self.hovered();
        self.arrows();
        self.range_band();
        self.flag_lines();
        let gutter = self.px(GUTTER);
        self.list.rect(0, 0, gutter, height, self.colors.gutter);
        for lane in scene.lanes_seen() {
            self.clip_to(&lane);
            self.name(&lane);
            self.highlight_name(&lane);
        }
        self.unclip();
        self.selected();
        self.unclip();
        self.band_edge();
        self.axis(&ruler);
        self.highlight_axis();
        self.range_axis();
        self.flags();
    }

    /// How far below the canvas' top a lane begins, in CSS pixels.
    pub fn lane_y(&self, lane: &Lane) -> f64 {
        self.scene.lane_y(lane)
    }

    /// What is drawn from now on belongs to this lane: it stays in the part of the canvas where such lanes are.
    pub fn clip_to(&mut self, lane: &Lane) {
        let (top, bottom) = self.room(lane);
        self.list.clip = Clip {
            top: self.px(top),
            bottom: self.px(bottom),
        };
    }

    /// What is drawn from now on is not cut.
    pub fn unclip(&mut self) {
        self.list.clip = Clip::default();
    }

    /// The part of the canvas where lanes such as this one are, CSS pixels from its top.
    pub fn room(&self, lane: &Lane) -> (f64, f64) {
        let edge = RULER + self.scene.band();
        match lane.pinned {
            true => (RULER, edge),
            // What is above it is drawn over by the time axis, if nothing is pinned.
            false if edge > RULER => (edge, f64::from(self.scene.size.height) + 1.0),
            false => (f64::MIN, f64::MAX),
        }
    }

    /// Whether the middle of a text at `y`, CSS pixels from the canvas' top, lies well within its lane's part.
    fn has_room(&self, lane: &Lane, y: f64) -> bool {
        let (top, bottom) = self.room(lane);
        // It would lie over the time axis, or over lanes of the other part.
        y >= top.max(RULER) + 6.0 && y <= bottom - if lane.pinned { 6.0 } else { 0.0 }
    }

    /// The line below what is pinned; it says if there is more than there is room for.
    fn band_edge(&mut self) {
        let band = self.scene.band();
        if band <= 0.0 {
            return;
        }
        let (top, line) = (self.px(RULER + band), self.line());
        let (right, color) = (self.right(), self.colors.band_edge);
        self.list.rect(0, top - line, right, top + line, color);
        let hidden = self.scene.lanes.band_height() - band - self.scene.band_scroll;
        if hidden < 1.0 {
            return;
        }
        let more = self.scene.lanes.pinned(
            self.scene.band_scroll + band,
            self.scene.lanes.band_height() - 0.5,
        );
        let count = more.skip(1).take(1000).count() + 1;
        let ratio = self.scene.size.sane_ratio();
        let (x, width) = (GUTTER - 92.0, 86.0);
        let back = (self.px(x - 6.0), self.px(RULER + band - 16.0));
        let (right, header) = (self.px(GUTTER), self.colors.header);
        self.list.rect(back.0, back.1, right, top - line, header);
        let place = TextPlace {
            x: (x * ratio) as f32,
            y: ((RULER + band - 8.0 + SMALL * 0.36) * ratio) as f32,
            width: (width * ratio) as f32,
            color: self.colors.text_dim,
            size: (SMALL * ratio) as f32,
            weight: 400,
            align: Align::Right,
        };
        let place = TextPlace {
            x: ((x + width) * ratio) as f32,
            ..place
        };
        self.list.text(place, format_args!("{count} more pinned"));
    }

    /// Device pixels.
    pub fn px(&self, css: f64) -> i32 {
        self.scene.size.device(css)
    }

    /// The canvas' width in device pixels.
    pub fn right(&self) -> i32 {
        self.scene.size.device_width() as i32
    }

    /// The canvas' height in device pixels.
    pub fn bottom(&self) -> i32 {
        self.scene.size.device_height() as i32
    }

    /// A line's width in device pixels.
    pub fn line(&self) -> i32 {
        (self.scene.size.sane_ratio().round() as i32).max(1)
    }

    /// The part of a lane from `top` to `bottom`, CSS pixels from its top, in device pixels.
    pub fn band(&self, lane: &Lane, top: f64, bottom: f64) -> (i32, i32) {
        let y = self.lane_y(lane);
        (self.px(y + top), self.px(y + bottom))
    }

    /// The part of a lane in which bars are drawn, strips beside them included.
    pub fn bar_band(&self, lane: &Lane) -> (i32, i32) {
        let (top, bottom) = bar_part(lane);
        self.band(lane, top, bottom)
    }

    /// The part of a goroutine's, a proc's or a thread's lane in which bars are drawn, without strips.
    pub fn clear_band(&self, lane: &Lane) -> (i32, i32) {
        let (top, bottom) = clear_part(self.scene.levels, lane);
        self.band(lane, top, bottom)
    }

    /// Text in a bar from `x0` to `x1`, device pixels, in the middle of where a lane has its bars.
    pub fn bar_text(
        &mut self,
        lane: &Lane,
        x0: i32,
        x1: i32,
        color: u32,
        text: fmt::Arguments<'_>,
    ) {
        let middle = match lane.kind {
            LaneKind::Proc(_) | LaneKind::Thread(_) => BAR / 2.0 - 1.0,
            LaneKind::Goroutine(_) => BAR / 2.0,
            _ => lane.height / 2.0,
        };
        self.text_at(lane, middle, (x0, x1), color, text);
    }

    /// Text from `x0` to `x1`, device pixels, its middle at `y` CSS pixels below the lane's top.
    pub fn text_at(
        &mut self,
        lane: &Lane,
        y: f64,
        (x0, x1): (i32, i32),
        color: u32,
        text: fmt::Arguments<'_>,
    ) {
        let y = self.lane_y(lane) + y;
        if !self.has_room(lane, y) {
            return;
        }
        let ratio = self.scene.size.sane_ratio();
        let pad = (PAD * ratio) as f32;
        let y = y + SMALL * 0.36;
        let place = TextPlace {
            x: x0 as f32 + pad,
            y: (y * ratio) as f32,
            width: (x1 - x0) as f32 - 2.0 * pad,
            color,
            size: (SMALL * ratio) as f32,
            weight: 400,
            align: Align::Left,
        };
        self.list.text(place, text);
    }

    /// Text in the gutter: from `x` to `end` (CSS pixels), its middle at `y` CSS pixels below the lane's top.
    pub fn gutter_text(
        &mut self,
        lane: &Lane,
        (x, end): (f64, f64),
        y: f64,
        weight: Weight,
        align: Align,
        text: fmt::Arguments<'_>,
    ) {
        if !self.has_room(lane, self.lane_y(lane) + y) {
            return;
        }
        // The sign for pinning is there.
        let covered = end > PIN_FROM - 2.0 && y < NAME_HEIGHT && self.shows_pin(lane);
        let end = if covered { PIN_FROM - 2.0 } else { end };
        let ratio = self.scene.size.sane_ratio();
        let size = match weight {
            Weight::Dim => SMALL,
            _ => NORMAL,
        };
        let place = TextPlace {
            x: (if align == Align::Left { x } else { end } * ratio) as f32,
            y: ((self.lane_y(lane) + y + size * 0.36) * ratio) as f32,
            width: ((end - x) * ratio) as f32,
            color: match weight {
                Weight::Dim => self.colors.text_dim,
                _ => self.colors.text,
            },
            size: (size * ratio) as f32,
            weight: match weight {
                Weight::Bold => 600,
                _ => 400,
            },
            align,
        };
        self.list.text(place, text);
    }

    fn grid(&mut self, ruler: &Ruler<'_>) {
        let (top, bottom) = (self.px(RULER), self.bottom());
        for time in ruler.ticks() {
            let x = self.columns.pixel(time);
            self.list
                .rect(x, top, x + self.line(), bottom, self.colors.grid);
        }
    }

    fn axis(&mut self, ruler: &Ruler<'_>) {
        let (gutter, height, line) = (self.px(GUTTER), self.px(RULER), self.line());
        let (right, bottom, colors) = (self.right(), self.bottom(), self.colors);
        self.list.rect(0, 0, right, height, colors.gutter);
        self.list
            .rect(0, height - line, right, height, colors.border);
        self.list
            .rect(gutter - line, 0, gutter, bottom, colors.border);
        let ratio = self.scene.size.sane_ratio();
        let place = |x: i32, width: i32, color| TextPlace {
            x: x as f32,
            y: ((RULER / 2.0 + SMALL * 0.36) * ratio) as f32,
            width: width as f32,
            color,
            size: (SMALL * ratio) as f32,
            weight: 400,
            align: Align::Left,
        };
        let pad = self.px(PAD);
        if let Some(base) = ruler.base_label() {
            // Left of it is the page's chooser of what the axis counts from.
            let x = self.px(AXIS_CHOOSER);
            let place = place(x, gutter - x - pad, colors.text);
            self.list.text(place, format_args!("{base}"));
        }
        for time in ruler.ticks() {
            let x = self.columns.pixel(time);
            self.list
                .rect(x, height - self.px(6.0), x + line, height, colors.text_dim);
            let label = ruler.label(time);
            // A flag or the right edge may stand in its way.
            let room = self.flag_after(time).unwrap_or(right) - x - pad;
            let place = place(x + pad, room, colors.text_dim);
            // A label that is cut says something else.
            let fits = f64::from(place.width) >= self.px(RULER_LABEL).into();
            let covered = self.is_under_range_label(x + pad, self.px(RULER_LABEL));
            if x >= gutter && fits && !covered {
                self.list.text(place, format_args!("{label}"));
            }
        }
    }
}
