//! The tracks of threads, and of what came from outside.

use tracepane_model::{SpanIndex, Trace};

use crate::class::Class;
use crate::draw::frame::{Frame, Weight};
use crate::draw::strip::Intervals;
use crate::lanes::{GUTTER, Lane};
use crate::list::Align;
use crate::text::Count;

/// What the threads' track stacks.
pub const WITH_THREAD: [Class; 4] = [
    Class::Running,
    Class::GcWork,
    Class::Syscall,
    Class::SyscallBlocked,
];

impl Frame<'_, '_> {
    /// How many threads run goroutines and how many are in system calls, those that lost their proc included.
    pub fn threads_track(&mut self, lane: &Lane) {
        let full = self.scene.levels.threads_scale();
        self.stack_of(lane, &WITH_THREAD, full);
    }

    /// Wake-ups by the network above, returns from blocked system calls below.
    pub fn arrivals_track(&mut self, lane: &Lane) {
        let (trace, levels, columns) = (self.scene.trace, self.scene.levels, self.columns);
        for (rows, (top, bottom), color) in [
            (&levels.network_wakeups, UPPER, self.colors.network_mark),
            (&levels.syscall_returns, LOWER, self.colors.syscall_mark),
        ] {
            let (top, bottom) = self.band(lane, top, bottom);
            arrivals(trace, rows).walk(&columns, |from, to, _| {
                self.list
                    .rect(columns.x(from), top, columns.x(to), bottom, color);
            });
        }
    }

    /// The names of these two tracks.
    pub fn counter_name(&mut self, lane: &Lane) {
        use crate::lanes::LaneKind as Kind;
        let room = (10.0, GUTTER - 8.0);
        let levels = self.scene.levels;
        match lane.kind {
            Kind::ThreadStates => {
                let name = format_args!("Threads");
                self.gutter_text(lane, room, 10.0, Weight::Bold, Align::Left, name);
                let most = Count(levels.threads_scale().ceil() as u64);
                let text = format_args!("0 to {most}");
                self.gutter_text(lane, room, 10.0, Weight::Dim, Align::Right, text);
                let text = format_args!("running, in system calls");
                self.gutter_text(lane, room, 25.0, Weight::Dim, Align::Left, text);
            }
            _ => {
                let middle = lane.height / 2.0;
                let name = format_args!("Arrivals");
                self.gutter_text(lane, room, middle, Weight::Bold, Align::Left, name);
                let network = Count(levels.network_wakeups.len() as u64);
                let syscalls = Count(levels.syscall_returns.len() as u64);
                let text = format_args!("{network} network, {syscalls} syscall");
                let room = (64.0, room.1);
                self.gutter_text(lane, room, middle, Weight::Dim, Align::Right, text);
            }
        }
    }
}

/// Where the arrivals are, in CSS pixels from their track's top.
const UPPER: (f64, f64) = (3.0, 10.5);
const LOWER: (f64, f64) = (11.5, 19.0);

/// Whether the network's wake-ups are at this place of the track, CSS pixels from its top; else the system calls' returns.
pub fn is_network(y: f64) -> bool {
    y < (UPPER.1 + LOWER.0) / 2.0
}

/// Rows of the span table as intervals without length.
pub fn arrivals<'a>(
    trace: &'a Trace,
    rows: &'a [u32],
) -> Intervals<'a, impl Fn(u32) -> (f64, f64) + use<'a>> {
    Intervals {
        rows,
        times: move |row| {
            let time = trace.spans.start(SpanIndex(row)).0 as f64;
            (time, time)
        },
    }
}
