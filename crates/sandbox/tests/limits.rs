//! What a program may use up is held, whoever holds it here: control groups as root, polling as an ordinary user.
//! Each bomb is bounded by itself, too, so that a test that fails does no harm.

mod common;

use agentos_sandbox::{
    Exceeded, ExitStatus, LimitTier, Limits, Quota, QuotaError, available, spawn_piped, spawn_pty,
};
use common::{PATIENCE, SIZE, Scene, end, eventually, is_alive, read_all, read_until};
use nix::libc;
use std::time::{Duration, Instant};

fn scene(quota: Quota) -> Scene {
    let mut scene = Scene::new();
    scene.isolation.quota = quota;
    scene
}

const MIB: u64 = 1024 * 1024;

/// Groups of ours that are there, as paths.
fn groups() -> Vec<String> {
    let own = format!("agentos-{}-", std::process::id());
    let find = std::process::Command::new("find")
        .args(["/sys/fs/cgroup", "-maxdepth", "5", "-type", "d", "-name", &format!("{own}*")])
        .output()
        .unwrap();
    String::from_utf8_lossy(&find.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn a_memory_bomb_is_ended_and_named() {
    let scene = scene(Quota { memory_bytes: Some(64 * MIB), ..Quota::default() });
    // Shells double a string; at most 512 MiB in all.
    let script =
        "echo begun; x=0123456789abcdef; for i in $(seq 25); do x=$x$x; done; echo survived ${#x}; sleep 1";
    let mut process = spawn_piped(&scene.spec("bash", &["-c", script])).unwrap();
    let tier = process.child.enforced().unwrap().limits;
    assert_eq!(
        tier,
        if available().limits == LimitTier::Polled { LimitTier::Polled } else { available().limits }
    );
    let said = read_all(&process.stdout);
    assert!(said.contains("begun") && !said.contains("survived"), "{said}");
    let status = end(&mut process.child);
    let exit = process.child.try_wait().unwrap().unwrap();
    match tier {
        // Bash is told that there is no memory before anybody has to end it, or is ended.
        LimitTier::Polled => assert_ne!(status, ExitStatus::Code(0)),
        _ => assert_eq!((status, exit.exceeded), (ExitStatus::Signal(libc::SIGKILL), Some(Exceeded::Memory))),
    }
    assert!(exit.peak_memory_bytes < 200 * MIB, "{exit:?}");
    drop(process);
    eventually("nothing is left of its groups", || groups().is_empty());
}

#[test]
fn many_small_processes_are_counted_together() {
    let scene = scene(Quota { memory_bytes: Some(96 * MIB), ..Quota::default() });
    // Sixteen of 16 MiB each: none is too large by itself.
    let script = "for i in $(seq 16); do bash -c 'x=0123456789abcdef; for i in $(seq 20); do x=$x$x; done; sleep 20' & done; wait; echo survived";
    let began = Instant::now();
    let mut process = spawn_piped(&scene.spec("bash", &["-c", script])).unwrap();
    match process.child.enforced().unwrap().limits {
        LimitTier::Polled => {
            assert_eq!(end(&mut process.child), ExitStatus::Signal(libc::SIGKILL));
            let exit = process.child.try_wait().unwrap().unwrap();
            assert_eq!(exit.exceeded, Some(Exceeded::Memory));
        }
        _ => {
            eventually("some are ended", || process.child.group().unwrap().usage().out_of_memory > 0);
            let used = process.child.group().unwrap().usage().memory_peak_bytes.unwrap();
            assert!(used <= 97 * MIB, "{used}");
        }
    }
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_fork_bomb_finds_no_more_processes() {
    let scene = scene(Quota { processes: Some(20), ..Quota::default() });
    // Bounded by itself: no more than 200 are tried.
    let script = "i=0; while [ $i -lt 200 ]; do sleep 30 & i=$((i+1)); done 2>/dev/null; echo all";
    let mut process = spawn_piped(&scene.spec("bash", &["-c", script])).unwrap();
    let mut most = 0;
    let deadline = Instant::now() + Duration::from_secs(3);
    while Instant::now() < deadline && most < 20 {
        most = most.max(process.child.members().len());
        assert!(most <= 20, "{most}");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(most >= 15, "the probe works: {most}");
    let tree = process.child.members();
    process.child.kill_tree(libc::SIGKILL);
    assert_eq!(end(&mut process.child), ExitStatus::Signal(libc::SIGKILL));
    eventually("none is left", || tree.iter().all(|pid| !is_alive(*pid)));
}

#[test]
fn another_sandbox_has_processes_of_its_own() {
    let full = scene(Quota { processes: Some(6), ..Quota::default() });
    let filler = spawn_piped(&full.sh("for i in 1 2 3 4; do sleep 30 & done; echo up; wait")).unwrap();
    read_until(&filler.stdout, "up");
    let other = spawn_piped(&full.sh("for i in 1 2 3 4; do sleep 0.1 & done; wait; echo done")).unwrap();
    read_until(&other.stdout, "done");
}

#[test]
fn a_share_of_the_processor_is_held() {
    let scene = scene(Quota { cpu_percent: Some(20), ..Quota::default() });
    let began = Instant::now();
    let mut process = spawn_piped(&scene.sh("while :; do :; done")).unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    process.child.kill_tree(libc::SIGKILL);
    end(&mut process.child);
    let exit = process.child.try_wait().unwrap().unwrap();
    let used = exit.user_time + exit.system_time;
    if process.child.enforced().unwrap().limits == LimitTier::Polled {
        let weaker = &process.child.enforced().unwrap().weaker;
        assert!(weaker.iter().any(|text| text.contains("processors")), "{weaker:?}");
    } else {
        // Of what passed, and a period more at either end.
        let most = began.elapsed().mul_f64(0.2) + Duration::from_millis(200);
        assert!(used <= most, "{used:?} of {most:?}");
    }
}

#[test]
fn a_disk_that_fills_is_stopped() {
    let mut scene = scene(Quota { disk_bytes: Some(4 * MIB), ..Quota::default() });
    let script = "cat /dev/zero 2>/dev/null > /tmp/x; stat -c %s /tmp/x; cat /dev/zero 2>/dev/null > /dev/shm/y; \
         stat -c %s /dev/shm/y; cat /dev/zero 2>/dev/null > big; stat -c %s big";
    let said = read_all(&spawn_piped(&scene.spec("bash", &["-c", script])).unwrap().stdout);
    let sizes: Vec<u64> = said.lines().filter_map(|line| line.parse().ok()).collect();
    assert_eq!(sizes.len(), 3, "{said}");
    assert!(sizes.iter().all(|size| *size <= 4 * MIB) && sizes[0] + sizes[1] <= 4 * MIB, "{sizes:?}");
    assert!(sizes[2] >= 3 * MIB, "the probe can write: {sizes:?}");
    // Many files, none of them too large; bounded by itself to 60 MiB.
    std::fs::remove_file(scene.host("big")).unwrap();
    scene.isolation.quota.disk_bytes = Some(8 * MIB);
    let script = "for i in $(seq 60); do head -c 1048576 /dev/zero > f$i; done; sleep 20";
    let mut process = spawn_piped(&scene.spec("bash", &["-c", script])).unwrap();
    assert_eq!(end(&mut process.child), ExitStatus::Signal(libc::SIGKILL));
    let exit = process.child.try_wait().unwrap().unwrap();
    assert_eq!(exit.exceeded, Some(Exceeded::Disk));
}

#[test]
fn a_flood_waits_for_whoever_reads() {
    let scene = scene(Quota::default());
    let mut process = spawn_pty(&scene.sh("yes flood"), SIZE).unwrap();
    read_until(&process.master, "flood");
    std::thread::sleep(Duration::from_millis(100));
    // Nobody reads now, so it uses no time.
    let time = |pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().map(str::to_owned).collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    let pid = process.child.host_pid();
    let before = time(pid);
    std::thread::sleep(Duration::from_millis(300));
    assert!(time(pid) - before <= 5, "it waits");
    process.child.kill_tree(libc::SIGKILL);
    assert_eq!(end(&mut process.child), ExitStatus::Signal(libc::SIGKILL));
}

#[test]
fn limits_can_be_changed_while_it_runs() {
    let scene = scene(Quota { memory_bytes: Some(512 * MIB), ..Quota::default() });
    let script = "read line; x=0123456789abcdef; for i in $(seq 23); do x=$x$x; done; sleep 3; echo survived";
    let mut process = spawn_piped(&scene.spec("bash", &["-c", script])).unwrap();
    let wanted = Quota { memory_bytes: Some(48 * MIB), ..Quota::default() };
    process.child.set_quota(&wanted, &scene.isolation.quota).unwrap();
    nix::unistd::write(&process.stdin, b"\n").unwrap();
    assert_eq!(end(&mut process.child), ExitStatus::Signal(libc::SIGKILL));
    assert_eq!(process.child.try_wait().unwrap().unwrap().exceeded, Some(Exceeded::Memory));
    let _ = PATIENCE;
}

/// A limit's file in the group of a program.
fn in_group(name: &str) -> Option<String> {
    let files = groups().into_iter().map(|folder| std::path::Path::new(&folder).join(name));
    files.into_iter().find_map(|file| std::fs::read_to_string(file).ok()).map(|text| text.trim().to_owned())
}

#[test]
fn what_began_without_limits_gets_them_while_it_runs() {
    let scene = scene(Quota::default());
    // Bounded by itself: no more than 40 are tried.
    let script = "sleep 60 & read line; i=0; while [ $i -lt 40 ]; do sleep 30 & i=$((i+1)); done 2>/dev/null; echo all; read line";
    let mut process = spawn_piped(&scene.spec("bash", &["-c", script])).unwrap();
    eventually("it has a child", || process.child.members().len() == 2);
    let wanted = Quota { processes: Some(10), cpu_percent: Some(50), ..Quota::default() };
    process.child.set_quota(&wanted, &Quota::default()).unwrap();
    let tier = process.child.enforced().unwrap().limits;
    if tier == LimitTier::Polled {
        // Told to the first process, which needs a moment.
        let has = |pid: i32| {
            let text = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
            text.lines().any(|line| line.starts_with("Max processes") && line.contains(" 11 "))
        };
        eventually("it is limited", || has(process.child.host_pid()));
        let one =
            nix::sched::sched_getaffinity(nix::unistd::Pid::from_raw(process.child.host_pid())).unwrap();
        let count = (0..nix::sched::CpuSet::count()).filter(|cpu| one.is_set(*cpu).unwrap()).count();
        assert_eq!(count, 1, "half of one is one");
    } else {
        let share = in_group("cpu.cfs_quota_us").or_else(|| in_group("cpu.max")).unwrap();
        assert!(share.starts_with("50000"), "{share}");
        let inside = in_group("cgroup.procs").unwrap();
        for pid in process.child.members() {
            assert!(inside.lines().any(|line| line == pid.to_string()), "{pid}: {inside}");
        }
    }
    nix::unistd::write(&process.stdin, b"\n").unwrap();
    let mut most = 0;
    let deadline = Instant::now() + Duration::from_secs(2);
    while Instant::now() < deadline && most < 10 {
        most = most.max(process.child.members().len());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!((8..=13).contains(&most), "{most}");
    process.child.kill_tree(libc::SIGKILL);
    let _ = end(&mut process.child);
    let refused = process.child.try_wait().unwrap().unwrap().refused_processes;
    assert_eq!(refused > 0, tier != LimitTier::Polled, "{refused}");
    drop(process);
    eventually("nothing is left of its groups", || groups().is_empty());
}

#[test]
fn what_a_tier_cannot_change_is_said() {
    let scene = scene(Quota { processes: Some(20), ..Quota::default() });
    let mut process = spawn_piped(&scene.sh("read line")).unwrap();
    let more = Quota { processes: Some(30), ..Quota::default() };
    match (process.child.enforced().unwrap().limits, process.child.set_quota(&more, &scene.isolation.quota)) {
        (LimitTier::Polled, Err(why @ QuotaError::Unsupported { .. })) => {
            assert!(why.to_string().contains("only ever lowered"), "{why}");
        }
        (LimitTier::Polled, other) => panic!("{other:?}"),
        (_, set) => set.unwrap(),
    }
    let nothing = Quota { processes: Some(0), ..Quota::default() };
    let refused = process.child.set_quota(&nothing, &scene.isolation.quota);
    assert!(matches!(refused, Err(QuotaError::Invalid(_))), "{refused:?}");
    process.child.kill_tree(libc::SIGKILL);
    let _ = end(&mut process.child);
    let mut free = scene.sh("read line");
    free.isolation = None;
    free.working_dir = "/".into();
    let process = spawn_piped(&free).unwrap();
    let refused = process.child.set_quota(&more, &Quota::default());
    assert!(matches!(refused, Err(QuotaError::Unsupported { .. })), "{refused:?}");
}

#[test]
fn whoever_uses_up_its_time_is_told_before_it_is_killed() {
    let scene = scene(Quota::default());
    let limits = Limits { cpu_seconds: Some(1), ..Limits::default() };
    let busy = |script: &str| agentos_sandbox::Spec { limits, ..scene.sh(script) };
    let mut process = spawn_piped(&busy("while :; do :; done")).unwrap();
    assert_eq!(end(&mut process.child), ExitStatus::Signal(libc::SIGXCPU));
    let mut process = spawn_piped(&busy("trap : XCPU; while :; do :; done")).unwrap();
    assert_eq!(end(&mut process.child), ExitStatus::Signal(libc::SIGKILL));
    let exit = process.child.try_wait().unwrap().unwrap();
    assert!(exit.user_time + exit.system_time >= Duration::from_secs(1), "{exit:?}");
}

#[test]
fn limits_of_each_process_can_be_lowered_while_it_runs() {
    let scene = scene(Quota::default());
    let process = spawn_piped(&scene.sh("read line; ulimit -n")).unwrap();
    let limits = Limits { open_files: Some(33), ..Limits::NONE };
    process.child.set_limits(&limits, &Limits::NONE).unwrap();
    let has = |pid: i32| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
        text.lines().any(|line| line.starts_with("Max open files") && line.contains(" 33 "))
    };
    eventually("it is limited", || has(process.child.host_pid()));
    nix::unistd::write(&process.stdin, b"\n").unwrap();
    assert_eq!(read_all(&process.stdout), "33\n");
}

#[test]
fn all_of_this_holds_for_an_ordinary_user() {
    common::run_as_ordinary_user("all_of_this_holds_for_an_ordinary_user");
}
