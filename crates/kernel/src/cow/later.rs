//! Files that run later by themselves: whoever changes one gets code to run outside of where it ran.
//!
//! A table of places by their last components, and why. It says *may*: a name is not proof, so such a file is shown
//! apart and taken over only when somebody means it. `package.json` counts when its `scripts` are others.

use crate::vfs::VPath;
use serde_json::Value;

/// Where, as the end of a path; `*` stands for one name, `**` at the end for anything beneath.
const PLACES: &[(&str, &str)] = &[
    (".git/hooks/**", "git runs it"),
    (".git/config", "git takes programs to run from it"),
    (".git/modules/**", "git takes programs to run from it"),
    (".gitmodules", "git takes places to fetch from it"),
    (".gitconfig", "git takes programs to run from it"),
    (".config/git/**", "git takes programs to run from it"),
    (".husky/**", "git runs it"),
    (".pre-commit-config.yaml", "git runs what it names"),
    (".envrc", "direnv runs it when a shell comes here"),
    (".bashrc", "every shell runs it"),
    (".bash_profile", "every login runs it"),
    (".bash_login", "every login runs it"),
    (".bash_logout", "every logout runs it"),
    (".bash_aliases", "every shell runs it"),
    (".profile", "every login runs it"),
    (".zshrc", "every shell runs it"),
    (".zshenv", "every shell runs it"),
    (".zprofile", "every login runs it"),
    (".zlogin", "every login runs it"),
    (".zlogout", "every logout runs it"),
    (".kshrc", "every shell runs it"),
    (".config/fish/**", "every shell runs it"),
    (".inputrc", "every shell takes keys from it"),
    (".xprofile", "every login runs it"),
    (".xinitrc", "every login runs it"),
    (".xsession", "every login runs it"),
    (".xsessionrc", "every login runs it"),
    (".pam_environment", "every login takes variables from it"),
    (".config/environment.d/**", "every login takes variables from it"),
    (".config/autostart/**", "every login starts it"),
    (".config/systemd/**", "the system starts it"),
    (".local/share/systemd/**", "the system starts it"),
    (".local/bin/*", "it may be found in place of a program"),
    (".ssh/rc", "every login over the network runs it"),
    (".ssh/config", "ssh takes programs to run from it"),
    (".ssh/authorized_keys", "it lets others in"),
    (".vimrc", "vim runs it"),
    (".vim/**", "vim runs it"),
    (".exrc", "vim runs it"),
    (".nvimrc", "vim runs it"),
    (".config/nvim/**", "vim runs it"),
    (".emacs", "emacs runs it"),
    (".emacs.d/**", "emacs runs it"),
    (".dir-locals.el", "emacs runs it"),
    (".gdbinit", "gdb runs it"),
    (".lldbinit", "lldb runs it"),
    (".pythonrc", "python runs it"),
    ("sitecustomize.py", "python runs it"),
    ("usercustomize.py", "python runs it"),
    ("conftest.py", "tests run it"),
    ("setup.py", "installing runs it"),
    ("build.rs", "cargo runs it"),
    (".cargo/config", "cargo takes programs to run from it"),
    (".cargo/config.toml", "cargo takes programs to run from it"),
    (".npmrc", "npm takes programs to run from it"),
    (".yarnrc", "yarn takes programs to run from it"),
    (".yarnrc.yml", "yarn takes programs to run from it"),
    (".vscode/tasks.json", "the editor runs what it names"),
    (".vscode/launch.json", "the editor runs what it names"),
    (".vscode/settings.json", "the editor takes programs to run from it"),
    (".idea/runConfigurations/**", "the editor runs what it names"),
    (".devcontainer/**", "the editor runs what it names"),
    (".github/workflows/**", "the code's host runs it"),
    (".gitlab-ci.yml", "the code's host runs it"),
    ("Makefile", "make runs it"),
    ("makefile", "make runs it"),
    ("GNUmakefile", "make runs it"),
    ("justfile", "just runs it"),
    ("crontab", "cron runs it"),
    ("cron.d/**", "cron runs it"),
];

/// Ends of names that do so.
const ENDINGS: &[(&str, &str)] = &[
    (".pth", "python runs it"),
    (".desktop", "the desktop may start it"),
    (".service", "the system may start it"),
    (".timer", "the system may start it"),
];

/// Why what lies at a path runs later by itself, when it does. `contents` gives what a `package.json` was and is.
pub(super) fn reason(
    path: &VPath,
    contents: impl FnOnce() -> (Option<Vec<u8>>, Option<Vec<u8>>),
) -> Option<&'static str> {
    let names: Vec<&str> = path.components().collect();
    let name = *names.last()?;
    // What git puts there as examples is not run.
    if name.ends_with(".sample") && names.contains(&"hooks") {
        return None;
    }
    if name == "package.json" {
        let (was, is) = contents();
        return (scripts(was.as_deref()) != scripts(is.as_deref())).then_some("npm runs its scripts");
    }
    let placed = PLACES.iter().find(|(place, _)| ends_with(&names, place));
    let ended = || ENDINGS.iter().find(|(ending, _)| name.ends_with(ending));
    placed.or_else(ended).map(|(_, why)| *why)
}

/// The scripts of a package; something of its own, when it cannot be read.
fn scripts(document: Option<&[u8]>) -> Option<Value> {
    match serde_json::from_slice::<Value>(document?) {
        Ok(document) => document.get("scripts").cloned(),
        Err(_) => Some(Value::Bool(true)),
    }
}

fn ends_with(names: &[&str], place: &str) -> bool {
    let wanted: Vec<&str> = place.split('/').collect();
    let Some((_, fixed)) = wanted.split_last().filter(|(last, _)| **last == "**") else {
        return names.len() >= wanted.len()
            && names[names.len() - wanted.len()..]
                .iter()
                .zip(&wanted)
                .all(|(name, want)| matches(name, want));
    };
    // The folder itself too: it may be a link.
    names.windows(fixed.len()).any(|some| some.iter().zip(fixed).all(|(name, want)| matches(name, want)))
}

fn matches(name: &str, want: &str) -> bool {
    // On a file system that folds case, another spelling is the same file.
    want == "*" || name.eq_ignore_ascii_case(want)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flagged(path: &str) -> bool {
        reason(&VPath::parse(path).expect("a path"), || (None, None)).is_some()
    }

    #[test]
    fn what_runs_later_is_known_by_its_place() {
        for path in [
            "/home/p/.git/hooks/pre-commit",
            "/home/p/.git/hooks",
            "/home/p/.git/config",
            "/home/p/.envrc",
            "/home/.bashrc",
            "/home/p/.vscode/tasks.json",
            "/home/p/.VSCode/Tasks.json",
            "/home/.config/autostart/x.desktop",
            "/home/p/Makefile",
            "/home/p/sub/build.rs",
            "/home/.local/bin/ls",
            "/home/p/.github/workflows/ci.yml",
            "/home/p/venv/lib/x.pth",
        ] {
            assert!(flagged(path), "{path}");
        }
        for path in [
            "/home/p/src/main.rs",
            "/home/p/.git/hooks/pre-commit.sample",
            "/home/p/hooks/pre-commit",
            "/home/p/config",
            "/home/p/settings.json",
            "/home/p/tasks.json",
            "/home/p/Makefile.txt",
            "/home/p/.local/bin/deep/ls",
        ] {
            assert!(!flagged(path), "{path}");
        }
    }

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
