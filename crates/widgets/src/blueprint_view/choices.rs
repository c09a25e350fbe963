//! Check boxes, radio buttons, sliders and selects.

use super::draw::{Draw, accessible_name};
use super::fields::{labelled, one_line};
use super::look::Look;
use super::text::single_line;
use crate::controls::{Checkbox, Radio, Select, Slider};
use crate::fonts;
use crate::theme::type_size;
use blueprint::Node;
use egui::{Rect, Response, Ui, pos2};
use serde_json::Value;

/// Most options of a select.
const MAX_OPTIONS: usize = 2_000;

pub(super) fn show(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, look: &Look, rect: Rect) {
    let response = match node.kind.as_str() {
        "checkbox" => checkbox(draw, ui, node, rect),
        "radio" => radio(draw, ui, node, rect),
        "slider" => slider(draw, ui, node, look, rect),
        _ => select(draw, ui, node, rect),
    };
    draw.finish(ui, node, &response);
}

fn checkbox(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, rect: Rect) -> Response {
    let mut checked = node.flag("checked");
    let label = node.text("label");
    let response =
        Checkbox::new(&mut checked, label).name(accessible_name(node)).id(draw.id(node)).show_at(ui, rect);
    if response.changed() {
        draw.emit(node, "change", checked.into());
    }
    response
}

fn radio(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, rect: Rect) -> Response {
    let value = node.props.get("value").cloned().unwrap_or(Value::Null);
    let chosen = node.flag("checked") || (!value.is_null() && node.props.get("selected") == Some(&value));
    let response = Radio::new(chosen, node.text("label")).id(draw.id(node)).show_at(ui, rect);
    if response.clicked() && !chosen {
        draw.emit(node, "change", value);
    }
    response
}

fn slider(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, look: &Look, rect: Rect) -> Response {
    let (low, high) = (node.number("min").unwrap_or(0.0), node.number("max").unwrap_or(100.0));
    let mut value = node.number("value").unwrap_or(low);
    let shown = value;
    let rail = one_line(node, labelled(draw, ui, node, rect));
    if rail.top() > rect.top() {
        let font = fonts::medium(type_size::LABEL);
        let colour = look.text_colour(draw.theme);
        let galley = single_line(ui, &number_text(shown), font, colour, rect.width());
        ui.painter().galley(pos2(rect.right() - galley.size().x, rect.top()), galley, colour);
    }
    let slider =
        Slider::new(&mut value, low..=high, accessible_name(node)).step(node.number("step").unwrap_or(1.0));
    let response = slider.id(draw.id(node)).show_at(ui, rail);
    if response.changed() {
        draw.emit(node, "change", number(value));
    }
    response
}

/// A number without needless decimals.
pub(super) fn number_text(value: f64) -> String {
    let rounded = (value * 1e6).round() / 1e6;
    if rounded.is_finite() { rounded.to_string() } else { "–".to_owned() }
}

fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { (value as i64).into() } else { value.into() }
}

/// Value and label of each option.
fn options(node: &Node) -> Vec<(Value, String)> {
    let Some(Value::Array(list)) = node.props.get("options") else { return Vec::new() };
    let option = |item: &Value| match item {
        Value::Object(fields) => {
            let label = fields.get("label").or_else(|| fields.get("text")).or_else(|| fields.get("title"));
            let value = fields.get("value").or(label).cloned().unwrap_or(Value::Null);
            (value.clone(), plain_text(label.unwrap_or(&value)))
        }
        other => (other.clone(), plain_text(other)),
    };
    list.iter().take(MAX_OPTIONS).map(option).collect()
}

fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn select(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, rect: Rect) -> Response {
    let field = one_line(node, labelled(draw, ui, node, rect));
    let (values, labels): (Vec<Value>, Vec<String>) = options(node).into_iter().unzip();
    let value = node.props.get("value").unwrap_or(&Value::Null);
    // A value from a text field is text also where the options are numbers.
    let is_value = |option: &Value| option == value || plain_text(option) == plain_text(value);
    let mut chosen = if value.is_null() { None } else { values.iter().position(is_value) };
    let response = Select::new(&mut chosen, &labels, accessible_name(node))
        .placeholder(node.text("placeholder"))
        .id(draw.id(node))
        .show_at(ui, field);
    if response.changed()
        && let Some(value) = chosen.and_then(|index| values.get(index))
    {
        draw.emit(node, "change", value.clone());
    }
    response
}
