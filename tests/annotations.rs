//! Regions and tasks of every trace of the corpus, and of Go's own cases that have them, equal what the functions and
//! pages of `go tool trace` of Go 1.27 make of them: region instances with their statistics, histograms, the four
//! profiles of region types with their filters, tasks with all that belongs to them, the lists and events of
//! `/usertask`. The goldens come from `testdata/oracle/trace/annotations.go`.

use std::fmt::Write as _;

use libtest_mimic::{Arguments, Failed, Trial};
use tracepane_analysis::place::place_text;
use tracepane_analysis::profiles::ProfileKind;
use tracepane_analysis::regions::{self, RegionFilter};
use tracepane_analysis::tasks::{self, TaskFilter};
use tracepane_analysis::time_histogram::{BARS, bounds};
use tracepane_analysis::{
    Annotations, Completeness, GoroutineTimes, RegionTimes, Scope, TaskEventKind, TaskWork,
    TimeHistogram, goroutine_times, names, profile_within, region_times, task_events,
};
use tracepane_model::{
    GoroutineIndex, Nanos, RangeKind, ReasonId, RegionRow, StackRef, TaskId, TaskIndex, Trace, load,
};
use tracepane_testkit::golden::{self, Row};
use tracepane_testkit::hash::Fnv;
use tracepane_testkit::{Case, data};
use tracepane_wire::quote::quote;

fn main() {
    let mut trials = vec![Trial::test("bounds of a histogram", || {
        check_bounds().map_err(Failed::from)
    })];
    let mut paths = data::corpus();
    paths.extend(data::files("go/cases", ".test"));
    paths.extend(data::files("go/tracev1", "_good"));
    for path in paths {
        let name = path.rsplit('/').next().unwrap_or_default();
        let name = name.trim_end_matches(".trace").trim_end_matches(".test");
        let golden = format!("goldens/annotations/{name}.txt");
        if path.starts_with("corpus") || data::root().join(&golden).exists() {
            let trial = Trial::test(name.to_owned(), move || {
                check(&path, &golden).map_err(Failed::from)
            });
            trials.push(trial);
        }
    }
    assert!(trials.len() > 40, "{} tests", trials.len());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn check_bounds() -> Result<(), String> {
    let expected = data::text("goldens/histogram.txt");
    let mut found = String::new();
    for bar in 0..BARS {
        // The first one has 0 and less, too.
        let _ = writeln!(found, "{}", bounds(bar).0.0.max(1));
    }
    golden::compare(&expected, &found)
}

fn check(path: &str, golden: &str) -> Result<(), String> {
    let bytes = match path.ends_with(".test") {
        true => Case::parse(&data::text(path))?.trace,
        false => data::read(path),
    };
    let trace = load(&bytes[..], Default::default()).map_err(|error| error.to_string())?;
    let expected = data::text(golden);
    bars_are_filters(&trace)?;
    times_add_up(&trace)?;
    let go = Go::new(&trace, data::version(&bytes) < Some(22));
    if path.contains("truncated") {
        // Go shows nothing of it. Here is what the whole batches before the cut hold.
        assert!(expected.starts_with("error: "), "{expected}");
        let is_there = !go.annotations.tasks.types.is_empty() && go.rows.len() > 10;
        return is_there
            .then_some(())
            .ok_or("no tasks or regions".to_owned());
    }
    let queries = |title: &str| -> Vec<&str> {
        let section = expected.split("## ").find(|part| part.starts_with(title));
        let lines = section.unwrap_or_default().lines().skip(1);
        lines
            .filter(|line| !line.starts_with("  "))
            .filter_map(|line| line.split('\t').next())
            .collect()
    };
    let mut out = String::from("# see oracle/trace/annotations.go for the columns\n");
    go.regions(&mut out);
    go.region_types(&mut out);
    go.region_queries(&mut out, &queries("region queries"));
    go.tasks(&mut out);
    go.task_types(&mut out);
    go.task_queries(&mut out, &queries("task queries"));
    go.events(&mut out);
    golden::compare(&expected, &out)
}

/// The numbers as `go tool trace` has them.
struct Go<'a> {
    trace: &'a Trace,
    annotations: Annotations,
    /// The regions of `GoroutineSummary.Regions`: of a goroutine's last life, without those of the runtime's own
    /// goroutines that did not end.
    rows: Vec<u32>,
    times: RegionTimes,
    goroutines: GoroutineTimes,
    /// Whether the trace has format v1. Its ends of tasks name no parent, and `go tool trace` reads that as the
    /// background task: to it every task without a parent is that one's child.
    is_v1: bool,
}

const AS_GO: Completeness = Completeness::AsGoToolTrace;

impl<'a> Go<'a> {
    fn new(trace: &'a Trace, is_v1: bool) -> Self {
        let rows: Vec<u32> = (0u32..)
            .zip(trace.regions.iter())
            .filter(|(_, row)| is_in_summary(trace, row))
            .map(|(i, _)| i)
            .collect();
        Self {
            annotations: Annotations::new(trace),
            times: region_times(trace, &rows, AS_GO),
            goroutines: goroutine_times(trace, &Scope::ALL, AS_GO),
            trace,
            rows,
            is_v1,
        }
    }

    fn id(&self, goroutine: GoroutineIndex) -> i64 {
        let row = goroutine
            .get()
            .and_then(|i| self.trace.goroutines.rows.get(i));
        row.map_or(-1, |row| row.id.0)
    }

    fn when(&self, time: Option<Nanos>) -> String {
        time.map_or("-".to_owned(), |time| {
            (self.trace.clock_start.0 + time.0).to_string()
        })
    }

    fn root_pc(&self, stack: StackRef) -> u64 {
        self.trace.stacks.root(stack).map_or(0, |frame| frame.pc)
    }

    fn heirs(&self, filter: &RegionFilter) -> Vec<GoroutineIndex> {
        let filter = RegionFilter {
            inherited: true,
            name: None,
            ..filter.clone()
        };
        self.annotations.regions.matching_heirs(self.trace, &filter)
    }

    fn regions(&self, out: &mut String) {
        let trace = self.trace;
        let mut rows = Vec::new();
        for (place, &region) in self.rows.iter().enumerate() {
            let row = trace.regions.at(region as usize);
            let times = self.times.times(place);
            let text = format!(
                "{}\t{}\t{:x}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                self.id(row.goroutine),
                trace.strings.get(row.name),
                self.root_pc(row.begin_stack),
                row.task.0,
                self.when(row.start),
                self.when(row.end),
                times.total.0,
                times.running.0,
                times.runnable.0,
                times.syscall.0,
                times.syscall_blocked.0,
                waits(trace, self.times.waits(place)),
                ranges(trace, self.times.ranges(place).iter().copied()),
            );
            let weight = times.total.0;
            rows.push(Row { weight, text });
        }
        for goroutine in self.heirs(&RegionFilter::default()) {
            let row = trace.goroutines.row(goroutine);
            let times = self.goroutines.times(goroutine);
            let text = format!(
                "{}\t\t{:x}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                row.id,
                self.root_pc(row.created_at),
                row.inherited_task.0,
                self.when(Some(row.created)),
                self.when(row.ended),
                times.total.0,
                times.running.0,
                times.runnable.0,
                times.syscall.0,
                times.syscall_blocked.0,
                waits(trace, self.goroutines.waits(goroutine)),
                ranges(trace, self.goroutines.ranges(goroutine).iter().copied()),
            );
            let weight = times.total.0;
            rows.push(Row { weight, text });
        }
        rows.sort_by(|a, b| a.text.cmp(&b.text));
        golden::compact(out, "regions", "", rows);
    }

    fn region_types(&self, out: &mut String) {
        let trace = self.trace;
        let mut types: Vec<(String, u64, String, TimeHistogram)> = Vec::new();
        let mut add = |name: &str, stack: StackRef, time: Nanos| {
            let pc = self.root_pc(stack);
            let known = types
                .iter_mut()
                .find(|(known, root, ..)| known == name && *root == pc);
            if let Some((.., histogram)) = known {
                return histogram.add(time);
            }
            let place = trace.stacks.root(stack).map_or(" :0".to_owned(), |frame| {
                let text = |string| trace.strings.get(string);
                format!(
                    "{} {}:{}",
                    text(frame.function),
                    text(frame.file),
                    frame.line
                )
            });
            types.push((name.to_owned(), pc, place, TimeHistogram::of([time])));
        };
        for &row in &self.rows {
            let row = trace.regions.at(row as usize);
            let name = trace.strings.get(row.name);
            add(
                name,
                row.begin_stack,
                regions::time_of(trace, &row).length(),
            );
        }
        for goroutine in self.heirs(&RegionFilter::default()) {
            let stack = trace.goroutines.row(goroutine).created_at;
            add("", stack, regions::life(trace, goroutine).length());
        }
        types.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let rows = types.into_iter().map(|(name, pc, place, histogram)| {
            let count = histogram.count();
            format!("{name}\t{pc:x}\t{place}\t{count}\t{}", buckets(&histogram))
        });
        raw(out, "region types", rows.collect());
    }

    fn region_queries(&self, out: &mut String, queries: &[&str]) {
        let trace = self.trace;
        let mut rows = Vec::new();
        for &query in queries {
            let filter = region_filter(query);
            let found = self.annotations.regions.matching(trace, &filter);
            let heirs = match filter.name.as_deref() {
                None | Some("") => self.heirs(&filter),
                Some(_) => Vec::new(),
            };
            let of_regions = found
                .iter()
                .filter(|row| self.rows.binary_search(row).is_ok())
                .map(|&row| {
                    let row = trace.regions.at(row as usize);
                    (self.id(row.goroutine), row.start, row.end)
                });
            let of_heirs = heirs.iter().map(|&goroutine| {
                let row = trace.goroutines.row(goroutine);
                (row.id.0, Some(row.created), row.ended)
            });
            let lines: Vec<String> = of_regions
                .chain(of_heirs)
                .map(|(id, start, end)| format!("{id} {} {}", self.when(start), self.when(end)))
                .collect();
            assert!(found.is_empty() || heirs.is_empty(), "both: {query}");
            rows.push(format!("{query}\t{}\t{}", lines.len(), hash(lines)));
            let filter = RegionFilter {
                inherited: !heirs.is_empty(),
                name: filter.name.clone().filter(|_| heirs.is_empty()),
                ..filter
            };
            for kind in ProfileKind::ALL {
                rows.push(self.profile(kind, &filter));
            }
        }
        raw(out, "region queries", rows);
    }

    fn profile(&self, kind: ProfileKind, filter: &RegionFilter) -> String {
        let trace = self.trace;
        let regions = &self.annotations.regions;
        let intervals = regions.intervals(trace, filter, AS_GO);
        let profile = profile_within(trace, kind, &intervals, AS_GO);
        let lines: Vec<String> = profile
            .rows
            .iter()
            .map(|row| {
                let mut line = format!("{} {}", row.count, row.nanos);
                for &frame in trace.stacks.get(row.stack).iter().take(128) {
                    let frame = trace.stacks.frame(frame);
                    let text = |string| trace.strings.get(string);
                    let (function, file) = (text(frame.function), text(frame.file));
                    let _ = write!(line, " {function} {file}:{} {:#x}", frame.line, frame.pc);
                }
                line
            })
            .collect();
        format!(
            "  {}\t{}\t{}\t{}\t{}",
            kind.name(),
            lines.len(),
            profile.count,
            profile.nanos,
            hash(lines)
        )
    }

    /// The tasks by id.
    fn task_list(&self) -> Vec<TaskIndex> {
        let count = self.trace.tasks.len() as u32;
        let mut all: Vec<TaskIndex> = (0..count).map(TaskIndex).collect();
        all.sort_by_key(|task| self.trace.tasks[task.0 as usize].id);
        all
    }

    fn tasks(&self, out: &mut String) {
        let (trace, tasks) = (self.trace, &self.annotations.tasks);
        let rows = self.task_list().into_iter().map(|task| {
            let row = &trace.tasks[task.0 as usize];
            let parent = tasks
                .parent(trace, task)
                .map(|p| trace.tasks[p.0 as usize].id.0)
                .or_else(|| self.is_orphan_of_v1(task).then_some(0));
            let parent = parent.map_or("-".to_owned(), |id| id.to_string());
            let mut goroutines: Vec<i64> = tasks
                .goroutines(trace, task)
                .into_iter()
                .map(|goroutine| self.id(goroutine))
                .collect();
            goroutines.sort_unstable();
            let mut children: Vec<u64> = tasks
                .subtasks(task)
                .iter()
                .map(|&child| trace.tasks[child as usize].id.0)
                .collect();
            if row.id == TaskId::BACKGROUND {
                let orphans = self.task_list().into_iter();
                let orphans = orphans.filter(|&task| self.is_orphan_of_v1(task));
                children.extend(orphans.map(|task| trace.tasks[task.0 as usize].id.0));
            }
            children.sort_unstable();
            let regions = tasks.regions(task).iter().map(|&region| {
                let row = trace.regions.at(region as usize);
                // Regions of the runtime's own goroutines do not end with them.
                let end = row.end.filter(|_| row.end_seen || !self.is_system(&row));
                let name = trace.strings.get(row.name);
                format!("{name} {} {}", self.when(row.start), self.when(end))
            });
            let regions: Vec<String> = regions.collect();
            let logs = tasks.logs(task).iter().map(|&log| {
                let log = trace.logs.at(log as usize);
                let text = |string| trace.strings.get(string);
                format!(
                    "{} {} {} {}",
                    self.when(Some(log.time)),
                    self.id(log.goroutine),
                    text(log.category),
                    text(log.message)
                )
            });
            let logs: Vec<String> = logs.collect();
            let text = format!(
                "{}\t{}\t{parent}\t{}\t{}\t{}\t{}\t{} {}\t{} {}",
                row.id.0,
                trace.strings.get(row.name),
                self.when(row.start),
                self.when(row.end),
                list(&goroutines),
                list(&children),
                regions.len(),
                hash(regions),
                logs.len(),
                hash(logs),
            );
            let weight = tasks::time_of(trace, row).length().0;
            Row { weight, text }
        });
        golden::compact(out, "tasks", "", rows.collect());
    }

    fn is_orphan_of_v1(&self, task: TaskIndex) -> bool {
        let row = &self.trace.tasks[task.0 as usize];
        self.is_v1 && row.end.is_some() && row.parent == TaskId::NONE
    }

    fn is_system(&self, region: &RegionRow) -> bool {
        self.trace.goroutines.row(region.goroutine).is_system()
    }

    fn task_types(&self, out: &mut String) {
        let rows = self.annotations.tasks.types.iter().map(|of| {
            format!(
                "{}\t{}\t{}\t{}",
                self.trace.strings.get(of.name),
                of.count,
                of.complete(),
                buckets(&of.histogram)
            )
        });
        raw(out, "task types", rows.collect());
    }

    /// What `/usertask` lists, shortest first.
    fn listed(&self, filter: &TaskFilter) -> Vec<TaskIndex> {
        let trace = self.trace;
        let mut found = self.annotations.tasks.matching(trace, filter);
        found.sort_by_key(|task| {
            let row = &trace.tasks[task.0 as usize];
            (tasks::time_of(trace, row).length(), row.id)
        });
        found
    }

    fn task_queries(&self, out: &mut String, queries: &[&str]) {
        let mut rows = Vec::new();
        for &query in queries {
            let lines: Vec<String> = self
                .listed(&task_filter(query))
                .into_iter()
                .map(|task| {
                    let row = &self.trace.tasks[task.0 as usize];
                    let length = tasks::time_of(self.trace, row).length();
                    format!("{} {} {}", row.id.0, length.0, tasks::is_complete(row))
                })
                .collect();
            let mut fnv = Fnv::default();
            for line in &lines {
                fnv.write(line.as_bytes());
                fnv.write(b"\n");
            }
            rows.push(format!("{query}\t{}\t{:016x}", lines.len(), fnv.finish()));
        }
        raw(out, "task queries", rows);
    }

    fn events(&self, out: &mut String) {
        let trace = self.trace;
        let mut rows = Vec::new();
        for task in self.listed(&TaskFilter::default()) {
            let id = trace.tasks[task.0 as usize].id.0;
            for event in task_events(trace, &self.annotations.tasks, task, false) {
                let text = format!(
                    "{id}\t{}\t{}\t{}\t{}",
                    event.time.0,
                    event.elapsed.0,
                    self.id(event.goroutine),
                    self.what(task, event.kind)
                );
                let weight = event.elapsed.0;
                rows.push(Row { weight, text });
            }
        }
        golden::compact(out, "task events", "", rows);
    }

    /// `describeEvent` of `cmd/trace/tasks.go`.
    fn what(&self, task: TaskIndex, kind: TaskEventKind) -> String {
        let trace = self.trace;
        let quoted = |string| {
            let mut text = String::new();
            quote(&mut text, trace.strings.get(string).as_bytes());
            text
        };
        let region = |region: u32| quoted(trace.regions.at(region as usize).name);
        match kind {
            TaskEventKind::Begin => {
                let row = &trace.tasks[task.0 as usize];
                let (name, id) = (quoted(row.name), row.id.0);
                format!("task {name} (ID {id}, parent {}) begin", row.parent.0)
            }
            TaskEventKind::End => "task end".to_owned(),
            TaskEventKind::RegionBegin(of) => format!("region {} begin", region(of)),
            TaskEventKind::RegionEnd(of) => format!("region {} end", region(of)),
            TaskEventKind::RegionEndWithGoroutine(_) => "Running -> NotExist".to_owned(),
            TaskEventKind::Log(log) => {
                let log = trace.logs.at(log as usize);
                let (category, message) = (trace.strings.get(log.category), quoted(log.message));
                match category {
                    "" => format!("log {message}"),
                    _ => format!("log (category: {category}): {message}"),
                }
            }
            TaskEventKind::SubtaskBegin(_) | TaskEventKind::SubtaskEnd(_) => String::new(),
        }
    }
}

/// A bar of a histogram, used as a filter, has what it counts.
fn bars_are_filters(trace: &Trace) -> Result<(), String> {
    let Annotations { regions, tasks } = Annotations::new(trace);
    for of in &regions.types {
        for bar in of.histogram.bars() {
            let filter = RegionFilter {
                name: Some(trace.strings.get(of.name).to_owned()),
                place: Some(of.place.map_or(String::new(), |p| place_text(trace, p))),
                shortest: Some(bar.shortest),
                longest: Some(bar.longest),
                ..RegionFilter::default()
            };
            let found = regions.matching(trace, &filter).len() as u64;
            if found != bar.count {
                return Err(format!("{bar:?}, but {found} regions: {filter:?}"));
            }
        }
    }
    for of in &tasks.types {
        for bar in of.histogram.bars() {
            let filter = TaskFilter {
                name: Some(trace.strings.get(of.name).to_owned()),
                shortest: Some(bar.shortest),
                longest: Some(bar.longest),
                ..TaskFilter::default()
            };
            let found = tasks.matching(trace, &filter).len() as u64;
            if found != bar.count {
                return Err(format!("{bar:?}, but {found} tasks: {filter:?}"));
            }
        }
    }
    Ok(())
}

/// The times of a task by the clock add up to its duration, and no goroutine works longer for it than it lasts. The
/// times of a region add up to what is known of its goroutine meanwhile.
fn times_add_up(trace: &Trace) -> Result<(), String> {
    let tasks = Annotations::new(trace).tasks;
    let mut work = TaskWork::new(trace, &tasks);
    for (i, row) in (0u32..).zip(&trace.tasks) {
        let duration = tasks::time_of(trace, row).length();
        let by_clock = work.by_clock(TaskIndex(i)).ok_or("tired")?;
        if by_clock.total() != duration {
            return Err(format!("{row:?} lasts {duration:?}, but {by_clock:?}"));
        }
        for of in work.by_goroutine(TaskIndex(i)).ok_or("tired")? {
            if of.times.total() > duration {
                return Err(format!("{row:?} lasts {duration:?}, but {of:?}"));
            }
        }
    }
    let rows: Vec<u32> = (0..trace.regions.len() as u32).collect();
    let times = region_times(trace, &rows, Completeness::Complete);
    for (place, row) in trace.regions.iter().enumerate() {
        let known = times.times(place);
        let waits: i64 = times.waits(place).iter().map(|(_, nanos)| nanos.0).sum();
        let duration = regions::time_of(trace, &row).length();
        if known.unknown().0 != 0 || known.waiting.0 != waits || known.total > duration {
            return Err(format!("{row:?} lasts {duration:?}, but {known:?}"));
        }
    }
    Ok(())
}

/// Whether a region is one of `GoroutineSummary.Regions`.
fn is_in_summary(trace: &Trace, region: &RegionRow) -> bool {
    let row = trace.goroutines.row(region.goroutine);
    let time = region.start.or(region.end).unwrap_or_default();
    time >= row.created && (region.end_seen || !row.is_system())
}

fn durations(parts: impl Iterator<Item = (String, Nanos)>) -> String {
    let mut parts: Vec<String> = parts
        .filter(|(_, nanos)| nanos.0 != 0)
        .map(|(name, nanos)| format!("{name}={}", nanos.0))
        .collect();
    parts.sort();
    parts.join(",")
}

fn waits(trace: &Trace, of: &[(ReasonId, Nanos)]) -> String {
    durations(
        of.iter()
            .map(|&(reason, nanos)| (names::reason(trace, reason).to_owned(), nanos)),
    )
}

fn ranges(trace: &Trace, of: impl Iterator<Item = (RangeKind, Nanos)>) -> String {
    durations(of.map(|(kind, nanos)| (names::range(trace, kind), nanos)))
}

fn buckets(histogram: &TimeHistogram) -> String {
    let first = histogram.first();
    let parts = histogram.bars().enumerate();
    let parts = parts.filter(|(_, bar)| bar.count > 0);
    let parts = parts.map(|(i, bar)| format!("{}:{}", first + i, bar.count));
    parts.collect::<Vec<_>>().join(" ")
}

/// A slice as Go's `%v` prints it.
fn list<T: ToString>(of: &[T]) -> String {
    let parts: Vec<String> = of.iter().map(T::to_string).collect();
    format!("[{}]", parts.join(" "))
}

/// The hash of lines in alphabetical order.
fn hash(mut lines: Vec<String>) -> String {
    lines.sort();
    let mut fnv = Fnv::default();
    for line in lines {
        fnv.write(line.as_bytes());
        fnv.write(b"\n");
    }
    format!("{:016x}", fnv.finish())
}

fn raw(out: &mut String, title: &str, rows: Vec<String>) {
    let _ = writeln!(out, "## {title}: {} rows", rows.len());
    for row in rows {
        let _ = writeln!(out, "{row}");
    }
}

/// The pairs of a query of `url.Values.Encode`.
fn pairs(query: &str) -> impl Iterator<Item = (&str, String)> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key, decoded(value)))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| digit.unwrap_or_default());
                let digits = String::from_utf8_lossy(&digits).into_owned();
                u8::from_str_radix(&digits, 16).expect("two digits follow a %")
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).expect("a query is UTF-8")
}

fn nanos(text: &str) -> Option<Nanos> {
    let number = text.strip_suffix("ns").expect("a duration in ns");
    Some(Nanos(number.parse().expect("a number of ns")))
}

fn region_filter(query: &str) -> RegionFilter {
    let mut filter = RegionFilter::default();
    for (key, value) in pairs(query) {
        match key {
            "type" => filter.name = Some(value),
            "pc" => filter.root_pc = u64::from_str_radix(&value, 16).ok(),
            "latmin" => filter.shortest = nanos(&value),
            "latmax" => filter.longest = nanos(&value),
            other => panic!("{other} in {query}"),
        }
    }
    filter
}

fn task_filter(query: &str) -> TaskFilter {
    let mut filter = TaskFilter {
        exact_case: true,
        ..TaskFilter::default()
    };
    for (key, value) in pairs(query) {
        match key {
            "type" => filter.name = Some(value),
            "complete" => filter.complete = Some(value == "1"),
            "latmin" => filter.shortest = nanos(&value),
            "latmax" => filter.longest = nanos(&value),
            "logtext" => filter.text = value,
            other => panic!("{other} in {query}"),
        }
    }
    filter
}
