//! The cases of Go's own suite: a trace in the text form, and what must come of it.

use tracepane_wire::quote::unquote;
use tracepane_wire::text;

/// What reading a case must come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expectation {
    /// No error, and the validator agrees.
    Success,
    /// An error that matches a regular expression of Go.
    Failure(String),
}

/// One case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Case {
    /// What must come of it.
    pub expectation: Expectation,
    /// The trace's bytes.
    pub trace: Vec<u8>,
}

impl Case {
    /// Parses a file of two txtar members: `expect` and `trace`.
    ///
    /// # Errors
    /// A sentence if the file is malformed.
    pub fn parse(file: &str) -> Result<Self, String> {
        let members = txtar(file);
        let [("expect", expect), ("trace", trace)] = members[..] else {
            let names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
            return Err(format!("expect and trace were expected, not {names:?}"));
        };
        let line = expect.lines().next().unwrap_or_default();
        let expectation = match line.split_once(' ').unwrap_or((line, "")) {
            ("SUCCESS", _) => Expectation::Success,
            ("FAILURE", pattern) => unquote(pattern)
                .and_then(|pattern| String::from_utf8(pattern).ok())
                .map(Expectation::Failure)
                .ok_or_else(|| format!("malformed pattern: {pattern}"))?,
            _ => return Err(format!("SUCCESS or FAILURE was expected, not {line:?}")),
        };
        Ok(Self {
            expectation,
            trace: text::encode(trace).map_err(|error| error.to_string())?,
        })
    }
}

/// The members of a txtar archive: names and contents.
fn txtar(file: &str) -> Vec<(&str, &str)> {
    let mut members: Vec<(&str, &str)> = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in file.split_inclusive('\n') {
        let name = line
            .trim_end()
            .strip_prefix("-- ")
            .and_then(|rest| rest.strip_suffix(" --"));
        if let Some(name) = name {
            if let Some(last) = members.last_mut() {
                last.1 = &file[start..at];
            }
            start = at + line.len();
            members.push((name.trim(), ""));
        }
        at += line.len();
    }
    if let Some(last) = members.last_mut() {
        last.1 = &file[start..];
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_members() {
        let case = Case::parse(
            "-- expect --\nFAILURE \"a\\\"b\"\n-- trace --\nTrace Go1.22\nGoDestroy dt=5\n",
        );
        let case = case.expect("well formed");
        assert_eq!(case.expectation, Expectation::Failure("a\"b".into()));
        assert_eq!(case.trace, b"go 1.22 trace\0\0\0\x11\x05");
        assert!(Case::parse("-- trace --\nTrace Go1.22\n").is_err());
    }
}
