//! What each view shows.

use super::Part::{Links, Points, Terms, Text};
use super::Section;

pub(super) const SECTIONS: &[Section] = &[
    Section {
        id: "timeline",
        title: "Timeline",
        parts: &[
            Text(
                "Time goes to the right. Above are the GC, the procs and the heap; below them the goroutines, in groups of those that were started with the same function. A folded group shows how many of its goroutines are in each state.",
            ),
            Terms(&[
                (
                    "Proc",
                    "A right to run Go code, which a thread must hold. There are `GOMAXPROCS` of them.",
                ),
                (
                    "Thread",
                    "A thread of the operating system. In a system call a goroutine keeps its thread, but not always its proc.",
                ),
                (
                    "Span",
                    "A stretch in which a goroutine stays in one state. Click one for its stack, what ended it and who woke it.",
                ),
                (
                    "Cause",
                    "Who made the goroutine ready: it sent on the channel, unlocked the lock, or created it. `U` goes there.",
                ),
                (
                    "Arrow",
                    "From who created or unblocked a goroutine to where that one is ready, or runs. Of what is selected they are always there; of all that is seen where they are few. `L` hides those.",
                ),
                (
                    "Arrivals",
                    "Above, goroutines that the network woke; below, goroutines that came back from system calls that had lost their proc.",
                ),
            ]),
            Text(
                "The lanes can be arranged in four ways. Each has an address: copy it from the browser.",
            ),
            Terms(&[
                (
                    "Procs",
                    "What ran on each proc. The grey line below tells when the proc had a thread. `P`",
                ),
                (
                    "Threads",
                    "What was on each thread of the operating system, system calls without a proc too. The grey line tells when it had a proc. `T`",
                ),
                (
                    "Goroutine",
                    "One goroutine, below it those that ended its waits, below those the ones that ended theirs, as many wake-ups back as you like. Regions are bars of their own. `G`",
                ),
                (
                    "Task",
                    "One task with its subtasks, and the goroutines that worked for them. Regions of other tasks are grey. `K`",
                ),
            ]),
        ],
    },
    Section {
        id: "lanes",
        title: "Lanes",
        parts: &[
            Text(
                "Point at a lane's name, or select something in it, and press a key; a right click or `Shift F10` has the same as a menu. All of it stands in the address, so a copied link shows the lanes as you see them.",
            ),
            Terms(&[
                (
                    "Pin",
                    "`X`, or the pin beside the name. Pinned lanes stay on top while the others scroll. A group or the procs take those below them along. If there are more than fit, turn the wheel over their names.",
                ),
                (
                    "Hide",
                    "`Shift X`. A button in the toolbar says how many are hidden and shows them again.",
                ),
                (
                    "Order",
                    "Drag a name up or down: a group among groups, a goroutine within its group, a pinned lane among the pinned ones. Lanes ▾ sorts groups and goroutines by creation, time running, waiting to run or blocked, name or number.",
                ),
                (
                    "Filter",
                    "`I`. Part of a function's name or a label, `g17` or `g:17`, `fn:net/http` for a function anywhere in its stacks, `group:main.worker` for just this one, `state:syscall`, `waiting:sync`, `running>1ms`, `blocked>10ms`, `active`. All words must fit, each at least one span of the goroutine. `active` means: does more than wait in the range that is selected, or in what is seen when you type it.",
                ),
                (
                    "Regions and stacks",
                    "`V`, or the triangle beside a goroutine's name. Its regions as bars, below them its stacks over time, the root on top. Full colours where it waits with that stack. Paler ones are deduced: from a CPU sample until the next one or until it stops, or what the stacks before and after have in common. Grey is where stacks differ within a pixel.",
                ),
                (
                    "Procs by function",
                    "`C`. Each function has its colour, in every trace the same; those of a package are alike, the runtime's are grey. Where spans are thinner than a pixel, colours have their share of the height.",
                ),
                (
                    "Arrows",
                    "Of what is selected: orange ones lead to it, dark ones come from it; dashed ones are creations. Those that could hardly be told apart are one thicker arrow with their number. A click goes to the other end.",
                ),
            ]),
        ],
    },
    Section {
        id: "moving",
        title: "Moving, marks and time",
        parts: &[
            Text(
                "Drag to move, turn the wheel to zoom; on a trackpad two fingers move and a pinch zooms; on a screen one finger moves, two zoom, a held one tells what is there. `?` lists every key.",
            ),
            Terms(&[
                (
                    "Minimap",
                    "The whole trace above the time axis: goroutines that wait for a proc, below them what the procs do, below those the GC and stopped worlds. The frame is what you see. Drag it or its edges, drag beside it to draw another, click to go there, double-click for all.",
                ),
                (
                    "Back and forward",
                    "Every move is a step: `Ctrl Z` and `Ctrl Y`, or the browser's own buttons. Moves that follow each other closely are one.",
                ),
                (
                    "Jumps",
                    "From the selection: `←` and `→` to its neighbours, `J` to the next of the same state, `B` to where the goroutine ran next, `U` to who brought it about, `Shift U` to whom it unblocked or created next. The panel counts the steps and leads back. \"Go to\" above the lanes lists them all.",
                ),
                (
                    "Mark",
                    "A moment with a name: `M` sets one, `Shift M` goes to the next. Drag its flag, click it to rename it; the list tells the time between them. Marks stand in the address, so a link and a saved page have them.",
                ),
                (
                    "Time axis",
                    "Counts from the trace's start, from an origin that you set (`Shift Y`) and can drag, or shows the clock on the wall. `Y` changes it. Go 1.25 and newer write down what the clock showed, once in each generation; between two such snapshots it is interpolated. How far the clocks drift stands in the chooser's tooltip.",
                ),
                (
                    "Typed time",
                    "`@` opens a field: `1.234s`, `12345678` (ns), `+5ms` from the middle of what you see, `14:03:22.5`, a log line's date and time, RFC 3339, or Unix seconds. Without a zone a date is in yours, or in UTC while the axis shows that.",
                ),
            ]),
        ],
    },
    Section {
        id: "range",
        title: "A range of time",
        parts: &[
            Text(
                "Drag with Shift over the lanes, or along the time axis, to select a range; `R` types one, and \"Use as range\" takes the time of what is selected. Its edges can be dragged. `Enter` or a double click zooms to it, `Esc` or its × drops it.",
            ),
            Text(
                "While a range is selected, all of the page is about it: a chip in the header says so on every page, and the address has it, so that links and saved pages keep it. Profiles and tables that you download are of just that range, and their names say it.",
            ),
            Terms(&[
                (
                    "Times of goroutines, procs, profiles, assists",
                    "Only what lies in the range. A wait that reaches over an edge counts with its part in the range.",
                ),
                (
                    "Regions, tasks, GC cycles, pauses",
                    "Those that touch the range, each with all of its time: a duration that is cut would say nothing.",
                ),
                (
                    "Waits for a proc",
                    "Those that ended in the range, with all of their length.",
                ),
                (
                    "Logs, events, samples",
                    "Those in the range. The end is not a part of it.",
                ),
                ("Mutator utilization", "Of windows that lie in the range."),
                (
                    "Pages of tasks, details, bytes by type",
                    "Always of the whole.",
                ),
            ]),
            Text(
                "The panel beside the timeline sums the range up: the time of all goroutines by state (ten goroutines that wait for a second are ten seconds), the time of the procs, the GC, who ran or waited most, where goroutines were blocked.",
            ),
        ],
    },
    Section {
        id: "groups",
        title: "Goroutine groups",
        parts: &[
            Text(
                "Goroutines that were started with the same function form a group. The times of a group are the sums over its goroutines; beside the sum there are the median, the slow tail and the maximum of one goroutine.",
            ),
            Terms(&[
                (
                    "Total",
                    "From creation to end, or as much of it as the trace has.",
                ),
                (
                    "Running",
                    "On a proc. This is what go tool trace calls execution time.",
                ),
                ("Sched wait", "Ready, but without a proc."),
                (
                    "Wait: …",
                    "Blocked, by the reason that the runtime gives. \"No reason given\" is what was already blocked when the trace began, and coroutines.",
                ),
                (
                    "Syscall",
                    "In system calls with a proc. \"Blocked\": those that went on without.",
                ),
                ("Unknown", "What the trace does not account for."),
                (
                    "GC mark assist, GC incremental sweep, stop-the-world",
                    "Work for the GC, and stops of the goroutine's own making. They are times from begin to end and overlap with the others: their sum is no part of the total.",
                ),
            ]),
            Text(
                "A goroutine whose stack was never seen has no name: it was inactive for the whole trace.",
            ),
        ],
    },
    Section {
        id: "distribution",
        title: "Distributions",
        parts: &[
            Text(
                "A sum hides whether a thousand goroutines waited a little or one waited for all of them. Choose a statistic: the bars count goroutines by how much they have of it, each bar about 1.6 times as much as the one before. Click a bar to see only its goroutines.",
            ),
            Terms(&[
                (
                    "p50, p90, p99",
                    "Half, nine in ten and 99 in 100 of the goroutines have at most this.",
                ),
                (
                    "Zeros",
                    "Goroutines with nothing of it count too: in the first bar, and in the quantiles.",
                ),
            ]),
        ],
    },
    Section {
        id: "goroutine",
        title: "A goroutine's page",
        parts: &[
            Text(
                "The life of one goroutine: what it did over time, how its time divides, where it waited longest, what it marked with regions and logs, and who created it from where.",
            ),
            Terms(&[
                (
                    "Created",
                    "When. Of a goroutine that is older than the trace only that is known.",
                ),
                (
                    "First ran",
                    "When it first got a proc. The time from creation to here is its first scheduling wait.",
                ),
                (
                    "At the end",
                    "Whether it ended, what it was doing when the trace did, or that it is blocked forever.",
                ),
                (
                    "Label",
                    "What the runtime calls it: workers of the GC have labels.",
                ),
            ]),
        ],
    },
    Section {
        id: "profiles",
        title: "Profiles",
        parts: &[
            Text(
                "How long goroutines were in a state, by stack. Choose whose: all, one group, one goroutine, a type of region or task. The download is for `go tool pprof`.",
            ),
            Terms(&[
                (
                    "Scheduling",
                    "Ready without a proc. The stack is that of who made the goroutine ready.",
                ),
                (
                    "Synchronization",
                    "Waiting for channels, locks and each other. The stack is the one that waits.",
                ),
                (
                    "Network",
                    "Waiting for connections. The stack is the one that waits.",
                ),
                (
                    "System calls",
                    "In system calls, with or without a proc. The stack is the one that calls.",
                ),
                (
                    "CPU",
                    "What ran when the CPU profiler looked, if it was on.",
                ),
                (
                    "Complete",
                    "`go tool trace` leaves out waits before a goroutine's first run, waits that were under way when the trace began, and those that had not ended when it did. Without the check the numbers are its own.",
                ),
            ]),
            Text(
                "By stack, by the function that waits itself (\"self\"), or by every function on the way there (\"total\").",
            ),
            Links(&[
                ("Scheduling", "#/profiles/sched"),
                ("Synchronization", "#/profiles/sync"),
                ("Network", "#/profiles/net"),
                ("System calls", "#/profiles/syscall"),
            ]),
        ],
    },
    Section {
        id: "regions",
        title: "Regions",
        parts: &[
            Text(
                "Regions by name and by the place where they were started, with a histogram of how long they last. A bar filters the list, and so does a range that is dragged over several; each instance shows how its time divides. The profiles of a type count only what lies within the regions of the list, with all its filters.",
            ),
            Text(
                "Of a region that began before the trace, or had not ended when it did, the list has as much as the trace has.",
            ),
            Text(
                "A goroutine that is created in a region inherits the region's task. `go tool trace` lists the lives of such goroutines as regions without a name; here they are kept apart, as inherited.",
            ),
            Links(&[("Regions", "#/regions")]),
        ],
    },
    Section {
        id: "tasks",
        title: "Tasks",
        parts: &[
            Text(
                "Tasks by type, complete (begun and ended within the trace) or not. A task's page has its events in order, its goroutines and subtasks, and where its time went.",
            ),
            Text("A goroutine works for a task"),
            Points(&[
                "while a region of the task is open on it,",
                "all its life, if it was created in such a region,",
                "from the task's beginning to its end, if it both began and ended the task,",
                "while it works for a subtask.",
            ]),
            Terms(&[
                (
                    "By the clock",
                    "Each moment counts once, for the best that any of these goroutines does: running before helping the GC, before system calls, before waiting for a processor, before waiting for anything else. So the parts add up to the task's duration.",
                ),
                (
                    "All goroutines",
                    "What each of them did while it worked for the task, added up. Several may work at once: this can be more than the task lasted.",
                ),
                (
                    "Nobody",
                    "No goroutine is known to have worked for it: put regions with the task's context around the work that is missing.",
                ),
            ]),
            Text(
                "The search for text looks into log messages and their categories, and the names of regions and tasks.",
            ),
            Links(&[("Tasks", "#/tasks")]),
        ],
    },
    Section {
        id: "logs",
        title: "Logs",
        parts: &[
            Text(
                "Every message with its category, task and goroutine, in the order of time. Each leads to its moment.",
            ),
            Links(&[("Logs", "#/logs")]),
        ],
    },
    Section {
        id: "gc",
        title: "GC",
        parts: &[
            Text(
                "Each cycle with its phases, stops, assists and sweeps, and the heap before and after. Grey stretches of the charts are cycles; a click leads to the timeline.",
            ),
            Terms(&[
                (
                    "Heap and goal",
                    "Bytes of live objects and of garbage not yet swept. The GC begins early enough to be done when the heap reaches the goal.",
                ),
                (
                    "Because of",
                    "Why the cycle began: the heap's size, a call of `runtime.GC` or `debug.FreeOSMemory`, or two minutes without one.",
                ),
                (
                    "Mark workers",
                    "The GC takes a quarter of the procs while it marks, and idle ones besides. Idle workers take nothing from anybody.",
                ),
                (
                    "Assist time",
                    "How long goroutines were held up because they had to help, waiting included. `On a proc` is the part in which they marked.",
                ),
                (
                    "Swept and reclaimed",
                    "Bytes of memory that were looked at after marking, and bytes of objects in it that were free again.",
                ),
                (
                    "≥",
                    "The cycle began before the trace or ends after it: it is at least so long.",
                ),
            ]),
            Links(&[
                ("Cycles", "#/gc"),
                ("Pauses", "#/gc/pauses"),
                ("Assists", "#/gc/assists"),
            ]),
        ],
    },
    Section {
        id: "mmu",
        title: "Mutator utilization",
        parts: &[
            Text(
                "The mutator is your code; its utilization is the part of the procs that the GC leaves to it. The minimum (MMU) is that of the worst window of a size: 0 at 10 ms means that for some 10 ms your code did not run at all.",
            ),
            Terms(&[
                (
                    "System, per proc",
                    "All procs together; or each on its own, as a goroutine on it has it.",
                ),
                (
                    "Percentiles",
                    "p99 leaves out the worst window in a hundred, p99.9 one in a thousand. Minimum and p99 far apart: it is rare.",
                ),
                ("Worst windows", "Where in the trace that was."),
                (
                    "As go tool trace counts",
                    "Its numbers, to compare. It forgets that a mark worker has stopped once that worker runs a second time, and shows the minimum in place of percentiles.",
                ),
            ]),
            Points(&[
                "The curve begins at 0 where windows are shorter than the longest pause.",
                "What it reaches at the right is the GC's whole cost.",
            ]),
            Links(&[("Utilization", "#/gc/mmu")]),
        ],
    },
    Section {
        id: "scheduler",
        title: "Scheduler",
        parts: &[
            Text(
                "How long goroutines had to wait for a proc after they were ready, as a distribution and by group, with the worst cases; how many could run at a time; and how each proc spent its time.",
            ),
            Points(&[
                "Half of the waits within some microseconds is usual. Look at the tail.",
                "Many runnable goroutines and no idle proc: there is more work than processors.",
                "Runnable goroutines beside idle procs for long: look at what happens then; procs need some microseconds to wake up.",
            ]),
            Terms(&[
                (
                    "Latency",
                    "From the moment that a goroutine is woken, created or preempted until it runs. Waits that began before the trace or were not over at its end do not count.",
                ),
                (
                    "Idle procs meanwhile",
                    "Procs that had nothing to do although a goroutine was runnable; not while the world was stopped.",
                ),
                (
                    "Scheduling",
                    "The proc's thread looks for work or goes from one goroutine to another.",
                ),
            ]),
            Links(&[
                ("Scheduler", "#/scheduler"),
                ("Worst cases", "#/scheduler/worst"),
            ]),
        ],
    },
    Section {
        id: "events",
        title: "Events",
        parts: &[
            Text(
                "The events of a range of time as the runtime wrote them, and how many bytes each type takes in the file: for questions to the tracer itself.",
            ),
            Links(&[("Events", "#/events")]),
        ],
    },
    Section {
        id: "tables",
        title: "Tables",
        parts: &[
            Points(&[
                "Click a heading to sort by it, again to turn the order round.",
                "`/` goes to the filter. A row stays if any of its texts contains what you type.",
                "Times are rounded; the exact nanoseconds appear under the pointer, and stand in what you copy or save.",
                "Copy puts the rows, as sorted and filtered, on the clipboard, for a spreadsheet. Save as CSV writes all of them to a file.",
                "Arrow keys move in the table, Enter opens a row, Escape goes back.",
            ]),
            Text(
                "In files and copies a text that a spreadsheet could take for a formula begins with an apostrophe: names in a trace are not to be trusted.",
            ),
        ],
    },
];
