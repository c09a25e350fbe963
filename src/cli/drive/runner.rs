//! Carries the steps of a script out, one after the other. How is in [`pointer`](super::pointer),
//! [`keyboard`](super::keyboard), [`look`](super::look) and [`time`](super::time).

use super::{
    stage::{Reboot, Stage},
    steps::{Step, Target, parse},
    time::DEFAULT_WAIT_MILLIS,
    tree::{Tree, window_named},
};
use egui::{Modifiers, PointerButton, Pos2, Vec2};
use serde_json::{Value, json};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// One frame of the scripted clock.
pub(super) const FRAME: Duration = Duration::from_micros(16_667);

/// What became of a line.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Nothing to do: an empty line.
    Empty,
    /// Done; the result to print.
    Done(Value),
    /// An expectation failed, or a step could not be carried out; the result to print.
    Failed(Value),
    /// The line is no step; the result to print.
    Invalid(Value),
}

/// Drives one stage.
pub(crate) struct Runner<S> {
    pub(super) stage: S,
    pub(super) tree: Tree,
    pub(super) pointer: Pos2,
    pub(super) modifiers: Modifiers,
    clipboard: String,
    /// The button is down: a drag that was not released.
    pub(super) dragging: bool,
    /// The key that is pressed is one of the number pad.
    pub(super) on_number_pad: bool,
    /// Modifier keys that are down.
    pub(super) held: Vec<egui::Key>,
    /// The journal is told of each step.
    is_told: bool,
}

/// The result of a step to print, or why it could not be carried out.
pub(super) type Outcome = Result<Value, String>;

impl<S: Stage> Runner<S> {
    /// Starts with a settled desktop.
    pub(crate) fn new(stage: S) -> Result<Self, String> {
        let mut runner = Runner {
            stage,
            tree: Tree::default(),
            pointer: Pos2::new(-1.0, -1.0),
            modifiers: Modifiers::NONE,
            clipboard: String::new(),
            dragging: false,
            on_number_pad: false,
            held: Vec::new(),
            is_told: false,
        };
        runner.settle()?;
        Ok(runner)
    }

    /// On a desktop that somebody else looks at: its journal is told of each step.
    pub(crate) fn told(stage: S) -> Result<Self, String> {
        let mut runner = Self::new(stage)?;
        runner.is_told = true;
        Ok(runner)
    }

    /// Carries out one line of a script.
    pub(crate) fn line(&mut self, number: usize, line: &str) -> Verdict {
        let (name, step) = match parse(line) {
            Ok(None) => return Verdict::Empty,
            Ok(Some(parsed)) => parsed,
            Err(why) => return Verdict::Invalid(json!({"line": number, "ok": false, "error": why})),
        };
        if self.is_told {
            let name = name.clone();
            // A desktop that has ended says so in the step.
            let _ = self.stage.with_shell(move |shell| shell.note_control(&name));
        }
        match self.step(step) {
            Ok(Value::Object(extra)) => {
                let mut result = json!({"line": number, "step": name, "ok": true});
                if let Value::Object(object) = &mut result {
                    object.extend(extra);
                }
                Verdict::Done(result)
            }
            Ok(_) => Verdict::Done(json!({"line": number, "step": name, "ok": true})),
            Err(why) => Verdict::Failed(json!({"line": number, "step": name, "ok": false, "error": why})),
        }
    }

    /// Ends the desktop gently.
    pub(crate) fn finish(mut self) -> Result<(), String> {
        self.stage.with_shell(compositor::Desktop::shutdown)
    }

    /// A call of the desktop's own process; the reply is in the result.
    fn syscall(&mut self, call: Value) -> Outcome {
        let call: abi::Call = serde_json::from_value(call).map_err(|why| format!("syscall: {why}"))?;
        let submitted = self.stage.with_shell(move |shell| shell.submit(call))?;
        let task = submitted.map_err(|why| why.to_string())?;
        let began = Instant::now();
        loop {
            if let Some(result) = self.stage.with_shell(move |shell| shell.collect(task))? {
                let reply = result.map_err(|why| why.to_string())?;
                self.settle()?;
                return Ok(json!({"reply": reply}));
            }
            if began.elapsed() > Duration::from_millis(DEFAULT_WAIT_MILLIS) {
                return Err(format!("after {DEFAULT_WAIT_MILLIS} ms: the call has not come back"));
            }
            self.pass_moment()?;
        }
    }

    fn step(&mut self, step: Step) -> Outcome {
        match step {
            Step::Open(what) => {
                let window = self.stage.with_shell(move |shell| shell.open(&what))??;
                self.settle()?;
                Ok(json!({"window": window}))
            }
            Step::Click(target) => self.click(&target, PointerButton::Primary, 1),
            Step::DoubleClick(target) => self.click(&target, PointerButton::Primary, 2),
            Step::RightClick(target) => self.click(&target, PointerButton::Secondary, 1),
            Step::Hover(target) => {
                let at = self.aim(&target)?;
                self.settle()?;
                Ok(json!({"x": at.x, "y": at.y}))
            }
            Step::Focus(target) => self.focus(&target),
            Step::Type(text) => self.type_text(&text),
            Step::Key { chord, times, hold } => self.key(&chord, times, hold),
            Step::Ime { preedit, commit } => self.ime(preedit, commit),
            Step::Drag { from, to, steps, modifiers, release } => {
                self.drag(&from, &to, steps, modifiers, release)
            }
            Step::Release => self.release(),
            Step::Scroll { at, dx, dy } => self.scroll(&at, Vec2::new(dx, dy)),
            Step::Drop { path, at } => {
                let at = if at == Target::default() { self.pointer } else { self.place(&at)? };
                self.stage.drop_file(Path::new(&path), at)?;
                self.settle()
            }
            Step::Clipboard { set: Some(text) } => {
                self.clipboard.clone_from(&text);
                self.stage.with_shell(move |shell| shell.set_clipboard(text))?;
                Ok(Value::Null)
            }
            Step::Clipboard { set: None } => {
                Ok(json!({"text": self.stage.with_shell(|shell| shell.clipboard())?}))
            }
            Step::Resize { width, height, scale } => {
                self.stage.resize(width, height, scale)?;
                self.settle()
            }
            Step::WaitMillis(millis) => self.pass_time(Duration::from_millis(millis)),
            Step::Wait(expectation) => self.wait(&expectation),
            Step::Expect(expectation) => self.expect(&expectation),
            Step::Tree { window } => {
                let windows = self.windows()?;
                let window = window.map(|name| window_named(&name, &windows)).transpose()?;
                Ok(json!({"tree": self.tree.to_json(window, &windows)}))
            }
            Step::Windows => {
                let list = self.stage.with_shell(|shell| shell.window_list())?;
                Ok(json!({"windows": list}))
            }
            Step::Stats => {
                let frames = self.stage.with_shell(|shell| shell.frames())?;
                let mut times = self.stage.frame_times();
                times.sort_unstable();
                let millis = |share: usize| {
                    let at = times.len().saturating_sub(1) * share / 100;
                    times.get(at).map_or(0.0, |time| (time.as_secs_f64() * 1e5).round() / 100.0)
                };
                let cost =
                    json!({"counted": times.len(), "p50": millis(50), "p99": millis(99), "max": millis(100)});
                Ok(json!({"frames": frames, "frame_cpu_ms": cost}))
            }
            Step::Syscall(call) => self.syscall(call),
            Step::Data { window, pointer } => Ok(json!({"data": self.data(window.as_ref(), &pointer)?})),
            Step::AnswerPrompt(answer) => {
                self.stage.with_shell(move |shell| shell.answer_prompt(&answer))??;
                self.settle()
            }
            Step::Clock { advance_ms } => {
                // In pieces, so that timers run in the order in which they are due.
                let mut left = Duration::from_millis(advance_ms);
                while !left.is_zero() {
                    let piece = left.min((Duration::from_millis(advance_ms) / 200).max(FRAME));
                    self.frame(Vec::new(), piece)?;
                    left -= piece;
                }
                self.settle()
            }
            Step::Shot { path, scale } => {
                let [width, height] = self.stage.shot(Path::new(&path), scale)?;
                Ok(json!({"path": path, "width": width, "height": height}))
            }
            Step::Restart => self.reboot(Reboot::Gentle),
            Step::Kill => self.reboot(Reboot::Kill),
        }
    }
}
