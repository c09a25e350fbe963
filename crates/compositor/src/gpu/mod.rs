//! Draws egui primitives and the wallpaper with our own pipelines.
