//! This terminal as the one of the program: raw, of the same size, and as it was before when the program has ended.

use super::{Call, relay::Running};
use abi::{Fd, SysResult, Syscalls, table};
use nix::sys::termios::{SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr};
use std::{io, sync::Arc};

/// Our terminal while it is raw. Dropped, it is what it was.
pub(super) struct Screen {
    before: Termios,
}

impl Screen {
    fn raw() -> io::Result<Screen> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        cfmakeraw(&mut raw);
        tcsetattr(io::stdin(), SetArg::TCSADRAIN, &raw)?;
        Ok(Screen { before })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(io::stdin(), SetArg::TCSADRAIN, &self.before);
    }
}

/// Starts it in a terminal of its own.
pub(super) fn start(syscalls: Arc<dyn Syscalls>, call: Call) -> SysResult<Running> {
    let (rows, cols) = size();
    let started = syscalls.call(table::ExecPty {
        executable: call.executable,
        args: call.args,
        env: call.env,
        cwd: call.cwd,
        rows,
        cols,
        inherit: Vec::new(),
        run: None,
        sandbox: Some(call.sandbox),
    })?;
    let screen = Screen::raw().map_err(|why| {
        abi::SysError::new(abi::Errno::EIO, format!("this terminal cannot be passed through: {why}"))
    })?;
    Ok(Running::in_terminal(syscalls, &started, screen))
}

/// Tells the program's terminal the size of ours.
pub(super) fn resize(syscalls: &Arc<dyn Syscalls>, fd: Fd) {
    let (rows, cols) = size();
    // It may have ended already.
    let _ = syscalls.call(table::PtyResize { fd, rows, cols });
}

fn size() -> (u16, u16) {
    let usual = (24, 80);
    sandbox::window_size(&io::stdout())
        .ok()
        .map_or(usual, |size| if size.rows == 0 || size.cols == 0 { usual } else { (size.rows, size.cols) })
}
