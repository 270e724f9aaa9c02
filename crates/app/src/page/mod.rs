//! The page: owns the DOM and holds no trace.
//!
//! [`app::App`] is the state, [`client`] talks to the worker, [`history`] to the address bar, [`moves`] moves the
//! timeline; `views/` and `widgets/` are functions from that state to elements.

mod api;
mod app;
mod arrange;
mod bundle;
mod client;
mod find;
mod history;
mod hover;
mod jump;
mod keys;
mod lanes;
mod limits;
mod marks;
mod memory;
mod motion;
mod moves;
mod opening;
mod painter;
mod parts;
pub mod plot;
mod range;
mod saving;
pub mod scroller;
mod theme;
mod views;
mod widgets;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

use app::App;

/// Starts the page.
///
/// # Errors
/// What the browser refuses at start.
pub fn start() -> Result<(), JsValue> {
    announce_panics();
    let host: web_sys::HtmlElement = document()
        .get_element_by_id("app")
        .ok_or("the page has no element #app")?
        .unchecked_into();
    mount_to(host, || {
        let app = App::new();
        theme::follow(app);
        history::follow(app);
        keys::listen(app);
        painter::follow(app);
        find::follow(app);
        jump::forget_trails(app);
        opening::listen(app);
        api::publish(app);
        app.start_worker();
        app.warm_up();
        views::shell::shell(app)
    })
    .forget();
    Ok(())
}

/// A panic of the page leaves it as it was, but deaf: say so, and what to do.
fn announce_panics() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let Some(body) = document().body() else {
            return;
        };
        if let Ok(note) = document().create_element("p") {
            note.set_class_name("broken");
            let _ = note.set_attribute("role", "alert");
            note.set_text_content(Some(
                "Tracepane made a mistake and cannot go on. Load the page again; your file is unchanged.",
            ));
            let _ = body.append_child(&note);
        }
    }));
}
