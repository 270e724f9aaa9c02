//! The session's frames: what is to be seen, painted.

use tracepane_timeline::{Arrows, Budget, Scene, Size, Theme, View, draw};

use super::Session;
use crate::protocol::{ArrowsShown, Look, Notice};
use crate::worker::lanes::hit_of;
use crate::worker::opened::OpenTrace;
use crate::worker::paint::Screen;
use crate::worker::port::clock;
use crate::worker::timekeeping::Timekeeping;

/// How many frames' times are kept.
const KEPT_FRAMES: usize = 2048;

/// How long drawing should take, ms, where lanes can wait for the next frame: while the view moves, and while only what
/// was left out is made up for. Painting comes on top.
const MOVING_MILLIS: f64 = 2.0;
const RESTING_MILLIS: f64 = 4.0;

/// What is to be seen of a trace.
pub fn scene_of<'a>(
    open: &'a OpenTrace,
    look: &'a Look,
    timing: &'a Timekeeping,
    size: Size,
) -> Scene<'a> {
    Scene {
        trace: &open.trace,
        levels: &open.levels,
        threads: open.threads.as_ref(),
        functions: open.functions.as_ref().filter(|_| look.by_function),
        band_scroll: look.band_scroll,
        lanes: &open.lanes,
        view: View {
            start: look.start,
            end: look.end,
            scroll: look.scroll,
        },
        size,
        theme: if look.dark { Theme::Dark } else { Theme::Light },
        hover: look.pointer,
        selection: look.selection.and_then(hit_of),
        flows: &open.flows.1.list,
        arrows: look.arrows,
        range: look.range,
        timing: timing.timing(look),
        highlights: open.found.as_ref().map(|found| &found.highlights),
    }
}

impl Session {
    pub(super) fn scene(&self) -> Option<Scene<'_>> {
        let (look, open) = (self.look.as_ref()?, self.open.as_ref()?);
        Some(scene_of(open, look, &self.timing, self.size))
    }

    /// Paints the minimap, if what it shows has changed.
    fn paint_minimap(&mut self) {
        let (Some(look), Some(open)) = (&self.look, &self.open) else {
            return;
        };
        let theme = if look.dark { Theme::Dark } else { Theme::Light };
        let began = self.port.now();
        let marks = &self.timing.marks;
        let highlights = open.found.as_ref().map(|found| &found.highlights);
        match self.minimap.show(open, self.size, theme, marks, highlights) {
            Ok(true) => self.port.measure("minimap", began, self.port.now()),
            Ok(false) => {}
            Err(error) => self.port.notice(Notice::Panic {
                message: format!("the minimap cannot be painted: {error:?}"),
            }),
        }
    }

    /// Tells the page how large the canvases are, if that changed.
    fn tell_rooms(&mut self) {
        let ratio = self.size.sane_ratio();
        let css =
            |(width, height): (u32, u32)| (f64::from(width) / ratio, f64::from(height) / ratio);
        let screen = self.screen.as_ref().map_or((0, 0), Screen::room);
        let rooms = [css(screen), css(self.minimap.room())];
        if self.rooms != rooms {
            self.rooms = rooms;
            let [timeline, minimap] = rooms;
            self.port.notice(Notice::Rooms { timeline, minimap });
        }
    }

    /// Whether a frame should be asked for, once.
    pub fn take_frame_wish(&mut self) -> bool {
        let wanted = std::mem::take(&mut self.frame_wanted) && !self.frame_asked;
        self.frame_asked |= wanted;
        wanted
    }

    /// Paints a frame.
    pub fn paint(&mut self) {
        self.frame_asked = false;
        let began = self.port.now();
        let mut list = std::mem::take(&mut self.list);
        let Some(scene) = self.scene() else {
            self.list = list;
            return;
        };
        let showing = Some((self.look_number, self.size));
        let millis = match self.showed == showing {
            true => RESTING_MILLIS,
            false => MOVING_MILLIS,
        };
        list.budget = match self.was_finished {
            true => Budget::Until {
                now: clock,
                at: began + millis,
            },
            false => Budget::All,
        };
        draw(&scene, &mut list);
        let finished = !list.unfinished;
        let whole = scene.view.start <= 0.0 && scene.view.end >= scene.trace.end.0 as f64;
        let ground = scene.theme.colors().background;
        self.showed = showing;
        if finished {
            self.finished_look = self.look_number;
        } else {
            // What is left gets its turn in the next frame.
            self.frame_wanted = true;
        }
        let shown = match &mut self.screen {
            Some(screen) => screen.show(&list, self.size, ground),
            None => return self.list = list,
        };
        self.was_finished |= finished;
        let arrows = list.arrows;
        self.list = list;
        self.paint_minimap();
        if let Err(error) = shown {
            self.port.notice(Notice::Panic {
                message: format!("the timeline cannot be painted: {error:?}"),
            });
            return;
        }
        let ended = self.port.now();
        self.port.measure("frame", began, ended);
        if self.frame_millis.len() == KEPT_FRAMES {
            self.frame_millis.pop_front();
        }
        self.frame_millis.push_back(ended - began);
        self.tell_rooms();
        self.painted = self.painted.wrapping_add(1);
        self.port.notice(Notice::Painted {
            frame: self.painted,
            look: self.finished_look,
            whole: whole && finished,
            arrows: match arrows {
                Arrows::Off => ArrowsShown::Off,
                Arrows::Drawn(count) => ArrowsShown::Drawn(count),
                Arrows::TooMany => ArrowsShown::TooMany,
            },
        });
    }
}
