//! The canvas: a finished [`DrawList`] goes onto it, rectangles as one picture, texts one by one. No decisions here.

use std::fmt::Write as _;

use tracepane_timeline::{DrawList, FontScale, Pixmap, Size, TextRow, paint, text};
use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{ImageData, OffscreenCanvas, OffscreenCanvasRenderingContext2d};

/// The font family of all text on the canvas.
const FAMILY: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif";

/// What fonts are measured by: the letters of lane names and of what stands in bars.
const MEASURED: &str = "runtime.gcBgMarkWorker net/http.(*conn).serve main.func1 0123456789";

/// A canvas that the page handed over.
pub struct Screen {
    canvas: OffscreenCanvas,
    context: OffscreenCanvasRenderingContext2d,
    pixmap: Pixmap,
    font: (f32, u16),
    css: String,
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
            font: (0.0, 0),
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

    /// Shows a frame.
    ///
    /// # Errors
    /// If the browser refuses the picture (a canvas too large for it).
    pub fn show(&mut self, list: &DrawList, size: Size) -> Result<(), JsValue> {
        let (width, height) = (size.device_width(), size.device_height());
        if width == 0 || height == 0 {
            return Ok(());
        }
        if self.canvas.width() != width || self.canvas.height() != height {
            self.canvas.set_width(width);
            self.canvas.set_height(height);
            // Setting the size resets the context.
            self.font = (0.0, 0);
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

    fn write(&mut self, row: &TextRow, words: &str) -> Result<(), JsValue> {
        if self.font != (row.size, row.weight) {
            self.font = (row.size, row.weight);
            self.css.clear();
            // Writing to a String cannot fail.
            let _ = write!(self.css, "{} {}px {FAMILY}", row.weight, row.size);
            self.context.set_font(&self.css);
        }
        self.css.clear();
        let [red, green, blue, alpha] = row.color.to_le_bytes();
        let _ = write!(
            self.css,
            "rgba({red},{green},{blue},{})",
            f32::from(alpha) / 255.0
        );
        self.context.set_fill_style_str(&self.css);
        self.context.fill_text_with_max_width(
            words,
            row.x.into(),
            row.y.into(),
            row.max_width.into(),
        )
    }
}
