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
    /// The parts of `www/style`.
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
        "the style would end its own element"
    );
    let sample = match parts.sample {
        Some((name, trace)) => data_element("sample", Some(name), trace)?,
        None => data_element("sample", None, &[])?,
    };
    let pieces = fill(
        parts.index,
        &[
            ("csp", vec![Piece::Plain(policy(&[&glue, &boot], style))]),
            (
                "style",
                element("<style id=\"style\">", style.into(), "style"),
            ),
            ("sample", sample),
            ("wasm", data_element("wasm", None, parts.wasm)?),
            ("glue", element("<script id=\"glue\">", glue, "glue")),
            (
                "worker",
                element(
                    "<script type=\"text/plain\" id=\"worker\">",
                    worker,
                    "worker",
                ),
            ),
            (
                "source",
                element(
                    "<script type=\"text/plain\" id=\"source\">",
                    String::new(),
                    "source",
                ),
            ),
            ("boot", element("<script id=\"start\">", boot, "start")),
        ],
    )?;
    let pieces = set_bundle_apart(pieces)?;
    let source = source(&pieces);
    Ok(pieces
        .iter()
        .map(|piece| match piece {
            Piece::Content { id: "source", .. } => source.as_str(),
            Piece::Plain(text) | Piece::Content { text, .. } => text,
        })
        .collect())
}

/// A part of the page's text.
#[derive(Clone, Debug)]
enum Piece {
    /// Markup.
    Plain(String),
    /// What stands inside the element with this id: a page that runs finds it there, unchanged.
    Content { id: &'static str, text: String },
}

/// An element with text in it.
fn element(opening: &str, text: String, id: &'static str) -> Vec<Piece> {
    let tag = opening.trim_start_matches('<').split([' ', '>']).next();
    let closing = format!("</{}>", tag.unwrap_or_default());
    vec![
        Piece::Plain(opening.into()),
        Piece::Content { id, text },
        Piece::Plain(closing),
    ]
}

/// The slot for a shared trace: `crates/bundle` knows it by this text, and replaces it as a whole.
const BUNDLE: &str = "<div id=\"bundle\" hidden></div>";

/// Makes the bundle's slot a piece of its own.
fn set_bundle_apart(pieces: Vec<Piece>) -> Result<Vec<Piece>> {
    let mut apart = Vec::new();
    let mut found = 0;
    for piece in pieces {
        match piece {
            Piece::Plain(text) => {
                for (i, part) in text.split(BUNDLE).enumerate() {
                    if i > 0 {
                        found += 1;
                        apart.push(Piece::Content {
                            id: "bundle",
                            text: BUNDLE.into(),
                        });
                    }
                    apart.push(Piece::Plain(part.into()));
                }
            }
            content @ Piece::Content { .. } => apart.push(content),
        }
    }
    ensure!(
        found == 1,
        "www/index.html has {found} places for a bundle: `{BUNDLE}`"
    );
    Ok(apart)
}

/// What a running page needs in order to write itself anew: JSON, an array of markup and ids in turn. At each id stands
/// what the element with this id has inside. Nothing in it looks like markup.
fn source(pieces: &[Piece]) -> String {
    let mut parts = vec![String::new()];
    for piece in pieces {
        match (piece, parts.last_mut()) {
            (Piece::Plain(text), Some(last)) => last.push_str(text),
            (Piece::Plain(text), None) => parts.push(text.clone()),
            (Piece::Content { id, .. }, _) => parts.extend([(*id).to_owned(), String::new()]),
        }
    }
    let strings: Vec<String> = parts.iter().map(|part| json_string(part)).collect();
    format!("[{}]", strings.join(","))
}

fn json_string(text: &str) -> String {
    let mut json = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '<' | '>' | '&' | '\0'..='\x1f' => {
                let _ = write!(json, "\\u{:04x}", u32::from(character));
            }
            _ => json.push(character),
        }
    }
    json.push('"');
    json
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

/// From so many bytes on it is worth some seconds to make them as small as gzip can.
const LARGE: usize = 1 << 20;

/// An element that the browser neither runs nor shows: bytes as base64 of gzip, or nothing.
fn data_element(id: &'static str, name: Option<&str>, bytes: &[u8]) -> Result<Vec<Piece>> {
    let name = match name {
        Some(name) if name.contains(['"', '&', '<']) => bail!("odd file name {name:?}"),
        Some(name) => format!(" data-name=\"{name}\""),
        None => String::new(),
    };
    let text = if bytes.is_empty() {
        String::new()
    } else {
        BASE64.encode(match bytes.len() {
            LARGE.. => gzip_slowly(bytes)?,
            _ => gzip(bytes)?,
        })
    };
    Ok(element(
        &format!(
            "<script type=\"application/octet-stream\" id=\"{id}\" data-encoding=\"gzip\"{name}>"
        ),
        text,
        id,
    ))
}

/// Compressed as far as it goes.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// The same as small as can be: some percent smaller, a hundred times slower.
fn gzip_slowly(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let options = zopfli::Options {
        iteration_count: ITERATIONS,
        ..zopfli::Options::default()
    };
    zopfli::compress(options, zopfli::Format::Gzip, bytes, &mut packed)?;
    Ok(packed)
}

/// How often [`gzip_slowly`] tries again: more gains next to nothing.
const ITERATIONS: std::num::NonZeroU64 = std::num::NonZeroU64::new(3).unwrap();

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
fn fill(index: &str, slots: &[(&str, Vec<Piece>)]) -> Result<Vec<Piece>> {
    let mut page = Vec::new();
    let mut rest = index;
    let mut filled = 0;
    while let Some((before, after)) = rest.split_once("<!-- slot: ") {
        let Some((name, after)) = after.split_once(" -->") else {
            bail!("www/index.html has a slot without an end");
        };
        let Some((_, pieces)) = slots.iter().find(|(slot, _)| *slot == name) else {
            bail!("www/index.html has a slot {name:?}, which nothing fills");
        };
        page.push(Piece::Plain(before.into()));
        page.extend_from_slice(pieces);
        rest = after;
        filled += 1;
    }
    ensure!(
        filled == slots.len(),
        "www/index.html has {filled} slots instead of {}",
        slots.len()
    );
    page.push(Piece::Plain(rest.into()));
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pieces: &[Piece]) -> String {
        let text = pieces.iter().map(|piece| match piece {
            Piece::Plain(text) | Piece::Content { text, .. } => text.as_str(),
        });
        text.collect()
    }

    const INDEX: &str = "<p>\"ä\" &amp;</p>\n<!-- slot: csp --><!-- slot: style -->\n<!-- slot: sample -->\n\
        <div id=\"bundle\" hidden></div>\n<!-- slot: wasm --><!-- slot: glue --><!-- slot: worker -->\n\
        <!-- slot: source -->\n<!-- slot: boot --></html>\n";

    fn small_page(index: &str) -> Result<String> {
        page(&Parts {
            index,
            style: "a{}",
            boot: "'boot'",
            worker: "'worker'",
            glue: "'glue'",
            wasm: b"wasm",
            sample: Some(("sample.trace", b"trace")),
        })
    }

    /// What stands inside the element with this id.
    fn inside<'a>(page: &'a str, id: &str) -> &'a str {
        let (_, rest) = page.split_once(&format!("id=\"{id}\"")).unwrap();
        let (_, rest) = rest.split_once('>').unwrap();
        rest.split_once("</").unwrap().0
    }

    #[test]
    fn a_page_can_be_written_anew_from_its_source() {
        let page = small_page(INDEX).unwrap();
        let source = inside(&page, "source");
        assert!(!source.contains(['<', '>', '&', '\n']), "{source}");
        // Enough of JSON for what stands there.
        let unescaped = source
            .replace("\\u003c", "<")
            .replace("\\u003e", ">")
            .replace("\\u0026", "&")
            .replace("\\u000a", "\n")
            .replace("\\\"", "\u{1}");
        let strings = unescaped
            .strip_prefix("[\"")
            .unwrap()
            .strip_suffix("\"]")
            .unwrap();
        let parts: Vec<String> = strings
            .split("\",\"")
            .map(|part| part.replace('\u{1}', "\""))
            .collect();
        let ids: Vec<&str> = parts
            .iter()
            .skip(1)
            .step_by(2)
            .map(String::as_str)
            .collect();
        assert_eq!(
            ids,
            [
                "style", "sample", "bundle", "wasm", "glue", "worker", "source", "start"
            ]
        );
        let mut anew = String::new();
        for (i, part) in parts.iter().enumerate() {
            match (i % 2, part.as_str()) {
                (0, markup) => anew += markup,
                (_, "bundle") => anew += BUNDLE,
                (_, id) => anew += inside(&page, id),
            }
        }
        assert_eq!(anew, page);
    }

    #[test]
    fn a_page_has_one_place_for_a_bundle() {
        assert!(small_page(&INDEX.replace(BUNDLE, "")).is_err());
        assert!(small_page(&INDEX.replace(BUNDLE, &BUNDLE.repeat(2))).is_err());
    }

    #[test]
    fn fills_every_slot_once() {
        let slots = ["1", "2"].map(|text| vec![Piece::Plain(text.into())]);
        let [a, b] = slots;
        let slots = [("a", a), ("b", b)];
        let page = fill("x<!-- slot: a -->y<!-- slot: b -->z", &slots).unwrap();
        assert_eq!(text(&page), "x1y2z");
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
