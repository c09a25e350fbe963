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
    let findings = [
        adapter(),
        fonts(),
        shell_program(),
        helper(),
        pty(),
        data(args),
        landlock(),
        namespaces(),
        cgroups(),
    ];
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
        println!(
            "\nIn this version process apps are not sandboxed; what the host could enforce is listed above."
        );
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
    let path = folder.path();
    let shown = path.display();
    // A folder that is not there yet is tried at the nearest ancestor that is.
    let existing = path.ancestors().find(|path| path.exists()).unwrap_or(path);
    match tempfile::Builder::new().prefix(".agentos-doctor").tempfile_in(existing) {
        Ok(_) => Finding { what: "data folder", good: Some(true), detail: format!("{shown} can be written") },
        Err(why) => Finding { what: "data folder", good: Some(false), detail: format!("{shown}: {why}") },
    }
}

fn landlock() -> Finding {
    let detail = match sandbox::probe_landlock() {
        Some(abi) => format!("ABI {abi}"),
        None => "not there".into(),
    };
    Finding { what: "Landlock", good: None, detail }
}

fn namespaces() -> Finding {
    let detail = match sandbox::probe_namespaces() {
        Ok(()) => "user and mount namespaces work (a file system was mounted in one)".into(),
        Err(why) => format!("not usable: {why}"),
    };
    Finding { what: "namespaces", good: None, detail }
}

fn cgroups() -> Finding {
    Finding { what: "cgroups", good: None, detail: sandbox::probe_cgroups() }
}
