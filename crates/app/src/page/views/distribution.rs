//! How a statistic is spread over the goroutines of a table: quantiles, and bars that filter the rows.

use leptos::prelude::*;

use crate::address::Address;
use crate::page::app::App;
use crate::page::history::Entry;
use crate::page::widgets::explain::explain;
use crate::page::widgets::facts::facts;
use crate::page::widgets::histogram::{Bars, Range, histogram};
use crate::protocol::{Answer, Ask, Distribution, GoroutinesOf, Histogram, LONGEST_FILTER};

/// The band above a table of these goroutines.
pub fn distribution(app: App, of: Memo<Option<GoroutinesOf>>) -> AnyView {
    let known = RwSignal::new(None::<Distribution>);
    // The distribution is that of all of them, whatever the filter.
    let whole = Memo::new(move |_| {
        of.get().map(|of| GoroutinesOf {
            shortest: None,
            longest: None,
            ..of
        })
    });
    Effect::new(move || {
        let Some(whole) = whole.get() else {
            return known.set(None);
        };
        app.ask(Ask::Distribution(whole.clone()), move |answer| {
            if let Ok(Answer::Distribution(answer)) = answer
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
    let chosen = Signal::derive(move || of.get().as_ref().and_then(range_of));
    let choose = Callback::new(move |range: Option<Range>| {
        if let Some(of) = of.get_untracked() {
            change(app, with_range(of, range));
        }
    });
    (move || {
        whole.get()?;
        Some(view! {
            <section class="distribution" aria-label="Distribution">
                <div class="distribution-head">
                    <label class="field">
                        <span>"How much each has of"</span>
                        {statistics(app, of, known)}
                    </label>
                    {explain(app, "distribution")}
                    {move || {
                        chosen
                            .get()
                            .map(|_| {
                                view! {
                                    <button class="button small" on:click=move |_| choose.run(None)>
                                        "Show all"
                                    </button>
                                }
                            })
                    }}
                </div>
                {histogram(Bars {
                    label: "How many goroutines have how much of it",
                    of: bars,
                    chosen,
                    choose: Some(choose),
                })}
                {move || known.get().map(|known| facts(app, known.facts))}
            </section>
        })
    })
    .into_any()
}

/// The statistic that is shown, to be chosen.
fn statistics(
    app: App,
    of: Memo<Option<GoroutinesOf>>,
    known: RwSignal<Option<Distribution>>,
) -> AnyView {
    let options = move || {
        let rows = known.with(|known| {
            let known = known.as_ref()?;
            let chosen = known.chosen.clone();
            let rows = known.statistics.iter().map(move |statistic| {
                let selected = statistic.key == chosen;
                view! {
                    <option value=statistic.key.clone() prop:selected=selected>
                        {statistic.title.clone()}
                    </option>
                }
                .into_any()
            });
            Some(rows.collect_view())
        });
        rows.into_any()
    };
    view! {
        <select
            class="input"
            on:change:target=move |event| {
                if let Some(of) = of.get_untracked() {
                    let by = Some(event.target().value());
                    change(app, with_range(GoroutinesOf { by, ..of }, None));
                }
            }
        >
            {options}
        </select>
    }
    .into_any()
}

/// Shows other goroutines, in the same order.
fn change(app: App, of: GoroutinesOf) {
    let order = app
        .address
        .with_untracked(|address| address.table().map(|(_, order)| order.clone()));
    let address = Address::goroutines(of).ordered(order.unwrap_or_default());
    app.go(address, Entry::Push);
}

fn range_of(of: &GoroutinesOf) -> Option<Range> {
    if of.shortest.is_none() && of.longest.is_none() {
        return None;
    }
    let longest = of.longest.filter(|&longest| longest < LONGEST_FILTER);
    Some((
        of.shortest.unwrap_or(0) as f64,
        longest.map_or(f64::INFINITY, |longest| longest as f64),
    ))
}

fn with_range(of: GoroutinesOf, range: Option<Range>) -> GoroutinesOf {
    let bound = |nanos: f64| (nanos.max(0.0) as u64).min(LONGEST_FILTER);
    GoroutinesOf {
        shortest: range.map(|(from, _)| bound(from)),
        longest: range
            .map(|(_, to)| bound(to))
            .filter(|&to| to < LONGEST_FILTER),
        ..of
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_range_is_a_filter_and_back() {
        let of = GoroutinesOf::default();
        for range in [None, Some((0.0, 0.0)), Some((1_001.0, 1_584.0))] {
            assert_eq!(range_of(&with_range(of.clone(), range)), range);
        }
        let far = with_range(of, Some((5e18, 9e18)));
        assert_eq!(range_of(&far), Some((LONGEST_FILTER as f64, f64::INFINITY)));
    }
}
