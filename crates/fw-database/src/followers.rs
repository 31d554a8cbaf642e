//! Area: who follows the log of all runs, and how far each has come.

use crate::{Result, Tx, args};

/// How far a follower has come; nothing if it never began.
///
/// # Errors
/// The database fails.
pub async fn position(tx: &mut Tx, name: &str) -> Result<Option<i64>> {
    let row = tx.row("SELECT position FROM followers WHERE name = $1", args![name]).await?;
    row.map(|row| row.int(0)).transpose()
}

/// Notes how far a follower has come. It never goes back.
///
/// # Errors
/// The database fails.
pub async fn advance(tx: &mut Tx, name: &str, position: i64) -> Result<()> {
    let sql = "INSERT INTO followers (name, position) VALUES ($1, $2) \
               ON CONFLICT (name) DO UPDATE SET position = excluded.position \
               WHERE followers.position < excluded.position";
    tx.execute(sql, args![name, position]).await.map(drop)
}
