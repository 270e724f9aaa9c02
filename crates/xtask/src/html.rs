//! Puts the page together: one HTML file from `www/`, the module, the glue and the sample trace.

use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::{Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};

/// What goes into the page.
pub struct Parts<'a> {
    /// `www/index.html`, with its slots.
    pub index: &'a str,
    /// `www/style.css`.
    pub style: &'a str,
    /// `www/boot.js`.
    pub boot: &'a str,
    /// `www/worker.js`.
    pub worker: &'a str,
    /// What wasm-bindgen wrote.
    pub glue: &'a str,
    /// The module.
    pub wasm: &'a [u8],
    /// The trace for newcomers, and its file name.
    pub sample: Option<(&'a str, &'a [u8])>,
}

/// The page as one HTML file.
pub fn page(parts: &Parts) -> Result<String> {
    let glue = script_text("the glue", parts.glue)?;
    let boot = script_text("www/boot.js", parts.boot)?;
    let worker = script_text("www/worker.js", parts.worker)?;
    let style = parts.style.trim();
    ensure!(
        !style.contains("</style"),
        "www/style.css would end its own element"
    );
    let sample = match parts.sample {
        Some((name, trace)) => data_element("sample", Some(name), trace)?,
        None => data_element("sample", None, &[])?,
    };
    let slots = [
        ("csp", policy(&[&glue, &boot], style)),
        ("style", format!("<style>{style}</style>")),
        ("sample", sample),
        ("bundle", data_element("bundle", None, &[])?),
        ("wasm", data_element("wasm", None, parts.wasm)?),
        (
            "glue",
            format!(
                "<script id=\"glue\">{glue}</script>\n<script type=\"text/plain\" id=\"worker\">{worker}</script>"
            ),
        ),
        ("boot", format!("<script>{boot}</script>")),
    ];
    fill(parts.index, &slots)
}

/// The Content-Security-Policy: these scripts and no others, and no way out of the page.
fn policy(scripts: &[&str], style: &str) -> String {
    let mut hashes = String::new();
    for script in scripts {
        let _ = write!(hashes, "{} ", source_hash(script));
    }
    // Style attributes are allowed, style elements are not: Leptos writes the former.
    format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         script-src {hashes}'wasm-unsafe-eval'; style-src {}; style-src-attr 'unsafe-inline'; \
         worker-src blob:; img-src blob: data:; connect-src 'none'; form-action 'none'; base-uri 'none'\">",
        source_hash(style)
    )
}

fn source_hash(text: &str) -> String {
    format!("'sha256-{}'", BASE64.encode(Sha256::digest(text)))
}

/// An element that the browser neither runs nor shows: bytes as base64 of gzip, or nothing.
fn data_element(id: &str, name: Option<&str>, bytes: &[u8]) -> Result<String> {
    let name = match name {
        Some(name) if name.contains(['"', '&', '<']) => bail!("odd file name {name:?}"),
        Some(name) => format!(" data-name=\"{name}\""),
        None => String::new(),
    };
    let text = if bytes.is_empty() {
        String::new()
    } else {
        BASE64.encode(gzip(bytes)?)
    };
    Ok(format!(
        "<script type=\"application/octet-stream\" id=\"{id}\"{name}>{text}</script>"
    ))
}

/// Compressed as far as it goes.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// A script that may stand inside a script element: nothing in it ends the element.
fn script_text(what: &str, text: &str) -> Result<String> {
    let lower = text.to_ascii_lowercase();
    for trap in ["</script", "<script", "<!--"] {
        ensure!(
            !lower.contains(trap),
            "{what} contains {trap:?}, which HTML would read"
        );
    }
    Ok(text.trim().to_owned())
}

/// Replaces each `<!-- slot: NAME -->`; every slot once, and none left over.
fn fill(index: &str, slots: &[(&str, String)]) -> Result<String> {
    let mut page = String::new();
    let mut rest = index;
    let mut filled = 0;
    while let Some((before, after)) = rest.split_once("<!-- slot: ") {
        let Some((name, after)) = after.split_once(" -->") else {
            bail!("www/index.html has a slot without an end");
        };
        let Some((_, text)) = slots.iter().find(|(slot, _)| *slot == name) else {
            bail!("www/index.html has a slot {name:?}, which nothing fills");
        };
        page += before;
        page += text;
        rest = after;
        filled += 1;
    }
    ensure!(
        filled == slots.len(),
        "www/index.html has {filled} slots instead of {}",
        slots.len()
    );
    page += rest;
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_every_slot_once() {
        let slots = [("a", String::from("1")), ("b", String::from("2"))];
        let page = fill("x<!-- slot: a -->y<!-- slot: b -->z", &slots).unwrap();
        assert_eq!(page, "x1y2z");
        assert!(fill("<!-- slot: a -->", &slots).is_err());
        assert!(fill("<!-- slot: c --><!-- slot: a -->", &slots).is_err());
    }

    #[test]
    fn refuses_a_script_that_ends_its_element() {
        assert!(script_text("it", "a = '</SCRIPT>'").is_err());
        assert!(script_text("it", "a = 1").is_ok());
    }

    #[test]
    fn the_policy_leaves_no_way_out() {
        let policy = policy(&["1"], "a{}");
        assert!(policy.contains("connect-src 'none'") && policy.contains("default-src 'none'"));
        assert!(!policy.contains("http:") && !policy.contains("https:") && !policy.contains('*'));
    }
}
