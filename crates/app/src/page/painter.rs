//! The canvas: handed to the worker once for each trace, told its size, and told what to show once for each frame.

use leptos::prelude::*;
use tracepane_timeline::Size;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, HtmlCanvasElement, ResizeObserver};

use super::app::App;
use crate::address::{Address, Tab};
use crate::interop::{JsResult as _, Listener};
use crate::protocol::{Ask, Look};

/// The id of the element that holds the canvas.
pub const HOLDER: &str = "canvas-holder";

/// The id of the element that holds the minimap's canvas.
pub const MINIMAP_HOLDER: &str = "minimap-holder";

/// Sends a look after anything that changes the picture, and follows the canvas' size.
pub fn follow(app: App) {
    Effect::new(move || {
        app.view.track();
        app.dark.track();
        app.pointer.track();
        app.selection.track();
        app.lanes.track();
        app.arrows.track();
        app.by_function.track();
        app.band_scroll.track();
        app.find.dims.track();
        app.scope.track();
        app.drawn_range.track();
        app.size.track();
        app.axis.track();
        app.zone.track();
        app.marks.track();
        app.cursor.track();
        let seen = app.address.with(|address| address.tab() == Tab::Timeline);
        if app.is_open() && seen {
            app.look_is_due();
        }
    });
    // The device's pixels change when the page is zoomed or moved to another screen.
    let resized = Listener::new(&window(), "resize", move |_: Event| app.measure_canvas());
    StoredValue::new_local(resized);
}

/// Calls `then` whenever the size of the canvas' holder changes.
pub fn observe(app: App, holder: &web_sys::Element) {
    let callback = Closure::<dyn FnMut()>::new(move || app.measure_canvas());
    let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).or_warn("watching sizes");
    if let Some(observer) = &observer {
        observer.observe(holder);
    }
    StoredValue::new_local((observer, callback));
}

/// Gives the canvases the sizes that the worker gave them, so that a pixel of theirs is one of the screen's.
pub fn give_rooms(timeline: (f64, f64), minimap: (f64, f64)) {
    for (holder, (width, height)) in [(HOLDER, timeline), (MINIMAP_HOLDER, minimap)] {
        let holder = document().get_element_by_id(holder);
        let canvas = holder.and_then(|holder| holder.first_element_child());
        if let Some(canvas) = canvas {
            let canvas: HtmlCanvasElement = canvas.unchecked_into();
            let style = web_sys::HtmlElement::style(&canvas);
            for (name, length) in [("width", width), ("height", height)] {
                style
                    .set_property(name, &format!("{length}px"))
                    .or_warn("sizing a canvas");
            }
        }
    }
}

impl App {
    /// Makes a new canvas and hands it to the worker: one can be handed over only once.
    pub fn attach_canvas(self) -> Result<(), JsValue> {
        let holder = document()
            .get_element_by_id(HOLDER)
            .ok_or("the page has no place for the timeline")?;
        let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
        // What it shows is told by the element around it.
        canvas.set_attribute("aria-hidden", "true")?;
        holder.replace_children_with_node_1(&canvas);
        self.hand_over(&canvas, Ask::Attach)?;
        self.attach_minimap()?;
        self.size.update(|size| size.width = 0);
        self.measure_canvas();
        Ok(())
    }

    /// The same for the minimap's canvas.
    fn attach_minimap(self) -> Result<(), JsValue> {
        let holder = document()
            .get_element_by_id(MINIMAP_HOLDER)
            .ok_or("the page has no place for the minimap")?;
        let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
        canvas.set_attribute("aria-hidden", "true")?;
        holder.replace_children_with_node_1(&canvas);
        self.hand_over(&canvas, Ask::AttachMinimap)
    }

    /// Tells the worker the canvas' size, if it changed.
    fn measure_canvas(self) {
        let Some(holder) = document().get_element_by_id(HOLDER) else {
            return;
        };
        let size = Size {
            width: holder.client_width().max(0) as u32,
            height: holder.client_height().max(0) as u32,
            ratio: window().device_pixel_ratio(),
        };
        // Nothing is seen while another tab is: the size stays what it was.
        let hidden = size.width == 0 || size.height == 0;
        if hidden || size == self.size.get_untracked() {
            return;
        }
        self.size.set(size);
        self.tell(Ask::Resize {
            width: size.width,
            height: size.height,
            ratio: size.ratio,
        });
        self.view.update(|view| *view = self.kept(*view));
    }

    /// Sends a look before the next frame: the newest only.
    fn look_is_due(self) {
        let already = self
            .client
            .try_update_value(|client| std::mem::replace(&mut client.look_due, true));
        if already == Some(true) {
            return;
        }
        let session = self.session.get_untracked();
        request_animation_frame(move || {
            if self.session.get_untracked() == session && self.is_open_now() {
                self.send_look(self.look_now());
            }
        });
    }

    /// Sends the first look at a trace, which nothing has to be waited for.
    pub fn look_first(self) {
        if self.address.with_untracked(Address::tab) == Tab::Timeline {
            self.send_look(self.look_now());
        }
    }

    fn look_now(self) -> Look {
        let view = self.view.get_untracked();
        let dragging = self.dragging.get_untracked();
        Look {
            start: view.start,
            end: view.end,
            scroll: view.scroll,
            dark: self.dark.get_untracked(),
            pointer: self.pointer.get_untracked().filter(|_| !dragging),
            selection: self.selection.get_untracked(),
            arrows: self.arrows.get_untracked(),
            by_function: self.by_function.get_untracked(),
            band_scroll: self.band_scroll.get_untracked(),
            dims: self.find.dims.get_untracked(),
            range: self.range_to_draw(),
            timing: untrack(|| self.timing_look()),
        }
    }
}
