//! The observer as the door and the monitor see it.

use super::{
    Clock, KindId, LabelId, NewEvent, Observer, ObserverConfig, Outcome, SamplingBudget, VirtualTime,
};
use abi::{
    Call, CauseId, CauseKind, CauseSpec, Errno, Pid,
    table::{EventCategory, QueryEvents, ROWS, Severity},
};
use std::time::Duration;

const APP: Pid = Pid::new(7, 1);

fn observer() -> (Observer, VirtualTime) {
    let (clock, time) = Clock::virtual_time(1_000_000);
    let budget = SamplingBudget { share_ppm: 20_000, event_cost_nanos: 20, window_nanos: 10_000_000 };
    (Observer::new(ObserverConfig { boot: 1, clock, ring_capacity: 4_096, budget }), time)
}

fn row(name: &str) -> KindId {
    let row = ROWS.iter().find(|row| row.name == name).expect("the test names a row");
    KindId::of_row(row)
}

fn outcome(cause: CauseId, errno: Option<Errno>) -> Outcome {
    Outcome { pid: APP, cause, errno, label: LabelId::NONE }
}

/// A call that takes `micros`.
fn call(observer: &Observer, time: &VirtualTime, kind: KindId, micros: u64, outcome: Outcome) {
    let entered = observer.enter(kind);
    time.advance(Duration::from_micros(micros));
    observer.leave(entered, kind, outcome);
}

fn everything() -> QueryEvents {
    QueryEvents {
        pid: None,
        cause: None,
        category: None,
        kind: None,
        severity: None,
        text: None,
        since: None,
        limit: 1_000,
    }
}

#[test]
fn a_call_leaves_an_event_a_duration_and_a_count() {
    let (observer, time) = observer();
    call(&observer, &time, row("read"), 250, outcome(CauseId::NONE, None));
    call(&observer, &time, row("read"), 750, outcome(CauseId::NONE, Some(Errno::EACCES)));

    let page = observer.query(&everything());
    let seen: Vec<_> =
        page.events.iter().map(|e| (e.kind.as_str(), e.a, e.b, e.severity, e.time_nanos)).collect();
    assert_eq!(
        seen,
        [
            ("read", 250_000, 0, Severity::Info, 250_000),
            ("read", 750_000, Errno::EACCES as u64, Severity::Warning, 1_000_000)
        ]
    );
    let metrics = observer.metrics();
    assert_eq!((metrics.syscalls_total, metrics.errors_total, metrics.denied_total), (2, 1, 1));
    let file = &metrics.categories["file"];
    assert_eq!((file.count, file.errors, file.max_nanos), (2, 1, 750_000));
    assert!(file.p50_nanos.abs_diff(250_000) <= 250_000 / 64);
    assert_eq!(metrics.rows.len(), 1);
    assert_eq!(metrics.ring.emitted, 2);
    observer.verify_invariants().expect("nobody records");
}

#[test]
fn queries_filter_by_every_field() {
    let (observer, time) = observer();
    let click = observer.open_cause(CauseSpec::new(CauseKind::Pointer, "click"));
    let denied = observer.kind(EventCategory::Security, "denied");
    call(&observer, &time, row("read"), 1, outcome(click, None));
    call(
        &observer,
        &time,
        row("stat"),
        1,
        Outcome { label: observer.label("/home/Böse.txt"), ..outcome(click, None) },
    );
    observer.emit(NewEvent::new(denied, Severity::Warning, Pid::KERNEL, CauseId::NONE));

    let kinds = |query: QueryEvents| -> Vec<String> {
        observer.query(&query).events.into_iter().map(|event| event.kind).collect()
    };
    assert_eq!(kinds(everything()), ["read", "stat", "denied"]);
    assert_eq!(kinds(QueryEvents { pid: Some(APP), ..everything() }), ["read", "stat"]);
    assert_eq!(kinds(QueryEvents { cause: Some(click), ..everything() }), ["read", "stat"]);
    assert_eq!(kinds(QueryEvents { category: Some(EventCategory::Security), ..everything() }), ["denied"]);
    assert_eq!(kinds(QueryEvents { kind: Some("stat".into()), ..everything() }), ["stat"]);
    assert_eq!(kinds(QueryEvents { severity: Some(Severity::Warning), ..everything() }), ["denied"]);
    assert_eq!(kinds(QueryEvents { text: Some("BÖSE".into()), ..everything() }), ["stat"]);
    assert_eq!(kinds(QueryEvents { text: Some("REA".into()), ..everything() }), ["read"]);
    assert_eq!(kinds(QueryEvents { limit: 2, ..everything() }), ["stat", "denied"]);
    assert_eq!(kinds(QueryEvents { since: Some(1), limit: 1, ..everything() }), ["stat"]);
    assert!(kinds(QueryEvents { limit: 0, ..everything() }).is_empty());
    assert!(kinds(QueryEvents { since: Some(u64::MAX), ..everything() }).is_empty());
}

#[test]
fn paging_has_no_gap_and_no_repetition() {
    let (observer, time) = observer();
    let mut seen = Vec::new();
    let mut since = 0;
    for round in 0..10 {
        for _ in 0..round {
            call(&observer, &time, row("read"), 100, outcome(CauseId::NONE, None));
        }
        let page = observer.query(&QueryEvents { since: Some(since), limit: 4, ..everything() });
        seen.extend(page.events.iter().map(|event| event.seq));
        since = page.next;
        assert_eq!(page.lost, 0);
    }
    let rest = observer.query(&QueryEvents { since: Some(since), ..everything() });
    seen.extend(rest.events.iter().map(|event| event.seq));
    assert_eq!(seen, (0..45).collect::<Vec<_>>());
    assert_eq!(observer.event(44).map(|event| event.kind).as_deref(), Some("read"));
    assert_eq!(observer.event(45), None);
}

#[test]
fn why_shows_each_cause_with_its_events() {
    let (observer, time) = observer();
    let tool = observer.kind(EventCategory::Tool, "save");
    let click = observer.emit_causal(
        CauseSpec::new(CauseKind::Pointer, "click on Save"),
        NewEvent::new(tool, Severity::Info, APP, CauseId::NONE),
    );
    let write =
        observer.open_cause(CauseSpec { parent: Some(click), ..CauseSpec::new(CauseKind::App, "autosave") });
    call(&observer, &time, row("write"), 3, outcome(write, None));
    call(&observer, &time, row("read"), 3, outcome(CauseId::NONE, None));

    let chain = observer.chain(write);
    let seen: Vec<(&str, Vec<&str>)> = chain
        .links
        .iter()
        .map(|link| (link.cause.spec.label.as_str(), link.events.iter().map(|e| e.kind.as_str()).collect()))
        .collect();
    assert_eq!(seen, [("autosave", vec!["write"]), ("click on Save", vec!["save"])]);
    assert!(observer.chain(CauseId(77)).links.is_empty());
    assert_eq!(chain.links[1].cause.time_millis, 1_000_000);
}

#[test]
fn a_flood_is_sampled_and_nothing_else_is() {
    let (observer, time) = observer();
    let flood = row("get_uptime");
    // One call every 100 ns for 100 ms: ten times what the budget allows.
    for n in 0..1_000_000_u64 {
        let entered = observer.enter(flood);
        time.advance(Duration::from_nanos(100));
        observer.leave(entered, flood, outcome(CauseId::NONE, None));
        if n % 1_000 == 0 {
            call(&observer, &time, row("write"), 0, outcome(CauseId::NONE, None));
            call(&observer, &time, flood, 0, outcome(CauseId::NONE, Some(Errno::EINVAL)));
        }
    }
    let figures = observer.figures(flood);
    assert_eq!(observer.events(flood), 1_001_000);
    assert_eq!(figures.errors(), 1_000);
    assert!((60_000..160_000).contains(&figures.kept()), "kept {} of a budget of 100,000", figures.kept());
    assert_eq!(observer.figures(row("write")).kept(), 1_000, "a rare kind is not thinned by the flood");
    assert!(observer.overhead_ppm() < 60_000, "{} ppm", observer.overhead_ppm());

    let metrics = observer.metrics();
    assert_eq!(metrics.ring.emitted + metrics.ring.sampled_out, metrics.syscalls_total);
    assert_eq!(metrics.syscalls_total, 1_002_000);
    let time_figures = metrics.rows.iter().find(|row| row.name == "get_uptime").expect("it was called");
    assert!(time_figures.figures.p50_nanos.abs_diff(100) <= 2, "sampling does not shift the median");
    observer.verify_invariants().expect("nobody records");

    // After a pause the next calls are kept again, at the latest from the sixteenth on.
    time.advance(Duration::from_secs(10));
    for _ in 0..40 {
        call(&observer, &time, flood, 0, outcome(CauseId::NONE, None));
    }
    let last = observer.query(&QueryEvents { limit: 20, ..everything() });
    assert!(last.events.iter().all(|event| event.time_nanos > 10_000_000_000), "all twenty are new");
}

#[test]
fn security_events_are_never_sampled() {
    let (observer, time) = observer();
    let granted = observer.kind(EventCategory::Security, "granted");
    for _ in 0..50_000 {
        observer.emit(NewEvent::new(granted, Severity::Info, APP, CauseId::NONE));
        time.advance(Duration::from_nanos(50));
    }
    assert_eq!(observer.figures(granted).kept(), 50_000);
}

#[test]
fn an_unusual_latency_is_told_with_its_cause() {
    let (observer, time) = observer();
    time.advance(Duration::from_secs(6));
    let cause = observer.open_cause(CauseSpec::new(CauseKind::Key, "Enter"));
    for _ in 0..100 {
        call(&observer, &time, row("read"), 20, outcome(CauseId::NONE, None));
    }
    call(&observer, &time, row("read"), 20_000, outcome(cause, None));
    let query = QueryEvents { category: Some(EventCategory::Anomaly), ..everything() };
    let page = observer.query(&query);
    let seen: Vec<_> = page.events.iter().map(|e| (e.label.as_str(), e.a, e.cause)).collect();
    assert_eq!(seen, [("read", 20_000_000, cause)]);
    assert!(page.events[0].b > 300, "at least three sigmas, in hundredths");
    assert_eq!(observer.anomalies(), 1);
}

#[test]
fn waiting_long_is_no_anomaly() {
    let (observer, time) = observer();
    time.advance(Duration::from_secs(6));
    for _ in 0..100 {
        call(&observer, &time, row("sleep"), 20, outcome(CauseId::NONE, None));
    }
    call(&observer, &time, row("sleep"), 60_000_000, outcome(CauseId::NONE, None));
    assert_eq!(observer.anomalies(), 0);
}

#[test]
fn switched_off_it_records_nothing() {
    let (observer, time) = observer();
    observer.set_on(false);
    call(&observer, &time, row("read"), 5, outcome(CauseId::NONE, Some(Errno::EIO)));
    let kind = observer.kind(EventCategory::Ui, "frame");
    observer.emit(NewEvent::new(kind, Severity::Error, APP, CauseId::NONE));
    assert_eq!(observer.metrics().ring.emitted, 0);
    assert_eq!(observer.metrics().syscalls_total, 0);
    observer.set_on(true);
    call(&observer, &time, row("read"), 5, outcome(CauseId::NONE, None));
    assert_eq!(observer.metrics().syscalls_total, 1);
}

#[test]
fn totals_are_exact_under_threads() {
    const THREADS: u64 = 4;
    const CALLS: u64 = 20_000;
    let observer = Observer::new(ObserverConfig { ring_capacity: 1_024, ..ObserverConfig::new(1) });
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let observer = &observer;
            scope.spawn(move || {
                for n in 0..CALLS {
                    let kind = KindId::of_row(&ROWS[((n + thread) % Call::COUNT as u64) as usize]);
                    let entered = observer.enter(kind);
                    let errno = n.is_multiple_of(100).then_some(Errno::ENOENT);
                    observer.leave(entered, kind, outcome(CauseId::NONE, errno));
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..50 {
                let _ = observer.metrics();
                let _ = observer.query(&everything());
            }
        });
    });
    let metrics = observer.metrics();
    assert_eq!(metrics.syscalls_total, THREADS * CALLS);
    assert_eq!(metrics.errors_total, THREADS * CALLS / 100);
    let anomalies = observer.anomalies();
    assert_eq!(metrics.ring.emitted + metrics.ring.sampled_out, THREADS * CALLS + anomalies);
    observer.verify_invariants().expect("all threads are done");
}
