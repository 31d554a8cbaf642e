//! Area: what is true of the installation as a whole, by name.

use crate::{Result, Tx, args};

/// The value of a name, if it has one.
///
/// # Errors
/// The database fails.
pub async fn value(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    let row = tx.row("SELECT value FROM installation WHERE name = $1", args![name]).await?;
    row.map(|row| row.text(0)).transpose()
}

/// Gives a name a value unless it has one; the one that it has then.
///
/// # Errors
/// The database fails.
pub async fn settle(tx: &mut Tx, name: &str, proposed: &str) -> Result<String> {
    let sql = "INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    tx.execute(sql, args![name, proposed]).await?;
    Ok(value(tx, name).await?.unwrap_or_else(|| proposed.to_owned()))
}

/// Gives a name a value, whichever it had.
///
/// # Errors
/// The database fails.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<()> {
    let sql = "INSERT INTO installation (name, value) VALUES ($1, $2) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.execute(sql, args![name, value]).await.map(drop)
}
