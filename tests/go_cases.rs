//! The 22 cases of Go's `internal/trace/testdata/tests`: strict reading succeeds or fails as Go's reader does, and what
//! succeeds pleases the validator too. Reading leniently never fails and never loses an event of a sound trace.

use libtest_mimic::{Arguments, Failed, Trial};
use tracepane_testkit::{Case, Expectation, Validator, data};
use tracepane_tests::{read_leniently, read_strictly};

fn main() {
    let paths = data::files("go/cases", ".test");
    assert_eq!(paths.len(), 22, "cases");
    let trials = paths
        .into_iter()
        .map(|path| {
            let name = path.trim_start_matches("go/cases/").to_string();
            Trial::test(name, move || check(&path).map_err(Failed::from))
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn check(path: &str) -> Result<(), String> {
    let case = Case::parse(&data::text(path))?;
    let version = data::version(&case.trace).ok_or("no header")?;
    let mut validator = Validator::new(version);
    let strict = read_strictly(&case.trace, &mut validator);
    if !validator.errors().is_empty() {
        return Err(validator.errors().join("\n"));
    }
    let mut lenient_validator = Validator::new(version);
    let lenient = read_leniently(&case.trace, &mut lenient_validator)
        .map_err(|error| format!("lenient: {error}"))?;
    match (case.expectation, strict) {
        (Expectation::Success, Ok(report)) => {
            if report != lenient || !report.slips.is_empty() || !report.losses.is_empty() {
                return Err(format!("{report:#?}\nis not the empty\n{lenient:#?}"));
            }
            if validator.events() != lenient_validator.events() {
                return Err("strict and lenient reading see other events".into());
            }
            Ok(())
        }
        (Expectation::Success, Err(error)) => Err(format!("unexpected error: {error}")),
        (Expectation::Failure(pattern), Ok(_)) => Err(format!("no error like {pattern:?}")),
        (Expectation::Failure(pattern), Err(error)) => {
            if lenient.slips.is_empty() && lenient.losses.is_empty() {
                return Err("the lenient report says nothing of it".into());
            }
            // The patterns of the cases are one text within anything.
            let text = pattern.trim_start_matches(".*").trim_end_matches(".*");
            if error.to_string().contains(text) {
                Ok(())
            } else {
                Err(format!("want an error like {pattern:?}, got: {error}"))
            }
        }
    }
}
