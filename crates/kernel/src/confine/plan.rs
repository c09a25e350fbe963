//! From what was asked for to what the helper is told.

use super::{
    Claim, NetworkPlace,
    cover::cover,
    later,
    needs::is_kept_apart,
    own::{MAX_FOLDERS, own},
    view::{Given, given},
};
use crate::{
    caller::Caller,
    core::Core,
    cow::{Run, View},
    vfs::{Kind, LastLink, VPath},
};
use abi::{
    Errno, SysError, SysResult,
    later::is_later_place,
    table::{Sandbox, SandboxProfile},
    view::{Place, place_of},
};
use sandbox::{Access, Bind, Isolation, Layers, Observe, Profile, Quota, Tier};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where programs of a view have their home.
const HOME: &str = "/home";
/// What is there in any case, when programs are looked for.
const USUAL_PATH: [&str; 6] = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"];

/// How a program is held, before it is started.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// For the helper.
    pub(crate) isolation: Isolation,
    /// For people.
    pub(crate) claim: Claim,
}

/// How the program of a call is held; `None` when nothing holds it.
///
/// # Errors
/// `EINVAL` for what is no sandbox, and those of the folders that cannot be given.
pub(crate) fn plan(caller: &Caller, asked: Option<&Sandbox>, run: Option<&Run>) -> SysResult<Option<Plan>> {
    match asked {
        Some(asked) => asked_for(caller, asked.clone(), run, Missing::Refused).map(Some),
        // What is gone of it is no reason not to start: nobody named it.
        None => own(caller).map(|own| asked_for(caller, own, run, Missing::LeftOut)).transpose(),
    }
}

/// What happens to a folder to write that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Refused,
    LeftOut,
}

fn asked_for(
    caller: &Caller,
    mut asked: Sandbox,
    run: Option<&Run>,
    missing_write: Missing,
) -> SysResult<Plan> {
    if let Some(wrong) = asked.runs_later.iter().find(|place| !is_later_place(place)) {
        let detail = format!("{wrong:?} is no place of files that run later by themselves");
        return Err(SysError::new(Errno::EINVAL, detail));
    }
    for list in [&asked.read, &asked.write, &asked.copy_on_write] {
        if list.len() > MAX_FOLDERS {
            return Err(SysError::new(Errno::EINVAL, format!("at most {MAX_FOLDERS} folders in one list")));
        }
    }
    let normal = |list: &[String]| list.iter().map(|path| VPath::parse(path)).collect::<SysResult<Vec<_>>>();
    let (read, write) = (normal(&asked.read)?, normal(&asked.write)?);
    let mut missing = Vec::new();
    let mut binds: Vec<Bind> = Vec::new();
    let mut add = |one: Given, access: Access| {
        let access = if one.is_read_only { Access::Read } else { access };
        let bind = Bind { access, ..Bind::read(one.host, one.inside.as_str()) };
        match binds.iter_mut().find(|known| known.inside == bind.inside) {
            // Named twice: the wider of both.
            Some(known) if access == Access::Write => *known = bind,
            Some(_) => {}
            None => binds.push(bind),
        }
    };
    for path in &read {
        match given(caller.core(), path) {
            Ok(all) => all.into_iter().for_each(|one| add(one, Access::Read)),
            Err(why) if is_gone(&why) => missing.push(format!("{path} is not there and is left out.")),
            Err(_) if missing_write == Missing::LeftOut => {}
            Err(why) => return Err(why),
        }
    }
    // What is kept apart is given by its run, or not at all.
    for path in write.iter().filter(|path| !is_kept_apart(path, &asked)) {
        match (given(caller.core(), path), place_of(path.as_str())) {
            (Ok(_), Place::Host) => {
                return Err(SysError::new(
                    Errno::EPERM,
                    format!("{path}: folders of the host are only read"),
                ));
            }
            (Ok(all), _) => all.into_iter().for_each(|one| add(one, Access::Write)),
            (Err(_), _) if missing_write == Missing::LeftOut => {}
            (Err(why), _) => return Err(why),
        }
    }
    let mut kept_by = Vec::new();
    if let Some(run) = run {
        keep_apart(caller.core(), run, &mut binds)?;
        (asked.copy_on_write, kept_by) = run.kinds().map(|(path, kind)| (path.to_owned(), kind)).unzip();
    }
    cover(caller, &mut binds, &write)?;
    let later::Kept { only_read, notes } = later::keep(&mut binds, &asked.copy_on_write, &asked.runs_later);
    missing.extend(notes);
    let quota = Quota {
        memory_bytes: asked.memory_bytes,
        processes: asked.processes,
        cpu_percent: asked.cpu_percent,
        disk_bytes: asked.disk_bytes,
    };
    let profile = match asked.profile {
        SandboxProfile::Standard => Profile::Standard,
        SandboxProfile::Nested => Profile::Nested,
    };
    // Layers over a folder are mounts, and without them it would change the folder itself.
    let is_layered = binds.iter().any(|bind| bind.layers.is_some());
    let at_least = if asked.required || is_layered { Tier::Namespaces } else { Tier::NoNamespaces };
    // What it does is told, and what it asks for that it may not see.
    let observe = Observe::Hidden;
    // Its network is made once there is a process to have it.
    let isolation = Isolation { binds, profile, quota, at_least, observe, ..Isolation::default() };
    isolation.check().map_err(|why| SysError::new(Errno::EINVAL, why))?;
    let text = |list: Vec<VPath>| list.iter().map(|path| path.as_str().to_owned()).collect();
    (asked.read, asked.write) = (text(read), text(write));
    let hosts = caller.process().policy().network_rules();
    Ok(Plan {
        isolation,
        claim: Claim { asked, hosts, missing, only_read, kept_by, place: NetworkPlace::default() },
    })
}

/// Lays the folders of a run over their originals.
fn keep_apart(core: &Core, run: &Run, binds: &mut Vec<Bind>) -> SysResult<()> {
    for (path, view) in run.views() {
        // What was given beneath is in the copy, and the original must not show through.
        binds.retain(|bind| !bind.inside.starts_with(path));
        // The helper follows no link, and the way to the data folder may be one.
        let host = |of_run: &Path| {
            fs::canonicalize(of_run)
                .map_err(|why| SysError::new(Errno::EIO, format!("{path}: what is kept of a run: {why}")))
        };
        match view {
            View::Folder(copy) => binds.push(Bind::write(host(&copy)?, path)),
            View::Overlay { upper, work } => {
                let layers = Layers { upper: host(&upper)?, work: host(&work)? };
                for Given { inside, host, .. } in given(core, &VPath::parse(path)?)? {
                    binds.push(Bind::layered(host, inside.as_str(), layers.clone()));
                }
            }
        }
    }
    Ok(())
}

fn is_gone(why: &SysError) -> bool {
    matches!(why.errno, Errno::ENOENT | Errno::ENOTDIR)
}

impl Plan {
    /// The working folder in the view: what was asked for, else the home where it is in the view.
    ///
    /// # Errors
    /// `ENOENT` and `ENOTDIR` for what is no folder, `EACCES` for one that is not in the view.
    pub(crate) fn working_dir(&self, caller: &Caller, asked: Option<&str>) -> SysResult<PathBuf> {
        let Some(asked) = asked else { return Ok(HOME.into()) };
        let path = caller.process().working_dir().join(asked)?;
        let inside = Path::new(path.as_str());
        if matches!(place_of(path.as_str()), Place::Own | Place::Programs | Place::Root) {
            return Ok(inside.to_owned());
        }
        let is_shown = |bind: &Bind| inside.starts_with(&bind.inside) || bind.inside.starts_with(inside);
        if !self.isolation.binds.iter().any(is_shown) {
            // A home that was not given is an empty one, to be in and not to write.
            if inside == Path::new(HOME) {
                return Ok(HOME.into());
            }
            let detail = format!("{path}: is not in the program's view; give it in \"read\" or \"write\"");
            return Err(SysError::new(Errno::EACCES, detail));
        }
        let mounts = &caller.core().mounts;
        if place_of(path.as_str()) == Place::Virtual {
            let object = mounts.resolve(&path, LastLink::Follow)?;
            if mounts.stat(&object)?.kind != Kind::Directory {
                return Err(SysError::new(Errno::ENOTDIR, format!("{path}: is no folder")));
            }
            return Ok(object.path().as_str().into());
        }
        Ok(inside.to_owned())
    }

    /// The environment as it speaks of the view.
    pub(crate) fn environment(&self, variables: &mut std::collections::BTreeMap<String, String>, cwd: &Path) {
        let in_view = |entry: &&str| {
            let path = Path::new(entry);
            place_of(entry) == Place::Programs
                || self.isolation.binds.iter().any(|bind| path.starts_with(&bind.inside))
        };
        let path = variables.get("PATH").map(String::as_str).unwrap_or_default();
        let mut entries: Vec<&str> = path.split(':').filter(in_view).collect();
        for usual in USUAL_PATH {
            if !entries.contains(&usual) {
                entries.push(usual);
            }
        }
        let entries = entries.join(":");
        variables.insert("PATH".into(), entries);
        variables.insert("HOME".into(), HOME.into());
        variables.insert("TMPDIR".into(), "/tmp".into());
        variables.insert("PWD".into(), cwd.to_string_lossy().into_owned());
    }
}
