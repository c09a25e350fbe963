//! Arguments that an action may leave out. The only place that gives names and neighbours a meaning.
//!
//! | tools | argument | where it comes from |
//! |---|---|---|
//! | `ui.set append clear toggle backspace compute get focus` | `target` | the component called `display`, else the nearest input |
//! | `ui.set append` | `value` | what came with the event, else the text of the component |
//! | `ui.open_modal close_modal` | `target` | the modal around it, else the first one |
//! | `ui.select_tab` | `target` | the tabs around it, else the first ones |
//! | `storage.set` | `value` | the values of all named inputs of the form around it |
//! | `storage.*` | `key` | id of the form around it, else of the component |
//! | `ui.notify`, `toast.*`, `system.log notify alert` | `message` | the text of the component |
//! | `clipboard.copy` | `text` | what came with the event, else the nearest input |

use crate::program::{PieceIndex, Program};

/// What an argument is filled with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Inferred {
    /// Id of this component.
    Component(PieceIndex),
    /// Value of this component.
    ValueOf(PieceIndex),
    /// The value that came with the event, else the text of the component.
    EventValue,
    /// The text of the component.
    OwnText,
    /// Values of the inputs below this component, by id. None: of the whole window.
    Form(Option<PieceIndex>),
    /// A plain text.
    Text(String),
}

/// Whether an argument may be left out, for the check.
pub(crate) fn can_infer(tool: &str, argument: &str) -> bool {
    match argument {
        "target" => {
            const TARGETED: &[&str] = &[
                "ui.set",
                "ui.append",
                "ui.clear",
                "ui.toggle",
                "ui.backspace",
                "ui.compute",
                "ui.get",
                "ui.focus",
                "ui.open_modal",
                "ui.close_modal",
                "ui.select_tab",
            ];
            TARGETED.contains(&tool)
        }
        "value" => matches!(tool, "ui.set" | "ui.append" | "storage.set"),
        "key" => tool.starts_with("storage."),
        "message" => tool == "ui.notify" || tool.starts_with("toast.") || tool.starts_with("system."),
        "text" => tool == "clipboard.copy",
        _ => false,
    }
}

/// What an argument that was left out is filled with. None: it stays out.
pub(crate) fn infer(
    program: &Program,
    from: Option<PieceIndex>,
    tool: &str,
    argument: &str,
) -> Option<Inferred> {
    if !can_infer(tool, argument) {
        return None;
    }
    match (tool, argument) {
        ("ui.open_modal" | "ui.close_modal", "target") => {
            nearest_of(program, from, &["modal"]).map(Inferred::Component)
        }
        ("ui.select_tab", "target") => nearest_of(program, from, &["tabs"]).map(Inferred::Component),
        (_, "target") => nearest_input(program, from).map(Inferred::Component),
        ("storage.set", "value") => Some(Inferred::Form(form(program, from))),
        (_, "value") => Some(Inferred::EventValue),
        (_, "key") => {
            let named = form(program, from).or(from).map(|piece| program.pieces[piece].id.clone());
            Some(Inferred::Text(named.unwrap_or_else(|| "data".to_owned())))
        }
        (_, "message") => Some(Inferred::OwnText),
        (_, "text") => Some(nearest_input(program, from).map_or(Inferred::EventValue, Inferred::ValueOf)),
        _ => None,
    }
}

fn is_input(program: &Program, piece: PieceIndex) -> bool {
    matches!(program.pieces[piece].kind.as_str(), "input" | "textarea")
}

/// The component called `display`, else the first input below the closest ancestor that has one.
fn nearest_input(program: &Program, from: Option<PieceIndex>) -> Option<PieceIndex> {
    if let Some(display) = program.index_of("display") {
        return Some(display);
    }
    if let Some(from) = from.filter(|from| is_input(program, *from)) {
        return Some(from);
    }
    let ancestors = std::iter::successors(from, |piece| program.pieces[*piece].parent);
    ancestors
        .filter_map(|piece| program.below(piece).find(|below| is_input(program, *below)))
        .next()
        .or_else(|| (0..program.pieces.len()).find(|piece| is_input(program, *piece)))
}

fn nearest_of(program: &Program, from: Option<PieceIndex>, kinds: &[&str]) -> Option<PieceIndex> {
    let fits = |piece: &PieceIndex| kinds.contains(&program.pieces[*piece].kind.as_str());
    std::iter::successors(from, |piece| program.pieces[*piece].parent)
        .find(fits)
        .or_else(|| (0..program.pieces.len()).find(fits))
}

/// The closest box around the component that holds an input: its form.
fn form(program: &Program, from: Option<PieceIndex>) -> Option<PieceIndex> {
    std::iter::successors(from, |piece| program.pieces[*piece].parent)
        .find(|piece| program.below(*piece).any(|below| program.pieces[below].is_stateful()))
}
