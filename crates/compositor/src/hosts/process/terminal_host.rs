//! A window of programs in terminals: its tabs, its questions, its menus.
//!
//! Drawing queues what was asked for; `logic` carries it out. All programs of a window are children of the app's own
//! process, so that closing the window ends all of them.

use super::{
    clipboard::Clipboard,
    commands::{last_command, last_ended},
    holds::Holds,
    launch::Origin,
    permit::WAITS,
    status::{self, Chosen, Status, failure_ui, status_ui},
    tab::{Closing, Frame, Stage, Tab, TabId, VIEW},
    tab_bar::{self, tab_bar_ui},
    tabs::{TabCommand, Tabs},
};
use abi::{CauseId, UiCaller, table};
use egui::{CornerRadius, Key, Modifiers, Rect, UiBuilder, pos2};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};
use terminal::BlockId;
use widgets::{
    App, AppContext, Menu, Question, ShellCommand, Subject, TitleNote, Tone,
    terminal_view::{TerminalOutput, TerminalView},
    theme::{Theme, radius},
};

/// How long one `logic` shows output of the tab that is seen, so that a flood leaves time for input and drawing.
const SHOW_LIMIT: Duration = Duration::from_millis(5);
/// The same for all others together.
const HIDDEN_LIMIT: Duration = Duration::from_millis(2);
/// Questions that are open at one time.
const MAX_QUESTIONS: usize = 8;
/// The app that shows changes which were kept apart.
const REVIEW: &str = "review";

/// How a window begins.
pub(crate) enum Begin {
    /// Its program is started, in this folder where one is given.
    Start(Option<String>),
    /// As the session knew it; programs that outlived the desktop are taken over, nothing else is started.
    Back { kept: Value, held: Vec<table::HeldProgram> },
}

/// A process app in a window.
pub(crate) struct TerminalHost {
    pub(super) origin: Origin,
    pub(super) tabs: Tabs,
    pub(super) asked: VecDeque<TabCommand>,
    pub(super) questions: Vec<(u64, Asked)>,
    pub(super) next_question: u64,
    /// Programs of closed tabs, until they are gone.
    pub(super) closing: Vec<Closing>,
    pub(super) chosen: Option<Chosen>,
    pub(super) focused: bool,
    pub(super) take_focus: bool,
    pub(super) wants_paste: bool,
    /// To be put on the clipboard.
    pub(super) copy: Option<String>,
    /// What programs want there.
    clipboard: Clipboard,
    /// The command that the open menu is about.
    pub(super) menu_block: Option<BlockId>,
    /// What was asked *why?* about.
    pub(super) why: Option<CauseId>,
    /// What holds the program that is seen.
    pub(super) holds: Holds,
    /// The changes that were kept apart are to be shown.
    pub(super) wants_review: bool,
}

/// What an open question is about.
pub(super) enum Asked {
    Paste(TabId, String),
    CloseTab(TabId),
    CopyAddress(String),
}

impl TerminalHost {
    /// The app of a manifest.
    pub(crate) fn new(app: &str, name: &str, manifest: &str, begin: Begin, syscalls: &UiCaller) -> Self {
        let origin = Origin::new(app, name, manifest);
        let mut tabs = Tabs::default();
        match begin {
            Begin::Start(folder) => {
                if let Some(id) = tabs.next_id() {
                    tabs.open(Tab::start(id, folder, &origin, syscalls));
                }
            }
            Begin::Back { kept, held } => bring_back(&mut tabs, &kept, held, syscalls),
        }
        TerminalHost {
            origin,
            tabs,
            asked: VecDeque::new(),
            questions: Vec::new(),
            next_question: 0,
            closing: Vec::new(),
            chosen: None,
            focused: false,
            take_focus: false,
            wants_paste: false,
            copy: None,
            clipboard: Clipboard::default(),
            menu_block: None,
            why: None,
            holds: Holds::default(),
            wants_review: false,
        }
    }

    pub(super) fn ask(&mut self, about: Asked, question: Question, cx: &mut AppContext<'_>) {
        if self.questions.len() >= MAX_QUESTIONS {
            return;
        }
        self.next_question += 1;
        self.questions.push((self.next_question, about));
        cx.commands.push(ShellCommand::Ask(Question { id: self.next_question, ..question }));
    }

    fn run_command(&mut self, command: TabCommand, cx: &mut AppContext<'_>) {
        match command {
            TabCommand::New => self.open_tab(cx),
            TabCommand::Close(id) => self.ask_to_close(id, cx),
            TabCommand::CloseNow(id) => self.close_tab(id, cx),
            TabCommand::Select(id) => self.tabs.select(id),
            TabCommand::Step(by) => self.tabs.step(by),
            TabCommand::Move(id, to) => self.tabs.put(id, to),
        }
        self.take_focus |= self.focused;
        cx.commands.push(ShellCommand::KeepSession);
    }

    fn open_tab(&mut self, cx: &mut AppContext<'_>) {
        let folder = self.tabs.active().and_then(Tab::working_folder);
        match self.tabs.next_id() {
            Some(id) => self.tabs.open(Tab::start(id, folder, &self.origin, cx.syscalls)),
            None => cx.toast(Tone::Warning, "No more tabs", "A window has at most 32."),
        }
    }

    fn ask_to_close(&mut self, id: TabId, cx: &mut AppContext<'_>) {
        let Some(tab) = self.tabs.get(id) else { return };
        match tab.foreground_job(cx.syscalls) {
            None => self.close_tab(id, cx),
            Some(job) => {
                let question = Question {
                    id: 0,
                    title: format!("Close the tab \"{}\"?", tab.title(&self.origin.name)),
                    text: format!("{job} is still running and will be ended."),
                    confirm: "Close".into(),
                    destructive: true,
                };
                self.ask(Asked::CloseTab(id), question, cx);
            }
        }
    }

    fn close_tab(&mut self, id: TabId, cx: &mut AppContext<'_>) {
        if self.tabs.len() == 1 && self.tabs.get(id).is_some() {
            cx.commands.push(ShellCommand::CloseWindow);
            return;
        }
        if let Some(tab) = self.tabs.take(id) {
            self.closing.push(tab.close(cx.syscalls));
        }
    }

    /// Keys of the window, before the terminal gets its own.
    fn window_keys(&mut self, ui: &egui::Ui) {
        const SHIFTED: Modifiers = Modifiers { ctrl: true, shift: true, ..Modifiers::NONE };
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        // Escape closes a menu and is nothing that its program should hear.
        if egui::Popup::is_any_open(ui.ctx()) && pressed(Modifiers::NONE, Key::Escape) {
            egui::Popup::close_all(ui.ctx());
        }
        if pressed(SHIFTED, Key::T) {
            self.asked.push_back(TabCommand::New);
        }
        // A program alone in its window has these for itself.
        if self.tabs.len() > 1 {
            let back = pressed(SHIFTED, Key::Tab) || pressed(Modifiers::CTRL, Key::PageUp);
            let forward = pressed(Modifiers::CTRL, Key::Tab) || pressed(Modifiers::CTRL, Key::PageDown);
            match (back, forward) {
                (true, false) => self.asked.push_back(TabCommand::Step(-1)),
                (false, true) => self.asked.push_back(TabCommand::Step(1)),
                _ => {}
            }
        }
    }

    /// Whether the tab in view is empty.
    fn has_said_nothing(&self) -> bool {
        self.tabs.active().is_none_or(|tab| tab.terminal.visible_text().iter().all(String::is_empty))
    }

    fn screen_ui(&mut self, ui: &mut egui::Ui, round: u8) {
        let take_focus = std::mem::take(&mut self.take_focus);
        let Some(tab) = self.tabs.active_mut() else { return };
        if take_focus {
            let id = TerminalView::id(ui, VIEW);
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        tab.view.set_corner(CornerRadius { nw: 0, ne: 0, sw: round, se: round });
        let output = tab.view.ui(ui, VIEW, &mut tab.terminal, &self.origin.name);
        tab.size_known = true;
        if is_wanted(&output) || matches!(tab.stage, Stage::Ready) {
            ui.ctx().request_repaint();
        }
        tab.output.bytes.extend(output.bytes);
        tab.output.resize = output.resize.or(tab.output.resize);
        tab.output.copy = output.copy.or(tab.output.copy.take());
        tab.output.confirm_paste = output.confirm_paste.or(tab.output.confirm_paste.take());
        tab.output.open_link = output.open_link.or(tab.output.open_link.take());
        self.block_menu(ui);
    }

    /// Other tabs get the size of the one that is seen, so that their programs write for the room there is.
    fn share_size(&mut self) {
        let Some(seen) = self.tabs.active().filter(|tab| tab.size_known) else { return };
        let (size, id) = (seen.terminal.size(), seen.id);
        for tab in self.tabs.iter_mut().filter(|tab| tab.id != id) {
            tab.size_known = true;
            if tab.terminal.size() != size {
                tab.terminal.resize(size);
                tab.output.resize = Some(size);
            }
        }
    }

    fn take_chosen(&mut self, cx: &mut AppContext<'_>) {
        let Some(id) = self.tabs.active().map(|tab| tab.id) else { return };
        match self.chosen.take() {
            None => {}
            Some(Chosen::Again) => self.run_again(),
            Some(Chosen::Close) => self.close_tab(id, cx),
            Some(Chosen::EditManifest) => cx.commands.push(self.origin.edit()),
        }
    }

    pub(super) fn run_again(&mut self) {
        self.take_focus = true;
        if let Some(tab) = self.tabs.active_mut() {
            tab.run_again = true;
        }
    }

    fn take_pastes(&mut self, cx: &mut AppContext<'_>) {
        let Some(tab) = self.tabs.active_mut() else { return };
        let Some(text) = tab.output.confirm_paste.take() else { return };
        let id = tab.id;
        let question = Question {
            id: 0,
            title: format!("Paste {} lines?", text.lines().count()),
            text: "The program would run each line at once.".into(),
            confirm: "Paste".into(),
            destructive: false,
        };
        self.ask(Asked::Paste(id, text), question, cx);
    }
}

fn is_wanted(output: &TerminalOutput) -> bool {
    !output.bytes.is_empty()
        || output.resize.is_some()
        || output.copy.is_some()
        || output.confirm_paste.is_some()
        || output.open_link.is_some()
}

/// The tabs of a session, each with its program where that goes on; programs that it does not know come last.
fn bring_back(tabs: &mut Tabs, kept: &Value, mut held: Vec<table::HeldProgram>, syscalls: &UiCaller) {
    let kept_tabs = || kept["tabs"].as_array().into_iter().flatten();
    let known: Vec<&str> = kept_tabs().filter_map(|tab| tab["held"].as_str()).collect();
    for tab in kept_tabs() {
        let Some(id) = tabs.next_id() else { break };
        let at = held.iter().position(|held| tab["held"].as_str() == Some(held.id.as_str()));
        // The desktop ended before it had noted that a program was started in it.
        let is_blank = tab["held"].is_null() && tab["text"].as_str().unwrap_or_default().is_empty();
        let is_unknown = |held: &table::HeldProgram| !known.contains(&held.id.as_str());
        let at = at.or_else(|| held.iter().position(is_unknown).filter(|_| is_blank));
        tabs.push(match at {
            Some(at) => Tab::attach(id, held.remove(at), syscalls),
            None => {
                let said = tab["text"].as_str().unwrap_or_default();
                Tab::stopped(id, tab["folder"].as_str().map(str::to_owned), said)
            }
        });
    }
    for held in held {
        let Some(id) = tabs.next_id() else { break };
        tabs.push(Tab::attach(id, held, syscalls));
    }
    if tabs.len() == 0
        && let Some(id) = tabs.next_id()
    {
        tabs.push(Tab::stopped(id, None, ""));
    }
    tabs.select_at(kept["active"].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or(0));
}

impl App for TerminalHost {
    fn title(&self) -> String {
        self.tabs.active().map_or_else(|| self.origin.name.clone(), |tab| tab.title(&self.origin.name))
    }

    fn logic(&mut self, cx: &mut AppContext<'_>) {
        for command in std::mem::take(&mut self.asked) {
            self.run_command(command, cx);
        }
        self.take_chosen(cx);
        self.take_pastes(cx);
        if std::mem::take(&mut self.wants_paste) {
            cx.commands.push(ShellCommand::Paste);
        }
        cx.commands.extend(self.copy.take().map(ShellCommand::CopyText));
        cx.commands.extend(self.why.take().map(|cause| ShellCommand::Why(Subject::Cause(cause))));
        if std::mem::take(&mut self.wants_review) {
            cx.commands.push(ShellCommand::OpenApp(REVIEW.into()));
        }
        let link = self.tabs.active_mut().and_then(|tab| tab.output.open_link.take());
        if let Some(link) = link {
            self.follow_link(&link, cx);
        }
        self.share_size();
        let now = Instant::now();
        let seen = self.tabs.active().map(|tab| tab.id);
        for tab in self.tabs.iter_mut() {
            let shown = Some(tab.id) == seen;
            let until = now + if shown { SHOW_LIMIT } else { SHOW_LIMIT + HIDDEN_LIMIT };
            tab.logic(&Frame { origin: &self.origin, shown, focused: self.focused, until }, cx);
        }
        if let Some(text) = self.tabs.iter_mut().filter_map(|tab| tab.for_clipboard.take()).last() {
            self.clipboard.want(text);
        }
        self.clipboard.advance(&self.origin, cx);
        let seen = self.tabs.active().and_then(Tab::program).map(|program| program.pid);
        self.holds.look(seen, cx.syscalls);
        self.closing.retain_mut(|closing| !closing.is_gone(cx.syscalls));
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        let theme = Theme::of(ui);
        let area = ui.available_rect_before_wrap();
        if self.focused {
            self.window_keys(ui);
        }
        let mut top = area.top();
        if self.tabs.len() > 1 {
            let bar = Rect::from_min_max(area.min, pos2(area.right(), top + tab_bar::HEIGHT));
            let asked = tab_bar_ui(ui, &theme, bar, &self.tabs, &self.origin.name);
            self.asked.extend(asked);
            top = bar.bottom();
        }
        let strip = self.tabs.active().is_some_and(|tab| status_of(tab).is_some());
        let foot = area.bottom() - if strip { status::HEIGHT } else { 0.0 };
        let screen = Rect::from_min_max(pos2(area.left(), top), pos2(area.right(), foot.max(top)));
        ui.scope_builder(UiBuilder::new().max_rect(screen), |ui| {
            ui.set_clip_rect(ui.clip_rect().intersect(screen));
            match self.tabs.active().map(|tab| &tab.stage) {
                // What an earlier run said is worth more than a page of its own.
                Some(Stage::Failed(why)) if self.has_said_nothing() => failure_ui(ui, &theme, screen, why),
                _ => self.screen_ui(ui, if strip { 0 } else { radius::WINDOW - 1 }),
            }
        });
        let explained = matches!(self.tabs.active().map(|tab| &tab.stage), Some(Stage::Failed(_)))
            && self.has_said_nothing();
        if let Some(mut status) = self.tabs.active().and_then(status_of) {
            if let (Status::Failed(why), true) = (&status, explained) {
                status = Status::Explained(why);
            }
            let place = Rect::from_min_max(pos2(area.left(), screen.bottom()), area.max);
            self.chosen = status_ui(ui, &theme, place, &status).or(self.chosen);
        }
        if !self.asked.is_empty() || self.chosen.is_some() {
            ui.ctx().request_repaint();
        }
    }

    fn menus(&self) -> Vec<Menu> {
        self.window_menus()
    }

    fn menu(&mut self, id: &str) {
        let last = self.tabs.active().and_then(|tab| last_command(&tab.terminal)).map(|block| block.id);
        self.choose(id, last);
    }

    fn closing_loses(&self, syscalls: &UiCaller) -> Option<String> {
        let jobs: Vec<String> = self.tabs.iter().filter_map(|tab| tab.foreground_job(syscalls)).collect();
        match jobs.as_slice() {
            [] => None,
            [job] => Some(format!("{job} is still running and will be ended.")),
            jobs => Some(format!("{} are still running and will be ended.", listed(jobs))),
        }
    }

    fn close_part(&mut self) -> bool {
        let several = self.tabs.len() > 1;
        if let Some(tab) = self.tabs.active().filter(|_| several) {
            self.asked.push_back(TabCommand::Close(tab.id));
        }
        several
    }

    fn takes_keys(&self) -> bool {
        self.focused && self.tabs.active().is_some_and(|tab| tab.program().is_some())
    }

    fn badge(&self) -> Option<(String, String)> {
        self.holds.badge()
    }

    fn details(&self, syscalls: &UiCaller) -> Option<Vec<widgets::sandbox::Section>> {
        self.holds.details(syscalls)
    }

    fn title_note(&self) -> Option<TitleNote> {
        let tab = self.tabs.active()?;
        let ended = tab.ending().map(|end| (end.badge.clone(), end.good));
        // In a shell it is the last command that counts, when it went wrong.
        let failed = last_ended(&tab.terminal).filter(|block| block.failed()).and_then(|block| block.exit);
        let exit = ended.or_else(|| Some((failed?.to_string(), false)));
        let exit = exit.filter(|(badge, _)| !badge.is_empty());
        Some(TitleNote { folder: tab.shown_folder().unwrap_or_default(), exit })
    }

    fn glass(&self) -> bool {
        true
    }

    fn answered(&mut self, id: u64, yes: bool) {
        let Some(at) = self.questions.iter().position(|(question, _)| *question == id) else { return };
        let (_, asked) = self.questions.remove(at);
        self.take_focus |= self.focused;
        match asked {
            Asked::Paste(tab, text) if yes => {
                if let Some(tab) = self.tabs.get_mut(tab) {
                    tab.output.bytes.extend(terminal::encode_paste(&text, &tab.terminal.modes()));
                }
            }
            Asked::CloseTab(tab) if yes => self.asked.push_back(TabCommand::CloseNow(tab)),
            Asked::CopyAddress(address) if yes => self.copy = Some(address),
            Asked::Paste(..) | Asked::CloseTab(_) | Asked::CopyAddress(_) => {}
        }
    }

    fn held(&self) -> Vec<String> {
        self.tabs.iter().filter_map(Tab::held).collect()
    }

    fn keep(&self) -> Value {
        let tabs: Vec<Value> = self
            .tabs
            .iter()
            .map(|tab| json!({"folder": tab.working_folder(), "held": tab.held(), "text": tab.last_text()}))
            .collect();
        json!({"active": self.tabs.active_place(), "tabs": tabs})
    }

    fn focus_changed(&mut self, focused: bool) {
        self.focused = focused;
        self.take_focus = focused;
    }

    fn data(&self) -> Value {
        let mut data = self.tabs.active().map_or(Value::Null, Tab::data);
        let name = &self.origin.name;
        data["active"] = json!(self.tabs.active_place());
        data["tabs"] = self
            .tabs
            .iter()
            .map(|tab| {
                let mut of_tab = tab.data();
                of_tab["title"] = json!(tab.title(name));
                of_tab["unread"] = json!(tab.unread);
                of_tab["rang"] = json!(tab.rang);
                of_tab
            })
            .collect();
        data
    }
}

/// What the strip beneath a tab tells, where there is something to tell.
fn status_of(tab: &Tab) -> Option<Status<'_>> {
    match &tab.stage {
        Stage::Exited(end) => Some(Status::Ended(end)),
        Stage::Stopped(why) => Some(Status::Waits(why)),
        Stage::Failed(why) => Some(Status::Failed(why)),
        Stage::Asking(_) => Some(Status::Asks(WAITS)),
        Stage::Running(program) if program.hung_up && !program.ending.is_told() => {
            Some(Status::Silent("It has closed its terminal and goes on without one."))
        }
        _ => None,
    }
}

/// `a, b and c`.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
