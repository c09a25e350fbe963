//! Denials: the first of its process, call and object is a row; then they are counted.
//!
//! A count is written when it has doubled and when it is asked for, so that a program that tries the same
//! a million times leaves some twenty rows, and its sudden end hides at most half of the tries.

use crate::journal::{Row, RowKind};
use abi::Pid;
use serde_json::json;
use std::collections::HashMap;

/// So many different ones are counted at a time; then all counts are written and counting begins anew.
const MOST: usize = 4096;

#[derive(Debug)]
struct Counted {
    times: u64,
    written: u64,
    first: Row,
}

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct Denials(HashMap<(Pid, String, String), Counted>);

impl Denials {
    /// Counts one and returns the rows that are to be written now.
    pub(super) fn count(&mut self, row: &Row) -> Vec<Row> {
        let key = (row.pid, row.call.clone(), row.object.clone());
        if let Some(counted) = self.0.get_mut(&key) {
            counted.times += 1;
            let is_due = counted.times.is_power_of_two();
            return is_due.then(|| counted.row(row.time_millis)).into_iter().collect();
        }
        let mut rows = Vec::new();
        if self.0.len() >= MOST {
            rows = self.take(None, row.time_millis);
        }
        rows.push(row.clone());
        self.0.insert(key, Counted { times: 1, written: 1, first: row.clone() });
        rows
    }

    /// Ends counting, of one process or of all, and returns the counts that are not written yet.
    pub(super) fn take(&mut self, pid: Option<Pid>, now_millis: u64) -> Vec<Row> {
        let ended = self.0.extract_if(|(of, ..), _| pid.is_none_or(|pid| pid == *of));
        let unwritten = ended.filter(|(_, counted)| counted.times > counted.written);
        unwritten.map(|(_, mut counted)| counted.row(now_millis)).collect()
    }
}

impl Counted {
    fn row(&mut self, now_millis: u64) -> Row {
        self.written = self.times;
        let detail = json!({"times": self.times, "first_millis": self.first.time_millis});
        Row { kind: RowKind::DenialCount, time_millis: now_millis, detail, ..self.first.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use abi::CauseId;

    fn denial(pid: u32, object: &str, time_millis: u64) -> Row {
        let row = Row::new(time_millis, CauseId::NONE, Pid::new(pid, 0), RowKind::Denial, object);
        Row { call: "read".into(), ..row }
    }

    fn times(rows: &[Row]) -> Vec<u64> {
        rows.iter().map(|row| row.detail["times"].as_u64().unwrap_or(0)).collect()
    }

    #[test]
    fn a_thousand_times_the_same_is_a_dozen_rows() {
        let mut denials = Denials::default();
        let mut rows = Vec::new();
        for n in 0..1_000 {
            rows.extend(denials.count(&denial(1, "/etc", n)));
        }
        assert_eq!(times(&rows), [0, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
        let last = denials.take(Some(Pid::new(1, 0)), 5_000);
        assert_eq!(
            (times(&last), last[0].time_millis, &last[0].detail["first_millis"]),
            (vec![1_000], 5_000, &json!(0))
        );
        assert!(denials.take(None, 5_000).is_empty());
    }

    #[test]
    fn processes_and_objects_are_counted_apart_and_never_too_many() {
        let mut denials = Denials::default();
        assert_eq!(denials.count(&denial(1, "/a", 0)).len(), 1);
        assert_eq!(denials.count(&denial(2, "/a", 0)).len(), 1);
        assert_eq!(denials.count(&denial(2, "/b", 0)).len(), 1);
        for _ in 0..3 {
            denials.count(&denial(1, "/a", 0));
        }
        assert!(denials.take(Some(Pid::new(2, 0)), 0).is_empty(), "each of its denials is a row");
        for n in 0..=MOST {
            denials.count(&denial(3, &n.to_string(), 0));
        }
        assert!(denials.0.len() <= MOST);
        assert!(!denials.0.contains_key(&(Pid::new(1, 0), "read".into(), "/a".into())));
    }
}
