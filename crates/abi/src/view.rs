//! What a path means in the view of a program: the same word for manifests, the kernel and people.
//!
//! A program sees the virtual file system's folders under their own names, the programs and libraries of the host, and
//! some places that are its own. Everything else of the host is missing unless it is given.

/// Places of the virtual file system.
const VIRTUAL: [&str; 4] = ["/home", "/apps", "/mnt", "/system"];
/// In every view, made for it.
const OWN: [&str; 5] = ["/tmp", "/proc", "/dev", "/var/tmp", "/etc"];
/// In every view, the host's, to read.
const PROGRAMS: [&str; 6] = ["/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin"];
/// Beneath something refused, and nothing to hide.
const HARMLESS: [&str; 1] = ["/run/log"];
/// Never given, and why.
const REFUSED: [(&str, &str); 13] = [
    ("/root", "it is the home of the host's administrator"),
    ("/boot", "the host starts from it"),
    ("/sys", "the host's devices are in it"),
    ("/run", "sockets of the host's services are in it"),
    ("/var/run", "sockets of the host's services are in it"),
    ("/etc/shadow", "passwords of the host are in it"),
    ("/etc/shadow-", "passwords of the host are in it"),
    ("/etc/gshadow", "passwords of the host are in it"),
    ("/etc/gshadow-", "passwords of the host are in it"),
    ("/etc/sudoers", "rights of the host's users are in it"),
    ("/etc/sudoers.d", "rights of the host's users are in it"),
    ("/etc/ssh", "keys of the host are in it"),
    ("/etc/ssl/private", "keys of the host are in it"),
];

/// What a path of a view is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// All of it: the folders of the virtual file system that can be given.
    Root,
    /// Of the virtual file system.
    Virtual,
    /// Every view has its own; nothing has to be given.
    Own,
    /// Programs and libraries of the host, which every view has.
    Programs,
    /// Another folder of the host. It can be given to read.
    Host,
    /// Never given; the reason.
    Refused(&'static str),
}

/// Looks at an absolute path in normal form; what it says of others means nothing.
#[must_use]
pub fn place_of(path: &str) -> Place {
    let is_beneath = |folder: &&str| {
        path.strip_prefix(*folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if path == "/" {
        return Place::Root;
    }
    if VIRTUAL.iter().any(is_beneath) {
        return Place::Virtual;
    }
    if !HARMLESS.iter().any(is_beneath)
        && let Some((_, why)) = REFUSED.iter().find(|(folder, _)| is_beneath(folder))
    {
        return Place::Refused(why);
    }
    if OWN.iter().any(is_beneath) {
        return Place::Own;
    }
    if PROGRAMS.iter().any(is_beneath) {
        return Place::Programs;
    }
    Place::Host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_place_is_known() {
        for (path, place) in [
            ("/", Place::Root),
            ("/home", Place::Virtual),
            ("/home/projects", Place::Virtual),
            ("/homework", Place::Host),
            ("/tmp/x", Place::Own),
            ("/etc", Place::Own),
            ("/etc/fonts", Place::Own),
            ("/usr/share", Place::Programs),
            ("/lib64", Place::Programs),
            ("/opt/tool", Place::Host),
            ("/run/log/journal", Place::Host),
        ] {
            assert_eq!(place_of(path), place, "{path}");
        }
        for path in ["/root/.ssh", "/etc/shadow", "/run/docker.sock", "/sys"] {
            assert!(matches!(place_of(path), Place::Refused(_)), "{path}");
        }
    }
}
