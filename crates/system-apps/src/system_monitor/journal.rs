//! The page Journal: which rows are asked for, page by page, and whether the journal is whole.

use super::model::{Command, Model};
use crate::common::{format, problem::Problem};
use abi::{
    CauseId,
    table::{JournalCheck, QueryJournal},
};
use egui::{Label, RichText, Ui};
use widgets::{
    controls::{self, Badge, BadgeTone, Button, ControlSize, Select, TextField, author_id},
    fonts,
    icons::Icon,
    theme::{Theme, type_size},
};

/// Rows of one page.
pub(super) const PAGE: u32 = 200;

/// Kinds that can be asked for, in words.
const KINDS: [(&str, Option<&str>); 13] = [
    ("All kinds", None),
    ("Files", Some("file")),
    ("Refused", Some("denied")),
    ("Given rights", Some("grant")),
    ("Taken rights", Some("revoke")),
    ("Started", Some("process.start")),
    ("Ended", Some("process.exit")),
    ("Done by programs", Some("process.touch")),
    ("Other calls", Some("call")),
    ("Causes", Some("cause")),
    ("Taken back", Some("undo")),
    ("Sessions", Some("session")),
    ("Failed changes", Some("file.failed")),
];

/// Times that can be asked for, in words, with milliseconds back from now.
const TIMES: [(&str, Option<u64>); 5] = [
    ("Any time", None),
    ("Last hour", Some(3_600_000)),
    ("Last day", Some(86_400_000)),
    ("Last week", Some(7 * 86_400_000)),
    ("Last month", Some(30 * 86_400_000)),
];

/// What drawing asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum JournalCommand {
    Kind(usize),
    Time(usize),
    App(String),
    Path(String),
    /// Rows of all causes again.
    AnyCause,
    Older,
    Newest,
    Verify,
}

/// Whether the journal is whole, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Checked {
    #[default]
    Not,
    Looking,
    Done(JournalCheck),
    Failed(Problem),
}

/// What is asked for.
#[derive(Debug, Default)]
pub(super) struct JournalModel {
    kind: usize,
    time: usize,
    pub(super) app: String,
    pub(super) path: String,
    pub(super) cause: Option<CauseId>,
    /// Where the shown page begins; `None` for the newest rows.
    pub(super) before: Option<u64>,
    /// Number of the oldest row of the page.
    pub(super) oldest: Option<u64>,
    /// Whether there may be rows behind it.
    pub(super) has_more: bool,
    pub(super) checked: Checked,
}

impl JournalModel {
    /// Carries a command out; whether other rows are to be asked for.
    pub(super) fn run(&mut self, command: JournalCommand) -> bool {
        match command {
            JournalCommand::Kind(kind) => self.kind = kind.min(KINDS.len() - 1),
            JournalCommand::Time(time) => self.time = time.min(TIMES.len() - 1),
            JournalCommand::App(app) => self.app = app,
            JournalCommand::Path(path) => self.path = path,
            JournalCommand::AnyCause => self.cause = None,
            JournalCommand::Older => {
                self.before = self.oldest.filter(|_| self.has_more).or(self.before);
                return true;
            }
            JournalCommand::Newest => {}
            JournalCommand::Verify => {
                self.checked = Checked::Looking;
                return false;
            }
        }
        self.before = None;
        true
    }

    /// The rows that a cause led to.
    pub(super) fn of(cause: CauseId) -> Self {
        JournalModel { cause: Some(cause), ..JournalModel::default() }
    }

    pub(super) fn query(&self, now_millis: u64) -> QueryJournal {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        QueryJournal {
            app: some(&self.app).map(|app| app.to_lowercase().replace(' ', "-")),
            cause: self.cause,
            kind: KINDS[self.kind].1.map(str::to_owned),
            // A path that is not typed to its beginning yet is none.
            path: some(&self.path).filter(|path| path.starts_with('/')),
            pid: None,
            since_millis: TIMES[self.time].1.map(|back| now_millis.saturating_sub(back)),
            before: self.before,
            limit: PAGE,
        }
    }
}

/// The fields above the rows.
pub(super) fn filters_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let journal = &model.journal;
    let mut push = |command| commands.push(Command::Journal(command));
    let kinds: Vec<String> = KINDS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut kind = Some(journal.kind);
    let select = ui.add(Select::new(&mut kind, &kinds, "Kind").width(112.0));
    author_id(ui, select.id, "journal-kind");
    if select.changed() {
        push(JournalCommand::Kind(kind.unwrap_or(0)));
    }
    let times: Vec<String> = TIMES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut time = Some(journal.time);
    if ui.add(Select::new(&mut time, &times, "Time").width(104.0)).changed() {
        push(JournalCommand::Time(time.unwrap_or(0)));
    }
    let room = (ui.available_width() - 96.0).max(120.0);
    let mut app = journal.app.clone();
    let field = ui.add(TextField::new(&mut app, "App").placeholder("App").width((room * 0.35).min(120.0)));
    author_id(ui, field.id, "journal-app");
    if field.changed() {
        push(JournalCommand::App(app));
    }
    let mut path = journal.path.clone();
    let wrong = !path.trim().is_empty() && !path.trim().starts_with('/');
    let field = TextField::new(&mut path, "Path").placeholder("/path").invalid(wrong);
    let field = ui.add(field.width((room * 0.5).min(220.0)));
    author_id(ui, field.id, "journal-path");
    if field.changed() {
        push(JournalCommand::Path(path));
    }
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let verify =
            Button::new("Verify").with_icon(Icon::ShieldCheck).loading(journal.checked == Checked::Looking);
        let verify = ui.add(verify);
        author_id(ui, verify.id, "journal-verify");
        if controls::tooltip(verify, "Reads the whole journal and follows its chain").clicked() {
            push(JournalCommand::Verify);
        }
    });
}

/// What was found out, and other pages: the line below the rows.
pub(super) fn footer_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let journal = &model.journal;
    let theme = Theme::of(ui);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let small = |label: &'static str| Button::new(label).size(ControlSize::Small);
        if ui.add_enabled(journal.has_more, small("Older")).clicked() {
            commands.push(Command::Journal(JournalCommand::Older));
        }
        if ui.add_enabled(journal.before.is_some(), small("Newest")).clicked() {
            commands.push(Command::Journal(JournalCommand::Newest));
        }
        if let Some(cause) = journal.cause {
            let all = Button::new(format!("Cause {cause}"))
                .with_icon(Icon::X)
                .size(ControlSize::Small)
                .selected(true);
            if controls::tooltip(ui.add(all), "Show rows of all causes again").clicked() {
                commands.push(Command::Journal(JournalCommand::AnyCause));
            }
        }
        let (words, tone) = match &journal.checked {
            Checked::Not => return,
            Checked::Looking => ("reading the whole journal".to_owned(), BadgeTone::Neutral),
            Checked::Failed(problem) => (format!("{} {}", problem.title, problem.text), BadgeTone::Danger),
            Checked::Done(check) if check.whole => (
                format!("whole: {} follow each other", format::counted(check.rows as usize, "row", "rows")),
                BadgeTone::Success,
            ),
            Checked::Done(check) => {
                let breaks = check.breaks.len() as u64 + check.more_breaks;
                let first = check.breaks.first().map(String::as_str).unwrap_or_default();
                (format!("broken at {} places: {first}", format::count(breaks)), BadgeTone::Danger)
            }
        };
        if tone == BadgeTone::Danger {
            let words = RichText::new(words).font(fonts::regular(type_size::LABEL)).color(theme.danger.text);
            ui.add(Label::new(words).truncate());
        } else {
            ui.add(Badge::new(words).tone(tone));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_go_back_and_a_filter_begins_anew() {
        let mut journal = JournalModel { oldest: Some(40), has_more: true, ..JournalModel::default() };
        assert!(journal.run(JournalCommand::Older));
        assert_eq!(journal.query(0).before, Some(40));
        (journal.oldest, journal.has_more) = (Some(1), false);
        assert!(journal.run(JournalCommand::Older));
        assert_eq!(journal.query(0).before, Some(40), "there is nothing behind it");
        assert!(journal.run(JournalCommand::App("Text Editor".into())));
        journal.run(JournalCommand::Path("home".into()));
        journal.run(JournalCommand::Kind(99));
        journal.run(JournalCommand::Time(1));
        let query = journal.query(4_000_000);
        assert_eq!((query.app.as_deref(), query.path, query.before), (Some("text-editor"), None, None));
        assert_eq!((query.kind.as_deref(), query.since_millis), (Some("file.failed"), Some(400_000)));
        assert!(!journal.run(JournalCommand::Verify));
        assert_eq!(JournalModel::of(CauseId::new(1, 2)).query(0).cause, Some(CauseId::new(1, 2)));
    }
}
