//! Tells the journal which apps of a person came, changed and went since the last start.
//!
//! What was there is remembered beneath `/system`, by the place of its document and when that changed last. Apps that
//! ship with the program are none of a person's, and are left out.

use abi::{Bytes, CauseId, Syscalls, table};
use kernel::{Kernel, journal::RowKind};
use serde_json::json;
use services::Registry;
use std::{collections::BTreeMap, sync::Arc};

/// What was there the last time.
const REMEMBERED: &str = "/system/apps.json";
/// Apps that are remembered.
const MOST_APPS: usize = 10_000;

/// App id, and when its document changed, milliseconds since the Unix epoch.
type Known = BTreeMap<String, (String, u64)>;

/// Compares and remembers.
pub(crate) fn note(kernel: &Kernel, system: &Arc<dyn Syscalls>, registry: &Registry, cause: CauseId) {
    let now = installed(system, registry);
    let before = match system.call(table::Read { path: REMEMBERED.into(), offset: 0, size: None }) {
        // One that is damaged says nothing; then everything is new.
        Ok(bytes) => serde_json::from_slice::<Known>(&bytes).unwrap_or_default(),
        Err(_) => Known::new(),
    };
    if now == before {
        return;
    }
    let tell = |what: &str, path: &str, id: &str| {
        kernel.record(RowKind::Install, cause, path, json!({"what": what, "app": id}));
    };
    for (path, (id, changed)) in &now {
        match before.get(path) {
            None => tell("installed", path, id),
            Some((_, then)) if then != changed => tell("updated", path, id),
            Some(_) => {}
        }
    }
    for (path, (id, _)) in before.iter().filter(|(path, _)| !now.contains_key(*path)) {
        tell("removed", path, id);
    }
    let data = Bytes(serde_json::to_vec(&now).unwrap_or_default());
    if let Err(why) = system.call(table::Write { path: REMEMBERED.into(), data, append: false }) {
        tracing::warn!(%why, "which apps are installed could not be remembered");
    }
}

fn installed(system: &Arc<dyn Syscalls>, registry: &Registry) -> Known {
    let own = registry.entries().iter().filter(|entry| entry.path.starts_with("/home/")).take(MOST_APPS);
    let known = own.filter_map(|entry| {
        let stat = system.call(table::Stat { path: entry.path.clone(), follow: true }).ok()?;
        Some((entry.path.clone(), (entry.id.clone(), stat.modified_millis)))
    });
    known.collect()
}
