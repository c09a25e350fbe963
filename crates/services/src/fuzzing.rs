//! What is fed with anything at all, by `cargo fuzz` (folder `fuzz/`) and for a second by the test suite: the documents
//! that somebody may drop on the desktop.

use crate::manifest;
use blueprint::Instance;

/// Any bytes as the manifest of a process app: one that can be used, or reasons with their places.
pub fn fuzz_manifest(data: &[u8]) {
    let parsed = manifest::parse(data);
    assert!(parsed.manifest.is_some() || !parsed.diagnostics.is_empty(), "refused without a reason");
    for diagnostic in &parsed.diagnostics {
        assert!(
            !diagnostic.message.is_empty() && diagnostic.line >= 1 && diagnostic.column >= 1,
            "{diagnostic:?}"
        );
    }
}

/// Any bytes as a Blueprint document: an instance that runs, or reasons with their places.
pub fn fuzz_blueprint(data: &[u8]) {
    let loaded = Instance::load(data);
    assert!(loaded.instance.is_some() || !loaded.diagnostics.is_empty(), "refused without a reason");
    for diagnostic in &loaded.diagnostics {
        assert!(!diagnostic.message.is_empty() && diagnostic.line >= 1, "{diagnostic:?}");
    }
}
