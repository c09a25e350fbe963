//! Columns of a grid, and which cells a child takes.

use super::lengths::Length;
use blueprint::Node;
use serde_json::Value;
use taffy::prelude::{
    GridPlacement, GridTemplateComponent, Line, TrackSizingFunction, auto, flex, fr, length, minmax, percent,
    span,
};
use taffy::style::{GridTemplateRepetition, RepetitionCount};

/// Most columns of a grid.
const MAX_COLUMNS: u16 = 64;

/// Columns of a grid: `gridTemplateColumns`, else equal ones, else as many as fit.
pub(super) fn columns(node: &Node) -> Vec<GridTemplateComponent<String>> {
    if let Some(template) = node.style.get("gridTemplateColumns").and_then(Value::as_str) {
        let tracks = template_tracks(template);
        if !tracks.is_empty() {
            return tracks;
        }
    }
    if node.flag("responsive") {
        let least = node.number("minWidth").unwrap_or(160.0).clamp(24.0, 2_000.0) as f32;
        return vec![GridTemplateComponent::Repeat(GridTemplateRepetition {
            count: RepetitionCount::AutoFill,
            tracks: vec![minmax(length(least), fr(1.0))],
            line_names: Vec::new(),
        })];
    }
    let count = node.number("columns").unwrap_or(2.0).clamp(1.0, f64::from(MAX_COLUMNS)) as usize;
    vec![GridTemplateComponent::Single(flex(1.0)); count]
}

/// `"1fr 200px auto"` and `"repeat(3, 1fr)"`.
fn template_tracks(template: &str) -> Vec<GridTemplateComponent<String>> {
    let template = template.trim();
    if let Some(inner) = template.strip_prefix("repeat(").and_then(|rest| rest.strip_suffix(')')) {
        let Some((count, track)) = inner.split_once(',') else { return Vec::new() };
        let Ok(count) = count.trim().parse::<usize>() else { return Vec::new() };
        let Some(track) = track_of(track.trim()) else { return Vec::new() };
        return vec![GridTemplateComponent::Single(track); count.clamp(1, usize::from(MAX_COLUMNS))];
    }
    let tracks: Option<Vec<_>> =
        template.split_whitespace().take(usize::from(MAX_COLUMNS)).map(track_of).collect();
    tracks.unwrap_or_default().into_iter().map(GridTemplateComponent::Single).collect()
}

fn track_of(text: &str) -> Option<TrackSizingFunction> {
    if let Some(part) = text.strip_suffix("fr") {
        let part = part.parse::<f32>().ok().filter(|part| part.is_finite() && *part > 0.0)?;
        return Some(flex(part));
    }
    match Length::of(&Value::from(text))? {
        Length::Points(points) => Some(length(points.max(0.0))),
        Length::Part(part) => Some(percent(part.max(0.0))),
        Length::Auto => Some(auto()),
    }
}

/// `"span 2"`, `"1 / 3"`, or a line.
pub(super) fn placement(node: &Node, name: &str) -> Line<GridPlacement<String>> {
    let one = |text: &str| -> GridPlacement<String> {
        let text = text.trim();
        if let Some(count) = text.strip_prefix("span") {
            return count
                .trim()
                .parse::<u16>()
                .map_or(GridPlacement::Auto, |count| span(count.clamp(1, MAX_COLUMNS)));
        }
        match text.parse::<i16>() {
            Ok(at) if at != 0 && at.unsigned_abs() <= 1_000 => taffy::prelude::line(at),
            _ => GridPlacement::Auto,
        }
    };
    match node.style.get(name) {
        Some(Value::String(text)) => match text.split_once('/') {
            Some((start, end)) => Line { start: one(start), end: one(end) },
            None => Line { start: one(text), end: GridPlacement::Auto },
        },
        Some(Value::Number(number)) => Line { start: one(&number.to_string()), end: GridPlacement::Auto },
        _ => Line { start: GridPlacement::Auto, end: GridPlacement::Auto },
    }
}
