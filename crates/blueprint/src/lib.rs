//! Apps as data: read, checked, bound to state, and run.
//!
//! A `.bp` file becomes a [`Document`] (what is written), a program (what it means, compiled once) and
//! an [`Instance`] (what is running). A renderer draws [`Instance::view`] and sends [`UiEvent`]s back;
//! whoever runs the app is its [`ToolHost`]. This crate draws nothing, waits for nothing, and has no
//! effect outside of itself; expressions are total, and everything has a bound.

mod action;
mod check;
mod components;
mod diagnostic;
mod document;
mod dynamic;
mod expression;
mod infer;
mod instance;
mod json;
mod program;
mod reference;
mod state;
mod suggest;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tools;
mod view;
mod view_value;

pub use check::{check, render, to_json};
pub use components::{
    COMMON_PROPS, COMPONENTS, ComponentRow, PropDefault, PropKind, PropRow, STYLE_PROPERTIES, ValueRow,
    component,
};
pub use diagnostic::{Diagnostic, MAX_DIAGNOSTICS, Severity};
pub use document::{AppInfo, Component, Document, MAX_COMPONENTS, Repeat, ServiceUse};
pub use expression::{Env, Expression, ExpressionError, FUNCTIONS, FunctionRow, Scope};
pub use instance::{Effect, Instance, Loaded, MAX_NODES, MAX_RUNS, Stats, WindowHint};
pub use json::{MAX_DEPTH, MAX_LEN_BYTES};
pub use reference::{components_markdown, tools_markdown};
pub use state::{State, StateError};
pub use tools::{
    ArgRow, Ticket, ToolError, ToolErrorKind, ToolHost, ToolKind, ToolReply, ToolRow, tool, tools,
};
pub use view::{Node, UiEvent, View};
