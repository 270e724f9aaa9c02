//! Choosing a part of a file: its generations as a strip, what a part needs, and what there is.

use leptos::prelude::*;
use tracepane_analysis::format;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, PointerEvent};

use crate::page::app::{App, Phase};
use crate::protocol::{FileContents, FilePart};

/// The screen.
pub fn choose_part(app: App) -> AnyView {
    let Some(contents) = app.contents.get_untracked() else {
        return ().into_any();
    };
    let open = matches!(app.phase.get_untracked(), Phase::Choosing { open: true });
    let bytes = app.whole.get_value().map_or(0.0, |file| file.size());
    let size = |bytes: f64| format::bytes(bytes.max(0.0) as u64);
    let (needed, memory) = (size(contents.need.of(bytes)), size(contents.memory));
    let too_large = contents.need.of(bytes) > contents.memory;
    let ran_out = app.ran_out.get_value();
    let title = match (&ran_out, too_large) {
        (Some(_), _) => "There was not enough memory for this trace",
        (None, true) => "This trace is too large to open as a whole",
        (None, false) => "Open a part of the trace",
    };
    let ran_out = ran_out.map(|said| view! { <p role="alert">{said}</p> });
    let count = contents.generations.len();
    let has = match count {
        0 => format!("{} has {}.", app.file_name.get_untracked(), size(bytes)),
        _ => format!(
            "{} has {} in {}: pieces of time, each of which can be read by itself.",
            app.file_name.get_untracked(),
            size(bytes),
            format::counted(count as u64, "generation"),
        ),
    };
    let needs = match (too_large, count) {
        (true, 0) => format!(
            "Open, it would need about {needed} of memory; this tab can have {memory}. It cannot be opened in parts. Trace for a shorter time, or have the command sum it up: tracepane report {}",
            app.file_name.get_untracked()
        ),
        (true, _) => format!(
            "Open as a whole, it would need about {needed} of memory; this tab can have {memory}. Choose which part to open."
        ),
        (false, _) => format!(
            "Open as a whole, it needs about {needed} of the {memory} of memory that this tab can have."
        ),
    };
    let strip = (count > 0).then(|| strip(app, contents.clone()));
    let parts = count > 0;
    view! {
        <div class="choose-part">
            <section class="choose-part-body" aria-labelledby="choose-part-title">
                <h2 id="choose-part-title">{title}</h2>
                {ran_out}
                <p>{has}</p>
                <p>{needs}</p>
                {strip}
                <div class="actions">
                    {parts
                        .then(|| {
                            view! {
                                <button
                                    class="button primary"
                                    id="open-part"
                                    on:click=move |_| {
                                        if let Some(part) = app.chosen_part.get_untracked() {
                                            app.open_part(part);
                                        }
                                    }
                                >
                                    "Open this part"
                                </button>
                            }
                        })}
                    <button class="button" on:click=move |_| app.open_whole(true)>
                        {match too_large {
                            true => "Try to open all of it",
                            false => "Open all of it",
                        }}
                    </button>
                    <button class="button" on:click=move |_| app.choose_no_part()>
                        {if open { "Back to the trace" } else { "Cancel" }}
                    </button>
                </div>
            </section>
        </div>
    }
    .into_any()
}

/// The strip, the two numbers, and what they mean.
fn strip(app: App, contents: FileContents) -> AnyView {
    let contents = StoredValue::new(contents);
    let count = contents.with_value(|contents| contents.generations.len() as u32);
    let largest = contents.with_value(|contents| {
        let bytes = contents
            .generations
            .iter()
            .map(|generation| generation.bytes);
        bytes.fold(1.0, f64::max)
    });
    let chosen = move || {
        app.chosen_part
            .get()
            .unwrap_or(FilePart { first: 1, last: 1 })
    };
    let choose = move |from: u32, to: u32| {
        let (from, to) = (from.clamp(1, count), to.clamp(1, count));
        app.chosen_part
            .set(FilePart::new(from.min(to), from.max(to)));
    };
    let bars = contents.with_value(|contents| {
        let bar = |(place, generation): (usize, &crate::protocol::FileGeneration)| {
            let number = place as u32 + 1;
            let width = (generation.end - generation.start).max(0.0) * 100.0;
            let height = 100.0 * generation.bytes / largest;
            let title = format!(
                "Generation {number}: {}, {:.1} % of the time",
                format::bytes(generation.bytes as u64),
                width
            );
            view! {
                <span
                    class="choose-part-generation"
                    class:chosen=move || (chosen().first..=chosen().last).contains(&number)
                    style:width=format!("{width}%")
                    title=title
                >
                    <span class="choose-part-bar" style:height=format!("{height}%")></span>
                </span>
            }
        };
        contents
            .generations
            .iter()
            .enumerate()
            .map(bar)
            .collect_view()
    });
    // Where the pointer went down, as a generation.
    let anchor = StoredValue::new(None::<u32>);
    let under = move |event: &PointerEvent| {
        let strip = event.current_target()?.dyn_into::<HtmlElement>().ok()?;
        let place = strip.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - place.left()) / place.width().max(1.0);
        let found = contents.with_value(|contents| {
            let ends = contents.generations.iter();
            ends.take_while(|generation| generation.end <= share)
                .count() as u32
                + 1
        });
        Some(found.min(count))
    };
    let pressed = move |event: PointerEvent| {
        if let Some(number) = under(&event) {
            if let Some(strip) = event
                .current_target()
                .and_then(|strip| strip.dyn_into::<HtmlElement>().ok())
            {
                // A drag that leaves the strip goes on; where it cannot, it ends there.
                let _ = strip.set_pointer_capture(event.pointer_id());
            }
            let from = match event.shift_key() {
                true => chosen().first,
                false => number,
            };
            anchor.set_value(Some(from));
            choose(from, number);
        }
    };
    let moved = move |event: PointerEvent| {
        if let (Some(from), Some(number)) = (anchor.get_value(), under(&event)) {
            choose(from, number);
        }
    };
    let keyed = move |event: KeyboardEvent| {
        let FilePart { first, last } = chosen();
        let shift = event.shift_key();
        match event.key().as_str() {
            "ArrowRight" if shift => choose(first, last + 1),
            "ArrowLeft" if shift => choose(first, last.saturating_sub(1).max(first)),
            "ArrowRight" if last < count => choose(first + 1, last + 1),
            "ArrowLeft" if first > 1 => choose(first - 1, last - 1),
            "ArrowRight" | "ArrowLeft" => {}
            "Home" => choose(1, 1 + last - first),
            "End" => choose(count - (last - first), count),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let field = move |label: &'static str,
                      id: &'static str,
                      value: fn(FilePart) -> u32,
                      set: fn(FilePart, u32) -> (u32, u32)| {
        view! {
            <label>
                {label}
                <input
                    type="number"
                    class="input"
                    id=id
                    min="1"
                    max=count
                    prop:value=move || value(chosen())
                    on:change=move |event| {
                        if let Some(number) = number_in(&event) {
                            let (from, to) = set(chosen(), number);
                            choose(from, to);
                        }
                    }
                />
            </label>
        }
    };
    let too_much = move || contents.with_value(|contents| !contents.fits(chosen()));
    let facts = move || {
        let part = chosen();
        contents.with_value(|contents| {
            let (start, end) = contents.time_of(part);
            let (from, to) = contents.bytes_of(part);
            let advice = match contents.fits(part) {
                true => "",
                false if part.first == part.last => {
                    " That is more than there is: choose another generation, or use the command tracepane."
                }
                false => " That is more than there is: choose less.",
            };
            format!(
                "From {:.1} % to {:.1} % of the time, {}. Open, it needs about {} of the {} of memory that this tab can have.{advice}",
                start * 100.0,
                end * 100.0,
                format::bytes((to - from) as u64),
                format::bytes(contents.memory_of(part) as u64),
                format::bytes(contents.memory as u64),
            )
        })
    };
    view! {
        <div
            class="choose-part-strip"
            role="group"
            tabindex="0"
            aria-label="The file's generations by time, as high as their bytes. Arrow keys move the part, with Shift its end."
            on:pointerdown=pressed
            on:pointermove=moved
            on:pointerup=move |_| anchor.set_value(None)
            on:pointercancel=move |_| anchor.set_value(None)
            on:keydown=keyed
        >
            {bars}
        </div>
        <p class="choose-part-numbers">
            {field(
                "From generation ",
                "part-first",
                |part| part.first,
                |part, first| (first, part.last.max(first)),
            )}
            {field(
                " to ",
                "part-last",
                |part| part.last,
                |part, last| (part.first.min(last), last),
            )}
            {format!(" of {count}")}
        </p>
        <p role="status" class="choose-part-facts" class:too-much=too_much>
            {facts}
        </p>
    }
    .into_any()
}

/// The number in a field that was changed.
fn number_in(event: &web_sys::Event) -> Option<u32> {
    let input = event.target()?.dyn_into::<web_sys::HtmlInputElement>();
    input.ok()?.value().trim().parse().ok()
}
