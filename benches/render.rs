//! The desktop's rows under criterion: `cargo bench --bench render`.

mod common;

fn main() -> std::process::ExitCode {
    common::run(|meter| agentos::bench::desktop_rows::operations(meter))
}
