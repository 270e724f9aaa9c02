//! The timeline: the worker's canvas, what lies around it, and the panel beside it.

use leptos::html::Div;
use leptos::prelude::*;
use tracepane_timeline::RULER;
use tracepane_timeline::range::Grip;
use web_sys::Event;

use super::pointer::Pointer;
use super::reorder::Reorder;
use super::{
    LANE_FILTER, arrangement, details, events, find, lane_menu, marks, minimap, range, summary,
    typed_time,
};
use crate::commands::Command;
use crate::page::app::App;
use crate::page::hover::Hover;
use crate::page::keys::run;
use crate::page::painter;
use crate::page::scroller::Scroller;
use crate::page::widgets::legend::legend;
use crate::protocol::LaneView;

/// The id of the element that has the keyboard while the timeline is used.
pub const PLOT: &str = "plot";

/// The timeline's view.
pub fn timeline(app: App) -> AnyView {
    view! {
        <div class="timeline">
            {toolbar(app)}
            {find::bar(app)}
            <div class="stage">
                <div class="plot-column">
                    {plot(app)}
                    {minimap::minimap(app)}
                </div>
                {scrollbar(app)}
                <Show when=move || app.panel.get()>{panel(app)}</Show>
            </div>
            {find::list(app)}
            {legend(app)}
        </div>
    }
    .into_any()
}

fn toolbar(app: App) -> AnyView {
    let button = move |command: Command, text: &'static str, title: &'static str| {
        view! {
            <button
                class="button small"
                title=title
                aria-label=title
                on:click=move |_| run(app, command)
            >
                {text}
            </button>
        }
        .into_any()
    };
    let range = move || {
        let (start, width) = app.place(app.view.get());
        view! {
            <span class="range-width">{width}</span>
            <span class="quiet">" from "</span>
            <span>{start}</span>
        }
    };
    view! {
        <div class="toolbar" role="toolbar" aria-label="Timeline">
            <input
                id=LANE_FILTER
                class="input lane-filter"
                type="search"
                placeholder="Filter lanes (I)"
                title="Filter lanes: part of a function's name, g17, fn:net/http, state:syscall, waiting:sync, running>1ms, active"
                aria-label="Filter lanes by function, goroutine, state or activity"
                autocomplete="off"
                spellcheck="false"
                prop:value=app.lane_filter
                on:input:target=move |event| app.filter_lanes(event.target().value())
            />
            {lane_menu::button(app)}
            {arrangement::switch(app)}
            {move || {
                (!app.lane_view.with(LaneView::is_focus))
                    .then(|| {
                        view! {
                            <span class="button-row fold-buttons">
                                {button(Command::UnfoldAll, "Unfold", "Unfold all groups (])")}
                                {button(Command::FoldAll, "Fold", "Fold all groups ([)")}
                            </span>
                        }
                    })
            }}
            {find::button(app)}
            {arrangement::arrows(app)}
            {arrangement::about(app)}
            <span class="grow"></span>
            <span class="range" aria-label="What is shown">
                {range}
            </span>
            <span class="button-row">
                {button(Command::ZoomOut, "−", "Zoom out (S)")}
                {button(Command::ZoomIn, "+", "Zoom in (W)")}
                {button(Command::ShowAll, "All", "Show the whole trace (0)")}
            </span>
            {events::button(app, "All events of what is shown (9)", move || app.events_here())}
            <button
                class="button small"
                title="Show or hide the panel (Q)"
                aria-label="Panel"
                aria-pressed=move || app.panel.get().to_string()
                on:click=move |_| run(app, Command::TogglePanel)
            >
                "Panel"
            </button>
        </div>
    }
    .into_any()
}

fn plot(app: App) -> AnyView {
    let hover = Hover::new(app);
    let pointer = Pointer::new(app, hover);
    let reorder = Reorder::new(app);
    let holder = NodeRef::<Div>::new();
    Effect::new(move || {
        if let Some(holder) = holder.get() {
            painter::observe(app, &holder);
        }
    });
    Effect::new(move || {
        app.session.track();
        hover.reset();
    });
    let plot = NodeRef::<Div>::new();
    let left_top = move |x: f64, y: f64| {
        plot.get_untracked().map_or((x, y), |plot| {
            let place = plot.get_bounding_client_rect();
            (x - place.left(), y - place.top())
        })
    };
    view! {
        <div
            id=PLOT
            class="plot"
            class:dragging=app.dragging
            class:on-edge=move || matches!(pointer.grip.get(), Some(Grip::Start | Grip::End))
            class:on-close=move || pointer.grip.get() == Some(Grip::Close)
            class:selecting=move || app.drawn_range.with(Option::is_some)
            node_ref=plot
            tabindex="0"
            role="application"
            aria-label="Timeline. W and S zoom, A and D move, the arrow keys go from span to span and through the lanes, the question mark lists all keys."
            on:pointerdown=move |event| {
                if event.button() == 0 {
                    if let Some(plot) = plot.get_untracked() {
                        let _ = plot.set_pointer_capture(event.pointer_id());
                    }
                    let (x, y) = left_top(event.client_x().into(), event.client_y().into());
                    pointer.down((x, y), &event);
                    // Fingers scroll the lanes by their names.
                    if event.pointer_type() != "touch" {
                        reorder.down(x, y);
                    }
                }
            }
            on:pointermove=move |event| {
                let (x, y) = left_top(event.client_x().into(), event.client_y().into());
                if !reorder.moved(x, y) {
                    pointer.moved((x, y), &event);
                }
            }
            on:pointerup=move |event| {
                if event.button() == 0 {
                    let (x, y) = left_top(event.client_x().into(), event.client_y().into());
                    if reorder.up() {
                        pointer.cancel();
                    } else {
                        pointer.up((x, y), &event);
                    }
                }
            }
            on:pointercancel=move |_| {
                reorder.cancel();
                pointer.cancel();
            }
            on:contextmenu=move |event| {
                event.prevent_default();
                let (x, y) = left_top(event.client_x().into(), event.client_y().into());
                hover.hide();
                app.open_lane_menu_at(x, y);
            }
            on:pointerleave=move |_| hover.leave()
            on:wheel=move |event| {
                event.prevent_default();
                let (x, y) = left_top(event.client_x().into(), event.client_y().into());
                if !app.scroll_band(x, y, event.delta_y()) {
                    pointer.wheel((x, y), &event);
                }
            }
        >
            <div id=painter::HOLDER class="canvas-holder" node_ref=holder></div>
            {reorder.line()}
            {marks::axis_chooser(app)}
            {marks::name_field(app)}
            {typed_time::field(app)}
            {marks::note(app)}
            {tooltip(app, hover)}
            {lane_menu::of_lane(app)}
        </div>
    }
    .into_any()
}

fn tooltip(app: App, hover: Hover) -> AnyView {
    (move || {
        let (found, (x, y)) = hover.found.get()?;
        let size = app.size.get_untracked();
        // Beside the pointer, on the side where there is room.
        let right_half = x > f64::from(size.width) * 0.52;
        let low = y > f64::from(size.height) * 0.6;
        let mut lines = found.tooltip.into_iter();
        let title = lines.next()?;
        Some(view! {
            <div
                class="tooltip"
                class:to-left=right_half
                class:to-top=low
                style:left=format!("{x}px")
                style:top=format!("{y}px")
            >
                <p class="tooltip-title">{title}</p>
                {lines.map(|line| view! { <p>{line}</p> }).collect_view()}
            </div>
        })
    })
    .into_any()
}

/// A scrollbar for the lanes: an element of the browser's own that scrolls nothing but itself.
fn scrollbar(app: App) -> AnyView {
    let scroller = move || Scroller {
        content: app.lanes.with(|lanes| lanes.height),
        visible: (f64::from(app.size.get().height) - RULER - app.band()).max(1.0),
    };
    let bar = NodeRef::<Div>::new();
    Effect::new(move || {
        let scroll = app.view.with(|view| view.scroll);
        let top = scroller().to_element(scroll).round() as i32;
        if let Some(bar) = bar.get()
            && bar.scroll_top() != top
        {
            bar.set_scroll_top(top);
        }
    });
    let scrolled = move |_: Event| {
        let Some(bar) = bar.get_untracked() else {
            return;
        };
        let scroller = untrack(scroller);
        let now = app.view.with_untracked(|view| view.scroll);
        let top = bar.scroll_top();
        // What the effect above set comes back rounded: that is no move of the user's.
        if (scroller.to_element(now).round() as i32 - top).abs() > 1 {
            app.scroll_to(scroller.to_content(top.into()));
        }
    };
    view! {
        <div
            class="lane-scroll"
            class:hidden=move || scroller().furthest() <= 0.0
            style:margin-top=move || format!("{}px", RULER + app.band())
            node_ref=bar
            tabindex="-1"
            aria-hidden="true"
            on:scroll=scrolled
        >
            <div style:height=move || format!("{}px", scroller().element())></div>
        </div>
    }
    .into_any()
}

fn panel(app: App) -> AnyView {
    let selected = Memo::new(move |_| app.selection.get().is_some());
    let ranged = Memo::new(move |_| app.scope.get().is_some());
    let title = move || match (selected.get(), ranged.get()) {
        (true, _) => "Selection",
        (false, true) => "Range",
        (false, false) => "Summary",
    };
    view! {
        <aside class="panel" aria-label=title>
            <div class="panel-head">
                <h2>{title}</h2>
                <span class="grow"></span>
                <Show when=move || selected.get()>
                    <button
                        class="button small"
                        title=move || match ranged.get() {
                            true => "Back to the range (Esc)",
                            false => "Back to the summary (Esc)",
                        }
                        on:click=move |_| app.select(None)
                    >
                        "Close"
                    </button>
                </Show>
            </div>
            {move || match (selected.get(), ranged.get()) {
                (true, _) => details::details(app),
                (false, true) => range::range(app),
                (false, false) => summary::summary(app),
            }}
        </aside>
    }
    .into_any()
}
