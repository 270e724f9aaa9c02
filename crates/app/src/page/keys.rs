//! The keyboard: which key calls which command, and what each command does here.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent};

use super::app::App;
use super::history::Entry;
use super::moves::{KEY_PAN, KEY_SCROLL, KEY_ZOOM};
use crate::address::Tab;
use crate::commands::{self, Command, Press, Situation};
use crate::interop::{JsResult as _, Listener};
use crate::protocol::{Fold, HitTo, JumpTo, LaneView};

/// Calls commands as their keys are pressed.
pub fn listen(app: App) {
    let pressed = Listener::new(&window(), "keydown", move |event: KeyboardEvent| {
        if event.default_prevented() || event.is_composing() {
            return;
        }
        // What was thrown stops at a touch of any key.
        app.catch();
        let target = event.target().and_then(|target| target.dyn_into().ok());
        let key = event.key();
        if target.as_ref().is_some_and(is_typed_into) {
            if key == "Escape" {
                leave_field(app, target);
            }
            return;
        }
        // A dialog has its own Escape.
        if app.help.get_untracked() || app.typing_range.get_untracked() {
            return;
        }
        // A button that has the keyboard is pressed with it.
        if key == "Enter" && target.as_ref().is_some_and(is_pressed) {
            return;
        }
        let press = Press {
            types: &key,
            code: &event.code(),
            control: event.ctrl_key() || event.meta_key(),
            shift: event.shift_key(),
            alt: event.alt_key(),
        };
        let situation = Situation {
            trace: app.is_open_now(),
            timeline: app
                .address
                .with_untracked(|address| address.tab() == Tab::Timeline),
        };
        if let Some(command) = commands::called(press, situation) {
            event.prevent_default();
            run(app, command);
        }
    });
    StoredValue::new_local(pressed);
}

/// Whether keys write into this element, or choose in it.
fn is_typed_into(element: &Element) -> bool {
    if element.tag_name() == "INPUT" {
        let input: &HtmlInputElement = element.unchecked_ref();
        return !matches!(input.type_().as_str(), "checkbox" | "file");
    }
    matches!(element.tag_name().as_str(), "SELECT" | "TEXTAREA")
}

/// Whether Enter does something to this element.
fn is_pressed(element: &Element) -> bool {
    matches!(
        element.tag_name().as_str(),
        "BUTTON" | "A" | "SUMMARY" | "INPUT"
    ) || element.get_attribute("role").as_deref() == Some("row")
}

fn leave_field(app: App, field: Option<Element>) {
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        field.blur().or_warn("leaving a field");
    }
    focus_plot(app);
}

/// Gives the keyboard to the timeline, if that is what is shown.
pub fn focus_plot(app: App) {
    let seen = app
        .address
        .with_untracked(|address| address.tab() == Tab::Timeline);
    if seen && app.is_open_now() {
        focus(super::views::timeline::PLOT);
    }
}

fn focus(id: &str) -> bool {
    let element = document().get_element_by_id(id);
    match element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        Some(element) => element.focus().or_warn("focusing").is_some(),
        None => false,
    }
}

/// Does what a command says.
pub fn run(app: App, command: Command) {
    match command {
        Command::Open => app.choose(),
        Command::Help => app.help.set(true),
        Command::Leave => app.leave(),
        Command::Undo => app.back(),
        Command::TypeRange => app.typing_range.set(true),
        Command::FitRange => app.fit_scope(),
        Command::Redo => app.forward(),
        Command::Show(tab) => app.go(super::views::events::tab_address(app, tab), Entry::Push),
        Command::Find => {
            let timeline = app
                .address
                .with_untracked(|address| address.tab() == Tab::Timeline);
            if timeline {
                app.open_find();
            } else {
                focus(super::views::FILTER);
            }
        }
        Command::NextHit => app.walk(HitTo::Next),
        Command::PreviousHit => app.walk(HitTo::Previous),
        Command::FindSame => app.find_same(),
        Command::ZoomIn => app.zoom(None, 1.0 / KEY_ZOOM),
        Command::ZoomOut => app.zoom(None, KEY_ZOOM),
        Command::PanLeft => app.pan(-KEY_PAN),
        Command::PanRight => app.pan(KEY_PAN),
        Command::FitSelection => app.fit_selection(),
        Command::ShowAll => app.show_all(),
        Command::Start => app.look_from(0.0),
        Command::End => app.look_from(f64::MAX),
        Command::Previous if app.selection.get_untracked().is_none() => app.pan(-KEY_PAN),
        Command::Previous => app.neighbour(false),
        Command::Next if app.selection.get_untracked().is_none() => app.pan(KEY_PAN),
        Command::Next => app.neighbour(true),
        Command::Cause => app.follow_chain(JumpTo::Cause),
        Command::Effect => app.follow_chain(JumpTo::Effect),
        Command::SameKind { forward } => app.jump(JumpTo::SameKind { forward }),
        Command::SameGoroutine { forward } => app.jump(JumpTo::SameGoroutine { forward }),
        Command::FitLife => app.fit_around(JumpTo::Life),
        Command::FitTask => app.fit_around(JumpTo::Task),
        Command::AddMark => app.add_mark(),
        Command::NextMark => app.next_mark(),
        Command::NextAxis => app.next_axis(),
        Command::SetOrigin => app.set_origin(app.moment_here()),
        Command::TypeTime => app.typing_time.set(true),
        Command::LanesUp => app.scroll_by(-KEY_SCROLL),
        Command::LanesDown => app.scroll_by(KEY_SCROLL),
        Command::LanesPageUp => app.scroll_by(-app.lanes_seen() * 0.9),
        Command::LanesPageDown => app.scroll_by(app.lanes_seen() * 0.9),
        Command::FoldAll => app.fold(Fold::All { folded: true }),
        Command::UnfoldAll => app.fold(Fold::All { folded: false }),
        Command::LanesByProc => app.show_lanes(LaneView::Procs),
        Command::LanesByThread => app.show_lanes(LaneView::Threads),
        Command::LanesOfGoroutine => {
            if let Some(view) = untrack(|| app.goroutine_lanes()) {
                app.show_lanes(view);
            }
        }
        Command::LanesOfTask => {
            if let Some(view) = untrack(|| app.task_lanes()) {
                app.show_lanes(view);
            }
        }
        Command::PinLane => app.pin_lane(),
        Command::HideLane => app.hide_lane(),
        Command::LaneStacks => app.toggle_stacks(),
        Command::LaneMenu => app.open_lane_menu(),
        Command::ByFunction => app.toggle_functions(),
        Command::FilterLanes => {
            focus(super::views::LANE_FILTER);
        }
        Command::ToggleArrows => app.arrows.update(|drawn| *drawn = !*drawn),
        Command::TogglePanel => app.panel.update(|open| *open = !*open),
    }
}
