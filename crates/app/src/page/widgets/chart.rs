//! A chart: lines and areas with axes, and a crosshair that follows the pointer or the keys. What stands at the
//! crosshair is written above it, beside what each line is.

use leptos::html::Div;
use leptos::prelude::*;
use tracepane_analysis::format;
use tracepane_model::Nanos;
use web_sys::{KeyboardEvent, MouseEvent};

use crate::page::plot::{Axes, SIZE, Tick, stacked, text};
use crate::protocol::{Along, Chart, Series, Unit};

/// What a chart shows, and what choosing does.
#[derive(Clone, Copy)]
pub struct Plot {
    /// What it is, e.g. "Heap over time".
    pub label: &'static str,
    /// Its values.
    pub of: Signal<Chart>,
    /// The point at the crosshair; charts with the same points may share one.
    pub at: RwSignal<Option<usize>>,
    /// The point that is chosen and stays marked.
    pub chosen: Signal<Option<usize>>,
    /// Called with a point that was clicked, or for which Enter was pressed.
    pub choose: Option<Callback<usize>>,
    /// Whether it is higher than others.
    pub large: bool,
}

/// The chart.
pub fn chart(plot: Plot) -> AnyView {
    let Plot {
        label,
        of,
        at,
        chosen,
        choose,
        large,
    } = plot;
    let axes = Memo::new(move |_| of.with(Axes::new));
    let element = NodeRef::<Div>::new();
    let point_of = move |event: &MouseEvent| {
        let place = element.get_untracked()?.get_bounding_client_rect();
        let part = (f64::from(event.client_x()) - place.left()) / place.width().max(1.0);
        of.with_untracked(|of| axes.with_untracked(|axes| axes.point(&of.at, part)))
    };
    let says = move || {
        of.with(|of| {
            let point = at.get().filter(|&at| at < of.at.len())?;
            Some(sentence(of, point))
        })
    };
    let key = move |event: KeyboardEvent| {
        let count = of.with_untracked(|of| of.at.len());
        let Some(last) = count.checked_sub(1) else {
            return;
        };
        let now = at.get_untracked().or(chosen.get_untracked());
        let far = if event.shift_key() { 10 } else { 1 };
        let next = match event.key().as_str() {
            "ArrowLeft" => now.map_or(last, |now| now.saturating_sub(far)),
            "ArrowRight" => now.map_or(0, |now| now + far),
            "Home" => 0,
            "End" => last,
            "Enter" | " " => {
                if let (Some(choose), Some(now)) = (choose, now) {
                    event.prevent_default();
                    event.stop_propagation();
                    choose.run(now.min(last));
                }
                return;
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        at.set(Some(next.min(last)));
    };
    let clicked = move |event: MouseEvent| {
        if let (Some(choose), Some(point)) = (choose, point_of(&event)) {
            choose.run(point);
        }
    };
    let line_at = move |point: Option<usize>| {
        of.with(|of| {
            let value = *of.at.get(point?)?;
            let value = match of.along {
                // In the middle of what holds there.
                Along::Time => {
                    let next = of.at.get(point? + 1).copied().unwrap_or(of.end);
                    (value + next) / 2.0
                }
                Along::Durations => value,
            };
            Some(percent(axes.with(|axes| axes.place(value))))
        })
    };
    view! {
        <figure class="chart" class:large=large>
            <figcaption class="chart-head">
                <span class="chart-title">{label}</span>
                <span class="chart-says">{move || says().map(|(place, _)| place)}</span>
                <ul class="chart-legend">
                    {move || {
                        let now = says().map(|(_, values)| values).unwrap_or_default();
                        of.with(|of| legend(of, &now))
                    }}
                </ul>
            </figcaption>
            <div class="chart-body">
                <div class="chart-up" aria-hidden="true">
                    {move || ticks(&axes.with(|axes| axes.ticks_up(of.with(|of| of.unit))), true)}
                </div>
                <div
                    class="chart-plot"
                    class:chooses=choose.is_some()
                    node_ref=element
                    tabindex="0"
                    role="slider"
                    aria-label=label
                    aria-valuemin="0"
                    aria-valuemax=move || of.with(|of| of.at.len().saturating_sub(1)).to_string()
                    aria-valuenow=move || at.get().unwrap_or(0).to_string()
                    aria-valuetext=move || {
                        says()
                            .map_or_else(
                                || "nothing".to_owned(),
                                |(place, values)| format!("{place}: {}", values.join(", ")),
                            )
                    }
                    on:pointermove=move |event| at.set(point_of(&event))
                    on:pointerleave=move |_| at.set(None)
                    on:blur=move |_| at.set(None)
                    on:keydown=key
                    on:click=clicked
                >
                    <svg
                        class="chart-picture"
                        viewBox=format!("0 0 {SIZE} {SIZE}")
                        preserveAspectRatio="none"
                        aria-hidden="true"
                    >
                        {move || of.with(|of| axes.with(|axes| picture(of, axes)))}
                    </svg>
                    {move || {
                        line_at(chosen.get())
                            .map(|left| view! { <span class="chart-chosen" style:left=left></span> })
                    }}
                    {move || {
                        line_at(at.get())
                            .map(|left| view! { <span class="chart-cross" style:left=left></span> })
                    }}
                </div>
                <div class="chart-along" aria-hidden="true">
                    {move || ticks(&axes.with(Axes::ticks_along), false)}
                </div>
            </div>
        </figure>
    }
    .into_any()
}

/// What stands at a point: where it is, and the value of each series.
fn sentence(of: &Chart, point: usize) -> (String, Vec<String>) {
    let nanos = Nanos(of.at.get(point).copied().unwrap_or(0.0) as i64);
    let place = match of.along {
        Along::Time => format!("at {}", format::duration(nanos)),
        Along::Durations => format::duration(nanos),
    };
    let value = |series: &Series| match series.values.get(point).copied().flatten() {
        Some(value) => rounded(of.unit, value),
        None => "–".to_owned(),
    };
    (place, of.series.iter().map(value).collect())
}

fn rounded(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Share => format!("{:.1} %", value * 100.0),
        Unit::Bytes => format::bytes(value.max(0.0) as u64),
        Unit::Count => text(unit, value),
    }
}

fn legend(of: &Chart, values: &[String]) -> AnyView {
    let item = |(i, series): (usize, &Series)| {
        view! {
            <li>
                <span
                    class="chart-swatch"
                    class:line=!series.area
                    style:background=color(&series.key)
                ></span>
                {series.title.clone()}
                <span class="chart-value">{values.get(i).cloned()}</span>
            </li>
        }
        .into_any()
    };
    of.series
        .iter()
        .enumerate()
        .map(item)
        .collect_view()
        .into_any()
}

fn picture(of: &Chart, axes: &Axes) -> AnyView {
    let marks = of.marks.iter().map(|&(start, end)| {
        let (from, to) = (axes.place(start) * SIZE, axes.place(end) * SIZE);
        view! { <rect class="chart-mark" x=from y="0" width=(to - from).max(0.5) height=SIZE></rect> }
            .into_any()
    });
    let grid = axes.ticks_up(of.unit).into_iter().skip(1).map(|tick| {
        let y = (1.0 - tick.at) * SIZE;
        view! { <line class="chart-grid" x1="0" x2=SIZE y1=y y2=y></line> }.into_any()
    });
    let stacks = stacked(&of.series, of.at.len());
    let shapes = of
        .series
        .iter()
        .zip(stacks)
        .map(|(series, stack)| match stack {
            Some((lower, upper)) => {
                let path = axes.area(&of.at, &lower, &upper);
                view! { <path class="chart-area" d=path style:fill=color(&series.key)></path> }
                    .into_any()
            }
            None => {
                let path = axes.line(&of.at, &series.values);
                view! { <path class="chart-line" d=path style:stroke=color(&series.key)></path> }
                    .into_any()
            }
        });
    view! {
        {marks.collect_view()}
        {grid.collect_view()}
        {shapes.collect_view()}
    }
    .into_any()
}

fn ticks(ticks: &[Tick], up: bool) -> AnyView {
    let one = |tick: &Tick| {
        let at = percent(tick.at);
        let text = tick.text.clone();
        if up {
            view! { <span style:bottom=at>{text}</span> }.into_any()
        } else {
            // A text in the middle of the last tick would make the page wider.
            let class = if tick.at > 0.97 { "last" } else { "" };
            view! { <span class=class style:left=at>{text}</span> }.into_any()
        }
    };
    ticks.iter().map(one).collect_view().into_any()
}

fn percent(part: f64) -> String {
    format!("{:.3}%", part * 100.0)
}

/// The colour of a series, from the style sheet.
fn color(key: &str) -> String {
    // The keys are the worker's, but they go into a style: nothing else may.
    let known = key
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    format!("var(--chart-{})", if known { key } else { "other" })
}
