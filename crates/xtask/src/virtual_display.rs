//! A virtual X display for machines without one, ended when it is dropped.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

/// How long Xvfb may take to open its display.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A running Xvfb.
pub(crate) struct VirtualDisplay {
    server: Child,
    name: String,
}

impl VirtualDisplay {
    /// Starts Xvfb on a display number that it chooses itself.
    ///
    /// # Errors
    /// Xvfb is not there, or opens no display in time.
    pub(crate) fn start(size: &str) -> Result<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &format!("{size}x24"), "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start Xvfb, the virtual display (package xvfb)")?;
        let number = server.stdout.take().ok_or_else(|| anyhow!("Xvfb has no output")).and_then(first_line);
        // The guard comes first, so that a server without a number is ended too.
        let mut display = VirtualDisplay { server, name: String::new() };
        display.name = format!(":{}", number?);
        Ok(display)
    }

    /// As `DISPLAY` wants it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for VirtualDisplay {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing to do about either failure.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Waits for one line, on a thread because a pipe cannot be read with a time limit.
fn first_line(from: impl std::io::Read + Send + 'static) -> Result<u32> {
    let (send, receive) = mpsc::sync_channel(1);
    let reader = move || {
        let mut line = String::new();
        let read = BufReader::new(from).read_line(&mut line).map(|_| line);
        // Nobody listens after the time limit.
        let _ = send.send(read);
    };
    std::thread::Builder::new().name("xvfb-display".into()).spawn(reader)?;
    let line = receive.recv_timeout(START_TIMEOUT).context("Xvfb opened no display")??;
    line.trim().parse().map_err(|_| anyhow!("Xvfb could not open a display"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_opens_under_a_name_of_its_own() {
        if !crate::process::succeeds("sh", &["-c", "command -v Xvfb"]) {
            eprintln!("SKIPPED: Xvfb is not installed");
            return;
        }
        let displays = [(); 2].map(|()| VirtualDisplay::start("320x240").unwrap());
        assert!(displays.iter().all(|display| display.name().starts_with(':')));
        assert_ne!(displays[0].name(), displays[1].name());
    }

    #[test]
    fn an_answer_that_is_no_number_is_an_error() {
        assert_eq!(first_line(&b"7\n"[..]).unwrap(), 7);
        assert!(first_line(&b"no display\n"[..]).is_err());
        assert!(first_line(&b""[..]).is_err());
    }
}
