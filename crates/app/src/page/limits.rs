//! What opening a trace may use of this machine.

use js_sys::Reflect;
use leptos::prelude::window;

use crate::protocol::OpenLimits;

/// Files below this are read by one worker, bytes: starting others takes longer than they save.
const LEAST_BYTES: f64 = 6e6;

/// More readers than this only wait for each other's bytes.
const MOST_READERS: f64 = 8.0;

/// What wasm's 4 GiB leave for a trace: some is for frames, tables and answers.
const WASM_BYTES: f64 = 3.95e9;

/// How much of the machine's memory a trace may have, and its readers with it: the browser has some 300 MB without any.
const MEMORY_SHARE: f64 = 0.5;

/// What the browser says of this machine.
pub fn usual() -> OpenLimits {
    let navigator = window().navigator();
    let processors = navigator.hardware_concurrency();
    // Chromium only, in GiB; others do not say, and few machines have less than wasm can have.
    let memory = Reflect::get(&navigator, &"deviceMemory".into())
        .ok()
        .and_then(|memory| memory.as_f64());
    let machine = memory.map_or(f64::MAX, |gibibytes| {
        gibibytes * f64::from(1 << 30) * MEMORY_SHARE
    });
    OpenLimits {
        // On one processor they only take turns.
        readers: match processors {
            more if more >= 2.0 => more.min(MOST_READERS) as u32,
            _ => 0,
        },
        least_bytes: LEAST_BYTES,
        memory: machine.min(WASM_BYTES),
        machine,
    }
}
