//! The journal's rows under criterion: `cargo bench --bench journal`.

mod common;

fn main() -> std::process::ExitCode {
    common::run(|meter| agentos::bench::kernel_rows::journal(meter))
}
