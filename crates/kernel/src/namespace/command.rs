//! The host's own programs for its network, found at their usual places only, with text on their input and a time limit.

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Where they are.
const FOLDERS: [&str; 4] = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];
/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of what it says is kept, bytes.
const MOST_OUTPUT: u64 = 256 * 1024;

/// Where a program is, if it is there.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    FOLDERS.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.is_file())
}

/// Runs a program to its end; gives what it wrote.
///
/// # Errors
/// With what it wrote as its errors.
pub(super) fn run(name: &str, args: &[&str], input: &str) -> io::Result<String> {
    let program = find(name).ok_or_else(|| {
        io::Error::new(io::ErrorKind::NotFound, format!("the program `{name}` is not installed"))
    })?;
    let mut child = Command::new(program)
        .args(args)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // A few lines: they fit into the pipe whether or not it reads.
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(input.as_bytes()));
    let deadline = Instant::now() + PATIENCE;
    let (mut output, mut errors) = (String::new(), String::new());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Err(io::Error::new(io::ErrorKind::TimedOut, format!("`{name}` did not end in time")));
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    if let Some(stdout) = stdout {
        stdout.take(MOST_OUTPUT).read_to_string(&mut output)?;
    }
    if let Some(stderr) = stderr {
        stderr.take(MOST_OUTPUT).read_to_string(&mut errors)?;
    }
    if status.success() {
        return written.map(|()| output);
    }
    let said = errors.lines().next().unwrap_or_default().trim();
    Err(io::Error::other(format!("`{name} {}`: {said}", args.join(" "))))
}
