//! Which goroutines a filter leaves.

use tracepane_model::{GoroutineIndex, GroupIndex, Trace};

use crate::lanes::group_name;

/// A filter that was read.
pub(crate) struct Wanted {
    lower: String,
    id: Option<i64>,
}

impl Wanted {
    /// Reads a filter.
    pub(crate) fn new(filter: &str) -> Self {
        let lower = filter.trim().to_lowercase();
        Self {
            id: lower.strip_prefix('g').unwrap_or(&lower).parse().ok(),
            lower,
        }
    }

    /// Whether something of this name is wanted.
    pub(crate) fn text(&self, name: &str) -> bool {
        name.to_lowercase().contains(&self.lower)
    }

    /// Whether all of a group is wanted.
    pub(crate) fn group(&self, trace: &Trace, group: GroupIndex) -> bool {
        self.lower.is_empty()
            || group_name(trace, group)
                .to_lowercase()
                .contains(&self.lower)
    }

    /// Whether a goroutine is wanted, though its group is not.
    pub(crate) fn goroutine(&self, trace: &Trace, goroutine: GoroutineIndex) -> bool {
        let row = trace.goroutines.row(goroutine);
        if Some(row.id.0) == self.id {
            return true;
        }
        let label = trace.strings.get(row.label);
        !label.is_empty() && label.to_lowercase().contains(&self.lower)
    }
}
