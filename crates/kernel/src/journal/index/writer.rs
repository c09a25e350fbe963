//! Puts rows into the index.

use super::schema::bits;
use crate::journal::{
    Row, RowKind,
    follow::{Followed, Place},
};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::collections::HashMap;

/// Texts that are remembered with their numbers.
const MOST_TEXTS: usize = 65_536;

/// How far the index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// Where the next row will lie.
    pub(super) next: Place,
    /// The last row that is in, and where.
    pub(super) seq: u64,
    pub(super) last: Place,
}

/// Remembers what saves questions.
#[derive(Default)]
pub(super) struct Writer {
    texts: HashMap<String, i64>,
}

impl Writer {
    /// Adds rows in one transaction, with the place behind them.
    pub(super) fn add(
        &mut self,
        connection: &mut Connection,
        rows: &[Followed],
        next: Place,
    ) -> rusqlite::Result<()> {
        let Some(last) = rows.last() else { return Ok(()) };
        let transaction = connection.transaction()?;
        let mut oldest = None;
        for Followed { row, place } in rows {
            self.add_row(&transaction, row, *place)?;
            if row.kind == RowKind::Retired {
                oldest = row.detail.get("last").and_then(serde_json::Value::as_u64).map(|last| last + 1);
            }
        }
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO progress (one, segment, offset, seq, last_segment, last_offset)
                 VALUES (1, ?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                bits(next.segment),
                bits(next.offset),
                bits(last.row.seq),
                bits(last.place.segment),
                bits(last.place.offset)
            ])?;
        if let Some(oldest) = oldest {
            transaction.execute("DELETE FROM rows WHERE seq < ?1", [bits(oldest)])?;
            transaction.execute("DELETE FROM objects WHERE seq < ?1", [bits(oldest)])?;
        }
        transaction.commit()
    }

    fn add_row(&mut self, transaction: &Transaction<'_>, row: &Row, place: Place) -> rusqlite::Result<()> {
        let seq = bits(row.seq);
        let kind = self.text(transaction, row.kind.as_str())?;
        let app = row.app.as_deref().map(|app| self.text(transaction, app)).transpose()?;
        let (segment, offset, time) = (bits(place.segment), bits(place.offset), bits(row.time_millis));
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO rows (seq, segment, offset, time, cause, pid, app, kind)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![seq, segment, offset, time, bits(row.cause.0), bits(row.pid.0), app, kind])?;
        for object in row.objects() {
            let text = self.text(transaction, object)?;
            transaction
                .prepare_cached("INSERT OR IGNORE INTO objects (text, seq) VALUES (?1, ?2)")?
                .execute([text, seq])?;
        }
        if let (Some(app), RowKind::File) = (app, &row.kind) {
            for path in row.changes.iter().flat_map(crate::journal::Change::paths) {
                let path = self.text(transaction, path)?;
                transaction
                    .prepare_cached(
                        "INSERT INTO touched (app, path, times, first, last, last_time) VALUES (?1, ?2, 1, ?3, ?3, ?4)
                         ON CONFLICT (app, path) DO UPDATE SET times = times + 1, last = ?3, last_time = ?4",
                    )?
                    .execute([app, path, seq, time])?;
            }
        }
        if let Some(cause) = crate::journal::cause_of(row) {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO causes (id, parent, window, segment, offset) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    bits(cause.id.0),
                    cause.spec.parent.map(|parent| bits(parent.0)),
                    cause.spec.window.map(bits),
                    segment,
                    offset
                ])?;
        }
        Ok(())
    }

    /// The number of a text.
    fn text(&mut self, transaction: &Transaction<'_>, text: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.texts.get(text) {
            return Ok(*id);
        }
        let known = transaction
            .prepare_cached("SELECT id FROM texts WHERE text = ?1")?
            .query_row([text], |row| row.get(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => transaction.prepare_cached("INSERT INTO texts (text) VALUES (?1)")?.insert([text])?,
        };
        if self.texts.len() >= MOST_TEXTS {
            self.texts.clear();
        }
        self.texts.insert(text.to_owned(), id);
        Ok(id)
    }

    /// Forgets what an undone transaction may have taught it.
    pub(super) fn forget(&mut self) {
        self.texts.clear();
    }
}
