//! System packages of Debian and its children: what is missing is installed, or named in one line.
//!
//! A second run costs one `dpkg-query`. Elsewhere nothing can be checked; what is needed is said in
//! words when something does not work (`cargo xtask doctor`).

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{first_line, run};

/// What a command is going to do on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Draw without a window: the Vulkan loader and Mesa's drivers, the software one included.
    Draw,
    /// Draw in a window of the host; the libraries that are loaded when the window opens.
    Window,
    /// Draw in a window of a virtual display.
    VirtualDisplay,
    /// All of it, and what tests use to act as a user.
    Test,
}

const DRAW: &[&str] = &["libvulkan1", "mesa-vulkan-drivers", "libegl1", "libfontconfig1"];
const WINDOW: &[&str] = &[
    "libx11-6",
    "libx11-xcb1",
    "libxcursor1",
    "libxi6",
    "libxrandr2",
    "libxkbcommon0",
    "libxkbcommon-x11-0",
    "libwayland-client0",
    "libwayland-egl1",
];
const DISPLAY: &[&str] = &["xvfb", "xauth"];
const ACT: &[&str] = &["xdotool"];
/// A program that brings a sandbox of its own, to be run in ours. Tests that lack it say so.
const NESTED: &[&str] = &["bubblewrap"];

/// Programs that are run on a terminal, and the tests of terminals. Tests that lack one say so.
const TERMINAL: &[&str] =
    &["fish", "htop", "less", "locales", "tmux", "uim-anthy", "uim-xim", "vim", "vttest", "zsh"];

/// What private and bridged networks are made with. Tests that lack one say so.
const NETWORK: &[&str] = &["iproute2", "nftables"];

/// Programs that call out, for scripts that tests run in a sandbox.
const CALLERS: &[&str] = &["curl", "python3"];

impl Purpose {
    fn packages(self) -> Vec<&'static str> {
        let groups: &[&[&str]] = match self {
            Purpose::Draw => &[DRAW],
            Purpose::Window => &[DRAW, WINDOW],
            Purpose::VirtualDisplay => &[DRAW, WINDOW, DISPLAY],
            Purpose::Test => &[DRAW, WINDOW, DISPLAY, ACT, NESTED, TERMINAL, NETWORK, CALLERS],
        };
        groups.concat()
    }
}

/// Sees to it that the packages for `purpose` are there.
///
/// # Errors
/// Packages are missing and cannot be installed; the message has the line to type.
pub(crate) fn ensure(purpose: Purpose) -> Result<()> {
    if !has_dpkg() {
        return Ok(());
    }
    let missing = missing(purpose)?;
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("apt-get install -y --no-install-recommends {}", missing.join(" "));
    if first_line("id", &["-u"]).as_deref() != Some("0") {
        bail!(
            "this machine lacks {} system package(s). Type once:\n\n    sudo apt-get update && sudo {line}\n\n\
             then the same command again (or add --no-setup to try without)",
            missing.len()
        );
    }
    eprintln!("xtask: installing {}", missing.join(" "));
    apt(&["update"]).context("the list of packages could not be fetched (is there a network?)")?;
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(&missing);
    apt(&arguments).with_context(|| format!("packages could not be installed; by hand it is `{line}`"))
}

/// The packages for `purpose` that are not installed.
///
/// # Errors
/// `dpkg-query` cannot be started.
pub(crate) fn missing(purpose: Purpose) -> Result<Vec<&'static str>> {
    let wanted = purpose.packages();
    // Fails when it does not know one of the packages, and still prints the others.
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat", "${db:Status-Status} ${Package}\n"])
        .args(&wanted)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .context("cannot start dpkg-query")?;
    Ok(not_installed(&wanted, &String::from_utf8_lossy(&output.stdout)))
}

/// Whether this is Debian or a child of it.
pub(crate) fn has_dpkg() -> bool {
    cfg!(target_os = "linux") && Path::new("/usr/bin/dpkg-query").exists()
}

/// What somebody on another system has to see to, in words.
pub(crate) const ELSEWHERE: &str = "\
not Debian or Ubuntu: packages are not checked. Needed on Linux: a Vulkan driver (Mesa has a software one), \
the Vulkan loader, the X11 or Wayland client libraries with xkbcommon, fontconfig; without a display also Xvfb.";

fn not_installed(wanted: &[&'static str], listing: &str) -> Vec<&'static str> {
    let installed: Vec<_> = listing.lines().filter_map(|line| line.strip_prefix("installed ")).collect();
    wanted.iter().copied().filter(|name| !installed.contains(name)).collect()
}

fn apt(arguments: &[&str]) -> Result<()> {
    let _ = std::io::stderr().flush();
    let mut command = Command::new("apt-get");
    command.args(["--quiet", "--option", "DPkg::Lock::Timeout=300", "--option", "Acquire::Retries=3"]);
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
    // Its talk must not mix with what our own command prints.
    command.stdout(std::io::stderr());
    run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dpkg_does_not_list_as_installed_is_missing() {
        let listing = "installed xvfb\nconfig-files xauth\n";
        assert_eq!(not_installed(&["xvfb", "xauth", "xdotool"], listing), ["xauth", "xdotool"]);
    }

    #[test]
    fn each_purpose_includes_the_one_before() {
        let all = [Purpose::Draw, Purpose::Window, Purpose::VirtualDisplay, Purpose::Test];
        for pair in all.windows(2) {
            assert!(pair[1].packages().starts_with(&pair[0].packages()), "{pair:?}");
        }
    }
}
