//! What page and worker say to each other survives the way through JavaScript, in a real browser.
#![cfg(target_arch = "wasm32")]

use tracepane_app::interop::{envelope, from_worker};
use tracepane_app::protocol::{
    Answer, ArrowsShown, Ask, AxisChoice, AxisName, Cell, Fold, Found, FromWorker, GoroutinesOf,
    HitTo, JumpTo, LONGEST_FILTER, LaneLayout, LaneView, LanesState, Link, Look, MarkAt, Notice,
    ProfileName, ProfileOf, ProfileScope, Reply, Request, Row, RowsAnswer, RowsOf, SearchFound,
    Selection, SheetPiece, Table, TimingLook,
};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// The longest time that a number of JavaScript holds to the nanosecond.
const LONGEST: f64 = 9_007_199_254_740_991.0;

#[wasm_bindgen_test]
fn questions_arrive_as_they_were_asked() {
    let profile = ProfileOf {
        kind: ProfileName::Sched,
        scope: ProfileScope::Group("main.(*pool).query <b>&\u{1F600}".into()),
        complete: true,
    };
    let asks = [
        Ask::Attach,
        Ask::Look(Look {
            dims: true,
            by_function: true,
            band_scroll: 0.5,
            start: 0.5,
            end: LONGEST,
            scroll: 1e6,
            dark: true,
            pointer: Some((1.25, -3.0)),
            selection: Some(Selection::Span(u32::MAX)),
            arrows: true,
            range: None,
            timing: TimingLook {
                axis: AxisChoice {
                    name: AxisName::Origin,
                    origin: LONGEST,
                },
                zone: -90,
                marks: vec![MarkAt {
                    name: "<b>\u{1F600}".into(),
                    time: 0.5,
                }],
                cursor: Some(1.0),
            },
        }),
        Ask::Jump {
            from: Selection::Log(3),
            to: JumpTo::SameKind { forward: true },
        },
        Ask::Arrange(LaneView::Goroutine {
            id: "17".into(),
            depth: u32::MAX,
        }),
        Ask::Fold(Fold::All { folded: true }),
        Ask::Search {
            query: "log:\"<i>\" > 1µs".into(),
        },
        Ask::Hit {
            to: HitTo::Previous,
            selection: Some(Selection::Span(u32::MAX)),
            time: LONGEST,
        },
        Ask::Rows(RowsOf {
            table: Table::Profile(profile.clone()),
            sort: None,
            descending: true,
            filter: String::new(),
            first: 7,
            count: 50,
        }),
        Ask::ProfileFile(profile),
        Ask::Goroutine {
            id: i64::MIN.to_string(),
        },
    ];
    for (number, ask) in (1..).zip(asks) {
        let request = Request {
            number,
            scope: tracepane_app::protocol::TimeScope::new(3, 9_007_199_254_740_991),
            ask,
        };
        let message = envelope(&request, None, None).expect("a question becomes an object");
        let ask = js_sys::Reflect::get(&message, &"ask".into()).expect("with the question in it");
        let arrived: Request = serde_wasm_bindgen::from_value(ask).expect("that can be read");
        assert_eq!(arrived, request);
    }
}

#[wasm_bindgen_test]
fn answers_arrive_as_they_were_given() {
    let messages = [
        FromWorker::Notice(Notice::Ready),
        FromWorker::Notice(Notice::Painted {
            frame: u32::MAX,
            look: 3,
            whole: true,
            arrows: ArrowsShown::Drawn(u32::MAX),
        }),
        FromWorker::Reply(Reply {
            number: 1,
            answer: Err("no <b>trace</b> is open".into()),
        }),
        FromWorker::Reply(Reply {
            number: 2,
            answer: Ok(Answer::File {
                name: "a.sched.pb.gz".into(),
                bytes: (0..=255).collect(),
            }),
        }),
        FromWorker::Reply(Reply {
            number: 3,
            answer: Ok(Answer::Found(Some(Found {
                selection: Some(Selection::Group(1)),
                fold: Some(Fold::Procs),
                change: None,
                goes: false,
                tooltip: vec!["line".into(), String::new()],
                time: Some((0.0, LONGEST)),
            }))),
        }),
        FromWorker::Reply(Reply {
            number: 6,
            answer: Ok(Answer::Search(Box::new(SearchFound {
                query: "gc".into(),
                count: LONGEST,
                kinds: vec![("range".into(), LONGEST)],
                note: None,
            }))),
        }),
        FromWorker::Reply(Reply {
            number: 4,
            answer: Ok(Answer::Lanes(LanesState {
                height: 0.0,
                band: 0.0,
                count: 0,
                layout: LaneLayout::AS_OPENED,
                reveal: None,
                elsewhere: Some(LaneView::Threads),
            })),
        }),
        FromWorker::Reply(Reply {
            number: 5,
            answer: Ok(Answer::SheetPiece(SheetPiece {
                name: "a.goroutines.csv".into(),
                bytes: (0..=255).collect(),
                next: u32::MAX,
                matched: u32::MAX,
            })),
        }),
        FromWorker::Reply(Reply {
            number: 6,
            answer: Ok(Answer::Rows(Box::new(rows()))),
        }),
    ];
    for message in messages {
        let value = serde_wasm_bindgen::to_value(&message).expect("a message becomes an object");
        assert_eq!(from_worker(value).expect("that can be read"), message);
    }
}

/// Rows travel as one text: with everything in it that a text may be thought to change.
fn rows() -> RowsAnswer {
    RowsAnswer {
        of: RowsOf {
            table: Table::Goroutines(GoroutinesOf {
                group: Some("\u{1F600}\"<b>".into()),
                by: None,
                shortest: Some(0),
                longest: Some(LONGEST_FILTER),
            }),
            sort: Some("wait:select".into()),
            descending: true,
            filter: "ö".into(),
            first: 1,
            count: 2,
        },
        columns: Vec::new(),
        total: u32::MAX,
        matched: 3,
        rows: vec![Row {
            cells: vec![Cell {
                text: "\u{0}\\\"\n\u{2028}µ".into(),
                exact: None,
                share: Some(0.1 + 0.2),
                bars: vec![0.25, 1.0],
                link: Some(Link::Time(0.1, LONGEST)),
            }],
            stack: None,
            bar: vec![("running".into(), 1.0 / 3.0)],
        }],
        caption: String::new(),
    }
}

#[wasm_bindgen_test]
fn a_message_of_something_else_is_refused() {
    for value in [JsValue::NULL, "text".into(), js_sys::Object::new().into()] {
        assert!(from_worker(value).is_err());
    }
}
