//! What a program writes to its terminal, on its way through the kernel.

use super::{super::runner::timed, Fixture};
use crate::bench::{Meter, Spec};
use abi::table::{Close, ExecPty, FdRead, Wait};
use anyhow::{Context, ensure};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use sandbox::{WindowSize, base_environment, spawn_pty};
use std::{
    collections::BTreeMap,
    io::{self, Read},
    os::fd::AsFd,
    path::Path,
    time::{Duration, Instant},
};

/// What is written in one run, bytes; the start of the program is little beside it.
const WRITTEN_BYTES: u64 = 8 * 1024 * 1024;
/// What is taken at a time, bytes.
const CHUNK_BYTES: u64 = 64 * 1024;
/// Longest wait for more.
const PATIENCE: Duration = Duration::from_secs(10);
/// A line of the file; the terminal makes its end two characters.
const LINE: &str = "the quick brown fox jumps over the lazy dog, and back again to where it began\n";

const NAME: &str = "kernel/8 MB from a terminal";

/// The bytes as they are read by us and by the peer, each from a `cat` on a terminal of the same kind.
pub(super) fn rows(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    if !meter.wants(NAME) {
        return Ok(());
    }
    let mut file = tempfile::NamedTempFile::new().context("a file to write out")?;
    let lines = usize::try_from(WRITTEN_BYTES)? / LINE.len();
    io::Write::write_all(&mut file, LINE.repeat(lines).as_bytes()).context("a file to write out")?;
    let path = file.path().to_str().context("a path that is text")?;
    // Each end of a line is two.
    let expected = lines * (LINE.len() + 1);
    let mut ours = timed(|| through_the_kernel(fixture, path, expected));
    let mut bare = timed(|| bare_reader(path, expected));
    let spec =
        Spec::new(NAME).note("`cat` of a file, until the end; 8,400 divided by the milliseconds is MB/s");
    meter.compare(spec, &mut ours, Some(("a bare reader", &mut bare)));
    Ok(())
}

fn through_the_kernel(fixture: &Fixture, path: &str, expected: usize) -> anyhow::Result<Duration> {
    let typed = &fixture.typed;
    let began = Instant::now();
    let started = typed.call(ExecPty {
        executable: "cat".into(),
        args: vec![path.into()],
        env: BTreeMap::new(),
        cwd: None,
        rows: 60,
        cols: 200,
        inherit: Vec::new(),
        run: None,
        sandbox: None,
    })?;
    let timeout_millis = Some(u64::try_from(PATIENCE.as_millis())?);
    let mut count = 0;
    while count < expected {
        let bytes = typed.call(FdRead { fd: started.fd, size: CHUNK_BYTES, timeout_millis })?;
        ensure!(!bytes.is_empty(), "the terminal ended after {count} bytes");
        count += bytes.len();
    }
    let time = began.elapsed();
    typed.call(Wait { pid: Some(started.pid), timeout_millis })?;
    typed.call(Close { fd: started.fd })?;
    Ok(time)
}

fn bare_reader(path: &str, expected: usize) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let spec = sandbox::Spec {
        args: vec![path.into()],
        env: base_environment(Path::new("/")),
        ..sandbox::Spec::new("cat")
    };
    let mut process = spawn_pty(&spec, WindowSize { rows: 60, cols: 200 })?;
    let mut terminal = std::fs::File::from(process.master);
    let mut chunk = vec![0; usize::try_from(CHUNK_BYTES)?];
    let mut count = 0;
    while count < expected {
        match terminal.read(&mut chunk) {
            Ok(0) => anyhow::bail!("the terminal ended after {count} bytes"),
            Ok(read) => count += read,
            Err(why) if why.kind() == io::ErrorKind::WouldBlock => {
                let mut wanted = [PollFd::new(terminal.as_fd(), PollFlags::POLLIN)];
                poll(&mut wanted, PollTimeout::try_from(PATIENCE)?)?;
            }
            Err(why) => return Err(why).context("the terminal"),
        }
    }
    let time = began.elapsed();
    process.child.wait_timeout(PATIENCE)?.context("the program did not end")?;
    Ok(time)
}
