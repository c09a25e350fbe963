//! Apps as data: read, checked, bound to state, and run.
mod components;
mod diagnostic;
mod document;
mod dynamic;
mod expression;
mod json;
mod state;
mod suggest;
mod view;
