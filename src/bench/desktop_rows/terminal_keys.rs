//! From a key to the frame that shows its echo, on the product with the user's shell: with nothing else to do,
//! and while another tab of the window writes without end.

use super::{super::runner::timed, stage::Stage};
use crate::bench::{Budget, Meter, Spec};
use anyhow::Context;
use egui::{Event, Key, Modifiers};
use std::{
    thread,
    time::{Duration, Instant},
};

/// Longest time for the shell to be there, and for a key to show.
const PATIENCE: Duration = Duration::from_secs(20);
/// Characters on the line before it is cleared.
const LINE: usize = 30;

const IDLE: &str = "terminal/key → frame";
const FLOODED: &str = "terminal/key → frame, another tab floods";

pub(super) fn rows(meter: &mut dyn Meter) -> anyhow::Result<()> {
    if !meter.wants(IDLE) && !meter.wants(FLOODED) {
        return Ok(());
    }
    let mut shell = Shell::start()?;
    let spec = Spec::new(IDLE).note("until the frame that has the echo of the shell; not painted");
    meter.compare(spec.budget(Budget::P99(Duration::from_millis(16))), &mut timed(|| shell.key()), None);
    shell.flood()?;
    let spec = Spec::new(FLOODED).budget(Budget::P99(Duration::from_millis(33)));
    meter.compare(spec, &mut timed(|| shell.key()), None);
    Ok(())
}

/// A desktop with a shell in a terminal.
struct Shell {
    stage: Stage,
    window: u64,
    typed: usize,
}

impl Shell {
    fn start() -> anyhow::Result<Self> {
        let mut stage = Stage::empty()?;
        stage.settle();
        stage.shell.open("terminal").map_err(|why| anyhow::anyhow!("no terminal: {why}"))?;
        stage.frame(Vec::new());
        let window = stage.shell.window_list().last().context("no window")?.id;
        let mut shell = Shell { stage, window, typed: 0 };
        shell.wait("a prompt", |shell| !shell.text().trim().is_empty())?;
        Ok(shell)
    }

    fn text(&self) -> String {
        let rows = self.stage.shell.app_data(self.window, "/text").unwrap_or_default();
        let rows = rows.as_array().into_iter().flatten().filter_map(|row| row.as_str());
        rows.collect::<Vec<_>>().join("\n")
    }

    fn wait(&mut self, what: &str, is_there: impl Fn(&Shell) -> bool) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        while !is_there(self) {
            anyhow::ensure!(Instant::now() < end, "{what} did not come");
            self.stage.frame(Vec::new());
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Types a character and draws frames until it is seen.
    fn key(&mut self) -> anyhow::Result<Duration> {
        if self.typed >= LINE {
            self.stage.press(Key::U, Modifiers::CTRL);
            self.wait("an empty line", |shell| !shell.text().trim_end().ends_with("xx"))?;
            self.typed = 0;
        }
        self.typed += 1;
        let wanted = "x".repeat(self.typed);
        let start = Instant::now();
        self.stage.frame(vec![Event::Text("x".into())]);
        while !self.text().trim_end().ends_with(&wanted) {
            anyhow::ensure!(start.elapsed() < PATIENCE, "a key did not show");
            self.stage.frame(Vec::new());
        }
        Ok(start.elapsed())
    }

    /// A second tab writes without end; the first is shown again.
    fn flood(&mut self) -> anyhow::Result<()> {
        let shifted = Modifiers { ctrl: true, shift: true, command: true, ..Modifiers::NONE };
        self.stage.press(Key::T, shifted);
        self.wait("a second tab", |shell| shell.tabs() == 2 && !shell.text().trim().is_empty())?;
        self.stage.frame(vec![Event::Text("yes flood".into())]);
        self.stage.press(Key::Enter, Modifiers::NONE);
        self.wait("the flood", |shell| shell.text().matches("flood\n").count() > 5)?;
        self.stage.press(Key::PageUp, Modifiers::CTRL);
        self.wait("the first tab", |shell| !shell.text().contains("flood"))
    }

    fn tabs(&self) -> usize {
        let tabs = self.stage.shell.app_data(self.window, "/tabs").unwrap_or_default();
        tabs.as_array().map_or(0, Vec::len)
    }
}
