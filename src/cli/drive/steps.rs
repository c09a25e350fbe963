//! The language of `drive`: one JSON object a line, one step an object.
//!
//! Two spellings of the same step: `{"click": {"role": "button", "name": "7"}}` and
//! `{"step": "click", "role": "button", "name": "7"}`. Unknown steps and fields are errors that name
//! what would have been right.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Which nodes are meant.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Target {
    /// AccessKit role in snake_case.
    pub(crate) role: Option<String>,
    /// Accessible name, whole.
    pub(crate) name: Option<String>,
    /// Part of the accessible name.
    pub(crate) name_contains: Option<String>,
    /// `window/component` or the component alone.
    pub(crate) id: Option<String>,
    /// App id, number or title of the window to look in.
    pub(crate) window: Option<WindowName>,
    /// Which of several, from 0.
    pub(crate) index: Option<usize>,
    /// A place instead of a node, in points.
    pub(crate) x: Option<f32>,
    pub(crate) y: Option<f32>,
}

/// A window by number or by words.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub(crate) enum WindowName {
    Number(u64),
    Words(String),
}

/// What must hold.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Expectation {
    pub(crate) role: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) name_contains: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) window: Option<WindowName>,
    pub(crate) index: Option<usize>,
    pub(crate) value: Option<Value>,
    pub(crate) value_contains: Option<String>,
    pub(crate) checked: Option<bool>,
    pub(crate) enabled: Option<bool>,
    pub(crate) focused: Option<bool>,
    pub(crate) selected: Option<bool>,
    pub(crate) count: Option<usize>,
    pub(crate) exists: Option<bool>,
    /// JSON pointer into the data of the app in `window`; compared with `equals`.
    pub(crate) data: Option<String>,
    pub(crate) equals: Option<Value>,
    /// About `window` itself instead of a node: its snap zone, or `none`.
    pub(crate) zone: Option<String>,
    /// Its state: `normal`, `minimised`, `zoomed`, `full_screen`.
    pub(crate) state: Option<String>,
    /// Its place: x, y, width, height in points, half a point of tolerance.
    pub(crate) rect: Option<[f32; 4]>,
    /// What its title bar says.
    pub(crate) title: Option<String>,
    /// Its place in the stack, 0 is at the bottom.
    pub(crate) z: Option<usize>,
    /// For `wait`: how long, in real milliseconds.
    pub(crate) timeout_ms: Option<u64>,
}

impl Expectation {
    /// The nodes it is about.
    pub(crate) fn target(&self) -> Target {
        Target {
            role: self.role.clone(),
            name: self.name.clone(),
            name_contains: self.name_contains.clone(),
            id: self.id.clone(),
            window: self.window.clone(),
            index: self.index,
            x: None,
            y: None,
        }
    }

    /// Whether it is about the window itself: one of the window's own fields stands in it, or nothing but
    /// whether it exists or has the keyboard.
    pub(crate) fn is_about_window(&self) -> bool {
        let own = self.zone.is_some()
            || self.state.is_some()
            || self.rect.is_some()
            || self.title.is_some()
            || self.z.is_some();
        own || self.window.is_some() && !self.is_about_nodes() && self.data.is_none()
    }

    fn is_about_nodes(&self) -> bool {
        let words = [&self.role, &self.name, &self.name_contains, &self.id, &self.value_contains];
        let flags = [self.checked, self.enabled, self.selected];
        words.iter().any(|word| word.is_some())
            || flags.iter().any(Option::is_some)
            || self.value.is_some()
            || self.index.is_some()
            || self.count.is_some()
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Open(String),
    Click(Target),
    DoubleClick(Target),
    RightClick(Target),
    Hover(Target),
    Focus(Target),
    Type(String),
    Key { chord: String, times: u32, hold: bool },
    Ime { preedit: Option<String>, commit: Option<String> },
    Drag { from: Target, to: Target, steps: u32, modifiers: Option<String>, release: bool },
    Release,
    Scroll { at: Target, dx: f32, dy: f32 },
    Drop { path: String, at: Target },
    Clipboard { set: Option<String> },
    Resize { width: f32, height: f32, scale: Option<f32> },
    Wait(Box<Expectation>),
    WaitMillis(u64),
    Expect(Box<Expectation>),
    Tree { window: Option<WindowName> },
    Windows,
    Stats,
    Syscall(Value),
    Data { window: Option<WindowName>, pointer: String },
    AnswerPrompt(String),
    Clock { advance_ms: u64 },
    Shot { path: String, scale: Option<f32> },
    Restart,
    Kill,
}

/// All step names, for the error of an unknown one.
pub(crate) const NAMES: &[&str] = &[
    "open",
    "click",
    "double_click",
    "right_click",
    "hover",
    "focus",
    "type",
    "key",
    "ime",
    "drag",
    "release",
    "scroll",
    "drop",
    "clipboard",
    "resize",
    "wait",
    "expect",
    "tree",
    "windows",
    "stats",
    "syscall",
    "data",
    "answer_prompt",
    "clock",
    "shot",
    "restart",
    "kill",
];

/// Longest pause or wait that a script can ask for.
pub(crate) const MAX_WAIT_MILLIS: u64 = 120_000;
/// Longest text of one `type` step.
const MAX_TEXT_BYTES: usize = 100_000;

/// Reads a line. `Ok(None)` for an empty line or a `//` or `#` comment.
pub(crate) fn parse(line: &str) -> Result<Option<(String, Step)>, String> {
    let line = line.trim();
    if line.is_empty() || line.starts_with("//") || line.starts_with('#') {
        return Ok(None);
    }
    let value: Value = serde_json::from_str(line).map_err(|why| format!("not JSON: {why}"))?;
    let Value::Object(mut object) = value else {
        return Err(
            "a step is a JSON object such as {\"click\": {\"role\": \"button\", \"name\": \"7\"}}".into()
        );
    };
    let (name, argument) = match object.remove("step") {
        Some(Value::String(name)) => (name, Value::Object(object)),
        Some(other) => return Err(format!("\"step\" must be a text, not {other}")),
        None if object.len() == 1 => object.into_iter().next().unwrap_or_default(),
        None => {
            return Err(format!(
                "one step a line: expected one of {} as the only key, or \"step\"; got the keys {}",
                NAMES.join(", "),
                object.keys().cloned().collect::<Vec<_>>().join(", ")
            ));
        }
    };
    step(&name, argument).map(|step| Some((name, step)))
}

fn step(name: &str, argument: Value) -> Result<Step, String> {
    Ok(match name {
        "open" => Step::Open(text(name, argument, &["app", "path", "id", "name"])?),
        "click" => Step::Click(target(name, argument)?),
        "double_click" => Step::DoubleClick(target(name, argument)?),
        "right_click" => Step::RightClick(target(name, argument)?),
        "hover" => Step::Hover(target(name, argument)?),
        "focus" => Step::Focus(target(name, argument)?),
        "type" => {
            let text = text(name, argument, &["text"])?;
            if text.len() > MAX_TEXT_BYTES {
                return Err(format!("type: the text is longer than {MAX_TEXT_BYTES} bytes"));
            }
            Step::Type(text)
        }
        "key" => key(argument)?,
        "ime" => {
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Ime {
                preedit: Option<String>,
                commit: Option<String>,
            }
            let ime: Ime = read(name, argument)?;
            if ime.preedit.is_none() && ime.commit.is_none() {
                return Err("ime: needs \"preedit\" or \"commit\"".into());
            }
            Step::Ime { preedit: ime.preedit, commit: ime.commit }
        }
        "drag" => drag(argument)?,
        "release" => Step::Release,
        "scroll" => scroll(argument)?,
        "drop" => {
            let (path, rest) = split(name, argument, "path")?;
            Step::Drop { path, at: target_or_none(name, rest)? }
        }
        "clipboard" => match argument {
            Value::String(word) if word == "get" => Step::Clipboard { set: None },
            Value::Object(mut object) => match object.remove("set") {
                Some(Value::String(text)) => Step::Clipboard { set: Some(text) },
                None if object.is_empty() || object.contains_key("get") => Step::Clipboard { set: None },
                _ => return Err("clipboard: \"get\", or {\"set\": \"text\"}".into()),
            },
            Value::Null | Value::Bool(true) => Step::Clipboard { set: None },
            _ => return Err("clipboard: \"get\", or {\"set\": \"text\"}".into()),
        },
        "resize" => resize(argument)?,
        "wait" => match argument {
            Value::Number(number) => {
                let millis = number
                    .as_u64()
                    .ok_or("wait: milliseconds must be a whole number that is not negative")?;
                Step::WaitMillis(millis.min(MAX_WAIT_MILLIS))
            }
            argument => {
                if let Some(millis) = only_key(&argument, &["ms", "millis"]).and_then(Value::as_u64) {
                    return Ok(Step::WaitMillis(millis.min(MAX_WAIT_MILLIS)));
                }
                Step::Wait(Box::new(expectation(name, argument)?))
            }
        },
        "expect" => Step::Expect(Box::new(expectation(name, argument)?)),
        "tree" => Step::Tree { window: window(name, argument)? },
        "windows" => Step::Windows,
        "stats" => Step::Stats,
        "syscall" => Step::Syscall(argument),
        "data" => match argument {
            Value::String(pointer) => Step::Data { window: None, pointer },
            argument => {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Data {
                    #[serde(alias = "app")]
                    window: Option<WindowName>,
                    #[serde(default, alias = "path")]
                    pointer: String,
                }
                let data: Data = read(name, argument)?;
                Step::Data { window: data.window, pointer: data.pointer }
            }
        },
        "answer_prompt" => Step::AnswerPrompt(text(name, argument, &["answer"])?),
        "clock" => match &argument {
            Value::Number(_) => Step::Clock { advance_ms: millis(&argument)? },
            _ => match only_key(&argument, &["advance_ms", "advance", "ms"]) {
                Some(value) => Step::Clock { advance_ms: millis(value)? },
                None => return Err("clock: {\"advance_ms\": 1000}".into()),
            },
        },
        "shot" => match argument {
            Value::String(path) => Step::Shot { path, scale: None },
            argument => {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Shot {
                    path: String,
                    scale: Option<f32>,
                }
                let shot: Shot = read(name, argument)?;
                Step::Shot { path: shot.path, scale: shot.scale }
            }
        },
        "restart" => Step::Restart,
        "kill" => Step::Kill,
        other => {
            let near = NAMES.iter().find(|known| known.starts_with(other) || other.starts_with(*known));
            let hint = near.map(|known| format!("; did you mean \"{known}\"?")).unwrap_or_default();
            return Err(format!("there is no step \"{other}\"{hint} Steps: {}", NAMES.join(", ")));
        }
    })
}

fn read<T: serde::de::DeserializeOwned>(name: &str, argument: Value) -> Result<T, String> {
    let argument = if argument == json!(true) || argument.is_null() { json!({}) } else { argument };
    serde_json::from_value(argument).map_err(|why| format!("{name}: {why}"))
}

/// A text by itself, or under one of these keys.
fn text(name: &str, argument: Value, keys: &[&str]) -> Result<String, String> {
    match argument {
        Value::String(text) => Ok(text),
        Value::Object(object) => {
            for (key, value) in &object {
                if !keys.contains(&key.as_str()) {
                    return Err(format!(
                        "{name}: unknown field \"{key}\", expected \"{}\"",
                        keys.join("\" or \"")
                    ));
                }
                if let Value::String(text) = value {
                    return Ok(text.clone());
                }
            }
            Err(format!("{name}: needs \"{}\", a text", keys[0]))
        }
        other => Err(format!("{name}: expected a text, got {other}")),
    }
}

fn only_key<'a>(argument: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    let object = argument.as_object().filter(|object| object.len() == 1)?;
    keys.iter().find_map(|key| object.get(*key))
}

fn millis(value: &Value) -> Result<u64, String> {
    value
        .as_u64()
        .filter(|ms| *ms <= 30 * 24 * 3_600_000)
        .ok_or_else(|| format!("milliseconds must be a whole number of at most 30 days, got {value}"))
}

fn target(name: &str, argument: Value) -> Result<Target, String> {
    let target: Target = match argument {
        Value::String(name) => Target { name: Some(name), ..Target::default() },
        argument => read(name, argument)?,
    };
    if target.x.is_some() != target.y.is_some() {
        return Err(format!("{name}: a place needs both x and y"));
    }
    if target == Target::default() {
        return Err(format!(
            "{name}: say what: {{\"role\": …, \"name\": …, \"window\": …}}, {{\"id\": …}} or {{\"x\": …, \"y\": …}}"
        ));
    }
    Ok(target)
}

fn target_or_none(name: &str, rest: Map<String, Value>) -> Result<Target, String> {
    if rest.is_empty() { Ok(Target::default()) } else { target(name, Value::Object(rest)) }
}

fn split(name: &str, argument: Value, key: &str) -> Result<(String, Map<String, Value>), String> {
    match argument {
        Value::String(text) => Ok((text, Map::new())),
        Value::Object(mut object) => match object.remove(key) {
            Some(Value::String(text)) => Ok((text, object)),
            _ => Err(format!("{name}: needs \"{key}\", a text")),
        },
        other => Err(format!("{name}: needs \"{key}\", got {other}")),
    }
}

fn key(argument: Value) -> Result<Step, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Key {
        #[serde(alias = "chord", alias = "keys")]
        key: String,
        #[serde(default = "once")]
        times: u32,
        #[serde(default)]
        hold: bool,
    }
    fn once() -> u32 {
        1
    }
    match argument {
        Value::String(chord) => Ok(Step::Key { chord, times: 1, hold: false }),
        argument => {
            let key: Key = read("key", argument)?;
            if key.times == 0 || key.times > 10_000 {
                return Err("key: \"times\" goes from 1 to 10000".into());
            }
            Ok(Step::Key { chord: key.key, times: key.times, hold: key.hold })
        }
    }
}

fn drag(argument: Value) -> Result<Step, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Drag {
        from: Value,
        to: Value,
        #[serde(default = "eight")]
        steps: u32,
        modifiers: Option<String>,
        #[serde(default = "yes")]
        release: bool,
    }
    fn eight() -> u32 {
        8
    }
    fn yes() -> bool {
        true
    }
    let drag: Drag = read("drag", argument)?;
    Ok(Step::Drag {
        from: target("drag.from", drag.from)?,
        to: target("drag.to", drag.to)?,
        steps: drag.steps.clamp(1, 1000),
        modifiers: drag.modifiers,
        release: drag.release,
    })
}

fn scroll(argument: Value) -> Result<Step, String> {
    let Value::Object(mut object) = argument else {
        return Err("scroll: {\"dy\": -120, \"role\": …}".into());
    };
    let mut amount = |key: &str| match object.remove(key) {
        None => Ok(0.0),
        Some(value) => {
            value.as_f64().map(|v| v as f32).ok_or_else(|| format!("scroll: \"{key}\" must be a number"))
        }
    };
    let (dx, dy) = (amount("dx")?, amount("dy")?);
    Ok(Step::Scroll { at: target_or_none("scroll", object)?, dx, dy })
}

fn resize(argument: Value) -> Result<Step, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Resize {
        width: f32,
        height: f32,
        scale: Option<f32>,
    }
    let size = match argument {
        Value::String(text) => {
            let (width, height) = parse_size(&text)?;
            Resize { width, height, scale: None }
        }
        argument => read("resize", argument)?,
    };
    if !(size.width >= 320.0 && size.height >= 240.0 && size.width <= 8192.0 && size.height <= 8192.0) {
        return Err("resize: width from 320 and height from 240, both to 8192 points".into());
    }
    Ok(Step::Resize { width: size.width, height: size.height, scale: size.scale })
}

/// `1280x800` in points.
pub(crate) fn parse_size(text: &str) -> Result<(f32, f32), String> {
    let number = |word: &str| word.trim().parse::<u16>().ok();
    let parsed = text.split_once('x').and_then(|(w, h)| number(w).zip(number(h)));
    match parsed {
        Some((width, height)) if (320..=8192).contains(&width) && (240..=8192).contains(&height) => {
            Ok((f32::from(width), f32::from(height)))
        }
        _ => Err(format!(
            "a size is WIDTHxHEIGHT in points, from 320x240 to 8192x8192, such as 1280x800; got \"{text}\""
        )),
    }
}

fn expectation(name: &str, argument: Value) -> Result<Expectation, String> {
    let expectation: Expectation = read(name, argument)?;
    let says_nothing =
        Expectation { timeout_ms: expectation.timeout_ms, ..Expectation::default() } == expectation;
    if says_nothing {
        return Err(format!(
            "{name}: say what must hold: role, name, value, checked, enabled, focused, count, exists, or data with equals; of a window zone, state, rect, title, z"
        ));
    }
    if expectation.data.is_some() != expectation.equals.is_some() {
        return Err(format!("{name}: \"data\" (a JSON pointer) and \"equals\" belong together"));
    }
    if expectation.is_about_window() {
        if expectation.window.is_none() {
            return Err(format!(
                "{name}: zone, state, rect, title and z are of a window; name it with \"window\""
            ));
        }
        if expectation.is_about_nodes() || expectation.data.is_some() {
            return Err(format!(
                "{name}: either about a window (zone, state, rect, title, z) or about what is in it, not both"
            ));
        }
    }
    Ok(expectation)
}

fn window(name: &str, argument: Value) -> Result<Option<WindowName>, String> {
    match argument {
        Value::Null | Value::Bool(_) => Ok(None),
        Value::String(words) => Ok(Some(WindowName::Words(words))),
        Value::Number(number) => Ok(number.as_u64().map(WindowName::Number)),
        argument => {
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Which {
                window: Option<WindowName>,
            }
            Ok(read::<Which>(name, argument)?.window)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(line: &str) -> Step {
        parse(line).unwrap().unwrap().1
    }

    #[test]
    fn both_spellings_mean_the_same() {
        assert_eq!(
            ok(r#"{"click": {"role": "button", "name": "7"}}"#),
            ok(r#"{"step": "click", "role": "button", "name": "7"}"#)
        );
        assert_eq!(ok(r#"{"open": "calculator"}"#), ok(r#"{"step": "open", "app": "calculator"}"#));
        assert_eq!(ok(r#"{"key": "Ctrl+K"}"#), Step::Key { chord: "Ctrl+K".into(), times: 1, hold: false });
        assert_eq!(ok(r#"{"windows": true}"#), Step::Windows);
        assert_eq!(ok(r#"{"step": "restart"}"#), Step::Restart);
        assert_eq!(ok(r#"{"wait": 20}"#), Step::WaitMillis(20));
        assert_eq!(parse("  ").unwrap(), None);
    }

    #[test]
    fn wrong_steps_say_what_is_wrong() {
        for (line, words) in [
            ("nonsense", "not JSON"),
            ("[]", "JSON object"),
            ("{}", "one step a line"),
            (r#"{"clik": {}}"#, "there is no step"),
            (r#"{"click": {}}"#, "say what"),
            (r#"{"click": {"rolle": "button"}}"#, "unknown field"),
            (r#"{"click": {"x": 3}}"#, "both x and y"),
            (r#"{"expect": {}}"#, "say what must hold"),
            (r#"{"expect": {"zone": "left"}}"#, "name it"),
            (r#"{"expect": {"window": "notes", "zone": "left", "role": "button"}}"#, "not both"),
            (r#"{"resize": "12x12"}"#, "size"),
            (r#"{"clock": {"advance_ms": -1}}"#, "milliseconds"),
            (r#"{"ime": {}}"#, "preedit"),
        ] {
            let why = parse(line).unwrap_err();
            assert!(why.contains(words), "{line}: {why}");
        }
    }
}
