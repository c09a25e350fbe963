//! What kind of place an IP address is.
//!
//! Ranges are those of the IANA special-purpose address registries (RFC 6890 and its updates), plus
//! the addresses at which cloud hosts hand out credentials. An IPv6 address that carries an IPv4
//! address to which it is translated on the way (RFC 4291, 6052, 3056) is the kind of place that one is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of place an address is. All but [`AddressClass::Public`] need a grant that names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressClass {
    /// Anywhere on the internet.
    Public,
    /// This machine.
    Loopback,
    /// The network of a home or company.
    Private,
    /// The same cable; also multicast and broadcast.
    LinkLocal,
    /// Where a cloud host hands out credentials. Only its own address grants it.
    Metadata,
    /// Every interface at once (`0.0.0.0`, `::`), and ranges without hosts. Only an address grants it.
    Reserved,
}

const METADATA_V4: [Ipv4Addr; 4] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
];
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254);

/// The address that is really meant: an IPv4 address in the clothes of IPv6 becomes itself.
pub fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// What kind of place it is.
#[must_use]
pub fn class_of(address: IpAddr) -> AddressClass {
    match canonical(address) {
        IpAddr::V4(address) => class_of_v4(address),
        IpAddr::V6(address) => class_of_v6(address),
    }
}

fn class_of_v4(address: Ipv4Addr) -> AddressClass {
    if METADATA_V4.contains(&address) {
        return AddressClass::Metadata;
    }
    match address.octets() {
        [127, ..] => AddressClass::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => AddressClass::Private,
        [169, 254, ..] | [224..=239, ..] | [255, 255, 255, 255] => AddressClass::LinkLocal,
        [0 | 240..=255, ..]
        | [192, 0, 0 | 2, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => AddressClass::Reserved,
        _ => AddressClass::Public,
    }
}

fn class_of_v6(address: Ipv6Addr) -> AddressClass {
    if address == METADATA_V6 {
        return AddressClass::Metadata;
    }
    let v4 = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        class_of_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => AddressClass::Reserved,
        [0, 0, 0, 0, 0, 0, 0, 1] => AddressClass::Loopback,
        // IPv4-compatible; NAT64; 6to4.
        [0, 0, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        [0xfc00..=0xfdff, ..] => AddressClass::Private,
        [0xfe80..=0xfebf | 0xff00..=0xffff, ..] => AddressClass::LinkLocal,
        // NAT64 of a company, Teredo, documentation, discard, old site-local, what nobody has yet.
        [0x64, 0xff9b, 1, ..] | [0x2001, 0 | 0x0db8, ..] | [0x0100, 0, 0, 0, ..] | [0xfec0..=0xfeff, ..] => {
            AddressClass::Reserved
        }
        [0x2000..=0x3fff, ..] => AddressClass::Public,
        _ => AddressClass::Reserved,
    }
}
