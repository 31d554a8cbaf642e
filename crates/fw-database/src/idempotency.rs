//! Area: `Idempotency-Key`s: what was answered to a request, for when it comes again.

use fw_run::{AccountId, Time};

use crate::{DatabaseError, Result, Tx, args};

/// What there is for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// No answer: the key is now this request's. What was made up for it the first time is given each time.
    Fresh(String),
    /// Another request has it.
    Foreign,
    /// The same request is being answered since then.
    Running(Time),
    /// The same request has been answered.
    Answered {
        /// The status.
        status: u16,
        /// The content type.
        content_type: String,
        /// The body.
        body: Vec<u8>,
    },
}

/// Claims a key for a request, known by its fingerprint. One that began before `stale` was cut short and may be claimed.
///
/// # Errors
/// The database fails.
pub async fn claim(
    tx: &mut Tx,
    account: AccountId,
    (key, fingerprint, seed): (&str, &str, &str),
    now: Time,
    stale: Time,
) -> Result<Claim> {
    let sql = "SELECT fingerprint, status, content_type, body, created_at, seed FROM idempotency \
               WHERE account = $1 AND name = $2";
    let Some(row) = tx.row(sql, args![account, key]).await? else {
        let sql = "INSERT INTO idempotency (account, name, fingerprint, seed, created_at) VALUES ($1, $2, $3, $4, $5)";
        return match tx.execute(sql, args![account, key, fingerprint, seed, now]).await {
            Ok(_) => Ok(Claim::Fresh(seed.to_owned())),
            // Another request was in between.
            Err(DatabaseError::Duplicate(_)) => Err(DatabaseError::Conflict),
            Err(error) => Err(error),
        };
    };
    if row.text(0)? != fingerprint {
        return Ok(Claim::Foreign);
    }
    if let Some(status) = row.int_opt(1)? {
        let status = u16::try_from(status).unwrap_or(500);
        let body = row.bytes_opt(3)?.unwrap_or_default();
        return Ok(Claim::Answered { status, content_type: row.text_opt(2)?.unwrap_or_default(), body });
    }
    let since = row.time(4)?;
    if since > stale {
        return Ok(Claim::Running(since));
    }
    let sql = "UPDATE idempotency SET created_at = $1 WHERE account = $2 AND name = $3";
    tx.execute(sql, args![now, account, key]).await?;
    Ok(Claim::Fresh(row.text(5)?))
}

/// Keeps the answer for a key.
///
/// # Errors
/// The database fails.
pub async fn answer(
    tx: &mut Tx,
    account: AccountId,
    key: &str,
    (status, content_type, body): (u16, &str, Vec<u8>),
) -> Result<()> {
    let sql = "UPDATE idempotency SET status = $1, content_type = $2, body = $3 WHERE account = $4 AND name = $5";
    tx.execute(sql, args![status, content_type, body, account, key]).await.map(drop)
}

/// Gives a key free: the request has failed in a way that trying again may cure.
///
/// # Errors
/// The database fails.
pub async fn release(tx: &mut Tx, account: AccountId, key: &str) -> Result<()> {
    let sql = "DELETE FROM idempotency WHERE account = $1 AND name = $2 AND status IS NULL";
    tx.execute(sql, args![account, key]).await.map(drop)
}

/// Forgets keys that were claimed before a time.
///
/// # Errors
/// The database fails.
pub async fn forget(tx: &mut Tx, before: Time) -> Result<u64> {
    tx.execute("DELETE FROM idempotency WHERE created_at < $1", args![before]).await
}
