//! Where groups of ours can be made.

use super::files::{read, write};
use crate::LimitTier;
use nix::unistd::{AccessFlags, access};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Duration,
};

/// What every group of ours is called, with a number behind it.
pub(super) const PREFIX: &str = "agentos-";
/// Where the desktop itself goes when the host wants groups with limits to have no processes of their own.
const OWN_GROUP: &str = "agentos-desktop";
/// The controllers that are used.
const WANTED: [&str; 3] = ["memory", "pids", "cpu"];
/// An empty group that is older is nobody's; a younger one may be about to be entered.
const STALE_AFTER: Duration = Duration::from_secs(10);

/// The folders in which groups are made, for each controller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// The one folder of version 2.
    pub(super) unified: Option<PathBuf>,
    /// Those of version 1, each with its controller.
    pub(super) separate: Vec<(String, PathBuf)>,
}

/// Found out once; removes what a crash has left.
pub(crate) fn places() -> &'static Places {
    static FOUND: OnceLock<Places> = OnceLock::new();
    FOUND.get_or_init(|| {
        let found = find();
        found.remove_stale();
        found
    })
}

fn find() -> Places {
    let (Ok(own), Ok(mounts)) =
        (fs::read_to_string("/proc/self/cgroup"), fs::read_to_string("/proc/self/mountinfo"))
    else {
        return Places::default();
    };
    let all = folders(&own, &mounts);
    let unified = all.iter().find(|(controller, _)| controller.is_empty()).map(|(_, folder)| folder.clone());
    if let Some(unified) = unified.filter(|folder| delegate(folder)) {
        return Places { unified: Some(unified), separate: Vec::new() };
    }
    let separate = all.into_iter().filter(|(controller, folder)| {
        WANTED.contains(&controller.as_str()) && access(folder, AccessFlags::W_OK).is_ok()
    });
    Places { unified: None, separate: separate.collect() }
}

/// Our own groups as folders, by controller; that of version 2 has none in its name. From the lines of
/// `/proc/self/cgroup` (`ID:CONTROLLERS:PATH`) and of `/proc/self/mountinfo`.
pub(super) fn folders(own: &str, mounts: &str) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for line in own.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        for controller in controllers.split(',') {
            if let Some(folder) = folder_of(controller, path, mounts) {
                found.push((controller.to_owned(), folder));
            }
        }
    }
    found
}

fn folder_of(controller: &str, path: &str, mounts: &str) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        // ID PARENT DEVICE ROOT POINT OPTIONS … - KIND SOURCE OPTIONS
        let (before, behind) = line.split_once(" - ")?;
        let mut before = before.split(' ').skip(3);
        let (root, point) = (before.next()?, before.next()?);
        let mut behind = behind.split(' ');
        let (kind, options) = (behind.next()?, behind.nth(1)?);
        let is_it = match controller {
            "" => kind == "cgroup2",
            _ => kind == "cgroup" && options.split(',').any(|option| option == controller),
        };
        let beneath = Path::new(path).strip_prefix(root).ok().filter(|_| is_it)?;
        Some(Path::new(point).join(beneath))
    })
}

/// Whether groups with all controllers can be made in a folder of version 2. Where the host wants it, the desktop
/// moves into a group of its own for that, but only when it is alone in there.
fn delegate(folder: &Path) -> bool {
    let has = |file: &str| {
        let text = read(folder, file).unwrap_or_default();
        WANTED.iter().all(|wanted| text.split_whitespace().any(|each| each == *wanted))
    };
    if access(folder, AccessFlags::W_OK).is_err() || !has("cgroup.controllers") {
        return false;
    }
    if has("cgroup.subtree_control") {
        return true;
    }
    let switch_on = || write(folder, "cgroup.subtree_control", "+memory +pids +cpu").is_ok();
    if switch_on() {
        return true;
    }
    let own = std::process::id().to_string();
    let is_alone =
        read(folder, "cgroup.procs").is_ok_and(|pids| pids.split_whitespace().all(|pid| pid == own));
    let own_group = folder.join(OWN_GROUP);
    is_alone
        && (fs::create_dir(&own_group).is_ok() || own_group.is_dir())
        && write(&own_group, "cgroup.procs", own).is_ok()
        && switch_on()
}

impl Places {
    pub(crate) fn tier(&self) -> LimitTier {
        let has_memory = self.separate.iter().any(|(controller, _)| controller == "memory");
        match &self.unified {
            Some(_) => LimitTier::CgroupV2,
            None if has_memory => LimitTier::CgroupV1,
            None => LimitTier::Polled,
        }
    }

    /// Why it is this tier.
    pub(crate) fn why(&self) -> &'static str {
        match self.tier() {
            LimitTier::CgroupV2 => "a part of the tree is this user's",
            LimitTier::CgroupV1 => "groups can be made beneath our own",
            LimitTier::Polled => {
                "no part of the tree of control groups is this user's (with systemd: Delegate=yes, or start it by \
                 systemd-run --user --scope -p Delegate=yes)"
            }
        }
    }

    /// The folders that hold one program's group, by controller; version 2 has one for all.
    pub(super) fn all(&self) -> Vec<(&str, &Path)> {
        let unified = self.unified.iter().map(|folder| ("", folder.as_path()));
        unified.chain(self.separate.iter().map(|(name, folder)| (name.as_str(), folder.as_path()))).collect()
    }

    /// Removes groups of ours in which nobody is.
    pub(super) fn remove_stale(&self) {
        for (_, folder) in self.all() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let is_ours = entry.file_name().to_str().is_some_and(|name| {
                    let number = name.strip_prefix(PREFIX);
                    number.is_some_and(|number| {
                        number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
                    })
                });
                let age = entry.metadata().and_then(|it| it.modified()).ok().and_then(|at| at.elapsed().ok());
                if is_ours && age.is_some_and(|age| age > STALE_AFTER) {
                    // The host refuses it for one that is in use.
                    let _ = fs::remove_dir(entry.path());
                }
            }
        }
    }
}
