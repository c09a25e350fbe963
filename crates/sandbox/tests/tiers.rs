//! Less and more than the usual: the tier without namespaces, failing closed, and programs that bring a sandbox of
//! their own.

mod common;

use agentos_sandbox::{
    Bind, ExitStatus, Isolation, Network, Profile, Quota, SpawnError, Spec, Tier, available, spawn_piped,
    spawn_pty,
};
use common::{PATIENCE, SIZE, Scene, end, eventually, read_all, read_until};
use nix::libc;
use std::os::unix::net::UnixListener;

/// A scene whose programs get no namespaces. Its folder can be reached by all, but not written.
fn alone() -> Scene {
    let mut scene = Scene::new();
    scene.isolation.at_least = Tier::NoNamespaces;
    scene.isolation.at_most = Tier::NoNamespaces;
    scene
}

fn bash(scene: &Scene, script: &str) -> (String, String) {
    let process = spawn_piped(&scene.spec("bash", &["-c", script])).unwrap();
    (read_all(&process.stdout), read_all(&process.stderr))
}

#[test]
fn without_namespaces_only_what_was_granted_can_be_read_and_written() {
    let scene = alone();
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "a real secret").unwrap();
    let secret = secret.path().display();
    let script = format!(
        "cat granted; echo new > made; pwd; cat {secret}; echo no > /tmp/escaped-$$; ls /home; ls /; echo no > /proc/sys/kernel/core_pattern; echo end"
    );
    let mut process = spawn_piped(&scene.spec("bash", &["-c", &script])).unwrap();
    let (said, complained) = (read_all(&process.stdout), read_all(&process.stderr));
    assert_eq!(said, format!("a granted file\n{}\nend\n", scene.home.path().display()), "{complained}");
    assert_eq!(complained.matches("Permission denied").count(), 5, "{complained}");
    assert_eq!(std::fs::read_to_string(scene.host("made")).unwrap(), "new\n");
    let enforced = process.child.enforced().unwrap();
    assert_eq!(
        (enforced.tier, enforced.landlock_files, enforced.user_namespace),
        (Tier::NoNamespaces, true, false)
    );
    assert!(!enforced.weaker.is_empty());
    assert_eq!(end(&mut process.child), ExitStatus::Code(0));
}

#[test]
fn without_namespaces_there_are_no_rights_and_no_neighbours() {
    let scene = alone();
    let own = std::process::id();
    let (said, complained) = bash(
        &scene,
        &format!(
            "grep -E '^(CapEff|CapPrm|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t '; \
             cat /proc/{own}/environ; kill -0 {own} && echo reached; unshare -U true && echo namespace; \
             renice -n 5 {own} >/dev/null && echo slower; echo end"
        ),
    );
    assert_eq!(
        said, "CapPrm:0000000000000000\nCapEff:0000000000000000\nNoNewPrivs:1\nSeccomp:2\nend\n",
        "{complained}"
    );
}

#[test]
fn without_namespaces_the_relay_is_the_only_way_out() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let other = listener.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("proxy");
    let proxy = UnixListener::bind(&socket).unwrap();
    let mut scene = alone();
    let attempt = |port: u16| {
        format!("(exec 3<>/dev/tcp/127.0.0.1/{port}) 2>&1 | grep -q 'Permission denied' && echo refused")
    };
    // The listener is alive, and the probe reaches it when it may.
    scene.isolation.network = Network::Shared;
    let outside = format!("(exec 3<>/dev/tcp/127.0.0.1/{other}) && echo reached");
    assert_eq!(bash(&scene, &outside).0, "reached\n");
    scene.isolation.network = Network::Relay { socket, port: 3128, host_ports: Vec::new() };
    let script = format!(
        "{}; (exec 3<>/dev/udp/127.0.0.1/{other}) 2>/dev/null || echo no udp; exec 3<>/dev/tcp/127.0.0.1/${{PROXY##*:}}; echo asked >&3; read -r answer <&3; echo $answer; read",
        attempt(other)
    );
    let mut spec = scene.spec("bash", &["-c", &script]);
    spec.env.push(("PROXY".into(), "http://127.0.0.1:3128".into()));
    let process = spawn_piped(&spec).unwrap();
    let (mut served, _) = proxy.accept().unwrap();
    std::io::Write::write_all(&mut served, b"answered\n").unwrap();
    assert_eq!(read_until(&process.stdout, "answered"), "refused\nno udp\nanswered\n");
    assert_eq!(process.child.members().len(), 1, "the relay is ours");
    // Another one at the same time has a port of its own, and neither reaches that of the other.
    let port =
        |process: &agentos_sandbox::PipedProcess| process.child.enforced().unwrap().relay_port.unwrap();
    let first = port(&process);
    let script = format!("{}; exec 3<>/dev/tcp/127.0.0.1/${{PROXY##*:}} && echo up; read", attempt(first));
    spec.args = vec!["-c".into(), script];
    let second = spawn_piped(&spec).unwrap();
    assert_eq!(read_until(&second.stdout, "up"), "refused\nup\n");
    assert!(first != port(&second) && ![first, port(&second)].contains(&3128));
    assert!(process.child.enforced().unwrap().weaker.iter().any(|text| text.contains("resolve names")));
    drop(second);
    // It ends with its program: its port can be taken again.
    process.child.signal_program(libc::SIGKILL);
    eventually("the relay is gone", || std::net::TcpListener::bind(("127.0.0.1", first)).is_ok());
    // And with no network there is no socket at all.
    scene.isolation.network = Network::None;
    assert_eq!(bash(&scene, &attempt(other)).0, "", "not even made: another message");
    assert!(!bash(&scene, &outside).0.contains("reached"));
}

#[test]
fn without_namespaces_terminals_and_ends_are_as_elsewhere() {
    let scene = alone();
    let mut process = spawn_pty(&scene.spec("bash", &["--norc", "-i"]), SIZE).unwrap();
    nix::unistd::write(&process.master, b"tty; sleep 1000 &\n").unwrap();
    read_until(&process.master, "/dev/pts/");
    eventually("it runs", || process.child.members().len() == 2);
    process.child.kill_tree(libc::SIGKILL);
    assert_eq!(end(&mut process.child), ExitStatus::Signal(libc::SIGKILL));
}

#[test]
fn what_cannot_be_held_as_it_must_does_not_start() {
    let scene = Scene::new();
    let isolation = Isolation { at_most: Tier::NoNamespaces, ..scene.isolation.clone() };
    let spec = Spec { isolation: Some(isolation), ..scene.sh("true") };
    assert!(matches!(spawn_piped(&spec), Err(SpawnError::Invalid(_))), "less than it requires");
    // What the host lacks is said with what to do about it.
    let mut less = available().clone();
    less.tier = Some(Tier::NoNamespaces);
    less.findings[0].found = agentos_sandbox::Found::Missing;
    less.findings[0].detail = "not here".into();
    assert_eq!(less.missing_for(&scene.isolation).as_deref(), Some("namespaces: not here"));
    assert_eq!(available().missing_for(&scene.isolation), None);
    let table = available().to_string();
    assert!(
        table.contains("namespaces") && table.contains("Landlock") && table.lines().count() >= 4,
        "{table}"
    );
    println!("{table}");
}

fn bubblewrap() -> Option<&'static str> {
    let found = ["/usr/bin/bwrap"].into_iter().find(|path| std::path::Path::new(path).exists());
    if found.is_none() {
        eprintln!("NOT RUN: there is no bubblewrap here (apt-get install bubblewrap)");
    }
    found
}

const INNER: &[&str] = &[
    "--unshare-all",
    "--die-with-parent",
    "--ro-bind",
    "/usr",
    "/usr",
    "--symlink",
    "usr/bin",
    "/bin",
    "--symlink",
    "usr/lib",
    "/lib",
    "--symlink",
    "usr/lib64",
    "/lib64",
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "--tmpfs",
    "/tmp",
    "--",
];

#[test]
fn a_program_that_brings_its_own_sandbox_runs_nested_and_not_otherwise() {
    let Some(bwrap) = bubblewrap() else { return };
    let mut scene = Scene::new();
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "a real secret").unwrap();
    let secret = secret.path().to_str().unwrap();
    let run = |scene: &Scene, script: &str| {
        let mut args = INNER.to_vec();
        args.extend(["sh", "-c", script]);
        let mut process = spawn_piped(&scene.spec(bwrap, &args)).unwrap();
        let said = read_all(&process.stdout) + &read_all(&process.stderr);
        (said, process.child.wait_timeout(PATIENCE).unwrap().unwrap().status)
    };
    let (said, status) = run(&scene, "echo inside");
    assert!(status != ExitStatus::Code(0) && !said.contains("inside"), "{said}");
    scene.isolation.profile = Profile::Nested;
    let (said, status) = run(&scene, "echo inside; ls /proc | grep -c '^[0-9]'; ls /home 2>&1; true");
    assert_eq!(status, ExitStatus::Code(0), "{said}");
    assert!(said.starts_with("inside\n"), "{said}");
    // The outer walls stand.
    let (said, _) = run(&scene, &format!("cat {secret} /etc/shadow; echo > /usr/x; echo end"));
    assert!(said.contains("end") && !said.contains("a real secret") && !said.contains("root:"), "{said}");
}

#[test]
fn nested_leaves_off_only_what_it_says() {
    let mut scene = Scene::new();
    scene.isolation.profile = Profile::Nested;
    scene.isolation.quota = Quota { processes: Some(30), ..Quota::default() };
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("file"), "kept").unwrap();
    scene.isolation.binds.push(Bind::read(data.path(), "/data"));
    // In namespaces of its own it is root there, and still cannot lift what was laid on it.
    let script = "unshare -Urm sh -c 'id -u; mount -o remount,rw,bind /data && echo lifted; umount /data && echo uncovered; \
                  umount /home && echo uncovered; mount -o remount,rw / && echo lifted; echo no > /data/file; \
                  cat /etc/shadow; mknod /tmp/disk b 254 0 && echo device; echo b > /proc/sysrq-trigger; \
                  echo no > /proc/sys/kernel/core_pattern; dmesg; echo end'";
    let mut process = spawn_piped(&scene.sh(script)).unwrap();
    let (said, complained) = (read_all(&process.stdout), read_all(&process.stderr));
    assert_eq!(said, "0\nend\n", "{complained}");
    assert_eq!(std::fs::read_to_string(data.path().join("file")).unwrap(), "kept");
    let enforced = process.child.enforced().unwrap();
    assert!(
        enforced.profile == Profile::Nested && !enforced.landlock_files && enforced.seccomp,
        "{enforced:?}"
    );
    assert!(enforced.weaker.iter().any(|text| text.contains("Landlock does not hold files")));
    assert_eq!(end(&mut process.child), ExitStatus::Code(0));
}

#[test]
fn all_of_this_holds_for_an_ordinary_user() {
    common::run_as_ordinary_user("all_of_this_holds_for_an_ordinary_user");
}
