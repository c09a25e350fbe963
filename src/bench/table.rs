//! A report as a table for people.

use super::{Report, Row, Unit, Verdict};
use std::fmt::Write as _;

/// Changes below this are the machine's noise.
const NOISE: f64 = 0.05;

/// A figure with its unit, three digits.
#[must_use]
pub fn figure(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Count => three(value).trim_end_matches(".00").to_owned(),
        Unit::PerMille => format!("{} ‰", three(value)),
        Unit::Bytes => scaled(value, 1024.0, &["B", "KiB", "MiB", "GiB"]),
        Unit::Nanos => scaled(value, 1000.0, &["ns", "µs", "ms", "s"]),
    }
}

fn scaled(value: f64, step: f64, units: &[&str]) -> String {
    let (mut value, mut at) = (value, 0);
    while value.abs() >= step && at + 1 < units.len() {
        value /= step;
        at += 1;
    }
    format!("{} {}", three(value), units[at])
}

fn three(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// The table, with what a reader has to know above and below it.
#[must_use]
pub fn render(report: &Report, earlier: Option<&Report>) -> String {
    let mut text = String::new();
    head(&mut text, report);
    let comparable = earlier.filter(|earlier| match report.unlike(earlier) {
        None => true,
        Some(why) => {
            let _ = writeln!(text, "Not compared with the run before: {why}.");
            false
        }
    });
    let mut lines = vec![["", "p50", "p95", "p99", "ratio", "budget", "verdict", "since"].map(str::to_owned)];
    lines.extend(report.rows.iter().map(|row| cells(row, comparable)));
    aligned(&mut text, &lines);
    foot(&mut text, report);
    text
}

fn head(text: &mut String, report: &Report) {
    let machine = &report.machine;
    let _ =
        writeln!(text, "{}, {} cores, {}, load {:.1}", machine.cpu, machine.cores, machine.os, machine.load);
    if let Some(adapter) = &machine.adapter {
        let _ = writeln!(text, "{adapter}");
    }
    if !machine.optimised {
        let _ = writeln!(text, "\n  *** DEBUG BUILD: these times say nothing, and are not judged. ***");
        let _ = writeln!(text, "  *** `cargo xtask bench` builds with optimisation.            ***\n");
    }
}

fn cells(row: &Row, earlier: Option<&Report>) -> [String; 8] {
    let ratio = match (&row.peer, row.ratio) {
        (Some(peer), Some(ratio)) => format!("{} × {}", three(ratio), peer.name),
        _ => String::new(),
    };
    let budgets: Vec<&str> = row.budgets.iter().map(|judged| judged.budget.as_str()).collect();
    let change = earlier.and_then(|earlier| earlier.row(&row.name)).and_then(|earlier| row.change(earlier));
    [
        row.name.clone(),
        figure(row.ours.p50, row.unit),
        figure(row.ours.p95, row.unit),
        figure(row.ours.p99, row.unit),
        ratio,
        budgets.join(", "),
        row.verdict.word().to_owned(),
        change.map(since).unwrap_or_default(),
    ]
}

fn since(change: f64) -> String {
    if change.abs() < NOISE { "=".to_owned() } else { format!("{:+.0} %", change * 100.0) }
}

/// Columns as wide as their widest cell; figures to the right, words to the left.
fn aligned(text: &mut String, lines: &[[String; 8]]) {
    const RIGHT: [bool; 8] = [false, true, true, true, false, false, false, true];
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 8] = std::array::from_fn(width);
    for line in lines {
        let mut out = String::new();
        for (column, cell) in line.iter().enumerate() {
            let room = " ".repeat(widths[column] - cell.chars().count());
            let (before, after) = if RIGHT[column] { (room.as_str(), "") } else { ("", room.as_str()) };
            let _ = write!(out, "{before}{cell}{after}  ");
        }
        let _ = writeln!(text, "{}", out.trim_end());
    }
}

fn foot(text: &mut String, report: &Report) {
    let judged = report.rows.iter().filter(|row| row.verdict != Verdict::None).count();
    let missed = report.missed();
    let _ = writeln!(
        text,
        "\n{} rows in {:.0} s; {} of {judged} budgets held, {missed} missed.",
        report.rows.len(),
        report.seconds,
        judged - missed
    );
    let _ = writeln!(
        text,
        "ratio: our median by the peer's, taken in turns; *: for orientation, on a quiet 3 GHz core; since: change of"
    );
    let _ = writeln!(text, "the ratio (of the median where there is no peer) against the run before.");
    for row in report.rows.iter().filter(|row| !row.note.is_empty()) {
        let _ = writeln!(text, "{}: {}", row.name, row.note);
    }
    for problem in &report.problems {
        let _ = writeln!(text, "NOT MEASURED {}: {}", problem.name, problem.why);
    }
}
