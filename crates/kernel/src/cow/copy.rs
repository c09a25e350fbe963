//! A copy of the folder, made before the program begins; where the file system can, copy and original share their
//! content until one of them changes.

use super::{
    backend::{Begun, Bounds, Cow, Touched, View},
    baseline::{Base, Baseline, What},
    tree::{Facts, Kind, Tree, copy_through},
};
use crate::{
    blob::Digest,
    vfs::{FsError, FsResult, VPath},
};
use abi::Errno;
use nix::sys::{stat::futimens, time::TimeSpec};
use std::{
    collections::HashSet,
    fs::{self, File, Permissions},
    io::Write,
    ops::ControlFlow,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// The back end.
pub(super) struct Copy {
    /// Whether content must be shared.
    pub(super) shares: bool,
}

impl Cow for Copy {
    fn begin(&self, lower: &Tree, place: &Path, bounds: Bounds) -> FsResult<Begun> {
        let into = self.changed(place);
        fs::DirBuilder::new().mode(0o700).create(&into)?;
        let mut begun = Begun { baseline: Baseline::default(), files: 0, bytes: 0, left_out: 0 };
        let mut folders = Vec::new();
        let left_out = lower.walk(&mut |at, facts| {
            if begun.baseline.0.len() >= bounds.entries {
                return Err(too_large(&format!("more than {} names", bounds.entries)));
            }
            let to = host(&into, at);
            let what = match facts.kind {
                Kind::File => {
                    begun.files += 1;
                    begun.bytes = begun.bytes.saturating_add(facts.stamp.len_bytes);
                    if begun.bytes > bounds.bytes {
                        return Err(too_large(&format!("more than {} MiB", bounds.bytes >> 20)));
                    }
                    let (digest, read) = self.file(lower, at, &to)?;
                    // What was read counts, also when somebody changed it since the folder was listed.
                    begun
                        .baseline
                        .0
                        .insert(at.clone(), Base::new(What::File { digest: Some(digest) }, &read));
                    return Ok(ControlFlow::Continue(()));
                }
                Kind::Folder => {
                    fs::DirBuilder::new().mode(0o700).create(&to)?;
                    folders.push((to, facts.mode & 0o777));
                    What::Folder
                }
                Kind::Link => {
                    let target = lower.link(at)?;
                    std::os::unix::fs::symlink(&target, &to)?;
                    What::Link(target)
                }
                Kind::Whiteout | Kind::Special => {
                    begun.left_out += 1;
                    What::Special
                }
            };
            begun.baseline.0.insert(at.clone(), Base::new(what, facts));
            Ok(ControlFlow::Continue(()))
        })?;
        if left_out.truncated {
            return Err(too_large("more, or deeper, than is looked at"));
        }
        begun.left_out += left_out.unnamed + left_out.unreadable;
        // Last, since a folder that may not be written in takes no files; the innermost first.
        for (folder, mode) in folders.into_iter().rev() {
            fs::set_permissions(&folder, Permissions::from_mode(mode))?;
        }
        if let Ok(Some(root)) = lower.facts(&VPath::root()) {
            fs::set_permissions(&into, Permissions::from_mode(root.mode & 0o777))?;
        }
        Tree::open(&into)?.walk(&mut |at, facts| {
            if let Some(base) = begun.baseline.0.get_mut(at) {
                base.copy = Some(facts.stamp);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(begun)
    }

    fn changed(&self, place: &Path) -> PathBuf {
        place.join("copy")
    }

    fn view(&self, place: &Path) -> View {
        View::Folder(self.changed(place))
    }

    fn touched(&self, changed: &Tree, baseline: &Baseline) -> FsResult<Touched> {
        let mut touched = Touched::default();
        let mut there = HashSet::new();
        touched.left_out = changed.walk(&mut |at, facts| {
            let base = baseline.get(at);
            // Nobody can set back when something changed, so an equal stamp is an unchanged copy. When a folder
            // changed says nothing of the folder itself.
            let is_same = base.is_some_and(|base| {
                base.copy == Some(facts.stamp)
                    || (facts.kind == Kind::Folder
                        && base.seen.what == What::Folder
                        && base.seen.mode == facts.mode & 0o777)
            });
            if base.is_some() {
                there.insert(at.clone());
            }
            if !is_same {
                touched.paths.push((at.clone(), Some(*facts)));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        // What was not come to is not gone.
        if !touched.left_out.truncated && touched.left_out.unreadable == 0 {
            let gone =
                baseline.0.iter().filter(|(at, base)| !there.contains(at) && base.seen.what != What::Special);
            touched.paths.extend(gone.map(|(at, _)| (at.clone(), None)));
        }
        Ok(touched)
    }
}

impl Copy {
    /// Copies one file; the digest of what was copied, and what the original was then.
    fn file(&self, lower: &Tree, at: &VPath, to: &Path) -> FsResult<(Digest, Facts)> {
        let (mut from, facts) = lower.read(at)?;
        let mut into = File::options().write(true).create_new(true).mode(0o600).open(to)?;
        let mut hasher = blake3::Hasher::new();
        if self.shares {
            share(&from, &into)?;
            copy_through(&mut from, |chunk| {
                hasher.update(chunk);
                Ok(())
            })?;
        } else {
            copy_through(&mut from, |chunk| {
                hasher.update(chunk);
                Ok(into.write_all(chunk)?)
            })?;
        }
        into.set_permissions(Permissions::from_mode(facts.mode & 0o777))?;
        let nanos = facts.stamp.modified_nanos;
        let modified = TimeSpec::new(nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000));
        futimens(&into, &TimeSpec::UTIME_OMIT, &modified)?;
        Ok((hasher.finalize().into(), facts))
    }
}

/// Lets a new file share the content of another.
#[allow(unsafe_code, reason = "the call is not in nix")]
fn share(from: &File, into: &File) -> FsResult<()> {
    use std::os::fd::AsRawFd;
    // SAFETY: both descriptors are open over the call, which takes two numbers and no memory of ours.
    let result = unsafe { nix::libc::ioctl(into.as_raw_fd(), nix::libc::FICLONE, from.as_raw_fd()) };
    match nix::Error::result(result) {
        Ok(_) => Ok(()),
        Err(nix::Error::EOPNOTSUPP | nix::Error::EXDEV | nix::Error::EINVAL | nix::Error::ENOTTY) => {
            Err(FsError::new(Errno::EOPNOTSUPP, "the file system cannot share content between files"))
        }
        Err(why) => Err(why.into()),
    }
}

fn host(folder: &Path, at: &VPath) -> PathBuf {
    folder.join(at.relative())
}

fn too_large(what: &str) -> FsError {
    FsError::new(Errno::EFBIG, format!("is too large for a run to be copied: it holds {what}"))
}
