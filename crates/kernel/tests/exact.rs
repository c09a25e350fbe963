//! Counters and revocations are exact, whatever the load and however hot the caches.

use abi::{
    Bytes, Capability, Errno, PathScope, SysResult, Syscalls,
    table::{CategoryMetrics, GetMetrics, GetUptime, Metrics, ROWS, Read, Write},
};
use agentos_kernel::{Caller, testing::kernel};
use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

fn read_home() -> Capability {
    Capability::ReadFile(PathScope("/home".into()))
}

fn read(caller: &Caller, path: &str) -> SysResult<Bytes> {
    caller.call(Read { path: path.into(), offset: 0, size: None })
}

fn metrics(observer: &Caller) -> Metrics {
    observer.call(GetMetrics {}).unwrap()
}

fn row(metrics: &Metrics, name: &str) -> CategoryMetrics {
    metrics.rows.iter().find(|row| row.name == name).map(|row| row.figures.clone()).unwrap_or_default()
}

#[test]
fn after_101_calls_and_a_revocation_the_102nd_is_denied() {
    let kernel = kernel();
    kernel.trusted().call(Write { path: "/home/a".into(), data: "x".into(), append: false }).unwrap();
    let app = kernel.process(vec![read_home(), Capability::TimeAccess]);
    for _ in 0..101 {
        read(&app, "/home/a").unwrap();
        app.call(GetUptime {}).unwrap();
    }
    kernel.revoke(app.pid(), &read_home()).unwrap();
    kernel.revoke(app.pid(), &Capability::TimeAccess).unwrap();
    for refused in [read(&app, "/home/a").unwrap_err(), app.call(GetUptime {}).unwrap_err()] {
        assert_eq!(refused.errno, Errno::EACCES);
        assert!(
            refused.detail.contains("by revoked") && refused.detail.contains("would allow it"),
            "{refused}"
        );
    }
}

#[test]
fn a_revocation_holds_for_the_next_call_of_every_thread() {
    let kernel = kernel();
    kernel.trusted().call(Write { path: "/home/a".into(), data: "x".into(), append: false }).unwrap();
    for _ in 0..50 {
        let app = kernel.process(vec![read_home(), Capability::TimeAccess]);
        let (revoked, hot, begun) = (AtomicBool::new(false), Barrier::new(5), AtomicU64::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        read(&app, "/home/a").unwrap();
                    }
                    hot.wait();
                    loop {
                        // What is seen before the call begins must hold for it.
                        let is_revoked = revoked.load(Ordering::SeqCst);
                        begun.fetch_add(1, Ordering::Relaxed);
                        let results = [read(&app, "/home/a").is_ok(), app.call(GetUptime {}).is_ok()];
                        if is_revoked {
                            assert_eq!(results, [false, false]);
                            return;
                        }
                    }
                });
            }
            hot.wait();
            while begun.load(Ordering::Relaxed) < 20 {
                thread::yield_now();
            }
            kernel.revoke(app.pid(), &read_home()).unwrap();
            kernel.revoke(app.pid(), &Capability::TimeAccess).unwrap();
            revoked.store(true, Ordering::SeqCst);
        });
        kernel.terminate(app.pid()).unwrap();
    }
}

#[test]
fn calls_decisions_and_events_add_up_from_many_threads() {
    const EACH: u64 = 5_000;
    let kernel = kernel();
    let trusted = kernel.trusted();
    trusted.call(Write { path: "/home/a".into(), data: "x".into(), append: false }).unwrap();
    let app = kernel.process(vec![read_home(), Capability::TimeAccess]);
    let long = format!("/home/{}", "long/".repeat(40));
    let before = metrics(&trusted);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..EACH {
                    read(&app, "/home/a").unwrap();
                    app.call(GetUptime {}).unwrap();
                    // Too long for the cache, and not there: decided all the same.
                    assert_eq!(read(&app, &long).unwrap_err().errno, Errno::ENOENT);
                    assert_eq!(read(&app, "/tmp/a").unwrap_err().errno, Errno::EACCES);
                }
            });
        }
    });
    let after = metrics(&trusted);
    let calls = 4 * EACH;
    let new = |name| row(&after, name).count - row(&before, name).count;
    assert_eq!((new("read"), new("get_uptime"), new("get_metrics")), (3 * calls, calls, 1));
    assert_eq!(row(&after, "read").errors - row(&before, "read").errors, 2 * calls);
    // One decision a call; the metrics themselves are one.
    assert_eq!(after.decisions.allowed - before.decisions.allowed, 3 * calls + 1);
    assert_eq!(after.decisions.denied - before.decisions.denied, calls);
    let cached = |metrics: &Metrics| metrics.decision_cache.hits + metrics.decision_cache.misses;
    // A denied call looks twice: before its links are followed, and after.
    assert_eq!(cached(&after) - cached(&before), 4 * calls, "reads, and denials twice");
    let events = |metrics: &Metrics| metrics.ring.emitted + metrics.ring.sampled_out;
    // Each call is one event, and each denial one more.
    assert_eq!(events(&after) - events(&before), 4 * calls + calls + 1);
    assert_eq!(after.syscalls_total - before.syscalls_total, 4 * calls + 1);
}

#[test]
fn every_denial_is_named_by_its_rule_and_says_what_would_allow_it() {
    let kernel = kernel();
    let nobody = kernel.process(Vec::new());
    let mut seen = 0;
    for row in ROWS.iter().filter(|row| !row.needs.is_empty()) {
        let mut line: serde_json::Value = serde_json::from_str(row.example).unwrap();
        if line.get("pid").is_some() || row.args.iter().any(|arg| arg.name == "pid") {
            line["pid"] = serde_json::json!(0);
        }
        let Err(refused) = nobody.dispatch(serde_json::from_value(line).unwrap()) else {
            panic!("{} needs {:?} and was allowed", row.name, row.needs)
        };
        // A row about a descriptor, a mapping or a queue says that there is none; the matrix has the rest.
        if refused.errno == Errno::EBADF {
            continue;
        }
        assert_eq!(refused.errno, Errno::EACCES, "{}: {refused}", row.name);
        assert!(refused.detail.contains(" by default-deny; "), "{}: {refused}", row.name);
        assert!(refused.detail.ends_with(" would allow it"), "{}: {refused}", row.name);
        seen += 1;
    }
    println!("{seen} rows denied with a rule and a way out");
    assert!(seen >= 50);
}
