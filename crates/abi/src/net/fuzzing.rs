//! Any text as rules about the network, for `cargo fuzz` (folder `fuzz/`) and for a moment in the test suite: rules that
//! read back the same and never open the inside by accident, or a refusal with a reason.

use super::{Protocol, Rule, Rules, Target, Verdict};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses that a rule has to be about, to open them: this machine, networks of a house, and what clouds tell their
/// machines.
const INSIDE: [IpAddr; 6] = [
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V6(Ipv6Addr::LOCALHOST),
    IpAddr::V4(Ipv4Addr::new(10, 1, 2, 3)),
    IpAddr::V4(Ipv4Addr::new(192, 168, 1, 1)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1)),
];

/// Lines as rules.
pub fn fuzz_network_rules(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    for line in &lines {
        match Rule::parse(line) {
            Ok(rule) => {
                let again =
                    Rule::parse(&rule.to_string()).unwrap_or_else(|why| panic!("{line:?} → {rule}: {why}"));
                assert_eq!(again, rule, "{line:?} is written down as what it is");
                judge(line, &Rules::parse([line]).expect("it is one"));
            }
            Err(why) => assert!(!why.detail.is_empty() && why.detail.len() < 1_000, "{line:?}: {why}"),
        }
    }
    if let Ok(all) = Rules::parse(&lines) {
        judge(&text, &all);
        assert!(all.covers(&all), "{text:?}: rules cover themselves");
        assert!(Rules::default().judge(&Target::address(INSIDE[0], 80, Protocol::Tcp)) != Verdict::Allowed);
    }
}

fn judge(text: &str, rules: &Rules) {
    let text = text.to_ascii_lowercase();
    for address in INSIDE {
        for target in [
            Target::address(address, 80, Protocol::Tcp),
            Target::resolved("example.com", address, 443, Protocol::Tcp),
            Target::resolved("a.b.example.com", address, 53, Protocol::Udp),
        ] {
            let says_so = ["loopback", "private", "link-local", "/"].iter().any(|word| text.contains(word))
                || text.contains(|c: char| c.is_ascii_digit())
                || text.contains("::");
            let verdict = rules.judge(&target);
            assert!(verdict != Verdict::Allowed || says_so, "{text:?} opens {target}");
            // A denial that is about it wins, whatever else stands there.
            assert!(
                verdict != Verdict::Allowed || !rules.denials().any(|rule| rule.touches(&target)),
                "{text:?}: {target} is denied and allowed"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzzing::inputs;

    #[test]
    fn any_text_is_rules_or_refused_with_a_reason() {
        let corpus = [
            "pypi.org:443",
            "*.npmjs.org",
            "!*.example.com:1-1024/udp",
            "10.0.0.0/8",
            "[2001:db8::1]:80",
            "[fd00::/8]",
            "loopback:8080",
            "private",
            "link-local/tcp",
            "*",
            "*:443\n!private\n!169.254.169.254",
            "0.0.0.0/0",
            "127.0.0.1:65535",
            "[::ffff:127.0.0.1]:1",
            "example.com.:443",
            "xn--bcher-kva.example",
        ];
        let corpus: Vec<Vec<u8>> = corpus.iter().map(|text| text.as_bytes().to_vec()).collect();
        inputs(0x5eed, &corpus, 20_000).for_each(|input| fuzz_network_rules(&input));
    }
}
