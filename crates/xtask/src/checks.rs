//! `test`: everything that must hold before a change goes in, from the cheapest to the dearest.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::desktop::{own_runtime_dir, set_up};
use crate::metadata::Metadata;
use crate::options::Options;
use crate::packages::Purpose;
use crate::process::{run, succeeds};
use crate::workspace::cargo;
use crate::{edges, licences};

/// Links into private modules are allowed: the documentation of a module is read in its source, beside them.
const RUSTDOC_FLAGS: &str = "--deny warnings --allow rustdoc::private-intra-doc-links";

type Step = (&'static str, fn(&Options) -> Result<()>);

const STEPS: &[Step] = &[
    ("set-up", |options| set_up(options, Purpose::Test)),
    ("toolchain", toolchain),
    ("format", |_| run(cargo().args(["fmt", "--all", "--check"]))),
    ("import edges", |_| edges::check(&Metadata::load()?)),
    ("licences", |_| licences::check(&Metadata::load()?)),
    ("lints", |_| run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))),
    // Tests start the program, which starts its helper beside it. Built together with the tests, so
    // that features are the same and nothing is compiled twice.
    ("build", |_| run(cargo().args(["build", "--workspace", "--bins", "--tests"]))),
    ("tests", tests),
];

/// What `--quick` leaves out.
const SLOW_STEPS: &[Step] = &[
    ("doctests", |_| run(with_runtime_dir(cargo().args(["test", "--workspace", "--doc"]))?)),
    ("docs", |_| {
        let mut command = cargo();
        run(command.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", RUSTDOC_FLAGS))
    }),
];

/// Runs all steps, with the time of each; stops at the first that fails.
///
/// # Errors
/// The step that failed, by name.
pub(crate) fn test(options: &Options) -> Result<()> {
    if !options.rest.is_empty() {
        bail!("`cargo xtask test` runs everything; for a part use `cargo nextest run` or `cargo test`");
    }
    let started = Instant::now();
    let slow = if options.quick { &[][..] } else { SLOW_STEPS };
    let mut times = Vec::new();
    for (name, step) in STEPS.iter().chain(slow) {
        eprintln!("xtask: ── {name}");
        let begun = Instant::now();
        step(options).with_context(|| format!("FAILED at {name}"))?;
        times.push((name, begun.elapsed().as_secs_f64()));
    }
    eprintln!();
    for (name, seconds) in times {
        eprintln!("xtask: {name:<14} {seconds:>7.1} s");
    }
    eprintln!("xtask: all is well after {:.1} s", started.elapsed().as_secs_f64());
    if options.quick {
        eprintln!("xtask: left out by --quick: doctests, docs");
    }
    Ok(())
}

/// rustfmt and clippy; fetched where rustup manages the toolchain.
fn toolchain(_: &Options) -> Result<()> {
    let missing: Vec<_> = [("rustfmt", "fmt"), ("clippy", "clippy")]
        .into_iter()
        .filter(|(_, command)| !succeeds("cargo", &[command, "--version"]))
        .map(|(component, _)| component)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut command = Command::new("rustup");
    command.args(["component", "add"]).args(&missing);
    run(&mut command).with_context(|| format!("the toolchain lacks {}", missing.join(" and ")))
}

/// nextest where it is installed: a process for each test, time limits, GPU tests one at a time.
fn tests(_: &Options) -> Result<()> {
    if succeeds("cargo", &["nextest", "--version"]) {
        return run(with_runtime_dir(cargo().args(["nextest", "run", "--workspace"]))?);
    }
    eprintln!("xtask: cargo-nextest is not installed; `cargo test` has no time limit for a single test");
    run(with_runtime_dir(cargo().args(["test", "--workspace", "--lib", "--bins", "--tests"]))?)
}

fn with_runtime_dir(command: &mut Command) -> Result<&mut Command> {
    if let Some(folder) = own_runtime_dir()? {
        command.env("XDG_RUNTIME_DIR", folder);
    }
    Ok(command)
}
