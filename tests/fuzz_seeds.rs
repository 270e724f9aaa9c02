//! The 17 inputs of Go's fuzz corpus: neither strict nor lenient reading panics or runs away.

use libtest_mimic::{Arguments, Failed, Trial};
use tracepane_testkit::{Validator, data};
use tracepane_tests::{read_leniently, read_strictly};
use tracepane_wire::dump::Dump;

fn main() {
    let paths = data::files("go/fuzz", "");
    assert_eq!(paths.len(), 17, "inputs");
    let trials = paths
        .into_iter()
        .map(|path| {
            let name = path.trim_start_matches("go/fuzz/").to_string();
            Trial::test(name, move || check(&path).map_err(Failed::from))
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn check(path: &str) -> Result<(), String> {
    let trace = data::fuzz_input(path);
    let version = data::version(&trace).ok_or("no header")?;
    let mut validator = Validator::new(version);
    let strict = read_strictly(&trace, &mut validator);
    let mut lines = 0;
    let lenient = read_leniently(&trace, &mut Dump::new(|_: &str| lines += 1));
    if let (Ok(_), Err(error)) = (&strict, &lenient) {
        return Err(format!("only lenient reading refuses it: {error}"));
    }
    // Each input is at most 291 bytes long.
    if lines > 1_000 {
        return Err(format!("{lines} events from {} bytes", trace.len()));
    }
    Ok(())
}
