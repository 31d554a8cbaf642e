//! Following runs: what has happened so far, then what happens, until the run is over. The same for server-sent events, for
//! WebSockets, and for those who only want what there is.

use std::collections::VecDeque;
use std::time::Duration;

use fw_database::Signal;
use fw_database::run_views;
use fw_run::{Entry, OutputEntry, RunId};
use tokio::sync::broadcast;

use crate::ApiError;
use crate::app::App;

/// How many entries are read at a time.
const CHUNK: u32 = 500;
/// Signals may be lost: this is how long that goes unnoticed.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Something a run has told.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    Entry(Entry),
    Output(OutputEntry),
}

/// A place in what a run has told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) seq: u64,
    pub(crate) position: u64,
}

impl Place {
    /// As in the ids of server-sent events: `12.340`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (seq, position) = text.split_once('.')?;
        Some(Self { seq: seq.parse().ok()?, position: position.parse().ok()? })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.seq, self.position)
    }
}

/// Follows one run.
pub(crate) struct Follower {
    app: App,
    run: RunId,
    place: Place,
    signals: broadcast::Receiver<Signal>,
    ready: VecDeque<(Place, Told)>,
    finished: bool,
}

impl Follower {
    pub(crate) fn new(app: &App, run: RunId, place: Place) -> Self {
        let signals = app.database.subscribe();
        Self { app: app.clone(), run, place, signals, ready: VecDeque::new(), finished: false }
    }

    /// Where it looks.
    pub(crate) const fn app(&self) -> &App {
        &self.app
    }

    /// What there is, without waiting; nothing when all of it was given.
    pub(crate) async fn ready(&mut self) -> Result<Option<(Place, Told)>, ApiError> {
        if self.ready.is_empty() {
            self.fill().await?;
        }
        Ok(self.ready.pop_front())
    }

    /// What comes next; nothing once the run is over.
    pub(crate) async fn next(&mut self) -> Result<Option<(Place, Told)>, ApiError> {
        loop {
            if let Some(told) = self.ready().await? {
                return Ok(Some(told));
            }
            if self.finished {
                return Ok(None);
            }
            self.wait().await;
        }
    }

    /// Waits until the run may have told more.
    async fn wait(&mut self) {
        let run = self.run;
        let signals = &mut self.signals;
        let heard = async {
            loop {
                match signals.recv().await {
                    Ok(Signal::Run(told)) if told == run => return,
                    Ok(_) => {}
                    Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        // Both outcomes mean the same.
        drop(tokio::time::timeout(LOOK_AGAIN, heard).await);
    }

    async fn fill(&mut self) -> Result<(), ApiError> {
        let (entries, output): (Vec<Entry>, Vec<OutputEntry>) = self
            .app
            .read((self.run, self.place), |tx, (run, place)| {
                Box::pin(async move {
                    let entries = run_views::entries(tx, run, place.seq, CHUNK).await?;
                    let output = run_views::output(tx, run, place.position, CHUNK).await?;
                    Ok((entries, output))
                })
            })
            .await?;
        let mut entries = entries.into_iter().peekable();
        let mut output = output.into_iter().peekable();
        loop {
            // A run's end comes after what its steps gave out, whatever the clocks said.
            let last = |entry: &Entry| matches!(entry.event, fw_run::Event::Finished { .. });
            let takes_output = match (entries.peek(), output.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => false,
                (None, Some(_)) => true,
                (Some(entry), Some(line)) => line.at < entry.at || last(entry),
            };
            let told = if takes_output {
                let Some(line) = output.next() else { return Ok(()) };
                self.place.position = line.position;
                Told::Output(line)
            } else {
                let Some(entry) = entries.next() else { return Ok(()) };
                self.place.seq = entry.seq;
                self.finished |= last(&entry);
                Told::Entry(entry)
            };
            self.ready.push_back((self.place, told));
        }
    }
}
