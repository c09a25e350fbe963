//! Starting programs of the host.

use super::{super::runner::each, Fixture};
use crate::bench::{Meter, Spec};
use abi::table::{Spawn, Stdio, Wait};
use anyhow::Context;
use std::process::Command;

/// Longest wait for a program that does nothing.
const PATIENCE_MILLIS: u64 = 10_000;

pub(super) fn rows(meter: &mut dyn Meter, fixture: &Fixture) {
    let typed = &fixture.typed;
    let mut ours = each(|| {
        let spawn = Spawn {
            executable: "true".into(),
            args: Vec::new(),
            env: std::collections::BTreeMap::new(),
            cwd: None,
            stdio: Stdio::default(),
            priority: 5,
            inherit: Vec::new(),
            run: None,
            sandbox: None,
        };
        let child = typed.call(spawn)?;
        typed.call(Wait { pid: Some(child.pid), timeout_millis: Some(PATIENCE_MILLIS) })
    });
    let mut plain = each(|| Command::new("true").status().context("true"));
    let spec = Spec::new("kernel/spawn true and wait")
        .note("by a part of the desktop, whose programs nothing holds");
    meter.compare(spec, &mut ours, Some(("plain spawn", &mut plain)));
}
