//! The kernel's rows under criterion: `cargo bench --bench syscall`.

mod common;

fn main() -> std::process::ExitCode {
    common::run(|meter| agentos::bench::kernel_rows::calls(meter))
}
