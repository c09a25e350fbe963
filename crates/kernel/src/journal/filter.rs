//! Which rows somebody wants to see.

use crate::journal::{Row, RowKind};
use abi::{CauseId, Pid};

/// Rows that one question gives at most.
pub const MAX_ROWS: usize = 100_000;

/// All conditions must hold; what is left out holds always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this app.
    pub app: Option<String>,
    /// On account of one of these causes.
    pub causes: Option<Vec<CauseId>>,
    /// Of one of these kinds.
    pub kinds: Vec<RowKind>,
    /// About exactly this object: a path, a name, a capability.
    pub object: Option<String>,
    /// About this path, or what lies beneath it.
    pub under: Option<String>,
    /// By this process.
    pub pid: Option<Pid>,
    /// Not older, milliseconds since the Unix epoch.
    pub since_millis: Option<u64>,
    /// Older, milliseconds since the Unix epoch.
    pub until_millis: Option<u64>,
    /// With a lower number.
    pub before_seq: Option<u64>,
    /// So many, the newest; 0 means [`MAX_ROWS`], which is also the most.
    pub limit: usize,
}

impl Filter {
    /// How many rows are wanted.
    #[must_use]
    pub fn most(&self) -> usize {
        if self.limit == 0 { MAX_ROWS } else { self.limit.min(MAX_ROWS) }
    }

    /// Whether a row is one of those.
    #[must_use]
    pub fn matches(&self, row: &Row) -> bool {
        let Filter {
            app,
            causes,
            kinds,
            object,
            under,
            pid,
            since_millis,
            until_millis,
            before_seq,
            limit: _,
        } = self;
        app.as_ref().is_none_or(|app| row.app.as_ref() == Some(app))
            && causes.as_ref().is_none_or(|causes| causes.contains(&row.cause))
            && (kinds.is_empty() || kinds.contains(&row.kind))
            && object.as_ref().is_none_or(|object| row.objects().any(|one| one == object))
            && under.as_ref().is_none_or(|under| row.objects().any(|one| is_under(one, under)))
            && pid.is_none_or(|pid| row.pid == pid)
            && since_millis.is_none_or(|since| row.time_millis >= since)
            && until_millis.is_none_or(|until| row.time_millis < until)
            && before_seq.is_none_or(|before| row.seq < before)
    }
}

/// Whether a path is a folder or lies beneath it.
fn is_under(path: &str, folder: &str) -> bool {
    let folder = folder.strip_suffix('/').unwrap_or(folder);
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_counts() {
        let row = Row {
            seq: 7,
            app: Some("notes".into()),
            ..Row::new(1_000, CauseId::new(1, 2), Pid::new(3, 0), RowKind::File, "/home/a/b")
        };
        let all = Filter {
            app: Some("notes".into()),
            causes: Some(vec![CauseId::new(1, 2)]),
            kinds: vec![RowKind::Denial, RowKind::File],
            object: Some("/home/a/b".into()),
            under: Some("/home/a".into()),
            pid: Some(Pid::new(3, 0)),
            since_millis: Some(1_000),
            until_millis: Some(1_001),
            before_seq: Some(8),
            limit: 0,
        };
        assert!(all.matches(&row) && Filter::default().matches(&row));
        let others = [
            Filter { app: Some("files".into()), ..all.clone() },
            Filter { causes: Some(Vec::new()), ..all.clone() },
            Filter { kinds: vec![RowKind::Denial], ..all.clone() },
            Filter { object: Some("/home/a".into()), ..all.clone() },
            Filter { under: Some("/home/a/b/c".into()), ..all.clone() },
            Filter { under: Some("/hom".into()), ..all.clone() },
            Filter { pid: Some(Pid::KERNEL), ..all.clone() },
            Filter { since_millis: Some(1_001), ..all.clone() },
            Filter { until_millis: Some(1_000), ..all.clone() },
            Filter { before_seq: Some(7), ..all },
        ];
        assert!(others.iter().all(|filter| !filter.matches(&row)));
        assert!(is_under("/home", "/") && is_under("/home", "/home/"));
    }
}
