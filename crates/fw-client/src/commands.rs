//! The commands of the client.

mod change;
mod help;
mod login;
mod look;

use fw_cli::{Extension, Process, Streams};
use serde_json::Value;

use crate::api::{Api, ApiError};
use crate::arguments::Arguments;

/// What commands come to: the exit code.
type Outcome = Result<u8, ApiError>;

/// A command at work.
struct Session<'a> {
    process: &'a Process,
    streams: &'a Streams,
    arguments: Arguments,
}

impl Session<'_> {
    fn api(&self) -> Result<Api, ApiError> {
        Api::open(self.process, &self.arguments)
    }

    /// The one word after the flags.
    fn word(&self, what: &str) -> Result<&str, ApiError> {
        match self.arguments.words.as_slice() {
            [word] => Ok(word),
            _ => Err(ApiError::Here(format!("this command takes one argument: {what}"))),
        }
    }

    fn out(&self, text: &str) {
        self.streams.out(&format!("{text}\n"));
    }
}

/// All of them.
#[must_use]
pub fn extensions() -> Vec<Extension> {
    let command = |name, synopsis, help, takes, run| Extension { name, synopsis, help, takes, run };
    let any: fn(&[String]) -> bool = |_| true;
    vec![
        command("login", "Remember a server and a token", help::LOGIN, names_a_url, |p, s, w| {
            run(p, s, w, &["token-file"], &[], |session| Box::pin(login::login(session)))
        }),
        command("deploy", "Deploy a directory to a server", help::DEPLOY, any, |p, s, w| {
            let valued = ["server", "name", "var", "var-file"];
            run(p, s, w, &valued, &["force", "auto-approve", "detach"], |session| Box::pin(change::deploy(session)))
        }),
        command("runs", "Show runs on a server", help::RUNS, any, |p, s, w| {
            run(p, s, w, &["server"], &["json"], |session| Box::pin(look::runs(session)))
        }),
        command("logs", "Show the log of a run on a server", help::LOGS, any, |p, s, w| {
            run(p, s, w, &["server"], &["f", "follow"], |session| Box::pin(look::logs(session)))
        }),
        command("approve", "Approve a plan on a server", help::APPROVE, any, |p, s, w| {
            run(p, s, w, &["server"], &["detach"], |session| Box::pin(change::approve(session)))
        }),
        command("cancel", "Cancel a run on a server", help::CANCEL, any, |p, s, w| {
            run(p, s, w, &["server"], &[], |session| Box::pin(change::cancel(session)))
        }),
        command("rollback", "Deploy an earlier configuration again", help::ROLLBACK, any, |p, s, w| {
            run(p, s, w, &["server", "to"], &["detach"], |session| Box::pin(change::rollback(session)))
        }),
        command("destroy", "With a name: destroy a deployment on a server", help::DESTROY, names_one, |p, s, w| {
            run(p, s, w, &DESTROY_VALUED, &DESTROY_SWITCHES, |session| Box::pin(change::destroy(session)))
        }),
    ]
}

/// `login` for the tokens of registries takes a host.
fn names_a_url(words: &[String]) -> bool {
    words.iter().any(|word| word.starts_with("http://") || word.starts_with("https://"))
}

const DESTROY_VALUED: [&str; 1] = ["server"];
const DESTROY_SWITCHES: [&str; 4] = ["auto-approve", "detach", "h", "help"];

/// `destroy` of a working directory takes no arguments but flags, and knows other flags.
fn names_one(words: &[String]) -> bool {
    Arguments::parse(words, &DESTROY_VALUED, &DESTROY_SWITCHES).is_ok_and(|arguments| arguments.words.len() == 1)
}

type Work<'a> = std::pin::Pin<Box<dyn Future<Output = Outcome> + 'a>>;

fn run(
    process: &Process,
    streams: &Streams,
    words: &[String],
    valued: &[&str],
    switches: &[&str],
    work: for<'a> fn(&'a Session<'a>) -> Work<'a>,
) -> u8 {
    let outcome = Arguments::parse(words, valued, switches).map_err(ApiError::from).and_then(|arguments| {
        let session = Session { process, streams, arguments };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| ApiError::Here(error.to_string()))?.block_on(work(&session))
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            streams.err(&format!("Error: {error}\n"));
            if let ApiError::Refused { body, .. } = &error {
                explain(streams, body);
            }
            1
        }
    }
}

/// What an error says beside its message.
fn explain(streams: &Streams, body: &Value) {
    for change in body["dangerous_changes"].as_array().into_iter().flatten() {
        let text = |name: &str| change[name].as_str().unwrap_or_default();
        streams.err(&format!("  {} would be {}d\n", text("address"), text("action")));
    }
    if body["error"] == "dangerous_changes_detected" {
        streams.err("Add -force to do it all the same.\n");
    }
}
