//! Appends to a journal. One thread writes and syncs whatever has come together meanwhile.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;

use super::{Base, Digest, header_line, mark_line, record_line};
use crate::cipher::{MaybeCipher, seal_change};
use crate::{StoreError, files};

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
    cipher: MaybeCipher,
}

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    news: Condvar,
    durable: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    pending: Vec<u8>,
    /// How many lines have been handed in, and how many of them are on disk.
    accepted: u64,
    durable: u64,
    /// Change lines since the header.
    changes: usize,
    failed: Option<String>,
    closing: bool,
    wakers: Vec<Waker>,
}

/// A promise that a change is on disk: wait for it, or await it.
#[derive(Clone, Debug)]
pub struct Ticket {
    shared: Arc<Shared>,
    line: u64,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal {
    /// Starts a new journal; an old one at the path is gone with that.
    pub(crate) fn create(path: &Path, base: &Base, cipher: MaybeCipher) -> Result<Self, StoreError> {
        files::write_whole(path, header_line(base).as_bytes())?;
        let file = File::options().append(true).open(path).map_err(StoreError::io("open", path))?;
        let shared = Arc::new(Shared { queue: Mutex::default(), news: Condvar::new(), durable: Condvar::new() });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || write_all(&for_thread, file))
            .map_err(StoreError::io("start the writer of", path))?;
        Ok(Self { shared, thread: Some(thread), path: path.to_owned(), cipher })
    }

    /// Hands in a change; the ticket tells when it is on disk.
    pub(crate) fn append(&self, change_json: &str) -> Result<Ticket, StoreError> {
        let line = record_line(&seal_change(&self.cipher, change_json)?);
        let mut queue = self.shared.queue();
        queue.changes += 1;
        Ok(self.enqueue(queue, &line))
    }

    /// How many changes have been handed in.
    pub(crate) fn changes(&self) -> usize {
        self.shared.queue().changes
    }

    /// Notes that a state file with this content, about to be written, holds the first `changes` changes.
    pub(crate) fn mark(&self, content: Digest, changes: usize) -> Ticket {
        self.enqueue(self.shared.queue(), &mark_line(content, changes))
    }

    fn enqueue(&self, mut queue: MutexGuard<'_, Queue>, line: &str) -> Ticket {
        queue.pending.extend_from_slice(line.as_bytes());
        queue.accepted += 1;
        let line = queue.accepted;
        drop(queue);
        self.shared.news.notify_one();
        Ticket { shared: Arc::clone(&self.shared), line }
    }

    /// Syncs the rest and closes the file, which stays.
    pub(crate) fn close(&mut self) {
        self.shared.queue().closing = true;
        self.shared.news.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic of the writer has been told through `failed` or will show as a ticket that never comes true.
            drop(thread.join());
        }
    }

    /// Closes and removes the journal: the state file holds everything.
    pub(crate) fn discard(mut self) -> Result<(), StoreError> {
        self.close();
        files::remove(&self.path)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}

fn write_all(shared: &Shared, mut file: File) {
    let mut batch = Vec::new();
    loop {
        let mut queue = shared.queue();
        while queue.pending.is_empty() && !queue.closing {
            queue = shared.news.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        if queue.pending.is_empty() {
            return;
        }
        batch.clear();
        std::mem::swap(&mut batch, &mut queue.pending);
        let line = queue.accepted;
        drop(queue);
        let written = file.write_all(&batch).and_then(|()| file.sync_data());
        let mut queue = shared.queue();
        match written {
            Ok(()) => queue.durable = line,
            // What follows a torn line would not be read again, so nothing more can be promised.
            Err(error) => queue.failed = Some(error.to_string()),
        }
        let failed = queue.failed.is_some();
        let wakers = std::mem::take(&mut queue.wakers);
        drop(queue);
        shared.durable.notify_all();
        wakers.into_iter().for_each(Waker::wake);
        if failed {
            return;
        }
    }
}

impl Ticket {
    /// Blocks until the change is on disk.
    ///
    /// # Errors
    /// When the journal could not be written.
    pub fn wait(&self) -> Result<(), StoreError> {
        let mut queue = self.shared.queue();
        loop {
            if let Some(result) = self.result(&queue) {
                return result;
            }
            queue = self.shared.durable.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn result(&self, queue: &Queue) -> Option<Result<(), StoreError>> {
        if queue.durable >= self.line {
            return Some(Ok(()));
        }
        queue.failed.as_ref().map(|why| Err(StoreError::Journal(why.clone())))
    }
}

impl Future for Ticket {
    type Output = Result<(), StoreError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut queue = self.shared.queue();
        if let Some(result) = self.result(&queue) {
            return Poll::Ready(result);
        }
        queue.wakers.push(context.waker().clone());
        Poll::Pending
    }
}
