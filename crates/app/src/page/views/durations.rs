//! How long tasks or regions are: a histogram whose bars filter the table below, and the bounds as text.

use leptos::prelude::*;
use tracepane_analysis::format;
use tracepane_model::Nanos;
use tracepane_model::duration::{self, DurationError};

use crate::page::app::App;
use crate::page::widgets::facts::facts;
use crate::page::widgets::histogram::{Bars, Range, histogram};
use crate::protocol::{Answer, Ask, Durations, DurationsOf, Histogram, LONGEST_FILTER};

/// The least and the greatest duration of a filter, ns; both belong to it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Bounds {
    /// The least.
    pub shortest: Option<u64>,
    /// The greatest.
    pub longest: Option<u64>,
}

impl Bounds {
    fn range(self) -> Option<Range> {
        if self == Self::default() {
            return None;
        }
        let longest = self.longest.filter(|&longest| longest < LONGEST_FILTER);
        Some((
            self.shortest.unwrap_or(0) as f64,
            longest.map_or(f64::INFINITY, |longest| longest as f64),
        ))
    }

    fn of(range: Option<Range>) -> Self {
        let bound = |nanos: f64| (nanos.max(0.0) as u64).min(LONGEST_FILTER);
        Self {
            shortest: range.map(|(from, _)| bound(from)),
            longest: range
                .map(|(_, to)| bound(to))
                .filter(|&to| to < LONGEST_FILTER),
        }
    }
}

/// What the band above a table needs.
#[derive(Clone, Copy)]
pub struct Band {
    /// What the histogram counts.
    pub label: &'static str,
    /// Whose durations; whatever bounds these have does not matter.
    pub of: Signal<Option<DurationsOf>>,
    /// The bounds that are set.
    pub bounds: Signal<Bounds>,
    /// Sets them.
    pub set: Callback<Bounds>,
}

/// The band: other filters, bounds as text, the histogram, and numbers beside it. Nothing if there is nothing to show.
pub fn band(app: App, band: Band, filters: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let Band {
        label,
        of,
        bounds,
        set,
    } = band;
    let known = RwSignal::new(None::<Durations>);
    let whole = Memo::new(move |_| of.get());
    Effect::new(move || {
        let Some(whole) = whole.get() else {
            return known.set(None);
        };
        app.ask(Ask::Durations(whole.clone()), move |answer| {
            if let Ok(Answer::Durations(answer)) = answer
                && answer.of == whole
            {
                // The view may be gone.
                known.try_set(Some(*answer));
            }
        });
    });
    let bars = Signal::derive(move || {
        known.with(|known| {
            let known = known.as_ref();
            known.map_or_else(Histogram::default, |known| known.histogram.clone())
        })
    });
    let choose = Callback::new(move |range: Option<Range>| set.run(Bounds::of(range)));
    view! {
        <section class="distribution" aria-label="Durations">
            <div class="distribution-head">
                {filters()}
                {bound("At least", bounds, set, |bounds| bounds.shortest, |bounds, nanos| Bounds { shortest: nanos, ..bounds })}
                {bound("at most", bounds, set, |bounds| bounds.longest, |bounds, nanos| Bounds { longest: nanos, ..bounds })}
                {move || {
                    (bounds.get() != Bounds::default())
                        .then(|| {
                            view! {
                                <button
                                    class="button small"
                                    on:click=move |_| set.run(Bounds::default())
                                >
                                    "Any duration"
                                </button>
                            }
                        })
                }}
            </div>
            {histogram(Bars {
                label,
                of: bars,
                chosen: Signal::derive(move || bounds.get().range()),
                choose: Some(choose),
            })}
            {move || known.get().map(|known| facts(app, known.facts))}
        </section>
    }
    .into_any()
}

/// A bound as text: "1.5ms".
fn bound(
    label: &'static str,
    bounds: Signal<Bounds>,
    set: Callback<Bounds>,
    get: fn(Bounds) -> Option<u64>,
    with: fn(Bounds, Option<u64>) -> Bounds,
) -> AnyView {
    let wrong = RwSignal::new(false);
    let text = move || get(bounds.get()).map_or_else(String::new, shown);
    view! {
        <label class="field">
            <span>{label}</span>
            <input
                class="input bound"
                type="text"
                inputmode="text"
                placeholder="1.5 ms"
                autocomplete="off"
                spellcheck="false"
                aria-invalid=move || wrong.get().to_string()
                prop:value=text
                on:change:target=move |event| {
                    let value = event.target().value();
                    let nanos = duration(&value);
                    let is_wrong = nanos.is_none() && !value.trim().is_empty();
                    wrong.set(is_wrong);
                    if !is_wrong {
                        set.run(with(bounds.get_untracked(), nanos));
                    }
                }
            />
        </label>
    }
    .into_any()
}

/// A bound as it is shown: nothing is lost.
fn shown(nanos: u64) -> String {
    format::go_duration(Nanos(i64::try_from(nanos).unwrap_or(i64::MAX)))
}

/// The nanoseconds of a text like "1.5 ms", "2us" or "1m3s"; ns without a unit.
fn duration(text: &str) -> Option<u64> {
    match duration::parse(text, Some(1)) {
        Ok(nanos) => Some(nanos.min(LONGEST_FILTER)),
        Err(DurationError::TooLong) => Some(LONGEST_FILTER),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, nanos) in [
            ("17", 17),
            (" 1.5 ms ", 1_500_000),
            ("2us", 2_000),
            ("1,584,894 ns", 1_584_894),
            ("1m3.5s", 63_500_000_000),
            ("1 h", 3_600_000_000_000),
            ("1.584893ms", 1_584_893),
            ("0", 0),
        ] {
            assert_eq!(duration(text), Some(nanos), "{text}");
            assert_eq!(duration(&shown(nanos)), Some(nanos), "{text}");
        }
        for text in ["", "  ", "ms", "1 year", "-5", "1..2s", "٣"] {
            assert_eq!(duration(text), None, "{text}");
        }
        assert_eq!(duration("999999999h"), Some(LONGEST_FILTER));
    }

    #[test]
    fn a_range_is_two_bounds_and_back() {
        for range in [None, Some((0.0, 3.0)), Some((1_001.0, 1_584.0))] {
            assert_eq!(Bounds::of(range).range(), range);
        }
        let far = Bounds::of(Some((5.0, 9e18)));
        assert_eq!(far.range(), Some((5.0, f64::INFINITY)));
    }
}
