//! What is seen before a trace is open: what this is, how to open one, how to get one, and what went wrong.

use leptos::prelude::*;

use crate::address::Address;
use crate::page::app::{App, Failure, Phase};
use crate::page::bundle;
use crate::page::widgets::facts::to;

/// The start screen.
pub fn start(app: App) -> AnyView {
    let more = Address::Help {
        section: Some("capture".into()),
    };
    let failure = move || match app.phase.get() {
        Phase::Failed(failure) => Some(failure),
        _ => None,
    };
    let inside = bundle::inside().and_then(Result::ok);
    view! {
        <div class="start">
            {move || failure().map(|failure| failed(app, failure))}
            <section class="hero" aria-labelledby="start-title">
                <h1 id="start-title">"See what your Go program did"</h1>
                <p class="lead">
                    "Tracepane opens a Go execution trace in this tab: every goroutine, processor and garbage collection on one timeline, and the profiles that explain the waiting."
                </p>
                <div class="drop">
                    <p class="drop-title">"Drop a trace here"</p>
                    <div class="drop-actions">
                        <button class="button primary large" on:click=move |_| app.choose()>
                            "Open a trace…"
                        </button>
                        {inside
                            .map(|inside| {
                                view! {
                                    <button
                                        class="button large"
                                        title=inside.name.clone()
                                        on:click=move |_| {
                                            app.open_embedded(bundle::SLOT, inside.name.clone(), inside.size)
                                        }
                                    >
                                        "Open the trace in this file"
                                    </button>
                                }
                            })}
                        <button
                            class="button large"
                            on:click=move |_| app.open_embedded("sample", "sample.trace".into(), 0.0)
                        >
                            "Try the sample trace"
                        </button>
                    </div>
                    <p class="quiet">
                        "Traces of Go 1.11 to 1.27, gzipped or not. Nothing leaves this machine: the page has no way to send anything."
                    </p>
                </div>
            </section>
            <section class="capture" aria-labelledby="capture-title">
                <h2 id="capture-title">
                    "How to capture a trace"
                    <span class="capture-more">{to(app, more, "All ways, with code to copy")}</span>
                </h2>
                <div class="cards">{SNIPPETS.map(snippet).collect_view()}</div>
            </section>
        </div>
    }
    .into_any()
}

fn failed(app: App, failure: Failure) -> AnyView {
    view! {
        <section class="failure" role="alert">
            <h2>{failure.title}</h2>
            <p>{failure.text}</p>
            <div class="actions">
                {failure
                    .again
                    .then(|| {
                        view! {
                            <button class="button" on:click=move |_| app.open_again()>
                                "Open it again"
                            </button>
                        }
                    })}
                <button class="button" on:click=move |_| app.choose()>
                    "Open another trace…"
                </button>
            </div>
        </section>
    }
    .into_any()
}

struct Snippet {
    title: &'static str,
    code: &'static str,
    note: &'static str,
}

const SNIPPETS: [Snippet; 3] = [
    Snippet {
        title: "A test or benchmark",
        code: "go test -trace=trace.out -run TestSlow ./pkg",
        note: "One package at a time.",
    },
    Snippet {
        title: "A running server",
        code: "import _ \"net/http/pprof\"\n\ncurl -o trace.out \\\n  'localhost:6060/debug/pprof/trace?seconds=5'",
        note: "A few seconds are usually enough.",
    },
    Snippet {
        title: "The flight recorder, Go 1.25",
        code: "fr := trace.NewFlightRecorder(\n  trace.FlightRecorderConfig{})\nfr.Start()\n// once something was slow:\nfr.WriteTo(file)",
        note: "Keeps the last seconds in memory.",
    },
];

fn snippet(snippet: Snippet) -> AnyView {
    view! {
        <article class="card">
            <h3>{snippet.title}</h3>
            <pre class="code"><code>{snippet.code}</code></pre>
            <p class="quiet">{snippet.note}</p>
        </article>
    }
    .into_any()
}
