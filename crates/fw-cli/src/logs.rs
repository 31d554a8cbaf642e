//! The log: what providers write goes to standard error or to the file of `TF_LOG_PATH`, if `TF_LOG` or
//! `TF_LOG_PROVIDER` asks for it.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use fw_plugin_host::{LogLevel, LogRecord, LogSink};

use crate::session::Session;

/// Takes log lines of providers; `None` where nobody wants them.
pub(crate) fn sink(session: &Session) -> Option<LogSink> {
    let wanted = ["TF_LOG_PROVIDER", "TF_LOG"].into_iter().find_map(|name| session.surroundings.variable(name))?;
    let lowest = level(wanted)?;
    let file = session.surroundings.variable("TF_LOG_PATH").and_then(|path| {
        std::fs::OpenOptions::new().create(true).append(true).open(session.surroundings.resolve(path)).ok()
    });
    let file = file.map(Mutex::new);
    let streams = session.streams.clone();
    Some(Arc::new(move |record: LogRecord| {
        if record.level < lowest {
            return;
        }
        let line = line(&record);
        match &file {
            // A log that cannot be written must not stop the work.
            Some(file) => drop(file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())),
            None => streams.err(&line),
        }
    }))
}

fn level(text: &str) -> Option<LogLevel> {
    match text.to_ascii_uppercase().as_str() {
        "OFF" => None,
        "DEBUG" => Some(LogLevel::Debug),
        "INFO" => Some(LogLevel::Info),
        "WARN" => Some(LogLevel::Warn),
        "ERROR" => Some(LogLevel::Error),
        // As terraform has it: whatever else is said means everything.
        _ => Some(LogLevel::Trace),
    }
}

fn line(record: &LogRecord) -> String {
    let level = match record.level {
        LogLevel::Trace => "[TRACE]",
        LogLevel::Debug => "[DEBUG]",
        LogLevel::Info => "[INFO] ",
        LogLevel::Warn => "[WARN] ",
        LogLevel::Error => "[ERROR]",
    };
    let time = fw_views::time::microseconds(fw_ops::now());
    let fields: String = record.fields.iter().map(|(name, value)| format!(" {name}={value}")).collect();
    let fields = if fields.is_empty() { fields } else { format!(":{fields}") };
    let module = if record.module.is_empty() { "provider".to_owned() } else { format!("provider.{}", record.module) };
    format!("{time} {level} {module}.{}: {}{fields}\n", record.plugin, record.message)
}
