//! What a script expects of a window itself: its zone, state, rectangle, title, place in the stack.

use super::{
    steps::Expectation,
    tree::{WindowRef, window_named},
};
use compositor::WindowInfo;
use serde_json::{Value, json};

/// Two edges that are nearer than this, in points, are the same: no screen shows the difference.
const TOLERANCE: f32 = 0.5;

/// Compares the named window with what is wanted of it.
///
/// # Errors
/// It is not there (or there although it should not be), or differs; the text says in what.
pub(super) fn compare(wanted: &Expectation, list: &[WindowInfo]) -> Result<Value, String> {
    let named = match &wanted.window {
        Some(name) => {
            let refs: Vec<WindowRef> = list.iter().map(reference).collect();
            window_named(name, &refs)
        }
        None => Err("no window is named".into()),
    };
    let expected = wanted.exists.unwrap_or(true);
    let window = match (named, expected) {
        (Err(_), false) => return Ok(Value::Null),
        (Err(why), true) => return Err(why),
        (Ok(id), _) => list.iter().find(|window| window.id == id).ok_or("the window is gone")?,
    };
    let differences = differences(wanted, window);
    match (expected, differences.is_empty()) {
        (true, true) => Ok(json!({"window": window})),
        (false, false) => Ok(Value::Null),
        (false, true) => Err(format!("expected no such window, but there is {}", json!(window))),
        (true, false) => {
            Err(format!("window \"{}\" ({}): {}", window.title, window.app, differences.join("; ")))
        }
    }
}

fn differences(wanted: &Expectation, window: &WindowInfo) -> Vec<String> {
    let mut found = Vec::new();
    let mut differ = |field: &str, is: Value, wanted: Value, same: bool| {
        if !same {
            found.push(format!("{field} is {is}, expected {wanted}"));
        }
    };
    if let Some(zone) = &wanted.zone {
        let is = json!(window.zone);
        differ("zone", is.clone(), json!(zone), is.as_str().unwrap_or("none") == zone);
    }
    if let Some(state) = &wanted.state {
        let is = json!(window.state);
        differ("state", is.clone(), json!(state), is == json!(state));
    }
    if let Some(rect) = &wanted.rect {
        let same = rect.iter().zip(window.rect).all(|(wanted, is)| (wanted - is).abs() <= TOLERANCE);
        differ("rect", json!(window.rect), json!(rect), same);
    }
    if let Some(title) = &wanted.title {
        differ("title", json!(window.title), json!(title), window.title == *title);
    }
    if let Some(z) = wanted.z {
        differ("z", json!(window.z), json!(z), window.z == z);
    }
    if let Some(focused) = wanted.focused {
        differ("focused", json!(window.focused), json!(focused), window.focused == focused);
    }
    found
}

fn reference(window: &WindowInfo) -> WindowRef {
    WindowRef { id: window.id, app: window.app.clone(), title: window.title.clone(), focused: window.focused }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::drive::steps::{Step, parse};

    fn expectation(argument: &str) -> Expectation {
        match parse(&format!("{{\"expect\": {argument}}}")).unwrap().unwrap().1 {
            Step::Expect(expectation) => *expectation,
            other => panic!("{other:?}"),
        }
    }

    fn calculator() -> WindowInfo {
        serde_json::from_value(json!({
            "id": 3, "app": "calculator", "title": "Calculator", "rect": [0.0, 30.0, 640.0, 690.0],
            "zone": "left", "state": "normal", "z": 0, "focused": true
        }))
        .unwrap()
    }

    #[test]
    fn says_in_what_a_window_differs() {
        let list = [calculator()];
        let look = |argument: &str| compare(&expectation(argument), &list);
        assert!(
            look(r#"{"window": "calculator", "zone": "left", "state": "normal", "z": 0, "focused": true}"#)
                .is_ok()
        );
        assert!(look(r#"{"window": 3, "rect": [0.2, 30, 640, 690], "title": "Calculator"}"#).is_ok());
        let why =
            look(r#"{"window": "calculator", "zone": "right", "rect": [0, 30, 600, 690]}"#).unwrap_err();
        assert!(why.contains("zone is \"left\", expected \"right\"") && why.contains("600"), "{why}");
        assert!(look(r#"{"window": "calculator", "zone": "none"}"#).is_err());
        assert!(look(r#"{"window": "notes", "z": 0}"#).unwrap_err().contains("no window \"notes\""));
    }

    #[test]
    fn a_window_can_be_expected_not_to_be_there() {
        let list = [calculator()];
        let look = |argument: &str| compare(&expectation(argument), &list);
        assert!(look(r#"{"window": "notes", "exists": false}"#).is_ok());
        assert!(
            look(r#"{"window": "calculator", "exists": false}"#)
                .unwrap_err()
                .contains("expected no such window")
        );
    }
}
