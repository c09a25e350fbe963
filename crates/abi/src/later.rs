//! Files that run later by themselves: whoever changes one gets code to run outside of where it ran. One table, for the
//! sandbox, the review and manifests.
//!
//! A place is the end of a path; `*` stands for one name, `**` at the end for anything beneath. It says *may*: a name is
//! no proof. What is [`Held`](Keep::Held) is run by something that nobody asked to run it (a login, a shell that comes to
//! a folder, git, an editor that opens it), so a program in a sandbox only reads it unless that was asked for. What is
//! [`Shown`](Keep::Shown) is run when somebody builds, tests or installs a project and is that project's own text; it is
//! told apart, and can be changed.

/// What becomes of a file that runs later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// A program in a sandbox does not change it unless it was asked for.
    Held,
    /// It is shown apart.
    Shown,
}

/// A place of such files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaterPlace {
    /// The end of a path.
    pub at: &'static str,
    /// Who runs it, in words.
    pub why: &'static str,
    /// What becomes of it.
    pub keep: Keep,
}

/// Stands for all places, in a manifest.
pub const EVERYTHING: &str = "*";

const fn place(at: &'static str, why: &'static str, keep: Keep) -> LaterPlace {
    LaterPlace { at, why, keep }
}

const PLACES: &[LaterPlace] = &[
    place(".git/hooks/**", "git runs it", Keep::Held),
    place(".git/config", "git takes programs to run from it", Keep::Held),
    place(".git/modules/*/hooks/**", "git runs it", Keep::Held),
    place(".git/modules/*/config", "git takes programs to run from it", Keep::Held),
    place(".git/modules/**", "git takes programs to run from it", Keep::Shown),
    place(".gitmodules", "git takes places to fetch from it", Keep::Shown),
    place(".gitconfig", "git takes programs to run from it", Keep::Held),
    place(".config/git/**", "git takes programs to run from it", Keep::Held),
    place(".husky/**", "git runs it", Keep::Held),
    place(".pre-commit-config.yaml", "git runs what it names", Keep::Held),
    place("package.json", "npm runs its scripts", Keep::Held),
    place(".envrc", "direnv runs it when a shell comes here", Keep::Held),
    place(".bashrc", "every shell runs it", Keep::Held),
    place(".bash_profile", "every login runs it", Keep::Held),
    place(".bash_login", "every login runs it", Keep::Held),
    place(".bash_logout", "every logout runs it", Keep::Held),
    place(".bash_aliases", "every shell runs it", Keep::Held),
    place(".profile", "every login runs it", Keep::Held),
    place(".zshrc", "every shell runs it", Keep::Held),
    place(".zshenv", "every shell runs it", Keep::Held),
    place(".zprofile", "every login runs it", Keep::Held),
    place(".zlogin", "every login runs it", Keep::Held),
    place(".zlogout", "every logout runs it", Keep::Held),
    place(".kshrc", "every shell runs it", Keep::Held),
    place(".config/fish/**", "every shell runs it", Keep::Held),
    place(".inputrc", "every shell takes keys from it", Keep::Held),
    place(".xprofile", "every login runs it", Keep::Held),
    place(".xinitrc", "every login runs it", Keep::Held),
    place(".xsession", "every login runs it", Keep::Held),
    place(".xsessionrc", "every login runs it", Keep::Held),
    place(".pam_environment", "every login takes variables from it", Keep::Held),
    place(".config/environment.d/**", "every login takes variables from it", Keep::Held),
    place(".config/autostart/**", "every login starts it", Keep::Held),
    place(".config/systemd/**", "the system starts it", Keep::Held),
    place(".local/share/systemd/**", "the system starts it", Keep::Held),
    place(".local/bin/*", "it may be found in place of a program", Keep::Held),
    place(".ssh/rc", "every login over the network runs it", Keep::Held),
    place(".ssh/config", "ssh takes programs to run from it", Keep::Held),
    place(".ssh/authorized_keys", "it lets others in", Keep::Held),
    place(".vimrc", "vim runs it", Keep::Held),
    place(".vim/**", "vim runs it", Keep::Held),
    place(".exrc", "vim runs it", Keep::Held),
    place(".nvimrc", "vim runs it", Keep::Held),
    place(".config/nvim/**", "vim runs it", Keep::Held),
    place(".emacs", "emacs runs it", Keep::Held),
    place(".emacs.d/**", "emacs runs it", Keep::Held),
    place(".dir-locals.el", "emacs runs it", Keep::Held),
    place(".gdbinit", "gdb runs it", Keep::Held),
    place(".lldbinit", "lldb runs it", Keep::Held),
    place(".pythonrc", "python runs it", Keep::Held),
    place("sitecustomize.py", "python runs it", Keep::Held),
    place("usercustomize.py", "python runs it", Keep::Held),
    place("conftest.py", "tests run it", Keep::Shown),
    place("setup.py", "installing runs it", Keep::Shown),
    place("build.rs", "cargo runs it", Keep::Shown),
    place(".cargo/config", "cargo takes programs to run from it", Keep::Held),
    place(".cargo/config.toml", "cargo takes programs to run from it", Keep::Held),
    place(".npmrc", "npm takes programs to run from it", Keep::Held),
    place(".yarnrc", "yarn takes programs to run from it", Keep::Held),
    place(".yarnrc.yml", "yarn takes programs to run from it", Keep::Held),
    place(".vscode/tasks.json", "the editor runs what it names", Keep::Held),
    place(".vscode/launch.json", "the editor runs what it names", Keep::Held),
    place(".vscode/settings.json", "the editor takes programs to run from it", Keep::Held),
    place(".idea/runConfigurations/**", "the editor runs what it names", Keep::Held),
    place(".devcontainer/**", "the editor runs what it names", Keep::Held),
    place(".github/workflows/**", "the code's host runs it", Keep::Held),
    place(".gitlab-ci.yml", "the code's host runs it", Keep::Held),
    place("Makefile", "make runs it", Keep::Shown),
    place("makefile", "make runs it", Keep::Shown),
    place("GNUmakefile", "make runs it", Keep::Shown),
    place("justfile", "just runs it", Keep::Shown),
    place("crontab", "cron runs it", Keep::Held),
    place("cron.d/**", "cron runs it", Keep::Held),
];

/// Ends of names that do so.
const ENDINGS: &[LaterPlace] = &[
    place(".pth", "python runs it", Keep::Shown),
    place(".desktop", "the desktop may start it", Keep::Shown),
    place(".service", "the system may start it", Keep::Shown),
    place(".timer", "the system may start it", Keep::Shown),
];

/// The place that an absolute path lies in, if what is there may run later by itself.
#[must_use]
pub fn later_place(path: &str) -> Option<&'static LaterPlace> {
    let names = names_of(path);
    let name = *names.last()?;
    // What git puts there as examples is not run.
    if name.ends_with(".sample") && names.contains(&"hooks") {
        return None;
    }
    let placed = PLACES.iter().find(|place| lies_in(&names, place.at));
    placed.or_else(|| ENDINGS.iter().find(|ending| name.ends_with(ending.at)))
}

/// The held place that begins at an absolute path: the file itself, or the folder of all that is held beneath; with how
/// many names of the path are the place's.
#[must_use]
pub fn held_place(path: &str) -> Option<(&'static LaterPlace, usize)> {
    let names = names_of(path);
    PLACES.iter().filter(|place| place.keep == Keep::Held).find_map(|place| {
        let wanted = fixed(place.at);
        let is_it = names.len() >= wanted.len() && is_like(&names[names.len() - wanted.len()..], &wanted);
        is_it.then_some((place, wanted.len()))
    })
}

/// Whether a manifest may name this.
#[must_use]
pub fn is_later_place(name: &str) -> bool {
    name == EVERYTHING || PLACES.iter().any(|place| place.keep == Keep::Held && place.at == name)
}

fn names_of(path: &str) -> Vec<&str> {
    path.split('/').filter(|name| !name.is_empty()).collect()
}

/// The names of a place without what stands for others at its end.
fn fixed(place: &'static str) -> Vec<&'static str> {
    let mut names: Vec<&str> = place.split('/').collect();
    if matches!(names.last(), Some(&("*" | "**"))) {
        names.pop();
    }
    names
}

fn lies_in(names: &[&str], place: &str) -> bool {
    let wanted: Vec<&str> = place.split('/').collect();
    match wanted.split_last() {
        // The folder itself too: it may be a link.
        Some((&"**", fixed)) => names.windows(fixed.len()).any(|some| is_like(some, fixed)),
        _ => names.len() >= wanted.len() && is_like(&names[names.len() - wanted.len()..], &wanted),
    }
}

fn is_like(names: &[&str], wanted: &[&str]) -> bool {
    // On a file system that folds case, another spelling is the same file.
    names.iter().zip(wanted).all(|(name, want)| *want == "*" || name.eq_ignore_ascii_case(want))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert!(later_place(path).is_some(), "{path}");
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
            assert!(later_place(path).is_none(), "{path}");
        }
    }

    #[test]
    fn what_is_held_begins_at_a_file_or_a_folder() {
        let held = |path: &str| held_place(path).map(|(place, names)| (place.at, names));
        assert_eq!(held("/home/p/.git/hooks"), Some((".git/hooks/**", 2)));
        assert_eq!(held("/home/p/.git/hooks/pre-commit"), None, "its folder is");
        assert_eq!(held("/home/p/.git/modules/lib/config"), Some((".git/modules/*/config", 4)));
        assert_eq!(held("/home/.local/bin"), Some((".local/bin/*", 2)));
        assert_eq!(held("/home/p/package.json"), Some(("package.json", 1)));
        assert_eq!(held("/home/p/Makefile"), None, "it is the project's own text");
        assert_eq!(held("/home/p/.git"), None);
    }

    #[test]
    fn a_manifest_names_what_is_held() {
        for name in ["*", "package.json", ".git/hooks/**", ".local/bin/*"] {
            assert!(is_later_place(name), "{name}");
        }
        for name in ["", "Makefile", ".git", "/home/.bashrc", "**"] {
            assert!(!is_later_place(name), "{name}");
        }
    }
}
