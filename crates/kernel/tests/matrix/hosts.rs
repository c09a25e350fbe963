//! Rules about hosts: requests by URL, and sockets that were made under a rule.

use super::{
    cell::{Allowed, Answer, Denied, Matrix, all_but, run},
    scene::{self, prepare},
};
use abi::{Capability, Syscalls, table::Row};
use agentos_kernel::{network::Resolver, testing::kernel};
use serde_json::json;
use std::{io, net::IpAddr, sync::Arc};

/// Knows one public name, and one that leads inwards.
struct Names;

impl Resolver for Names {
    fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let address = match name {
            "a.example.com" | "example.com" => "93.184.216.34",
            "b.example.org" => "2606:2800:220:1::1",
            "inside.example.com" => "10.1.2.3",
            _ => return Err(io::Error::other("no such name")),
        };
        Ok(vec![address.parse().unwrap()])
    }
}

#[test]
fn every_form_of_a_network_rule_answers_a_request_by_url() {
    let kernel = kernel();
    kernel.set_resolver(Arc::new(Names));
    kernel.set_net_client(Some(Arc::new(scene::Echo)));
    let row = Row::by_name("network_request").unwrap();
    let mut matrix = Matrix::default();
    let (named, address) = ("https://a.example.com/", "http://93.184.216.34/");
    // Form, rules, where to, answer.
    let cells: &[(&str, &[&str], &str, Answer)] = &[
        ("nothing", &[], named, Denied),
        ("exact name", &["a.example.com"], named, Allowed),
        ("another name", &["b.example.org"], named, Denied),
        ("wildcard", &["*.example.com"], named, Allowed),
        ("wildcard is not the bare name", &["*.example.com"], "https://example.com/", Denied),
        ("wildcard of another", &["*.example.org"], named, Denied),
        ("any", &["*"], named, Allowed),
        ("any is not the inside", &["*"], "https://inside.example.com/", Denied),
        ("a name is not the inside", &["inside.example.com"], "https://inside.example.com/", Denied),
        ("name and class", &["inside.example.com", "private"], "https://inside.example.com/", Allowed),
        ("address", &["93.184.216.34"], address, Allowed),
        ("another address", &["93.184.216.35"], address, Denied),
        ("an address is not its name", &["93.184.216.34"], named, Denied),
        ("CIDR", &["93.184.0.0/16"], address, Allowed),
        ("another CIDR", &["93.185.0.0/16"], address, Denied),
        ("IPv6 address", &["[2606:2800:220:1::1]"], "http://[2606:2800:220:1::1]/", Allowed),
        ("IPv6 CIDR", &["[2606:2800::/32]"], "http://[2606:2800:220:1::1]/", Allowed),
        ("another IPv6 CIDR", &["[2607:2800::/32]"], "http://[2606:2800:220:1::1]/", Denied),
        ("port", &["a.example.com:443"], named, Allowed),
        ("another port", &["a.example.com:80"], named, Denied),
        ("port range", &["a.example.com:400-500"], named, Allowed),
        ("another port range", &["a.example.com:500-600"], named, Denied),
        ("protocol", &["a.example.com/tcp"], named, Allowed),
        ("another protocol", &["a.example.com/udp"], named, Denied),
        ("loopback", &["loopback"], "http://127.0.0.1/", Allowed),
        ("loopback is not private", &["loopback"], "http://10.0.0.1/", Denied),
        ("private", &["private"], "http://10.0.0.1/", Allowed),
        ("private is not loopback", &["private"], "http://127.0.0.1/", Denied),
        ("link-local", &["link-local"], "http://169.254.1.1/", Allowed),
        ("metadata is not link-local", &["link-local"], "http://169.254.169.254/", Denied),
        ("metadata by itself", &["169.254.169.254"], "http://169.254.169.254/", Allowed),
        ("metadata is not any", &["*"], "http://169.254.169.254/", Denied),
        ("deny exact inside any", &["*", "!a.example.com"], named, Denied),
        ("deny wildcard inside any", &["*", "!*.example.com"], named, Denied),
        ("deny another inside any", &["*", "!b.example.org"], named, Allowed),
        ("deny address behind a name", &["*", "!93.184.216.34"], named, Denied),
        ("deny CIDR inside any", &["*", "!93.184.0.0/16"], address, Denied),
        ("deny port inside any", &["*", "!a.example.com:443"], named, Denied),
        ("deny another port inside any", &["*", "!a.example.com:80"], named, Allowed),
        ("deny protocol inside any", &["*", "!a.example.com/tcp"], named, Denied),
        ("deny another protocol inside any", &["*", "!a.example.com/udp"], named, Allowed),
    ];
    for (form, rules, url, expected) in cells {
        let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
        let mut rights = all_but("NetworkAccess");
        rights.push(Capability::NetworkAccess(rules));
        let app = kernel.process(rights);
        let line = json!({"call": "network_request", "url": url});
        matrix.cell(row, "NetworkAccess", form, *expected, run(&app, &line));
        // Whatever was allowed ends with a rule that is taken.
        if *expected == Allowed {
            kernel.revoke(app.pid(), &Capability::NetworkAccess(vec!["*".into()])).unwrap();
            matrix.cell(row, "NetworkAccess", "revoked", Denied, run(&app, &line));
        }
    }
    println!("{} cells about hosts", matrix.cells);
}

/// The rest of the table: rows about sockets, by taking what they were made under.
#[test]
fn a_rule_that_is_taken_ends_every_call_on_its_socket() {
    let mut matrix = Matrix::default();
    for name in ["bind", "connect", "listen", "accept", "send", "recv", "sendto", "recvfrom"] {
        let row = Row::by_name(name).unwrap();
        for (form, rule, expected) in [
            ("deny class", "loopback", Denied),
            ("deny address", "127.0.0.1", Denied),
            ("deny CIDR", "127.0.0.0/8", Denied),
            ("deny another class", "private", Allowed),
            ("deny another address", "127.0.0.2", Allowed),
        ] {
            let kernel = kernel();
            let prepared = prepare(&kernel, row);
            let rule = Capability::NetworkAccess(vec![rule.into()]);
            kernel.revoke(prepared.caller.pid(), &rule).unwrap();
            matrix.cell(row, "NetworkAccess", form, expected, prepared.run().map(drop));
        }
    }
    println!("{} cells about sockets", matrix.cells);
}
