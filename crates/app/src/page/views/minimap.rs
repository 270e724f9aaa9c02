//! The minimap above the time axis: the worker's picture of the whole trace, and over it the frame of what is seen.

use leptos::html::Div;
use leptos::prelude::*;
use tracepane_timeline::GUTTER;
use tracepane_timeline::minimap::{Grip, MinimapDrag, frame, grip};
use web_sys::PointerEvent;

use super::marks;
use crate::commands::Command;
use crate::page::app::App;
use crate::page::keys::run;
use crate::page::painter;

/// The minimap, and what goes back, forward and elsewhere left of it.
pub fn minimap(app: App) -> AnyView {
    view! {
        <div class="minimap">
            <div id=painter::MINIMAP_HOLDER class="minimap-canvas"></div>
            <div class="minimap-tools" style:width=format!("{GUTTER}px")>
                {marks::tools(app)}
            </div>
            {surface(app)}
        </div>
    }
    .into_any()
}

/// A button of the tools.
pub fn tool(
    app: App,
    command: Command,
    text: &'static str,
    title: &'static str,
    possible: impl Fn() -> bool + Send + 'static,
) -> AnyView {
    view! {
        <button
            class="button small tool"
            title=title
            aria-label=title
            disabled=move || !possible()
            on:click=move |_| run(app, command)
        >
            {text}
        </button>
    }
    .into_any()
}

/// What the pointer grabs.
fn surface(app: App) -> AnyView {
    let element = NodeRef::<Div>::new();
    let drag = StoredValue::new(None::<MinimapDrag>);
    let held = RwSignal::new(false);
    let cursor = RwSignal::new("crosshair");
    // The surface begins where the gutter ends.
    let place = move |event: &PointerEvent| {
        let left = element
            .get_untracked()
            .map_or(0.0, |element| element.get_bounding_client_rect().left());
        f64::from(event.client_x()) - left + GUTTER
    };
    let down = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        app.halt();
        app.drop_cursor();
        if let Some(element) = element.get_untracked() {
            let _ = element.set_pointer_capture(event.pointer_id());
        }
        let view = app.view.get_untracked();
        let (size, limits) = (app.size.get_untracked(), app.limits());
        let begun = MinimapDrag::new(place(&event), view, size, limits);
        cursor.set(cursor_of(begun.grip(), true));
        drag.set_value(Some(begun));
        held.set(true);
    };
    let moved = move |event: PointerEvent| {
        let x = place(&event);
        let (size, limits) = (app.size.get_untracked(), app.limits());
        if !held.get_untracked() {
            let found = grip(x, app.view.get_untracked(), size, limits);
            cursor.set(cursor_of(found, false));
            return;
        }
        let view = drag
            .try_update_value(|drag| drag.as_mut()?.to(x, size, limits))
            .flatten();
        if let Some(view) = view {
            let scroll = app.view.with_untracked(|view| view.scroll);
            app.look_at(tracepane_timeline::View { scroll, ..view }, true);
        }
    };
    let up = move |_: PointerEvent| {
        held.set(false);
        let done = drag.try_update_value(Option::take).flatten();
        let (size, limits) = (app.size.get_untracked(), app.limits());
        if let Some(view) = done.and_then(|drag| drag.click(size, limits)) {
            app.look_at(view, false);
        }
    };
    let window = Memo::new(move |_| {
        let limits = app
            .opened
            .with(|opened| opened.as_ref().map(|_| app.limits()))?;
        let (left, right) = frame(app.view.get(), app.size.get(), limits);
        Some((left - GUTTER, right - left))
    });
    view! {
        <div
            class="minimap-surface"
            style:left=format!("{GUTTER}px")
            style:cursor=move || cursor.get()
            node_ref=element
            role="img"
            aria-label="The whole trace, with a frame around what is seen. A drag moves or resizes the frame or draws another, a click goes there, a double click shows all."
            title="Drag the frame or its edges; drag beside it to draw another; double-click for all"
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=up
            on:pointercancel=move |_| {
                held.set(false);
                drag.set_value(None);
            }
            on:dblclick=move |_| {
                let view = app.view.get_untracked();
                app.look_at(view.with_time(app.whole()), false);
            }
        >
            {move || {
                window
                    .get()
                    .map(|(left, width)| {
                        // A frame that is thinner than a pixel is seen all the same.
                        let wide = width.max(2.0);
                        view! {
                            <div
                                class="minimap-frame"
                                class:narrow=width < 14.0
                                class:held=move || held.get()
                                style:left=format!("{}px", left - (wide - width) / 2.0)
                                style:width=format!("{wide}px")
                            ></div>
                        }
                    })
            }}
        </div>
    }
    .into_any()
}

fn cursor_of(grip: Grip, held: bool) -> &'static str {
    match grip {
        Grip::Frame if held => "grabbing",
        Grip::Frame => "grab",
        Grip::Left | Grip::Right => "ew-resize",
        Grip::Outside => "crosshair",
    }
}
