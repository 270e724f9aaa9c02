//! Finding the next batch after damage.

use crate::bytes::Cursor;
use crate::limits;
use crate::v1::spec;

/// Where the next batch begins after damage at `start`, or the trace's end.
///
/// The format marks batches by nothing but an event, so a place counts if well-formed events follow it. Each place costs
/// a bounded number of steps.
#[inline(never)]
pub fn resynchronise(bytes: &[u8], start: usize, version: u32) -> usize {
    const HEAD: u8 = spec::BATCH | 1 << 6;
    let from = start.saturating_add(1).min(bytes.len());
    bytes[from..]
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == HEAD)
        .map(|(place, _)| from + place)
        .find(|place| convinces(Cursor::new(&bytes[*place..], 0), version))
        .unwrap_or(bytes.len())
}

fn convinces(mut cursor: Cursor<'_>, version: u32) -> bool {
    for read in 0..limits::V1_RESYNC_EVENTS {
        if cursor.is_empty() {
            return read >= limits::V1_RESYNC_EVENTS_AT_END;
        }
        if skip(&mut cursor, version).is_none() {
            return false;
        }
    }
    true
}

/// Passes one event, if there is one; its type.
pub fn skip(cursor: &mut Cursor<'_>, version: u32) -> Option<u8> {
    let head = cursor.byte().ok()?;
    let event_type = head & 0x3f;
    let spec = spec::spec(event_type, version)?;
    let numbers = usize::from(head >> 6) + 1;
    match event_type {
        spec::STRING => {
            cursor.uvarint().ok()?;
            skip_bytes(cursor, limits::V1_STRING_BYTES)?;
            return Some(event_type);
        }
        spec::BATCH => {
            let proc = cursor.uvarint().ok()?;
            cursor.uvarint().ok()?;
            let plausible = proc == u64::MAX || proc <= i32::MAX as u64;
            return (numbers == 2 && plausible).then_some(event_type);
        }
        _ => {}
    }
    if numbers <= 3 {
        for _ in 0..numbers {
            cursor.uvarint().ok()?;
        }
        return (numbers == spec.numbers(event_type)).then_some(event_type);
    }
    skip_bytes(cursor, limits::V1_ARGUMENT_BYTES)?;
    if event_type == spec::USER_LOG {
        skip_bytes(cursor, limits::V1_STRING_BYTES)?;
    }
    (event_type == spec::STACK || spec.numbers(event_type) > 3).then_some(event_type)
}

/// Passes a length and that many bytes.
fn skip_bytes(cursor: &mut Cursor<'_>, most: u64) -> Option<()> {
    let length = cursor.uvarint().ok()?;
    cursor
        .take((length <= most).then_some(length as usize)?)
        .ok()?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_must_convince() {
        let batch = [0x41, 0, 9, 0x45, 1, 3, 0x06, 1, 0x45, 2, 3, 0x06, 1];
        let mut bytes = vec![0; 40];
        bytes.push(0x41);
        bytes.extend([0; 20]);
        let place = bytes.len();
        bytes.extend(batch);
        assert_eq!(resynchronise(&bytes, 3, 21), place);
        bytes.truncate(place + 4);
        assert_eq!(resynchronise(&bytes, 3, 21), bytes.len());
        assert_eq!(resynchronise(&bytes, usize::MAX, 21), bytes.len());
    }
}
