// @ts-check
// The first message brings the module and the role; what comes after it is for worker_main or reader_main.
"use strict";
self.onmessage = ({ data: { module, script, role } }) => {
  self.onmessage = null;
  // A worker's workers need a URL of its own making: from file:// each context is an origin to itself.
  let url = "";
  /** @param {string} [role] */
  const worker = (role = "worker") => {
    url ||= URL.createObjectURL(script);
    const made = new Worker(url, { name: "tracepane" });
    made.postMessage({ module, script, role });
    return made;
  };
  Object.assign(globalThis, { tracepaneWorker: worker });
  const { memory } = wasm_bindgen.initSync({ module });
  if (role === "reader") return wasm_bindgen.reader_main();
  // Wasm that trapped can say nothing any more, and where no memory is left Rust traps without a word.
  /** @param {Event & { error?: unknown, reason?: unknown }} event */
  const trapped = (event) => {
    event.preventDefault();
    const error = event.error ?? event.reason;
    // What has no error came from a reader that nobody listens to any more.
    if (error) self.postMessage({ Notice: { Trap: { message: String(error), memory: memory.buffer.byteLength } } });
  };
  self.addEventListener("error", trapped);
  self.addEventListener("unhandledrejection", trapped);
  wasm_bindgen.worker_main();
};
