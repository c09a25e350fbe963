//! Making networks of their own, and taking them away.

use super::{
    command::{find, run},
    obstacles::obstacle,
    plan::{
        BRIDGED, INSIDE, RANGES, SLOTS, Tag, default_device, is_slot_taken, is_taken, pair, rules, servers,
    },
};
use crate::sync::lock;
use abi::{Errno, SysError, SysResult};
use nix::unistd::geteuid;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    fs, io,
    net::{IpAddr, Ipv4Addr},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// Where `ip netns` keeps its names.
const NAMES: &str = "/run/netns";
/// Networks at one time.
const MOST: usize = 64;
/// Asked when the host's own servers are on its loopback only.
const USUAL_SERVERS: [Ipv4Addr; 2] = [Ipv4Addr::new(9, 9, 9, 9), Ipv4Addr::new(1, 1, 1, 1)];
/// Where servers of names are written, the better place first: behind a local one stand the real ones.
const RESOLV_CONF: [&str; 2] = ["/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"];

/// The networks of one data folder.
pub(crate) struct Networks {
    tag: Tag,
    /// There while networks may be: names the device whose forwarding was switched on, if one was.
    note: PathBuf,
    /// Numbers in use. Held while one is made or removed, which takes a moment.
    made: Arc<Mutex<HashSet<u32>>>,
}

/// What a network is found by again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    pub(crate) number: u32,
    pub(crate) address: IpAddr,
    pub(crate) dns: Vec<IpAddr>,
}

/// One network.
#[derive(Debug)]
pub(crate) struct Namespace {
    tag: Tag,
    found: Found,
    note: PathBuf,
    made: Arc<Mutex<HashSet<u32>>>,
}

fn missing(what: &str, why: &str) -> SysError {
    SysError::new(Errno::EOPNOTSUPP, format!("{what} cannot be had here: {why}"))
}

impl Networks {
    pub(crate) fn new(data_dir: &Path) -> Self {
        Networks { tag: Tag::of(data_dir), note: data_dir.join("networks"), made: Arc::default() }
    }

    /// Why there are no private networks here, if that is so.
    pub(crate) fn lacking(needs_filter: bool) -> Option<&'static str> {
        if !geteuid().is_root() {
            return Some("only root makes devices of the network; the filtered network needs no privileges");
        }
        if find("ip").is_none() {
            return Some("the program `ip` (package iproute2) is not installed");
        }
        (needs_filter && find("nft").is_none())
            .then_some("the program `nft` (package nftables) is not installed")
    }

    /// The host's routes, one of which leads out, where nothing is missing and nothing in the way.
    pub(super) fn private_is_possible() -> Result<String, String> {
        if let Some(why) = Networks::lacking(true) {
            return Err(why.to_owned());
        }
        let routes = fs::read_to_string("/proc/net/route").unwrap_or_default();
        if default_device(&routes).is_none() {
            return Err("this machine has no way to the internet".to_owned());
        }
        match obstacle() {
            Some(why) => Err(why),
            None => Ok(routes),
        }
    }

    /// Makes a network behind address translation. Without servers of names those of the host are asked.
    ///
    /// # Errors
    /// `EOPNOTSUPP` with what is missing, `EAGAIN` when there are too many, `EIO` with what the host answered; then
    /// nothing is left.
    pub(crate) fn private(&self, dns: &[IpAddr]) -> SysResult<Namespace> {
        const WHAT: &str = "a private network";
        let routes = Networks::private_is_possible().map_err(|why| missing(WHAT, &why))?;
        let outer = default_device(&routes).unwrap_or_default();
        let dns = if dns.is_empty() { own_servers() } else { dns.to_vec() };
        let mut made = lock(&self.made);
        let number = self.free_number(&made)?;
        let (host, program) = self.free_pair(&routes)?;
        let found = Found { number, address: program.into(), dns };
        let namespace = self.namespace(found);
        made.insert(number);
        drop(made);
        self.note_down().inspect_err(|_| {
            lock(&self.made).remove(&number);
        })?;
        let (name, device) = (self.tag.namespace(number), self.tag.device(number));
        let make = || -> io::Result<()> {
            tie(&name, &device, program, 30)?;
            run("ip", &["-n", &name, "-batch", "-"], &format!("route add default via {host}\n"))?;
            run("ip", &["-batch", "-"], &format!("addr add {host}/30 dev {device}\nlink set {device} up\n"))?;
            run(
                "nft",
                &["-f", "-"],
                &rules(&self.tag.table(number), &device, program, &namespace.found.dns),
            )?;
            fs::write(format!("/proc/sys/net/ipv4/conf/{device}/forwarding"), "1")?;
            self.forward(outer)
        };
        make().map_err(|why| self.failed(WHAT, &namespace, &why))?;
        Ok(namespace)
    }

    /// Makes a network with the other programs that are bridged.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn bridged(&self) -> SysResult<Namespace> {
        const WHAT: &str = "a bridged network";
        if let Some(why) = Networks::lacking(false) {
            return Err(missing(WHAT, why));
        }
        let mut made = lock(&self.made);
        let number = self.free_number(&made)?;
        let [a, b, c] = BRIDGED;
        // Numbers stay below the number of addresses: the lowest that is free is taken.
        let address = Ipv4Addr::new(a, b, c, u8::try_from(number + 1).unwrap_or(u8::MAX));
        let namespace = self.namespace(Found { number, address: address.into(), dns: Vec::new() });
        self.note_down()?;
        made.insert(number);
        let (name, device, bridge) = (self.tag.namespace(number), self.tag.device(number), self.tag.bridge());
        let make = || -> io::Result<()> {
            if !is_there(&bridge) {
                run("ip", &["link", "add", &bridge, "type", "bridge"], "")?;
                quiet(&bridge);
                run("ip", &["link", "set", &bridge, "up"], "")?;
            }
            tie(&name, &device, address, 24)?;
            let lines = format!("link set {device} master {bridge}\nlink set {device} up\n");
            run("ip", &["-batch", "-"], &lines).map(drop)
        };
        let result = make();
        // Taking it away needs the lock.
        drop(made);
        result.map_err(|why| self.failed(WHAT, &namespace, &why))?;
        Ok(namespace)
    }

    /// The network of a program that outlived an earlier kernel; `None` when it is gone.
    pub(crate) fn again(&self, found: Found) -> Option<Namespace> {
        let is_there = Path::new(NAMES).join(self.tag.namespace(found.number)).exists();
        is_there.then(|| {
            lock(&self.made).insert(found.number);
            self.namespace(found)
        })
    }

    /// From now on a start has to look for what is left.
    fn note_down(&self) -> SysResult<()> {
        let written = fs::OpenOptions::new().append(true).create(true).open(&self.note);
        written.map(drop).map_err(|why| SysError::new(Errno::EIO, format!("{}: {why}", self.note.display())))
    }

    fn namespace(&self, found: Found) -> Namespace {
        Namespace { tag: self.tag.clone(), found, note: self.note.clone(), made: self.made.clone() }
    }

    fn failed(&self, what: &str, namespace: &Namespace, why: &io::Error) -> SysError {
        namespace.remove();
        SysError::new(Errno::EIO, format!("{what} could not be made: {why}"))
    }

    fn free_number(&self, made: &HashSet<u32>) -> SysResult<u32> {
        let is_free = |number: &u32| {
            !made.contains(number) && !Path::new(NAMES).join(self.tag.namespace(*number)).exists()
        };
        let full =
            || SysError::new(Errno::EAGAIN, format!("{MOST} programs have networks of their own already"));
        if made.len() >= MOST {
            return Err(full());
        }
        (1..200).find(is_free).ok_or_else(full)
    }

    fn free_pair(&self, routes: &str) -> SysResult<(Ipv4Addr, Ipv4Addr)> {
        let ranges = RANGES.iter().filter(|range| !is_taken(routes, **range));
        let mut pairs = ranges.flat_map(|range| (0..SLOTS).map(|slot| pair(*range, slot)));
        let none = || SysError::new(Errno::EAGAIN, "this machine has no free addresses for private networks");
        pairs.find(|(host, _)| !is_slot_taken(routes, *host)).ok_or_else(none)
    }

    /// Has answers find their way back in: they come in by the device of the default route.
    fn forward(&self, outer: &str) -> io::Result<()> {
        let switch = format!("/proc/sys/net/ipv4/conf/{outer}/forwarding");
        if fs::read_to_string(&switch)?.trim() == "1" {
            return Ok(());
        }
        // Noted before, so that it is switched off again whatever happens.
        fs::write(&self.note, outer)?;
        fs::write(&switch, "1")
    }

    /// Takes away what is left of programs that are gone: at a start, nobody else is on the data folder.
    pub(crate) fn sweep(&self) {
        if !self.note.exists() || Networks::lacking(false).is_some() {
            return;
        }
        let in_use = namespaces_in_use();
        let (mut kept, mut left) = (HashSet::new(), Vec::new());
        for entry in fs::read_dir(NAMES).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(number) = self.tag.number_of(&name) else { continue };
            let is_used = entry.metadata().is_ok_and(|metadata| in_use.contains(&metadata.ino()));
            if is_used {
                kept.insert(number);
            } else {
                left.push(number);
            }
        }
        // Before any goes: the last one takes along what is there for all.
        lock(&self.made).extend(&kept);
        for number in left {
            if !lock(&self.made).contains(&number) {
                tracing::info!(number, "a network of a program that is gone is removed");
                self.nameless(number).remove();
            }
        }
        if find("nft").is_some()
            && let Ok(tables) = run("nft", &["list", "tables"], "")
        {
            let ours = tables.lines().filter_map(|line| line.trim().strip_prefix("table inet "));
            for number in ours.filter_map(|table| self.tag.number_of_table(table.trim())) {
                if !kept.contains(&number) && !lock(&self.made).contains(&number) {
                    let _ = run("nft", &["delete", "table", "inet", &self.tag.table(number)], "");
                }
            }
        }
        if lock(&self.made).is_empty() {
            self.nameless(0).last_is_gone();
        }
    }

    /// One of which only the number is known.
    fn nameless(&self, number: u32) -> Namespace {
        self.namespace(Found { number, address: IpAddr::from([0; 4]), dns: Vec::new() })
    }
}

impl Namespace {
    /// The file by which it is joined.
    pub(crate) fn path(&self) -> PathBuf {
        Path::new(NAMES).join(self.tag.namespace(self.found.number))
    }

    pub(crate) fn address(&self) -> IpAddr {
        self.found.address
    }

    /// Who is asked for names there.
    pub(crate) fn dns(&self) -> &[IpAddr] {
        &self.found.dns
    }

    /// What it is found by again.
    pub(crate) fn found(&self) -> &Found {
        &self.found
    }

    /// Takes it away, with its devices and rules. What is gone already is no error.
    pub(crate) fn remove(&self) {
        let number = self.found.number;
        let mut made = lock(&self.made);
        // The devices go with the namespace only when its last process has; so they go first.
        let _ = run("ip", &["link", "delete", &self.tag.device(number)], "");
        if let Err(why) = run("ip", &["netns", "delete", &self.tag.namespace(number)], "") {
            tracing::debug!(%why, "a network stayed behind");
        }
        let table = self.tag.table(number);
        if find("nft").is_some() {
            let _ = run("nft", &["delete", "table", "inet", &table], "");
        }
        made.remove(&number);
        if made.is_empty() {
            self.last_is_gone();
        }
    }

    /// Nobody has a network of its own any more: what was there for all goes.
    fn last_is_gone(&self) {
        let bridge = self.tag.bridge();
        if is_there(&bridge) {
            let _ = run("ip", &["link", "delete", &bridge], "");
        }
        if let Ok(outer) = fs::read_to_string(&self.note) {
            let is_name = !outer.is_empty() && !outer.contains('/') && outer != "..";
            if is_name {
                let _ = fs::write(format!("/proc/sys/net/ipv4/conf/{outer}/forwarding"), "0");
            }
            let _ = fs::remove_file(&self.note);
        }
    }
}

/// Makes a namespace and a pair of devices into it.
fn tie(name: &str, device: &str, address: Ipv4Addr, prefix: u8) -> io::Result<()> {
    let outside = format!("netns add {name}\nlink add {device} type veth peer name {INSIDE} netns {name}\n");
    run("ip", &["-batch", "-"], &outside)?;
    quiet(device);
    let inside = format!("link set lo up\naddr add {address}/{prefix} dev {INSIDE}\nlink set {INSIDE} up\n");
    run("ip", &["-n", name, "-batch", "-"], &inside).map(drop)
}

/// Whether there is a device of this name.
fn is_there(device: &str) -> bool {
    Path::new("/proc/sys/net/ipv4/conf").join(device).exists()
}

/// No IPv6 by itself: it would be a way past the rules.
fn quiet(device: &str) {
    // Where there is no IPv6 there is nothing to switch off.
    let _ = fs::write(format!("/proc/sys/net/ipv6/conf/{device}/disable_ipv6"), "1");
}

fn own_servers() -> Vec<IpAddr> {
    let texts = RESOLV_CONF.iter().filter_map(|path| fs::read_to_string(path).ok());
    let found = texts.map(|text| servers(&text)).find(|servers| !servers.is_empty());
    found.unwrap_or_else(|| USUAL_SERVERS.map(IpAddr::from).to_vec())
}

/// Inodes of all network namespaces that a process is in.
fn namespaces_in_use() -> HashSet<u64> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let inode = |entry: fs::DirEntry| fs::metadata(entry.path().join("ns/net")).ok().map(|it| it.ino());
    processes.filter_map(inode).collect()
}
