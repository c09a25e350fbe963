//! `doctor`: what this machine has for building, then what the program itself finds.

use anyhow::Result;

use crate::desktop::{has_display, program_at};
use crate::options::Options;
use crate::packages::{self, Purpose};
use crate::process::{first_line, run};
use crate::workspace;

/// Prints one line per thing; installs nothing.
///
/// # Errors
/// The build or the program fails.
pub(crate) fn doctor(options: &Options) -> Result<()> {
    let tool = |name: &str, program: &str, arguments: &[&str]| {
        let version = first_line(program, arguments);
        println!("{name:<10} {}", version.unwrap_or_else(|| "not found".to_owned()));
    };
    tool("rustc", "rustc", &["--version"]);
    tool("cargo", "cargo", &["--version"]);
    tool("rustfmt", "cargo", &["fmt", "--version"]);
    tool("clippy", "cargo", &["clippy", "--version"]);
    tool("nextest", "cargo", &["nextest", "--version"]);
    println!("{:<10} {}", "packages", packages_line()?);
    println!("{:<10} {}", "display", display_line());
    let program = workspace::build(options)?;
    run(program_at(&program)?.arg("doctor").args(&options.rest))
}

fn packages_line() -> Result<String> {
    if !packages::has_dpkg() {
        let needed = if cfg!(target_os = "linux") { packages::ELSEWHERE } else { "none needed" };
        return Ok(needed.to_owned());
    }
    let missing = packages::missing(Purpose::Test)?;
    if missing.is_empty() {
        return Ok("all there".to_owned());
    }
    Ok(format!("missing: {}", missing.join(" ")))
}

fn display_line() -> String {
    if cfg!(not(target_os = "linux")) {
        return "the system's".to_owned();
    }
    let names = ["DISPLAY", "WAYLAND_DISPLAY"];
    let set = names.map(|name| std::env::var(name).ok().map(|value| format!("{name}={value}")));
    let set: Vec<_> = set.into_iter().flatten().collect();
    if has_display() { set.join(" ") } else { "none; `run` starts a virtual one".to_owned() }
}
