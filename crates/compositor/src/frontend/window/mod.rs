//! The desktop in a window of the host.
//!
//! [`Display::connect`] reaches the window system, gives the [`Waker`] that the kernel needs before the
//! desktop exists, and the [`Remote`] for scripts; [`Display::run`] opens the window and returns when the
//! desktop is over. Everything happens on the thread that calls it (on some hosts it must be the main one).
//!
//! Idle is idle: with nothing due the thread sleeps in the window system. A frame that changes no pixel
//! is not presented.

mod app;
mod attached;
mod remote;
mod screen;
mod view;

pub use remote::{Remote, RemoteError};

use super::wake::Waker;
use crate::Desktop;
use crate::gpu::{AdapterChoice, GpuError};
use app::App;
use remote::Signal;
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error;
use winit::event_loop::EventLoop;

/// How to open the window.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// In the title bar of the host.
    pub title: String,
    /// Inner size in points of the host.
    pub size_points: [f32; 2],
    /// Physical pixels per point instead of the host's.
    pub scale: Option<f32>,
    /// Fill the screen.
    pub fullscreen: bool,
    /// Which adapter to draw with.
    pub adapter: AdapterChoice,
    /// Write the picture here: at the end with `exit_after`, else once when the desktop first rests.
    pub screenshot: Option<PathBuf>,
    /// End by itself after this time; for unattended runs.
    pub exit_after: Option<Duration>,
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions {
            title: "AgentOS".into(),
            size_points: [1440.0, 900.0],
            scale: None,
            fullscreen: false,
            adapter: AdapterChoice::Auto,
            screenshot: None,
            exit_after: None,
        }
    }
}

/// Why there is no window.
#[derive(Debug, Error)]
pub enum WindowError {
    /// There is no display, or its libraries are missing.
    #[error(
        "no display to open a window on: {0}. Over ssh or in a container, use a virtual one: \
         xvfb-run -s \"-screen 0 1280x800x24\" agentos run"
    )]
    NoDisplay(String),
    /// The window system refused the window.
    #[error("the window could not be opened: {0}")]
    NoWindow(String),
    /// Nothing to draw with.
    #[error(transparent)]
    Gpu(#[from] GpuError),
}

/// A connection to the window system that has no window yet.
pub struct Display<D: ?Sized> {
    event_loop: EventLoop<Signal>,
    options: RunOptions,
    waker: Waker,
    remote: Remote<D>,
}

impl<D: Desktop + 'static> Display<D> {
    /// Connects to the window system.
    ///
    /// # Errors
    /// [`WindowError::NoDisplay`], with what helps.
    pub fn connect(options: RunOptions) -> Result<Self, WindowError> {
        let event_loop = EventLoop::with_user_event()
            .build()
            .map_err(|error| WindowError::NoDisplay(plain(&error.to_string())))?;
        let proxy = event_loop.create_proxy();
        let woken = proxy.clone();
        // An error says that the loop has ended: then nobody waits for frames.
        let waker = Waker::new(move || drop(woken.send_event(Signal::Wake)));
        Ok(Display { event_loop, options, waker, remote: Remote::new(proxy) })
    }

    /// Asks for a frame from any thread.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Runs scripts on the desktop from any thread.
    #[must_use]
    pub fn remote(&self) -> Remote<D> {
        self.remote.clone()
    }

    /// Opens the window, shows the desktop until it quits or the window is closed, and shuts it down.
    ///
    /// # Errors
    /// Why the window could not be opened, or was lost. The desktop is shut down also then.
    pub fn run(self, desktop: D) -> Result<(), WindowError> {
        let Display { event_loop, options, waker, remote } = self;
        let mut app = App::new(desktop, options, waker, remote, event_loop.owned_display_handle());
        let ended = event_loop.run_app(&mut app);
        app.finish()?;
        ended.map_err(|error| WindowError::NoWindow(error.to_string()))
    }
}

/// winit's errors start with the place in its source that made them, which helps nobody here.
pub(super) fn plain(error: &str) -> String {
    let text = match (error.starts_with("os error at "), error.split_once(": ")) {
        (true, Some((_, text))) => text,
        _ => error,
    };
    text.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_window_system_are_in_plain_words() {
        let error = "os error at src/platform_impl/linux/mod.rs:765: neither X nor Y is set.";
        assert_eq!(plain(error), "neither X nor Y is set");
        assert_eq!(plain("not supported"), "not supported");
    }
}
