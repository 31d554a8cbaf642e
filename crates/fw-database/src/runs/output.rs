//! What steps give out while they run: log lines and progress, in one order per run.

use fw_run::{Output, Ticket, Time};

use crate::{Arg, Result, Signal, Tx, args};

/// Appends what a step gives out.
///
/// # Errors
/// The database refuses it or is gone.
pub async fn append_output(tx: &mut Tx, ticket: &Ticket, output: Vec<Output>, now: Time) -> Result<()> {
    if output.is_empty() {
        return Ok(());
    }
    let count = output.len();
    let sql = "INSERT INTO output_heads (run, position) VALUES ($1, $2) ON CONFLICT (run) \
               DO UPDATE SET position = output_heads.position + excluded.position RETURNING position";
    let Some(row) = tx.row(sql, args![ticket.run, count]).await? else { return Ok(()) };
    let first = row.int(0)? - i64::try_from(count).unwrap_or(0) + 1;
    let line = |(position, output): (i64, &Output)| -> Result<Vec<Arg>> {
        let output = serde_json::to_string(output)?;
        Ok(args![ticket.run, position, ticket.step.0, ticket.attempt, now, output])
    };
    let lines = (first..).zip(&output).map(line).collect::<Result<_>>()?;
    tx.insert("INSERT INTO run_output (run, position, step, attempt, at, output) VALUES", lines).await?;
    tx.signal(Signal::Run(ticket.run));
    Ok(())
}
