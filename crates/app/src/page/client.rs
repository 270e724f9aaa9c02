//! The page's end of the wire to the worker: questions out, replies and notices in, and whether anything is under way.

use std::collections::HashMap;

use js_sys::{Array, Object, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ErrorEvent, Event, File, HtmlCanvasElement, MessageEvent, OffscreenCanvas, Worker};

use super::app::{App, Phase, Progress};
use super::painter;
use crate::interop::{self, JsResult as _, Listener};
use crate::protocol::{Answer, Ask, FromWorker, Look, Notice, OpenAsk, OpenLimits, Request};

#[wasm_bindgen]
extern "C" {
    /// A new worker running this very module; `www/boot.js` provides it.
    #[wasm_bindgen(catch, js_name = tracepaneWorker)]
    fn new_worker() -> Result<Worker, JsValue>;
}

/// What to do with a reply.
type Then = Box<dyn FnOnce(Result<Answer, String>)>;

/// The worker, and the questions that it has not answered yet.
#[derive(Default)]
pub struct Client {
    worker: Option<Worker>,
    _listeners: Vec<Listener>,
    /// Whether the worker was given a file: it takes one only.
    used: bool,
    number: u32,
    waiting: HashMap<u32, Then>,
    /// The last question about a file: its number, and its message as it was sent.
    about_file: Option<(u32, Object, File)>,
    /// The number of the last look that was sent.
    looked: u32,
    /// The number of the last look that was painted.
    painted: u32,
    /// Whether hits were told of that no frame has shown yet.
    hits_due: bool,
    /// Whether a look is about to be sent.
    pub look_due: bool,
    /// Whether the view moves on its own.
    pub moving: bool,
    idlers: Vec<Box<dyn FnOnce()>>,
}

impl Client {
    /// The next file needs another worker.
    pub fn set_used(&mut self) {
        self.used = true;
    }

    fn next_number(&mut self) -> u32 {
        // 0 is for questions without a reply.
        self.number = self.number.checked_add(1).unwrap_or(1);
        self.number
    }

    fn is_idle(&self) -> bool {
        let painted = self.looked == self.painted && !self.hits_due;
        self.waiting.is_empty() && !self.look_due && !self.moving && painted
    }
}

impl App {
    /// Makes sure that there is a worker that has not been given a file; ends the one before.
    pub fn fresh_worker(self) {
        if self
            .client
            .with_value(|client| client.used || client.worker.is_none())
        {
            self.start_worker();
        }
        self.client.update_value(|client| client.used = true);
    }

    /// Starts a worker, and ends the one before with all that it was asked.
    pub fn start_worker(self) {
        let started = new_worker().or_sentence();
        let listeners = started.as_ref().map_or(Vec::new(), |worker| {
            vec![
                Listener::new(worker, "message", move |event: MessageEvent| {
                    self.heard(event.data())
                }),
                Listener::new(worker, "error", move |event: ErrorEvent| {
                    event.prevent_default();
                    self.worker_trapped(&event.message(), 0.0);
                }),
                Listener::new(worker, "messageerror", move |_: Event| {
                    self.worker_died("a message was lost");
                }),
            ]
        });
        let message = started.as_ref().err().cloned();
        let old = self.client.try_update_value(|client| {
            let idlers = std::mem::take(&mut client.idlers);
            std::mem::replace(
                client,
                Client {
                    worker: started.ok(),
                    _listeners: listeners,
                    number: client.number,
                    idlers,
                    ..Client::default()
                },
            )
        });
        if let Some(worker) = old.and_then(|client| client.worker.clone()) {
            worker.terminate();
        }
        if let Some(message) = message {
            interop::warn(&format!("starting a worker: {message}"));
        }
        self.check_idle();
    }

    /// Asks, and hands the reply to `then`, unless the worker is replaced before.
    pub fn ask(self, ask: Ask, then: impl FnOnce(Result<Answer, String>) + 'static) {
        self.post(ask, None, Some(Box::new(then)));
    }

    /// Has the worker open a file.
    pub fn ask_to_open(
        self,
        ask: OpenAsk,
        file: &File,
        then: impl FnOnce(Result<Answer, String>) + 'static,
    ) {
        self.post(Ask::Open(ask), Some(file), Some(Box::new(then)));
    }

    /// Asks what a file has.
    pub fn ask_contents(
        self,
        limits: OpenLimits,
        file: &File,
        then: impl FnOnce(Result<Answer, String>) + 'static,
    ) {
        self.post(Ask::Contents(limits), Some(file), Some(Box::new(then)));
    }

    /// Has the worker do once, with a small trace, what it will do with large ones.
    pub fn warm_up_with(self, file: &File) {
        let used = self.client.with_value(|client| client.used);
        if !used {
            let readers = self.limits.get_value().readers;
            self.post(Ask::WarmUp { readers }, Some(file), None);
        }
    }

    /// Tells the worker something that has no reply.
    pub fn tell(self, ask: Ask) {
        self.post(ask, None, None);
    }

    /// Has the worker paint onto a canvas from now on.
    pub fn hand_over(self, canvas: &HtmlCanvasElement, ask: Ask) -> Result<(), JsValue> {
        let canvas: OffscreenCanvas = canvas.transfer_control_to_offscreen()?;
        let request = Request {
            number: 0,
            scope: None,
            ask,
        };
        let message = interop::envelope(&request, None, Some(&canvas))?;
        self.client.with_value(|client| match &client.worker {
            Some(worker) => worker.post_message_with_transfer(&message, &Array::of1(&canvas)),
            None => Err("there is no worker".into()),
        })
    }

    /// Has the worker show something.
    pub fn send_look(self, look: Look) {
        let number = self.client.try_update_value(|client| {
            client.look_due = false;
            client.looked = client.next_number();
            client.looked
        });
        self.send(number.unwrap_or_default(), Ask::Look(look), None);
    }

    fn post(self, ask: Ask, file: Option<&File>, then: Option<Then>) {
        let number = then.map_or(0, |then| {
            let number = self.client.try_update_value(|client| {
                let number = client.next_number();
                client.waiting.insert(number, then);
                number
            });
            number.unwrap_or_default()
        });
        self.send(number, ask, file);
    }

    /// Asks a question about a file once more, with the file's bytes: pages may read it where workers may not.
    fn send_with_bytes(self, number: u32) {
        let asked = self
            .client
            .try_update_value(|client| client.about_file.take())
            .flatten();
        let Some((_, message, file)) = asked.filter(|asked| asked.0 == number) else {
            return;
        };
        spawn_local(async move {
            // If it cannot be read here either, the worker says why.
            let bytes = bytes_of(&file).await.unwrap_or_default();
            let waits = |client: &Client| client.waiting.contains_key(&number);
            // It may have been given up meanwhile.
            if self.client.with_value(waits) {
                let sent = Reflect::set(&message, &"bytes".into(), &bytes)
                    .and_then(|_| self.send_message(&message, &bytes));
                self.unless_sent(number, sent);
            }
        });
    }

    fn send(self, number: u32, ask: Ask, file: Option<&File>) {
        let scope = self.scope.get_untracked();
        let request = Request { number, scope, ask };
        let sent = interop::envelope(&request, file, None).and_then(|message| {
            if let Some(file) = file {
                let asked = (number, message.clone(), file.clone());
                self.client
                    .update_value(|client| client.about_file = Some(asked));
            }
            self.send_message(&message, &Array::new())
        });
        self.unless_sent(number, sent);
    }

    /// Sends a message, and hands these buffers over with it.
    fn send_message(self, message: &Object, buffers: &Array) -> Result<(), JsValue> {
        self.client.with_value(|client| match &client.worker {
            Some(worker) => worker.post_message_with_transfer(message, buffers),
            None => Err("there is no worker".into()),
        })
    }

    /// A question that could not be sent is answered with why.
    fn unless_sent(self, number: u32, sent: Result<(), JsValue>) {
        if let Err(error) = sent {
            self.answered(number, Err(interop::sentence(&error)));
        }
    }

    fn heard(self, message: JsValue) {
        match interop::from_worker(message) {
            Ok(FromWorker::Reply(reply)) => self.answered(reply.number, reply.answer),
            Ok(FromWorker::Notice(notice)) => self.noticed(notice),
            Err(error) => self.worker_died(&interop::sentence(&error)),
        }
        self.check_idle();
    }

    fn answered(self, number: u32, answer: Result<Answer, String>) {
        let then = self
            .client
            .try_update_value(|client| client.waiting.remove(&number))
            .flatten();
        if let Some(then) = then {
            then(answer);
        }
    }

    fn noticed(self, notice: Notice) {
        match notice {
            Notice::Ready => {}
            Notice::BytesWanted { number } => self.send_with_bytes(number),
            Notice::Progress {
                bytes,
                total,
                events,
                step,
            } => self.phase.update(|phase| {
                if let Phase::Opening(progress) = phase {
                    *progress = Progress {
                        bytes,
                        total,
                        events,
                        step,
                    };
                }
            }),
            Notice::Sketch(sketch) => self.sketches.update(|sketches| sketches.push(sketch)),
            Notice::Painted {
                look,
                whole,
                arrows,
                ..
            } => {
                self.client.update_value(|client| {
                    client.painted = look;
                    client.hits_due = false;
                });
                if self.arrows_shown.with_untracked(|shown| *shown != arrows) {
                    self.arrows_shown.set(arrows);
                }
                if whole {
                    self.shows(|shown| shown.timeline = true);
                    self.ask_summary();
                }
            }
            Notice::Rooms { timeline, minimap } => painter::give_rooms(timeline, minimap),
            Notice::Panic { message } => self.worker_died(&message),
            Notice::Trap { message, memory } => self.worker_trapped(&message, memory),
        }
    }

    /// Calls `then` when no question is unanswered and the newest look is painted, with the newest hits.
    pub fn when_idle(self, then: impl FnOnce() + 'static) {
        self.client
            .update_value(|client| client.idlers.push(Box::new(then)));
        self.check_idle();
    }

    /// The worker's next frame shows other hits than the last one, if it paints at all.
    pub fn wait_for_hits(self) {
        self.client
            .update_value(|client| client.hits_due = client.looked != 0);
    }

    /// Tells those who wait for it, if nothing is under way.
    pub fn check_idle(self) {
        let idlers = self.client.try_update_value(|client| {
            if client.is_idle() {
                std::mem::take(&mut client.idlers)
            } else {
                Vec::new()
            }
        });
        for idler in idlers.unwrap_or_default() {
            idler();
        }
    }
}

/// How many bytes of a file are got at once.
const PIECE_BYTES: f64 = 8_388_608.0;

/// All bytes of a file, in buffers one after the other.
async fn bytes_of(file: &File) -> Result<Array, JsValue> {
    let buffers = Array::new();
    let mut at = 0.0;
    while at < file.size() {
        let slice = file.slice_with_f64_and_f64(at, at + PIECE_BYTES)?;
        buffers.push(&JsFuture::from(slice.array_buffer()).await?);
        at += PIECE_BYTES;
    }
    Ok(buffers)
}
