//! Commands and backends of others that the binary puts beside ours: the service and its client, backends with protocols of
//! their own. We know no more of them than this.

use crate::{Process, Streams};

/// What the binary puts beside ours.
#[derive(Clone, Default)]
pub struct Additions {
    /// Commands.
    pub commands: Vec<Extension>,
    /// Kinds of backends.
    pub backends: Vec<&'static dyn fw_backend::Kind>,
}

/// A command that is not one of ours.
#[derive(Clone, Copy)]
pub struct Extension {
    /// Its word.
    pub name: &'static str,
    /// A line for the list of commands.
    pub synopsis: &'static str,
    /// What `-help` shows.
    pub help: &'static str,
    /// Whether it takes these arguments. When it does not, a command of ours with the same word does.
    pub takes: fn(&[String]) -> bool,
    /// Runs it with its arguments; the exit code.
    pub run: fn(&Process, &Streams, &[String]) -> u8,
}

/// Runs the extension that the arguments begin with. Under the name of another program there are none.
pub(crate) fn run(process: &Process, streams: &Streams, extensions: &[Extension]) -> Option<u8> {
    let (word, arguments) = process.arguments.split_first()?;
    let extension = named(process, extensions).find(|one| one.name == word && (one.takes)(arguments))?;
    let asks_help =
        arguments.iter().take_while(|one| *one != "--").any(|one| matches!(one.as_str(), "-h" | "-help" | "--help"));
    if asks_help {
        streams.out(&format!("{}\n", extension.help));
        return Some(0);
    }
    Some((extension.run)(process, streams, arguments))
}

/// Their part of the list of commands.
pub(crate) fn overview(process: &Process, extensions: &[Extension]) -> String {
    let lines: String = named(process, extensions).map(|one| format!("  {:13} {}\n", one.name, one.synopsis)).collect();
    if lines.is_empty() { lines } else { format!("Service commands:\n{lines}\n") }
}

fn named<'a>(process: &Process, extensions: &'a [Extension]) -> impl Iterator<Item = &'a Extension> {
    let ours = !matches!(process.program.as_str(), "terraform" | "tofu");
    extensions.iter().filter(move |_| ours)
}
