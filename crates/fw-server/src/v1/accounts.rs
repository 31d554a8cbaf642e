//! Accounts and their tokens.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use fw_database::access::{self, Account, Token};
use fw_run::{AccountId, Time};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::app::App;
use crate::body::Body;
use crate::caller::{Admin, Caller, Viewer};
use crate::{ApiError, MintedToken, Role, ids, time};

/// The account that the service is made with. Its admins manage the others.
pub(crate) const FIRST: &str = "default";

/// An account.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountView {
    id: String,
    name: String,
    created_at: String,
}

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenView {
    id: String,
    account: String,
    name: String,
    role: String,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    /// The secret; only in the answer to its making.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// Who asks.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    account: String,
    subject: String,
    role: Role,
}

/// A new account.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewAccount {
    name: String,
}

/// A new token.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewToken {
    /// For people.
    name: String,
    role: Role,
    /// Another account; only for admins of the first one.
    account: Option<String>,
    /// For how long it is good; for ever if nothing is said.
    expires_in_seconds: Option<u32>,
}

/// Who the token belongs to
#[utoipa::path(get, path = "/me", tag = "accounts", responses((status = 200, body = Me)))]
pub(crate) async fn me(caller: Caller<Viewer>) -> Json<Me> {
    let principal = caller.principal;
    Json(Me { account: principal.account.to_string(), subject: principal.subject, role: principal.role })
}

/// All accounts
#[utoipa::path(get, path = "/accounts", tag = "accounts", responses((status = 200, body = [AccountView])))]
pub(crate) async fn list(State(app): State<App>, caller: Caller<Admin>) -> Result<Json<Vec<AccountView>>, ApiError> {
    let accounts = first(&app, &caller).await?;
    Ok(Json(accounts.iter().map(account_view).collect()))
}

/// Makes an account
#[utoipa::path(post, path = "/accounts", tag = "accounts", request_body = NewAccount,
    responses((status = 201, body = AccountView), (status = 409, body = crate::error::ErrorBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller<Admin>,
    Body(new): Body<NewAccount>,
) -> Result<(StatusCode, Json<AccountView>), ApiError> {
    first(&app, &caller).await?;
    check_name(&new.name)?;
    let account = Account { id: ids::account(), name: new.name, created_at: Time(time::now()) };
    app.write(account.clone(), |tx, account| Box::pin(async move { Ok(access::create_account(tx, &account).await?) }))
        .await?;
    Ok((StatusCode::CREATED, Json(account_view(&account))))
}

/// The tokens of the account
#[utoipa::path(get, path = "/tokens", tag = "accounts", responses((status = 200, body = [TokenView])))]
pub(crate) async fn tokens(State(app): State<App>, caller: Caller<Admin>) -> Result<Json<Vec<TokenView>>, ApiError> {
    let account = caller.principal.account;
    let tokens =
        app.read(account, |tx, account| Box::pin(async move { Ok(access::tokens(tx, account).await?) })).await?;
    Ok(Json(tokens.iter().map(|token| token_view(token, None)).collect()))
}

/// Makes a token
///
/// The answer has its secret, which is not kept and never shown again.
#[utoipa::path(post, path = "/tokens", tag = "accounts", request_body = NewToken,
    responses((status = 201, body = TokenView)))]
pub(crate) async fn create_token(
    State(app): State<App>,
    caller: Caller<Admin>,
    Body(new): Body<NewToken>,
) -> Result<(StatusCode, Json<TokenView>), ApiError> {
    check_name(&new.name)?;
    let account = match &new.account {
        None => caller.principal.account,
        Some(named) => {
            let accounts = first(&app, &caller).await?;
            let found = accounts.iter().find(|account| account.name == *named || account.id.to_string() == *named);
            found.ok_or_else(|| ApiError::not_found("account"))?.id
        }
    };
    let expires = new.expires_in_seconds.map(|seconds| time::now().saturating_add(i64::from(seconds) * 1000));
    let (token, secret) = mint(&app, account, &new.name, new.role, expires.map(Time)).await?;
    Ok((StatusCode::CREATED, Json(token_view(&token, Some(secret)))))
}

/// Takes a token back
#[utoipa::path(delete, path = "/tokens/{id}", tag = "accounts", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = crate::error::ErrorBody)))]
pub(crate) async fn revoke(
    State(app): State<App>,
    caller: Caller<Admin>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let arguments = (caller.principal.account, id, Time(time::now()));
    let found = app
        .write(arguments, |tx, (account, id, now)| {
            Box::pin(async move { Ok(access::revoke_token(tx, account, &id, now).await?) })
        })
        .await?;
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::not_found("token")) }
}

/// Makes a token and gives its secret.
pub(crate) async fn mint(
    app: &App,
    account: AccountId,
    name: &str,
    role: Role,
    expires_at: Option<Time>,
) -> Result<(Token, String), ApiError> {
    let minted = MintedToken::mint();
    let token = Token {
        id: ids::plain(),
        account,
        name: name.to_owned(),
        role: role.name().to_owned(),
        created_at: Time(time::now()),
        expires_at,
        used_at: None,
        revoked_at: None,
    };
    app.write((token.clone(), minted.hash), |tx, (token, hash)| {
        Box::pin(async move { Ok(access::create_token(tx, &token, &hash).await?) })
    })
    .await?;
    Ok((token, minted.secret))
}

/// All accounts, if the caller's is the one that manages them.
async fn first(app: &App, caller: &Caller<Admin>) -> Result<Vec<Account>, ApiError> {
    let accounts = app.read((), |tx, ()| Box::pin(async move { Ok(access::accounts(tx).await?) })).await?;
    let own = accounts.iter().find(|account| account.id == caller.principal.account);
    if own.is_some_and(|account| account.name == FIRST) {
        return Ok(accounts);
    }
    Err(ApiError::forbidden(format!("only admins of the account `{FIRST}` manage accounts")))
}

/// Names for people: short, and on one line.
pub(crate) fn check_name(name: &str) -> Result<(), ApiError> {
    let length = name.chars().count();
    if name.trim() != name || !(1..=128).contains(&length) || name.chars().any(char::is_control) {
        let message = "name has 1 to 128 characters, none of them a control character, and no spaces around";
        return Err(ApiError::invalid(message).with(json!({"path": "name"})));
    }
    Ok(())
}

fn account_view(account: &Account) -> AccountView {
    let created_at = time::rfc3339(account.created_at.0);
    AccountView { id: account.id.to_string(), name: account.name.clone(), created_at }
}

fn token_view(token: &Token, secret: Option<String>) -> TokenView {
    TokenView {
        id: token.id.clone(),
        account: token.account.to_string(),
        name: token.name.clone(),
        role: token.role.clone(),
        created_at: time::rfc3339(token.created_at.0),
        expires_at: token.expires_at.map(|at| time::rfc3339(at.0)),
        last_used_at: token.used_at.map(|at| time::rfc3339(at.0)),
        token: secret,
    }
}
