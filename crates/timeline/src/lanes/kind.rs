//! What lanes there may be, and how high each is.

use tracepane_model::{GoroutineIndex, GroupIndex, ProcIndex, TaskIndex, ThreadIndex};

/// The width of the lanes' names at the left, in CSS pixels.
pub const GUTTER: f64 = 220.0;

/// The height of the time axis on top, in CSS pixels.
pub const RULER: f64 = 28.0;

/// The height of what a goroutine, a proc or a thread did, in CSS pixels.
pub const BAR: f64 = 22.0;

/// The height of a row of regions below that, in CSS pixels.
pub const REGION_ROW: f64 = 16.0;

/// The height of a row of frames below that, in CSS pixels.
pub const FRAME_ROW: f64 = 15.0;

/// What is left free above and below the frames, in CSS pixels.
const FRAMES_GAP: f64 = 3.0;

/// A lane.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LaneKind {
    /// The GC's mark phases and stop-the-world pauses.
    Gc,
    /// Live heap and heap goal.
    Heap,
    /// How many goroutines are in which state.
    GoroutineStates,
    /// How many threads run and are in system calls.
    ThreadStates,
    /// What came from outside: wake-ups by the network, returns from blocked system calls.
    Arrivals,
    /// The row above the procs.
    ProcsHeader,
    /// What ran on a proc.
    Proc(ProcIndex),
    /// The row above the threads.
    ThreadsHeader,
    /// What ran on a thread.
    Thread(ThreadIndex),
    /// The row above the goroutines of a group: all of them summed up.
    Group(GroupIndex),
    /// What a goroutine did.
    Goroutine(GoroutineIndex),
    /// From when to when a task lasted.
    Task(TaskIndex),
    /// A row that says what comes below it, in the views of one goroutine and of one task.
    Heading(Heading),
}

/// What comes below such a row.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Heading {
    /// The goroutine that the view is about.
    Focus,
    /// Those that unblocked the ones above, so many wake-ups away.
    Unblockers(
        /// 1 or more.
        u32,
    ),
    /// Nothing: nobody unblocked the goroutine.
    Nobody,
    /// The task that the view is about, with its subtasks.
    Tasks,
    /// The goroutines that worked for them.
    Workers,
}

impl LaneKind {
    /// Whether it is a row above others.
    pub(crate) fn is_header(self) -> bool {
        matches!(
            self,
            Self::Group(_) | Self::ProcsHeader | Self::ThreadsHeader | Self::Heading(_)
        )
    }

    /// How high such a lane is, in CSS pixels, without the regions below it.
    pub(crate) fn height(self) -> f64 {
        match self {
            Self::Gc | Self::ProcsHeader | Self::ThreadsHeader | Self::Group(_) => 26.0,
            Self::Heading(_) => 26.0,
            Self::Heap => 48.0,
            Self::GoroutineStates => 60.0,
            Self::ThreadStates => 34.0,
            Self::Arrivals | Self::Proc(_) | Self::Thread(_) | Self::Goroutine(_) => BAR,
            Self::Task(_) => 24.0,
        }
    }
}

/// What the lanes are arranged by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum Arrangement {
    /// The procs, then the goroutines by group.
    #[default]
    Procs,
    /// The threads, then the goroutines by group.
    Threads,
    /// A goroutine with those that unblocked it.
    Goroutine {
        /// Which.
        goroutine: GoroutineIndex,
        /// How many wake-ups back; see [`crate::unblockers`].
        depth: u32,
    },
    /// A task with its subtasks, and the goroutines that worked for them.
    Task(TaskIndex),
}

/// A lane with its place.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Lane {
    /// Which.
    pub kind: LaneKind,
    /// CSS pixels from the top of the first lane; of the first pinned one, if it is pinned.
    pub top: f64,
    /// CSS pixels.
    pub height: f64,
    /// Whether it stands in the band of those that stay on top.
    pub pinned: bool,
    /// What is below its bars.
    pub(crate) below: Below,
}

impl Lane {
    /// How many rows of regions there are below what a goroutine did.
    pub(crate) fn region_rows(&self) -> u16 {
        self.below.regions
    }
}

/// What is below the bars of a goroutine's lane.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Below {
    /// Rows of regions.
    pub regions: u16,
    /// Rows of frames; one for a note if there are none to show.
    pub frames: u16,
    /// Whether its stacks are shown.
    pub stacks: bool,
}

impl Below {
    /// Nothing.
    pub const NONE: Self = Self {
        regions: 0,
        frames: 0,
        stacks: false,
    };

    /// How high it is, in CSS pixels.
    pub fn height(self) -> f64 {
        f64::from(self.regions) * REGION_ROW + self.stacks_height()
    }

    fn stacks_height(self) -> f64 {
        match self.stacks {
            true => FRAMES_GAP + f64::from(self.frames.max(1)) * FRAME_ROW + FRAMES_GAP,
            false => 0.0,
        }
    }

    /// Where the first row of frames begins, in CSS pixels below the lane's top.
    pub fn frames_top(self) -> f64 {
        BAR + f64::from(self.regions) * REGION_ROW + FRAMES_GAP
    }
}
