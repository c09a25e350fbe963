//! What a process app that was not shipped asks for before it starts, line by line, and what is left of its manifest
//! when some of that was not given.
//!
//! A line is one thing for a person: the program, a folder, a host, a network, a port. The rights of a line are those that
//! the kernel wants of the app for it, so whoever leaves the line out of the manifest and whoever refuses it come to
//! the same. What narrows the app (hosts that it must not reach) is no line; [`base`] has it from the start.

use crate::manifest::{Manifest, SandboxRules};
use abi::{
    Capability, PathScope,
    table::{NetworkMode, SandboxProfile},
    view::{Place, place_of},
};

/// Lines of one question; what is more goes into the last one.
const MOST_LINES: usize = 24;
/// Where the apps lie that came with the program; nothing is written there.
const SHIPPED: &str = "/apps/";

/// Whether the app of a manifest at this path came with the program, and has what its manifest names.
#[must_use]
pub fn is_shipped(path: &str) -> bool {
    path.starts_with(SHIPPED)
}

/// The rights that an app which was not shipped has without a question: what its window needs for itself, and what it
/// must not reach.
#[must_use]
pub fn base(manifest: Option<&Manifest>, path: &str) -> Vec<Capability> {
    let mut all = vec![
        Capability::ReadFile(PathScope(path.to_owned())),
        Capability::TimeAccess,
        Capability::SystemInfo,
    ];
    let denied = manifest.map(|manifest| denials(&manifest.proc_manifest.sandbox)).unwrap_or_default();
    if !denied.is_empty() {
        all.push(Capability::NetworkAccess(denied));
    }
    all
}

/// The lines of a manifest, each with its rights; `executable` is what is really started. The first one is the program.
#[must_use]
pub fn lines(manifest: &Manifest, executable: &str) -> Vec<Vec<Capability>> {
    let rules = &manifest.proc_manifest.sandbox;
    let mut lines = vec![vec![Capability::SpawnProcess(vec![executable.to_owned()])]];
    let mut add = |line: Vec<Capability>| {
        if !line.is_empty() && !lines.contains(&line) {
            lines.push(line);
        }
    };
    for path in rules.read.iter().filter(|path| !rules.write.contains(path)) {
        add(reading(path));
    }
    for path in rules.copy_on_write.iter().filter(|path| !rules.read.contains(path)) {
        add(reading(path));
    }
    for path in &rules.write {
        add(if rules.is_kept_apart(path) { reading(path) } else { changing(path) });
    }
    network(rules).into_iter().for_each(&mut add);
    if rules.profile == SandboxProfile::Nested {
        add(vec![Capability::NestedSandbox]);
    }
    for forward in &rules.forward {
        add(vec![Capability::BindPort(forward.host)]);
    }
    // What its permissions name beside the sandbox.
    let known = |capability: &Capability, lines: &[Vec<Capability>]| {
        let is_told = matches!(
            capability,
            Capability::SpawnProcess(_)
                | Capability::TimeAccess
                | Capability::SystemInfo
                | Capability::NetworkAccess(_)
        );
        is_told || lines.iter().any(|line| line.contains(capability))
    };
    for capability in &manifest.permissions {
        if !known(capability, &lines) && !is_in_every_view(capability) {
            lines.push(vec![capability.clone()]);
        }
    }
    within_bounds(lines)
}

/// The manifest without what rests on rights that are missing. `None` when its program must not be started.
#[must_use]
pub fn narrowed(manifest: &Manifest, executable: &str, missing: &[Capability]) -> Option<Manifest> {
    let has = |line: &[Capability]| !line.iter().any(|right| missing.contains(right));
    if !has(&[Capability::SpawnProcess(vec![executable.to_owned()])]) {
        return None;
    }
    let mut narrow = manifest.clone();
    let rules = &mut narrow.proc_manifest.sandbox;
    let old = rules.clone();
    rules.read.retain(|path| has(&reading(path)));
    rules.copy_on_write.retain(|path| has(&reading(path)));
    rules.write.clear();
    for path in &old.write {
        if old.is_kept_apart(path) {
            // With its folder that is kept apart it goes; alone it would be changed itself.
            rules.write.extend(Some(path.clone()).filter(|path| rules.is_kept_apart(path)));
        } else if has(&changing(path)) {
            rules.write.push(path.clone());
        } else if has(&reading(path)) && !rules.read.contains(path) {
            rules.read.push(path.clone());
        }
    }
    rules.hosts.retain(|rule| rule.starts_with('!') || has(&[host(rule)]));
    if !matches!(old.network, NetworkMode::None | NetworkMode::Filtered)
        && !network(&old).iter().all(|line| has(line))
    {
        rules.network = NetworkMode::None;
    }
    if !has(&[Capability::NestedSandbox]) {
        rules.profile = SandboxProfile::Standard;
    }
    rules.forward.retain(|forward| has(&[Capability::BindPort(forward.host)]));
    Some(narrow)
}

fn scope(path: &str) -> PathScope {
    PathScope(path.to_owned())
}

/// Nothing for what is in every view.
fn reading(path: &str) -> Vec<Capability> {
    if is_of_every_view(path) {
        return Vec::new();
    }
    vec![Capability::ReadFile(scope(path)), Capability::ListDirectory(scope(path))]
}

fn changing(path: &str) -> Vec<Capability> {
    let mut line = reading(path);
    if !line.is_empty() {
        let changes = [Capability::WriteFile, Capability::CreateFile, Capability::DeleteFile];
        line.extend(changes.map(|make| make(scope(path))));
    }
    line
}

fn is_of_every_view(path: &str) -> bool {
    matches!(place_of(path), Place::Own | Place::Programs)
}

fn is_in_every_view(capability: &Capability) -> bool {
    match capability {
        Capability::ReadFile(scope)
        | Capability::WriteFile(scope)
        | Capability::CreateFile(scope)
        | Capability::DeleteFile(scope)
        | Capability::ListDirectory(scope) => is_of_every_view(&scope.0),
        _ => false,
    }
}

fn host(rule: &str) -> Capability {
    Capability::NetworkAccess(vec![rule.to_owned()])
}

/// A line for each host, or one for the network.
fn network(rules: &SandboxRules) -> Vec<Vec<Capability>> {
    let everywhere =
        || Capability::NetworkAccess(["*", "loopback", "private", "link-local"].map(str::to_owned).to_vec());
    match rules.network {
        NetworkMode::None => Vec::new(),
        NetworkMode::Filtered => {
            let allowed = rules.hosts.iter().filter(|rule| !rule.starts_with('!'));
            allowed.map(|rule| vec![host(rule)]).collect()
        }
        NetworkMode::Private => vec![vec![Capability::NetworkNamespace, everywhere()]],
        NetworkMode::Bridged => vec![vec![Capability::NetworkNamespace]],
        NetworkMode::Shared => vec![vec![everywhere()]],
    }
}

fn denials(rules: &SandboxRules) -> Vec<String> {
    rules.hosts.iter().filter(|rule| rule.starts_with('!')).cloned().collect()
}

fn within_bounds(mut lines: Vec<Vec<Capability>>) -> Vec<Vec<Capability>> {
    if lines.len() > MOST_LINES {
        let rest = lines.split_off(MOST_LINES - 1).concat();
        lines.push(rest);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(sandbox: &str, permissions: &str) -> Manifest {
        let text = format!(
            r#"{{"id": "mine", "name": "Mine", "type": "native_proc", "permissions": {permissions},
                "proc_manifest": {{"executable": "python3", "sandbox": {sandbox}}}}}"#
        );
        let parsed = crate::manifest::parse(text.as_bytes());
        parsed.manifest.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics))
    }

    fn words(manifest: &Manifest) -> Vec<String> {
        lines(manifest, "python3").iter().map(abi::rights_in_words).collect()
    }

    const MUCH: &str = r#"{
        "hosts": ["pypi.org:443", "!evil.example", "10.0.0.1:80"], "read": ["/home/in", "/usr/share"],
        "write": ["/home/out", "/home/tried", "/tmp"], "copy_on_write": ["/home/tried"], "profile": "nested",
        "forward": [{"host": 8080, "program": 80}]
    }"#;

    #[test]
    fn each_thing_is_a_line() {
        assert_eq!(
            words(&manifest(
                MUCH,
                r#"["SPAWN_PROCESS", "READ_FILE", "WRITE_FILE", "KILL_PROCESS", "TIME_ACCESS"]"#
            )),
            [
                "start python3",
                "read /home/in",
                "read /home/tried",
                "read and change /home/out",
                "reach pypi.org port 443",
                "reach 10.0.0.1 port 80",
                "make sandboxes of its own, inside of its sandbox",
                "be reached at port 8080",
                "end other processes",
            ]
        );
        assert_eq!(words(&manifest("{}", "[]")), ["start python3"]);
        assert_eq!(
            words(&manifest(r#"{"network": "shared"}"#, "[]"))[1],
            "use the network of this machine without restriction"
        );
    }

    #[test]
    fn every_right_that_a_manifest_rests_on_is_in_a_line_or_in_the_base() {
        for sandbox in [MUCH, "{}", r#"{"network": "private"}"#, r#"{"network": "bridged"}"#] {
            let manifest = manifest(sandbox, r#"["READ_FILE", "NETWORK_ACCESS", "SYSTEM_INFO"]"#);
            let mut asked = lines(&manifest, "python3").concat();
            asked.extend(base(Some(&manifest), "/home/Apps/mine/manifest.json"));
            for right in manifest.capabilities().into_iter().filter(|right| !is_in_every_view(right)) {
                let parts: Vec<Capability> = match &right {
                    Capability::NetworkAccess(rules) if rules.len() < 4 => {
                        rules.iter().map(|rule| host(rule)).collect()
                    }
                    _ => vec![right],
                };
                for part in parts {
                    assert!(asked.contains(&part), "{part:?} is asked for in no line of {sandbox}");
                }
            }
        }
    }

    #[test]
    fn what_was_not_given_is_left_out() {
        let whole = manifest(MUCH, "[]");
        let lines = lines(&whole, "python3");
        let without = |places: &[usize]| {
            let missing: Vec<Capability> = places.iter().flat_map(|at| lines[*at].clone()).collect();
            narrowed(&whole, "python3", &missing).map(|manifest| manifest.proc_manifest.sandbox)
        };
        assert_eq!(without(&[]).unwrap(), whole.proc_manifest.sandbox);
        assert!(without(&[0]).is_none(), "the program itself");
        let rules = without(&[1, 2, 4, 6, 7]).unwrap();
        assert_eq!((rules.read, rules.copy_on_write), (vec!["/usr/share".to_owned()], vec![]));
        assert_eq!(rules.write, ["/home/out", "/tmp"], "what was to be kept apart is not changed in place");
        assert_eq!(rules.hosts, ["!evil.example", "10.0.0.1:80"]);
        assert_eq!((rules.profile, rules.forward.len()), (SandboxProfile::Standard, 0));
        // To read was allowed before, to change is not.
        let changes = &lines[3][2..];
        let rules = narrowed(&whole, "python3", changes).unwrap().proc_manifest.sandbox;
        assert!(
            rules.read.contains(&"/home/out".to_owned()) && !rules.write.contains(&"/home/out".to_owned())
        );
        let shared = manifest(r#"{"network": "shared"}"#, "[]");
        let missing = lines_of(&shared)[1].clone();
        let rules = narrowed(&shared, "python3", &missing).unwrap().proc_manifest.sandbox;
        assert_eq!(rules.network, NetworkMode::None);
    }

    fn lines_of(manifest: &Manifest) -> Vec<Vec<Capability>> {
        lines(manifest, "python3")
    }

    #[test]
    fn many_things_are_still_one_question() {
        let folders: Vec<String> = (0..60).map(|n| format!("\"/home/{n}\"")).collect();
        let many = manifest(&format!(r#"{{"read": [{}]}}"#, folders.join(",")), "[]");
        let lines = lines(&many, "python3");
        assert_eq!(lines.len(), MOST_LINES);
        assert_eq!(lines.concat().len(), 1 + 2 * 60);
        assert!(abi::rights_in_words(&lines[MOST_LINES - 1]).ends_with("and 33 things more"));
    }
}
