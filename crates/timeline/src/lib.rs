//! Trace × viewport → a list of things to draw, and what is where: lanes, levels of detail, hit tests. Pure: no
//! browser in it.
//!
//! Once for a trace: [`Levels::build`] and [`Lanes::new`]. For each frame: a [`Scene`] → [`draw`] → [`DrawList`], whose
//! rectangles [`raster::paint`] fills in software (a hundred thousand rectangles are too many for a canvas) and whose
//! texts the caller writes on top. For each move of the pointer: [`hit()`] and [`tooltip`].

pub mod axis;
pub mod class;
pub mod draw;
pub mod family;
mod filter;
pub mod flames;
pub mod flows;
pub mod gesture;
pub mod highlights;
pub mod hit;
pub mod jumps;
pub mod lanes;
pub mod levels;
pub mod list;
pub mod mark;
pub mod minimap;
pub mod motion;
pub mod palette;
#[cfg(test)]
mod program;
pub mod range;
pub mod raster;
pub mod ruler;
pub mod scale;
pub mod text;
pub mod tooltip;
pub mod typed_time;
pub mod unblockers;
pub mod wall;
pub mod wheel;

pub use axis::{Axis, AxisKind};
pub use class::Class;
pub use draw::{Budget, Scene, draw};
pub use highlights::{FoundRows, Highlights};
pub use hit::{Hit, hit};
pub use lanes::{Arrangement, GUTTER, LaneKind, Lanes, RULER};
pub use levels::Levels;
pub use levels::functions::FunctionLevels;
pub use levels::threads::ThreadLevels;
pub use list::{Arrows, DrawList, FontScale, Rect, Shape, Stroke, TextRow};
pub use mark::{Flag, Mark, Timing};
pub use palette::{Theme, arrow_legend, legend};
pub use raster::{Pixmap, paint};
pub use ruler::Ruler;
pub use scale::{Limits, Size, View};
pub use tooltip::tooltip;
pub use wall::WallClock;
