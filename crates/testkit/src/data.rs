//! The files of `testdata/`.

use std::fs;
use std::path::{Path, PathBuf};

/// The directory `testdata` of this repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

/// The bytes of a file, by its path under `testdata`.
///
/// # Panics
/// If it cannot be read.
pub fn read(path: impl AsRef<Path>) -> Vec<u8> {
    let path = root().join(path);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text of a file, by its path under `testdata`.
///
/// # Panics
/// If it cannot be read or is no UTF-8.
pub fn text(path: impl AsRef<Path>) -> String {
    String::from_utf8(read(path)).expect("a text file of testdata is UTF-8")
}

/// The files of a directory under `testdata` whose names end in `suffix`: their paths under `testdata`, sorted.
/// Empty if there is no such directory.
pub fn files(directory: &str, suffix: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join(directory)) else {
        return Vec::new();
    };
    let mut paths: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(suffix))
        .map(|name| format!("{directory}/{name}"))
        .collect();
    paths.sort();
    paths
}

/// Every trace of the corpus: paths under `testdata`, sorted.
pub fn corpus() -> Vec<String> {
    files("corpus", ".trace")
}

/// The header version of a trace (`go 1.NN trace`), or `None` if it is no trace.
pub fn version(trace: &[u8]) -> Option<u8> {
    let minor = trace.strip_prefix(b"go 1.")?.get(..2)?;
    std::str::from_utf8(minor).ok()?.parse().ok()
}

/// The input in a file of `go test`'s fuzz corpus: `go test fuzz v1`, then one `[]byte("…")`.
///
/// # Panics
/// If the file is anything else.
pub fn fuzz_input(path: &str) -> Vec<u8> {
    let text = text(path);
    let literal = text
        .strip_prefix("go test fuzz v1\n[]byte(")
        .and_then(|rest| rest.trim_end().strip_suffix(')'));
    literal
        .and_then(tracepane_wire::quote::unquote)
        .unwrap_or_else(|| panic!("{path}: not one []byte of a fuzz corpus"))
}
