//! Pictures of the desktop, kept in `/home/Pictures` and on the clipboard's shelf of the shell.
//!
//! Encoding a picture takes tens of milliseconds, so it happens on a thread of its own; the file is written by
//! the kernel like any other.

use super::Shell;
use crate::gpu::{GpuError, Shot};
use abi::{Bytes, SysResult, table};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use widgets::Tone;

/// A picture that is being saved.
pub(crate) struct Saving {
    path: String,
    done: Arc<Mutex<Option<SysResult<u64>>>>,
}

/// Between two looks at a picture that is being saved.
const LOOK: Duration = Duration::from_millis(30);

impl Shell {
    /// Saves the picture of the last frame.
    pub(crate) fn keep_screenshot(&mut self, picture: Result<Shot, GpuError>) {
        let shot = match picture {
            Ok(shot) => shot,
            Err(why) => return self.toast(Tone::Error, "No screenshot was made", why.to_string()),
        };
        if self.screenshot.is_some() {
            return self.toast(Tone::Warning, "A screenshot is being saved already", String::new());
        }
        let path = format!("/home/Pictures/Screenshot {}.png", self.file_stamp());
        let done: Arc<Mutex<Option<SysResult<u64>>>> = Arc::default();
        let (result, target, system) = (done.clone(), path.clone(), self.processes.system());
        let work = move || {
            let written = shot
                .to_png()
                .map_err(|why| abi::SysError::new(abi::Errno::EIO, why.to_string()))
                .and_then(|png| system.call(table::Write { path: target, data: Bytes(png), append: false }));
            *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(written);
        };
        match std::thread::Builder::new().name("agentos-screenshot".into()).spawn(work) {
            Ok(_) => self.screenshot = Some(Saving { path, done }),
            Err(why) => self.toast(Tone::Error, "The screenshot was not saved", why.to_string()),
        }
    }

    /// Tells when a picture is saved.
    pub(crate) fn follow_screenshot(&mut self) {
        let Some(saving) = &self.screenshot else { return };
        let done = saving.done.lock().unwrap_or_else(PoisonError::into_inner).take();
        let path = saving.path.clone();
        match done {
            None => {
                self.wake_at = self.wake_at.min(self.now + LOOK.as_secs_f64());
                return;
            }
            Some(Ok(_)) => self.toast(Tone::Success, "Screenshot saved", path),
            Some(Err(why)) => self.toast(Tone::Error, "The screenshot was not saved", why.detail),
        }
        self.screenshot = None;
    }

    /// Local date and time as a file name has them.
    fn file_stamp(&self) -> String {
        super::draw::local_time(self.wall_clock.at(self.now), "%Y-%m-%d %H.%M.%S")
    }
}
