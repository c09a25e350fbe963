//! How shells are told to mark prompts and commands: each by a file of its own, which it gets through a descriptor and
//! not by a name, so that it needs none in a sandbox. The user's own files are read as ever.

use super::launch::executable;
use abi::UiCaller;
use services::manifest::{self, Manifest};

/// The shell's descriptor of the file.
pub(super) const NUMBER: i32 = 9;

/// A shell that can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// bash reads it in place of the user's file, which it reads itself.
const BASH: &str = r#"exec "$0" --rcfile <(cat <&9) -i 9<&-"#;
/// zsh reads files of a folder only; this one removes it. Where none can be made it starts without marks.
const ZSH: &str = concat!(
    r#"d=$(mktemp -d) && cat <&9 >$d/.zshenv && AGENTOS_ZDOTDIR=${ZDOTDIR-} ZDOTDIR=$d exec "$0" -i 9<&-; "#,
    r#"exec "$0" -i 9<&-"#
);
/// fish takes it as an argument, and reads it behind the user's files.
const FISH: &str = r#"set -l marks (cat <&9 | string collect); exec $argv[1] -i -C "$marks" 9<&-"#;

impl Shell {
    fn named(path: &str) -> Option<Shell> {
        match path.rsplit('/').next()? {
            "bash" => Some(Shell::Bash),
            "zsh" => Some(Shell::Zsh),
            "fish" => Some(Shell::Fish),
            _ => None,
        }
    }

    /// The user's shell, where a manifest starts it as it is and it can be told.
    pub(super) fn of(manifest: &Manifest, syscalls: &UiCaller) -> Option<Shell> {
        let program = &manifest.proc_manifest;
        let as_it_is = program.executable == manifest::SHELL && program.args == ["-i"];
        as_it_is.then(|| executable(manifest, syscalls).ok())?.and_then(|shell| Shell::named(&shell))
    }

    /// Where its file lies.
    pub(super) fn file(self) -> &'static str {
        match self {
            Shell::Bash => "/apps/process/terminal/integration.bash",
            Shell::Zsh => "/apps/process/terminal/integration.zsh",
            Shell::Fish => "/apps/process/terminal/integration.fish",
        }
    }

    /// Arguments with which it starts itself once more, told; `executable` is how it was named.
    pub(super) fn arguments(self, executable: &str) -> Vec<String> {
        let (before, script): (&[&str], _) = match self {
            Shell::Bash => (&[], BASH),
            Shell::Zsh => (&["-f"], ZSH),
            Shell::Fish => (&["-N"], FISH),
        };
        before.iter().copied().chain(["-c", script, executable]).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_are_known_by_their_names() {
        assert_eq!(Shell::named("/usr/bin/zsh"), Some(Shell::Zsh));
        assert_eq!(Shell::named("fish"), Some(Shell::Fish));
        assert_eq!(Shell::named("/bin/sh"), None);
        assert_eq!(Shell::Bash.arguments("/bin/bash"), ["-c", BASH, "/bin/bash"]);
        assert_eq!(Shell::Fish.arguments("fish")[0], "-N");
    }
}
