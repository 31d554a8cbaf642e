//! Area: outgoing webhooks and what is still to be delivered to them.

use fw_run::{AccountId, Time};

use crate::{Result, Row, Tx, args};

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub account: AccountId,
    /// Where to send to.
    pub url: String,
    /// What bodies are signed with.
    pub secret: String,
    /// The types of events it wants, with commas between; `*` for all.
    pub events: String,
    /// When it was made.
    pub created_at: Time,
}

/// A body that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: String,
    /// Where to.
    pub webhook: Webhook,
    /// The type of the event.
    pub event: String,
    /// The body.
    pub payload: String,
    /// How often it was tried.
    pub attempts: u32,
}

/// Makes a webhook.
///
/// # Errors
/// The database fails.
pub async fn create(tx: &mut Tx, webhook: &Webhook) -> Result<()> {
    let sql = "INSERT INTO webhooks (id, account, url, secret, events, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let (id, url, secret) = (webhook.id.as_str(), webhook.url.as_str(), webhook.secret.as_str());
    tx.execute(sql, args![id, webhook.account, url, secret, webhook.events.as_str(), webhook.created_at])
        .await
        .map(drop)
}

/// The webhooks of an account, the oldest first.
///
/// # Errors
/// The database fails.
pub async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<Webhook>> {
    let sql = "SELECT id, account, url, secret, events, created_at FROM webhooks WHERE account = $1 \
               ORDER BY created_at, id";
    tx.rows(sql, args![account]).await?.iter().map(|row| webhook_of(row, 0)).collect()
}

/// Removes a webhook and what was to be sent to it; whether there was one.
///
/// # Errors
/// The database fails.
pub async fn remove(tx: &mut Tx, account: AccountId, id: &str) -> Result<bool> {
    let sql = "DELETE FROM webhook_deliveries WHERE webhook IN \
               (SELECT id FROM webhooks WHERE account = $1 AND id = $2)";
    tx.execute(sql, args![account, id]).await?;
    Ok(tx.execute("DELETE FROM webhooks WHERE account = $1 AND id = $2", args![account, id]).await? > 0)
}

/// Puts a body on the list of what is to be sent. The same id again changes nothing.
///
/// # Errors
/// The database fails.
pub async fn enqueue(tx: &mut Tx, id: &str, webhook: &str, event: &str, payload: &str, now: Time) -> Result<()> {
    let sql = "INSERT INTO webhook_deliveries (id, webhook, event, payload, attempts, next_at, created_at) \
               VALUES ($1, $2, $3, $4, 0, $5, $6) ON CONFLICT (id) DO NOTHING";
    tx.execute(sql, args![id, webhook, event, payload, now, now]).await.map(drop)
}

/// Takes what is due, and puts it off so that nobody else takes it.
///
/// # Errors
/// The database fails.
pub async fn take_due(tx: &mut Tx, now: Time, until: Time, limit: u32) -> Result<Vec<Delivery>> {
    let sql = "SELECT w.id, w.account, w.url, w.secret, w.events, w.created_at, d.id, d.event, d.payload, d.attempts \
               FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook \
               WHERE d.done_at IS NULL AND d.next_at <= $1 ORDER BY d.next_at LIMIT $2";
    let due = tx.rows(sql, args![now, limit]).await?;
    let due = due.iter().map(delivery_of).collect::<Result<Vec<_>>>()?;
    let sql = "UPDATE webhook_deliveries SET next_at = $1, attempts = attempts + 1 \
               WHERE id = $2 AND attempts = $3 AND done_at IS NULL";
    let mut taken = Vec::new();
    for mut delivery in due {
        if tx.execute(sql, args![until, delivery.id.as_str(), delivery.attempts]).await? > 0 {
            delivery.attempts += 1;
            taken.push(delivery);
        }
    }
    Ok(taken)
}

/// Notes how an attempt went; without a next time it is over.
///
/// # Errors
/// The database fails.
pub async fn attempted(tx: &mut Tx, id: &str, result: &str, now: Time, next: Option<Time>) -> Result<()> {
    let done = next.is_none().then_some(now);
    let sql = "UPDATE webhook_deliveries SET last_result = $1, done_at = $2, next_at = $3 WHERE id = $4";
    tx.execute(sql, args![result, done, next.unwrap_or(now), id]).await.map(drop)
}

/// Forgets deliveries that were done before a time.
///
/// # Errors
/// The database fails.
pub async fn forget(tx: &mut Tx, before: Time) -> Result<u64> {
    tx.execute("DELETE FROM webhook_deliveries WHERE done_at < $1", args![before]).await
}

fn webhook_of(row: &Row, at: usize) -> Result<Webhook> {
    Ok(Webhook {
        id: row.text(at)?,
        account: row.parse(at + 1)?,
        url: row.text(at + 2)?,
        secret: row.text(at + 3)?,
        events: row.text(at + 4)?,
        created_at: row.time(at + 5)?,
    })
}

fn delivery_of(row: &Row) -> Result<Delivery> {
    Ok(Delivery {
        webhook: webhook_of(row, 0)?,
        id: row.text(6)?,
        event: row.text(7)?,
        payload: row.text(8)?,
        attempts: row.number(9)?,
    })
}
