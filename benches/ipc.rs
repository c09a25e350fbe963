//! The rows of pipes, queues and shared memory under criterion: `cargo bench --bench ipc`.

mod common;

fn main() -> std::process::ExitCode {
    common::run(|meter| agentos::bench::kernel_rows::ipc(meter))
}
