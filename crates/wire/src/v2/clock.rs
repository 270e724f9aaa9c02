//! Ticks → nanoseconds, and a generation's sync batch (`internal/trace/generation.go`, `setSyncBatch`).

use super::spec;
use crate::bytes::Cursor;
use crate::error::WireError;
use crate::id::Nanos;
use crate::table::ClockSnapshot;

/// Nanoseconds for each tick.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Frequency(f64);

impl Frequency {
    /// From ticks in a second.
    pub fn new(ticks_per_second: u64) -> Self {
        Self(1.0 / (ticks_per_second as f64 / 1e9))
    }

    /// Converts a moment or a difference, truncating as Go's `frequency.mul` does on amd64: what does not fit into
    /// 64 bits becomes the smallest number.
    #[inline(always)]
    pub fn nanos(self, ticks: u64) -> i64 {
        const LIMIT: f64 = 9_223_372_036_854_775_808.0;
        let nanos = ticks as f64 * self.0;
        // Not `>=`: infinity times zero is no number, and no larger than anything.
        if nanos < LIMIT {
            nanos as i64
        } else {
            i64::MIN
        }
    }
}

/// What the sync batch of a generation says.
#[derive(Clone, Copy, Default, Debug)]
pub struct Sync {
    /// The unit of its times.
    pub frequency: Option<Frequency>,
    /// Its clocks: ticks, monotonic, wall seconds, wall nanoseconds.
    pub snapshot: Option<(u64, u64, u64, u64)>,
}

impl Sync {
    /// Reads one more sync batch; `base` is the batch's time. Before Go 1.25 it is a lone frequency.
    ///
    /// # Errors
    /// If it has anything else, or anything twice. What was read before is kept.
    pub fn read(&mut self, mut bytes: Cursor<'_>, base: u64, version: u8) -> Result<(), WireError> {
        if version >= 25 {
            // The type of the batch, which brought us here.
            let _ = bytes.byte();
        }
        let mut time = base;
        while !bytes.is_empty() {
            let offset = bytes.offset();
            let short = |_| WireError::malformed(offset, "sync batch", "a number", "its end");
            let twice = |field| WireError::malformed(offset, field, "one", "another");
            match bytes.byte().map_err(short)? {
                spec::FREQUENCY => {
                    if self.frequency.is_some() {
                        return Err(twice("frequency"));
                    }
                    self.frequency = Some(Frequency::new(bytes.uvarint().map_err(short)?));
                }
                spec::CLOCK_SNAPSHOT if version >= 25 => {
                    if self.snapshot.is_some() {
                        return Err(twice("clock snapshot"));
                    }
                    let [delta, monotonic, seconds, nanos] = [
                        bytes.uvarint().map_err(short)?,
                        bytes.uvarint().map_err(short)?,
                        bytes.uvarint().map_err(short)?,
                        bytes.uvarint().map_err(short)?,
                    ];
                    time = time.wrapping_add(delta);
                    self.snapshot = Some((time, monotonic, seconds, nanos));
                }
                other => {
                    return Err(WireError::malformed(
                        offset,
                        "sync batch",
                        "frequency or clock snapshot",
                        format!("type {other}"),
                    ));
                }
            }
        }
        Ok(())
    }

    /// The clock snapshot in nanoseconds.
    pub fn clock(&self, frequency: Frequency) -> Option<ClockSnapshot> {
        let (ticks, monotonic, seconds, nanos) = self.snapshot?;
        // Go's time.Unix carries whole seconds over.
        Some(ClockSnapshot {
            trace: Nanos(frequency.nanos(ticks)),
            monotonic,
            wall_seconds: (seconds as i64).wrapping_add((nanos as i64).div_euclid(1_000_000_000)),
            wall_nanos: (nanos as i64).rem_euclid(1_000_000_000) as u32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The results of Go's `int64(float64(t) * float64(f))` on amd64.
    #[test]
    fn conversion_at_its_limits() {
        let unit = Frequency(1.0);
        assert_eq!(unit.nanos((1 << 63) - 1025), 9_223_372_036_854_774_784);
        assert_eq!(unit.nanos((1 << 63) - 1), i64::MIN);
        assert_eq!(unit.nanos(u64::MAX), i64::MIN);
        assert_eq!(Frequency::new(0).nanos(0), i64::MIN);
        assert_eq!(Frequency::new(0).nanos(5), i64::MIN);
        assert_eq!(Frequency::new(15_625_000).nanos(3), 192);
    }
}
