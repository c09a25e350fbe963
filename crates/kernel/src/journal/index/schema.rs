//! The tables. A change of them is a new version: an index of another version is built anew.
//!
//! - `texts`: every app, kind, call and object once.
//! - `rows`: where each row lies, and what it can be found by; each index ends in the number.
//! - `objects`: which rows are about which object.
//! - `touched`: which paths an app has changed, how often, first and last.
//! - `causes`: the tree of causes.
//! - `progress`: how far the segments were read, and where the last row lies, by which a journal that is not
//!   the one that was indexed is noticed.

use rusqlite::Connection;
use std::time::Duration;

/// In SQLite's `user_version`.
const VERSION: i64 = 1;

const TABLES: &str = "
CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE rows (
    seq INTEGER PRIMARY KEY, segment INTEGER NOT NULL, offset INTEGER NOT NULL, time INTEGER NOT NULL,
    cause INTEGER NOT NULL, pid INTEGER NOT NULL, app INTEGER, kind INTEGER NOT NULL
) STRICT;
CREATE INDEX rows_time ON rows (time);
CREATE INDEX rows_cause ON rows (cause);
CREATE INDEX rows_pid ON rows (pid);
CREATE INDEX rows_app ON rows (app) WHERE app IS NOT NULL;
CREATE INDEX rows_kind ON rows (kind);
CREATE TABLE objects (text INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (text, seq)) WITHOUT ROWID, STRICT;
CREATE INDEX objects_seq ON objects (seq);
CREATE TABLE touched (
    app INTEGER NOT NULL, path INTEGER NOT NULL, times INTEGER NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL, last_time INTEGER NOT NULL, PRIMARY KEY (app, path)
) WITHOUT ROWID, STRICT;
CREATE TABLE causes (
    id INTEGER PRIMARY KEY, parent INTEGER, window INTEGER, segment INTEGER NOT NULL, offset INTEGER NOT NULL
) STRICT;
CREATE INDEX causes_parent ON causes (parent) WHERE parent IS NOT NULL;
CREATE INDEX causes_window ON causes (window) WHERE window IS NOT NULL;
CREATE TABLE progress (
    one INTEGER PRIMARY KEY CHECK (one = 1), segment INTEGER NOT NULL, offset INTEGER NOT NULL,
    seq INTEGER NOT NULL, last_segment INTEGER NOT NULL, last_offset INTEGER NOT NULL
) STRICT;
";

/// Makes the connection one that writes an index of this version; whether the tables are new.
pub(super) fn prepare_writer(connection: &Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(Duration::from_secs(2))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    match version(connection)? {
        VERSION => Ok(false),
        0 => {
            connection.execute_batch(&format!("BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;"))?;
            Ok(true)
        }
        _ => Err(rusqlite::Error::InvalidQuery),
    }
}

/// Makes the connection one that asks an index of this version.
pub(super) fn prepare_reader(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_millis(200))?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    if version(connection)? == VERSION { Ok(()) } else { Err(rusqlite::Error::InvalidQuery) }
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// SQLite's integers have a sign; ours do not. The bits are kept, so order holds within each half only.
pub(super) const fn bits(number: u64) -> i64 {
    number.cast_signed()
}

/// Back from [`bits`].
pub(super) const fn number(bits: i64) -> u64 {
    bits.cast_unsigned()
}
