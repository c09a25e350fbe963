//! Says once for each script that this machine has no font for it, and what to install: boxes in place of a text are not
//! left without a word.

use super::Shell;
use std::collections::HashSet;
use widgets::{MissingFonts, Tone};

/// A script: its first and last character, what it is called, and the package that has a font for it on Debian and
/// Ubuntu. Blocks of the Unicode standard; symbols and private characters are not told.
const SCRIPTS: [(u32, u32, &str, &str); 9] = [
    (0x1100, 0x11FF, "Korean", "fonts-noto-cjk"),
    (0x3040, 0x30FF, "Japanese", "fonts-noto-cjk"),
    (0x3400, 0x9FFF, "Chinese or Japanese", "fonts-noto-cjk"),
    (0xAC00, 0xD7AF, "Korean", "fonts-noto-cjk"),
    (0x20000, 0x323AF, "Chinese or Japanese", "fonts-noto-cjk-extra"),
    (0x0590, 0x06FF, "Hebrew or Arabic", "fonts-noto-core"),
    (0x0900, 0x0DFF, "Indian scripts", "fonts-noto-core"),
    (0x0E00, 0x0EFF, "Thai or Lao", "fonts-noto-core"),
    (0x0F00, 0x18AF, "this script", "fonts-noto-core"),
];

/// What is missing, and what was said of it.
pub(super) struct Scripts {
    missing: MissingFonts,
    said: HashSet<&'static str>,
}

impl Scripts {
    pub(super) fn new(missing: MissingFonts) -> Self {
        Scripts { missing, said: HashSet::new() }
    }

    /// A script that has to be told of now, with the package that helps.
    fn next(&mut self) -> Option<(&'static str, &'static str)> {
        let (script, package) = script_of(self.missing.take()?)?;
        self.said.insert(package).then_some((script, package))
    }
}

fn script_of(character: char) -> Option<(&'static str, &'static str)> {
    let character = u32::from(character);
    let (.., script, package) =
        SCRIPTS.iter().find(|(first, last, ..)| (*first..=*last).contains(&character))?;
    Some((script, package))
}

impl Shell {
    pub(super) fn follow_scripts(&mut self) {
        let Some((script, package)) = self.scripts.next() else { return };
        let text = format!(
            "This machine has no font for {script}, so boxes stand for it. On Debian and Ubuntu, install {package}."
        );
        self.toast(Tone::Info, "Some text cannot be shown", text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_told_by_name_and_symbols_are_not() {
        assert_eq!(script_of('日'), Some(("Chinese or Japanese", "fonts-noto-cjk")));
        assert_eq!(script_of('한'), Some(("Korean", "fonts-noto-cjk")));
        assert_eq!(script_of('न'), Some(("Indian scripts", "fonts-noto-core")));
        assert_eq!(script_of('\u{E0B0}'), None, "a powerline symbol of somebody's font");
        assert_eq!(script_of('x'), None);
    }
}
