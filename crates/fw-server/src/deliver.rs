//! Sends events to webhooks: what happens is put on a list in the database, in order, and what is on the list is sent until
//! it has arrived or too many attempts have failed. A crash in between repeats at most what was under way.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use fw_database::run_views::{self, LogEntry};
use fw_database::webhooks::{self, Delivery, Webhook};
use fw_database::{Tx, followers};
use fw_run::{AccountId, Time};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::ApiError;
use crate::app::App;
use crate::store::now;
use crate::v1::feed::{event, kind};

const FOLLOWER: &str = "webhooks";
const LOOK_AGAIN: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(10);
/// With the pauses below these take about a day.
const ATTEMPTS: u32 = 19;
const FIRST_PAUSE: i64 = 5_000;
const LONGEST_PAUSE: i64 = 3 * 3_600_000;
/// What was delivered is kept for this long.
const KEPT: i64 = 7 * 86_400_000;
/// Answers to keys are kept for this long.
const KEYS_KEPT: i64 = 86_400_000;

/// Delivers until it is dropped.
pub async fn deliver(app: App) {
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(format!("formwork/{}", app.options.version));
    let client = match client.build() {
        Ok(client) => client,
        Err(error) => return tracing::error!(%error, "webhooks cannot be sent"),
    };
    let mut signals = app.database.subscribe();
    let mut tidied = 0;
    loop {
        let found = collect(&app).await.unwrap_or_else(|error| failed(&error));
        let sent = send_due(&app, &client).await.unwrap_or_else(|error| failed(&error));
        if now().0 - tidied > 3_600_000 {
            tidied = now().0;
            tidy(&app).await.unwrap_or_else(|error| failed(&error));
        }
        if !found && !sent {
            drop(tokio::time::timeout(LOOK_AGAIN, signals.recv()).await);
        }
    }
}

fn failed<T: Default>(error: &ApiError) -> T {
    tracing::warn!(error = error.message, "webhooks have to wait");
    T::default()
}

/// Puts what has happened on the list. Whether there was anything.
async fn collect(app: &App) -> Result<bool, ApiError> {
    app.write(now(), |tx, now| {
        Box::pin(async move {
            let Some(after) = followers::position(tx, FOLLOWER).await? else {
                // What happened before anybody could listen is nobody's business.
                let end = run_views::log_end(tx).await?;
                followers::advance(tx, FOLLOWER, end).await?;
                return Ok(false);
            };
            let entries = run_views::log(tx, None, after, 100).await?;
            let Some(last) = entries.last() else { return Ok(false) };
            let mut hooks: HashMap<AccountId, Vec<Webhook>> = HashMap::new();
            for entry in &entries {
                let own = match hooks.entry(entry.account) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => new.insert(webhooks::list(tx, entry.account).await?),
                };
                enqueue(tx, entry, own, now).await?;
            }
            followers::advance(tx, FOLLOWER, last.position).await?;
            Ok(true)
        })
    })
    .await
}

async fn enqueue(tx: &mut Tx, entry: &LogEntry, hooks: &[Webhook], now: Time) -> Result<(), ApiError> {
    let name = kind(entry);
    for hook in hooks.iter().filter(|hook| wants(hook, &name)) {
        let id = format!("{}-{}", entry.position, hook.id);
        webhooks::enqueue(tx, &id, &hook.id, &name, &event(entry).to_string(), now).await?;
    }
    Ok(())
}

fn wants(hook: &Webhook, name: &str) -> bool {
    hook.events.split(',').any(|wanted| wanted == "*" || wanted == name)
}

/// Sends what is due. Whether there was anything.
async fn send_due(app: &App, client: &reqwest::Client) -> Result<bool, ApiError> {
    let until = Time(now().0 + 60_000);
    let due = app
        .write((now(), until), |tx, (now, until)| {
            Box::pin(async move { Ok(webhooks::take_due(tx, now, until, 20).await?) })
        })
        .await?;
    let any = !due.is_empty();
    let sent = futures::future::join_all(due.into_iter().map(|delivery| async move {
        let result = send(client, &delivery).await;
        (delivery, result)
    }));
    for (delivery, result) in sent.await {
        let next = match &result {
            Ok(_) => None,
            Err(_) if delivery.attempts >= ATTEMPTS => None,
            Err(_) => Some(Time(now().0 + pause(delivery.attempts))),
        };
        let told = result.unwrap_or_else(|error| error);
        app.write((delivery.id, told, now(), next), |tx, (id, told, now, next)| {
            Box::pin(async move { Ok(webhooks::attempted(tx, &id, &told, now, next).await?) })
        })
        .await?;
    }
    Ok(any)
}

fn pause(attempts: u32) -> i64 {
    FIRST_PAUSE.saturating_mul(1_i64 << attempts.clamp(1, 20).saturating_sub(1)).min(LONGEST_PAUSE)
}

async fn send(client: &reqwest::Client, delivery: &Delivery) -> Result<String, String> {
    let seconds = now().0 / 1000;
    let signature = sign(&delivery.webhook.secret, seconds, &delivery.payload);
    let request = client
        .post(&delivery.webhook.url)
        .header("content-type", "application/json")
        .header("x-formwork-event", &delivery.event)
        .header("x-formwork-delivery", &delivery.id)
        .header("x-formwork-signature", format!("t={seconds},v1={signature}"))
        .body(delivery.payload.clone());
    let answer = request.send().await.map_err(|error| error.without_url().to_string())?;
    let status = answer.status();
    if status.is_success() { Ok(status.to_string()) } else { Err(status.to_string()) }
}

/// The HMAC-SHA-256 of time and body under the secret, in hexadecimal digits.
fn sign(secret: &str, seconds: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length is one");
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

async fn tidy(app: &App) -> Result<(), ApiError> {
    app.write(now(), |tx, now| {
        Box::pin(async move {
            webhooks::forget(tx, Time(now.0 - KEPT)).await?;
            fw_database::idempotency::forget(tx, Time(now.0 - KEYS_KEPT)).await?;
            Ok(())
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_what_others_compute() {
        // Made with: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 'a secret of some length'
        assert_eq!(sign("a secret of some length", 1_700_000_000, "{\"a\":1}"), SIGNATURE);
    }

    const SIGNATURE: &str = "e09db3ce6e6e8f9b633a62851e5074a9e9148ac19b1c0e1a8f7c352380be630b";

    #[test]
    fn pauses_grow_up_to_a_bound() {
        assert_eq!(pause(1), 5_000);
        assert_eq!(pause(2), 10_000);
        assert_eq!(pause(30), LONGEST_PAUSE);
        let all: i64 = (1..ATTEMPTS).map(pause).sum();
        assert!((12..36).contains(&(all / 3_600_000)), "{all}");
    }
}
