//! Sees when somebody else changes the folder that is shown.
//!
//! One watch at a time; it costs nothing while nothing happens. Where the file system has none (`/proc`, say) the
//! folder is only read anew when somebody comes back to the window.

use abi::{
    Fd, Pending, UiCaller,
    table::{Unwatch, Watch, WatchRead},
};

/// The watch of a window.
#[derive(Default)]
pub(super) struct Watcher {
    folder: Option<String>,
    opening: Option<Pending<Watch>>,
    fd: Option<Fd>,
    reading: Option<Pending<WatchRead>>,
    /// Watches that were asked for and are not wanted any more.
    unwanted: Vec<Pending<Watch>>,
}

impl Watcher {
    /// Watches this folder and no other.
    pub(super) fn follow(&mut self, folder: Option<&str>, syscalls: &UiCaller) {
        if self.folder.as_deref() == folder {
            return;
        }
        self.unwanted.extend(self.opening.take());
        self.reading = None;
        if let Some(fd) = self.fd.take() {
            end(fd, syscalls);
        }
        self.folder = folder.map(str::to_owned);
        self.opening = folder.and_then(|folder| syscalls.submit(Watch { path: folder.to_owned() }).ok());
    }

    /// Whether something has changed since it was asked last.
    pub(super) fn poll(&mut self, syscalls: &UiCaller) -> bool {
        self.unwanted.retain(|pending| match pending.poll() {
            None => true,
            Some(watch) => {
                if let Ok(fd) = watch {
                    end(fd, syscalls);
                }
                false
            }
        });
        if let Some(watch) = self.opening.as_ref().and_then(Pending::poll) {
            self.opening = None;
            self.fd = watch.ok();
            self.read(syscalls);
        }
        match self.reading.as_ref().and_then(Pending::poll) {
            None => false,
            Some(Ok(events)) => {
                self.read(syscalls);
                events.lost || !events.events.is_empty()
            }
            // The folder is gone, or the watch is: there is nothing to wait for.
            Some(Err(_)) => {
                self.reading = None;
                true
            }
        }
    }

    fn read(&mut self, syscalls: &UiCaller) {
        let read = |fd| syscalls.submit(WatchRead { fd, limit: 1_000, timeout_millis: None }).ok();
        self.reading = self.fd.and_then(read);
    }
}

fn end(fd: Fd, syscalls: &UiCaller) {
    // A watch that cannot be ended ends with the window.
    let _ = syscalls.submit(Unwatch { fd });
}
