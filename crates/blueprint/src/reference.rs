//! Reference pages, made from the tables.

use std::fmt::Write as _;

use crate::components::{COMMON_PROPS, COMPONENTS, PropRow, STYLE_PROPERTIES};
use crate::expression::FUNCTIONS;
use crate::tools::tools;

/// Components with their props and events, in Markdown.
#[must_use]
pub fn components_markdown() -> String {
    let mut page = String::from(
        "# Components\n\nMade from the table in `crates/blueprint`.\n\n## Props that every component has\n\n",
    );
    prop_table(&mut page, COMMON_PROPS);
    let mut groups: Vec<&str> = Vec::new();
    for row in COMPONENTS {
        if !groups.contains(&row.group) {
            groups.push(row.group);
        }
    }
    for group in groups {
        let _ = writeln!(page, "\n## {group}");
        for row in COMPONENTS.iter().filter(|row| row.group == group) {
            let _ = writeln!(page, "\n### `{}`\n\n{}.", row.kind, row.about);
            if !row.props.is_empty() {
                page.push('\n');
                prop_table(&mut page, row.props);
            }
            let events: Vec<String> = row.event_names().map(|event| format!("`{event}`")).collect();
            let _ = writeln!(page, "\nEvents: {}.", events.join(" "));
        }
    }
    let _ = writeln!(page, "\n## Style\n\n{}", STYLE_PROPERTIES.map_to_code());
    page
}

/// Tools and functions, in Markdown.
#[must_use]
pub fn tools_markdown() -> String {
    let mut page = String::from("# Tools\n\n| tool | arguments | gives | needs | |\n|---|---|---|---|---|\n");
    for row in tools() {
        let args: Vec<String> = row
            .args
            .iter()
            .map(|arg| format!("{}{}", arg.name, if arg.required { "" } else { "?" }))
            .collect();
        let (name, result, about) = (&row.name, row.result, row.about);
        let _ = writeln!(
            page,
            "| `{name}` | {} | {result} | {} | {about} |",
            args.join(" "),
            row.capability.unwrap_or("–")
        );
    }
    page.push_str("\n# Functions\n\n");
    for row in FUNCTIONS {
        let _ = writeln!(page, "- `{}`", row.usage);
    }
    page
}

fn prop_table(page: &mut String, props: &[PropRow]) {
    page.push_str("| prop | type | default | |\n|---|---|---|---|\n");
    for prop in props {
        let default = prop.default.value().map_or("–".to_owned(), |value| format!("`{value}`"));
        let _ = writeln!(page, "| `{}` | {} | {default} | {} |", prop.name, prop.kind.describe(), prop.about);
    }
}

trait CodeList {
    fn map_to_code(&self) -> String;
}

impl CodeList for [&str] {
    fn map_to_code(&self) -> String {
        self.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ")
    }
}
