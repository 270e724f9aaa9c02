//! Format v1: what Go 1.11 to 1.21 write.
//!
//! The trace is surveyed first ([`survey`]: its tables, and where the batches are). Its events are read when they are
//! wanted ([`replay`]), which is cheaper than to keep them: once to find an order that every goroutine's history allows
//! ([`order`], [`retime`]), and again in this order, to be checked ([`history`]) and converted into the events of the other
//! format ([`convert`]), as if the trace were one generation. The rules are those of Go's
//! `internal/trace/internal/tracev1` and `internal/trace/tracev1.go`.
//! Where Go's result depends on the order of a map (some events at the same tick on two procs, goroutines that were
//! runnable when the trace began), ours is one of those that Go may give, always the same.

mod actors;
mod convert;
mod decode;
mod fault;
mod history;
mod order;
mod record;
mod replay;
mod resync;
mod retime;
pub mod spec;
mod survey;
mod symbols;

use crate::error::WireError;
use crate::report::{Loss, Place, Report, SlipKind};
use crate::sink::{GenerationInfo, Sink};
use crate::table::Resources;
use convert::{Converter, Nobody, Words};
use fault::inconsistent;
use order::{Ordered, Outcome, Patience};
pub(crate) use resync::{resynchronise, skip};
use retime::{Arranged, Rising, Settling};
use survey::Survey;

/// How many events are read in a call of what reads them: a browser's engine puts better code in the place of a function
/// when it is called again, not while it runs.
const PIECE: usize = 4096;

/// When the trace is surveyed, and when its events are in order: shares of the time that reading takes, about.
const SURVEYED: f64 = 0.1;
const ORDERED: f64 = 0.55;

/// How long the header is.
const HEADER_BYTES: usize = 16;

/// The clock's frequency when the trace does not say it: a tick is 16 ns, as the runtime has it where its clock counts
/// nanoseconds (`traceTimeDiv` in Go 1.21's `runtime/trace.go`); on x86 a tick is 64 cycles, about 16 to 32 ns.
const ASSUMED_TICKS_PER_SECOND: i64 = 62_500_000;

/// Reads a whole v1 trace, header included, of a header version that is 11, 19 or 21.
///
/// Returns what a generation is, of which the trace has one, and the number of events. Strict reading refuses what the
/// reference refuses, before any event; lenient reading counts it in `report`, shows all that can be read and never
/// fails.
///
/// # Errors
/// Only if `strict`: the first fault of the trace.
pub fn read(
    bytes: &[u8],
    version: u32,
    strict: bool,
    resources: &mut Resources,
    report: &mut Report,
    sink: &mut dyn Sink,
) -> Result<(GenerationInfo, u64), WireError> {
    let length = bytes.len() as u64;
    let mut survey = survey::survey(bytes, version, strict, report, sink)?;
    let arranged = arrange(&mut survey, strict, report, sink)?;
    let mut records = arranged.records(&survey);
    let start = (records.next()).map_or(0, |placed| placed.record.time());
    drop(records);
    let frequency = match survey.frequency {
        Some(frequency) => frequency,
        None if strict => {
            let field = "Frequency";
            return Err(WireError::malformed(
                length,
                field,
                "one in the trace",
                "none",
            ));
        }
        None => {
            report.lose(Loss {
                offset: length,
                bytes: 0,
                generation: Some(1),
                reason: "the clock's frequency was in the part that is missing: times assume 16 ns per tick and may \
                         be off by a constant factor; stacks are missing for the same reason"
                    .to_owned(),
            });
            ASSUMED_TICKS_PER_SECOND
        }
    };
    survey.cut |= survey.frequency.is_none();
    let words = Words::add(&mut survey.tables);
    let clock = (start, frequency);
    if strict {
        let mut scratch = Resources::default();
        let mut nobody = Nobody;
        let check = Converter::new(
            &survey,
            &words,
            clock,
            strict,
            &mut scratch,
            report,
            &mut nobody,
        );
        check.convert(&arranged)?;
    }
    let info = GenerationInfo {
        number: 1,
        offset: HEADER_BYTES as u64,
        bytes: length.saturating_sub(HEADER_BYTES as u64),
        clock: None,
        cut: survey.cut,
    };
    sink.generation(&info, &survey.tables);
    let converter = Converter::new(&survey, &words, clock, strict, resources, report, sink);
    Ok((info, converter.convert(&arranged)?))
}

/// Puts the records in order and gives each its time.
fn arrange(
    survey: &mut Survey,
    strict: bool,
    report: &mut Report,
    sink: &mut dyn Sink,
) -> Result<Arranged, WireError> {
    let place = |offset| Place {
        generation: 1,
        offset,
        time: None,
    };
    let (ordered, rising, settling) = match order(survey, Patience::Endless, sink) {
        (Outcome::Ordered(ordered), rising, settling) => (ordered, rising, settling),
        (Outcome::Inconsistent(placed), ..) if strict => {
            let event = placed.record.kind.name();
            let reason = "no order of the events is consistent";
            return Err(inconsistent(placed.offset, event, reason));
        }
        (Outcome::Inconsistent(_), ..) => match order(survey, Patience::UntilLater, sink) {
            (Outcome::Ordered(ordered), rising, settling) => (ordered, rising, settling),
            (Outcome::Inconsistent(_), ..) => {
                (Ordered::default(), Rising::default(), Settling::new(survey))
            }
        },
    };
    if let Some(offset) = ordered.forced {
        survey.cut = true;
        // How many there are is counted when they are converted, and with what.
        report.slip(SlipKind::EventDoesNotFit, place(offset), || {
            "no order of the events is consistent: where events are missing, they are in the order of their times"
                .to_owned()
        });
    }
    let mut odd = Vec::new();
    let arranged = if !rising.fell() {
        settling.finish(ordered.sequence, None, &mut odd)
    } else if strict {
        let reason = "time stamps out of order";
        return Err(inconsistent(HEADER_BYTES as u64, "Batch", reason));
    } else {
        let times = retime::straighten(survey, &ordered.sequence, &mut odd);
        let mut settling = Settling::new(survey);
        for (mut placed, time) in ordered.sequence.records(survey).zip(&times) {
            placed.record.set_time(*time);
            settling.take(&placed.record, placed.offset);
        }
        settling.finish(ordered.sequence, Some(times), &mut odd)
    };
    if strict && let Some(oddity) = odd.first() {
        let event = oddity.kind.name();
        return Err(inconsistent(oddity.offset, event, oddity.detail.as_str()));
    }
    for oddity in odd {
        for _ in 0..oddity.count {
            report.slip(oddity.slip, place(oddity.offset), || oddity.detail.clone());
        }
    }
    Ok(arranged)
}

/// Puts the records in order, and looks at their times.
fn order(survey: &Survey, patience: Patience, sink: &mut dyn Sink) -> (Outcome, Rising, Settling) {
    let mut rising = Rising::default();
    let mut settling = Settling::new(survey);
    let outcome = order::order(survey, patience, sink, |record, offset| {
        rising.take(record);
        settling.take(record, offset);
    });
    (outcome, rising, settling)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::table::Tables;

    /// Notes how far reading was.
    #[derive(Default)]
    struct Shares(Vec<f64>);

    impl Sink for Shares {
        fn generation(&mut self, _: &GenerationInfo, _: &Tables) {}

        fn event(&mut self, _: &Event, _: &Tables, _: &Resources) {}

        fn reads(&mut self, share: f64) {
            self.0.push(share);
        }
    }

    #[test]
    fn reading_tells_how_far_it_is() {
        let bytes = include_bytes!("../../../../testdata/corpus/gc-go1.21.trace");
        let (mut resources, mut report) = (Resources::default(), Report::default());
        let mut shares = Shares::default();
        let read = read(bytes, 21, false, &mut resources, &mut report, &mut shares);
        let (_, events) = read.expect("sound");
        let Shares(shares) = shares;
        assert!(shares.len() as u64 > 2 * events / PIECE as u64);
        assert!(shares.is_sorted(), "{shares:?}");
        let (first, last) = (shares[0], shares[shares.len() - 1]);
        assert!(
            0.0 < first && first < 0.5 && 0.8 < last && last <= 1.0,
            "{shares:?}"
        );
    }
}
