//! `run` and `shot`: build the program, give it a display, start it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::options::Options;
use crate::packages::{self, Purpose};
use crate::process::run as run_command;
use crate::virtual_display::VirtualDisplay;
use crate::workspace;

/// How long the desktop is shown on a virtual display before its picture is taken, in milliseconds.
const SHOWN_MILLIS: u32 = 4000;
const VIRTUAL_SIZE: &str = "1280x800";

/// Opens the desktop, on a virtual display if there is no other.
///
/// # Errors
/// Set-up, build or the program fails.
pub(crate) fn run(options: &Options) -> Result<()> {
    let has_display = has_display();
    let purpose = if has_display { Purpose::Window } else { Purpose::VirtualDisplay };
    set_up(options, purpose)?;
    if !has_display {
        eprintln!("xtask: no display here; after the build the desktop runs on a virtual one for a picture");
    }
    let program = workspace::build(options)?;
    if has_display {
        eprintln!("xtask: opening the desktop");
        return run_command(program_at(&program)?.arg("run").args(&options.rest));
    }
    run_on_virtual_display(&program, options)
}

fn run_on_virtual_display(program: &Path, options: &Options) -> Result<()> {
    let display = VirtualDisplay::start(VIRTUAL_SIZE)?;
    let picture = std::env::current_dir()?.join("screenshot.png");
    // A picture of an earlier run must not pass for one of this run.
    if picture.exists() {
        std::fs::remove_file(&picture).with_context(|| format!("cannot replace {}", picture.display()))?;
    }
    eprintln!("xtask: virtual display {} ({VIRTUAL_SIZE}), {SHOWN_MILLIS} ms", display.name());
    let mut command = program_at(program)?;
    command.arg("run").arg("--screenshot").arg(&picture);
    command.args(["--exit-after-ms", &SHOWN_MILLIS.to_string()]).args(&options.rest);
    command.env("DISPLAY", display.name()).env_remove("WAYLAND_DISPLAY");
    run_command(&mut command)?;
    ensure!(picture.exists(), "the desktop ran, but left no picture");
    eprintln!("xtask: the desktop ran; its picture is {}", picture.display());
    Ok(())
}

/// `agentos shot`, which needs no display.
///
/// # Errors
/// Set-up, build or the program fails.
pub(crate) fn shot(options: &Options) -> Result<()> {
    set_up(options, Purpose::Draw)?;
    let program = workspace::build(options)?;
    run_command(program_at(&program)?.arg("shot").args(&options.rest))
}

/// Installs what `purpose` needs, unless told not to.
///
/// # Errors
/// Packages are missing and cannot be installed.
pub(crate) fn set_up(options: &Options, purpose: Purpose) -> Result<()> {
    if options.no_setup { Ok(()) } else { packages::ensure(purpose) }
}

/// The program in the caller's folder, with a runtime directory where the machine has none.
///
/// # Errors
/// The runtime directory cannot be made.
pub(crate) fn program_at(path: &Path) -> Result<Command> {
    let mut command = Command::new(path);
    if let Some(folder) = own_runtime_dir()? {
        command.env("XDG_RUNTIME_DIR", folder);
    }
    Ok(command)
}

/// A private folder for `XDG_RUNTIME_DIR` where the session has set none (containers, CI): Mesa and
/// Wayland complain without.
///
/// # Errors
/// It cannot be made.
pub(crate) fn own_runtime_dir() -> Result<Option<PathBuf>> {
    if cfg!(not(target_os = "linux")) || is_set("XDG_RUNTIME_DIR") {
        return Ok(None);
    }
    let folder = workspace::target_dir()?.join("xdg-runtime");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    make_private(&folder)?;
    Ok(Some(folder))
}

#[cfg(unix)]
fn make_private(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
        .with_context(|| format!("cannot make {} private", folder.display()))
}

#[cfg(not(unix))]
fn make_private(_: &Path) -> Result<()> {
    Ok(())
}

/// Whether a window can be opened without further ado.
pub(crate) fn has_display() -> bool {
    cfg!(not(target_os = "linux")) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}
