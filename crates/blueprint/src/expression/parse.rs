//! Text to tree. Recursive descent; nesting and the depth of the tree are bounded.

use serde_json::Value;

use super::{Expression, FUNCTIONS, MAX_DEPTH, MAX_LEN_BYTES, Node, Operator, functions};
use crate::suggest::did_you_mean;

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// Where, in bytes.
    pub at: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// With the place and, for names, the nearest known one.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        if text.len() > MAX_LEN_BYTES {
            let message = format!("The expression is longer than {MAX_LEN_BYTES} bytes");
            return Err(ExpressionError { at: 0, message, hint: None });
        }
        let mut reader = Reader { text, at: 0, depth: 0 };
        let (root, _) = reader.choose()?;
        reader.space();
        if reader.at < text.len() {
            let hint = match reader.peek() {
                Some('=') => Some("compare with `==`".to_owned()),
                Some('&' | '|') => Some("write `&&` and `||`".to_owned()),
                _ => None,
            };
            let message = format!("`{}` is unexpected", reader.peek().unwrap_or(' '));
            return Err(ExpressionError { at: reader.at, message, hint });
        }
        Ok(Self { root })
    }
}

/// A node and the depth of its tree.
type Sized = (Node, usize);

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// Binary operators from loosest to tightest; longer signs first within a level.
const LEVELS: &[&[(&str, Operator)]] = &[
    &[("||", Operator::Or)],
    &[("&&", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessEqual),
        (">=", Operator::GreaterEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("in", Operator::In),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)],
];

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn take(&mut self, sign: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T, ExpressionError> {
        Err(ExpressionError { at: self.at, message: message.into(), hint: None })
    }

    fn expect(&mut self, sign: &str) -> Result<(), ExpressionError> {
        if self.take(sign) {
            return Ok(());
        }
        match self.peek() {
            Some(found) => self.fail(format!("Expected `{sign}`, found `{found}`")),
            None => self.fail(format!("Expected `{sign}` before the end")),
        }
    }

    fn grown(&self, node: Node, depth: usize) -> Result<Sized, ExpressionError> {
        if depth >= MAX_DEPTH { self.fail("The expression is too deep") } else { Ok((node, depth + 1)) }
    }

    fn choose(&mut self) -> Result<Sized, ExpressionError> {
        if self.depth >= MAX_DEPTH / 4 {
            return self.fail("The expression is too deep");
        }
        self.depth += 1;
        let result = self.choose_inner();
        self.depth -= 1;
        result
    }

    fn choose_inner(&mut self) -> Result<Sized, ExpressionError> {
        let (condition, a) = self.binary(0)?;
        if !self.take("?") {
            return Ok((condition, a));
        }
        let (yes, b) = self.choose()?;
        self.expect(":")?;
        let (no, c) = self.choose()?;
        self.grown(Node::Choose(Box::new(condition), Box::new(yes), Box::new(no)), a.max(b).max(c))
    }

    fn binary(&mut self, level: usize) -> Result<Sized, ExpressionError> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let (mut left, mut depth) = self.binary(level + 1)?;
        'more: loop {
            self.space();
            for (sign, operator) in *operators {
                let Some(after) = self.rest().strip_prefix(sign) else { continue };
                let part_of_a_word = sign.starts_with(char::is_alphabetic) && after.starts_with(is_name);
                if !part_of_a_word {
                    self.at += sign.len();
                    let (right, right_depth) = self.binary(level + 1)?;
                    let node = Node::Binary(*operator, Box::new(left), Box::new(right));
                    (left, depth) = self.grown(node, depth.max(right_depth))?;
                    continue 'more;
                }
            }
            return Ok((left, depth));
        }
    }

    fn unary(&mut self) -> Result<Sized, ExpressionError> {
        let mut signs = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some('!') if !self.rest().starts_with("!=") => signs.push('!'),
                Some('-') => signs.push('-'),
                _ => break,
            }
            self.at += 1;
        }
        let (mut node, mut depth) = self.postfix()?;
        for sign in signs.iter().rev() {
            let inner = Box::new(node);
            let wrapped = if *sign == '!' { Node::Not(inner) } else { Node::Negate(inner) };
            (node, depth) = self.grown(wrapped, depth)?;
        }
        Ok((node, depth))
    }

    fn postfix(&mut self) -> Result<Sized, ExpressionError> {
        let (mut node, mut depth) = self.primary()?;
        loop {
            if self.take("[") {
                let (index, index_depth) = self.choose()?;
                self.expect("]")?;
                (node, depth) =
                    self.grown(Node::Index(Box::new(node), Box::new(index)), depth.max(index_depth))?;
            } else if self.take(".") {
                self.space();
                let at = self.at;
                let name = self.name()?;
                if self.take("(") {
                    let (call, call_depth) = self.call(&name, at, Some(node))?;
                    (node, depth) = self.grown(call, depth.max(call_depth))?;
                } else {
                    (node, depth) = self.grown(Node::Member(Box::new(node), name), depth)?;
                }
            } else {
                return Ok((node, depth));
            }
        }
    }

    fn primary(&mut self) -> Result<Sized, ExpressionError> {
        self.space();
        match self.peek() {
            Some('(') => {
                self.at += 1;
                let inner = self.choose()?;
                self.expect(")")?;
                Ok(inner)
            }
            Some('[') => {
                self.at += 1;
                let (items, depth) = self.items("]")?;
                self.grown(Node::List(items), depth)
            }
            Some('{') => self.map(),
            Some('"' | '\'') => Ok((Node::Literal(Value::String(self.string()?)), 1)),
            Some(digit) if digit.is_ascii_digit() => self.number(),
            Some(first) if is_name(first) => {
                let at = self.at;
                let name = self.name()?;
                match name.as_str() {
                    "true" => Ok((Node::Literal(Value::Bool(true)), 1)),
                    "false" => Ok((Node::Literal(Value::Bool(false)), 1)),
                    "null" => Ok((Node::Literal(Value::Null), 1)),
                    _ if self.take("(") => self.call(&name, at, None),
                    _ => Ok((Node::Name(name), 1)),
                }
            }
            Some(other) => self.fail(format!("`{other}` is unexpected")),
            None => self.fail("The expression ends too early"),
        }
    }

    fn name(&mut self) -> Result<String, ExpressionError> {
        let len = self.rest().find(|c| !is_name(c)).unwrap_or(self.rest().len());
        if len == 0 {
            return self.fail("A name is missing");
        }
        let name = self.rest()[..len].to_owned();
        self.at += len;
        Ok(name)
    }

    fn number(&mut self) -> Result<Sized, ExpressionError> {
        let bytes = self.rest().as_bytes();
        let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut len = digits(0);
        if bytes.get(len) == Some(&b'.') && digits(len + 1) > 0 {
            len += 1 + digits(len + 1);
        }
        if matches!(bytes.get(len), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(len + 1), Some(b'+' | b'-')));
            if bytes.len() > len + 1 + sign && digits(len + 1 + sign) > 0 {
                len += 1 + sign + digits(len + 1 + sign);
            }
        }
        let literal = &self.rest()[..len];
        match serde_json::from_str(literal) {
            Ok(number @ Value::Number(_)) => {
                self.at += len;
                Ok((Node::Literal(number), 1))
            }
            _ => self.fail(format!("`{literal}` is no number")),
        }
    }

    fn string(&mut self) -> Result<String, ExpressionError> {
        let quote = self.peek().unwrap_or('"');
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, other)) => text.push(other),
                    None => break,
                },
                end if end == quote => {
                    self.at += at + end.len_utf8();
                    return Ok(text);
                }
                other => text.push(other),
            }
        }
        self.fail("The text is not closed")
    }

    /// Comma-separated expressions up to a closing sign, which is taken.
    fn items(&mut self, close: &str) -> Result<(Vec<Node>, usize), ExpressionError> {
        let (mut items, mut deepest) = (Vec::new(), 0);
        if self.take(close) {
            return Ok((items, deepest));
        }
        loop {
            let (item, depth) = self.choose()?;
            items.push(item);
            deepest = deepest.max(depth);
            if !self.take(",") {
                self.expect(close)?;
                return Ok((items, deepest));
            }
        }
    }

    fn map(&mut self) -> Result<Sized, ExpressionError> {
        self.at += 1;
        let (mut members, mut deepest) = (Vec::new(), 0);
        if self.take("}") {
            return Ok((Node::Map(members), 1));
        }
        loop {
            let (key, key_depth) = self.choose()?;
            // `{a: 1}` means the key "a", as in JSON-like languages.
            let key = if let Node::Name(name) = key { Node::Literal(Value::String(name)) } else { key };
            self.expect(":")?;
            let (value, value_depth) = self.choose()?;
            members.push((key, value));
            deepest = deepest.max(key_depth).max(value_depth);
            if !self.take(",") {
                self.expect("}")?;
                return self.grown(Node::Map(members), deepest);
            }
        }
    }

    /// After the opening bracket of a call; `receiver` is what stood before the dot.
    fn call(&mut self, name: &str, at: usize, receiver: Option<Node>) -> Result<Sized, ExpressionError> {
        let (items, depth) = self.items(")")?;
        let arguments: Vec<Node> = receiver.into_iter().chain(items).collect();
        if name == "has" && arguments.len() == 1 {
            let inner = arguments.into_iter().next().unwrap_or(Node::Literal(Value::Null));
            return self.grown(Node::Has(Box::new(inner)), depth);
        }
        let Some(row) = functions::function(name) else {
            let hint = did_you_mean(name, FUNCTIONS.iter().map(|row| row.name));
            return Err(ExpressionError { at, message: format!("Unknown function `{name}`"), hint });
        };
        if let Some(problem) = row.arity_problem(arguments.len()) {
            return Err(ExpressionError { at, message: problem, hint: Some(row.usage.to_owned()) });
        }
        self.grown(Node::Call(row, arguments), depth)
    }
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}
