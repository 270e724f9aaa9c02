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
  wasm_bindgen.initSync({ module });
  role === "reader" ? wasm_bindgen.reader_main() : wasm_bindgen.worker_main();
};
