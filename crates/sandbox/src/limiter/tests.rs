//! Places and groups over folders that look like the host's.

use super::{
    Group,
    places::{Places, folders},
};
use crate::{LimitTier, Quota};
use std::{fs, path::Path};

const V1_OWN: &str = "8:pids:/\n4:memory:/process_api/8f39\n2:cpu,cpuacct:/\n1:name=systemd:/\n0::/\n";
const V1_MOUNTS: &str = "\
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 /process_api /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
";

#[test]
fn our_own_groups_are_found_wherever_they_are_mounted() {
    let found = folders(V1_OWN, V1_MOUNTS);
    let of = |name: &str| found.iter().find(|(each, _)| each == name).map(|(_, folder)| folder.as_path());
    assert_eq!(of("memory"), Some(Path::new("/sys/fs/cgroup/memory/8f39")));
    assert_eq!(of("cpu"), Some(Path::new("/sys/fs/cgroup/cpu")));
    assert_eq!(of(""), Some(Path::new("/sys/fs/cgroup/unified")));
    assert_eq!(of("name=systemd"), None);
    // A group outside of what is mounted here, as in some containers.
    assert!(folders("4:memory:/elsewhere\n", V1_MOUNTS).is_empty());
    assert!(folders("nonsense\n::\n", "also nonsense\n").is_empty());
}

#[test]
fn version_2_gets_its_limits_in_its_words() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("agentos-1");
    fs::create_dir(&folder).unwrap();
    for file in ["memory.max", "memory.swap.max", "pids.max", "cpu.max"] {
        fs::write(folder.join(file), "").unwrap();
    }
    fs::write(folder.join("memory.events"), "low 0\noom 2\noom_kill 1\n").unwrap();
    fs::write(folder.join("memory.current"), "4096\n").unwrap();
    fs::write(folder.join("cpu.stat"), "usage_usec 77\nuser_usec 70\n").unwrap();
    let places = Places { unified: Some(root.path().to_owned()), separate: Vec::new() };
    assert_eq!(places.tier(), LimitTier::CgroupV2);
    let group: Group = serde_json::from_value(serde_json::json!({
        "tier": "cgroup_v2", "folders": [["", folder]],
    }))
    .unwrap();
    let quota = Quota { memory_bytes: Some(1 << 26), cpu_percent: Some(150), ..Quota::default() };
    group.set_quota(&quota).unwrap();
    let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
    assert_eq!((read("memory.max"), read("memory.swap.max")), ("67108864".into(), "0".into()));
    assert_eq!((read("pids.max"), read("cpu.max")), ("max".into(), "150000 100000".into()));
    let usage = group.usage();
    assert_eq!((usage.memory_bytes, usage.out_of_memory, usage.cpu_micros), (Some(4096), 1, Some(77)));
}

#[test]
fn only_old_empty_groups_of_ours_are_removed() {
    let root = tempfile::tempdir().unwrap();
    for name in ["agentos-1", "agentos-desktop", "other-1"] {
        fs::create_dir(root.path().join(name)).unwrap();
    }
    let places = Places { unified: Some(root.path().to_owned()), separate: Vec::new() };
    places.remove_stale();
    assert!(root.path().join("agentos-1").exists(), "it is young");
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    for name in ["agentos-1", "agentos-desktop", "other-1"] {
        fs::File::open(root.path().join(name)).unwrap().set_modified(old).unwrap();
    }
    places.remove_stale();
    assert!(!root.path().join("agentos-1").exists());
    assert!(root.path().join("agentos-desktop").exists() && root.path().join("other-1").exists());
}

/// What version 2 does without controllers: on hosts where those are version 1's, it is all that can be tried.
#[test]
fn everybody_in_a_group_of_version_2_is_killed_at_once() {
    let own = fs::read_to_string("/proc/self/cgroup").unwrap();
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let unified = folders(&own, &mounts).into_iter().find(|(controller, _)| controller.is_empty());
    let made = unified.map(|(_, folder)| folder.join(format!("agentos-test-{}", std::process::id())));
    let Some(folder) = made.filter(|folder| fs::create_dir(folder).is_ok()) else {
        println!("skipped: no part of version 2 of control groups is ours");
        return;
    };
    let group: Group =
        serde_json::from_value(serde_json::json!({ "tier": "cgroup_v2", "folders": [["", folder]] }))
            .unwrap();
    let script = "setsid sleep 60 & setsid sh -c 'sleep 60 & sleep 60' & echo up; wait";
    let mut shell = std::process::Command::new("sh")
        .args(["-c", &format!("read line; {script}")])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let pid = shell.id().cast_signed();
    group.take_in(|| vec![pid]).unwrap();
    std::io::Write::write_all(shell.stdin.as_mut().unwrap(), b"\n").unwrap();
    let inside = || fs::read_to_string(folder.join("cgroup.procs")).unwrap().lines().count();
    let began = std::time::Instant::now();
    while inside() < 4 {
        assert!(began.elapsed().as_secs() < 20, "{} are inside", inside());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(group.usage().cpu_micros.is_some(), "it counts time");
    assert!(group.kill() >= 4, "also who has a session of its own");
    assert!(!shell.wait().unwrap().success());
    while inside() > 0 {
        assert!(began.elapsed().as_secs() < 20, "{} are left", inside());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    group.remove();
    assert!(!folder.exists());
}
