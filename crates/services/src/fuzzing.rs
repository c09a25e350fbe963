//! What is fed with anything at all, by `cargo fuzz` (folder `fuzz/`) and for a second by the test suite: the documents
//! that somebody may drop on the desktop.

use crate::manifest;
use abi::view::{Place, place_of};
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
    if let Some(manifest) = &parsed.manifest {
        check_sandbox(&manifest.proc_manifest.sandbox);
    }
}

/// What was taken of a `sandbox` gives nothing that no manifest may give.
fn check_sandbox(rules: &manifest::SandboxRules) {
    for path in rules.read.iter().chain(&rules.write).chain(&rules.copy_on_write) {
        let is_normal = path.starts_with('/') && !path.split('/').any(|part| matches!(part, "." | ".."));
        assert!(is_normal && !path.contains('\0'), "{path:?} is no path of a view");
        assert!(!matches!(place_of(path), Place::Refused(_)), "{path:?} is never given");
    }
    for path in &rules.write {
        assert!(
            !matches!(place_of(path), Place::Root | Place::Programs | Place::Host),
            "{path:?} is only read"
        );
    }
    assert!(rules.copy_on_write.iter().all(|path| place_of(path) == Place::Virtual));
    assert!(abi::net::Rules::parse(&rules.hosts).is_ok(), "{:?} are no rules", rules.hosts);
    assert!(rules.dns.iter().all(|server| server.parse::<std::net::IpAddr>().is_ok()), "{:?}", rules.dns);
    assert!(rules.forward.iter().all(|forward| forward.host != 0 && forward.program != 0));
    let argument = serde_json::to_string(&rules.as_argument()).expect("an argument can be written down");
    let again: abi::table::Sandbox = serde_json::from_str(&argument).expect("and read again");
    assert_eq!(again, rules.as_argument());
    drop(rules.capabilities());
}

/// Any bytes as a Blueprint document: an instance that runs, or reasons with their places.
pub fn fuzz_blueprint(data: &[u8]) {
    let loaded = Instance::load(data);
    assert!(loaded.instance.is_some() || !loaded.diagnostics.is_empty(), "refused without a reason");
    for diagnostic in &loaded.diagnostics {
        assert!(!diagnostic.message.is_empty() && diagnostic.line >= 1, "{diagnostic:?}");
    }
}
