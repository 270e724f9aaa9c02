//! What a text is read as, and what is said of one that cannot be.

use super::values::quoted;
use super::*;

#[track_caller]
fn check(text: &str, expected: &str) {
    let said = match parse(text) {
        Ok(Query { expr: None }) => "nothing".to_owned(),
        Ok(Query { expr: Some(expr) }) => said(&expr),
        Err(error) => format!("{:?}: {}", &text[error.from..error.to], error.text),
    };
    assert_eq!(said, expected, "{text}");
}

/// An expression in short.
fn said(expr: &Expr) -> String {
    let join = |list: &[Expr], sign: &str| {
        let parts: Vec<String> = list.iter().map(said).collect();
        format!("({})", parts.join(sign))
    };
    match expr {
        Expr::And(list) => join(list, " & "),
        Expr::Or(list) => join(list, " | "),
        Expr::Not(inner) => format!("-{}", said(inner)),
        Expr::Term(Term { what, length }) => match length {
            None => format!("{what:?}"),
            Some(length) => format!("{what:?}[{}..{}]", length.least.0, length.most.0),
        },
    }
}

#[test]
fn words_are_parts_of_texts() {
    check("  ", "nothing");
    check("Parse", "Word(Part(\"parse\"))");
    check("\"chan receive\"", "Word(Part(\"chan receive\"))");
    check("\"running\"", "Word(Part(\"running\"))");
    check(
        "main.(*Server).Serve",
        "Word(Part(\"main.(*server).serve\"))",
    );
    check("(*Server).Serve", "Word(Part(\"(*server).serve\"))");
    check("status=500", "Word(Part(\"status=500\"))");
    check("g17", "Word(Part(\"g17\"))");
}

#[test]
fn predicates_have_values() {
    check("g:17", "Goroutines([17])");
    check("g:G17,18", "Goroutines([17, 18])");
    check("g:main.worker", "Group(Part(\"main.worker\"))");
    check("fn:net/http", "Function(Part(\"net/http\"))");
    check("FN:net/http", "Function(Part(\"net/http\"))");
    check("fn=main.run", "Function(Exactly(\"main.run\"))");
    check("log:\"timed out\"", "Log(Part(\"timed out\"))");
    check("task:12", "TaskNumbers([12])");
    check("task:\"12\"", "Task(Part(\"12\"))");
    check("work:request", "WorkFor(Part(\"request\"))");
    check("stack:#7", "Stack(7)");
    check("file:server.go:120", "File(Part(\"server.go\"), Some(120))");
    check("file:server.go", "File(Part(\"server.go\"), None)");
    check("waiting:sync", "Waiting(Sync)");
    check("waiting:\"sync\"", "WaitingFor(Part(\"sync\"))");
    check(
        "waiting:\"chan receive\"",
        "WaitingFor(Part(\"chan receive\"))",
    );
    check("by:17", "ByGoroutines([17])");
    check("p:3", "Procs([3])");
    check("region:", "Region(Part(\"\"))");
    check(
        "in:1s..1.5s",
        "Within(TimeRange { start: Nanos(1000000000), end: Nanos(1500000000) })",
    );
    check(
        "at:5us",
        "Within(TimeRange { start: Nanos(5000), end: Nanos(5000) })",
    );
}

#[test]
fn comparisons_follow_a_term() {
    let max = i64::MAX;
    check("dur>1ms", &format!("Lasting[1000001..{max}]"));
    check("gc >= 1.5 ms", &format!("Gc[1500000..{max}]"));
    check(
        "region:parse > 5ms < 1s",
        "Region(Part(\"parse\"))[5000001..999999999]",
    );
    check("dur = 3ns", "Lasting[3..3]");
    check("dur:1ms..2ms", "Lasting[1000000..2000000]");
    check(
        "waiting:sync<=1m30s",
        &format!("Waiting(Sync)[{}..90000000000]", i64::MIN),
    );
    check("stw > 0", &format!("StopTheWorld(Part(\"\"))[1..{max}]"));
    check(
        "net/http > 20µs",
        &format!("Word(Part(\"net/http\"))[20001..{max}]"),
    );
}

#[test]
fn terms_belong_together() {
    check("gc stw", "(Gc & StopTheWorld(Part(\"\")))");
    check(
        "gc AND stw and sweep",
        "(Gc & StopTheWorld(Part(\"\")) & Sweep)",
    );
    check("gc | sweep assist", "(Gc | (Sweep & Assist))");
    check("gc or -sweep", "(Gc | -Sweep)");
    check("(gc or sweep) not g:1", "((Gc | Sweep) & -Goroutines([1]))");
    check("!(gc)", "-Gc");
    check("gc|sweep", "(Gc | Sweep)");
    check(
        "notify order android",
        "(Word(Part(\"notify\")) & Word(Part(\"order\")) & Word(Part(\"android\")))",
    );
}

#[test]
fn errors_say_where() {
    check(
        "gc runnable > 1",
        "\"1\": A duration needs its unit: ns, us, ms, s or min.",
    );
    check(
        "runnable >",
        "\">\": A duration must follow, as in > 1.5ms.",
    );
    check(
        "runnable > x",
        "\"x\": A duration must follow, as in > 1.5ms.",
    );
    check(
        "runnable > 5parsecs",
        "\"5parsecs\": A duration needs its unit: ns, us, ms, s or min.",
    );
    check(
        "> 5ms",
        "\">\": Something to look for must come before this, as in runnable > 1ms.",
    );
    check(
        "rason:select",
        "\"rason:\": There is no \"rason:\". Is it reason: that is meant?",
    );
    check(
        "gc: x",
        "\"gc:\": There is no \"gc:\". To look for such a text, put it in quotes.",
    );
    check("log:\"timed", "\"\\\"timed\": This quote is not closed.");
    check("(gc", "\"(\": This parenthesis is not closed.");
    check("gc)", "\")\": Nothing was opened that this closes.");
    check("()", "\"()\": There is nothing in the parentheses.");
    check("gc or", "\"or\": Something must follow \"or\".");
    check("g:", "\"\": A goroutine's number must follow, as in g:17.");
    check("p:x", "\"x\": A number must stand here, as in p:3.");
    check("in:2s..1s", "\"2s..1s\": This ends before it begins.");
    check(
        "state:asleep",
        "\"asleep\": A state must stand here: running, runnable, waiting, syscall or blocked-syscall.",
    );
}

#[test]
fn nothing_is_too_deep_or_too_long() {
    assert!(parse(&"(".repeat(4000)).is_err());
    assert!(parse(&"-".repeat(4000)).is_err());
    assert!(parse(&"a ".repeat(1000)).is_err());
    assert!(parse(&"a".repeat(LONGEST + 1)).is_err());
}

#[test]
fn whatever_is_quoted_is_read_as_it_was() {
    for value in [
        "main.run",
        "a b",
        "say \"hi\"",
        "a\\b",
        "f(x)",
        ")(",
        "a|b",
        "x=1",
        "#12",
        "",
        "ä ö",
    ] {
        let text = format!("fn={}", quoted(value));
        let read = parse(&text);
        let term = Term {
            what: What::Function(Text::Exactly(value.into())),
            length: None,
        };
        match value {
            "" => assert!(read.is_err()),
            _ => assert_eq!(
                read,
                Ok(Query {
                    expr: Some(Expr::Term(term))
                }),
                "{text}"
            ),
        }
    }
}
