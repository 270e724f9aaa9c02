//! Changes of what goes on → the steps of mutator utilization functions: the state machine of
//! `MutatorUtilizationV2` in `internal/trace/gc.go`.

use tracepane_model::Nanos;

use super::{MAX_SERIES, Utilization, UtilizationSeries};

/// Something that changes utilization. Procs by their number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Change {
    /// So many procs.
    Procs(u64),
    /// A pause of the GC ends.
    Start,
    /// A piece of work ends.
    End(u64),
    /// A pause of the GC begins.
    Stop,
    /// A piece of work begins.
    Begin(u64),
}

impl Change {
    /// The order of changes at the same time.
    pub(super) fn order(self) -> u8 {
        match self {
            Self::Procs(_) => 0,
            Self::Start | Self::End(_) => 1,
            Self::Stop | Self::Begin(_) => 2,
        }
    }
}

/// A proc with what the GC does on it.
#[derive(Clone, Copy, Default)]
struct Proc {
    /// Pieces of work; negative where ends outnumber beginnings, as they may in `go tool trace`.
    gc: i64,
    /// Which series is its own.
    series: usize,
    /// Changed since the last note.
    touched: bool,
}

/// The functions so far.
pub(super) struct Steps {
    per_proc: bool,
    /// Functions end where they should, even if they end with 0.
    ends: bool,
    series: Vec<UtilizationSeries>,
    /// The procs, as many as are of use: [`Self::count`] may be any number.
    procs: Vec<Proc>,
    count: u64,
    /// How many of them have work of the GC.
    busy: u64,
    stopped: i64,
    touched: Vec<usize>,
    all_touched: bool,
    /// When the number of procs changed, and to what.
    counts: Vec<(Nanos, u64)>,
}

impl Steps {
    /// `ends`: of a function that is 0 to its end, that end is noted; `go tool trace` lets it end where it became 0.
    pub(super) fn new(per_proc: bool, ends: bool) -> Self {
        Self {
            per_proc,
            ends,
            series: Vec::new(),
            procs: Vec::new(),
            count: 0,
            busy: 0,
            stopped: 0,
            touched: Vec::new(),
            all_touched: false,
            counts: Vec::new(),
        }
    }

    /// How many steps the first function has.
    pub(super) fn len(&self) -> usize {
        self.series.first().map_or(0, Vec::len)
    }

    pub(super) fn change(&mut self, time: Nanos, change: Change) {
        match change {
            Change::Procs(count) => self.resize(time, count),
            Change::Stop | Change::Start => {
                self.stopped += if change == Change::Stop { 1 } else { -1 };
                self.all_touched = true;
            }
            Change::Begin(proc) => self.add(proc, 1),
            Change::End(proc) => self.add(proc, -1),
        }
    }

    fn add(&mut self, proc: u64, more: i64) {
        let Some(place) = usize::try_from(proc).ok() else {
            return;
        };
        let Some(proc) = self.procs.get_mut(place) else {
            return;
        };
        let was_busy = proc.gc > 0;
        proc.gc += more;
        match (was_busy, proc.gc > 0) {
            (false, true) => self.busy += 1,
            (true, false) => self.busy -= 1,
            _ => {}
        }
        if !proc.touched {
            proc.touched = true;
            self.touched.push(place);
        }
    }

    fn resize(&mut self, time: Nanos, count: u64) {
        let kept = usize::try_from(count).unwrap_or(MAX_SERIES).min(MAX_SERIES);
        for proc in self.procs.drain(kept.min(self.procs.len())..) {
            self.busy -= u64::from(proc.gc > 0);
            if self.per_proc
                && let Some(series) = self.series.get_mut(proc.series)
            {
                end(series, time, self.ends);
            }
        }
        let procs = &self.procs;
        self.touched.retain(|&place| place < procs.len());
        while self.procs.len() < kept {
            let mut proc = Proc::default();
            if self.per_proc || self.series.is_empty() {
                if self.series.len() >= MAX_SERIES {
                    break;
                }
                proc.series = self.series.len();
                self.series.push(vec![Utilization { time, part: 1.0 }]);
            }
            self.procs.push(proc);
        }
        if self.counts.last().is_none_or(|&(_, last)| last != count) {
            self.counts.push((time, count));
        }
        self.count = count;
        self.all_touched = true;
    }

    /// `go tool trace` learns of a range that was going on all the time.
    pub(super) fn subtract_one_proc(&mut self) {
        let Some(series) = self.series.first_mut() else {
            return;
        };
        let mut place = 0;
        for step in series {
            while place + 1 < self.counts.len() && self.counts[place + 1].0 < step.time {
                place += 1;
            }
            let count = self.counts.get(place).map_or(1, |&(_, count)| count.max(1));
            step.part = (step.part - 1.0 / count as f64).max(0.0);
        }
    }

    /// Notes how things are after all changes at `time`.
    pub(super) fn note(&mut self, time: Nanos) {
        if self.count == 0 {
            return;
        }
        if !self.per_proc {
            let busy = if self.stopped > 0 {
                self.count
            } else {
                self.busy
            };
            let part = 1.0 - busy as f64 / self.count as f64;
            if let Some(series) = self.series.first_mut() {
                push(series, time, part);
            }
            self.forget_touched();
            return;
        }
        let stopped = self.stopped > 0;
        let part = |proc: &Proc| if stopped || proc.gc > 0 { 0.0 } else { 1.0 };
        if self.all_touched {
            for proc in &self.procs {
                push(&mut self.series[proc.series], time, part(proc));
            }
        } else {
            for &place in &self.touched {
                let proc = &self.procs[place];
                push(&mut self.series[proc.series], time, part(proc));
            }
        }
        self.forget_touched();
    }

    fn forget_touched(&mut self) {
        for place in self.touched.drain(..) {
            if let Some(proc) = self.procs.get_mut(place) {
                proc.touched = false;
            }
        }
        self.all_touched = false;
    }

    /// Ends all functions.
    pub(super) fn finish(mut self, time: Nanos) -> Vec<UtilizationSeries> {
        for proc in &self.procs {
            if let Some(series) = self.series.get_mut(proc.series) {
                end(series, time, self.ends);
            }
        }
        self.series
    }
}

fn end(series: &mut UtilizationSeries, time: Nanos, always: bool) {
    push(series, time, 0.0);
    if always && series.last().is_none_or(|last| last.time < time) {
        series.push(Utilization { time, part: 0.0 });
    }
}

/// `addUtil`: of two values at one time the lower one counts.
fn push(series: &mut UtilizationSeries, time: Nanos, part: f64) {
    match series.last_mut() {
        Some(last) if last.part == part => {}
        Some(last) if last.time == time => {
            if part < last.part {
                last.part = part;
            }
        }
        _ => series.push(Utilization { time, part }),
    }
}
