//! What `init` shows: text, or a stream of JSON events.

use fw_diag::Diagnostics;
use fw_install::{Event, Events};
use fw_views::human::{COMMAND, TOOL};
use fw_views::json::Stream;

use crate::Streams;
use crate::session::{Exit, Session};
use crate::streams::SharedWriter;

/// Shows what happens.
pub(super) struct InitView {
    streams: Streams,
    color: bool,
    stream: Option<Stream>,
}

impl InitView {
    pub(super) fn new(session: &Session, is_json: bool) -> Self {
        let stream = is_json.then(|| {
            let stream = Stream::new(Box::new(SharedWriter(session.streams.output())), Box::new(fw_ops::now));
            stream.version();
            stream
        });
        Self { streams: session.streams.clone(), color: session.color, stream }
    }

    fn codes(&self, codes: &'static str) -> &'static str {
        if self.color { codes } else { "" }
    }

    /// A new part of the work begins.
    pub(super) fn heading(&self, code: &str, text: &str) {
        match &self.stream {
            Some(stream) => stream.init_output(code, text),
            None => {
                let (bold, reset) = (self.codes("\x1b[0m\x1b[1m"), self.codes("\x1b[0m"));
                self.streams.out(&format!("{bold}{text}{reset}\n"));
            }
        }
    }

    /// A line of text, or of a log in other words.
    pub(super) fn line(&self, text: &str, log: &str) {
        match &self.stream {
            Some(stream) => stream.log(log),
            None => self.streams.out(&format!("{text}\n")),
        }
    }

    /// A message with a code, in green.
    pub(super) fn message(&self, code: &str, text: &str) {
        match &self.stream {
            Some(stream) => stream.init_output(code, text.trim()),
            None => {
                let (green, reset) = (self.codes("\x1b[0m\x1b[32m"), self.codes("\x1b[0m"));
                self.streams.out(&format!("{green}{text}{reset}\n"));
            }
        }
    }

    /// There is nothing in the directory.
    pub(super) fn empty(&self) {
        let (bold, reset) = (self.codes("\x1b[0m\x1b[1m"), self.codes("\x1b[0m"));
        let title = format!("{TOOL} initialized in an empty directory!");
        let text = format!(
            "The directory has no {TOOL} configuration files. You may begin working\nwith {TOOL} immediately by creating \
             {TOOL} configuration files."
        );
        match &self.stream {
            Some(stream) => stream.init_output("output_init_empty_message", &format!("{title}\n\n{text}")),
            None => self.streams.out(&format!("{bold}{title}{reset}\n\n{text}{reset}\n")),
        }
    }

    /// An empty line between what was done and what is told of it.
    pub(super) fn blank(&self) {
        if self.stream.is_none() {
            self.streams.out("\n");
        }
    }

    /// All is ready.
    pub(super) fn success(&self, in_automation: bool) {
        let title = format!("{TOOL} has been successfully initialized!");
        let text = format!(
            "\nYou may now begin working with {TOOL}. Try running \"{COMMAND} plan\" to see\nany changes that are required \
             for your infrastructure. All {TOOL} commands\nshould now work.\n\nIf you ever set or change modules or backend \
             configuration for {TOOL},\nrerun this command to reinitialize your working directory. If you forget, \
             other\ncommands will detect it and remind you to do so if necessary."
        );
        match &self.stream {
            Some(stream) => stream.init_output("output_init_success_message", &title),
            None => {
                let (begin, end) = (self.codes("\x1b[0m\x1b[1m\x1b[32m"), self.codes("\x1b[0m\x1b[32m\x1b[0m"));
                self.streams.out(&format!("{begin}{title}{end}\n"));
            }
        }
        if !in_automation {
            self.message("output_init_success_cli_message", &text);
        }
    }

    /// Shows diagnostics and gives the exit that goes with them.
    pub(super) fn finish(&self, session: &Session, told: &Diagnostics) -> Exit {
        match &self.stream {
            Some(stream) => stream.diagnostics(told, &session.sources),
            None => session.report(told),
        }
        Exit::of(told)
    }
}

impl Events for InitView {
    fn event(&self, event: &Event) {
        match event {
            Event::Modules { .. } | Event::Providers => {
                self.heading(event.message_code().unwrap_or_default(), &own(&event.human()));
            }
            Event::LockFileCreated | Event::LockFileChanged => match &self.stream {
                Some(stream) => stream.init_output(event.message_code().unwrap_or_default(), &own(&event.message())),
                None => self.streams.out(&format!("{}\n", own(&event.human()))),
            },
            Event::Module { .. }
            | Event::ModuleDownload { .. }
            | Event::BuiltIn(_)
            | Event::Finding(..)
            | Event::Reusing(_)
            | Event::AlreadyInstalled(..)
            | Event::Installing(..)
            | Event::FromCache(..)
            | Event::Installed(..)
            | Event::Signed => match &self.stream {
                Some(stream) => stream.log(&own(&event.message())),
                None => self.streams.out(&format!("{}\n", own(&event.human()).trim_end())),
            },
            // Commands of their own tell of these.
            Event::LockFetching(..)
            | Event::LockFetched(..)
            | Event::Locked(..)
            | Event::LockComplete(_)
            | Event::Mirroring(_)
            | Event::MirrorSkipped(_)
            | Event::MirrorSelected(..)
            | Event::MirrorDownloading(_)
            | Event::MirrorAuthenticated(_) => {}
        }
    }
}

/// A text of terraform's in our own name.
fn own(text: &str) -> String {
    text.replace("Terraform", TOOL).replace("\"terraform ", &format!("\"{COMMAND} "))
}
