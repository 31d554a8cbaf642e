//! The worker: slots that take steps and do them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use fw_run::{Control, WorkerId, WorkerInfo};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::WorkerOptions;
use crate::attempt::{self, Leaving};
use crate::directories::Directories;
use crate::execute::Executor;
use crate::spares::Spares;
use crate::stock::Stock;

/// Why a worker can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its directory.
    #[error("the worker's directory cannot be used")]
    Directory(#[source] std::io::Error),
    /// Its threads.
    #[error("the worker's threads cannot be started")]
    Threads(#[source] std::io::Error),
}

/// How long a slot that is not needed waits in vain before it ends, in waits.
const IDLE_WAITS: u32 = 2;
/// How often it is looked after providers that nobody wants.
const SWEEP: Duration = Duration::from_secs(30);
/// How long it is paused when the service is not there; each time longer, up to the last one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// A running worker.
pub struct Worker {
    shared: Arc<Shared>,
    ended: watch::Receiver<u32>,
    sweeping: JoinHandle<()>,
}

struct Shared {
    control: Arc<dyn Control>,
    info: WorkerInfo,
    executor: Arc<Executor>,
    handle: Handle,
    leaving: watch::Sender<Leaving>,
    /// Slots that exist, and those of them that wait for a step.
    slots: watch::Sender<u32>,
    waiting: AtomicU32,
    busy: AtomicU32,
}

impl Worker {
    /// Starts a worker on the runtime it is called on.
    ///
    /// # Errors
    /// When its directory can't be used or there are no threads.
    pub fn start(control: Arc<dyn Control>, options: WorkerOptions) -> Result<Self, StartError> {
        let id = WorkerId::new(uuid::Uuid::new_v4());
        let stacks = options.directory.join("stacks");
        let directories = Directories::new(&stacks, id).map_err(StartError::Directory)?;
        let runtime = fw_ops::Runtime::start().map_err(StartError::Threads)?;
        let info = WorkerInfo {
            id,
            name: options.name.clone(),
            labels: options.labels.clone(),
            version: options.version.clone(),
            slots: options.slots.most.max(1),
            account: None,
        };
        let least = options.slots.least.max(1);
        let (slots, ended) = watch::channel(0);
        let shared = Arc::new(Shared {
            control,
            info,
            executor: Arc::new(Executor {
                directories,
                stock: Stock::default(),
                spares: Spares::new(options.spares),
                runtime,
                options,
            }),
            handle: Handle::current(),
            leaving: watch::Sender::new(Leaving::No),
            slots,
            waiting: AtomicU32::new(0),
            busy: AtomicU32::new(0),
        });
        (0..least).for_each(|_| shared.add_slot());
        let sweeping = shared.handle.spawn(sweep(Arc::clone(&shared.executor), shared.leaving.subscribe()));
        Ok(Self { shared, ended, sweeping })
    }

    /// Who it is.
    #[must_use]
    pub fn info(&self) -> &WorkerInfo {
        &self.shared.info
    }

    /// How many steps it is doing.
    #[must_use]
    pub fn busy(&self) -> u32 {
        self.shared.busy.load(Ordering::SeqCst)
    }

    /// Takes no more steps. Plans are given back at once; applies may go on for so long, then they are given back, too,
    /// each after the operations that run. Returns when all is over.
    pub async fn shutdown(mut self, grace: Duration) {
        self.shared.leaving.send_replace(Leaving::Soon);
        if tokio::time::timeout(grace, self.ended.wait_for(|slots| *slots == 0)).await.is_err() {
            self.shared.leaving.send_replace(Leaving::Now);
            drop(self.ended.wait_for(|slots| *slots == 0).await);
        }
        drop(self.sweeping.await);
        swept(&self.shared.executor, true).await;
    }
}

/// Ends warm providers that nobody wants any more, and starts spare ones.
async fn sweep(executor: Arc<Executor>, mut leaving: watch::Receiver<Leaving>) {
    loop {
        tokio::select! {
            biased;
            _ = leaving.wait_for(|leaving| *leaving != Leaving::No) => return,
            () = executor.spares.missed() => {}
            () = tokio::time::sleep(SWEEP) => {}
        }
        swept(&executor, false).await;
    }
}

async fn swept(executor: &Arc<Executor>, all: bool) {
    let executor = Arc::clone(executor);
    // It waits for processes to start and to end.
    let done = tokio::task::spawn_blocking(move || {
        executor.stock.sweep(all, &executor.runtime);
        executor.spares.tend(all, &executor.directories, &executor.runtime);
    });
    drop(done.await);
}

impl Shared {
    fn add_slot(self: &Arc<Self>) {
        self.slots.send_modify(|slots| *slots += 1);
        let shared = Arc::clone(self);
        self.handle.spawn(async move {
            shared.slot().await;
            shared.slots.send_modify(|slots| *slots -= 1);
        });
    }

    /// Takes steps until it is not needed any more.
    async fn slot(self: &Arc<Self>) {
        let slots = self.executor.options.slots;
        let mut leaving = self.leaving.subscribe();
        let (mut idle, mut pause) = (0, FIRST_PAUSE);
        loop {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            let next = tokio::select! {
                biased;
                _ = leaving.wait_for(|leaving| *leaving != Leaving::No) => None,
                next = self.control.next(&self.info, self.executor.options.wait) => Some(next),
            };
            let others = self.waiting.fetch_sub(1, Ordering::SeqCst) - 1;
            if matches!(next, Some(Ok(_))) {
                pause = FIRST_PAUSE;
            }
            match next {
                None => return,
                Some(Ok(Some(assignment))) => {
                    idle = 0;
                    // Somebody has to wait for the next one.
                    if others == 0 && *self.slots.borrow() < slots.most {
                        self.add_slot();
                    }
                    self.busy.fetch_add(1, Ordering::SeqCst);
                    let (executor, control) = (Arc::clone(&self.executor), Arc::clone(&self.control));
                    attempt::run(executor, control, assignment, self.leaving.subscribe()).await;
                    self.busy.fetch_sub(1, Ordering::SeqCst);
                }
                Some(Ok(None)) => {
                    idle += 1;
                    if idle >= IDLE_WAITS && others > 0 && *self.slots.borrow() > slots.least.max(1) {
                        return;
                    }
                }
                Some(Err(_away)) => {
                    self.pause(pause).await;
                    pause = (pause * 2).min(LAST_PAUSE);
                }
            }
        }
    }

    /// Waits for half the time to all of it: workers that were cut off together do not come back all at once.
    async fn pause(&self, longest: Duration) {
        let mut leaving = self.leaving.subscribe();
        let gone = leaving.wait_for(|leaving| *leaving != Leaving::No);
        let chance = f64::from(u32::from(uuid::Uuid::new_v4().as_bytes()[0])) / 255.0;
        drop(tokio::time::timeout(longest.mul_f64((1.0 + chance) / 2.0), gone).await);
    }
}
