//! The tools that act on the instance itself: `ui.*`, `system.undo`, `system.redo`.

use serde_json::{Map, Value};
use unicode_segmentation::UnicodeSegmentation;

use super::evaluate::value_pointer;
use super::run::Run;
use super::{Effect, Instance};
use crate::dynamic::DataPath;
use crate::expression::{equal, kind_of, text_of};
use crate::json::join;
use crate::state::StateError;
use crate::suggest::did_you_mean;
use crate::tools::{Entry, ToolError, ToolErrorKind, append_entry, argument, calculate};
use crate::view_value::is_truthy;

/// Longest text that `ui.append` makes.
const MAX_TEXT_BYTES: usize = 1 << 20;
/// Places whose last calculation is remembered.
const MAX_CALCULATIONS: usize = 64;

impl From<StateError> for ToolError {
    fn from(error: StateError) -> Self {
        Self::new(ToolErrorKind::BadArguments, error.to_string())
    }
}

type Outcome = Result<Value, ToolError>;

impl Instance {
    pub(super) fn run_ui_tool(&mut self, tool: &str, args: &Map<String, Value>, run: &Run) -> Outcome {
        match tool {
            "system.undo" => Ok(self.state.undo().into()),
            "system.redo" => Ok(self.state.redo().into()),
            "ui.notify" => {
                let text =
                    |name: &str| args.get(name).map(|value| text_of(value).into_owned()).unwrap_or_default();
                let kind = if args.contains_key("kind") { text("kind") } else { "info".to_owned() };
                self.effects.push(Effect::Notify { title: text("title"), message: text("message"), kind });
                Ok(Value::Null)
            }
            "ui.show" | "ui.hide" | "ui.enable" | "ui.disable" | "ui.focus" => self.at_node(tool, args, run),
            "ui.open_modal" => self.put(args, run, true.into()),
            "ui.close_modal" => self.put(args, run, false.into()),
            "ui.select_tab" => {
                let tab = argument(args, "tab")?.clone();
                self.put(args, run, tab)
            }
            "ui.set" => {
                let value = argument(args, "value")?.clone();
                self.put(args, run, value)
            }
            "ui.get" => Ok(self.current(&self.target(args, run)?)),
            "ui.toggle" => {
                let target = self.target(args, run)?;
                let toggled = !is_truthy(&self.current(&target));
                self.store(&target, toggled.into())
            }
            "ui.append" => self.append(args, run),
            "ui.clear" => self.clear(args, run),
            "ui.backspace" => self.backspace(args, run),
            "ui.compute" => self.compute(args, run),
            "ui.add_item" => {
                let pointer = self.target(args, run)?.pointer;
                let len = self.state.get(&pointer).and_then(Value::as_array).map_or(0, Vec::len);
                let at = args.get("at").filter(|at| !at.is_null()).map_or(Ok(len), index_of)?;
                self.state.insert(&pointer, at.min(len), argument(args, "item")?.clone())?;
                Ok((len + 1).into())
            }
            "ui.remove_item" => {
                let pointer = self.target(args, run)?.pointer;
                let (index, item) = self.item(&pointer, args)?;
                self.state.remove_item(&pointer, index)?;
                Ok(item)
            }
            "ui.update_item" => {
                let pointer = self.target(args, run)?.pointer;
                let (index, item) = self.item(&pointer, args)?;
                let place = join(&pointer, &index.to_string());
                match (&item, argument(args, "value")?) {
                    (Value::Object(_), Value::Object(changes)) => {
                        for (key, value) in changes {
                            self.state.set(&join(&place, key), value.clone())?;
                        }
                    }
                    (_, value) => self.state.set(&place, value.clone())?,
                }
                Ok(self.state.get(&place).cloned().unwrap_or_default())
            }
            other => Err(ToolError::new(ToolErrorKind::NotFound, format!("There is no tool `{other}`"))),
        }
    }

    /// `target` as a place in the data.
    fn target(&self, args: &Map<String, Value>, run: &Run) -> Result<Target, ToolError> {
        let Some(text) = argument(args, "target")?.as_str() else {
            return Err(ToolError::bad(format!(
                "`target` is a name or a path, found {}",
                kind_of(&args["target"])
            )));
        };
        let pointer = self.target_pointer(text, run)?;
        Ok(Target { pointer, node: self.node_of(text, run) })
    }

    /// A path, or where a component keeps its value, or a member of the data of that name.
    pub(super) fn target_pointer(&self, text: &str, run: &Run) -> Result<String, ToolError> {
        if text.starts_with('/') {
            return Ok(text.to_owned());
        }
        if text == "." || text.starts_with("./") {
            return Ok(DataPath::new(text).resolve(run.scope.as_deref()));
        }
        if let Some(index) = self.node_of(text, run) {
            let record = &self.records[index];
            let piece = &self.program.pieces[self.piece_of(index)];
            let id = &self.view.nodes[index].id;
            return Ok(
                value_pointer(piece, id, record.scope.as_deref()).unwrap_or_else(|| join("/state", id))
            );
        }
        if self.state.root().get(text).is_some() {
            return Ok(join("", text));
        }
        Err(self.unknown_component(text))
    }

    /// The component, in the same turn of a `repeat` first.
    fn node_of(&self, text: &str, run: &Run) -> Option<usize> {
        let from = run.origin.node.as_deref().unwrap_or("");
        let mut prefix = from;
        loop {
            // `row[7]/title` looks for `row[7]/text` before `text`; the row itself for `row[7]/text`.
            let candidate = if prefix.is_empty() { text.to_owned() } else { format!("{prefix}/{text}") };
            if let Some(index) = self.by_id.get(&candidate) {
                return Some(*index).filter(|index| self.records[*index].piece.is_some());
            }
            if prefix.is_empty() {
                return None;
            }
            prefix = prefix.rfind('/').map_or("", |cut| &prefix[..cut]);
        }
    }

    fn unknown_component(&self, text: &str) -> ToolError {
        let hint = did_you_mean(text, self.program.document.ids());
        let hint = hint.map(|hint| format!(": {hint}")).unwrap_or_default();
        ToolError::new(ToolErrorKind::NotFound, format!("There is no component `{text}`{hint}"))
    }

    /// What is there now; for components that were never written, what they show.
    fn current(&self, target: &Target) -> Value {
        if let Some(value) = self.state.get(&target.pointer) {
            return value.clone();
        }
        let shown = target.node.and_then(|index| {
            let prop = self.program.pieces[self.piece_of(index)].value_prop()?;
            self.view.nodes[index].props.get(prop)
        });
        shown.cloned().unwrap_or_default()
    }

    fn store(&mut self, target: &Target, value: Value) -> Outcome {
        self.state.set(&target.pointer, value.clone())?;
        Ok(value)
    }

    fn put(&mut self, args: &Map<String, Value>, run: &Run, value: Value) -> Outcome {
        let target = self.target(args, run)?;
        self.calculations.remove(&target.pointer);
        self.store(&target, value)
    }

    fn at_node(&mut self, tool: &str, args: &Map<String, Value>, run: &Run) -> Outcome {
        let target = text_of(argument(args, "target")?).into_owned();
        let index = self.node_of(&target, run).ok_or_else(|| self.unknown_component(&target))?;
        let id = self.view.nodes[index].id.clone();
        if tool == "ui.focus" {
            self.effects.push(Effect::Focus { component: id });
            return Ok(Value::Null);
        }
        let entry = self.overrides.entry(id.clone()).or_default();
        match tool {
            "ui.show" => entry.visible = Some(true),
            "ui.hide" => entry.visible = Some(false),
            "ui.enable" => entry.enabled = Some(true),
            _ => entry.enabled = Some(false),
        }
        self.mark(&id);
        Ok(Value::Null)
    }

    /// What stands at a place that calculations happen in.
    fn entry(&self, pointer: &str, text: &str) -> Entry {
        match self.calculations.get(pointer).filter(|last| last.shown == text) {
            None => Entry::Typing,
            Some(last) if last.failed => Entry::Error,
            Some(_) => Entry::Result,
        }
    }

    fn append(&mut self, args: &Map<String, Value>, run: &Run) -> Outcome {
        let target = self.target(args, run)?;
        let value = argument(args, "value")?;
        let current = self.current(&target);
        if let Value::Array(items) = &current {
            let len = items.len();
            self.state.insert(&target.pointer, len, value.clone())?;
            return Ok((len + 1).into());
        }
        let (current, value) = (text_of(&current), text_of(value));
        if current.len() + value.len() > MAX_TEXT_BYTES {
            return Err(ToolError::bad("The text is too long"));
        }
        let text = match args.get("rule").and_then(Value::as_str) {
            None => format!("{current}{value}"),
            Some("arithmetic") => append_entry(&current, &value, self.entry(&target.pointer, &current)),
            Some(other) => return Err(ToolError::bad(format!("There is no rule `{other}`"))),
        };
        self.store(&target, text.into())
    }

    fn clear(&mut self, args: &Map<String, Value>, run: &Run) -> Outcome {
        let target = self.target(args, run)?;
        let empty = match (args.get("value"), self.current(&target)) {
            (Some(value), _) => value.clone(),
            (None, Value::Array(_)) => Value::Array(Vec::new()),
            (None, Value::Object(_)) => Value::Object(Map::new()),
            (None, Value::Bool(_)) => false.into(),
            (None, Value::Number(_)) => 0.into(),
            (None, _) => "".into(),
        };
        self.calculations.remove(&target.pointer);
        self.store(&target, empty)?;
        Ok(Value::Null)
    }

    fn backspace(&mut self, args: &Map<String, Value>, run: &Run) -> Outcome {
        let target = self.target(args, run)?;
        let current = self.current(&target);
        let text = text_of(&current);
        let cut = match self.entry(&target.pointer, &text) {
            Entry::Error => "",
            _ => text.grapheme_indices(true).next_back().map_or("", |(at, _)| &text[..at]),
        };
        let empty = args.get("empty").map(|value| text_of(value).into_owned()).unwrap_or_default();
        // A sign alone is nothing either.
        let left = if cut.is_empty() || matches!(cut, "-" | "−") { empty } else { cut.to_owned() };
        self.calculations.remove(&target.pointer);
        self.store(&target, left.into())
    }

    fn compute(&mut self, args: &Map<String, Value>, run: &Run) -> Outcome {
        let target = self.target(args, run)?;
        let angle = crate::tools::angle_of(args)?;
        let current = self.current(&target);
        let text = match args.get("expression") {
            Some(expression) => text_of(expression),
            None => text_of(&current),
        };
        let before = self.calculations.get(&target.pointer);
        if before.is_some_and(|before| before.failed && before.shown == text) {
            return Ok(current);
        }
        let calculation = calculate(&text, before, angle);
        if let Some(history) = args.get("history").and_then(Value::as_str) {
            let pointer = self.target_pointer(history, run)?;
            self.state.set(&pointer, format!("{} =", calculation.expression).into())?;
        }
        let shown = Value::from(calculation.shown.as_str());
        if self.calculations.len() >= MAX_CALCULATIONS {
            self.calculations.clear();
        }
        self.calculations.insert(target.pointer.clone(), calculation);
        self.store(&target, shown)
    }

    /// The item that `index`, or `id` with `key`, stands for.
    fn item(&self, list: &str, args: &Map<String, Value>) -> Result<(usize, Value), ToolError> {
        let Some(Value::Array(items)) = self.state.get(list) else {
            return Err(ToolError::bad(format!("“{list}” is no list")));
        };
        let index = match (args.get("index"), args.get("id")) {
            (Some(index), _) if !index.is_null() => Some(index_of(index)?),
            (_, Some(id)) => {
                let key = args.get("key").and_then(Value::as_str).unwrap_or("id");
                items.iter().position(|item| item.get(key).is_some_and(|own| equal(own, id)))
            }
            _ => return Err(ToolError::bad("The argument `index` or `id` is missing")),
        };
        let found = index.and_then(|index| Some((index, items.get(index)?.clone())));
        found.ok_or_else(|| ToolError::new(ToolErrorKind::NotFound, "There is no such item"))
    }
}

/// Where a tool acts.
struct Target {
    pointer: String,
    node: Option<usize>,
}

fn index_of(value: &Value) -> Result<usize, ToolError> {
    let index = value.as_u64().and_then(|index| usize::try_from(index).ok());
    index.ok_or_else(|| {
        ToolError::bad(format!("A position is a whole number from 0, found {}", kind_of(value)))
    })
}
