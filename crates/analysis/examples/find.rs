//! How long searches of a trace take: `cargo run --release -p tracepane-analysis --example find TRACE QUERY…`

use std::time::Instant;

use tracepane_analysis::find::{Search, parse};
use tracepane_model::load;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let bytes = std::fs::read(args.next().ok_or("which trace?")?)?;
    let trace = load(&bytes[..], Default::default())?;
    println!("{} spans", trace.spans.len());
    for text in args {
        let query = parse(&text)?;
        let began = Instant::now();
        let mut search = Search::new(&trace, &query, None);
        let prepared = began.elapsed();
        let mut turns = 1;
        let mut turn = Instant::now();
        let mut longest = 0;
        loop {
            let done = search.step(&trace, &mut || turn.elapsed().as_millis() >= 12);
            longest = longest.max(turn.elapsed().as_micros());
            if done {
                break;
            }
            turns += 1;
            turn = Instant::now();
        }
        let swept = began.elapsed();
        let hits = search.into_hits(&trace);
        let all = began.elapsed();
        println!(
            "{text}: {} hits, {:.1} ms prepared, {:.1} ms swept in {turns} turns (longest {longest} µs), {:.1} ms in all",
            hits.count(),
            prepared.as_secs_f64() * 1e3,
            (swept - prepared).as_secs_f64() * 1e3,
            all.as_secs_f64() * 1e3,
        );
    }
    Ok(())
}
