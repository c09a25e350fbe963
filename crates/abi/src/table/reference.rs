//! The reference page, from the rows: `agentos syscalls --markdown` and `--json`.

use super::{Category, ROWS, Row};
use std::fmt::Write;

/// The table as Markdown, by category.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from("# System calls\n\n");
    let _ = writeln!(
        out,
        "{} calls, derived from the table in `crates/abi`. *Instant* calls touch memory only, *HostIo* the host's \
         files and processes, *Waits* may wait for others; the UI thread makes Instant calls only. Every call with a \
         capability may fail with `EACCES`, every call with `EINVAL` for bad arguments.",
        ROWS.len()
    );
    for category in Category::ALL {
        let rows = ROWS.iter().filter(|row| row.category == *category);
        let _ = writeln!(out, "\n## {category}");
        rows.for_each(|row| row_markdown(&mut out, row));
    }
    out
}

fn row_markdown(out: &mut String, row: &Row) {
    let _ = writeln!(out, "\n### {} ({})\n", row.name, row.number);
    for line in row.manual {
        let _ = writeln!(out, "{}", line.trim());
    }
    let effect = if row.mutates { ", mutates" } else { "" };
    let _ = writeln!(out, "\n{:?}{effect} · reply `{}` · needs {}", row.class, row.reply, needs(row));
    if !row.args.is_empty() {
        let _ = writeln!(out, "\n| argument | type | |\n|---|---|---|");
        for arg in row.args {
            let optional = if arg.optional { "optional. " } else { "" };
            let _ = writeln!(out, "| `{}` | `{}` | {optional}{} |", arg.name, arg.ty, arg.doc.trim());
        }
    }
    let errnos: Vec<&str> = row.errnos.iter().map(|errno| errno.name()).collect();
    if !errnos.is_empty() {
        let _ = writeln!(out, "\nErrors: {}", errnos.join(", "));
    }
    let _ = writeln!(out, "\n```json\n{}\n```", row.example);
}

fn needs(row: &Row) -> String {
    if row.needs.is_empty() {
        return "nothing".into();
    }
    let each = row.needs.iter().map(|need| {
        if need.object.is_empty() {
            need.capability.to_owned()
        } else {
            format!("{}({})", need.capability, need.object)
        }
    });
    each.collect::<Vec<_>>().join(" and ")
}

/// The table as one JSON array, a row per element.
#[must_use]
pub fn json() -> serde_json::Value {
    // Rows are plain data with string keys, which serde_json cannot refuse.
    serde_json::to_value(&ROWS[..]).unwrap_or_default()
}
