//! `cargo xtask serve`: builds the page and serves it on loopback, with the standard library alone.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::build;
use crate::toolchain::Toolchain;

/// One line for the list of commands.
pub const HELP: &str = "builds the page and serves it on loopback  [--open] [--port N]";

/// Where the page is unless told otherwise; the next free port is taken when this one is not.
const PORT: u16 = 8181;

/// The command. It runs until it is stopped.
pub fn run(words: &[String]) -> Result<()> {
    let (mut open, mut port) = (false, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--open" => open = true,
            "--port" => {
                let number = words.next().context("--port needs a number")?;
                port = Some(
                    number
                        .parse()
                        .with_context(|| format!("not a port: {number}"))?,
                );
            }
            _ => bail!("unknown option {word:?}"),
        }
    }
    let page = build::page(&Toolchain::find()?)?;
    let listener = listen(port)?;
    let address = format!("http://{}/", listener.local_addr()?);
    println!("{address}");
    if open && !opened(&address) {
        eprintln!("no browser could be opened; the address is above");
    }
    for stream in listener.incoming().flatten() {
        let page = page.clone();
        std::thread::spawn(move || {
            if let Err(error) = answer(stream, &page) {
                eprintln!("a request failed: {error}");
            }
        });
    }
    Ok(())
}

fn listen(port: Option<u16>) -> Result<TcpListener> {
    match port {
        Some(port) => TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("cannot listen on port {port}")),
        None => (PORT..PORT + 20)
            .find_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok())
            .context("no free port; name one with --port"),
    }
}

/// Answers one request: the page for `/` and `/tracepane.html`, and nothing else. The file is read anew each time.
fn answer(mut stream: TcpStream, page: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for header in lines.by_ref() {
        if header?.is_empty() {
            break;
        }
    }
    let (status, kind, body) = match route(&request) {
        Route::Page | Route::Head => (
            "200 OK",
            "text/html; charset=utf-8",
            std::fs::read(PathBuf::from(page))?,
        ),
        Route::Missing => (
            "404 Not Found",
            "text/plain; charset=utf-8",
            b"The page is at /\n".to_vec(),
        ),
        Route::Refused => (
            "405 Method Not Allowed",
            "text/plain; charset=utf-8",
            b"GET and HEAD only\n".to_vec(),
        ),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
         x-content-type-options: nosniff\r\nconnection: close\r\n\r\n",
        body.len()
    )?;
    if !matches!(route(&request), Route::Head) {
        stream.write_all(&body)?;
    }
    stream.flush()
}

#[derive(Debug, PartialEq)]
enum Route {
    Page,
    Head,
    Missing,
    Refused,
}

/// What a request line asks for.
fn route(request: &str) -> Route {
    let mut words = request.split(' ');
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let known = matches!(path, "/" | "/index.html" | "/tracepane.html");
    match (method, known) {
        ("GET", true) => Route::Page,
        ("HEAD", true) => Route::Head,
        ("GET" | "HEAD", false) => Route::Missing,
        _ => Route::Refused,
    }
}

/// Asks the system to show an address.
fn opened(address: &str) -> bool {
    let programs: &[&[&str]] = if cfg!(target_os = "windows") {
        &[&["cmd", "/C", "start"]]
    } else if cfg!(target_os = "macos") {
        &[&["open"]]
    } else {
        &[&["xdg-open"], &["sensible-browser"]]
    };
    programs.iter().any(|words| {
        Command::new(words[0])
            .args(&words[1..])
            .arg(address)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serves_the_page_and_nothing_else() {
        assert_eq!(route("GET / HTTP/1.1"), Route::Page);
        assert_eq!(route("GET /tracepane.html?x=1 HTTP/1.1"), Route::Page);
        assert_eq!(route("HEAD / HTTP/1.1"), Route::Head);
        assert_eq!(route("GET /../Cargo.toml HTTP/1.1"), Route::Missing);
        assert_eq!(route("POST / HTTP/1.1"), Route::Refused);
        assert_eq!(route(""), Route::Refused);
    }
}
