//! The worker: owns the trace, answers the page's questions, and paints the timeline.
//!
//! It takes one message at a time and never waits; opening a trace is one long answer, which the page ends, if it
//! must, by ending the worker.

mod beginning;
mod buffers;
mod details;
mod distribution;
mod events;
mod file;
mod filters;
mod find;
mod gc;
mod goroutine;
mod goroutine_lists;
mod in_scope;
mod indexing;
mod jumps;
mod lane_layout;
mod lanes;
mod leveling;
mod minimap;
mod need;
mod opened;
mod opening;
mod paint;
mod port;
mod range;
pub mod reader;
mod readers;
mod rehearsal;
mod scheduler;
mod scopes;
mod session;
mod share;
mod stream;
mod strip;
mod summary;
mod tables;
mod task;
mod timekeeping;
mod trace_file;
mod user_details;
mod waiting;
mod words;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, MessageEvent, OffscreenCanvas};

use crate::protocol::{Notice, Request};
use port::{Port, Soon};
use readers::Hear;
use session::Session;
use trace_file::{TraceFile, can_be_read};

/// Starts the worker.
///
/// # Errors
/// What the browser refuses at start.
pub fn start() -> Result<(), JsValue> {
    let port = Port::of_this_worker();
    announce_panics(|message| Port::of_this_worker().notice(Notice::Panic { message }));
    let readers: Rc<OnceCell<Hear>> = Rc::default();
    let hear: Hear = {
        let readers = Rc::clone(&readers);
        Rc::new(move |heard| {
            if let Some(hear) = readers.get() {
                hear(heard);
            }
        })
    };
    let session = Rc::new(RefCell::new(Session::new(port.clone(), hear)));
    let frame = Rc::new(frame_callback(&session, &port));
    {
        let (session, frame) = (Rc::clone(&session), Rc::clone(&frame));
        // Set once, right here.
        let _ = readers.set(Rc::new(move |heard| {
            let wants_frame = {
                let mut session = session.borrow_mut();
                session.hear(heard);
                session.take_frame_wish()
            };
            if wants_frame {
                frame();
            }
        }));
    }
    let watch = watch_callback(&session, &port, Rc::clone(&frame));
    let turn = turn_callback(&session, Rc::clone(&frame))?;
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let data = event.data();
        let field = |name: &str| js_sys::Reflect::get(&data, &JsValue::from_str(name)).ok();
        let request = field("ask").map(serde_wasm_bindgen::from_value::<Request>);
        let Some(Ok(request)) = request else {
            // Page and worker are one build: this cannot be met but by a fault of ours.
            port.notice(Notice::Panic {
                message: "the worker got a message that it does not understand".into(),
            });
            return;
        };
        let file = field("file").and_then(|value| value.dyn_into::<File>().ok());
        let bytes = field("bytes").and_then(|value| value.dyn_into::<Array>().ok());
        let file = match (file, bytes) {
            (Some(file), Some(bytes)) => Some(TraceFile::with(file, &bytes)),
            (Some(file), None) if !can_be_read(&file) => {
                // What is only to be rehearsed has no number, and is let be.
                if request.number > 0 {
                    port.notice(Notice::BytesWanted {
                        number: request.number,
                    });
                }
                return;
            }
            (file, _) => file.map(TraceFile::from),
        };
        let canvas = field("canvas").and_then(|value| value.dyn_into::<OffscreenCanvas>().ok());
        let (wants_frame, searching, reading) = {
            let mut session = session.borrow_mut();
            session.answer(request, file, canvas);
            let reading = session.heard_of_readers().is_some();
            (session.take_frame_wish(), session.is_searching(), reading)
        };
        if reading {
            watch();
        }
        if wants_frame {
            frame();
        }
        if searching {
            turn();
        }
    });
    let scope = Port::of_this_worker();
    scope.listen(listener.as_ref().unchecked_ref());
    listener.forget();
    scope.notice(Notice::Ready);
    Ok(())
}

/// Something that asks the browser for one animation frame, in which the session paints; and for one more if that left
/// something to paint.
fn frame_callback(session: &Rc<RefCell<Session>>, port: &Port) -> impl Fn() + Clone + 'static {
    let paint: Rc<OnceCell<Closure<dyn FnMut()>>> = Rc::default();
    let frame = {
        let (paint, port) = (Rc::clone(&paint), port.clone());
        move || {
            if let Some(paint) = paint.get() {
                port.request_frame(paint.as_ref().unchecked_ref());
            }
        }
    };
    let (session, again) = (Rc::clone(session), frame.clone());
    // Set once, right here.
    let _ = paint.set(Closure::new(move || {
        let wants_frame = {
            let mut session = session.borrow_mut();
            session.paint();
            session.take_frame_wish()
        };
        if wants_frame {
            again();
        }
    }));
    frame
}

/// Something that gives a search its next turn, after the messages that have come meanwhile.
fn turn_callback(
    session: &Rc<RefCell<Session>>,
    frame: Rc<impl Fn() + 'static>,
) -> Result<impl Fn() + Clone + 'static, JsValue> {
    let waiting = Rc::new(Cell::new(false));
    let soon: Rc<OnceCell<Soon>> = Rc::default();
    let turn = {
        let (waiting, soon) = (Rc::clone(&waiting), Rc::clone(&soon));
        move || {
            if let Some(soon) = soon.get()
                && !waiting.replace(true)
            {
                soon.call();
            }
        }
    };
    let (session, again) = (Rc::clone(session), turn.clone());
    let closure = Closure::<dyn FnMut()>::new(move || {
        waiting.set(false);
        let (wants_frame, searching) = {
            let mut session = session.borrow_mut();
            session.go_on();
            (session.take_frame_wish(), session.is_searching())
        };
        if wants_frame {
            frame();
        }
        if searching {
            again();
        }
    });
    // Set once, right here.
    let _ = soon.set(Soon::new(&closure.into_js_value().unchecked_into())?);
    Ok(turn)
}

/// Something that watches the readers for as long as there are any: if they are silent for [`PATIENCE`], the file is read
/// without them. Each says when it has read a generation, so that they are never so long without a word.
fn watch_callback(
    session: &Rc<RefCell<Session>>,
    port: &Port,
    frame: Rc<impl Fn() + 'static>,
) -> impl Fn() + Clone + 'static {
    let closure: Rc<OnceCell<Closure<dyn FnMut()>>> = Rc::default();
    let running = Rc::new(Cell::new(false));
    let watch = {
        let (closure, port, running) = (Rc::clone(&closure), port.clone(), Rc::clone(&running));
        move || {
            if let Some(closure) = closure.get()
                && !running.replace(true)
            {
                port.call_later(closure.as_ref().unchecked_ref(), PATIENCE);
            }
        }
    };
    let (session, again) = (Rc::clone(session), watch.clone());
    let before = Cell::new(None);
    // Set once, right here.
    let _ = closure.set(Closure::new(move || {
        running.set(false);
        let wants_frame = {
            let mut session = session.borrow_mut();
            let now = session.heard_of_readers();
            if now.is_some() && before.replace(now) == now {
                session.give_readers_up();
            }
            session.take_frame_wish()
        };
        let reading = session.borrow().heard_of_readers().is_some();
        if wants_frame {
            frame();
        }
        match reading {
            true => again(),
            false => before.set(None),
        }
    }));
    watch
}

/// How long readers may be silent, ms.
const PATIENCE: i32 = 30_000;

/// A panic ends the worker: `tell` says so in words before it does.
fn announce_panics(tell: fn(String)) {
    std::panic::set_hook(Box::new(move |info| {
        console_error_panic_hook::hook(info);
        tell(info.to_string());
    }));
}
