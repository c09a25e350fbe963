//! The content of one window: the app that draws it, its process, and what the shell remembers of it.
//!
//! A panic of the app ends here, whatever it was asked: its window shows an error box, everything else goes on.

use abi::{CauseId, Pid, UiCaller};
use egui::Rect;
use services::AppKind;
use std::{
    any::Any,
    cell::OnceCell,
    panic::{AssertUnwindSafe, catch_unwind},
};
use widgets::{App, AppContext, ShellCommand};

/// A window's content.
pub(crate) struct Hosted {
    app: Box<dyn App>,
    pub(crate) kind: AppKind,
    pub(crate) icon: String,
    pub(crate) category: String,
    syscalls: UiCaller,
    /// What the app acts for until the next input.
    cause: CauseId,
    /// Said instead of the content once the app has failed.
    failure: OnceCell<String>,
    /// The widget that had the keyboard when the window lost it.
    pub(crate) remembered_focus: Option<egui::Id>,
    pub(crate) motion: Motion,
    /// Path or id that opened it, for the session and *run again*.
    pub(crate) source: String,
    title: String,
}

impl Hosted {
    pub(crate) fn new(
        app: Box<dyn App>,
        kind: AppKind,
        icon: &str,
        syscalls: UiCaller,
        source: &str,
    ) -> Self {
        let mut hosted = Hosted {
            title: String::new(),
            app,
            kind,
            icon: icon.to_owned(),
            category: String::new(),
            cause: CauseId::NONE,
            syscalls,
            failure: OnceCell::new(),
            remembered_focus: None,
            motion: Motion::default(),
            source: source.to_owned(),
        };
        hosted.title = hosted.ask(|app| app.title()).unwrap_or_default();
        hosted
    }

    pub(crate) fn pid(&self) -> Pid {
        self.syscalls.pid()
    }

    pub(crate) fn title(&self) -> String {
        self.title.clone()
    }

    /// From now on the app acts for this cause.
    pub(crate) fn set_cause(&mut self, cause: CauseId) {
        if self.cause != cause {
            self.cause = cause;
            self.syscalls = self.syscalls.with_cause(cause);
        }
    }

    /// The cause that it acts for, once there was one.
    pub(crate) fn cause(&self) -> Option<CauseId> {
        (self.cause != CauseId::NONE).then_some(self.cause)
    }

    /// Why the app stopped, once it has.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// Asks the app something; `None` from one that has stopped, or that stops over it.
    pub(crate) fn ask<R>(&self, question: impl FnOnce(&dyn App) -> R) -> Option<R> {
        if self.failure.get().is_some() {
            return None;
        }
        let app = self.app.as_ref();
        self.unless_it_panics(catch_unwind(AssertUnwindSafe(|| question(app))))
    }

    /// Tells the app something.
    pub(crate) fn tell(&mut self, news: impl FnOnce(&mut dyn App)) {
        if self.failure.get().is_none() {
            let app = self.app.as_mut();
            let told = catch_unwind(AssertUnwindSafe(|| news(app)));
            self.unless_it_panics(told);
        }
    }

    /// Runs the app's logic.
    pub(crate) fn logic(&mut self, now_seconds: f64, visible: bool, commands: &mut Vec<ShellCommand>) {
        self.act(now_seconds, visible, commands, |app, cx| app.logic(cx));
        if let Some(title) = self.ask(|app| app.title()) {
            self.title = title;
        }
    }

    /// What closing it would lose.
    pub(crate) fn closing_loses(&self) -> Option<String> {
        let syscalls = self.syscalls.clone();
        self.ask(|app| app.closing_loses(&syscalls)).flatten()
    }

    /// What its program can do, where it has one.
    pub(crate) fn details(&self) -> Option<Vec<widgets::sandbox::Section>> {
        let syscalls = self.syscalls.clone();
        self.ask(|app| app.details(&syscalls)).flatten()
    }

    /// Lets the app end its affairs.
    pub(crate) fn closing(&mut self, now_seconds: f64) {
        self.act(now_seconds, false, &mut Vec::new(), |app, cx| app.closing(cx));
    }

    fn act(
        &mut self,
        now_seconds: f64,
        visible: bool,
        commands: &mut Vec<ShellCommand>,
        run: impl FnOnce(&mut dyn App, &mut AppContext<'_>),
    ) {
        let syscalls = self.syscalls.clone();
        let mut cx = AppContext { syscalls: &syscalls, now_seconds, visible, commands };
        self.tell(|app| run(app, &mut cx));
    }

    /// Draws the app.
    pub(crate) fn ui(&mut self, ui: &mut egui::Ui) {
        match self.failure.get() {
            Some(why) => {
                widgets::controls::error_box(ui, "This app stopped because of an error", why);
            }
            None => self.tell(|app| app.ui(ui)),
        }
    }

    fn unless_it_panics<R>(&self, result: std::thread::Result<R>) -> Option<R> {
        let panic = match result {
            Ok(answer) => return Some(answer),
            Err(panic) => panic,
        };
        let why = reason(panic.as_ref());
        tracing::error!(app = %self.title, %why, "an app panicked");
        // The first reason is the one that counts.
        let _ = self.failure.set(why);
        None
    }
}

/// What a panic said.
pub(crate) fn reason(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".into())
}

/// Where a window is drawn while it catches up with where it is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Motion {
    from: Option<Rect>,
    kind: MotionKind,
    started: f64,
    last_target: Option<Rect>,
}

/// What moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum MotionKind {
    #[default]
    None,
    /// Appears: grows a little and fades in.
    Open,
    /// Slides to another rectangle.
    Move,
    /// Shrinks into the dock.
    Minimise,
    /// Comes back from the dock.
    Restore,
}

/// How a window is drawn right now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pose {
    pub(crate) rect: Rect,
    /// 1 is opaque.
    pub(crate) opacity: f32,
    /// Picture scale about the centre of `rect`.
    pub(crate) scale: f32,
}

impl Motion {
    /// Starts a movement at this time.
    pub(crate) fn start(&mut self, kind: MotionKind, from: Option<Rect>, now: f64) {
        *self = Motion { from, kind, started: now, last_target: self.last_target };
    }

    /// Ends any movement: the picture is where the window is.
    pub(crate) fn stop(&mut self) {
        self.kind = MotionKind::None;
    }

    pub(crate) fn is_moving(&self, now: f64) -> bool {
        self.kind != MotionKind::None && now - self.started < f64::from(widgets::theme::duration::WINDOW)
    }

    pub(crate) fn kind(&self, now: f64) -> MotionKind {
        if self.is_moving(now) { self.kind } else { MotionKind::None }
    }

    /// Remembers where the window is; says where it was when that changed.
    pub(crate) fn retarget(&mut self, target: Rect) -> Option<Rect> {
        let before = self.last_target.replace(target);
        before.filter(|before| *before != target)
    }

    /// The picture for a window that is at `target`.
    pub(crate) fn pose(&self, target: Rect, now: f64) -> Pose {
        let still = Pose { rect: target, opacity: 1.0, scale: 1.0 };
        if !self.is_moving(now) {
            return still;
        }
        let t = ((now - self.started) as f32 / widgets::theme::duration::WINDOW).clamp(0.0, 1.0);
        let eased = 1.0 - (1.0 - t).powi(3);
        match (self.kind, self.from) {
            (MotionKind::None, _) => still,
            (MotionKind::Open, _) => Pose { rect: target, opacity: eased, scale: 0.96 + 0.04 * eased },
            (MotionKind::Move, Some(from)) => Pose { rect: from.lerp_towards(&target, eased), ..still },
            (MotionKind::Minimise, Some(dock)) => Pose {
                rect: target.lerp_towards(&centred(target, dock), eased),
                opacity: 1.0 - eased,
                scale: 1.0 - 0.9 * eased,
            },
            (MotionKind::Restore, Some(dock)) => Pose {
                rect: centred(target, dock).lerp_towards(&target, eased),
                opacity: eased,
                scale: 0.1 + 0.9 * eased,
            },
            _ => still,
        }
    }
}

/// `rect` with its centre where `at` has its own.
fn centred(rect: Rect, at: Rect) -> Rect {
    Rect::from_center_size(at.center(), rect.size())
}
