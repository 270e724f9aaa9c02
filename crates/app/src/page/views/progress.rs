//! How far opening is, and a way out of it.

use std::time::Duration;

use leptos::prelude::*;
use tracepane_analysis::format;

use super::sketch;
use crate::page::app::{App, Phase, Progress};

/// How often the time is told anew: each time the page is painted, beside those who read.
const TICK: Duration = Duration::from_millis(500);

/// After how many seconds without a word of the worker that is told: readers that are silent for so long are done
/// without, so it is the worker itself that is at something long, or was ended by the browser, which says nothing then.
const PATIENCE: f64 = 45.0;

/// The progress screen.
pub fn progress(app: App) -> AnyView {
    let now = move || match app.phase.get() {
        Phase::Opening(progress) => progress,
        _ => Progress::default(),
    };
    let share = move || {
        let Progress { bytes, total, .. } = now();
        (bytes / total.max(1.0)).clamp(0.0, 1.0)
    };
    let seconds = RwSignal::new(0.0);
    // How far it was, and since when.
    let heard = StoredValue::new((0.0, 0.0));
    let clock = set_interval_with_handle(
        move || {
            seconds.update(|seconds| *seconds += TICK.as_secs_f64());
            let far = app.phase.with_untracked(|phase| match phase {
                Phase::Opening(progress) => progress.bytes + progress.events,
                _ => 0.0,
            });
            if heard.get_value().0 != far {
                heard.set_value((far, seconds.get_untracked()));
            }
        },
        TICK,
    );
    let silence = move || match seconds.get() - heard.get_value().1 < PATIENCE {
        true => "",
        false => {
            "Nothing has been heard of the worker for a while: it is at something long, or the browser has ended it. Cancel, and open the file again or a part of it."
        }
    };
    on_cleanup(move || {
        if let Ok(clock) = &clock {
            clock.clear();
        }
    });
    view! {
        <div class="progress-veil">
            <section class="progress" aria-labelledby="progress-title" aria-busy="true">
                <h2 id="progress-title">"Opening " {app.file_name}</h2>
                <progress
                    max="1"
                    prop:value=share
                    aria-label="Bytes read"
                ></progress>
                {sketch::sketch(app)}
                <dl class="progress-facts">
                    <div>
                        <dt>"Step"</dt>
                        <dd>{move || now().step}</dd>
                    </div>
                    <div>
                        <dt>"Read"</dt>
                        <dd>
                            {move || {
                                let Progress { bytes, total, .. } = now();
                                format!("{} of {}", format::bytes(bytes as u64), format::bytes(total as u64))
                            }}
                        </dd>
                    </div>
                    <div>
                        <dt>"Events"</dt>
                        <dd>{move || format::count(now().events as u64)}</dd>
                    </div>
                    <div>
                        <dt>"Elapsed"</dt>
                        <dd>{move || format!("{:.1} s", seconds.get())}</dd>
                    </div>
                </dl>
                <p role="status">{silence}</p>
                <div class="actions">
                    <button class="button" autofocus on:click=move |_| app.cancel()>
                        "Cancel"
                    </button>
                </div>
            </section>
        </div>
    }
    .into_any()
}
