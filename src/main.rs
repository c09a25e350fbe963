//! The program. A process that was started to become another one never gets past the first line of `main`.

use std::process::ExitCode;

fn main() -> ExitCode {
    agentos::run_if_helper();
    agentos::cli::main()
}
