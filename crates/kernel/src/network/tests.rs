//! Every form of a rule, from both sides.

use super::{url::Url, *};
use proptest::prelude::*;
use std::net::IpAddr;

fn rules(texts: &[&str]) -> Rules {
    Rules::parse(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).unwrap()
}

fn address(text: &str, port: u16) -> Target {
    Target::address(text.parse().unwrap(), port, Protocol::Tcp)
}

fn resolved(name: &str, text: &str) -> Target {
    Target::resolved(name, text.parse().unwrap(), 443, Protocol::Tcp)
}

fn allows(texts: &[&str], target: &Target) -> bool {
    rules(texts).judge(target) == Verdict::Allowed
}

#[test]
fn every_form_of_a_rule_allows_what_it_says_and_nothing_beside() {
    let name = |name: &str, port| Target::name(name, port, Protocol::Tcp);
    let udp = |name: &str| Target::name(name, 53, Protocol::Udp);
    let table: &[(&str, &[Target], &[Target])] = &[
        (
            "example.com",
            &[name("example.com", 1), name("EXAMPLE.com", 443)],
            &[name("www.example.com", 1), name("example.com.evil", 1)],
        ),
        ("example.com:443", &[name("example.com", 443)], &[name("example.com", 80)]),
        (
            "example.com:80-90/tcp",
            &[name("example.com", 80), name("example.com", 90)],
            &[name("example.com", 91), Target::name("example.com", 80, Protocol::Udp)],
        ),
        ("example.com:53/udp", &[udp("example.com")], &[name("example.com", 53)]),
        (
            "*.example.com",
            &[name("a.example.com", 1), name("a.b.example.com", 1)],
            &[name("example.com", 1), name("badexample.com", 1)],
        ),
        (
            "*",
            &[name("any.org", 1), address("93.184.216.34", 1), address("2606:2800::1", 1)],
            &[
                address("127.0.0.1", 1),
                address("10.0.0.1", 1),
                address("169.254.169.254", 80),
                address("::1", 1),
                address("0.0.0.0", 1),
            ],
        ),
        ("*:443/tcp", &[name("any.org", 443)], &[name("any.org", 80)]),
        (
            "93.184.216.34",
            &[address("93.184.216.34", 7)],
            &[address("93.184.216.35", 7), name("example.com", 7)],
        ),
        (
            "93.184.216.0/24:7",
            &[address("93.184.216.255", 7)],
            &[address("93.184.217.0", 7), address("93.184.216.1", 8)],
        ),
        (
            "[2606:2800::/32]:7",
            &[address("2606:2800:1::1", 7)],
            &[address("2606:2801::1", 7), address("2606:2800::1", 8)],
        ),
        ("2606:2800::1", &[address("2606:2800::1", 7)], &[address("2606:2800::2", 7)]),
        (
            "loopback",
            &[address("127.0.0.1", 1), address("::1", 1), address("::ffff:127.0.0.1", 1)],
            &[address("10.0.0.1", 1), address("93.184.216.34", 1), name("localhost.evil", 1)],
        ),
        (
            "private",
            &[
                address("10.1.2.3", 1),
                address("192.168.0.1", 1),
                address("172.31.0.1", 1),
                address("fd00::1", 1),
            ],
            &[address("127.0.0.1", 1), address("169.254.1.1", 1), address("172.32.0.1", 1)],
        ),
        (
            "link-local",
            &[address("169.254.1.1", 1), address("fe80::1", 1), address("224.0.0.251", 1)],
            &[address("169.254.169.254", 80), address("10.0.0.1", 1)],
        ),
        ("10.0.0.0/8", &[address("10.9.9.9", 1)], &[address("192.168.0.1", 1), name("nas.lan", 1)]),
        (
            "0.0.0.0/0",
            &[address("93.184.216.34", 1)],
            &[address("10.0.0.1", 1), address("127.0.0.1", 1), address("169.254.169.254", 1)],
        ),
        ("169.254.169.254:80/tcp", &[address("169.254.169.254", 80)], &[address("169.254.169.254", 81)]),
        ("169.254.0.0/16", &[address("169.254.1.1", 1)], &[address("169.254.169.254", 80)]),
        ("0.0.0.0:8080", &[address("0.0.0.0", 8080)], &[address("127.0.0.1", 8080)]),
    ];
    for (rule, allowed, denied) in table {
        for target in *allowed {
            assert!(allows(&[rule], target), "{rule} should allow {target}");
            assert!(!allows(&[rule, &format!("!{rule}")], target), "a denial of the same wins over {rule}");
            assert!(!allows(&[&format!("!{rule}")], target), "a denial alone grants nothing");
        }
        for target in *denied {
            assert!(!allows(&[rule], target), "{rule} should not allow {target}");
        }
    }
}

#[test]
fn a_name_that_points_inwards_needs_a_grant_of_what_it_points_to() {
    assert!(allows(&["example.com"], &resolved("example.com", "93.184.216.34")));
    for inside in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "0.0.0.0",
    ] {
        let target = resolved("example.com", inside);
        let Verdict::NotGranted(would) = rules(&["example.com", "*"]).judge(&target) else {
            panic!("{target} was let in")
        };
        assert!(allows(&["example.com", &would], &target), "{would} is what would allow {target}");
    }
    assert!(allows(&["nas.lan", "private"], &resolved("nas.lan", "192.168.0.9")));
    assert!(!allows(&["private"], &resolved("nas.lan", "192.168.0.9")), "looking a name up needs it granted");
}

#[test]
fn denials_win_whatever_they_touch() {
    assert!(!allows(&["*", "!*.evil.org"], &resolved("www.evil.org", "93.184.216.34")));
    assert!(!allows(&["*", "!93.184.0.0/16"], &resolved("example.com", "93.184.216.34")));
    assert!(!allows(&["*", "loopback", "!*"], &address("127.0.0.1", 1)));
    assert!(!allows(&["10.0.0.0/8", "!private"], &address("10.0.0.1", 1)));
    assert!(!allows(&["169.254.169.254", "!link-local"], &address("169.254.169.254", 1)));
    assert!(allows(&["*", "!*:25"], &resolved("example.com", "93.184.216.34")));
    let verdict = rules(&["*", "!*:25/tcp"]).judge(&address("93.184.216.34", 25));
    assert!(matches!(verdict, Verdict::Denied(rule) if rule.to_string() == "!*:25/tcp"));
}

#[test]
fn what_is_no_rule_is_refused_with_a_reason() {
    for wrong in [
        "",
        "!",
        ":80",
        "example.com:",
        "example.com:80-",
        "example.com:90-80",
        "example.com:70000",
        "example.com:+80",
        "*.",
        "*.*",
        "a*.example.com",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0.0/+8",
        "[::1",
        "[::1]80",
        "exa mple.com",
        "::ffff:10.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "-a.com",
        "a..b",
        "!!a.com",
        "exämple.com",
        "a.com/sctp",
        "[fd00::1/8]",
        "user@host",
    ] {
        let refused = Rule::parse(wrong).expect_err(wrong);
        assert_eq!(refused.errno, abi::Errno::EINVAL);
    }
}

#[test]
fn a_rule_covers_what_it_allows_and_not_what_it_only_seems_to() {
    let covers = |wide: &str, narrow: &str| rules(&[wide]).covers(&rules(&[narrow]));
    for (wide, narrow) in [
        ("*", "example.com"),
        ("*", "*:443"),
        ("*", "93.184.216.0/24"),
        ("*", "0.0.0.0/0"),
        ("*.a.com", "b.a.com"),
        ("*.a.com", "*.b.a.com"),
        ("a.com", "a.com:80/tcp"),
        ("a.com:80-90", "a.com:85"),
        ("private", "10.0.0.0/8"),
        ("10.0.0.0/8", "10.1.0.0/16"),
        ("loopback", "127.0.0.1"),
        ("a.com", "!b.com"),
    ] {
        assert!(covers(wide, narrow), "{wide} covers {narrow}");
    }
    for (wide, narrow) in [
        ("*", "loopback"),
        ("*", "10.0.0.0/8"),
        ("*", "169.254.169.254"),
        ("0.0.0.0/0", "10.0.0.0/8"),
        ("*.a.com", "a.com"),
        ("a.com:80", "a.com"),
        ("a.com/tcp", "a.com"),
        ("a.com/tcp", "a.com/udp"),
        ("link-local", "169.254.169.254"),
        ("!*", "a.com"),
        ("10.0.0.0/8", "private"),
    ] {
        assert!(!covers(wide, narrow), "{wide} does not cover {narrow}");
    }
}

#[test]
fn only_a_plain_url_of_http_is_taken() {
    let url = Url::parse("https://Example.com/a?b#c").unwrap();
    assert_eq!((url.host.clone(), url.port), (Host::Name("example.com".into()), 443));
    assert_eq!(Url::parse("http://[::1]:8080").unwrap().target(), address("::1", 8080));
    assert_eq!(Url::parse("http://localhost/").unwrap().target(), address("127.0.0.1", 80));
    for wrong in [
        "",
        "example.com",
        "ftp://a.com",
        "http://",
        "http://a.com:",
        "http://a.com:0",
        "http://a.com:99999",
        "http://user@a.com",
        "http://a.com\\@b.com",
        "http://a b.com",
        "http://::1/",
        "http://127.1/",
        "http://0x7f.1/",
        "HTTP://a.com",
        "http://a.com\n",
        "javascript:alert(1)",
    ] {
        assert!(Url::parse(wrong).is_err(), "{wrong}");
    }
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,3}\\.(com|lan)",
        "\\*\\.[a-z]{1,3}",
        any::<[u8; 4]>().prop_map(|octets| std::net::Ipv4Addr::from(octets).to_string()),
        (0u32..=255, 8u8..=32).prop_map(|(first, prefix)| {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            format!("{}/{prefix}", std::net::Ipv4Addr::from_bits((first << 24) & mask))
        }),
        Just("*".to_owned()),
        Just("loopback".to_owned()),
        Just("private".to_owned()),
        Just("link-local".to_owned()),
    ]
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic_and_what_it_takes_it_writes_back(text in "\\PC{0,40}") {
        if let Ok(rule) = Rule::parse(&text) {
            prop_assert_eq!(Rule::parse(&rule.to_string()).unwrap(), rule);
        }
        let _ = Url::parse(&text);
        let _ = Host::parse(&text);
    }

    #[test]
    fn a_covered_rule_allows_nothing_more(wide in host(), narrow in host(), octets in any::<[u8; 4]>(), name in "[a-z]{1,3}\\.(com|lan)") {
        let (wide, narrow) = (rules(&[&wide]), rules(&[&narrow]));
        if !wide.covers(&narrow) {
            return Ok(());
        }
        // Close to the borders of the classes.
        let [first, second, third, fourth] = octets;
        let first = [first, 10, 127, 169, 172, 192, 224][usize::from(fourth) % 7];
        let second = [second, 254, 168, 16, 0][usize::from(third) % 5];
        let ip = IpAddr::from([first, second, third, fourth]);
        for target in [
            Target::address(ip, 1, Protocol::Tcp),
            Target::name(&name, 1, Protocol::Tcp),
            Target::resolved(&name, ip, 1, Protocol::Udp),
        ] {
            if narrow.judge(&target) == Verdict::Allowed {
                prop_assert_eq!(wide.judge(&target), Verdict::Allowed);
            }
        }
    }
}
