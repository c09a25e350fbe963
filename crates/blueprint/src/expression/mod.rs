//! Expressions: a small, total subset of CEL over JSON.
//!
//! Numbers are JSON numbers, there are no macros and no user functions, and every evaluation has a
//! budget of steps and of text. An expression is read once ([`Expression::parse`]); which data it
//! depends on is known from its text ([`Expression::dependencies`]).
//!
//! Grammar, loosest first: `a ? b : c`, `||`, `&&`, `== != < <= > >= in`, `+ -`, `* / %`, `! -`,
//! `a.b a[0] a.f(x)`, literals, lists `[…]`, maps `{…}`, `f(x)`. Names are members of the data, or
//! `item`, `index` (inside `repeat`) and `event` (inside actions). What is not there is `null`.

mod evaluate;
mod functions;
mod parse;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::Value;

pub(crate) use evaluate::{equal, kind_of, limited_text, number_value};
pub use functions::{FUNCTIONS, FunctionRow};
pub(crate) use functions::{function, text_of};
pub use parse::ExpressionError;

use crate::json::join;

/// Longest source text.
pub(crate) const MAX_LEN_BYTES: usize = 4096;
/// Deepest tree.
pub(crate) const MAX_DEPTH: usize = 100;
/// Steps of one evaluation.
pub(crate) const FUEL: u32 = 100_000;
/// Longest text or list that an expression makes, in bytes or items.
pub(crate) const MAX_OUTPUT: usize = 1 << 20;

/// What an expression sees.
#[derive(Clone, Copy, Debug)]
pub struct Env<'a> {
    /// The data model.
    pub data: &'a Value,
    /// The innermost `repeat`, if inside of one.
    pub scope: Option<&'a Scope>,
    /// What came with an event, inside actions.
    pub event: Option<&'a Value>,
}

/// One turn of a `repeat`.
#[derive(Debug, PartialEq, Eq)]
pub struct Scope {
    /// Name of the item, `item` unless told otherwise.
    pub name: String,
    /// Where the item stands in the data.
    pub pointer: String,
    /// Which turn, from 0.
    pub index: usize,
    /// The `repeat` around this one.
    pub parent: Option<Arc<Scope>>,
}

impl Scope {
    /// This scope and those around it, innermost first.
    fn chain(&self) -> impl Iterator<Item = &Scope> {
        std::iter::successors(Some(self), |scope| scope.parent.as_deref())
    }

    /// What a name means here, as a pointer.
    pub(crate) fn pointer_of(&self, name: &str) -> Option<&str> {
        self.chain().find(|scope| scope.name == name).map(|scope| scope.pointer.as_str())
    }
}

/// An expression that was read and can be evaluated any number of times.
#[derive(Clone, Debug)]
pub struct Expression {
    pub(crate) root: Node,
}

#[derive(Clone, Debug)]
pub(crate) enum Node {
    Literal(Value),
    Name(String),
    Member(Box<Node>, String),
    Index(Box<Node>, Box<Node>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Not(Box<Node>),
    Negate(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    Choose(Box<Node>, Box<Node>, Box<Node>),
    Has(Box<Node>),
    Call(&'static FunctionRow, Vec<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Expression {
    /// A call of a pure function on ready nodes.
    pub(crate) fn call(row: &'static FunctionRow, arguments: Vec<Node>) -> Self {
        Self { root: Node::Call(row, arguments) }
    }

    /// Data this depends on, as absolute pointers, under the given scope. An index that is computed
    /// makes the whole list a dependency.
    pub fn dependencies(&self, scope: Option<&Scope>, found: &mut Vec<String>) {
        self.root.dependencies(scope, found);
    }

    /// Where it leads, for an expression that is nothing but a path and so can be written to.
    pub(crate) fn place(&self, scope: Option<&Scope>) -> Option<String> {
        match self.root.path(scope) {
            (Some(pointer), true) => Some(pointer),
            _ => None,
        }
    }

    /// First names of the data it reads, for checks against the document.
    pub(crate) fn names(&self, found: &mut Vec<String>) {
        self.root.visit(&mut |node| {
            if let Node::Name(name) = node {
                found.push(name.clone());
            }
        });
    }
}

impl Node {
    fn dependencies(&self, scope: Option<&Scope>, found: &mut Vec<String>) {
        match self {
            Self::Name(_) | Self::Member(..) | Self::Index(..) => {
                if let (Some(pointer), _) = self.path(scope) {
                    found.push(pointer);
                }
                self.index_dependencies(scope, found);
            }
            other => other.children(&mut |child| child.dependencies(scope, found)),
        }
    }

    /// Dependencies of computed indices, and of what is no plain path at the bottom.
    fn index_dependencies(&self, scope: Option<&Scope>, found: &mut Vec<String>) {
        match self {
            Self::Name(_) => {}
            Self::Member(base, _) => base.index_dependencies(scope, found),
            Self::Index(base, index) => {
                base.index_dependencies(scope, found);
                if !matches!(**index, Self::Literal(_)) {
                    index.dependencies(scope, found);
                }
            }
            other => other.dependencies(scope, found),
        }
    }

    /// The longest plain path from the bottom of a member chain; the flag says whether it is all of it.
    fn path(&self, scope: Option<&Scope>) -> (Option<String>, bool) {
        let step = |base: &Self, token: &str| match base.path(scope) {
            (Some(pointer), true) => (Some(join(&pointer, token)), true),
            partial => partial,
        };
        match self {
            Self::Name(name) => match (name.as_str(), scope) {
                ("event", _) | ("index", Some(_)) => (None, false),
                (_, Some(scope)) if scope.pointer_of(name).is_some() => {
                    (scope.pointer_of(name).map(str::to_owned), true)
                }
                _ => (Some(join("", name)), true),
            },
            Self::Member(base, token) => step(base, token),
            Self::Index(base, index) => match &**index {
                Self::Literal(Value::String(token)) => step(base, token),
                Self::Literal(Value::Number(number)) => step(base, &number.to_string()),
                _ => (base.path(scope).0, false),
            },
            _ => (None, false),
        }
    }

    fn children<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        match self {
            Self::Literal(_) | Self::Name(_) => {}
            Self::Member(base, _) | Self::Not(base) | Self::Negate(base) | Self::Has(base) => visit(base),
            Self::Index(left, right) | Self::Binary(_, left, right) => {
                visit(left);
                visit(right);
            }
            Self::Choose(condition, yes, no) => {
                visit(condition);
                visit(yes);
                visit(no);
            }
            Self::List(items) | Self::Call(_, items) => items.iter().for_each(visit),
            Self::Map(members) => {
                for (key, value) in members {
                    visit(key);
                    visit(value);
                }
            }
        }
    }

    fn visit(&self, visit: &mut dyn FnMut(&Self)) {
        visit(self);
        self.children(&mut |child| child.visit(visit));
    }
}
