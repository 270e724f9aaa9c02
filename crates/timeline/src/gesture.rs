//! Mouse, pen and fingers on the timeline: events with their times in, what they mean out. Pure: a sequence of events
//! always means the same.
//!
//! The caller says where a button or finger went down ([`Zone`]) and does what comes out ([`Outcome`]). Lengths are CSS
//! pixels, times are milliseconds on any clock that only rises.

/// A place, CSS pixels from the canvas' top left.
pub type Point = (f64, f64);

/// A mouse's button that is released within this many pixels of where it was pressed is a click.
const MOUSE_SLOP: f64 = 4.0;

/// The same for a finger, which is never still.
const TOUCH_SLOP: f64 = 9.0;

/// A finger that is held this long, ms, without moving asks what is there.
const LONG_PRESS: f64 = 480.0;

/// Two clicks within this time, ms, are a double click…
const DOUBLE: f64 = 400.0;

/// …if they are no further apart than this for a mouse, and for a finger.
const DOUBLE_APART: (f64, f64) = (6.0, 28.0);

/// A drag is kept to one axis if it begins with this many times more of it than of the other.
const CLEARLY: f64 = 3.0;

/// So far off its axis a drag is free.
const OFF_AXIS: f64 = 28.0;

/// A hand that rested this long, ms, before it let go throws nothing.
const RESTED: f64 = 70.0;

/// The speed of a throw is that of the last so many ms.
const THROWN: f64 = 90.0;

/// Slower than this, pixels per ms, nothing is thrown.
const LEAST_SPEED: f64 = 0.18;

/// Nothing is thrown faster than this, pixels per ms.
const MOST_SPEED: f64 = 6.0;

/// Fingers nearer than this count as this far apart: the next pixel must not double the scale.
const LEAST_APART: f64 = 24.0;

/// What points.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Device {
    /// A mouse, a trackpad's pointer or a pen.
    Mouse,
    /// A finger.
    Touch,
}

/// Where a button or finger went down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Zone {
    /// On the lanes.
    Lanes,
    /// On the lanes' names, which are not on the axis of time.
    Names,
    /// On the time axis.
    Ruler,
    /// On a thing of the time axis that can be moved: the caller's number for it.
    Flag(u32),
}

/// What happened.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Input {
    /// A button or finger went down.
    Down {
        /// Tells fingers apart.
        id: i32,
        /// Where.
        at: Point,
        /// What it is.
        device: Device,
        /// On what.
        zone: Zone,
        /// Whether Shift is held.
        shift: bool,
    },
    /// It moved.
    Move {
        /// Which.
        id: i32,
        /// To where.
        at: Point,
    },
    /// It was lifted.
    Up {
        /// Which.
        id: i32,
        /// Where.
        at: Point,
    },
    /// The browser took it away, or the user pressed Escape.
    Cancel,
    /// Time passed: see [`Gesture::due`].
    Tick,
}

/// What it means.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Outcome {
    /// Something is being dragged from now on.
    Began,
    /// Nothing is any more.
    Ended,
    /// What is seen moves along.
    Pan {
        /// To the right.
        dx: f64,
        /// Down.
        dy: f64,
    },
    /// Two fingers spread or close.
    Pinch {
        /// The place that stays under them.
        at: Point,
        /// How much wider they stand: above 1 zooms in.
        scale: f64,
        /// How their middle moved, to the right.
        dx: f64,
        /// The same, down.
        dy: f64,
    },
    /// The hand let go while it moved: what is seen goes on at this speed, pixels per ms.
    Fling {
        /// To the right.
        vx: f64,
        /// Down.
        vy: f64,
    },
    /// A range is being drawn.
    Range {
        /// Where it was begun.
        from: f64,
        /// Where the pointer is.
        to: f64,
    },
    /// A range was drawn.
    RangeDone {
        /// Where it was begun.
        from: f64,
        /// Where it ended.
        to: f64,
    },
    /// A flag is being moved.
    Slide {
        /// Which.
        flag: u32,
        /// To where.
        x: f64,
    },
    /// A flag was moved.
    SlideDone {
        /// Which.
        flag: u32,
        /// To where.
        x: f64,
    },
    /// A click or a tap.
    Click {
        /// Where.
        at: Point,
        /// With what.
        device: Device,
        /// On what.
        zone: Zone,
    },
    /// The second of two clicks or taps.
    DoubleClick {
        /// Where.
        at: Point,
    },
    /// A finger was held.
    LongPress {
        /// Where.
        at: Point,
    },
}

/// A finger, or the mouse with its button down.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Finger {
    id: i32,
    /// Where it went down.
    from: Point,
    /// Where it is.
    at: Point,
    device: Device,
    zone: Zone,
    shift: bool,
    since: f64,
}

/// To which axis a drag is kept.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Lock {
    Free,
    Horizontal,
    Vertical,
    /// Names: never to the side.
    Always,
}

#[derive(Clone, Copy, PartialEq, Debug, Default)]
enum State {
    #[default]
    Rest,
    /// Down, and not moved yet.
    Held(Finger),
    Pan {
        finger: Finger,
        lock: Lock,
        /// How far it went off its axis.
        off: f64,
    },
    Range(Finger),
    Slide(Finger, u32),
    Pinch(Finger, Finger),
    /// What it meant was said; it only has to be lifted.
    Spent(i32),
}

/// The last places of a finger, for its speed.
#[derive(Clone, Copy, Debug, Default)]
struct Trail {
    places: [(f64, Point); 12],
    count: usize,
}

impl Trail {
    fn begin(&mut self, time: f64, at: Point) {
        self.count = 0;
        self.add(time, at);
    }

    fn add(&mut self, time: f64, at: Point) {
        if self.count == self.places.len() {
            self.places.copy_within(1.., 0);
            self.count -= 1;
        }
        self.places[self.count] = (time, at);
        self.count += 1;
    }

    /// Pixels per ms at `now`.
    fn speed(&self, now: f64) -> Point {
        let places = &self.places[..self.count];
        let Some(&(last, end)) = places.last() else {
            return (0.0, 0.0);
        };
        if now - last > RESTED {
            return (0.0, 0.0);
        }
        let old = places.partition_point(|(time, _)| now - time > THROWN);
        // Of a page that is slow there may be hardly any: then how it came to the last counts.
        let first = old.min(places.len().saturating_sub(2));
        let (first, start) = places[first];
        // Two events of one moment tell no speed.
        let passed = (last - first).max(8.0);
        ((end.0 - start.0) / passed, (end.1 - start.1) / passed)
    }
}

/// What fingers and buttons do at present.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gesture {
    state: State,
    trail: Trail,
    /// The last click: when and where.
    clicked: Option<(f64, Point)>,
}

impl Gesture {
    /// Nothing is down.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether something is held down.
    pub fn is_down(&self) -> bool {
        self.state != State::Rest
    }

    /// When a [`Input::Tick`] is wanted, ms; `None` if none is.
    pub fn due(&self) -> Option<f64> {
        match self.state {
            State::Held(finger) if finger.device == Device::Touch => {
                Some(finger.since + LONG_PRESS)
            }
            _ => None,
        }
    }

    /// Something happened at `now`: what it means, in order.
    pub fn feed(&mut self, input: Input, now: f64) -> Vec<Outcome> {
        let mut out = Vec::new();
        match input {
            Input::Down {
                id,
                at,
                device,
                zone,
                shift,
            } => {
                let finger = Finger {
                    id,
                    from: at,
                    at,
                    device,
                    zone,
                    shift,
                    since: now,
                };
                self.down(finger, now, &mut out);
            }
            Input::Move { id, at } => self.moved(id, at, now, &mut out),
            Input::Up { id, at } => self.up(id, at, now, &mut out),
            Input::Cancel => self.cancel(&mut out),
            Input::Tick => {
                if self.due().is_some_and(|due| now >= due)
                    && let State::Held(finger) = self.state
                {
                    self.state = State::Spent(finger.id);
                    out.push(Outcome::LongPress { at: finger.at });
                }
            }
        }
        out
    }

    fn down(&mut self, finger: Finger, now: f64, out: &mut Vec<Outcome>) {
        match self.state {
            State::Rest => {
                self.trail.begin(now, finger.at);
                self.state = State::Held(finger);
            }
            // A second finger.
            State::Held(first) | State::Pan { finger: first, .. }
                if first.device == Device::Touch
                    && finger.device == Device::Touch
                    && first.id != finger.id =>
            {
                if matches!(self.state, State::Held(_)) {
                    out.push(Outcome::Began);
                }
                self.clicked = None;
                self.state = State::Pinch(first, finger);
            }
            // A button that was never lifted, as far as is known.
            State::Held(first) if first.id == finger.id => self.state = State::Held(finger),
            _ => {}
        }
    }

    fn moved(&mut self, id: i32, at: Point, now: f64, out: &mut Vec<Outcome>) {
        match &mut self.state {
            State::Held(finger) if finger.id == id => {
                let slop = match finger.device {
                    Device::Mouse => MOUSE_SLOP,
                    Device::Touch => TOUCH_SLOP,
                };
                finger.at = at;
                let (dx, dy) = (at.0 - finger.from.0, at.1 - finger.from.1);
                let draws = finger.zone == Zone::Ruler || finger.shift;
                let far = match finger.zone {
                    // Only the way along the axis counts.
                    Zone::Flag(_) => dx.abs(),
                    Zone::Ruler => dx.abs(),
                    Zone::Lanes if draws => dx.abs(),
                    _ => dx.abs().max(dy.abs()),
                };
                if far <= slop {
                    return;
                }
                let finger = *finger;
                self.clicked = None;
                out.push(Outcome::Began);
                match finger.zone {
                    Zone::Flag(flag) => {
                        self.state = State::Slide(finger, flag);
                        out.push(Outcome::Slide { flag, x: at.0 });
                    }
                    Zone::Ruler | Zone::Lanes if draws => {
                        self.state = State::Range(finger);
                        let from = finger.from.0;
                        out.push(Outcome::Range { from, to: at.0 });
                    }
                    zone => {
                        let lock = match zone {
                            Zone::Names => Lock::Always,
                            _ if dx.abs() > CLEARLY * dy.abs() => Lock::Horizontal,
                            _ if dy.abs() > CLEARLY * dx.abs() => Lock::Vertical,
                            _ => Lock::Free,
                        };
                        // From where it went down, so that what was grabbed is under it again.
                        let start = Finger {
                            at: finger.from,
                            ..finger
                        };
                        self.state = State::Pan {
                            finger: start,
                            lock,
                            off: 0.0,
                        };
                        self.pan(at, now, out);
                    }
                }
            }
            State::Pan { finger, .. } if finger.id == id => self.pan(at, now, out),
            State::Range(finger) if finger.id == id => {
                finger.at = at;
                let from = finger.from.0;
                out.push(Outcome::Range { from, to: at.0 });
            }
            State::Slide(finger, flag) if finger.id == id => {
                finger.at = at;
                out.push(Outcome::Slide {
                    flag: *flag,
                    x: at.0,
                });
            }
            State::Pinch(a, b) if a.id == id || b.id == id => {
                let before = (a.at, b.at);
                if a.id == id {
                    a.at = at;
                } else {
                    b.at = at;
                }
                let after = (a.at, b.at);
                let middle = |(a, b): (Point, Point)| ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
                let apart = |(a, b): (Point, Point)| (a.0 - b.0).hypot(a.1 - b.1).max(LEAST_APART);
                let (old, new) = (middle(before), middle(after));
                out.push(Outcome::Pinch {
                    at: new,
                    scale: apart(after) / apart(before),
                    dx: new.0 - old.0,
                    dy: new.1 - old.1,
                });
            }
            _ => {}
        }
    }

    fn pan(&mut self, at: Point, now: f64, out: &mut Vec<Outcome>) {
        let State::Pan { finger, lock, off } = &mut self.state else {
            return;
        };
        self.trail.add(now, at);
        let (dx, dy) = (at.0 - finger.at.0, at.1 - finger.at.1);
        finger.at = at;
        let (dx, dy) = match lock {
            Lock::Free => (dx, dy),
            Lock::Always => (0.0, dy),
            Lock::Horizontal => {
                *off += dy;
                (dx, 0.0)
            }
            Lock::Vertical => {
                *off += dx;
                (0.0, dy)
            }
        };
        if *lock != Lock::Always && off.abs() > OFF_AXIS {
            *lock = Lock::Free;
        }
        if dx != 0.0 || dy != 0.0 {
            out.push(Outcome::Pan { dx, dy });
        }
    }

    fn up(&mut self, id: i32, at: Point, now: f64, out: &mut Vec<Outcome>) {
        match self.state {
            State::Held(finger) if finger.id == id => {
                self.state = State::Rest;
                self.click(finger, now, out);
            }
            State::Pan { finger, lock, .. } if finger.id == id => {
                self.state = State::Rest;
                out.push(Outcome::Ended);
                let (vx, vy) = self.trail.speed(now);
                let (vx, vy) = match lock {
                    Lock::Free => (vx, vy),
                    Lock::Horizontal => (vx, 0.0),
                    Lock::Vertical | Lock::Always => (0.0, vy),
                };
                let speed = vx.hypot(vy);
                if speed >= LEAST_SPEED {
                    let kept = (MOST_SPEED / speed).min(1.0);
                    out.push(Outcome::Fling {
                        vx: vx * kept,
                        vy: vy * kept,
                    });
                }
            }
            State::Range(finger) if finger.id == id => {
                self.state = State::Rest;
                out.push(Outcome::Ended);
                let from = finger.from.0;
                out.push(Outcome::RangeDone { from, to: at.0 });
            }
            State::Slide(finger, flag) if finger.id == id => {
                self.state = State::Rest;
                out.push(Outcome::Ended);
                out.push(Outcome::SlideDone { flag, x: at.0 });
            }
            // The finger that stays goes on panning.
            State::Pinch(a, b) if a.id == id || b.id == id => {
                let finger = if a.id == id { b } else { a };
                self.trail.begin(now, finger.at);
                self.state = State::Pan {
                    finger,
                    lock: Lock::Free,
                    off: 0.0,
                };
            }
            State::Spent(held) if held == id => self.state = State::Rest,
            _ => {}
        }
    }

    fn click(&mut self, finger: Finger, now: f64, out: &mut Vec<Outcome>) {
        let Finger {
            from: at,
            device,
            zone,
            ..
        } = finger;
        let apart = match device {
            Device::Mouse => DOUBLE_APART.0,
            Device::Touch => DOUBLE_APART.1,
        };
        let second = self.clicked.take().is_some_and(|(time, place)| {
            now - time <= DOUBLE && (at.0 - place.0).hypot(at.1 - place.1) <= apart
        });
        if second {
            out.push(Outcome::DoubleClick { at });
        } else {
            self.clicked = Some((now, at));
            out.push(Outcome::Click { at, device, zone });
        }
    }

    fn cancel(&mut self, out: &mut Vec<Outcome>) {
        match self.state {
            State::Rest | State::Held(_) | State::Spent(_) => {}
            _ => out.push(Outcome::Ended),
        }
        self.state = State::Rest;
        self.clicked = None;
    }
}

#[cfg(test)]
mod tests;
