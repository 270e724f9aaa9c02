//! How things are found on the timeline: the language of the search.

use super::Part::{Links, Points, Terms, Text};
use super::Section;

pub(super) const SECTIONS: &[Section] = &[Section {
    id: "find",
    title: "Finding",
    parts: &[
        Text(
            "`/` on the timeline opens the search. What is found keeps its colour and has a mark above it, however thin it is; all else is dimmed. `N` and `Shift N` go from hit to hit in time order, from what is selected or from the middle of what is seen. A strip on the time axis and the minimap tell where hits are, a bar beside a lane's name that it has some. The search stands in the address.",
        ),
        Text(
            "Any text is looked for in functions of all stacks, in goroutines' functions, numbers and labels, in names of tasks and regions, in logs and in reasons. Capitals do not matter. Quotes hold words together: `\"chan receive\"`.",
        ),
        Terms(&[
            (
                "runnable > 1ms",
                "Any state with a duration: `runnable`, `running`, `waiting`, `syscall`. Bounds are `>`, `>=`, `<`, `<=` and `=`, units ns, us, ms, s and min.",
            ),
            (
                "waiting:sync",
                "Waits of a class: sync, chan, select, net, gc, sleep, forever, system, other. Or a part of the reason: `waiting:\"chan receive\"`.",
            ),
            (
                "fn:net/http",
                "A function anywhere in a stack of the goroutine's own: where it was when the span began, and when it ended. `top:` is the innermost function, `file:server.go:120` a line. `fn=main.run` is that function and no other.",
            ),
            (
                "g:17",
                "All of a goroutine; several with commas. `group:main.worker` are those that were started with a function, `p:3` what was on a proc, `m:` on a thread.",
            ),
            (
                "by:17",
                "What a goroutine woke or created; `by:main.notify` what a function did.",
            ),
            (
                "task:request > 1s",
                "Tasks by type or number. `work:12` is all that was done for a task: its regions, its logs, and what goroutines did in those regions.",
            ),
            (
                "region:parse > 5ms",
                "Regions by name. `region:` alone is any.",
            ),
            ("log:timeout", "Logs by category or message."),
            (
                "gc, stw, assist, sweep",
                "Mark phases, pauses, mark assists, sweeping; with a duration as above. `stw:sweep` are pauses for a purpose.",
            ),
            (
                "created, sample",
                "Goroutines where they were created, and CPU samples.",
            ),
            (
                "reason:, state:, stack:#12, dur > 5ms",
                "The reason of any state, a state by name, one stack, and anything that lasts so long.",
            ),
            (
                "in:1s..1.5s",
                "Only what lies there, at least partly. If the page is about a range of time, only that is searched in any case.",
            ),
        ]),
        Points(&[
            "Terms beside each other must all hold. A duration belongs to the term before it, and is that of the thing found: `waiting:sync > 1ms fn:main`.",
            "`or` or `|` between terms: one of them. `-` or `not` before a term: not that. Parentheses group.",
            "With a state, the other terms say when or where: `running gc` is what ran while the GC marked, `waiting region:parse` what waited in such a region, `waiting -gc` what did not wait then.",
            "`E` looks for what has something in common with the selection: its goroutine, then its group, function, stack, task, lock stack or reason. The same stands in the panel.",
        ]),
        Links(&[
            (
                "Long waits for a proc",
                "#/timeline?find=runnable%20%3E%201ms",
            ),
            ("Lock waits", "#/timeline?find=waiting:sync"),
            ("Pauses", "#/timeline?find=stw"),
        ]),
    ],
}];
