//! What `providers lock` and `providers mirror` say while they work.

use fw_install::{Event, Events};

use crate::streams::Streams;

/// A line for every step.
pub(super) struct Lines {
    pub(super) streams: Streams,
    pub(super) color: bool,
}

impl Events for Lines {
    fn event(&self, event: &Event) {
        match event {
            Event::LockFetching(..)
            | Event::LockFetched(..)
            | Event::Locked(..)
            | Event::Mirroring(_)
            | Event::MirrorSkipped(_)
            | Event::MirrorSelected(..)
            | Event::MirrorDownloading(_)
            | Event::MirrorAuthenticated(_) => self.streams.out(&format!("{}\n", event.human())),
            Event::LockComplete(_) => self.streams.out(&format!("{}\n", self.success(&event.human()))),
            // `init` tells of these.
            Event::Modules { .. }
            | Event::ModuleDownload { .. }
            | Event::Module { .. }
            | Event::Providers
            | Event::BuiltIn(_)
            | Event::Finding(..)
            | Event::Reusing(_)
            | Event::AlreadyInstalled(..)
            | Event::Installing(..)
            | Event::FromCache(..)
            | Event::Installed(..)
            | Event::Signed
            | Event::LockFileCreated
            | Event::LockFileChanged => {}
        }
    }
}

impl Lines {
    /// The first paragraph of `Success! What was done.` in its colours.
    fn success(&self, text: &str) -> String {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        if !self.color {
            return text.to_owned();
        }
        let (what, more) = rest.find("\n\n").map_or((rest, ""), |end| rest.split_at(end));
        let word = word.trim_start();
        format!("\n\x1b[1m\x1b[32m{word}\x1b[0m \x1b[1m{what}\x1b[0m\x1b[0m{more}")
    }
}
