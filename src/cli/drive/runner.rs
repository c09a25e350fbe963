//! Carries steps out: finds nodes, synthesises pointer and keys as a person's hands would make them,
//! and compares what is there with what was expected.
//!
//! After each step the desktop settles: frames run while something moves, and while calls to the
//! host's files are under way (at most [`SETTLE_LIMIT`]).

use super::{
    stage::{Busy, Frame, Reboot, Stage},
    steps::{Expectation, MAX_WAIT_MILLIS, Step, Target, WindowName, parse},
    tree::{Item, Tree, WindowRef, window_named},
};
use compositor::Chord;
use egui::{Event, Modifiers, PointerButton, Pos2, Vec2, accesskit};
use serde_json::{Value, json};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// One frame of the scripted clock.
const FRAME: Duration = Duration::from_micros(16_667);
/// Frames of animation that a step may take to come to rest.
const MAX_SETTLE_FRAMES: usize = 240;
/// Frames that a step gives to results and output that keep arriving.
const MAX_WOKEN_FRAMES: usize = 30;
/// Longest real time that a step waits for the host's files.
const SETTLE_LIMIT: Duration = Duration::from_secs(2);
/// Between two looks while waiting.
const POLL: Duration = Duration::from_millis(5);
/// What `wait` allows when the script says nothing.
const DEFAULT_WAIT_MILLIS: u64 = 5_000;

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
    stage: S,
    tree: Tree,
    pointer: Pos2,
    modifiers: Modifiers,
    clipboard: String,
    /// The button is down: a drag that was not released.
    dragging: bool,
    /// Modifier keys that are down.
    held: Vec<egui::Key>,
    /// The journal is told of each step.
    is_told: bool,
}

type Outcome = Result<Value, String>;

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
            pause(POLL);
            self.frame(Vec::new(), POLL)?;
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
                Ok(json!({"frames": frames}))
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

    // ---- frames and time

    fn frame(&mut self, events: Vec<Event>, step: Duration) -> Result<Frame, String> {
        let mut frame = self.stage.frame(events, step)?;
        if let Some(update) = frame.tree.take() {
            self.tree = Tree::new(&update);
        }
        Ok(frame)
    }

    /// Frames until nothing moves, nothing is under way and no result waits, seen twice: a result that
    /// arrived after the last frame is taken in by the next one, which may ask for more.
    fn settle(&mut self) -> Outcome {
        let began = Instant::now();
        let (mut moving, mut woken, mut calm) = (0, 0, 0);
        loop {
            let frame = self.frame(Vec::new(), FRAME)?;
            if frame.repaint_after < FRAME && moving < MAX_SETTLE_FRAMES {
                moving += 1;
                continue;
            }
            match self.stage.busy()? {
                Busy::Calls if began.elapsed() < SETTLE_LIMIT => {
                    calm = 0;
                    pause(Duration::from_millis(1));
                }
                // A program that never stops writing is no reason to wait for ever.
                Busy::Woken if woken < MAX_WOKEN_FRAMES => {
                    calm = 0;
                    woken += 1;
                }
                _ => calm += 1,
            }
            if calm >= 2 {
                return Ok(Value::Null);
            }
        }
    }

    fn pass_time(&mut self, time: Duration) -> Outcome {
        let began = Instant::now();
        while began.elapsed() < time {
            pause(POLL.min(time.saturating_sub(began.elapsed())));
            self.frame(Vec::new(), POLL)?;
        }
        self.settle()
    }

    fn wait(&mut self, expectation: &Expectation) -> Outcome {
        let limit =
            Duration::from_millis(expectation.timeout_ms.unwrap_or(DEFAULT_WAIT_MILLIS).min(MAX_WAIT_MILLIS));
        let began = Instant::now();
        loop {
            match self.expect(expectation) {
                Ok(mut found) => {
                    if let Value::Object(object) = &mut found {
                        object.insert("waited_ms".into(), json!(began.elapsed().as_millis() as u64));
                    }
                    return Ok(found);
                }
                Err(why) if began.elapsed() >= limit => {
                    return Err(format!("after {} ms: {why}", limit.as_millis()));
                }
                Err(_) => {
                    pause(POLL);
                    self.frame(Vec::new(), POLL)?;
                }
            }
        }
    }

    fn reboot(&mut self, how: Reboot) -> Outcome {
        self.stage.reboot(how)?;
        self.pointer = Pos2::new(-1.0, -1.0);
        self.modifiers = Modifiers::NONE;
        self.dragging = false;
        self.held.clear();
        self.settle()
    }

    // ---- looking

    fn windows(&mut self) -> Result<Vec<WindowRef>, String> {
        self.stage.with_shell(|shell| {
            let windows = shell.window_list();
            windows
                .into_iter()
                .map(|w| WindowRef { id: w.id, app: w.app, title: w.title, focused: w.focused })
                .collect()
        })
    }

    fn data(&mut self, window: Option<&WindowName>, pointer: &str) -> Outcome {
        let windows = self.windows()?;
        let window = match window {
            Some(name) => window_named(name, &windows)?,
            None => windows
                .iter()
                .find(|w| w.focused)
                .map(|w| w.id)
                .ok_or("data: no window has the focus; name one")?,
        };
        let pointer = pointer.to_owned();
        self.stage.with_shell(move |shell| shell.app_data(window, &pointer))?
    }

    fn find(&mut self, target: &Target) -> Result<Item, String> {
        let windows = self.windows()?;
        let found = self.tree.find(target, &windows)?;
        match found.first() {
            Some(item) => Ok((*item).clone()),
            None => Err(format!("nothing fits {}{}", describe(target), self.tree.near(target))),
        }
    }

    fn expect(&mut self, wanted: &Expectation) -> Outcome {
        if let Some(pointer) = &wanted.data {
            let there = self.data(wanted.window.as_ref(), pointer)?;
            let equals = wanted.equals.clone().unwrap_or_default();
            let same = there == equals || there.as_f64().zip(equals.as_f64()).is_some_and(|(a, b)| a == b);
            return if same {
                Ok(json!({"data": there}))
            } else {
                Err(format!("data {pointer} is {there}, expected {equals}"))
            };
        }
        if wanted.is_about_window() {
            let list = self.stage.with_shell(|shell| shell.window_list())?;
            return super::window_expectation::compare(wanted, &list);
        }
        let windows = self.windows()?;
        let found = self.tree.find(&wanted.target(), &windows)?;
        let fits = |item: &&&Item| {
            wanted.value.as_ref().is_none_or(|value| item.value_matches(value))
                && wanted
                    .value_contains
                    .as_deref()
                    .is_none_or(|part| item.value.as_deref().is_some_and(|v| v.contains(part)))
                && wanted.checked.is_none_or(|checked| item.checked == Some(checked))
                && wanted.selected.is_none_or(|selected| item.selected == Some(selected))
                && wanted.enabled.is_none_or(|enabled| item.enabled == enabled)
                && wanted.focused.is_none_or(|focused| item.focused == focused)
        };
        let fitting: Vec<&&Item> = found.iter().filter(fits).collect();
        if let Some(count) = wanted.count {
            return if fitting.len() == count {
                Ok(json!({"count": count}))
            } else {
                Err(format!("{} fit {}, expected {count}", fitting.len(), describe(&wanted.target())))
            };
        }
        match (wanted.exists.unwrap_or(true), fitting.first()) {
            (true, Some(item)) => Ok(json!({"found": item.to_json(&windows)})),
            (false, None) => Ok(Value::Null),
            (false, Some(item)) => Err(format!("expected nothing, but there is {}", item.to_json(&windows))),
            (true, None) => match found.first() {
                Some(item) => {
                    Err(format!("{} is there, but is {}", describe(&wanted.target()), item.to_json(&windows)))
                }
                None => Err(format!(
                    "nothing fits {}{}",
                    describe(&wanted.target()),
                    self.tree.near(&wanted.target())
                )),
            },
        }
    }

    // ---- pointer

    /// Moves the pointer onto a target so that a press would reach it, scrolling first where needed.
    fn aim(&mut self, target: &Target) -> Result<Pos2, String> {
        if let (Some(x), Some(y)) = (target.x, target.y) {
            let at = Pos2::new(x, y);
            self.move_to(at)?;
            return Ok(at);
        }
        let item = self.find(target)?;
        if !item.enabled {
            return Err(format!("{} \"{}\" is disabled", item.role, item.name));
        }
        let at = item.centre();
        self.move_to(at)?;
        if self.reaches(&item, at)? {
            return Ok(at);
        }
        // Not there yet: perhaps it is scrolled out of its view.
        let request = accesskit::ActionRequest {
            action: accesskit::Action::ScrollIntoView,
            target_tree: accesskit::TreeId::ROOT,
            target_node: item.node,
            data: None,
        };
        self.frame(vec![Event::AccessKitActionRequest(request)], FRAME)?;
        self.settle()?;
        let item =
            self.tree.get(item.node).cloned().ok_or_else(|| format!("{} is gone", describe(target)))?;
        let at = item.centre();
        self.move_to(at)?;
        if self.reaches(&item, at)? {
            return Ok(at);
        }
        Err(format!(
            "{} \"{}\" at {:.0},{:.0} cannot be reached: {}",
            item.role,
            item.name,
            at.x,
            at.y,
            self.cover(&item, at)?
        ))
    }

    /// Whether a press at `at` goes to this node (or to something inside of it).
    fn reaches(&mut self, item: &Item, at: Pos2) -> Result<bool, String> {
        let (hits, window) =
            self.stage.with_shell(move |shell| (shell.widgets_under_pointer(), shell.window_at(at)))?;
        if item.clickable {
            return Ok(hits.contains(&item.node));
        }
        // Plain text senses nothing: its window must be on top and the place inside of the frame.
        Ok(window == item.window && item.rect().is_positive())
    }

    fn cover(&mut self, item: &Item, at: Pos2) -> Result<String, String> {
        let (hits, window) =
            self.stage.with_shell(move |shell| (shell.widgets_under_pointer(), shell.window_at(at)))?;
        if window != item.window {
            let windows = self.windows()?;
            if let Some(cover) = windows.iter().find(|w| Some(w.id) == window) {
                return Ok(format!("the window \"{}\" ({}) covers it", cover.title, cover.app));
            }
        }
        let cover = hits.iter().find_map(|node| self.tree.get(*node));
        Ok(match cover {
            Some(cover) => format!("{} \"{}\" covers it", cover.role, cover.name),
            None => "it lies outside of what can be seen".into(),
        })
    }

    fn place(&mut self, target: &Target) -> Result<Pos2, String> {
        match (target.x, target.y) {
            (Some(x), Some(y)) => Ok(Pos2::new(x, y)),
            _ => self.find(target).map(|item| item.centre()),
        }
    }

    fn move_to(&mut self, at: Pos2) -> Result<(), String> {
        self.pointer = at;
        self.frame(vec![Event::PointerMoved(at)], FRAME)?;
        // Hits are known from the widgets of the frame before.
        self.frame(Vec::new(), FRAME)?;
        Ok(())
    }

    fn button(&mut self, button: PointerButton, pressed: bool) -> Result<(), String> {
        let event = Event::PointerButton { pos: self.pointer, button, pressed, modifiers: self.modifiers };
        self.frame(vec![event], FRAME)?;
        Ok(())
    }

    /// Presses or releases modifiers, as a window system reports it.
    fn hold(&mut self, modifiers: Modifiers) -> Result<(), String> {
        if self.modifiers != modifiers {
            self.modifiers = modifiers;
            self.frame(vec![Event::ModifiersChanged(modifiers)], FRAME)?;
        }
        Ok(())
    }

    fn click(&mut self, target: &Target, button: PointerButton, times: u32) -> Outcome {
        // Far enough from an earlier click that two steps never make a double click.
        self.frame(Vec::new(), Duration::from_millis(400))?;
        let at = self.aim(target)?;
        for _ in 0..times {
            self.button(button, true)?;
            self.button(button, false)?;
        }
        self.settle()?;
        Ok(json!({"x": at.x, "y": at.y}))
    }

    fn drag(
        &mut self,
        from: &Target,
        to: &Target,
        steps: u32,
        modifiers: Option<String>,
        release: bool,
    ) -> Outcome {
        let held = match modifiers.as_deref() {
            None => Modifiers::NONE,
            Some(words) => modifiers_of(words)?,
        };
        let start = match (from.x, from.y) {
            (Some(x), Some(y)) => {
                let at = Pos2::new(x, y);
                self.move_to(at)?;
                at
            }
            _ => self.aim(from)?,
        };
        let end = self.place(to)?;
        self.hold(held)?;
        self.button(PointerButton::Primary, true)?;
        for step in 1..=steps {
            self.pointer = start + (end - start) * (step as f32 / steps as f32);
            self.frame(vec![Event::PointerMoved(self.pointer)], FRAME)?;
        }
        self.dragging = !release;
        if release {
            self.frame(Vec::new(), FRAME)?;
            self.button(PointerButton::Primary, false)?;
            self.hold(Modifiers::NONE)?;
        }
        self.settle()?;
        Ok(json!({"from": [start.x, start.y], "to": [end.x, end.y]}))
    }

    fn scroll(&mut self, at: &Target, delta: Vec2) -> Outcome {
        if *at != Target::default() {
            let place = self.place(at)?;
            self.move_to(place)?;
        }
        let event = Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta,
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: self.modifiers,
        };
        self.frame(vec![event], FRAME)?;
        self.settle()
    }

    // ---- keyboard

    fn focus(&mut self, target: &Target) -> Outcome {
        let item = self.find(target)?;
        let request = accesskit::ActionRequest {
            action: accesskit::Action::Focus,
            target_tree: accesskit::TreeId::ROOT,
            target_node: item.node,
            data: None,
        };
        if let Some(window) = item.window {
            self.stage.with_shell(move |shell| shell.focus_window(window))?;
        }
        self.frame(vec![Event::AccessKitActionRequest(request)], FRAME)?;
        self.settle()
    }

    fn type_text(&mut self, text: &str) -> Outcome {
        for c in text.chars() {
            match c {
                '\n' | '\r' => self.press(Chord::parse("Enter").ok_or("Enter")?, None, false)?,
                '\t' => self.press(Chord::parse("Tab").ok_or("Tab")?, None, false)?,
                c => {
                    let key = compositor::key_named(&c.to_string());
                    let chord = Chord { ctrl: false, alt: false, shift: c.is_uppercase(), sup: false, key };
                    self.press(chord, Some(c.to_string()), false)?;
                }
            }
        }
        self.settle()
    }

    fn key(&mut self, text: &str, times: u32, hold: bool) -> Outcome {
        let chord = Chord::parse(text).ok_or_else(|| {
            format!(
                "key: \"{text}\" is no key; examples: Enter, Ctrl+K, Alt+ArrowLeft, Ctrl+Shift+Escape, F11, 7"
            )
        })?;
        for _ in 0..times {
            self.press(chord, printed(chord), hold)?;
        }
        self.settle()
    }

    /// Lets go of the button and of the modifiers that earlier steps held.
    fn release(&mut self) -> Outcome {
        if std::mem::take(&mut self.dragging) {
            self.button(PointerButton::Primary, false)?;
        }
        let keys = std::mem::take(&mut self.held);
        if !keys.is_empty() {
            let up = |key| Event::Key {
                key,
                physical_key: None,
                pressed: false,
                repeat: false,
                modifiers: self.modifiers,
            };
            let events = keys.into_iter().rev().map(up).collect();
            self.frame(events, FRAME)?;
        }
        self.hold(Modifiers::NONE)?;
        self.settle()
    }

    /// Presses and releases a chord as a window system reports it; its modifiers stay down where it is held.
    fn press(&mut self, chord: Chord, text: Option<String>, hold: bool) -> Result<(), String> {
        let down_already = |key| self.held.contains(&key);
        let chord = Chord {
            ctrl: chord.ctrl || down_already(egui::Key::ControlLeft),
            alt: chord.alt || down_already(egui::Key::AltLeft),
            shift: chord.shift || down_already(egui::Key::ShiftLeft),
            sup: chord.sup || down_already(egui::Key::SuperLeft),
            key: chord.key,
        };
        let modifiers = Modifiers {
            alt: chord.alt,
            ctrl: chord.ctrl,
            shift: chord.shift,
            mac_cmd: false,
            command: chord.ctrl,
        };
        let event = |key, pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
        let mut down = Vec::new();
        let keys: Vec<egui::Key> = modifier_keys(chord).collect();
        let pressed = keys.iter().filter(|key| !self.held.contains(key));
        down.extend(pressed.map(|key| event(*key, true)));
        self.modifiers = modifiers;
        // Copy, cut and paste reach egui as such from a real window, in place of the letter.
        let clipboard_event = match (chord.ctrl && !chord.alt, chord.key) {
            (true, Some(egui::Key::C)) => Some(Event::Copy),
            (true, Some(egui::Key::X)) => Some(Event::Cut),
            (true, Some(egui::Key::V)) => {
                let text = self.stage.with_shell(|shell| shell.clipboard())?;
                Some(Event::Paste(text))
            }
            _ => None,
        };
        down.push(Event::ModifiersChanged(modifiers));
        match (clipboard_event, chord.key) {
            (Some(event), _) => down.push(event),
            (None, Some(key)) => down.push(event(key, true)),
            (None, None) => {}
        }
        if let Some(text) = text.filter(|_| !chord.ctrl && !chord.alt && !chord.sup) {
            down.push(Event::Text(text));
        }
        self.frame(down, FRAME)?;
        let mut up: Vec<Event> = chord.key.map(|key| event(key, false)).into_iter().collect();
        if hold {
            self.held = keys;
        } else if self.held.is_empty() {
            up.extend(keys.iter().rev().map(|key| event(*key, false)));
            self.modifiers = Modifiers::NONE;
            up.push(Event::ModifiersChanged(Modifiers::NONE));
        }
        self.frame(up, FRAME)?;
        Ok(())
    }

    fn ime(&mut self, preedit: Option<String>, commit: Option<String>) -> Outcome {
        let mut events = Vec::new();
        if let Some(text) = preedit {
            events.push(Event::Ime(egui::ImeEvent::Preedit { text, active_range_chars: None }));
        }
        if let Some(text) = commit {
            events.push(Event::Ime(egui::ImeEvent::Commit(text)));
        }
        for event in events {
            self.frame(vec![event], FRAME)?;
        }
        self.settle()
    }
}

/// The keys of a chord's modifiers, which a window system reports as keys, too.
fn modifier_keys(chord: Chord) -> impl Iterator<Item = egui::Key> {
    use egui::Key::{AltLeft, ControlLeft, ShiftLeft, SuperLeft};
    let keys =
        [(chord.ctrl, ControlLeft), (chord.alt, AltLeft), (chord.shift, ShiftLeft), (chord.sup, SuperLeft)];
    keys.into_iter().filter(|(held, _)| *held).map(|(_, key)| key)
}

/// What a chord types, where it types something.
fn printed(chord: Chord) -> Option<String> {
    use egui::Key;
    let key = chord.key?;
    Some(match key {
        Key::Space => " ".into(),
        Key::Enter | Key::Tab | Key::Backspace | Key::Escape | Key::Delete | Key::Insert => return None,
        _ => {
            let symbol = match key {
                Key::Plus => "+",
                Key::Minus => "-",
                Key::Equals => "=",
                Key::Slash => "/",
                Key::Period => ".",
                Key::Comma => ",",
                Key::Colon => ":",
                Key::Semicolon => ";",
                Key::Quote => "'",
                Key::Backtick => "`",
                Key::Backslash => "\\",
                Key::Pipe => "|",
                Key::Questionmark => "?",
                Key::Exclamationmark => "!",
                Key::OpenBracket => "[",
                Key::CloseBracket => "]",
                Key::OpenCurlyBracket => "{",
                Key::CloseCurlyBracket => "}",
                _ => key.name(),
            };
            if symbol.chars().count() != 1 || key.name().starts_with("Arrow") {
                return None;
            }
            if chord.shift { symbol.to_uppercase() } else { symbol.to_lowercase() }
        }
    })
}

fn modifiers_of(words: &str) -> Result<Modifiers, String> {
    let mut modifiers = Modifiers::NONE;
    for word in words.split('+') {
        match word.trim().to_ascii_lowercase().as_str() {
            "shift" => modifiers.shift = true,
            "ctrl" | "control" => {
                modifiers.ctrl = true;
                modifiers.command = true;
            }
            "alt" => modifiers.alt = true,
            other => return Err(format!("drag: \"{other}\" is no modifier; use Shift, Ctrl or Alt")),
        }
    }
    Ok(modifiers)
}

fn describe(target: &Target) -> String {
    let mut words = Vec::new();
    if let Some(role) = &target.role {
        words.push(format!("role {role}"));
    }
    if let Some(name) = &target.name {
        words.push(format!("name \"{name}\""));
    }
    if let Some(part) = &target.name_contains {
        words.push(format!("a name with \"{part}\""));
    }
    if let Some(id) = &target.id {
        words.push(format!("id {id}"));
    }
    if let Some(window) = &target.window {
        words.push(match window {
            WindowName::Number(id) => format!("in window {id}"),
            WindowName::Words(words) => format!("in window {words}"),
        });
    }
    if words.is_empty() { "anything".into() } else { words.join(", ") }
}

/// The one place where a script waits for real time to pass.
fn pause(time: Duration) {
    std::thread::sleep(time);
}
