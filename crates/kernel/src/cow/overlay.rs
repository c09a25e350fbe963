//! An overlay of the host: the program's mounts lay a folder for changes over the original, which is not copied.
//!
//! It is mounted for the program alone and nowhere else, by the sandbox, where the host can
//! ([`Layers`](super::layers)). Folders are never redirected (renaming one that the original has gives `EXDEV`, and
//! programs copy then), and no file is split into facts and content, so what lies in the folder for changes is whole and
//! understood here.
//!
//! The original shows through as it is, also when it changes meanwhile; what the program changed as well is a conflict
//! then, and both are kept. What it only opened for writing is copied up as it was: no change.

use super::{
    backend::{Begun, Bounds, Cow, Touched, View},
    baseline::{Base, Baseline, What},
    tree::{Kind, Tree},
};
use crate::vfs::{FsError, FsResult, VPath};
use abi::Errno;
use std::{
    collections::HashSet,
    fs::{self, Permissions},
    ops::ControlFlow,
    os::{
        fd::{AsRawFd, BorrowedFd},
        unix::fs::{DirBuilderExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

/// The back end.
pub(super) struct Overlay;

impl Cow for Overlay {
    fn begin(&self, lower: &Tree, place: &Path, bounds: Bounds) -> FsResult<Begun> {
        // The folder for changes is what the program sees as the folder itself, with its bits.
        let (upper, work) = (self.changed(place), place.join("work"));
        fs::DirBuilder::new().mode(0o700).create(&upper)?;
        fs::DirBuilder::new().mode(0o700).create(work)?;
        if let Ok(Some(root)) = lower.facts(&VPath::root()) {
            fs::set_permissions(&upper, Permissions::from_mode(root.mode & 0o777))?;
        }
        let mut begun = Begun { baseline: Baseline::default(), files: 0, bytes: 0, left_out: 0 };
        let left_out = lower.walk(&mut |at, facts| {
            if begun.baseline.0.len() >= bounds.entries {
                let why = format!("holds more than {} names, too many for a run", bounds.entries);
                return Err(FsError::new(Errno::EFBIG, why));
            }
            let what = match facts.kind {
                Kind::File => {
                    begun.files += 1;
                    begun.bytes = begun.bytes.saturating_add(facts.stamp.len_bytes);
                    // The original is there to be compared with. One with several names is changed by what happens to the
                    // others, so it is read now.
                    let digest = if facts.is_linked { Some(lower.digest(at)?.0) } else { None };
                    What::File { digest }
                }
                Kind::Folder => What::Folder,
                Kind::Link => What::Link(lower.link(at)?),
                Kind::Whiteout | Kind::Special => What::Special,
            };
            begun.baseline.0.insert(at.clone(), Base::new(what, facts));
            Ok(ControlFlow::Continue(()))
        })?;
        if left_out.truncated {
            return Err(FsError::new(Errno::EFBIG, "holds more, or deeper, than a run looks at"));
        }
        begun.left_out = left_out.unnamed + left_out.unreadable;
        Ok(begun)
    }

    fn changed(&self, place: &Path) -> PathBuf {
        place.join("upper")
    }

    fn view(&self, place: &Path) -> View {
        View::Overlay { upper: self.changed(place), work: place.join("work") }
    }

    fn touched(&self, changed: &Tree, baseline: &Baseline) -> FsResult<Touched> {
        let mut touched = Touched::default();
        let (mut there, mut hidden) = (HashSet::new(), Vec::new());
        touched.left_out = changed.walk(&mut |at, facts| {
            match facts.kind {
                Kind::Whiteout => {
                    touched.paths.push((at.clone(), None));
                    hidden.push(at.clone());
                }
                _ => {
                    there.insert(at.clone());
                    touched.paths.push((at.clone(), Some(*facts)));
                    // A folder that the run made where there was one hides what had been in it.
                    if facts.kind != Kind::Folder || changed.is_opaque(at) {
                        hidden.push(at.clone());
                    }
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let mut gone: HashSet<_> = touched.paths.iter().map(|(at, _)| at.clone()).collect();
        for folder in &hidden {
            for (at, base) in baseline.beneath(folder) {
                if base.seen.what != What::Special && !there.contains(at) && gone.insert(at.clone()) {
                    touched.paths.push((at.clone(), None));
                }
            }
        }
        Ok(touched)
    }
}

/// Whether the original shows through at a path, since nothing in the folder for changes hides it.
pub(super) fn is_shown_through(changed: &Tree, at: &VPath) -> FsResult<bool> {
    let mut on_the_way: Vec<VPath> = std::iter::successors(Some(at.clone()), VPath::parent).collect();
    on_the_way.reverse();
    for path in on_the_way.iter().skip(1) {
        match changed.facts(path)? {
            None => return Ok(true),
            Some(facts) if facts.kind == Kind::Folder && !changed.is_opaque(path) => {}
            Some(_) => return Ok(false),
        }
    }
    Ok(false)
}

/// Whether overlayfs has marked a folder as hiding the one below it. Only the kind of mark that the sandbox's overlays
/// make counts: another one could be the program's.
#[allow(unsafe_code, reason = "the call is not in nix")]
pub(super) fn has_opaque_mark(folder: BorrowedFd<'_>) -> bool {
    let mut value = [0_u8; 4];
    // SAFETY: the name ends with a NUL, and the host writes at most the four bytes there are.
    let length = unsafe {
        nix::libc::fgetxattr(
            folder.as_raw_fd(),
            c"user.overlay.opaque".as_ptr(),
            value.as_mut_ptr().cast(),
            value.len(),
        )
    };
    length == 1 && value[0] == b'y'
}
