//! The user's shell.

use nix::unistd::{AccessFlags, Uid, User, access};
use std::path::{Path, PathBuf};

/// `$SHELL`, else the shell of the user's account, else bash, else sh: the first that can be run.
/// `None` on a host without any.
#[must_use]
pub fn user_shell() -> Option<PathBuf> {
    let by_environment = std::env::var_os("SHELL").map(PathBuf::from);
    let by_account = User::from_uid(Uid::current()).ok().flatten().map(|user| user.shell);
    let usual = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/bin/sh", "/usr/bin/sh"];
    by_environment.into_iter().chain(by_account).chain(usual.map(PathBuf::from)).find(|shell| is_shell(shell))
}

/// Whether this is an executable file and not the shell of an account that may not log in.
fn is_shell(shell: &Path) -> bool {
    let refuses_logins = shell.file_name().is_some_and(|name| name == "nologin" || name == "false");
    !refuses_logins && shell.is_absolute() && shell.is_file() && access(shell, AccessFlags::X_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_that_may_not_log_in_have_no_shell() {
        assert!(!is_shell(Path::new("/usr/sbin/nologin")));
        assert!(!is_shell(Path::new("/bin/false")));
        assert!(!is_shell(Path::new("bash")));
        assert!(!is_shell(Path::new("/bin")));
        assert!(user_shell().is_some_and(|shell| is_shell(&shell)));
    }
}
