//! Which changes of a run are of files that run later by themselves ([`abi::later`]). Such a file is shown apart and taken
//! over only when somebody means it. `package.json` counts when its `scripts` are others.

use crate::vfs::VPath;
use abi::later::later_place;
use serde_json::Value;

/// Why what lies at a path runs later by itself, when it does. `contents` gives what a `package.json` was and is.
pub(super) fn reason(
    path: &VPath,
    contents: impl FnOnce() -> (Option<Vec<u8>>, Option<Vec<u8>>),
) -> Option<&'static str> {
    let place = later_place(path.as_str())?;
    if path.components().last() == Some("package.json") {
        let (was, is) = contents();
        return (scripts(was.as_deref()) != scripts(is.as_deref())).then_some(place.why);
    }
    Some(place.why)
}

/// The scripts of a package; something of its own, when it cannot be read.
fn scripts(document: Option<&[u8]>) -> Option<Value> {
    match serde_json::from_slice::<Value>(document?) {
        Ok(document) => document.get("scripts").cloned(),
        Err(_) => Some(Value::Bool(true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_when_its_scripts_are_others() {
        let path = VPath::parse("/home/p/package.json").expect("a path");
        let flagged = |was: Option<&str>, is: Option<&str>| {
            let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
            reason(&path, || (bytes(was), bytes(is))).is_some()
        };
        let plain = r#"{"name":"a","scripts":{"test":"x"}}"#;
        assert!(!flagged(Some(plain), Some(r#"{"name":"b","scripts":{"test":"x"}}"#)));
        assert!(flagged(Some(plain), Some(r#"{"name":"a","scripts":{"test":"rm"}}"#)));
        assert!(flagged(None, Some(plain)) && !flagged(None, Some("{}")));
        assert!(flagged(Some(plain), Some("no json")));
    }
}
