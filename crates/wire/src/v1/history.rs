//! What must be true before an event can happen: who runs where, which ranges, tasks and regions are open.
//!
//! After `postProcessTrace` of Go's `internal/trace/internal/tracev1/parser.go`. That function refuses a trace at the
//! first contradiction; here an event that contradicts is either mended (it happened, what went before is missing) or
//! dropped (it says nothing that can be shown). Strict reading refuses both.

use hashbrown::HashMap;

use crate::report::SlipKind;
use crate::v1::record::{Kind, Record};
use crate::v1::spec::Reason;
use crate::v1::survey::Survey;

/// Whether an event fits what went before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It fits.
    Fits,
    /// It does not, but it is shown, and what went before is taken to have been as it needs.
    Mended(SlipKind, &'static str),
    /// It does not, and it is left out.
    Dropped(SlipKind, &'static str),
}

const fn mended(what: &'static str) -> Verdict {
    Verdict::Mended(SlipKind::EventDoesNotFit, what)
}

const fn dropped(what: &'static str) -> Verdict {
    Verdict::Dropped(SlipKind::EventDoesNotFit, what)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Dead,
    Runnable,
    Running,
    Waiting,
}

#[derive(Clone, Copy)]
struct Goroutine {
    state: State,
    /// It was mentioned before: it cannot be created again.
    known: bool,
    /// What it waits for is the network.
    network: bool,
    assists: bool,
}

#[derive(Clone, Copy, Default)]
struct Proc {
    running: bool,
    /// The goroutine that it runs, or 0.
    goroutine: u32,
    sweeps: bool,
}

/// A task as it began.
#[derive(Clone, Copy)]
pub struct Task {
    /// Its parent's id as the trace has it: 0 if it has none.
    pub parent: u64,
    /// The slot of its name.
    pub name: u32,
}

/// The state of everything, event after event.
pub struct History {
    goroutines: Vec<Goroutine>,
    procs: Vec<Proc>,
    /// The tasks that have begun and not ended.
    pub tasks: HashMap<u64, Task>,
    /// The open regions of each goroutine, innermost last: task and slot of the name.
    regions: HashMap<u32, Vec<(u64, u32)>>,
    cycle: bool,
    stopped: bool,
}

impl History {
    /// Before the first event.
    pub fn new(survey: &Survey) -> Self {
        let unknown = Goroutine {
            state: State::Dead,
            known: false,
            network: false,
            assists: false,
        };
        let mut goroutines = vec![unknown; survey.goroutines.ids().len()];
        if let Some(none) = goroutines.first_mut() {
            *none = Goroutine {
                state: State::Running,
                known: true,
                ..unknown
            };
        }
        Self {
            goroutines,
            procs: vec![Proc::default(); survey.procs.len()],
            tasks: HashMap::new(),
            regions: HashMap::new(),
            cycle: false,
            stopped: false,
        }
    }

    /// Whether a goroutine waits for the network.
    #[inline]
    pub fn waits_for_network(&self, goroutine: u32) -> bool {
        self.goroutines[goroutine as usize].network
    }

    /// `checkRunning`: the executing goroutine runs on the executing proc.
    #[inline]
    fn runs(&self, record: &Record) -> bool {
        self.goroutines[record.goroutine as usize].state == State::Running
            && self.procs[record.proc() as usize].goroutine == record.goroutine
    }

    /// The executing goroutine leaves its proc.
    #[inline]
    fn leave(&mut self, record: &Record, to: State, network: bool) -> Verdict {
        if record.goroutine == 0 {
            return dropped("it happened on no goroutine");
        }
        let runs = self.runs(record);
        let goroutine = &mut self.goroutines[record.goroutine as usize];
        goroutine.state = to;
        goroutine.known = true;
        goroutine.network = network;
        self.procs[record.proc() as usize].goroutine = 0;
        if runs {
            Verdict::Fits
        } else {
            mended("the goroutine was not running there")
        }
    }

    /// Takes the next event into account.
    pub fn take(&mut self, record: &Record, timer: bool, wide: &[u64]) -> Verdict {
        let own = record.goroutine as usize;
        let proc = record.proc() as usize;
        match record.kind {
            Kind::ProcStart => toggle(&mut self.procs[proc].running, true, "the proc ran already"),
            Kind::ProcStop => {
                let held = std::mem::take(&mut self.procs[proc].goroutine) != 0;
                match toggle(&mut self.procs[proc].running, false, "the proc did not run") {
                    Verdict::Fits if held => mended("the proc still ran a goroutine"),
                    verdict => verdict,
                }
            }
            Kind::GcStart => toggle(&mut self.cycle, true, "the GC cycle before has not ended"),
            Kind::GcDone => toggle(&mut self.cycle, false, "no GC cycle was in progress"),
            Kind::StopStart => toggle(&mut self.stopped, true, "the world was stopped already"),
            Kind::StopDone => toggle(&mut self.stopped, false, "the world was not stopped"),
            Kind::SweepStart => {
                toggle(&mut self.procs[proc].sweeps, true, "the proc swept already")
            }
            Kind::SweepDone => toggle(
                &mut self.procs[proc].sweeps,
                false,
                "the proc did not sweep",
            ),
            Kind::AssistStart => {
                self.goroutines[own].known = true;
                let assists = &mut self.goroutines[own].assists;
                toggle(assists, true, "the goroutine assisted already")
            }
            Kind::AssistDone => {
                // A mark assist may have begun before the trace did.
                self.goroutines[own].known = true;
                self.goroutines[own].assists = false;
                Verdict::Fits
            }
            Kind::GoWaiting | Kind::GoInSyscall => {
                let goroutine = &mut self.goroutines[own];
                if goroutine.state != State::Runnable {
                    return dropped("the goroutine was not runnable");
                }
                goroutine.state = State::Waiting;
                goroutine.network = false;
                Verdict::Fits
            }
            Kind::GoCreate => self.create(record),
            Kind::GoStart | Kind::GoStartLabel => self.start(record),
            Kind::GoEnd => {
                self.regions.remove(&record.goroutine);
                self.leave(record, State::Dead, false)
            }
            Kind::GoStop => self.leave(record, State::Dead, false),
            Kind::GoYield => self.leave(record, State::Runnable, false),
            Kind::GoBlock => {
                let network = record.a == Reason::Network as u32;
                self.leave(record, State::Waiting, network)
            }
            Kind::SysBlock => self.leave(record, State::Waiting, false),
            Kind::Syscall | Kind::SyscallBlocking => match (own, self.runs(record)) {
                (0, _) => dropped("it happened on no goroutine"),
                (_, true) => Verdict::Fits,
                (_, false) => mended("the goroutine was not running there"),
            },
            Kind::GoUnblock => self.unblock(record, timer),
            Kind::SysExit => {
                let goroutine = &mut self.goroutines[own];
                match goroutine.state {
                    _ if own == 0 => return dropped("it happened on no goroutine"),
                    State::Runnable => return dropped("the goroutine was not in a system call"),
                    _ => {}
                }
                let fits = goroutine.state == State::Waiting;
                goroutine.state = State::Runnable;
                goroutine.known = true;
                goroutine.network = false;
                if fits {
                    Verdict::Fits
                } else {
                    mended("the goroutine was not in a system call")
                }
            }
            Kind::TaskCreate => {
                let [id, parent] = [0, 1].map(|i| argument(wide, record.a, i));
                let task = Task {
                    parent,
                    name: record.b,
                };
                match self.tasks.insert(id, task) {
                    None => Verdict::Fits,
                    Some(_) => Verdict::Mended(
                        SlipKind::TaskBeganTwice,
                        "a task began with the id of one that had not ended",
                    ),
                }
            }
            Kind::RegionStart => {
                let region = (argument(wide, record.a, 0), record.b);
                self.regions
                    .entry(record.goroutine)
                    .or_default()
                    .push(region);
                Verdict::Fits
            }
            Kind::RegionEnd => self.end_region(record, argument(wide, record.a, 0)),
            Kind::RegionUnknown => dropped("a region that neither begins nor ends"),
            _ => Verdict::Fits,
        }
    }

    fn create(&mut self, record: &Record) -> Verdict {
        let runs = self.runs(record);
        let created = &mut self.goroutines[record.a as usize];
        let known = created.known;
        if known && created.state != State::Dead {
            return dropped("the goroutine existed already");
        }
        created.state = State::Runnable;
        created.known = true;
        created.network = false;
        match (known, runs) {
            (true, _) => mended("the goroutine existed before"),
            (false, false) => mended("the creating goroutine was not running there"),
            (false, true) => Verdict::Fits,
        }
    }

    fn start(&mut self, record: &Record) -> Verdict {
        if record.goroutine == 0 {
            return dropped("no goroutine started");
        }
        let goroutine = &mut self.goroutines[record.goroutine as usize];
        let proc = &mut self.procs[record.proc() as usize];
        let (runnable, free) = (goroutine.state == State::Runnable, proc.goroutine == 0);
        goroutine.state = State::Running;
        goroutine.known = true;
        goroutine.network = false;
        proc.goroutine = record.goroutine;
        match (runnable, free) {
            (true, true) => Verdict::Fits,
            (false, _) => mended("the goroutine was not runnable when it started"),
            (true, false) => mended("the proc ran another goroutine when it started one"),
        }
    }

    fn unblock(&mut self, record: &Record, timer: bool) -> Verdict {
        let running = self.goroutines[record.goroutine as usize].state == State::Running;
        let here = timer || self.procs[record.proc() as usize].goroutine == record.goroutine;
        let other = &mut self.goroutines[record.a as usize];
        if record.a == 0 || other.state == State::Runnable {
            return dropped("the goroutine was not waiting");
        }
        let waited = other.state == State::Waiting;
        other.state = State::Runnable;
        other.known = true;
        other.network = false;
        match (waited, running && here) {
            (true, true) => Verdict::Fits,
            (false, _) => mended("the goroutine was not waiting"),
            (true, false) => mended("the unblocking goroutine was not running there"),
        }
    }

    fn end_region(&mut self, record: &Record, task: u64) -> Verdict {
        let Some(open) = self.regions.get_mut(&record.goroutine) else {
            // It began before the trace did.
            return Verdict::Fits;
        };
        let region = (task, record.b);
        if open.pop_if(|innermost| *innermost == region).is_some() {
            if open.is_empty() {
                self.regions.remove(&record.goroutine);
            }
            return Verdict::Fits;
        }
        Verdict::Mended(
            SlipKind::UnbalancedRegion,
            "a region ended that was not the innermost one",
        )
    }
}

/// An argument that was put aside.
pub fn argument(wide: &[u64], place: u32, offset: u32) -> u64 {
    let place = place as usize + offset as usize;
    wide.get(place).copied().unwrap_or(0)
}

fn toggle(state: &mut bool, to: bool, otherwise: &'static str) -> Verdict {
    if *state == to {
        return dropped(otherwise);
    }
    *state = to;
    Verdict::Fits
}
