//! The canvas: a finished [`DrawList`] goes onto it, rectangles as one picture, texts one by one. No decisions here.

use std::fmt::Write as _;

use tracepane_timeline::palette::css;
use tracepane_timeline::{DrawList, FontScale, Pixmap, Size, TextRow, paint, text};
use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{ImageData, OffscreenCanvas, OffscreenCanvasRenderingContext2d};

/// The font family of all text on the canvas.
const FAMILY: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif";

/// What fonts are measured by: the letters of lane names and of what stands in bars.
const MEASURED: &str = "runtime.gcBgMarkWorker net/http.(*conn).serve main.func1 0123456789";

/// A canvas that the page handed over. It is larger than what is seen: giving it another size costs more than a frame
/// may, as all of its memory is new then.
pub struct Screen {
    canvas: OffscreenCanvas,
    context: OffscreenCanvasRenderingContext2d,
    pixmap: Pixmap,
    /// The canvas' size in device pixels.
    room: (u32, u32),
    /// The size of the picture on it, and the colour beside that.
    shown: (u32, u32, u32),
    font: (f32, u16),
    ink: Option<u32>,
    css: String,
}

/// The size of a canvas for a picture, in device pixels: what it has, where that is enough and not far too much.
fn room_for(had: (u32, u32), (width, height): (u32, u32)) -> (u32, u32) {
    let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
    let keeps = area(had) <= 4 * area((width, height));
    let room = |had: u32, side: u32| match keeps && had >= side {
        true => had,
        false => (side + side / 8).next_multiple_of(32),
    };
    (room(had.0, width), room(had.1, height))
}

impl Screen {
    /// Takes a canvas over.
    ///
    /// # Errors
    /// If the browser gives no 2D context for it.
    pub fn new(canvas: OffscreenCanvas) -> Result<Self, JsValue> {
        let options = js_sys::Object::new();
        js_sys::Reflect::set(&options, &"alpha".into(), &JsValue::FALSE)?;
        let context = canvas
            .get_context_with_context_options("2d", &options)?
            .ok_or_else(|| JsValue::from_str("no 2D context"))?
            .dyn_into()?;
        Ok(Self {
            canvas,
            context,
            pixmap: Pixmap::default(),
            room: (0, 0),
            shown: (0, 0, 0),
            font: (0.0, 0),
            ink: None,
            css: String::new(),
        })
    }

    /// How wide the browser's font is, beside the timeline's estimate.
    pub fn font_scale(&self) -> FontScale {
        let scale = |weight: u16| {
            self.context.set_font(&format!("{weight} 100px {FAMILY}"));
            let estimate = f64::from(text::width(MEASURED)) * 100.0;
            // A font that cannot be measured is taken as estimated.
            self.context
                .measure_text(MEASURED)
                .map_or(1.0, |measured| (measured.width() / estimate) as f32)
        };
        FontScale {
            regular: scale(400),
            bold: scale(600),
        }
    }

    /// The canvas' size in device pixels.
    pub fn room(&self) -> (u32, u32) {
        self.room
    }

    /// Shows a frame; beside it, `ground`.
    ///
    /// # Errors
    /// If the browser refuses the picture (a canvas too large for it).
    pub fn show(&mut self, list: &DrawList, size: Size, ground: u32) -> Result<(), JsValue> {
        let (width, height) = (size.device_width(), size.device_height());
        if width == 0 || height == 0 {
            return Ok(());
        }
        let room = room_for(self.room, (width, height));
        if self.room != room {
            self.room = room;
            self.canvas.set_width(room.0);
            self.canvas.set_height(room.1);
            // Setting the size resets the context.
            self.font = (0.0, 0);
            self.shown = (0, 0, 0);
        }
        // Something else may have drawn with another since.
        self.ink = None;
        if self.shown != (width, height, ground) {
            self.shown = (width, height, ground);
            self.clear_beside((width, height), ground);
        }
        self.pixmap.resize(width, height);
        paint(list, &mut self.pixmap);
        let bytes: &[u8] = bytemuck::cast_slice(&self.pixmap.pixels);
        let picture = ImageData::new_with_u8_clamped_array_and_sh(Clamped(bytes), width, height)?;
        self.context.put_image_data(&picture, 0.0, 0.0)?;
        for row in &list.texts {
            self.write(row, list.text_of(row))?;
        }
        Ok(())
    }

    /// What is seen of it until the next frame when the window grows.
    fn clear_beside(&mut self, (width, height): (u32, u32), ground: u32) {
        self.context.set_fill_style_str(&css(ground));
        let [width, height] = [width, height].map(f64::from);
        let (right, bottom) = (f64::from(self.room.0), f64::from(self.room.1));
        self.context.fill_rect(width, 0.0, right - width, bottom);
        self.context.fill_rect(0.0, height, width, bottom - height);
    }

    fn write(&mut self, row: &TextRow, words: &str) -> Result<(), JsValue> {
        if self.font != (row.size, row.weight) {
            self.font = (row.size, row.weight);
            self.css.clear();
            // Writing to a String cannot fail.
            let _ = write!(self.css, "{} {}px {FAMILY}", row.weight, row.size);
            self.context.set_font(&self.css);
        }
        if self.ink != Some(row.color) {
            self.ink = Some(row.color);
            self.context.set_fill_style_str(&css(row.color));
        }
        self.context.fill_text_with_max_width(
            words,
            row.x.into(),
            row.y.into(),
            row.max_width.into(),
        )
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_window_that_is_resized_hardly_ever_needs_another_canvas() {
        let first = room_for((0, 0), (1200, 800));
        assert!(first.0 >= 1200 && first.1 >= 800);
        // Smaller, and as large again.
        assert_eq!(room_for(first, (900, 700)), first);
        assert_eq!(room_for(first, (1200, 800)), first);
        // Much smaller.
        assert!(room_for(first, (300, 200)).0 < 400);
        // Larger, pixel by pixel.
        let mut room = first;
        let mut changes = 0;
        for width in 1200..2400 {
            let next = room_for(room, (width, 800));
            assert!(next.0 >= width);
            changes += u32::from(next != room);
            room = next;
        }
        assert!(changes < 8, "{changes}");
    }
}
