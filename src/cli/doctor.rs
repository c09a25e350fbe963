//! `agentos doctor`: what this machine has and what is really enforced on it, each found out by trying.

use super::DataArgs;
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// One thing that was tried.
struct Finding {
    what: &'static str,
    /// `None`: it is information, neither good nor bad.
    good: Option<bool>,
    detail: String,
}

pub(crate) fn run(args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let mut findings = vec![adapter(), fonts(), shell_program(), helper(), pty(), data(args)];
    findings.extend(sandbox_findings());
    findings.push(copy_on_write(args));
    findings.push(private_networks());
    let needed_fails = findings.iter().any(|finding| finding.good == Some(false));
    if args.json {
        let list: Vec<_> =
            findings.iter().map(|f| json!({"what": f.what, "ok": f.good, "detail": f.detail})).collect();
        println!("{}", serde_json::to_string_pretty(&list)?);
    } else {
        for finding in &findings {
            let mark = match finding.good {
                Some(true) => "ok  ",
                Some(false) => "FAIL",
                None => "-   ",
            };
            println!("{mark} {:<14} {}", finding.what, finding.detail);
        }
    }
    Ok(if needed_fails { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn adapter() -> Finding {
    match compositor::gpu::Gpu::headless(compositor::gpu::AdapterChoice::Auto) {
        Ok(gpu) => Finding { what: "adapter", good: Some(true), detail: gpu.describe() },
        Err(why) => Finding { what: "adapter", good: Some(false), detail: why.to_string() },
    }
}

fn fonts() -> Finding {
    let count = widgets::fonts::definitions().font_data.len();
    Finding { what: "fonts", good: Some(count > 0), detail: format!("{count} bundled") }
}

fn shell_program() -> Finding {
    match sandbox::user_shell() {
        Some(shell) => Finding { what: "shell", good: Some(true), detail: shell.display().to_string() },
        None => Finding {
            what: "shell",
            good: Some(false),
            detail: "no shell was found: set SHELL or install bash".into(),
        },
    }
}

fn helper() -> Finding {
    Finding { what: "helper", good: Some(true), detail: sandbox::Helper::find().describe() }
}

/// A terminal is opened and a program run in it.
fn pty() -> Finding {
    match sandbox::probe_pty() {
        Ok(name) => {
            Finding { what: "terminal", good: Some(true), detail: format!("a program ran on {name}") }
        }
        Err(why) => Finding { what: "terminal", good: Some(false), detail: why },
    }
}

fn data(args: &DoctorArgs) -> Finding {
    let folder = match crate::boot::DataFolder::given_or_default(args.data.data_dir.as_deref()) {
        Ok(folder) => folder,
        Err(why) => return Finding { what: "data folder", good: Some(false), detail: format!("{why:#}") },
    };
    let shown = folder.path().display();
    let existing = existing(folder.path());
    match tempfile::Builder::new().prefix(".agentos-doctor").tempfile_in(existing) {
        Ok(_) => Finding { what: "data folder", good: Some(true), detail: format!("{shown} can be written") },
        Err(why) => Finding { what: "data folder", good: Some(false), detail: format!("{shown}: {why}") },
    }
}

/// A folder that is not there yet is tried at the nearest ancestor that is.
fn existing(path: &std::path::Path) -> &std::path::Path {
    path.ancestors().find(|path| path.exists()).unwrap_or(path)
}

/// How changes of programs are held back, tried where the runs would lie.
fn copy_on_write(args: &DoctorArgs) -> Finding {
    let what = "copy-on-write";
    let folder = crate::boot::DataFolder::given_or_default(args.data.data_dir.as_deref());
    let place = folder.ok().and_then(|folder| {
        tempfile::Builder::new().prefix(".agentos-doctor").tempdir_in(existing(folder.path())).ok()
    });
    let Some(place) = place else {
        return Finding { what, good: None, detail: "cannot be tried without a data folder".into() };
    };
    match sandbox::probe_layers(place.path()) {
        Ok(()) => {
            Finding { what, good: Some(true), detail: "by overlay: nothing is copied beforehand".into() }
        }
        Err(why) => {
            Finding { what, good: None, detail: format!("by copies of the folders; no overlay: {why}") }
        }
    }
}

/// Whether programs can be behind address translation; the other networks need nothing of it.
fn private_networks() -> Finding {
    let what = "private network";
    match kernel::private_networks() {
        Ok(()) => {
            Finding { what, good: Some(true), detail: "programs can be behind address translation".into() }
        }
        Err(why) => Finding { what, good: None, detail: format!("cannot be had here: {why}") },
    }
}

/// What holds process apps, each tried in a child that is gone afterwards.
fn sandbox_findings() -> Vec<Finding> {
    let available = sandbox::available();
    let mut findings: Vec<Finding> = available
        .findings
        .iter()
        .map(|found| Finding {
            what: found.what,
            good: (found.found == sandbox::Found::Works).then_some(true),
            detail: found.detail.clone(),
        })
        .collect();
    let (good, detail) = match available.tier {
        Some(sandbox::Tier::Namespaces) => {
            (Some(true), "process apps get a view, processes and a network of their own".to_owned())
        }
        Some(sandbox::Tier::NoNamespaces) => (
            None,
            "process apps are held by Landlock and seccomp alone (\"limited sandbox\"); those that require more do \
             not start"
                .to_owned(),
        ),
        None => (Some(false), "nothing here can hold a process app, so none starts".to_owned()),
    };
    findings.push(Finding { what: "sandbox", good, detail });
    findings
}
