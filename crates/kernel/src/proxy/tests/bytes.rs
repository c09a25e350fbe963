//! What is understood of bytes, and that none of them break anything.

use crate::{
    network::Host,
    proxy::{http, socks},
};
use proptest::prelude::*;

fn read(head: &str) -> Result<http::Asked, u16> {
    http::read(head.as_bytes()).map_err(|bad| bad.status)
}

fn name(name: &str) -> Host {
    Host::parse(name).unwrap()
}

#[test]
fn a_tunnel_is_a_host_with_a_port() {
    let tunnel = |authority: &str| read(&format!("CONNECT {authority} HTTP/1.1\r\nHost: x\r\n\r\n"));
    let to = |host: &str, port| Ok(http::Asked::Tunnel { host: name(host), port });
    assert_eq!(tunnel("Example.com:443"), to("example.com", 443));
    assert_eq!(tunnel("192.0.2.1:22"), to("192.0.2.1", 22));
    assert_eq!(tunnel("[2001:db8::1]:443"), to("2001:db8::1", 443));
    for wrong in [
        "example.com",
        "example.com:",
        "example.com:0",
        "example.com:+1",
        "a b:1",
        "2001:db8::1:443",
        ":443",
        "u@h:1",
    ] {
        assert_eq!(tunnel(wrong), Err(400), "{wrong}");
    }
}

#[test]
fn a_request_goes_on_with_its_own_host_and_without_what_is_between_client_and_proxy() {
    let asked = read(
        "POST http://Example.com:8080/a?b=c#d HTTP/1.1\r\nHost: other.example\r\nProxy-Authorization: secret\r\n\
         Connection: keep-alive, X-Hop, Content-Length\r\nX-Hop: 1\r\nContent-Length: 3\r\nX-End:  to the end \r\n\r\n",
    );
    let Ok(http::Asked::Request { host, port, head }) = asked else { panic!("{asked:?}") };
    assert_eq!((host, port), (name("example.com"), 8080));
    assert_eq!(
        String::from_utf8(head).unwrap(),
        "POST /a?b=c HTTP/1.1\r\nHost: Example.com:8080\r\nConnection: close\r\nContent-Length: 3\r\nX-End: to the end\r\n\r\n"
    );
    let Ok(http::Asked::Request { head, .. }) = read("GET http://a.example?x HTTP/1.0\r\n\r\n") else {
        panic!()
    };
    assert!(head.starts_with(b"GET /?x HTTP/1.1\r\nHost: a.example\r\n"));
}

#[test]
fn what_two_programs_might_read_in_two_ways_is_refused() {
    for (head, status) in [
        ("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", 400),
        ("GET https://example.com/ HTTP/1.1\r\n\r\n", 400),
        ("GET ftp://example.com/ HTTP/1.1\r\n\r\n", 501),
        ("GET http://user@example.com/ HTTP/1.1\r\n\r\n", 400),
        ("GET http://example.com\\@evil/ HTTP/1.1\r\n\r\n", 400),
        ("GET http://0x7f.1/ HTTP/1.1\r\n\r\n", 400),
        ("GET  http://example.com/ HTTP/1.1\r\n\r\n", 400),
        ("GET http://example.com/ HTTP/2\r\n\r\n", 505),
        ("GET http://example.com/ HTTP/1.1\r\nA: b\nC: d\r\n\r\n", 400),
        ("GET http://example.com/ HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", 400),
        ("GET http://example.com/ HTTP/1.1\r\nA : b\r\n\r\n", 400),
        ("GET http://example.com/ HTTP/1.1\r\nno colon\r\n\r\n", 400),
        ("GET http://example.com/ HTTP/1.1\r\nA: \0\r\n\r\n", 400),
        ("\r\n\r\n", 400),
    ] {
        assert_eq!(read(head), Err(status), "{head:?}");
    }
    let many = format!("GET http://a.example/ HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(200));
    assert_eq!(read(&many), Err(431));
}

#[test]
fn socks_names_a_host_in_three_ways() {
    let request = |rest: &[u8]| socks::request(&[&[5, 1, 0], rest].concat());
    let whole = |host: &str, port, len| socks::Read::Whole((name(host), port), len);
    assert_eq!(request(&[1, 192, 0, 2, 1, 0, 80]), whole("192.0.2.1", 80, 10));
    let v6 = [&[4, 0x20, 1, 0xd, 0xb8][..], &[0; 11], &[1, 1, 187]].concat();
    assert_eq!(request(&v6), whole("2001:db8::1", 443, 22));
    // As long as an IPv4 address with its length.
    assert_eq!(request(b"\x03\x03a.b\x00\x50"), whole("a.b", 80, 10));
    assert_eq!(request(b"\x03\x09127.0.0.1\x00\x50"), whole("127.0.0.1", 80, 16));
    for bad in [
        &b"\x03\x00\x00\x50"[..],
        b"\x03\x02[a\x00\x50",
        b"\x03\x02..\x00\x50",
        b"\x02....",
        b"\x03\x01a\x00\x00",
    ] {
        assert!(matches!(request(bad), socks::Read::Bad(socks::Reply::UnknownAddress)), "{bad:?}");
    }
    assert_eq!(socks::request(&[5, 2, 0, 1]), socks::Read::Part);
    assert_eq!(socks::request(&[5, 2, 0, 1, 1]), socks::Read::Bad(socks::Reply::UnknownCommand));
    assert_eq!(socks::greeting(&[5, 2, 1, 0]), socks::Read::Whole(true, 4));
    assert_eq!(socks::greeting(&[5, 1, 2, 9]), socks::Read::Whole(false, 3));
}

proptest! {
    #[test]
    fn no_bytes_break_anything(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        crate::fuzzing::fuzz_proxy_bytes(&bytes);
    }

    #[test]
    fn nothing_that_looks_like_a_request_does(
        method in "[A-Z]{1,8}|CONNECT|GET",
        target in "(http://|https://|//|)[a-z0-9.:@\\[\\]/?#%\\\\-]{0,40}",
        headers in prop::collection::vec("[a-zA-Z-]{0,12}:? ?[ -~]{0,20}", 0..6),
    ) {
        let head = format!("{method} {target} HTTP/1.1\r\n{}\r\n\r\n", headers.join("\r\n"));
        crate::fuzzing::fuzz_proxy_bytes(head.as_bytes());
    }
}
