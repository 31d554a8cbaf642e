//! One attempt at a step: beats beside the work, output, and how it ends.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use fw_exec::Cancel;
use fw_run::{Assignment, Beat, Control, Failure, FailureKind, Finish, Outcome, StepKind, Time};
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use crate::execute::Executor;
use crate::output::Told;
use crate::service::{Service, SharedStanding, Standing};

/// How much before it is given up an attempt stops waiting for what runs.
const SPARE: Duration = Duration::from_secs(5);

/// What a worker that is leaving allows its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// It stays.
    No,
    /// Steps that touch nothing are given back, others go on.
    Soon,
    /// All are given back.
    Now,
}

/// Does a step and says how it ended.
pub(crate) async fn run(
    executor: Arc<Executor>,
    control: Arc<dyn Control>,
    assignment: Assignment,
    leaving: watch::Receiver<Leaving>,
) {
    let service = Service {
        control,
        ticket: assignment.ticket.clone(),
        handle: Handle::current(),
        standing: Arc::new(SharedStanding::default()),
        cancel: Arc::new(Cancel::default()),
    };
    let beats = tokio::spawn(beat(service.clone(), assignment.clone(), leaving));
    let (told, output) = Told::start(&service);
    let finish = work(executor, &service, told, assignment).await;
    // All output is out before the step is over.
    drop(output.await);
    if let Some(finish) = finish
        && service.standing.get() != Standing::Void
    {
        // What can't be said is found out by the lease's end.
        drop(service.insist(|| service.control.finish(&service.ticket, finish.clone())).await);
    }
    beats.abort();
}

/// The engine works on a thread of its own.
async fn work(executor: Arc<Executor>, service: &Service, told: Told, assignment: Assignment) -> Option<Finish> {
    let (send, receive) = oneshot::channel();
    let on_thread = service.clone();
    let thread = std::thread::Builder::new().name(format!("step {}", assignment.name)).spawn(move || {
        let finish = executor.execute(&on_thread, &told, &assignment);
        // Nobody waits when the runtime ends.
        drop(send.send(finish));
    });
    match (thread, receive.await) {
        (Ok(_), Ok(finish)) => finish,
        (Ok(_), Err(_)) => Some(defect("The engine has stopped unexpectedly. This is a defect of Formwork.")),
        (Err(error), _) => Some(defect(&format!("There is no thread for the step: {error}."))),
    }
}

fn defect(message: &str) -> Finish {
    let failure =
        Failure { kind: FailureKind::Internal, message: message.to_owned(), diagnostics: None, retryable: false };
    Finish { outcome: Outcome::Failed { failure }, state: None }
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn until(time: Time) -> Duration {
    (time - now()).duration()
}

/// Keeps the lease, and hears whether to go on.
async fn beat(service: Service, assignment: Assignment, mut leaving: watch::Receiver<Leaving>) {
    let every = assignment.beat_every.duration().max(Duration::from_millis(10));
    let mut lease_until = assignment.lease_until;
    let mut stop_by: Option<Time> = None;
    // What was said before counts, too.
    leaving.mark_changed();
    let touches_nothing = !matches!(assignment.kind, StepKind::Apply);
    loop {
        let wait = stop_by.map_or(every, |by| every.min(until(by).saturating_sub(SPARE)));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            changed = leaving.changed() => {
                let gives_back = match *leaving.borrow() {
                    Leaving::No => false,
                    Leaving::Soon => touches_nothing,
                    Leaving::Now => true,
                };
                if changed.is_ok() && gives_back && service.standing.get() == Standing::Good {
                    service.standing.worsen(Standing::Leaving);
                    service.stop();
                }
                if changed.is_err() {
                    // Nobody is left to say more.
                    tokio::time::sleep(wait).await;
                }
            }
        }
        if stop_by.is_some_and(|by| until(by) <= SPARE) && service.standing.get() == Standing::Cancelled {
            // Who does not end by itself is not waited for; what it has done so far is kept.
            service.cancel.cancel();
            stop_by = None;
        }
        match service.control.beat(&service.ticket).await {
            Ok(Beat::Alive { lease_until: renewed }) => lease_until = renewed,
            Ok(Beat::Cancel { until }) => {
                if service.standing.get() < Standing::Cancelled {
                    service.standing.worsen(Standing::Cancelled);
                    service.stop();
                    stop_by = Some(until);
                }
            }
            Ok(Beat::Gone) => return service.void(),
            // Without a lease nothing may go on. The journal would refuse it anyway, only later.
            Err(_) if now() > lease_until => return service.void(),
            Err(_) => {}
        }
    }
}
