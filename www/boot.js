// @ts-check
// Starts the page: compiles the module once, runs it here as the page, and makes workers that run it too. See www/README.md.
"use strict";
(() => {
  const CHUNK = 1 << 20; // characters of base64 decoded at once; a multiple of four
  /** @param {string} id */
  const text = (id) => document.getElementById(id)?.textContent ?? "";

  /** The bytes of a slot (base64 of gzip), unpacked as they are read. @param {string} id */
  function unpack(id) {
    const base64 = text(id).trim();
    const parts = [];
    for (let at = 0; at < base64.length; at += CHUNK) {
      parts.push(Uint8Array.from(atob(base64.slice(at, at + CHUNK)), (char) => char.charCodeAt(0)));
    }
    return new Blob(parts).stream().pipeThrough(new DecompressionStream("gzip"));
  }

  /** The trace inside this page as a File, or null: "bundle" is what was shared, "sample" is for newcomers. @param {string} id */
  async function embedded(id) {
    const slot = document.getElementById(id);
    if (!slot?.textContent) return null;
    return new File([await new Response(unpack(id)).blob()], slot.dataset.name ?? id);
  }

  async function start() {
    const wasm = new Response(unpack("wasm"), { headers: { "content-type": "application/wasm" } });
    const module = await WebAssembly.compileStreaming(wasm);
    const script = new Blob([text("glue"), text("worker")], { type: "text/javascript" });
    const url = URL.createObjectURL(script);
    const worker = () => {
      const made = new Worker(url, { name: "tracepane" });
      made.postMessage({ module, script });
      return made;
    };
    Object.assign(globalThis, { tracepaneWorker: worker, tracepaneEmbedded: embedded });
    await wasm_bindgen({ module_or_path: module });
    wasm_bindgen.page_main();
  }

  const status = /** @type {HTMLElement} */ (document.getElementById("boot"));
  start().then(
    () => status.remove(),
    (error) => {
      console.error(error);
      status.setAttribute("role", "alert");
      const old = !globalThis.WebAssembly || !globalThis.DecompressionStream || error instanceof WebAssembly.CompileError;
      status.textContent = old
        ? "Tracepane cannot start in this browser: it needs WebAssembly with SIMD and DecompressionStream. Chrome or Edge 91, Firefox 113, Safari 16.4 and newer have both."
        : `Tracepane could not start: ${error}`;
    },
  );
})();
