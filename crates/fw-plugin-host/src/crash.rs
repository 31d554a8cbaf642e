//! Calls that got no answer: what to tell the user, with the provider's own panic where there was one.

use std::time::Duration;

use fw_provider::ProviderDiagnostics;
use tonic::{Code, Status};

use crate::convert::diagnostic::error;
use crate::handshake::Protocol;
use crate::process::Process;
use crate::start::describe_status;

/// Lines of a panic to show: the message and the top of the first stack.
const SHOWN_LINES: usize = 40;

/// Time for a dying process to end and be heard.
const GRACE: Duration = Duration::from_secs(1);

/// Turns a failed call into diagnostics.
pub(crate) async fn explain(
    name: &str,
    protocol: Protocol,
    method: &str,
    status: Status,
    process: Option<&Process>,
) -> ProviderDiagnostics {
    // Terraform's words, which name its Go function; tests of providers and of tools match them.
    let package = match protocol {
        Protocol::V5 => "plugin",
        Protocol::V6 => "plugin6",
    };
    let call = format!("{package}.(*GRPCProvider).{method}");
    let lost = lost_connection(&status);
    if lost && let Some(process) = process {
        process.ended_within(GRACE).await;
        process.silent_within(GRACE).await;
    }
    let one = match status.code() {
        _ if lost => error("Plugin did not respond", no_response(name, &call, process)),
        Code::Unavailable => error("Plugin did not respond", no_response(name, &call, process)),
        Code::Cancelled => error("Request cancelled", format!("The {call} request was cancelled.")),
        Code::Unimplemented => {
            error("Unsupported plugin method", format!("The {call} method is not supported by this plugin."))
        }
        code => {
            let text = format!("rpc error: code = {code:?} desc = {}", status.message());
            error("Plugin error", format!("The plugin returned an unexpected error from {call}: {text}"))
        }
    };
    vec![one]
}

/// Whether it was the connection that failed, not the call.
fn lost_connection(status: &Status) -> bool {
    // Only a status made on this side has a cause; one that was received is only code and text.
    std::error::Error::source(status).is_some() && status.code() != Code::OutOfRange
}

fn no_response(name: &str, call: &str, process: Option<&Process>) -> String {
    let mut text = format!(
        "The plugin encountered an error, and failed to respond to the {call} call. The plugin logs may contain more \
         details."
    );
    let Some(process) = process else { return text };
    if let Some(status) = process.status() {
        text.push_str(&format!("\n\nThe {name} process has ended ({}).", describe_status(status)));
    }
    if let Some(panic) = process.listener.panic() {
        let shown: Vec<&str> = panic.lines().take(SHOWN_LINES).collect();
        // Indented, so that the renderer does not wrap it.
        text.push_str(&format!("\n\nStack trace from the {name} plugin:\n\n  {}", shown.join("\n  ")));
        text.push_str(&format!(
            "\n\nThe {name} plugin crashed! This is always indicative of a bug within the plugin. It would be \
             immensely helpful if you could report the crash with the plugin's maintainers so that it can be fixed. \
             The output above should help diagnose the issue."
        ));
    } else {
        let words = process.listener.last_words();
        if process.status().is_some() && !words.is_empty() {
            text.push_str(&format!("\n\nThe last it said:\n\n  {}", words.replace('\n', "\n  ")));
        }
    }
    text
}
