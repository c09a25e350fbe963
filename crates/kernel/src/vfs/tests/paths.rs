//! What a text means as a path.

use super::*;
use proptest::prelude::*;

#[test]
fn texts_become_normal_form() {
    for (text, normal) in [
        ("/", "/"),
        ("//", "/"),
        ("/.", "/"),
        ("/..", "/"),
        ("/../../etc", "/etc"),
        ("/a//b/", "/a/b"),
        ("/a/./b/../c", "/a/c"),
        ("/a/b/../../..", "/"),
        ("/...", "/..."),
        ("/ä/ ", "/ä/ "),
    ] {
        let parsed = VPath::parse(text).unwrap();
        parsed.verify_invariants();
        assert_eq!(parsed.as_str(), normal, "{text:?}");
    }
}

#[test]
fn what_is_no_path_is_refused_with_its_reason() {
    let long_name = "n".repeat(256);
    let long_path = "/nn".repeat(1366);
    for (text, expected) in [
        ("", Errno::ENOENT),
        ("a", Errno::EINVAL),
        ("../a", Errno::EINVAL),
        ("/a\0b", Errno::EINVAL),
        (&*format!("/{long_name}"), Errno::ENAMETOOLONG),
        (&*format!("/{long_name}/.."), Errno::ENAMETOOLONG),
        (&*long_path, Errno::ENAMETOOLONG),
    ] {
        assert_eq!(sys_errno(VPath::parse(text)), Some(expected), "{text:?}");
    }
    assert_eq!(sys_errno(VPath::parse_bytes(b"/\xff")), Some(Errno::EINVAL));
    assert!(VPath::parse(&format!("/{}", "n".repeat(255))).is_ok());
    assert!(VPath::parse(&"/nnn".repeat(1024)).is_ok(), "4096 bytes are a path");
    let shown = VPath::parse(&"x".repeat(100_000)).unwrap_err().detail;
    assert!(shown.len() < 200, "a detail stays short: {} bytes", shown.len());
}

#[test]
fn join_takes_what_a_program_says() {
    let cwd = path("/home/ada");
    assert_eq!(cwd.join("notes.txt").unwrap(), path("/home/ada/notes.txt"));
    assert_eq!(cwd.join("../../../x").unwrap(), path("/x"));
    assert_eq!(cwd.join("/tmp/x").unwrap(), path("/tmp/x"));
    assert_eq!(cwd.join(".").unwrap(), cwd);
    assert_eq!(VPath::root().join("a").unwrap(), path("/a"));
    assert_eq!(sys_errno(cwd.join("")), Some(Errno::ENOENT));
    assert_eq!(sys_errno(path(&"/nnn".repeat(1024)).join("n")), Some(Errno::ENAMETOOLONG));
}

#[test]
fn parts_and_ancestors() {
    let deep = path("/a/bc/d");
    assert_eq!(deep.name(), Some("d"));
    assert_eq!(deep.parent(), Some(path("/a/bc")));
    assert_eq!(path("/a").parent(), Some(VPath::root()));
    assert_eq!(VPath::root().parent(), None);
    assert_eq!(VPath::root().components().count(), 0);
    assert!(deep.is_beneath(&path("/a")) && deep.is_beneath(&VPath::root()));
    assert!(!deep.is_at_or_beneath(&path("/a/b")), "a name is not a prefix of another");
    assert!(!deep.is_beneath(&deep) && deep.is_at_or_beneath(&deep));
    assert_eq!(deep.rebase(&path("/a")), Some(path("/bc/d")));
    assert_eq!(deep.rebase(&deep), Some(VPath::root()));
    assert_eq!(deep.rebase(&VPath::root()), Some(deep.clone()));
    assert_eq!(deep.rebase(&path("/x")), None);
}

proptest! {
    #[test]
    fn any_text_is_a_normal_path_or_an_error(text in r"[/.a\x00é]{0,40}", base in r"(/[.ab]{1,3}){0,4}") {
        if let Ok(parsed) = VPath::parse(&text) {
            parsed.verify_invariants();
            prop_assert_eq!(VPath::parse(parsed.as_str()).unwrap(), parsed);
        }
        let base = VPath::parse(&format!("/{base}")).unwrap();
        if let Ok(joined) = base.join(&text) {
            joined.verify_invariants();
            if !text.contains("..") && !text.starts_with('/') {
                prop_assert!(joined.is_at_or_beneath(&base));
            }
        }
    }
}
