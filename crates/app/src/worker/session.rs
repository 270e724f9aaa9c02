//! What the worker knows, and how it answers each question.

use std::collections::VecDeque;

use tracepane_model::GroupIndex;
use tracepane_timeline::lanes::name_of;
use tracepane_timeline::{DrawList, FunctionLevels, Hit, LaneKind, Size, flows, hit, tooltip};
use web_sys::OffscreenCanvas;

use super::lane_layout;
use super::lanes::{self, hit_of, selection_of};
use super::minimap::Minimap;
use super::opened::OpenTrace;
use super::opening::{self, Underway};
use super::paint::Screen;
use super::port::Port;
use super::readers::{Hear, Reader};
use super::timekeeping::Timekeeping;
use super::trace_file::TraceFile;
use super::waiting::Waiting;
use super::{
    details, distribution, events, find, gc, goroutine, jumps, range, scheduler, scopes, summary,
    tables, task,
};
use crate::protocol::{
    Answer, Ask, Details, DropPlace, Fold, Found, LaneAt, LaneChange, LaneInfo, Look, Notice,
    ProfileOf, Request, RowsOf, Selection, TimeScope,
};

mod arrival;
pub mod frames;

/// How long a search may take before other questions get their turn, ms.
const SEARCH_MILLIS: f64 = 12.0;

/// The worker's state.
pub struct Session {
    port: Port,
    screen: Option<Screen>,
    minimap: Minimap,
    timing: Timekeeping,
    size: Size,
    look: Option<Look>,
    look_number: u32,
    open: Option<OpenTrace>,
    /// The file that readers are reading.
    opening: Option<Underway>,
    /// Readers of the trace that is open, which are not needed any more.
    idle: Vec<Reader>,
    /// Readers for the first file.
    waiting: Option<Waiting>,
    /// Who hears readers.
    hear: Hear,
    list: DrawList,
    frame_wanted: bool,
    /// Whether a frame was asked for and has not come: one is enough, however many looks come before it.
    frame_asked: bool,
    /// The last look that was painted as a whole.
    finished_look: u32,
    /// The look and the size that the last frame showed.
    showed: Option<(u32, Size)>,
    /// Whether the open trace was painted as a whole: nobody waits for a frame before that.
    was_finished: bool,
    /// The sizes of the canvases that the page knows.
    rooms: [(f64, f64); 2],
    painted: u32,
    frame_millis: VecDeque<f64>,
    /// A table's rows that are still searched for, with the question's number.
    search: Option<(u32, Option<TimeScope>, RowsOf)>,
    /// What is still looked for in the trace.
    hunt: Option<find::Hunt>,
}

impl Session {
    /// A session without a trace.
    pub fn new(port: Port, hear: Hear) -> Self {
        Self {
            port,
            screen: None,
            minimap: Minimap::default(),
            timing: Timekeeping::default(),
            size: Size {
                width: 0,
                height: 0,
                ratio: 1.0,
            },
            look: None,
            look_number: 0,
            open: None,
            opening: None,
            idle: Vec::new(),
            waiting: None,
            hear,
            list: DrawList::new(),
            frame_wanted: false,
            frame_asked: false,
            finished_look: 0,
            showed: None,
            was_finished: false,
            rooms: [(0.0, 0.0); 2],
            painted: 0,
            frame_millis: VecDeque::new(),
            search: None,
            hunt: None,
        }
    }

    /// Answers one question.
    pub fn answer(
        &mut self,
        request: Request,
        file: Option<TraceFile>,
        canvas: Option<OffscreenCanvas>,
    ) {
        let Request { number, scope, ask } = request;
        let scope = scope.filter(|_| ask.has_scope());
        let answer = match ask {
            Ask::Attach => return self.attach(canvas),
            Ask::AttachMinimap => return self.minimap.attach(canvas),
            Ask::Resize {
                width,
                height,
                ratio,
            } => {
                self.size = Size {
                    width,
                    height,
                    ratio,
                };
                self.frame_wanted = true;
                return;
            }
            Ask::Look(look) => {
                if let Some(open) = &mut self.open
                    && open.flows.0 != look.selection
                {
                    let selected = look.selection.and_then(hit_of);
                    let found = selected.map(|hit| flows::of(&open.trace, hit));
                    open.flows = (look.selection, found.unwrap_or_default());
                }
                if let Some(found) = self.open.as_mut().and_then(|open| open.found.as_mut()) {
                    found.highlights.dims = look.dims;
                }
                self.timing.take(&look.timing);
                self.minimap.band = look.range;
                if let Some(open) = &mut self.open
                    && look.by_function
                    && open.functions.is_none()
                {
                    open.functions = Some(FunctionLevels::build(&open.trace, &open.levels));
                }
                self.look = Some(look);
                self.look_number = number;
                if self.was_finished || self.open.is_none() {
                    self.frame_wanted = true;
                } else {
                    // The first frame: nobody waits for the screen's next turn.
                    self.paint();
                }
                return;
            }
            Ask::Open(ask) => return self.begin_to_open(number, ask, file),
            Ask::Contents(limits) => file
                .ok_or("the file did not arrive".into())
                .and_then(|file| opening::contents_of(file, limits))
                .map(|contents| Answer::Contents(Box::new(contents))),
            Ask::WarmUp { readers } => return self.warm_up(file, readers),
            Ask::Frames => Ok(Answer::Frames {
                millis: self.frame_millis.iter().copied().collect(),
                memory: wasm_memory(),
            }),
            Ask::Search { query } => return self.look_for(number, query, scope),
            Ask::Hit {
                to,
                selection,
                time,
            } => {
                // Of a search that is still at work the hits are wanted.
                self.hunt_on(f64::INFINITY);
                let open = self.open.as_ref();
                Ok(Answer::Hit(
                    open.and_then(|open| find::hit_at(open, to, selection, time)),
                ))
            }
            Ask::Find { x, y } => Ok(Answer::Found(self.find(x, y))),
            Ask::Lane(at) => Ok(Answer::Lane(self.lane(at))),
            Ask::Drop { lane, y } => Ok(Answer::Drop(self.drop_place(&lane, y))),
            Ask::Rows(of) => {
                if let Some((old, ..)) = self.search.replace((number, scope, of)) {
                    self.port.reply(old, Err("Another question came.".into()));
                }
                return self.go_on();
            }
            ask => match &mut self.open {
                None => Err("No trace is open.".to_owned()),
                Some(open) => {
                    self.frame_wanted |=
                        matches!(ask, Ask::Fold(_) | Ask::Reveal(_) | Ask::Arrange(_))
                            | matches!(ask, Ask::Lanes(_));
                    open.enter(scope);
                    of_trace(open, ask)
                }
            },
        };
        self.port.reply(number, answer);
        self.idle.clear();
    }

    /// Goes on with what is looked for, for as long as nobody notices.
    pub fn go_on(&mut self) {
        self.hunt_on(SEARCH_MILLIS);
        self.sift_on();
    }

    fn sift_on(&mut self) {
        let Some((number, scope, of)) = self.search.take() else {
            return;
        };
        let found = match &mut self.open {
            None => Err("No trace is open.".to_owned()),
            Some(open) => {
                open.enter(scope);
                let began = self.port.now();
                let port = &self.port;
                tables::rows(open, &of, &mut || port.now() - began > SEARCH_MILLIS)
            }
        };
        match found {
            Ok(Some(rows)) => self.port.reply(number, Ok(Answer::Rows(Box::new(rows)))),
            Ok(None) => self.search = Some((number, scope, of)),
            Err(text) => self.port.reply(number, Err(text)),
        }
    }

    /// Whether a search waits for its next turn.
    pub fn is_searching(&self) -> bool {
        self.search.is_some() || self.hunt.is_some()
    }

    /// Begins to look for something, instead of anything before.
    fn look_for(&mut self, number: u32, query: String, scope: Option<TimeScope>) {
        if let Some(old) = self.hunt.take() {
            self.port
                .reply(old.number, Err("Another question came.".into()));
        }
        let Some(open) = &mut self.open else {
            return self.port.reply(number, Err("No trace is open.".into()));
        };
        if query.trim().is_empty() {
            open.found = None;
            self.minimap.search_changed();
            self.frame_wanted = true;
            return self.port.reply(number, Ok(Answer::Search(Box::default())));
        }
        match find::Hunt::new(number, &open.trace, query, scope) {
            Ok(hunt) => self.hunt = Some(hunt),
            Err(text) => return self.port.reply(number, Err(text)),
        }
        self.hunt_on(SEARCH_MILLIS);
    }

    /// Goes on looking for something, for so long.
    fn hunt_on(&mut self, millis: f64) {
        let (Some(mut hunt), Some(open)) = (self.hunt.take(), &mut self.open) else {
            return;
        };
        let (port, began) = (&self.port, self.port.now());
        if !hunt.step(&open.trace, &mut || port.now() - began > millis) {
            self.hunt = Some(hunt);
            return;
        }
        let number = hunt.number;
        let dims = self.look.as_ref().is_none_or(|look| look.dims);
        let known = hunt.finish(&open.trace, dims);
        self.minimap.search_changed();
        let answer = known.answer();
        open.at.kept.forget_hits();
        open.found = Some(known);
        self.frame_wanted = true;
        self.port
            .reply(number, Ok(Answer::Search(Box::new(answer))));
    }

    fn attach(&mut self, canvas: Option<OffscreenCanvas>) {
        let screen = canvas
            .ok_or_else(|| "the canvas did not arrive".into())
            .and_then(Screen::new);
        match screen {
            Ok(screen) => {
                self.list.font = screen.font_scale();
                self.rooms = [(0.0, 0.0); 2];
                self.screen = Some(screen);
                self.frame_wanted = true;
            }
            Err(error) => self.port.notice(Notice::Panic {
                message: format!("the timeline cannot be painted: {error:?}"),
            }),
        }
    }

    /// What is at a place of the canvas.
    fn find(&self, x: f64, y: f64) -> Option<Found> {
        let scene = self.scene()?;
        let hit = hit(&scene, x, y)?;
        let open = self.open.as_ref()?;
        let target = match hit {
            Hit::Arrow { flow, back, .. } => flows::end_of(&open.trace, flow, back),
            hit => Some(hit),
        };
        let selection = target.and_then(selection_of);
        let change = match hit {
            Hit::Pin(lane) => name_of(&open.trace, lane).map(LaneChange::TogglePin),
            Hit::Disclose(goroutine) => {
                let lane = LaneKind::Goroutine(goroutine);
                name_of(&open.trace, lane).map(LaneChange::ToggleStacks)
            }
            _ => None,
        };
        let fold = match hit {
            Hit::GroupFold(group) => Some(Fold::Toggle { group: group.0 }),
            Hit::ProcsFold => Some(Fold::Procs),
            Hit::ThreadsFold => Some(Fold::Threads),
            _ => None,
        };
        let time = selection
            .filter(|selection| !matches!(selection, Selection::Group(_)))
            .and_then(|selection| details::time_of(&open.trace, selection));
        Some(Found {
            selection,
            fold,
            change,
            goes: matches!(hit, Hit::Arrow { .. }),
            tooltip: tooltip(&scene, &hit, x, y),
            time,
        })
    }

    /// What is known of a lane.
    fn lane(&self, at: LaneAt) -> Option<Box<LaneInfo>> {
        let (scene, open) = (self.scene()?, self.open.as_ref()?);
        lane_layout::lane(&scene, open, at).map(Box::new)
    }

    fn drop_place(&self, lane: &str, y: f64) -> Option<DropPlace> {
        let (scene, open) = (self.scene()?, self.open.as_ref()?);
        lane_layout::drop_place(&scene, open, lane, y)
    }
}

/// Answers what is asked of the open trace.
fn of_trace(open: &mut OpenTrace, ask: Ask) -> Result<Answer, String> {
    Ok(match ask {
        Ask::Fold(fold) => {
            match fold {
                Fold::Toggle { group } => open.lanes.toggle(GroupIndex(group)),
                Fold::Procs => open.lanes.toggle_procs(),
                Fold::Threads => open.lanes.toggle_threads(),
                Fold::All { folded } => open.lanes.set_folded(folded),
            }
            Answer::Lanes(open.lanes_state())
        }
        Ask::Lanes(change) => {
            lane_layout::change(open, change)?;
            Answer::Lanes(open.lanes_state())
        }
        Ask::Arrange(view) => Answer::Arranged(Box::new(lanes::arrange(open, view)?)),
        Ask::Reveal(selection) => Answer::Lanes(lanes::reveal(open, selection)),
        Ask::Details(selection) => Answer::Details(Box::new(Details {
            same: find::same(open, selection),
            ..details::details(open, selection)
                .ok_or("What this link selects is not in this trace.")?
        })),
        Ask::Jump { from, to } => Answer::Jumped(jumps::jump(open, from, to)),
        Ask::Summary => Answer::Summary(Box::new(summary::summary(open))),
        Ask::SheetPiece(of) => tables::sheet(open, &of)?,
        Ask::Distribution(of) => Answer::Distribution(Box::new(distribution::answer(open, &of)?)),
        Ask::Durations(of) => Answer::Durations(Box::new(task::durations(open, &of))),
        Ask::Task { id } => Answer::Task(Box::new(task::page(open, &id)?)),
        Ask::Goroutine { id } => Answer::Goroutine(Box::new(goroutine::page(open, &id)?)),
        Ask::ProfileScopes { text } => Answer::ProfileScopes(Box::new(scopes::scopes(open, &text))),
        Ask::Gc => Answer::Gc(Box::new(gc::page(open))),
        Ask::PauseKinds => Answer::PauseKinds(Box::new(gc::pause_kinds(open))),
        Ask::Mmu(of) => Answer::Mmu(Box::new(gc::mmu_curve(open, &of)?)),
        Ask::MmuWorst { of, window } => {
            Answer::MmuWorst(Box::new(gc::mmu_worst(open, &of, window)?))
        }
        Ask::Latency => Answer::Latency(Box::new(scheduler::latency_page(open))),
        Ask::Procs => Answer::Procs(Box::new(scheduler::procs_page(open))),
        Ask::ProfileFile(of) => profile_file(open, &of)?,
        Ask::RangeSummary => Answer::RangeSummary(Box::new(range::summary(open))),
        Ask::Events(of) => Answer::Events(Box::new(events::summary(open, &of)?)),
        Ask::Event(of) => Answer::Event(Box::new(events::page(open, &of)?)),
        Ask::SearchHints { text, cursor } => Answer::SearchHints(find::hints(open, &text, cursor)),
        Ask::Search { .. }
        | Ask::Hit { .. }
        | Ask::Attach
        | Ask::AttachMinimap
        | Ask::Open(_)
        | Ask::Contents(_)
        | Ask::WarmUp { .. }
        | Ask::Resize { .. }
        | Ask::Look(_)
        | Ask::Find { .. }
        | Ask::Lane(_)
        | Ask::Drop { .. }
        | Ask::Rows(_)
        | Ask::Frames => return Err("This is not asked of a trace.".into()),
    })
}

fn profile_file(open: &OpenTrace, of: &ProfileOf) -> Result<Answer, String> {
    let profile = open.profile(of)?;
    Ok(Answer::File {
        name: profile.file_name(&open.name, open.at.time()),
        bytes: profile.to_pprof(&open.trace),
    })
}

/// Bytes of this worker's wasm memory.
fn wasm_memory() -> f64 {
    use wasm_bindgen::JsCast;
    wasm_bindgen::memory()
        .dyn_into::<js_sys::WebAssembly::Memory>()
        .ok()
        .and_then(|memory| memory.buffer().dyn_into::<js_sys::ArrayBuffer>().ok())
        .map_or(0.0, |buffer| f64::from(buffer.byte_length()))
}
