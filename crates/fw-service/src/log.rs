//! The service's log: lines on standard error, for people or as JSON.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::Settings;

/// Temporal's own crates tell of every call that fails while it is away; that it is away is told by us, once.
const QUIETER: &str = "temporalio_client=error,temporalio_sdk=error,temporalio_sdk_core=error";

/// Starts logging. What is wrong with the filter is told; then the usual one is taken.
pub(crate) fn start(settings: &Settings, colored: bool) -> Result<(), String> {
    let wanted = format!("{QUIETER},{}", settings.text("log"));
    let filter = EnvFilter::try_new(wanted).map_err(|error| format!("the setting `log`: {error}"))?;
    let builder = fmt::Subscriber::builder().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colored);
    let started = match settings.text("log_format") {
        "json" => builder.json().flatten_event(true).try_init(),
        _ => builder.try_init(),
    };
    started.map_err(|error| format!("the log cannot be started: {error}"))
}
