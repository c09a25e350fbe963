//! Who may import whom: the table of the architecture, and the check that it holds.
//!
//! A new edge is a deliberate change of [`TABLE`], with a reason in the commit. Dev-dependencies do
//! not count: tests may use what they like.

use anyhow::{Result, bail};

use crate::metadata::Metadata;

/// One package of ours.
struct Row {
    package: &'static str,
    /// Packages of ours that it may import.
    may: &'static [&'static str],
    /// Packages of others that it must not reach, also by way of others.
    never: &'static [&'static str],
}

const WINDOWING: &[&str] = &["egui", "eframe", "egui-wgpu", "egui-winit", "epaint", "wgpu", "winit"];
const WINDOWING_AND_RUNTIME: &[&str] =
    &["egui", "eframe", "egui-wgpu", "egui-winit", "epaint", "wgpu", "winit", "tokio"];
const WINDOWING_AND_HTTP: &[&str] =
    &["egui", "eframe", "egui-wgpu", "egui-winit", "epaint", "wgpu", "winit", "reqwest", "hyper"];

/// From below to above.
const TABLE: &[Row] = &[
    Row { package: "agentos-abi", may: &[], never: WINDOWING_AND_RUNTIME },
    Row { package: "agentos-math", may: &[], never: WINDOWING_AND_RUNTIME },
    Row { package: "agentos-terminal", may: &[], never: WINDOWING_AND_RUNTIME },
    Row { package: "agentos-windows", may: &[], never: WINDOWING_AND_RUNTIME },
    Row { package: "agentos-sandbox", may: &["agentos-abi"], never: WINDOWING_AND_RUNTIME },
    Row { package: "agentos-kernel", may: &["agentos-abi", "agentos-sandbox"], never: WINDOWING_AND_HTTP },
    Row {
        package: "agentos-blueprint",
        // `ui.compute` and the pure `math.*` tools run inside, in the same frame, without a provider.
        may: &["agentos-abi", "agentos-math"],
        never: WINDOWING_AND_RUNTIME,
    },
    Row {
        package: "agentos-services",
        may: &["agentos-abi", "agentos-blueprint", "agentos-math"],
        never: WINDOWING,
    },
    Row {
        package: "agentos-widgets",
        may: &["agentos-abi", "agentos-blueprint", "agentos-terminal"],
        never: &["wgpu", "winit", "tokio"],
    },
    Row {
        package: "agentos-system-apps",
        may: &["agentos-abi", "agentos-widgets"],
        never: &["wgpu", "winit", "tokio"],
    },
    Row {
        package: "agentos-compositor",
        may: &[
            "agentos-abi",
            "agentos-math",
            "agentos-terminal",
            "agentos-windows",
            "agentos-sandbox",
            "agentos-kernel",
            "agentos-blueprint",
            "agentos-services",
            "agentos-widgets",
            "agentos-system-apps",
        ],
        never: &[],
    },
    Row {
        package: "agentos",
        may: &[
            "agentos-abi",
            "agentos-math",
            "agentos-terminal",
            "agentos-windows",
            "agentos-sandbox",
            "agentos-kernel",
            "agentos-blueprint",
            "agentos-services",
            "agentos-widgets",
            "agentos-system-apps",
            "agentos-compositor",
        ],
        never: &[],
    },
    Row { package: "xtask", may: &[], never: WINDOWING_AND_RUNTIME },
];

/// Checks the workspace against the table.
///
/// # Errors
/// All edges that are not in it, one a line.
pub(crate) fn check(metadata: &Metadata) -> Result<()> {
    let mut wrong = Vec::new();
    let ours: Vec<_> = metadata.members().map(|package| package.name.as_str()).collect();
    for package in metadata.members() {
        let name = package.name.as_str();
        let Some(row) = TABLE.iter().find(|row| row.package == name) else {
            wrong.push(format!("{name} is not in the table"));
            continue;
        };
        for used in metadata.uses(package) {
            if ours.contains(&used) && !row.may.contains(&used) {
                wrong.push(format!("{name} must not import {used}"));
            }
        }
        for reached in metadata.reaches(package) {
            if row.never.contains(&reached) {
                wrong.push(format!("{name} must not reach {reached} (`cargo tree -p {name} -i {reached}`)"));
            }
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("import edges (the table is in crates/xtask/src/edges.rs):\n  {}", wrong.join("\n  "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_keeps_to_the_table() {
        check(&Metadata::load().unwrap()).unwrap();
    }

    #[test]
    fn a_package_imports_only_what_is_below_it() {
        for (index, row) in TABLE.iter().enumerate() {
            for used in row.may {
                let below = TABLE[..index].iter().any(|other| other.package == *used);
                assert!(below, "{} imports {used}, which is not below it", row.package);
            }
        }
    }

    #[test]
    fn a_wrong_edge_is_named() {
        let json = r#"{
            "workspace_members": ["a", "k"],
            "packages": [
                {"id": "a", "name": "agentos-abi", "version": "0.1.0", "license": "MIT"},
                {"id": "k", "name": "agentos-kernel", "version": "0.1.0", "license": "MIT"},
                {"id": "m", "name": "middle", "version": "1.0.0", "license": "MIT"},
                {"id": "e", "name": "egui", "version": "0.37.0", "license": "MIT"}
            ],
            "resolve": {"nodes": [
                {"id": "a", "deps": [{"pkg": "k", "dep_kinds": [{"kind": null}]}, {"pkg": "e", "dep_kinds": [{"kind": "dev"}]}]},
                {"id": "k", "deps": [{"pkg": "m", "dep_kinds": [{"kind": "dev"}, {"kind": null}]}]},
                {"id": "m", "deps": [{"pkg": "e", "dep_kinds": [{"kind": null}]}]}
            ]}
        }"#;
        let metadata: Metadata = serde_json::from_str(json).unwrap();
        let message = check(&metadata).unwrap_err().to_string();
        assert!(message.contains("agentos-abi must not import agentos-kernel"), "{message}");
        assert!(message.contains("agentos-kernel must not reach egui"), "{message}");
        assert!(message.contains("agentos-abi must not reach egui"), "by way of the kernel: {message}");
    }
}
