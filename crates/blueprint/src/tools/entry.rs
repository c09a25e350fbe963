//! What a key does to an expression that is being typed.
//!
//! Keeps the entry well-formed: one point per number, no operator twice, a digit after a result starts
//! anew while an operator goes on with it. It knows signs, not components: which key sends what is
//! up to the document.

/// Longest entry.
const MAX_CHARACTERS: usize = 200;

/// What stands in the entry now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Something that is being typed.
    Typing,
    /// A result of `ui.compute`.
    Result,
    /// Its error message.
    Error,
}

/// The entry after a key. Keys that make no sense here change nothing.
pub(crate) fn append(current: &str, key: &str, entry: Entry) -> String {
    let current = if entry == Entry::Error || current.is_empty() { "0" } else { current };
    if current.chars().count() + key.chars().count() > MAX_CHARACTERS {
        return current.to_owned();
    }
    match key {
        "." | "," => point(current, entry),
        "+" => operator(current, '+'),
        "-" | "−" | "–" => operator(current, '−'),
        "*" | "×" => operator(current, '×'),
        "/" | "÷" => operator(current, '÷'),
        "^" => operator(current, '^'),
        "±" | "+/-" | "+/−" => negate(current),
        "%" | "!" if current.ends_with(ends_operand) => format!("{current}{key}"),
        "%" | "!" => current.to_owned(),
        ")" if open_brackets(current) > 0 && current.ends_with(ends_operand) => format!("{current})"),
        ")" => current.to_owned(),
        digits if digits.bytes().all(|b| b.is_ascii_digit()) && !digits.is_empty() => {
            number(current, digits, entry)
        }
        operand => start(current, entry) + operand,
    }
}

/// Drops what is unfinished at the end: operators, an open bracket, a bare point.
pub(crate) fn finished(text: &str) -> &str {
    text.trim().trim_end_matches(|c: char| is_operator(c) || matches!(c, '(' | '.' | ' '))
}

/// Whether the text goes on with an operator, as opposed to being typed anew.
pub(crate) fn goes_on(text: &str) -> bool {
    text.starts_with(|c: char| is_operator(c) || matches!(c, '%' | '!'))
}

fn is_operator(character: char) -> bool {
    matches!(character, '+' | '−' | '-' | '×' | '*' | '÷' | '/' | '^')
}

fn ends_operand(character: char) -> bool {
    character.is_ascii_digit() || matches!(character, '.' | ')' | '%' | '!' | 'π' | 'e')
}

fn open_brackets(text: &str) -> usize {
    text.matches('(').count().saturating_sub(text.matches(')').count())
}

/// The number at the end, as typed; empty where there is none.
fn last_number(text: &str) -> &str {
    let start = text
        .rfind(|c: char| !(c.is_ascii_digit() || c == '.'))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    &text[start..]
}

/// What a new operand is put behind: nothing after a result, a product sign after a finished operand.
fn start(current: &str, entry: Entry) -> String {
    if entry != Entry::Typing || current == "0" {
        String::new()
    } else if current.ends_with(ends_operand) {
        format!("{current}×")
    } else {
        current.to_owned()
    }
}

fn number(current: &str, digits: &str, entry: Entry) -> String {
    let plain = |digits: &str| {
        let plain = digits.trim_start_matches('0');
        if plain.is_empty() { "0".to_owned() } else { plain.to_owned() }
    };
    if entry != Entry::Typing {
        return plain(digits);
    }
    match last_number(current) {
        "0" => format!("{}{}", &current[..current.len() - 1], plain(digits)),
        "" if current.ends_with(ends_operand) => format!("{current}×{}", plain(digits)),
        "" => format!("{current}{}", plain(digits)),
        _ => format!("{current}{digits}"),
    }
}

fn point(current: &str, entry: Entry) -> String {
    if entry != Entry::Typing {
        return "0.".to_owned();
    }
    match last_number(current) {
        number if number.contains('.') => current.to_owned(),
        "" if current.ends_with(ends_operand) => format!("{current}×0."),
        "" => format!("{current}0."),
        _ => format!("{current}."),
    }
}

fn operator(current: &str, sign: char) -> String {
    let current = current.strip_suffix('.').unwrap_or(current);
    match current.chars().next_back() {
        Some('(') if sign != '−' => current.to_owned(),
        // A minus behind these is a sign of the number to come.
        Some('×' | '÷' | '^') if sign == '−' => format!("{current}−"),
        Some(last) if is_operator(last) => {
            let operand = current.trim_end_matches(is_operator);
            if operand.is_empty() || operand.ends_with('(') {
                return current.to_owned();
            }
            format!("{operand}{sign}")
        }
        _ => format!("{current}{sign}"),
    }
}

/// Turns the sign of the last number: plus and minus before it are swapped, and behind any other
/// operator the number gets a sign of its own.
fn negate(current: &str) -> String {
    let tail = current.trim_end_matches('%');
    let number = last_number(tail);
    if number.is_empty() || current == "0" {
        return current.to_owned();
    }
    let head = &tail[..tail.len() - number.len()];
    let number = &current[head.len()..];
    let signed_here = |head: &str| head.is_empty() || head.ends_with(['×', '÷', '^', '(']);
    if let Some(before) = head.strip_suffix('−') {
        let sign = if signed_here(before) { "" } else { "+" };
        format!("{before}{sign}{number}")
    } else if let Some(before) = head.strip_suffix('+') {
        format!("{before}−{number}")
    } else if signed_here(head) {
        format!("{head}−{number}")
    } else {
        current.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_the_entry_well_formed() {
        for (keys, expected) in [
            ("7 8 9", "789"),
            ("0 0 7", "7"),
            ("1 . 5 . 2", "1.52"),
            (". 5", "0.5"),
            ("5 + . 5", "5+0.5"),
            ("5 + ×", "5×"),
            ("5 × - 3", "5×−3"),
            ("5 × - +", "5+"),
            ("5 . +", "5+"),
            ("1 2 ±", "−12"),
            ("1 2 ± ±", "12"),
            ("5 + 3 ±", "5−3"),
            ("5 + 3 ± ±", "5+3"),
            ("5 × 3 ±", "5×−3"),
            ("5 × 3 ± ±", "5×3"),
            ("2 0 0 + 1 0 %", "200+10%"),
            ("5 + %", "5+"),
            ("( 2 + 3 ) 4", "(2+3)×4"),
            ("2 ( 3", "2×(3"),
            (")", "0"),
            ("2 π", "2×π"),
            ("√ 9", "√9"),
            ("5 0 00", "5000"),
            ("± ", "0"),
        ] {
            let typed =
                keys.split_whitespace().fold("0".to_owned(), |entry, key| append(&entry, key, Entry::Typing));
            assert_eq!(typed, expected, "{keys}");
        }
    }

    #[test]
    fn after_a_result_digits_start_anew_and_operators_go_on() {
        assert_eq!(append("56", "7", Entry::Result), "7");
        assert_eq!(append("56", "+", Entry::Result), "56+");
        assert_eq!(append("56", ".", Entry::Result), "0.");
        assert_eq!(append("56", "±", Entry::Result), "−56");
        assert_eq!(append("Cannot divide by zero", "+", Entry::Error), "0+");
        assert_eq!(append("Cannot divide by zero", "7", Entry::Error), "7");
    }
}
