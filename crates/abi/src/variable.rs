//! Which environment variables may be passed to a program.
//!
//! Variables that make a program load or run something else than what was asked for (`LD_PRELOAD`, `BASH_ENV`,
//! `PYTHONSTARTUP` …) never pass, whoever asks.

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
pub fn check(name: &str, value: &str) -> Result<(), Forbidden> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_change_what_runs_are_refused() {
        for name in ["LD_PRELOAD", "LD_LIBRARY_PATH", "BASH_ENV", "PYTHONSTARTUP", "NODE_OPTIONS"] {
            assert!(check(name, "x").is_err(), "{name}");
        }
        for name in ["", "A=B", "1A", "A-B", "BASH_FUNC_x%%", "Ä"] {
            assert!(check(name, "x").is_err(), "{name:?}");
        }
        assert!(check("A", "nul\0").is_err());
        assert!(check("PYTHONUNBUFFERED", "1").is_ok());
    }
}
