//! What this host lets us enforce, found out once by really trying, in children that are gone afterwards.
//!
//! [`available`] decides whether a program that has to be held by something can start; [`Available`] shows the
//! findings as a table for people.

use crate::{ExitStatus, Isolation, LimitTier, Spec, Tier, limiter, probe_landlock, spawn::spawn_piped_in};
use std::{fmt, sync::OnceLock, time::Duration};

/// How long a program that does nothing may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What this host lets us enforce.
#[derive(Clone, Debug)]
pub struct Available {
    /// The best tier; `None` when not even the lowest can be had.
    pub tier: Option<Tier>,
    /// The version of Landlock's interface.
    pub landlock_abi: Option<u32>,
    /// What would hold limits.
    pub limits: LimitTier,
    /// Everything that was looked at.
    pub findings: Vec<Finding>,
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: &'static str,
    /// What came out.
    pub found: Found,
    /// The same in words; for what is missing, why, and what can be done.
    pub detail: String,
}

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It works.
    Works,
    /// Something less works in its place.
    Partly,
    /// It is not there.
    Missing,
}

/// What this host lets us enforce; probed at the first call, which takes some tens of milliseconds.
pub fn available() -> &'static Available {
    static FOUND: OnceLock<Available> = OnceLock::new();
    FOUND.get_or_init(probe)
}

fn probe() -> Available {
    let mut findings = Vec::new();
    let mut note = |what, tried: Result<String, String>| {
        let (found, detail) = match tried {
            Ok(detail) => (Found::Works, detail),
            Err(detail) => (Found::Missing, detail),
        };
        findings.push(Finding { what, found, detail });
        found == Found::Works
    };
    let has_namespaces = note("namespaces", try_tier(Tier::Namespaces));
    let landlock_abi = probe_landlock();
    let has_landlock = note(
        "Landlock",
        landlock_abi.map(|abi| format!("interface version {abi}")).ok_or_else(|| {
            "not in this kernel, or switched off (it needs Linux 5.13 and lsm=landlock)".to_owned()
        }),
    );
    let has_less = note("without them", try_tier(Tier::NoNamespaces));
    let (limits, why) = limiter::tier();
    findings.push(Finding {
        what: "limits",
        found: if limits == LimitTier::Polled { Found::Partly } else { Found::Works },
        detail: format!("{limits}: {why}"),
    });
    let tier = match (has_namespaces, has_landlock && has_less) {
        (true, _) => Some(Tier::Namespaces),
        (false, true) => Some(Tier::NoNamespaces),
        (false, false) => None,
    };
    Available { tier, landlock_abi, limits, findings }
}

/// Starts a program with everything that holds it in a tier.
fn try_tier(tier: Tier) -> Result<String, String> {
    let spec = Spec { isolation: Some(Isolation::default()), ..Spec::new("/bin/true") };
    let mut process = spawn_piped_in(&spec, tier).map_err(|why| why.to_string())?;
    let user = process.child.enforced().map(|enforced| enforced.host_uid);
    let exit = process.child.wait_timeout(PATIENCE).map_err(|why| why.to_string())?;
    match (exit.map(|exit| exit.status), user) {
        (Some(ExitStatus::Code(0)), Some(user)) => Ok(match tier {
            Tier::Namespaces => {
                format!("user, mount, pid, net, ipc, uts, cgroup; programs are user {user} on the host")
            }
            Tier::NoNamespaces => "files by Landlock, system calls by seccomp, no sockets".to_owned(),
        }),
        (exit, _) => Err(format!("a program that started did not end well: {exit:?}")),
    }
}

impl Available {
    /// What is missing for a program that has to be held like this; `None` when it can start.
    #[must_use]
    pub fn missing_for(&self, isolation: &Isolation) -> Option<String> {
        if self.tier >= Some(isolation.at_least) {
            return None;
        }
        let missing = self.findings.iter().filter(|finding| finding.found == Found::Missing);
        Some(
            missing
                .map(|finding| format!("{}: {}", finding.what, finding.detail))
                .collect::<Vec<_>>()
                .join("; "),
        )
    }
}

impl fmt::Display for Available {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { what, found, detail } in &self.findings {
            let found = match found {
                Found::Works => "works",
                Found::Partly => "partly",
                Found::Missing => "missing",
            };
            writeln!(f, "{what:<14} {found:<8} {detail}")?;
        }
        Ok(())
    }
}
