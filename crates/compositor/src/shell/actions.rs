//! What keys and drawing ask for, and its execution between frames.

use super::{
    FirstRun, Shell,
    background::Background,
    dialog::{Dialog, Purpose},
    hosted::{Hosted, MotionKind},
    keys::ShellAction,
    toast::Toast,
};
use crate::shell::approvals::{Choice, PromptKey};
use abi::{Capability, CauseKind, Pid, RunId};
use egui::Rect;
use widgets::{ShellCommand, Subject, Tone};
use windows::{Cycle, Op, Outcome, Point, SnapModifier, WindowId};

/// Something to be done between frames.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// An operation on the layout.
    Layout(Op),
    /// A key of the shell.
    Key(ShellAction),
    /// Start or focus an app, or open a path.
    Open(String),
    /// Show something with an app that is part of the program: its id, and the argument.
    OpenWith(String, String),
    /// Show why something is as it is.
    Why(Subject),
    /// Another window of an app.
    OpenNew(String),
    /// Close a window, asking first where something would be lost.
    Close(WindowId),
    /// Close all windows of an app.
    QuitApp(String),
    /// Choose an entry of the focused app's menus.
    AppMenu(WindowId, String),
    /// A click on a dock tile.
    DockClick(String),
    /// Answer the dialog on top.
    Answer {
        dialog: u64,
        yes: bool,
    },
    /// Answer the prompt in view.
    AnswerRequest {
        prompt: PromptKey,
        choice: Choice,
    },
    /// Tick a line of a prompt, or not.
    TickRequest {
        prompt: PromptKey,
        line: usize,
        ticked: bool,
    },
    /// The prompt in view waits in the inbox.
    AnswerLater(PromptKey),
    /// Bring a prompt from the inbox into view.
    OpenPrompt(PromptKey),
    /// Decide about a right that was refused.
    OfferRight {
        pid: Pid,
        app: Option<String>,
        capability: Capability,
    },
    /// Mute an app's questions, or let it ask again.
    MuteApp {
        app: String,
        muted: bool,
    },
    /// End a program, which has something of a right that was taken.
    EndProgram(Pid),
    /// The same, and start it anew.
    RestartProgram(Pid),
    /// Show what an app may do; without one all apps.
    OpenPermissions(Option<String>),
    ToggleApprovals,
    ToggleApprovalDetails,
    DismissToast(u64),
    /// Take a message from the notifications.
    ForgetToast(u64),
    ForgetToasts,
    /// Keep messages without showing them, or show them again.
    Quiet(bool),
    ToggleCentre,
    /// How many months beside this one the calendar shows.
    ShowMonth(i32),
    /// Review what an app changed; without one what there is.
    Review(Option<String>),
    /// Do not say in its window any more that a run waits for a review.
    HideHeldChanges(RunId),
    /// End a program that has no window.
    EndBackground(String),
    ToggleLauncher,
    ToggleKeySheet,
    ToggleAbout,
    /// What can the program of this window do?
    Details(WindowId),
    NextWallpaper,
    CopyText(String),
    Quit,
}

impl Action {
    /// Whether it may start an app, whose beginning wants a cause.
    pub(crate) fn starts(&self) -> bool {
        use Action::{DockClick, Open, OpenNew, OpenPermissions, OpenWith, Review, Why};
        matches!(
            self,
            Open(_) | OpenNew(_) | OpenWith(..) | DockClick(_) | Why(_) | OpenPermissions(_) | Review(_)
        )
    }
}

impl Shell {
    pub(crate) fn push(&mut self, action: Action) {
        // A frame cannot ask for more than a person can; a runaway is cut off here.
        if self.actions.len() < 1024 {
            self.actions.push((action, self.account));
        }
    }

    /// Carries out everything that waits. Actions may ask for actions; those run too, within a bound.
    pub(crate) fn run_actions(&mut self) {
        for _ in 0..8 {
            if self.actions.is_empty() {
                return;
            }
            for (action, account) in std::mem::take(&mut self.actions) {
                // What no widget reported was chosen by a key: an entry of the launcher.
                let by_key = || self.open_cause(CauseKind::Key, "key Enter on the desktop".into(), None);
                self.account = account.or_else(|| action.starts().then(by_key));
                self.run_action(action);
            }
            self.account = None;
        }
    }

    fn run_action(&mut self, action: Action) {
        match action {
            Action::Layout(op) => self.apply(op),
            Action::Key(key) => self.run_key(key),
            Action::Open(what) => {
                self.toasts.is_done(&Action::Open(what.clone()));
                if let Err(why) = self.open(&what) {
                    self.toast(Tone::Error, "Could not open", why);
                }
            }
            Action::OpenWith(app, argument) => {
                self.toasts.is_done(&Action::OpenWith(app.clone(), argument.clone()));
                if let Err(why) = self.open_with(&app, &argument) {
                    self.toast(Tone::Error, "Could not open", why);
                }
            }
            Action::Why(subject) => self.open_why(&subject),
            Action::OpenNew(app) => {
                if let Err(why) = self.open_new(&app) {
                    self.toast(Tone::Error, "Could not open", why);
                }
            }
            Action::Close(window) => self.close_window(window),
            Action::QuitApp(app) => {
                let windows: Vec<WindowId> =
                    self.layout.windows().filter(|w| w.app == app).map(|w| w.id).collect();
                for window in windows {
                    self.close_window(window);
                }
            }
            Action::AppMenu(window, id) => {
                let label = format!("menu {id}");
                let cause = self.open_cause(CauseKind::Pointer, label, Some(window));
                if let Some(hosted) = self.hosted.get_mut(&window) {
                    hosted.set_cause(cause);
                    hosted.tell(|app| app.menu(&id));
                }
            }
            Action::DockClick(app) => {
                self.toasts.is_done(&Action::Open(app.clone()));
                self.dock_click(&app);
            }
            Action::Answer { dialog, yes } => self.answer_dialog(dialog, yes),
            Action::AnswerRequest { prompt, choice } => {
                // Who works through them by keyboard goes on with the next.
                let by_keyboard = self.card_has_keyboard();
                self.answer_prompt_with(prompt, choice);
                self.approvals.wants_keyboard |= by_keyboard;
            }
            Action::TickRequest { prompt, line, ticked } => self.approvals.tick(prompt, line, ticked),
            Action::AnswerLater(prompt) => self.answer_later(prompt),
            Action::OpenPrompt(prompt) => self.open_prompt(prompt),
            Action::OfferRight { pid, app, capability } => self.offer_right(pid, app.as_deref(), &capability),
            Action::MuteApp { app, muted } => self.mute_app(&app, muted),
            Action::EndProgram(pid) => self.end_program(pid),
            Action::RestartProgram(pid) => self.restart_program(pid),
            Action::OpenPermissions(app) => self.open_permissions(app.as_deref()),
            Action::ToggleApprovals => self.toggle_inbox(),
            Action::ToggleApprovalDetails => {
                self.approvals.shows_details = !self.approvals.shows_details;
            }
            Action::DismissToast(id) => self.toasts.dismiss(id),
            Action::ForgetToast(id) => self.toasts.forget(id),
            Action::ForgetToasts => self.toasts.forget_all(),
            Action::Quiet(quiet) => {
                self.toasts.set_quiet(quiet);
                self.autosave.changed(self.now);
            }
            Action::ToggleCentre => self.toggle_centre(),
            Action::ShowMonth(months) => self.centre.months = months,
            Action::Review(app) => self.review(app.as_deref()),
            Action::HideHeldChanges(run) => self.reviews.hide(run),
            Action::EndBackground(app) => self.end_background(&app),
            Action::ToggleLauncher => self.toggle_launcher(),
            Action::ToggleKeySheet => self.key_sheet_open = !self.key_sheet_open,
            Action::Details(window) => self.toggle_details(window),
            Action::ToggleAbout => self.about_open = !self.about_open,
            Action::NextWallpaper => {
                let mut appearance = self.appearance.clone();
                appearance.wallpaper = (appearance.wallpaper + 1) % crate::gpu::WALLPAPERS;
                self.set_appearance(appearance);
            }
            Action::CopyText(text) => self.set_clipboard(text),
            Action::Quit => self.quit_or_ask(),
        }
    }

    fn run_key(&mut self, key: ShellAction) {
        let focused = self.layout.focused().map(|window| (window.id, window.app.clone()));
        if let Some(what) = opened_by(key) {
            self.account = Some(self.open_cause(CauseKind::Key, format!("key for {what}"), None));
        }
        match (key, focused) {
            (ShellAction::Launcher, _) => self.toggle_launcher(),
            (ShellAction::SwitchNext, _) => self.apply(Op::CycleFocus(Cycle::Forward)),
            (ShellAction::SwitchPrevious, _) => self.apply(Op::CycleFocus(Cycle::Backward)),
            (ShellAction::Settings, _) => self.push(Action::Open("settings".into())),
            (ShellAction::Files, _) => self.push(Action::Open("files".into())),
            (ShellAction::Terminal, _) => self.push(Action::OpenNew("terminal".into())),
            (ShellAction::TaskManager, _) => self.push(Action::Open("task-manager".into())),
            (ShellAction::Approvals, _) => self.toggle_approvals(),
            (ShellAction::Notifications, _) => self.toggle_centre(),
            (ShellAction::Review, focused) => self.push(Action::Review(focused.map(|(_, app)| app))),
            (ShellAction::Screenshot, _) => self.screenshot_wanted = true,
            (ShellAction::KeySheet, _) => self.key_sheet_open = !self.key_sheet_open,
            (ShellAction::ShellKeys, _) => self.keys.focus_menu_bar = true,
            (ShellAction::CloseWindow, Some((window, _))) => self.close_part_or_window(window),
            (ShellAction::Minimise, Some((window, _))) => self.apply(Op::Minimise { window }),
            (ShellAction::Zoom, Some((window, _))) => self.apply(Op::ToggleZoom { window }),
            (ShellAction::FullScreen, Some((window, _))) => self.apply(Op::ToggleFullScreen { window }),
            (ShellAction::QuitApp, Some((_, app))) => self.push(Action::QuitApp(app)),
            (ShellAction::NewWindow, Some((_, app))) => self.push(Action::OpenNew(app)),
            (ShellAction::Snap(direction), Some((window, _))) => {
                self.apply(Op::SnapStep { window, direction });
            }
            (ShellAction::MoveByKeys, Some((window, _))) => self.keys.begin_moving(window),
            (ShellAction::ResizeByKeys, Some((window, _))) => self.keys.begin_resizing(window),
            // Nothing is focused: there is nothing to do it to.
            (_, None) => {}
        }
    }

    /// Applies an operation of the layout and lets the picture follow.
    pub(crate) fn apply(&mut self, op: Op) {
        let before = self.layout.focused().map(|window| window.id);
        let moved = match &op {
            Op::Minimise { window } => Some((*window, MotionKind::Minimise)),
            Op::Restore { window } => Some((*window, MotionKind::Restore)),
            Op::Focus { window } if self.layout.window(*window).is_some_and(|w| !w.is_visible()) => {
                Some((*window, MotionKind::Restore))
            }
            _ => None,
        };
        let gesture = matches!(op, Op::DragTo { .. });
        match self.layout.apply(op) {
            Outcome::Refused(why) => tracing::debug!(%why, "the layout refused"),
            Outcome::Changed => {
                if let Some((window, kind)) = moved {
                    let dock = self.dock_rect_of(window);
                    if let Some(hosted) = self.hosted.get_mut(&window) {
                        hosted.motion.start(kind, Some(dock), self.now);
                    }
                } else {
                    self.follow(gesture);
                }
            }
            Outcome::Unchanged | Outcome::Opened(_) | Outcome::Closed(_) => {}
        }
        self.after_focus_change(before);
        self.autosave.changed(self.now);
    }

    /// Starts the sliding of each window whose place changed; a dragged window is where the pointer is.
    fn follow(&mut self, gesture: bool) {
        let now = self.now;
        let held = self.layout.gesture().map(|(window, _)| window);
        for window in self.layout.windows() {
            let Some(hosted) = self.hosted.get_mut(&window.id) else { continue };
            let target = to_egui(window.rect);
            if let Some(from) = hosted.motion.retarget(target) {
                if gesture || held == Some(window.id) {
                    hosted.motion.stop();
                } else if window.is_visible() {
                    hosted.motion.start(MotionKind::Move, Some(from), now);
                }
            }
        }
    }

    fn after_focus_change(&mut self, before: Option<WindowId>) {
        let after = self.layout.focused().map(|window| window.id);
        if before == after {
            return;
        }
        let focus = self.ctx.memory(egui::Memory::focused);
        if let Some(hosted) = before.and_then(|id| self.hosted.get_mut(&id)) {
            hosted.remembered_focus = focus;
            hosted.tell(|app| app.focus_changed(false));
        }
        // A press inside the window moves the keyboard itself; everything else gets back what it had.
        let by_pointer = self.ctx.input(|input| input.pointer.any_pressed() || input.pointer.any_down());
        if let Some(id) = focus.filter(|_| !by_pointer) {
            self.ctx.memory_mut(|memory| memory.surrender_focus(id));
        }
        if let Some(hosted) = after.and_then(|id| self.hosted.get_mut(&id)) {
            hosted.tell(|app| app.focus_changed(true));
            if let Some(id) = hosted.remembered_focus.filter(|_| !by_pointer) {
                self.ctx.memory_mut(|memory| memory.request_focus(id));
            }
        }
    }

    fn dock_click(&mut self, app: &str) {
        if self.runs_in_background(app) {
            return self.tell_background(app);
        }
        let Some(window) = self.layout.topmost_of(app).map(|window| (window.id, window.is_visible())) else {
            self.push(Action::Open(app.to_owned()));
            return;
        };
        if window.1 && self.layout.is_focused(window.0) {
            self.apply(Op::Minimise { window: window.0 });
        } else {
            self.apply(Op::Focus { window: window.0 });
        }
    }

    /// What the key that closes does: a tab, where the window has several.
    fn close_part_or_window(&mut self, window: WindowId) {
        let mut closed = false;
        if let Some(hosted) = self.hosted.get_mut(&window) {
            hosted.tell(|app| closed = app.close_part());
        }
        if !closed {
            self.close_window(window);
        }
    }

    fn close_window(&mut self, window: WindowId) {
        let Some(hosted) = self.hosted.get(&window) else { return };
        if let Some(loss) = hosted.closing_loses() {
            let title = format!("Close \"{}\"?", hosted.title());
            self.dialogs.ask(Dialog {
                window: Some(window),
                purpose: Purpose::CloseWindow,
                title,
                text: loss,
                confirm: "Close".into(),
                destructive: true,
            });
            return;
        }
        self.close_now(window);
    }

    /// Quits; asks first when something would be lost, unless that is what was just asked.
    pub(crate) fn quit_or_ask(&mut self) {
        let mut losses: Vec<String> = self.hosted.values().filter_map(loss_of).collect();
        losses.extend(self.background.iter().map(Background::loss));
        if losses.is_empty() || self.dialogs.asks(&Purpose::Quit) {
            self.quit = true;
            return;
        }
        let more = losses.len().saturating_sub(MOST_LOSSES);
        let mut lines = losses[..losses.len() - more].to_vec();
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        self.dialogs.ask(Dialog {
            window: None,
            purpose: Purpose::Quit,
            title: "Quit AgentOS?".into(),
            text: lines.join("\n"),
            confirm: "Quit anyway".into(),
            destructive: true,
        });
    }

    /// Closes a window and ends its process.
    pub(crate) fn close_now(&mut self, window: WindowId) {
        let before = self.layout.focused().map(|window| window.id);
        if let Outcome::Closed(windows) = self.layout.apply(Op::Close { window }) {
            for window in windows {
                self.end_app(window);
            }
        }
        self.after_focus_change(before);
        self.autosave.changed(self.now);
    }

    /// Ends what a window hosts. The window itself is gone already.
    fn end_app(&mut self, window: WindowId) {
        self.dialogs.forget(window);
        if let Some(mut hosted) = self.hosted.remove(&window) {
            hosted.closing(self.now);
            self.processes.end(hosted.pid());
        }
    }

    fn answer_dialog(&mut self, id: u64, yes: bool) {
        let Some(dialog) = self.dialogs.take(id) else { return };
        match dialog.purpose {
            Purpose::CloseWindow if yes => {
                if let Some(window) = dialog.window {
                    self.close_now(window);
                }
            }
            Purpose::CloseWindow => {}
            Purpose::Quit => self.quit |= yes,
            Purpose::App { question } => {
                let Some(window) = dialog.window else { return };
                let answer = if yes { dialog.confirm.as_str() } else { "Cancel" };
                let cause = self.open_cause(
                    CauseKind::Pointer,
                    format!("answer {answer}: {}", dialog.title),
                    Some(window),
                );
                if let Some(hosted) = self.hosted.get_mut(&window) {
                    hosted.set_cause(cause);
                    hosted.tell(|app| app.answered(question, yes));
                }
            }
        }
    }

    /// Carries out what an app asked for in `logic`.
    pub(crate) fn run_shell_command(&mut self, window: WindowId, command: ShellCommand) {
        self.account = self.hosted.get(&window).and_then(Hosted::cause);
        self.carry_out(window, command);
        self.account = None;
    }

    fn carry_out(&mut self, window: WindowId, command: ShellCommand) {
        match command {
            ShellCommand::OpenApp(app) => self.push(Action::Open(app)),
            ShellCommand::OpenPath(path) => self.push(Action::Open(path)),
            ShellCommand::OpenWith { app, argument } => self.push(Action::OpenWith(app, argument)),
            ShellCommand::Why(subject) => self.open_why(&subject),
            ShellCommand::OfferRight { pid, app, capability } => {
                self.offer_right(pid, app.as_deref(), &capability);
            }
            ShellCommand::RefuseRight { pid, for_good, capability } => {
                self.refuse_right(pid, for_good, capability);
            }
            ShellCommand::CloseWindow => self.close_now(window),
            ShellCommand::KeepSession => self.autosave.changed(self.now),
            ShellCommand::Toast { tone, title, text } => self.toast(tone, &title, text),
            ShellCommand::CopyText(text) => self.set_clipboard(text),
            // What the front end hears comes with the keys; this is for menus and buttons.
            ShellCommand::Paste => self.paste_wanted |= self.layout.is_focused(window),
            ShellCommand::Ask(question) => self.dialogs.ask(Dialog {
                window: Some(window),
                purpose: Purpose::App { question: question.id },
                title: question.title,
                text: question.text,
                confirm: question.confirm,
                destructive: question.destructive,
            }),
            ShellCommand::ResizeWindow { width, height } => {
                let size = windows::Size::new(width, height + windows::TITLE_BAR_HEIGHT);
                self.apply(Op::ResizeTo { window, size });
            }
            ShellCommand::SetAppearance(appearance) => self.set_appearance(appearance),
            ShellCommand::WakeAfter(after) => self.wake_at = self.wake_at.min(self.now + after.as_secs_f64()),
        }
    }

    pub(crate) fn toast(&mut self, tone: Tone, title: &str, text: String) {
        self.toast_with(tone, title, text, Vec::new());
    }

    /// A message with something that can be done about it.
    pub(crate) fn toast_with(
        &mut self,
        tone: Tone,
        title: &str,
        text: String,
        actions: Vec<(&'static str, Action)>,
    ) {
        self.toasts.show(Toast::new(tone, title, text).with_actions(actions), self.now);
    }

    pub(crate) fn drag_to(&mut self, pointer: egui::Pos2, shift: bool) {
        let modifier = if shift { SnapModifier::Halves } else { SnapModifier::None };
        self.push(Action::Layout(Op::DragTo { pointer: to_point(pointer), modifier }));
    }

    /// What a desktop without a session shows.
    pub(crate) fn open_first_run(&mut self, first_run: FirstRun) {
        if first_run == FirstRun::Composed {
            self.compose_first_run();
            self.invite();
        }
    }
}

/// What a key of the shell starts, for people.
fn opened_by(key: ShellAction) -> Option<&'static str> {
    Some(match key {
        ShellAction::Settings => "Settings",
        ShellAction::Files => "Files",
        ShellAction::Terminal => "Terminal",
        ShellAction::TaskManager => "Task Manager",
        ShellAction::NewWindow => "a new window",
        ShellAction::Review => "Review changes",
        _ => return None,
    })
}

/// Losses that the question before the end names; more are counted.
const MOST_LOSSES: usize = 5;

/// What quitting would lose in a window, with the window's name.
fn loss_of(hosted: &Hosted) -> Option<String> {
    let loss = hosted.closing_loses()?;
    let title = hosted.title();
    // The dot of what is not saved is said by the sentence.
    Some(format!("{}: {loss}", title.trim_start_matches(['•', ' '])))
}

pub(crate) fn to_egui(rect: windows::Rect) -> Rect {
    Rect::from_min_size(egui::pos2(rect.x, rect.y), egui::vec2(rect.width, rect.height))
}

pub(crate) fn to_point(pos: egui::Pos2) -> Point {
    Point::new(pos.x, pos.y)
}
