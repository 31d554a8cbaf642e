//! Writes the journal. What is to be written while the service stores something goes together with the next.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use fw_apply::{End, Intent, Recorder, Resume, Work};
use fw_run::{JournalWrite, OpAction, OpKey, Payload, Recovery};
use fw_state::Change;
use fw_value::Value;
use tokio::sync::{mpsc, oneshot};

use crate::service::Service;

/// What is longer becomes an object of its own.
const INLINE: usize = 64 * 1024;
/// How many lines are written at a time.
const BATCH: usize = 256;

struct Request {
    writes: Vec<JournalWrite>,
    done: oneshot::Sender<Result<(), String>>,
}

/// Where lines of the journal go.
#[derive(Clone)]
pub(crate) struct Journal {
    sender: mpsc::UnboundedSender<Request>,
    position: Arc<AtomicU64>,
}

impl Journal {
    /// Starts writing after a place in the journal.
    pub(crate) fn start(service: &Service, position: u64) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let position = Arc::new(AtomicU64::new(position));
        service.handle.spawn(write_all(service.clone(), receiver, Arc::clone(&position)));
        Self { sender, position }
    }

    /// The place of the last line.
    pub(crate) fn position(&self) -> u64 {
        self.position.load(Ordering::SeqCst)
    }

    /// Returns once the lines will survive a crash.
    pub(crate) async fn write(&self, writes: Vec<JournalWrite>) -> Result<(), String> {
        let (done, written) = oneshot::channel();
        let gone = || "the journal is closed".to_owned();
        self.sender.send(Request { writes, done }).map_err(|_closed| gone())?;
        written.await.unwrap_or_else(|_closed| Err(gone()))
    }
}

async fn write_all(service: Service, mut receiver: mpsc::UnboundedReceiver<Request>, position: Arc<AtomicU64>) {
    let mut requests = Vec::new();
    while receiver.recv_many(&mut requests, BATCH).await > 0 {
        let (writes, waiting): (Vec<_>, Vec<_>) = requests.drain(..).map(|r| (r.writes, r.done)).unzip();
        let result = write(&service, writes.concat()).await;
        if let Ok(last) = &result {
            position.store(*last, Ordering::SeqCst);
        }
        for done in waiting {
            // Who was aborted waits no more.
            drop(done.send(result.as_ref().map(|_| ()).map_err(Clone::clone)));
        }
    }
}

async fn write(service: &Service, mut writes: Vec<JournalWrite>) -> Result<u64, String> {
    for write in &mut writes {
        let JournalWrite::Change { change, .. } = write else { continue };
        if let Payload::Inline(text) = change
            && text.len() > INLINE
        {
            let content = bytes::Bytes::from(std::mem::take(text));
            let stored = service.insist(|| service.control.put_object(&service.ticket, content.clone())).await;
            *change = Payload::Object(stored.map_err(|error| error.to_string())?);
        }
    }
    let written = service.insist(|| service.control.write_journal(&service.ticket, writes.clone())).await;
    written.map_err(|error| error.to_string())
}

/// The engine's recorder over the journal.
pub(crate) struct Recording {
    pub(crate) journal: Journal,
    pub(crate) resume: Option<Resume>,
}

fn inline(change: &Change) -> Result<Payload, String> {
    change.to_json().map(Payload::Inline).map_err(|error| error.to_string())
}

/// How to find an object by its identity, as JSON.
fn lookup(identity: &Value) -> Recovery {
    fw_value::json::marshal(identity, identity.ty()).map_or(Recovery::None, Recovery::Lookup)
}

fn intended(intent: &Intent<'_>) -> fw_run::Intent {
    let builtin = intent.provider.provider.is_builtin();
    let (action, recovery) = match intent.work {
        Work::Create if builtin => (OpAction::Create, Recovery::Repeat),
        Work::Create => (OpAction::Create, intent.identity.map_or(Recovery::None, lookup)),
        Work::Update => (OpAction::Update, Recovery::Refresh),
        Work::Delete => (OpAction::Delete, Recovery::Refresh),
        Work::Provision => (OpAction::Provision, Recovery::Refresh),
    };
    fw_run::Intent {
        op: OpKey(intent.operation.to_owned()),
        action,
        address: intent.address.to_string(),
        resource_type: intent.address.resource.kind.to_string(),
        provider: intent.provider.provider.to_string(),
        recovery,
        detail: intent.deposed.map(|key| Payload::Inline(key.as_str().to_owned())),
    }
}

#[async_trait(?Send)]
impl Recorder for Recording {
    async fn intend(&self, intent: &Intent<'_>) -> Result<(), String> {
        self.journal.write(vec![JournalWrite::Intent(intended(intent))]).await
    }

    async fn record(&self, change: &Change, end: Option<&End<'_>>) -> Result<(), String> {
        let op = end.map(|end| OpKey(end.operation.to_owned()));
        let failed = end.is_some_and(|end| end.failed);
        let change =
            JournalWrite::Change { op: op.clone(), completes: end.is_some() && !failed, change: inline(change)? };
        let mut writes = vec![change];
        // What has failed is over, too; that it has left something behind is seen by the two lines.
        writes.extend(op.filter(|_| failed).map(|op| JournalWrite::Void { op }));
        self.journal.write(writes).await
    }

    async fn settle(&self, end: &End<'_>) -> Result<(), String> {
        self.journal.write(vec![JournalWrite::Void { op: OpKey(end.operation.to_owned()) }]).await
    }

    fn resume(&self) -> Option<&Resume> {
        self.resume.as_ref()
    }
}
