//! What each stage of opening a trace costs: `cargo run --release -p tracepane-timeline --example stages -- FILE [RUNS] [THREADS]`.
//!
//! Nanoseconds for each event, the least of some runs: reading and ordering alone, the same with the model being built,
//! the model's last tables, the levels of detail, and the memory of each. On several threads, by the clock: reading
//! parts of the trace and joining them, and the levels of detail.

use std::error::Error;
use std::time::Instant;

use tracepane_model::parts::load_parallel;
use tracepane_model::{Loader, SpanLists};
use tracepane_timeline::Levels;
use tracepane_wire::{Event, GenerationInfo, Options, Resources, Sink, Tables, read_all};

/// As the command has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Looks at every event, a little, so that none is optimised away.
#[derive(Default)]
struct Count {
    events: u64,
    sum: u64,
}

impl Sink for Count {
    fn generation(&mut self, _: &GenerationInfo, _: &Tables) {}

    fn event(&mut self, event: &Event, _: &Tables, _: &Resources) {
        self.events += 1;
        self.sum ^= event.time.0 as u64 ^ u64::from(event.goroutine.0);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which file?")?;
    let runs: usize = arguments.next().map_or(Ok(3), |runs| runs.parse())?;
    let threads: usize = arguments.next().map_or(Ok(1), |threads| threads.parse())?;
    let bytes = std::fs::read(path)?;
    if threads > 1 {
        return on_threads(&bytes, runs, threads);
    }
    let mut least = [f64::INFINITY; 4];
    let mut events = 0;
    let mut memory = String::new();
    let mut own = Some(0.0);
    let runs = runs.max(1);
    for _ in 0..runs {
        let mut count = Count::default();
        let clock = Clock::start();
        read_all(bytes.as_slice(), Options::default(), &mut count)?;
        let decode = clock.nanos();
        std::hint::black_box(count.sum);
        events = count.events;

        let own_before = in_user_mode();
        let clock = Clock::start();
        let mut loader = Loader::new(bytes.as_slice(), Options::default())?;
        while loader.step()?.is_some() {}
        let read = clock.nanos();

        let clock = Clock::start();
        let trace = loader.finish();
        let finish = clock.nanos();

        let clock = Clock::start();
        let levels = Levels::build(&trace);
        let build = clock.nanos();
        let own_after = in_user_mode();
        own = own.and_then(|sum| Some(sum + own_after? - own_before?));

        for (least, nanos) in least.iter_mut().zip([decode, read, finish, build]) {
            *least = least.min(nanos);
        }
        let per_event = |bytes: usize| bytes as f64 / events as f64;
        memory = format!(
            "{:.2} bytes an event held by the trace, {:.2} by the levels",
            per_event(trace.heap_bytes().total()),
            per_event(levels.heap_bytes()),
        );
    }
    let [decode, read, finish, build] = least.map(|nanos| nanos / events as f64);
    println!("{events} events, ns for each:");
    println!("  read and order       {decode:6.2}");
    println!("  the same into a model {read:5.2}");
    println!("  its last tables      {finish:6.2}");
    println!("  levels of detail     {build:6.2}");
    let all = read + finish + build;
    println!(
        "  all                  {all:6.2}: {:.1} million events/s",
        1e3 / all
    );
    if let Some(own) = own {
        let own = own / runs as f64 / events as f64;
        println!("  without the system   {own:6.2}: the mean; its part is to give memory");
    }
    println!("{memory}");
    Ok(())
}

/// Opens a trace on several threads, and prints what that took by the clock.
fn on_threads(bytes: &[u8], runs: usize, threads: usize) -> Result<(), Box<dyn Error>> {
    let mut least = [f64::INFINITY; 2];
    let mut events = 0;
    for _ in 0..runs.max(1) {
        let began = Instant::now();
        let trace = load_parallel(|| Ok(bytes), threads, Options::default(), SpanLists::Made)?;
        let read = began.elapsed().as_nanos() as f64;
        let levels = Levels::build_on(&trace, threads);
        let all = began.elapsed().as_nanos() as f64;
        std::hint::black_box(levels.heap_bytes());
        events = trace.events;
        if all < least[0] + least[1] {
            least = [read, all - read];
        }
    }
    let [read, build] = least.map(|nanos| nanos / events as f64);
    let all = read + build;
    println!("{events} events, ns for each, on {threads} threads:");
    println!("  into a model         {read:6.2}");
    println!("  levels of detail     {build:6.2}");
    println!(
        "  all                  {all:6.2}: {:.1} million events/s",
        1e3 / all
    );
    Ok(())
}

/// The time of this thread on a processor, where the system tells it, else by the clock.
struct Clock(Instant, Option<f64>);

impl Clock {
    fn start() -> Self {
        Self(Instant::now(), on_processor())
    }

    fn nanos(&self) -> f64 {
        match (self.1, on_processor()) {
            (Some(then), Some(now)) => now - then,
            _ => self.0.elapsed().as_nanos() as f64,
        }
    }
}

fn on_processor() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ').next()?.parse().ok()
}

/// How long this thread ran its own code so far, where the system tells it: in hundredths of a second, as ns.
fn in_user_mode() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").ok()?;
    // The name before may have spaces; this is the 14th field (`utime` in proc(5)).
    let after_name = stat.rsplit_once(')')?.1;
    let ticks: f64 = after_name.split_whitespace().nth(11)?.parse().ok()?;
    Some(ticks * 1e7)
}
