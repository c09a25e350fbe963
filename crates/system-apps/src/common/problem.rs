//! Errors of the kernel in words for people.

use abi::{Errno, SysError};

/// What failed and why, as an error box shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// What could not be done.
    pub(crate) title: String,
    /// Why.
    pub(crate) text: String,
}

impl Problem {
    /// `title` says what was tried.
    pub(crate) fn new(title: impl Into<String>, why: &SysError) -> Self {
        Problem { title: title.into(), text: plain(why) }
    }
}

/// One sentence: what the errno means, and the object where the detail adds one.
pub(crate) fn plain(why: &SysError) -> String {
    let meaning = match why.errno {
        Errno::EACCES => "this app is not allowed to do that",
        Errno::EEXIST => "something with this name is already there",
        Errno::EROFS => "this place cannot be changed",
        Errno::EDQUOT | Errno::ENOSPC => "there is no space left",
        other => other.meaning(),
    };
    let detail = why.detail.trim();
    if detail.is_empty() || detail == why.errno.meaning() || detail == meaning {
        format!("{}.", capitalised(meaning))
    } else {
        format!("{}: {detail}", capitalised(meaning))
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_a_sentence() {
        assert_eq!(plain(&Errno::ENOENT.into()), "No such file or folder.");
        assert_eq!(plain(&SysError::new(Errno::EROFS, "/apps/x")), "This place cannot be changed: /apps/x");
    }
}
