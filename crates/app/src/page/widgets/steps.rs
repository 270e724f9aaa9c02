//! A goroutine's history around a span: as a strip, and as a list whose rows lead on.

use leptos::prelude::*;

use super::facts::link;
use super::table::state_color;
use crate::page::app::App;
use crate::protocol::{HistoryStep, Link, Selection};

/// The narrowest part of the strip, of all.
const LEAST: f64 = 0.02;

/// The steps around `current`.
pub fn steps(app: App, steps: Vec<HistoryStep>, current: Selection) -> AnyView {
    if steps.is_empty() {
        return ().into_any();
    }
    let parts = steps.iter().zip(widths(&steps)).map(|(step, width)| {
        let HistoryStep {
            selection,
            time,
            title,
            state,
            duration,
        } = step.clone();
        let here = selection == current;
        view! {
            <button
                class="step-part"
                class:here=here
                tabindex="-1"
                title=format!("{title}, {duration}")
                style:flex-grow=format!("{width:.4}")
                style:background=state_color(&state)
                on:click=move |_| app.follow_link(&Link::Select { selection, time })
            ></button>
        }
        .into_any()
    });
    let parts = parts.collect_view();
    let rows = steps.into_iter().map(|step| {
        let HistoryStep {
            selection,
            time,
            title,
            state,
            duration,
        } = step;
        let here = selection == current;
        let name = match here {
            true => view! { <span>{title}</span> }.into_any(),
            false => link(app, Link::Select { selection, time }, title),
        };
        view! {
            <li class:here=here aria-current=here.then_some("true")>
                <span class="swatch" style:background=state_color(&state)></span>
                <span class="step-name">{name}</span>
                <span class="step-time">{duration}</span>
            </li>
        }
        .into_any()
    });
    view! {
        <section class="near-steps" aria-label="The goroutine's history around this">
            <h3>"Before and after"</h3>
            <div class="step-strip" aria-hidden="true">
                {parts}
            </div>
            <ol>{rows.collect_view()}</ol>
        </section>
    }
    .into_any()
}

/// How wide each step's part of the strip is: by its time, so far apart that lengths of all sizes are seen.
fn widths(steps: &[HistoryStep]) -> Vec<f64> {
    let longest = steps
        .iter()
        .map(|step| length(step.time))
        .fold(1.0, f64::max);
    let widths = steps
        .iter()
        .map(|step| (length(step.time) / longest).sqrt().max(LEAST));
    widths.collect()
}

fn length((start, end): (f64, f64)) -> f64 {
    (end - start).max(0.0)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn every_step_of_the_strip_is_seen() {
        let step = |start: f64, end: f64| HistoryStep {
            selection: Selection::Span(0),
            time: (start, end),
            title: String::new(),
            state: "running".into(),
            duration: String::new(),
        };
        assert_eq!(
            widths(&[step(0.0, 1e6), step(1e6, 1e6), step(1e6, 1.25e6)]),
            [1.0, LEAST, 0.5]
        );
        assert_eq!(widths(&[step(5.0, 5.0)]), [LEAST]);
    }
}
