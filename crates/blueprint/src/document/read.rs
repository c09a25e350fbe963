//! JSON to [`Document`]: everything but the components.

use serde_json::{Map, Value};

use super::component::Reader;
use super::{AppInfo, Document, ServiceUse};
use crate::diagnostic::{Place, Report};
use crate::expression::kind_of;
use crate::json::join;
use crate::suggest::nearest;

const TOP_KEYS: &[&str] = &["app", "services", "data", "templates", "ui", "lifecycle", "components"];

pub(super) fn document(value: Value, report: &mut Report) -> Option<Document> {
    let Value::Object(mut source) = value else {
        report
            .error(
                Place::Value,
                "",
                "not-a-document",
                format!("A Blueprint is an object, found {}", kind_of(&value)),
            )
            .expected("{\"app\": {…}, \"ui\": {…}}");
        return None;
    };
    let mut document = Document::default();
    for key in source.keys().filter(|key| !TOP_KEYS.contains(&key.as_str())) {
        if let Some(near) = nearest(key, TOP_KEYS.iter().copied()) {
            let message = format!("Unknown section `{key}`");
            report
                .warning(Place::Key, &join("", key), "unknown-key", message)
                .hint(format!("did you mean `{near}`?"));
        }
    }
    document.app = app_info(source.get("app"), report);
    document.services = services(source.get("services"), report);
    document.data = object(source.get("data"), "/data", report);
    document.templates = object(source.get("templates"), "/templates", report);
    let components = match source.get_mut("ui") {
        Some(Value::Object(ui)) => ui.shift_remove("components"),
        Some(_) => {
            report.error(Place::Value, "/ui", "wrong-type", "`ui` is an object").expected("an object");
            return None;
        }
        None => {
            let finding = report.error(Place::Value, "", "missing-ui", "There is no `ui`");
            finding.expected("\"ui\": {\"title\": \"…\", \"components\": [ … ]}");
            return None;
        }
    };
    document.ui = object(source.get("ui"), "/ui", report);
    if let Some(Value::Object(templates)) = document.ui.get("templates") {
        document.templates.extend(templates.clone());
    }
    if let Some(lifecycle) = source.get("lifecycle").filter(|_| !document.ui.contains_key("lifecycle")) {
        document.ui.insert("lifecycle".to_owned(), lifecycle.clone());
    }
    let mut reader = Reader::new(&mut document, report);
    match components {
        Some(Value::Array(items)) => {
            let roots = reader.children(&items, "/ui/components", "", None);
            document.roots = roots;
        }
        Some(_) => {
            report
                .error(Place::Value, "/ui/components", "wrong-type", "`components` is a list")
                .expected("[ … ]");
        }
        None => {
            report.warning(Place::Value, "/ui", "no-components", "The window has no `components`");
        }
    }
    document.source = source;
    Some(document)
}

fn object(value: Option<&Value>, pointer: &str, report: &mut Report) -> Map<String, Value> {
    match value {
        Some(Value::Object(members)) => members.clone(),
        None | Some(Value::Null) => Map::new(),
        Some(other) => {
            let message = format!("Expected an object, found {}", kind_of(other));
            report.error(Place::Value, pointer, "wrong-type", message).expected("{ … }");
            Map::new()
        }
    }
}

fn app_info(value: Option<&Value>, report: &mut Report) -> AppInfo {
    if value.is_none() {
        report
            .warning(Place::Value, "", "missing-app", "There is no `app`")
            .expected("\"app\": {\"id\": \"…\", \"name\": \"…\"}");
    }
    let members = object(value, "/app", report);
    let text = |key: &str, report: &mut Report| match members.get(key) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => {
            let message = format!("`app.{key}` is a text, found {}", kind_of(other));
            report.error(Place::Value, &join("/app", key), "wrong-type", message).expected("a text");
            String::new()
        }
    };
    let list = |key: &str| members.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut app = AppInfo {
        id: text("id", report),
        name: text("name", report),
        icon: text("icon", report),
        category: text("category", report),
        version: text("version", report),
        author: text("author", report),
        description: text("description", report),
        tags: list("tags").iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect(),
        permissions: list("permissions"),
    };
    if value.is_some() && app.id.is_empty() {
        report
            .warning(Place::Value, "/app", "missing-id", "The app has no `id`")
            .hint("storage is kept under the id");
    }
    if app.name.is_empty() {
        app.name.clone_from(&app.id);
    }
    app
}

fn services(value: Option<&Value>, report: &mut Report) -> Vec<ServiceUse> {
    let names = |value: &Value| -> Option<Vec<String>> {
        let list = value.as_array()?.iter().filter_map(|name| name.as_str().map(str::to_owned));
        Some(list.collect())
    };
    let of_member = |name: &str, value: &Value| ServiceUse {
        name: name.to_owned(),
        tools: names(value).or_else(|| value.get("tools").and_then(names)),
        hosts: value.get("hosts").and_then(names).unwrap_or_default(),
    };
    let mut found = Vec::new();
    match value {
        Some(Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                match item {
                    Value::String(name) => {
                        found.push(ServiceUse { name: name.clone(), tools: None, hosts: Vec::new() });
                    }
                    Value::Object(members) => {
                        found.extend(members.iter().map(|(name, value)| of_member(name, value)));
                    }
                    other => {
                        let message = format!("A service is a name or an object, found {}", kind_of(other));
                        report.error(Place::Value, &format!("/services/{index}"), "wrong-type", message);
                    }
                }
            }
        }
        Some(Value::Object(members)) => {
            found.extend(members.iter().map(|(name, value)| of_member(name, value)));
        }
        None | Some(Value::Null) => {}
        Some(_) => {
            report
                .error(Place::Value, "/services", "wrong-type", "`services` is a list")
                .expected("[\"storage\"]");
        }
    }
    found
}
