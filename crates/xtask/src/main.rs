//! `cargo xtask …`: everything one does with a checkout, set-up included.
//!
//! `main` only looks at the first word and calls the module of that name. What is refused here:
//! anything that is part of the product. This package imports nothing of ours.

mod bench;
mod checks;
mod desktop;
mod doctor;
mod edges;
mod help;
mod licences;
mod metadata;
mod options;
mod packages;
mod process;
mod spdx;
mod virtual_display;
mod workspace;

use std::process::ExitCode;

use options::Options;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_else(|| "help".to_owned());
    let answer = Options::parse(&command, words).and_then(|options| match command.as_str() {
        "run" => desktop::run(&options),
        "test" => checks::test(&options),
        "bench" => bench::bench(&options),
        "shot" => desktop::shot(&options),
        "doctor" => doctor::doctor(&options),
        "help" | "--help" | "-h" => {
            print!("{}", help::TEXT);
            Ok(())
        }
        other => Err(anyhow::anyhow!("there is no command {other:?}; `cargo xtask help` lists them")),
    });
    match answer {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
