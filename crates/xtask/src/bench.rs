//! `bench`: the optimised program measures itself; we keep the last two results.

use std::fs;
use std::io::ErrorKind;

use anyhow::{Context, Result};

use crate::desktop::{program_at, set_up};
use crate::options::Options;
use crate::packages::Purpose;
use crate::process::run;
use crate::workspace;

/// Runs `agentos bench --json target/bench/latest.json`, compared with the run before.
///
/// # Errors
/// Set-up, build or the program fails.
pub(crate) fn bench(options: &Options) -> Result<()> {
    set_up(options, Purpose::Draw)?;
    let rest = options.rest.clone();
    // With everybody that we compare ourselves with.
    let optimised = Options { release: true, rest: Vec::new(), ..*options };
    let program = workspace::build_with(&optimised, &["agentos/peers"])?;
    let folder = workspace::target_dir()?.join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let (latest, previous) = (folder.join("latest.json"), folder.join("previous.json"));
    // A few rows only are no run to compare the next one with.
    let is_whole = !rest.iter().any(|word| word.starts_with("--only"));
    if is_whole {
        match fs::rename(&latest, &previous) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).context("cannot keep the figures of the run before"),
        }
    }
    let (written, compared) = if is_whole { (latest, previous) } else { (folder.join("part.json"), latest) };
    let mut command = program_at(&program)?;
    command.arg("bench");
    // Words of the caller win over ours.
    if !rest.iter().any(|word| word.starts_with("--json")) {
        command.arg("--json").arg(&written);
    }
    if !rest.iter().any(|word| word.starts_with("--compare")) && compared.exists() {
        command.arg("--compare").arg(&compared);
    }
    run(command.args(rest))
}
