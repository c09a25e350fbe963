//! The command line: parses, calls, prints. Each command is a module; nothing here knows how a thing is done.

mod attach;
mod bench;
mod check;
mod doctor;
mod drive;
mod drive_command;
mod headless;
mod journal;
mod reference;
mod run;
mod run_process;
mod shot;
mod syscall;
mod syscalls;

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// A desktop operating environment in one native window.
#[derive(Debug, Parser)]
#[command(name = "agentos", version, about, arg_required_else_help = false)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: run::RunArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the desktop in a window (also what no command does).
    Run(run::RunArgs),
    /// Play a script of steps on a desktop without a window, or on a running one with --attach.
    Drive(drive_command::DriveArgs),
    /// Write a picture of the desktop.
    Shot(shot::ShotArgs),
    /// Check Blueprint files and process manifests.
    Check(check::CheckArgs),
    /// Say what works on this machine.
    Doctor(doctor::DoctorArgs),
    RunProcess(run_process::RunProcessArgs),
    /// Make system calls, one JSON object a line on standard input.
    Syscall(syscall::SyscallArgs),
    /// Print the reference of all system calls.
    Syscalls(syscalls::SyscallsArgs),
    /// Print the reference of the components of Blueprint apps.
    Components(reference::ReferenceArgs),
    /// Print the reference of the tools of Blueprint apps.
    Tools(reference::ReferenceArgs),
    /// Verify, query or export the journal of a data folder.
    Journal(journal::JournalArgs),
    /// Measure the kernel and the desktop.
    Bench(bench::BenchArgs),
}

/// Where the data of a desktop lives.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct DataArgs {
    /// Folder for everything that the desktop keeps.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// Parses the command line and runs what it asks for.
#[must_use]
pub fn main() -> ExitCode {
    init_tracing();
    let cli = Cli::parse();
    let result = match cli.command {
        None => run::run(&cli.run),
        Some(Command::Run(args)) => run::run(&args),
        Some(Command::Drive(args)) => drive_command::run(&args),
        Some(Command::Shot(args)) => shot::run(&args),
        Some(Command::Check(args)) => check::run(&args),
        Some(Command::Doctor(args)) => doctor::run(&args),
        Some(Command::RunProcess(args)) => run_process::run(&args),
        Some(Command::Syscall(args)) => syscall::run(&args),
        Some(Command::Syscalls(args)) => syscalls::run(&args),
        Some(Command::Components(args)) => reference::components(&args),
        Some(Command::Tools(args)) => reference::tools(&args),
        Some(Command::Journal(args)) => journal::run(&args),
        Some(Command::Bench(args)) => bench::run(&args),
    };
    match result {
        Ok(code) => code,
        Err(why) => {
            eprintln!("agentos: {}", in_one_line(&why));
            ExitCode::from(2)
        }
    }
}

/// An error with what it came from. Some errors say already what their source says; that is said once.
fn in_one_line(why: &anyhow::Error) -> String {
    let mut line = String::new();
    for part in why.chain().map(ToString::to_string) {
        if line.is_empty() {
            line = part;
        } else if !line.ends_with(&part) {
            line += ": ";
            line += &part;
        }
    }
    line
}

/// Messages go to standard error; `AGENTOS_LOG` chooses (`info`, `agentos_kernel=debug`), `AGENTOS_LOG_JSON=1` makes lines of JSON.
fn init_tracing() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("AGENTOS_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second initialisation (in tests) keeps the first.
    let _ = if std::env::var_os("AGENTOS_LOG_JSON").is_some_and(|value| value == "1") {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
}
