//! What the worker knows, and how it answers each question.

use web_sys::{File, OffscreenCanvas};

use super::port::Port;
use crate::protocol::{Ask, Request};

/// The worker's state.
pub struct Session {
    port: Port,
    frame_wanted: bool,
}

impl Session {
    /// A session without a trace.
    pub fn new(port: Port) -> Self {
        Self {
            port,
            frame_wanted: false,
        }
    }

    /// Answers one question.
    pub fn answer(
        &mut self,
        request: Request,
        _file: Option<File>,
        _canvas: Option<OffscreenCanvas>,
    ) {
        let Request { number, ask } = request;
        if !matches!(ask, Ask::Attach | Ask::Resize { .. } | Ask::Look(_)) {
            self.port.reply(number, Err("no trace is open".to_string()));
        }
    }

    /// Whether a frame should be asked for, once.
    pub fn take_frame_wish(&mut self) -> bool {
        std::mem::take(&mut self.frame_wanted)
    }

    /// Paints a frame.
    pub fn paint(&mut self) {}
}
