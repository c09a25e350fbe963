//! Changes that are kept in layers over a granted folder: the program sees them, the folder does not.

mod common;

use agentos_sandbox::{Bind, ExitStatus, Layers, probe_layers, probe_layers_over, spawn_piped};
use common::{Scene, end, read_all, run_as_ordinary_user};
use std::{
    fs,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    path::PathBuf,
};

/// A granted folder with layers over it.
struct Layered {
    scene: Scene,
    changes: tempfile::TempDir,
}

impl Layered {
    fn new() -> Layered {
        let (mut scene, changes) = (Scene::new(), tempfile::tempdir().unwrap());
        let layers = Layers { upper: changes.path().join("upper"), work: changes.path().join("work") };
        fs::create_dir(&layers.upper).unwrap();
        fs::create_dir(&layers.work).unwrap();
        fs::create_dir_all(scene.host("folder/inner")).unwrap();
        fs::write(scene.host("folder/inner/deep"), "deep\n").unwrap();
        fs::write(scene.host("removed"), "to go\n").unwrap();
        scene.isolation.binds = vec![Bind::layered(scene.home.path(), "/home", layers)];
        Layered { scene, changes }
    }

    fn upper(&self, name: &str) -> PathBuf {
        self.changes.path().join("upper").join(name)
    }

    /// What a script says, and what it complains about.
    fn run(&self, script: &str) -> (String, String) {
        let mut process = spawn_piped(&self.scene.sh(script)).unwrap();
        let said = (read_all(&process.stdout), read_all(&process.stderr));
        assert_eq!(end(&mut process.child), ExitStatus::Code(0), "{said:?}");
        said
    }
}

#[test]
fn what_a_program_changes_is_kept_apart() {
    let layered = Layered::new();
    let (said, complained) = layered.run(
        "cat granted folder/inner/deep; echo changed > granted; rm removed; rm -r folder; mkdir folder; \
         echo new > folder/new; chmod 755 granted; ln -s granted link; ls -A . folder; stat -c '%U %a' granted; \
         mount | grep -c ' /home type overlay'",
    );
    assert_eq!(complained, "");
    assert_eq!(said, "a granted file\ndeep\n.:\nfolder\ngranted\nlink\n\nfolder:\nnew\nuser 755\n1\n");
    let kept = fs::read_to_string(layered.scene.host("granted")).unwrap();
    assert_eq!(kept, "a granted file\n");
    assert!(layered.scene.host("removed").exists() && layered.scene.host("folder/inner/deep").exists());
    // The changes lie whole in the upper folder, for the desktop to read.
    assert_eq!(fs::read_to_string(layered.upper("granted")).unwrap(), "changed\n");
    assert_eq!(fs::metadata(layered.upper("granted")).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(fs::read_to_string(layered.upper("folder/new")).unwrap(), "new\n");
    let whiteout = fs::symlink_metadata(layered.upper("removed")).unwrap();
    assert!(whiteout.file_type().is_char_device() && whiteout.rdev() == 0);
    assert!(!nothing_is_mounted_beneath(&layered).is_empty());
}

/// The mounts of this process that name the folders; none may.
fn nothing_is_mounted_beneath(layered: &Layered) -> String {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let own = layered.changes.path().to_str().unwrap();
    assert!(!mounts.contains(own), "{mounts}");
    mounts
}

#[test]
fn another_program_goes_on_where_the_first_ended() {
    let layered = Layered::new();
    layered.run("echo first > granted; rm removed");
    let (said, _) = layered.run("cat granted; ls removed 2>/dev/null; echo second >> granted");
    assert_eq!(said, "first\n");
    assert_eq!(fs::read_to_string(layered.upper("granted")).unwrap(), "first\nsecond\n");
}

#[test]
fn a_folder_of_the_original_is_moved_by_copying_it() {
    let layered = Layered::new();
    // The host answers EXDEV; mv and Python's shutil copy then, and what they leave is whole.
    let (said, complained) = layered.run(
        "mv folder moved && cat moved/inner/deep; ls -d folder 2>/dev/null; \
         python3 -c 'import os\ntry: os.rename(\"moved\", \"again\"); print(\"renamed\")\nexcept OSError as e: print(e.errno)'",
    );
    assert_eq!((said.as_str(), complained.as_str()), ("deep\nrenamed\n", ""));
    assert_eq!(fs::read_to_string(layered.upper("again/inner/deep")).unwrap(), "deep\n");
    assert!(layered.scene.host("folder/inner/deep").exists());
    let refused = layered.run(
        "mkdir -p x; python3 -c 'import os\ntry: os.rename(\"folder2\", \"y\")\nexcept OSError as e: print(e.errno)'",
    );
    assert_eq!(refused.0, "2\n");
}

#[test]
fn marks_and_devices_are_not_the_programs_to_make() {
    let layered = Layered::new();
    let (said, _) = layered.run(
        "python3 -c 'import os, stat\n\
         try: os.mknod(\"white\", stat.S_IFCHR | 0o600, 0); print(\"made\")\n\
         except OSError as e: print(\"refused\")\n\
         try: os.setxattr(\"folder\", \"user.overlay.opaque\", b\"y\"); print(\"set\")\n\
         except OSError as e: print(\"no mark\")\n\
         print(sorted(os.listdir(\"folder\")))'",
    );
    assert!(said.starts_with("refused\n"), "{said}");
    // Set or not, it is no mark of the layers: the folder still shows what lies below.
    assert!(said.ends_with("['inner']\n"), "{said}");
    let (again, _) = layered.run("ls folder");
    assert_eq!(again, "inner\n");
    let mark = std::process::Command::new("python3")
        .args(["-c", "import os, sys; sys.exit('user.overlay.opaque' in os.listxattr(sys.argv[1]))"])
        .arg(layered.upper("folder"))
        .status();
    assert!(mark.is_ok_and(|status| status.success()) || !layered.upper("folder").exists());
}

#[test]
fn what_cannot_be_a_layer_is_said_and_nothing_starts() {
    let mut layered = Layered::new();
    let nowhere = Layers { upper: "/no/such/upper".into(), work: "/no/such/work".into() };
    layered.scene.isolation.binds = vec![Bind::layered(layered.scene.home.path(), "/home", nowhere)];
    let why = spawn_piped(&layered.scene.sh("true")).unwrap_err().to_string();
    assert!(why.contains("/no/such/upper"), "{why}");
    // `/proc` takes no files, so it cannot take changes.
    let wrong = Layers { upper: "/proc".into(), work: "/proc".into() };
    layered.scene.isolation.binds = vec![Bind::layered(layered.scene.home.path(), "/home", wrong)];
    let why = spawn_piped(&layered.scene.sh("true")).unwrap_err().to_string();
    assert!(why.contains("/proc"), "{why}");
}

#[test]
fn it_is_found_out_by_trying_and_leaves_nothing() {
    let (place, lower) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(lower.path().join("file"), "x").unwrap();
    assert_eq!(probe_layers(place.path()), Ok(()));
    assert_eq!(probe_layers_over(lower.path(), place.path()), Ok(()));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    assert_eq!(fs::read_dir(lower.path()).unwrap().count(), 1);
    let why = probe_layers(&place.path().join("none")).unwrap_err();
    assert!(why.contains("none"), "{why}");
}

/// Names a folder on an overlay to the test that is started again there.
const ON_OVERLAY: &str = "AGENTOS_TEST_ON_OVERLAY";

#[test]
fn changes_that_would_lie_on_another_overlay_are_refused_and_it_is_said() {
    if let Some(place) = std::env::var_os(ON_OVERLAY) {
        let place = PathBuf::from(place);
        probe_layers(&place).unwrap_err();
        let mut scene = Scene::new();
        let layers = Layers { upper: place.join("upper"), work: place.join("work") };
        fs::create_dir(&layers.upper).unwrap();
        fs::create_dir(&layers.work).unwrap();
        scene.isolation.binds = vec![Bind::layered(scene.home.path(), "/home", layers)];
        let why = spawn_piped(&scene.sh("true")).unwrap_err().to_string();
        assert!(why.contains("cannot be a layer") && why.contains("overlay"), "{why}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = "mkdir l u w m && mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w m || exit 7; shift; \
                  exec \"$0\" changes_that_would_lie_on_another_overlay_are_refused_and_it_is_said --exact";
    let output = std::process::Command::new("unshare")
        .args(["-m", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .arg("")
        .current_dir(folder.path())
        .env(ON_OVERLAY, folder.path().join("m"))
        .output();
    match output {
        Ok(output) if output.status.success() => {}
        Ok(output) if nix::unistd::geteuid().is_root() && output.status.code() != Some(7) => {
            panic!("{output:?}")
        }
        other => eprintln!("NOT TRIED: changes on another overlay: {other:?}"),
    }
}

#[test]
fn all_of_it_as_an_ordinary_user() {
    run_as_ordinary_user("all_of_it_as_an_ordinary_user");
}
