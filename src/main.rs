//! The program. A process that was started to become another one is handled before anything else.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = agentos::run_if_helper() {
        return code;
    }
    agentos::cli::main()
}
