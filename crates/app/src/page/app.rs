//! The page's state: signals that views read, and little else.

use std::sync::Arc;

use leptos::prelude::*;
use tracepane_timeline::{Limits, Mark, Size, View, WallClock};
use web_sys::File;

use super::client::Client;
use super::find::Find;
use super::history::Track;
use super::jump::Trail;
use super::motion::Moving;
use super::saving::Saving;
use super::theme::Choice;
use super::views::lane_menu::Menu;
use crate::address::Address;
use crate::protocol::{
    Arranged, ArrowsShown, AxisChoice, Details, FileContents, FilePart, LaneLayout, LaneView,
    LanesState, OpenLimits, Opened, Selection, Sketch, Summary, TimeScope,
};

/// What the page is doing.
#[derive(Clone, PartialEq, Debug)]
pub enum Phase {
    /// Nothing is open.
    Empty,
    /// A trace is being opened.
    Opening(Progress),
    /// A part of a file is being chosen.
    Choosing {
        /// A trace is open meanwhile.
        open: bool,
    },
    /// A trace is open.
    Open,
    /// A file could not be opened, or the worker died.
    Failed(Failure),
}

/// How far opening is.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Progress {
    /// Bytes read.
    pub bytes: f64,
    /// Bytes in all.
    pub total: f64,
    /// Events read.
    pub events: f64,
    /// What is being done.
    pub step: String,
}

/// Why nothing is open, in words.
#[derive(Clone, PartialEq, Debug)]
pub struct Failure {
    /// What went wrong.
    pub title: String,
    /// Why, and what to do.
    pub text: String,
    /// Whether opening the same file again may help.
    pub again: bool,
}

/// What of a trace has been on the screen.
#[derive(Clone, Copy, Default)]
pub struct Shown {
    /// The page around the timeline.
    pub page: bool,
    /// The whole timeline.
    pub timeline: bool,
}

/// Everything that views share. Copied freely: it holds handles only.
#[derive(Clone, Copy)]
pub struct App {
    /// What the page is doing.
    pub phase: RwSignal<Phase>,
    /// Counts the files that were opened.
    pub session: RwSignal<u32>,
    /// The file that is open, or was last tried.
    pub file: StoredValue<Option<File>, LocalStorage>,
    /// Its name.
    pub file_name: RwSignal<String>,
    /// Whether it is the one that this page was shared with.
    pub inside: RwSignal<bool>,
    /// How far the lanes are scrolled when the first trace is shown.
    pub first_scroll: StoredValue<Option<f64>>,
    /// What of the open trace has been on the screen.
    pub shown: StoredValue<Shown>,
    /// What saving is doing.
    pub saving: RwSignal<Saving>,
    /// How many times the page was saved.
    pub saves: StoredValue<u32>,
    /// What is known of the open trace.
    pub opened: RwSignal<Option<Opened>>,
    /// The numbers beside the timeline, once they are known.
    pub summary: RwSignal<Option<Summary>>,
    /// For which of the files that were opened they were asked.
    pub summary_of: StoredValue<u32>,
    /// The whole file, of which a part is open or being chosen.
    pub whole: StoredValue<Option<File>, LocalStorage>,
    /// What it has.
    pub contents: RwSignal<Option<FileContents>>,
    /// The part of it that is open; all of it if `None`.
    pub part: RwSignal<Option<FilePart>>,
    /// The part that is being chosen.
    pub chosen_part: RwSignal<Option<FilePart>>,
    /// The part that the page's own address names.
    pub linked_part: StoredValue<Option<FilePart>>,
    /// That and when memory ended for it, if it did.
    pub ran_out: StoredValue<Option<String>>,
    /// Whether the next file is to be opened though it seems too large.
    pub anyway: StoredValue<bool>,
    /// What is known of a file that is being read.
    pub sketches: RwSignal<Vec<Sketch>>,
    /// What opening may use.
    pub limits: StoredValue<OpenLimits>,
    /// What is shown.
    pub address: RwSignal<Address>,
    /// The range of time that is selected: all of the page is about it. `None` for the whole trace.
    pub scope: RwSignal<Option<TimeScope>>,
    /// The range that is being selected, ns.
    pub drawn_range: RwSignal<Option<(f64, f64)>>,
    /// Whether the dialog in which a range is typed is open.
    pub typing_range: RwSignal<bool>,
    /// What the timeline shows.
    pub view: RwSignal<View>,
    /// How high its lanes are.
    pub lanes: RwSignal<LanesState>,
    /// What they are arranged by.
    pub lane_view: RwSignal<LaneView>,
    /// What is known of that, once it is.
    pub arranged: RwSignal<Option<Arranged>>,
    /// Why they are not arranged as was asked.
    pub lane_note: RwSignal<Option<String>>,
    /// Whether arrows are drawn for all that is seen.
    pub arrows: RwSignal<bool>,
    /// What became of them.
    pub arrows_shown: RwSignal<ArrowsShown>,
    /// Whether procs are coloured by function.
    pub by_function: RwSignal<bool>,
    /// How far the pinned lanes are scrolled, CSS pixels.
    pub band_scroll: RwSignal<f64>,
    /// The menu of a lane, or that of all lanes.
    pub menu: RwSignal<Option<Menu>>,
    /// What is looked for.
    pub find: Find,
    /// The filter of its lanes.
    pub lane_filter: RwSignal<String>,
    /// What is selected on it.
    pub selection: RwSignal<Option<Selection>>,
    /// Everything about that, once it is known.
    pub details: RwSignal<Option<Details>>,
    /// The canvas' size.
    pub size: RwSignal<Size>,
    /// Where the pointer is on the canvas, CSS pixels.
    pub pointer: RwSignal<Option<(f64, f64)>>,
    /// Whether a button is held on the canvas.
    pub dragging: RwSignal<bool>,
    /// The theme that was chosen.
    pub theme: RwSignal<Choice>,
    /// Whether colours are dark.
    pub dark: RwSignal<bool>,
    /// Whether the wheel scrolls lanes and zooms only with Control.
    pub wheel_scrolls: RwSignal<bool>,
    /// Whether the help is open.
    pub help: RwSignal<bool>,
    /// Whether the panel beside the timeline is open.
    pub panel: RwSignal<bool>,
    /// What a screen reader should say.
    pub said: RwSignal<String>,
    /// What moves on its own.
    pub motion: StoredValue<Option<Moving>>,
    /// How many steps of the history there are back, and forward.
    pub steps: RwSignal<(u32, u32)>,
    /// What the time axis counts from.
    pub axis: RwSignal<AxisChoice>,
    /// By how many minutes the user's time zone is ahead of UTC.
    pub zone: RwSignal<i32>,
    /// The trace's wall clock, if it has one.
    pub clock: RwSignal<Option<Arc<WallClock>>>,
    /// Moments that are marked.
    pub marks: RwSignal<Vec<Mark>>,
    /// The mark whose name is being typed.
    pub naming: RwSignal<Option<usize>>,
    /// A moment that was typed, ns.
    pub cursor: RwSignal<Option<f64>>,
    /// Whether a time is being typed.
    pub typing_time: RwSignal<bool>,
    /// What was followed from cause to cause.
    pub trail: RwSignal<Trail>,
    /// What the timeline says for a while.
    pub note: RwSignal<Option<String>>,
    /// The worker.
    pub client: StoredValue<Client, LocalStorage>,
    /// The way through the addresses.
    pub track: StoredValue<Track, LocalStorage>,
}

impl App {
    /// The state at the page's start.
    pub fn new() -> Self {
        Self {
            phase: RwSignal::new(Phase::Empty),
            session: RwSignal::new(0),
            file: StoredValue::new_local(None),
            file_name: RwSignal::new(String::new()),
            inside: RwSignal::new(false),
            first_scroll: StoredValue::new(None),
            shown: StoredValue::new(Shown::default()),
            saving: RwSignal::new(Saving::Idle),
            saves: StoredValue::new(0),
            opened: RwSignal::new(None),
            summary: RwSignal::new(None),
            summary_of: StoredValue::new(0),
            whole: StoredValue::new_local(None),
            contents: RwSignal::new(None),
            part: RwSignal::new(None),
            chosen_part: RwSignal::new(None),
            linked_part: StoredValue::new(None),
            ran_out: StoredValue::new(None),
            anyway: StoredValue::new(false),
            sketches: RwSignal::new(Vec::new()),
            limits: StoredValue::new(super::limits::usual()),
            address: RwSignal::new(Address::WHOLE),
            scope: RwSignal::new(None),
            drawn_range: RwSignal::new(None),
            typing_range: RwSignal::new(false),
            view: RwSignal::new(View {
                start: 0.0,
                end: 1.0,
                scroll: 0.0,
            }),
            lanes: RwSignal::new(NO_LANES),
            lane_view: RwSignal::new(LaneView::Procs),
            arranged: RwSignal::new(None),
            lane_note: RwSignal::new(None),
            arrows: RwSignal::new(true),
            arrows_shown: RwSignal::new(ArrowsShown::Off),
            by_function: RwSignal::new(false),
            band_scroll: RwSignal::new(0.0),
            menu: RwSignal::new(None),
            find: Find::new(),
            lane_filter: RwSignal::new(String::new()),
            selection: RwSignal::new(None),
            details: RwSignal::new(None),
            size: RwSignal::new(Size {
                width: 0,
                height: 0,
                ratio: 1.0,
            }),
            pointer: RwSignal::new(None),
            dragging: RwSignal::new(false),
            theme: RwSignal::new(Choice::Auto),
            dark: RwSignal::new(false),
            wheel_scrolls: RwSignal::new(false),
            help: RwSignal::new(false),
            panel: RwSignal::new(true),
            said: RwSignal::new(String::new()),
            motion: StoredValue::new(None),
            steps: RwSignal::new((0, 0)),
            axis: RwSignal::new(AxisChoice::START),
            zone: RwSignal::new(0),
            clock: RwSignal::new(None),
            marks: RwSignal::new(Vec::new()),
            naming: RwSignal::new(None),
            cursor: RwSignal::new(None),
            typing_time: RwSignal::new(false),
            trail: RwSignal::new(Trail::default()),
            note: RwSignal::new(None),
            client: StoredValue::new_local(Client::default()),
            track: StoredValue::new_local(Track::default()),
        }
    }

    /// Whether a trace is open.
    pub fn is_open(self) -> bool {
        self.phase.with(|phase| *phase == Phase::Open)
    }

    /// The same, without following it.
    pub fn is_open_now(self) -> bool {
        self.phase.with_untracked(|phase| *phase == Phase::Open)
    }

    /// How far views may go.
    pub fn limits(self) -> Limits {
        let end = self
            .opened
            .with_untracked(|opened| opened.as_ref().map_or(1.0, |opened| opened.end));
        Limits::from_end(end)
    }

    /// The whole trace.
    pub fn whole(self) -> View {
        View {
            start: 0.0,
            end: self.limits().end,
            scroll: 0.0,
        }
    }

    /// Forgets what belongs to one trace.
    pub fn forget_trace(self) {
        self.opened.set(None);
        self.summary.set(None);
        self.sketches.set(Vec::new());
        self.details.set(None);
        self.selection.set(None);
        self.pointer.set(None);
        self.drawn_range.set(None);
        self.lanes.set(NO_LANES);
        self.lane_view.set(LaneView::Procs);
        self.arranged.set(None);
        self.lane_note.set(None);
        self.lane_filter.set(String::new());
        self.by_function.set(false);
        self.band_scroll.set(0.0);
        self.menu.set(None);
        self.find.forget();
        self.said.set(String::new());
        self.stop();
        self.axis.set(AxisChoice::START);
        self.clock.set(None);
        self.marks.set(Vec::new());
        self.naming.set(None);
        self.cursor.set(None);
        self.typing_time.set(false);
        self.note.set(None);
    }
}

const NO_LANES: LanesState = LanesState {
    height: 0.0,
    band: 0.0,
    layout: LaneLayout::AS_OPENED,
    count: 0,
    reveal: None,
    elsewhere: None,
};
