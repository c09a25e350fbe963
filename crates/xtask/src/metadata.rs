//! What `cargo metadata` says of the workspace, as far as our checks ask.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process::output_of;
use crate::workspace::cargo;

/// All packages, and who uses whom.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Debug, Deserialize)]
struct Kind {
    /// `None` is a normal dependency, else `dev` or `build`.
    kind: Option<String>,
}

impl Metadata {
    /// Asks cargo. All platforms and the default features are included.
    ///
    /// # Errors
    /// Cargo cannot read the workspace.
    pub(crate) fn load() -> Result<Self> {
        let json = output_of(cargo().args(["metadata", "--format-version", "1"]))?;
        serde_json::from_slice(&json).context("cargo metadata is not as expected")
    }

    /// Packages of this workspace.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// Packages of others.
    pub(crate) fn foreign(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| !self.workspace_members.contains(&package.id))
    }

    /// The names of the packages that `package` uses when it runs, directly.
    pub(crate) fn uses(&self, package: &Package) -> BTreeSet<&str> {
        let names = self.names();
        self.normal(&package.id).into_iter().filter_map(|id| names.get(id).copied()).collect()
    }

    /// The names of all packages that `package` uses when it runs, also by way of others.
    pub(crate) fn reaches(&self, package: &Package) -> BTreeSet<&str> {
        let names = self.names();
        let mut seen = BTreeSet::new();
        let mut queue = VecDeque::from([package.id.as_str()]);
        while let Some(id) = queue.pop_front() {
            for next in self.normal(id) {
                if seen.insert(next) {
                    queue.push_back(next);
                }
            }
        }
        seen.into_iter().filter_map(|id| names.get(id).copied()).collect()
    }

    fn normal(&self, id: &str) -> Vec<&str> {
        let node = self.resolve.nodes.iter().find(|node| node.id == id);
        let dependencies = node.map_or(&[][..], |node| &node.deps);
        let normal = |dependency: &&Dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
        dependencies.iter().filter(normal).map(|dependency| dependency.pkg.as_str()).collect()
    }

    fn names(&self) -> BTreeMap<&str, &str> {
        self.packages.iter().map(|package| (package.id.as_str(), package.name.as_str())).collect()
    }
}
