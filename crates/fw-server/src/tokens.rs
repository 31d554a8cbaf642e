//! Recognises the holders of our own tokens.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use fw_database::{Database, Signal, access};
use fw_run::Time;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use crate::{ApiError, Authenticator, Credentials, Principal, Role, hash_token, time};

/// How exactly it is noted when a token was used last.
const NOTED: Duration = Duration::from_secs(60);

/// How long a token is taken as good without another look; less if one is taken back meanwhile.
const KNOWN: Duration = Duration::from_secs(1);
/// How many are known at most.
const COUNT: usize = 10_000;

/// The tokens in the database.
pub(crate) struct Tokens {
    database: Database,
    known: Mutex<Known>,
    /// When the use of each was noted last.
    used: Mutex<HashMap<String, Instant>>,
}

/// Tokens that were looked up lately, by the hashes of their secrets.
struct Known {
    tokens: HashMap<String, (Instant, access::Token)>,
    signals: Receiver<Signal>,
    /// How often all of them were forgotten.
    forgotten: u64,
}

#[async_trait]
impl Authenticator for Tokens {
    async fn authenticate(&self, credentials: &Credentials) -> Result<Option<Principal>, ApiError> {
        let hash = hash_token(credentials.secret());
        let now = Time(time::now());
        let Some(token) = self.find(hash, now).await? else { return Ok(None) };
        // A role of a newer program is none that we may give.
        let Some(role) = Role::named(&token.role) else { return Ok(None) };
        self.note(&token.id, now);
        let subject = format!("token:{}", token.name);
        Ok(Some(Principal { account: token.account, subject, key: token.id, role }))
    }
}

impl Tokens {
    pub(crate) fn new(database: Database) -> Self {
        let known = Known { tokens: HashMap::new(), signals: database.subscribe(), forgotten: 0 };
        Self { database, known: Mutex::new(known), used: Mutex::default() }
    }

    async fn find(&self, hash: String, now: Time) -> Result<Option<access::Token>, ApiError> {
        let forgotten = {
            let known = self.known();
            if let Some((at, token)) = known.tokens.get(&hash)
                && at.elapsed() < KNOWN
                && token.expires_at.is_none_or(|end| end > now)
            {
                return Ok(Some(token.clone()));
            }
            known.forgotten
        };
        let read = self.database.read((hash.clone(), now), |tx, (hash, now)| {
            Box::pin(async move { Ok::<_, ApiError>(access::token_by_hash(tx, &hash, now).await?) })
        });
        let found = read.await?;
        let mut known = self.known();
        if let Some(token) = found.as_ref().filter(|_| known.forgotten == forgotten) {
            if known.tokens.len() >= COUNT {
                known.tokens.clear();
            }
            known.tokens.insert(hash, (Instant::now(), token.clone()));
        }
        Ok(found)
    }

    /// What is known, without what was taken back.
    fn known(&self) -> MutexGuard<'_, Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match known.signals.try_recv() {
                Ok(Signal::Revoked) | Err(TryRecvError::Lagged(_)) => {
                    known.tokens.clear();
                    known.forgotten += 1;
                }
                Ok(Signal::Work | Signal::Due | Signal::Run(_) | Signal::Stack(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return known,
            }
        }
    }

    fn note(&self, id: &str, now: Time) {
        {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            if used.get(id).is_some_and(|at| at.elapsed() < NOTED) {
                return;
            }
            used.insert(id.to_owned(), Instant::now());
        }
        let (database, id) = (self.database.clone(), id.to_owned());
        drop(tokio::spawn(async move {
            let noted: Result<(), ApiError> = database
                .write((id, now), |tx, (id, now)| Box::pin(async move { Ok(access::token_used(tx, &id, now).await?) }))
                .await;
            if noted.is_err() {
                tracing::debug!("the use of a token could not be noted");
            }
        }));
    }
}
