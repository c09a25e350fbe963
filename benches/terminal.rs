//! The terminal's rows under criterion: `cargo bench --bench terminal`; with `--features peers` the parser stands
//! beside `alacritty_terminal` alone.

mod common;

fn main() -> std::process::ExitCode {
    common::run(|meter| {
        agentos::bench::desktop_rows::terminal(meter)?;
        agentos::bench::kernel_rows::terminal(meter)
    })
}
