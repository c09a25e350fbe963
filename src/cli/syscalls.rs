//! `agentos syscalls`: the reference, from the table.

use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(crate) struct SyscallsArgs {
    /// Markdown, as in docs/syscalls.md.
    #[arg(long)]
    markdown: bool,
    /// One JSON array with everything the table says.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
}

pub(crate) fn run(args: &SyscallsArgs) -> anyhow::Result<ExitCode> {
    if args.json {
        println!("{}", serde_json::to_string_pretty(&abi::table::json())?);
    } else if args.markdown {
        print!("{}", abi::table::markdown());
    } else {
        for row in &abi::table::ROWS {
            println!("{:>3}  {:<26} {:<11} {}", row.number, row.name, row.category.name(), row.summary());
        }
    }
    Ok(ExitCode::SUCCESS)
}
