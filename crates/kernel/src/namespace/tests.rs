//! Networks on a host of this test's own: a network namespace with a world behind it, in which nothing of the real
//! host is touched. Needs root, `unshare`, `ip` and `nft`; without one of them that is said, loudly.

use super::{Namespace, Networks, command::run};
use nix::sched::{CloneFlags, setns};
use std::{
    fs::{self, File},
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

/// An address of the internet, which is in the world of this test.
const OUTSIDE: &str = "8.8.4.4";
/// An address of the inside of somebody's network.
const INSIDE: &str = "10.9.9.9";

/// Runs a test again, alone, in namespaces of its own.
fn in_a_world_of_its_own(test: &str) {
    let tools = ["unshare", "ip", "nft"].map(|tool| super::command::find(tool).map(|_| tool).ok_or(tool));
    let missing: Vec<_> = tools.iter().filter_map(|tool| tool.err()).collect();
    if !nix::unistd::geteuid().is_root() || !missing.is_empty() {
        eprintln!("SKIPPED: private and bridged networks need root and the programs {missing:?}");
        return;
    }
    let output = Command::new("unshare")
        .args(["--net", "--mount", "--propagation", "private"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// The world: a host with a way out, behind which there are two servers.
fn make_world() {
    for folder in ["/run/netns", "/var/run/netns"] {
        let _ = fs::create_dir_all(folder);
    }
    nix::mount::mount(Some("none"), "/run/netns", Some("tmpfs"), nix::mount::MsFlags::empty(), None::<&str>)
        .unwrap();
    let lines = "link set lo up\nnetns add world\nlink add out type veth peer name in netns world\n\
                 addr add 172.30.0.1/30 dev out\nlink set out up\nroute add default via 172.30.0.2\n";
    run("ip", &["-batch", "-"], lines).unwrap();
    let lines = format!(
        "link set lo up\naddr add 172.30.0.2/30 dev in\nlink set in up\naddr add {OUTSIDE}/32 dev lo\n\
         addr add {INSIDE}/32 dev lo\n"
    );
    run("ip", &["-n", "world", "-batch", "-"], &lines).unwrap();
    for address in [OUTSIDE, INSIDE] {
        let address: SocketAddr = format!("{address}:80").parse().unwrap();
        let (told, is_listening) = std::sync::mpsc::sync_channel(1);
        let serve = move || {
            join(Path::new("/run/netns/world"));
            let listener = TcpListener::bind(address).unwrap();
            told.send(()).unwrap();
            while let Ok((mut stream, peer)) = listener.accept() {
                let _ = write!(stream, "{}", peer.ip());
            }
        };
        drop(thread::Builder::new().name("world".into()).spawn(serve).unwrap());
        is_listening.recv().unwrap();
    }
}

/// This thread is in another network from now on.
fn join(network: &Path) {
    setns(File::open(network).unwrap(), CloneFlags::CLONE_NEWNET).unwrap();
}

/// Does something in another network.
fn within<T: Send>(network: &Path, act: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let there = move || {
            join(network);
            act()
        };
        thread::Builder::new().name("there".into()).spawn_scoped(scope, there).unwrap().join().unwrap()
    })
}

/// What a server says to who connects from a network; nothing when it is not reached.
fn heard(network: &Path, address: &str) -> Option<String> {
    let address: SocketAddr = address.parse().unwrap();
    within(network, move || {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(700)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        Some(text)
    })
}

/// A server in a network that says a word to one who comes; its port.
fn serving(network: &Path, word: &'static str) -> u16 {
    let listener = within(network, || TcpListener::bind("0.0.0.0:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    let serve = move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.write_all(word.as_bytes());
        }
    };
    drop(thread::Builder::new().name("serving".into()).spawn(serve).unwrap());
    port
}

/// Everything of ours on this host.
fn left() -> Vec<String> {
    let names = fs::read_dir("/run/netns").unwrap().flatten();
    let mut left: Vec<String> = names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "world")
        .collect();
    let devices = fs::read_to_string("/proc/net/dev").unwrap();
    left.extend(devices.lines().filter(|line| line.trim().starts_with("ag")).map(str::to_owned));
    left.extend(run("nft", &["list", "tables"], "").unwrap().lines().map(str::to_owned));
    left
}

fn forwarding() -> String {
    fs::read_to_string("/proc/sys/net/ipv4/conf/out/forwarding").unwrap().trim().to_owned()
}

#[test]
fn a_private_network_reaches_the_internet_and_nothing_else() {
    in_a_world_of_its_own("namespace::tests::private_in_its_world");
}

#[test]
#[ignore = "runs in a world of its own, by the test before"]
fn private_in_its_world() {
    make_world();
    let folder = tempfile::tempdir().unwrap();
    let networks = Networks::new(folder.path());
    // The range 10.0.0.0/24 is the first; nobody has a part of it here.
    let network = networks.private(&[]).unwrap();
    assert_eq!(network.address().to_string(), "10.0.0.2");
    let path = network.path();
    let host = Path::new("/proc/self/ns/net");
    // Controls: the world is there for the host, both parts of it, and so is a port of the host.
    assert_eq!(heard(host, "8.8.4.4:80").as_deref(), Some("172.30.0.1"));
    assert_eq!(heard(host, "10.9.9.9:80").as_deref(), Some("172.30.0.1"));
    let own = serving(host, "of the host");
    assert_eq!(heard(host, &format!("10.0.0.1:{own}")).as_deref(), Some("of the host"));

    assert_eq!(heard(&path, "8.8.4.4:80").as_deref(), Some("172.30.0.1"), "under the host's address");
    assert_eq!(heard(&path, "10.9.9.9:80"), None, "private addresses are out of reach");
    for host_address in ["10.0.0.1", "172.30.0.1"] {
        assert_eq!(heard(&path, &format!("{host_address}:{own}")), None, "the host is out of reach");
    }
    let inside = serving(&path, "of the program");
    assert_eq!(heard(host, &format!("10.0.0.2:{inside}")).as_deref(), Some("of the program"));
    assert_eq!(heard(Path::new("/run/netns/world"), &format!("10.0.0.2:{inside}")), None);

    // A second one has addresses of its own, and does not reach the first.
    let second = networks.private(&[[9, 9, 9, 9].into()]).unwrap();
    assert_ne!(second.address(), network.address());
    assert_eq!(heard(&second.path(), &format!("10.0.0.2:{inside}")), None);
    assert_eq!(heard(&second.path(), "8.8.4.4:80").as_deref(), Some("172.30.0.1"));
    second.remove();
    assert_eq!(heard(&path, "8.8.4.4:80").as_deref(), Some("172.30.0.1"), "the first goes on");
    assert_eq!(forwarding(), "1");
    network.remove();
    assert_eq!((left(), forwarding()), (Vec::new(), "0".into()));

    // As after a crash: nobody removed it, and its program is gone.
    let lost: Namespace = networks.private(&[]).unwrap();
    assert!(!left().is_empty());
    drop(lost);
    // One that a program is in stays.
    let used = networks.private(&[]).unwrap();
    let mut program = Command::new("ip")
        .args(["netns", "exec", used.path().file_name().unwrap().to_str().unwrap(), "sleep", "1000"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(200));
    let next = Networks::new(folder.path());
    next.sweep();
    assert!(used.path().exists() && left().iter().filter(|it| it.starts_with("agentos")).count() == 1);
    let again = next.again(used.found().clone()).unwrap();
    assert_eq!(heard(&again.path(), "8.8.4.4:80").as_deref(), Some("172.30.0.1"));
    program.kill().unwrap();
    program.wait().unwrap();
    Networks::new(folder.path()).sweep();
    assert_eq!((left(), forwarding()), (Vec::new(), "0".into()));
    assert!(!folder.path().join("networks").exists());
}

#[test]
fn bridged_programs_reach_each_other_and_nobody_else() {
    in_a_world_of_its_own("namespace::tests::bridged_in_its_world");
}

#[test]
#[ignore = "runs in a world of its own, by the test before"]
fn bridged_in_its_world() {
    make_world();
    let folder = tempfile::tempdir().unwrap();
    let networks = Networks::new(folder.path());
    let (one, other) = (networks.bridged().unwrap(), networks.bridged().unwrap());
    let port = serving(&one.path(), "of the first");
    let address = format!("{}:{port}", one.address());
    assert_eq!(heard(&other.path(), &address).as_deref(), Some("of the first"));
    let host = Path::new("/proc/self/ns/net");
    let own = serving(host, "of the host");
    for elsewhere in ["8.8.4.4:80".to_owned(), format!("172.30.0.1:{own}")] {
        assert!(heard(host, &elsewhere).is_some(), "the control");
        assert_eq!(heard(&other.path(), &elsewhere), None);
    }
    assert_eq!(heard(host, &address), None);
    one.remove();
    assert!(!left().is_empty());
    other.remove();
    assert_eq!(left(), Vec::<String>::new());
}
