//! Text in, value out.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn data() -> Value {
    json!({
        "count": 3, "limit": 5.5, "name": "Ada", "items": [{"title": "A", "n": 1}, {"title": "B", "n": 2}],
        "empty": "", "yes": true, "nested": {"deep": {"er": 7}}, "i": 1, "words": ["x", "y"],
    })
}

fn evaluate(text: &str) -> Result<Value, String> {
    let data = data();
    let expression = Expression::parse(text).map_err(|error| error.message)?;
    expression.evaluate(&Env { data: &data, scope: None, event: None })
}

#[test]
fn values() {
    for (text, expected) in [
        ("count * 2 > limit && size(items) > 0", json!(true)),
        ("1 + 2 * 3", json!(7)),
        ("(1 + 2) * 3", json!(9)),
        ("7 / 2", json!(3.5)),
        ("6 / 2", json!(3)),
        ("7 % 4", json!(3)),
        ("-count", json!(-3)),
        ("!yes", json!(false)),
        ("1 == 1.0", json!(true)),
        ("'a' + 1 + true", json!("a1true")),
        ("string(0.1 + 0.2)", json!("0.3")),
        ("items[0].title", json!("A")),
        ("items[i].title", json!("B")),
        ("nested['deep'].er", json!(7)),
        ("missing.very.much", json!(null)),
        ("has(nested.deep) && !has(nested.no)", json!(true)),
        ("count > 2 ? 'many' : 'few'", json!("many")),
        ("name.lower().contains('ad')", json!(true)),
        ("'a,b,c'.split(',').size()", json!(3)),
        ("words.join('-')", json!("x-y")),
        ("'x' in words", json!(true)),
        ("'inner' in words", json!(false)),
        ("[1, 2] + [3]", json!([1, 2, 3])),
        ("{a: 1, 'b': 2}.b", json!(2)),
        ("round(2.345, 2)", json!(2.35)),
        ("round(-2.5)", json!(-3)),
        ("formatNumber(1234567.5)", json!("1,234,567.5")),
        ("formatNumber(1234.5, 2)", json!("1,234.50")),
        ("groupDigits('1234×-5678.9012')", json!("1,234×-5,678.9012")),
        ("groupDigits('1e-1234')", json!("1e-1234")),
        ("max(1, 5, 3) - min(words.size(), 9)", json!(3)),
        ("int('12') + double('0.5')", json!(12.5)),
        ("default(empty, 'none')", json!("none")),
        ("'héllo'.substring(1, 3)", json!("él")),
        ("\"it's\"", json!("it's")),
        ("null == missing", json!(true)),
        ("missing > 3", json!(false)),
        ("yes || missing.x > 'a'", json!(true)),
        ("1e3", json!(1000)),
        ("first(items).n + last(items).n", json!(3)),
    ] {
        let value = evaluate(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(super::evaluate::equal(&value, &expected), "{text}: {value}");
    }
}

#[test]
fn errors() {
    for (text, expected) in [
        ("1 / 0", "Cannot divide by zero"),
        ("name * 2", "Expected a number, found a text"),
        ("name && yes", "Expected true or false, found a text"),
        ("name < 3", "Cannot compare a text with a number"),
        ("sise(items)", "Unknown function `sise`"),
        ("upper()", "`upper` takes one argument, not 0"),
        ("1 +", "The expression ends too early"),
        ("a = b", "`=` is unexpected"),
        ("'open", "The text is not closed"),
        ("(1", "Expected `)` before the end"),
        ("", "The expression ends too early"),
        ("9e999", "`9e999` is no number"),
    ] {
        assert_eq!(evaluate(text).unwrap_err(), expected, "{text}");
    }
    assert_eq!(Expression::parse("sise(x)").unwrap_err().hint.unwrap(), "did you mean `size`?");
}

#[test]
fn depth_length_and_work_are_bounded() {
    for text in [
        "(".repeat(3000),
        "!".repeat(3000) + "yes",
        "1+".repeat(1500) + "1",
        "a.".repeat(500) + "a",
        "x?".repeat(900),
    ] {
        assert!(Expression::parse(&text).is_err());
    }
    let growth = "name.replace('', name).replace('', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')";
    let bigger = format!("{growth}{}", ".replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')".repeat(20));
    assert!(evaluate(&bigger).is_err());
}

#[test]
fn dependencies_are_full_paths() {
    let scope = Scope { name: "item".to_owned(), pointer: "/items/1".to_owned(), index: 1, parent: None };
    for (text, expected) in [
        ("count + limit", vec!["/count", "/limit"]),
        ("nested.deep.er", vec!["/nested/deep/er"]),
        ("items[0].title", vec!["/items/0/title"]),
        ("items[i].title", vec!["/items", "/i"]),
        ("item.title + index", vec!["/items/1/title"]),
        ("size(items.filter)", vec!["/items/filter"]),
        ("event.value", vec![]),
        ("yes ? name : words[0]", vec!["/yes", "/name", "/words/0"]),
    ] {
        let mut found = Vec::new();
        Expression::parse(text).unwrap().dependencies(Some(&scope), &mut found);
        assert_eq!(found, expected, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "[a-z0-9 .,+*/%<>=!&|?:()\\[\\]{}'\"-]{0,80}") {
        let _ = evaluate(&text);
    }

    #[test]
    fn any_unicode_is_survived(text in "\\PC{0,60}") {
        let _ = evaluate(&text);
    }

    #[test]
    fn sums_agree_with_the_machine(a in -1_000_000_i64..1_000_000, b in -1_000_000_i64..1_000_000) {
        prop_assert_eq!(evaluate(&format!("{a} + ({b})")).unwrap(), json!(a + b));
        prop_assert_eq!(evaluate(&format!("{a} < ({b})")).unwrap(), json!(a < b));
    }
}
