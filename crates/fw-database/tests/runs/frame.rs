//! The frame: transactions, errors, signals, values.

use fw_database::{DatabaseError, Signal, args};

use crate::suite::Bench;
use crate::world;

const INSERT: &str = "INSERT INTO run_inbox (run, event) VALUES ($1, $2)";
const COUNT: &str = "SELECT count(*) FROM run_inbox";

pub(crate) async fn a_failed_job_leaves_nothing(bench: &Bench) {
    let failed = bench.database.write((), |tx, ()| {
        Box::pin(async move {
            tx.execute(INSERT, args!["r", "e"]).await?;
            Err::<(), _>(DatabaseError::Refused("no".to_owned()))
        })
    });
    assert!(matches!(failed.await, Err(DatabaseError::Refused(_))));
    assert_eq!(bench.count(COUNT).await, 0);
    // Among others that wait for the same commit.
    let jobs = (0..50_i64).map(|number| {
        bench.database.write(number, |tx, number| {
            Box::pin(async move {
                tx.execute(INSERT, args![number.to_string(), "e"]).await?;
                if number % 3 == 0 { Err(DatabaseError::Refused("no".to_owned())) } else { Ok(()) }
            })
        })
    });
    let results: Vec<Result<(), DatabaseError>> = futures::future::join_all(jobs).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 33);
    assert_eq!(bench.count(COUNT).await, 33);
}

pub(crate) async fn a_panic_is_an_error_of_its_job_alone(bench: &Bench) {
    let panicking = bench.database.write((), |tx, ()| {
        Box::pin(async move {
            tx.execute(INSERT, args!["r", "e"]).await?;
            let nothing: Option<()> = None;
            nothing.expect("a panic of the test");
            Ok(())
        })
    });
    let result: Result<(), DatabaseError> = panicking.await;
    assert!(matches!(result, Err(DatabaseError::Panicked)));
    assert_eq!(bench.count(COUNT).await, 0);
    let fine = bench.database.write((), |tx, ()| Box::pin(tx.execute(INSERT, args!["r", "e"]))).await;
    assert_eq!(fine.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")), 1);
}

pub(crate) async fn signals_come_after_the_commit(bench: &Bench) {
    let mut signals = bench.database.subscribe();
    let run = world::run_id(1);
    let failed = bench.database.write((), move |tx, ()| {
        Box::pin(async move {
            tx.signal(Signal::Run(run));
            Err::<(), _>(DatabaseError::Refused("no".to_owned()))
        })
    });
    assert!(failed.await.is_err());
    let sent = bench.database.write((), |tx, ()| {
        Box::pin(async move {
            tx.signal(Signal::Work);
            Ok::<_, DatabaseError>(())
        })
    });
    sent.await.unwrap();
    assert_eq!(signals.recv().await.unwrap(), Signal::Work);
}

pub(crate) async fn values_come_back_as_they_were(bench: &Bench) {
    let text = "a 'quoted' \u{1f980} text";
    let sql = "SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST($4 AS BIGINT)";
    let arguments = args![text, i64::MIN, None::<String>, true];
    let row = bench.database.read(arguments, |tx, arguments| Box::pin(tx.row(sql, arguments))).await;
    let row = row.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")).unwrap();
    assert_eq!(row.text(0).unwrap(), text);
    assert_eq!(row.int(1).unwrap(), i64::MIN);
    assert_eq!(row.text_opt(2).unwrap(), None);
    assert!(row.truth(3).unwrap());
    assert!(matches!(row.parse::<fw_run::RunId>(0), Err(DatabaseError::Corrupt(_))));
    assert!(row.number::<u32>(1).is_err());
    let wrong: Result<u64, DatabaseError> =
        bench.database.write((), |tx, ()| Box::pin(tx.execute("NONSENSE", args![]))).await;
    assert!(matches!(wrong, Err(DatabaseError::Statement(_))));
}
