//! Whether changes to a granted folder can be kept apart in layers over it, found out by starting a program that makes
//! some and looking at what came of them.
//!
//! It depends on more than the kernel: on who we are, on the file system that takes the changes (which cannot be an
//! overlay itself), and on the one of the granted folder. So both are asked for their own sake.

use crate::{
    Bind, ExitStatus, Isolation, Layers, Spec, Tier,
    spawn::{spawn_piped_in, tier_for},
};
use nix::libc;
use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt},
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a program that does next to nothing may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Where the program sees the folder.
const INSIDE: &str = "/home/probe";
/// A change, a removal, and a folder in place of another: each leaves a mark of its own.
const CHANGES: &str =
    "echo changed > kept && rm gone && rm -r folder && mkdir folder && echo new > folder/new";

/// Tries it with everything in `place`, an existing folder of the caller's, in which nothing is left.
///
/// # Errors
/// What does not work, in words.
pub fn probe_layers(place: &Path) -> Result<(), String> {
    let place = Scratch::new(place)?;
    let lower = place.0.join("lower");
    let fill = || {
        fs::create_dir_all(lower.join("folder"))?;
        ["kept", "gone", "folder/old"].iter().try_for_each(|name| fs::write(lower.join(name), "as it was\n"))
    };
    fill().map_err(|why| format!("{}: {why}", lower.display()))?;
    let layers = make(&place.0)?;
    let upper = layers.upper.clone();
    run(&lower, layers, CHANGES)?;
    let text = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
    let is_gone = fs::symlink_metadata(upper.join("gone"))
        .is_ok_and(|found| found.file_type().is_char_device() && found.rdev() == 0);
    let is_opaque = has_opaque_mark(&upper.join("folder"));
    let is_as_it_was = text(lower.join("kept")) == "as it was\n"
        && lower.join("gone").exists()
        && lower.join("folder/old").exists();
    let said = |is: bool, what: &str| if is { Ok(()) } else { Err(what.to_owned()) };
    said(is_as_it_was, "what was granted did not stay as it was")?;
    said(text(upper.join("kept")) == "changed\n", "a changed file cannot be read where it lies")?;
    said(is_gone, "a removed file leaves no mark")?;
    said(is_opaque && text(upper.join("folder/new")) == "new\n", "a folder made anew leaves no mark")
}

/// Tries whether this folder can lie beneath layers in `place`, and changes nothing in it.
///
/// # Errors
/// What does not work, in words.
pub fn probe_layers_over(lower: &Path, place: &Path) -> Result<(), String> {
    let place = Scratch::new(place)?;
    run(lower, make(&place.0)?, ": > .agentos-probe")
}

fn make(place: &Path) -> Result<Layers, String> {
    let layers = Layers { upper: place.join("upper"), work: place.join("work") };
    for folder in [&layers.upper, &layers.work] {
        fs::DirBuilder::new().mode(0o700).create(folder).map_err(|why| why.to_string())?;
    }
    Ok(layers)
}

fn run(lower: &Path, layers: Layers, script: &str) -> Result<(), String> {
    let lower = fs::canonicalize(lower).map_err(|why| format!("{}: {why}", lower.display()))?;
    let isolation = Isolation { binds: vec![Bind::layered(lower, INSIDE, layers)], ..Isolation::default() };
    let spec = Spec {
        args: vec!["-c".into(), script.into()],
        env: vec![("PATH".into(), "/usr/bin:/bin".into())],
        working_dir: INSIDE.into(),
        isolation: Some(isolation),
        ..Spec::new("/bin/sh")
    };
    let tier = tier_for(&spec).map_err(|why| why.to_string())?;
    if tier < Tier::Namespaces {
        return Err("it takes namespaces".into());
    }
    let mut process = spawn_piped_in(&spec, tier).map_err(|why| why.to_string())?;
    let exit = process.child.wait_timeout(PATIENCE).map_err(|why| why.to_string())?;
    match exit.map(|exit| exit.status) {
        Some(ExitStatus::Code(0)) => Ok(()),
        other => Err(format!("a program that changes files there did not end well: {other:?}")),
    }
}

/// A folder that is gone afterwards, also where overlayfs left a locked one.
struct Scratch(PathBuf);

impl Scratch {
    fn new(place: &Path) -> Result<Scratch, String> {
        let place = fs::canonicalize(place).map_err(|why| format!("{}: {why}", place.display()))?;
        let number = std::process::id();
        for attempt in 0..8 {
            let path = place.join(format!(".agentos-layers-{number}-{attempt}"));
            match fs::DirBuilder::new().mode(0o711).create(&path) {
                Ok(()) => return Ok(Scratch(path)),
                Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {}
                Err(why) => return Err(format!("{}: {why}", path.display())),
            }
        }
        Err(format!("{}: has no room to try it in", place.display()))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let inner = self.0.join("work/work");
        let _ = fs::set_permissions(&inner, std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Whether overlayfs has marked a folder as hiding the one below it.
#[allow(unsafe_code, reason = "the call is not in nix")]
fn has_opaque_mark(folder: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let Ok(path) = std::ffi::CString::new(folder.as_os_str().as_bytes()) else { return false };
    let mut value = [0_u8; 4];
    // SAFETY: both names end with a NUL, and the host writes at most the four bytes there are.
    let length = unsafe {
        libc::lgetxattr(
            path.as_ptr(),
            c"user.overlay.opaque".as_ptr(),
            value.as_mut_ptr().cast(),
            value.len(),
        )
    };
    length == 1 && value[0] == b'y'
}
