//! Values from YAML.

use std::collections::{BTreeMap, HashMap, HashSet};

use fw_value::{Type, Value, convert};
use libyaml_safer::{ErrorKind, Event, EventData, Mark, Parser, ScalarStyle};

use super::scalar::resolve;
use crate::go::text::quote;

const SEQUENCE_TAG: &str = "tag:yaml.org,2002:seq";
const MAPPING_TAG: &str = "tag:yaml.org,2002:map";

/// The value of a document; the error is a fragment for people.
pub(super) fn decode(source: &str) -> Result<Value, String> {
    let mut bytes = if source.is_empty() { "\n" } else { source }.as_bytes();
    let mut events = Events { parser: Parser::new() };
    events.parser.set_input(&mut bytes);
    events.next()?;
    let start = events.next()?;
    if !matches!(start.data, EventData::DocumentStart { .. }) {
        return Err(at(start.start_mark, "missing start of document"));
    }
    let value = Builder::default().build(&mut events)?;
    let end = events.next()?;
    if !matches!(end.data, EventData::DocumentEnd { .. }) {
        return Err(at(end.start_mark, "unexpected extra content after value"));
    }
    let end = events.next()?;
    if !matches!(end.data, EventData::StreamEnd) {
        return Err(at(end.start_mark, "unexpected extra content after value"));
    }
    Ok(value)
}

/// A problem at a place. Lines are counted from zero here, and the first is never told: so it has always been.
fn at(mark: Mark, problem: &str) -> String {
    match mark.line {
        0 => problem.to_owned(),
        line => format!("on line {line}, column {}: {problem}", mark.column + 1),
    }
}

struct Events<'r, 'b> {
    parser: Parser<&'r mut &'b [u8]>,
}

impl Events<'_, '_> {
    fn next(&mut self) -> Result<Event, String> {
        self.parser.parse().map_err(|error| explain(&error))
    }
}

fn explain(error: &libyaml_safer::Error) -> String {
    let problem = match error.problem() {
        "" => "invalid YAML syntax",
        problem => problem,
    };
    let mark = error.problem_mark().filter(|mark| mark.line != 0);
    match (mark, error.kind()) {
        (Some(mark), ErrorKind::Scanner) => format!("on line {}, column 1: {problem}", mark.line + 1),
        (Some(mark), _) => at(mark, problem),
        (None, _) => error.context_mark().map_or_else(|| problem.to_owned(), |mark| at(mark, problem)),
    }
}

/// A collection that is not complete yet.
enum Open {
    Sequence { anchor: Option<String>, elements: Vec<Value> },
    Mapping { anchor: Option<String>, entries: BTreeMap<String, Value>, key: Option<Key> },
}

/// What the next value in a mapping is for.
enum Key {
    Name(String),
    /// The entries of the value become entries of the mapping.
    Merge(Mark),
}

/// Builds a value of events; keeps a stack of its own, since nesting has no limit.
#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<String, Value>,
    pending: HashSet<String>,
}

impl Builder {
    fn build(mut self, events: &mut Events<'_, '_>) -> Result<Value, String> {
        loop {
            let event = events.next()?;
            let Some(value) = self.take(event)? else { continue };
            if self.open.is_empty() {
                return Ok(value);
            }
            self.add(value)?;
        }
    }

    /// Takes an event; gives the value it completes.
    fn take(&mut self, event: Event) -> Result<Option<Value>, String> {
        let mark = event.start_mark;
        if let Some(Open::Mapping { key: slot @ None, .. }) = self.open.last_mut()
            && !matches!(event.data, EventData::MappingEnd)
        {
            *slot = Some(key(event)?);
            return Ok(None);
        }
        match event.data {
            EventData::Scalar { anchor, tag, value, plain_implicit, style, .. } => {
                let tag = tag.unwrap_or_default();
                let value = scalar(&tag, &value, plain_implicit, style).map_err(|problem| at(mark, &problem))?;
                self.remember(anchor, &value);
                Ok(Some(value))
            }
            EventData::Alias { anchor } => self.alias(&anchor).map(Some).map_err(|problem| at(mark, &problem)),
            EventData::SequenceStart { anchor, tag, .. } => {
                self.start(anchor.as_ref(), tag.as_deref(), ("sequence", SEQUENCE_TAG), mark)?;
                self.open.push(Open::Sequence { anchor, elements: Vec::new() });
                Ok(None)
            }
            EventData::MappingStart { anchor, tag, .. } => {
                self.start(anchor.as_ref(), tag.as_deref(), ("mapping", MAPPING_TAG), mark)?;
                self.open.push(Open::Mapping { anchor, entries: BTreeMap::new(), key: None });
                Ok(None)
            }
            EventData::SequenceEnd | EventData::MappingEnd => Ok(self.close()),
            EventData::DocumentStart { .. } => Err(at(mark, "only a single document is allowed")),
            EventData::StreamEnd => Err(at(mark, "expecting value but found end of stream")),
            EventData::StreamStart { .. } | EventData::DocumentEnd { .. } => Err(at(mark, "unexpected parser event")),
        }
    }

    fn start(
        &mut self,
        anchor: Option<&String>,
        tag: Option<&str>,
        (what, usual): (&str, &str),
        mark: Mark,
    ) -> Result<(), String> {
        if let Some(tag) = tag.filter(|tag| *tag != usual) {
            return Err(at(mark, &format!("can't interpret {what} as {tag}")));
        }
        if let Some(anchor) = anchor {
            self.pending.insert(anchor.clone());
        }
        Ok(())
    }

    fn close(&mut self) -> Option<Value> {
        let (anchor, value) = match self.open.pop()? {
            Open::Sequence { anchor, elements } => (anchor, Value::tuple(elements)),
            Open::Mapping { anchor, entries, .. } => (anchor, Value::object(entries)),
        };
        self.remember(anchor, &value);
        Some(value)
    }

    fn remember(&mut self, anchor: Option<String>, value: &Value) {
        if let Some(anchor) = anchor {
            self.pending.remove(&anchor);
            self.anchors.insert(anchor, value.clone());
        }
    }

    fn alias(&self, anchor: &str) -> Result<Value, String> {
        if self.pending.contains(anchor) {
            let anchor = quote(anchor);
            return Err(format!("cannot refer to anchor {anchor} from inside its own definition"));
        }
        let value = self.anchors.get(anchor).cloned();
        value.ok_or_else(|| format!("reference to undefined anchor {}", quote(anchor)))
    }

    fn add(&mut self, value: Value) -> Result<(), String> {
        match self.open.last_mut() {
            Some(Open::Sequence { elements, .. }) => elements.push(value),
            Some(Open::Mapping { entries, key, .. }) => match key.take() {
                Some(Key::Name(name)) => {
                    entries.insert(name, value);
                }
                Some(Key::Merge(mark)) => {
                    if !matches!(value.ty(), Type::Object(_)) {
                        let name = value.ty().friendly_name();
                        return Err(at(mark, &format!("cannot merge {name} into mapping")));
                    }
                    entries.extend(value.string_entries().map(|(name, v)| (name.to_string(), v.clone())));
                }
                None => {}
            },
            None => {}
        }
        Ok(())
    }
}

/// A scalar in the place of a value. What is not plain is a string, even if it looks like something else; but what it
/// looks like decides how it is written.
fn scalar(tag: &str, text: &str, plain: bool, style: ScalarStyle) -> Result<Value, String> {
    let value = resolve(tag, text, style)?;
    if tag.is_empty() && !plain {
        return convert::convert(&value, &Type::String).map_err(|error| error.to_string());
    }
    Ok(value)
}

fn key(event: Event) -> Result<Key, String> {
    const NOT_TEXT: &str = "only strings are allowed as mapping keys";
    let mark = event.start_mark;
    let EventData::Scalar { tag, value, style, .. } = event.data else { return Err(at(mark, NOT_TEXT)) };
    let tag = tag.unwrap_or_default();
    if tag.is_empty() && value == "<<" {
        return Ok(Key::Merge(mark));
    }
    let resolved = resolve(&tag, &value, style)?;
    let converted = convert::convert(&resolved, &Type::String).map_err(|_error| at(mark, NOT_TEXT))?;
    match converted.as_str() {
        Some(name) => Ok(Key::Name(name.to_owned())),
        None => Err(at(mark, "mapping key cannot be null")),
    }
}
