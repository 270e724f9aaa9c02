//! Minimum mutator utilization: the curve, what counts for it, and the worst windows of a chosen length.

use leptos::prelude::*;
use tracepane_analysis::format;
use tracepane_model::Nanos;

use super::gc::{exactly, head};
use crate::address::Address;
use crate::page::app::App;
use crate::page::history::Entry;
use crate::page::widgets::chart::{Plot, chart};
use crate::page::widgets::explain::explain;
use crate::protocol::{
    Along, Answer, Ask, Chart, MmuCurve, MmuOf, MmuPoint, MmuWorst, Series, Unit, WorstWindow,
};

/// The window whose worst ones are shown before another one is chosen, ns.
const FIRST: f64 = 10e6;

/// The view.
pub fn mmu(app: App) -> AnyView {
    let asked = Memo::new(move |before: Option<&(MmuOf, Option<u64>)>| {
        app.address.with(|address| match address {
            Address::Mmu { of, window } => (*of, *window),
            _ => before.copied().unwrap_or_default(),
        })
    });
    let of = Memo::new(move |_| asked.get().0);
    let curve = RwSignal::new(None::<MmuCurve>);
    let problem = RwSignal::new(None::<String>);
    let worst = RwSignal::new(None::<MmuWorst>);
    Effect::new(move || {
        let of = of.get();
        app.ask(Ask::Mmu(of), move |answer| {
            // The view may be gone, or want something else by now.
            if asked.try_get_untracked().map(|(now, _)| now) != Some(of) {
                return;
            }
            match answer {
                Ok(Answer::Mmu(answer)) => {
                    problem.set(None);
                    curve.set(Some(*answer));
                }
                Ok(_) => {}
                Err(text) => problem.set(Some(text)),
            }
        });
    });
    let window = Memo::new(move |_| {
        let chosen = asked.get().1.map(|window| window as f64);
        let points = curve.with(|curve| {
            let curve = curve.as_ref()?;
            Some((curve.points.first()?.window, curve.points.last()?.window))
        });
        chosen.or_else(|| points.map(|(first, last)| FIRST.clamp(first, last)))
    });
    Effect::new(move || {
        let (of, Some(window)) = (of.get(), window.get()) else {
            return;
        };
        app.ask(Ask::MmuWorst { of, window }, move |answer| {
            if let Ok(Answer::MmuWorst(answer)) = answer {
                worst.try_set(Some(*answer));
            }
        });
    });
    let shown =
        Signal::derive(move || curve.with(|curve| curve.as_ref().map(drawn).unwrap_or_default()));
    let chosen = Signal::derive(move || {
        let window = window.get()?;
        curve.with(|curve| nearest(&curve.as_ref()?.points, window))
    });
    let choose = Callback::new(move |point: usize| {
        let window = curve.with_untracked(|curve| {
            let point = curve.as_ref()?.points.get(point)?;
            Some(point.window as u64)
        });
        let of = of.get_untracked();
        app.go(Address::Mmu { of, window }, Entry::Push);
    });
    // An older curve stays until the new one is here.
    let late = move || curve.with(|curve| curve.as_ref().is_some_and(|curve| curve.of != of.get()));
    let plot = move || match problem.get() {
        Some(text) => view! { <p class="page-note quiet" role="alert">{text}</p> }.into_any(),
        None => view! {
            <div class="charts" class:late=late>
                {chart(Plot {
                    label: "Mutator utilization by window size",
                    of: shown,
                    at: RwSignal::new(None),
                    chosen,
                    choose: Some(choose),
                    large: true,
                })}
            </div>
        }
        .into_any(),
    };
    view! {
        <section class="page wide" aria-label="Minimum mutator utilization">
            {head(app, None)}
            <div class="split">
                <div class="mmu">
                    {controls(app, asked)}
                    {plot}
                    <p class="page-note quiet">
                        "The mutator is your program. For each window size, this is the share of the procs that the GC left to it in the worst window of that size: 40 % at 10 ms means that in no 10 ms of this trace the program had less than 40 %. Click the curve, or press Enter on it, to see the worst windows. "
                        {explain(app, "mmu")}
                    </p>
                    {move || {
                        of.get()
                            .as_go
                            .then(|| {
                                view! {
                                    <p class="page-note quiet">
                                        "Counted as go tool trace 1.27 does, with its faults: a mark worker that runs a second time never ends, so that its proc counts as the GC's to the end of the trace; and its percentiles are the minimum."
                                    </p>
                                }
                            })
                    }}
                </div>
                {move || {
                    problem
                        .with(Option::is_none)
                        .then(|| {
                            view! {
                                <aside class="panel" aria-label="Worst windows">
                                    <div class="panel-body">
                                        {move || worst.get().map(|worst| windows(app, worst))}
                                    </div>
                                </aside>
                            }
                        })
                }}
            </div>
        </section>
    }
    .into_any()
}

/// The flags of `go tool trace`.
fn controls(app: App, asked: Memo<(MmuOf, Option<u64>)>) -> AnyView {
    let set = move |change: &dyn Fn(&mut MmuOf)| {
        let (mut of, window) = asked.get_untracked();
        change(&mut of);
        app.go(Address::Mmu { of, window }, Entry::Push);
    };
    let view_of = move |title: &'static str, help: &'static str, per_proc: bool| {
        view! {
            <button
                class="segment"
                title=help
                aria-pressed=move || (asked.get().0.per_proc == per_proc).to_string()
                on:click=move |_| set(&|of| of.per_proc = per_proc)
            >
                {title}
            </button>
        }
        .into_any()
    };
    let check =
        move |title: &'static str, help: &'static str, field: fn(&mut MmuOf) -> &mut bool| {
            let value = move || {
                let (mut of, _) = asked.get();
                *field(&mut of)
            };
            view! {
                <label class="check" title=help>
                    <input
                        type="checkbox"
                        prop:checked=value
                        on:change:target=move |event| {
                            let on = event.target().checked();
                            set(&|of| *field(of) = on);
                        }
                    />
                    {title}
                </label>
            }
            .into_any()
        };
    view! {
        <div class="controls">
            <div class="segments" role="group" aria-label="View">
                {view_of(
                    "System",
                    "All procs together: with one of four at the GC, the program has 75 %. The usual definition",
                    false,
                )}
                {view_of(
                    "Per proc",
                    "Each proc on its own, as a goroutine on it sees it: 0 while the GC has it. Dedicated workers do not count, they interrupt nobody",
                    true,
                )}
            </div>
            <span class="control-group" role="group" aria-label="What counts">
                {check("Pauses", "The GC's stop-the-world pauses", |of| &mut of.stw)}
                {check(
                    "Mark workers",
                    "Dedicated and fractional mark workers, a quarter of the procs while the GC marks",
                    |of| &mut of.background,
                )}
                {check(
                    "Mark assists",
                    "Goroutines that have to help because they allocate",
                    |of| &mut of.assist,
                )}
                {check("Sweeping", "Freeing memory between cycles", |of| &mut of.sweep)}
            </span>
            <span class="control-group">
                {check(
                    "Percentiles",
                    "Besides the minimum: p99 leaves out the worst window in a hundred",
                    |of| &mut of.percentiles,
                )}
                {check(
                    "As go tool trace counts",
                    "The numbers of go tool trace 1.27, which are wrong once a mark worker runs twice",
                    |of| &mut of.as_go,
                )}
            </span>
        </div>
    }
    .into_any()
}

/// The curve as a chart.
fn drawn(curve: &MmuCurve) -> Chart {
    let values = |of: &dyn Fn(&MmuPoint) -> Option<f64>| -> Vec<Option<f64>> {
        curve.points.iter().map(of).collect()
    };
    let line = |key: &str, title: &str, values| Series {
        key: key.into(),
        title: title.into(),
        area: false,
        values,
    };
    let mut series = Vec::new();
    if curve.of.percentiles {
        let lines = [("p-a", "p95", 2), ("p-b", "p99", 1), ("p-c", "p99.9", 0)];
        for (key, title, place) in lines {
            let at = |point: &MmuPoint| point.percentiles.map(|all| all[place]);
            series.push(line(key, title, values(&at)));
        }
    }
    // Over all others, where they are the same.
    series.push(line("mmu", "Minimum", values(&|point| Some(point.min))));
    Chart {
        along: Along::Durations,
        at: curve.points.iter().map(|point| point.window).collect(),
        end: curve.points.last().map_or(1.0, |point| point.window),
        unit: Unit::Share,
        series,
        marks: Vec::new(),
    }
}

/// The point whose window is nearest, by the logarithm.
fn nearest(points: &[MmuPoint], window: f64) -> Option<usize> {
    let distance = |point: &MmuPoint| (point.window.max(1.0) / window.max(1.0)).ln().abs();
    let all = points.iter().enumerate();
    let nearest = all.min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b)));
    nearest.map(|(place, _)| place)
}

fn windows(app: App, worst: MmuWorst) -> AnyView {
    let MmuWorst { of, point, windows } = worst;
    let size = format::duration(Nanos(point.window as i64));
    let rest = point.percentiles.filter(|_| of.percentiles).map(|parts| {
        let [p999, p99, p95] = parts.map(share);
        view! { <p class="quiet">{format!("p99.9 {p999} · p99 {p99} · p95 {p95}")}</p> }
    });
    let rows = windows.into_iter().map(|window| one(app, window));
    view! {
        <h2>{format!("Worst windows of {size}")}</h2>
        <p>{format!("The program had {} at least.", share(point.min))}</p>
        {rest}
        <table class="worst">
            <thead>
                <tr>
                    <th scope="col">"Utilization"</th>
                    <th scope="col">"From"</th>
                    {of.per_proc.then(|| view! { <th scope="col">"Proc"</th> })}
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
        <p class="quiet">"Hardly ever do two of them overlap. Each leads to its place on the timeline."</p>
    }
    .into_any()
}

fn one(app: App, window: WorstWindow) -> AnyView {
    let WorstWindow {
        part,
        text,
        exact,
        proc,
        time: (start, end),
    } = window;
    let there = exactly(app, start, end);
    let href = app.href(&there);
    let width = format!("{:.2}%", part.clamp(0.0, 1.0) * 100.0);
    view! {
        <tr>
            <td>
                <span class="meter">
                    <span class="meter-fill" style:width=width></span>
                </span>
                {share(part)}
            </td>
            <td title=exact>
                <a
                    class="link"
                    href=href
                    on:click=move |event| {
                        event.prevent_default();
                        app.go(there.clone(), Entry::Push);
                    }
                >
                    {text}
                </a>
            </td>
            {proc.map(|proc| view! { <td>{proc}</td> })}
        </tr>
    }
    .into_any()
}

fn share(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn points(windows: &[f64]) -> Vec<MmuPoint> {
        let point = |&window| MmuPoint {
            window,
            min: 0.5,
            percentiles: Some([0.6, 0.7, 0.8]),
        };
        windows.iter().map(point).collect()
    }

    #[test]
    fn the_nearest_window_is_that_by_the_logarithm() {
        let all = points(&[1e3, 1e5, 1e7]);
        assert_eq!(nearest(&all, 1.0), Some(0));
        assert_eq!(nearest(&all, 2e4), Some(1));
        assert_eq!(nearest(&all, 9e5), Some(1));
        assert_eq!(nearest(&all, 1.1e6), Some(2));
        assert_eq!(nearest(&[], 5.0), None);
    }

    #[test]
    fn percentiles_are_lines_of_their_own() {
        let of = MmuOf {
            percentiles: true,
            ..MmuOf::default()
        };
        let points = points(&[1e3, 1e6]);
        let chart = drawn(&MmuCurve { of, points });
        let lines: Vec<_> = chart
            .series
            .iter()
            .map(|line| (line.title.as_str(), line.values[0]))
            .collect();
        assert_eq!(
            lines,
            [
                ("p95", Some(0.8)),
                ("p99", Some(0.7)),
                ("p99.9", Some(0.6)),
                ("Minimum", Some(0.5))
            ]
        );
        assert_eq!(chart.end, 1e6);
    }
}
