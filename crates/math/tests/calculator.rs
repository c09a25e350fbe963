//! What a person types and what they read.

use agentos_math::{Angle, Number, Options, evaluate};
use proptest::prelude::*;

fn shown(text: &str, angle: Angle) -> String {
    match evaluate(text, &Options { angle, answer: None }) {
        Ok(result) => result.value.to_text(12),
        Err(error) => error.to_string(),
    }
}

#[test]
fn expressions_read_as_on_a_calculator() {
    for (typed, expected) in [
        ("0.1+0.2", "0.3"),
        ("1/3", "0.333333333333"),
        ("2/3", "0.666666666667"),
        ("1/3*3", "1"),
        ("2+3×4", "14"),
        ("(2+3)×4", "20"),
        ("10−4−3", "3"),
        ("100÷7", "14.2857142857"),
        ("2^10", "1024"),
        ("2**10", "1024"),
        ("2^3^2", "512"),
        ("-2^2", "-4"),
        ("2^-2", "0.25"),
        ("5×−3", "-15"),
        ("200+10%", "220"),
        ("200-10%", "180"),
        ("200×10%", "20"),
        ("50%", "0.5"),
        ("√16", "4"),
        ("sqrt(2)", "1.41421356237"),
        ("2π", "6.28318530718"),
        ("2(3+4)", "14"),
        ("(2+3", "5"),
        ("5!", "120"),
        ("25!", "1.55112100433e25"),
        ("ln(e)", "1"),
        ("log(1000)", "3"),
        ("log(8)/log(2)", "3"),
        ("sin(pi)", "0"),
        ("cbrt(-27)", "-3"),
        ("root(81, 4)", "3"),
        ("max(3, 9, 4)", "9"),
        ("2e3", "2000"),
        ("2e", "5.43656365692"),
        ("1÷0", "Cannot divide by zero"),
        ("0^-1", "Cannot divide by zero"),
        ("√(-4)", "No real root of a negative number"),
        ("10^400", "Number is too large"),
        ("1e21+1", "1e21"),
        ("123456789012", "123456789012"),
        ("0.00000001", "1e-8"),
        ("0.0000001", "0.0000001"),
        ("9999999999999999", "1e16"),
        ("0.999999999999999", "1"),
        ("", "Nothing to compute"),
        ("2+", "Expression is not finished"),
        ("2 3", "An operator is missing"),
        ("2)", "There is a “)” too many"),
        ("foo(2)", "Unknown name “foo”"),
        ("sqrt(1,2)", "sqrt takes one number"),
        ("2$", "“$” has no meaning here"),
        ("1.2.3", "An operator is missing"),
        (".", "“.” is no number"),
    ] {
        assert_eq!(shown(typed, Angle::Radians), expected, "{typed}");
    }
}

#[test]
fn degrees_give_round_results() {
    for (typed, expected) in [
        ("sin(30)", "0.5"),
        ("cos(90)", "0"),
        ("tan(45)", "1"),
        ("tan(90)", "The tangent has no value here"),
        ("asin(1)", "90"),
    ] {
        assert_eq!(shown(typed, Angle::Degrees), expected, "{typed}");
    }
}

#[test]
fn a_repeated_equals_knows_what_to_repeat() {
    for (typed, rest) in
        [("5+3", Some("+3")), ("5+3×2", Some("+3×2")), ("6÷2", Some("÷2")), ("(1+2)", None), ("7", None)]
    {
        let result = evaluate(typed, &Options::default()).unwrap();
        assert_eq!(result.last_operator.map(|at| &typed[at..]), rest, "{typed}");
    }
}

#[test]
fn depth_and_length_are_bounded() {
    let deep = format!("{}1", "(".repeat(2000));
    assert_eq!(shown(&deep, Angle::Radians), "Expression is too long");
    let signs = format!("{}1", "-".repeat(2000));
    assert_eq!(shown(&signs, Angle::Radians), "Expression is too long");
    assert_eq!(shown(&"1+".repeat(3000), Angle::Radians), "Expression is too long");
    assert_eq!(shown(&format!("{}1", "1+".repeat(2000)), Angle::Radians), "2001");
}

proptest! {
    #[test]
    fn any_text_gives_a_result_or_an_error(text in "[0-9.+×÷*/^%!()√πe,a-z −-]{0,40}") {
        if let Ok(result) = evaluate(&text, &Options::default()) {
            prop_assert!(result.value.to_f64().is_finite());
            prop_assert!(result.value.to_text(12).len() < 40);
        }
    }

    #[test]
    fn any_unicode_is_survived(text in "\\PC{0,60}") {
        let _ = evaluate(&text, &Options::default());
    }

    #[test]
    fn integers_agree_with_machine_arithmetic(a in -1_000_000_i64..1_000_000, b in -1_000_000_i64..1_000_000) {
        let value = |text: String| evaluate(&text, &Options::default()).unwrap().value.to_i64();
        prop_assert_eq!(value(format!("({a})+({b})")), Some(a + b));
        prop_assert_eq!(value(format!("({a})*({b})")), Some(a * b));
        prop_assert_eq!(value(format!("({a})-({b})")), Some(a - b));
    }

    #[test]
    fn a_quotient_times_its_divisor_is_exact(a in -100_000_i64..100_000, b in 1_i64..100_000) {
        let result = evaluate(&format!("({a})/{b}*{b}"), &Options::default()).unwrap();
        prop_assert_eq!(result.value.to_i64(), Some(a));
    }

    #[test]
    fn text_reads_back(cents in -1_000_000_000_i64..1_000_000_000) {
        let number = Number::integer(cents).divide(Number::integer(100)).unwrap();
        let text = number.to_text(15);
        prop_assert_eq!(Number::parse(&text).unwrap(), number);
    }
}
