//! The pointer, moved and pressed as a hand would.

use super::{
    look::describe,
    runner::{FRAME, Outcome, Runner},
    stage::Stage,
    steps::Target,
    tree::Item,
};
use egui::{Event, Modifiers, PointerButton, Pos2, Vec2, accesskit};
use serde_json::json;
use std::time::Duration;

impl<S: Stage> Runner<S> {
    /// Moves the pointer onto a target so that a press would reach it, scrolling first where needed.
    pub(super) fn aim(&mut self, target: &Target) -> Result<Pos2, String> {
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

    pub(super) fn place(&mut self, target: &Target) -> Result<Pos2, String> {
        match (target.x, target.y) {
            (Some(x), Some(y)) => Ok(Pos2::new(x, y)),
            _ => self.find(target).map(|item| item.centre()),
        }
    }

    pub(super) fn move_to(&mut self, at: Pos2) -> Result<(), String> {
        self.pointer = at;
        self.frame(vec![Event::PointerMoved(at)], FRAME)?;
        // Hits are known from the widgets of the frame before.
        self.frame(Vec::new(), FRAME)?;
        Ok(())
    }

    pub(super) fn button(&mut self, button: PointerButton, pressed: bool) -> Result<(), String> {
        let event = Event::PointerButton { pos: self.pointer, button, pressed, modifiers: self.modifiers };
        self.frame(vec![event], FRAME)?;
        Ok(())
    }

    /// Presses or releases modifiers, as a window system reports it.
    pub(super) fn hold(&mut self, modifiers: Modifiers) -> Result<(), String> {
        if self.modifiers != modifiers {
            self.modifiers = modifiers;
            self.frame(vec![Event::ModifiersChanged(modifiers)], FRAME)?;
        }
        Ok(())
    }

    pub(super) fn click(&mut self, target: &Target, button: PointerButton, times: u32) -> Outcome {
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

    pub(super) fn drag(
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

    pub(super) fn scroll(&mut self, at: &Target, delta: Vec2) -> Outcome {
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
