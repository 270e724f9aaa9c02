//! Every colour of the timeline, light and dark, in this one place.

use crate::class::{CLASSES, Class};

/// Light or dark.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Theme {
    /// Dark text on a light page.
    Light,
    /// Light text on a dark page.
    Dark,
}

/// The colours of a theme: red in the lowest byte, then green, blue, alpha, as `ImageData` has them.
#[derive(Clone, Copy, Debug)]
pub struct Colors {
    /// Behind the lanes.
    pub background: u32,
    /// Behind the lanes' names and the time axis.
    pub gutter: u32,
    /// Behind the rows that head a group.
    pub header: u32,
    /// Between gutter, axis and lanes.
    pub border: u32,
    /// Below what is pinned.
    pub band_edge: u32,
    /// The vertical lines at ticks; translucent.
    pub grid: u32,
    /// Names.
    pub text: u32,
    /// Numbers and less important names.
    pub text_dim: u32,
    /// Over the lane under the pointer; translucent.
    pub hover: u32,
    /// Around what is selected.
    pub selection: u32,
    /// Marks of what a search found.
    pub hit: u32,
    /// Over all that it did not find; translucent.
    pub veil: u32,
    /// Over the range of time that is selected; translucent.
    pub range: u32,
    /// Its edges, and behind its label.
    pub range_edge: u32,
    /// Its label's text.
    pub on_range: u32,
    /// From a goroutine to one that it unblocked or, dashed, created.
    pub arrow: u32,
    /// The same, where it leads to what is selected.
    pub arrow_into: u32,
    /// From a task to one that began below it.
    pub arrow_task: u32,
    /// Spans, by class.
    pub classes: [u32; CLASSES],
    /// Text on spans, by class.
    pub on_classes: [u32; CLASSES],
    /// Functions, by [`function_number`]: three shades of eight hues, the first of which is for the runtime.
    pub functions: [u32; FUNCTIONS],
    /// Text on functions.
    pub on_functions: u32,
    /// Frames that differ within a column, or that are deeper than there are rows.
    pub various: u32,
    /// The GC's mark phases.
    pub gc_mark: u32,
    /// Text on the GC's mark phases.
    pub on_gc_mark: u32,
    /// Over all lanes while the GC marks; translucent.
    pub gc_band: u32,
    /// Stop-the-world pauses.
    pub stw: u32,
    /// Over all lanes while the world is stopped; translucent.
    pub stw_band: u32,
    /// Where a goroutine helps the GC.
    pub assist: u32,
    /// Where a proc sweeps.
    pub sweep: u32,
    /// User regions, by depth (the last for all deeper ones).
    pub regions: [u32; 3],
    /// Text on them.
    pub on_regions: u32,
    /// Regions of other tasks than the one that the view is about.
    pub other_region: u32,
    /// Text on them.
    pub on_other_region: u32,
    /// User tasks.
    pub task: u32,
    /// Text on them.
    pub on_task: u32,
    /// User logs.
    pub log: u32,
    /// CPU samples.
    pub sample: u32,
    /// When a proc has a thread.
    pub bound: u32,
    /// Wake-ups by the network.
    pub network_mark: u32,
    /// Returns from blocked system calls.
    pub syscall_mark: u32,
    /// Live heap: what it had at least during a column.
    pub heap: u32,
    /// Live heap: between least and most.
    pub heap_range: u32,
    /// The heap goal.
    pub heap_goal: u32,
    /// The number of waiting goroutines, in the states track.
    pub waiting_line: u32,
    /// Marks that the user set.
    pub flag: u32,
    /// Their names.
    pub on_flag: u32,
    /// The origin of the time axis, and the line at a moment that was typed.
    pub cursor: u32,
    /// Behind the minimap.
    pub minimap: u32,
}

const fn rgb(hex: u32) -> u32 {
    rgba(hex << 8 | 0xff)
}

const fn rgba(hex: u32) -> u32 {
    hex.swap_bytes()
}

const INK: u32 = rgb(0x1c1f24);
const PAPER: u32 = rgb(0xffffff);

/// The light theme.
pub const LIGHT: Colors = Colors {
    background: rgb(0xffffff),
    gutter: rgb(0xf6f7f9),
    header: rgb(0xeef0f3),
    border: rgb(0xd5d9df),
    band_edge: rgb(0x9aa3b0),
    grid: rgba(0x1c1f2412),
    text: INK,
    text_dim: rgb(0x596270),
    hover: rgba(0x2f6fd60f),
    selection: rgb(0x111827),
    hit: rgb(0xd6007f),
    veil: rgba(0xffffffb4),
    range: rgba(0x2563eb1f),
    range_edge: rgb(0x2563eb),
    on_range: PAPER,
    arrow: rgb(0x111827),
    arrow_into: rgb(0xb4530a),
    arrow_task: rgb(0x6234b8),
    classes: [
        rgb(0x1f8a4c), // running
        rgb(0xf6b73c), // runnable
        rgb(0x559ced), // system call
        rgb(0x2a569c), // system call, blocked
        rgb(0xaa78b4), // GC
        rgb(0xf27b79), // lock
        rgb(0xe6ddb0), // channel
        rgb(0x89b7b9), // network
        rgb(0xeeeae8), // idle
        rgb(0x8ecbf0), // GC worker
    ],
    on_classes: [
        PAPER,
        INK,
        INK,
        PAPER,
        INK,
        INK,
        INK,
        INK,
        rgb(0x5b5350),
        INK,
    ],
    functions: [
        rgb(0xc5bbbd),
        rgb(0xaba2a4),
        rgb(0xdbd1d4), // the runtime's
        rgb(0xfaa498),
        rgb(0xdf8b80),
        rgb(0xffc4bb),
        rgb(0xefae75),
        rgb(0xd4955d),
        rgb(0xfec89a),
        rgb(0xcdc06d),
        rgb(0xb4a654),
        rgb(0xe4d683),
        rgb(0x8bd19a),
        rgb(0x72b781),
        rgb(0xa2e8b0),
        rgb(0x5dd2d8),
        rgb(0x3fb8be),
        rgb(0x76e9ef),
        rgb(0x92c1fd),
        rgb(0x77a7e5),
        rgb(0xb9d7fe),
        rgb(0xd2abf1),
        rgb(0xb992d6),
        rgb(0xe6c5ff),
    ],
    on_functions: INK,
    various: rgb(0xe2e4e9),
    gc_mark: rgb(0x9fd3f3),
    on_gc_mark: INK,
    gc_band: rgba(0x3aa6e614),
    stw: rgb(0xd3222a),
    stw_band: rgba(0xd3222a40),
    assist: rgb(0x6ec1f0),
    sweep: rgb(0xb9dcf2),
    regions: [rgb(0x8257d6), rgb(0x6234b8), rgb(0x46208c)],
    on_regions: PAPER,
    other_region: rgb(0xdedbe6),
    on_other_region: rgb(0x56505f),
    task: rgb(0xcfc3f1),
    on_task: INK,
    log: rgb(0x8a1250),
    sample: rgb(0x0b1f14),
    bound: rgb(0xc3c8d0),
    network_mark: rgb(0x1f7a80),
    syscall_mark: rgb(0x2a569c),
    heap: rgb(0x8fb8dd),
    heap_range: rgb(0xc4daee),
    heap_goal: rgb(0xc2571a),
    waiting_line: rgb(0xb0453a),
    flag: rgb(0x0b7285),
    on_flag: PAPER,
    cursor: rgb(0xc2271f),
    minimap: rgb(0xf6f7f9),
};

/// The dark theme.
pub const DARK: Colors = Colors {
    background: rgb(0x15171b),
    gutter: rgb(0x1b1e23),
    header: rgb(0x21252b),
    border: rgb(0x363b44),
    band_edge: rgb(0x66707f),
    grid: rgba(0xffffff12),
    text: rgb(0xe6e8eb),
    text_dim: rgb(0x9aa3b0),
    hover: rgba(0xffffff0f),
    selection: rgb(0xffffff),
    hit: rgb(0xff4fb3),
    veil: rgba(0x15171bb4),
    range: rgba(0x60a5fa2b),
    range_edge: rgb(0x7ab3fb),
    on_range: INK,
    arrow: rgb(0xffffff),
    arrow_into: rgb(0xffb066),
    arrow_task: rgb(0xbda4f7),
    classes: [
        rgb(0x35b36b), // running
        rgb(0xffc44d), // runnable
        rgb(0x4f96e6), // system call
        rgb(0x2b5596), // system call, blocked
        rgb(0xb07fc0), // GC
        rgb(0xc4502f), // lock
        rgb(0x544f36), // channel
        rgb(0x2f6f78), // network
        rgb(0x2e2c2e), // idle
        rgb(0x9bd2f2), // GC worker
    ],
    on_classes: [
        rgb(0x06140b),
        rgb(0x1c1503),
        rgb(0x050f1c),
        rgb(0xeaf1fb),
        rgb(0x140a1c),
        PAPER,
        rgb(0xf1ecd6),
        rgb(0xecf6f7),
        rgb(0xa8a3a6),
        rgb(0x05121c),
    ],
    functions: [
        rgb(0x696063),
        rgb(0x534a4d),
        rgb(0x7a7173), // the runtime's
        rgb(0x964940),
        rgb(0x7c322b),
        rgb(0xa95a51),
        rgb(0x8d5416),
        rgb(0x713f03),
        rgb(0x9f652b),
        rgb(0x716400),
        rgb(0x584e04),
        rgb(0x82741c),
        rgb(0x2f7442),
        rgb(0x135c2c),
        rgb(0x418350),
        rgb(0x007276),
        rgb(0x06585c),
        rgb(0x088286),
        rgb(0x37649e),
        rgb(0x204d85),
        rgb(0x4876b0),
        rgb(0x765190),
        rgb(0x5f3a77),
        rgb(0x8762a3),
    ],
    on_functions: PAPER,
    various: rgb(0x2d3138),
    gc_mark: rgb(0x2f6f94),
    on_gc_mark: PAPER,
    gc_band: rgba(0x4db4ee14),
    stw: rgb(0xff4d52),
    stw_band: rgba(0xff4d524d),
    assist: rgb(0x7fd0ff),
    sweep: rgb(0x3f6b85),
    regions: [rgb(0x9d7af0), rgb(0xbda4f7), rgb(0xdccffb)],
    on_regions: rgb(0x150a2e),
    other_region: rgb(0x37343f),
    on_other_region: rgb(0xb3aebd),
    task: rgb(0x4a3d78),
    on_task: PAPER,
    log: rgb(0xff8cc6),
    sample: rgb(0xeafff3),
    bound: rgb(0x4a515c),
    network_mark: rgb(0x62c3cd),
    syscall_mark: rgb(0x6aa5ee),
    heap: rgb(0x3f6d99),
    heap_range: rgb(0x2a4560),
    heap_goal: rgb(0xf08a4b),
    waiting_line: rgb(0xd9776c),
    flag: rgb(0x3bc9db),
    on_flag: rgb(0x04262b),
    cursor: rgb(0xff8f87),
    minimap: rgb(0x1b1e23),
};

/// How many colours there are for functions.
pub const FUNCTIONS: usize = HUES * SHADES;

const HUES: usize = 8;
const SHADES: usize = 3;

/// The number of a function's colour, from its name alone, so that it is the same in every trace. The package chooses
/// among hues, the function among neighbours and shades; what belongs to the runtime is grey.
pub fn function_number(function: &str) -> usize {
    let hash = |text: &str| {
        text.bytes().fold(0x811c_9dc5u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })
    };
    // The low bits of the hash are the best mixed ones once the high ones are added to them.
    let mixed = |text: &str| {
        let hash = hash(text);
        (hash ^ hash >> 15) as usize
    };
    let package = package_of(function);
    let own = mixed(function);
    let shade = own % SHADES;
    if package.is_empty() || package == "runtime" || package.starts_with("internal/runtime") {
        return shade;
    }
    let hue = (mixed(package) + own / SHADES % 2) % (HUES - 1);
    (1 + hue) * SHADES + shade
}

/// The package of a function: `net/http` of `net/http.(*conn).serve`.
pub fn package_of(function: &str) -> &str {
    let head = function.find(['[', '(']).unwrap_or(function.len());
    let name = function[..head].rfind('/').map_or(0, |slash| slash + 1);
    match function[name..head].find('.') {
        Some(dot) => &function[..name + dot],
        None => "",
    }
}

/// A colour with so many 255ths of another one in it.
pub fn blend(color: u32, other: u32, part: u8) -> u32 {
    let (a, b, part) = (color.to_le_bytes(), other.to_le_bytes(), u32::from(part));
    let mix =
        |i: usize| ((u32::from(a[i]) * (255 - part) + u32::from(b[i]) * part + 127) / 255) as u8;
    u32::from_le_bytes([mix(0), mix(1), mix(2), a[3]])
}

impl Theme {
    /// The theme's colours.
    pub fn colors(self) -> &'static Colors {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
        }
    }
}

impl Colors {
    /// The colour of a class.
    #[inline]
    pub fn class(&self, class: Class) -> u32 {
        self.classes[class as usize]
    }
}

/// What the colours mean: labels and colours (as [`Colors`] has them), in reading order.
pub fn legend(theme: Theme) -> Vec<(&'static str, u32)> {
    let colors = theme.colors();
    let classes = [
        Class::Running,
        Class::Runnable,
        Class::Syscall,
        Class::SyscallBlocked,
        Class::Sync,
        Class::Chan,
        Class::Network,
        Class::Gc,
        Class::Idle,
        Class::GcWork,
    ];
    let mut rows: Vec<_> = classes
        .into_iter()
        .map(|class| (class.name(), colors.class(class)))
        .collect();
    rows.extend([
        ("GC mark phase", colors.gc_mark),
        ("GC assist", colors.assist),
        ("GC sweep", colors.sweep),
        ("stop the world", colors.stw),
        ("user task", colors.task),
        ("user region", colors.regions[0]),
        ("user log", colors.log),
        ("live heap", colors.heap),
        ("heap goal", colors.heap_goal),
    ]);
    rows
}

/// What the arrows of a selection mean: label, colour, whether it is dashed.
pub fn arrow_legend(theme: Theme) -> [(&'static str, u32, bool); 4] {
    let colors = theme.colors();
    [
        ("woke it", colors.arrow_into, false),
        ("created it", colors.arrow_into, true),
        ("it woke", colors.arrow, false),
        ("it created", colors.arrow, true),
    ]
}

/// A colour as CSS has it: `#rrggbb`, or `#rrggbbaa` if translucent.
pub fn css(color: u32) -> String {
    let [r, g, b, a] = color.to_le_bytes();
    if a == 255 {
        format!("#{r:02x}{g:02x}{b:02x}")
    } else {
        format!("#{r:02x}{g:02x}{b:02x}{a:02x}")
    }
}

/// Red, green and blue in linear light, 0 to 1: what mixtures of colours are computed in.
#[cfg(test)]
pub(crate) fn linear(color: u32) -> [f64; 3] {
    let [r, g, b, _] = color.to_le_bytes();
    [r, g, b].map(|v| {
        let v = f64::from(v) / 255.0;
        if v <= 0.040_45 {
            v / 12.92
        } else {
            ((v + 0.055) / 1.055).powf(2.4)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: u32) -> f64 {
        let [r, g, b] = linear(color);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn contrast(a: u32, b: u32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// How eyes see: red, green and blue in linear light (Viénot 1999 for those that lack receptors).
    fn seen(color: u32, eyes: Eyes) -> [f64; 3] {
        let [r, g, b] = linear(color);
        let (red, blue) = match eyes {
            Eyes::All => return [r, g, b],
            Eyes::Deuteranope => (0.292_75, 0.022_34),
            Eyes::Protanope => (0.112_38, -0.004_01),
        };
        let yellow = red * r + (1.0 - red) * g;
        [yellow, yellow, (blue * (g - r) + b).max(0.0)]
    }

    #[derive(Clone, Copy, PartialEq, Debug)]
    enum Eyes {
        All,
        /// Without green receptors.
        Deuteranope,
        /// Without red receptors.
        Protanope,
    }

    const EYES: [Eyes; 3] = [Eyes::All, Eyes::Deuteranope, Eyes::Protanope];

    /// Distance in a perceptual space (CIE 1976).
    fn distance(a: u32, b: u32, eyes: Eyes) -> f64 {
        let lab = |color| {
            let [r, g, b] = seen(color, eyes);
            let (x, y, z) = (
                0.4124 * r + 0.3576 * g + 0.1805 * b,
                0.2126 * r + 0.7152 * g + 0.0722 * b,
                0.0193 * r + 0.1192 * g + 0.9505 * b,
            );
            let f = |t: f64| {
                if t > 0.008_856 {
                    t.cbrt()
                } else {
                    7.787 * t + 16.0 / 116.0
                }
            };
            let (x, y, z) = (f(x / 0.9505), f(y), f(z / 1.089));
            [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
        };
        let (a, b) = (lab(a), lab(b));
        (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn text_can_be_read() {
        for theme in [Theme::Light, Theme::Dark] {
            let c = theme.colors();
            for class in Class::ALL {
                let (on, under) = (c.on_classes[class as usize], c.class(class));
                let ratio = contrast(on, under);
                assert!(ratio >= 4.3, "{theme:?} {class:?}: {ratio:.2}");
            }
            for (name, text, under) in [
                ("text", c.text, c.background),
                ("text in the gutter", c.text, c.gutter),
                ("dim text in the gutter", c.text_dim, c.gutter),
                ("dim text on headers", c.text_dim, c.header),
                ("GC", c.on_gc_mark, c.gc_mark),
                ("regions", c.on_regions, c.regions[0]),
                ("nested regions", c.on_regions, c.regions[1]),
                ("deep regions", c.on_regions, c.regions[2]),
                ("other regions", c.on_other_region, c.other_region),
                ("tasks", c.on_task, c.task),
                ("the range's label", c.on_range, c.range_edge),
                ("marks", c.on_flag, c.flag),
                ("the origin", c.gutter, c.cursor),
            ] {
                let ratio = contrast(text, under);
                assert!(ratio >= 4.5, "{theme:?} {name}: {ratio:.2}");
            }
            for (i, &under) in c.functions.iter().enumerate() {
                for under in [under, blend(under, c.background, 120)] {
                    let ratio = contrast(c.on_functions, under);
                    assert!(ratio >= 4.5, "{theme:?} function {i}: {ratio:.2}");
                }
            }
        }
    }

    #[test]
    fn states_differ_whoever_looks() {
        for theme in [Theme::Light, Theme::Dark] {
            let c = theme.colors();
            for (i, &a) in Class::ALL.iter().enumerate() {
                for &b in &Class::ALL[i + 1..] {
                    for eyes in EYES {
                        let distance = distance(c.class(a), c.class(b), eyes);
                        assert!(
                            distance > 15.0,
                            "{theme:?} {a:?} {b:?} {eyes:?}: {distance:.1}"
                        );
                    }
                }
            }
            // What matters most differs by lightness alone.
            for (a, b) in [
                (Class::Running, Class::Runnable),
                (Class::Running, Class::Chan),
                (Class::Runnable, Class::Sync),
                (Class::Runnable, Class::Syscall),
                (Class::Syscall, Class::SyscallBlocked),
            ] {
                let ratio = contrast(c.class(a), c.class(b));
                assert!(ratio > 1.35, "{theme:?} {a:?} {b:?}: {ratio:.2}");
            }
        }
    }

    #[test]
    fn functions_keep_their_colours() {
        for (function, package) in [
            ("net/http.(*conn).serve", "net/http"),
            ("main.main", "main"),
            ("example.com/a.b/c.F[go.shape.int]", "example.com/a.b/c"),
            ("runtime.gcBgMarkWorker", "runtime"),
            ("", ""),
        ] {
            assert_eq!(package_of(function), package);
        }
        assert!(function_number("runtime.mcall") < SHADES);
        assert!(function_number("main.main") >= SHADES);
        let distinct: std::collections::HashSet<_> = (0..40)
            .map(|i| function_number(&format!("main.worker{i}")))
            .collect();
        // Two hues of three shades.
        assert_eq!(distinct.len(), 6);
        assert_eq!(blend(0xff00_0000, 0xffff_ffff, 255), 0xffff_ffff);
        assert_eq!(blend(0xff00_0000, 0xffff_ffff, 0), 0xff00_0000);
    }

    #[test]
    fn colours_as_css_has_them() {
        assert_eq!(css(LIGHT.class(Class::Running)), "#1f8a4c");
        assert_eq!(css(LIGHT.stw_band), "#d3222a40");
    }
}
