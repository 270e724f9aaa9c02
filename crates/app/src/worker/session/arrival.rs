//! How a trace comes to the session: a file is begun, readers are heard, what was read is shown.

use tracepane_timeline::{Budget, Levels, WallClock, draw};

use super::Session;
use super::frames::scene_of;
use crate::interop::JsResult;
use crate::protocol::{Answer, FromReader, Look, OpenAsk, Opened};
use crate::worker::opened::OpenTrace;
use crate::worker::opening::{self, Next, Read, Underway};
use crate::worker::readers::Heard;
use crate::worker::rehearsal::rehearse;
use crate::worker::trace_file::TraceFile;
use crate::worker::waiting::Waiting;

impl Session {
    /// Begins to open a file. Readers may go on with it.
    pub(super) fn begin_to_open(&mut self, number: u32, ask: OpenAsk, file: Option<TraceFile>) {
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
        // Who fails before there is a file would fail at it too: others are started then.
        if let Heard::Reader(_, Err(_) | Ok((FromReader::Failed { .. }, _))) = &heard {
            self.waiting = None;
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
        let look = Look::whole(open.trace.end.0 as f64);
        self.list.budget = Budget::All;
        draw(
            &scene_of(open, &look, &self.timing, self.size),
            &mut self.list,
        );
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
    pub(super) fn warm_up(&mut self, file: Option<TraceFile>, readers: u32) {
        // Who is refused some now is told when they are needed.
        self.waiting = Waiting::start(readers, &self.hear).ok();
        match (file, &mut self.waiting) {
            (Some(file), Some(waiting)) if readers > 0 => {
                waiting.rehearse(file.file).or_warn("rehearsing");
            }
            (Some(file), _) => _ = rehearse(&file.file),
            _ => {}
        }
    }
}
