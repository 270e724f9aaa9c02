//! A picture of a trace that is being read: what goroutines did in the parts that are there, and what is not there yet.

use leptos::prelude::*;

use crate::page::app::App;
use crate::protocol::Sketch;

/// The picture's own width and height; it is stretched to its place.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 100.0;

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

/// The outline of a kind's steps; what is `below` is raised by it.
fn steps(
    columns: &[[f32; 3]],
    kind: usize,
    below: &mut [f64],
    most: f64,
    (x0, width): (f64, f64),
) -> String {
    let step = width / columns.len().max(1) as f64;
    let y = |count: f64| HEIGHT - HEIGHT * (count / most).clamp(0.0, 1.0);
    let (mut up, mut down) = (String::new(), String::new());
    for (i, (column, below)) in columns.iter().zip(below).enumerate() {
        let (left, right) = (x0 + step * i as f64, x0 + step * (i + 1) as f64);
        let bottom = y(*below);
        *below += f64::from(column[kind]);
        let top = y(*below);
        let mark = if i == 0 { 'M' } else { 'L' };
        up.push_str(&format!("{mark}{left:.1} {top:.2}L{right:.1} {top:.2}"));
        down.insert_str(0, &format!("L{right:.1} {bottom:.2}L{left:.1} {bottom:.2}"));
    }
    up + &down + "Z"
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
        assert_eq!(
            running,
            "M100.0 50.00L200.0 50.00L200.0 0.00L300.0 0.00L300.0 100.00L200.0 100.00L200.0 100.00L100.0 100.00Z"
        );
        steps(&columns, 1, &mut below, 2.0, (100.0, 200.0));
        let runnable = steps(&columns, 2, &mut below, 2.0, (100.0, 200.0));
        assert!(runnable.starts_with("M100.0 0.00L200.0 0.00L200.0 0.00"));
        assert_eq!(below, [2.0, 2.0]);
    }
}
