//! What a program does is told as it does it, it goes on whoever listens, and connections lead to the proxy.

mod common;

use agentos_sandbox::{
    Act, ExitStatus, HolderFolder, Keep, Network, Observations, Observe, Observed, spawn_held, spawn_piped,
};
use common::{PATIENCE, SIZE, Scene, end, read_all, read_until};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::{
    io::{Read, Write},
    os::{fd::AsFd, unix::net::UnixListener},
    time::{Duration, Instant},
};

fn scene(observe: Observe) -> Scene {
    let mut scene = Scene::new();
    scene.isolation.observe = observe;
    scene
}

/// Everything until one is there that is looked for.
fn until(observations: &Observations, found: impl Fn(&Observed) -> bool) -> Vec<Observed> {
    let (mut all, deadline) = (Vec::new(), Instant::now() + PATIENCE);
    loop {
        match observations.next() {
            Ok(Some(observed)) => {
                let is_it = found(&observed);
                all.push(observed);
                if is_it {
                    return all;
                }
            }
            Ok(None) => {
                assert!(Instant::now() < deadline, "not told: {all:#?}");
                let mut wanted = [PollFd::new(observations.as_fd(), PollFlags::POLLIN)];
                let _ = poll(&mut wanted, PollTimeout::from(200_u16));
            }
            Err(why) => panic!("{why}: {all:#?}"),
        }
    }
}

fn has(all: &[Observed], act: Act, object: &str) -> bool {
    all.iter().any(|observed| observed.act == act && observed.object == object)
}

#[test]
fn what_changes_files_is_told() {
    let scene = scene(Observe::Changes);
    let script = "echo x > made; mv made moved; mkdir folder; ln -s moved link; chmod 600 moved; rm moved; rmdir folder; \
                  cat granted >/dev/null; echo done > /tmp/end";
    let mut process = spawn_piped(&scene.sh(script)).unwrap();
    let told = process.child.take_observations().unwrap();
    let all = until(&told, |observed| observed.object == "/tmp/end");
    for (act, object) in [
        (Act::Execute, "/usr/bin/mv"),
        (Act::Write, "/home/made"),
        (Act::Rename, "/home/made"),
        (Act::MakeFolder, "/home/folder"),
        (Act::Link, "/home/link"),
        (Act::Permissions, "/home/moved"),
        (Act::Remove, "/home/moved"),
        (Act::RemoveFolder, "/home/folder"),
        (Act::Write, "/tmp/end"),
    ] {
        assert!(has(&all, act, object), "{act:?} {object}: {all:#?}");
    }
    let renamed = all.iter().find(|observed| observed.act == Act::Rename).unwrap();
    assert_eq!(renamed.other.as_deref(), Some("/home/moved"));
    assert!(renamed.host_pid > 1 && renamed.at_millis > 1_700_000_000_000);
    assert!(!all.iter().any(|observed| observed.act == Act::Read), "reading changes nothing");
    assert_eq!(end(&mut process.child), ExitStatus::Code(0));
    assert_eq!(process.child.enforced().unwrap().observed, Observe::Changes);
}

#[test]
fn what_the_view_hides_is_told_as_not_there() {
    let scene = scene(Observe::Everything);
    let script = "cat /root/.ssh/id_ed25519 granted >/dev/null 2>&1; echo x > end";
    let mut process = spawn_piped(&scene.sh(script)).unwrap();
    let told = process.child.take_observations().unwrap();
    let all = until(&told, |observed| observed.object == "/home/end");
    let of =
        |object: &str| all.iter().find(|observed| observed.object == object && observed.act == Act::Read);
    assert_eq!(of("/root/.ssh/id_ed25519").and_then(|observed| observed.is_there), Some(false));
    assert_eq!(of("/home/granted").and_then(|observed| observed.is_there), Some(true));
    assert_eq!(end(&mut process.child), ExitStatus::Code(0));
}

#[test]
fn what_is_hidden_is_told_without_what_is_only_read() {
    let scene = scene(Observe::Hidden);
    let script = "for i in 1 2 3 4 5; do cat granted; done >/dev/null; cat /root/secret 2>/dev/null; \
                  for i in $(seq 1000); do : > once; done; echo x > end";
    let mut process = spawn_piped(&scene.sh(script)).unwrap();
    let told = process.child.take_observations().unwrap();
    let all = until(&told, |observed| observed.object == "/home/end");
    assert!(has(&all, Act::Read, "/root/secret") && has(&all, Act::Execute, "/usr/bin/cat"), "{all:#?}");
    assert!(!has(&all, Act::Read, "/home/granted"), "it is there: {all:#?}");
    let once = all.iter().filter(|observed| observed.object == "/home/once").count();
    assert!((1..=500).contains(&once), "a thousand times the same is not told a thousand times: {once}");
    assert_eq!(end(&mut process.child), ExitStatus::Code(0));
}

#[test]
fn nobody_has_to_listen() {
    let scene = scene(Observe::Everything);
    let mut process =
        spawn_piped(&scene.sh("for i in $(seq 3000); do echo x > f$i; done; echo done")).unwrap();
    let told = process.child.take_observations().unwrap();
    assert_eq!(read_all(&process.stdout), "done\n");
    assert_eq!(end(&mut process.child), ExitStatus::Code(0));
    // What was dropped is counted with the next one that fits.
    let mut count = 0;
    while let Ok(Some(observed)) = told.next() {
        count += 1 + observed.dropped_before;
    }
    assert!(count > 100, "{count}");
    let mut process =
        spawn_piped(&scene.sh("for i in $(seq 300); do echo x > f$i; done; echo done")).unwrap();
    drop(process.child.take_observations());
    assert_eq!(read_all(&process.stdout), "done\n");
    assert_eq!(end(&mut process.child), ExitStatus::Code(0));
}

#[test]
fn a_held_program_goes_on_without_a_desktop_and_what_it_did_is_kept() {
    let scene = scene(Observe::Changes);
    let data = tempfile::tempdir().unwrap();
    let folder = HolderFolder::open(data.path().join("holders")).unwrap();
    let keep =
        Keep { folder: folder.path().to_owned(), id: "1-1".into(), note: String::new(), started_millis: 1 };
    let script = "echo x > first; while read line; do echo x > $line; done";
    let process = spawn_held(&scene.sh(script), SIZE, &keep).unwrap();
    let told = process.held.take_observations().unwrap();
    assert!(has(&until(&told, |it| it.object == "/home/first"), Act::Write, "/home/first"));
    process.held.release();
    let terminal = process.master.try_clone().unwrap();
    drop((process, told));
    // For a moment a helper that is just being started may hold the end on which nobody listens any more, and what is told
    // in that moment is lost with it; so there are some.
    for name in ["one", "two", "three", "four", "five"] {
        nix::unistd::write(&terminal, format!("{name}\n").as_bytes()).unwrap();
        common::eventually("it went on", || scene.host(name).exists());
        std::thread::sleep(Duration::from_millis(50));
    }
    let again = folder.attach("1-1").unwrap();
    again.held.adopt();
    let told = again.held.take_observations().unwrap();
    let all = until(&told, |it| it.object == "/home/five");
    assert!(has(&all, Act::Write, "/home/four"), "{all:#?}");
    nix::unistd::write(&again.master, b"last\n").unwrap();
    until(&told, |it| it.object == "/home/last");
}

/// A proxy that agrees to one connection in SOCKS5, says what was asked for, and sends an answer.
fn proxy(listener: &UnixListener, reply: u8) -> Vec<u8> {
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut greeting = [0; 3];
    stream.read_exact(&mut greeting).unwrap();
    assert_eq!(greeting, [5, 1, 0]);
    stream.write_all(&[5, 0]).unwrap();
    let mut request = [0; 10];
    stream.read_exact(&mut request).unwrap();
    stream.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
    if reply == 0 {
        stream.write_all(b"from the world\n").unwrap();
    }
    request.to_vec()
}

#[test]
fn a_program_that_knows_no_proxy_comes_to_the_same_judge() {
    let mut scene = scene(Observe::Changes);
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("proxy");
    let listener = UnixListener::bind(&socket).unwrap();
    scene.isolation.network = Network::Relay { socket, port: 4444, host_ports: Vec::new() };
    let script = "exec 3<>/dev/tcp/93.184.216.34/80; read -r line <&3; echo $line; exec 3>&-; \
                  (exec 3<>/dev/tcp/10.0.0.1/22) 2>&1 | grep -o 'Permission denied' | head -n 1; echo end";
    let mut process = spawn_piped(&scene.spec("bash", &["-c", script])).unwrap();
    let told = process.child.take_observations().unwrap();
    assert_eq!(proxy(&listener, 0), [5, 1, 0, 1, 93, 184, 216, 34, 0, 80]);
    read_until(&process.stdout, "from the world");
    // The second is refused, as the first was allowed.
    assert_eq!(proxy(&listener, 2), [5, 1, 0, 1, 10, 0, 0, 1, 0, 22]);
    assert_eq!(read_all(&process.stdout), "Permission denied\nend\n");
    let all = until(&told, |it| it.object == "10.0.0.1:22");
    assert!(has(&all, Act::Connect, "93.184.216.34:80"));
    assert_eq!(end(&mut process.child), ExitStatus::Code(0));
}

#[test]
fn a_connection_that_nobody_decides_ends_with_its_program() {
    let mut scene = scene(Observe::Changes);
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("proxy");
    let listener = UnixListener::bind(&socket).unwrap();
    scene.isolation.network = Network::Relay { socket, port: 4444, host_ports: Vec::new() };
    let script = "(exec 3<>/dev/tcp/93.184.216.34/80) & echo up; wait";
    let mut process = spawn_piped(&scene.spec("bash", &["-c", script])).unwrap();
    let _silent = listener.accept().unwrap();
    read_until(&process.stdout, "up");
    process.child.kill_tree(nix::libc::SIGKILL);
    assert_eq!(end(&mut process.child), ExitStatus::Signal(nix::libc::SIGKILL));
}

#[test]
fn all_of_this_holds_for_an_ordinary_user() {
    common::run_as_ordinary_user("all_of_this_holds_for_an_ordinary_user");
}
