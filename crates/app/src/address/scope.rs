//! What a profile, a list of regions or a list of tasks is of, in an address.

use super::text::{Printer, Query};
use crate::protocol::{
    GoroutinesOf, LONGEST_FILTER, Measure, ProfileName, ProfileOf, ProfileScope, RegionsOf, TasksOf,
};

pub(super) fn print_profile(of: &ProfileOf, text: &mut Printer) {
    text.path("profiles");
    text.path(of.kind.key());
    match &of.scope {
        ProfileScope::All => {}
        ProfileScope::Group(name) => text.pair("group", name),
        ProfileScope::Goroutine(id) => text.pair("goroutine", id),
        ProfileScope::Regions(regions) => print_regions(regions, "region", text),
        ProfileScope::Tasks(tasks) => print_tasks(tasks, "tasks", text),
        ProfileScope::Task(id) => text.pair("task", id),
    }
    if of.complete {
        text.pair("complete", "1");
    }
}

pub(super) fn parse_profile(kind: Option<&str>, query: &Query) -> Option<ProfileOf> {
    let scope = query
        .value("group")
        .map(ProfileScope::Group)
        .or_else(|| query.value("goroutine").map(ProfileScope::Goroutine))
        .or_else(|| parse_regions("region", query).map(ProfileScope::Regions))
        .or_else(|| parse_tasks("tasks", query).map(ProfileScope::Tasks))
        .or_else(|| query.value("task").map(ProfileScope::Task));
    Some(ProfileOf {
        kind: match kind {
            None => ProfileName::ALL[0],
            Some(key) => ProfileName::from_key(key)?,
        },
        scope: scope.unwrap_or_default(),
        complete: query.is_set("complete"),
    })
}

pub(super) fn print_goroutines(of: Option<&GoroutinesOf>, measure: Measure, text: &mut Printer) {
    match of {
        None if measure == Measure::Sum => {}
        None => text.pair("show", measure.key()),
        Some(of) => {
            match &of.group {
                Some(group) => text.pair("group", group),
                None => text.pair("all", "1"),
            }
            text.maybe("by", of.by.as_deref());
            print_bounds((of.shortest, of.longest, None), text);
        }
    }
}

pub(super) fn parse_goroutines(query: &Query) -> Option<GoroutinesOf> {
    let group = query.value("group");
    (group.is_some() || query.is_set("all")).then(|| GoroutinesOf {
        group,
        by: query.value("by"),
        shortest: nanos(query, "min"),
        longest: nanos(query, "max"),
    })
}

pub(super) fn parse_measure(query: &Query) -> Measure {
    if parse_goroutines(query).is_some() {
        return Measure::Sum;
    }
    let key = query.value("show");
    key.and_then(|key| Measure::from_key(&key))
        .unwrap_or_default()
}

/// `key` holds the type's name: one that may be empty.
pub(super) fn print_regions(of: &RegionsOf, key: &str, text: &mut Printer) {
    text.pair(key, &of.name);
    text.maybe("at", of.place.as_deref());
    if of.inherited {
        text.pair("inherited", "1");
    }
    print_bounds((of.shortest, of.longest, of.complete), text);
}

pub(super) fn parse_regions(key: &str, query: &Query) -> Option<RegionsOf> {
    Some(RegionsOf {
        name: query.value(key)?,
        place: query.value("at"),
        inherited: query.is_set("inherited"),
        shortest: nanos(query, "min"),
        longest: nanos(query, "max"),
        complete: whole(query),
    })
}

pub(super) fn print_tasks(of: &TasksOf, key: &str, text: &mut Printer) {
    match &of.name {
        Some(name) => text.pair(key, name),
        None => text.pair("all", "1"),
    }
    print_bounds((of.shortest, of.longest, of.complete), text);
    if !of.text.is_empty() {
        text.pair("text", &of.text);
    }
}

pub(super) fn parse_tasks(key: &str, query: &Query) -> Option<TasksOf> {
    let name = query.value(key);
    (name.is_some() || query.is_set("all")).then(|| TasksOf {
        name,
        shortest: nanos(query, "min"),
        longest: nanos(query, "max"),
        complete: whole(query),
        text: query.value("text").unwrap_or_default(),
    })
}

type Bounds = (Option<u64>, Option<u64>, Option<bool>);

fn print_bounds((shortest, longest, whole): Bounds, text: &mut Printer) {
    let number = |nanos: u64| nanos.to_string();
    text.maybe("min", shortest.map(number).as_deref());
    text.maybe("max", longest.map(number).as_deref());
    text.maybe("whole", whole.map(|whole| if whole { "1" } else { "0" }));
}

fn nanos(query: &Query, key: &str) -> Option<u64> {
    let nanos: u64 = query.value(key)?.parse().ok()?;
    Some(nanos.min(LONGEST_FILTER))
}

fn whole(query: &Query) -> Option<bool> {
    match query.value("whole")?.as_str() {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}
