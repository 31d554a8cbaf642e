//! Values as YAML.

use fw_value::{Str, Type, Value};
use libyaml_safer::{Emitter, Encoding, Event, MappingStyle, ScalarStyle, SequenceStyle};

/// What is still to be written.
enum Task<'a> {
    Value(&'a Value),
    Key(&'a Str),
    SequenceEnd,
    MappingEnd,
}

/// The value as a YAML document; the error is a fragment for people.
pub(super) fn encode(value: &Value) -> Result<String, String> {
    let mut bytes = Vec::new();
    let mut emitter = Emitter::new();
    emitter.set_output_string(&mut bytes);
    emitter.set_unicode(true);
    emitter.set_width(-1);
    write(&mut emitter, value).map_err(|error| error.problem().to_owned())?;
    emitter.flush().map_err(|error| error.problem().to_owned())?;
    drop(emitter);
    let text = String::from_utf8(bytes).map_err(|_error| "failed to write YAML token".to_owned())?;
    let mut text = beyond_basic_plane_escaped(text);
    // A plain scalar alone could go on, so its end is told.
    let collection =
        matches!(value.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_) | Type::Map(_) | Type::Object(_));
    let is_plain = value.is_null() || !collection && value.as_str().is_none();
    if is_plain && !text.ends_with("...\n") {
        text.push_str("...\n");
    }
    Ok(text)
}

fn write(emitter: &mut Emitter<'_>, value: &Value) -> Result<(), libyaml_safer::Error> {
    emitter.emit(Event::stream_start(Encoding::Utf8))?;
    emitter.emit(Event::document_start(None, &[], true))?;
    // A stack of tasks, since nesting has no limit.
    let mut tasks = vec![Task::Value(value)];
    while let Some(task) = tasks.pop() {
        let event = match task {
            Task::Key(key) => string(key),
            Task::SequenceEnd => Event::sequence_end(),
            Task::MappingEnd => Event::mapping_end(),
            Task::Value(value) => start(value, &mut tasks),
        };
        emitter.emit(event)?;
    }
    emitter.emit(Event::document_end(true))?;
    emitter.emit(Event::stream_end())
}

fn start<'a>(value: &'a Value, tasks: &mut Vec<Task<'a>>) -> Event {
    if value.is_null() {
        return plain("null");
    }
    match value.ty() {
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => {
            tasks.push(Task::SequenceEnd);
            let from = tasks.len();
            tasks.extend(value.elements().map(Task::Value));
            if let Some(added) = tasks.get_mut(from..) {
                added.reverse();
            }
            Event::sequence_start(None, None, true, SequenceStyle::Block)
        }
        Type::Map(_) | Type::Object(_) => {
            tasks.push(Task::MappingEnd);
            let from = tasks.len();
            tasks.extend(value.string_entries().flat_map(|(key, v)| [Task::Key(key), Task::Value(v)]));
            if let Some(added) = tasks.get_mut(from..) {
                added.reverse();
            }
            Event::mapping_start(None, None, true, MappingStyle::Block)
        }
        Type::Bool => plain(if value.is_true() { "true" } else { "false" }),
        Type::Number => plain(&value.as_number().map(ToString::to_string).unwrap_or_default()),
        Type::String | Type::Dynamic => string(value.as_str().unwrap_or_default()),
    }
}

/// Emoji and their like are not printable to the other engines. They are only in double quotes here.
fn beyond_basic_plane_escaped(text: String) -> String {
    if !text.chars().any(beyond_basic_plane) {
        return text;
    }
    let escape = |out: &mut String, c: char| match c {
        c if beyond_basic_plane(c) => out.push_str(&format!("\\U{:08X}", u32::from(c))),
        c => out.push(c),
    };
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        escape(&mut out, c);
        out
    })
}

fn beyond_basic_plane(c: char) -> bool {
    u32::from(c) > 0xffff
}

fn plain(text: &str) -> Event {
    Event::scalar(None, None, text, true, true, ScalarStyle::Plain)
}

fn string(text: &str) -> Event {
    let style = if text.contains('\n') && !text.chars().any(beyond_basic_plane) {
        ScalarStyle::Literal
    } else {
        ScalarStyle::DoubleQuoted
    };
    Event::scalar(None, None, text, true, true, style)
}
