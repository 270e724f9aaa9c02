// @ts-check
// The first message brings the module; what comes after it is for worker_main.
"use strict";
self.onmessage = ({ data: { module, script } }) => {
  self.onmessage = null;
  // A worker's workers need a URL of its own making: from file:// each context is an origin to itself.
  let url = "";
  const worker = () => {
    url ||= URL.createObjectURL(script);
    const made = new Worker(url, { name: "tracepane" });
    made.postMessage({ module, script });
    return made;
  };
  Object.assign(globalThis, { tracepaneWorker: worker });
  wasm_bindgen.initSync({ module });
  wasm_bindgen.worker_main();
};
