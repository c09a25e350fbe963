//! The painter against the stock renderer, and against itself without damage tracking.

mod damage;
mod reference;
pub(crate) mod support;
mod wallpapers;
