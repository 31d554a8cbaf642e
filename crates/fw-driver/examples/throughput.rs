//! How many steps a second the embedded engine does with every commit synced, and how long it takes to start with many
//! open runs: `throughput [RUNS] [STEPS] [WORKERS] [OPEN_RUNS] [DIRECTORY]`.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use fw_database::runs::NewRun;
use fw_database::{Database, DatabaseError, Options, args};
use fw_driver::{Embedded, EmbeddedOptions, LeaseOptions, LocalControl, NoEngine, Runs, new_run_id, new_worker_id};
use fw_objects::Objects;
use fw_run::{
    AccountId, Actor, Control, Digest, Finish, LabelSet, LockMode, Outcome, PlanOptions, Purpose, Recipe, RunDef,
    RunInput, Settings, Source, SourceFormat, StackId, StepId, StepKind, StepReport, WorkerInfo,
};
use uuid::Uuid;

type Failure = Box<dyn std::error::Error>;

fn definition(steps: u16, stack: u128) -> RunDef {
    let source = Source { object: Digest::of(b""), format: SourceFormat::Files, directory: String::new() };
    let input = RunInput { source, variables: None, lock_file: None, settings: Settings::default() };
    let recipe = Recipe {
        account: AccountId::new(Uuid::from_u128(1)),
        stack: StackId::new(Uuid::from_u128(stack)),
        purpose: Purpose::Plan,
        input,
        plan: PlanOptions::default(),
        labels: LabelSet::default(),
        priority: 0,
    };
    let mut run = recipe.plan_only();
    let template = run.steps.remove(0);
    run.lock = LockMode::Exclusive;
    run.steps = (0..steps)
        .map(|number| {
            let mut step = template.clone();
            step.name = format!("step {number}");
            step.kind = StepKind::Validate;
            step.needs = number.checked_sub(1).map(StepId).into_iter().collect();
            step
        })
        .collect();
    run
}

async fn create(runs: &Runs, count: u64, steps: u16) {
    let one = |number: u64| {
        let new = NewRun {
            id: new_run_id(),
            definition: definition(steps, u128::from(number)),
            by: Actor::System,
            key: None,
            bound: None,
        };
        async move { runs.create(new).await.map(|_run| ()) }
    };
    let made = futures::stream::iter(0..count).map(one).buffer_unordered(64);
    made.for_each(|made| {
        made.expect("the run is made");
        std::future::ready(())
    })
    .await;
}

async fn work(control: Arc<LocalControl>) -> u64 {
    let worker = WorkerInfo {
        id: new_worker_id(),
        name: "bench".to_owned(),
        labels: LabelSet::default(),
        version: String::new(),
        slots: 1,
        account: None,
    };
    let mut done = 0;
    while let Ok(Some(assignment)) = control.next(&worker, Duration::from_secs(600)).await {
        let outcome = Outcome::Done { report: StepReport::Empty };
        if control.finish(&assignment.ticket, Finish { outcome, state: None }).await.is_ok() {
            done += 1;
        }
    }
    done
}

async fn open_runs(database: &Database) -> Result<i64, DatabaseError> {
    let sql = "SELECT count(*) FROM runs WHERE finished_at IS NULL";
    let row = database.read(sql, |tx, sql| Box::pin(tx.row(sql, args![]))).await?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Does all runs with so many workers, and says how long it took.
async fn measure(place: &std::path::Path, runs: u64, steps: u16, workers: usize) -> Result<Duration, Failure> {
    let address = format!("sqlite:{}", place.join(format!("{runs}-{workers}.db")).display());
    let database = Database::open(&address, Options::default()).await?;
    let engine = Embedded::start(database.clone(), EmbeddedOptions::default()).await?;
    let control = Arc::new(LocalControl::new(database.clone(), Objects::memory(), LeaseOptions::default()));
    let started = Instant::now();
    create(&Runs::new(database.clone(), Arc::new(NoEngine)), runs, steps).await;
    let hands: Vec<_> = (0..workers).map(|_| tokio::spawn(work(Arc::clone(&control)))).collect();
    while open_runs(&database).await? > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let took = started.elapsed();
    control.close();
    for hand in hands {
        hand.await?;
    }
    engine.stop().await;
    database.close().await;
    Ok(took)
}

async fn recovery(place: &std::path::Path, open: u64) -> Result<Duration, Failure> {
    let address = format!("sqlite:{}", place.join("open.db").display());
    let database = Database::open(&address, Options::default()).await?;
    create(&Runs::new(database.clone(), Arc::new(NoEngine)), open, 3).await;
    let control = Arc::new(LocalControl::new(database.clone(), Objects::memory(), LeaseOptions::default()));
    let worker = |_| WorkerInfo {
        id: new_worker_id(),
        name: "bench".to_owned(),
        labels: LabelSet::default(),
        version: String::new(),
        slots: 1,
        account: None,
    };
    for worker in (0..open / 10).map(worker) {
        control.next(&worker, Duration::ZERO).await?;
    }
    database.close().await;
    let started = Instant::now();
    let database = Database::open(&address, Options::default()).await?;
    let engine = Embedded::start(database.clone(), EmbeddedOptions::default()).await?;
    let control = LocalControl::new(database.clone(), Objects::memory(), LeaseOptions::default());
    control.next(&worker(0), Duration::from_secs(60)).await?;
    let took = started.elapsed();
    engine.stop().await;
    database.close().await;
    Ok(took)
}

/// The median of what the disk takes for a small write that is synced: the floor of a commit.
fn sync(place: &Path) -> Result<Duration, Failure> {
    let mut file = File::create(place.join("sync"))?;
    let mut times = Vec::new();
    for _ in 0..101 {
        let started = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    times.get(50).copied().ok_or_else(|| "nothing was written".into())
}

#[expect(clippy::print_stdout, reason = "what it is for")]
#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise: u64| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (runs, steps, workers, open) = (number(200), number(8), number(16), number(10_000));
    let steps = u16::try_from(steps)?;
    let directory = match arguments.next() {
        Some(place) => tempfile::tempdir_in(place)?,
        None => tempfile::tempdir()?,
    };
    let place = directory.path();
    println!(
        "a write of 4 kB and its sync, which a commit has at least one of: {:.2} ms",
        sync(place)?.as_secs_f64() * 1000.0
    );
    let one = measure(place, 1, steps, 1).await?;
    println!("1 run of {steps} steps: {:.2} ms a step", one.as_secs_f64() * 1000.0 / f64::from(steps));
    let many = measure(place, runs, steps, usize::try_from(workers)?).await?;
    let count = f64::from(u32::try_from(runs)?) * f64::from(steps);
    println!("{runs} runs of {steps} steps, {workers} workers: {:.0} steps/s", count / many.as_secs_f64());
    let recovered = recovery(place, open).await?;
    println!("{open} open runs, a tenth of them at work: recovered in {recovered:.2?}");
    Ok(())
}
