//! The invariants of runs, checked in the database of a service: those of each run by the checker of the machine's own tests,
//! and those between runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use fw_database::{Database, DatabaseError, Options, args, run_views, runs};
use fw_run::{Entry, Event, Run, RunId, RunStatus, StepKind, StepReport, Time};

use crate::checker;

pub(crate) async fn open(address: &str) -> Database {
    Database::open(address, Options::default()).await.expect("the database is there")
}

async fn count(database: &Database, sql: &'static str) -> i64 {
    let row = database.read((), |tx, ()| Box::pin(tx.row(sql, args![]))).await;
    row.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")).expect("a row").int(0).expect("a number")
}

/// How many runs are not over.
pub(crate) async fn open_runs(database: &Database) -> i64 {
    count(database, "SELECT count(*) FROM runs WHERE finished_at IS NULL").await
}

/// I2: every run comes to its end without help.
pub(crate) async fn until_all_is_over(database: &Database, patience: Duration) {
    let started = Instant::now();
    while open_runs(database).await > 0 {
        if started.elapsed() > patience {
            let sql = "SELECT id, status, state FROM runs WHERE finished_at IS NULL LIMIT 5";
            let rows = database.read((), |tx, ()| Box::pin(tx.rows(sql, args![]))).await;
            let rows = rows.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
            let told: Vec<_> = rows.iter().map(|row| (row.text(0), row.text(1), row.text(2))).collect();
            panic!("I2: runs that do not end: {told:#?}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Checks everything, once all runs are over.
pub(crate) async fn check(database: &Database) {
    let rows = database.read((), |tx, ()| Box::pin(tx.rows("SELECT id FROM runs ORDER BY id", args![]))).await;
    let rows = rows.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    let (mut holders, mut statuses) = (BTreeMap::new(), BTreeMap::<_, u32>::new());
    let mut lost = 0;
    for row in &rows {
        let id: RunId = row.parse(0).expect("an id");
        let run = database.read(id, |tx, id| Box::pin(runs::run(tx, id))).await;
        let run = run.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")).expect("it is there").run;
        let log = database.read(id, |tx, id| Box::pin(run_views::entries(tx, id, 0, 100_000))).await;
        let log: Vec<Entry> = log.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
        checker::check(&run, &log);
        applied_once(&run, &log);
        for entry in &log {
            if let Event::Locked { epoch } = entry.event {
                let stack = run.definition().stack;
                holders.entry(stack).or_insert_with(Vec::new).push((epoch, entry.at, run.state().finished_at, id));
            }
        }
        *statuses.entry(run.status().as_str()).or_default() += 1;
        lost += log.iter().filter(|entry| matches!(entry.event, Event::Lost { .. })).count();
    }
    println!("{} runs: {statuses:?}; {lost} attempts were lost", rows.len());
    holders.values_mut().for_each(|held| one_at_a_time(held));
    tables(database).await;
}

/// I1: a plan is applied once, if its run has succeeded, and never twice.
fn applied_once(run: &Run, log: &[Entry]) {
    let applied =
        log.iter().filter(|entry| matches!(entry.event, Event::Done { report: StepReport::Apply { .. }, .. })).count();
    assert!(applied <= 1, "I1: applied more than once");
    let applies = run.definition().steps.iter().any(|step| matches!(step.kind, StepKind::Apply));
    let needed = run.state().plan.as_ref().is_some_and(|report| report.plan.applyable);
    if run.status() == RunStatus::Succeeded && applies && needed {
        assert_eq!(applied, 1, "I1: succeeded without an apply");
    }
}

/// I10: a stack's lock is held by one run at a time, by each once, in the order of their making.
fn one_at_a_time(held: &mut [(u64, Time, Option<Time>, RunId)]) {
    held.sort_unstable();
    for pair in held.windows(2) {
        let ((_, _, until, first), (_, from, _, second)) = (pair[0], pair[1]);
        assert!(until.is_some_and(|until| until <= from), "I10: {first} and {second} held a lock at the same time");
    }
    let order: Vec<RunId> = held.iter().map(|(_, _, _, run)| *run).collect();
    assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), order.len(), "I10: a run got the lock twice");
}

/// What holds between rows.
async fn tables(database: &Database) {
    for (nothing, what) in [
        ("SELECT count(*) FROM offers", "offers after the end"),
        ("SELECT count(*) FROM run_inbox", "messages that nobody took in"),
        ("SELECT count(*) FROM stack_heads WHERE run IS NOT NULL", "I10: a lock that nobody gave back"),
        (
            "SELECT count(*) FROM (SELECT 1 FROM journal WHERE completes = 1 GROUP BY run, op HAVING count(*) > 1) q",
            "I1: an operation was committed twice",
        ),
        (
            "SELECT count(*) FROM journal a JOIN journal b ON a.stack = b.stack AND a.position < b.position \
             AND a.epoch > b.epoch",
            "I3: a write under an old epoch",
        ),
        // A canceled run gives out no more work, so what its lost worker was doing is settled by the stack's next run.
        (
            "SELECT count(*) FROM operations o JOIN runs r ON r.id = o.run \
             WHERE o.status = 'open' AND r.status <> 'canceled'",
            "an operation whose end nobody knows",
        ),
        (
            "SELECT count(*) FROM applies a JOIN runs r ON r.id = a.run WHERE r.status NOT IN ('succeeded', 'canceled')",
            "an apply of a run that did not succeed",
        ),
        (
            "SELECT count(*) FROM state_versions v WHERE v.number > 1 AND NOT EXISTS \
             (SELECT 1 FROM state_versions w WHERE w.stack = v.stack AND w.number = v.number - 1)",
            "a gap between state versions",
        ),
        (
            "SELECT count(*) FROM (SELECT key FROM runs WHERE key IS NOT NULL GROUP BY key HAVING count(*) > 1) q",
            "I15: a tick made two runs",
        ),
    ] {
        assert_eq!(count(database, nothing).await, 0, "{what}");
    }
}

/// Every stack has had another run since something was canceled: nothing is left to settle.
pub(crate) async fn settled(database: &Database) {
    let open = "SELECT count(*) FROM operations WHERE status = 'open'";
    assert_eq!(count(database, open).await, 0, "an operation that the next run did not settle");
}

/// I14: a text is in no file below a directory.
pub(crate) fn nothing_holds(text: &str, directory: &Path) {
    let (mut files, mut places) = (0, vec![directory.to_owned()]);
    while let Some(place) = places.pop() {
        for entry in std::fs::read_dir(&place).expect("it is there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                places.push(path);
                continue;
            }
            // Files come and go.
            let Ok(content) = std::fs::read(&path) else { continue };
            let found = memchr::memmem::find(&content, text.as_bytes());
            assert!(found.is_none(), "I14: {} holds what it must not", path.display());
            files += 1;
        }
    }
    assert!(files > 0, "there is nothing to look at");
}
