//! From bytes to a manifest, or to the reasons why not.

use super::{
    Manifest, Parsed, Program, SHELL, UiType,
    fields::{Fields, Findings},
    permission, rules,
};
use abi::variable;
use blueprint::{Diagnostic, Severity};
use serde_json::Value;
use std::collections::BTreeMap;

/// Largest manifest.
const MAX_BYTES: usize = 256 * 1024;
/// Most arguments.
const MAX_ARGS: usize = 256;
/// Things that a program says and that are explained.
const MAX_EXPLAINED: usize = 16;
/// Longest id.
const MAX_ID_CHARS: usize = 64;

pub(super) fn parse(bytes: &[u8]) -> Parsed {
    if bytes.len() > MAX_BYTES {
        let message = format!("a manifest has at most {} KiB", MAX_BYTES / 1024);
        return refused("too-large", 1, 1, message, "long texts belong in files of the app");
    }
    let source = match std::str::from_utf8(bytes) {
        Ok(source) => source.strip_prefix('\u{feff}').unwrap_or(source),
        Err(error) => {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            let hint = "save it as UTF-8 text";
            return refused("not-text", line, 1, "the file is not UTF-8".into(), hint);
        }
    };
    let document: Value = match serde_json::from_str(source) {
        Ok(document) => document,
        Err(error) => {
            let text = error.to_string();
            let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
            let hint = "JSON: names and texts in double quotes, no comments, no comma after the last item";
            return refused("not-json", error.line().max(1), error.column().max(1), message, hint);
        }
    };
    let mut findings = Findings::new(source);
    findings.find_repeated();
    let manifest = read_manifest(&document, &mut findings);
    let usable = !findings.has_errors();
    Parsed { manifest: usable.then_some(manifest), diagnostics: findings.finish() }
}

fn refused(code: &'static str, line: usize, column: usize, message: String, hint: &str) -> Parsed {
    let (severity, pointer) = (Severity::Error, String::new());
    let hint = Some(hint.to_owned());
    let finding = Diagnostic { code, severity, pointer, line, column, message, expected: None, hint };
    Parsed { manifest: None, diagnostics: vec![finding] }
}

fn read_manifest<'a>(document: &'a Value, findings: &mut Findings<'a>) -> Manifest {
    let mut fields = Fields::new(Some(document), "", findings);
    let id = fields.required_text("id");
    if !id.is_empty() && !is_id(&id) {
        let hint = Some("small letters, digits and dashes, such as \"python-runner\"");
        fields.error("id", "bad-id", format!("\"{id}\" cannot be an id"), hint);
    }
    let name = fields.required_text("name");
    let kind = fields.required_text("type");
    if !kind.is_empty() && kind != "native_proc" {
        let hint = Some("a manifest of a process app has \"type\": \"native_proc\"");
        fields.error(
            "type",
            "unknown-value",
            format!("\"{kind}\" is not started by a manifest like this"),
            hint,
        );
    }
    let (icon, category) = (fields.text("icon"), fields.text("category"));
    let (version, description) = (fields.text("version"), fields.text("description"));
    let names = fields.texts("permissions");
    let program = fields.value("proc_manifest");
    if program.is_none() {
        let hint = Some("\"proc_manifest\": {\"executable\": \"…\"} says what to start");
        fields.error("proc_manifest", "missing", "\"proc_manifest\" is missing".into(), hint);
    }
    let mut unknown = fields.finish();
    let empty = Value::Object(serde_json::Map::new());
    let proc_manifest = match program {
        Some(program) => read_program(program, findings, &mut unknown),
        // Reported above; its own fields are not reported missing as well.
        None => read_program_quietly(&empty),
    };
    let mut permissions = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match permission::capabilities(name, &proc_manifest) {
            Some(capabilities) => permissions.extend(capabilities),
            None => {
                let known = permission::PERMISSION_NAMES.iter().any(|(written, _)| written == name);
                let message = match known {
                    true => format!("{name} cannot be given to a process app yet"),
                    false => format!("there is no permission {name}"),
                };
                let hint = Some("names are written as READ_FILE, SPAWN_PROCESS, …");
                findings.error(&format!("/permissions/{index}"), "unknown-permission", message, hint);
            }
        }
    }
    Manifest { id, name, icon, category, version, description, permissions, proc_manifest, unknown }
}

fn read_program_quietly(empty: &Value) -> Program {
    read_program(empty, &mut Findings::new(""), &mut BTreeMap::new())
}

fn read_program<'a>(
    value: &'a Value,
    findings: &mut Findings<'a>,
    unknown: &mut BTreeMap<String, Value>,
) -> Program {
    let mut fields = Fields::new(Some(value), "/proc_manifest", findings);
    let executable = fields.required_text("executable");
    if let Some((message, hint)) = executable_fault(&executable) {
        fields.error("executable", "bad-executable", message, Some(hint));
    }
    let args = fields.texts("args");
    if args.len() > MAX_ARGS || args.iter().any(|arg| arg.contains('\0')) {
        let hint = Some("long input belongs in a file or on standard input");
        fields.error("args", "bad-args", format!("at most {MAX_ARGS} arguments, without NUL"), hint);
    }
    let working_dir = Some(fields.text("working_dir")).filter(|folder| !folder.is_empty());
    if working_dir.as_ref().is_some_and(|folder| !is_view_path(folder)) {
        let hint = Some("such as \"/home\"");
        fields.error("working_dir", "bad-path", "the folder is an absolute path without \"..\"".into(), hint);
    }
    let ui_types = [("terminal", UiType::Terminal), ("log", UiType::Log), ("none", UiType::None)];
    let ui_type = fields.choice("ui_type", &ui_types);
    let env = fields.text_map("env");
    for (name, value) in &env {
        if let Err(why) = variable::check(name, value) {
            let key = format!("env/{}", name.replace('~', "~0").replace('/', "~1"));
            fields.error(&key, "bad-variable", format!("{name:?} {}", why.reason), Some("leave it out"));
        }
    }
    let explain = fields.text_map("explain");
    if explain.len() > MAX_EXPLAINED || explain.keys().any(String::is_empty) {
        let message = format!("at most {MAX_EXPLAINED} texts that it says, none of them empty");
        fields.error("explain", "bad-explanation", message, None);
    }
    let sandbox = fields.value("sandbox");
    unknown.extend(fields.finish());
    let sandbox = sandbox.map(|value| rules::read(value, findings, unknown)).unwrap_or_default();
    Program { executable, args, working_dir, ui_type, env, explain, sandbox }
}

fn is_id(id: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    id.len() <= MAX_ID_CHARS && !id.starts_with('-') && id.chars().all(fits)
}

/// An absolute path that stays where it says.
pub(super) fn is_view_path(path: &str) -> bool {
    path.starts_with('/') && !path.contains('\0') && path.split('/').all(|part| part != "..")
}

/// What is wrong with the name of a program, and what to do.
fn executable_fault(executable: &str) -> Option<(String, &'static str)> {
    if executable.is_empty() || executable == SHELL {
        return None;
    }
    if executable.contains('\0') {
        return Some(("the executable holds a NUL".into(), "a name or an absolute path"));
    }
    if executable.starts_with('$') {
        let message = format!("{executable} is not looked up");
        return Some((message, "$SHELL is the only variable here; it is the user's shell"));
    }
    let is_name = !executable.contains('/');
    if is_name && executable.contains(char::is_whitespace) {
        return Some((format!("{executable:?} is not one program"), "arguments go to \"args\""));
    }
    if !is_name && !is_view_path(executable) {
        return Some((format!("{executable:?} depends on a folder"), "a name or an absolute path"));
    }
    None
}
