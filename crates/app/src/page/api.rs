//! The page's public API for scripts and tests: `window.tracepane`. ARCHITECTURE.md documents it.

use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::*;
use tracepane_timeline::View;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

use super::app::App;
use crate::interop::JsResult as _;
use crate::protocol::{Answer, Ask};

/// Puts `idle`, `frames`, `look`, `view`, `opening` and `limits` into `window.tracepane`.
pub fn publish(app: App) {
    let idle = Closure::<dyn FnMut() -> Promise>::new(move || idle(app)).into_js_value();
    let frames = Closure::<dyn FnMut() -> Promise>::new(move || frames(app)).into_js_value();
    let look =
        Closure::<dyn FnMut(JsValue)>::new(move |to: JsValue| look(app, &to)).into_js_value();
    let view = Closure::<dyn FnMut() -> Object>::new(move || view(app)).into_js_value();
    let opening = Closure::<dyn FnMut() -> JsValue>::new(move || opening(app)).into_js_value();
    let limits =
        Closure::<dyn FnMut(JsValue)>::new(move |to: JsValue| limits(app, &to)).into_js_value();
    let api = Object::new();
    for (name, function) in [
        ("idle", idle),
        ("frames", frames),
        ("look", look),
        ("view", view),
        ("opening", opening),
        ("limits", limits),
    ] {
        Reflect::set(&api, &name.into(), &function).or_warn("publishing the API");
    }
    Reflect::set(&window(), &"tracepane".into(), &api).or_warn("publishing the API");
}

/// Resolves when no question is unanswered and the newest look is painted, with the newest hits. What was done just
/// before counts: it waits until the page has made of it what it must.
fn idle(app: App) -> Promise {
    promise(move |resolve, _| {
        request_animation_frame(move || {
            request_animation_frame(move || {
                app.when_idle(move || call(&resolve, &JsValue::UNDEFINED));
            });
        });
    })
}

/// Resolves to `{millis, memory}`: how long each of the last frames took in the worker, and its wasm memory in bytes.
fn frames(app: App) -> Promise {
    promise(move |resolve, reject| {
        app.ask(Ask::Frames, move |answer| match answer {
            Ok(Answer::Frames { millis, memory }) => {
                let frames = Object::new();
                let millis = js_sys::Float64Array::from(millis.as_slice());
                Reflect::set(&frames, &"millis".into(), &js_sys::Array::from(&millis))
                    .or_warn("telling of frames");
                Reflect::set(&frames, &"memory".into(), &memory.into())
                    .or_warn("telling of frames");
                call(&resolve, &frames);
            }
            Ok(_) => call(&reject, &"the worker answered another question".into()),
            Err(text) => call(&reject, &text.as_str().into()),
        });
    })
}

/// Moves the timeline to `{start, end, scroll}`, each optional: nanoseconds, and CSS pixels of lanes.
fn look(app: App, to: &JsValue) {
    let number = |name: &str| Reflect::get(to, &name.into()).ok()?.as_f64();
    let view = app.view.get_untracked();
    let view = View {
        start: number("start").unwrap_or(view.start),
        end: number("end").unwrap_or(view.end),
        scroll: number("scroll").unwrap_or(view.scroll),
    };
    app.look_at(view, true);
}

/// What is seen: `{start, end, scroll}` as for [`look`], and `last`, where the trace ends.
fn view(app: App) -> Object {
    let view = app.view.get_untracked();
    let last = app
        .opened
        .with_untracked(|opened| opened.as_ref().map_or(0.0, |opened| opened.end));
    let seen = Object::new();
    for (name, value) in [
        ("start", view.start),
        ("end", view.end),
        ("scroll", view.scroll),
        ("last", last),
    ] {
        Reflect::set(&seen, &name.into(), &value.into()).or_warn("telling of the view");
    }
    seen
}

/// What opening took: `{rehearsals, readers, givenUp, stages}`, the stages as an object of milliseconds by name; null if
/// nothing is open.
fn opening(app: App) -> JsValue {
    let cost = app
        .opened
        .with_untracked(|opened| opened.as_ref().map(|opened| opened.cost.clone()));
    let Some(cost) = cost else {
        return JsValue::NULL;
    };
    let (told, stages) = (Object::new(), Object::new());
    for (name, millis) in cost.stages {
        Reflect::set(&stages, &name.into(), &millis.into()).or_warn("telling of opening");
    }
    let given_up = cost.given_up.map_or(JsValue::NULL, JsValue::from);
    for (name, value) in [
        ("rehearsals", cost.rehearsals.into()),
        ("readers", cost.readers.into()),
        ("givenUp", given_up),
        ("stages", stages.into()),
    ] {
        Reflect::set(&told, &name.into(), &value).or_warn("telling of opening");
    }
    told.into()
}

/// Changes what opening may use: `{readers, leastBytes, memory, machine}`, each optional; for tests.
fn limits(app: App, to: &JsValue) {
    let number = |name: &str| Reflect::get(to, &name.into()).ok()?.as_f64();
    app.limits.update_value(|limits| {
        limits.readers = number("readers").map_or(limits.readers, |readers| readers as u32);
        limits.least_bytes = number("leastBytes").unwrap_or(limits.least_bytes);
        limits.memory = number("memory").unwrap_or(limits.memory);
        limits.machine = number("machine").unwrap_or(limits.machine);
    });
}

fn promise(run: impl FnOnce(Function, Function) + 'static) -> Promise {
    let mut run = Some(run);
    Promise::new(&mut move |resolve, reject| {
        if let Some(run) = run.take() {
            run(resolve, reject);
        }
    })
}

fn call(function: &Function, value: &JsValue) {
    function
        .call1(&JsValue::UNDEFINED, value)
        .or_warn("keeping a promise");
}
