// @ts-check
// Starts the page: compiles the module once, runs it here as the page, and makes workers that run it too. See www/README.md.
"use strict";
(() => {
  const CHUNK = 1 << 20; // characters of base64 decoded at once; a multiple of four
  /** @param {string} id */
  const text = (id) => document.getElementById(id)?.textContent ?? "";

  /** @param {string} base64 */
  function bytes(base64) {
    const characters = atob(base64);
    const decoded = new Uint8Array(characters.length);
    for (let at = 0; at < decoded.length; at++) decoded[at] = characters.charCodeAt(at);
    return decoded;
  }

  /** The bytes inside elements, one after another: base64, decoded and unpacked as they are read. @param {Element[]} elements @param {string | undefined} encoding */
  function unpack(elements, encoding) {
    let [element, base64, at] = [0, "", 0];
    const stored = new ReadableStream({
      pull(reader) {
        while (at >= base64.length) {
          if (element === elements.length) return reader.close();
          base64 = (elements[element++].textContent ?? "").trim();
          at = 0;
        }
        reader.enqueue(bytes(base64.slice(at, (at += CHUNK))));
      },
    });
    return encoding === "gzip" ? stored.pipeThrough(new DecompressionStream("gzip")) : stored;
  }

  /** Each is unpacked once. @type {Map<string, Promise<File | null>>} */
  const files = new Map();

  /** The trace inside this page as a File, or null: "bundle" is what was shared, "sample" is for newcomers. @param {string} id */
  function embedded(id) {
    const known = files.get(id) ?? extract(id);
    files.set(id, known);
    return known;
  }

  /** @param {string} id */
  async function extract(id) {
    const slot = document.getElementById(id);
    const scripts = slot instanceof HTMLScriptElement ? [slot] : [...(slot?.querySelectorAll("script") ?? [])];
    const first = scripts.findIndex((script) => script === slot || script.dataset.part === "trace");
    if (first < 0 || (scripts[first] === slot && !slot.textContent)) return null;
    let end = first + 1;
    while (scripts[end]?.dataset.more !== undefined) end++;
    const part = scripts.slice(first, end);
    const { encoding, name } = part[0].dataset;
    const blob = await new Response(unpack(part, encoding)).blob();
    // A shared trace is large, and now it is here twice.
    if (id === "bundle") for (const script of part) script.textContent = "";
    return new File([blob], name ?? id);
  }

  async function start() {
    const wasm = new Response(unpack([/** @type {Element} */ (document.getElementById("wasm"))], "gzip"), {
      headers: { "content-type": "application/wasm" },
    });
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
        ? "Tracepane cannot start in this browser: it needs WebAssembly with SIMD and DecompressionStream. Chrome or Edge 96, Firefox 113, Safari 16.4 and newer have both."
        : `Tracepane could not start: ${error}`;
    },
  );
})();
