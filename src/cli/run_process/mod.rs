//! `agentos run-process`: the program of a manifest in this terminal, in the same sandbox as on the desktop.
//!
//! The product's kernel is booted without a desktop; the program is a child of an instance of the app, with the rights
//! of the manifest, as in a window. With a terminal on all three standard descriptors it gets one of its own, and this
//! one passes through; otherwise its three streams are passed on byte for byte.
//!
//! Exit codes are the program's; 128 and the signal's number when one ended it. Our own are those of shells: 2 for a
//! command line or manifest that cannot be used, 125 when it could not be held as asked (nothing was started), 126 for
//! what is no program, 127 for one that is not there.

mod grant;
mod held;
mod relay;
mod signals;
mod terminal;

use crate::boot::{self, Boot, DataFolder};
use abi::{Capability, CauseId, CauseKind, CauseSpec, Errno, Pid, SysError, Syscalls, table};
use anyhow::{Context, bail};
use grant::Grant;
use services::{
    launch,
    manifest::{self, Manifest, SHELL},
};
use std::{
    collections::BTreeMap,
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

/// A manifest that is named here is at most so large; the reader of manifests says the rest.
const MAX_MANIFEST_BYTES: u64 = 1024 * 1024;
/// It could not be held as asked.
const NOT_HELD: u8 = 125;
/// It is no program.
const NOT_EXECUTABLE: u8 = 126;
/// It is not there.
const NOT_FOUND: u8 = 127;
/// The command line or the manifest cannot be used.
const UNUSABLE: u8 = 2;

/// Run the program of a manifest in this terminal, in its sandbox.
#[derive(Debug, clap::Args)]
pub(crate) struct RunProcessArgs {
    /// A `manifest.json`, or the folder with one.
    manifest: PathBuf,
    /// Give it a folder of the host to read, as /mnt/NAME; without a name it is called as on the host.
    #[arg(long, value_name = "FOLDER[:NAME]")]
    grant_read: Vec<Grant>,
    /// The same to read and write.
    #[arg(long, value_name = "FOLDER[:NAME]")]
    grant_write: Vec<Grant>,
    /// Say on standard error what holds it.
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    data: super::DataArgs,
    /// Arguments after those of the manifest.
    #[arg(last = true, value_name = "ARGS")]
    args: Vec<String>,
}

pub(crate) fn run(args: &RunProcessArgs) -> anyhow::Result<ExitCode> {
    let path = match args.manifest.is_dir() {
        true => args.manifest.join("manifest.json"),
        false => args.manifest.clone(),
    };
    let Some(mut manifest) = read(&path)? else { return Ok(ExitCode::from(UNUSABLE)) };
    if manifest.proc_manifest.executable == SHELL {
        let shell = sandbox::user_shell().context("no shell was found: set SHELL or install bash")?;
        manifest.proc_manifest.executable = shell.display().to_string();
    }
    manifest.proc_manifest.args.extend(args.args.iter().cloned());
    // Before any thread is there, so that none of them gets the signals.
    let signals = signals::Caught::begin().context("signals cannot be caught")?;
    let folder = Arc::new(DataFolder::given_or_temporary(args.data.data_dir.as_deref())?);
    // What is started here ends here.
    let booted = boot::boot_with(folder, Arc::new(|| {}), |config| config.keep_programs = false)?;
    let ended = start(&booted, args, manifest, &path, signals);
    booted.kernel.shutdown();
    ended
}

/// The manifest; its findings are said, and none is given where there are errors.
fn read(path: &Path) -> anyhow::Result<Option<Manifest>> {
    let shown = path.display();
    let size = std::fs::metadata(path).with_context(|| shown.to_string())?.len();
    if size > MAX_MANIFEST_BYTES {
        bail!("{shown}: larger than {MAX_MANIFEST_BYTES} bytes, so it is no manifest");
    }
    let bytes = std::fs::read(path).with_context(|| shown.to_string())?;
    let parsed = manifest::parse(&bytes);
    if parsed.manifest.is_none() {
        eprintln!("{}", blueprint::render(&shown.to_string(), &bytes, &parsed.diagnostics));
    }
    Ok(parsed.manifest)
}

/// The instance of the app.
struct Instance {
    syscalls: Arc<dyn Syscalls>,
    cause: CauseId,
    call: Call,
}

/// What starts the program, whichever way.
struct Call {
    executable: String,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    cwd: Option<String>,
    sandbox: Box<table::Sandbox>,
}

fn start(
    booted: &Boot,
    args: &RunProcessArgs,
    manifest: Manifest,
    path: &Path,
    signals: signals::Caught,
) -> anyhow::Result<ExitCode> {
    let instance = match instance(booted, args, &manifest, path) {
        Ok(instance) => instance,
        Err(why) => return Ok(refused(&manifest.proc_manifest.executable, &why)),
    };
    let cause = instance.cause;
    let keeps_apart = !instance.call.sandbox.copy_on_write.is_empty();
    let is_terminal =
        std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    let started = match is_terminal {
        true => terminal::start(instance.syscalls, instance.call),
        false => relay::start(instance.syscalls, instance.call),
    };
    match started {
        Err(why) => Ok(refused(&manifest.proc_manifest.executable, &why)),
        Ok(program) => {
            say_what_holds(program.syscalls(), program.pid(), args.explain);
            let ended = program.run(signals);
            if keeps_apart && (args.explain || std::io::stderr().is_terminal()) {
                held::say(booted, cause, args.data.data_dir.as_deref());
            }
            ended.map(exit_code).map_err(|why| anyhow::anyhow!("how it ended is not known: {why}"))
        }
    }
}

fn instance(
    booted: &Boot,
    args: &RunProcessArgs,
    manifest: &Manifest,
    path: &Path,
) -> Result<Instance, SysError> {
    launch::make_folders(&booted.system, manifest)?;
    let program = &manifest.proc_manifest;
    let mut sandbox = Box::new(program.sandbox.as_argument());
    let mut capabilities = launch::capabilities(Some(manifest), "/apps/process");
    // It reads no manifest: that was read from the host.
    capabilities.retain(
        |capability| !matches!(capability, Capability::ReadFile(scope) if scope.0 == "/apps/process"),
    );
    for (grants, access) in [
        (&args.grant_read, kernel::vfs::Access::ReadOnly),
        (&args.grant_write, kernel::vfs::Access::ReadWrite),
    ] {
        for grant in grants {
            grant.mount(&booted.kernel, access, &mut sandbox, &mut capabilities)?;
        }
    }
    let shown = path.display();
    let cause = booted.kernel.open_cause(CauseSpec {
        app: Some(manifest.id.clone()),
        ..CauseSpec::new(CauseKind::Control, format!("agentos run-process {shown}"))
    });
    let pid = booted.kernel.spawn_app(kernel::NewProcess {
        name: manifest.name.clone(),
        app: Some(manifest.id.clone()),
        kind: table::ProcessKind::App,
        capabilities,
        parent: Pid::KERNEL,
        cause,
    })?;
    let call = Call {
        executable: program.executable.clone(),
        args: program.args.clone(),
        env: environment(program.env.clone()),
        cwd: program.working_dir.clone(),
        sandbox,
    };
    Ok(Instance { syscalls: booted.kernel.caller(pid, cause)?, cause, call })
}

/// The terminal is this one, so its name is.
fn environment(mut env: BTreeMap<String, String>) -> BTreeMap<String, String> {
    for name in ["TERM", "COLORTERM"] {
        if let Ok(value) = std::env::var(name) {
            env.entry(name.to_owned()).or_insert(value);
        }
    }
    env.entry("TERM".to_owned()).or_insert_with(|| "dumb".to_owned());
    env
}

/// Says what cannot be left unsaid: that less holds it than usual.
fn say_what_holds(syscalls: &Arc<dyn Syscalls>, pid: Pid, explain: bool) {
    let told = syscalls.call(table::GetSandbox { pid: Some(pid) }).ok().flatten();
    let Some(told) = told else { return };
    if explain {
        for line in widgets::sandbox::sentences(&told) {
            eprintln!("agentos: {line}");
        }
    } else if matches!(told.level, table::SandboxLevel::None | table::SandboxLevel::Limited) {
        eprintln!("agentos: {} --explain says more.", widgets::sandbox::badge(&told).1);
    }
}

/// Says why it was not started.
fn refused(executable: &str, why: &SysError) -> ExitCode {
    eprintln!("agentos: {}", why.detail);
    let is_executable = why.detail.starts_with(&format!("{executable}: "));
    ExitCode::from(match why.errno {
        Errno::ENOENT if is_executable => NOT_FOUND,
        _ if is_executable && why.detail.contains("cannot be run") => NOT_EXECUTABLE,
        Errno::EINVAL => UNUSABLE,
        _ => NOT_HELD,
    })
}

fn exit_code(exit: table::Exit) -> ExitCode {
    let code = match exit {
        table::Exit::Code(code) => code,
        table::Exit::Signal(signal) => 128 + signal,
    };
    // As hosts do: the lowest eight bits.
    ExitCode::from((code & 0xff) as u8)
}
