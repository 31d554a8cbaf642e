//! The one thread that writes to SQLite. It takes the jobs that wait, runs them in one transaction, commits with one sync, and
//! only then answers. If one of them fails, the transaction is undone and each is run again alone: that is rare, and cheaper
//! than a savepoint for each.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::sqlite::Sqlite;
use crate::tx::Connection;
use crate::{DatabaseError, Result, Signal, Tx};

/// How many jobs share a commit at most.
const BATCH: usize = 128;
/// How many jobs may wait before those who come have to.
const QUEUE: usize = 4096;

type Run = Box<dyn for<'t> FnMut(&'t mut Tx) -> BoxFuture<'t, bool> + Send>;
type Answer = Box<dyn FnOnce(End) + Send>;

enum End {
    /// The transaction is over; the answer is what the job returned.
    Finished,
    /// Another transaction was in the way.
    Conflict,
    Failed(DatabaseError),
}

/// A job with its result, its types hidden.
pub(crate) struct Job {
    run: Run,
    answer: Answer,
}

impl Job {
    /// The answer is nothing if the job has to be run again, and is dropped if the database is gone.
    pub(crate) fn new<A, T, E, F>(arguments: A, job: F) -> (Self, oneshot::Receiver<Option<Result<T, E>>>)
    where
        A: Clone + Send + 'static,
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
        F: for<'t> Fn(&'t mut Tx, A) -> BoxFuture<'t, Result<T, E>> + Clone + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let slot = std::sync::Arc::new(std::sync::Mutex::new(None));
        let filled = std::sync::Arc::clone(&slot);
        let run: Run = Box::new(move |tx| {
            let (filled, job, arguments) = (std::sync::Arc::clone(&filled), job.clone(), arguments.clone());
            Box::pin(async move {
                let ran = AssertUnwindSafe(job(tx, arguments)).catch_unwind().await;
                let result = ran.unwrap_or_else(|_panic| Err(DatabaseError::Panicked.into()));
                let succeeded = result.is_ok();
                *filled.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(result);
                succeeded
            })
        });
        let answer_with: Answer = Box::new(move |end| {
            let result = slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            let said = match end {
                End::Finished => Some(result.unwrap_or_else(|| Err(DatabaseError::Unavailable(None).into()))),
                End::Conflict => None,
                End::Failed(error) => Some(Err(error.into())),
            };
            // Who asked may have gone away.
            let _gone: Result<(), _> = reply.send(said);
        });
        (Self { run, answer: answer_with }, answer)
    }

    /// Runs it and tells whether what it did may be committed.
    pub(crate) async fn run(&mut self, tx: &mut Tx) -> bool {
        (self.run)(tx).await
    }

    /// Gives the answer.
    pub(crate) fn finish(self) {
        (self.answer)(End::Finished);
    }

    /// Asks for another try.
    pub(crate) fn conflict(self) {
        (self.answer)(End::Conflict);
    }

    fn fail(self, error: DatabaseError) {
        (self.answer)(End::Failed(error));
    }
}

enum Message {
    Job(Job),
    Close(oneshot::Sender<()>),
}

/// The way to the thread.
#[derive(Clone)]
pub(crate) struct Writer(mpsc::Sender<Message>);

impl Writer {
    /// Opens the file and starts the thread. It ends with the last writer.
    pub(crate) async fn start(path: PathBuf, patience: Duration, signals: broadcast::Sender<Signal>) -> Result<Self> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let (opened, opens) = oneshot::channel();
        let runtime = Handle::current();
        let work = move || {
            let mut actor = Actor { path, patience, tx: None, receiver, signals, closing: None };
            let ready = actor.open().map(|tx| actor.tx = Some(tx)).map_err(DatabaseError::open);
            let open = ready.is_ok();
            if opened.send(ready).is_ok() && open {
                runtime.block_on(actor.run());
            }
        };
        std::thread::Builder::new().name("database".to_owned()).spawn(work).map_err(DatabaseError::open)?;
        opens.await.map_err(|_gone| DatabaseError::Unavailable(None))??;
        Ok(Self(sender))
    }

    pub(crate) async fn submit(&self, job: Job) -> Result<()> {
        self.0.send(Message::Job(job)).await.map_err(|_closed| DatabaseError::Unavailable(None))
    }

    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.0.send(Message::Close(done)).await.is_ok() {
            let _gone: Result<(), _> = closed.await;
        }
    }
}

struct Actor {
    path: PathBuf,
    patience: Duration,
    /// Nothing after the connection has failed; it is opened again for the next job.
    tx: Option<Tx>,
    receiver: mpsc::Receiver<Message>,
    signals: broadcast::Sender<Signal>,
    /// Who has asked for the end while a transaction was under way.
    closing: Option<oneshot::Sender<()>>,
}

impl Actor {
    async fn run(mut self) {
        while let Some(message) = self.receiver.recv().await {
            match message {
                Message::Job(job) => self.batch(job).await,
                Message::Close(done) => self.closing = Some(done),
            }
            if let Some(done) = self.closing.take() {
                return self.close(done);
            }
        }
    }

    fn open(&self) -> rusqlite::Result<Tx> {
        Sqlite::writer(&self.path, self.patience).map(Connection::Sqlite).map(Tx::new)
    }

    fn close(mut self, done: oneshot::Sender<()>) {
        if let Some(Connection::Sqlite(connection)) = self.tx.take().map(Tx::into_connection) {
            connection.close();
        }
        let _gone: Result<(), _> = done.send(());
    }

    /// Runs this job and those that come meanwhile, in one transaction.
    async fn batch(&mut self, first: Job) {
        let mut tx = match self.tx.take() {
            Some(tx) => tx,
            None => match self.open() {
                Ok(tx) => tx,
                Err(error) => return first.fail(error.into()),
            },
        };
        if let Err(error) = tx.script("BEGIN IMMEDIATE").await {
            // It is opened anew for the next one.
            return first.fail(error);
        }
        let (mut jobs, mut next, mut good) = (Vec::new(), Some(first), true);
        while let Some(mut job) = next.take() {
            good = job.run(&mut tx).await;
            jobs.push(job);
            if good && jobs.len() < BATCH {
                next = self.waiting();
            }
        }
        if !good && jobs.len() > 1 {
            if tx.script("ROLLBACK").await.is_err() {
                return fail_all(jobs);
            }
            tx.truncate_signals(0);
            return self.one_by_one(tx, jobs).await;
        }
        if self.end(&mut tx, jobs, good).await {
            self.tx = Some(tx);
        }
    }

    async fn one_by_one(&mut self, mut tx: Tx, jobs: Vec<Job>) {
        let mut jobs = jobs.into_iter();
        for mut job in jobs.by_ref() {
            if let Err(error) = tx.script("BEGIN IMMEDIATE").await {
                job.fail(error);
                return fail_all(jobs.collect());
            }
            let good = job.run(&mut tx).await;
            if !self.end(&mut tx, vec![job], good).await {
                return fail_all(jobs.collect());
            }
        }
        self.tx = Some(tx);
    }

    fn waiting(&mut self) -> Option<Job> {
        match self.receiver.try_recv() {
            Ok(Message::Job(job)) => Some(job),
            Ok(Message::Close(sender)) => {
                self.closing = Some(sender);
                None
            }
            Err(_) => None,
        }
    }

    /// Ends a transaction and answers. Returns whether the connection can be used again.
    async fn end(&self, tx: &mut Tx, jobs: Vec<Job>, good: bool) -> bool {
        if !good {
            tx.truncate_signals(0);
            let undone = tx.script("ROLLBACK").await;
            jobs.into_iter().for_each(Job::finish);
            return undone.is_ok();
        }
        if tx.script("COMMIT").await.is_ok() {
            for signal in tx.take_signals() {
                // Nobody listens: fine.
                let _heard: Result<usize, _> = self.signals.send(signal);
            }
            jobs.into_iter().for_each(Job::finish);
            return true;
        }
        tx.truncate_signals(0);
        fail_all(jobs);
        tx.script("ROLLBACK").await.is_ok()
    }
}

/// The transaction is lost, for the disk is full or gone.
fn fail_all(jobs: Vec<Job>) {
    jobs.into_iter().for_each(|job| job.fail(DatabaseError::Unavailable(None)));
}
