//! What of the host's own rules stands in the way of a private network: a chain of another table that drops whatever is
//! forwarded. Each table decides for itself, so ours cannot let pass what another one drops; it can only be said.
//!
//! Rules of docker and ufw are such, as nftables or as the older kind that only `iptables-legacy` shows. A table that
//! names our devices (`ag*`, `ag+`) is taken to let them pass. Looks only.

use super::command::{find, run};
use std::fs;

/// How our devices are named in rules of others.
const OUR_DEVICES: [&str; 2] = ["\"ag*\"", "ag+"];
/// Where the host says which tables of the older kind there are.
const OLDER_TABLES: &str = "/proc/net/ip_tables_names";

/// What drops what a private network forwards, with what would let it pass; `None` when nothing is known to.
pub(super) fn obstacle() -> Option<String> {
    // Where it cannot be asked, nothing is known.
    let rules = run("nft", &["list", "ruleset"], "").unwrap_or_default();
    let newer = dropping_chain(&rules).map(|(table, chain)| {
        format!(
            "the host's own rules drop what is forwarded (table {table}, chain {chain}; docker and ufw make such rules). \
             This would let it pass: nft insert rule {table} {chain} iifname \"ag*\" accept; \
             nft insert rule {table} {chain} oifname \"ag*\" accept"
        )
    });
    newer.or_else(older)
}

/// The same of rules that `nft` does not show.
fn older() -> Option<String> {
    let tables = fs::read_to_string(OLDER_TABLES).ok()?;
    let has_filter = tables.lines().any(|table| table.trim() == "filter");
    if !has_filter || find("iptables-legacy").is_none() {
        return None;
    }
    let rules = run("iptables-legacy", &["-S", "FORWARD"], "").ok()?;
    let drops = rules.lines().any(|rule| rule.trim() == "-P FORWARD DROP");
    let names_us = OUR_DEVICES.iter().any(|device| rules.contains(device));
    (drops && !names_us).then(|| {
        "the host's own rules drop what is forwarded (iptables-legacy, chain FORWARD; docker and ufw make such rules). This \
         would let it pass: iptables-legacy -I FORWARD -i ag+ -j ACCEPT; iptables-legacy -I FORWARD -o ag+ -j ACCEPT"
            .to_owned()
    })
}

/// The first chain of the ruleset, as `nft` lists it, that drops what is forwarded: by its policy, or by a rule
/// without a condition. With the family and name of its table.
fn dropping_chain(rules: &str) -> Option<(String, String)> {
    let mut found: Option<(String, String)> = None;
    let (mut table, mut chain, mut forwards, mut names_us) = (String::new(), String::new(), false, false);
    for line in rules.lines() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match words[..] {
            ["table", family, name, "{"] => {
                // The table before is over: what it says of us is known now.
                if found.is_some() && !names_us {
                    return found;
                }
                (found, names_us, forwards) = (None, false, false);
                table = format!("{family} {name}");
            }
            ["chain", name, "{"] => (chain, forwards) = (name.to_owned(), false),
            _ => {}
        }
        names_us |=
            OUR_DEVICES.iter().any(|device| line.contains(device)) || table.starts_with("inet agentos");
        forwards |= words.starts_with(&["type", "filter", "hook", "forward"]);
        let by_policy = forwards && line.contains("policy drop;");
        if by_policy || (forwards && is_without_condition(&words)) {
            found.get_or_insert_with(|| (table.clone(), chain.clone()));
        }
    }
    found.filter(|_| !names_us)
}

/// Whether a rule drops everything that comes to it.
fn is_without_condition(words: &[&str]) -> bool {
    let rest = match words {
        ["counter", "packets", _, "bytes", _, rest @ ..] => rest,
        rest => rest,
    };
    matches!(rest.first(), Some(&("drop" | "reject")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCKER: &str = "table ip nat {\n\tchain POSTROUTING {\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n\t}\n}\n\
        table ip filter {\n\tchain DOCKER-USER {\n\t\tcounter packets 0 bytes 0 return\n\t}\n\n\tchain FORWARD {\n\
        \t\ttype filter hook forward priority filter; policy drop;\n\t\tcounter packets 0 bytes 0 jump DOCKER-USER\n\t}\n}\n";

    #[test]
    fn a_chain_that_drops_what_is_forwarded_is_found() {
        let chain = |table: &str, chain: &str| Some((table.to_owned(), chain.to_owned()));
        assert_eq!(dropping_chain(DOCKER), chain("ip filter", "FORWARD"));
        let firewalld = "table inet firewalld {\n\tchain filter_FORWARD {\n\t\ttype filter hook forward priority filter + 10; policy accept;\n\
            \t\tct state established accept\n\t\treject with icmpx admin-prohibited\n\t}\n}\n";
        assert_eq!(dropping_chain(firewalld), chain("inet firewalld", "filter_FORWARD"));
        assert_eq!(
            dropping_chain(&(firewalld.to_owned() + DOCKER)),
            chain("inet firewalld", "filter_FORWARD")
        );
    }

    #[test]
    fn what_lets_us_pass_or_drops_only_what_it_names_is_no_obstacle() {
        let passing = DOCKER.replace("counter packets 0 bytes 0 jump DOCKER-USER", "iifname \"ag*\" accept");
        assert_eq!(dropping_chain(&passing), None);
        let input = "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t\tdrop\n\t}\n\
            \tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n\t\tiifname \"x\" drop\n\t}\n}\n";
        assert_eq!(dropping_chain(input), None);
        let own = "table inet agentosab3 {\n\tchain passing {\n\t\ttype filter hook forward priority -10; policy accept;\n\
            \t\tdrop\n\t}\n}\n";
        assert_eq!(dropping_chain(own), None);
        assert_eq!(dropping_chain(""), None);
    }
}
