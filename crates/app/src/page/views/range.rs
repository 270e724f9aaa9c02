//! The panel beside the timeline while a range of time is selected and nothing else: what happened in it.

use leptos::prelude::*;
use tracepane_analysis::format;

use super::events;
use crate::address::Tab;
use crate::commands::Command;
use crate::page::app::App;
use crate::page::keys::run;
use crate::page::widgets::explain::explain;
use crate::page::widgets::facts::{facts, link, to};
use crate::page::widgets::histogram::{Bars, histogram};
use crate::page::widgets::table::state_color;
use crate::protocol::{
    Answer, Ask, RangePart, RangeRow, RangeSummary, RangeTop, TimeScope, TimeShare,
};

/// How many states are listed: the rest is next to nothing.
const STATES: usize = 8;

/// The panel.
pub fn range(app: App) -> AnyView {
    let summary = RwSignal::new(None::<RangeSummary>);
    // The panel stays while other views are shown, which need not wait for it.
    let shown = Memo::new(move |_| app.address.with(|address| address.tab() == Tab::Timeline));
    Effect::new(move |asked: Option<Option<TimeScope>>| {
        // A link may be there before its trace is.
        let scope = app.scope.get().filter(|_| app.is_open())?;
        if asked == Some(Some(scope)) {
            return Some(scope);
        }
        if !shown.get() {
            // That of another range.
            summary.set(None);
            return None;
        }
        app.ask(Ask::RangeSummary, move |answer| {
            // Another range may be selected by now, and the panel gone.
            if app.scope.get_untracked() == Some(scope)
                && let Ok(Answer::RangeSummary(found)) = answer
            {
                summary.try_set(Some(*found));
            }
        });
        Some(scope)
    });
    view! {
        <div class="panel-body">
            <div class="actions">
                <button
                    class="button small"
                    title="Zoom to the range (Enter)"
                    on:click=move |_| run(app, Command::FitRange)
                >
                    "Zoom"
                </button>
                <button
                    class="button small"
                    title="Type a range (R)"
                    on:click=move |_| run(app, Command::TypeRange)
                >
                    "Edit"
                </button>
                {events::button(app, "All events of this range", move || Tab::Events.address())}
                <button
                    class="button small"
                    title="Back to the whole trace (Esc)"
                    on:click=move |_| app.set_scope(None)
                >
                    "Drop"
                </button>
                {explain(app, "range")}
            </div>
            {move || summary.get().map(|summary| contents(app, summary))}
        </div>
    }
    .into_any()
}

fn contents(app: App, summary: RangeSummary) -> AnyView {
    let RangeSummary {
        facts: known,
        states,
        procs,
        gc,
        tops,
        latency,
        latencies,
        ..
    } = summary;
    let waits = !latencies.bars.is_empty();
    let bars = Bars {
        label: "How long goroutines waited for a proc",
        of: Signal::derive(move || latencies.clone()),
        chosen: Signal::derive(|| None),
        choose: None,
    };
    let section = |title: &'static str, more: AnyView, inside: AnyView| {
        view! {
            <section>
                <div class="range-head">
                    <h3>{title}</h3>
                    {more}
                </div>
                {inside}
            </section>
        }
        .into_any()
    };
    let to_tab = move |tab: Tab, text: &'static str| to(app, tab.address(), text);
    let tops: Vec<AnyView> = tops.into_iter().map(|list| top(app, list)).collect();
    view! {
        <section>{facts(app, known)}</section>
        {section(
            "What goroutines did",
            to_tab(Tab::Goroutines, "Goroutines"),
            shares(states),
        )}
        {(!procs.is_empty())
            .then(|| section("What procs did", to_tab(Tab::Scheduler, "Scheduler"), shares(procs)))}
        {section("Garbage collection", to_tab(Tab::Gc, "GC"), facts(app, gc))}
        {section(
            "Waits for a proc",
            to_tab(Tab::Scheduler, "Scheduler"),
            view! {
                {facts(app, latency)}
                {waits.then(|| histogram(bars))}
            }
            .into_any(),
        )}
        {tops}
    }
    .into_any()
}

/// One bar of all parts, and a list of them.
fn shares(parts: Vec<TimeShare>) -> AnyView {
    let bar: Vec<AnyView> = parts
        .iter()
        .map(|part| {
            view! {
                <span
                    title=format!("{}: {}", part.label, format::percent(part.share, 1.0))
                    style:width=format!("{:.3}%", part.share.clamp(0.0, 1.0) * 100.0)
                    style:background=state_color(&part.state)
                ></span>
            }
            .into_any()
        })
        .collect();
    let more = parts.len().saturating_sub(STATES);
    let rows: Vec<AnyView> = parts
        .into_iter()
        .take(STATES)
        .map(|part| {
            let label = part.label.clone();
            view! {
                <div>
                    <dt title=label>
                        <span class="swatch" style:background=state_color(&part.state)></span>
                        {part.label}
                    </dt>
                    <dd title=part.exact.clone()>{part.value}</dd>
                    <dd class="quiet" title=part.exact>
                        {format::percent(part.share, 1.0)}
                    </dd>
                </div>
            }
            .into_any()
        })
        .collect();
    let more = (more > 0).then(|| {
        let text = format!("and {}", format::counted(more as u64, "more reason"));
        view! { <p class="quiet">{text}</p> }
    });
    view! {
        <div class="range-bar" aria-hidden="true">{bar}</div>
        <dl class="range-shares">{rows}</dl>
        {more}
    }
    .into_any()
}

fn top(app: App, list: RangeTop) -> AnyView {
    let RangeTop { part, rows, total } = list;
    let title = match part {
        RangePart::Running => "Groups that ran most",
        RangePart::Runnable => "Groups that lacked a proc",
        RangePart::Waiting => "Groups that waited most",
        RangePart::GoroutinesRunning => "Goroutines that ran most",
        RangePart::GoroutinesRunnable => "Goroutines that lacked a proc",
        RangePart::GoroutinesWaiting => "Goroutines that waited most",
        RangePart::Stacks => "Where goroutines were blocked",
    };
    let shown = rows.len() as u32;
    let more = matches!(
        part,
        RangePart::Running | RangePart::Runnable | RangePart::Waiting | RangePart::Stacks
    ) && total > shown;
    let more = more.then(|| {
        let text = format!(
            "{} of {}",
            format::count(shown.into()),
            format::count(total.into())
        );
        view! { <span class="quiet">{text}</span> }
    });
    let rows: Vec<AnyView> = rows.into_iter().map(|row| top_row(app, row)).collect();
    view! {
        <section>
            <div class="range-head">
                <h3>{title}</h3>
                {more}
            </div>
            <ul class="range-top">{rows}</ul>
        </section>
    }
    .into_any()
}

fn top_row(app: App, row: RangeRow) -> AnyView {
    let RangeRow {
        title,
        detail,
        link: leads,
        state,
        value,
        exact,
        share,
    } = row;
    let hint = match detail.as_str() {
        "" => title.clone(),
        detail => format!("{title}\n{detail}"),
    };
    view! {
        <li title=hint>
            <span class="range-name">{link(app, leads, title)}</span>
            <span class="range-value" title=exact>
                {value}
            </span>
            <span class="range-meter">
                <span
                    style:width=format!("{:.2}%", share.clamp(0.0, 1.0) * 100.0)
                    style:background=state_color(&state)
                ></span>
            </span>
        </li>
    }
    .into_any()
}
