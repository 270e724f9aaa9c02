//! What questions are asked of: profiles and their scopes, regions and tasks that are filtered.

use serde::{Deserialize, Serialize};

/// Which profile.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Debug)]
pub struct ProfileOf {
    /// Which waits.
    pub kind: ProfileName,
    /// Whose.
    pub scope: ProfileScope,
    /// With the waits that `go tool trace` leaves out (before a goroutine's first run, and unfinished ones).
    pub complete: bool,
}

/// Whose waits a profile counts.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Debug)]
pub enum ProfileScope {
    /// All goroutines'.
    #[default]
    All,
    /// Those of the goroutines of a group.
    Group(
        /// Its name, which may be empty.
        String,
    ),
    /// Those of one goroutine.
    Goroutine(
        /// The runtime's number, as text.
        String,
    ),
    /// Those within regions.
    Regions(RegionsOf),
    /// Those within the tasks of a type.
    Tasks(TasksOf),
    /// Those within one task.
    Task(
        /// The task's number, as text.
        String,
    ),
}

/// What a profile may be of, by what was typed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub struct ProfileScopes {
    /// What was typed.
    pub text: String,
    /// The first that match.
    pub choices: Vec<ScopeChoice>,
    /// How many match.
    pub total: u32,
}

/// Something that a profile may be of.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub struct ScopeChoice {
    /// It.
    pub scope: ProfileScope,
    /// What it is: "Group", "Region"; may be empty.
    pub kind: String,
    /// Its name.
    pub title: String,
    /// More about it; may be empty.
    pub detail: String,
}

/// The longest duration that a filter may name, ns: JavaScript's numbers are exact up to here.
pub const LONGEST_FILTER: u64 = (1 << 53) - 1;

/// Which regions.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Debug)]
pub struct RegionsOf {
    /// Their type.
    pub name: String,
    /// Only those started here: `function:line`. Empty: those that began before the trace.
    pub place: Option<String>,
    /// Regions without a name that goroutines inherit from their creators, instead of the program's own.
    pub inherited: bool,
    /// Only those that last at least this long, ns, up to [`LONGEST_FILTER`].
    pub shortest: Option<u64>,
    /// Only those that last at most this long, ns, up to [`LONGEST_FILTER`].
    pub longest: Option<u64>,
    /// Only those that have both ends in the trace, or only those that do not.
    pub complete: Option<bool>,
}

/// Which tasks.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Debug)]
pub struct TasksOf {
    /// Their type; those of all types if `None`.
    pub name: Option<String>,
    /// Only those that last at least this long, ns, up to [`LONGEST_FILTER`].
    pub shortest: Option<u64>,
    /// Only those that last at most this long, ns, up to [`LONGEST_FILTER`].
    pub longest: Option<u64>,
    /// Only those that have both ends in the trace, or only those that do not.
    pub complete: Option<bool>,
    /// Only those with this text in a log message, its category, a region's name or the task's own.
    pub text: String,
}

/// The profiles.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Debug)]
pub enum ProfileName {
    /// Waiting for the network.
    Net,
    /// Waiting for channels, mutexes and other goroutines.
    Sync,
    /// In system calls.
    Syscall,
    /// Runnable, but not running.
    Sched,
    /// Samples of a CPU profile, if the trace has them.
    Cpu,
}

impl ProfileName {
    /// The four of `go tool trace`, in the order they are shown.
    pub const ALL: [Self; 4] = [Self::Sched, Self::Sync, Self::Net, Self::Syscall];

    /// The name in addresses and file names, as `go tool trace -pprof=` has those that it knows.
    pub fn key(self) -> &'static str {
        match self {
            Self::Net => "net",
            Self::Sync => "sync",
            Self::Syscall => "syscall",
            Self::Sched => "sched",
            Self::Cpu => "cpu",
        }
    }

    /// The profile with this key.
    pub fn from_key(key: &str) -> Option<Self> {
        let all = Self::ALL.into_iter().chain([Self::Cpu]);
        all.into_iter().find(|name| name.key() == key)
    }
}
