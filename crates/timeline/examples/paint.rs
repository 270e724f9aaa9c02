//! Paints a trace into an image, or measures frames.
//!
//! `cargo run --release -p tracepane-timeline --example paint -- FILE OUT.ppm [dark] [2x] [unfold] [from=NS] [to=NS]
//! [scroll=PX] [filter=TEXT] [select=X,Y] [hover=X,Y] [size=WxH] [noarrows] [threads] [goroutine=ID,DEPTH] [task=ID] [pin=NAME.NAME] [stacks=NAME]
//! [order=SORT] [functions]`:
//! texts are drawn as boxes, and listed on standard output.
//! `… --example paint -- FILE repeat [option…]`: the average time on a processor of a frame drawn again and again.
//! `… --example paint -- FILE minimap [option…]`: the same of the minimap.
//! `… --example paint -- FILE bench [2x] [unfold] [option…]`: times of the frames of a scripted pan and zoom.

use std::io::Write as _;
use std::time::Instant;

use tracepane_model::{GoroutineId, TaskId, Trace};
use tracepane_timeline::*;
use tracepane_wire::Options;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, out, rest @ ..] = &arguments[..] else {
        eprintln!("paint FILE OUT.ppm|bench [option…]");
        std::process::exit(2);
    };
    let has = |name: &str| rest.iter().any(|a| a == name);
    let value = |name: &str| {
        rest.iter()
            .find_map(|a| a.strip_prefix(name)?.strip_prefix('='))
    };
    let number = |name: &str| value(name).and_then(|v| v.parse::<f64>().ok());
    let pair = |name: &str, by: char| {
        let (a, b) = value(name)?.split_once(by)?;
        Some((a.parse::<f64>().ok()?, b.parse::<f64>().ok()?))
    };
    let started = Instant::now();
    let trace = load(file);
    eprintln!("load {:?}", started.elapsed());
    let (started, cpu) = (Instant::now(), cpu_ms());
    let levels = Levels::build(&trace);
    let spans = trace.spans.len();
    eprintln!(
        "levels of {spans} spans, {} goroutines in {:?} ({:.0} ms on a processor), {} bytes, {:.2} a span",
        trace.goroutines.len(),
        started.elapsed(),
        cpu_ms() - cpu,
        levels.heap_bytes(),
        levels.heap_bytes() as f64 / spans.max(1) as f64
    );
    let mut lanes = Lanes::new(&trace, &levels);
    if let Some(filter) = value("filter") {
        lanes.set_filter(&trace, filter);
    }
    if has("unfold") {
        lanes.set_folded(false);
    }
    let started = Instant::now();
    let threads = has("threads").then(|| ThreadLevels::build(&trace, &levels));
    if let Some(threads) = &threads {
        let bytes = threads.heap_bytes();
        eprintln!("threads in {:?}, {bytes} bytes", started.elapsed());
    }
    let arrangement = if has("threads") {
        Arrangement::Threads
    } else if let Some((id, depth)) = pair("goroutine", ',') {
        let goroutine = trace.goroutines.find(GoroutineId(id as i64));
        Arrangement::Goroutine {
            goroutine: goroutine.expect("a goroutine of the trace"),
            depth: depth as u32,
        }
    } else if let Some(id) = number("task") {
        let task = family::task_of(&trace, TaskId(id as u64));
        Arrangement::Task(task.expect("a task of the trace"))
    } else {
        Arrangement::Procs
    };
    let started = Instant::now();
    lanes.arrange(&trace, &levels, arrangement);
    eprintln!(
        "{} lanes arranged in {:?}",
        lanes.count(),
        started.elapsed()
    );
    let started = Instant::now();
    let names = |list: &str| list.split('.').map(str::to_owned).collect::<Vec<_>>();
    let sort = value("order").map(|order| {
        let known = lanes::Sort::ALL.into_iter();
        let mut found = known.filter(|sort| format!("{sort:?}").eq_ignore_ascii_case(order));
        found.next().expect("an order")
    });
    let layout = lanes::Layout {
        pins: value("pin").map(names).unwrap_or_default(),
        opened: value("stacks").map(names).unwrap_or_default(),
        sort: sort.unwrap_or_default(),
        folded: has("unfold").then_some(false),
        filter: value("filter").unwrap_or_default().to_owned(),
        ..lanes::Layout::default()
    };
    if layout != lanes.layout(&trace) {
        lanes.set_layout(&trace, &levels, &layout);
        eprintln!("lanes changed by hand in {:?}", started.elapsed());
    }
    let started = Instant::now();
    let functions = has("functions").then(|| FunctionLevels::build(&trace, &levels));
    if let Some(functions) = &functions {
        let bytes = functions.heap_bytes();
        eprintln!("functions in {:?}, {bytes} bytes", started.elapsed());
    }
    let (width, height) = pair("size", 'x').unwrap_or((1440.0, 900.0));
    let size = Size {
        width: width as u32,
        height: height as u32,
        ratio: if has("2x") { 2.0 } else { 1.0 },
    };
    let whole = View::whole(trace.end);
    let mut scene = Scene {
        trace: &trace,
        levels: &levels,
        threads: threads.as_ref(),
        functions: functions.as_ref(),
        band_scroll: 0.0,
        lanes: &lanes,
        view: View {
            start: number("from").unwrap_or(whole.start),
            end: number("to").unwrap_or(whole.end),
            scroll: number("scroll").unwrap_or(0.0),
        }
        .clamped(Limits::new(trace.end)),
        size,
        theme: if has("dark") {
            Theme::Dark
        } else {
            Theme::Light
        },
        hover: pair("hover", ','),
        selection: None,
        flows: &[],
        arrows: !has("noarrows"),
        range: pair("range", ','),
        timing: Timing::default(),
        highlights: None,
    };
    if out == "repeat" {
        repeat(&scene);
        return;
    }
    if out == "minimap" {
        let strip = minimap::MinimapScene {
            trace: &trace,
            levels: &levels,
            size: Size {
                height: minimap::MINIMAP as u32,
                ..size
            },
            theme: scene.theme,
            marks: &[],
            highlights: None,
            band: None,
        };
        let mut list = DrawList::new();
        let started = cpu_ms();
        for _ in 0..FRAMES {
            minimap::draw_minimap(&strip, &mut list);
        }
        let millis = (cpu_ms() - started) / f64::from(FRAMES);
        println!("{millis:.2} ms, {} rectangles", list.rects.len());
        return;
    }
    if out == "bench" {
        bench(scene);
        return;
    }
    if let Some((x, y)) = pair("select", ',') {
        scene.selection = hit(&scene, x, y);
        println!("selected {:?}", scene.selection);
        if let Some(hit) = &scene.selection {
            println!("{}", tooltip(&scene, hit, x, y).join("\n"));
        }
    }
    if let Some((x, y)) = scene.hover
        && let Some(hit) = hit(&scene, x, y)
    {
        println!("hover {hit:?}\n{}", tooltip(&scene, &hit, x, y).join("\n"));
    }
    let found = scene.selection.map(|hit| flows::of(&trace, hit));
    if let Some(found) = &found {
        scene.flows = &found.list;
    }
    let mut list = DrawList::new();
    let mut pixmap = Pixmap::new();
    frame(&scene, &mut list, &mut pixmap);
    save(&list, &pixmap, out);
}

fn load(file: &str) -> Trace {
    let bytes = std::fs::read(file).expect("the trace can be read");
    tracepane_model::load(&bytes[..], Options::default()).expect("a trace")
}

fn frame(scene: &Scene<'_>, list: &mut DrawList, pixmap: &mut Pixmap) {
    draw(scene, list);
    pixmap.resize(scene.size.device_width(), scene.size.device_height());
    paint(list, pixmap);
}

/// Writes the image, and the texts beside it as `OUT.txt`, for a tool that can draw letters.
fn save(list: &DrawList, pixmap: &Pixmap, out: &str) {
    let mut bytes = format!("P6 {} {} 255\n", pixmap.width, pixmap.height).into_bytes();
    for pixel in &pixmap.pixels {
        bytes.extend_from_slice(&pixel.to_le_bytes()[..3]);
    }
    std::fs::write(out, bytes).expect("the image can be written");
    let mut texts = std::fs::File::create(format!("{out}.txt")).expect("a file");
    for row in &list.texts {
        let color = palette::css(row.color);
        let text = list.text_of(row);
        writeln!(
            texts,
            "{}\t{}\t{}\t{color}\t{}\t{}\t{text}",
            row.x, row.y, row.max_width, row.size, row.weight
        )
        .expect("a line");
    }
    println!(
        "{} rectangles, {} lines, arrows {:?}, {} texts",
        list.rects.len(),
        list.strokes.len(),
        list.arrows,
        list.texts.len()
    );
}

/// What Linux says this thread has spent on a processor, in ms, whatever else runs.
fn cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text.split(' ').next().and_then(|n| n.parse::<f64>().ok());
    nanos.unwrap_or(0.0) / 1e6
}

/// How often a frame is repeated.
const FRAMES: u32 = 400;

fn repeat(scene: &Scene<'_>) {
    let mut list = DrawList::new();
    let mut pixmap = Pixmap::new();
    frame(scene, &mut list, &mut pixmap);
    let mut times = [0.0; 2];
    for (i, time) in times.iter_mut().enumerate() {
        let started = cpu_ms();
        let mut frames = 0;
        while frames < FRAMES {
            // A hair narrower, so that nothing that is kept fits.
            let mut scene = *scene;
            scene.view.end -= scene.view.width() * 1e-4 * f64::from(frames + 1);
            match i {
                0 => draw(&scene, &mut list),
                _ => frame(&scene, &mut list, &mut pixmap),
            }
            frames += 1;
        }
        *time = (cpu_ms() - started) / f64::from(frames);
    }
    let [drawn, total] = times;
    println!(
        "{total:.2} ms (draw {drawn:.2}), {} rectangles, {:.3e} ns",
        list.rects.len(),
        scene.view.width()
    );
}

/// How often the script is run: other programs run here too, so of each frame the best time counts.
const PASSES: usize = 3;

fn bench(scene: Scene<'_>) {
    let mut times: Vec<Timed> = Vec::new();
    let mut list = DrawList::new();
    let mut pixmap = Pixmap::new();
    for pass in 0..PASSES {
        let mut at = 0;
        script(scene, |scene, what| {
            let started = Instant::now();
            draw(scene, &mut list);
            let drawn = started.elapsed().as_secs_f64() * 1e3;
            pixmap.resize(scene.size.device_width(), scene.size.device_height());
            paint(&list, &mut pixmap);
            let total = started.elapsed().as_secs_f64() * 1e3;
            if pass == 0 {
                let says = format!(
                    "{:.3e} ns, {} rectangles",
                    scene.view.width(),
                    list.rects.len()
                );
                times.push(Timed {
                    what,
                    drawn,
                    total,
                    says,
                });
            } else if let Some(known) = times.get_mut(at) {
                known.drawn = known.drawn.min(drawn);
                known.total = known.total.min(total);
            }
            at += 1;
        });
    }
    for what in ["zoom", "pan", "scroll", "resize", "hover", ""] {
        let mut some: Vec<_> = times
            .iter()
            .filter(|t| what.is_empty() || t.what == what)
            .collect();
        some.sort_by(|a, b| a.total.total_cmp(&b.total));
        let at = |fraction: f64| some[((some.len() - 1) as f64 * fraction) as usize];
        let [p50, p95, max] = [0.5, 0.95, 1.0].map(at);
        println!(
            "{:6} {:4} frames: p50 {:.2} ms, p95 {:.2} ms (draw {:.2}), max {:.2} ms ({})",
            if what.is_empty() { "all" } else { what },
            some.len(),
            p50.total,
            p95.total,
            p95.drawn,
            max.total,
            max.says
        );
    }
    println!("list {} bytes", list.heap_bytes());
}

/// A frame of the script, and its times in ms.
struct Timed {
    what: &'static str,
    drawn: f64,
    total: f64,
    says: String,
}

/// Movements as a user makes them, a frame at a time.
fn script(mut scene: Scene<'_>, mut run: impl FnMut(&Scene<'_>, &'static str)) {
    let limits = Limits::new(scene.trace.end);
    let (whole, size) = (scene.view, scene.size);
    for place in [0.13, 0.5, 0.77] {
        scene.view = whole;
        while scene.view.width() > 25.0 {
            scene.view = scene.view.zoom_at(place, 0.8, limits);
            run(&scene, "zoom");
            if times_every(scene.view.width()) {
                for _ in 0..10 {
                    scene.view = scene.view.pan(0.03, limits);
                    run(&scene, "pan");
                }
            }
        }
    }
    scene.view = whole;
    run(&scene, "zoom");
    for _ in 0..50 {
        let height = scene.lanes.total_height();
        scene.view = scene
            .view
            .scrolled_to(scene.view.scroll + 60.0, height, scene.size);
        run(&scene, "scroll");
    }
    for i in 0..40 {
        scene.size = Size {
            width: size.width - 7 * i,
            height: size.height - 5 * i,
            ..size
        };
        run(&scene, "resize");
    }
    scene.size = size;
    run(&scene, "resize");
    for i in 0..40 {
        scene.hover = Some((400.0 + f64::from(i) * 9.0, 200.0 + f64::from(i) * 11.0));
        run(&scene, "hover");
    }
}

/// Pan at about every third zoom step.
fn times_every(width: f64) -> bool {
    (width.ln() / 0.8f64.ln().abs()) as i64 % 3 == 0
}
