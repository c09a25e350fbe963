//! Where a link in a terminal leads: to a path of the virtual file system, or out of it.

use terminal::LinkTarget;

/// Folders that the virtual file system has.
const ROOTS: [&str; 5] = ["/home", "/apps", "/mnt", "/system", "/proc"];

/// What a link means here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// A file or folder; with a line of it, from one.
    Path(String, Option<u32>),
    /// An address; nothing here opens it.
    Address(String),
    /// A path of the host that no app sees.
    Outside(String),
}

/// Reads a link, with the folder that it counts from.
pub(super) fn destination(target: &LinkTarget, folder: Option<&str>) -> Destination {
    let (path, line) = match target {
        LinkTarget::Address(address) => match address.strip_prefix("file://") {
            None => return Destination::Address(address.clone()),
            // The machine stands before the path.
            Some(rest) => (&rest[rest.find('/').unwrap_or(rest.len())..], None),
        },
        LinkTarget::Path { path, line, .. } => (path.as_str(), *line),
    };
    let whole = match path.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("/home{rest}"),
        _ if path.starts_with('/') => path.to_owned(),
        _ => format!("{}/{path}", folder.unwrap_or("/home")),
    };
    let whole = normal(&whole);
    let inside = ROOTS.iter().any(|root| is_beneath(&whole, root));
    if inside { Destination::Path(whole, line) } else { Destination::Outside(whole) }
}

/// Whether a path is a folder or in it.
pub(super) fn is_beneath(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Without `.`, `..` and double slashes.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_count_from_the_folder_and_stay_inside() {
        let path = |path: &str, line| LinkTarget::Path { path: path.into(), line, column: None };
        let at = |target: &LinkTarget| destination(target, Some("/home/projects/a"));
        assert_eq!(
            at(&path("src/main.rs", Some(7))),
            Destination::Path("/home/projects/a/src/main.rs".into(), Some(7))
        );
        assert_eq!(at(&path("../b", None)), Destination::Path("/home/projects/b".into(), None));
        assert_eq!(at(&path("~/x.txt", None)), Destination::Path("/home/x.txt".into(), None));
        assert_eq!(at(&path("/etc/passwd", None)), Destination::Outside("/etc/passwd".into()));
        assert_eq!(at(&path("../../../../etc", None)), Destination::Outside("/etc".into()));
        assert_eq!(
            at(&LinkTarget::Address("file://host/home/a.txt".into())),
            Destination::Path("/home/a.txt".into(), None)
        );
        let web = LinkTarget::Address("https://example.org/".into());
        assert_eq!(at(&web), Destination::Address("https://example.org/".into()));
        assert_eq!(
            at(&LinkTarget::Address("file://".into())),
            Destination::Path("/home/projects/a".into(), None)
        );
    }
}
