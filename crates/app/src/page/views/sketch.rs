//! A picture of a trace that is being read: what goroutines did in the parts that are there, and what is not there yet.

use std::fmt::Write as _;

use leptos::prelude::*;

use crate::page::app::App;
use crate::protocol::Sketch;

/// The picture's own width and height; it is stretched to its place. So large that whole numbers are fine enough: to write
/// thousands of others takes time that is wanted for reading.
const WIDTH: f64 = 9600.0;
const HEIGHT: f64 = 1000.0;

/// The kinds of doing, from the bottom up: classes of the style, and what they are called.
const KINDS: [(&str, &str); 3] = [
    ("sketch-running", "Running"),
    ("sketch-syscall", "In system calls"),
    ("sketch-runnable", "Runnable"),
];

/// The picture; nothing before the first part is there.
pub fn sketch(app: App) -> AnyView {
    let some = Memo::new(move |_| app.sketches.with(|sketches| !sketches.is_empty()));
    let shapes = move || {
        app.sketches.with(|sketches| {
            let most = sketches.iter().flat_map(|sketch| &sketch.columns);
            let most = most
                .map(|column| column.iter().sum::<f32>())
                .fold(1.0, f32::max);
            sketches
                .iter()
                .map(|sketch| part(sketch, f64::from(most)))
                .collect_view()
        })
    };
    view! {
        <Show when=move || some.get()>
            <figure class="sketch">
                <svg
                    viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                    preserveAspectRatio="none"
                    role="img"
                    aria-label="How many goroutines did what, in the parts of the trace that are read"
                >
                    {shapes}
                </svg>
                <figcaption>
                    <span>"Goroutines over the trace's time, as far as it is read:"</span>
                    {KINDS
                        .map(|(class, name)| {
                            view! {
                                <span class="sketch-key">
                                    <span class=format!("sketch-swatch {class}")></span>
                                    {name}
                                </span>
                            }
                        })
                        .collect_view()}
                </figcaption>
            </figure>
        </Show>
    }
    .into_any()
}

/// One part: a shape for each kind, one on the other.
fn part(sketch: &Sketch, most: f64) -> AnyView {
    let (start, end) = sketch.range;
    let x0 = start * WIDTH;
    let width = (end - start).max(0.0) * WIDTH;
    let ground = view! {
        <rect class="sketch-ground" x=x0 y="0" width=width height=HEIGHT></rect>
    };
    let mut below = vec![0.0; sketch.columns.len()];
    let shapes: Vec<_> = KINDS
        .iter()
        .enumerate()
        .map(|(kind, (class, _))| {
            let path = steps(&sketch.columns, kind, &mut below, most, (x0, width));
            view! { <path class=*class d=path></path> }
        })
        .collect();
    view! { {ground} {shapes} }.into_any()
}

/// The outline of a kind's steps, from the left above and back below; what is `below` is raised by it.
fn steps(
    columns: &[[f32; 3]],
    kind: usize,
    below: &mut [f64],
    most: f64,
    (x0, width): (f64, f64),
) -> String {
    let step = width / columns.len().max(1) as f64;
    let x = |i: usize| (x0 + step * i as f64).round() as i32;
    let y = |count: f64| (HEIGHT - HEIGHT * (count / most).clamp(0.0, 1.0)).round() as i32;
    let bottoms: Vec<i32> = below.iter().map(|&count| y(count)).collect();
    let mut path = String::new();
    // Writing to a String cannot fail.
    for (i, (column, below)) in columns.iter().zip(below).enumerate() {
        *below += f64::from(column[kind]);
        let _ = match i {
            0 => write!(path, "M{} {}H{}", x(0), y(*below), x(1)),
            _ => write!(path, "V{}H{}", y(*below), x(i + 1)),
        };
    }
    for (i, bottom) in bottoms.iter().enumerate().rev() {
        let _ = write!(path, "V{bottom}H{}", x(i));
    }
    path + "Z"
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn kinds_stand_on_each_other() {
        let columns = [[1.0, 0.0, 1.0], [2.0, 0.0, 0.0]];
        let mut below = vec![0.0; 2];
        let running = steps(&columns, 0, &mut below, 2.0, (100.0, 200.0));
        assert_eq!(running, "M100 500H200V0H300V1000H200V1000H100Z");
        steps(&columns, 1, &mut below, 2.0, (100.0, 200.0));
        let runnable = steps(&columns, 2, &mut below, 2.0, (100.0, 200.0));
        assert_eq!(runnable, "M100 0H200V0H300V0H200V500H100Z");
        assert_eq!(below, [2.0, 2.0]);
    }
}
