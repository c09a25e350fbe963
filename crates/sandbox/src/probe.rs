//! What works here, found out by trying, for `agentos doctor`. What decides is [`crate::available`].

use crate::{Helper, Spec, WindowSize, base_environment, spawn_pty};
use nix::libc;
use std::{
    io::Read,
    path::Path,
    time::{Duration, Instant},
};

/// How long a program on a terminal may take to say its name.
const PTY_LIMIT: Duration = Duration::from_secs(5);

/// The version of Landlock's interface, where the host has Landlock.
#[must_use]
pub fn probe_landlock() -> Option<u32> {
    /// `LANDLOCK_CREATE_RULESET_VERSION`, from `linux/landlock.h`.
    const VERSION: libc::c_long = 1;
    // SAFETY: with this flag the call takes a null pointer and length 0, touches no memory and only
    // answers a number (landlock_create_ruleset(2)).
    #[allow(unsafe_code, reason = "the nix crate has no wrapper for it")]
    let answer = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, 0usize, 0usize, VERSION) };
    u32::try_from(answer).ok().filter(|version| *version > 0)
}

/// Whether a program starts in namespaces with everything that holds it there.
///
/// # Errors
/// What failed, in words.
pub fn probe_namespaces() -> Result<(), String> {
    let finding = crate::available().findings.iter().find(|finding| finding.what == "namespaces");
    match finding {
        Some(finding) if finding.found != crate::Found::Works => Err(finding.detail.clone()),
        _ => Ok(()),
    }
}

/// Which control groups can limit what is started, in words.
#[must_use]
pub fn probe_cgroups() -> String {
    let v2 = std::fs::read_to_string("/sys/fs/cgroup/cgroup.controllers").unwrap_or_default();
    let wanted = ["memory", "pids", "cpu"];
    let has_v2 = wanted.iter().all(|name| v2.split_whitespace().any(|controller| controller == *name));
    if has_v2 {
        let own = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let path = own.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("/");
        let folder = format!("/sys/fs/cgroup{path}");
        return match writable(Path::new(&folder)) {
            true => "version 2, delegated".into(),
            false => "version 2, not delegated to this user".into(),
        };
    }
    let v1: Vec<&str> =
        wanted.into_iter().filter(|name| writable(&Path::new("/sys/fs/cgroup").join(name))).collect();
    if v1.is_empty() { "none that can be used".into() } else { format!("version 1: {}", v1.join(", ")) }
}

fn writable(folder: &Path) -> bool {
    nix::unistd::access(folder, nix::unistd::AccessFlags::W_OK).is_ok()
}

/// Runs `tty` on a new terminal; the answer is the terminal's name.
///
/// # Errors
/// What failed, in words.
pub fn probe_pty() -> Result<String, String> {
    let mut spec = Spec::new("tty");
    spec.env = base_environment(Path::new("/"));
    let size = WindowSize { rows: 24, cols: 80 };
    let process = spawn_pty(&spec, size).map_err(|why| why.to_string())?;
    let mut terminal = std::fs::File::from(process.master);
    let mut text = Vec::new();
    let began = Instant::now();
    while began.elapsed() < PTY_LIMIT && !text.contains(&b'\n') {
        let mut chunk = [0u8; 256];
        match terminal.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => text.extend_from_slice(&chunk[..count]),
            Err(why) if why.kind() == std::io::ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(_) => break,
        }
    }
    let name = String::from_utf8_lossy(&text).trim().to_owned();
    if name.starts_with('/') { Ok(name) } else { Err(format!("the program said \"{name}\"")) }
}

impl Helper {
    /// For people: which file starts programs.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Helper::Program(path) => path.display().to_string(),
            Helper::Itself(path) => format!("{} (this program itself)", path.display()),
        }
    }
}
