//! Starting a program in the sandbox and seeing its end, beside bubblewrap with the same view.

use crate::bench::{Budget, Meter, Spec, each};
use anyhow::{Context, bail, ensure};
use sandbox::{Bind, Isolation, available, base_environment, spawn_piped};
use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

/// Longest wait for a program that does nothing.
const PATIENCE: Duration = Duration::from_secs(10);
/// What both views show of the host beside the granted folder.
const SYSTEM_FOLDERS: [&str; 4] = ["/usr", "/bin", "/lib", "/lib64"];
/// budgets.md, Kernel.
const TIMES_BWRAP: f64 = 0.8;

pub(super) fn rows(meter: &mut dyn Meter) -> anyhow::Result<()> {
    let home = tempfile::tempdir().context("a folder to grant")?;
    let plain = program(home.path(), None);
    let mut helped = each(|| run(&plain));
    let mut bare = each(|| Command::new("true").status().context("true"));
    meter.compare(
        Spec::new("sandbox/spawn true, not isolated").note("by the helper alone"),
        &mut helped,
        Some(("plain spawn", &mut bare)),
    );

    let isolation = Isolation { binds: vec![Bind::write(home.path(), "/home")], ..Isolation::default() };
    if let Some(missing) = available().missing_for(&isolation) {
        bail!("programs cannot be isolated here: {missing}");
    }
    let isolated = program(home.path(), Some(isolation));
    let spec = Spec::new("sandbox/spawn true, isolated").budget(Budget::PeerRatio(TIMES_BWRAP));
    let mut ours = each(|| run(&isolated));
    let mut theirs = each(|| bubblewrap(home.path()));
    if bubblewrap(home.path()).is_ok() {
        let spec = spec
            .note("seven namespaces, a view, Landlock, seccomp; bubblewrap has no Landlock or seccomp here");
        meter.compare(spec, &mut ours, Some(("bwrap --unshare-all", &mut theirs)));
    } else {
        let spec = spec.note("bubblewrap is not there or cannot make its namespaces: no peer");
        meter.compare(spec, &mut ours, None);
    }
    Ok(())
}

fn program(home: &Path, isolation: Option<Isolation>) -> sandbox::Spec {
    let is_isolated = isolation.is_some();
    sandbox::Spec {
        env: base_environment(if is_isolated { Path::new("/home") } else { home }),
        working_dir: if is_isolated { "/home".into() } else { home.to_owned() },
        isolation,
        ..sandbox::Spec::new("true")
    }
}

/// Starts it and waits for its end.
pub(super) fn run(spec: &sandbox::Spec) -> anyhow::Result<()> {
    let mut program = spawn_piped(spec)?;
    let exit = program.child.wait_timeout(PATIENCE)?.context("the program did not end")?;
    ensure!(exit.status == sandbox::ExitStatus::Code(0), "the program ended with {:?}", exit.status);
    Ok(())
}

fn bubblewrap(home: &Path) -> anyhow::Result<()> {
    let mut command = Command::new("bwrap");
    command.args([
        "--unshare-all",
        "--die-with-parent",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--tmpfs",
        "/tmp",
    ]);
    for folder in SYSTEM_FOLDERS {
        command.args(["--ro-bind-try", folder, folder]);
    }
    command.arg("--bind").arg(home).args(["/home", "--chdir", "/home", "true"]);
    let ended = command.stdin(Stdio::null()).stderr(Stdio::null()).status().context("bwrap")?;
    ensure!(ended.success(), "bwrap ended with {ended}");
    Ok(())
}
