//! Lines and triangles with smooth edges. A pixel is covered as far as its middle lies inside; what a line costs grows
//! with its length, not with the box around it.

use crate::list::{Shape, Stroke};
use crate::raster::{Ink, Pixmap};

/// Nothing is painted that is wider than this, in device pixels: a line has a width, a triangle is an arrow's head.
const MAX_WIDTH: f32 = 64.0;

/// A triangle's sides are no longer than this, in device pixels.
const MAX_TRIANGLE: f32 = 256.0;

/// Paints one, cut to the pixmap. One with a coordinate that is no number is left out.
pub fn stroke(stroke: &Stroke, pixmap: &mut Pixmap) {
    match stroke.shape {
        Shape::Line { from, to, width } => line(from, to, width, stroke.color, pixmap),
        Shape::Triangle(corners) => triangle(corners, stroke.color, pixmap),
    }
}

fn line(from: (f32, f32), to: (f32, f32), width: f32, color: u32, pixmap: &mut Pixmap) {
    let half = width.clamp(0.0, MAX_WIDTH) / 2.0;
    let Some((from, to)) = cut(from, to, half + 1.0, pixmap) else {
        return;
    };
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let squared = dx * dx + dy * dy;
    let inverse = if squared > 0.0 { squared.recip() } else { 0.0 };
    let unit = inverse.sqrt();
    // From the middle line to where a pixel is no longer touched.
    let reach = half + 0.5;
    let (pixels_wide, pixels_high) = (pixmap.width, pixmap.height);
    let along = |px: f32, py: f32| (px * dx + py * dy) * inverse;
    let mut cover = |x: usize, y: usize, apart: f32| {
        if apart < reach {
            // `min` would be a call.
            let inside = reach - apart;
            let coverage = if inside < width { inside } else { width };
            blend(pixmap, x, y, color, coverage);
        }
    };
    let rows = pixel_range(
        from.1.min(to.1) - reach,
        from.1.max(to.1) + reach,
        pixels_high,
    );
    for y in rows {
        let middle = y as f32 + 0.5;
        // The part of the line that comes near this row, as a share of its length.
        let (first, last) = if dy.abs() < 1e-3 {
            (0.0, 1.0)
        } else {
            let at = |y: f32| ((y - from.1) / dy).clamp(0.0, 1.0);
            let (a, b) = (at(middle - reach), at(middle + reach));
            (a.min(b), a.max(b))
        };
        let (a, b) = (from.0 + dx * first, from.0 + dx * last);
        let columns = pixel_range(a.min(b) - reach, a.max(b) + reach, pixels_wide);
        let py = middle - from.1;
        let px = |x: usize| x as f32 + 0.5 - from.0;
        let ends = [columns.start, columns.end.max(1) - 1].map(|x| along(px(x), py));
        if squared > 0.0 && ends.iter().all(|along| (0.0..=1.0).contains(along)) {
            // Between the line's ends the distance to it changes by the same from pixel to pixel.
            let mut apart = (px(columns.start) * dy - py * dx) * unit;
            for x in columns {
                cover(x, y, apart.abs());
                apart += dy * unit;
            }
            continue;
        }
        for x in columns {
            let along = along(px(x), py).clamp(0.0, 1.0);
            let (ox, oy) = (px(x) - dx * along, py - dy * along);
            cover(x, y, (ox * ox + oy * oy).sqrt());
        }
    }
}

/// The part of a line that comes near the pixmap; `None` if none does.
fn cut(
    mut from: (f32, f32),
    mut to: (f32, f32),
    margin: f32,
    pixmap: &Pixmap,
) -> Option<((f32, f32), (f32, f32))> {
    let finite = [from.0, from.1, to.0, to.1].iter().all(|v| v.is_finite());
    if !finite {
        return None;
    }
    // Liang and Barsky's way: the share of the line that lies inside, side by side.
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (right, bottom) = (pixmap.width as f32 + margin, pixmap.height as f32 + margin);
    let (mut first, mut last) = (0.0f32, 1.0f32);
    for (toward, room) in [
        (-dx, from.0 + margin),
        (dx, right - from.0),
        (-dy, from.1 + margin),
        (dy, bottom - from.1),
    ] {
        if toward == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if toward < 0.0 {
            first = first.max(room / toward);
        } else {
            last = last.min(room / toward);
        }
    }
    if first > last {
        return None;
    }
    let start = from;
    if first > 0.0 {
        from = (start.0 + dx * first, start.1 + dy * first);
    }
    if last < 1.0 {
        to = (start.0 + dx * last, start.1 + dy * last);
    }
    Some((from, to))
}

fn triangle(corners: [(f32, f32); 3], color: u32, pixmap: &mut Pixmap) {
    let [a, b, c] = corners;
    let area = (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0);
    let least = |pick: fn((f32, f32)) -> f32| pick(a).min(pick(b)).min(pick(c));
    let most = |pick: fn((f32, f32)) -> f32| pick(a).max(pick(b)).max(pick(c));
    let (left, right) = (least(|p| p.0), most(|p| p.0));
    let (top, bottom) = (least(|p| p.1), most(|p| p.1));
    let small = right - left <= MAX_TRIANGLE && bottom - top <= MAX_TRIANGLE;
    // Also refuses what is no number.
    if !(small && area.abs() > 1e-3) {
        return;
    }
    // The same way round, so that inside is where every side's distance is positive.
    let corners = if area < 0.0 { [a, c, b] } else { [a, b, c] };
    let sides: [_; 3] = std::array::from_fn(|i| {
        let (p, q) = (corners[i], corners[(i + 1) % 3]);
        let (dx, dy) = (q.0 - p.0, q.1 - p.1);
        let length = (dx * dx + dy * dy).sqrt().max(1e-3);
        (p, dx / length, dy / length)
    });
    for y in pixel_range(top - 1.0, bottom + 1.0, pixmap.height) {
        for x in pixel_range(left - 1.0, right + 1.0, pixmap.width) {
            let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
            let inside =
                |&((sx, sy), dx, dy): &((f32, f32), f32, f32)| dx * (py - sy) - dy * (px - sx);
            let nearest = sides.iter().map(inside).fold(f32::MAX, f32::min);
            blend(pixmap, x, y, color, nearest + 0.5);
        }
    }
}

/// The pixels from `from` to `to` that exist.
fn pixel_range(from: f32, to: f32, count: u32) -> std::ops::Range<usize> {
    // `as` saturates.
    let end = (to.ceil() as i64).clamp(0, i64::from(count)) as usize;
    let start = (from.floor() as i64).clamp(0, i64::from(count)) as usize;
    start..end.max(start)
}

/// Lays a colour over a pixel of which `coverage` is covered.
#[inline]
fn blend(pixmap: &mut Pixmap, x: usize, y: usize, color: u32, coverage: f32) {
    if coverage <= 0.0 {
        return;
    }
    let coverage = if coverage < 1.0 { coverage } else { 1.0 };
    let alpha = (color >> 24) as f32 * coverage;
    let place = y * pixmap.width as usize + x;
    if let Some(pixel) = pixmap.pixels.get_mut(place) {
        let color = color & 0x00ff_ffff | ((alpha + 0.5) as u32) << 24;
        *pixel = match color >> 24 {
            0 => *pixel,
            255 => color,
            _ => Ink::new(color).over(*pixel),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::DrawList;
    use crate::raster::paint;

    const BLACK: u32 = 0xff00_0000;
    const WHITE: u32 = 0xffff_ffff;

    fn painted(width: u32, height: u32, shapes: &[Shape]) -> Pixmap {
        let mut list = DrawList::new();
        list.rect(0, 0, width as i32, height as i32, WHITE);
        for &shape in shapes {
            list.stroke(shape, BLACK);
        }
        let mut pixmap = Pixmap::new();
        pixmap.resize(width, height);
        paint(&list, &mut pixmap);
        pixmap
    }

    /// How much ink there is, in pixels.
    fn ink(pixmap: &Pixmap) -> f64 {
        let of = |&pixel: &u32| 1.0 - f64::from(pixel & 0xff) / 255.0;
        pixmap.pixels.iter().map(of).sum()
    }

    fn line(from: (f32, f32), to: (f32, f32), width: f32) -> Shape {
        Shape::Line { from, to, width }
    }

    #[test]
    fn a_line_covers_its_area_whatever_its_direction() {
        for turn in 0..24 {
            let angle = (turn as f32).to_radians() * 15.0;
            let to = (100.0 + 80.0 * angle.cos(), 100.0 + 80.0 * angle.sin());
            let ink = ink(&painted(200, 200, &[line((100.0, 100.0), to, 2.0)]));
            // Its length times its width, and the round ends.
            assert!((ink - 163.0).abs() < 6.0, "{turn}: {ink}");
        }
    }

    #[test]
    fn an_upright_line_on_pixels_is_sharp() {
        let pixmap = painted(9, 6, &[line((4.5, -10.0), (4.5, 20.0), 1.0)]);
        for row in pixmap.pixels.chunks(9) {
            assert_eq!(row[4], BLACK);
            assert_eq!((row[3], row[5]), (WHITE, WHITE));
        }
    }

    #[test]
    fn lines_far_away_cost_what_is_seen_of_them() {
        let far = line((-1e9, -1e9), (1e9, 1e9), 1.0);
        let seen = ink(&painted(50, 50, &[far]));
        assert!((40.0..80.0).contains(&seen), "{seen}");
        let nothing = [
            line((1e9, 0.0), (1e9, 1e9), 3.0),
            line((f32::NAN, 0.0), (5.0, 5.0), 3.0),
            line((0.0, 0.0), (5.0, f32::INFINITY), 3.0),
            Shape::Triangle([(0.0, 0.0), (1e6, 0.0), (0.0, 1e6)]),
            Shape::Triangle([(0.0, 0.0), (f32::NAN, 9.0), (4.0, 4.0)]),
        ];
        assert_eq!(ink(&painted(50, 50, &nothing)), 0.0);
    }

    #[test]
    fn a_triangle_is_filled_either_way_round() {
        let (a, b, c) = ((10.0, 10.0), (30.0, 10.0), (20.0, 30.0));
        for corners in [[a, b, c], [c, b, a]] {
            let ink = ink(&painted(40, 40, &[Shape::Triangle(corners)]));
            assert!((ink - 200.0).abs() < 4.0, "{ink}");
        }
    }

    #[test]
    fn strokes_lie_between_the_rectangles_of_their_time() {
        let mut list = DrawList::new();
        list.rect(0, 0, 4, 4, WHITE);
        list.stroke(line((0.0, 2.0), (4.0, 2.0), 9.0), BLACK);
        list.rect(2, 0, 4, 4, 0xff00_00ff);
        let mut pixmap = Pixmap::new();
        pixmap.resize(4, 4);
        paint(&list, &mut pixmap);
        assert_eq!(pixmap.pixels[5..8], [BLACK, 0xff00_00ff, 0xff00_00ff]);
    }
}
