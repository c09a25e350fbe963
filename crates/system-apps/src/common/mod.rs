//! What the apps share: panes, tables, charts, words for figures and errors.

pub(crate) mod chart;
pub(crate) mod connections;
pub(crate) mod facts;
pub(crate) mod format;
pub(crate) mod grid;
pub(crate) mod listing;
pub(crate) mod pane;
pub(crate) mod problem;
pub(crate) mod rows;
pub(crate) mod table;
pub(crate) mod text;
