//! Classes of reasons to wait: what people call them, and which of the runtime's texts they stand for.

/// A class of waits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Wait {
    /// For a lock, a wait group or a condition.
    Sync,
    /// For a channel, outside of a select.
    Chan,
    /// In a select.
    Select,
    /// For the network.
    Net,
    /// For the GC.
    Gc,
    /// Sleeping.
    Sleep,
    /// For ever.
    Forever,
    /// The runtime's own goroutines, when they have nothing to do.
    System,
    /// For something else, or no reason given.
    Other,
}

/// Names of the classes, the usual one first, with what each means.
pub(super) const NAMES: [(&str, Wait, &str); 17] = [
    (
        "sync",
        Wait::Sync,
        "for a lock, a wait group or a condition",
    ),
    ("chan", Wait::Chan, "to send to or receive from a channel"),
    ("select", Wait::Select, "in a select"),
    ("net", Wait::Net, "for the network"),
    ("gc", Wait::Gc, "for the GC"),
    ("sleep", Wait::Sleep, "in time.Sleep"),
    ("forever", Wait::Forever, "for what never comes"),
    (
        "system",
        Wait::System,
        "a goroutine of the runtime without work",
    ),
    ("other", Wait::Other, "for another reason, or none given"),
    ("network", Wait::Net, ""),
    ("netpoll", Wait::Net, ""),
    ("io", Wait::Net, ""),
    ("lock", Wait::Sync, ""),
    ("mutex", Wait::Sync, ""),
    ("channel", Wait::Chan, ""),
    ("timer", Wait::Sleep, ""),
    ("block", Wait::Forever, ""),
];

impl Wait {
    /// The class with this name, in small letters.
    pub fn named(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(known, ..)| *known == name)
            .map(|&(_, wait, _)| wait)
    }

    /// The class of a reason (`traceBlockReasonStrings` in Go's `runtime/traceruntime.go`).
    pub fn of(reason: &str) -> Self {
        match reason {
            "sync" | "sync.(*Cond).Wait" => Self::Sync,
            "chan send" | "chan receive" => Self::Chan,
            "select" => Self::Select,
            "network" => Self::Net,
            "GC mark assist wait for work" | "wait until GC ends" | "GC weak to strong wait" => {
                Self::Gc
            }
            "sleep" => Self::Sleep,
            "forever" => Self::Forever,
            "GC background sweeper wait" | "system goroutine wait" => Self::System,
            _ => Self::Other,
        }
    }
}
