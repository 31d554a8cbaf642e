//! Recognises the holders of our own tokens.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use fw_database::{Database, access};
use fw_run::Time;

use crate::{ApiError, Authenticator, Credentials, Principal, Role, hash_token, time};

/// How exactly it is noted when a token was used last.
const NOTED: Duration = Duration::from_secs(60);

/// The tokens in the database.
pub(crate) struct Tokens {
    database: Database,
    /// When the use of each was noted last.
    used: Mutex<HashMap<String, Instant>>,
}

#[async_trait]
impl Authenticator for Tokens {
    async fn authenticate(&self, credentials: &Credentials) -> Result<Option<Principal>, ApiError> {
        let hash = hash_token(credentials.secret());
        let now = Time(time::now());
        let found: Option<access::Token> = self
            .database
            .read((hash, now), |tx, (hash, now)| {
                Box::pin(async move { Ok::<_, ApiError>(access::token_by_hash(tx, &hash, now).await?) })
            })
            .await?;
        let Some(token) = found else { return Ok(None) };
        // A role of a newer program is none that we may give.
        let Some(role) = Role::named(&token.role) else { return Ok(None) };
        self.note(&token.id, now);
        let subject = format!("token:{}", token.name);
        Ok(Some(Principal { account: token.account, subject, key: token.id, role }))
    }
}

impl Tokens {
    pub(crate) fn new(database: Database) -> Self {
        Self { database, used: Mutex::default() }
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
