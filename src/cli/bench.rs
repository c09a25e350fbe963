//! `agentos bench`: measures the kernel and the desktop, prints a table, writes JSON.

use crate::bench::{
    self, Options, Report,
    desktop_rows::{self, Probe},
    table,
};
use std::{path::PathBuf, process::ExitCode, time::Duration};

#[derive(Debug, clap::Args)]
pub(crate) struct BenchArgs {
    /// Write the figures here. What lies there already is what the table compares with.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Compare with the figures of this file instead.
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// About 15 seconds instead of 120, with less certain tails.
    #[arg(long)]
    quick: bool,
    /// Only rows with this in their name; can be given more than once.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Bound of the whole run, 1 to 3,600 s.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    limit: Option<u64>,
    /// How costs grow with files, processes, messages and rows of the journal instead, in some minutes.
    #[arg(long)]
    growth: bool,
    /// Rows of the journal at the large end of `--growth`, 10,000 to 10,000,000.
    #[arg(long, value_name = "ROWS", default_value_t = 1_000_000,
        value_parser = clap::value_parser!(u64).range(10_000..=10_000_000))]
    journal_rows: u64,
    /// Fail when a budget is missed.
    #[arg(long)]
    strict: bool,
    /// Answer one question about this program instead; how it asks itself.
    #[arg(long, value_enum, hide = true)]
    probe: Option<Probe>,
}

pub(crate) fn run(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    if let Some(probe) = args.probe {
        println!("{}", desktop_rows::answer_probe(probe)?);
        return Ok(ExitCode::SUCCESS);
    }
    let mut options = if args.quick { Options::quick() } else { Options::full() };
    if let Some(seconds) = args.limit {
        // Rows get longer and shorter with the run.
        options.slice = options.slice.mul_f64(seconds as f64 / options.limit.as_secs_f64());
        options.limit = Duration::from_secs(seconds);
    }
    if args.growth {
        options.growth = Some(args.journal_rows);
        // Preparing the large ends takes longer than measuring them.
        options.limit = Duration::from_secs(args.limit.unwrap_or(1_800));
    }
    options.only.clone_from(&args.only);
    options.program = std::env::current_exe().ok();
    let earlier = earlier(args)?;
    let report = bench::run(options, |row| eprintln!("  {row}"));
    anyhow::ensure!(
        !report.rows.is_empty() || !report.problems.is_empty(),
        "no row has {} in its name",
        args.only.join(" or ")
    );
    print!("{}", table::render(&report, earlier.as_ref()));
    if let Some(path) = &args.json {
        report.write(path)?;
        println!("written to {}", path.display());
    }
    let failed = args.strict && (report.missed() > 0 || !report.problems.is_empty());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The figures to compare with: those of a file that was named must be there, those of the run before need not.
fn earlier(args: &BenchArgs) -> anyhow::Result<Option<Report>> {
    if let Some(path) = &args.compare {
        return Report::read(path).map(Some);
    }
    let Some(path) = args.json.as_deref().filter(|path| path.exists()) else { return Ok(None) };
    match Report::read(path) {
        Ok(report) => Ok(Some(report)),
        Err(why) => {
            eprintln!("not compared: {why:#}");
            Ok(None)
        }
    }
}
