//! Events of the window system in, frames out.

use super::attached::Attached;
use super::remote::{Remote, Signal};
use super::view::View;
use super::{RunOptions, WindowError};
use crate::frontend::repaint::{Next, Repaint};
use crate::frontend::stage::Stepped;
use crate::frontend::wake::Waker;
use crate::{Desktop, FrameOutput};
use std::time::{Duration, Instant};
use winit::application::ApplicationHandler;
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, ControlFlow, OwnedDisplayHandle};
use winit::window::WindowId;

/// After this time at the latest a screenshot is taken, also when the desktop never rests.
const LATEST_SCREENSHOT: Duration = Duration::from_secs(5);

pub(super) struct App<D: ?Sized> {
    options: RunOptions,
    waker: Waker,
    remote: Remote<D>,
    display: OwnedDisplayHandle,
    start: Instant,
    pub(super) view: Option<View>,
    repaint: Repaint,
    /// A frame was asked of the window system and has not come yet; a redraw without is an exposure.
    redraw_asked: bool,
    /// The host says that nobody can see the window.
    covered: bool,
    frames: u64,
    error: Option<WindowError>,
    /// Who wants the accessibility tree: the host, a script.
    tree_for_host: bool,
    tree_for_script: bool,
    pub(super) tree: Option<accesskit::TreeUpdate>,
    pub(super) desktop: D,
}

impl<D: Desktop + 'static> App<D> {
    pub(super) fn new(
        desktop: D,
        options: RunOptions,
        waker: Waker,
        remote: Remote<D>,
        display: OwnedDisplayHandle,
    ) -> Self {
        App {
            options,
            waker,
            remote,
            display,
            start: Instant::now(),
            view: None,
            repaint: Repaint::new(Duration::from_nanos(16_666_667)),
            redraw_asked: false,
            covered: false,
            frames: 0,
            error: None,
            tree_for_host: false,
            tree_for_script: false,
            tree: None,
            desktop,
        }
    }

    /// Shuts the desktop down, and says why the window could not be kept.
    pub(super) fn finish(mut self) -> Result<(), WindowError> {
        self.desktop.shutdown();
        tracing::debug!(frames = self.frames, seconds = self.start.elapsed().as_secs_f64(), "window closed");
        self.error.map_or(Ok(()), Err)
    }

    /// The frame clock.
    pub(super) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Whether something happened since the last frame began that the next frame takes in.
    pub(super) fn is_woken(&self) -> bool {
        self.waker.is_pending()
    }

    /// A script needs the tree with each frame from now on.
    pub(super) fn want_tree(&mut self) {
        if !std::mem::replace(&mut self.tree_for_script, true) {
            self.desktop.set_accessibility(true);
        }
    }

    /// One frame: input, desktop, output, picture.
    pub(super) fn frame(&mut self, event_loop: &ActiveEventLoop) -> Stepped {
        let Some(view) = &mut self.view else { return Stepped::default() };
        if let Err(error) = view.recover(&self.options, self.display.clone()) {
            self.fail(event_loop, error.into());
            return Stepped::default();
        }
        let now = self.start.elapsed();
        self.waker.take();
        self.repaint.begin_frame(now);
        let input = view.take_input(now);
        let mut output = self.desktop.frame(input, now);
        if view.take_scale(&output) {
            // The desktop chose another scale of its own: once more with the points that it has now.
            view.take_textures(output.textures);
            view.take_platform(event_loop, output.platform);
            let input = view.take_input(now);
            output = self.desktop.frame(input, now);
            view.take_scale(&output);
        }
        let FrameOutput {
            primitives, textures, platform, repaint_after, size_points, scene, capture, ..
        } = output;
        if self.tree_for_script && platform.accesskit_update.is_some() {
            self.tree.clone_from(&platform.accesskit_update);
        }
        let mut answer = platform.clone();
        answer.accesskit_update = None;
        view.take_platform(event_loop, platform);
        let settles = view.settles_after();
        match view.paint(primitives, textures, scene, self.covered) {
            Ok(visible) => self.repaint.set_hidden(!visible),
            Err(error) => tracing::warn!(%error, "a frame was not drawn"),
        }
        if capture {
            self.desktop.take_picture(view.shot());
        }
        let pixels_per_point = view.viewport.pixels_per_point;
        let behind = view.is_behind() && !self.repaint.is_hidden();
        let due = if behind { Duration::ZERO } else { repaint_after };
        self.repaint.end_frame(now, settles.map_or(due, |settles| due.min(settles)));
        self.frames += 1;
        if self.frames == 1 {
            let millis = now.as_secs_f64() * 1e3;
            let drawn = self.start.elapsed().as_secs_f64() * 1e3;
            tracing::info!(window_millis = millis, first_frame_millis = drawn, "first frame");
        }
        if self.desktop.wants_quit() {
            event_loop.exit();
        }
        Stepped { repaint_after, size_points, pixels_per_point, platform: answer }
    }

    fn fail(&mut self, event_loop: &ActiveEventLoop, error: WindowError) {
        self.error.get_or_insert(error);
        event_loop.exit();
    }

    fn open(&mut self, event_loop: &ActiveEventLoop) {
        match View::open(event_loop, &self.options, self.remote.proxy(), self.display.clone()) {
            Ok(view) => {
                self.repaint = Repaint::new(view.interval());
                self.view = Some(view);
                // The first picture is ready before the window is shown, so that it never shows nothing.
                self.frame(event_loop);
                if let Some(view) = &mut self.view {
                    view.window.set_visible(true);
                    view.expose();
                    self.repaint.request();
                }
            }
            Err(error) => self.fail(event_loop, error),
        }
    }

    fn run_jobs(&mut self, event_loop: &ActiveEventLoop) {
        while let Some(job) = self.remote.next() {
            job(&mut Attached { app: self, event_loop });
        }
    }

    /// Carries out `screenshot` and `exit_after`; returns when the next of them is due.
    fn run_options(&mut self, event_loop: &ActiveEventLoop) -> Option<Duration> {
        let now = self.now();
        if let Some(end) = self.options.exit_after {
            if now < end {
                return Some(end);
            }
            self.take_screenshot();
            event_loop.exit();
            return None;
        }
        if self.options.screenshot.is_some() && self.frames > 0 {
            if !self.repaint.is_idle(now) && now < LATEST_SCREENSHOT {
                return Some(LATEST_SCREENSHOT);
            }
            self.take_screenshot();
        }
        None
    }

    fn take_screenshot(&mut self) {
        let (Some(path), Some(view)) = (self.options.screenshot.take(), &mut self.view) else { return };
        match view.shot().and_then(|shot| shot.write_png(&path)) {
            Ok(()) => tracing::info!(path = %path.display(), "screenshot written"),
            Err(error) => tracing::error!(path = %path.display(), %error, "no screenshot"),
        }
    }
}

impl<D: Desktop + 'static> ApplicationHandler<Signal> for App<D> {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.view.is_none() && self.error.is_none() {
            self.open(event_loop);
        }
    }

    fn user_event(&mut self, event_loop: &ActiveEventLoop, event: Signal) {
        match event {
            Signal::Wake => self.repaint.request(),
            Signal::Job => self.run_jobs(event_loop),
            Signal::Accessibility(event) => {
                match event.window_event {
                    accesskit_winit::WindowEvent::InitialTreeRequested => {
                        self.tree_for_host = true;
                        self.desktop.set_accessibility(true);
                    }
                    accesskit_winit::WindowEvent::ActionRequested(request) => {
                        if let Some(view) = &mut self.view {
                            view.on_accesskit_action(request);
                        }
                    }
                    accesskit_winit::WindowEvent::AccessibilityDeactivated => {
                        self.tree_for_host = false;
                        self.desktop.set_accessibility(self.tree_for_script);
                    }
                }
                self.repaint.request();
            }
        }
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _window: WindowId, event: WindowEvent) {
        let Some(view) = &mut self.view else { return };
        match &event {
            WindowEvent::CloseRequested if self.desktop.close_requested() => event_loop.exit(),
            WindowEvent::CloseRequested => self.repaint.request(),
            WindowEvent::RedrawRequested => {
                if !std::mem::take(&mut self.redraw_asked) {
                    view.expose();
                }
                self.frame(event_loop);
            }
            WindowEvent::Occluded(occluded) => {
                self.covered = *occluded;
                self.repaint.set_hidden(*occluded);
                view.expose();
            }
            event => {
                if view.on_event(event) {
                    self.repaint.request();
                }
                if matches!(event, WindowEvent::Resized(_)) {
                    self.repaint.set_hidden(view.is_empty());
                }
            }
        }
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        let due = self.run_options(event_loop);
        let Some(view) = &self.view else { return };
        let at = match self.repaint.next(self.now(), view.is_paced()) {
            Next::Draw if self.repaint.is_hidden() => {
                // A hidden window gets no redraw from some hosts; logic goes on all the same.
                self.frame(event_loop);
                Some(self.now())
            }
            Next::Draw => {
                self.redraw_asked = true;
                view.window.request_redraw();
                None
            }
            Next::SleepUntil(at) => Some(at),
            Next::Sleep => None,
        };
        let at = match (at, due) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        event_loop.set_control_flow(match at {
            Some(at) => ControlFlow::WaitUntil(self.start + at),
            None => ControlFlow::Wait,
        });
    }
}
