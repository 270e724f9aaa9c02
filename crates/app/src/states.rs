//! The keys of states: how the worker names them and how the page's style colours them.

use tracepane_timeline::Class;
use tracepane_timeline::palette::Theme;

/// The key of a class.
pub fn key(class: Class) -> &'static str {
    match class {
        Class::Running => "running",
        Class::Runnable => "runnable",
        Class::Syscall => "syscall",
        Class::SyscallBlocked => "syscall-blocked",
        Class::Gc => "gc",
        Class::Sync => "sync",
        Class::Chan => "chan",
        Class::Network => "network",
        Class::Idle => "idle",
        Class::GcWork => "gc-work",
    }
}

/// Every key with its colour, as the timeline draws it.
pub fn colors(theme: Theme) -> Vec<(&'static str, u32)> {
    let colors = theme.colors();
    let classes = Class::ALL.into_iter();
    classes
        .map(|class| (key(class), colors.class(class)))
        .chain([
            ("gc-mark", colors.gc_mark),
            ("assist", colors.assist),
            ("sweep", colors.sweep),
            ("stw", colors.stw),
            ("heap", colors.heap),
            ("heap-goal", colors.heap_goal),
            ("region", colors.regions[0]),
            ("task", colors.task),
            ("log", colors.log),
            ("sample", colors.sample),
            ("dead", colors.grid),
        ])
        .collect()
}
