//! Format v1: what Go 1.11 to 1.21 write.
//!
//! The whole trace is parsed into compact records ([`parse`]), put in an order that every goroutine's history allows
//! ([`order`], [`retime`]), checked ([`history`]) and converted into the events of the other format ([`convert`]), as
//! if it were one generation. The rules are those of Go's `internal/trace/internal/tracev1` and `internal/trace/tracev1.go`.
//! Where Go's result depends on the order of a map (some events at the same tick on two procs, goroutines that were
//! runnable when the trace began), ours is one of those that Go may give, always the same.

mod actors;
mod convert;
mod fault;
mod history;
mod order;
mod parse;
mod record;
mod resync;
mod retime;
pub mod spec;
mod symbols;

use crate::error::WireError;
use crate::report::{Loss, Place, Report, SlipKind};
use crate::sink::{GenerationInfo, Sink};
use crate::table::Resources;
use convert::{Converter, Nobody, Words};
use fault::inconsistent;
use order::{Ordered, Outcome, Patience};
use parse::Parsed;
pub(crate) use resync::{resynchronise, skip};

/// How long the header is.
const HEADER_BYTES: usize = 16;

/// The clock's frequency when the trace does not say it: a tick is 16 ns, as the runtime has it where its clock counts
/// nanoseconds (`traceTimeDiv` in Go 1.21's `runtime/trace.go`); on x86 a tick is 64 cycles, about 16 to 32 ns.
const ASSUMED_TICKS_PER_SECOND: i64 = 62_500_000;

/// Reads a whole v1 trace, header included, of a header version that is 11, 19 or 21.
///
/// Returns what a generation is, of which the trace has one, and the number of events. Strict reading refuses what the
/// reference refuses, before any event; lenient reading counts it in `report`, shows all that can be read and never
/// fails. The bytes are dropped as soon as they are parsed.
///
/// # Errors
/// Only if `strict`: the first fault of the trace.
pub fn read<B: AsRef<[u8]>, K: Sink>(
    bytes: B,
    version: u32,
    strict: bool,
    resources: &mut Resources,
    report: &mut Report,
    sink: &mut K,
) -> Result<(GenerationInfo, u64), WireError> {
    let length = bytes.as_ref().len() as u64;
    let mut parsed = parse::parse(bytes.as_ref(), version, strict, report)?;
    drop(bytes);
    let places = arrange(&mut parsed, strict, report)?;
    let start = places
        .first()
        .map_or(0, |place| parsed.records.get(*place).time());
    let frequency = match parsed.frequency {
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
    parsed.cut |= parsed.frequency.is_none();
    let words = Words::add(&mut parsed.tables);
    let clock = (start, frequency);
    if strict {
        let mut scratch = Resources::default();
        let mut nobody = Nobody;
        let check = Converter::new(
            &parsed,
            &words,
            clock,
            strict,
            &mut scratch,
            report,
            &mut nobody,
        );
        check.convert(&places)?;
    }
    let info = GenerationInfo {
        number: 1,
        offset: HEADER_BYTES as u64,
        bytes: length.saturating_sub(HEADER_BYTES as u64),
        clock: None,
        cut: parsed.cut,
    };
    sink.generation(&info, &parsed.tables);
    let converter = Converter::new(&parsed, &words, clock, strict, resources, report, sink);
    Ok((info, converter.convert(&places)?))
}

/// Puts the records in order and gives each its time.
fn arrange(parsed: &mut Parsed, strict: bool, report: &mut Report) -> Result<Vec<u32>, WireError> {
    let place_of = |parsed: &Parsed, record| Place {
        generation: 1,
        offset: parsed.offset(record),
        time: None,
    };
    let ordered = match order::order(parsed, Patience::Endless) {
        Outcome::Ordered(ordered) => ordered,
        Outcome::Inconsistent(record) if strict => {
            let event = parsed.records.get(record).kind.name();
            let reason = "no order of the events is consistent";
            return Err(inconsistent(parsed.offset(record), event, reason));
        }
        Outcome::Inconsistent(_) => match order::order(parsed, Patience::UntilLater) {
            Outcome::Ordered(ordered) => ordered,
            Outcome::Inconsistent(_) => Ordered {
                places: Vec::new(),
                forced: None,
            },
        },
    };
    if let Some(record) = ordered.forced {
        parsed.cut = true;
        // How many there are is counted when they are converted, and with what.
        let place = place_of(parsed, record);
        report.slip(SlipKind::EventDoesNotFit, place, || {
            "no order of the events is consistent: where events are missing, they are in the order of their times"
                .to_owned()
        });
    }
    let places = ordered.places;
    let mut odd = Vec::new();
    if !retime::is_sorted(parsed, &places) {
        if strict {
            let reason = "time stamps out of order";
            return Err(inconsistent(HEADER_BYTES as u64, "Batch", reason));
        }
        retime::straighten(parsed, &places, &mut odd);
    }
    let places = retime::settle(parsed, places, &mut odd);
    if strict && let Some(oddity) = odd.first() {
        let offset = parsed.offset(oddity.record);
        let event = parsed.records.get(oddity.record).kind.name();
        return Err(inconsistent(offset, event, oddity.detail.as_str()));
    }
    for oddity in odd {
        let place = place_of(parsed, oddity.record);
        for _ in 0..oddity.count {
            report.slip(oddity.slip, place, || oddity.detail.clone());
        }
    }
    retime::mark_blocking_syscalls(parsed, &places);
    Ok(places)
}
