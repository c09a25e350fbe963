//! A document compiled: every dynamic value and action read once, templates merged, props under their
//! proper names, and what is wrong noted at the component it belongs to.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::action::{self, Action};
use crate::check;
use crate::components::{ComponentRow, STYLE_PROPERTIES, component, component_hint, style_property_name};
use crate::diagnostic::{Place, Report};
use crate::document::{Component, Document, Repeat, repeat_of};
use crate::dynamic::{DataPath, Dynamic};
use crate::expression::Expression;
use crate::json::join;
use crate::suggest::did_you_mean;

/// Index into [`Program::pieces`]; the same as that into the document's components.
pub(crate) type PieceIndex = usize;

/// Shortest time between two turns of `on_interval`.
pub(crate) const MIN_INTERVAL_MILLIS: u64 = 50;

/// One component, compiled.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) id: String,
    pub(crate) id_given: bool,
    pub(crate) kind: String,
    pub(crate) row: Option<&'static ComponentRow>,
    pub(crate) parent: Option<PieceIndex>,
    pub(crate) children: Vec<PieceIndex>,
    /// Under their names in the table, without the value prop where that is bound.
    pub(crate) props: Vec<(String, Dynamic)>,
    pub(crate) style: Vec<(String, Dynamic)>,
    pub(crate) value: ValueSource,
    pub(crate) visible: Option<Dynamic>,
    pub(crate) enabled: Option<Dynamic>,
    pub(crate) repeat: Option<(Repeat, DataPath)>,
    pub(crate) checks: Vec<(Dynamic, Dynamic)>,
    pub(crate) label: Option<Dynamic>,
    pub(crate) description: Option<Dynamic>,
    pub(crate) events: Vec<(String, Arc<[Action]>)>,
    pub(crate) error: Option<String>,
}

/// Where the value prop of a component comes from and goes to.
#[derive(Debug, Default)]
pub(crate) enum ValueSource {
    /// It has none, or computes it.
    #[default]
    None,
    /// Bound two ways by `$path`.
    Bound(DataPath),
    /// Bound two ways by an expression that is only a path: `"{{ item.done }}"`.
    Named(Expression),
    /// Under `/state`, by this name instead of the id for radio groups; starts with the literal.
    State { name: Option<String>, start: Option<Value> },
}

/// A compiled document.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) document: Document,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) title: Dynamic,
    /// Props and style of the node that fills the window.
    pub(crate) root: Vec<(String, Dynamic)>,
    pub(crate) lifecycle: Vec<(String, Arc<[Action]>)>,
    pub(crate) intervals: Vec<(u64, Arc<[Action]>)>,
}

impl Piece {
    /// Whether people change its value.
    pub(crate) fn is_stateful(&self) -> bool {
        self.written_by().is_some()
    }

    pub(crate) fn value_prop(&self) -> Option<&'static str> {
        self.row.and_then(|row| row.value.as_ref()).map(|value| value.prop)
    }

    pub(crate) fn written_by(&self) -> Option<&'static str> {
        self.row.and_then(|row| row.value.as_ref()).and_then(|value| value.written_by)
    }

    /// Every compiled value of it.
    pub(crate) fn dynamics(&self) -> impl Iterator<Item = &Dynamic> {
        let props = self.props.iter().chain(&self.style).map(|(_, value)| value);
        let single = [&self.visible, &self.enabled, &self.label, &self.description];
        props.chain(single.into_iter().flatten()).chain(self.checks.iter().flat_map(|(a, b)| [a, b]))
    }
}

impl Program {
    pub(crate) fn compile(document: Document, report: &mut Report) -> Self {
        let mut pieces: Vec<Piece> =
            document.components.iter().map(|component| piece(&document, component, report)).collect();
        for parent in 0..pieces.len() {
            for child in pieces[parent].children.clone() {
                pieces[child].parent = Some(parent);
            }
        }
        let mut program = Self {
            pieces,
            title: Dynamic::Literal("".into()),
            root: Vec::new(),
            lifecycle: Vec::new(),
            intervals: Vec::new(),
            document,
        };
        program.first_tabs();
        program.compile_ui(report);
        check::references(&program, report);
        program.note_errors(report);
        program
    }

    pub(crate) fn index_of(&self, id: &str) -> Option<PieceIndex> {
        self.document.index_of(id)
    }

    /// Everything inside of a component, in the order of the document.
    pub(crate) fn below(&self, piece: PieceIndex) -> impl Iterator<Item = PieceIndex> {
        // Components are stored in document order, so what is below comes right after.
        let inside = move |other: &PieceIndex| {
            std::iter::successors(self.pieces[*other].parent, |up| self.pieces[*up].parent)
                .any(|up| up == piece)
        };
        (piece + 1..self.pieces.len()).take_while(inside)
    }

    /// Tabs without a choice start with their `defaultTab`, else the first pane.
    fn first_tabs(&mut self) {
        for index in 0..self.pieces.len() {
            if self.pieces[index].kind != "tabs" {
                continue;
            }
            let default = self.pieces[index].props.iter().find(|(name, _)| name == "defaultTab");
            let default = default.and_then(|(_, value)| value.literal()?.as_str().map(str::to_owned));
            let first = self.pieces[index].children.first().map(|child| self.pieces[*child].id.clone());
            if let ValueSource::State { start: start @ None, .. } = &mut self.pieces[index].value {
                *start = default.or(first).map(Value::from);
            }
        }
    }

    fn compile_ui(&mut self, report: &mut Report) {
        let ui = &self.document.ui;
        for (key, value) in ui {
            let at = join("/ui", key);
            match key.as_str() {
                "title" => self.title = Dynamic::compile(value, &at, report),
                "layout" | "gap" | "padding" | "align" | "justify" => {
                    self.root.push((key.clone(), Dynamic::compile(value, &at, report)));
                }
                "spacing" => self.root.push(("gap".to_owned(), Dynamic::compile(value, &at, report))),
                _ => {}
            }
        }
        match ui.get("lifecycle") {
            Some(Value::Object(members)) => {
                for (name, value) in members {
                    let at = join("/ui/lifecycle", name);
                    match name.as_str() {
                        "on_mount" | "on_unmount" | "on_focus" | "on_blur" => {
                            self.lifecycle.push((name.clone(), action::compile(value, &at, report)));
                        }
                        "on_interval" => interval(value, &at, &mut self.intervals, report),
                        other => {
                            let known = ["on_mount", "on_unmount", "on_focus", "on_blur", "on_interval"];
                            let message = format!("There is no moment `{other}`");
                            report
                                .warning(Place::Key, &at, "unknown-lifecycle", message)
                                .maybe_hint(did_you_mean(other, known));
                        }
                    }
                }
            }
            // Older files give only actions: they run at the start.
            Some(value @ (Value::String(_) | Value::Array(_))) => {
                self.lifecycle.push(("on_mount".to_owned(), action::compile(value, "/ui/lifecycle", report)));
            }
            _ => {}
        }
    }

    /// Errors show at the innermost component whose pointer they are under.
    fn note_errors(&mut self, report: &Report) {
        let by_pointer: HashMap<&str, PieceIndex> = self
            .document
            .components
            .iter()
            .enumerate()
            .map(|(index, component)| (component.pointer.as_str(), index))
            .collect();
        for (pointer, message) in report.errors() {
            let mut at = pointer;
            loop {
                if let Some(index) = by_pointer.get(at) {
                    self.pieces[*index].error.get_or_insert_with(|| message.to_owned());
                    break;
                }
                match at.rfind('/') {
                    Some(cut) => at = &at[..cut],
                    None => break,
                }
            }
        }
    }
}

fn interval(value: &Value, pointer: &str, intervals: &mut Vec<(u64, Arc<[Action]>)>, report: &mut Report) {
    if let Value::Array(items) = value {
        for (index, item) in items.iter().enumerate().take(16) {
            interval(item, &join(pointer, &index.to_string()), intervals, report);
        }
        return;
    }
    match (value.get("every_ms").and_then(Value::as_u64), value.get("do")) {
        (Some(millis), Some(actions)) => {
            let actions = action::compile(actions, &join(pointer, "do"), report);
            intervals.push((millis.max(MIN_INTERVAL_MILLIS), actions));
        }
        _ => {
            let finding =
                report.error(Place::Value, pointer, "bad-interval", "An interval needs `every_ms` and `do`");
            finding.expected("{\"every_ms\": 1000, \"do\": ACTION}");
        }
    }
}

/// A prop or style entry as it is found, with where it stands.
struct Given<'a> {
    name: &'a str,
    value: &'a Value,
    pointer: String,
}

fn piece(document: &Document, written: &Component, report: &mut Report) -> Piece {
    let row = component(&written.kind);
    if row.is_none() && !written.kind.is_empty() {
        let message = format!("Unknown component `{}`", written.kind);
        report
            .error(Place::Value, &join(&written.pointer, "type"), "unknown-component", message)
            .maybe_hint(component_hint(&written.kind));
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
        error: None,
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
                let hint = did_you_mean(name, document.templates.keys().map(String::as_str));
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
                let hint = did_you_mean(&proper, STYLE_PROPERTIES.iter().copied());
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
        let event = crate::document::event_of(key)?;
        Some((event, value, join(&written.pointer, key)))
    });
    for (name, value, at) in inside.chain(beside) {
        if let Some(row) = piece.row
            && !row.event_names().any(|known| known == name)
        {
            let hint = did_you_mean(&name, row.event_names());
            let message = format!("`{}` has no event `{name}`", piece.kind);
            report.warning(Place::Key, &at, "unknown-event", message).maybe_hint(hint);
        }
        piece.events.push((name, action::compile(value, &at, report)));
    }
}
