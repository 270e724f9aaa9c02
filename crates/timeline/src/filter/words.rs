//! The words of a filter: text → [`Word`]s. Every text is a filter.

use tracepane_model::{SpanState, duration};

use crate::class::Class;

/// A word.
#[derive(Clone, PartialEq, Debug)]
pub enum Word {
    /// A part of a group's name or of a label, in small letters; or a goroutine's number.
    Text {
        /// The text.
        text: String,
        /// The number, for `17` and `g17`.
        id: Option<i64>,
    },
    /// `g:17`: a goroutine.
    Goroutine(i64),
    /// `group:main.worker`: all that was started with just this function, in small letters.
    Group(String),
    /// `fn:net/http`: a part of a function's name, in small letters, anywhere in a stack.
    Function(String),
    /// `state:syscall`, `waiting:sync`, `running>1ms`: a span.
    State {
        /// In which state.
        state: State,
        /// How long.
        length: Option<Length>,
    },
    /// `active`: it does more than wait in the time that is seen.
    Active,
}

/// The states that a word names.
#[derive(Clone, PartialEq, Debug)]
pub enum State {
    /// One of those with a proc, or a wait for one.
    Is(SpanState),
    /// In a system call, with or without a proc.
    Syscall,
    /// Waiting for something, and for what.
    Waiting(Option<String>),
    /// Waiting, or in a system call that lost its proc.
    Blocked,
}

impl State {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "running" => Self::Is(SpanState::Running),
            "runnable" => Self::Is(SpanState::Runnable),
            "syscall" => Self::Syscall,
            "waiting" => Self::Waiting(None),
            "blocked" => Self::Blocked,
            _ => return None,
        })
    }

    /// Whether a span is in it; `reason` says whether it waits for what is named.
    pub fn has(&self, state: SpanState, reason: impl FnOnce() -> bool) -> bool {
        match self {
            Self::Is(wanted) => *wanted == state,
            Self::Syscall => matches!(state, SpanState::Syscall | SpanState::SyscallBlocked),
            Self::Waiting(None) => state == SpanState::Waiting,
            Self::Waiting(Some(_)) => state == SpanState::Waiting && reason(),
            Self::Blocked => matches!(state, SpanState::Waiting | SpanState::SyscallBlocked),
        }
    }

    /// Whether a wait for this reason, which is of this class, is named.
    pub fn has_reason(&self, class: Class, reason: &str) -> bool {
        match self {
            Self::Waiting(Some(name)) => {
                super::waits_named(name) == Some(class)
                    || reason.to_lowercase().contains(name.as_str())
            }
            _ => true,
        }
    }
}

/// How long a span lasts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Length {
    /// More than this if true, else less.
    pub more: bool,
    /// Or just as long.
    pub or_equal: bool,
    /// ns.
    pub than: i64,
}

impl Length {
    /// Whether so many ns fit.
    pub fn fits(self, nanos: i64) -> bool {
        nanos == self.than && self.or_equal
            || nanos != self.than && (nanos > self.than) == self.more
    }
}

/// Reads a filter. Words are separated by blanks; what stands in quotes is one.
pub fn read(filter: &str) -> Vec<Word> {
    let tokens = tokens(&filter.to_lowercase());
    let mut words = Vec::with_capacity(tokens.len());
    let mut i = 0;
    while i < tokens.len() {
        // `running > 1 ms` may be up to four tokens.
        let found = (1..=4.min(tokens.len() - i)).find_map(|n| {
            let joined: String = tokens[i..i + n]
                .iter()
                .map(|(text, _)| text.as_str())
                .collect();
            let quoted = tokens[i..i + n].iter().any(|(_, quoted)| *quoted);
            let needed = n == 1 || joined.contains(['<', '>']);
            state(&joined)
                // `running` alone may go on.
                .filter(|word| n > 1 || is_whole(word, tokens.get(i + 1)))
                .filter(|_| needed && !quoted)
                .map(|word| (word, n))
        });
        let (word, used) = found.unwrap_or_else(|| (other(&tokens[i].0, tokens[i].1), 1));
        words.push(word);
        i += used;
    }
    words
}

/// Whether a state without a length is not followed by one.
fn is_whole(word: &Word, next: Option<&(String, bool)>) -> bool {
    let Word::State { length: None, .. } = word else {
        return true;
    };
    next.is_none_or(|(next, quoted)| *quoted || !next.starts_with(['<', '>']))
}

fn tokens(filter: &str) -> Vec<(String, bool)> {
    let mut tokens = Vec::new();
    let mut rest = filter.trim_start();
    while !rest.is_empty() {
        let (token, quoted, after) = match rest.strip_prefix('"') {
            Some(inside) => match inside.split_once('"') {
                Some((token, after)) => (token, true, after),
                None => (inside, true, ""),
            },
            None => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let (token, after) = rest.split_at(end);
                (token, false, after)
            }
        };
        if !token.is_empty() {
            tokens.push((token.to_owned(), quoted));
        }
        rest = after.trim_start();
    }
    tokens
}

/// A word about a state; `None` if it is about something else. A plain `running` is a text: functions are called so.
fn state(token: &str) -> Option<Word> {
    let (name, length) = match token.find(['<', '>']) {
        Some(at) => (&token[..at], Some(length(&token[at..])?)),
        None => (token, None),
    };
    let (name, said) = match name.strip_prefix("state:") {
        Some(name) => (name, true),
        None => (name, false),
    };
    let state = match name.split_once(':') {
        Some(("waiting", "")) => State::Waiting(None),
        Some(("waiting", reason)) => State::Waiting(Some(reason.to_owned())),
        Some(_) => return None,
        None => match State::named(name) {
            Some(state) if said || length.is_some() => state,
            // `state:sync`: a wait.
            None if said && !name.is_empty() => State::Waiting(Some(name.to_owned())),
            _ => return None,
        },
    };
    Some(Word::State { state, length })
}

/// `>1ms`, `<= 20us`.
fn length(text: &str) -> Option<Length> {
    let more = text.starts_with('>');
    let rest = &text[1..];
    let (or_equal, rest) = match rest.strip_prefix('=') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let than = i64::try_from(duration::parse(rest, None).ok()?).ok()?;
    Some(Length {
        more,
        or_equal,
        than,
    })
}

fn other(token: &str, quoted: bool) -> Word {
    let id = |text: &str| text.parse().ok();
    if !quoted {
        if token == "active" {
            return Word::Active;
        }
        if let Some(id) = token.strip_prefix("g:").and_then(id) {
            return Word::Goroutine(id);
        }
        if let Some(name) = token.strip_prefix("group:").filter(|name| !name.is_empty()) {
            return Word::Group(name.to_owned());
        }
        if let Some(name) = token.strip_prefix("fn:").filter(|name| !name.is_empty()) {
            return Word::Function(name.trim_matches('"').to_owned());
        }
    }
    Word::Text {
        id: id(token.strip_prefix('g').unwrap_or(token)),
        text: token.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Word {
        Word::Text {
            text: text.to_owned(),
            id: None,
        }
    }

    fn longer(state: State, more: bool, or_equal: bool, than: i64) -> Word {
        let length = Some(Length {
            more,
            or_equal,
            than,
        });
        Word::State { state, length }
    }

    #[test]
    fn every_text_is_a_filter() {
        let running = || State::Is(SpanState::Running);
        for (filter, expected) in [
            ("", vec![]),
            ("  HTTP ", vec![text("http")]),
            ("a  b", vec![text("a"), text("b")]),
            ("\"a  b\" c", vec![text("a  b"), text("c")]),
            ("\"active\"", vec![text("active")]),
            ("\"open", vec![text("open")]),
            ("active", vec![Word::Active]),
            ("g:-3", vec![Word::Goroutine(-3)]),
            ("fn:net/http", vec![Word::Function("net/http".into())]),
            ("fn:", vec![text("fn:")]),
            ("group:Main.Main", vec![Word::Group("main.main".into())]),
            // Functions may be called so.
            ("running", vec![text("running")]),
            ("x:y", vec![text("x:y")]),
            ("running>x", vec![text("running>x")]),
            ("running >", vec![text("running"), text(">")]),
            (
                "running>1ms",
                vec![longer(running(), true, false, 1_000_000)],
            ),
            (
                "running > 1.5 ms",
                vec![longer(running(), true, false, 1_500_000)],
            ),
            (
                "running > 1.5us",
                vec![longer(running(), true, false, 1500)],
            ),
            (
                "running >= 2s a",
                vec![longer(running(), true, true, 2_000_000_000), text("a")],
            ),
            (
                "a blocked< 3ns",
                vec![text("a"), longer(State::Blocked, false, false, 3)],
            ),
            (
                "waiting:sync>10ms",
                vec![longer(
                    State::Waiting(Some("sync".into())),
                    true,
                    false,
                    10_000_000,
                )],
            ),
        ] {
            assert_eq!(read(filter), expected, "{filter:?}");
        }
        let state = |state| {
            vec![Word::State {
                state,
                length: None,
            }]
        };
        for (filter, expected) in [
            ("state:syscall", State::Syscall),
            ("state:running", running()),
            ("state:chan", State::Waiting(Some("chan".into()))),
            ("waiting:sleep", State::Waiting(Some("sleep".into()))),
            ("waiting:", State::Waiting(None)),
        ] {
            assert_eq!(read(filter), state(expected), "{filter:?}");
        }
    }

    #[test]
    fn a_number_is_a_goroutine_too() {
        for filter in ["17", "g17", " G17 "] {
            let words = read(filter);
            assert!(
                matches!(words[..], [Word::Text { id: Some(17), .. }]),
                "{filter}"
            );
        }
    }

    #[test]
    fn lengths_compare() {
        let length = |more, or_equal| Length {
            more,
            or_equal,
            than: 5,
        };
        let fits = |length: Length| [4, 5, 6].map(|nanos| length.fits(nanos));
        assert_eq!(fits(length(true, false)), [false, false, true]);
        assert_eq!(fits(length(true, true)), [false, true, true]);
        assert_eq!(fits(length(false, false)), [true, false, false]);
        assert_eq!(fits(length(false, true)), [true, true, false]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_fail(filter in "[ -~µ\"<>=:.g0-9a-z]{0,40}") {
            read(&filter);
        }
    }
}
