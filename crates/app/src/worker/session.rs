//! What the worker knows, and how it answers each question.

use std::collections::VecDeque;

use tracepane_model::GroupIndex;
use tracepane_timeline::lanes::name_of;
use tracepane_timeline::{
    Arrows, Budget, DrawList, Hit, Scene, Size, Theme, View, WallClock, draw, flows, hit, tooltip,
};
use tracepane_timeline::{FunctionLevels, LaneKind, Levels};
use web_sys::{File, OffscreenCanvas};

use super::lane_layout;
use super::lanes::{self, hit_of, selection_of};
use super::minimap::Minimap;
use super::opened::OpenTrace;
use super::opening::{self, Next, Read, Underway};
use super::paint::Screen;
use super::port::{Port, clock};
use super::readers::{Hear, Heard, Reader};
use super::rehearsal::rehearse;
use super::timekeeping::Timekeeping;
use super::waiting::Waiting;
use super::{
    details, distribution, events, find, gc, goroutine, jumps, range, scheduler, scopes, summary,
    tables, task,
};
use crate::interop::JsResult;
use crate::protocol::{
    Answer, ArrowsShown, Ask, Details, DropPlace, Fold, Found, FromReader, LaneAt, LaneChange,
    LaneInfo, Look, Notice, OpenAsk, Opened, ProfileOf, Request, RowsOf, Selection, TimeScope,
};

/// How many frames' times are kept.
const KEPT_FRAMES: usize = 2048;

/// How long a search may take before other questions get their turn, ms.
const SEARCH_MILLIS: f64 = 12.0;

/// How long drawing should take, ms, where lanes can wait for the next frame: while the view moves, and while only what
/// was left out is made up for. Painting comes on top.
const MOVING_MILLIS: f64 = 2.0;
const RESTING_MILLIS: f64 = 4.0;

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
        file: Option<File>,
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

    /// Begins to open a file. Readers may go on with it.
    fn begin_to_open(&mut self, number: u32, ask: OpenAsk, file: Option<File>) {
        // The old trace goes before the new one comes: both may not fit.
        self.open = None;
        self.opening = None;
        self.idle.clear();
        self.was_finished = false;
        self.minimap.forget();
        let waiting = self.waiting.take();
        let next = match file {
            Some(file) => opening::begin(number, ask, file, waiting, &self.port, &self.hear),
            None => Err("the file did not arrive".into()),
        };
        self.go_on_opening(number, next);
    }

    /// Takes what a reader said.
    pub fn hear(&mut self, heard: Heard) {
        if let (Heard::Reader(_, Ok((FromReader::Rehearsed, _))), Some(waiting)) =
            (&heard, &mut self.waiting)
        {
            waiting.rehearsed().or_warn("rehearsing");
        }
        // What comes late, of readers that were given up, is of no use.
        if let Some(opening) = self.opening.take() {
            let number = opening.number();
            let next = opening.hear(heard, &self.port);
            self.go_on_opening(number, next);
        }
    }

    /// How many messages of readers came, while a file is opened by them.
    pub fn heard_of_readers(&self) -> Option<u32> {
        self.opening.as_ref().map(Underway::heard)
    }

    /// Readers have been silent for too long.
    pub fn give_readers_up(&mut self) {
        if let Some(opening) = self.opening.take() {
            let number = opening.number();
            let next = opening.give_up("the readers fell silent", &self.port);
            self.go_on_opening(number, next);
        }
    }

    fn go_on_opening(&mut self, number: u32, next: Result<Next, String>) {
        let answer = match next {
            Ok(Next::Wait(opening)) => {
                self.opening = Some(opening);
                return;
            }
            Ok(Next::Choose(contents)) => Ok(Answer::Contents(contents)),
            Ok(Next::Read(read)) => Ok(self.show(*read)),
            Err(text) => Err(text),
        };
        self.port.reply(number, answer);
        self.foresee_frame();
    }

    /// Sums up what the first frame will show, if that is the whole trace: the page is busy with itself meanwhile.
    fn foresee_frame(&mut self) {
        let Some(open) = &self.open else { return };
        let before = self.look.replace(Look::whole(open.trace.end.0 as f64));
        let mut list = std::mem::take(&mut self.list);
        if let Some(scene) = self.scene() {
            list.budget = Budget::All;
            draw(&scene, &mut list);
        }
        self.list = list;
        self.look = before;
    }

    /// Prepares a trace that was read.
    fn show(&mut self, read: Read) -> Answer {
        if read.levels.is_none() {
            self.port.notice(read.preparing());
        }
        let Read {
            name,
            file,
            trace,
            levels,
            mut cost,
            generations,
            idle,
        } = read;
        self.idle = idle;
        let levels = levels.unwrap_or_else(|| {
            let began = self.port.now();
            let levels = Levels::build(&trace);
            cost.stages
                .push(("levels of detail".into(), self.port.now() - began));
            levels
        });
        let open = OpenTrace::new(name.clone(), trace, levels, file);
        self.timing.clock = WallClock::of(&open.trace);
        let opened = Opened {
            name,
            end: open.trace.end.0 as f64,
            lanes: open.lanes_state(),
            samples: !open.trace.samples.is_empty(),
            generations,
            cost,
            clock: self.timing.readings(),
        };
        self.open = Some(open);
        self.frame_wanted = true;
        Answer::Opened(Box::new(opened))
    }

    /// Starts readers, as that takes them a while, and has one of them rehearse opening with a small trace; without readers
    /// it is rehearsed here.
    fn warm_up(&mut self, file: Option<File>, readers: u32) {
        // Who is refused some now is told when they are needed.
        self.waiting = Waiting::start(readers, &self.hear).ok();
        match (file, &mut self.waiting) {
            (Some(file), Some(waiting)) if readers > 0 => {
                waiting.rehearse(file).or_warn("rehearsing");
            }
            (Some(file), _) => _ = rehearse(&file),
            _ => {}
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

    fn scene(&self) -> Option<Scene<'_>> {
        let (look, open) = (self.look.as_ref()?, self.open.as_ref()?);
        Some(Scene {
            trace: &open.trace,
            levels: &open.levels,
            threads: open.threads.as_ref(),
            functions: open.functions.as_ref().filter(|_| look.by_function),
            band_scroll: look.band_scroll,
            lanes: &open.lanes,
            view: View {
                start: look.start,
                end: look.end,
                scroll: look.scroll,
            },
            size: self.size,
            theme: if look.dark { Theme::Dark } else { Theme::Light },
            hover: look.pointer,
            selection: look.selection.and_then(hit_of),
            flows: &open.flows.1.list,
            arrows: look.arrows,
            range: look.range,
            timing: self.timing.timing(look),
            highlights: open.found.as_ref().map(|found| &found.highlights),
        })
    }

    /// Paints the minimap, if what it shows has changed.
    fn paint_minimap(&mut self) {
        let (Some(look), Some(open)) = (&self.look, &self.open) else {
            return;
        };
        let theme = if look.dark { Theme::Dark } else { Theme::Light };
        let began = self.port.now();
        let marks = &self.timing.marks;
        let highlights = open.found.as_ref().map(|found| &found.highlights);
        match self.minimap.show(open, self.size, theme, marks, highlights) {
            Ok(true) => self.port.measure("minimap", began, self.port.now()),
            Ok(false) => {}
            Err(error) => self.port.notice(Notice::Panic {
                message: format!("the minimap cannot be painted: {error:?}"),
            }),
        }
    }

    /// Tells the page how large the canvases are, if that changed.
    fn tell_rooms(&mut self) {
        let ratio = self.size.sane_ratio();
        let css =
            |(width, height): (u32, u32)| (f64::from(width) / ratio, f64::from(height) / ratio);
        let screen = self.screen.as_ref().map_or((0, 0), Screen::room);
        let rooms = [css(screen), css(self.minimap.room())];
        if self.rooms != rooms {
            self.rooms = rooms;
            let [timeline, minimap] = rooms;
            self.port.notice(Notice::Rooms { timeline, minimap });
        }
    }

    /// Whether a frame should be asked for, once.
    pub fn take_frame_wish(&mut self) -> bool {
        let wanted = std::mem::take(&mut self.frame_wanted) && !self.frame_asked;
        self.frame_asked |= wanted;
        wanted
    }

    /// Paints a frame.
    pub fn paint(&mut self) {
        self.frame_asked = false;
        let began = self.port.now();
        let mut list = std::mem::take(&mut self.list);
        let Some(scene) = self.scene() else {
            self.list = list;
            return;
        };
        let showing = Some((self.look_number, self.size));
        let millis = match self.showed == showing {
            true => RESTING_MILLIS,
            false => MOVING_MILLIS,
        };
        list.budget = match self.was_finished {
            true => Budget::Until {
                now: clock,
                at: began + millis,
            },
            false => Budget::All,
        };
        draw(&scene, &mut list);
        let finished = !list.unfinished;
        let whole = scene.view.start <= 0.0 && scene.view.end >= scene.trace.end.0 as f64;
        let ground = scene.theme.colors().background;
        self.showed = showing;
        if finished {
            self.finished_look = self.look_number;
        } else {
            // What is left gets its turn in the next frame.
            self.frame_wanted = true;
        }
        let shown = match &mut self.screen {
            Some(screen) => screen.show(&list, self.size, ground),
            None => return self.list = list,
        };
        self.was_finished |= finished;
        let arrows = list.arrows;
        self.list = list;
        self.paint_minimap();
        if let Err(error) = shown {
            self.port.notice(Notice::Panic {
                message: format!("the timeline cannot be painted: {error:?}"),
            });
            return;
        }
        let ended = self.port.now();
        self.port.measure("frame", began, ended);
        if self.frame_millis.len() == KEPT_FRAMES {
            self.frame_millis.pop_front();
        }
        self.frame_millis.push_back(ended - began);
        self.tell_rooms();
        self.painted = self.painted.wrapping_add(1);
        self.port.notice(Notice::Painted {
            frame: self.painted,
            look: self.finished_look,
            whole: whole && finished,
            arrows: match arrows {
                Arrows::Off => ArrowsShown::Off,
                Arrows::Drawn(count) => ArrowsShown::Drawn(count),
                Arrows::TooMany => ArrowsShown::TooMany,
            },
        });
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
