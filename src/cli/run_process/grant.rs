//! A folder of the host that is given for one run.

use abi::{Capability, Errno, PathScope, SysError, SysResult, table::Sandbox};
use kernel::{Kernel, vfs::Access};
use std::{path::PathBuf, str::FromStr};

/// `FOLDER` or `FOLDER:NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    folder: PathBuf,
    name: String,
}

impl FromStr for Grant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (folder, name) = match text.rsplit_once(':') {
            // `/mnt/name` is where it is seen, so that may be written, too.
            Some((folder, name)) => (folder, name.strip_prefix("/mnt/").unwrap_or(name).to_owned()),
            None => (text, String::new()),
        };
        let folder = std::fs::canonicalize(folder).map_err(|why| format!("{folder}: {why}"))?;
        let own_name = || folder.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let name = if name.is_empty() { own_name() } else { name };
        let is_name =
            !name.is_empty() && name.len() <= 100 && !name.contains(['/', '\0']) && !name.starts_with('.');
        if !is_name {
            return Err(format!("{name:?} cannot be a name beneath /mnt; write FOLDER:NAME"));
        }
        Ok(Grant { folder, name })
    }
}

impl Grant {
    /// Mounts it, and gives it to the program and its app.
    pub(super) fn mount(
        &self,
        kernel: &Kernel,
        access: Access,
        sandbox: &mut Sandbox,
        capabilities: &mut Vec<Capability>,
    ) -> SysResult<()> {
        let at = kernel.mount_host(&self.name, &self.folder, access).map_err(|why| {
            let folder = self.folder.display();
            SysError::new(
                Errno::EINVAL,
                format!("{folder} cannot be given as /mnt/{}: {}", self.name, why.detail),
            )
        })?;
        let scope = || PathScope(at.as_str().to_owned());
        capabilities.extend([Capability::ReadFile(scope()), Capability::ListDirectory(scope())]);
        if access == Access::ReadWrite {
            capabilities.extend([
                Capability::WriteFile(scope()),
                Capability::CreateFile(scope()),
                Capability::DeleteFile(scope()),
            ]);
            sandbox.write.push(at.as_str().to_owned());
        } else {
            sandbox.read.push(at.as_str().to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_has_a_folder_that_is_there_and_a_name() {
        let grant = |text: &str| text.parse::<Grant>();
        assert_eq!(grant("/usr/bin").unwrap().name, "bin");
        assert_eq!(grant("/usr:tools").unwrap().name, "tools");
        assert_eq!(grant("/usr:/mnt/tools").unwrap().name, "tools");
        for bad in ["/no/such/folder", "/", "/usr:a/b", "/usr:..", "/usr:/home/x"] {
            assert!(grant(bad).is_err(), "{bad}");
        }
    }
}
