//! Pictures of the page, and a tolerant measure of whether two show the same.
//!
//! Both are cut into squares of [`BLOCK`] pixels. Of each the mean colour, mixed in linear light and read in a
//! perceptual space (Oklab), is compared with the other picture's at the same place and up to [`SHIFT`] pixels beside
//! it, and the nearest counts: letters of another font, a line that is a pixel lower, smoother edges change a mean
//! little, while a lane that is missing, a bar of another colour, a panel that is gone change many squares much.

use std::io::Cursor;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// The side of a square, in pixels.
pub const BLOCK: usize = 16;

/// How far a square's mean is looked for beside its place, in pixels and in which steps.
const SHIFT: i64 = 6;
const STEP: i64 = 3;

/// A square differs from this distance on: hundredths of the way from black to white in Oklab.
const DIFFERS: f64 = 6.0;

/// How many squares may differ, of a thousand.
const MAY_DIFFER: f64 = 5.0;

/// How large the mean distance of all squares may be.
const MEAN: f64 = 0.8;

/// So many colours are kept: enough for letters with soft edges, few enough for small files.
const COLORS: usize = 128;

/// A picture: red, green and blue of each pixel, row by row.
#[derive(Clone, PartialEq, Debug)]
pub struct Picture {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The pixels.
    pub pixels: Vec<[u8; 3]>,
}

/// How two pictures differ.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The mean distance of their squares.
    pub mean: f64,
    /// How many squares of a thousand differ.
    pub of_thousand: f64,
    /// The distance of each square, row by row.
    pub squares: Vec<f64>,
}

impl Difference {
    /// Whether they show the same.
    pub fn is_same(&self) -> bool {
        self.mean <= MEAN && self.of_thousand <= MAY_DIFFER
    }
}

impl Picture {
    /// Reads a PNG of any kind that [`Self::to_png`] or a browser writes.
    ///
    /// # Errors
    /// If it is none.
    pub fn from_png(bytes: &[u8]) -> Result<Self> {
        let mut decoder = png::Decoder::new(Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info()?;
        let mut buffer = vec![0; reader.output_buffer_size().context("a picture too large")?];
        let info = reader.next_frame(&mut buffer)?;
        let samples = info.color_type.samples();
        let pixels = buffer[..info.buffer_size()]
            .chunks_exact(samples)
            .map(|pixel| match *pixel {
                [r, g, b, ..] => [r, g, b],
                [gray, ..] => [gray; 3],
                [] => [0; 3],
            })
            .collect();
        Ok(Self {
            width: info.width as usize,
            height: info.height as usize,
            pixels,
        })
    }

    /// Reads a PNG file.
    ///
    /// # Errors
    /// If there is none.
    pub fn read(file: &Path) -> Result<Self> {
        let bytes = std::fs::read(file).with_context(|| format!("no {}", file.display()))?;
        Self::from_png(&bytes)
    }

    /// A PNG with a palette of the most frequent colours; the others become the nearest of these.
    ///
    /// # Errors
    /// If there is nothing in it.
    pub fn to_png(&self) -> Result<Vec<u8>> {
        let (palette, indexes) = self.palette();
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(palette.concat());
        encoder.set_compression(png::Compression::High);
        // Indexes are no amounts: their differences say nothing.
        encoder.set_filter(png::Filter::NoFilter);
        encoder.write_header()?.write_image_data(&indexes)?;
        Ok(bytes)
    }

    /// The most frequent colours, coarser ones first merged, and each pixel's place among them.
    fn palette(&self) -> (Vec<[u8; 3]>, Vec<u8>) {
        let mut counts = std::collections::HashMap::<[u8; 3], u32>::new();
        for &pixel in &self.pixels {
            *counts.entry(pixel).or_default() += 1;
        }
        let mut colors: Vec<_> = counts.into_iter().collect();
        colors.sort_by_key(|&(color, count)| (std::cmp::Reverse(count), color));
        let palette: Vec<_> = colors
            .iter()
            .take(COLORS)
            .map(|&(color, _)| color)
            .collect();
        let distance = |a: [u8; 3], b: [u8; 3]| {
            (0..3)
                .map(|i| u32::from(a[i].abs_diff(b[i])).pow(2))
                .sum::<u32>()
        };
        let places: std::collections::HashMap<_, _> = colors
            .iter()
            .map(|&(color, _)| {
                let nearest = (0..palette.len()).min_by_key(|&i| distance(palette[i], color));
                (color, nearest.unwrap_or(0) as u8)
            })
            .collect();
        let indexes = self.pixels.iter().map(|pixel| places[pixel]).collect();
        (palette, indexes)
    }

    /// How `other` differs from this one.
    ///
    /// # Errors
    /// If they are not of one size.
    pub fn difference(&self, other: &Self) -> Result<Difference> {
        ensure!(
            (self.width, self.height) == (other.width, other.height),
            "{} × {} pixels, not {} × {}",
            other.width,
            other.height,
            self.width,
            self.height
        );
        let (mine, theirs) = (Sums::new(self), Sums::new(other));
        let mut squares = Vec::new();
        for y in (0..self.height).step_by(BLOCK) {
            for x in (0..self.width).step_by(BLOCK) {
                let here = mine.mean(x as i64, y as i64);
                let shifts = (-SHIFT..=SHIFT).step_by(STEP as usize);
                let distance = shifts
                    .clone()
                    .flat_map(|dy| shifts.clone().map(move |dx| (dx, dy)))
                    .map(|(dx, dy)| distance(here, theirs.mean(x as i64 + dx, y as i64 + dy)))
                    .fold(f64::MAX, f64::min);
                squares.push(distance);
            }
        }
        let count = squares.len().max(1) as f64;
        let differ = squares.iter().filter(|&&distance| distance >= DIFFERS);
        Ok(Difference {
            mean: squares.iter().sum::<f64>() / count,
            of_thousand: differ.count() as f64 * 1000.0 / count,
            squares,
        })
    }

    /// The other picture, faint, with the squares that differ in red: the more, the stronger.
    pub fn marked(&self, difference: &Difference) -> Self {
        let columns = self.width.div_ceil(BLOCK);
        let pixels = self.pixels.iter().enumerate().map(|(i, pixel)| {
            let (x, y) = (i % self.width, i / self.width);
            let square = difference.squares.get(y / BLOCK * columns + x / BLOCK);
            let faint = pixel.map(|c| 160 + c / 4);
            let red = square.map_or(0.0, |&distance| (distance / DIFFERS).min(2.0) / 2.0);
            if red < 0.1 {
                return faint;
            }
            let mix = |a: u8, b: f64| (f64::from(a) * (1.0 - red) + b * red) as u8;
            [
                mix(faint[0], 220.0),
                mix(faint[1], 20.0),
                mix(faint[2], 20.0),
            ]
        });
        Self {
            pixels: pixels.collect(),
            ..*self
        }
    }
}

/// Sums of linear light over all that is above and left of a pixel.
struct Sums {
    width: usize,
    height: usize,
    sums: Vec<[f64; 3]>,
}

impl Sums {
    fn new(picture: &Picture) -> Self {
        let linear: Vec<f64> = (0..256)
            .map(|v| {
                let v = f64::from(v) / 255.0;
                match v {
                    ..=0.040_45 => v / 12.92,
                    _ => ((v + 0.055) / 1.055).powf(2.4),
                }
            })
            .collect();
        let stride = picture.width + 1;
        let mut sums = vec![[0.0; 3]; stride * (picture.height + 1)];
        for (y, row) in picture.pixels.chunks_exact(picture.width).enumerate() {
            let mut left = [0.0; 3];
            for (x, pixel) in row.iter().enumerate() {
                for c in 0..3 {
                    left[c] += linear[usize::from(pixel[c])];
                    sums[(y + 1) * stride + x + 1][c] = sums[y * stride + x + 1][c] + left[c];
                }
            }
        }
        Self {
            width: picture.width,
            height: picture.height,
            sums,
        }
    }

    /// The mean of the square at a place, as far as it is in the picture.
    fn mean(&self, x: i64, y: i64) -> [f64; 3] {
        let within = |at: i64, size: usize| {
            let from = at.clamp(0, size as i64 - 1) as usize;
            (from, (from + BLOCK).min(size))
        };
        let ((x0, x1), (y0, y1)) = (within(x, self.width), within(y, self.height));
        let at = |x: usize, y: usize| self.sums[y * (self.width + 1) + x];
        let (a, b, c, d) = (at(x0, y0), at(x1, y0), at(x0, y1), at(x1, y1));
        let pixels = ((x1 - x0) * (y1 - y0)) as f64;
        oklab(std::array::from_fn(|i| {
            (d[i] + a[i] - b[i] - c[i]) / pixels
        }))
    }
}

/// Linear red, green and blue in Oklab (Ottosson 2020), in hundredths.
fn oklab([r, g, b]: [f64; 3]) -> [f64; 3] {
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        100.0 * (0.210_454_255_3 * l + 0.793_617_785 * m - 0.004_072_046_8 * s),
        100.0 * (1.977_998_495_1 * l - 2.428_592_205 * m + 0.450_593_709_9 * s),
        100.0 * (0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766 * s),
    ]
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
}
