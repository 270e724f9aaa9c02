//! Of what minimum mutator utilization is shown, in addresses: the flags of `go tool trace`, where they differ from the
//! default.

use super::text::{Printer, Query};
use crate::protocol::{LONGEST_FILTER, MmuOf};

/// Each flag with its name, in the order of `go tool trace`'s page.
const FLAGS: [&str; 4] = ["stw", "background", "assist", "sweep"];

fn values(of: &mut MmuOf) -> [&mut bool; 4] {
    [
        &mut of.stw,
        &mut of.background,
        &mut of.assist,
        &mut of.sweep,
    ]
}

/// Writes the pairs that say it, and the window whose worst ones are shown, ns.
pub(super) fn print(of: &MmuOf, window: Option<u64>, text: &mut Printer) {
    let (mut own, mut default) = (*of, MmuOf::default());
    if values(&mut own) != values(&mut default) {
        let set = FLAGS.into_iter().zip(values(&mut own));
        let set: Vec<&str> = set
            .filter(|(_, value)| **value)
            .map(|(name, _)| name)
            .collect();
        text.pair("count", &set.join(","));
    }
    let set = |key: &str, value: bool, text: &mut Printer| {
        if value {
            text.pair(key, "1");
        }
    };
    set("perproc", of.per_proc, text);
    set("percentiles", of.percentiles, text);
    set("gotool", of.as_go, text);
    if let Some(window) = window {
        text.pair("window", &window.to_string());
    }
}

/// Reads them.
pub(super) fn parse(query: &Query<'_>) -> (MmuOf, Option<u64>) {
    let mut of = MmuOf {
        per_proc: query.is_set("perproc"),
        percentiles: query.is_set("percentiles"),
        as_go: query.is_set("gotool"),
        ..MmuOf::default()
    };
    if let Some(count) = query.value("count") {
        for (name, value) in FLAGS.into_iter().zip(values(&mut of)) {
            *value = count.split(',').any(|flag| flag == name);
        }
    }
    let window = query.value("window").and_then(|text| text.parse().ok());
    let window = window.filter(|window| (1..=LONGEST_FILTER).contains(window));
    (of, window)
}
