//! Who asks, and what they may: roles, and the seam through which other ways of signing on come in.

use async_trait::async_trait;
use fw_run::AccountId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ApiError;

/// What somebody may do. Each role may all that the ones before it may, but do the work of workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Takes steps of runs and does them; looks at nothing else.
    Worker,
    /// Looks.
    Viewer,
    /// Deploys, approves, cancels, destroys.
    Operator,
    /// Manages accounts, tokens, webhooks.
    Admin,
}

impl Role {
    /// The role with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Worker, Self::Viewer, Self::Operator, Self::Admin].into_iter().find(|role| role.name() == name)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

/// Somebody who was recognised.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The account it acts for.
    pub account: AccountId,
    /// Who it is, for logs and approvals: `token:ci`.
    pub subject: String,
    /// What the rate limit counts by.
    pub key: String,
    /// What it may.
    pub role: Role,
}

/// What a request brought along to prove who it is from.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// `Authorization: Bearer …`.
    Bearer(String),
    /// `Authorization: Basic …`; browsers and terraform's `http` backend can send nothing else. The password is a token.
    Basic {
        /// Not looked at.
        user: String,
        /// The token.
        password: String,
    },
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl Credentials {
    /// The secret.
    #[must_use]
    pub fn secret(&self) -> &str {
        match self {
            Self::Bearer(token) => token,
            Self::Basic { password, .. } => password,
        }
    }
}

/// The seam for sign-on: each way to recognise somebody is one of these, and they are asked in order.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// Who it is; `None` when these credentials are not of this kind, or not valid.
    ///
    /// # Errors
    /// When it cannot be found out.
    async fn authenticate(&self, credentials: &Credentials) -> Result<Option<Principal>, ApiError>;
}
