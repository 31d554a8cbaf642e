//! The older HCL that CLI configuration files are written in: keys may be quoted everywhere, blocks and assigned objects
//! are the same, there are no expressions. JSON is read into the same tree.

mod scan;

use scan::{Scanner, Token};

/// `key "label" = value`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    /// The key and what follows it as labels.
    pub(crate) keys: Vec<String>,
    /// Whether it was written with `=`.
    pub(crate) assigned: bool,
    /// Where: line and column from 1, as messages have it.
    pub(crate) place: String,
    /// The value.
    pub(crate) value: Node,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// `{ … }`
    Object(Vec<Item>),
    /// `[ … ]`
    List(Vec<Self>),
    /// `"…"` or a heredoc.
    String(String),
    /// As written.
    Number(String),
    /// `true`, `false`
    Bool(bool),
}

impl Node {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) | Self::Number(text) => Some(text),
            Self::Object(_) | Self::List(_) | Self::Bool(_) => None,
        }
    }

    /// The value as JSON; a number as text where it is none that JSON's programs can hold.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Object(items) => items.iter().map(|item| (item.name().to_owned(), item.value.to_json())).collect(),
            Self::List(elements) => elements.iter().map(Self::to_json).collect(),
            Self::String(text) => text.as_str().into(),
            Self::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
            Self::Bool(truth) => (*truth).into(),
        }
    }

    pub(crate) fn items(&self) -> &[Item] {
        match self {
            Self::Object(items) => items,
            Self::List(_) | Self::String(_) | Self::Number(_) | Self::Bool(_) => &[],
        }
    }
}

impl Item {
    /// The first key.
    pub(crate) fn name(&self) -> &str {
        self.keys.first().map_or("", String::as_str)
    }
}

/// The items of a file, or what is wrong with it: `At 1:22: …`.
pub(crate) fn parse(text: &str) -> Result<Vec<Item>, String> {
    if text.trim_start().starts_with('{') {
        let json: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        return Ok(from_object(&json));
    }
    let mut parser = Parser { scanner: Scanner::new(text), depth: 0 };
    let items = parser.items(false)?;
    Ok(items)
}

/// JSON objects as items; a list of objects stands for several blocks. Depth is bounded by the JSON parser.
fn from_object(json: &serde_json::Value) -> Vec<Item> {
    let Some(members) = json.as_object() else { return Vec::new() };
    let item = |name: &str, value: &serde_json::Value| Item {
        keys: vec![name.to_owned()],
        assigned: false,
        place: "1:1".to_owned(),
        value: from_json(value),
    };
    let mut items = Vec::new();
    for (name, value) in members {
        match value.as_array() {
            Some(blocks) if !blocks.is_empty() && blocks.iter().all(serde_json::Value::is_object) => {
                items.extend(blocks.iter().map(|block| item(name, block)));
            }
            _ => items.push(item(name, value)),
        }
    }
    items
}

fn from_json(json: &serde_json::Value) -> Node {
    match json {
        serde_json::Value::Object(_) => Node::Object(from_object(json)),
        serde_json::Value::Array(elements) => Node::List(elements.iter().map(from_json).collect()),
        serde_json::Value::String(text) => Node::String(text.clone()),
        serde_json::Value::Bool(value) => Node::Bool(*value),
        serde_json::Value::Number(number) => Node::Number(number.to_string()),
        serde_json::Value::Null => Node::String(String::new()),
    }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    depth: usize,
}

const DEEPEST: usize = 100;

impl Parser<'_> {
    /// Items up to the end of the file or the closing brace.
    fn items(&mut self, in_braces: bool) -> Result<Vec<Item>, String> {
        let mut items = Vec::new();
        loop {
            let place = self.scanner.place();
            match self.scanner.next()? {
                Token::End if in_braces => return Err(format!("At {place}: object expected closing RBRACE got: EOF")),
                Token::End => return Ok(items),
                Token::CloseBrace if in_braces => return Ok(items),
                Token::Comma => {}
                Token::Word(key) | Token::String(key) => items.push(self.item(key, place)?),
                other => return Err(format!("At {place}: unexpected {}", other.describe())),
            }
        }
    }

    fn item(&mut self, key: String, place: String) -> Result<Item, String> {
        let mut keys = vec![key];
        loop {
            let at = self.scanner.place();
            match self.scanner.next()? {
                Token::Assign => {
                    let value = self.value()?;
                    return Ok(Item { keys, assigned: true, place, value });
                }
                Token::OpenBrace => {
                    let value = Node::Object(self.nested(|parser| parser.items(true))?);
                    return Ok(Item { keys, assigned: false, place, value });
                }
                Token::Word(label) | Token::String(label) => keys.push(label),
                other => {
                    return Err(format!(
                        "At {at}: key '{}' expected start of object ('{{') or assignment ('='), got {}",
                        keys.join(" "),
                        other.describe()
                    ));
                }
            }
        }
    }

    fn value(&mut self) -> Result<Node, String> {
        let place = self.scanner.place();
        match self.scanner.next()? {
            Token::String(text) => Ok(Node::String(text)),
            Token::Number(text) => Ok(Node::Number(text)),
            Token::Word(word) if word == "true" || word == "false" => Ok(Node::Bool(word == "true")),
            Token::OpenBrace => Ok(Node::Object(self.nested(|parser| parser.items(true))?)),
            Token::OpenBracket => Ok(Node::List(self.nested(Self::list)?)),
            other => Err(format!("At {place}: Unknown token: {}", other.describe())),
        }
    }

    fn list(&mut self) -> Result<Vec<Node>, String> {
        let mut elements = Vec::new();
        loop {
            if self.scanner.skip(&Token::CloseBracket)? {
                return Ok(elements);
            }
            elements.push(self.value()?);
            let place = self.scanner.place();
            match self.scanner.next()? {
                Token::Comma => {}
                Token::CloseBracket => return Ok(elements),
                other => {
                    return Err(format!(
                        "At {place}: error parsing list, expected comma or list end, got: {}",
                        other.describe()
                    ));
                }
            }
        }
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("At {}: nested too deeply", self.scanner.place()));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }
}
