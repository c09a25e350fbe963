//! Whom a program is on the host, and whom it takes itself for.
//!
//! A desktop that runs as root never lends that to a program: the helper becomes an unprivileged user that owns
//! nothing on the host. Folders that were granted are root's, though, and are to be used; so their mounts translate
//! owners (*idmapped mounts*): what root owns on the disk is the sandbox user's in the view, and the other way round
//! for what is made there. Handing the folders over to the sandbox user would change the user's data; mapping root
//! into the program's user namespace would make it root to every file that asks for root by number, such as those of
//! `/proc/sys`. A file system that cannot translate owners therefore cannot be granted by a desktop of root's.
//!
//! A desktop of an ordinary user passes that user on: the folders are its own.
//!
//! Inside, both are user 1000 of a user namespace in which nobody else exists.

use super::trouble::{During, Tried, Trouble};
use crate::Stage;
use nix::{
    errno::Errno,
    libc,
    sys::{prctl, signal::Signal},
    unistd::{Gid, Uid, getegid, geteuid, setgroups, setresgid, setresuid},
};
use std::{fs, os::fd::OwnedFd};

/// The user and group that a program takes itself for.
pub(super) const INSIDE_ID: u32 = 1000;

/// Users that own nothing, the best first: a number that no system gives to a user, one below those that services
/// get, and nobody. In a container only some numbers exist.
const SANDBOX_USERS: [u32; 3] = [1_987_000_000, 64_987, 65_534];

/// Whom the program is on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HostUser {
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Not whom the desktop is, so folders need their owners translated.
    pub(super) is_other: bool,
}

impl HostUser {
    /// The sandbox user for a desktop of root's, else the desktop's own.
    pub(super) fn choose() -> Tried<HostUser> {
        let (uid, gid) = (geteuid(), getegid());
        if !uid.is_root() {
            return Ok(HostUser { uid: uid.as_raw(), gid: gid.as_raw(), is_other: false });
        }
        let (users, groups) = (mapped("uid_map"), mapped("gid_map"));
        let exists = |id: &u32| {
            users.iter().any(|range| range.contains(id)) && groups.iter().any(|range| range.contains(id))
        };
        let chosen = SANDBOX_USERS.into_iter().find(exists);
        let chosen = chosen.ok_or_else(|| {
            Trouble::new(
                Stage::User,
                Errno::EINVAL,
                "there is no user here that a program could be instead of root",
            )
        })?;
        Ok(HostUser { uid: chosen, gid: chosen, is_other: true })
    }

    /// Becomes this user for good, with no group besides.
    pub(super) fn become_it(self) -> Tried<()> {
        if self.is_other {
            let (uid, gid) = (Uid::from_raw(self.uid), Gid::from_raw(self.gid));
            setgroups(&[]).during(Stage::User, "groups")?;
            setresgid(gid, gid, gid).during(Stage::User, gid)?;
            setresuid(uid, uid, uid).during(Stage::User, uid)?;
        }
        // A changed user may not see its own files of /proc until it says that it may be looked at.
        prctl::set_dumpable(true).during(Stage::User, "")
    }

    /// In a user namespace that was just made: this user is [`INSIDE_ID`] there, and nobody else exists.
    pub(super) fn map_inside(self) -> Tried<()> {
        let line = |id: u32| format!("{INSIDE_ID} {id} 1\n");
        for (file, text) in
            [("setgroups", "deny".to_owned()), ("uid_map", line(self.uid)), ("gid_map", line(self.gid))]
        {
            fs::write(format!("/proc/self/{file}"), text).during(Stage::User, file)?;
        }
        Ok(())
    }
}

/// The numbers that exist here.
fn mapped(file: &str) -> Vec<std::ops::Range<u32>> {
    let text = fs::read_to_string(format!("/proc/self/{file}")).unwrap_or_default();
    let range = |line: &str| {
        let mut fields = line.split_ascii_whitespace().map(|field| field.parse::<u32>().ok());
        let (first, _, count) = (fields.next()??, fields.next()??, fields.next()??);
        Some(first..first.saturating_add(count))
    };
    text.lines().filter_map(range).collect()
}

/// A user namespace that translates one owner and group into the sandbox user's, for mounts.
pub(super) fn translation(owner: (u32, u32), user: HostUser) -> nix::Result<OwnedFd> {
    let child = super::process::clone_into(libc::CLONE_NEWUSER, Some(Signal::SIGCHLD))?;
    let Some(child) = child else {
        // It only has to be there for a moment, whatever becomes of the helper.
        let _ = prctl::set_pdeathsig(Signal::SIGKILL);
        loop {
            nix::unistd::pause();
        }
    };
    let made = || -> std::io::Result<OwnedFd> {
        let proc = format!("/proc/{child}");
        fs::write(format!("{proc}/uid_map"), format!("{} {} 1\n", owner.0, user.uid))?;
        fs::write(format!("{proc}/gid_map"), format!("{} {} 1\n", owner.1, user.gid))?;
        Ok(fs::File::open(format!("{proc}/ns/user"))?.into())
    };
    let made = made();
    let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(child), Signal::SIGKILL);
    let _ = nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(child), None);
    made.map_err(|error| crate::helper::errno_of(&error))
}
