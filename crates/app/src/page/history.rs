//! The address bar: going places, coming back, and a link that was pasted.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::PopStateEvent;

use super::app::App;
use crate::address::{Address, Order, Place, Tab, Timeline};
use crate::interop::{JsResult as _, Listener};
use crate::protocol::{LaneView, Link, Selection, TaskPart};

use tracepane_timeline::View;

/// A pause this long, ms, ends a move: the next one is another step back.
const PAUSE: f64 = 900.0;

/// How often the address follows a move, ms. Browsers refuse more than some hundred changes in half a minute.
const STEP: u64 = 300;

/// How an address enters the history.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry {
    /// As a step that can be undone.
    Push,
    /// In place of the one before.
    Replace,
}

/// The way through the addresses.
#[derive(Default)]
pub struct Track {
    /// How many steps back there are in this page.
    depth: u32,
    /// How many there were at most since the last step of the user's own.
    furthest: u32,
    /// When the timeline last moved, ms; `None` if what comes is a step of its own in any case.
    moved: Option<f64>,
    /// Whether the address is behind the view.
    late: bool,
    /// Whether the address will be brought up to date.
    scheduled: bool,
}

/// Takes the page's own address, and follows back, forward and links that are pasted.
pub fn follow(app: App) {
    let hash = window().location().hash().unwrap_or_default();
    if let Some(Place {
        address,
        scope,
        part,
    }) = Place::parse(&hash)
    {
        app.scope.set(scope);
        app.linked_part.set_value(part);
        app.address.set(address);
    }
    let popped = Listener::new(&window(), "popstate", move |event: PopStateEvent| {
        // An address that was typed or pasted has no state of ours.
        let state = event
            .state()
            .dyn_into::<js_sys::Array>()
            .unwrap_or_default();
        let number = |at| state.get(at).as_f64();
        app.track.update_value(|track| {
            track.depth = number(0).map_or(0, |depth| depth as u32);
            track.furthest = track.furthest.max(track.depth);
            track.late = false;
            track.moved = None;
        });
        app.count_steps();
        arrive(app, number(1));
    });
    StoredValue::new_local(popped);
    Effect::new(move || {
        let name = app.file_name.get();
        let title = if app.is_open() {
            format!("{name} – {}", title(&app.address.get()))
        } else {
            "Tracepane".to_owned()
        };
        document().set_title(&title);
    });
}

fn title(address: &Address) -> String {
    match address {
        Address::Timeline(Timeline {
            view: LaneView::Goroutine { id, .. },
            ..
        }) => format!("timeline of goroutine {id}"),
        Address::Timeline(Timeline {
            view: LaneView::Task { id },
            ..
        }) => format!("timeline of task {id}"),
        Address::Goroutine { id } => format!("goroutine {id}"),
        Address::Task { id, .. } => format!("task {id}"),
        Address::Gc { .. } => "GC".to_owned(),
        Address::Mmu { .. } => "mutator utilization".to_owned(),
        other => other.tab().title().to_lowercase(),
    }
}

/// Shows what the address bar says.
fn arrive(app: App, scroll: Option<f64>) {
    let hash = window().location().hash().unwrap_or_default();
    let place = Place::parse(&hash).unwrap_or(Place {
        address: Address::WHOLE,
        scope: None,
        part: None,
    });
    app.enter_scope(place.scope);
    if scroll.is_some() {
        // A step of this page's own: what was pinned since stays so.
        let address = app.keeping_lanes(place.address.clone());
        let differs = address != place.address;
        app.apply(address, scroll);
        if differs {
            app.note_lanes();
        }
    } else {
        app.apply_lanes_of(&place.address);
        app.apply(place.address, scroll);
    }
}

impl App {
    /// Goes to an address.
    pub fn go(self, address: Address, entry: Entry) {
        self.settle();
        let address = self.keeping_lanes(address);
        self.record(&address, entry);
        self.apply(address, None);
    }

    /// The same address with the lanes as they are: links within the page change nothing about that.
    fn keeping_lanes(self, address: Address) -> Address {
        match address {
            Address::Timeline(timeline) if self.is_open_now() => Address::Timeline(Timeline {
                layout: self.lanes.with_untracked(|lanes| lanes.layout.clone()),
                by_function: self.by_function.get_untracked(),
                ..timeline
            }),
            address => address,
        }
    }

    /// Goes where a link leads, and makes visible what it selects.
    pub fn follow_link(self, link: &Link) {
        if let Link::Select { selection, time } = *link {
            self.go_to(selection, time);
        } else {
            self.go(self.address_of(link), Entry::Push);
        }
    }

    /// Where a link leads.
    pub fn address_of(self, link: &Link) -> Address {
        match link {
            Link::Select { selection, time } => {
                let view = self.view_of(*time);
                Address::Timeline(self.timeline_at(view, Some(*selection)))
            }
            Link::Time(start, end) => {
                let view = self.view_of((*start, *end));
                Address::Timeline(self.timeline_at(view, self.selection.get_untracked()))
            }
            Link::Lanes(view) => Address::lanes(view.clone()),
            Link::Goroutine(id) => Address::Goroutine { id: id.clone() },
            Link::Group(name) => Address::group(name.clone()),
            Link::Profile(of) => Address::Profile {
                of: of.clone(),
                functions: false,
                order: Order::default(),
            },
            Link::Tasks(of) => Address::Tasks {
                of: Some(of.clone()),
                order: Order::default(),
            },
            Link::Task(id) => Address::Task {
                id: id.clone(),
                part: TaskPart::default(),
                order: Order::default(),
            },
            Link::Events(of) => Address::Events {
                of: of.clone(),
                order: Order::default(),
            },
            Link::Regions(of) => Address::Regions {
                of: Some(of.clone()),
                order: Order::default(),
            },
        }
    }

    /// The timeline as it is.
    pub fn timeline(self) -> Timeline {
        self.timeline_at(self.target(), self.selection.get_untracked())
    }

    /// The timeline with this view.
    pub fn timeline_at(self, view: View, selection: Option<Selection>) -> Timeline {
        let home = self.home();
        let at_home = view.start <= home.start && view.end >= home.end;
        Timeline {
            view: self.lane_view.get_untracked(),
            range: (!at_home || view.width() > home.width()).then_some((view.start, view.end)),
            selection,
            axis: self.axis.get_untracked(),
            marks: untrack(|| self.timing_look().marks),
            layout: self.lanes.with_untracked(|lanes| lanes.layout.clone()),
            by_function: self.by_function.get_untracked(),
            find: self.find.in_address(),
        }
    }

    /// Shows an address, without touching the history.
    pub fn apply(self, address: Address, scroll: Option<f64>) {
        if let Address::Timeline(Timeline {
            view,
            range,
            selection,
            axis,
            marks,
            find,
            ..
        }) = &address
            && self.is_open_now()
        {
            self.take_timing(*axis, marks);
            self.take_find(find.as_deref());
            if self.lane_view.with_untracked(|now| now == view) {
                let now = self.view.get_untracked();
                let home = self.home();
                let (start, end) = range.unwrap_or((home.start, home.end));
                let view = View {
                    start,
                    end,
                    scroll: scroll.unwrap_or(now.scroll),
                };
                let view = self.kept(view.clamped(self.limits()));
                if view != now {
                    self.view.set(view);
                }
            } else {
                self.arrange(view.clone(), *range, scroll.unwrap_or(0.0));
            }
            self.set_selection(*selection);
        }
        if self.address.with_untracked(|now| *now != address) {
            self.address.set(address);
        }
    }

    /// Writes down that the timeline moved: in one step with the moves just before, if it `glides`.
    pub fn moved(self, glides: bool) {
        let now = window().performance().map_or(0.0, |clock| clock.now());
        let address = Address::Timeline(self.timeline());
        let push = self.track.try_update_value(|track| {
            let pause = track.moved.is_none_or(|moved| now - moved > PAUSE);
            // What comes after a jump is a step of its own.
            track.moved = glides.then_some(now);
            pause || !glides
        });
        if push == Some(true) {
            self.settle();
            self.record(&address, Entry::Push);
            self.address.set(address);
            return;
        }
        self.settle_soon();
    }

    /// Writes down how the lanes are.
    pub fn note_lanes(self) {
        self.settle_soon();
    }

    /// Brings the address up to date within a moment.
    fn settle_soon(self) {
        let schedule = self.track.try_update_value(|track| {
            track.late = true;
            !std::mem::replace(&mut track.scheduled, true)
        });
        if schedule == Some(true) {
            let settle = move || {
                self.track.update_value(|track| track.scheduled = false);
                self.settle();
            };
            set_timeout(settle, std::time::Duration::from_millis(STEP));
        }
    }

    /// Brings the address up to date with the view.
    pub(super) fn settle(self) {
        let late = self
            .track
            .try_update_value(|track| std::mem::take(&mut track.late));
        let on_timeline = self
            .address
            .with_untracked(|address| address.tab() == Tab::Timeline);
        if late == Some(true) && on_timeline {
            let address = Address::Timeline(self.timeline());
            self.record(&address, Entry::Replace);
            self.address.set(address);
        }
    }

    /// Writes the selection into the address.
    pub fn selection_changed(self) {
        self.track.update_value(|track| track.late = true);
        self.settle();
    }

    /// One step back, if there is one in this page.
    pub fn back(self) {
        self.settle();
        if self.track.with_value(|track| track.depth > 0)
            && let Ok(history) = window().history()
        {
            history.back().or_warn("going back");
        }
    }

    /// An address of the page with the part of time that it is about.
    pub fn href(self, address: &Address) -> String {
        Place {
            address: address.clone(),
            scope: self.scope.get_untracked(),
            part: self.part.get_untracked(),
        }
        .print()
    }

    /// One step forward again, if there is one in this page.
    pub fn forward(self) {
        self.settle();
        if self.track.with_value(|track| track.depth < track.furthest)
            && let Ok(history) = window().history()
        {
            history.forward().or_warn("going forward");
        }
    }

    fn count_steps(self) {
        let steps = self
            .track
            .with_value(|track| (track.depth, track.furthest.saturating_sub(track.depth)));
        if self.steps.get_untracked() != steps {
            self.steps.set(steps);
        }
    }

    /// What was done before is no step of this trace.
    pub fn forget_steps(self) {
        self.track.set_value(Track::default());
        self.count_steps();
    }

    /// Writes an address into the history.
    pub fn record(self, address: &Address, entry: Entry) {
        let text = self.href(address);
        let same = window().location().hash().is_ok_and(|hash| hash == text);
        let entry = if same { Entry::Replace } else { entry };
        let depth = self.track.try_update_value(|track| {
            if entry == Entry::Push {
                track.depth += 1;
                track.furthest = track.depth;
            }
            track.depth
        });
        self.count_steps();
        let scroll = self.view.with_untracked(|view| view.scroll);
        let state: JsValue =
            js_sys::Array::of2(&depth.unwrap_or_default().into(), &scroll.into()).into();
        let Ok(history) = window().history() else {
            return;
        };
        match entry {
            Entry::Push => history.push_state_with_url(&state, "", Some(&text)),
            Entry::Replace => history.replace_state_with_url(&state, "", Some(&text)),
        }
        .or_warn("writing the address");
    }
}
