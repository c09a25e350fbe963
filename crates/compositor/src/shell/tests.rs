//! The shell with apps that misbehave: everything that an app is asked may panic, and nothing but its own window
//! may show it.

mod idle;

use super::*;
use crate::hosts::NewProcess;
use abi::{Call, Capability, CauseId, CauseSpec, Errno, Pid, Reply, SysError, SysResult, Syscalls, TaskId};
use egui::{RawInput, Rect, pos2, vec2};
use services::{AppEntry, AppKind, Registry};
use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};
use widgets::{App, AppContext, Menu};

/// A kernel that has nothing and knows nothing.
#[derive(Clone)]
struct NoKernel(Pid);

impl Syscalls for NoKernel {
    fn pid(&self) -> Pid {
        self.0
    }

    fn cause(&self) -> CauseId {
        CauseId::NONE
    }

    fn with_cause(&self, _: CauseId) -> Arc<dyn Syscalls> {
        Arc::new(self.clone())
    }

    fn open_cause(&self, _: CauseSpec) -> CauseId {
        CauseId::NONE
    }

    fn dispatch(&self, _: Call) -> SysResult<Reply> {
        Err(SysError::new(Errno::ENOENT, "nothing is here"))
    }

    fn submit(&self, _: Call) -> SysResult<TaskId> {
        Err(SysError::new(Errno::EAGAIN, "nothing can be done"))
    }

    fn poll(&self, _: TaskId) -> Option<SysResult<Reply>> {
        None
    }
}

#[derive(Default)]
struct NoProcesses {
    next: AtomicU64,
    ended: Mutex<Vec<Pid>>,
}

impl Processes for NoProcesses {
    fn start(&self, process: NewProcess) -> SysResult<Arc<dyn Syscalls>> {
        assert_eq!(process.capabilities, Capability::all());
        Ok(Arc::new(NoKernel(Pid(10 + self.next.fetch_add(1, Ordering::Relaxed)))))
    }

    fn end(&self, pid: Pid) {
        self.ended.lock().unwrap().push(pid);
    }

    fn system(&self) -> Arc<dyn Syscalls> {
        Arc::new(NoKernel(Pid(1)))
    }

    fn host_calls_under_way(&self) -> usize {
        0
    }

    fn requests_revision(&self) -> u64 {
        0
    }

    fn shutdown(&self) {}
}

/// Panics when it is asked for the thing that its name says.
struct Fragile(String);

impl Fragile {
    fn asked(&self, what: &str) {
        assert!(self.0 != what, "cannot {what}");
    }
}

impl App for Fragile {
    fn title(&self) -> String {
        self.asked("title");
        self.0.clone()
    }

    fn logic(&mut self, _: &mut AppContext<'_>) {
        self.asked("logic");
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        ui.label("before");
        self.asked("ui");
    }

    fn menus(&self) -> Vec<Menu> {
        self.asked("menus");
        Vec::new()
    }

    fn unsaved(&self) -> bool {
        self.asked("unsaved");
        false
    }

    fn glass(&self) -> bool {
        self.asked("glass");
        false
    }

    fn takes_keys(&self) -> bool {
        self.asked("takes_keys");
        false
    }

    fn badge(&self) -> Option<(String, String)> {
        self.asked("badge");
        None
    }

    fn focus_changed(&mut self, _: bool) {
        self.asked("focus_changed");
    }

    fn closing(&mut self, _: &mut AppContext<'_>) {
        self.asked("closing");
    }

    fn data(&self) -> serde_json::Value {
        self.asked("data");
        serde_json::json!({"app": self.0})
    }
}

const QUESTIONS: [&str; 11] = [
    "title",
    "logic",
    "ui",
    "menus",
    "unsaved",
    "glass",
    "takes_keys",
    "badge",
    "focus_changed",
    "closing",
    "data",
];

fn entry(id: &str) -> AppEntry {
    AppEntry {
        id: id.into(),
        name: id.into(),
        icon: "cube".into(),
        category: "test".into(),
        description: String::new(),
        kind: AppKind::System,
        path: String::new(),
        problems: Vec::new(),
        program: None,
    }
}

fn app(id: &str, make: fn(Option<&str>) -> Box<dyn App>) -> SystemApp {
    SystemApp { entry: entry(id), size: (300.0, 200.0), min_size: (200.0, 100.0), make }
}

struct Stage {
    shell: Shell,
    processes: Arc<NoProcesses>,
    now: Duration,
}

impl Stage {
    /// `fragile` makes the app that its path names.
    fn new() -> Stage {
        let processes = Arc::new(NoProcesses::default());
        let system_apps = vec![
            app("files", |path| {
                Box::new(Fragile(path.unwrap_or("fine").trim_matches('/').replace("home/", "")))
            }),
            app("sound", |_| Box::new(Fragile("sound".into()))),
            app("unmade", |_| panic!("cannot be made")),
        ];
        let entries = system_apps.iter().map(|app| app.entry.clone()).collect();
        let shell = Shell::new(ShellConfig {
            processes: processes.clone(),
            registry: Registry::scan(&processes.system(), entries, &|_| true),
            system_apps,
            first_run: FirstRun::Empty,
            notices: Vec::new(),
        });
        Stage { shell, processes, now: Duration::ZERO }
    }

    fn frames(&mut self, events: Vec<egui::Event>) {
        for events in [events, Vec::new(), Vec::new()] {
            self.now += Duration::from_millis(300);
            let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(1280.0, 800.0));
            let input = RawInput {
                screen_rect: Some(rect),
                time: Some(self.now.as_secs_f64()),
                events,
                ..RawInput::default()
            };
            self.shell.frame(input, self.now).textures.clear();
        }
    }

    fn error_of(&self, window: u64) -> Option<String> {
        self.shell.window_list().into_iter().find(|info| info.id == window).and_then(|info| info.error)
    }
}

fn quietly<R>(run: impl FnOnce() -> R) -> R {
    // The panics are wanted; their messages would look like failures.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    std::panic::set_hook(hook);
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[test]
fn whatever_an_app_panics_over_only_its_window_shows_it() {
    quietly(|| {
        for question in QUESTIONS {
            let mut stage = Stage::new();
            stage.frames(Vec::new());
            let sound = stage.shell.open("sound").unwrap();
            let broken = stage.shell.open(&format!("/home/{question}/")).unwrap();
            let key = egui::Event::Key {
                key: egui::Key::F10,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers: egui::Modifiers::NONE,
            };
            stage.frames(vec![key]);
            stage.shell.focus_window(sound);
            stage.frames(Vec::new());
            stage.shell.focus_window(broken);
            stage.frames(Vec::new());
            let _ = stage.shell.app_data(broken, "");
            assert_eq!(stage.error_of(sound), None, "{question}");
            assert_eq!(stage.shell.app_data(sound, "/app").unwrap(), "sound");
            if !["unsaved", "closing"].contains(&question) {
                assert_eq!(stage.error_of(broken), Some(format!("cannot {question}")));
            }
            // It closes like any other, and its process ends.
            stage.shell.push(Action::Close(WindowId(broken)));
            stage.frames(Vec::new());
            assert_eq!(stage.shell.window_list().len(), 1, "{question}");
            assert_eq!(stage.processes.ended.lock().unwrap().len(), 1);
        }
    });
}

#[test]
fn an_app_that_cannot_be_made_leaves_no_window_and_no_process() {
    quietly(|| {
        let mut stage = Stage::new();
        stage.frames(Vec::new());
        let why = stage.shell.open("unmade").unwrap_err();
        assert!(why.contains("cannot be made"), "{why}");
        stage.frames(Vec::new());
        assert!(stage.shell.window_list().is_empty());
        assert_eq!(stage.processes.ended.lock().unwrap().len(), 1);
    });
}
