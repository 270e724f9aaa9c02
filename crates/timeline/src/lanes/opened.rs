//! The goroutines whose regions and stacks are shown below their bars: few, each with what that needs.

use tracepane_model::{GoroutineIndex, Trace};

use super::kind::Below;
use crate::flames::Flames;
use crate::levels::Levels;

/// No more are open at once: the first goes when another one is opened.
pub const MAX_OPENED: usize = 8;

/// The open ones, in the order in which they were opened.
#[derive(Clone, Default, Debug)]
pub struct Opened {
    list: Vec<(u16, Flames)>,
}

impl Opened {
    /// Opens one, or closes it.
    pub fn set(&mut self, trace: &Trace, levels: &Levels, goroutine: GoroutineIndex, open: bool) {
        let at = self
            .list
            .iter()
            .position(|(_, f)| f.goroutine() == goroutine);
        match (at, open) {
            (Some(at), false) => {
                self.list.remove(at);
            }
            (None, true) if !trace.goroutines.spans(goroutine).is_empty() => {
                if self.list.len() == MAX_OPENED {
                    self.list.remove(0);
                }
                let regions = levels.region_rows(trace, goroutine);
                self.list
                    .push((regions, Flames::new(trace, levels, goroutine)));
            }
            _ => {}
        }
    }

    /// Which they are.
    pub fn goroutines(&self) -> impl Iterator<Item = GoroutineIndex> + '_ {
        self.list.iter().map(|(_, flames)| flames.goroutine())
    }

    /// What is below the bars of a goroutine; `None` if it is not open.
    pub fn below(&self, goroutine: GoroutineIndex) -> Option<Below> {
        let mut list = self.list.iter();
        let (regions, flames) = list.find(|(_, flames)| flames.goroutine() == goroutine)?;
        Some(Below {
            regions: *regions,
            frames: flames.rows(),
            stacks: true,
        })
    }

    /// The stacks of a goroutine over time, if it is open.
    pub fn flames(&self, goroutine: GoroutineIndex) -> Option<&Flames> {
        let mut list = self.list.iter().map(|(_, flames)| flames);
        list.find(|flames| flames.goroutine() == goroutine)
    }
}
