//! Rectangles and lines → pixels, in software: a frame reaches the canvas as one `putImageData`.

mod smooth;

use crate::list::{DrawList, Rect};

/// A frame's pixels.
#[derive(Clone, Default, Debug)]
pub struct Pixmap {
    /// Device pixels.
    pub width: u32,
    /// Device pixels.
    pub height: u32,
    /// Row by row; red in the lowest byte, then green, blue, alpha: `ImageData`'s bytes on a little-endian machine.
    pub pixels: Vec<u32>,
}

impl Pixmap {
    /// No pixels yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes it `width` × `height`; keeps its memory if that is enough.
    pub fn resize(&mut self, width: u32, height: u32) {
        let length = width as usize * height as usize;
        if self.pixels.len() != length {
            self.pixels.clear();
            self.pixels.resize(length, 0);
        }
        self.width = width;
        self.height = height;
    }
}

/// Fills the rectangles and strokes of `list`, later ones on top, cut to the pixmap. What none covers stays as it
/// was; a list that [`crate::draw()`] made covers all.
pub fn paint(list: &DrawList, pixmap: &mut Pixmap) {
    let mut done = 0;
    for stroke in &list.strokes {
        let above = (stroke.above as usize).clamp(done, list.rects.len());
        fill(&list.rects[done..above], pixmap);
        done = above;
        smooth::stroke(stroke, pixmap);
    }
    fill(&list.rects[done..], pixmap);
}

fn fill(rects: &[Rect], pixmap: &mut Pixmap) {
    let (width, height) = (pixmap.width as i32, pixmap.height as i32);
    let stride = pixmap.width as usize;
    for rect in rects {
        let (x0, x1) = (rect.x0.max(0), rect.x1.min(width));
        let (y0, y1) = (rect.y0.max(0), rect.y1.min(height));
        if x0 >= x1 || y0 >= y1 {
            continue;
        }
        let rows =
            pixmap.pixels[y0 as usize * stride..y1 as usize * stride].chunks_exact_mut(stride);
        let (x0, x1) = (x0 as usize, x1 as usize);
        match rect.color >> 24 {
            255 if x1 - x0 == 1 => rows.for_each(|row| row[x0] = rect.color),
            255 => rows.for_each(|row| row[x0..x1].fill(rect.color)),
            0 => {}
            _ => {
                let ink = Ink::new(rect.color);
                rows.for_each(|row| row[x0..x1].iter_mut().for_each(|p| *p = ink.over(*p)));
            }
        }
    }
}

/// A translucent colour, ready to be laid over opaque ones.
struct Ink {
    /// Red and blue, times alpha.
    red_blue: u32,
    /// Green, times alpha.
    green: u32,
    /// 256 − alpha.
    rest: u32,
}

impl Ink {
    fn new(color: u32) -> Self {
        let alpha = color >> 24;
        // 0–255 to 0–256, so that shifting divides.
        let alpha = alpha + (alpha >> 7);
        Self {
            red_blue: (color & 0x00ff_00ff) * alpha,
            green: (color >> 8 & 0xff) * alpha,
            rest: 256 - alpha,
        }
    }

    #[inline]
    fn over(&self, under: u32) -> u32 {
        let red_blue = ((under & 0x00ff_00ff) * self.rest + self.red_blue) >> 8 & 0x00ff_00ff;
        let green = ((under >> 8 & 0xff) * self.rest + self.green) & 0xff00;
        0xff00_0000 | red_blue | green
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(rects: &[(i32, i32, i32, i32, u32)]) -> Pixmap {
        let mut list = DrawList::new();
        for &(x0, y0, x1, y1, color) in rects {
            list.rect(x0, y0, x1, y1, color);
        }
        let mut pixmap = Pixmap::new();
        pixmap.resize(4, 3);
        paint(&list, &mut pixmap);
        pixmap
    }

    #[test]
    fn rectangles_are_cut_to_the_pixmap() {
        let a = 0xff00_0001;
        let pixmap = painted(&[
            (-5, 1, 2, 900, a),
            (i32::MIN, -3, i32::MAX, 1, 0xff00_0002),
            (9, 0, 12, 3, a),
        ]);
        let rows: Vec<_> = pixmap
            .pixels
            .chunks(4)
            .map(|r| r.iter().map(|p| p & 0xff).collect::<Vec<_>>())
            .collect();
        assert_eq!(rows, [[2, 2, 2, 2], [1, 1, 0, 0], [1, 1, 0, 0]]);
    }

    #[test]
    fn translucent_colours_mix() {
        let white = (0, 0, 4, 3, 0xffff_ffff);
        let half_black = painted(&[white, (0, 0, 1, 1, 0x8000_0000)]).pixels[0];
        assert_eq!(half_black >> 24, 255);
        assert!(
            (half_black & 0xff).abs_diff(127) <= 1 && (half_black >> 8 & 0xff).abs_diff(127) <= 1
        );
        let hardly = painted(&[white, (0, 0, 1, 1, 0x0100_0000)]).pixels[0];
        assert!(hardly & 0xff >= 253);
    }
}
