//! A Blueprint document as an app: the instance, its renderer, and the tools that it may call.
//!
//! input → `UiEvent` (drawing) → instance (logic) → tools → syscalls of the app's own process → results →
//! changed nodes (next frame). A document that cannot be read shows what is wrong with it.

use abi::{CauseId, CauseKind, CauseSpec, UiCaller};
use blueprint::{Diagnostic, Effect, Instance, Severity, UiEvent};
use services::{DesktopRequest, ToolRunner};
use std::time::Duration;
use widgets::{App, AppContext, BlueprintView, Question, ShellCommand, Tone, theme::Theme};

/// A Blueprint app in a window.
pub(crate) struct BlueprintHost {
    app: String,
    name: String,
    state: State,
}

enum State {
    Running(Box<Running>),
    /// The document cannot run; these are the reasons.
    Broken(String),
}

struct Running {
    instance: Instance,
    view: BlueprintView,
    tools: ToolRunner,
    /// What a person did since the last `logic`.
    events: Vec<UiEvent>,
    mounted: bool,
    focused: bool,
    /// Whether the instance knows of `focused`.
    focus_told: bool,
    /// Answers of the shell to questions of the instance.
    answers: Vec<(u64, bool)>,
    title: Option<String>,
    glass: bool,
    /// The component that gets the keyboard with the next frame.
    focus_next: Option<String>,
    /// What the shell last said a person did.
    last_cause: CauseId,
    /// The account of everything that the document's intervals do.
    timer: Option<CauseId>,
}

impl BlueprintHost {
    /// Reads a document.
    pub(crate) fn from_bytes(app: &str, name: &str, bytes: &[u8], syscalls: UiCaller) -> Self {
        let loaded = Instance::load(bytes);
        let state = match loaded.instance {
            None => State::Broken(reasons(&loaded.diagnostics)),
            Some(instance) => State::Running(Box::new(Running {
                glass: instance.document().ui.get("backdrop").and_then(|value| value.as_str())
                    == Some("glass"),
                view: BlueprintView::new(app),
                tools: ToolRunner::new(app, syscalls),
                instance,
                events: Vec::new(),
                mounted: false,
                focused: false,
                focus_told: true,
                answers: Vec::new(),
                title: None,
                focus_next: None,
                last_cause: CauseId::NONE,
                timer: None,
            })),
        };
        BlueprintHost { app: app.to_owned(), name: name.to_owned(), state }
    }

    /// The document could not be had.
    pub(crate) fn failed(app: &str, name: &str, why: &str) -> Self {
        BlueprintHost { app: app.to_owned(), name: name.to_owned(), state: State::Broken(why.to_owned()) }
    }

    /// Size of the content that the document asks for.
    pub(crate) fn wanted_size(&self) -> Option<(f32, f32)> {
        let State::Running(running) = &self.state else { return None };
        let hint = running.instance.window();
        Some((hint.width.unwrap_or(560.0), hint.height.unwrap_or(420.0)))
    }

    /// Least size of the content that the document asks for.
    pub(crate) fn least_size(&self) -> Option<(f32, f32)> {
        let State::Running(running) = &self.state else { return None };
        let hint = running.instance.window();
        (hint.min_width.is_some() || hint.min_height.is_some())
            .then(|| (hint.min_width.unwrap_or(200.0), hint.min_height.unwrap_or(120.0)))
    }
}

fn reasons(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let lines = errors.take(5).map(|d| match &d.hint {
        Some(hint) => format!("line {}, column {}: {} ({hint})", d.line, d.column, d.message),
        None => format!("line {}, column {}: {}", d.line, d.column, d.message),
    });
    lines.collect::<Vec<_>>().join("\n")
}

impl Running {
    fn logic(&mut self, app: &str, name: &str, cx: &mut AppContext<'_>) {
        let millis = (cx.now_seconds * 1000.0) as u64;
        self.tools.set_caller(cx.syscalls.clone());
        let mut effects = Vec::new();
        if !std::mem::replace(&mut self.mounted, true) {
            effects.extend(self.instance.mount(millis, &mut self.tools));
        }
        if !std::mem::replace(&mut self.focus_told, true) {
            effects.extend(if self.focused {
                self.instance.focus(&mut self.tools)
            } else {
                self.instance.blur(&mut self.tools)
            });
        }
        for (question, yes) in std::mem::take(&mut self.answers) {
            effects.extend(self.instance.answer(question, yes, &mut self.tools));
        }
        let events = std::mem::take(&mut self.events);
        // What the shell saw is the same click only when it is new and there was one.
        let shell_cause = cx.syscalls.cause();
        let is_new = std::mem::replace(&mut self.last_cause, shell_cause) != shell_cause;
        let parent = Some(shell_cause).filter(|_| is_new && events.len() == 1);
        for event in events {
            let cause = cause_of(app, name, &event, parent, cx.syscalls);
            self.tools.set_caller(cx.syscalls.with_cause(cause));
            effects.extend(self.instance.dispatch(event, &mut self.tools));
        }
        if self.instance.next_tick_millis().is_some_and(|due| due <= millis) {
            let timer = *self.timer.get_or_insert_with(|| timer_cause(app, name, cx.syscalls));
            self.tools.set_caller(cx.syscalls.with_cause(timer));
            effects.extend(self.instance.tick(millis, &mut self.tools));
        }
        // A result may start the next call at once, such as a write after a read.
        for _ in 0..16 {
            let finished = self.tools.poll();
            if finished.is_empty() {
                break;
            }
            for (ticket, result) in finished {
                self.tools.continue_for(ticket);
                effects.extend(self.instance.resolve(ticket, result, &mut self.tools));
            }
        }
        if let Some(due) = self.instance.next_tick_millis() {
            cx.wake_after(Duration::from_millis(due.saturating_sub(millis).max(1)));
        }
        self.carry_out(effects, cx);
        for request in self.tools.take_requests() {
            self.ask_desktop(request, cx);
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>, cx: &mut AppContext<'_>) {
        for effect in effects {
            match effect {
                Effect::Confirm { question, message, confirm_label, .. } => {
                    let confirm = confirm_label.unwrap_or_else(|| "OK".into());
                    let destructive = ["delete", "remove", "clear", "discard"].iter().any(|word| {
                        message.to_lowercase().contains(word) || confirm.to_lowercase().contains(word)
                    });
                    cx.commands.push(ShellCommand::Ask(Question {
                        id: question,
                        title: message,
                        text: String::new(),
                        confirm,
                        destructive,
                    }));
                }
                Effect::Focus { component } => self.focus_next = Some(component),
                Effect::Notify { title, message, kind } => {
                    let (title, text) =
                        if title.is_empty() { (message, String::new()) } else { (title, message) };
                    cx.toast(tone_of(&kind), title, text);
                }
            }
        }
    }

    fn ask_desktop(&mut self, request: DesktopRequest, cx: &mut AppContext<'_>) {
        cx.commands.push(match request {
            DesktopRequest::OpenApp(app) => ShellCommand::OpenApp(app),
            DesktopRequest::CloseSelf => ShellCommand::CloseWindow,
            DesktopRequest::Toast { tone, title, text } => {
                ShellCommand::Toast { tone: tone_of(&tone), title, text }
            }
            DesktopRequest::CopyText(text) => ShellCommand::CopyText(text),
            DesktopRequest::SetTitle(title) => {
                self.title = Some(title);
                return;
            }
        });
    }
}

fn timer_cause(app: &str, name: &str, syscalls: &UiCaller) -> CauseId {
    syscalls.open_cause(CauseSpec {
        app: Some(app.to_owned()),
        ..CauseSpec::new(CauseKind::Timer, format!("timer in {name}"))
    })
}

fn cause_of(app: &str, name: &str, event: &UiEvent, parent: Option<CauseId>, syscalls: &UiCaller) -> CauseId {
    let kind = match event.event.as_str() {
        "change" | "submit" => CauseKind::Key,
        _ => CauseKind::Pointer,
    };
    syscalls.open_cause(CauseSpec {
        app: Some(app.to_owned()),
        component: Some(event.component.clone()),
        parent,
        ..CauseSpec::new(kind, format!("{} on {} in {name}", event.event, event.component))
    })
}

fn tone_of(word: &str) -> Tone {
    match word {
        "success" => Tone::Success,
        "warning" => Tone::Warning,
        "error" => Tone::Error,
        _ => Tone::Info,
    }
}

impl App for BlueprintHost {
    fn title(&self) -> String {
        match &self.state {
            State::Broken(_) => self.name.clone(),
            State::Running(running) => {
                running.title.clone().unwrap_or_else(|| running.instance.window().title)
            }
        }
    }

    fn logic(&mut self, cx: &mut AppContext<'_>) {
        if let State::Running(running) = &mut self.state {
            running.logic(&self.app, &self.name, cx);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        let theme = Theme::of(ui);
        match &mut self.state {
            State::Broken(why) => {
                ui.add_space(24.0);
                widgets::controls::error_box(ui, "This app cannot be shown", why);
            }
            State::Running(running) => {
                running.view.set_focused(running.focused);
                if let Some(component) = running.focus_next.take() {
                    running.view.focus(ui, &component);
                }
                let events = running.view.ui(ui, running.instance.view(), &theme);
                // What is bound to data changes with the next logic, so one more frame is due.
                if !events.is_empty() {
                    ui.ctx().request_repaint();
                }
                running.events.extend(events);
            }
        }
    }

    fn glass(&self) -> bool {
        matches!(&self.state, State::Running(running) if running.glass)
    }

    fn badge(&self) -> Option<(String, String)> {
        Some(("Blueprint".into(), "An app made of data. It can do only what its tools allow.".into()))
    }

    fn answered(&mut self, id: u64, yes: bool) {
        if let State::Running(running) = &mut self.state {
            running.answers.push((id, yes));
        }
    }

    fn focus_changed(&mut self, focused: bool) {
        if let State::Running(running) = &mut self.state {
            running.focus_told = running.focused == focused;
            running.focused = focused;
        }
    }

    fn closing(&mut self, cx: &mut AppContext<'_>) {
        if let State::Running(running) = &mut self.state {
            running.tools.set_caller(cx.syscalls.clone());
            // Nobody is left to carry out what it would still want of the desktop.
            let _ = running.instance.unmount(&mut running.tools);
        }
    }

    fn data(&self) -> serde_json::Value {
        match &self.state {
            State::Running(running) => running.instance.data().clone(),
            State::Broken(why) => serde_json::json!({ "error": why }),
        }
    }
}
