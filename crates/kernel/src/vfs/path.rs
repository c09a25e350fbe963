//! Absolute paths of the virtual file system.
//!
//! A [`VPath`] is always absolute and in normal form: no `.`, no `..`, no empty component, no
//! slash at the end (but for `/` itself). `..` is taken lexically, as Plan 9 does: it means the
//! folder that the text names, also where that is a symbolic link, and above `/` there is `/`.
//! What the text of a path says is therefore what it means, and rules can be written about it.
//!
//! This file knows nothing of file systems. It refuses NUL, names over 255 bytes, paths over
//! 4,096 bytes and bytes that are no UTF-8; every other character is allowed in a name.
//!
//! **Invariants** (`verify_invariants`): begins with `/`; components are non-empty, neither `.`
//! nor `..`, without NUL, at most [`MAX_NAME_BYTES`]; at most [`MAX_PATH_BYTES`] in all.

use abi::{Errno, SysError, SysResult};
use std::fmt;

/// Longest name of one file, in bytes (Linux's `NAME_MAX`).
pub const MAX_NAME_BYTES: usize = 255;

/// Longest path, in bytes (Linux's `PATH_MAX`, whose closing NUL stands for our leading slash).
pub const MAX_PATH_BYTES: usize = 4096;

/// An absolute path in normal form.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VPath(Box<str>);

impl VPath {
    /// The root folder.
    #[must_use]
    pub fn root() -> Self {
        VPath("/".into())
    }

    /// Parses an absolute path.
    ///
    /// # Errors
    /// `ENOENT` when empty, `EINVAL` when relative or with a NUL, `ENAMETOOLONG`.
    pub fn parse(text: &str) -> SysResult<Self> {
        if text.is_empty() {
            return Err(SysError::new(Errno::ENOENT, "an empty path names nothing"));
        }
        if !text.starts_with('/') {
            return Err(refuse(Errno::EINVAL, text, "is not absolute (it has to begin with `/`)"));
        }
        Self::build("", text)
    }

    /// Parses an absolute path that came as bytes.
    ///
    /// # Errors
    /// As [`VPath::parse`], and `EINVAL` when the bytes are no UTF-8.
    pub fn parse_bytes(bytes: &[u8]) -> SysResult<Self> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::parse(text),
            Err(_) => Err(refuse(Errno::EINVAL, &String::from_utf8_lossy(bytes), "is not UTF-8")),
        }
    }

    /// Takes `text` as it is when absolute, else as relative to this folder.
    ///
    /// # Errors
    /// `ENOENT` when empty, `EINVAL` with a NUL, `ENAMETOOLONG`.
    pub fn join(&self, text: &str) -> SysResult<Self> {
        if text.is_empty() || text.starts_with('/') {
            return Self::parse(text);
        }
        Self::build(self.as_inner(), text)
    }

    /// `base` is in normal form and without a slash at its end; `text` may be anything.
    fn build(base: &str, text: &str) -> SysResult<Self> {
        // The bound comes first, so that nobody pays for reading what is refused anyway.
        if base.len() + text.len() > MAX_PATH_BYTES {
            return Err(refuse(Errno::ENAMETOOLONG, text, "is longer than 4096 bytes"));
        }
        if text.contains('\0') {
            return Err(refuse(Errno::EINVAL, text, "contains a NUL"));
        }
        let mut path = String::with_capacity(base.len() + text.len() + 1);
        path.push_str(base);
        for name in text.split('/') {
            match name {
                "" | "." => {}
                ".." => path.truncate(path.rfind('/').unwrap_or(0)),
                _ if name.len() > MAX_NAME_BYTES => {
                    return Err(refuse(Errno::ENAMETOOLONG, name, "is a name longer than 255 bytes"));
                }
                _ => {
                    path.push('/');
                    path.push_str(name);
                }
            }
        }
        if path.len() > MAX_PATH_BYTES {
            return Err(refuse(Errno::ENAMETOOLONG, text, "is longer than 4096 bytes"));
        }
        if path.is_empty() {
            path.push('/');
        }
        Ok(VPath(path.into()))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, with nothing for the root: what a `/name` can be put behind.
    fn as_inner(&self) -> &str {
        if self.is_root() { "" } else { &self.0 }
    }

    /// The path without its leading slash; empty for the root.
    #[must_use]
    pub fn relative(&self) -> &str {
        &self.0[1..]
    }

    /// Whether this is `/`.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.len() == 1
    }

    /// The names from the root down; none for the root itself.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0[1..].split('/').filter(|name| !name.is_empty())
    }

    /// The last name; `None` for the root.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.components().next_back()
    }

    /// The folder it lies in; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<VPath> {
        self.split().map(|(parent, _)| parent)
    }

    /// The folder it lies in and its name there; `None` for the root.
    #[must_use]
    pub fn split(&self) -> Option<(VPath, &str)> {
        if self.is_root() {
            return None;
        }
        let slash = self.0.rfind('/').unwrap_or(0);
        Some((VPath(self.0[..slash.max(1)].into()), &self.0[slash + 1..]))
    }

    /// Whether this is `ancestor` itself or lies beneath it.
    #[must_use]
    pub fn is_at_or_beneath(&self, ancestor: &VPath) -> bool {
        self.strip(ancestor).is_some()
    }

    /// Whether this lies beneath `ancestor` and is not `ancestor` itself.
    #[must_use]
    pub fn is_beneath(&self, ancestor: &VPath) -> bool {
        self != ancestor && self.is_at_or_beneath(ancestor)
    }

    /// This path as seen from `ancestor` as root; `None` when it does not lie beneath it.
    #[must_use]
    pub fn rebase(&self, ancestor: &VPath) -> Option<VPath> {
        match self.strip(ancestor)? {
            "" => Some(VPath::root()),
            rest => Some(VPath(rest.into())),
        }
    }

    /// What follows `ancestor`: empty or beginning with a slash.
    fn strip(&self, ancestor: &VPath) -> Option<&str> {
        let rest = self.as_inner().strip_prefix(ancestor.as_inner())?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }

    /// Panics when the path is not in normal form.
    #[doc(hidden)]
    pub fn verify_invariants(&self) {
        assert!(self.0.starts_with('/') && self.0.len() <= MAX_PATH_BYTES, "{self:?}");
        assert!(self.is_root() || !self.0.ends_with('/'), "{self:?}");
        for name in self.relative().split('/').filter(|_| !self.is_root()) {
            assert!(!name.is_empty() && name != "." && name != "..", "{self:?}");
            assert!(!name.contains('\0') && name.len() <= MAX_NAME_BYTES, "{self:?}");
        }
    }
}

impl fmt::Display for VPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for VPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// An error about a text that is no path: cut short, and without what could upset a terminal.
fn refuse(errno: Errno, text: &str, why: &str) -> SysError {
    let shown: String = text.chars().take(64).collect();
    let dots = if shown.len() < text.len() { "…" } else { "" };
    SysError::new(errno, format!("{shown:?}{dots} {why}"))
}
