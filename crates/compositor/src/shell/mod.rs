//! The desktop: windows, menu bar, dock, launcher, dialogs, toasts. Knows no window system and no GPU.
//!
//! One frame is a sentence: input → keys become actions → actions change the layout and the apps → apps
//! run their `logic` → everything is drawn → what drawing asked for waits for the next frame.
//!
//! Drawing ([`draw`]) changes only view state. It pushes [`Action`]s, which [`actions`] carries out between
//! frames, the only place where the layout changes and apps start or end.

mod actions;
mod approvals;
mod background;
mod cause;
mod dialog;
mod draw;
mod hosted;
mod input;
mod input_frames;
mod inspect;
mod installed;
mod invitation;
mod keys;
mod launcher;
mod menu_focus;
mod open;
mod reviews;
mod screenshot;
mod scripts;
mod session;
mod survivors;
mod tab_order;
#[cfg(test)]
mod tests;
mod toast;

pub(crate) use actions::Action;
pub use inspect::WindowInfo;
pub use keys::{Chord, key_named};
pub use open::SystemApp;

use crate::gpu::{GpuError, Shot};
use crate::{
    frame::{Desktop, FrameOutput, FrameTimes, Scene},
    hosts::Processes,
};
use abi::CauseId;
use approvals::Approvals;
use background::Background;
use dialog::Dialogs;
use hosted::Hosted;
use input::KeyState;
use input_frames::InputFrames;
use installed::Installed;
use launcher::Launcher;
use services::Registry;
use session::Autosave;
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tab_order::TabOrder;
use toast::Toasts;
use widgets::{Appearance, ShellCommand};
use windows::WindowId;

/// What a shell is made of.
pub struct ShellConfig {
    /// Starts and ends processes, and is the shell's own way to the kernel.
    pub processes: Arc<dyn Processes>,
    /// Installed apps.
    pub registry: Registry,
    /// The apps that are part of the program.
    pub system_apps: Vec<SystemApp>,
    /// What opens when there is no session to restore.
    pub first_run: FirstRun,
    /// What a person has to know at once, each with its explanation.
    pub notices: Vec<(String, String)>,
}

/// What a desktop without a saved session shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstRun {
    /// A few windows, well placed.
    Composed,
    /// Nothing but the desktop.
    Empty,
}

/// The desktop.
pub struct Shell {
    ctx: egui::Context,
    processes: Arc<dyn Processes>,
    registry: Registry,
    system_apps: Vec<SystemApp>,
    layout: windows::Desktop,
    hosted: BTreeMap<WindowId, Hosted>,
    /// Programs without a window.
    background: Vec<Background>,
    installed: Installed,
    /// What is to be done, each on whose account.
    actions: Vec<(Action, Option<CauseId>)>,
    /// On whose account the shell acts at the moment; nobody's while it draws.
    account: Option<CauseId>,
    appearance: Appearance,
    keys: KeyState,
    input_frames: InputFrames,
    tab_order: TabOrder,
    menu_focus: menu_focus::MenuFocus,
    launcher: Launcher,
    dialogs: Dialogs,
    approvals: Approvals,
    toasts: Toasts,
    centre: draw::Centre,
    reviews: reviews::Reviews,
    scripts: scripts::Scripts,
    autosave: Autosave,
    first_run: Option<FirstRun>,
    clipboard: String,
    /// The window with the keyboard gets the clipboard's text with the next frame.
    paste_wanted: bool,
    screenshot_wanted: bool,
    screenshot: Option<screenshot::Saving>,
    wall_clock: draw::WallClock,
    /// Seconds of the frame clock.
    now: f64,
    /// Earliest second at which somebody asked for a frame.
    wake_at: f64,
    size: egui::Vec2,
    /// Frames since the start.
    frames: u64,
    quit: bool,
    about_open: bool,
    /// What was said about a window's program, while it is shown.
    details: Option<draw::Details>,
    key_sheet_open: bool,
}

impl Shell {
    /// A desktop on these processes, with its settings read and its session ready to come back with
    /// the first frame.
    #[must_use]
    pub fn new(config: ShellConfig) -> Self {
        let ctx = egui::Context::default();
        ctx.options_mut(|options| options.max_passes = std::num::NonZeroUsize::MIN);
        widgets::fonts::install(&ctx);
        let scripts = scripts::Scripts::new(widgets::use_host_fonts(&ctx));
        let (appearance, unread) = session::load_appearance(config.processes.as_ref());
        let mut toasts = Toasts::default();
        let unread = unread.map(|text| ("Settings start afresh".to_owned(), text));
        for (title, text) in unread.into_iter().chain(config.notices) {
            toasts.show(toast::Toast::new(widgets::Tone::Warning, title, text), 0.0);
        }
        widgets::theme::apply(&ctx, &appearance);
        let mut layout = windows::Desktop::new(windows::Size::new(1280.0, 800.0));
        for app in draw::PINNED {
            let _ = layout.apply(windows::Op::Pin { app: (*app).to_owned(), index: None });
        }
        Shell {
            ctx,
            processes: config.processes,
            registry: config.registry,
            system_apps: config.system_apps,
            layout,
            hosted: BTreeMap::new(),
            background: Vec::new(),
            installed: Installed::default(),
            actions: Vec::new(),
            account: None,
            appearance,
            keys: KeyState::default(),
            input_frames: InputFrames::default(),
            tab_order: TabOrder::default(),
            menu_focus: menu_focus::MenuFocus::default(),
            launcher: Launcher::default(),
            dialogs: Dialogs::default(),
            approvals: Approvals::default(),
            toasts,
            centre: draw::Centre::default(),
            reviews: reviews::Reviews::default(),
            scripts,
            autosave: Autosave::default(),
            first_run: Some(config.first_run),
            clipboard: String::new(),
            paste_wanted: false,
            screenshot_wanted: false,
            screenshot: None,
            wall_clock: draw::WallClock::default(),
            now: 0.0,
            wake_at: f64::INFINITY,
            size: egui::Vec2::ZERO,
            frames: 0,
            quit: false,
            about_open: false,
            details: None,
            key_sheet_open: false,
        }
    }

    /// The egui context that draws it.
    #[must_use]
    pub fn context(&self) -> &egui::Context {
        &self.ctx
    }

    fn take_size(&mut self, input: &egui::RawInput) {
        self.ctx.set_zoom_factor(self.appearance.scale);
        let Some(rect) = input.screen_rect else { return };
        let size = rect.size();
        if size != self.size && size.x >= 1.0 && size.y >= 1.0 {
            self.size = size;
            let _ = self.layout.apply(windows::Op::SetFrame { size: windows::Size::new(size.x, size.y) });
        }
    }

    /// Runs every app once, then what they asked for.
    fn logic(&mut self) {
        let ids: Vec<WindowId> = self.hosted.keys().copied().collect();
        let mut asked: Vec<(WindowId, ShellCommand)> = Vec::new();
        for id in ids {
            let visible = self.layout.window(id).is_some_and(windows::Window::is_visible);
            if let Some(hosted) = self.hosted.get_mut(&id) {
                let mut commands = Vec::new();
                hosted.logic(self.now, visible, &mut commands);
                let title = hosted.title();
                asked.extend(commands.into_iter().map(|command| (id, command)));
                if self.layout.window(id).is_some_and(|window| window.title != title) {
                    let _ = self.layout.apply(windows::Op::SetTitle { window: id, title });
                }
            }
        }
        for (id, command) in asked {
            self.run_shell_command(id, command);
        }
    }

    /// Frames are due while something moves, when somebody asked, and when the clock shows a new minute.
    fn repaint_after(&self, egui_wants: Duration) -> Duration {
        if !self.actions.is_empty()
            || self.input_frames.is_waiting()
            || self.moving()
            || self.screenshot_wanted
            || self.paste_wanted
        {
            return Duration::ZERO;
        }
        let mut after = egui_wants.min(self.until_next_minute());
        let wake = self.wake_at.min(self.toasts.next_change(self.now)).min(self.autosave.due());
        if wake.is_finite() {
            after = after.min(Duration::from_secs_f64((wake - self.now).max(0.0)));
        }
        after
    }

    fn moving(&self) -> bool {
        !self.appearance.reduce_motion && self.hosted.values().any(|hosted| hosted.motion.is_moving(self.now))
    }

    fn until_next_minute(&self) -> Duration {
        Duration::from_millis(60_000 - self.wall_clock.at(self.now) % 60_000)
    }
}

impl Desktop for Shell {
    fn frame(&mut self, mut input: egui::RawInput, now: Duration) -> FrameOutput {
        let began = Instant::now();
        self.now = now.as_secs_f64();
        self.frames += 1;
        if self.wake_at <= self.now {
            self.wake_at = f64::INFINITY;
        }
        self.wall_clock.refresh(self.processes.as_ref(), self.now);
        self.take_size(&input);
        if let Some(first_run) = self.first_run.take() {
            self.restore_session(first_run);
        }
        self.take_input(&mut input);
        self.run_actions();
        self.logic();
        self.run_actions();
        self.follow_approvals();
        self.follow_reviews();
        self.save_when_due();
        self.follow_screenshot();
        self.follow_background();
        self.follow_installed();
        self.follow_scripts();
        let ready = Instant::now();

        let ctx = self.ctx.clone();
        self.begin_tab_order(&input);
        let mut output = ctx.run_ui(input, |ui| self.draw(ui));
        self.end_tab_order();
        self.follow_menus();
        self.after_drawing(&output.platform_output);
        let drawn = Instant::now();

        let wants =
            output.viewport_output.get(&egui::ViewportId::ROOT).map(|viewport| viewport.repaint_delay);
        let repaint_after = self.repaint_after(wants.unwrap_or(Duration::MAX));
        let pixels_per_point = output.pixels_per_point;
        let primitives = ctx.tessellate(std::mem::take(&mut output.shapes), pixels_per_point);
        let (logic, layout) = (ready - began, drawn - ready);
        FrameOutput {
            primitives,
            textures: std::mem::take(&mut output.textures_delta),
            platform: std::mem::take(&mut output.platform_output),
            pixels_per_point,
            repaint_after,
            size_points: self.size,
            capture: std::mem::take(&mut self.screenshot_wanted),
            scene: Scene { theme: self.appearance.theme, wallpaper: self.appearance.wallpaper },
            times: FrameTimes { logic, layout, tessellation: drawn.elapsed() },
        }
    }

    fn set_accessibility(&mut self, wanted: bool) {
        if wanted {
            self.ctx.enable_accesskit();
        } else {
            self.ctx.disable_accesskit();
        }
    }

    fn take_picture(&mut self, picture: Result<Shot, GpuError>) {
        self.keep_screenshot(picture);
    }

    fn wants_quit(&self) -> bool {
        self.quit
    }

    fn close_requested(&mut self) -> bool {
        self.quit_or_ask();
        self.quit
    }

    fn shutdown(&mut self) {
        self.save_session_now();
        for mut hosted in std::mem::take(&mut self.hosted).into_values() {
            hosted.closing(self.now);
        }
        // All processes end together: programs that take a moment over it take it at the same time.
        self.processes.shutdown();
    }
}
