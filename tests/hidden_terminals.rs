//! Terminals that nobody sees cost no drawing and no shaping, while their programs go on; one that is seen costs the
//! rows that changed. Told by the counters of the view, in the product.

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// Longest time for anything that has to happen.
const LIMIT: Duration = Duration::from_secs(40);

/// A `drive` that stays open: one step in, one result out.
struct Drive {
    process: Child,
    steps: ChildStdin,
    results: BufReader<ChildStdout>,
}

impl Drop for Drive {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drive {
    fn start() -> Drive {
        let mut command = Command::new(env!("CARGO_BIN_EXE_agentos"));
        command.env("SHELL", "/bin/sh").env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        let mut process = command
            .args(["drive", "--empty", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (steps, results) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Drive { process, steps, results: BufReader::new(results) }
    }

    fn step(&mut self, step: &Value) -> Value {
        writeln!(self.steps, "{step}").unwrap();
        let mut line = String::new();
        self.results.read_line(&mut line).unwrap();
        let result: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(result["ok"], json!(true), "{step}: {result}");
        result
    }

    fn data(&mut self, pointer: &str) -> Value {
        self.step(&json!({"data": {"window": "terminal", "pointer": pointer}}))["data"].clone()
    }

    /// The last number that `seq` has written, and what was drawn for it.
    fn look(&mut self, tab: usize) -> (u64, Value) {
        let text = self.data(&format!("/tabs/{tab}/text"));
        let numbers = text.as_array().unwrap().iter().filter_map(|row| row.as_str()?.trim().parse().ok());
        (numbers.max().unwrap_or(0), self.data(&format!("/tabs/{tab}/drawn")))
    }

    /// Until `seq` has gone on by a good deal; what was drawn for it by then.
    fn goes_on(&mut self, tab: usize) -> Value {
        let (before, _) = self.look(tab);
        let began = Instant::now();
        loop {
            self.step(&json!({"wait": 50}));
            let (now, drawn) = self.look(tab);
            if now > before + 5_000 {
                return drawn;
            }
            assert!(began.elapsed() < LIMIT, "the program does not go on: {before}, {now}");
        }
    }
}

#[test]
fn what_nobody_sees_is_neither_drawn_nor_shaped() {
    let mut drive = Drive::start();
    drive.step(&json!({"open": "terminal"}));
    drive.step(
        &json!({"wait": {"window": "terminal", "data": "/state", "equals": "running", "timeout_ms": 20000}}),
    );
    drive.step(&json!({"type": "seq 1 2000000000\n"}));
    let (seen, later) = (drive.goes_on(0), drive.goes_on(0));
    assert_ne!(seen, later, "one that is seen is drawn");

    // Behind another tab.
    drive.step(&json!({"key": "Ctrl+Shift+T"}));
    drive.step(
        &json!({"wait": {"window": "terminal", "data": "/tabs/1/state", "equals": "running", "timeout_ms": 20000}}),
    );
    let hidden = drive.goes_on(0);
    assert_eq!(hidden, drive.goes_on(0), "a hidden tab");
    drive.step(&json!({"key": "Ctrl+Shift+Tab"}));
    assert_ne!(hidden, drive.goes_on(0), "seen again");

    // In a window that is minimised.
    drive.step(&json!({"click": {"role": "menu_item", "name": "Window"}}));
    drive.step(&json!({"click": {"role": "menu_item", "name_contains": "Minimise"}}));
    drive.step(&json!({"expect": {"window": "terminal", "state": "minimised"}}));
    let hidden = drive.goes_on(0);
    assert_eq!(hidden, drive.goes_on(0), "a minimised window");
    drive.step(&json!({"open": "terminal"}));
    assert_ne!(hidden, drive.goes_on(0), "seen again");
}

#[test]
fn what_is_seen_costs_the_rows_that_changed() {
    let mut drive = Drive::start();
    drive.step(&json!({"open": "terminal"}));
    drive.step(
        &json!({"wait": {"window": "terminal", "data": "/state", "equals": "running", "timeout_ms": 20000}}),
    );
    drive.step(&json!({"wait": {"role": "terminal", "window": "terminal", "value_contains": "$", "timeout_ms": 20000}}));
    let rows = |drive: &mut Drive| drive.data("/drawn/rows").as_u64().unwrap();
    let frames = |drive: &mut Drive| drive.data("/drawn/frames").as_u64().unwrap();
    drive.step(&json!({"type": "x"}));
    drive.step(&json!({"wait": 300}));
    let (rows_before, frames_before) = (rows(&mut drive), frames(&mut drive));
    drive.step(&json!({"type": "y"}));
    drive.step(&json!({"wait": {"role": "terminal", "window": "terminal", "value_contains": "xy"}}));
    let (rows_after, frames_after) = (rows(&mut drive), frames(&mut drive));
    // The cursor's row is damaged in each frame; a character damages no other.
    let each = (rows_after - rows_before) as f64 / (frames_after - frames_before) as f64;
    assert!(each <= 1.5, "{each} rows a frame");
}
