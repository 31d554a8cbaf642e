//! The log: what we and the providers have to tell about the work, on standard error or in the file of `TF_LOG_PATH`, as
//! far as `TF_LOG`, `TF_LOG_CORE` and `TF_LOG_PROVIDER` ask for it.
//!
//! Our own crates write through the `log` crate. What other libraries write there is left out: it may hold secrets.

use std::fs::File;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use fw_diag::system_error;
use fw_plugin_host::{LogLevel, LogRecord, LogSink};
use fw_views::time;
use serde_json::{Map, Value as Json};

use crate::{Process, Streams};

/// What may be asked for.
const LEVELS: [&str; 7] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "OFF", "JSON"];

/// Where log lines go and which of them.
#[derive(Clone)]
pub(crate) struct Logs {
    /// The least important lines of providers that are wanted.
    provider: Option<LogLevel>,
    writer: Writer,
}

#[derive(Clone)]
struct Writer {
    json: bool,
    file: Option<Arc<Mutex<File>>>,
    streams: Streams,
}

impl Logs {
    /// As the environment asks for it. From here on our own lines are written as well.
    pub(crate) fn start(process: &Process, streams: &Streams) -> Self {
        let asked = |name: &str| process.variable(name).map(str::to_ascii_uppercase);
        let core = asked("TF_LOG").or_else(|| asked("TF_LOG_CORE"));
        let provider = asked("TF_LOG_PROVIDER").or_else(|| asked("TF_LOG"));
        let file = process.variable("TF_LOG_PATH").and_then(|path| {
            let opened = File::options().create(true).append(true).open(process.directory.join(path));
            let problem =
                |error| streams.err(&format!("Error opening log file: open {path}: {}\n", system_error(&error)));
            opened.map_err(problem).ok()
        });
        let json = core.as_deref() == Some("JSON");
        let writer = Writer { json, file: file.map(|file| Arc::new(Mutex::new(file))), streams: streams.clone() };
        for name in [&core, &provider].into_iter().flatten().collect::<std::collections::BTreeSet<_>>() {
            if !LEVELS.contains(&name.as_str()) {
                streams.err(&format!(
                    "[WARN] Invalid log level: \"{name}\". Defaulting to level: TRACE. Valid levels are: [TRACE DEBUG INFO \
                     WARN ERROR OFF]\n"
                ));
            }
        }
        if let Some(lowest) = core.and_then(|name| level(&name)) {
            let lowest = filter(lowest);
            // Whoever has set a logger before us in this process keeps it.
            if log::set_boxed_logger(Box::new(Core { lowest, writer: writer.clone() })).is_ok() {
                log::set_max_level(lowest);
            }
        }
        Self { provider: provider.and_then(|name| level(&name)), writer }
    }

    /// None at all.
    pub(crate) fn silent(streams: &Streams) -> Self {
        Self { provider: None, writer: Writer { json: false, file: None, streams: streams.clone() } }
    }

    /// Takes log lines of providers; `None` where nobody wants them.
    pub(crate) fn sink(&self) -> Option<LogSink> {
        let (lowest, writer) = (self.provider?, self.writer.clone());
        Some(Arc::new(move |record: LogRecord| {
            if record.level >= lowest {
                writer.provider(&record);
            }
        }))
    }
}

/// The level of this name. As terraform has it, whatever else is said means everything.
fn level(name: &str) -> Option<LogLevel> {
    match name {
        "OFF" => None,
        "DEBUG" => Some(LogLevel::Debug),
        "INFO" => Some(LogLevel::Info),
        "WARN" => Some(LogLevel::Warn),
        "ERROR" => Some(LogLevel::Error),
        _ => Some(LogLevel::Trace),
    }
}

fn filter(level: LogLevel) -> log::LevelFilter {
    match level {
        LogLevel::Trace => log::LevelFilter::Trace,
        LogLevel::Debug => log::LevelFilter::Debug,
        LogLevel::Info => log::LevelFilter::Info,
        LogLevel::Warn => log::LevelFilter::Warn,
        LogLevel::Error => log::LevelFilter::Error,
    }
}

/// Takes the lines of our own crates.
struct Core {
    lowest: log::LevelFilter,
    writer: Writer,
}

impl log::Log for Core {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        let ours = metadata.target().starts_with("fw_") || metadata.target().starts_with("formwork");
        ours && metadata.level() <= self.lowest
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let level = match record.level() {
            log::Level::Trace => LogLevel::Trace,
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        self.writer.line(level, "", &record.args().to_string(), &[]);
    }

    fn flush(&self) {}
}

impl Writer {
    fn provider(&self, record: &LogRecord) {
        let module = if record.module.is_empty() { "provider" } else { &*format!("provider.{}", record.module) };
        self.line(record.level, &format!("{module}.{}", record.plugin), &record.message, &record.fields);
    }

    fn line(&self, level: LogLevel, module: &str, message: &str, fields: &[(String, String)]) {
        let line = if self.json {
            json_line(level, module, message, fields)
        } else {
            text_line(level, module, message, fields)
        };
        match &self.file {
            // A log that cannot be written must not stop the work.
            Some(file) => drop(file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())),
            None => self.streams.err(&line),
        }
    }
}

fn text_line(level: LogLevel, module: &str, message: &str, fields: &[(String, String)]) -> String {
    let level = match level {
        LogLevel::Trace => "[TRACE]",
        LogLevel::Debug => "[DEBUG]",
        LogLevel::Info => "[INFO] ",
        LogLevel::Warn => "[WARN] ",
        LogLevel::Error => "[ERROR]",
    };
    let module = if module.is_empty() { String::new() } else { format!("{module}: ") };
    let fields: String = fields.iter().map(|(name, value)| format!(" {name}={value}")).collect();
    let fields = if fields.is_empty() { fields } else { format!(":{fields}") };
    format!("{} {level} {module}{message}{fields}\n", time::milliseconds(fw_ops::now()))
}

fn json_line(level: LogLevel, module: &str, message: &str, fields: &[(String, String)]) -> String {
    let level = match level {
        LogLevel::Trace => "trace",
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warn => "warn",
        LogLevel::Error => "error",
    };
    let mut line: Map<String, Json> = Map::new();
    let mut put = |name: &str, value: &str| drop(line.insert(name.to_owned(), value.into()));
    put("@level", level);
    put("@message", message);
    if !module.is_empty() {
        put("@module", module);
    }
    put("@timestamp", &time::microseconds(fw_ops::now()));
    fields.iter().for_each(|(name, value)| put(name, value));
    format!("{}\n", Json::Object(line))
}
