//! `agentos drive`: reads the script, prints the results, decides the exit code.

use super::{
    DataArgs, attach,
    drive::{Runner, Verdict, stage::Stage},
    headless::HeadlessStage,
};
use anyhow::Context;
use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::ExitCode,
};

#[derive(Debug, clap::Args)]
pub(crate) struct DriveArgs {
    /// One step a line (docs/drive.md); `-` reads standard input.
    script: PathBuf,
    /// Size of the desktop in points.
    #[arg(long, default_value = "1280x800", value_name = "WxH")]
    size: String,
    /// Pixels per point.
    #[arg(long, default_value_t = 1.0)]
    scale: f32,
    /// Start without the windows of a first run.
    #[arg(long)]
    empty: bool,
    /// Drive the desktop that runs on this data folder (or on the default one) instead of a headless one.
    #[arg(long)]
    attach: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// Exit code for a line that is no step.
pub(super) const INVALID: u8 = 2;

pub(crate) fn run(args: &DriveArgs) -> anyhow::Result<ExitCode> {
    let input: Box<dyn BufRead> = if args.script.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        let file = std::fs::File::open(&args.script).with_context(|| args.script.display().to_string())?;
        Box::new(BufReader::new(file))
    };
    if args.attach {
        return attach::play(&args.data, input);
    }
    let (width, height) = super::drive::parse_size(&args.size).map_err(anyhow::Error::msg)?;
    let stage = HeadlessStage::boot(&args.data, egui::vec2(width, height), args.scale, args.empty)?;
    let mut runner = Runner::new(stage).map_err(anyhow::Error::msg)?;
    let code = play(&mut runner, input)?;
    runner.finish().map_err(anyhow::Error::msg)?;
    Ok(code)
}

fn play<S: Stage>(runner: &mut Runner<S>, input: Box<dyn BufRead>) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    for (number, line) in input.lines().enumerate() {
        let line = line.context("reading the script")?;
        let (result, stop) = match runner.line(number + 1, &line) {
            Verdict::Empty => continue,
            Verdict::Done(result) => (result, None),
            Verdict::Failed(result) => (result, Some(ExitCode::from(1))),
            Verdict::Invalid(result) => (result, Some(ExitCode::from(INVALID))),
        };
        writeln!(out, "{result}")?;
        out.flush()?;
        if let Some(stop) = stop {
            return Ok(stop);
        }
    }
    Ok(ExitCode::SUCCESS)
}
