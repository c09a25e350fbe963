//! What is covered inside of what is given: places that were taken from the app, and those where apps are installed.

use super::view::{Given, given};
use crate::{caller::Caller, vfs::VPath};
use abi::{Capability, Errno, SysError, SysResult};
use sandbox::Bind;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Programs change apps only where that was asked for by name: what lies there starts with rights of its own.
const INSTALLED: &str = "/home/Apps";

/// Adds to the binds what has to lie over them.
pub(super) fn cover(caller: &Caller, binds: &mut Vec<Bind>, asked_writes: &[VPath]) -> SysResult<()> {
    let lies_in = |path: &VPath, binds: &[Bind]| {
        binds.iter().any(|bind| Path::new(path.as_str()).starts_with(&bind.inside))
    };
    let installed = VPath::parse(INSTALLED)?;
    if !asked_writes.iter().any(|path| *path == installed || path.is_beneath(&installed)) {
        read_only(caller, binds, &installed)?;
    }
    for revoked in caller.process().policy().revoked() {
        match revoked {
            Capability::ReadFile(scope) | Capability::ListDirectory(scope) => {
                let path = VPath::parse(&scope.0)?;
                if lies_in(&path, binds) {
                    hide(caller, binds, &path)?;
                }
            }
            Capability::WriteFile(scope) | Capability::CreateFile(scope) | Capability::DeleteFile(scope) => {
                read_only(caller, binds, &VPath::parse(&scope.0)?)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Lies a second bind over it that is only read, where it could be written.
fn read_only(caller: &Caller, binds: &mut Vec<Bind>, path: &VPath) -> SysResult<()> {
    let over = deepest(binds, path).filter(|bind| bind.access == sandbox::Access::Write);
    if over.is_none() {
        return Ok(());
    }
    if let Some(bind) = binds.iter_mut().find(|bind| bind.inside == Path::new(path.as_str())) {
        bind.access = sandbox::Access::Read;
        return Ok(());
    }
    match given(caller.core(), path) {
        Ok(all) => {
            let over = all.into_iter().map(|Given { inside, host, .. }| Bind::read(host, inside.as_str()));
            binds.extend(over);
        }
        // What is not there cannot be written; what is made there later is the program's own.
        Err(why) if matches!(why.errno, Errno::ENOENT | Errno::ENOTDIR) => {}
        Err(why) => return Err(why),
    }
    Ok(())
}

fn deepest<'a>(binds: &'a [Bind], path: &VPath) -> Option<&'a Bind> {
    let around = binds.iter().filter(|bind| Path::new(path.as_str()).starts_with(&bind.inside));
    around.max_by_key(|bind| bind.inside.components().count())
}

/// Lays something empty over it.
fn hide(caller: &Caller, binds: &mut Vec<Bind>, path: &VPath) -> SysResult<()> {
    binds.retain(|bind| !bind.inside.starts_with(path.as_str()));
    let all = match given(caller.core(), path) {
        Ok(all) => all,
        Err(why) if matches!(why.errno, Errno::ENOENT | Errno::ENOTDIR) => return Ok(()),
        Err(why) => return Err(why),
    };
    for one in all {
        let (folder, file) = nothing(caller)?;
        binds.push(Bind::read(if one.host.is_dir() { folder } else { file }, one.inside.as_str()));
    }
    Ok(())
}

/// An empty folder and an empty file that nobody can change.
fn nothing(caller: &Caller) -> SysResult<(PathBuf, PathBuf)> {
    let kept = caller.core().data_folder();
    let kept = kept.ok_or_else(|| SysError::new(Errno::EIO, "the desktop is ending"))?;
    let make = || {
        let root = kept.join("nothing");
        let (folder, file) = (root.join("folder"), root.join("file"));
        if !file.exists() {
            fs::create_dir_all(&folder)?;
            fs::write(&file, b"")?;
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o555))?;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o444))?;
        }
        std::io::Result::Ok((fs::canonicalize(folder)?, fs::canonicalize(file)?))
    };
    make().map_err(|why| SysError::new(Errno::EIO, format!("nothing to cover folders with: {why}")))
}
