//! Questions to one state of the index.

use super::{
    schema::{bits, number},
    writer::Progress,
};
use crate::journal::{Filter, follow::Place, history::Touched};
use abi::CauseId;
use rusqlite::{Connection, OptionalExtension, ToSql, params, types::Value};

/// A folder with more known paths beneath it is not looked up path by path: nearly every row is about it.
const MOST_PATHS: i64 = 2_000;

/// One state of the index.
pub(in crate::journal) struct Snapshot<'a> {
    connection: &'a Connection,
}

/// Where a row lies that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::journal) struct Found {
    pub(in crate::journal) seq: u64,
    pub(in crate::journal) place: Place,
}

impl<'a> Snapshot<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Snapshot { connection }
    }

    /// How far this state is.
    pub(super) fn progress(&self) -> rusqlite::Result<Option<Progress>> {
        let read = |row: &rusqlite::Row<'_>| {
            let place =
                |segment: i64, offset: i64| Place { segment: number(segment), offset: number(offset) };
            Ok(Progress {
                next: place(row.get(0)?, row.get(1)?),
                seq: number(row.get(2)?),
                last: place(row.get(3)?, row.get(4)?),
            })
        };
        self.connection
            .prepare_cached("SELECT segment, offset, seq, last_segment, last_offset FROM progress")?
            .query_row([], read)
            .optional()
    }

    /// Where the segments have to be read from for what is not in here.
    pub(in crate::journal) fn next(&self) -> rusqlite::Result<Option<Place>> {
        Ok(self.progress()?.map(|progress| progress.next))
    }

    fn text(&self, text: &str) -> rusqlite::Result<Option<i64>> {
        let mut ask = self.connection.prepare_cached("SELECT id FROM texts WHERE text = ?1")?;
        ask.query_row([text], |row| row.get(0)).optional()
    }

    /// Rows that match, the newest first.
    pub(in crate::journal) fn find(&self, filter: &Filter) -> rusqlite::Result<Vec<Found>> {
        let Some(query) = self.query(filter)? else { return Ok(Vec::new()) };
        let mut ask = self.connection.prepare_cached(&query.text)?;
        let values: Vec<&dyn ToSql> = query.values.iter().map(|value| value as &dyn ToSql).collect();
        let found = ask.query_map(&values[..], |row| {
            let place = Place { segment: number(row.get(1)?), offset: number(row.get(2)?) };
            Ok(Found { seq: number(row.get(0)?), place })
        })?;
        found.collect()
    }

    /// The question in SQL; `None` when it names something that no row has.
    ///
    /// One condition leads, by its index; the others only look (`+` keeps SQLite from choosing their index
    /// instead). Without one, rows are gone through from the newest on.
    fn query(&self, filter: &Filter) -> rusqlite::Result<Option<Query>> {
        let mut query = Query::default();
        let mut leads = true;
        let plus = |leading: &mut bool| if std::mem::take(leading) { "" } else { "+" };
        if let Some(object) = &filter.object {
            let Some(id) = self.text(object)? else { return Ok(None) };
            query.and("rows.seq IN (SELECT seq FROM objects WHERE text = ?)", [id]);
            leads = false;
        }
        if let Some(under) = &filter.under {
            let base = under.strip_suffix('/').unwrap_or(under).to_owned();
            let (from, to) = (format!("{base}/"), format!("{base}0"));
            let paths = "SELECT id FROM texts WHERE text = ? OR (text >= ? AND text < ?)";
            let count = format!("SELECT count(*) FROM ({paths} LIMIT {MOST_PATHS})");
            let count: i64 = self
                .connection
                .prepare_cached(&count)?
                .query_row(params![base, from, to], |row| row.get(0))?;
            if count == 0 {
                return Ok(None);
            }
            if count < MOST_PATHS && leads {
                leads = false;
                query.and(
                    &format!("rows.seq IN (SELECT seq FROM objects WHERE text IN ({paths}))"),
                    [base, from, to],
                );
            } else {
                let holds = "EXISTS (SELECT 1 FROM objects JOIN texts ON texts.id = objects.text
                    WHERE objects.seq = rows.seq AND (texts.text = ? OR (texts.text >= ? AND texts.text < ?)))";
                query.and(holds, [base, from, to]);
            }
        }
        if let Some(causes) = &filter.causes {
            if causes.is_empty() {
                return Ok(None);
            }
            let marks = vec!["?"; causes.len()].join(", ");
            query.and(
                &format!("{}rows.cause IN ({marks})", plus(&mut leads)),
                causes.iter().map(|cause| bits(cause.0)),
            );
        }
        if let Some(pid) = filter.pid {
            query.and(&format!("{}rows.pid = ?", plus(&mut leads)), [bits(pid.0)]);
        }
        if let Some(app) = &filter.app {
            let Some(id) = self.text(app)? else { return Ok(None) };
            query.and(&format!("{}rows.app = ?", plus(&mut leads)), [id]);
        }
        if !filter.kinds.is_empty() {
            let mut ids = Vec::new();
            for kind in &filter.kinds {
                ids.extend(self.text(kind.as_str())?);
            }
            if ids.is_empty() {
                return Ok(None);
            }
            let marks = vec!["?"; ids.len()].join(", ");
            query.and(&format!("{}rows.kind IN ({marks})", plus(&mut leads)), ids);
        }
        let by_time = leads && (filter.since_millis.is_some() || filter.until_millis.is_some());
        let plus = if by_time { "" } else { "+" };
        if let Some(since) = filter.since_millis {
            query.and(&format!("{plus}rows.time >= ?"), [bits(since)]);
        }
        if let Some(until) = filter.until_millis {
            query.and(&format!("{plus}rows.time < ?"), [bits(until)]);
        }
        if let Some(before) = filter.before_seq {
            query.and("rows.seq < ?", [bits(before)]);
        }
        let order = if by_time { "rows.time DESC, rows.seq DESC" } else { "rows.seq DESC" };
        query.finish(order, filter.most());
        Ok(Some(query))
    }

    /// Where the row of a cause lies.
    pub(in crate::journal) fn cause(&self, id: CauseId) -> rusqlite::Result<Option<Place>> {
        let read =
            |row: &rusqlite::Row<'_>| Ok(Place { segment: number(row.get(0)?), offset: number(row.get(1)?) });
        self.connection
            .prepare_cached("SELECT segment, offset FROM causes WHERE id = ?1")?
            .query_row([bits(id.0)], read)
            .optional()
    }

    /// The causes that a cause led to, directly.
    pub(in crate::journal) fn children(&self, id: CauseId, most: usize) -> rusqlite::Result<Vec<CauseId>> {
        self.ids("SELECT id FROM causes WHERE parent = ?1 LIMIT ?2", id.0, most)
    }

    /// The newest causes of a window.
    pub(in crate::journal) fn of_window(&self, window: u64, most: usize) -> rusqlite::Result<Vec<CauseId>> {
        self.ids("SELECT id FROM causes WHERE window = ?1 ORDER BY id DESC LIMIT ?2", window, most)
    }

    fn ids(&self, question: &str, key: u64, most: usize) -> rusqlite::Result<Vec<CauseId>> {
        let mut ask = self.connection.prepare_cached(question)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let ids = ask.query_map([bits(key), most], |row| Ok(CauseId(number(row.get(0)?))))?;
        ids.collect()
    }

    /// The paths that an app has changed, those changed last first.
    pub(in crate::journal) fn touched(&self, app: &str, most: usize) -> rusqlite::Result<Vec<Touched>> {
        let Some(app) = self.text(app)? else { return Ok(Vec::new()) };
        let mut ask = self.connection.prepare_cached(
            "SELECT texts.text, touched.times, touched.first, touched.last, touched.last_time
             FROM touched JOIN texts ON texts.id = touched.path WHERE touched.app = ?1
             ORDER BY touched.last DESC LIMIT ?2",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let touched = ask.query_map([app, most], |row| {
            Ok(Touched {
                path: row.get(0)?,
                times: number(row.get(1)?),
                first_row: number(row.get(2)?),
                last_row: number(row.get(3)?),
                last_millis: number(row.get(4)?),
            })
        })?;
        touched.collect()
    }
}

#[derive(Default)]
struct Query {
    text: String,
    values: Vec<Value>,
}

impl Query {
    fn and<V: Into<Value>>(&mut self, condition: &str, values: impl IntoIterator<Item = V>) {
        self.text.push_str(if self.text.is_empty() { " WHERE " } else { " AND " });
        self.text.push_str(condition);
        self.values.extend(values.into_iter().map(Into::into));
    }

    fn finish(&mut self, order: &str, most: usize) {
        self.text = format!(
            "SELECT rows.seq, rows.segment, rows.offset FROM rows{} ORDER BY {order} LIMIT {most}",
            self.text
        );
    }
}
