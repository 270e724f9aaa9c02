//! Addresses of views: what stands behind the `#` of the page's address. Pure: text in, text out.

mod events;
mod lanes;
mod layout;
mod mmu;
mod place;
mod scope;
mod text;
mod timeline;
mod timing;

pub use place::Place;
pub use timeline::Timeline;

use text::{Printer, Query, decode};

use crate::protocol::{
    EventsOf, GcPart, GoroutinesOf, LaneView, Measure, MmuOf, ProfileName, ProfileOf, ProfileScope,
    RegionsOf, SchedulerPart, Table, TaskPart, TasksOf,
};

/// What the page shows.
#[derive(Clone, PartialEq, Debug)]
pub enum Address {
    /// The timeline.
    Timeline(Timeline),
    /// The groups of goroutines, or goroutines one by one.
    Goroutines {
        /// Which goroutines; `None` for the groups.
        of: Option<GoroutinesOf>,
        /// What the groups show of each statistic.
        measure: Measure,
        /// How the table is sorted and filtered.
        order: Order,
    },
    /// One goroutine.
    Goroutine {
        /// The runtime's number, as text.
        id: String,
    },
    /// The types of tasks, or the tasks of one type.
    Tasks {
        /// Which tasks; `None` for the types.
        of: Option<TasksOf>,
        /// How the table is sorted and filtered.
        order: Order,
    },
    /// One task.
    Task {
        /// Its number, as text.
        id: String,
        /// Which list of it.
        part: TaskPart,
        /// How that is sorted and filtered.
        order: Order,
    },
    /// The types of regions, or the regions of one type.
    Regions {
        /// Which regions; `None` for the types.
        of: Option<RegionsOf>,
        /// How the table is sorted and filtered.
        order: Order,
    },
    /// The regions that goroutines inherited, by the places where those were created.
    InheritedRegions {
        /// How the table is sorted and filtered.
        order: Order,
    },
    /// The program's log messages.
    Logs {
        /// How the table is sorted and filtered.
        order: Order,
    },
    /// Garbage collection.
    Gc {
        /// Which part of it.
        part: GcPart,
        /// How the table is sorted and filtered.
        order: Order,
    },
    /// Minimum mutator utilization.
    Mmu {
        /// Of what.
        of: MmuOf,
        /// The length of the windows of which the worst are shown, ns.
        window: Option<u64>,
    },
    /// The scheduler.
    Scheduler {
        /// Which part of it.
        part: SchedulerPart,
        /// How the table is sorted and filtered.
        order: Order,
    },
    /// The heaviest stacks of a profile.
    Profile {
        /// Which profile.
        of: ProfileOf,
        /// By function, not by stack.
        functions: bool,
        /// How the table is sorted and filtered.
        order: Order,
    },
    /// The events of a stretch of time.
    Events {
        /// Which; their text is the order's filter.
        of: EventsOf,
        /// How the table is sorted and filtered.
        order: Order,
    },
    /// How many bytes of the file each type of event takes.
    Footprint {
        /// How the table is sorted and filtered.
        order: Order,
    },
    /// What everything means.
    Help {
        /// Its section, if not the first.
        section: Option<String>,
    },
}

/// How a table is sorted and filtered.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Order {
    /// The key of the column; the table's own order if `None`.
    pub sort: Option<String>,
    /// Largest first.
    pub descending: bool,
    /// Only rows with this text.
    pub filter: String,
}

/// The tabs of the header.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Tab {
    /// The timeline.
    Timeline,
    /// Tables of goroutines and a goroutine's page.
    Goroutines,
    /// Tables of tasks and a task's page.
    Tasks,
    /// Tables of regions.
    Regions,
    /// The log messages.
    Logs,
    /// Garbage collection.
    Gc,
    /// The scheduler.
    Scheduler,
    /// The profiles.
    Profiles,
    /// The events.
    Events,
    /// The help; the header has a button of its own for it.
    Help,
}

impl Tab {
    /// Those that the header shows, in its order.
    pub const SHOWN: [Self; 9] = [
        Self::Timeline,
        Self::Goroutines,
        Self::Tasks,
        Self::Regions,
        Self::Logs,
        Self::Gc,
        Self::Scheduler,
        Self::Profiles,
        Self::Events,
    ];

    /// Its title.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Timeline => "Timeline",
            Self::Goroutines => "Goroutines",
            Self::Tasks => "Tasks",
            Self::Regions => "Regions",
            Self::Logs => "Logs",
            Self::Gc => "GC",
            Self::Scheduler => "Scheduler",
            Self::Profiles => "Profiles",
            Self::Events => "Events",
            Self::Help => "Help",
        }
    }

    /// Where it leads.
    pub fn address(self) -> Address {
        let order = Order::default();
        match self {
            Self::Timeline => Address::WHOLE,
            Self::Goroutines => Address::groups(),
            Self::Tasks => Address::Tasks { of: None, order },
            Self::Regions => Address::Regions { of: None, order },
            Self::Logs => Address::Logs { order },
            Self::Gc => Address::Gc {
                part: GcPart::default(),
                order,
            },
            Self::Scheduler => Address::Scheduler {
                part: SchedulerPart::default(),
                order,
            },
            Self::Profiles => Address::profile(ProfileName::ALL[0]),
            Self::Events => Address::Events {
                of: EventsOf::default(),
                order,
            },
            Self::Help => Address::Help { section: None },
        }
    }
}

impl Address {
    /// The timeline of the whole trace, with nothing selected.
    pub const WHOLE: Self = Self::Timeline(Timeline::WHOLE);

    /// The table of all groups.
    pub fn groups() -> Self {
        Self::Goroutines {
            of: None,
            measure: Measure::Sum,
            order: Order::default(),
        }
    }

    /// Goroutines one by one.
    pub fn goroutines(of: GoroutinesOf) -> Self {
        Self::Goroutines {
            of: Some(of),
            measure: Measure::Sum,
            order: Order::default(),
        }
    }

    /// The goroutines of a group.
    pub fn group(name: String) -> Self {
        Self::goroutines(GoroutinesOf {
            group: Some(name),
            ..GoroutinesOf::default()
        })
    }

    /// The timeline arranged by something, as it opens.
    pub fn lanes(view: LaneView) -> Self {
        Self::Timeline(Timeline {
            view,
            ..Timeline::WHOLE
        })
    }

    /// A profile of all goroutines.
    pub fn profile(kind: ProfileName) -> Self {
        Self::Profile {
            of: ProfileOf {
                kind,
                scope: ProfileScope::All,
                complete: false,
            },
            functions: false,
            order: Order::default(),
        }
    }

    /// The tab that this is a part of.
    pub fn tab(&self) -> Tab {
        match self {
            Self::Timeline(_) => Tab::Timeline,
            Self::Goroutines { .. } | Self::Goroutine { .. } => Tab::Goroutines,
            Self::Tasks { .. } | Self::Task { .. } => Tab::Tasks,
            Self::Regions { .. } | Self::InheritedRegions { .. } => Tab::Regions,
            Self::Logs { .. } => Tab::Logs,
            Self::Gc { .. } | Self::Mmu { .. } => Tab::Gc,
            Self::Scheduler { .. } => Tab::Scheduler,
            Self::Profile { .. } => Tab::Profiles,
            Self::Events { .. } | Self::Footprint { .. } => Tab::Events,
            Self::Help { .. } => Tab::Help,
        }
    }

    /// Where Escape leads from a page inside a table.
    pub fn parent(&self) -> Option<Self> {
        match self {
            Self::Goroutine { .. }
            | Self::Goroutines { of: Some(_), .. }
            | Self::Task { .. }
            | Self::Tasks { of: Some(_), .. }
            | Self::Regions { of: Some(_), .. }
            | Self::InheritedRegions { .. }
            | Self::Mmu { .. } => Some(self.tab().address()),
            _ => None,
        }
    }

    /// The table that this shows, if it is one, and how it is ordered.
    pub fn table(&self) -> Option<(Table, &Order)> {
        Some(match self {
            Self::Goroutines {
                of: None,
                measure,
                order,
            } => (Table::Groups(*measure), order),
            Self::Goroutines {
                of: Some(of),
                order,
                ..
            } => (Table::Goroutines(of.clone()), order),
            Self::Tasks { of: None, order } => (Table::TaskTypes, order),
            Self::Tasks {
                of: Some(of),
                order,
            } => (Table::Tasks(of.clone()), order),
            Self::Regions { of: None, order } => (Table::RegionTypes, order),
            Self::Regions {
                of: Some(of),
                order,
            } => (Table::Regions(of.clone()), order),
            Self::InheritedRegions { order } => (Table::InheritedTypes, order),
            Self::Task { id, part, order } => (Table::Task(id.clone(), *part), order),
            Self::Logs { order } => (Table::Logs, order),
            Self::Gc { part, order } => {
                let table = match part {
                    GcPart::Cycles => Table::Cycles,
                    GcPart::Pauses => Table::Pauses,
                    GcPart::Assists => Table::Assists,
                };
                (table, order)
            }
            Self::Scheduler { part, order } => {
                let table = match part {
                    SchedulerPart::Groups => Table::Latencies,
                    SchedulerPart::Worst => Table::WorstLatencies,
                };
                (table, order)
            }
            Self::Profile {
                of,
                functions: false,
                order,
            } => (Table::Profile(of.clone()), order),
            Self::Profile { of, order, .. } => (Table::Functions(of.clone()), order),
            Self::Events { of, order } => (
                Table::Events(EventsOf {
                    text: order.filter.clone(),
                    ..of.clone()
                }),
                order,
            ),
            Self::Footprint { order } => (Table::Footprint, order),
            Self::Timeline(_) | Self::Goroutine { .. } | Self::Mmu { .. } | Self::Help { .. } => {
                return None;
            }
        })
    }

    /// The same, ordered differently; itself if it has no table.
    pub fn ordered(&self, ordered: Order) -> Self {
        let mut address = self.clone();
        match &mut address {
            Self::Goroutines { order, .. }
            | Self::Tasks { order, .. }
            | Self::Task { order, .. }
            | Self::Regions { order, .. }
            | Self::InheritedRegions { order }
            | Self::Logs { order }
            | Self::Gc { order, .. }
            | Self::Scheduler { order, .. }
            | Self::Profile { order, .. }
            | Self::Events { order, .. }
            | Self::Footprint { order } => *order = ordered,
            Self::Timeline(_) | Self::Goroutine { .. } | Self::Mmu { .. } | Self::Help { .. } => {}
        }
        address
    }

    /// As text, beginning with `#/`.
    pub fn print(&self) -> String {
        let mut text = Printer::default();
        match self {
            Self::Timeline(timeline) => {
                text.path("timeline");
                timeline.print(&mut text);
            }
            Self::Goroutines { of, measure, order } => {
                text.path("goroutines");
                scope::print_goroutines(of.as_ref(), *measure, &mut text);
                text.order(order);
            }
            Self::Goroutine { id } => {
                text.path("goroutine");
                text.path(id);
            }
            Self::Tasks { of, order } => {
                text.path("tasks");
                if let Some(of) = of {
                    scope::print_tasks(of, "type", &mut text);
                }
                text.order(order);
            }
            Self::Task { id, part, order } => {
                text.path("task");
                text.path(id);
                if *part != TaskPart::default() {
                    text.path(part.key());
                }
                text.order(order);
            }
            Self::Regions { of, order } => {
                text.path("regions");
                if let Some(of) = of {
                    scope::print_regions(of, "type", &mut text);
                }
                text.order(order);
            }
            Self::InheritedRegions { order } => {
                text.path("regions");
                text.path("inherited");
                text.order(order);
            }
            Self::Logs { order } => {
                text.path("logs");
                text.order(order);
            }
            Self::Gc { part, order } => {
                text.path("gc");
                if let Some(part) = part.key() {
                    text.path(part);
                }
                text.order(order);
            }
            Self::Mmu { of, window } => {
                text.path("gc");
                text.path("mmu");
                mmu::print(of, *window, &mut text);
            }
            Self::Scheduler { part, order } => {
                text.path("scheduler");
                if let Some(part) = part.key() {
                    text.path(part);
                }
                text.order(order);
            }
            Self::Profile {
                of,
                functions,
                order,
            } => {
                scope::print_profile(of, &mut text);
                if *functions {
                    text.pair("by", "function");
                }
                text.order(order);
            }
            Self::Events { of, order } => {
                text.path("events");
                events::print(of, &mut text);
                text.order(order);
            }
            Self::Footprint { order } => {
                text.path("footprint");
                text.order(order);
            }
            Self::Help { section } => {
                text.path("help");
                if let Some(section) = section {
                    text.path(section);
                }
            }
        }
        text.text
    }

    /// Reads what [`print`](Self::print) wrote, with or without its `#`. What it does not know it leaves out;
    /// `None` if it knows nothing of it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('#').unwrap_or(text);
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let query = Query::read(query);
        let order = || query.order();
        let mut steps = path.split('/').filter(|step| !step.is_empty());
        Some(match (steps.next()?, steps.next()) {
            ("timeline", _) => Self::Timeline(Timeline::parse(&query)),
            ("goroutines", _) => Self::Goroutines {
                of: scope::parse_goroutines(&query),
                measure: scope::parse_measure(&query),
                order: order(),
            },
            ("goroutine", Some(id)) => Self::Goroutine { id: decode(id) },
            ("tasks", _) => Self::Tasks {
                of: scope::parse_tasks("type", &query),
                order: order(),
            },
            ("task", Some(id)) => Self::Task {
                id: decode(id),
                part: steps
                    .next()
                    .and_then(TaskPart::from_key)
                    .unwrap_or_default(),
                order: order(),
            },
            ("regions", Some("inherited")) => Self::InheritedRegions { order: order() },
            ("regions", _) => Self::Regions {
                of: scope::parse_regions("type", &query),
                order: order(),
            },
            ("logs", _) => Self::Logs { order: order() },
            ("gc", Some("mmu")) => {
                let (of, window) = mmu::parse(&query);
                Self::Mmu { of, window }
            }
            ("gc", part) => Self::Gc {
                part: match part {
                    Some("pauses") => GcPart::Pauses,
                    Some("assists") => GcPart::Assists,
                    _ => GcPart::Cycles,
                },
                order: order(),
            },
            ("scheduler", part) => Self::Scheduler {
                part: match part {
                    Some("worst") => SchedulerPart::Worst,
                    _ => SchedulerPart::Groups,
                },
                order: order(),
            },
            ("profiles", kind) => Self::Profile {
                of: scope::parse_profile(kind, &query)?,
                functions: query.value("by").as_deref() == Some("function"),
                order: order(),
            },
            ("events", _) => Self::Events {
                of: events::parse(&query),
                order: order(),
            },
            ("footprint", _) => Self::Footprint { order: order() },
            ("help", section) => Self::Help {
                section: section.map(decode),
            },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::protocol::Selection;

    #[track_caller]
    fn check(address: Address, text: &str) {
        assert_eq!(address.print(), text);
        assert_eq!(Address::parse(text), Some(address.clone()));
        assert_eq!(Address::parse(&text[1..]), Some(address));
    }

    #[test]
    fn what_is_printed_is_read_back() {
        check(Address::WHOLE, "#/timeline");
        check(
            Address::Timeline(Timeline {
                range: Some((1.5, 2_000_000_000.0)),
                selection: Some(Selection::Span(17)),
                ..Timeline::WHOLE
            }),
            "#/timeline?start=1.5&end=2000000000&sel=span:17",
        );
        check(Address::groups(), "#/goroutines");
        check(
            Address::Goroutines {
                of: Some(GoroutinesOf {
                    group: Some("main.(*T).run&more=1/x %".into()),
                    ..GoroutinesOf::default()
                }),
                measure: Measure::Sum,
                order: Order {
                    sort: Some("exec".into()),
                    descending: true,
                    filter: "ö?".into(),
                },
            },
            "#/goroutines?group=main.(*T).run%26more%3D1%2Fx%20%25&sort=exec&desc=1&filter=%C3%B6%3F",
        );
        check(Address::Goroutine { id: "17".into() }, "#/goroutine/17");
        check(
            Address::goroutines(GoroutinesOf {
                group: Some(String::new()),
                by: Some("wait:chan receive".into()),
                shortest: Some(0),
                longest: Some(1_000),
            }),
            "#/goroutines?group=&by=wait:chan%20receive&min=0&max=1000",
        );
        check(
            Address::goroutines(GoroutinesOf::default()),
            "#/goroutines?all=1",
        );
        check(
            Address::Goroutines {
                of: None,
                measure: Measure::P99,
                order: Order::default(),
            },
            "#/goroutines?show=p99",
        );
        check(Address::profile(ProfileName::Net), "#/profiles/net");
        check(
            Address::Profile {
                of: ProfileOf {
                    kind: ProfileName::Sched,
                    scope: ProfileScope::Group(String::new()),
                    complete: true,
                },
                functions: true,
                order: Order::default(),
            },
            "#/profiles/sched?group=&complete=1&by=function",
        );
    }

    #[test]
    fn every_tab_has_an_address() {
        for tab in Tab::SHOWN.into_iter().chain([Tab::Help]) {
            let address = tab.address();
            assert_eq!(address.tab(), tab);
            check(address.clone(), &address.print());
        }
    }

    #[test]
    fn filters_of_regions_and_tasks_are_read_back() {
        let order = Order::default();
        let regions = RegionsOf {
            name: String::new(),
            place: Some("main.f:7".into()),
            inherited: true,
            shortest: Some(1_000),
            longest: Some(5_000),
            complete: Some(false),
        };
        let tasks = TasksOf {
            name: Some("checkout & pay".into()),
            shortest: None,
            longest: Some(7),
            complete: Some(true),
            text: "id=1".into(),
        };
        check(
            Address::Regions {
                of: Some(regions.clone()),
                order: order.clone(),
            },
            "#/regions?type=&at=main.f:7&inherited=1&min=1000&max=5000&whole=0",
        );
        check(
            Address::Tasks {
                of: Some(tasks.clone()),
                order: order.clone(),
            },
            "#/tasks?type=checkout%20%26%20pay&max=7&whole=1&text=id%3D1",
        );
        let part = |part, order| Address::Task {
            id: "5".into(),
            part,
            order,
        };
        check(part(TaskPart::Events, Order::default()), "#/task/5");
        check(part(TaskPart::Subtasks, order.clone()), "#/task/5/subtasks");
        let all = TasksOf {
            text: "slow".into(),
            ..TasksOf::default()
        };
        check(
            Address::Tasks {
                of: Some(all),
                order: order.clone(),
            },
            "#/tasks?all=1&text=slow",
        );
        let order = order.clone();
        check(Address::InheritedRegions { order }, "#/regions/inherited");
        let order = Order::default();
        for scope in [
            ProfileScope::All,
            ProfileScope::Group("main.run".into()),
            ProfileScope::Goroutine("17".into()),
            ProfileScope::Regions(regions),
            ProfileScope::Tasks(tasks),
            ProfileScope::Task("5".into()),
        ] {
            let address = Address::Profile {
                of: ProfileOf {
                    kind: ProfileName::Sync,
                    scope,
                    complete: true,
                },
                functions: false,
                order: order.clone(),
            };
            check(address.clone(), &address.print());
        }
        // No number of JavaScript is longer.
        let longest = Address::parse("#/tasks?type=a&max=18446744073709551615");
        let Some(Address::Tasks { of: Some(of), .. }) = longest else {
            panic!("{longest:?}");
        };
        assert_eq!(of.longest, Some(crate::protocol::LONGEST_FILTER));
    }

    #[test]
    fn parts_of_the_gc_and_the_scheduler_have_addresses() {
        let order = Order::default();
        let gc = |part| Address::Gc {
            part,
            order: order.clone(),
        };
        check(gc(GcPart::Cycles), "#/gc");
        check(gc(GcPart::Pauses), "#/gc/pauses");
        check(gc(GcPart::Assists), "#/gc/assists");
        let scheduler = |part| Address::Scheduler {
            part,
            order: order.clone(),
        };
        check(scheduler(SchedulerPart::Groups), "#/scheduler");
        check(scheduler(SchedulerPart::Worst), "#/scheduler/worst");
        let mut of = MmuOf::default();
        check(Address::Mmu { of, window: None }, "#/gc/mmu");
        of.sweep = true;
        of.per_proc = true;
        check(
            Address::Mmu {
                of,
                window: Some(1_000),
            },
            "#/gc/mmu?count=stw,background,assist,sweep&perproc=1&window=1000",
        );
        let of = MmuOf {
            stw: false,
            background: false,
            assist: false,
            percentiles: true,
            as_go: true,
            ..MmuOf::default()
        };
        check(
            Address::Mmu { of, window: None },
            "#/gc/mmu?count=&percentiles=1&gotool=1",
        );
        let odd = Address::parse("#/gc/mmu?count=stw,x&window=0");
        let of = MmuOf {
            background: false,
            assist: false,
            ..MmuOf::default()
        };
        assert_eq!(odd, Some(Address::Mmu { of, window: None }));
    }

    #[test]
    fn what_is_odd_is_left_out_or_refused() {
        let whole = Some(Address::WHOLE);
        assert_eq!(Address::parse("#/timeline?start=5&end=5"), whole);
        assert_eq!(Address::parse("#/timeline?start=NaN&end=5"), whole);
        assert_eq!(Address::parse("#/timeline?sel=span:-1&x&=&y=%"), whole);
        for nothing in ["", "#", "#/", "#/nothing", "#/goroutine", "#/profiles/heap"] {
            assert_eq!(Address::parse(nothing), None, "{nothing:?}");
        }
        assert_eq!(decode("%zz%4"), "%zz%4");
        assert_eq!(decode("%é%41"), "%éA");
    }
}
