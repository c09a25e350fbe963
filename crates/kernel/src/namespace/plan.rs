//! Names, addresses and rules of networks, as text.

use std::net::{IpAddr, Ipv4Addr};

/// The device inside.
pub(super) const INSIDE: &str = "agn0";
/// Networks of this size within one range.
pub(super) const SLOTS: u8 = 64;
/// Ranges for private networks: the first of which nobody has a part.
pub(super) const RANGES: [[u8; 3]; 4] = [[10, 0, 0], [10, 213, 77], [172, 31, 253], [192, 168, 213]];
/// The range of bridged programs. The host has no address in it, so it meets nobody's.
pub(super) const BRIDGED: [u8; 3] = [10, 78, 0];
/// What a private program does not reach: everything that is not the internet (RFC 6890).
const INNER: &str = "0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 168.63.129.16, 169.254.0.0/16, 172.16.0.0/12, \
                     192.0.0.0/24, 192.0.2.0/24, 192.168.0.0/16, 198.18.0.0/15, 198.51.100.0/24, 203.0.113.0/24, \
                     224.0.0.0/4, 240.0.0.0/4";

/// What everything of one data folder is called after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag(String);

impl Tag {
    /// Six digits of a digest of the folder's path.
    pub(super) fn of(data_dir: &std::path::Path) -> Tag {
        let digest = blake3::hash(data_dir.as_os_str().as_encoded_bytes()).to_hex();
        Tag(digest[..6].to_owned())
    }

    pub(super) fn namespace(&self, number: u32) -> String {
        format!("agentos-{}-{number}", self.0)
    }

    /// The number of one of our namespaces.
    pub(super) fn number_of(&self, namespace: &str) -> Option<u32> {
        namespace.strip_prefix(&format!("agentos-{}-", self.0))?.parse().ok()
    }

    /// The host's end of a pair of devices. Names of devices have at most 15 bytes.
    pub(super) fn device(&self, number: u32) -> String {
        format!("ag{}h{number}", self.0)
    }

    pub(super) fn bridge(&self) -> String {
        format!("ag{}br", self.0)
    }

    pub(super) fn table(&self, number: u32) -> String {
        format!("agentos_{}_{number}", self.0)
    }

    /// The number of one of our tables.
    pub(super) fn number_of_table(&self, table: &str) -> Option<u32> {
        table.strip_prefix(&format!("agentos_{}_", self.0))?.parse().ok()
    }
}

/// The addresses of a private network: the host's and the program's.
pub(super) fn pair(range: [u8; 3], slot: u8) -> (Ipv4Addr, Ipv4Addr) {
    let [a, b, c] = range;
    (Ipv4Addr::new(a, b, c, slot * 4 + 1), Ipv4Addr::new(a, b, c, slot * 4 + 2))
}

/// Whether a network of the host's table of routes (`/proc/net/route`) has a part of a range. The default route and
/// networks of ours do not count.
pub(super) fn is_taken(routes: &str, range: [u8; 3]) -> bool {
    let [a, b, c] = range;
    let start = u32::from(Ipv4Addr::new(a, b, c, 0));
    routes.lines().skip(1).any(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let (Some(device), Some(to), Some(mask)) = (fields.first(), fields.get(1), fields.get(7)) else {
            return false;
        };
        let number = |text: &str| u32::from_str_radix(text, 16).map(u32::from_be).ok();
        let (Some(to), Some(mask)) = (number(to), number(mask)) else { return false };
        let both = mask & 0xffff_ff00;
        mask != 0 && !device.starts_with("ag") && to & both == start & both
    })
}

/// Whether a slot of a range has a route already, of us or another AgentOS.
pub(super) fn is_slot_taken(routes: &str, host: Ipv4Addr) -> bool {
    let start = u32::from(host) & !3;
    routes.lines().skip(1).any(|line| {
        let to = line.split_ascii_whitespace().nth(1).and_then(|to| u32::from_str_radix(to, 16).ok());
        to.map(u32::from_be).is_some_and(|to| to & !3 == start && to != 0)
    })
}

/// The device of the default route.
pub(super) fn default_device(routes: &str) -> Option<&str> {
    routes.lines().skip(1).find_map(|line| {
        let mut fields = line.split_ascii_whitespace();
        let (device, to) = (fields.next()?, fields.next()?);
        let mask = fields.nth(5)?;
        (to == "00000000" && mask == "00000000").then_some(device)
    })
}

/// The rules of a private network.
pub(super) fn rules(table: &str, device: &str, program: Ipv4Addr, dns: &[IpAddr]) -> String {
    let mut names = String::new();
    for server in dns.iter().filter(|server| server.is_ipv4()) {
        for protocol in ["udp", "tcp"] {
            names += &format!("    iifname \"{device}\" ip daddr {server} {protocol} dport 53 accept\n");
        }
    }
    format!(
        "table inet {table} {{\n\
         \x20 chain arriving {{\n\
         \x20   type filter hook input priority -10; policy accept;\n\
         \x20   iifname \"{device}\" ct state established,related accept\n\
         \x20   iifname \"{device}\" drop\n\
         \x20 }}\n\
         \x20 chain passing {{\n\
         \x20   type filter hook forward priority -10; policy accept;\n\
         \x20   iifname \"{device}\" ct state invalid drop\n\
         \x20   iifname \"{device}\" ip saddr != {program} drop\n\
         {names}\
         \x20   iifname \"{device}\" ip daddr {{ {INNER} }} drop\n\
         \x20   iifname \"{device}\" meta nfproto ipv6 drop\n\
         \x20   oifname \"{device}\" ct state established,related accept\n\
         \x20   oifname \"{device}\" drop\n\
         \x20 }}\n\
         \x20 chain leaving {{\n\
         \x20   type nat hook postrouting priority 100; policy accept;\n\
         \x20   ip saddr {program} oifname != \"{device}\" masquerade\n\
         \x20 }}\n\
         }}\n"
    )
}

/// Servers of names of a `resolv.conf` that can be asked from a network of its own.
pub(super) fn servers(resolv_conf: &str) -> Vec<IpAddr> {
    let address = |line: &str| line.strip_prefix("nameserver")?.trim().parse::<IpAddr>().ok();
    let found = resolv_conf.lines().filter_map(address);
    found.filter(|server| server.is_ipv4() && !server.is_loopback()).take(3).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: &str = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
        eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
        eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n\
        wlan0\t0000000A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n\
        agabcdefh3\t044DD50A\t00000000\t0001\t0\t0\t0\tFCFFFFFF\t0\t0\t0\n";

    #[test]
    fn a_range_that_somebody_has_a_part_of_is_not_taken() {
        assert!(is_taken(ROUTES, [10, 0, 0]), "10.0.0.0/16 is there");
        assert!(!is_taken(ROUTES, [10, 213, 77]), "only ours is there");
        assert!(is_slot_taken(ROUTES, pair([10, 213, 77], 1).0));
        assert!(!is_slot_taken(ROUTES, pair([10, 213, 77], 2).0));
        assert_eq!(default_device(ROUTES), Some("eth0"));
        assert_eq!(default_device(""), None);
        assert!(!is_taken("nonsense\nx\ny z", [10, 0, 0]));
    }

    #[test]
    fn names_fit_and_are_found_again() {
        let tag = Tag::of(std::path::Path::new("/home/somebody/.local/share/agentos"));
        assert!(tag.device(99_999).len() <= 15 && tag.bridge().len() <= 15);
        assert_eq!(tag.number_of(&tag.namespace(7)), Some(7));
        assert_eq!(tag.number_of("agentos-other-7"), None);
        assert_eq!(tag.number_of_table(&tag.table(7)), Some(7));
    }

    #[test]
    fn servers_on_this_machines_loopback_cannot_be_asked_from_elsewhere() {
        let text = "# x\nnameserver 127.0.0.53\nnameserver 9.9.9.9\nnameserver ::1\noptions edns0\n";
        assert_eq!(servers(text), [IpAddr::from([9, 9, 9, 9])]);
    }
}
