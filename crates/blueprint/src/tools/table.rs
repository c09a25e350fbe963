//! The rows of the registry. `math.*` comes from the table of the math crate.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Where a tool runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolKind {
    /// In the instance, on its own state.
    Ui,
    /// Nowhere: a function of its arguments.
    Pure,
    /// By the host, under a capability.
    Effect,
}

/// One argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgRow {
    /// Name.
    pub name: &'static str,
    /// Must be given (or inferred, see `infer`).
    pub required: bool,
}

/// One tool.
#[derive(Clone, Debug)]
pub struct ToolRow {
    /// Full name.
    pub name: String,
    /// Arguments.
    pub args: Vec<ArgRow>,
    /// Takes arguments of any name beside those (numbers for `math.add`).
    pub open_args: bool,
    /// What it gives, in words.
    pub result: &'static str,
    /// Permission it needs. None: none.
    pub capability: Option<&'static str>,
    /// Where it runs.
    pub kind: ToolKind,
    /// One line about it.
    pub about: &'static str,
    /// Example arguments, as JSON.
    pub example: &'static str,
}

/// name · arguments (`?` = may be left out) · result · about · example
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);

const UI: &[Row] = &[
    (
        "ui.set",
        "target value",
        "the value",
        "Puts a value at a component or a path",
        r#"{"target": "/count", "value": 1}"#,
    ),
    ("ui.get", "target", "the value", "Reads a value", r#"{"target": "/count"}"#),
    (
        "ui.append",
        "target value rule?",
        "the text",
        "Adds to a text or a list; rule `arithmetic` keeps a calculator's entry well-formed",
        r#"{"target": "display", "value": "7", "rule": "arithmetic"}"#,
    ),
    (
        "ui.clear",
        "target value?",
        "nothing",
        "Empties it, or puts `value`",
        r#"{"target": "display", "value": "0"}"#,
    ),
    ("ui.toggle", "target", "the new value", "Turns true to false and back", r#"{"target": "/done"}"#),
    (
        "ui.backspace",
        "target empty?",
        "the text",
        "Takes the last character away; `empty` is put where nothing is left",
        r#"{"target": "display", "empty": "0"}"#,
    ),
    (
        "ui.compute",
        "target expression? history? angle?",
        "the result",
        "Evaluates what was typed and puts the result there; again repeats the last operation",
        r#"{"target": "display", "history": "/history"}"#,
    ),
    ("ui.show", "target", "nothing", "Makes a component visible", r#"{"target": "help"}"#),
    ("ui.hide", "target", "nothing", "Makes a component invisible", r#"{"target": "help"}"#),
    ("ui.enable", "target", "nothing", "Makes a component usable", r#"{"target": "save"}"#),
    ("ui.disable", "target", "nothing", "Makes a component unusable", r#"{"target": "save"}"#),
    ("ui.focus", "target", "nothing", "Moves the keyboard to a component", r#"{"target": "title"}"#),
    (
        "ui.add_item",
        "target item at?",
        "the number of items",
        "Puts an item into a list, at the end or at a position",
        r#"{"target": "/items", "item": {"title": "New"}, "at": 0}"#,
    ),
    (
        "ui.remove_item",
        "target index? id? key?",
        "the removed item",
        "Takes an item out, by position or by the member `key` (default `id`)",
        r#"{"target": "/items", "id": 3}"#,
    ),
    (
        "ui.update_item",
        "target value index? id? key?",
        "the item",
        "Merges an object into an item",
        r#"{"target": "/items", "id": 3, "value": {"done": true}}"#,
    ),
    ("ui.open_modal", "target", "nothing", "Opens a modal", r#"{"target": "about"}"#),
    ("ui.close_modal", "target", "nothing", "Closes a modal", r#"{"target": "about"}"#),
    ("ui.select_tab", "target tab", "nothing", "Shows a pane", r#"{"target": "tabs", "tab": "second"}"#),
    (
        "ui.notify",
        "message title? kind?",
        "nothing",
        "Shows a short message",
        r#"{"message": "Saved", "kind": "success"}"#,
    ),
    ("system.undo", "", "whether there was something", "Takes the last change of data back", "{}"),
    ("system.redo", "", "whether there was something", "Does it again", "{}"),
];

/// Capability first, then its tools.
const EFFECTS: &[(&str, &[Row])] = &[
    (
        "storage",
        &[
            (
                "storage.set",
                "key value",
                "nothing",
                "Keeps a value for this app",
                r#"{"key": "notes", "value": []}"#,
            ),
            (
                "storage.get",
                "key default?",
                "the value, or null",
                "Reads a kept value",
                r#"{"key": "notes", "default": []}"#,
            ),
            ("storage.remove", "key", "nothing", "Forgets a value", r#"{"key": "notes"}"#),
            ("storage.list", "", "the keys", "Names of kept values", "{}"),
            ("storage.clear", "", "nothing", "Forgets all values", "{}"),
        ],
    ),
    (
        "files.read",
        &[
            ("filesystem.list", "path", "names with kind and size", "Lists a folder", r#"{"path": "/home"}"#),
            ("filesystem.read", "path", "the text", "Reads a file", r#"{"path": "/home/a.txt"}"#),
            ("filesystem.stat", "path", "kind, size, times", "Looks at a file", r#"{"path": "/home/a.txt"}"#),
            (
                "filesystem.exists",
                "path",
                "true or false",
                "Whether there is such a file",
                r#"{"path": "/home/a.txt"}"#,
            ),
            (
                "filesystem.search",
                "path query",
                "paths",
                "Finds files by name",
                r#"{"path": "/home", "query": "todo"}"#,
            ),
        ],
    ),
    (
        "files.write",
        &[
            (
                "filesystem.write",
                "path content",
                "nothing",
                "Writes a file",
                r#"{"path": "/home/a.txt", "content": "hello"}"#,
            ),
            (
                "filesystem.create",
                "path content?",
                "nothing",
                "Makes a file that is not there yet",
                r#"{"path": "/home/b.txt"}"#,
            ),
            ("filesystem.delete", "path", "nothing", "Removes a file", r#"{"path": "/home/b.txt"}"#),
            ("filesystem.mkdir", "path", "nothing", "Makes a folder", r#"{"path": "/home/new"}"#),
            (
                "filesystem.move",
                "from to",
                "nothing",
                "Moves or renames",
                r#"{"from": "/home/a.txt", "to": "/home/c.txt"}"#,
            ),
            (
                "filesystem.copy",
                "from to",
                "nothing",
                "Copies",
                r#"{"from": "/home/a.txt", "to": "/home/c.txt"}"#,
            ),
        ],
    ),
    (
        "system",
        &[
            ("system.info", "", "an object", "Facts about the desktop", "{}"),
            ("system.time", "", "milliseconds since 1970 and a text", "The time", "{}"),
            (
                "system.log",
                "message level?",
                "nothing",
                "Writes to the log of the app",
                r#"{"message": "started"}"#,
            ),
            ("system.ping", "", "\"pong\"", "Answers", "{}"),
            (
                "system.notify",
                "message title?",
                "nothing",
                "Shows a notification",
                r#"{"title": "Timer", "message": "Time is up"}"#,
            ),
            (
                "system.alert",
                "message title?",
                "nothing",
                "Shows a message to be closed",
                r#"{"message": "Careful"}"#,
            ),
            ("system.open", "path", "nothing", "Opens a file with its app", r#"{"path": "/home/a.txt"}"#),
            (
                "system.request_permission",
                "permission target? reason?",
                "true, or for a list of targets those that were given; an error when the answer is no",
                "Asks for a right, such as READ_FILE on a path or on each of a list of paths; the person at the desktop answers, all of a list in one prompt",
                r#"{"permission": "READ_FILE", "target": "/home/Documents", "reason": "to list your texts"}"#,
            ),
        ],
    ),
    (
        "toast",
        &[
            ("toast.show", "message title? kind?", "nothing", "Shows a toast", r#"{"message": "Saved"}"#),
            ("toast.success", "message title?", "nothing", "Shows a good message", r#"{"message": "Saved"}"#),
            (
                "toast.info",
                "message title?",
                "nothing",
                "Shows a neutral message",
                r#"{"message": "Three new"}"#,
            ),
            (
                "toast.warning",
                "message title?",
                "nothing",
                "Shows a warning",
                r#"{"message": "Almost full"}"#,
            ),
            ("toast.error", "message title?", "nothing", "Shows an error", r#"{"message": "Not saved"}"#),
        ],
    ),
    (
        "clipboard",
        &[
            ("clipboard.copy", "text", "nothing", "Puts a text on the clipboard", r#"{"text": "42"}"#),
            ("clipboard.paste", "", "the text", "Reads the clipboard", "{}"),
        ],
    ),
    (
        "app",
        &[
            ("app.spawn", "app_id args?", "the instance", "Opens an app", r#"{"app_id": "notes"}"#),
            ("app.close", "instance?", "nothing", "Closes an app, this one where none is named", "{}"),
            ("app.focus", "instance", "nothing", "Brings an app to the front", r#"{"instance": 3}"#),
            ("app.list", "", "instances", "Running apps", "{}"),
        ],
    ),
    (
        "timer",
        &[
            ("timer.start", "id ms", "nothing", "Starts a timer", r#"{"id": "tea", "ms": 180000}"#),
            ("timer.stop", "id", "nothing", "Stops it", r#"{"id": "tea"}"#),
            ("timer.reset", "id", "nothing", "Starts it anew", r#"{"id": "tea"}"#),
            ("timer.every", "id ms", "nothing", "Goes off again and again", r#"{"id": "clock", "ms": 1000}"#),
        ],
    ),
    (
        "http",
        &[
            (
                "http.get",
                "url headers?",
                "status, headers, body",
                "Fetches",
                r#"{"url": "https://example.com/"}"#,
            ),
            (
                "http.post",
                "url body? headers?",
                "status, headers, body",
                "Sends",
                r#"{"url": "https://example.com/", "body": {}}"#,
            ),
            (
                "http.request",
                "url method? body? headers?",
                "status, headers, body",
                "Any request",
                r#"{"url": "https://example.com/", "method": "PUT"}"#,
            ),
        ],
    ),
];

static TOOLS: LazyLock<Vec<ToolRow>> = LazyLock::new(|| {
    let ui = UI.iter().map(|row| from_row(row, ToolKind::Ui, None));
    let effects = EFFECTS.iter().flat_map(|(capability, rows)| {
        rows.iter().map(|row| from_row(row, ToolKind::Effect, Some(capability)))
    });
    let math = math::FUNCTIONS.iter().map(|function| ToolRow {
        name: format!("math.{}", function.name),
        args: function
            .arguments
            .iter()
            .map(|name| ArgRow { name, required: !function.is_variadic() })
            .collect(),
        open_args: true,
        result: "a number",
        capability: None,
        kind: ToolKind::Pure,
        about: function.about,
        example: match (function.is_variadic(), function.arguments.len()) {
            (true, _) => r#"{"values": [4, 2, 9]}"#,
            (false, 1) => r#"{"x": 0.5}"#,
            _ => r#"{"a": 9, "b": 2}"#,
        },
    });
    let evaluate = (
        "math.evaluate",
        "expression angle?",
        "a number",
        "Evaluates a text such as a calculator's",
        r#"{"expression": "2 + 3 × 4"}"#,
    );
    ui.chain(effects).chain(math).chain([from_row(&evaluate, ToolKind::Pure, None)]).collect()
});

static BY_NAME: LazyLock<HashMap<&'static str, &'static ToolRow>> =
    LazyLock::new(|| TOOLS.iter().map(|row| (row.name.as_str(), row)).collect());

fn from_row(row: &Row, kind: ToolKind, capability: Option<&'static str>) -> ToolRow {
    let (name, args, result, about, example) = *row;
    let args = args.split_whitespace().map(|name| match name.strip_suffix('?') {
        Some(name) => ArgRow { name, required: false },
        None => ArgRow { name, required: true },
    });
    ToolRow {
        name: name.to_owned(),
        args: args.collect(),
        open_args: false,
        result,
        capability,
        kind,
        about,
        example,
    }
}

/// Every tool.
#[must_use]
pub fn tools() -> &'static [ToolRow] {
    &TOOLS
}

/// The tool of this name.
#[must_use]
pub fn tool(name: &str) -> Option<&'static ToolRow> {
    BY_NAME.get(name).copied()
}
