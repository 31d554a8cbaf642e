//! What an installation needs before anybody can ask it for anything: an account, and a token.

use fw_database::access::{self, Account};
use fw_run::AccountId;

use crate::app::App;
use crate::store::now;
use crate::v1::accounts::{FIRST, mint};
use crate::{ApiError, Role, ids};

/// Makes the first account, and a token for its admin if there is no token at all yet. Its secret is given this once.
///
/// # Errors
/// When the database fails.
pub async fn first_token(app: &App) -> Result<Option<String>, ApiError> {
    match prepare(app).await {
        // Another server on the same database was faster.
        Err(error) if error.code == "already_exists" => prepare(app).await,
        other => other,
    }
}

async fn prepare(app: &App) -> Result<Option<String>, ApiError> {
    let account = Account { id: ids::account(), name: FIRST.to_owned(), created_at: now() };
    let (account, any) = app
        .write(account, |tx, account| {
            Box::pin(async move {
                let known = access::accounts(tx).await?.into_iter().find(|known| known.name == FIRST);
                let account = match known {
                    Some(known) => known,
                    None => {
                        access::create_account(tx, &account).await?;
                        account
                    }
                };
                Ok((account, access::any_token(tx).await?))
            })
        })
        .await?;
    if any {
        return Ok(None);
    }
    let (_, secret) = mint(app, account.id, "admin", Role::Admin, None).await?;
    Ok(Some(secret))
}

/// The first account.
///
/// # Errors
/// When there is none yet, or the database fails.
pub async fn first_account(app: &App) -> Result<AccountId, ApiError> {
    let accounts = app.read((), |tx, ()| Box::pin(async move { Ok(access::accounts(tx).await?) })).await?;
    let first = accounts.into_iter().find(|account| account.name == FIRST);
    first.map(|account| account.id).ok_or_else(|| ApiError::not_found("account"))
}

/// Makes a token for the first account: the way back in for who has lost all others.
///
/// # Errors
/// When there is no such account, or the database fails.
pub async fn new_token(app: &App, name: &str, role: Role) -> Result<String, ApiError> {
    let first = first_account(app).await?;
    let (_, secret) = mint(app, first, name, role, None).await?;
    Ok(secret)
}
