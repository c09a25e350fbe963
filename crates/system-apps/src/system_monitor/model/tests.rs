//! The model of the System Monitor.

use super::*;
use abi::{
    CauseId,
    table::{CategoryMetrics, Severity},
};

fn event(seq: u64, kind: &str, pid: u64) -> Event {
    Event {
        seq,
        time_nanos: seq * 1_000,
        category: if kind == "denied" { EventCategory::Security } else { EventCategory::Syscall },
        severity: Severity::Info,
        kind: kind.into(),
        pid: Pid(pid),
        cause: CauseId::new(1, 1),
        a: 1_200,
        b: 0,
        label: String::new(),
    }
}

fn metrics(total: u64) -> Metrics {
    let figures = CategoryMetrics { count: total, ..CategoryMetrics::default() };
    Metrics {
        syscalls_total: total,
        categories: [("observe".to_owned(), figures)].into(),
        ..Metrics::default()
    }
}

#[test]
fn own_calls_are_not_counted() {
    let mut model = Model::default();
    model.measured(metrics(100), 1.0);
    model.own.insert("get_metrics", 4);
    model.measured(metrics(114), 2.0);
    model.verify_invariants();
    assert_eq!(model.rate(), 10.0);
    assert_eq!(model.category_rates["observe"], 10.0);
    assert_eq!(model.category_count("observe", 114), 110);
    model.show_own(true);
    model.measured(metrics(120), 3.0);
    model.measured(metrics(130), 4.0);
    assert_eq!(model.rate(), 10.0);
    assert_eq!(model.category_count("observe", 114), 114);
}

#[test]
fn histories_and_events_are_bounded() {
    let mut model = Model::default();
    for second in 0..400 {
        model.measured(metrics(second), second as f64);
    }
    assert_eq!(model.calls.len(), HISTORY);
    let events = (0..5_000).map(|seq| event(seq, "read", 3)).collect();
    model.received(EventPage { events, next: 5_000, lost: 2 });
    // The same page again brings nothing new.
    model.received(EventPage { events: vec![event(4_999, "read", 3)], next: 5_000, lost: 0 });
    model.verify_invariants();
    assert_eq!((model.events.len(), model.lost, model.shown.len()), (EVENTS, 2, EVENTS));
}

#[test]
fn the_stream_is_filtered() {
    let mut model = Model { own_pid: Some(Pid(9)), ..Model::default() };
    model.names.insert(Pid(3), "Notes".into());
    let events = vec![event(1, "read", 3), event(2, "denied", 4), event(3, "get_metrics", 9)];
    model.received(EventPage { events, next: 4, lost: 0 });
    assert_eq!(model.shown, [0, 1]);
    model.show_own(true);
    assert_eq!(model.shown, [0, 1, 2]);
    model.set_category(Some(EventCategory::Security));
    assert_eq!(model.shown, [1]);
    model.set_category(None);
    model.set_text("notes".into());
    assert_eq!(model.shown, [0]);
    model.step(1);
    assert_eq!(model.selected, Some(1));
    model.clear();
    model.step(1);
    model.verify_invariants();
}
