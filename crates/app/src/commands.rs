//! What the keyboard can do: one list that makes the handlers and the help. Pure.

use crate::address::Tab;

/// A command that a key calls.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Command {
    /// Choose a file.
    Open,
    /// List the keys.
    Help,
    /// Leave: close what is open, else drop the selection.
    Leave,
    /// Undo the last move of the timeline.
    Undo,
    /// Type the range of time that the page is about.
    TypeRange,
    /// Zoom to the range.
    FitRange,
    /// Do again what was undone.
    Redo,
    /// To a tab.
    Show(Tab),
    /// Find something on the timeline; into the filter of a table's rows.
    Find,
    /// To the next hit.
    NextHit,
    /// To the hit before.
    PreviousHit,
    /// Find what has something in common with what is selected.
    FindSame,
    /// Show more detail.
    ZoomIn,
    /// Show more time.
    ZoomOut,
    /// Earlier.
    PanLeft,
    /// Later.
    PanRight,
    /// Show what is selected.
    FitSelection,
    /// Show all.
    ShowAll,
    /// To the trace's beginning.
    Start,
    /// To the trace's end.
    End,
    /// The same lane's span before; earlier if nothing is selected.
    Previous,
    /// The same lane's span after; later if nothing is selected.
    Next,
    /// What woke or created the selected one.
    Cause,
    /// Whom the selected one woke or created next.
    Effect,
    /// The next of the same kind in the same lane.
    SameKind {
        /// Later, or earlier.
        forward: bool,
    },
    /// Where the same goroutine ran next.
    SameGoroutine {
        /// Later, or earlier.
        forward: bool,
    },
    /// Show the whole life of the selected goroutine.
    FitLife,
    /// Show the whole of the selected one's task.
    FitTask,
    /// Set a mark.
    AddMark,
    /// To the next mark.
    NextMark,
    /// Have the time axis count from something else.
    NextAxis,
    /// Have the time axis count from here.
    SetOrigin,
    /// Type a time to go to.
    TypeTime,
    /// Lanes above.
    LanesUp,
    /// Lanes below.
    LanesDown,
    /// A page of lanes up.
    LanesPageUp,
    /// A page of lanes down.
    LanesPageDown,
    /// Fold all groups.
    FoldAll,
    /// Unfold all groups.
    UnfoldAll,
    /// Show or hide the panel at the right.
    TogglePanel,
    /// Arrange the lanes by proc.
    LanesByProc,
    /// Arrange the lanes by thread.
    LanesByThread,
    /// The lanes of the selected goroutine and of those that unblocked it.
    LanesOfGoroutine,
    /// The lanes of the selected task.
    LanesOfTask,
    /// Draw arrows for all that is seen, or only for the selection.
    ToggleArrows,
    /// Pin the lane that is selected or pointed at, or no longer.
    PinLane,
    /// Hide it.
    HideLane,
    /// Show its regions and stacks over time, or no longer.
    LaneStacks,
    /// Open its menu.
    LaneMenu,
    /// Colour procs by function, or by state.
    ByFunction,
    /// Into the filter of lanes.
    FilterLanes,
}

/// Where a command works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Anywhere.
    Everywhere,
    /// Once a trace is open.
    Trace,
    /// On the timeline.
    Timeline,
}

impl Place {
    /// All, in the order of the help.
    pub const ALL: [Self; 3] = [Self::Timeline, Self::Trace, Self::Everywhere];

    /// The heading in the help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::Trace => "With a trace open",
            Self::Timeline => "On the timeline",
        }
    }
}

/// A key: by what it types, and by where it lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    /// What it types (`KeyboardEvent.key`), small letters.
    pub types: &'static str,
    /// Where it lies on the board (`KeyboardEvent.code`), so that it serves other layouts; empty if that does not matter.
    pub code: &'static str,
    /// With Control (or Command).
    pub control: bool,
    /// With Shift. Without it, Shift does not matter: some signs cannot be typed otherwise.
    pub shift: bool,
    /// What the help calls it.
    pub label: &'static str,
}

/// A command with what is known about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Which.
    pub command: Command,
    /// Its name in the help.
    pub name: &'static str,
    /// Where it works.
    pub place: Place,
    /// Its keys, the most usual first.
    pub keys: &'static [Key],
}

const fn key(types: &'static str, code: &'static str, label: &'static str) -> Key {
    Key {
        types,
        code,
        control: false,
        shift: false,
        label,
    }
}

const fn shifted(types: &'static str, code: &'static str, label: &'static str) -> Key {
    Key {
        shift: true,
        ..key(types, code, label)
    }
}

const fn tab(tab: Tab, keys: &'static [Key]) -> Entry {
    entry(Command::Show(tab), Place::Trace, tab.title(), keys)
}

const fn entry(command: Command, place: Place, name: &'static str, keys: &'static [Key]) -> Entry {
    Entry {
        command,
        name,
        place,
        keys,
    }
}

/// All commands, in the order of the help.
pub const ALL: &[Entry] = {
    use Command as C;
    use Place::{Everywhere, Timeline, Trace};
    &[
        entry(
            C::ZoomIn,
            Timeline,
            "Zoom in, at the pointer",
            &[key("w", "KeyW", "W"), key("+", "", "+"), key("=", "", "=")],
        ),
        entry(
            C::ZoomOut,
            Timeline,
            "Zoom out",
            &[key("s", "KeyS", "S"), key("-", "", "−")],
        ),
        entry(C::PanLeft, Timeline, "Earlier", &[key("a", "KeyA", "A")]),
        entry(C::PanRight, Timeline, "Later", &[key("d", "KeyD", "D")]),
        entry(
            C::ShowAll,
            Timeline,
            "Show the whole trace",
            &[key("0", "Digit0", "0"), key("z", "", "Z")],
        ),
        entry(
            C::FitSelection,
            Timeline,
            "Zoom to the selection",
            &[key("f", "KeyF", "F")],
        ),
        entry(
            C::FitRange,
            Timeline,
            "Zoom to the range",
            &[key("enter", "", "Enter")],
        ),
        entry(
            C::FitLife,
            Timeline,
            "Zoom to the goroutine's life",
            &[shifted("f", "KeyF", "Shift F")],
        ),
        entry(
            C::Previous,
            Timeline,
            "Previous span of the lane (earlier, if nothing is selected)",
            &[key("arrowleft", "", "←"), key(",", "", ",")],
        ),
        entry(
            C::Next,
            Timeline,
            "Next span of the lane (later, if nothing is selected)",
            &[key("arrowright", "", "→"), key(".", "", ".")],
        ),
        entry(
            C::Cause,
            Timeline,
            "Go to what woke or created the selected one",
            &[key("u", "KeyU", "U")],
        ),
        entry(
            C::Effect,
            Timeline,
            "Go to whom it woke or created next",
            &[shifted("u", "KeyU", "Shift U")],
        ),
        entry(
            C::SameKind { forward: true },
            Timeline,
            "Next of the same state in the lane",
            &[key("j", "KeyJ", "J")],
        ),
        entry(
            C::SameKind { forward: false },
            Timeline,
            "Previous of the same state",
            &[shifted("j", "KeyJ", "Shift J")],
        ),
        entry(
            C::SameGoroutine { forward: true },
            Timeline,
            "Where the goroutine ran next, on any proc",
            &[key("b", "KeyB", "B")],
        ),
        entry(
            C::SameGoroutine { forward: false },
            Timeline,
            "Where it ran before",
            &[shifted("b", "KeyB", "Shift B")],
        ),
        entry(
            C::AddMark,
            Timeline,
            "Set a mark: at the selection, else the pointer",
            &[key("m", "KeyM", "M")],
        ),
        entry(
            C::NextMark,
            Timeline,
            "To the next mark",
            &[shifted("m", "KeyM", "Shift M")],
        ),
        entry(
            C::TypeTime,
            Timeline,
            "Type a time to go to",
            &[key("@", "", "@")],
        ),
        entry(
            C::NextAxis,
            Timeline,
            "Time since the start, the origin, or by the clock",
            &[key("y", "KeyY", "Y")],
        ),
        entry(
            C::SetOrigin,
            Timeline,
            "Count time from here: the selection, else the pointer",
            &[shifted("y", "KeyY", "Shift Y")],
        ),
        entry(C::LanesUp, Timeline, "Lanes up", &[key("arrowup", "", "↑")]),
        entry(
            C::LanesDown,
            Timeline,
            "Lanes down",
            &[key("arrowdown", "", "↓")],
        ),
        entry(
            C::LanesPageUp,
            Timeline,
            "A page of lanes up",
            &[key("pageup", "", "Page up")],
        ),
        entry(
            C::LanesPageDown,
            Timeline,
            "A page of lanes down",
            &[key("pagedown", "", "Page down")],
        ),
        entry(
            C::Start,
            Timeline,
            "To the beginning",
            &[key("home", "", "Home")],
        ),
        entry(C::End, Timeline, "To the end", &[key("end", "", "End")]),
        entry(
            C::FoldAll,
            Timeline,
            "Fold all groups",
            &[key("[", "", "[")],
        ),
        entry(
            C::UnfoldAll,
            Timeline,
            "Unfold all groups",
            &[key("]", "", "]")],
        ),
        entry(
            C::TogglePanel,
            Timeline,
            "Show or hide the panel",
            &[key("q", "", "Q")],
        ),
        entry(
            C::LanesByProc,
            Timeline,
            "Lanes by proc",
            &[key("p", "KeyP", "P")],
        ),
        entry(
            C::LanesByThread,
            Timeline,
            "Lanes by thread",
            &[key("t", "KeyT", "T")],
        ),
        entry(
            C::LanesOfGoroutine,
            Timeline,
            "The selected goroutine with those that unblocked it",
            &[key("g", "KeyG", "G")],
        ),
        entry(
            C::LanesOfTask,
            Timeline,
            "The selected task with its goroutines",
            &[key("k", "KeyK", "K")],
        ),
        entry(
            C::ToggleArrows,
            Timeline,
            "Arrows for all wake-ups, or only for the selection",
            &[key("l", "KeyL", "L")],
        ),
        entry(
            C::PinLane,
            Timeline,
            "Pin the lane that is pointed at or selected, or no longer",
            &[key("x", "KeyX", "X")],
        ),
        entry(
            C::HideLane,
            Timeline,
            "Hide that lane",
            &[Key {
                shift: true,
                ..key("x", "KeyX", "Shift X")
            }],
        ),
        entry(
            C::LaneStacks,
            Timeline,
            "Its regions and stacks over time",
            &[key("v", "KeyV", "V")],
        ),
        entry(
            C::ByFunction,
            Timeline,
            "Colour procs by function, or by state",
            &[key("c", "KeyC", "C")],
        ),
        entry(
            C::FilterLanes,
            Timeline,
            "Into the filter of lanes",
            &[key("i", "KeyI", "I")],
        ),
        entry(
            C::LaneMenu,
            Timeline,
            "Menu of that lane",
            &[
                Key {
                    shift: true,
                    ..key("f10", "", "Shift F10")
                },
                key("contextmenu", "", "Menu"),
            ],
        ),
        tab(Tab::Timeline, &[key("1", "Digit1", "1")]),
        tab(Tab::Goroutines, &[key("2", "Digit2", "2")]),
        tab(Tab::Tasks, &[key("3", "Digit3", "3")]),
        tab(Tab::Regions, &[key("4", "Digit4", "4")]),
        tab(Tab::Logs, &[key("5", "Digit5", "5")]),
        tab(Tab::Gc, &[key("6", "Digit6", "6")]),
        tab(Tab::Scheduler, &[key("7", "Digit7", "7")]),
        tab(Tab::Profiles, &[key("8", "Digit8", "8")]),
        tab(Tab::Events, &[key("9", "Digit9", "9")]),
        entry(
            C::Find,
            Trace,
            "Find on the timeline; filter rows of a table",
            &[key("/", "", "/")],
        ),
        entry(
            C::NextHit,
            Timeline,
            "Next hit of the search",
            &[key("n", "KeyN", "N")],
        ),
        entry(
            C::PreviousHit,
            Timeline,
            "The hit before",
            &[Key {
                shift: true,
                ..key("n", "KeyN", "Shift N")
            }],
        ),
        entry(
            C::FindSame,
            Timeline,
            "Highlight what has the selected one's goroutine; again: its group, function, stack…",
            &[key("e", "KeyE", "E")],
        ),
        entry(
            C::TypeRange,
            Trace,
            "Type a range of time, or drop it",
            &[key("r", "KeyR", "R")],
        ),
        entry(
            C::Undo,
            Trace,
            "Back to the view before",
            &[
                Key {
                    control: true,
                    ..key("z", "", "Ctrl Z")
                },
                key("backspace", "", "Backspace"),
            ],
        ),
        entry(
            C::Redo,
            Trace,
            "Forward again",
            &[
                Key {
                    control: true,
                    ..key("y", "", "Ctrl Y")
                },
                Key {
                    control: true,
                    ..shifted("z", "", "Ctrl Shift Z")
                },
            ],
        ),
        entry(
            C::Open,
            Everywhere,
            "Open a trace",
            &[key("o", "KeyO", "O")],
        ),
        entry(
            C::Help,
            Everywhere,
            "This list",
            &[key("?", "", "?"), key("h", "KeyH", "H")],
        ),
        entry(
            C::Leave,
            Everywhere,
            "Close, or drop the selection, then the range",
            &[key("escape", "", "Esc")],
        ),
    ]
};

/// Which commands can be called now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Situation {
    /// A trace is open.
    pub trace: bool,
    /// The timeline is what is seen.
    pub timeline: bool,
}

/// A key that was pressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Press<'a> {
    /// `KeyboardEvent.key`.
    pub types: &'a str,
    /// `KeyboardEvent.code`.
    pub code: &'a str,
    /// Control or Command is held.
    pub control: bool,
    /// Shift is held.
    pub shift: bool,
    /// Alt is held.
    pub alt: bool,
}

/// Where these lie comes before what their keys type: W A S D must lie together on every layout.
const PLACE_FIRST: [Command; 4] = [
    Command::ZoomIn,
    Command::ZoomOut,
    Command::PanLeft,
    Command::PanRight,
];

/// The command that this key calls here. But for W A S D, what the key types comes before where it lies, so that the
/// help is right on every layout.
pub fn called(press: Press<'_>, situation: Situation) -> Option<Command> {
    if press.alt {
        return None;
    }
    let types = press.types.to_lowercase();
    let works = |entry: &&Entry| match entry.place {
        Place::Everywhere => true,
        Place::Trace => situation.trace,
        Place::Timeline => situation.trace && situation.timeline,
    };
    let find = |shift: bool, fits: &dyn Fn(&Entry, &Key) -> bool| {
        ALL.iter()
            .filter(works)
            .find(|entry| {
                let mut keys = entry.keys.iter();
                keys.any(|key| {
                    key.control == press.control && key.shift == shift && fits(entry, key)
                })
            })
            .map(|entry| entry.command)
    };
    let lies = |key: &Key| !key.code.is_empty() && key.code == press.code;
    let found = |shift| {
        find(shift, &|entry, key| {
            PLACE_FIRST.contains(&entry.command) && lies(key)
        })
        .or_else(|| find(shift, &|_, key| key.types == types))
        .or_else(|| find(shift, &|_, key| lies(key)))
    };
    // What is called with Shift goes before what does not mind it.
    let shifted = if press.shift { found(true) } else { None };
    shifted.or_else(|| found(false))
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const TIMELINE: Situation = Situation {
        trace: true,
        timeline: true,
    };

    #[track_caller]
    fn check(types: &str, code: &str, situation: Situation, expected: Option<Command>) {
        let press = Press {
            types,
            code,
            control: false,
            shift: false,
            alt: false,
        };
        assert_eq!(called(press, situation), expected, "{types} {code}");
    }

    #[test]
    fn letters_and_places_call_commands() {
        check("w", "KeyW", TIMELINE, Some(Command::ZoomIn));
        check("W", "KeyW", TIMELINE, Some(Command::ZoomIn));
        // A French board: Z lies where W does elsewhere, W where Z does; Q lies where A does, and so on.
        check("z", "KeyW", TIMELINE, Some(Command::ZoomIn));
        check("w", "KeyZ", TIMELINE, Some(Command::ZoomIn));
        check("q", "KeyA", TIMELINE, Some(Command::PanLeft));
        check("a", "KeyQ", TIMELINE, Some(Command::PanLeft));
        check("z", "KeyZ", TIMELINE, Some(Command::ShowAll));
        check("ц", "KeyW", TIMELINE, Some(Command::ZoomIn));
        check("ArrowLeft", "ArrowLeft", TIMELINE, Some(Command::Previous));
        check("?", "Slash", TIMELINE, Some(Command::Help));
        check("x", "KeyX", TIMELINE, Some(Command::PinLane));
    }

    #[test]
    fn commands_work_in_their_place_only() {
        let tables = Situation {
            trace: true,
            timeline: false,
        };
        let empty = Situation {
            trace: false,
            timeline: false,
        };
        check("w", "KeyW", tables, None);
        check("2", "Digit2", tables, Some(Command::Show(Tab::Goroutines)));
        check("2", "Digit2", empty, None);
        check("o", "KeyO", empty, Some(Command::Open));
    }

    #[test]
    fn with_control_or_alt_the_browser_keeps_its_keys() {
        let press = |types, control, alt| Press {
            types,
            code: "",
            control,
            shift: false,
            alt,
        };
        assert_eq!(called(press("w", true, false), TIMELINE), None);
        assert_eq!(called(press("w", false, true), TIMELINE), None);
        let undo = called(press("z", true, false), TIMELINE);
        assert_eq!(undo, Some(Command::Undo));
    }

    #[test]
    fn every_key_calls_its_own_command() {
        for entry in ALL {
            for key in entry.keys {
                let press = Press {
                    types: key.types,
                    code: key.code,
                    control: key.control,
                    shift: key.shift,
                    alt: false,
                };
                assert_eq!(called(press, TIMELINE), Some(entry.command), "{key:?}");
            }
        }
    }
}
