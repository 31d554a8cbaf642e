//! The one task that writes to SQLite. It takes the jobs that wait, runs them in one transaction, commits with one sync, and
//! only then answers. If one of them fails, the transaction is undone and each is run again alone: that is rare, and cheaper
//! than a savepoint for each.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection as _};
use tokio::sync::{broadcast, mpsc, oneshot};

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

/// The way to the task.
#[derive(Clone)]
pub(crate) struct Writer(mpsc::Sender<Message>);

impl Writer {
    /// Opens the connection and starts the task. It ends with the last writer.
    pub(crate) async fn start(options: SqliteConnectOptions, signals: broadcast::Sender<Signal>) -> Result<Self> {
        let connection = options.connect().await.map_err(DatabaseError::Open)?;
        let (sender, receiver) = mpsc::channel(QUEUE);
        let actor = Actor {
            options,
            tx: Some(Tx::new(Connection::Sqlite(Box::new(connection)))),
            receiver,
            signals,
            closing: None,
        };
        drop(tokio::spawn(actor.run()));
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
    options: SqliteConnectOptions,
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
                return self.close(done).await;
            }
        }
    }

    async fn close(mut self, done: oneshot::Sender<()>) {
        if let Some(Connection::Sqlite(connection)) = self.tx.take().map(Tx::into_connection) {
            // Nothing is lost if it fails: all commits are synced.
            let _closed: Result<(), _> = connection.close().await;
        }
        let _gone: Result<(), _> = done.send(());
    }

    /// Runs this job and those that come meanwhile, in one transaction.
    async fn batch(&mut self, first: Job) {
        let mut tx = match self.tx.take() {
            Some(tx) => tx,
            None => match self.options.connect().await {
                Ok(connection) => Tx::new(Connection::Sqlite(Box::new(connection))),
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
            jobs.into_iter().for_each(Job::finish);
            for signal in tx.take_signals() {
                // Nobody listens: fine.
                let _heard: Result<usize, _> = self.signals.send(signal);
            }
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
