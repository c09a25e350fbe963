//! The virtual file system's rows under criterion: `cargo bench --bench vfs`.

mod common;

fn main() -> std::process::ExitCode {
    common::run(|meter| agentos::bench::kernel_rows::files(meter))
}
