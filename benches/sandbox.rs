//! The rows of programs in the sandbox under criterion: `cargo bench --bench sandbox`.

mod common;

fn main() -> std::process::ExitCode {
    common::run(|meter| agentos::bench::sandbox_rows::all(meter))
}
