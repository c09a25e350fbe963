//! What this host lets us enforce, found out once by really trying, in children that are gone afterwards.
//!
//! [`available`] decides whether a program that has to be held by something can start; [`Available`] shows the
//! findings as a table for people.

use crate::{
    Helper, Isolation, LimitTier, PROBE_SUBCOMMAND, Tier, probe::ProbeKind, probe_cgroups, probe_landlock,
};
use std::{fmt, process::Command, sync::OnceLock};

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
    let has_namespaces = note("namespaces", try_in_child(ProbeKind::Namespaces));
    let landlock_abi = probe_landlock();
    let has_landlock = note(
        "Landlock",
        landlock_abi.map(|abi| format!("interface version {abi}")).ok_or_else(|| {
            "not in this kernel, or switched off (it needs Linux 5.13 and lsm=landlock)".to_owned()
        }),
    );
    let cgroups = probe_cgroups();
    let limits = match &cgroups {
        text if text.starts_with("version 2, delegated") => LimitTier::CgroupV2,
        text if text.starts_with("version 1") => LimitTier::CgroupV1,
        _ => LimitTier::Polled,
    };
    findings.push(Finding {
        what: "limits",
        found: if limits == LimitTier::Polled { Found::Partly } else { Found::Works },
        detail: format!("{limits} (control groups: {cgroups})"),
    });
    let tier = match (has_namespaces, has_landlock) {
        (true, _) => Some(Tier::Namespaces),
        (false, true) => Some(Tier::NoNamespaces),
        (false, false) => None,
    };
    Available { tier, landlock_abi, limits, findings }
}

/// Tries something that cannot be undone in a child.
fn try_in_child(kind: ProbeKind) -> Result<String, String> {
    let helper = Helper::find();
    let output = Command::new(helper.path()).arg(PROBE_SUBCOMMAND).arg(kind.name()).output();
    let output = output.map_err(|why| format!("{}: {why}", helper.describe()))?;
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.success() {
        true => Ok(words(&output.stdout)),
        false => {
            let why = words(&output.stderr);
            Err(if why.is_empty() { format!("the probe ended with {}", output.status) } else { why })
        }
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
