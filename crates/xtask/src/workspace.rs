//! Where the checkout and its build output are, and how the program is built.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::options::Options;
use crate::process::{output_of, run};

/// The programs that belong together: the second has to lie beside the first.
const PROGRAMS: [&str; 2] = ["agentos", "agentos-sandbox"];

/// The folder of the root `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    // Cargo sets it for `cargo run`; a program started by hand falls back to where it was built.
    let package =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| OsString::from(env!("CARGO_MANIFEST_DIR")));
    let package = PathBuf::from(package);
    package.ancestors().nth(2).map_or(package.clone(), Path::to_path_buf)
}

/// The cargo that runs us, in the root folder.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    // These describe this package; a cargo inside of cargo must not believe them to be its own.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    command
}

/// Cargo's target folder, wherever the environment or a configuration has put it.
///
/// # Errors
/// Cargo cannot read the workspace.
pub(crate) fn target_dir() -> Result<PathBuf> {
    #[derive(serde::Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let mut command = cargo();
    command.args(["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: Metadata = serde_json::from_slice(&output_of(&mut command)?)?;
    Ok(metadata.target_directory)
}

/// Builds the program and its helper with cargo's progress on screen. Answers the program's path.
///
/// # Errors
/// The build fails; cargo has said why.
pub(crate) fn build(options: &Options) -> Result<PathBuf> {
    build_with(options, &[])
}

/// The same with features of packages, such as `agentos/peers`.
///
/// # Errors
/// As [`build`].
pub(crate) fn build_with(options: &Options, features: &[&str]) -> Result<PathBuf> {
    let mut command = cargo();
    command.arg("build");
    for package in PROGRAMS {
        command.args(["--package", package]);
    }
    command.arg("--bins");
    if options.release {
        command.arg("--release");
    }
    for feature in features {
        command.args(["--features", feature]);
    }
    run(&mut command)?;
    let profile = if options.release { "release" } else { "debug" };
    let name = format!("{}{}", PROGRAMS[0], std::env::consts::EXE_SUFFIX);
    Ok(target_dir()?.join(profile).join(name))
}
