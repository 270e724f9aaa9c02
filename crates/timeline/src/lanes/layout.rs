//! What is shown → runs of lanes: the band of those that are pinned, and the list of all others.

use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{GoroutineIndex, GroupIndex, ProcIndex, ThreadIndex, Trace};

use super::Lanes;
use super::groups::Apart;
use super::kind::{Arrangement, BAR, Below, LaneKind};
use super::order::apply_moves;
use super::stack::{Stack, What};
use crate::filter::Wanted;
use crate::levels::Levels;

impl Lanes {
    /// Puts all in order, then filters and lays out.
    pub(super) fn rearrange(&mut self, trace: &Trace) {
        self.groups.reorder(trace, self.sort, &self.moves);
        self.refilter(trace);
    }

    /// Finds what is shown, then lays it out.
    pub(super) fn refilter(&mut self, trace: &Trace) {
        let mut goroutines: Vec<GoroutineIndex> = Vec::new();
        let (mut hidden, mut pinned): (Vec<GroupIndex>, Vec<GroupIndex>) = (Vec::new(), Vec::new());
        for (list, groups) in [(&self.hidden, &mut hidden), (&self.pins, &mut pinned)] {
            for &kind in list {
                match kind {
                    LaneKind::Goroutine(g) => goroutines.push(g),
                    LaneKind::Group(group) => groups.push(group),
                    _ => {}
                }
            }
        }
        let apart = Apart {
            goroutines: &goroutines,
            hidden: &hidden,
            pinned: &pinned,
        };
        let wanted = Wanted::new(&self.filter, trace, self.window);
        self.groups.filter(trace, &wanted, apart);
        let apart: Vec<_> = self.pins.iter().chain(&self.hidden).copied().collect();
        self.focus.filter(trace, &wanted, &apart);
        let is_apart = |kind: LaneKind| apart.contains(&kind);
        self.shown_tracks.clone_from(&self.tracks);
        apply_moves(&mut self.shown_tracks, &self.moves, Some);
        self.shown_tracks.retain(|&track| !is_apart(track));
        self.procs.clone_from(&self.all_procs);
        apply_moves(&mut self.procs, &self.moves, |lane| match lane {
            LaneKind::Proc(proc) => Some(proc),
            _ => None,
        });
        self.procs
            .retain(|&proc: &ProcIndex| !is_apart(LaneKind::Proc(proc)));
        self.threads.clone_from(&self.all_threads);
        apply_moves(&mut self.threads, &self.moves, |lane| match lane {
            LaneKind::Thread(thread) => Some(thread),
            _ => None,
        });
        self.threads
            .retain(|&thread: &ThreadIndex| !is_apart(LaneKind::Thread(thread)));
        self.lay_out();
    }

    /// Computes the runs anew.
    pub(super) fn lay_out(&mut self) {
        let mut band = std::mem::take(&mut self.band);
        let mut list = std::mem::take(&mut self.list);
        band.clear();
        list.clear();
        for i in 0..self.pins.len() {
            self.lay_out_pin(self.pins[i], &mut band);
        }
        for i in 0..self.shown_tracks.len() {
            let track = self.shown_tracks[i];
            if self.shows_track(track) {
                list.push(What::One(track), track.height(), 1);
            }
        }
        let header = match self.arrangement {
            Arrangement::Procs => LaneKind::ProcsHeader,
            Arrangement::Threads => LaneKind::ThreadsHeader,
            Arrangement::Goroutine { .. } | Arrangement::Task(_) => {
                self.fixed = list.runs.len();
                self.lay_out_focus(&mut list);
                (self.band, self.list) = (band, list);
                return;
            }
        };
        if !self.pins.contains(&header) && !self.hidden.contains(&header) {
            self.lay_out_actors(header, &mut list);
        }
        self.fixed = list.runs.len();
        for i in 0..self.groups.sections.len() {
            if !self.groups.sections[i].pinned {
                self.lay_out_section(i, &mut list);
            }
        }
        (self.band, self.list) = (band, list);
    }

    fn lay_out_pin(&mut self, pin: LaneKind, band: &mut Stack) {
        match pin {
            LaneKind::Group(group) => {
                // Where goroutines do not stand by group there are no groups.
                if self.by_group()
                    && let Some(section) = self.groups.section_of(group)
                {
                    self.lay_out_section(section, band);
                }
            }
            LaneKind::ProcsHeader if self.arrangement == Arrangement::Procs => {
                self.lay_out_actors(pin, band);
            }
            LaneKind::ThreadsHeader if self.arrangement == Arrangement::Threads => {
                self.lay_out_actors(pin, band);
            }
            LaneKind::ProcsHeader | LaneKind::ThreadsHeader | LaneKind::Heading(_) => {}
            LaneKind::Task(_) if !matches!(self.arrangement, Arrangement::Task(_)) => {}
            LaneKind::Goroutine(g) => {
                let below = self.opened.below(g).unwrap_or(Below::NONE);
                band.push_goroutines(What::One(pin), 1, below);
            }
            _ => band.push(What::One(pin), pin.height(), 1),
        }
    }

    /// The procs or the threads with their header.
    fn lay_out_actors(&self, header: LaneKind, stack: &mut Stack) {
        let (what, count, folded) = match header {
            LaneKind::ProcsHeader => (What::Procs, self.procs.len(), self.procs_folded),
            _ => (What::Threads, self.threads.len(), self.threads_folded),
        };
        if count > 0 {
            stack.push(What::One(header), header.height(), 1);
            if !folded {
                stack.push(what, BAR, count as u32);
            }
        }
    }

    fn lay_out_section(&mut self, section: usize, stack: &mut Stack) {
        let begin = stack.runs.len();
        let found = &self.groups.sections[section];
        let (group, first, count) = (found.group, found.first, found.count);
        let header = found.has_header();
        if header {
            let header = LaneKind::Group(group);
            stack.push(What::One(header), header.height(), 1);
        }
        if !header || !self.groups.folds().is_folded(group) {
            // Goroutines that are higher than the others, by place.
            let mut open: Vec<(u32, Below)> = (self.opened.goroutines())
                .filter_map(|g| {
                    let place = self.groups.place_of(g)?;
                    let here = (first..first + count).contains(&place);
                    Some((place, self.opened.below(g)?)).filter(|_| here)
                })
                .collect();
            sort_by_numbers(&mut open, |&(place, _)| [place.into(), 0]);
            let mut next = first;
            for (place, below) in open {
                let what = What::Members { first: next };
                stack.push_goroutines(what, place - next, Below::NONE);
                stack.push_goroutines(What::Members { first: place }, 1, below);
                next = place + 1;
            }
            let what = What::Members { first: next };
            stack.push_goroutines(what, first + count - next, Below::NONE);
        }
        self.groups.sections[section].runs = begin..stack.runs.len();
    }

    fn lay_out_focus(&mut self, list: &mut Stack) {
        let of = |&(kind, regions): &(LaneKind, Below)| match kind {
            LaneKind::Goroutine(g) => {
                let below = self.opened.below(g).unwrap_or(regions);
                (BAR + below.height(), below)
            }
            kind => (kind.height(), regions),
        };
        let mut first = 0;
        for equal in self.focus.list.chunk_by(|a, b| of(a) == of(b)) {
            let (height, below) = of(&equal[0]);
            let count = equal.len() as u32;
            list.push_run(What::Listed { first }, height, count, below);
            first += count;
        }
    }

    /// Whether this arrangement shows a track: of one goroutine or task only what may hold it up; the threads' own
    /// header says what their track does.
    fn shows_track(&self, track: LaneKind) -> bool {
        match self.arrangement {
            Arrangement::Procs => true,
            Arrangement::Threads => track != LaneKind::ThreadStates,
            Arrangement::Goroutine { .. } | Arrangement::Task(_) => track == LaneKind::Gc,
        }
    }
}

/// The tracks for which the trace has data.
pub(super) fn tracks(trace: &Trace, levels: &Levels) -> Vec<LaneKind> {
    let ranges = &trace.ranges;
    let has_gc = !ranges.gc_marks.is_empty() || !ranges.stop_the_world.is_empty();
    let has_arrivals = !levels.network_wakeups.is_empty() || !levels.syscall_returns.is_empty();
    let metrics = &trace.metrics;
    let has_heap = !metrics.heap_objects.is_empty() || !metrics.heap_goal.is_empty();
    [
        (has_gc, LaneKind::Gc),
        (has_heap, LaneKind::Heap),
        (!trace.spans.is_empty(), LaneKind::GoroutineStates),
        (!trace.spans.is_empty(), LaneKind::ThreadStates),
        (has_arrivals, LaneKind::Arrivals),
    ]
    .into_iter()
    .filter_map(|(has, kind)| has.then_some(kind))
    .collect()
}
