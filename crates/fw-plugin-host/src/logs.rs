//! What a plugin writes to its standard streams: log lines for the log, and a panic for the crash report.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;

/// How important a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// For the authors of the provider.
    Debug,
    /// For its users.
    Info,
    /// Should be looked at.
    Warn,
    /// Somebody must act.
    Error,
}

/// One log line of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// The plugin's name.
    pub plugin: Arc<str>,
    /// How important.
    pub level: LogLevel,
    /// The part of the plugin that wrote it; empty when it did not say.
    pub module: String,
    /// The line without its fields.
    pub message: String,
    /// Key and value, as text, in the order written.
    pub fields: Vec<(String, String)>,
    /// When, in the plugin's words.
    pub timestamp: Option<String>,
}

/// Takes log lines. Called from the task that reads the plugin, so it must be quick.
pub type LogSink = Arc<dyn Fn(LogRecord) + Send + Sync>;

/// Lines of a panic to keep.
const PANIC_LINES: usize = 200;
/// Other lines to keep, for plugins that end early.
const TAIL_LINES: usize = 50;
/// Longer lines are cut in reports.
const LINE_LENGTH: usize = 2000;

/// Reads the lines of a plugin's standard error.
pub(crate) struct Listener {
    plugin: Arc<str>,
    sink: Option<LogSink>,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    panic: Vec<String>,
    tail: VecDeque<String>,
}

impl Listener {
    pub(crate) fn new(plugin: Arc<str>, sink: Option<LogSink>) -> Self {
        Self { plugin, sink, heard: Mutex::default() }
    }

    /// A line of standard error.
    pub(crate) fn line(&self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end();
        let structured = structured(&self.plugin, text);
        if structured.is_none() {
            self.remember(text);
        }
        if let Some(sink) = &self.sink {
            sink(structured.unwrap_or_else(|| plain(&self.plugin, text)));
        }
    }

    /// What came through the output stream of the protocol, where nothing is expected.
    pub(crate) fn output(&self, text: &[u8]) {
        let Some(sink) = &self.sink else { return };
        for line in String::from_utf8_lossy(text).lines() {
            sink(LogRecord { level: LogLevel::Warn, ..plain(&self.plugin, line) });
        }
    }

    fn remember(&self, line: &str) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let line: String = line.chars().take(LINE_LENGTH).collect();
        if !heard.panic.is_empty() || starts_panic(&line) {
            if heard.panic.len() < PANIC_LINES {
                heard.panic.push(line);
            }
            return;
        }
        if heard.tail.len() == TAIL_LINES {
            heard.tail.pop_front();
        }
        heard.tail.push_back(line);
    }

    /// The text of a panic, if there was one.
    pub(crate) fn panic(&self) -> Option<String> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        (!heard.panic.is_empty()).then(|| heard.panic.join("\n"))
    }

    /// The last lines that were not log lines, or the panic.
    pub(crate) fn last_words(&self) -> String {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.tail.iter().chain(&heard.panic).map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// How Go and Rust programs begin to tell of their end.
fn starts_panic(line: &str) -> bool {
    line.starts_with("panic:")
        || line.starts_with("fatal error:")
        || line.starts_with("runtime: ")
        || (line.starts_with("thread '") && line.contains("' panicked at"))
        || (line.starts_with("thread '") && line.contains("has overflowed its stack"))
}

/// A line of hclog's JSON format.
fn structured(plugin: &Arc<str>, line: &str) -> Option<LogRecord> {
    if !line.starts_with('{') {
        return None;
    }
    let Ok(Json::Object(mut object)) = serde_json::from_str(line) else { return None };
    let mut take = |key: &str| match object.shift_remove(key) {
        Some(Json::String(text)) => Some(text),
        Some(Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_)) | None => None,
    };
    let level = level(&take("@level")?);
    let message = take("@message").unwrap_or_default();
    let module = take("@module").unwrap_or_default();
    let timestamp = take("@timestamp");
    let text = |value: Json| match value {
        Json::String(text) => text,
        other => other.to_string(),
    };
    let fields = object.into_iter().map(|(key, value)| (key, text(value))).collect();
    Some(LogRecord { plugin: Arc::clone(plugin), level, module, message, fields, timestamp })
}

fn level(name: &str) -> LogLevel {
    match name {
        "trace" => LogLevel::Trace,
        "info" => LogLevel::Info,
        "warn" => LogLevel::Warn,
        "error" => LogLevel::Error,
        _ => LogLevel::Debug,
    }
}

/// Any other line; many plugins still put the level in brackets.
fn plain(plugin: &Arc<str>, line: &str) -> LogRecord {
    const PREFIXES: [(&str, LogLevel); 6] = [
        ("[TRACE]", LogLevel::Trace),
        ("[DEBUG]", LogLevel::Debug),
        ("[INFO]", LogLevel::Info),
        ("[WARN]", LogLevel::Warn),
        ("[ERROR]", LogLevel::Error),
        ("[ERR]", LogLevel::Error),
    ];
    let found = PREFIXES.iter().find_map(|(prefix, level)| Some((line.strip_prefix(prefix)?, *level)));
    let (message, level) = found.unwrap_or((line, LogLevel::Debug));
    LogRecord {
        plugin: Arc::clone(plugin),
        level,
        module: String::new(),
        message: message.trim_start().to_owned(),
        fields: Vec::new(),
        timestamp: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(lines: &[&str]) -> (Listener, Arc<Mutex<Vec<LogRecord>>>) {
        let records = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&records);
        let listener = Listener::new("p".into(), Some(Arc::new(move |r| into.lock().unwrap().push(r))));
        for line in lines {
            listener.line(line.as_bytes());
        }
        (listener, records)
    }

    #[test]
    fn json_lines_keep_level_message_and_fields() {
        let (listener, records) = heard(&[
            r#"{"@level":"warn","@message":"slow","@module":"sdk.proto","@timestamp":"t","tf_rpc":"Plan","n":3}"#,
            "[INFO] plain",
            "no level {at all",
            "{broken",
        ]);
        let records = records.lock().unwrap();
        assert_eq!(records[0].level, LogLevel::Warn);
        assert_eq!(records[0].message, "slow");
        assert_eq!(records[0].module, "sdk.proto");
        let fields = vec![("tf_rpc".to_owned(), "Plan".to_owned()), ("n".to_owned(), "3".to_owned())];
        assert_eq!(records[0].fields, fields);
        assert_eq!((records[1].level, records[1].message.as_str()), (LogLevel::Info, "plain"));
        assert_eq!((records[2].level, records[2].message.as_str()), (LogLevel::Debug, "no level {at all"));
        assert_eq!(listener.last_words(), "[INFO] plain\nno level {at all\n{broken");
        assert_eq!(listener.panic(), None);
    }

    #[test]
    fn a_panic_is_kept_from_its_first_line_on() {
        let (listener, _) = heard(&["before", "panic: oh no", "", "goroutine 1 [running]:"]);
        assert_eq!(listener.panic().as_deref(), Some("panic: oh no\n\ngoroutine 1 [running]:"));
    }
}
