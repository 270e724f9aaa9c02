use std::time::Instant;
use tracepane_analysis::*;
use tracepane_model::*;
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let bytes = std::fs::read(path).unwrap();
    let t = Instant::now();
    let trace = load(&bytes[..], Default::default()).unwrap();
    println!(
        "load {:?} {} spans {} ranges {} events",
        t.elapsed(),
        trace.spans.len(),
        trace.ranges.rows.len(),
        trace.events
    );
    for rules in [UtilizationRules::Right, UtilizationRules::AsGoToolTrace] {
        for per_proc in [false, true] {
            for sweep in [false, true] {
                let flags = UtilizationFlags {
                    per_proc,
                    sweep,
                    ..Default::default()
                };
                let t = Instant::now();
                let functions = utilization(&trace, flags, rules);
                let a = t.elapsed();
                let t = Instant::now();
                let mmu = Mmu::new(&functions);
                let curve = mmu.curve(false, rules);
                let b = t.elapsed();
                let t = Instant::now();
                mmu.curve(true, rules);
                let c = t.elapsed();
                let t = Instant::now();
                mmu.worst(curve[50].window, 10);
                let d = t.elapsed();
                println!(
                    "{rules:?} per_proc {per_proc} sweep {sweep}: {} points util {a:?} curve {b:?} percentiles {c:?} worst {d:?} {:?}",
                    functions.iter().map(Vec::len).sum::<usize>(),
                    mmu.bounds()
                );
            }
        }
    }
}
