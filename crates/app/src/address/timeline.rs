//! What the timeline shows, in addresses.

use super::text::{Printer, Query};
use super::{lanes, layout, timing};
use crate::protocol::{AxisChoice, LaneLayout, LaneView, MarkAt, Selection};

/// What the timeline shows.
#[derive(Clone, PartialEq, Debug)]
pub struct Timeline {
    /// What its lanes are arranged by.
    pub view: LaneView,
    /// From when to when, ns; all that the lanes are about if `None`.
    pub range: Option<(f64, f64)>,
    /// What is selected.
    pub selection: Option<Selection>,
    /// What the time axis counts from.
    pub axis: AxisChoice,
    /// Moments that are marked.
    pub marks: Vec<MarkAt>,
    /// How its lanes were changed by hand.
    pub layout: LaneLayout,
    /// Whether procs are coloured by function.
    pub by_function: bool,
    /// What is looked for.
    pub find: Option<String>,
}

impl Timeline {
    /// All of the trace, with nothing selected.
    pub const WHOLE: Self = Self {
        view: LaneView::Procs,
        range: None,
        selection: None,
        axis: AxisChoice::START,
        marks: Vec::new(),
        layout: LaneLayout::AS_OPENED,
        by_function: false,
        find: None,
    };

    /// Writes the pairs that say it.
    pub(super) fn print(&self, text: &mut Printer) {
        let Self {
            view,
            range,
            selection,
            axis,
            marks,
            layout,
            by_function,
            find,
        } = self;
        lanes::print(view, text);
        print_range(*range, text);
        if let Some(selection) = selection {
            text.pair("sel", &print_selection(*selection));
        }
        timing::print(*axis, marks, text);
        layout::print(layout, *by_function, text);
        if let Some(find) = find {
            text.pair("find", find);
        }
    }

    /// Reads them; what it does not know it leaves out.
    pub(super) fn parse(query: &Query<'_>) -> Self {
        let (layout, by_function) = layout::parse(query);
        Self {
            layout,
            by_function,
            view: lanes::parse(query),
            range: parse_range(query),
            selection: query.value("sel").and_then(|text| parse_selection(&text)),
            axis: timing::parse_axis(query),
            marks: timing::parse_marks(query),
            find: query.value("find").filter(|find| !find.is_empty()),
        }
    }
}

/// Nanoseconds, to the thousandth.
pub(super) fn number(nanos: f64) -> String {
    let text = format!("{nanos:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn print_range(range: Option<(f64, f64)>, text: &mut Printer) {
    if let Some((start, end)) = range {
        text.pair("start", &number(start));
        text.pair("end", &number(end));
    }
}

fn parse_range(query: &Query<'_>) -> Option<(f64, f64)> {
    let bound = |key| query.value(key)?.parse::<f64>().ok();
    let (start, end) = (bound("start")?, bound("end")?);
    (start.is_finite() && end.is_finite() && start < end).then_some((start, end))
}

fn print_selection(selection: Selection) -> String {
    match selection {
        Selection::Span(at) => format!("span:{at}"),
        Selection::Range(at) => format!("range:{at}"),
        Selection::Region(at) => format!("region:{at}"),
        Selection::Goroutine(at) => format!("goroutine:{at}"),
        Selection::Group(at) => format!("group:{at}"),
        Selection::Log(at) => format!("log:{at}"),
        Selection::Sample(at) => format!("sample:{at}"),
        Selection::Task(at) => format!("task:{at}"),
    }
}

fn parse_selection(text: &str) -> Option<Selection> {
    let (kind, at) = text.split_once(':')?;
    let at = at.parse().ok()?;
    Some(match kind {
        "span" => Selection::Span(at),
        "range" => Selection::Range(at),
        "region" => Selection::Region(at),
        "goroutine" => Selection::Goroutine(at),
        "group" => Selection::Group(at),
        "log" => Selection::Log(at),
        "sample" => Selection::Sample(at),
        "task" => Selection::Task(at),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn what_is_looked_for_survives() {
        use crate::address::Address;
        for query in ["runnable > 1ms", "log:\"a&b=c?\" or -g:17", "ünï | (x)"] {
            let address = Address::Timeline(Timeline {
                find: Some(query.to_owned()),
                ..Timeline::WHOLE
            });
            assert_eq!(Address::parse(&address.print()), Some(address));
        }
    }

    #[test]
    fn every_selection_survives() {
        for selection in [
            Selection::Span(0),
            Selection::Range(1),
            Selection::Region(u32::MAX),
            Selection::Goroutine(3),
            Selection::Group(4),
            Selection::Log(5),
            Selection::Sample(6),
            Selection::Task(7),
        ] {
            assert_eq!(
                parse_selection(&print_selection(selection)),
                Some(selection)
            );
        }
    }
}
