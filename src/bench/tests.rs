//! The runner on operations whose times are made up, and all rows once.

use super::*;
use std::{cell::RefCell, convert::Infallible};

fn options() -> Options {
    Options {
        limit: Duration::from_secs(60),
        slice: Duration::from_millis(2),
        program: None,
        only: Vec::new(),
        growth: None,
    }
}

fn taking(nanos: u64) -> impl Operation {
    timed(move || Ok::<_, Infallible>(Duration::from_nanos(nanos)))
}

#[test]
fn percentiles_are_by_nearest_rank() {
    let mut samples = Samples::of_batches(1);
    assert!(samples.figures().is_none());
    for value in (1..=100).rev() {
        samples.push(f64::from(value));
    }
    samples.push(f64::NAN);
    let figures = samples.figures().unwrap();
    assert_eq!((figures.samples, figures.min), (100, 1.0));
    assert_eq!((figures.p50, figures.p95, figures.p99), (50.0, 95.0, 99.0));
    assert_eq!(Samples::single(7.0).figures().unwrap().p99, 7.0);
}

#[test]
fn ours_and_the_peer_take_turns_and_the_ratio_is_of_medians() {
    let order = RefCell::new(Vec::new());
    let mut bench = Bench::new(options(), |_| {});
    let mut ours = |count: u64| {
        order.borrow_mut().push('o');
        Ok(Duration::from_micros(30 * count))
    };
    let mut peer = |count: u64| {
        order.borrow_mut().push('p');
        Ok(Duration::from_micros(60 * count))
    };
    bench.compare(Spec::new("a").budget(Budget::PeerRatio(0.5)), &mut ours, Some(("b", &mut peer)));
    let report = bench.finish();
    let row = report.row("a").unwrap();
    assert_eq!((row.ratio, row.ours.p50, row.ours.batch), (Some(0.5), 30_000.0, 1));
    let order: String = order.into_inner().into_iter().collect();
    assert!(order.starts_with("opopop") && !order.contains("oo") && !order.contains("pp"), "{order}");
}

#[test]
fn short_operations_come_in_batches_that_the_clock_does_not_show_in() {
    let mut bench = Bench::new(options(), |_| {});
    bench.compare(Spec::new("short"), &mut taking(10), None);
    let row = bench.finish().rows.remove(0);
    assert_eq!(row.ours.p50, 10.0);
    assert!(row.ours.batch >= 2_000, "{row:?}");
}

#[test]
fn budgets_are_judged_and_times_of_a_debug_build_are_not() {
    let figures = |p50, p99| Figures { samples: 1, batch: 1, min: p50, p50, p95: p99, p99 };
    let (ours, peer) = (figures(100.0, 900.0), figures(200.0, 200.0));
    let judge = |budget: Budget| budget.judge(&ours, Some(&peer), true);
    assert_eq!(judge(Budget::PeerRatio(0.5)), Verdict::Ok);
    assert_eq!(judge(Budget::PeerRatio(0.4)), Verdict::Missed);
    assert_eq!(judge(Budget::Median(Duration::from_nanos(100))), Verdict::Ok);
    assert_eq!(judge(Budget::P99(Duration::from_nanos(899))), Verdict::Missed);
    assert_eq!(Budget::PeerRatio(0.4).judge(&ours, None, true), Verdict::None);
    assert_eq!(Budget::PeerRatio(0.4).judge(&ours, Some(&peer), false), Verdict::None);
    assert_eq!(Budget::Most(99.0).judge(&ours, None, false), Verdict::Missed);
}

#[test]
fn only_chosen_rows_run_and_a_row_that_fails_is_named() {
    let mut bench = Bench::new(Options { only: vec!["yes".into()], ..options() }, |_| {});
    bench.compare(Spec::new("no"), &mut |_| panic!("was not chosen"), None);
    bench.compare(Spec::new("yes"), &mut |_| anyhow::bail!("the disk is gone"), None);
    let report = bench.finish();
    assert!(report.rows.is_empty());
    assert_eq!(report.problems[0].why, "the disk is gone");
}

#[test]
fn a_run_that_is_over_begins_no_row_and_says_which() {
    let mut bench = Bench::new(Options { limit: Duration::ZERO, ..options() }, |_| {});
    bench.compare(Spec::new("late"), &mut |_| panic!("too late"), None);
    let report = bench.finish();
    assert!(report.problems[0].why.contains("left out"), "{report:?}");
}

fn sample_report(ours_nanos: u64, peer_nanos: u64) -> Report {
    let mut bench = Bench::new(options(), |_| {});
    let spec = Spec::new("kernel/call").budget(Budget::PeerRatio(0.25)).note("a note");
    let peer = Samples::single(peer_nanos as f64);
    bench.record(spec, Samples::single(ours_nanos as f64), Some(("getpid", peer)));
    bench.record(Spec::new("size").unit(Unit::Bytes), Samples::single(3.0 * 1024.0), None);
    let mut report = bench.finish();
    let (cpu, os) = ("a processor".into(), "linux 6".into());
    report.machine = machine::Machine { cpu, os, cores: 2, optimised: true, ..Default::default() };
    report.seconds = 1.0;
    // As an optimised build would judge it.
    let row = &mut report.rows[0];
    row.verdict = Budget::PeerRatio(0.25).judge(&row.ours, row.peer.as_ref().map(|peer| &peer.figures), true);
    report
}

#[test]
fn a_report_comes_back_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/latest.json");
    let report = sample_report(20, 140);
    report.write(&path).unwrap();
    assert_eq!(Report::read(&path).unwrap(), report);
    std::fs::write(&path, "{}").unwrap();
    let why = format!("{:#}", Report::read(&path).unwrap_err());
    assert!(why.contains("holds no figures"), "{why}");
}

#[test]
fn the_change_is_that_of_the_ratio_so_that_a_slower_machine_does_not_show() {
    let (then, now) = (sample_report(20, 100), sample_report(60, 200));
    let change = now.row("kernel/call").unwrap().change(then.row("kernel/call").unwrap());
    assert!((change.unwrap() - 0.5).abs() < 1e-9, "{change:?}");
    let table = table::render(&now, Some(&then));
    assert!(table.contains("+50 %"), "{table}");
    let other = Report { machine: machine::Machine { cores: 64, ..then.machine.clone() }, ..then };
    assert!(table::render(&now, Some(&other)).contains("64 cores"));
}

#[test]
fn the_table_reads_well() {
    insta::assert_snapshot!(table::render(&sample_report(20, 140), None), @r"
    a processor, 2 cores, linux 6, load 0.0
                      p50       p95       p99  ratio          budget         verdict  since
    kernel/call   20.0 ns   20.0 ns   20.0 ns  0.14 × getpid  ≤ 0.25 × peer  ok
    size         3.00 KiB  3.00 KiB  3.00 KiB                                –

    2 rows in 1 s; 1 of 1 budgets held, 0 missed.
    ratio: our median by the peer's, taken in turns; *: for orientation, on a quiet 3 GHz core; since: change of
    the ratio (of the median where there is no peer) against the run before.
    kernel/call: a note
    ");
    let mut debug = sample_report(20, 140);
    debug.machine.optimised = false;
    assert!(table::render(&debug, None).contains("DEBUG BUILD"));
}

#[test]
fn figures_have_three_digits_and_a_unit() {
    let nanos = |value| table::figure(value, Unit::Nanos);
    assert_eq!(nanos(14.25), "14.2 ns");
    assert_eq!(nanos(1_234.0), "1.23 µs");
    assert_eq!(nanos(2.5e9), "2.50 s");
    assert_eq!(table::figure(1.0, Unit::Count), "1");
    assert_eq!(table::figure(60.0 * 1024.0 * 1024.0, Unit::Bytes), "60.0 MiB");
}

/// Every row can be measured: nothing that it prepares or calls fails.
#[test]
fn all_rows_run() {
    let mut bench = Bench::new(Options { slice: Duration::from_micros(1), ..options() }, |_| {});
    bench.section("kernel", |bench| kernel_rows::all(bench));
    let report = bench.finish();
    assert_eq!(report.problems, Vec::new());
    assert!(report.rows.len() > 20, "{}", report.rows.len());
}
