//! Levels of detail.
use tracepane_model::Trace;
/// x
#[derive(Default, Debug)]
pub struct Levels {}
impl Levels {
    /// Sums up a trace: one pass over its spans.
    pub fn build(_trace: &Trace) -> Self {
        Self {}
    }
    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        0
    }
}
