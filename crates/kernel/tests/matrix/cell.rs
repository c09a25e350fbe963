//! A cell of the matrix, and what all its parts share.

use super::scene::call;
use abi::{Capability, Errno, SysResult, table::Row};
use agentos_kernel::Caller;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The verbs that are about paths.
pub(crate) const PATH_VERBS: [&str; 5] =
    ["ReadFile", "WriteFile", "CreateFile", "DeleteFile", "ListDirectory"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    Allowed,
    Denied,
}
pub(crate) use Answer::{Allowed, Denied};

/// What was asked so far: verb → row → answers.
#[derive(Default)]
pub(crate) struct Matrix {
    pub(crate) cells: usize,
    pub(crate) seen: BTreeMap<(String, &'static str), BTreeSet<Answer>>,
    forms: BTreeSet<String>,
}

impl Matrix {
    pub(crate) fn cell(
        &mut self,
        row: &'static Row,
        verb: &str,
        form: &str,
        expected: Answer,
        result: SysResult<()>,
    ) {
        self.cells += 1;
        let answer = match &result {
            Err(why) if why.errno == Errno::EACCES => Denied,
            _ => Allowed,
        };
        let context = || format!("{} with {verb} {form}: {result:?}", row.name);
        assert_eq!(answer, expected, "{}", context());
        if let Err(why) = result.as_ref()
            && answer == Denied
        {
            // `queue_open` takes either right and names the first.
            let names_it =
                why.detail.contains(verb) || (row.name == "queue_open" && why.detail.contains("Message"));
            assert!(why.detail.contains(" by ") && names_it, "{}", context());
            assert!(
                why.detail.contains("would allow it") || why.detail.contains("end of that rule"),
                "{}",
                context()
            );
        }
        self.seen.entry((verb.to_owned(), row.name)).or_default().insert(answer);
        self.forms.insert(format!("{verb} {}", form.split(':').next().unwrap_or(form)));
    }
}

pub(crate) fn capability(verb: &str, scope: &str) -> Capability {
    match verb {
        "SpawnProcess" | "NetworkAccess" => serde_json::from_value(json!({ verb: [scope] })).unwrap(),
        _ => serde_json::from_value(json!({ verb: scope })).unwrap(),
    }
}

pub(crate) fn verb_of(capability: &Capability) -> String {
    match serde_json::to_value(capability).unwrap() {
        Value::String(name) => name,
        Value::Object(object) => object.keys().next().unwrap().clone(),
        other => panic!("{other}"),
    }
}

/// Everything but one verb.
pub(crate) fn all_but(verb: &str) -> Vec<Capability> {
    Capability::of_shell().into_iter().filter(|capability| verb_of(capability) != verb).collect()
}

pub(crate) fn run(caller: &Caller, line: &Value) -> SysResult<()> {
    call(caller, &line.to_string()).map(drop)
}
