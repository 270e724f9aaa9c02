//! The minimap's canvas: painted anew only when what it shows has changed.

use tracepane_timeline::highlights::Highlights;
use tracepane_timeline::minimap::{MINIMAP, MinimapScene, draw_minimap};
use tracepane_timeline::{DrawList, Mark, Size, Theme};
use wasm_bindgen::JsValue;
use web_sys::OffscreenCanvas;

use super::opened::OpenTrace;
use super::paint::Screen;

/// The minimap.
#[derive(Default)]
pub struct Minimap {
    screen: Option<Screen>,
    list: DrawList,
    shown: Option<Shown>,
    /// A range of time that stands out, ns.
    pub band: Option<(f64, f64)>,
}

/// All that its picture depends on, but the trace.
#[derive(Clone, PartialEq)]
struct Shown {
    size: Size,
    theme: Theme,
    marks: Vec<f64>,
    band: Option<(f64, f64)>,
}

impl Minimap {
    /// Takes a canvas over. Without one there is no minimap, and all else goes on.
    pub fn attach(&mut self, canvas: Option<OffscreenCanvas>) {
        self.screen = canvas.and_then(|canvas| Screen::new(canvas).ok());
        self.shown = None;
    }

    /// Another trace is open.
    pub fn forget(&mut self) {
        self.shown = None;
        self.band = None;
    }

    /// A search found something else: the next picture shows it.
    pub fn search_changed(&mut self) {
        self.shown = None;
    }

    /// Paints it for a timeline's canvas of this size; whether that was needed.
    ///
    /// # Errors
    /// If the browser refuses the picture.
    pub fn show(
        &mut self,
        open: &OpenTrace,
        size: Size,
        theme: Theme,
        marks: &[Mark],
        highlights: Option<&Highlights>,
    ) -> Result<bool, JsValue> {
        let Some(screen) = &mut self.screen else {
            return Ok(false);
        };
        let size = Size {
            height: MINIMAP as u32,
            ..size
        };
        if let Some(shown) = &self.shown
            && (shown.size, shown.theme, shown.band) == (size, theme, self.band)
            && shown.marks.iter().eq(marks.iter().map(|mark| &mark.time))
        {
            return Ok(false);
        }
        let scene = MinimapScene {
            trace: &open.trace,
            levels: &open.levels,
            size,
            theme,
            marks,
            highlights,
            band: self.band,
        };
        draw_minimap(&scene, &mut self.list);
        self.shown = Some(Shown {
            size,
            theme,
            marks: marks.iter().map(|mark| mark.time).collect(),
            band: self.band,
        });
        screen.show(&self.list, size, theme.colors().background)?;
        Ok(true)
    }

    /// Its canvas' size in device pixels.
    pub fn room(&self) -> (u32, u32) {
        self.screen.as_ref().map_or((0, 0), Screen::room)
    }
}
