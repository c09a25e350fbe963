//! `sandbox` of a manifest: what a process app can reach and use, and the rights that this rests on.

use super::{
    fields::{Fields, Findings},
    read::is_view_path,
};
use abi::{
    Capability, PathScope,
    later::is_later_place,
    net::Rule,
    table::{NetworkMode, PortForward, Sandbox, SandboxProfile},
    view::{Place, place_of},
};
use serde_json::Value;
use std::{collections::BTreeMap, net::IpAddr};

/// Folders in one list.
const MAX_FOLDERS: usize = 64;
/// Host rules.
const MAX_HOSTS: usize = 256;
/// Ports that lead in.
const MAX_FORWARDS: usize = 32;
/// Name servers.
const MAX_SERVERS: usize = 8;
/// 16 TiB in MiB.
const MAX_MEBIBYTES: u64 = 16 * 1024 * 1024;
/// What the sandbox takes at the least.
const MIN_MEMORY_MEBIBYTES: u64 = 4;
/// What Linux takes as a process number.
const MAX_PROCESSES: u64 = 4 * 1024 * 1024;
/// 1,024 cores.
const MAX_CPU_PERCENT: u64 = 100 * 1024;
const MEBIBYTE: u64 = 1024 * 1024;

/// What a process app can reach and use; `None` is no limit beside the host's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SandboxRules {
    /// The network.
    pub network: NetworkMode,
    /// Host rules for the filtered network, as `NetworkAccess` has them.
    pub hosts: Vec<String>,
    /// Folders and files of the app's view that it reads.
    pub read: Vec<String>,
    /// Folders and files of the app's view that it reads and writes.
    pub write: Vec<String>,
    /// Folders whose changes are kept apart until somebody has looked at them.
    pub copy_on_write: Vec<String>,
    /// Places of files that run later by themselves and that it may change all the same.
    pub runs_later: Vec<String>,
    /// Memory in MiB.
    pub memory_mb: Option<u64>,
    /// Processes and threads.
    pub pids: Option<u64>,
    /// CPU time, 100 for one core.
    pub cpu_percent: Option<u64>,
    /// Files of its own, such as those in its `/tmp`, in MiB.
    pub disk_mb: Option<u64>,
    /// For which kind of programs.
    pub profile: SandboxProfile,
    /// Whether it starts only where it gets namespaces of its own.
    pub required: bool,
    /// Ports of this machine that lead to its own.
    pub forward: Vec<PortForward>,
    /// Name servers in a network of its own.
    pub dns: Vec<String>,
}

impl SandboxRules {
    /// As `exec_pty` and `spawn` take it.
    #[must_use]
    pub fn as_argument(&self) -> Sandbox {
        Sandbox {
            read: self.read.clone(),
            write: self.write.clone(),
            network: self.network,
            profile: self.profile,
            memory_bytes: self.memory_mb.map(|count| count.saturating_mul(MEBIBYTE)),
            processes: self.pids,
            cpu_percent: self.cpu_percent,
            disk_bytes: self.disk_mb.map(|count| count.saturating_mul(MEBIBYTE)),
            required: self.required,
            copy_on_write: self.copy_on_write.clone(),
            runs_later: self.runs_later.clone(),
            forward: self.forward.clone(),
            dns: self.dns.clone(),
        }
    }

    /// The rights that its app needs for it: the program never gets more.
    #[must_use]
    pub fn capabilities(&self) -> Vec<Capability> {
        let mut all = Vec::new();
        let given = |path: &&String| !matches!(place_of(path), Place::Own | Place::Programs);
        for path in self.read.iter().chain(&self.write).chain(&self.copy_on_write).filter(given) {
            all.extend([Capability::ReadFile, Capability::ListDirectory].map(|make| make(scope(path))));
        }
        for path in self.write.iter().filter(given).filter(|path| !self.is_kept_apart(path)) {
            let changes = [Capability::WriteFile, Capability::CreateFile, Capability::DeleteFile];
            all.extend(changes.map(|make| make(scope(path))));
        }
        let everywhere = || ["*", "loopback", "private", "link-local"].map(str::to_owned).to_vec();
        match self.network {
            NetworkMode::None => {}
            NetworkMode::Filtered if self.hosts.is_empty() => {}
            NetworkMode::Filtered => all.push(Capability::NetworkAccess(self.hosts.clone())),
            NetworkMode::Private => {
                all.extend([Capability::NetworkNamespace, Capability::NetworkAccess(everywhere())]);
            }
            NetworkMode::Bridged => all.push(Capability::NetworkNamespace),
            NetworkMode::Shared => all.push(Capability::NetworkAccess(everywhere())),
        }
        if self.profile == SandboxProfile::Nested {
            all.push(Capability::NestedSandbox);
        }
        all.extend(self.forward.iter().map(|forward| Capability::BindPort(forward.host)));
        all
    }

    /// Whether what is changed at a path is kept apart: then nothing of it is changed, whatever else names it.
    #[must_use]
    pub fn is_kept_apart(&self, path: &str) -> bool {
        self.copy_on_write.iter().any(|folder| PathScope(folder.clone()).covers(path))
    }
}

fn scope(path: &str) -> PathScope {
    PathScope(path.to_owned())
}

pub(super) fn read<'a>(
    value: &'a Value,
    findings: &mut Findings<'a>,
    unknown: &mut BTreeMap<String, Value>,
) -> SandboxRules {
    let mut fields = Fields::new(Some(value), "/proc_manifest/sandbox", findings);
    let (network, hosts) = network(&mut fields);
    let read = folders(&mut fields, "read");
    let write = folders(&mut fields, "write");
    for path in &write {
        if matches!(place_of(path), Place::Root | Place::Programs | Place::Host) {
            let hint = Some("folders beneath /home and /mnt can be written, and /tmp is the program's own");
            fields.error("write", "not-writable", format!("{path:?} of the host is only read"), hint);
        }
    }
    let copy_on_write = folders(&mut fields, "copy_on_write");
    for path in copy_on_write.iter().filter(|path| place_of(path) != Place::Virtual) {
        let hint = Some("a folder beneath /home or /mnt");
        let message = format!("{path:?} is not a folder whose changes can be kept apart");
        fields.error("copy_on_write", "not-writable", message, hint);
    }
    let runs_later = fields.texts("runs_later");
    if runs_later.len() > MAX_FOLDERS {
        let hint = Some("\"*\" stands for all of them");
        fields.error("runs_later", "too-many", format!("at most {MAX_FOLDERS} places"), hint);
    }
    if let Some(wrong) = runs_later.iter().find(|place| !is_later_place(place)) {
        let hint = Some(
            "such as \"package.json\", \".git/config\", \".git/hooks/**\", \".envrc\", or \"*\" for all",
        );
        let message = format!("{wrong:?} is no place of files that run later by themselves");
        fields.error("runs_later", "unknown-place", message, hint);
    }
    let memory_mb = fields.count("memory_mb", MAX_MEBIBYTES);
    if memory_mb.is_some_and(|count| count < MIN_MEMORY_MEBIBYTES) {
        let message = format!("no program starts with less than {MIN_MEMORY_MEBIBYTES} MiB");
        fields.error("memory_mb", "too-small-number", message, Some("a shell needs 16, Python 64"));
    }
    let profiles = [("standard", SandboxProfile::Standard), ("nested", SandboxProfile::Nested)];
    let rules = SandboxRules {
        network,
        hosts,
        read,
        write,
        copy_on_write,
        runs_later,
        memory_mb,
        pids: fields.count("pids", MAX_PROCESSES),
        cpu_percent: fields.count("cpu_percent", MAX_CPU_PERCENT),
        disk_mb: fields.count("disk_mb", MAX_MEBIBYTES),
        profile: fields.choice("profile", &profiles),
        required: fields.flag("required"),
        forward: forwards(&mut fields, network),
        dns: servers(&mut fields),
    };
    unknown.extend(fields.finish());
    rules
}

/// The mode and the host rules; rules alone mean that it is filtered.
fn network(fields: &mut Fields<'_, '_>) -> (NetworkMode, Vec<String>) {
    let modes = [
        ("none", NetworkMode::None),
        ("filtered", NetworkMode::Filtered),
        ("private", NetworkMode::Private),
        ("bridged", NetworkMode::Bridged),
        ("shared", NetworkMode::Shared),
    ];
    let is_said = fields.value("network").is_some();
    let said = fields.choice("network", &modes);
    let hosts = fields.texts("hosts");
    for (index, rule) in hosts.iter().enumerate() {
        if let Err(why) = Rule::parse(rule) {
            let hint =
                Some("host[:port][/tcp|/udp], such as \"pypi.org:443\", \"*.npmjs.org\", \"10.0.0.0/8\"");
            fields.error(&format!("hosts/{index}"), "bad-host", why.detail, hint);
        }
    }
    if hosts.len() > MAX_HOSTS {
        let hint = Some("\"*.example.com\" stands for all names beneath it");
        fields.error("hosts", "too-many", format!("at most {MAX_HOSTS} rules"), hint);
    }
    if !hosts.is_empty() && is_said && said != NetworkMode::Filtered {
        let hint = Some("\"network\": \"filtered\" follows them");
        let message = "rules about hosts mean nothing in this network".to_owned();
        fields.warning("hosts", "unused", message, hint);
    }
    let network = if hosts.is_empty() || is_said { said } else { NetworkMode::Filtered };
    (network, hosts)
}

fn folders(fields: &mut Fields<'_, '_>, key: &'static str) -> Vec<String> {
    let folders = fields.texts(key);
    if folders.len() > MAX_FOLDERS {
        let hint = Some("a folder stands for everything beneath it");
        fields.error(key, "too-many", format!("at most {MAX_FOLDERS} folders"), hint);
    }
    for folder in &folders {
        if !is_view_path(folder) {
            let hint = Some("such as \"/home/projects\"");
            let message = format!("{folder:?} is not an absolute path without \"..\"");
            fields.error(key, "bad-path", message, hint);
            break;
        }
        if let Place::Refused(why) = place_of(&normal(folder)) {
            let hint =
                Some("leave it out; programs get /usr, a small /etc and their own /tmp without asking");
            fields.error(key, "refused-path", format!("{folder:?} is never given: {why}"), hint);
        }
    }
    folders.into_iter().map(|folder| if is_view_path(&folder) { normal(&folder) } else { folder }).collect()
}

/// Without doubled slashes, dots, and a slash at the end.
fn normal(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("/{}", parts.join("/"))
}

fn forwards(fields: &mut Fields<'_, '_>, network: NetworkMode) -> Vec<PortForward> {
    let Some(value) = fields.value("forward") else { return Vec::new() };
    let port = |value: Option<&Value>| {
        let port = u16::try_from(value?.as_u64()?).ok()?;
        (port != 0).then_some(port)
    };
    let one = |value: &Value| {
        let ports = PortForward { host: port(value.get("host"))?, program: port(value.get("program"))? };
        (value.as_object()?.len() == 2).then_some(ports)
    };
    let all: Option<Vec<PortForward>> = value.as_array().and_then(|list| list.iter().map(one).collect());
    let Some(all) = all.filter(|all| all.len() <= MAX_FORWARDS) else {
        let hint = Some("such as [{\"host\": 8080, \"program\": 80}], ports from 1 to 65535");
        let message = format!("\"forward\" must be a list of at most {MAX_FORWARDS} pairs of ports");
        fields.error("forward", "wrong-type", message, hint);
        return Vec::new();
    };
    if !all.is_empty() && matches!(network, NetworkMode::None | NetworkMode::Shared) {
        let hint = Some("\"filtered\", \"private\" and \"bridged\" networks have ports of their own");
        fields.warning("forward", "unused", "no port leads into this network".into(), hint);
    }
    all
}

fn servers(fields: &mut Fields<'_, '_>) -> Vec<String> {
    let servers = fields.texts("dns");
    if let Some(wrong) = servers.iter().find(|server| server.parse::<IpAddr>().is_err()) {
        let hint = Some("such as \"9.9.9.9\"");
        fields.error("dns", "bad-address", format!("{wrong:?} is no address"), hint);
    }
    if servers.len() > MAX_SERVERS {
        fields.error("dns", "too-many", format!("at most {MAX_SERVERS} servers"), Some("three are usual"));
    }
    servers
}
