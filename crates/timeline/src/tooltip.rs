//! What a tooltip says.
use crate::{Hit, Scene};

/// The lines of a tooltip for `hit`, plain text, the title first. (`x`, `y`) is the pointer, as for [`crate::hit()`].
pub fn tooltip(_scene: &Scene<'_>, _hit: &Hit, _x: f64, _y: f64) -> Vec<String> {
    Vec::new()
}
