//! What it costs a program that its calls are told, beside the same program in the same sandbox without.

use super::spawn::run;
use crate::bench::{Meter, Spec, each};
use anyhow::Context;
use sandbox::{Bind, Isolation, Observe, base_environment};
use std::path::Path;

/// A shell opens and closes a file by a redirection, without a process for it.
const OPENS: &str = "i=0; while [ $i -lt 5000 ]; do : < /home/file; i=$((i+1)); done";

pub(super) fn rows(meter: &mut dyn Meter) -> anyhow::Result<()> {
    let home = tempfile::tempdir().context("a folder to grant")?;
    std::fs::write(home.path().join("file"), "a file\n").context("a file to open")?;
    let shell = |observe| sandbox::Spec {
        args: ["-c", OPENS].map(str::to_owned).to_vec(),
        env: base_environment(Path::new("/home")),
        working_dir: "/home".into(),
        isolation: Some(Isolation {
            binds: vec![Bind::write(home.path(), "/home")],
            observe,
            ..Isolation::default()
        }),
        ..sandbox::Spec::new("sh")
    };
    let (told, nothing) = (shell(Observe::Hidden), shell(Observe::Nothing));
    let (mut observed, mut plain) = (each(|| run(&told)), each(|| run(&nothing)));
    let spec = Spec::new("sandbox/sh opens and closes a file 5,000 times, observed").note(
        "with the start of the shell, observed as apps are; the difference to the peer is 5,000 times the cost of one call",
    );
    meter.compare(spec, &mut observed, Some(("not observed", &mut plain)));
    Ok(())
}
