//! The words of the language: keys that a value follows, and predicates by themselves.

use tracepane_model::SpanState;

use crate::find::query::{States, Text, What};

/// Keys that a value follows, and what they are short for.
pub(super) const KEYS: [(&str, Key); 30] = [
    ("g", Key::Goroutine),
    ("goroutine", Key::Goroutine),
    ("group", Key::Group),
    ("fn", Key::Function),
    ("func", Key::Function),
    ("function", Key::Function),
    ("top", Key::Top),
    ("file", Key::File),
    ("stack", Key::Stack),
    ("by", Key::By),
    ("task", Key::Task),
    ("work", Key::Work),
    ("region", Key::Region),
    ("log", Key::Log),
    ("reason", Key::Reason),
    ("state", Key::State),
    ("p", Key::Proc),
    ("proc", Key::Proc),
    ("m", Key::Thread),
    ("thread", Key::Thread),
    ("in", Key::In),
    ("at", Key::In),
    ("dur", Key::Duration),
    ("duration", Key::Duration),
    ("waiting", Key::Waiting),
    ("wait", Key::Waiting),
    ("runnable", Key::Runnable),
    ("running", Key::Running),
    ("syscall", Key::Syscall),
    ("stw", Key::StopTheWorld),
];

/// What stands before a colon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::find) enum Key {
    Goroutine,
    Group,
    Function,
    Top,
    File,
    Stack,
    By,
    Task,
    Work,
    Region,
    Log,
    Reason,
    State,
    Proc,
    Thread,
    In,
    Duration,
    Waiting,
    Runnable,
    Running,
    Syscall,
    StopTheWorld,
}

impl Key {
    pub(in crate::find) fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        KEYS.iter()
            .find(|(known, _)| *known == name)
            .map(|&(_, key)| key)
    }

    /// Whether `=` after it means "exactly this text".
    pub(super) fn compares_text(self) -> bool {
        matches!(
            self,
            Self::Group
                | Self::Function
                | Self::Top
                | Self::By
                | Self::Task
                | Self::Work
                | Self::Region
                | Self::Log
                | Self::Reason
        )
    }
}

/// What a word is about that is a predicate by itself.
pub(super) fn bare(word: &str) -> Option<What> {
    Some(match word.to_ascii_lowercase().as_str() {
        "running" => What::State(States::of(&[SpanState::Running])),
        "runnable" => What::State(States::of(&[SpanState::Runnable])),
        "waiting" | "wait" => What::State(States::of(&[SpanState::Waiting])),
        "syscall" => What::State(CALLS),
        "gc" => What::Gc,
        "stw" => What::StopTheWorld(Text::Part(String::new())),
        "assist" => What::Assist,
        "sweep" => What::Sweep,
        "created" => What::Created,
        "sample" => What::Sample,
        "dur" | "duration" => What::Lasting,
        _ => return None,
    })
}

pub(super) const CALLS: States = States::of(&[SpanState::Syscall, SpanState::SyscallBlocked]);

pub(super) fn state(name: &str) -> Option<States> {
    use SpanState::{Runnable, Running, Syscall, SyscallBlocked, Waiting};
    Some(match name.to_ascii_lowercase().as_str() {
        "running" | "run" => States::of(&[Running]),
        "runnable" | "ready" => States::of(&[Runnable]),
        "waiting" | "wait" | "blocked" => States::of(&[Waiting]),
        "syscall" | "system-call" => CALLS,
        "blocked-syscall" | "syscall-blocked" => States::of(&[SyscallBlocked]),
        "short-syscall" | "syscall-running" => States::of(&[Syscall]),
        _ => return None,
    })
}

/// Whether a key may be meant: one letter is missing, too much or another, or it begins so.
pub(super) fn is_like(key: &str, name: &str) -> bool {
    if name.len() < 3 {
        return false;
    }
    if key.starts_with(name) || name.starts_with(key) {
        return true;
    }
    let common = |a: &mut dyn Iterator<Item = u8>, b: &mut dyn Iterator<Item = u8>| {
        a.zip(b).take_while(|(a, b)| a == b).count()
    };
    let start = common(&mut key.bytes(), &mut name.bytes());
    let end = common(&mut key.bytes().rev(), &mut name.bytes().rev());
    start + end + 1 >= key.len().max(name.len())
}
