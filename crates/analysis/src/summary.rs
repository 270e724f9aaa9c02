//! The whole trace in a few numbers: what the page's summary and `tracepane report` show.

use tracepane_model::{EventType, Nanos, ProcIndex, RangeRow, Report, SlipKind, SpanState, Trace};

use crate::findings::{self, Finding};
use crate::format;
use crate::goroutines::GoroutineTimes;
use crate::sum;

/// The numbers of goroutines.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct GoroutineCounts {
    /// All that the trace names.
    pub total: u64,
    /// Those that existed when it began.
    pub at_start: u64,
    /// Those that existed when it ended.
    pub at_end: u64,
    /// The most that existed at once.
    pub most: u64,
}

/// The stop-the-world pauses.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct PauseCounts {
    /// How many.
    pub count: u64,
    /// How long in all.
    pub total: Nanos,
    /// The longest.
    pub longest: Nanos,
}

/// A whole trace in a few numbers.
#[derive(Clone, PartialEq, Debug)]
pub struct Summary {
    /// The Go versions that write this format.
    pub go_versions: String,
    /// How many bytes the trace has.
    pub bytes: u64,
    /// How long it is.
    pub duration: Nanos,
    /// The wall-clock time of its start, if it says: seconds and nanoseconds since the Unix epoch.
    pub wall_clock: Option<(i64, u32)>,
    /// How many events it has.
    pub events: u64,
    /// How many generations it has.
    pub generations: u64,
    /// How many spans of goroutines.
    pub spans: u64,
    /// The goroutines.
    pub goroutines: GoroutineCounts,
    /// How many procs ran goroutines.
    pub procs: u64,
    /// How many threads did something.
    pub threads: u64,
    /// The last value of GOMAXPROCS, if known.
    pub gomaxprocs: Option<u64>,
    /// How many GC cycles were marking.
    pub gc_cycles: u64,
    /// How long they were marking in all.
    pub gc_mark: Nanos,
    /// The stop-the-world pauses.
    pub pauses: PauseCounts,
    /// The most bytes of live heap objects, if known.
    pub heap_max: Option<u64>,
    /// User tasks.
    pub tasks: u64,
    /// User regions.
    pub regions: u64,
    /// User log messages.
    pub logs: u64,
    /// CPU profile samples.
    pub samples: u64,
    /// Events of experiments.
    pub experimental_events: u64,
    /// What could not be shown: a sentence for each loss.
    pub losses: Vec<String>,
    /// What was odd: a sentence for each kind of slip.
    pub slips: Vec<String>,
    /// Where to go next.
    pub findings: Vec<Finding>,
}

/// Sums a trace up. `times` are those of the whole trace.
pub fn summary(trace: &Trace, times: &GoroutineTimes) -> Summary {
    let metrics = &trace.metrics;
    let (gc_cycles, gc_mark) = gc(trace);
    Summary {
        go_versions: trace.go_versions.clone(),
        bytes: trace.bytes,
        duration: trace.end,
        wall_clock: trace.wall_clock(Nanos(0)),
        events: trace.events,
        generations: trace.generations.len() as u64,
        spans: trace.spans.len() as u64,
        goroutines: goroutine_counts(trace),
        procs: procs(trace),
        threads: trace.procs.threads.len() as u64,
        gomaxprocs: metrics.gomaxprocs.last().map(|point| point.value),
        gc_cycles,
        gc_mark,
        pauses: pauses(trace),
        heap_max: metrics.heap_objects.iter().map(|point| point.value).max(),
        tasks: trace.tasks.len() as u64,
        regions: trace.regions.len() as u64,
        logs: trace.logs.len() as u64,
        samples: trace.samples.len() as u64,
        experimental_events: trace.event_counts.of(EventType::Experimental),
        losses: losses(&trace.report, trace.bytes),
        slips: slips(&trace.report),
        findings: findings::findings(trace, times),
    }
}

/// Format v1 names procs that do not exist, for events that happened outside of any.
fn procs(trace: &Trace) -> u64 {
    (0..trace.procs.ids.len() as u32)
        .filter(|&proc| !trace.procs.ran(ProcIndex(proc)).is_empty())
        .count() as u64
}

/// Counts lives: an id that is used again is a goroutine again.
fn goroutine_counts(trace: &Trace) -> GoroutineCounts {
    let mut alive = vec![false; trace.goroutines.len()];
    let mut counts = GoroutineCounts::default();
    // Goroutines that are found during the first generation were there from the start.
    let (mut now, mut most) = (0i64, 0i64);
    for (span, _) in trace.spans.iter() {
        let Some(was_alive) = alive.get_mut(trace.spans.goroutine(span).0 as usize) else {
            continue;
        };
        let kind = trace.spans.kind(span);
        let is_alive = kind.state() != SpanState::Dead;
        if is_alive && !*was_alive {
            counts.total += 1;
            if kind.was_going_on() {
                counts.at_start += 1;
            } else {
                now += 1;
                most = most.max(now);
            }
        } else if !is_alive && *was_alive {
            now -= 1;
        }
        *was_alive = is_alive;
    }
    counts.at_end = (counts.at_start as i64 + now).max(0) as u64;
    counts.most = (counts.at_start as i64 + most) as u64;
    counts
}

fn gc(trace: &Trace) -> (u64, Nanos) {
    let marks = &trace.ranges.gc_marks;
    let lengths = marks
        .iter()
        .map(|&place| length(&trace.ranges.rows.at(place as usize)));
    (marks.len() as u64, sum::all(lengths))
}

fn pauses(trace: &Trace) -> PauseCounts {
    let mut pauses = PauseCounts::default();
    for &place in &trace.ranges.stop_the_world {
        let nanos = length(&trace.ranges.rows.at(place as usize));
        pauses.count += 1;
        pauses.longest = pauses.longest.max(nanos);
        sum::add(&mut pauses.total, nanos.0);
    }
    pauses
}

/// How long a range is.
pub(crate) fn length(range: &RangeRow) -> Nanos {
    Nanos(range.end.0.saturating_sub(range.start.0))
}

/// What could not be shown of a trace of `bytes` bytes, in sentences.
pub fn losses(report: &Report, bytes: u64) -> Vec<String> {
    report
        .losses
        .iter()
        .map(|loss| {
            let place = match loss.generation {
                Some(generation) => format!(
                    "at byte {} in generation {generation}",
                    format::count(loss.offset)
                ),
                None => format!("at byte {}", format::count(loss.offset)),
            };
            let reason = full_stop(&loss.reason);
            // How much is missing is not always known.
            if loss.bytes == 0 {
                return format!("Something is missing {place}: {reason}");
            }
            format!(
                "{} {place} could not be shown, {} of the trace: {reason}",
                format::bytes(loss.bytes),
                format::percent(loss.bytes as f64, bytes as f64),
            )
        })
        .collect()
}

/// What was odd, in sentences.
pub fn slips(report: &Report) -> Vec<String> {
    report
        .slips
        .iter()
        .map(|slip| {
            let times = match slip.count {
                1 => "once".to_owned(),
                n => format!("{} times", format::count(n)),
            };
            format!(
                "{} {times}, first at byte {} in generation {}: {}",
                slip_kind(slip.kind),
                format::count(slip.first.offset),
                slip.first.generation,
                full_stop(&slip.detail),
            )
        })
        .collect()
}

/// What a kind of slip means for the reader of the trace: the beginning of a sentence.
fn slip_kind(kind: SlipKind) -> &'static str {
    match kind {
        SlipKind::UnbalancedRegion => "A region was ended out of turn",
        SlipKind::TaskBeganTwice => "A task's number was used again before its end",
        SlipKind::TimeOutOfOrder => "A timestamp was earlier than the one before",
        SlipKind::EventDoesNotFit => "An event did not fit what was known, and was bent or skipped",
        // Tables stand at a generation's end: after a cut it is the names that are missing, not the events.
        SlipKind::UnknownString => "A name or reason is missing in its generation's tables",
        SlipKind::UnknownStack => "A stack is missing in its generation's tables",
        SlipKind::UnknownExperiment => "A batch of an unknown experiment was skipped",
        SlipKind::DuplicateId => "A table has the same number twice",
        SlipKind::BadBatch => "The rest of a batch was skipped",
        _ => "Something was odd",
    }
}

fn full_stop(sentence: &str) -> String {
    let end = if sentence.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{sentence}{end}")
}

/// The date and time of a moment in UTC: "2026-11-23 20:56:01.234 UTC". Pure arithmetic, no time zone database.
pub fn utc(seconds: i64, nanos: u32) -> String {
    let days = seconds.div_euclid(86_400);
    let rest = seconds.rem_euclid(86_400);
    // Howard Hinnant's civil_from_days: eras of 400 years that begin on March 1st.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}.{:03} UTC",
        rest / 3_600,
        rest / 60 % 60,
        rest % 60,
        nanos / 1_000_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_gregorian() {
        assert_eq!(utc(0, 0), "1970-01-01 00:00:00.000 UTC");
        assert_eq!(utc(951_782_400, 0), "2000-02-29 00:00:00.000 UTC");
        assert_eq!(
            utc(1_795_467_361, 234_567_890),
            "2026-11-23 20:56:01.234 UTC"
        );
        assert_eq!(utc(-1, 999_000_000), "1969-12-31 23:59:59.999 UTC");
        assert_eq!(utc(4_107_542_400, 0), "2100-03-01 00:00:00.000 UTC");
    }
}
