//! The `/etc` of a view: what programs need to run, find certificates and know the time, and nothing that tells about
//! the host, its users or its secrets.

use super::{
    mounts::{NO_DEVICES, READ_ONLY},
    tree::Tree,
    trouble::Tried,
    user::INSIDE_ID,
};
use crate::{Isolation, Network, wire::Request};
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// What a program's host is called.
pub(super) const HOST_NAME: &str = "agentos";
/// Files that are taken over.
const TAKEN: &[&str] = &[
    "bash.bashrc",
    "debian_version",
    "inputrc",
    "ld.so.cache",
    "localtime",
    "magic",
    "mime.types",
    "pki/tls/openssl.cnf",
    "protocols",
    "services",
    "ssl/openssl.cnf",
    "timezone",
];
/// Folders that are laid over, read-only.
const SHOWN: &[&str] = &[
    "alternatives",
    "crypto-policies",
    "fonts",
    "pki/ca-trust",
    "pki/tls/certs",
    "ssl/certs",
    "terminfo",
    "vim",
];
/// Where nothing goes out.
const NO_NAMES: &str = "# there is no network, and nobody who knows names\n";
/// Where connections go out by a relay, which answers questions about names as well.
const NAMES_BY_RELAY: &str = "# addresses stand for names; who lets connections out looks the names up\n\
                              nameserver 127.0.0.1\noptions timeout:2 attempts:2\n";
/// A file above this is not copied but laid over, which costs the same whatever its size, bytes.
const MAX_COPIED_BYTES: usize = 4 * 1024;

/// Fills `/etc`.
pub(super) fn fill(tree: &Tree, request: &Request, isolation: &Isolation) -> Tried<()> {
    let who = Who::of(request);
    tree.file("/etc/passwd", who.passwd().as_bytes())?;
    tree.file("/etc/group", who.group().as_bytes())?;
    tree.file("/etc/hostname", format!("{HOST_NAME}\n").as_bytes())?;
    tree.file(
        "/etc/nsswitch.conf",
        b"passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n",
    )?;
    tree.file("/etc/shells", b"/bin/sh\n/bin/bash\n")?;
    tree.link("/etc/mtab", Path::new("../proc/self/mounts"))?;
    tree.link("/etc/os-release", Path::new("../usr/lib/os-release"))?;
    let is_shared = isolation.network == Network::Shared;
    if !is_shared || !take(tree, "hosts")? {
        let hosts = format!("127.0.0.1 localhost {HOST_NAME}\n::1 localhost\n");
        tree.file("/etc/hosts", hosts.as_bytes())?;
    }
    match &isolation.resolv_conf {
        Some(given) => tree.file("/etc/resolv.conf", given.as_bytes())?,
        None if is_shared && take(tree, "resolv.conf")? => {}
        None => {
            let own = match isolation.network {
                Network::Relay { .. } => NAMES_BY_RELAY,
                _ => NO_NAMES,
            };
            tree.file("/etc/resolv.conf", own.as_bytes())?;
        }
    }
    for name in TAKEN {
        take(tree, name)?;
    }
    for name in SHOWN {
        let path = format!("/etc/{name}");
        if Path::new(&path).is_dir() {
            tree.show(&path, &path, READ_ONLY)?;
        }
    }
    Ok(())
}

/// What of the host's own `/etc` a program needs where it has no other.
pub(super) fn paths_on_host() -> impl Iterator<Item = std::path::PathBuf> {
    let made =
        ["passwd", "group", "nsswitch.conf", "hosts", "hostname", "resolv.conf", "shells", "os-release"];
    let folder = |name: &str| Path::new("/etc").join(name);
    TAKEN.iter().chain(SHOWN).copied().chain(made).map(folder)
}

/// Takes a file of the host's over, through whatever link it is; false when it is no file or cannot be read.
fn take(tree: &Tree, name: &str) -> Tried<bool> {
    let path = format!("/etc/{name}");
    let mut content = [0; MAX_COPIED_BYTES + 1];
    match read_into(&path, &mut content) {
        // Folders and sockets answer an error.
        Err(_) => return Ok(false),
        Ok(len) if len <= MAX_COPIED_BYTES => tree.file(&path, &content[..len])?,
        Ok(_) => tree.show(&path, &path, READ_ONLY | NO_DEVICES)?,
    }
    Ok(true)
}

/// As much as there is and has room.
fn read_into(path: &str, content: &mut [u8]) -> io::Result<usize> {
    let (mut file, mut len) = (File::open(path)?, 0);
    while len < content.len() {
        match file.read(&mut content[len..])? {
            0 => break,
            count => len += count,
        }
    }
    Ok(len)
}

/// Whom the program takes itself for.
struct Who<'a> {
    name: &'a str,
    home: &'a str,
    shell: &'a str,
}

impl<'a> Who<'a> {
    /// From the environment, as far as it can stand in a line of `/etc/passwd`.
    fn of(request: &'a Request) -> Who<'a> {
        let variable = |name: &str, is_good: fn(&str) -> bool| {
            let found = request.env.iter().find(|(each, _)| each == name);
            found.map(|(_, value)| value.as_str()).filter(|value| is_good(value))
        };
        let is_path = |value: &str| value.starts_with('/') && !value.contains([':', '\n']);
        let is_name = |value: &str| {
            let is_part =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
            (1..=32).contains(&value.len())
                && value.starts_with(|first: char| first.is_ascii_lowercase())
                && value.bytes().all(is_part)
                && !["root", "nobody"].contains(&value)
        };
        Who {
            name: variable("USER", is_name).unwrap_or("user"),
            home: variable("HOME", is_path).unwrap_or("/"),
            shell: variable("SHELL", is_path).unwrap_or("/bin/sh"),
        }
    }

    fn passwd(&self) -> String {
        let Who { name, home, shell } = self;
        format!(
            "root:x:0:0:root:/root:/usr/sbin/nologin\n\
             {name}:x:{INSIDE_ID}:{INSIDE_ID}:{name}:{home}:{shell}\n\
             nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
        )
    }

    fn group(&self) -> String {
        format!("root:x:0:\ntty:x:5:\n{}:x:{INSIDE_ID}:\nnogroup:x:65534:\n", self.name)
    }
}
