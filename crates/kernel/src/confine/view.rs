//! From a path of a view to where it lies on the host.

use crate::{
    core::Core,
    vfs::{Kind, LastLink, VPath},
};
use abi::{
    Errno, SysError, SysResult,
    view::{Place, place_of},
};
use std::{fs, path::PathBuf};

/// Something that is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given {
    /// Where the program sees it.
    pub(super) inside: VPath,
    /// Where the host has it, without links.
    pub(super) host: PathBuf,
    /// Whether nobody changes it, whatever was asked for.
    pub(super) is_read_only: bool,
}

/// What a path of a view stands for: one thing, several for the root, or nothing for what every view has.
///
/// # Errors
/// `ENOENT` when it is not there, `ELOOP` for a link, `ENOTDIR` where the host does not have it, `EPERM` for what is
/// never given.
pub(super) fn given(core: &Core, path: &VPath) -> SysResult<Vec<Given>> {
    match place_of(path.as_str()) {
        Place::Own | Place::Programs => Ok(Vec::new()),
        Place::Refused(why) => {
            Err(SysError::new(Errno::EPERM, format!("{path}: is never given to a program: {why}")))
        }
        Place::Root => Ok(roots(core, &["home", "apps", "mnt"])),
        Place::Virtual if path.as_str() == "/mnt" => Ok(roots(core, &["mnt"])),
        Place::Virtual => Ok(vec![ours(core, path)?]),
        Place::Host => Ok(vec![of_the_host(core, path)?]),
    }
}

/// Every mount beneath these that can be given as a whole.
fn roots(core: &Core, tops: &[&str]) -> Vec<Given> {
    let mounts = core.mounts.list_mounts().into_iter().map(|mount| mount.at);
    let shown = mounts.filter(|at| {
        let top = at.as_str().split('/').nth(1).unwrap_or_default();
        tops.contains(&top)
    });
    shown.filter_map(|at| ours(core, &at).ok()).collect()
}

fn ours(core: &Core, path: &VPath) -> SysResult<Given> {
    let object = core.mounts.resolve(path, LastLink::Follow)?;
    if object.path() != path {
        let detail = format!("{path}: a link leads to {}; name that", object.path());
        return Err(SysError::new(Errno::ELOOP, detail));
    }
    let stat = core.mounts.stat(&object)?;
    if !matches!(stat.kind, Kind::Directory | Kind::File) {
        return Err(SysError::new(Errno::ENOTDIR, format!("{path}: is neither a folder nor a file")));
    }
    let no_host = || SysError::new(Errno::ENOTDIR, format!("{path}: is no folder of the host"));
    let host = object.host_path().ok_or_else(no_host)?;
    // Links on the way to our own folder are the host's; those beneath it were looked at above, and the helper
    // follows none.
    let root = core.mounts.assume(object.mount_point(), LastLink::Keep).host_path().ok_or_else(no_host)?;
    let beneath = host.strip_prefix(&root).map_err(|_| no_host())?.to_owned();
    let root = fs::canonicalize(&root).map_err(|why| from_host(path, &why))?;
    let host = if beneath.as_os_str().is_empty() { root } else { root.join(beneath) };
    Ok(Given { inside: path.clone(), host, is_read_only: object.is_read_only() })
}

/// A folder of the host: its links are followed here, and where they lead is judged once more.
fn of_the_host(core: &Core, path: &VPath) -> SysResult<Given> {
    let host = fs::canonicalize(path.as_str()).map_err(|why| from_host(path, &why))?;
    let never = |why: &str| Err(SysError::new(Errno::EPERM, format!("{path}: is never given: {why}")));
    let Some(text) = host.to_str() else { return never("its name is no text") };
    match place_of(text) {
        Place::Refused(why) => return never(why),
        Place::Root | Place::Own => return never("a link leads out of it"),
        // On the host these names are other folders than in the view.
        Place::Virtual | Place::Programs | Place::Host => {}
    }
    let kept = core.data_folder().and_then(|folder| fs::canonicalize(folder).ok());
    if kept.is_some_and(|kept| host.starts_with(&kept) || kept.starts_with(&host)) {
        return never("everything that the desktop keeps is in it");
    }
    Ok(Given { inside: path.clone(), host, is_read_only: true })
}

fn from_host(path: &VPath, why: &std::io::Error) -> SysError {
    let errno = why.raw_os_error().and_then(Errno::from_raw).unwrap_or(Errno::EIO);
    SysError::new(errno, format!("{path}: {why}"))
}
