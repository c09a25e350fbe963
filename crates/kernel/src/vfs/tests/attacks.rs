//! Attempts to reach something outside of a folder of the host: by every call, both ways of
//! resolving, directly and through the mount table. Outside lies one file, `secret`, and one folder,
//! `outside`; after each attempt they are as they were.

use super::*;
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    sync::atomic::{AtomicBool, AtomicU32},
};

const SECRET: &[u8] = b"do not touch";

/// A folder that must not be left, and its surroundings.
struct Ground {
    all: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        let all = tempfile::tempdir().unwrap();
        let host = all.path();
        fs::create_dir_all(host.join("root/inside")).unwrap();
        fs::create_dir_all(host.join("outside/folder")).unwrap();
        fs::write(host.join("outside/secret"), SECRET).unwrap();
        fs::set_permissions(host.join("outside/secret"), fs::Permissions::from_mode(0o640)).unwrap();
        fs::write(host.join("root/inside/file"), b"inside").unwrap();
        Ground { all }
    }

    fn root(&self) -> std::path::PathBuf {
        self.all.path().join("root")
    }

    fn outside(&self) -> std::path::PathBuf {
        self.all.path().join("outside")
    }

    fn both(&self) -> [LocalFs; 2] {
        let open = [LocalFs::open, LocalFs::open_stepwise];
        open.map(|open| open(&self.root(), Access::ReadWrite).unwrap())
    }

    fn verify_untouched(&self, after: &str) {
        assert_eq!(fs::read(self.outside().join("secret")).unwrap(), SECRET, "after {after}");
        let mut left: Vec<_> =
            fs::read_dir(self.outside()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["folder", "secret"], "after {after}");
        assert_eq!(fs::read_dir(self.outside().join("folder")).unwrap().count(), 0, "after {after}");
        let secret = fs::metadata(self.outside().join("secret")).unwrap();
        assert_eq!(secret.permissions().mode() & 0o777, 0o640, "after {after}");
        assert!(secret.modified().unwrap() > std::time::UNIX_EPOCH + std::time::Duration::from_secs(1));
    }
}

/// Every call with the path in every place. Gives what it could read.
fn try_everything(fs: &dyn FileSystem, at: &VPath) -> Vec<Vec<u8>> {
    let mut seen = Vec::new();
    let _ = fs.set_len(at, 0);
    let _ = fs.write_atomic(at, b"overwritten", Durability::Cached);
    for options in [OpenOptions::WRITE, OpenOptions::REPLACE, OpenOptions::APPEND, OpenOptions::CREATE_NEW] {
        if let Ok(file) = fs.open(at, options) {
            let _ = file.append(b"overwritten");
            let _ = file.set_len(1);
        }
    }
    if let Ok(content) = fs.read_all(at, 1 << 20) {
        seen.push(content);
    }
    if let Ok(listing) = fs.list(at, 100, Detail::Full) {
        seen.extend(listing.entries.into_iter().map(|entry| entry.name.into_bytes()));
    }
    if let Ok(mut replacement) = fs.replace(at) {
        let _ = replacement.write(b"overwritten");
        let _ = replacement.commit(Existing::Replace, Durability::Cached);
    }
    let _ = fs.link(at, &path("/stolen"));
    seen.extend(fs.read_all(&path("/stolen"), 1 << 20).ok());
    let _ = fs.remove_file(&path("/stolen"));
    let _ = fs.rename(at, &path("/stolen"), Existing::Replace);
    seen.extend(fs.read_all(&path("/stolen"), 1 << 20).ok());
    let _ = fs.rename(&path("/stolen"), at, Existing::Replace);
    let _ = fs.set_mode(at, 0o777);
    let _ = fs.set_modified(at, 1);
    let _ = fs.sync(at);
    let _ = fs.make_dir(at);
    let _ = fs.symlink("x", at);
    let _ = fs.link(&path("/inside/file"), at);
    let _ = fs.remove_file(at);
    let _ = fs.remove_dir(at);
    seen
}

fn no_secret(seen: &[Vec<u8>], how: &str) {
    assert!(!seen.iter().any(|content| content == SECRET || content == b"secret"), "{how} read the secret");
}

#[test]
fn dots_and_absolute_paths_stay_inside() {
    let ground = Ground::new();
    let absolute = ground.outside().join("secret");
    for fs in ground.both() {
        for text in ["/../outside/secret", "/inside/../../outside/secret", "//../..//outside/./secret"] {
            no_secret(&try_everything(&fs, &path(text)), text);
            ground.verify_untouched(text);
        }
        let text = absolute.to_str().unwrap();
        no_secret(&try_everything(&fs, &path(text)), text);
        ground.verify_untouched(text);
    }
}

/// Links to outside, at the end, in the middle, and before something missing.
fn plant_links(ground: &Ground) -> Vec<&'static str> {
    let root = ground.root();
    symlink(ground.outside().join("secret"), root.join("end")).unwrap();
    symlink("../outside/secret", root.join("relative_end")).unwrap();
    symlink("../../outside/secret", root.join("inside/deep_end")).unwrap();
    symlink(ground.outside(), root.join("middle")).unwrap();
    symlink("..", root.join("up")).unwrap();
    symlink("../outside/new", root.join("dangling")).unwrap();
    symlink("up", root.join("twice")).unwrap();
    symlink("/", root.join("slash")).unwrap();
    symlink("/proc/self/cwd", root.join("magic")).unwrap();
    vec![
        "/end",
        "/relative_end",
        "/inside/deep_end",
        "/middle",
        "/middle/secret",
        "/middle/folder",
        "/middle/folder/new",
        "/middle/missing/new",
        "/up/outside/secret",
        "/up/outside/folder/new",
        "/twice/outside/secret",
        "/dangling",
        "/slash/etc/passwd",
        "/magic/x",
    ]
}

#[test]
fn links_lead_nowhere_else() {
    for stepwise in [false, true] {
        let ground = Ground::new();
        let [at_once, by_steps] = ground.both();
        let fs = if stepwise { by_steps } else { at_once };
        for text in plant_links(&ground) {
            no_secret(&try_everything(&fs, &path(text)), text);
            ground.verify_untouched(text);
        }
    }
}

#[test]
fn the_mount_table_follows_links_in_its_own_tree_only() {
    let ground = Ground::new();
    let links = plant_links(&ground);
    let mounts = Mounts::new();
    let [fs, _] = ground.both();
    mounts.mount(&path("/home"), Arc::new(fs)).unwrap();
    for text in links {
        let at = path("/home").join(&text[1..]).unwrap();
        let Ok(object) = mounts.resolve(&at, LastLink::Follow) else { continue };
        assert!(
            mounts.stat(&object).is_err() || object.path().is_at_or_beneath(&path("/home")) || text == "/up"
        );
        if let Ok(content) = mounts.read_all(&object, 1 << 20) {
            assert_ne!(content, SECRET, "{text}");
        }
        let _ = mounts.write_atomic(&object, b"overwritten", Durability::Cached);
        let _ = mounts.set_len(&object, 0);
        let _ = mounts.remove_file(&object);
        ground.verify_untouched(text);
    }
}

#[test]
fn a_hard_link_to_outside_is_not_written_through_by_replacing() {
    let ground = Ground::new();
    fs::hard_link(ground.outside().join("secret"), ground.root().join("hard")).unwrap();
    for fs in ground.both() {
        // Who put the link there (the host's user) gave the file away; replacing still does not touch it.
        fs.write_atomic(&path("/hard"), b"new", Durability::Cached).unwrap();
        ground.verify_untouched("replacing");
        assert_eq!(fs.stat(&path("/hard")).unwrap().links, 1);
    }
    for fs in ground.both() {
        symlink(ground.outside().join("secret"), ground.root().join("soft")).unwrap();
        fs.link(&path("/soft"), &path("/second")).unwrap();
        assert_eq!(fs.stat(&path("/second")).unwrap().kind, Kind::Symlink, "the link itself got a name");
        fs.remove_file(&path("/second")).unwrap();
        fs.remove_file(&path("/soft")).unwrap();
        ground.verify_untouched("linking a link");
    }
}

#[test]
fn magic_links_of_proc_are_no_way_out() {
    for open in [LocalFs::open, LocalFs::open_stepwise] {
        let fs = open(Path::new("/proc/self"), Access::ReadOnly).unwrap();
        for text in ["/root/etc/passwd", "/cwd/Cargo.toml", "/fd/0", "/exe", "/root"] {
            let answer = errno(fs.open(&path(text), OpenOptions::READ));
            assert_eq!(answer, Some(Errno::ELOOP), "{text}");
        }
        assert_eq!(errno(fs.list(&path("/root"), 10, Detail::Names)), Some(Errno::ELOOP));
    }
}

#[test]
fn pipes_sockets_and_devices_are_refused_at_once() {
    let ground = Ground::new();
    let root = ground.root();
    nix::unistd::mkfifo(&root.join("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let _listener = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    for fs in ground.both() {
        for text in ["/fifo", "/socket"] {
            let at = path(text);
            for options in [OpenOptions::READ, OpenOptions::WRITE, OpenOptions::REPLACE, OpenOptions::APPEND]
            {
                assert_eq!(errno(fs.open(&at, options)), Some(Errno::EINVAL), "{text} {options:?}");
            }
            assert_eq!(errno(fs.read_all(&at, 10)), Some(Errno::EINVAL));
            assert_eq!(errno(fs.replace(&at)), Some(Errno::EINVAL));
            assert_eq!(fs.stat(&at).unwrap().kind, Kind::Other);
        }
        assert_eq!(names(&fs, "/"), ["fifo", "inside", "socket"]);
    }
    let devices = LocalFs::open(Path::new("/dev"), Access::ReadWrite).unwrap();
    for text in ["/null", "/zero", "/tty"] {
        assert!(devices.open(&path(text), OpenOptions::READ).is_err(), "{text}");
    }
}

#[test]
fn names_of_the_host_that_are_no_text_are_shown_and_cannot_be_opened() {
    use std::os::unix::ffi::OsStrExt;
    let ground = Ground::new();
    let raw = std::ffi::OsStr::from_bytes(b"bad\xff");
    fs::write(ground.root().join(raw), b"x").unwrap();
    let raw_target = std::ffi::OsStr::from_bytes(b"/\xff");
    symlink(raw_target, ground.root().join("link")).unwrap();
    for fs in ground.both() {
        assert_eq!(names(&fs, "/"), ["bad\u{fffd}", "inside", "link"]);
        assert_eq!(errno(fs.open(&path("/bad\u{fffd}"), OpenOptions::READ)), Some(Errno::ENOENT));
        assert_eq!(errno(fs.read_link(&path("/link"))), Some(Errno::EINVAL));
        assert_eq!(errno(fs.first_link(&path("/link/x"))), Some(Errno::EINVAL));
    }
}

/// Ends the other thread also when this one panics.
struct SetWhenDropped<'a>(&'a AtomicBool);

impl Drop for SetWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Somebody else swaps a folder for a link to outside, as fast as they can, while every call is tried.
#[test]
fn a_folder_swapped_for_a_link_in_a_loop_wins_nothing() {
    const ROUNDS: u32 = 1_000;
    let ground = Ground::new();
    let root = ground.root();
    fs::create_dir(root.join("swap")).unwrap();
    symlink(ground.outside(), root.join("link")).unwrap();
    let (done, swaps) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Two names exchanged in one host call, so at each moment `swap` is one or the other.
            let folder = fs::File::open(&root).unwrap();
            while !done.load(Ordering::Relaxed) {
                let flags = nix::fcntl::RenameFlags::RENAME_EXCHANGE;
                if nix::fcntl::renameat2(&folder, "swap", &folder, "link", flags).is_ok() {
                    swaps.fetch_add(1, Ordering::Relaxed);
                }
                // The attacked side takes no part in this folder's life: it is made again when gone.
                let _ = fs::create_dir(root.join("swap"));
            }
        });
        let _end = SetWhenDropped(&done);
        let mounts = Mounts::new();
        let [direct, stepwise] = ground.both();
        mounts.mount(&path("/m"), Arc::new(LocalFs::open(&root, Access::ReadWrite).unwrap())).unwrap();
        for round in 0..ROUNDS {
            let fs = if round % 2 == 0 { &direct } else { &stepwise };
            for text in ["/swap/secret", "/swap/folder", "/swap/folder/new"] {
                let seen = try_everything(fs, &path(text));
                no_secret(&seen, "the swap");
            }
            // The gate's way: decide about what was resolved, then use it.
            if let Ok(object) = mounts.resolve(&path("/m/swap/secret"), LastLink::Follow)
                && object.path().is_at_or_beneath(&path("/m"))
            {
                assert_ne!(mounts.read_all(&object, 1 << 20).unwrap_or_default(), SECRET);
                let _ = mounts.set_len(&object, 0);
                let _ = mounts.remove_file(&object);
            }
        }
    });
    assert!(swaps.load(Ordering::Relaxed) > 0, "nothing was swapped, so nothing was tested");
    ground.verify_untouched("the swap");
}
