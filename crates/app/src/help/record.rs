//! How traces are recorded, and how a program says what it does.

use super::Part::{Code, Points, Terms, Text};
use super::{Section, snippets};

pub(super) const SECTIONS: &[Section] = &[
    Section {
        id: "capture",
        title: "Record a trace",
        parts: &[
            Text(
                "A few seconds are usually enough: a busy server writes some megabytes a second. Tracing costs 1 to 2 % of the program's time with Go 1.21 and newer, more before.",
            ),
            Code(snippets::TEST),
            Code(snippets::BENCHMARK),
            Text("One package at a time: `go test` takes `-trace` for one test binary only."),
            Code(snippets::SERVER),
            Code(snippets::CURL),
            Text(
                "Whoever can reach `/debug/pprof` can stop and read your program: let it listen on localhost, or behind a login.",
            ),
            Code(snippets::START),
        ],
    },
    Section {
        id: "cpu-samples",
        title: "CPU samples in a trace",
        parts: &[
            Text(
                "While the CPU profiler is on, its samples are written into the trace as well, 100 a second for each busy thread. They show what a goroutine was doing while it ran, which a trace alone does not know.",
            ),
            Code(snippets::TEST_SAMPLES),
            Code(snippets::SAMPLES),
        ],
    },
    Section {
        id: "annotate",
        title: "Tasks, regions and logs",
        parts: &[
            Text(
                "A program can write into its trace what it is about. It costs next to nothing while no trace is recorded.",
            ),
            Terms(&[
                (
                    "Task",
                    "One piece of work from beginning to end, such as a request. It may spread over many goroutines: the context carries it. Its type is a fixed word; what differs belongs into a log.",
                ),
                (
                    "Region",
                    "A stretch of one goroutine's time, such as a query. It must end in the goroutine that began it. Regions may stand within each other.",
                ),
                (
                    "Log",
                    "A message with a category at one moment, such as the number of an order.",
                ),
            ]),
            Code(snippets::ANNOTATE),
            Code(snippets::GOROUTINES),
            Points(&[
                "End what you begin: `defer task.End()` in the line below.",
                "Few types, many instances: `checkout`, not `checkout 1234`. Types are what the tables group by.",
                "A goroutine counts for a task if it began a region in it, wrote a log in it, or was started from a region of it.",
            ]),
        ],
    },
    Section {
        id: "flight-recorder",
        title: "The flight recorder",
        parts: &[
            Text(
                "Go 1.25 and newer can keep the last seconds of a trace in memory all the time. When something was slow, write them down: the trace then holds what led to it.",
            ),
            Code(snippets::RECORDER),
            Points(&[
                "`MinAge` is how far back it should reach; `MaxBytes` bounds the memory and wins.",
                "There is one recorder at a time in a program. `trace.Start` may run beside it.",
                "The trace begins in the middle of things: goroutines and regions that were there before have no beginning in it.",
            ]),
        ],
    },
    Section {
        id: "privacy",
        title: "What a trace gives away",
        parts: &[
            Text(
                "A trace holds names of functions, files and lines, times, and whatever the program wrote into tasks, regions and logs. It holds no values of variables and no source code.",
            ),
            Text(
                "Nothing of it leaves this page: the browser refuses every request that the page could make. A file that you save from here holds what it says, and the bundle holds the whole trace.",
            ),
        ],
    },
];
