//! A host that keeps everything in memory and notes what it was asked.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use crate::tools::{Ticket, ToolError, ToolErrorKind, ToolHost, ToolReply};
use crate::{Effect, Instance, UiEvent};

/// A fake [`ToolHost`] with storage.
#[derive(Debug, Default)]
pub struct FakeHost {
    /// What is kept.
    pub storage: BTreeMap<String, Value>,
    /// Calls in order.
    pub calls: Vec<(String, Value)>,
    /// Answer with tickets; [`FakeHost::settle`] brings the results.
    pub slow: bool,
    /// The next calls of these tools fail with these messages.
    pub failures: VecDeque<(String, String)>,
    open: VecDeque<(Ticket, Result<Value, ToolError>)>,
    next_ticket: u64,
}

impl FakeHost {
    /// A host that has kept this.
    #[must_use]
    pub fn with_storage(storage: BTreeMap<String, Value>) -> Self {
        Self { storage, ..Self::default() }
    }

    /// Brings the results of everything that is pending, in order, until nothing is.
    pub fn settle(&mut self, instance: &mut Instance) -> Vec<Effect> {
        let mut effects = Vec::new();
        while let Some((ticket, result)) = self.open.pop_front() {
            effects.extend(instance.resolve(ticket, result, self));
        }
        effects
    }

    /// How many calls are pending.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.len()
    }

    fn run(&mut self, tool: &str, args: &Value) -> Result<Value, ToolError> {
        if self.failures.front().is_some_and(|(failing, _)| failing == tool) {
            let message = self.failures.pop_front().map(|(_, message)| message).unwrap_or_default();
            return Err(ToolError::new(ToolErrorKind::Failed, message));
        }
        let key = args.get("key").and_then(Value::as_str).unwrap_or_default();
        Ok(match tool {
            "storage.set" => {
                self.storage.insert(key.to_owned(), args.get("value").cloned().unwrap_or_default());
                Value::Null
            }
            "storage.get" => self.storage.get(key).cloned().unwrap_or_default(),
            "storage.remove" => self.storage.remove(key).map_or(Value::Null, |_| Value::Null),
            "storage.list" => json!(self.storage.keys().collect::<Vec<_>>()),
            _ => Value::Null,
        })
    }
}

impl ToolHost for FakeHost {
    fn call(&mut self, tool: &str, args: &Value) -> ToolReply {
        self.calls.push((tool.to_owned(), args.clone()));
        let result = self.run(tool, args);
        if !self.slow {
            return ToolReply::Done(result);
        }
        self.next_ticket += 1;
        self.open.push_back((Ticket(self.next_ticket), result));
        ToolReply::Pending(Ticket(self.next_ticket))
    }
}

/// A click on a component.
#[must_use]
pub fn click(component: &str) -> UiEvent {
    UiEvent { component: component.to_owned(), event: "click".to_owned(), value: Value::Null }
}

/// A new value of an input.
pub fn change(component: &str, value: impl Into<Value>) -> UiEvent {
    UiEvent { component: component.to_owned(), event: "change".to_owned(), value: value.into() }
}
