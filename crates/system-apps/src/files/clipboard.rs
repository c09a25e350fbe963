//! Files on the clipboard, as text: absolute paths, one on each line, so that they can be pasted into a text or a
//! terminal too. Files that were cut have a line before them that says so.
//!
//! Text is what all windows share; nothing else has to know of it.

/// The line before files that were cut.
const CUT: &str = "# cut files";
/// Most files that are read from a clipboard.
const MOST: usize = 10_000;

/// Files that were copied or cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clip {
    /// They move when they are pasted.
    pub(super) cut: bool,
    /// Absolute.
    pub(super) paths: Vec<String>,
}

impl Clip {
    pub(super) fn to_text(&self) -> String {
        let lines = self.paths.join("\n");
        if self.cut { format!("{CUT}\n{lines}") } else { lines }
    }

    /// What a text means; `None` where it is no list of files.
    pub(super) fn from_text(text: &str) -> Option<Clip> {
        let rest = text.trim_start().strip_prefix(CUT);
        let mut paths = Vec::new();
        for line in rest.unwrap_or(text).lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            // A path of the kernel; anything else on the clipboard is a text and no list of files.
            if !line.starts_with('/') || line.len() < 2 || line.len() > 4_096 || paths.len() == MOST {
                return None;
            }
            paths.push(super::names::normal(line));
        }
        (!paths.is_empty()).then_some(Clip { cut: rest.is_some(), paths })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_survive_the_clipboard() {
        for cut in [false, true] {
            let clip = Clip { cut, paths: vec!["/home/a b.txt".into(), "/home/Documents".into()] };
            assert_eq!(Clip::from_text(&clip.to_text()), Some(clip));
        }
    }

    #[test]
    fn other_text_is_no_list_of_files() {
        for text in ["", "hello", "/home/a\nand more", "# cut files", "/", "\n\n"] {
            let clip = Clip::from_text(text);
            assert!(clip.is_none(), "{text:?} {clip:?}");
        }
        assert!(Clip::from_text(&format!("/{}", "x".repeat(5_000))).is_none());
    }
}
