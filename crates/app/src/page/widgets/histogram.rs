//! A distribution as bars. One bar, or several side by side, can be chosen with the pointer or the keys: what is
//! chosen is a range of values, and both its ends belong to it.
//!
//! ```ignore
//! histogram(Bars {
//!     label: "Durations of these tasks",
//!     of: Signal::derive(move || page.get().histogram),
//!     chosen: Signal::derive(move || range.get()),
//!     choose: Some(Callback::new(move |range| …)),
//! })
//! ```

use leptos::html::Div;
use leptos::prelude::*;
use tracepane_analysis::format;
use tracepane_model::Nanos;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, PointerEvent};

use crate::interop::JsResult as _;
use crate::protocol::{Bar, Histogram};

/// A range of values, ns; both ends belong to it.
pub type Range = (f64, f64);

/// What a histogram shows, and what choosing does.
#[derive(Clone, Copy)]
pub struct Bars {
    /// What is counted, e.g. "Durations of these tasks".
    pub label: &'static str,
    /// The bars.
    pub of: Signal<Histogram>,
    /// What is chosen; nothing if `None`.
    pub chosen: Signal<Option<Range>>,
    /// Called with what was chosen, or `None` to choose nothing. Without it nothing can be chosen.
    pub choose: Option<Callback<Option<Range>>>,
}

/// The histogram: what the bar under the pointer or the keys counts, the bars, and the values below them.
pub fn histogram(bars: Bars) -> AnyView {
    let state = State {
        bars,
        at: RwSignal::new(None),
        active: RwSignal::new(0),
        anchor: RwSignal::new(None),
        element: NodeRef::new(),
    };
    Effect::new(move || {
        let count = bars.of.with(|of| of.bars.len());
        state.at.set(None);
        state.anchor.set(None);
        state
            .active
            .update(|active| *active = (*active).min(count.saturating_sub(1)));
    });
    view! {
        // Few bars are not made as wide as many.
        <div class="histogram" style:--bars=move || bars.of.with(|of| of.bars.len().to_string())>
            <p class="histogram-says quiet" aria-live="polite">{move || state.says()}</p>
            <div
                class="histogram-bars"
                class:chooses=bars.choose.is_some()
                node_ref=state.element
                role="group"
                aria-label=bars.label
                on:pointerleave=move |_| {
                    state.at.set(None);
                    state.anchor.set(None);
                }
            >
                {move || bars.of.with(|of| contents(state, of))}
            </div>
            <div class="histogram-axis" aria-hidden="true">
                {move || bars.of.with(|of| axis(&of.bars))}
            </div>
        </div>
    }
    .into_any()
}

#[derive(Clone, Copy)]
struct State {
    bars: Bars,
    /// The bar under the pointer, or with the keyboard.
    at: RwSignal<Option<usize>>,
    /// The bar that Tab leads to.
    active: RwSignal<usize>,
    /// Where a range that is being dragged began.
    anchor: RwSignal<Option<usize>>,
    element: NodeRef<Div>,
}

impl State {
    /// The range that is being dragged, or what is chosen.
    fn marked(self) -> Option<Range> {
        match (self.anchor.get(), self.at.get()) {
            (Some(from), Some(to)) if from != to => {
                self.bars.of.with(|of| range(&of.bars, from, to))
            }
            _ => self.bars.chosen.get(),
        }
    }

    fn says(self) -> String {
        let marked = self.marked();
        self.bars.of.with(|of| {
            let total: f64 = of.bars.iter().map(|bar| bar.count).sum();
            let dragged = self
                .anchor
                .get()
                .is_some_and(|from| Some(from) != self.at.get());
            match (self.at.get().and_then(|at| of.bars.get(at)), marked) {
                (Some(bar), _) if !dragged => sentence((bar.from, bar.to), bar.count, total),
                (_, Some(range)) => sentence(range, counted(&of.bars, range), total),
                _ => whole(&of.bars, total),
            }
        })
    }

    /// Chooses the bars from one to another; what was chosen already is chosen no more.
    fn choose(self, from: usize, to: usize) {
        let Some(choose) = self.bars.choose else {
            return;
        };
        let range = self.bars.of.with_untracked(|of| range(&of.bars, from, to));
        if range.is_some() {
            let chosen = self.bars.chosen.get_untracked();
            choose.run(range.filter(|_| range != chosen));
        }
    }

    /// Where a range goes on from that is extended with Shift: the end of the chosen one that lies farther off.
    fn other_end(self, at: usize) -> usize {
        let chosen = self.bars.chosen.get_untracked();
        self.bars.of.with_untracked(|of| {
            let inside = |bar: &Bar| chosen.is_some_and(|range| is_in(bar, range));
            let first = of.bars.iter().position(inside);
            let last = of.bars.iter().rposition(inside);
            match (first, last) {
                (Some(first), Some(last)) if at.abs_diff(first) >= at.abs_diff(last) => first,
                (_, Some(last)) => last,
                _ => at,
            }
        })
    }

    fn key(self, event: KeyboardEvent, at: usize) {
        let last = self
            .bars
            .of
            .with_untracked(|of| of.bars.len())
            .saturating_sub(1);
        let next = match event.key().as_str() {
            "ArrowLeft" => at.saturating_sub(1),
            "ArrowRight" => (at + 1).min(last),
            "Home" => 0,
            "End" => last,
            "Enter" | " " => {
                event.prevent_default();
                event.stop_propagation();
                let from = if event.shift_key() {
                    self.other_end(at)
                } else {
                    at
                };
                return self.choose(from, at);
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        self.active.set(next);
        let bar = self
            .element
            .get_untracked()
            .and_then(|element| element.children().item(next as u32))
            .and_then(|bar| bar.dyn_into::<HtmlElement>().ok());
        if let Some(bar) = bar {
            bar.focus().or_warn("focusing a bar");
        }
    }

    fn released(self, event: PointerEvent, at: usize) {
        let anchor = self.anchor.get_untracked();
        self.anchor.set(None);
        match anchor {
            Some(_) if event.shift_key() => self.choose(self.other_end(at), at),
            Some(from) => self.choose(from, at),
            None => {}
        }
    }
}

fn contents(state: State, of: &Histogram) -> AnyView {
    let most = of.bars.iter().map(|bar| bar.count).fold(1.0, f64::max);
    let total: f64 = of.bars.iter().map(|bar| bar.count).sum();
    of.bars
        .iter()
        .enumerate()
        .map(|(at, bar)| one(state, at, bar.clone(), most, total))
        .collect_view()
        .into_any()
}

fn one(state: State, at: usize, bar: Bar, most: f64, total: f64) -> AnyView {
    let Bar { from, to, count } = bar;
    let exact = format!(
        "{} to {}: {}",
        format::exact(nanos(from)),
        format::exact(nanos(to)),
        format::count(count as u64)
    );
    let height = format!("{:.2}%", count / most * 100.0);
    let chooses = state.bars.choose.is_some();
    let marked = Memo::new(move |_| {
        state
            .marked()
            .map(|range| is_in(&Bar { from, to, count }, range))
    });
    view! {
        <button
            type="button"
            class="histogram-bar"
            class:marked=move || marked.get() == Some(true)
            class:dimmed=move || marked.get() == Some(false)
            class:empty=count <= 0.0
            title=exact
            aria-label=sentence((from, to), count, total)
            aria-pressed=move || chooses.then(|| (marked.get() == Some(true)).to_string())
            tabindex=move || if state.active.get() == at { "0" } else { "-1" }
            on:pointerdown=move |event| {
                if chooses && event.button() == 0 {
                    state.anchor.set(Some(at));
                    // A finger stays with the bar that it touched first, unless it is let go.
                    if let Some(bar) = event.target().and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
                        let _ = bar.release_pointer_capture(event.pointer_id());
                    }
                }
            }
            on:pointerenter=move |_| state.at.set(Some(at))
            on:pointerup=move |event| state.released(event, at)
            on:focus=move |_| {
                state.active.set(at);
                state.at.set(Some(at));
            }
            on:blur=move |_| state.at.set(None)
            on:keydown=move |event| state.key(event, at)
        >
            <span class="histogram-fill" style:height=height></span>
        </button>
    }
    .into_any()
}

/// The values at the lower ends of some bars, each where a power of ten begins, and at the upper end of the last.
fn axis(bars: &[Bar]) -> AnyView {
    let count = bars.len() as f64;
    ticks(bars)
        .into_iter()
        .map(|(at, text)| {
            let left = format!("{:.3}%", at as f64 / count * 100.0);
            view! { <span style:left=left>{text}</span> }.into_any()
        })
        .collect_view()
        .into_any()
}

/// The least distance of two values on the axis, in bars.
const LEAST_DISTANCE: usize = 4;

/// Where the axis has values: a bar, at whose lower end it stands, and the text.
fn ticks(bars: &[Bar]) -> Vec<(usize, String)> {
    let power = |bar: &Bar| (bar.from.max(1.0) - 1.0).max(1.0).log10().floor();
    let mut ticks: Vec<(usize, String)> = Vec::new();
    for (at, pair) in bars.windows(2).enumerate() {
        if power(&pair[0]) < power(&pair[1]) {
            ticks.push((at + 1, round(power(&pair[1]))));
        }
    }
    if let Some(first) = bars.first()
        && ticks.first().is_none_or(|&(at, _)| at >= LEAST_DISTANCE)
    {
        ticks.insert(0, (0, short(first.from)));
    }
    if let Some(last) = bars.last()
        && ticks
            .last()
            .is_none_or(|&(at, _)| at + LEAST_DISTANCE <= bars.len())
    {
        ticks.push((bars.len(), short(last.to)));
    }
    ticks
}

/// A power of ten: "10 µs".
fn round(power: f64) -> String {
    let text = short(10f64.powf(power));
    text.replace(".0", "")
}

/// A duration with two digits: "1.5 µs", "40 ms".
fn short(value: f64) -> String {
    let (unit, name) = match value {
        ..1e3 => (1.0, "ns"),
        ..1e6 => (1e3, "µs"),
        ..1e9 => (1e6, "ms"),
        ..60e9 => (1e9, "s"),
        _ => return format::duration(nanos(value)),
    };
    let number = value / unit;
    if number < 9.95 && unit > 1.0 {
        format!("{number:.1} {name}")
    } else {
        format!("{number:.0} {name}")
    }
}

/// "1.585 ms to 2.511 ms: 12 of 345, 3.5 %".
fn sentence((from, to): Range, count: f64, total: f64) -> String {
    format!(
        "{} to {}: {} of {}, {}",
        format::duration(nanos(from)),
        format::duration(nanos(to)),
        format::count(count as u64),
        format::count(total as u64),
        format::percent(count, total)
    )
}

fn whole(bars: &[Bar], total: f64) -> String {
    match (bars.first(), bars.last()) {
        (Some(first), Some(last)) => format!(
            "{} from {} to {}",
            format::count(total as u64),
            short(first.from),
            short(last.to)
        ),
        _ => "None".to_owned(),
    }
}

/// The range of the bars between two, both included.
fn range(bars: &[Bar], from: usize, to: usize) -> Option<Range> {
    let (first, last) = (bars.get(from.min(to))?, bars.get(from.max(to))?);
    Some((first.from, last.to))
}

/// Whether a bar lies in a range.
fn is_in(bar: &Bar, (from, to): Range) -> bool {
    bar.from >= from && bar.to <= to
}

fn counted(bars: &[Bar], range: Range) -> f64 {
    let inside = bars.iter().filter(|bar| is_in(bar, range));
    inside.map(|bar| bar.count).sum()
}

fn nanos(value: f64) -> Nanos {
    Nanos(value as i64)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use tracepane_analysis::time_histogram::bounds;

    use super::*;

    fn bars(from: usize, to: usize) -> Vec<Bar> {
        (from..to)
            .map(|bar| {
                let (from, to) = bounds(bar);
                let (from, to) = (from.0 as f64, to.0 as f64);
                let count = bar as f64;
                Bar { from, to, count }
            })
            .collect()
    }

    #[test]
    fn powers_of_ten_have_their_values() {
        let expect = [(2, "10 µs"), (7, "100 µs"), (12, "1 ms")];
        let expect: Vec<_> = expect.map(|(at, text)| (at, text.to_owned())).to_vec();
        assert_eq!(ticks(&bars(18, 31)), expect);
        let wide = ticks(&bars(16, 24));
        assert_eq!(wide[0], (0, "1.6 µs".to_owned()));
        assert_eq!(wide.last(), Some(&(8, "63 µs".to_owned())));
        let one = ticks(&bars(3, 4));
        assert_eq!(one, [(0, "4 ns".to_owned())]);
        assert!(ticks(&[]).is_empty());
    }

    #[test]
    fn ranges_have_both_their_ends() {
        let bars = bars(15, 20);
        let all = range(&bars, 4, 0);
        assert_eq!(all, Some((1_001.0, 10_000.0)));
        assert_eq!(range(&bars, 0, 9), None);
        let two = range(&bars, 1, 2).unwrap_or_default();
        assert_eq!(counted(&bars, two), 16.0 + 17.0);
        assert_eq!(
            sentence(two, 33.0, 85.0),
            "1.585 µs to 3.981 µs: 33 of 85, 38.8 %"
        );
        assert_eq!(whole(&bars, 85.0), "85 from 1.0 µs to 10 µs");
    }
}
