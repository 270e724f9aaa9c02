//! What a search finds is what a plain look at every row of every table finds.

use std::sync::LazyLock;

use proptest::prelude::*;
use tracepane_analysis::find::{
    Expr, Hit, Kind, Length, Query, Search, Term, Text, Wait, What, find, parse,
};
use tracepane_analysis::{TimeRange, names, stack_reason};
use tracepane_model::{
    Cause, GoroutineIndex, Nanos, ProcIndex, RangeKind, RangeScope, SpanIndex, SpanState, StackRef,
    StringRef, TaskId, ThreadIndex, Trace, load,
};
use tracepane_testkit::data;

const NAMES: [&str; 8] = [
    "annotate-go1.27",
    "annotate-go1.22",
    "http-go1.27",
    "gc-go1.27",
    "cpusamples-go1.27",
    "contention-go1.27",
    "syscall-go1.27",
    "http-go1.21",
];

type Known = (Trace, Vec<(Hit, Row)>);

static TRACES: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let read = |name: &&str| {
        let bytes = data::read(format!("corpus/{name}.trace"));
        let trace = load(&bytes[..], Default::default()).expect("a trace");
        let rows = rows(&trace);
        (trace, rows)
    };
    NAMES.iter().map(read).collect()
});

/// A row of a table, with all that terms ask about it.
#[derive(Default)]
struct Row {
    time: (i64, i64),
    lasts: bool,
    goroutine: Option<GoroutineIndex>,
    state: Option<SpanState>,
    reason: String,
    begin: StackRef,
    end: StackRef,
    other: StackRef,
    by: Option<GoroutineIndex>,
    proc: Option<i64>,
    thread: Option<i64>,
    texts: Vec<String>,
    task: Option<TaskId>,
    range: Option<RangeKind>,
}

fn runs(state: SpanState) -> bool {
    matches!(
        state,
        SpanState::Running | SpanState::Syscall | SpanState::SyscallBlocked
    )
}

/// The spans of a goroutine.
fn spans(trace: &Trace, g: GoroutineIndex, all: &mut Vec<(Hit, Row)>) {
    let (proc, thread) = (|p| proc(trace, p), |m| thread(trace, m));
    let list = trace.goroutines.spans(g);
    let (mut before, mut at) = (SpanState::Dead, StackRef::NONE);
    for (place, &row) in list.iter().enumerate() {
        let span = SpanIndex(row);
        let state = trace.spans.kind(span).state();
        let own = |row: u32, before: SpanState| {
            let kind = trace.spans.kind(SpanIndex(row));
            let is = kind.was_going_on()
                || match kind.state() {
                    SpanState::Waiting => before != SpanState::Dead,
                    SpanState::Runnable => before == SpanState::Running,
                    _ => true,
                };
            is.then(|| trace.spans.stack(SpanIndex(row)))
        };
        let mine = own(row, before);
        at = match mine {
            Some(stack) if stack.is_some() => stack,
            _ if matches!(before, SpanState::Dead | SpanState::Running) => StackRef::NONE,
            _ => at,
        };
        let woken = mine.is_none() && !runs(before);
        let cause = trace.spans.cause(span);
        let placement = match cause {
            Cause::Placement(id) if runs(state) => Some(trace.procs.placement(id)),
            _ => None,
        };
        let next = list.get(place + 1).and_then(|&next| own(next, state));
        if state != SpanState::Dead {
            let start = trace.spans.start(span).0;
            let found = Row {
                time: (start, trace.span_end_at(g, place).0.max(start)),
                lasts: true,
                goroutine: Some(g),
                state: Some(state),
                reason: names::reason(trace, trace.spans.kind(span).reason()).to_owned(),
                begin: at,
                end: next.unwrap_or_default(),
                other: if woken {
                    trace.spans.stack(span)
                } else {
                    StackRef::NONE
                },
                by: match cause {
                    Cause::Goroutine(by) if !runs(state) => Some(by),
                    _ => None,
                },
                proc: placement.and_then(|p| proc(p.proc)),
                thread: placement.and_then(|p| thread(p.thread)),
                ..Row::default()
            };
            all.push((
                Hit {
                    kind: Kind::Span,
                    row,
                },
                found,
            ));
        }
        before = state;
    }
}

fn some(g: GoroutineIndex) -> Option<GoroutineIndex> {
    g.get().map(|_| g)
}

fn proc(trace: &Trace, proc: ProcIndex) -> Option<i64> {
    proc.get().map(|i| trace.procs.ids[i].0)
}

fn thread(trace: &Trace, thread: ThreadIndex) -> Option<i64> {
    thread.get().map(|i| trace.procs.threads[i].0)
}

/// Every row of every table.
fn rows(trace: &Trace) -> Vec<(Hit, Row)> {
    let mut all = Vec::new();
    let text = |string: StringRef| trace.strings.get(string).to_owned();
    for g in (0..trace.goroutines.len() as u32).map(GoroutineIndex) {
        spans(trace, g, &mut all);
    }
    let mut add = |kind, row, found| all.push((Hit { kind, row }, found));
    for (row, range) in (0u32..).zip(trace.ranges.rows.iter()) {
        let (goroutine, on) = match range.scope {
            RangeScope::Global => (None, None),
            RangeScope::Proc(p) => (some(range.began_by), proc(trace, p)),
            RangeScope::Goroutine(g) => (some(g), None),
        };
        let what = match range.kind {
            RangeKind::StopTheWorld(what) => text(what),
            _ => String::new(),
        };
        let found = Row {
            time: (range.start.0, range.end.0),
            lasts: true,
            goroutine,
            proc: on,
            begin: range.stack,
            texts: vec![what],
            range: Some(range.kind),
            ..Row::default()
        };
        add(Kind::Range, row, found);
    }
    for (row, region) in (0u32..).zip(trace.regions.iter()) {
        let start = region.start.unwrap_or(Nanos(0)).0;
        let found = Row {
            time: (start, region.end.unwrap_or(trace.end).0.max(start)),
            lasts: true,
            goroutine: some(region.goroutine),
            begin: region.begin_stack,
            end: region.end_stack,
            texts: vec![text(region.name)],
            task: Some(region.task),
            ..Row::default()
        };
        add(Kind::Region, row, found);
    }
    for (row, task) in (0u32..).zip(&trace.tasks) {
        let start = task.start.unwrap_or(Nanos(0)).0;
        let found = Row {
            time: (start, task.end.unwrap_or(trace.end).0.max(start)),
            lasts: true,
            goroutine: some(task.began_by),
            begin: task.begin_stack,
            end: task.end_stack,
            texts: vec![text(task.name)],
            task: Some(task.id),
            ..Row::default()
        };
        if task.id != TaskId::BACKGROUND {
            add(Kind::Task, row, found);
        }
    }
    for (row, log) in (0u32..).zip(trace.logs.iter()) {
        let found = Row {
            time: (log.time.0, log.time.0),
            goroutine: some(log.goroutine),
            begin: log.stack,
            texts: vec![text(log.category), text(log.message)],
            task: Some(log.task),
            ..Row::default()
        };
        add(Kind::Log, row, found);
    }
    for (row, goroutine) in (0u32..).zip(&trace.goroutines.rows) {
        let g = GoroutineIndex(row);
        let start = goroutine.created.0;
        let found = Row {
            time: (start, goroutine.ended.unwrap_or(trace.end).0.max(start)),
            lasts: true,
            goroutine: Some(g),
            begin: goroutine.started_with,
            other: goroutine.created_at,
            by: some(goroutine.creator),
            task: Some(goroutine.inherited_task),
            ..Row::default()
        };
        if !trace.goroutines.spans(g).is_empty() {
            add(Kind::Goroutine, row, found);
        }
    }
    for (row, sample) in (0u32..).zip(trace.samples.iter()) {
        let found = Row {
            time: (sample.time.0, sample.time.0),
            goroutine: some(sample.goroutine),
            begin: sample.stack,
            proc: proc(trace, sample.proc),
            thread: thread(trace, sample.thread),
            ..Row::default()
        };
        add(Kind::Sample, row, found);
    }
    all
}

fn overlap((start, end): (i64, i64), (from, to): (i64, i64)) -> bool {
    match start == end || from == to {
        true => start <= to && from <= end,
        false => start < to && from < end,
    }
}

/// The plain look.
struct Plain<'a> {
    trace: &'a Trace,
    rows: &'a [(Hit, Row)],
    /// Those that are no spans: nothing else is met.
    others: Vec<&'a (Hit, Row)>,
}

impl Plain<'_> {
    fn functions(&self, stack: StackRef) -> Vec<&str> {
        let stacks = &self.trace.stacks;
        let frames = stacks.get(stack).iter();
        frames
            .map(|&frame| self.trace.strings.get(stacks.frame(frame).function))
            .collect()
    }

    fn calls(&self, text: &Text, stacks: &[StackRef]) -> bool {
        let mut names = stacks.iter().flat_map(|&stack| self.functions(stack));
        names.any(|name| text.is_in(name))
    }

    /// The kinds that a term is of, and those that it says something about.
    fn kinds(term: &Term) -> (Vec<Kind>, Vec<Kind>) {
        use Kind::{Goroutine, Log, Range, Region, Sample, Span, Task};
        let (mut of, mut says) = match &term.what {
            What::Word(_) | What::Goroutines(_) | What::Group(_) | What::Within(_) => {
                (vec![], Kind::ALL.to_vec())
            }
            What::Procs(_) => (vec![], vec![Span, Range, Sample]),
            What::Threads(_) => (vec![], vec![Span, Sample]),
            What::Function(_) | What::Top(_) | What::File(..) | What::Stack(_) => (
                vec![Span, Sample],
                vec![Range, Region, Task, Log, Goroutine],
            ),
            What::ByGoroutines(_) | What::ByFunction(_) => (vec![Span, Goroutine], vec![]),
            What::TaskNumbers(_) | What::Task(_) => {
                (vec![Task], vec![Span, Region, Log, Sample, Goroutine])
            }
            What::WorkForNumbers(_) | What::WorkFor(_) => {
                (vec![Span, Region, Task, Log], vec![Sample, Goroutine])
            }
            What::Region(_) => (vec![Region], vec![Span, Log, Sample]),
            What::Log(_) => (vec![Log], vec![]),
            What::Gc | What::StopTheWorld(_) | What::Sweep => {
                (vec![Range], vec![Span, Region, Task, Log, Sample])
            }
            What::Assist => (vec![Range], vec![Span]),
            What::Created => (vec![Goroutine], vec![]),
            What::Sample => (vec![Sample], vec![]),
            What::Lasting => (vec![], vec![Span, Range, Region, Task, Goroutine]),
            _ => (vec![Span], vec![]),
        };
        if term.length.is_some() && !named(&term.what) {
            of.retain(|kind| !matches!(kind, Log | Sample));
            says.retain(|kind| !matches!(kind, Log | Sample));
        }
        (of, says)
    }

    fn reach(expr: &Expr) -> (Vec<Kind>, Vec<Kind>) {
        let both = |(of, says): (Vec<Kind>, Vec<Kind>)| [of, says].concat();
        let shown = |(of, says): (Vec<Kind>, Vec<Kind>)| if of.is_empty() { says } else { of };
        match expr {
            Expr::Term(term) => Self::kinds(term),
            Expr::Not(inner) => (vec![], both(Self::reach(inner))),
            Expr::Or(list) => (
                list.iter().flat_map(|e| shown(Self::reach(e))).collect(),
                list.iter().flat_map(|e| both(Self::reach(e))).collect(),
            ),
            Expr::And(list) => {
                let positive = list.iter().filter(|e| !matches!(e, Expr::Not(_)));
                let positive: Vec<_> = positive.map(Self::reach).collect();
                if positive.is_empty() {
                    return (
                        vec![],
                        list.iter().flat_map(|e| both(Self::reach(e))).collect(),
                    );
                }
                let mut common = Kind::ALL.to_vec();
                common.retain(|kind| {
                    positive
                        .iter()
                        .all(|(of, says)| of.contains(kind) || says.contains(kind))
                });
                let of = common
                    .iter()
                    .filter(|kind| positive.iter().any(|(of, _)| of.contains(kind)));
                (of.copied().collect(), common)
            }
        }
    }

    fn shown(expr: &Expr, kind: Kind) -> bool {
        let (of, says) = Self::reach(expr);
        if of.is_empty() {
            says.contains(&kind)
        } else {
            of.contains(&kind)
        }
    }

    fn is(&self, expr: &Expr, hit: Hit, row: &Row, top: bool) -> bool {
        match expr {
            Expr::Term(term) => {
                let long = |row: &Row| {
                    let length = term.length.unwrap_or(Length::ANY);
                    term.length.is_none() || row.lasts && length.has(row.time.1 - row.time.0)
                };
                let (of, says) = Self::kinds(term);
                let about = of.contains(&hit.kind) || says.contains(&hit.kind);
                about && self.what(&term.what, hit, row, &long) && (named(&term.what) || long(row))
            }
            Expr::Not(inner) => !self.is(inner, hit, row, false),
            Expr::And(list) => {
                // What alone is of kinds stands as if it were alone.
                let positive = list.iter().filter(|e| !matches!(e, Expr::Not(_)));
                let alone = positive.filter(|e| !Self::reach(e).0.is_empty()).count() == 1;
                list.iter().all(|e| {
                    let of = !matches!(e, Expr::Not(_)) && !Self::reach(e).0.is_empty();
                    self.is(e, hit, row, top && alone && of)
                })
            }
            Expr::Or(list) => {
                let mut list = list.iter().filter(|e| !top || Self::shown(e, hit.kind));
                list.any(|e| self.is(e, hit, row, top))
            }
        }
    }

    /// Whether another row that passes has time in common with this one.
    fn meets(&self, row: &Row, passes: impl Fn(Hit, &Row) -> bool) -> bool {
        let mut met = self
            .others
            .iter()
            .filter(|(_, other)| overlap(row.time, other.time));
        met.any(|(hit, other)| passes(*hit, other))
    }

    fn what(&self, what: &What, hit: Hit, row: &Row, long: &dyn Fn(&Row) -> bool) -> bool {
        let trace = self.trace;
        let kind = hit.kind;
        let id = |g: GoroutineIndex| trace.goroutines.row(g).id.0;
        let name = |g: GoroutineIndex| trace.strings.get(trace.goroutines.row(g).name);
        let same = |other: &Row| other.goroutine.is_some() && other.goroutine == row.goroutine;
        let own = [row.begin, row.end];
        let texts = |text: &Text| row.texts.iter().any(|found| text.is_in(found));
        let told = || match row.reason.as_str() {
            "" => stack_reason::of(trace, row.begin),
            reason => reason,
        };
        let range = |is: &dyn Fn(&Row) -> bool| match kind {
            Kind::Range => is(row) && long(row),
            _ => {
                matches!(
                    kind,
                    Kind::Span | Kind::Region | Kind::Task | Kind::Log | Kind::Sample
                ) && self.meets(row, |hit, other| {
                    hit.kind == Kind::Range && is(other) && long(other)
                })
            }
        };
        let of_task = |passes: &dyn Fn(&Row) -> bool| {
            let is = |task: Option<TaskId>| {
                let mut tasks = self.others.iter().filter(|(hit, _)| hit.kind == Kind::Task);
                task.is_some()
                    && tasks.any(|(_, other)| other.task == task && passes(other) && long(other))
            };
            match kind {
                Kind::Span | Kind::Sample => self.meets(row, |hit, other| {
                    let works = matches!(hit.kind, Kind::Region | Kind::Goroutine);
                    works && same(other) && is(other.task)
                }),
                _ => kind != Kind::Range && is(row.task),
            }
        };
        match what {
            What::Word(text) => {
                let number = |sign: &str| {
                    let (Text::Part(word) | Text::Exactly(word)) = text;
                    word.strip_prefix(sign).unwrap_or(word).parse::<i64>().ok()
                };
                let goroutine = row.goroutine.is_some_and(|g| {
                    let label = trace.strings.get(trace.goroutines.row(g).label);
                    text.is_in(name(g))
                        || !label.is_empty() && text.is_in(label)
                        || Some(id(g)) == number("g")
                });
                let reason = !row.reason.is_empty() && text.is_in(&row.reason);
                goroutine
                    || self.calls(text, &own)
                    || match kind {
                        Kind::Span => reason || self.calls(text, &[row.other]),
                        Kind::Range => {
                            let whole = row
                                .range
                                .map(|kind| names::range(trace, kind))
                                .unwrap_or_default();
                            text.is_in(whole.split(" (").next().unwrap_or_default()) || texts(text)
                        }
                        Kind::Task => {
                            texts(text) || row.task.map(|task| task.0 as i64) == number("#")
                        }
                        Kind::Region | Kind::Log => texts(text),
                        Kind::Goroutine | Kind::Sample => false,
                    }
            }
            What::Goroutines(ids) => row.goroutine.is_some_and(|g| ids.contains(&id(g))),
            What::Group(text) => row.goroutine.is_some_and(|g| text.is_in(name(g))),
            What::Procs(ids) => row.proc.is_some_and(|proc| ids.contains(&proc)),
            What::Threads(ids) => row.thread.is_some_and(|thread| ids.contains(&thread)),
            What::Function(text) => self.calls(text, &own),
            What::Top(text) => own.iter().any(|&stack| {
                self.functions(stack)
                    .first()
                    .is_some_and(|name| text.is_in(name))
            }),
            What::File(text, line) => {
                let mut frames = own.iter().flat_map(|&stack| trace.stacks.get(stack));
                frames.any(|&frame| {
                    let frame = trace.stacks.frame(frame);
                    text.is_in(trace.strings.get(frame.file))
                        && line.is_none_or(|line| line == frame.line)
                })
            }
            What::Stack(number) => *number != 0 && own.contains(&StackRef(*number)),
            What::ByGoroutines(ids) => row.by.is_some_and(|g| ids.contains(&id(g))),
            What::ByFunction(text) => self.calls(text, &[row.other]),
            What::TaskNumbers(ids) | What::WorkForNumbers(ids) => {
                of_task(&|task| task.task.is_some_and(|task| ids.contains(&task.0)))
            }
            What::Task(text) | What::WorkFor(text) => of_task(&|task| text.is_in(&task.texts[0])),
            What::Region(text) if kind == Kind::Region => texts(text) && long(row),
            What::Region(text) => self.meets(row, |hit, other| {
                hit.kind == Kind::Region
                    && same(other)
                    && text.is_in(&other.texts[0])
                    && long(other)
            }),
            What::Log(text) => kind == Kind::Log && texts(text),
            What::Reason(text) => {
                row.state.is_some()
                    && (text.is_any() || !row.reason.is_empty() && text.is_in(&row.reason))
            }
            What::State(states) => row.state.is_some_and(|state| states.has(state)),
            What::Waiting(wait) => {
                row.state == Some(SpanState::Waiting) && Wait::of(told()) == *wait
            }
            What::WaitingFor(text) => {
                row.state == Some(SpanState::Waiting)
                    && (text.is_any() || !told().is_empty() && text.is_in(told()))
            }
            What::RunnableFor(text) => {
                let is = text.is_any() || !row.reason.is_empty() && text.is_in(&row.reason);
                row.state == Some(SpanState::Runnable) && is
            }
            What::StateIn(states, text) => {
                row.state.is_some_and(|state| states.has(state))
                    && (text.is_any() || self.calls(text, &own))
            }
            What::Gc => range(&|row| row.range == Some(RangeKind::GcMark)),
            What::Sweep => range(&|row| row.range == Some(RangeKind::GcSweep)),
            What::StopTheWorld(text) => range(&|row| {
                matches!(row.range, Some(RangeKind::StopTheWorld(_))) && text.is_in(&row.texts[0])
            }),
            What::Assist if kind == Kind::Range => {
                row.range == Some(RangeKind::GcMarkAssist) && long(row)
            }
            What::Assist => {
                row.goroutine.is_some()
                    && self.meets(row, |_, other| {
                        other.range == Some(RangeKind::GcMarkAssist) && same(other) && long(other)
                    })
            }
            What::Created => kind == Kind::Goroutine,
            What::Sample => kind == Kind::Sample,
            What::Lasting => true,
            What::Within(range) => overlap(row.time, (range.start.0, range.end.0)),
        }
    }

    fn find(&self, query: &Query) -> Vec<Hit> {
        let Some(expr) = &query.expr else {
            return Vec::new();
        };
        let kinds = Kind::ALL.map(|kind| Self::shown(expr, kind));
        let found = self.rows.iter().filter(|(hit, _)| kinds[hit.kind as usize]);
        let found = found.filter(|(hit, row)| self.is(expr, *hit, row, true));
        let mut found: Vec<_> = found.map(|(hit, row)| (row.time.0, *hit)).collect();
        found.sort();
        found.into_iter().map(|(_, hit)| hit).collect()
    }
}

/// Whether a term's length is that of what it names.
fn named(what: &What) -> bool {
    matches!(
        what,
        What::TaskNumbers(_)
            | What::Task(_)
            | What::WorkForNumbers(_)
            | What::WorkFor(_)
            | What::Region(_)
            | What::Gc
            | What::StopTheWorld(_)
            | What::Sweep
            | What::Assist
    )
}

#[track_caller]
fn check(which: usize, text: &str) -> usize {
    let (trace, rows) = &TRACES[which];
    let query = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let hits = find(trace, &query, None);
    let others = rows
        .iter()
        .filter(|(hit, _)| hit.kind != Kind::Span)
        .collect();
    let plain = Plain {
        trace,
        rows,
        others,
    }
    .find(&query);
    let list = hits.list(trace);
    assert_eq!(hits.count(), list.len() as u64, "{text}");
    if let Some((a, b)) = list.iter().zip(&plain).find(|(a, b)| a != b) {
        panic!("{text} in {}: found {a:?}, but {b:?} plainly", NAMES[which]);
    }
    assert_eq!(list.len(), plain.len(), "{text} in {}", NAMES[which]);
    list.len()
}

#[test]
fn each_predicate_finds_what_a_plain_look_does() {
    let queries = [
        "runnable > 10us",
        "waiting:sync",
        "waiting:chan > 1ms",
        "waiting:net",
        "waiting:select",
        "waiting:sleep",
        "waiting:gc",
        "waiting:other",
        "waiting:system",
        "waiting:forever",
        "waiting:\"chan rec\"",
        "reason:preempted",
        "running < 5us",
        "syscall > 1us",
        "syscall:read",
        "running:runtime",
        "runnable:preempted",
        "gc",
        "gc > 100us",
        "stw",
        "stw > 10us",
        "stw:sweep",
        "assist",
        "assist > 1us",
        "sweep",
        "running gc",
        "waiting stw",
        "running assist",
        "fn:net/http",
        "fn:runtime.gopark",
        "top:runtime",
        "file:main.go",
        "stack:#3",
        "by:1",
        "by:main",
        "group:main",
        "g:1",
        "p:0",
        "p:1 running",
        "m:1",
        "task:",
        "work: > 1us",
        "region:",
        "region: > 10us",
        "region: waiting",
        "log:",
        "log:o",
        "created",
        "created > 1ms",
        "sample",
        "sample fn:main",
        "main",
        "runtime",
        "17",
        "dur > 1ms",
        "in:1ms..2ms",
        "at:1ms",
        "-g:1 -running",
        "waiting -gc",
        "gc or runnable > 5us",
        "(gc or stw) running",
        "not (fn:main or fn:runtime)",
        "task: running > 1us",
        "main -waiting",
        "net/http > 10us",
        "network",
        "GC mark",
        "stop-the-world",
    ];
    let mut found = 0;
    for which in 0..NAMES.len() {
        for text in queries {
            // A plain look at each pair of rows takes its time.
            if TRACES[which].1.len() < 8_000 || !text.contains("work") {
                found += usize::from(check(which, text) > 0);
            }
        }
    }
    assert!(found > 150, "{found}");
}

/// Terms by chance.
fn term() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(vec![
        "running",
        "runnable",
        "waiting",
        "syscall",
        "gc",
        "stw",
        "assist",
        "sweep",
        "created",
        "sample",
        "dur",
        "g:1",
        "g:7,8",
        "fn:main",
        "fn:runtime.",
        "top:sync",
        "region:",
        "task:",
        "work:",
        "log:",
        "waiting:sync",
        "waiting:chan",
        "reason:select",
        "by:1",
        "p:0",
        "main",
        "runtime",
        "net",
        "in:0.5ms..3ms",
        "group:main",
        "stack:#5",
        "file:proc.go",
    ]);
    let length = prop::sample::select(vec![
        "",
        "",
        " > 1us",
        " > 50us",
        " <= 20us",
        " >= 1us < 1ms",
    ]);
    (plain, length).prop_map(|(plain, length)| format!("{plain}{length}"))
}

fn query() -> impl Strategy<Value = String> {
    term().prop_recursive(3, 8, 3, |inner| {
        let list = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            list.clone()
                .prop_map(|list| format!("({})", list.join(" "))),
            list.prop_map(|list| format!("({})", list.join(" or "))),
            inner.prop_map(|inner| format!("-{inner}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn queries_by_chance_find_what_a_plain_look_does(which in 0..2usize, text in query()) {
        check(which, &text);
    }

    #[test]
    fn no_text_is_too_odd(text in ".{0,60}") {
        if let Ok(query) = parse(&text) {
            find(&TRACES[0].0, &query, None);
        }
    }
}

#[test]
fn a_scope_is_the_same_as_a_term() {
    let queries = [
        "runnable",
        "gc or fn:main",
        "net",
        "fn:runtime",
        "by:1",
        "running > 1us",
        "-g:1",
        "top:runtime",
    ];
    for (trace, _) in TRACES.iter() {
        let end = trace.end.0 / 1000;
        // Much of the trace, little of it, a microsecond, its beginning and its end.
        for (from, to) in [
            (end / 5, end / 5 * 4),
            (end / 2, end / 2 + end / 50),
            (end / 3, end / 3 + 1),
            (0, end / 40),
            (end - end / 40, end + 5),
        ] {
            let within = TimeRange {
                start: Nanos(from * 1000),
                end: Nanos(to * 1000),
            };
            for text in queries {
                let scoped = find(trace, &parse(text).unwrap(), Some(within));
                let said = format!("({text}) in:{from}us..{to}us");
                let term = find(trace, &parse(&said).unwrap(), None);
                assert_eq!(scoped.list(trace), term.list(trace), "{said}");
                let mut search = Search::new(trace, &parse(text).unwrap(), Some(within));
                while !search.step(trace, &mut || true) {}
                assert_eq!(search.into_hits(trace).count(), scoped.count());
            }
        }
    }
}
