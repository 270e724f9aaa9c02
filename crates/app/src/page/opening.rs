//! Opening a file: from the picker, a drop, a paste or the page itself; what happens when it fails; and downloads.

use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, ClipboardEvent, DataTransfer, DragEvent, File, FileList, HtmlAnchorElement,
    HtmlInputElement, Url,
};

use super::app::{App, Failure, Phase, Progress, Shown};
use super::bundle;
use super::history::Entry;
use super::keys;
use super::memory::lacks_memory;
use crate::address::{Address, Tab};
use crate::interop::{self, JsResult as _, Listener};
use crate::protocol::{Answer, Ask, OpenAsk, Opened};

/// The id of the one file input.
pub const INPUT: &str = "file";

/// When the page has been there for so long without a file, the worker warms up.
const WARM_UP_AFTER: std::time::Duration = std::time::Duration::from_millis(150);

/// The mark from which the measure `open` counts.
const CHOSEN: &str = "open-chosen";

#[wasm_bindgen]
extern "C" {
    /// The trace inside this page, as a `File`, or null; `www/boot.js` provides it.
    #[wasm_bindgen(catch, js_name = tracepaneEmbedded)]
    async fn embedded(id: &str) -> Result<JsValue, JsValue>;
}

/// Listens for files that are dropped or pasted, and opens the trace that this page was shared with.
pub fn listen(app: App) {
    let window = window();
    let dropped = Listener::new(&window, "drop", move |event: DragEvent| {
        event.prevent_default();
        set_dragged_over(false);
        if let Some(file) = event.data_transfer().and_then(|data| first_file(&data)) {
            app.open(file);
        }
    });
    let over = Listener::new(&window, "dragover", move |event: DragEvent| {
        event.prevent_default();
        set_dragged_over(true);
    });
    let left = Listener::new(&window, "dragleave", move |event: DragEvent| {
        // Leaving an element for another one within the page has a related target.
        if event.related_target().is_none() {
            set_dragged_over(false);
        }
    });
    let pasted = Listener::new(&window, "paste", move |event: ClipboardEvent| {
        if let Some(file) = event.clipboard_data().and_then(|data| first_file(&data)) {
            event.prevent_default();
            app.open(file);
        }
    });
    StoredValue::new_local([dropped, over, left, pasted]);
    app.open_bundle();
}

fn first_file(data: &DataTransfer) -> Option<File> {
    data.files().and_then(|files| files.get(0))
}

fn set_dragged_over(over: bool) {
    if let Some(root) = document().document_element() {
        root.class_list()
            .toggle_with_force("dragged-over", over)
            .or_warn("showing that a file may be dropped");
    }
}

/// What was chosen in a file input; empties it, so that the same file can be chosen again.
pub fn chosen(input: &HtmlInputElement) -> Option<File> {
    let file = input.files().and_then(|files: FileList| files.get(0));
    input.set_value("");
    file
}

impl App {
    /// Has the user choose a file.
    pub fn choose(self) {
        let input = document().get_element_by_id(INPUT);
        if let Some(input) = input.and_then(|input| input.dyn_into::<HtmlInputElement>().ok()) {
            input.click();
        }
    }

    /// Opens one of the traces inside this page.
    pub fn open_embedded(self, id: &'static str, name: String, size: f64) {
        self.file_name.set(name);
        self.phase.set(Phase::Opening(Progress {
            total: size,
            step: "Unpacking".into(),
            ..Progress::default()
        }));
        let session = self.session.get_untracked();
        spawn_local(async move {
            let unpacked = embedded(id).await.or_sentence();
            let waiting = self
                .phase
                .with_untracked(|phase| matches!(phase, Phase::Opening(_)));
            if !waiting || self.session.get_untracked() != session {
                return;
            }
            match unpacked {
                Ok(file) => match file.dyn_into::<File>() {
                    Ok(file) => {
                        self.open(file);
                        self.inside.set(id == bundle::SLOT);
                    }
                    Err(_) => self.fail(Failure {
                        title: "This page has no sample trace inside".into(),
                        text: "It was built without one. Open a trace of your own.".into(),
                        again: false,
                    }),
                },
                Err(text) => self.fail(Failure {
                    title: "The trace inside this page cannot be read".into(),
                    text: format!("The page may be damaged: get it anew. ({text})"),
                    again: false,
                }),
            }
        });
    }

    /// Has the worker try what opening does on the sample, while a file is being chosen: a browser compiles what is used
    /// much a second time, well, and that takes it a while.
    pub fn warm_up(self) {
        let waits = move || matches!(self.phase.get_untracked(), Phase::Empty);
        set_timeout(
            move || {
                if !waits() {
                    return;
                }
                spawn_local(async move {
                    let file = embedded("sample").await.ok();
                    let file = file.and_then(|file| file.dyn_into::<File>().ok());
                    if let Some(file) = file.filter(|_| waits()) {
                        self.warm_up_with(&file);
                    }
                });
            },
            WARM_UP_AFTER,
        );
    }

    /// Opens a file in place of the one before; the part of it that the page's own address names, if it does.
    pub fn open(self, file: File) {
        self.whole.set_value(None);
        self.contents.set(None);
        self.part.set(None);
        self.anyway.set_value(false);
        let linked = self.linked_part.try_update_value(Option::take).flatten();
        match linked {
            Some(part) => self.open_linked_part(file, part),
            None => self.open_file(file),
        }
    }

    /// Opens a file, which may be a part of another one.
    pub(super) fn open_file(self, file: File) {
        if let Some(clock) = window().performance() {
            clock.clear_marks_with_mark_name(CHOSEN);
            clock.clear_measures_with_measure_name("open");
            clock.mark(CHOSEN).or_warn("marking the choice");
        }
        let name = file.name();
        let first = self.session.get_untracked() == 0;
        self.fresh_worker();
        self.forget_trace();
        let reading = self
            .address
            .with_untracked(|address| address.tab() == Tab::Help);
        if !first || reading {
            // The first file is shown where the address says, in case a link was followed; each later one as a whole.
            self.scope.set(None);
            self.forget_steps();
            self.go(Address::WHOLE, Entry::Replace);
        }
        self.file.set_value(Some(file.clone()));
        self.file_name.set(name.clone());
        self.inside.set(false);
        self.ran_out.set_value(None);
        self.phase.set(Phase::Opening(Progress {
            total: file.size(),
            step: "Reading".into(),
            ..Progress::default()
        }));
        self.session.update(|session| *session += 1);
        let session = self.session.get_untracked();
        let mut limits = self.limits.get_value();
        if self.anyway.get_value() {
            limits.memory = f64::MAX;
        }
        // The file is being read while the page changes.
        let ask = OpenAsk { name, limits };
        self.ask_to_open(ask, &file, move |answer| self.opened(answer));
        spawn_local(async move {
            // The canvas' place must be there.
            tick().await;
            if self.session.get_untracked() != session {
                return;
            }
            if let Err(error) = self.attach_canvas() {
                self.fail(Failure {
                    title: "This browser cannot draw the timeline".into(),
                    text: format!(
                        "It has no OffscreenCanvas: use Chrome 69, Firefox 105, Safari 16.4 or a newer one. ({})",
                        interop::sentence(&error)
                    ),
                    again: false,
                });
            }
        });
    }

    fn opened(self, answer: Result<Answer, String>) {
        match answer {
            Ok(Answer::Opened(opened)) => self.show(*opened),
            Ok(Answer::Contents(contents)) => self.too_large(*contents),
            Ok(_) => self.worker_died("it answered another question"),
            Err(text) if lacks_memory(&text) => self.out_of_memory(0.0),
            Err(text) => self.fail(Failure {
                title: format!("{} could not be opened", self.file_name.get_untracked()),
                text: as_sentence(&text),
                again: false,
            }),
        }
    }

    fn show(self, opened: Opened) {
        self.shown.set_value(Shown::default());
        self.lanes.set(opened.lanes.clone());
        self.take_clock(&opened.clock);
        self.said.set(format!("{} is open", opened.name));
        self.opened.set(Some(opened));
        self.phase.set(Phase::Open);
        self.view.set(self.whole());
        self.keep_scope_within();
        if self
            .address
            .with_untracked(|address| *address != Address::WHOLE)
        {
            // A link was followed: no frame of the whole trace comes of it.
            self.measure_nothing();
        }
        let scroll = self.first_scroll.try_update_value(Option::take);
        self.apply_lanes_of(&self.address.get_untracked());
        self.apply(self.address.get_untracked(), scroll.flatten());
        self.look_first();
        let session = self.session.get_untracked();
        request_animation_frame(move || {
            if self.session.get_untracked() == session {
                self.shows(|shown| shown.page = true);
            }
        });
        spawn_local(async move {
            // What had the keyboard may have gone with the screen before.
            tick().await;
            let lost = document()
                .active_element()
                .is_none_or(|element| element.tag_name() == "BODY");
            if lost {
                keys::focus_plot(self);
            }
        });
    }

    /// Asks for the numbers beside the timeline, once for each file: they take a pass over the whole trace, which the
    /// first frame does not wait for.
    pub fn ask_summary(self) {
        let session = self.session.get_untracked();
        let known = self.summary_of.get_value() == session;
        if known || self.opened.with_untracked(Option::is_none) {
            return;
        }
        self.summary_of.set_value(session);
        self.ask(Ask::Summary, move |answer| {
            if let Ok(Answer::Summary(summary)) = answer {
                self.summary.set(Some(*summary));
            }
        });
    }

    /// Stops opening; a new worker takes the place of the busy one.
    pub fn cancel(self) {
        self.forget_trace();
        self.part.set(None);
        self.phase.set(Phase::Empty);
        self.start_worker();
    }

    /// Opens the file that failed once more.
    pub fn open_again(self) {
        if let Some(file) = self.file.get_value() {
            self.open_file(file);
        }
    }

    /// Says why nothing is open; the next file finds a new worker.
    pub fn fail(self, failure: Failure) {
        self.forget_trace();
        self.phase.set(Phase::Failed(failure));
        self.start_worker();
    }

    /// The worker cannot go on.
    pub fn worker_died(self, why: &str) {
        let name = self.file_name.get_untracked();
        let phase = self.phase.get_untracked();
        let title = match phase {
            Phase::Opening(_) => format!("Tracepane failed on {name}"),
            Phase::Open | Phase::Choosing { open: true } => {
                format!("Tracepane failed while it showed {name}")
            }
            // A worker without a trace has nothing to lose: take another.
            Phase::Empty | Phase::Failed(_) | Phase::Choosing { .. } => {
                interop::warn(&format!("an idle worker ended: {why}"));
                self.client.update_value(|client| client.set_used());
                return;
            }
        };
        // What a machine of 32 bits cannot count has no room either.
        if why.contains("capacity overflow") {
            return self.out_of_memory(0.0);
        }
        self.fail(Failure {
            title,
            text: format!(
                "This is a mistake in Tracepane, not in your trace; nothing was lost. ({why})"
            ),
            again: true,
        });
    }

    fn measure_nothing(self) {
        if let Some(clock) = window().performance() {
            clock.clear_marks_with_mark_name(CHOSEN);
        }
    }

    /// Something of the trace is shown: with the last of it the trace is open.
    pub fn shows(self, what: impl FnOnce(&mut Shown)) {
        self.shown.update_value(what);
        let shown = self.shown.get_value();
        if shown.page && shown.timeline {
            self.measure_open();
        }
    }

    /// Measures from the file's choice to the first complete frame of the whole trace, once for each file.
    fn measure_open(self) {
        let Some(clock) = window().performance() else {
            return;
        };
        if clock
            .get_entries_by_name_with_entry_type(CHOSEN, "mark")
            .length()
            == 0
        {
            return;
        }
        clock
            .measure_with_start_mark("open", CHOSEN)
            .or_warn("measuring");
        self.measure_nothing();
    }
}

/// With a capital and a full stop, as what stands alone has.
fn as_sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(char::to_uppercase);
    let mut sentence: String = first.into_iter().flatten().chain(rest).collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// Has the browser save bytes as a file.
pub fn download(name: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    download_blob(name, &Blob::new_with_u8_array_sequence(&parts)?)
}

/// Has the browser save a blob as a file.
pub fn download_blob(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let anchor: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // The browser has taken what it needs once the click is handled, but not before.
    set_timeout(
        move || {
            Url::revoke_object_url(&url).or_warn("letting a download go");
        },
        std::time::Duration::from_secs(60),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn sentences_begin_and_end() {
        assert_eq!(as_sentence("this is text"), "This is text.");
        assert_eq!(as_sentence("Done."), "Done.");
        assert_eq!(as_sentence(""), ".");
    }
}
