//! What a step tells while it runs, on its way to the service: in order, many at a time.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fw_diag::{Diagnostic, Diagnostics, Severity, SourceMap};
use fw_run::{LogLine, Output, Progress, Stream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::service::Service;

/// How long output is gathered before it is sent.
const GATHER: Duration = Duration::from_millis(50);
/// How much is sent at a time.
const BATCH: usize = 500;
/// Longer lines are cut.
const LINE: usize = 16 * 1024;

/// Takes what a step tells.
#[derive(Clone)]
pub(crate) struct Told(mpsc::UnboundedSender<Output>);

/// Takes lines as long as the step has not ended.
#[derive(Clone)]
pub(crate) struct WeakTold(mpsc::WeakUnboundedSender<Output>);

impl WeakTold {
    /// A line.
    pub(crate) fn line(&self, stream: Stream, text: &str) {
        if let Some(sender) = self.0.upgrade() {
            Told(sender).line(stream, text);
        }
    }
}

impl Told {
    /// Starts sending. The task ends once all has been sent that came in until the last sender was dropped.
    pub(crate) fn start(service: &Service) -> (Self, JoinHandle<()>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let task = service.handle.spawn(send_all(service.clone(), receiver));
        (Self(sender), task)
    }

    /// For those who may outlive the step.
    pub(crate) fn downgrade(&self) -> WeakTold {
        WeakTold(self.0.downgrade())
    }

    /// An event.
    pub(crate) fn progress(&self, progress: Progress) {
        // When nobody takes it any more, nobody wants it.
        drop(self.0.send(Output::Progress(progress)));
    }

    /// A line.
    pub(crate) fn line(&self, stream: Stream, text: &str) {
        let text = text.get(..text.floor_char_boundary(LINE)).unwrap_or(text).to_owned();
        drop(self.0.send(Output::Line(LogLine { stream, text })));
    }

    /// Lines of the engine's words.
    pub(crate) fn lines(&self, text: &str) {
        text.lines().for_each(|line| self.line(Stream::Engine, line));
    }

    /// Diagnostics, for programs and for people.
    pub(crate) fn diagnostics(&self, diagnostics: &Diagnostics, sources: &SourceMap) {
        let options = fw_diag::render::Options { width: None, color: false };
        for diagnostic in diagnostics.iter() {
            self.progress(event(diagnostic, sources));
            self.lines(&fw_diag::render::text(diagnostic, sources, options));
        }
    }

    /// Takes lines of text as a writer.
    pub(crate) fn writer(&self) -> fw_views::live::Output {
        Arc::new(Mutex::new(Lines { told: self.clone(), begun: Vec::new() }))
    }
}

fn event(diagnostic: &Diagnostic, sources: &SourceMap) -> Progress {
    let place = diagnostic.subject.map(|span| {
        let file = sources.file(span.file);
        let position = file.position(span.start);
        format!("{}:{},{}", file.name, position.line, position.column)
    });
    Progress::Diagnostic {
        severity: match diagnostic.severity {
            Severity::Error => fw_run::Severity::Error,
            Severity::Warning => fw_run::Severity::Warning,
        },
        summary: diagnostic.summary.clone(),
        detail: diagnostic.detail.clone(),
        address: diagnostic.address.clone(),
        place,
    }
}

async fn send_all(service: Service, mut receiver: mpsc::UnboundedReceiver<Output>) {
    let mut batch = Vec::new();
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        if batch.len() < BATCH {
            tokio::time::sleep(GATHER).await;
            while batch.len() < BATCH
                && let Ok(more) = receiver.try_recv()
            {
                batch.push(more);
            }
        }
        // Output that can't be sent is lost: it must not hold up the work.
        drop(service.insist(|| service.control.emit(&service.ticket, batch.clone())).await);
        batch.clear();
    }
}

/// Cuts what is written into lines.
struct Lines {
    told: Told,
    begun: Vec<u8>,
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.begun.extend_from_slice(bytes);
        while let Some(end) = self.begun.iter().position(|&byte| byte == b'\n') {
            let rest = self.begun.split_off(end + 1);
            let line = std::mem::replace(&mut self.begun, rest);
            self.told.line(Stream::Engine, String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
