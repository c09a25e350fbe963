//! What scripts and tests may ask of the desktop, and do to it, beside input.

use super::{Action, Shell, approvals::Choice};
use abi::{Call, Reply, SysResult, TaskId};
use egui::accesskit::NodeId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use windows::{Op, WindowId};

/// A window as the outside sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowInfo {
    /// Its number; never used again.
    pub id: u64,
    /// The app that it belongs to.
    pub app: String,
    /// What its title bar says.
    pub title: String,
    /// x, y, width, height in points.
    pub rect: [f32; 4],
    /// The snap zone it fills, in snake_case.
    pub zone: Option<windows::Zone>,
    /// `normal`, `minimised`, `zoomed`, `full_screen`.
    pub state: windows::WindowState,
    /// Place in the stack, 0 is at the bottom.
    pub z: usize,
    /// Has the keyboard.
    pub focused: bool,
    /// The app failed; this is why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Shell {
    /// All windows, from bottom to top.
    #[must_use]
    pub fn window_list(&self) -> Vec<WindowInfo> {
        let windows = self.layout.windows().enumerate();
        windows
            .map(|(z, window)| WindowInfo {
                id: window.id.0,
                app: window.app.clone(),
                title: window.title.clone(),
                rect: [window.rect.x, window.rect.y, window.rect.width, window.rect.height],
                zone: window.zone,
                state: window.state(),
                z,
                focused: self.layout.is_focused(window.id),
                error: self.hosted.get(&window.id).and_then(|hosted| hosted.failure().map(str::to_owned)),
            })
            .collect()
    }

    /// The part of an app's data at a JSON pointer.
    ///
    /// # Errors
    /// No such window, or nothing at the pointer; the text names what there is.
    pub fn app_data(&self, window: u64, pointer: &str) -> Result<Value, String> {
        let hosted =
            self.hosted.get(&WindowId(window)).ok_or_else(|| format!("there is no window {window}"))?;
        let data = hosted.ask(|app| app.data()).unwrap_or_default();
        data.pointer(pointer).cloned().ok_or_else(|| {
            let keys = data.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>().join(", "));
            format!(
                "nothing at \"{pointer}\"; at the top there is {}",
                keys.unwrap_or_else(|| data.to_string())
            )
        })
    }

    /// Frames since the start of the desktop. While nothing changes it stands still.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Starts a call of the desktop's own process. For scripts; what a person does goes through apps.
    ///
    /// # Errors
    /// `EAGAIN` when too many are under way.
    pub fn submit(&self, call: Call) -> SysResult<TaskId> {
        self.processes.system().submit(call)
    }

    /// The result of such a call, once; `None` while it is under way.
    #[must_use]
    pub fn collect(&self, task: TaskId) -> Option<SysResult<Reply>> {
        self.processes.system().poll(task)
    }

    /// Whether calls to the host's files are under way, so that the picture may still change.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.processes.host_calls_under_way() > 0 || self.screenshot.is_some()
    }

    /// Widgets that a press at the pointer would reach, as accessibility ids.
    #[must_use]
    pub fn widgets_under_pointer(&self) -> Vec<NodeId> {
        self.ctx
            .interaction_snapshot(|snapshot| snapshot.hovered.iter().map(egui::Id::accesskit_id).collect())
    }

    /// The window whose frame or content is on top at this place.
    #[must_use]
    pub fn window_at(&self, at: egui::Pos2) -> Option<u64> {
        self.layout.hit_test(super::actions::to_point(at)).map(|hit| hit.window.0)
    }

    /// Raises and focuses a window.
    pub fn focus_window(&mut self, window: u64) {
        self.push(Action::Layout(Op::Focus { window: WindowId(window) }));
    }

    /// Answers the question on top: `yes`, `no`, or the label of one of its buttons.
    ///
    /// # Errors
    /// No question is open, or the answer is none of its buttons.
    pub fn answer_prompt(&mut self, answer: &str) -> Result<(), String> {
        let word = answer.to_lowercase();
        let Some((dialog, open)) = self.dialogs.top() else {
            return self.answer_top_request(&word);
        };
        let yes = if word == open.confirm.to_lowercase()
            || ["yes", "ok", "allow", "confirm", "true"].contains(&word.as_str())
        {
            true
        } else if ["no", "cancel", "deny", "false"].contains(&word.as_str()) {
            false
        } else {
            return Err(format!("\"{}\" has the answers \"{}\" and \"Cancel\"", open.title, open.confirm));
        };
        self.push(Action::Answer { dialog, yes });
        Ok(())
    }

    fn answer_top_request(&mut self, word: &str) -> Result<(), String> {
        let Some((prompt, _)) = self.approvals.top() else { return Err("no question is open".into()) };
        let is_meant = |choice: &&Choice| {
            choice.label().to_lowercase() == word
                || (**choice == Choice::Deny && ["no", "cancel", "false"].contains(&word))
        };
        let Some(choice) = Choice::ALL.iter().find(is_meant) else {
            let labels: Vec<&str> = Choice::ALL.iter().map(|choice| choice.label()).collect();
            return Err(format!("the answers are \"{}\"", labels.join("\", \"")));
        };
        if !prompt.is_answerable(self.now) {
            return Err("the request has come into view just now and cannot be answered yet".into());
        }
        let prompt = prompt.key;
        self.push(Action::AnswerRequest { prompt, choice: *choice });
        Ok(())
    }

    /// What was last copied.
    #[must_use]
    pub fn clipboard(&self) -> String {
        self.clipboard.clone()
    }

    /// Puts a text on the clipboard.
    pub fn set_clipboard(&mut self, text: String) {
        self.ctx.copy_text(text.clone());
        self.clipboard = text;
    }

    /// Keeps what widgets copied, and opens causes for what they reported.
    pub(crate) fn after_drawing(&mut self, output: &egui::PlatformOutput) {
        for command in &output.commands {
            if let egui::OutputCommand::CopyText(text) = command {
                self.clipboard.clone_from(text);
            }
        }
        if self.actions.iter().any(|(action, account)| action.starts() && account.is_none()) {
            self.account_for_starts(&output.events);
        } else {
            self.note_widget_events(&output.events);
        }
        self.toasts.advance(self.now);
    }
}

impl Shell {
    /// Switches between light and dark, as Settings does.
    pub fn set_theme(&mut self, theme: widgets::ThemeChoice) {
        let appearance = widgets::Appearance { theme, ..self.appearance.clone() };
        self.set_appearance(appearance);
    }
}
