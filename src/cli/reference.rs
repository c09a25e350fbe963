//! `agentos components` and `agentos tools`: the app language's reference, from its tables.

use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(crate) struct ReferenceArgs {
    /// Markdown, as in docs/; the only form there is.
    #[arg(long)]
    markdown: bool,
}

pub(crate) fn components(_args: &ReferenceArgs) -> anyhow::Result<ExitCode> {
    print!("{}", blueprint::components_markdown());
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn tools(_args: &ReferenceArgs) -> anyhow::Result<ExitCode> {
    print!("{}", blueprint::tools_markdown());
    Ok(ExitCode::SUCCESS)
}
