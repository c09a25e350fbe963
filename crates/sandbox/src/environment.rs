//! The environment of a started program: built from nothing, from an allow-list.
//!
//! Variables that make a program load or run something else than what was asked for (`LD_PRELOAD`,
//! `BASH_ENV`, `PYTHONSTARTUP` …) never pass, whoever asks.

use std::path::Path;

/// Taken over from the desktop's own environment where they are set and valid UTF-8.
const INHERITED: &[&str] = &["PATH", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ"];

/// Where programs are looked for when the desktop has no `PATH` of its own.
pub(crate) const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/// Refused by the beginning of the name.
const FORBIDDEN_PREFIXES: &[&str] = &["LD_", "DYLD_", "BASH_FUNC_", "MALLOC_"];

/// Refused by name: each makes some common program run or load code that the caller did not name.
const FORBIDDEN: &[&str] = &[
    "BASHOPTS",
    "BASH_ENV",
    "BASH_XTRACEFD",
    "CDPATH",
    "ENV",
    "GCONV_PATH",
    "GIT_ASKPASS",
    "GIT_EXEC_PATH",
    "GIT_EXTERNAL_DIFF",
    "GIT_PROXY_COMMAND",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GLIBC_TUNABLES",
    "HOSTALIASES",
    "IFS",
    "JAVA_TOOL_OPTIONS",
    "LESSCLOSE",
    "LESSOPEN",
    "LOCPATH",
    "NLSPATH",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PERL5DB",
    "PERL5LIB",
    "PERL5OPT",
    "PROMPT_COMMAND",
    "PS4",
    "PYTHONBREAKPOINT",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONUSERBASE",
    "RUBYLIB",
    "RUBYOPT",
    "SHELLOPTS",
    "_JAVA_OPTIONS",
];

/// A variable that may not be passed to a program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {name:?} {reason}")]
pub struct Forbidden {
    /// The variable.
    pub name: String,
    /// Why.
    pub reason: &'static str,
}

/// Checks a variable's name and value.
///
/// # Errors
/// [`Forbidden`] when the name is no identifier, the value holds a NUL, or the variable changes
/// what code runs.
pub fn check_variable(name: &str, value: &str) -> Result<(), Forbidden> {
    let refuse = |reason| Err(Forbidden { name: name.to_owned(), reason });
    let mut bytes = name.bytes();
    let first_fits = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if !first_fits || !bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return refuse("is not a valid name: letters, digits and _ only");
    }
    if value.contains('\0') {
        return refuse("holds a NUL byte");
    }
    if FORBIDDEN.contains(&name) || FORBIDDEN_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
        return refuse("is never passed on: it makes programs load or run other code");
    }
    Ok(())
}

/// What every started program gets: search path, user and language of the desktop's own
/// environment, and a terminal type that fits ours. `home` is a path on the host.
#[must_use]
pub fn base_environment(home: &Path) -> Vec<(String, String)> {
    let inherited = |name: &str| std::env::var(name).ok().filter(|value| check_variable(name, value).is_ok());
    let mut environment: Vec<(String, String)> = INHERITED
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), inherited(name)?)))
        .chain(std::env::vars_os().filter_map(|(name, value)| {
            let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
            (name.starts_with("LC_") && check_variable(&name, &value).is_ok()).then_some((name, value))
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
    fn variables_that_change_what_runs_are_refused() {
        for name in ["LD_PRELOAD", "LD_LIBRARY_PATH", "BASH_ENV", "PYTHONSTARTUP", "NODE_OPTIONS"] {
            assert!(check_variable(name, "x").is_err(), "{name}");
        }
        for name in ["", "A=B", "1A", "A-B", "BASH_FUNC_x%%", "Ä"] {
            assert!(check_variable(name, "x").is_err(), "{name:?}");
        }
        assert!(check_variable("A", "nul\0").is_err());
        assert!(check_variable("PYTHONUNBUFFERED", "1").is_ok());
    }

    #[test]
    fn the_base_has_what_a_shell_needs_once_each() {
        let environment = base_environment(Path::new("/somewhere"));
        for name in ["PATH", "HOME", "TERM", "COLORTERM"] {
            assert_eq!(environment.iter().filter(|(each, _)| each == name).count(), 1, "{name}");
        }
        assert!(environment.iter().all(|(name, value)| check_variable(name, value).is_ok()));
    }
}
