//! The environment of a started program: built from nothing, from an allow-list, and nothing that [`variable`] refuses.

use abi::variable;
use std::path::Path;

/// Taken over from the desktop's own environment where they are set and valid UTF-8.
const INHERITED: &[&str] = &["PATH", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ"];

/// Where programs are looked for when the desktop has no `PATH` of its own.
pub(crate) const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/// What every started program gets: search path, user and language of the desktop's own
/// environment, and a terminal type that fits ours. `home` is a path on the host.
#[must_use]
pub fn base_environment(home: &Path) -> Vec<(String, String)> {
    let inherited =
        |name: &str| std::env::var(name).ok().filter(|value| variable::check(name, value).is_ok());
    let mut environment: Vec<(String, String)> = INHERITED
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), inherited(name)?)))
        .chain(std::env::vars_os().filter_map(|(name, value)| {
            let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
            (name.starts_with("LC_") && variable::check(&name, &value).is_ok()).then_some((name, value))
        }))
        .collect();
    if !environment.iter().any(|(name, value)| name == "PATH" && !value.is_empty()) {
        environment.retain(|(name, _)| name != "PATH");
        environment.push(("PATH".into(), DEFAULT_PATH.into()));
    }
    environment.push(("HOME".into(), home.to_string_lossy().into_owned()));
    environment.push(("TERM".into(), "xterm-256color".into()));
    environment.push(("COLORTERM".into(), "truecolor".into()));
    environment.push(("TERM_PROGRAM".into(), "AgentOS".into()));
    environment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_has_what_a_shell_needs_once_each() {
        let environment = base_environment(Path::new("/somewhere"));
        for name in ["PATH", "HOME", "TERM", "COLORTERM"] {
            assert_eq!(environment.iter().filter(|(each, _)| each == name).count(), 1, "{name}");
        }
        assert!(environment.iter().all(|(name, value)| variable::check(name, value).is_ok()));
    }
}
