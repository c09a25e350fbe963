//! Every crate that we use has a licence that lets anybody do anything but take ours away.

use anyhow::{Result, bail};

use crate::metadata::{Metadata, Package};
use crate::spdx::Expression;

/// Permissive licences, and MPL-2.0, whose copyleft ends at the file.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    // The list of root certificates that other systems than Linux are built with: data, permissive.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OFL-1.1",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

/// Checks all packages that are not ours.
///
/// # Errors
/// All packages whose licence is not allowed or cannot be read, one a line.
pub(crate) fn check(metadata: &Metadata) -> Result<()> {
    let wrong: Vec<_> = metadata.foreign().filter_map(objection).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("licences (the list is in crates/xtask/src/licences.rs):\n  {}", wrong.join("\n  "))
}

fn objection(package: &Package) -> Option<String> {
    let named = format!("{} {}", package.name, package.version);
    let Some(text) = &package.license else { return Some(format!("{named} names no licence")) };
    match Expression::parse(text) {
        Ok(expression) if expression.holds(&|name| ALLOWED.contains(&name)) => None,
        Ok(_) => Some(format!("{named} has {text:?}")),
        Err(error) => Some(format!("{named} has {text:?}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_crates_have_allowed_licences() {
        check(&Metadata::load().unwrap()).unwrap();
    }

    #[test]
    fn a_wrong_licence_is_named() {
        let package = |license: Option<&str>| Package {
            id: String::new(),
            name: "thing".into(),
            version: "1.2.3".into(),
            license: license.map(str::to_owned),
        };
        assert_eq!(objection(&package(Some("MIT"))), None);
        let wrong = objection(&package(Some("AGPL-3.0-only"))).unwrap();
        assert_eq!(wrong, "thing 1.2.3 has \"AGPL-3.0-only\"");
        assert_eq!(objection(&package(None)).unwrap(), "thing 1.2.3 names no licence");
    }
}
