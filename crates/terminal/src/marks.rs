//! Control functions that the emulation does not know, as what they mean.
//!
//! OSC 7 names the working folder as a `file:` address. OSC 133 marks the parts of a command line:
//! `A` prompt, `B` what is typed, `C` output, `D;code` the end; what else shells put behind the letter
//! is read where it is of use (kitty's `cmdline_url`, `k=s` for the prompt of a line that goes on).

/// Longest path or command line that is remembered, in bytes.
pub(crate) const MAX_TEXT_BYTES: usize = 4096;

/// A control function of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A prompt begins.
    Prompt,
    /// The prompt ends, the command line begins.
    Command,
    /// The command line was entered; what was typed, where the shell says it.
    Output(Option<String>),
    /// The command ended, with this code where the shell says it.
    End(Option<i32>),
    /// The shell is in this folder.
    Folder(WorkingFolder),
    /// XTVERSION.
    NameAsked,
    /// DECRQSS: how this is set.
    SettingAsked(String),
}

/// Where a shell is, as it says itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkingFolder {
    /// The machine; empty when the shell names none. One that is reached through `ssh` has another name.
    pub host: String,
    /// The folder as the program sees it, from the root.
    pub path: String,
}

impl Mark {
    /// Reads a string without its introducer and its end.
    pub(crate) fn parse(string: &[u8]) -> Option<Mark> {
        let text = std::str::from_utf8(string).ok()?;
        let (number, rest) = text.split_once(';')?;
        match number {
            "7" => folder(rest).map(Mark::Folder),
            "133" => part(rest),
            _ => None,
        }
    }
}

fn folder(address: &str) -> Option<WorkingFolder> {
    let rest = address.strip_prefix("file://").or_else(|| address.strip_prefix("kitty-shell-cwd://"))?;
    let start = rest.find('/')?;
    let (host, path) = rest.split_at(start);
    let path = if address.starts_with("file:") { decoded(path)? } else { path.to_owned() };
    let plain = |text: &str| text.len() <= MAX_TEXT_BYTES && !text.chars().any(char::is_control);
    (plain(host) && plain(&path)).then(|| WorkingFolder { host: host.to_owned(), path })
}

fn part(rest: &str) -> Option<Mark> {
    let mut fields = rest.split(';');
    let letter = fields.next()?;
    let value = |name: &str| rest.split(';').skip(1).find_map(|field| field.strip_prefix(name));
    match letter {
        // The prompt of a line that goes on belongs to what is typed.
        "A" | "N" if matches!(value("k="), Some("s" | "c")) => None,
        "A" | "N" => Some(Mark::Prompt),
        "B" => Some(Mark::Command),
        "C" => {
            let line = value("cmdline_url=").and_then(decoded);
            Some(Mark::Output(line.map(|line| shortened(&line)).filter(|line| !line.is_empty())))
        }
        "D" => Some(Mark::End(fields.next().and_then(|code| code.parse().ok()))),
        _ => None,
    }
}

/// A text of several lines as one to be shown, within its bound.
pub(crate) fn shortened(text: &str) -> String {
    let text = text.trim();
    let text = &text[..text.floor_char_boundary(MAX_TEXT_BYTES)];
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

/// Without `%41` and the like; `None` when what comes out is no text.
fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        let value = after.get(..2).and_then(|two| {
            let two = std::str::from_utf8(two).ok().filter(|two| !two.starts_with('+'))?;
            u8::from_str_radix(two, 16).ok()
        });
        match (first, value) {
            (b'%', Some(value)) => {
                bytes.push(value);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_addresses() {
        let folder = |text: &str| match Mark::parse(text.as_bytes()) {
            Some(Mark::Folder(WorkingFolder { host, path })) => Some((host, path)),
            _ => None,
        };
        let found = |host: &str, path: &str| Some((host.to_owned(), path.to_owned()));
        assert_eq!(folder("7;file:///home/a%20b"), found("", "/home/a b"));
        assert_eq!(folder("7;file://box/tmp/%zz%"), found("box", "/tmp/%zz%"));
        assert_eq!(folder("7;kitty-shell-cwd://box/a%20b"), found("box", "/a%20b"));
        for bad in ["7;", "7;/tmp", "7;http://x/y", "7;file://host", "7;file:///a%0ab", "7;file:///%ff"] {
            assert_eq!(folder(bad), None, "{bad}");
        }
        assert_eq!(folder(&format!("7;file:///{}", "x".repeat(5000))), None);
    }

    #[test]
    fn parts_of_a_command_line() {
        for (text, mark) in [
            ("133;A", Some(Mark::Prompt)),
            ("133;A;cl=m;aid=7", Some(Mark::Prompt)),
            ("133;A;k=s", None),
            ("133;B", Some(Mark::Command)),
            ("133;C", Some(Mark::Output(None))),
            ("133;C;cmdline_url=ls%20-l%3b", Some(Mark::Output(Some("ls -l;".into())))),
            ("133;D", Some(Mark::End(None))),
            ("133;D;127;err=x", Some(Mark::End(Some(127)))),
            ("133;D;aid=1", Some(Mark::End(None))),
            ("133;Z", None),
            ("133;", None),
            ("134;A", None),
        ] {
            assert_eq!(Mark::parse(text.as_bytes()), mark, "{text}");
        }
    }
}
