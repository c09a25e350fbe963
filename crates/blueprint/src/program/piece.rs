//! One component compiled: templates merged, props under their proper names, values bound.

use serde_json::{Map, Value};

use super::{Piece, ValueSource};
use crate::components::{ComponentRow, STYLE_PROPERTIES, component, component_hint, style_property_name};
use crate::diagnostic::{Place, Report};
use crate::document::{Component, Document, event_of, repeat_of};
use crate::dynamic::{DataPath, Dynamic};
use crate::json::join;
use crate::suggest::did_you_mean;
use crate::{action, check};

/// A prop or style entry as it is found, with where it stands.
struct Given<'a> {
    name: &'a str,
    value: &'a Value,
    pointer: String,
}

pub(super) fn compile(document: &Document, written: &Component, report: &mut Report) -> Piece {
    let row = component(&written.kind);
    let unknown = row.is_none() && !written.kind.is_empty();
    let unknown = unknown.then(|| format!("Unknown component `{}`", written.kind));
    if let Some(message) = &unknown {
        report
            .error(Place::Value, &join(&written.pointer, "type"), "unknown-component", message)
            .maybe_hint(|| component_hint(&written.kind));
    }
    let kind = row.map_or_else(|| written.kind.clone(), |row| row.kind.to_owned());
    let optional = |value: &Option<Value>, key: &str, report: &mut Report| {
        value.as_ref().map(|value| Dynamic::compile(value, &join(&written.pointer, key), report))
    };
    let mut piece = Piece {
        id: written.id.clone(),
        id_given: written.id_given,
        kind,
        row,
        parent: None,
        children: written.children.clone(),
        props: Vec::new(),
        style: Vec::new(),
        value: ValueSource::None,
        visible: optional(&written.visible, "visible", report),
        enabled: optional(&written.enabled, "enabled", report),
        repeat: None,
        checks: Vec::new(),
        label: None,
        description: None,
        events: Vec::new(),
        error: unknown,
    };
    let given = gather(document, written, row, report);
    for entry in &given {
        check::prop(row, &piece.kind, entry.name, entry.value, &entry.pointer, report);
        let name = row.and_then(|row| row.prop(entry.name)).map_or(entry.name, |prop| prop.name);
        let value = Dynamic::compile(entry.value, &entry.pointer, report);
        put(&mut piece.props, name, value);
    }
    compile_style(document, written, &mut piece, report);
    compile_value(&mut piece);
    compile_repeat(written, &mut piece, report);
    compile_checks(written, &mut piece, report);
    if let Some(accessibility) = &written.accessibility {
        let at = join(&written.pointer, "accessibility");
        let member = |key: &str, report: &mut Report| {
            accessibility.get(key).map(|value| Dynamic::compile(value, &join(&at, key), report))
        };
        piece.label = member("label", report);
        piece.description = member("description", report);
    }
    compile_events(written, &mut piece, report);
    if !written.children.is_empty() && row.is_some_and(|row| !row.container) {
        let message = format!("`{}` has no children", written.kind);
        report
            .error(Place::Key, &join(&written.pointer, "children"), "no-container", message)
            .hint("put it and them into a `row`, `col` or `card`");
    }
    piece
}

/// Props in the order in which later ones win: templates, misplaced ones, `props`.
fn gather<'a>(
    document: &'a Document,
    written: &'a Component,
    row: Option<&ComponentRow>,
    report: &mut Report,
) -> Vec<Given<'a>> {
    let mut given = Vec::new();
    let mut take = |members: &'a Map<String, Value>, pointer: &str| {
        for (name, value) in members.iter().filter(|(name, _)| *name != "style") {
            given.push(Given { name, value, pointer: join(pointer, name) });
        }
    };
    for (name, pointer) in template_names(written) {
        match document.templates.get(name) {
            Some(Value::Object(template)) => {
                let at = join("/templates", name);
                match template.get("props") {
                    Some(Value::Object(props)) => take(props, &join(&at, "props")),
                    _ => take(template, &at),
                }
            }
            _ => {
                let message = format!("There is no template `{name}`");
                let hint = || did_you_mean(name, document.templates.keys().map(String::as_str));
                report.error(Place::Value, &pointer, "unknown-template", message).maybe_hint(hint);
            }
        }
    }
    for (name, value) in &written.rest {
        if name != "style" && row.is_some_and(|row| row.prop(name).is_some()) {
            given.push(Given { name, value, pointer: join(&written.pointer, name) });
        }
    }
    let props_pointer = props_pointer(written);
    for (name, value) in written.props.iter().filter(|(name, _)| *name != "style") {
        given.push(Given { name, value, pointer: join(&props_pointer, name) });
    }
    given
}

/// Shorthand keeps its props directly under the component.
fn props_pointer(written: &Component) -> String {
    if written.shorthand { written.pointer.clone() } else { join(&written.pointer, "props") }
}

fn template_names(written: &Component) -> Vec<(&str, String)> {
    let at = join(&written.pointer, "$template");
    match &written.template {
        Some(Value::String(name)) => vec![(name, at)],
        Some(Value::Array(names)) => names
            .iter()
            .enumerate()
            .filter_map(|(index, name)| Some((name.as_str()?, join(&at, &index.to_string()))))
            .collect(),
        _ => Vec::new(),
    }
}

fn put(list: &mut Vec<(String, Dynamic)>, name: &str, value: Dynamic) {
    match list.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => *old = value,
        None => list.push((name.to_owned(), value)),
    }
}

fn compile_style(document: &Document, written: &Component, piece: &mut Piece, report: &mut Report) {
    let mut sources: Vec<(Map<String, Value>, String)> = Vec::new();
    for (name, _) in template_names(written) {
        let template = document.templates.get(name);
        if let Some(Value::Object(style)) = template.and_then(|template| template.get("style")) {
            sources.push((style.clone(), join(&join("/templates", name), "style")));
        }
    }
    sources.push((written.style(), join(&props_pointer(written), "style")));
    for (style, pointer) in sources {
        for (name, value) in &style {
            let proper = style_property_name(name);
            let at = join(&pointer, name);
            if !STYLE_PROPERTIES.contains(&proper.as_str()) {
                let hint = || did_you_mean(&proper, STYLE_PROPERTIES.iter().copied());
                let message = format!("The style property `{name}` is not known and ignored");
                report.warning(Place::Key, &at, "unknown-style", message).maybe_hint(hint);
                continue;
            }
            put(&mut piece.style, &proper, Dynamic::compile(value, &at, report));
        }
    }
}

/// Finds what the value prop is bound to.
fn compile_value(piece: &mut Piece) {
    let Some(prop) = piece.value_prop() else { return };
    let found = piece.props.iter().position(|(name, _)| name == prop);
    let named = |name: &str| {
        let prop = piece.props.iter().find(|(known, _)| known == name);
        prop.and_then(|(_, value)| value.literal()?.as_str().map(str::to_owned))
    };
    let group = if piece.kind == "radio" { named("name") } else { None };
    piece.value = match found.map(|at| &piece.props[at].1) {
        Some(Dynamic::Path(path)) => ValueSource::Bound(path.clone()),
        Some(Dynamic::Literal(value)) => ValueSource::State { name: group, start: Some(value.clone()) },
        Some(Dynamic::Expression(expression)) if expression.place(None).is_some() => {
            ValueSource::Named(expression.clone())
        }
        Some(_) => ValueSource::None,
        None if piece.is_stateful() || piece.id_given => ValueSource::State { name: group, start: None },
        None => ValueSource::None,
    };
}

fn compile_repeat(written: &Component, piece: &mut Piece, report: &mut Report) {
    let Some(value) = &written.repeat else { return };
    let at = join(&written.pointer, "repeat");
    match repeat_of(value) {
        Some(repeat) => {
            let path = DataPath::new(&repeat.each);
            piece.repeat = Some((repeat, path));
        }
        None => {
            report
                .error(Place::Value, &at, "bad-repeat", "`repeat` needs the path of a list")
                .expected("{\"each\": \"/items\", \"key\": \"id\"}");
        }
    }
}

fn compile_checks(written: &Component, piece: &mut Piece, report: &mut Report) {
    let Some(value) = &written.checks else { return };
    let at = join(&written.pointer, "checks");
    let Value::Array(items) = value else {
        report
            .error(Place::Value, &at, "wrong-type", "`checks` is a list")
            .expected("[{\"condition\": …, \"message\": \"…\"}]");
        return;
    };
    for (index, item) in items.iter().enumerate() {
        let at = join(&at, &index.to_string());
        match (item.get("condition"), item.get("message")) {
            (Some(condition), Some(message)) => {
                let condition = Dynamic::compile(condition, &join(&at, "condition"), report);
                piece.checks.push((condition, Dynamic::compile(message, &join(&at, "message"), report)));
            }
            _ => {
                report.error(Place::Value, &at, "bad-check", "A check needs `condition` and `message`");
            }
        }
    }
}

fn compile_events(written: &Component, piece: &mut Piece, report: &mut Report) {
    let inside = written
        .on_event
        .iter()
        .map(|(name, value)| (name.clone(), value, join(&join(&written.pointer, "on_event"), name)));
    let beside = written.rest.iter().filter_map(|(key, value)| {
        let event = event_of(key)?;
        Some((event, value, join(&written.pointer, key)))
    });
    for (name, value, at) in inside.chain(beside) {
        if let Some(row) = piece.row
            && !row.event_names().any(|known| known == name)
        {
            let hint = || did_you_mean(&name, row.event_names());
            let message = format!("`{}` has no event `{name}`", piece.kind);
            report.warning(Place::Key, &at, "unknown-event", message).maybe_hint(hint);
        }
        piece.events.push((name, action::compile(value, &at, report)));
    }
}
