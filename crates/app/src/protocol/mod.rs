//! What page and worker say to each other: one enum of questions, one of answers, one of notices.
//!
//! The only types that are serialized. A message is one of these turned into a plain object; a [`File`] or a canvas
//! travels beside it in the same message (`{ask, file?, canvas?}`). Replies carry the question's number; the page
//! drops replies to questions that it has replaced.
//!
//! Times are nanoseconds since the trace's start as `f64` (exact up to 104 days), ids of the runtime are text:
//! JavaScript's numbers cannot hold every 64-bit value and a damaged trace may have any.
//!
//! [`File`]: https://developer.mozilla.org/docs/Web/API/File

mod annotations;
mod as_text;
mod chart;
mod events;
mod find;
mod gc;
mod goroutine;
mod lane_layout;
mod lanes;
mod opening;
mod range;
mod readers;
mod scheduler;
mod scope;
mod table;
mod time_scope;
mod timing;

pub use annotations::{Durations, DurationsOf, TaskPage, TaskPart, TaskTime};
pub use chart::{Along, Bar, Chart, Histogram, Series, Unit};
pub use events::{EventCount, EventPage, EventsOf, EventsSummary};
pub use find::{HitAt, HitTo, SameAs, SearchFound, SearchHint};
pub use gc::{GcPage, GcPart, MmuCurve, MmuOf, MmuPoint, MmuWorst, PauseKinds, WorstWindow};
pub use goroutine::{
    Distribution, GoroutinePage, GoroutinesOf, Measure, StatisticHead, Stretch, TimeShare,
};
pub use lane_layout::{DropPlace, LaneAt, LaneChange, LaneInfo, LaneLayout, LaneSort};
pub use lanes::{Arranged, ArrowsShown, LaneView, LanesState};
pub use opening::{
    FileContents, FileGeneration, FilePart, MemoryNeed, OpenAsk, OpenCost, OpenLimits, Sketch,
};
pub use range::{RangePart, RangeRow, RangeSummary, RangeTop};
pub use readers::{FromReader, JoinAsk, ReadAsk, ReadPart, ReaderAsk, pack, unpack};
pub use scheduler::{LatencyPage, ProcsPage, SchedulerPart};
pub use scope::{
    LONGEST_FILTER, ProfileName, ProfileOf, ProfileScope, ProfileScopes, RegionsOf, ScopeChoice,
    TasksOf,
};
pub use table::{
    Cell, ColumnHead, ColumnKind, Listing, Row, RowsAnswer, RowsOf, SheetForm, SheetOf, SheetPiece,
    Table,
};
pub use time_scope::TimeScope;

pub use timing::{AxisChoice, AxisName, ClockReading, JumpTo, Jumped, MarkAt, TimingLook};

use serde::{Deserialize, Serialize};

/// A question with its number.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Request {
    /// Counts up; the reply carries it back. 0 where no reply is wanted.
    pub number: u32,
    /// The part of time that it is asked of; all of it if `None`.
    pub scope: Option<TimeScope>,
    /// The question.
    pub ask: Ask,
}

/// What the page may ask of the worker.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub enum Ask {
    /// Paint here from now on; the message carries the `canvas`. No reply.
    Attach,
    /// Paint the minimap here from now on; the message carries the `canvas`. No reply.
    AttachMinimap,
    /// Open the `file` that the message carries. Replied to by [`Answer::Opened`], or by [`Answer::Contents`] if it is
    /// too large; [`Notice::Progress`] and [`Notice::Sketch`] meanwhile.
    Open(OpenAsk),
    /// What does the `file` have that the message carries? → [`Answer::Contents`]
    Contents(OpenLimits),
    /// Do once what opening does, with the small trace that the message carries as `file`, so that the browser has
    /// compiled it well when it counts. No reply.
    WarmUp {
        /// How many readers to start for what comes.
        readers: u32,
    },
    /// The canvas has a new size. No reply.
    Resize {
        /// CSS pixels.
        width: u32,
        /// CSS pixels.
        height: u32,
        /// Device pixels per CSS pixel.
        ratio: f64,
    },
    /// Show this. No reply, but the number comes back in [`Notice::Painted`]; only the newest counts.
    Look(Look),
    /// What is at this place of the canvas? For tooltips and for clicks. → [`Answer::Found`]
    Find {
        /// CSS pixels from the canvas' left edge.
        x: f64,
        /// CSS pixels from the canvas' top edge.
        y: f64,
    },
    /// Look for something in the trace; nothing, if the query is empty. → [`Answer::Search`]
    Search {
        /// The query, as `tracepane_analysis::find` reads it.
        query: String,
    },
    /// A hit of the last search beside what is selected. → [`Answer::Hit`]
    Hit {
        /// Which.
        to: HitTo,
        /// What is selected.
        selection: Option<Selection>,
        /// The moment that counts if nothing is, ns.
        time: f64,
    },
    /// What may be typed into a query. → [`Answer::SearchHints`]
    SearchHints {
        /// What was typed.
        text: String,
        /// Where the cursor is, in UTF-16 units.
        cursor: u32,
    },
    /// Fold or unfold lanes, or show only some. → [`Answer::Lanes`]
    Fold(Fold),
    /// Pin, hide, move, sort or filter lanes. → [`Answer::Lanes`]
    Lanes(LaneChange),
    /// What is known of a lane? → [`Answer::Lane`]
    Lane(LaneAt),
    /// Where would a lane go that is dragged to this place? → [`Answer::Drop`]
    Drop {
        /// Its name in links.
        lane: String,
        /// CSS pixels from the canvas' top.
        y: f64,
    },
    /// Arrange the lanes by something else. → [`Answer::Arranged`]
    Arrange(LaneView),
    /// Everything about what is selected. → [`Answer::Details`]
    Details(Selection),
    /// Make the lane of a selection visible (unfolding its group). → [`Answer::Lanes`], with `reveal` or `elsewhere`
    /// set.
    Reveal(Selection),
    /// The numbers beside the timeline. → [`Answer::Summary`]
    Summary,
    /// What happened in the scope. → [`Answer::RangeSummary`]
    RangeSummary,
    /// Some rows of a table. → [`Answer::Rows`]
    Rows(RowsOf),
    /// A piece of a table as text, for a file or the clipboard. → [`Answer::SheetPiece`]
    SheetPiece(SheetOf),
    /// How a statistic is spread over goroutines. → [`Answer::Distribution`]
    Distribution(GoroutinesOf),
    /// A goroutine's page. → [`Answer::Goroutine`]
    Goroutine {
        /// The runtime's number, as text.
        id: String,
    },
    /// What a profile may be of, whose name contains a text. → [`Answer::ProfileScopes`]
    ProfileScopes {
        /// The text, any case; all if empty.
        text: String,
    },
    /// How long tasks or regions are. → [`Answer::Durations`]
    Durations(DurationsOf),
    /// A task's page. → [`Answer::Task`]
    Task {
        /// Its number, as text.
        id: String,
    },
    /// The GC in a few numbers and charts. → [`Answer::Gc`]
    Gc,
    /// The stop-the-world pauses by kind. → [`Answer::PauseKinds`]
    PauseKinds,
    /// A curve of minimum mutator utilization. → [`Answer::Mmu`]
    Mmu(MmuOf),
    /// The worst windows of a length. → [`Answer::MmuWorst`]
    MmuWorst {
        /// Of what.
        of: MmuOf,
        /// How long, ns.
        window: f64,
    },
    /// Scheduling latency in a few numbers. → [`Answer::Latency`]
    Latency,
    /// Runnable goroutines and procs. → [`Answer::Procs`]
    Procs,
    /// A profile as a pprof file. → [`Answer::File`]
    ProfileFile(ProfileOf),
    /// What is known of events beside their rows. → [`Answer::Events`]
    Events(EventsOf),
    /// Everything about an event, the first of these rows. → [`Answer::Event`]
    Event(RowsOf),
    /// Where a jump from something leads. → [`Answer::Jumped`]
    Jump {
        /// From what.
        from: Selection,
        /// Where to.
        to: JumpTo,
    },
    /// How long the worker took to paint each of the last frames. → [`Answer::Frames`]
    Frames,
}

impl Ask {
    /// Whether the answer depends on the part of time that it is asked of.
    pub fn has_scope(&self) -> bool {
        let table = match self {
            Self::Rows(of) => &of.table,
            Self::SheetPiece(of) => &of.rows.table,
            _ => return true,
        };
        // The bytes of the file are not told apart by time.
        *table != Table::Footprint
    }
}

/// What is to be seen.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize, Debug)]
pub struct Look {
    /// Left edge, ns.
    pub start: f64,
    /// Right edge, ns.
    pub end: f64,
    /// CSS pixels of lanes scrolled away.
    pub scroll: f64,
    /// Dark colours.
    pub dark: bool,
    /// Where the pointer is, in CSS pixels.
    pub pointer: Option<(f64, f64)>,
    /// What is selected.
    pub selection: Option<Selection>,
    /// Draw an arrow for each creation and wake-up, if they are few.
    pub arrows: bool,
    /// Colour procs by function.
    pub by_function: bool,
    /// How far the pinned lanes are scrolled, CSS pixels.
    pub band_scroll: f64,
    /// Dim all that the last search did not find.
    pub dims: bool,
    /// The range of time that is selected, or is being selected, ns.
    pub range: Option<(f64, f64)>,
    /// How moments are told, and which are marked.
    pub timing: TimingLook,
}

impl Look {
    /// A whole trace and nothing else.
    pub fn whole(end: f64) -> Self {
        Self {
            end,
            ..Self::default()
        }
    }
}

/// Something that can be selected on the timeline.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Debug)]
pub enum Selection {
    /// A goroutine's span: a row of the span table.
    Span(u32),
    /// A GC or stop-the-world range: a row of the range table.
    Range(u32),
    /// A user region: a row of the region table.
    Region(u32),
    /// A whole goroutine, by index.
    Goroutine(u32),
    /// A group of goroutines, by index.
    Group(u32),
    /// A user log: a row of the log table.
    Log(u32),
    /// A CPU sample: a row of the sample table.
    Sample(u32),
    /// A user task, by index.
    Task(u32),
}

/// A change to which lanes are shown.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub enum Fold {
    /// Fold or unfold one group.
    Toggle {
        /// The group's index.
        group: u32,
    },
    /// Fold or unfold the procs.
    Procs,
    /// Fold or unfold the threads.
    Threads,
    /// Fold or unfold all groups.
    All {
        /// Whether they end up folded.
        folded: bool,
    },
}

/// An answer with the number of its question.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Reply {
    /// The question's number.
    pub number: u32,
    /// The answer, or a sentence that says why there is none.
    pub answer: Result<Answer, String>,
}

/// What the worker sends: replies, and notices that nobody asked for.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub enum FromWorker {
    /// To a question.
    Reply(Reply),
    /// Unasked.
    Notice(Notice),
}

/// What the worker says unasked.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub enum Notice {
    /// The worker runs and can be asked.
    Ready,
    /// This worker may read no files: the question with this number is to be asked again, with the file's bytes.
    BytesWanted {
        /// The question's number.
        number: u32,
    },
    /// How far opening is.
    Progress {
        /// Bytes read.
        bytes: f64,
        /// Bytes in all.
        total: f64,
        /// Events read.
        events: f64,
        /// What is being done, e.g. "Reading" or "Building levels of detail".
        step: String,
    },
    /// What goroutines did in a part of the file that was read.
    Sketch(Sketch),
    /// A frame was painted.
    Painted {
        /// How many frames so far.
        frame: u32,
        /// The number of the newest [`Ask::Look`] that it shows; 0 before the first.
        look: u32,
        /// Whether it showed the whole trace, complete.
        whole: bool,
        /// What became of its arrows.
        arrows: ArrowsShown,
    },
    /// The canvases have these sizes from now on, in CSS pixels: what is seen of each is its top left.
    Rooms {
        /// Width and height of the timeline's.
        timeline: (f64, f64),
        /// Those of the minimap's.
        minimap: (f64, f64),
    },
    /// The worker is about to die; it must be replaced.
    Panic {
        /// What happened.
        message: String,
    },
    /// The worker's code was stopped; it must be replaced. `www/worker.js` says so.
    Trap {
        /// What the browser says.
        message: String,
        /// Bytes of memory that the worker had.
        memory: f64,
    },
}

/// Answers.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub enum Answer {
    /// The trace is open.
    Opened(Box<Opened>),
    /// The file is not open: a part of it is to be chosen.
    Contents(Box<FileContents>),
    /// What is at the place that was asked about.
    Found(Option<Found>),
    /// What a search found.
    Search(Box<SearchFound>),
    /// A hit, if there is such a one.
    Hit(Option<HitAt>),
    /// What may be typed into a query.
    SearchHints(Vec<SearchHint>),
    /// How the lanes are now.
    Lanes(LanesState),
    /// What is known of a lane.
    Lane(Option<Box<LaneInfo>>),
    /// Where a lane goes that is dragged.
    Drop(Option<DropPlace>),
    /// The lanes are arranged by something else.
    Arranged(Box<Arranged>),
    /// Everything about a selection.
    Details(Box<Details>),
    /// The numbers beside the timeline.
    Summary(Box<Summary>),
    /// What happened in the scope.
    RangeSummary(Box<RangeSummary>),
    /// Rows of a table.
    Rows(Box<RowsAnswer>),
    /// A piece of a table as text.
    SheetPiece(SheetPiece),
    /// How a statistic is spread over goroutines.
    Distribution(Box<Distribution>),
    /// A goroutine's page.
    Goroutine(Box<GoroutinePage>),
    /// What a profile may be of.
    ProfileScopes(Box<ProfileScopes>),
    /// How long tasks or regions are.
    Durations(Box<Durations>),
    /// A task's page.
    Task(Box<TaskPage>),
    /// The GC in a few numbers and charts.
    Gc(Box<GcPage>),
    /// The stop-the-world pauses by kind.
    PauseKinds(Box<PauseKinds>),
    /// A curve of minimum mutator utilization.
    Mmu(Box<MmuCurve>),
    /// The worst windows of a length.
    MmuWorst(Box<MmuWorst>),
    /// Scheduling latency in a few numbers.
    Latency(Box<LatencyPage>),
    /// Runnable goroutines and procs.
    Procs(Box<ProcsPage>),
    /// What is known of events beside their rows.
    Events(Box<EventsSummary>),
    /// Everything about an event.
    Event(Box<EventPage>),
    /// A file to download.
    File {
        /// Its name.
        name: String,
        /// Its bytes.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// Where a jump leads.
    Jumped(Jumped),
    /// Milliseconds that each of the last frames took to paint, oldest first; and bytes of wasm memory.
    Frames {
        /// Milliseconds.
        millis: Vec<f64>,
        /// The worker's wasm memory, bytes.
        memory: f64,
    },
}

/// A trace was opened.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Opened {
    /// The file's name.
    pub name: String,
    /// The trace's length, ns.
    pub end: f64,
    /// The lanes.
    pub lanes: LanesState,
    /// It has samples of a CPU profile.
    pub samples: bool,
    /// How many generations the file has, if parts of it can be opened, else 0.
    pub generations: u32,
    /// What opening took.
    pub cost: OpenCost,
    /// Readings of the wall clock, in order; none before Go 1.25.
    pub clock: Vec<ClockReading>,
}

/// What is at a place of the canvas.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Found {
    /// What a click there selects.
    pub selection: Option<Selection>,
    /// What a click there folds or unfolds, instead of selecting.
    pub fold: Option<Fold>,
    /// What a click there does to the lanes, instead of selecting.
    pub change: Option<LaneChange>,
    /// A click goes to what it selects.
    pub goes: bool,
    /// The tooltip's lines; the first is its title.
    pub tooltip: Vec<String>,
    /// From when to when the thing lasts, ns.
    pub time: Option<(f64, f64)>,
}

/// Where a link leads.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub enum Link {
    /// Select this on the timeline and move there.
    Select {
        /// What.
        selection: Selection,
        /// When, ns.
        time: (f64, f64),
    },
    /// Show this part of the timeline.
    Time(f64, f64),
    /// The timeline, arranged by this.
    Lanes(LaneView),
    /// A goroutine's page.
    Goroutine(
        /// The runtime's number, as text.
        String,
    ),
    /// The goroutines of a group.
    Group(
        /// Its name.
        String,
    ),
    /// A profile.
    Profile(ProfileOf),
    /// The tasks of a type.
    Tasks(TasksOf),
    /// A task's page.
    Task(
        /// The task's number, as text.
        String,
    ),
    /// The regions of a type.
    Regions(RegionsOf),
    /// Events.
    Events(EventsOf),
}

/// One thing that is known.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// The value, in fitting units.
    pub value: String,
    /// The exact value, where the other is rounded.
    pub exact: Option<String>,
    /// Where it leads.
    pub link: Option<Link>,
    /// The moment that the value is, ns: told as the time axis counts.
    pub moment: Option<f64>,
}

/// A frame of a stack, as text.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct FrameText {
    /// The function's full name.
    pub function: String,
    /// File and line, `path/file.go:17`.
    pub place: String,
}

/// A stack with its title.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct StackText {
    /// Whose it is, e.g. "Blocked here".
    pub title: String,
    /// Innermost first.
    pub frames: Vec<FrameText>,
}

/// Everything about what is selected.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Details {
    /// What this is about.
    pub selection: Selection,
    /// A title, e.g. "Waiting: chan receive".
    pub title: String,
    /// The key of the state for its colour, one of those in the legend: "running", "runnable", …
    pub state: String,
    /// From when to when, ns.
    pub time: (f64, f64),
    /// What is known.
    pub facts: Vec<Fact>,
    /// The stacks.
    pub stacks: Vec<StackText>,
    /// What the goroutine did before and after, this among it; empty where that says nothing.
    pub history: Vec<HistoryStep>,
    /// The same lane's span before, with its time.
    pub previous: Option<(Selection, (f64, f64))>,
    /// The same lane's span after, with its time.
    pub next: Option<(Selection, (f64, f64))>,
    /// The span that brought this one about (who unblocked or created the goroutine), with its time.
    pub cause: Option<(Selection, (f64, f64))>,
    /// The goroutine that it is of: the runtime's number, as text.
    pub goroutine: Option<String>,
    /// The task that it is of: its number, as text.
    pub task: Option<String>,
    /// What it has in common with others.
    pub same: Vec<SameAs>,
}

/// A span of a goroutine's history.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct HistoryStep {
    /// It.
    pub selection: Selection,
    /// From when to when, ns.
    pub time: (f64, f64),
    /// What the goroutine did, e.g. "waiting: chan receive".
    pub title: String,
    /// The key of the state for its colour.
    pub state: String,
    /// How long, in fitting units.
    pub duration: String,
}

/// The numbers beside the timeline.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Summary {
    /// What is known of the trace.
    pub facts: Vec<Fact>,
    /// What is worth looking at next, most important first.
    pub findings: Vec<Finding>,
    /// What was lost or odd, as sentences.
    pub warnings: Vec<String>,
}

/// Something worth looking at.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Finding {
    /// A short title.
    pub title: String,
    /// One sentence with numbers.
    pub text: String,
    /// Where to look.
    pub link: Option<Link>,
    /// The section of the help that tells what to make of it.
    pub help: String,
}
