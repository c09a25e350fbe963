//! The bytes of DNS (RFC 1035) as a server sees them that knows no host: one question, our answer.
//!
//! Names are not looked up here. A name that could be one gets an address that stands for it, and what is asked about
//! such an address gets the name; whoever connects to it is judged by the name then. Everything else that could be asked
//! about a name (mail, services, IPv6) is answered with "nothing", so that programs go on with what they have.
//!
//! Refuses to do input and output, and to know which address stands for what.

use crate::network::Host;
use std::net::Ipv4Addr;

/// Longest question that is read, bytes; what clients send is a tenth.
pub(crate) const MAX_BYTES: usize = 1023;
/// Bytes before the question.
const HEAD_BYTES: usize = 12;
/// How long a client may keep an answer. Addresses stay far longer with the names for which they stand.
const LIFE_SECONDS: u32 = 60;

const A: u16 = 1;
const PTR: u16 = 12;
const ANY: u16 = 255;
const INTERNET: u16 = 1;

/// By having no address, this name tells Firefox not to ask a server of its own (Mozilla's "canary domain").
const OWN_SERVERS_ARE_FINE: &str = "use-application-dns.net";

/// Kinds of answers (RFC 1035, 4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Fine = 0,
    Unreadable = 1,
    UnknownName = 3,
    NotHere = 4,
}

/// The book of addresses that stand for names.
pub(crate) trait Book {
    /// The address that stands for a name, from now on if not before.
    fn address_of(&mut self, name: &str) -> Ipv4Addr;
    /// For which name an address stands.
    fn name_of(&mut self, address: Ipv4Addr) -> Option<String>;
}

/// The question of a message.
struct Question<'a> {
    /// In small letters, without the dot at the end.
    name: String,
    kind: u16,
    class: u16,
    /// As it was asked, to be repeated.
    bytes: &'a [u8],
}

/// Answers a message. `None`: it is none, or an answer itself, and gets no answer.
pub(crate) fn answer(message: &[u8], book: &mut impl Book) -> Option<Vec<u8>> {
    let (head, rest) = message.split_first_chunk::<HEAD_BYTES>()?;
    if head[2] & 0x80 != 0 {
        return None;
    }
    let is_query = head[2] & 0x78 == 0;
    let has_one_question = head[4..6] == [0, 1];
    let Some(question) = read(rest).filter(|_| is_query && has_one_question) else {
        let code = if is_query { Code::Unreadable } else { Code::NotHere };
        return Some(write(head, code, None, &[]));
    };
    let (code, answers) = find(&question, book);
    Some(write(head, code, Some(&question), &answers))
}

/// What is known: kind and data of each answer.
fn find(question: &Question<'_>, book: &mut impl Book) -> (Code, Vec<(u16, Vec<u8>)>) {
    let Question { name, kind, class, .. } = question;
    if *class != INTERNET {
        return (Code::NotHere, Vec::new());
    }
    if name == "arpa" || name.ends_with(".arpa") {
        let named = reverse(name).and_then(|address| book.name_of(address));
        return match named {
            Some(named) if matches!(*kind, PTR | ANY) => (Code::Fine, vec![(PTR, labels(&named))]),
            Some(_) => (Code::Fine, Vec::new()),
            None => (Code::UnknownName, Vec::new()),
        };
    }
    let host = match Host::parse(name) {
        Ok(host @ Host::Name(_)) if name != OWN_SERVERS_ARE_FINE => host,
        _ => return (Code::UnknownName, Vec::new()),
    };
    let address = match (host.local(), *kind) {
        (Some(_), A | ANY) => Some(Ipv4Addr::LOCALHOST),
        (None, A | ANY) => Some(book.address_of(name)),
        _ => None,
    };
    (Code::Fine, address.map(|address| (A, address.octets().to_vec())).into_iter().collect())
}

/// The address about which a reverse question is.
fn reverse(name: &str) -> Option<Ipv4Addr> {
    let parts: Vec<&str> = name.strip_suffix(".in-addr.arpa")?.split('.').rev().collect();
    parts.join(".").parse().ok()
}

/// Reads the question. Names in questions are never shortened by pointers.
fn read(bytes: &[u8]) -> Option<Question<'_>> {
    let mut name = String::new();
    let mut at = 0;
    loop {
        let len_bytes = usize::from(*bytes.get(at)?);
        at += 1;
        if len_bytes == 0 {
            break;
        }
        let label = bytes.get(at..at + len_bytes).filter(|_| len_bytes < 64)?;
        if !name.is_empty() {
            name.push('.');
        }
        // A dot within a label would be read as two labels.
        let is_plain = label.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'.');
        name.push_str(&str::from_utf8(label).ok().filter(|_| is_plain)?.to_ascii_lowercase());
        if name.len() > 255 {
            return None;
        }
        at += len_bytes;
    }
    let [kind_high, kind_low, class_high, class_low] = *bytes.get(at..)?.first_chunk::<4>()?;
    Some(Question {
        name,
        kind: u16::from_be_bytes([kind_high, kind_low]),
        class: u16::from_be_bytes([class_high, class_low]),
        bytes: &bytes[..at + 4],
    })
}

/// A name as labels with their lengths.
fn labels(name: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(name.len() + 2);
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap_or(0));
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

fn write(
    head: &[u8; HEAD_BYTES],
    code: Code,
    question: Option<&Question<'_>>,
    answers: &[(u16, Vec<u8>)],
) -> Vec<u8> {
    let count = |count: usize| u16::try_from(count).unwrap_or(0).to_be_bytes();
    let mut bytes = Vec::with_capacity(64);
    bytes.extend_from_slice(&head[..2]);
    // An answer, with authority where it is one of ours; whether more was wanted is repeated, and more is had.
    bytes.push(0x84 | (head[2] & 0x79));
    bytes.push(0x80 | code as u8);
    bytes.extend(count(usize::from(question.is_some())));
    bytes.extend(count(answers.len()));
    bytes.extend([0; 4]);
    bytes.extend_from_slice(question.map_or(&[], |question| question.bytes));
    for (kind, data) in answers {
        // The name is where the question has it.
        bytes.extend([0xc0, HEAD_BYTES as u8]);
        bytes.extend(kind.to_be_bytes());
        bytes.extend(INTERNET.to_be_bytes());
        bytes.extend(LIFE_SECONDS.to_be_bytes());
        bytes.extend(count(data.len()));
        bytes.extend_from_slice(data);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AAAA: u16 = 28;

    /// Stands for everything.
    struct One(Vec<String>);

    impl Book for One {
        fn address_of(&mut self, name: &str) -> Ipv4Addr {
            self.0.push(name.to_owned());
            Ipv4Addr::new(198, 18, 0, 16)
        }

        fn name_of(&mut self, address: Ipv4Addr) -> Option<String> {
            (address == Ipv4Addr::new(198, 18, 0, 16)).then(|| "example.com".to_owned())
        }
    }

    fn question(name: &str, kind: u16) -> Vec<u8> {
        // Recursion wanted, one question, one more part (EDNS).
        let mut bytes = vec![0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1];
        bytes.extend(labels(name));
        bytes.extend(kind.to_be_bytes());
        bytes.extend([0, 1]);
        bytes.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    fn ask(name: &str, kind: u16) -> (u8, Vec<u8>) {
        let answer = answer(&question(name, kind), &mut One(Vec::new())).unwrap();
        assert_eq!((&answer[..3], answer[3] & 0x80), (&[0xab, 0xcd, 0x85][..], 0x80));
        let asked = labels(name).len() + 4;
        assert_eq!(answer[7], u8::from(answer.len() > 12 + asked), "{name}");
        (answer[3] & 0xf, answer[12 + asked..].to_vec())
    }

    #[test]
    fn a_name_gets_an_address_that_stands_for_it() {
        let address = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 18, 0, 16];
        assert_eq!(ask("Example.COM", A), (0, address.to_vec()));
        assert_eq!(ask("localhost", A).1[12..], [127, 0, 0, 1]);
        let mut book = One(Vec::new());
        answer(&question("Example.COM", A), &mut book).unwrap();
        assert_eq!(book.0, ["example.com"]);
    }

    #[test]
    fn what_else_could_be_asked_is_answered_with_nothing() {
        for kind in [AAAA, 15, 33, 65, 16] {
            assert_eq!(ask("example.com", kind), (0, Vec::new()), "{kind}");
        }
        for name in ["1.2.3.4", "0x7f000001", "-a.b", "use-application-dns.net", "4.4.8.8.in-addr.arpa"] {
            assert_eq!(ask(name, A).1, Vec::<u8>::new(), "{name}");
        }
        assert_eq!(ask("4.4.8.8.in-addr.arpa", PTR), (3, Vec::new()));
        let (code, named) = ask("16.0.18.198.in-addr.arpa", PTR);
        assert_eq!((code, &named[12..]), (0, &labels("example.com")[..]));
    }

    #[test]
    fn what_is_no_question_is_refused_or_left_unanswered() {
        let mut book = One(Vec::new());
        assert_eq!(answer(b"short", &mut book), None);
        let mut reply = question("example.com", A);
        reply[2] |= 0x80;
        assert_eq!(answer(&reply, &mut book), None, "an answer is not answered");
        let mut update = question("example.com", A);
        update[2] = 5 << 3;
        assert_eq!(answer(&update, &mut book).unwrap()[3] & 0xf, 4);
        let mut two = question("example.com", A);
        two[5] = 2;
        assert_eq!(answer(&two, &mut book).unwrap()[3] & 0xf, 1);
        // A pointer where a name begins.
        let pointed = [&question("x", A)[..12], &[0xc0, 12, 0, 1, 0, 1]].concat();
        assert_eq!(answer(&pointed, &mut book).unwrap()[3] & 0xf, 1);
        assert!(book.0.is_empty());
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered_within_bounds(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            if let Some(answer) = answer(&bytes, &mut One(Vec::new())) {
                prop_assert!(answer.len() <= bytes.len() + 300);
                prop_assert_eq!(&answer[..2], &bytes[..2]);
            }
        }
    }
}
