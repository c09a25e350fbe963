//! Every app on a stage: what a person sees and does, by role and name.

mod apps;
mod editor;
mod files;
mod monitor;
mod review;
mod settings;
mod tasks;
