//! The trace that is inside this very page, if it is a bundle: what the page's slot says of it. `docs/bundle.md`.

use leptos::prelude::*;
use tracepane_bundle::{Head, HeadError};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::app::{App, Failure};
use super::history::Entry;
use crate::address::Place;

/// The slot's id, and the name that `www/boot.js` knows the trace in it by.
pub const SLOT: &str = "bundle";

/// A trace inside this page.
#[derive(Clone, PartialEq, Debug)]
pub struct Inside {
    /// Its file name.
    pub name: String,
    /// How many bytes it has.
    pub size: f64,
    /// On which view it opens.
    pub head: Head,
}

/// The trace inside this page, if there is one.
///
/// # Errors
/// If it is in a format of later pages.
pub fn inside() -> Option<Result<Inside, HeadError>> {
    let slot = document().get_element_by_id(SLOT)?;
    let slot: HtmlElement = slot.dyn_into().ok()?;
    // An empty slot says nothing of itself.
    slot.first_element_child()?;
    let head = match Head::read(|name| slot.dataset().get(name)) {
        Ok(head) => head,
        Err(error) => return Some(Err(error)),
    };
    let part = slot.query_selector("[data-part=trace]").ok()??;
    let part: HtmlElement = part.dyn_into().ok()?;
    let of_part = |name: &str| part.dataset().get(name);
    Some(Ok(Inside {
        name: of_part("name").unwrap_or_default(),
        size: of_part("size")
            .and_then(|size| size.parse().ok())
            .unwrap_or_default(),
        head,
    }))
}

impl App {
    /// Opens the trace that this page was shared with, if there is one, on the view that was shared; an address in the
    /// address bar goes before that.
    pub fn open_bundle(self) {
        match inside() {
            None => {}
            Some(Err(error)) => self.fail(Failure {
                title: "The trace inside this page cannot be opened".into(),
                text: format!("{error}."),
                again: false,
            }),
            Some(Ok(inside)) => {
                // The trace inside is the part already.
                self.linked_part.set_value(None);
                let pasted = window().location().hash().unwrap_or_default();
                if pasted.len() < 2
                    && let Some(place) = Place::parse(&inside.head.address)
                {
                    self.scope.set(place.scope);
                    self.go(place.address, Entry::Replace);
                    self.first_scroll.set_value(Some(inside.head.scroll));
                }
                self.open_embedded(SLOT, inside.name, inside.size);
            }
        }
    }
}
