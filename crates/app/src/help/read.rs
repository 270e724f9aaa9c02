//! How a trace is read: where to begin, what the colours mean, what usually goes wrong and how it looks.

use super::Part::{Colours, Links, Points, Steps, Terms, Text};
use super::Section;

pub(super) const SECTIONS: &[Section] = &[
    Section {
        id: "start",
        title: "Where to begin",
        parts: &[
            Text(
                "A trace says when each goroutine ran, waited and why, to the nanosecond. It does not say which line used the processor: that is what a CPU profile is for, or a trace with CPU samples.",
            ),
            Steps(&[
                "Open the timeline and read \"Worth a look\" beside it. Each finding leads to its place.",
                "Is the program slow because it works, or because it waits? Look at what the procs do: busy all over means work, gaps mean waiting.",
                "If it works: take a CPU profile. If it waits: the tables of goroutines and the profiles say for what.",
                "Follow one slow request from end to end: its task or its goroutine, then `U` from each wait to whoever ended it.",
            ]),
            Links(&[
                ("Timeline", "#/timeline"),
                ("Goroutines", "#/goroutines"),
                ("Profiles", "#/profiles/sched"),
            ]),
        ],
    },
    Section {
        id: "states",
        title: "States and colours",
        parts: &[
            Text(
                "A goroutine is in one state at each moment. What is too thin to be drawn is drawn by its share of the pixel.",
            ),
            Colours(&[
                (
                    "running",
                    "Running",
                    "It runs on a proc. A trace does not know what it does meanwhile.",
                ),
                (
                    "runnable",
                    "Runnable",
                    "It could run, but no proc is free: scheduling latency. A little is normal, long ones are not.",
                ),
                (
                    "syscall",
                    "System call",
                    "It is in the kernel and keeps its proc. Short calls look like this.",
                ),
                (
                    "syscall-blocked",
                    "System call, blocked",
                    "The call took so long that the proc was given to another goroutine. The goroutine holds a thread meanwhile.",
                ),
                (
                    "sync",
                    "Waiting for a lock",
                    "`sync.Mutex`, `RWMutex`, `WaitGroup`, `Cond`, `Once`.",
                ),
                (
                    "chan",
                    "Waiting for a channel",
                    "Sending, receiving or in a `select`. Whether that is idleness or trouble, the program knows.",
                ),
                (
                    "network",
                    "Waiting for the network",
                    "For a connection to be readable or writable. It costs no thread.",
                ),
                (
                    "gc",
                    "Waiting for the GC",
                    "For marking work to help with, or for the GC to end.",
                ),
                (
                    "idle",
                    "Sleeping or idle",
                    "`time.Sleep`, timers, and waits without a reason.",
                ),
                (
                    "gc-work",
                    "GC worker",
                    "A goroutine of the GC runs: a quarter of the procs while it marks.",
                ),
            ]),
            Text("A goroutine that is not drawn at all does not exist at that moment."),
        ],
    },
    Section {
        id: "phases",
        title: "Phases of the GC and stops",
        parts: &[
            Text(
                "Go's garbage collector runs beside the program. A cycle marks what is in use, and sweeps what is not as new memory is asked for.",
            ),
            Colours(&[
                (
                    "gc-mark",
                    "GC mark phase",
                    "From the GC's start to the end of marking. Workers take a quarter of the procs.",
                ),
                (
                    "assist",
                    "GC assist",
                    "A goroutine that allocates faster than the GC marks must help before it goes on. It counts as running, and your code does not run.",
                ),
                (
                    "sweep",
                    "GC sweep",
                    "A goroutine that needs memory sweeps first. Usually short.",
                ),
                (
                    "stw",
                    "Stop the world",
                    "No goroutine runs. Two short stops in each cycle are normal, some tens of microseconds each.",
                ),
                (
                    "heap",
                    "Live heap",
                    "The memory that is in use or not yet swept.",
                ),
                (
                    "heap-goal",
                    "Heap goal",
                    "How large the heap may become before the next cycle ends: `GOGC` and `GOMEMLIMIT` set that.",
                ),
                ("region", "User region", "What the program calls so."),
                (
                    "task",
                    "User task",
                    "Work that may go through many goroutines, in its own view.",
                ),
                (
                    "log",
                    "User log",
                    "A wedge at the moment of the message. Point at it to read it.",
                ),
                (
                    "sample",
                    "CPU sample",
                    "A dash where the CPU profiler looked. Click it for the stack.",
                ),
            ]),
            Terms(&[
                ("GC sweep termination", "The stop before marking begins."),
                ("GC mark termination", "The stop after marking has ended."),
                (
                    "start trace, stop trace",
                    "Stops for the trace itself, at its beginning and end.",
                ),
                (
                    "read mem stats",
                    "Somebody calls `runtime.ReadMemStats`: metrics libraries do, often more than they should.",
                ),
                ("GOMAXPROCS", "The number of procs is changed."),
                (
                    "goroutine profile, all goroutines stack trace",
                    "A profile or a dump of all goroutines is taken.",
                ),
            ]),
            Text(
                "A long stop has two parts: until all procs have stopped, and until they may go on. A goroutine that cannot be interrupted makes the first one long.",
            ),
        ],
    },
    Section {
        id: "latency",
        title: "Look for: scheduling latency",
        parts: &[
            Text(
                "Goroutines are ready and do not run. On the timeline their lanes are in the colour of runnable for long, and the number of runnable goroutines stays above the number of procs.",
            ),
            Points(&[
                "All procs busy: there is more work than processors. Do less, or give it more. In a container, compare `GOMAXPROCS` with its CPU limit: Go before 1.25 does not know the limit.",
                "Bursts: one goroutine wakes thousands at once, or a ticker does. Spread the work, or bound it.",
                "During GC: its workers take a quarter of the procs, and idle ones. See GC pressure.",
                "Procs are idle while goroutines are runnable: threads do not get the processor from the operating system. The machine is busy with something else, or the container is throttled.",
            ]),
            Text(
                "The scheduling profile names who made the goroutines ready, not the goroutines that waited: that is where bursts come from.",
            ),
            Links(&[
                ("Scheduler", "#/scheduler"),
                ("Scheduling profile", "#/profiles/sched"),
                (
                    "Groups by scheduling wait",
                    "#/goroutines?sort=runnable&desc=1",
                ),
            ]),
        ],
    },
    Section {
        id: "gc-pressure",
        title: "Look for: GC pressure",
        parts: &[
            Text("The program allocates so fast that collecting costs much of its time."),
            Points(&[
                "Mark phases follow closely on one another: the heap grows from live to goal in no time.",
                "Assists: goroutines that should answer a request mark memory instead. Sort the groups by \"GC mark assist\".",
                "Mutator utilization drops: what is left for your code in the worst 10 ms.",
            ]),
            Text(
                "Allocate less (a heap profile with `-sample_index=alloc_space` says where), raise `GOGC` if there is memory to spare, or set `GOMEMLIMIT`.",
            ),
            Links(&[
                ("GC", "#/gc"),
                (
                    "Groups by mark assist",
                    "#/goroutines?sort=range:GC%20mark%20assist&desc=1",
                ),
            ]),
        ],
    },
    Section {
        id: "serialization",
        title: "Look for: one lock or channel that serializes",
        parts: &[
            Text(
                "Many goroutines, and only one of them makes progress. On the timeline one runs while the others wait, in turns; the procs are mostly idle.",
            ),
            Steps(&[
                "Open the synchronization profile. One stack that has most of the time is the place.",
                "Time that a pool of workers waits for work is there as well, and harmless: look at who calls.",
                "Select one of the waits on the timeline and press `U`: that is who held the lock or sent at last. Go on from there to what it waited for.",
            ]),
            Text(
                "Hold the lock for less, split it, buffer the channel, or let more than one goroutine receive from it.",
            ),
            Links(&[("Synchronization profile", "#/profiles/sync")]),
        ],
    },
    Section {
        id: "leaks",
        title: "Look for: goroutines that never end",
        parts: &[
            Text(
                "A leaked goroutine waits for something that nobody will do. Its memory stays, and what it refers to.",
            ),
            Steps(&[
                "Open a group whose number of goroutines only grows, and sort by \"At the end\".",
                "Those that have waited since the trace began, or ever since they were created, are suspects. \"Blocked forever\" is certain: a `select` without cases, or a channel that is nil.",
                "The goroutine's page says what it waits for, and who created it.",
            ]),
            Text(
                "A trace of some seconds cannot tell a leak from patience. Take a second one later and compare the counts.",
            ),
            Links(&[("All goroutines", "#/goroutines?all=1")]),
        ],
    },
    Section {
        id: "short-lived",
        title: "Look for: goroutines that live too short",
        parts: &[
            Text(
                "Thousands of goroutines that each run for a microsecond: creating, scheduling and waking them costs more than what they do.",
            ),
            Points(&[
                "In the groups, a high count with a tiny running time. The median tells more than the sum.",
                "In a group, the distribution of the running time: a tall bar at the far left.",
            ]),
            Text(
                "Give each goroutine more to do: a range instead of one element, or a few workers that take from a channel.",
            ),
            Links(&[("Groups by count", "#/goroutines?sort=count&desc=1")]),
        ],
    },
    Section {
        id: "parallelism",
        title: "Look for: idle procs",
        parts: &[
            Text(
                "The program has work and does not use the processors. Look at what runs at the same moment: how many procs are busy, and which goroutine everybody waits for.",
            ),
            Points(&[
                "One goroutine does everything while the others wait: the part that is not parallel.",
                "All wait for the network or for system calls: the other side is slow, or there are too few requests under way.",
                "Workers end at different times: the last one decides. Cut the work into smaller pieces.",
            ]),
            Links(&[
                ("Scheduler", "#/scheduler"),
                ("Network profile", "#/profiles/net"),
            ]),
        ],
    },
];
