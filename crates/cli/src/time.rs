//! Times as they are typed.

use tracepane_model::Nanos;
use tracepane_model::duration::{self, DurationError};

/// A moment that was typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// Since the trace's start.
    Since(Nanos),
    /// On the trace's own clock, as `Time=` of an event says it.
    Clock(Nanos),
}

impl Moment {
    /// The moment on the clock of a trace that starts at `start`.
    pub fn on_clock(self, start: Nanos) -> Nanos {
        match self {
            Self::Since(nanos) => Nanos(start.0.saturating_add(nanos.0)),
            Self::Clock(nanos) => nanos,
        }
    }
}

/// How moments are typed, for the help.
pub const HELP: &str = "since the trace's start: nanoseconds, or with a unit (12.5ms, 300us, 2s); @TIME is a time as events print it";

/// Reads a moment.
///
/// # Errors
/// A sentence, if it is none.
pub fn moment(text: &str) -> Result<Moment, String> {
    match text.strip_prefix('@') {
        Some(clock) => clock
            .parse()
            .map(|nanos| Moment::Clock(Nanos(nanos)))
            .map_err(|_| "after @ comes a whole number".to_owned()),
        None => duration(text).map(Moment::Since),
    }
}

/// Reads a duration: a number with a unit; nanoseconds without one.
///
/// # Errors
/// A sentence, if it is none.
pub fn duration(text: &str) -> Result<Nanos, String> {
    match duration::parse(text, Some(1)) {
        Ok(nanos) => Ok(Nanos(i64::try_from(nanos).unwrap_or(i64::MAX))),
        Err(DurationError::TooLong) => Ok(Nanos(i64::MAX)),
        Err(_) => Err("a time is a number with ns, us, ms or s".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_known() {
        for (text, nanos) in [
            ("0", 0),
            ("9007199254740993", 9_007_199_254_740_993),
            ("1.5ms", 1_500_000),
            ("2 s", 2_000_000_000),
            ("3us", 3_000),
            ("3µs", 3_000),
            ("7ns", 7),
            ("0.5", 0),
            ("1m30s", 90_000_000_000),
        ] {
            assert_eq!(duration(text), Ok(Nanos(nanos)), "{text}");
        }
        for text in ["", "ms", "-1ms", "NaN", "inf s", "1e400s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn moments_have_two_zeros() {
        let start = Nanos(1_000);
        assert_eq!(moment("5ns").unwrap().on_clock(start), Nanos(1_005));
        assert_eq!(moment("@5").unwrap().on_clock(start), Nanos(5));
        assert!(moment("@x").is_err() && moment("@1ms").is_err());
    }
}
