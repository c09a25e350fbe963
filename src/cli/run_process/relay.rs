//! The three streams of a program, byte for byte, and what both ways of running have in common.

use super::{Call, signals::Caught, terminal::Screen};
use abi::{Bytes, Errno, Fd, Pid, SysResult, Syscalls, table};
use nix::sys::signal::Signal;
use std::{
    io::{self, Read, Write},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

/// Moved at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// How long the last output is waited for once the program has ended: nobody is left who could write more.
const LAST_OUTPUT: Duration = Duration::from_secs(10);
/// Between two attempts to write to a program that does not read.
const PAUSE: Duration = Duration::from_millis(2);

/// A program that runs.
pub(super) struct Running {
    syscalls: Arc<dyn Syscalls>,
    pid: Pid,
    input: Fd,
    /// Where it is read, and where that goes.
    outputs: Vec<(Fd, Output)>,
    /// Our terminal, when it is passed through.
    screen: Option<Screen>,
}

/// One of our own streams.
#[derive(Clone, Copy)]
pub(super) enum Output {
    Stdout,
    Stderr,
}

impl Output {
    fn write(self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Output::Stdout => {
                let mut stream = io::stdout().lock();
                stream.write_all(bytes).and_then(|()| stream.flush())
            }
            Output::Stderr => io::stderr().lock().write_all(bytes),
        }
    }
}

/// Starts it on three pipes.
pub(super) fn start(syscalls: Arc<dyn Syscalls>, call: Call) -> SysResult<Running> {
    let started = syscalls.call(table::Spawn {
        executable: call.executable,
        args: call.args,
        env: call.env,
        cwd: call.cwd,
        stdio: table::Stdio::Piped,
        priority: 5,
        inherit: Vec::new(),
        run: None,
        sandbox: Some(call.sandbox),
    })?;
    let missing = || abi::SysError::new(Errno::EIO, "a stream of the program is missing");
    let outputs = vec![
        (started.stdout.ok_or_else(missing)?, Output::Stdout),
        (started.stderr.ok_or_else(missing)?, Output::Stderr),
    ];
    let input = started.stdin.ok_or_else(missing)?;
    Ok(Running { syscalls, pid: started.pid, input, outputs, screen: None })
}

impl Running {
    /// One in a terminal.
    pub(super) fn in_terminal(
        syscalls: Arc<dyn Syscalls>,
        started: &table::PtyStarted,
        screen: Screen,
    ) -> Running {
        let outputs = vec![(started.fd, Output::Stdout)];
        Running { syscalls, pid: started.pid, input: started.fd, outputs, screen: Some(screen) }
    }

    pub(super) fn syscalls(&self) -> &Arc<dyn Syscalls> {
        &self.syscalls
    }

    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    /// Passes everything on until it has ended.
    pub(super) fn run(self, signals: Caught) -> SysResult<table::Exit> {
        let Running { syscalls, pid, input, outputs, screen } = self;
        let is_terminal = screen.is_some();
        let no_thread = |why: io::Error| abi::SysError::new(Errno::EAGAIN, format!("no thread: {why}"));
        let on_signal = {
            let syscalls = syscalls.clone();
            move |signal: Signal| match signal {
                Signal::SIGWINCH if is_terminal => super::terminal::resize(&syscalls, input),
                Signal::SIGWINCH => {}
                _ => {
                    // It may have ended already.
                    let _ = syscalls.call(table::Kill { pid, signal: signal as i32, grace_millis: 60_000 });
                }
            }
        };
        signals.each(on_signal).map_err(no_thread)?;
        let (finished, finishes) = mpsc::sync_channel(outputs.len());
        let count = outputs.len();
        for (fd, output) in outputs {
            let (syscalls, finished) = (syscalls.clone(), finished.clone());
            let pass = move || {
                pass_out(&syscalls, fd, output);
                let _ = finished.send(());
            };
            thread::Builder::new().name("output".into()).spawn(pass).map_err(no_thread)?;
        }
        let feeder = syscalls.clone();
        // It ends with us: a read of our own input is not to be interrupted.
        thread::Builder::new()
            .name("input".into())
            .spawn(move || pass_in(&feeder, input, is_terminal))
            .map_err(no_thread)?;
        let ended = syscalls.call(table::Wait { pid: Some(pid), timeout_millis: None });
        for _ in 0..count {
            if finishes.recv_timeout(LAST_OUTPUT).is_err() {
                break;
            }
        }
        drop(screen);
        ended.map(|ended| {
            if let Some(exceeded) = ended.exceeded {
                eprintln!("agentos: {exceeded}");
            }
            match ended.refused_processes {
                0 => {}
                1 => eprintln!("agentos: once no further process was allowed"),
                times => eprintln!("agentos: {times} times no further process was allowed"),
            }
            ended.exit
        })
    }
}

/// What it says, until it says no more or nobody hears it.
fn pass_out(syscalls: &Arc<dyn Syscalls>, fd: Fd, output: Output) {
    let size = CHUNK_BYTES as u64;
    while let Ok(bytes) = syscalls.call(table::FdRead { fd, size, timeout_millis: None }) {
        if bytes.is_empty() {
            return;
        }
        if output.write(&bytes).is_err() {
            // It learns by SIGPIPE that nobody hears it.
            let _ = syscalls.call(table::Close { fd });
            return;
        }
    }
}

/// What we are told, until the end of the file.
fn pass_in(syscalls: &Arc<dyn Syscalls>, fd: Fd, is_terminal: bool) {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match io::stdin().lock().read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => {
                if !give(syscalls, fd, &chunk[..count]) {
                    return;
                }
            }
            Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    if !is_terminal {
        let _ = syscalls.call(table::Close { fd });
    }
}

/// All of it; false when it does not read any more.
fn give(syscalls: &Arc<dyn Syscalls>, fd: Fd, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        match syscalls.call(table::FdWrite { fd, data: Bytes(bytes.to_vec()) }) {
            Ok(count) => bytes = &bytes[usize::try_from(count).unwrap_or(bytes.len()).min(bytes.len())..],
            Err(why) if why.errno == Errno::EAGAIN => thread::sleep(PAUSE),
            Err(_) => return false,
        }
    }
    true
}
