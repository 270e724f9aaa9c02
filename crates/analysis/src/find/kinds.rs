//! The kinds of things that can be found, and sets of them.

/// A kind of thing that can be found. Each has a table; a thing is a row of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Kind {
    /// What a goroutine did: a row of the span table.
    Span = 0,
    /// A GC or stop-the-world range.
    Range = 1,
    /// A user region.
    Region = 2,
    /// A user task.
    Task = 3,
    /// A user log.
    Log = 4,
    /// A goroutine: found where it was created.
    Goroutine = 5,
    /// A CPU sample.
    Sample = 6,
}

impl Kind {
    /// How many there are.
    pub const COUNT: usize = 7;

    /// All, in the order of their numbers.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Span,
        Self::Range,
        Self::Region,
        Self::Task,
        Self::Log,
        Self::Goroutine,
        Self::Sample,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Span => "span",
            Self::Range => "range",
            Self::Region => "region",
            Self::Task => "task",
            Self::Log => "log",
            Self::Goroutine => "goroutine",
            Self::Sample => "sample",
        }
    }
}

/// Some of the kinds.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Kinds(u8);

impl Kinds {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = Self((1 << Kind::COUNT) - 1);

    pub const fn of(kinds: &[Kind]) -> Self {
        let (mut bits, mut i) = (0, 0);
        while i < kinds.len() {
            bits |= 1 << kinds[i] as u8;
            i += 1;
        }
        Self(bits)
    }

    pub fn has(self, kind: Kind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}
