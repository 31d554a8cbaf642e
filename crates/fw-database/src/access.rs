//! Area: accounts, and the tokens of those who act for them. Of a token only its hash is kept.

use fw_run::{AccountId, Time};

use crate::{Result, Row, Signal, Tx, args};

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name; there is one of each.
    pub name: String,
    /// When it was made.
    pub created_at: Time,
}

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// Whom it acts for.
    pub account: AccountId,
    /// Its name for people.
    pub name: String,
    /// The name of its role.
    pub role: String,
    /// When it was made.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Option<Time>,
    /// When it was used last, roughly.
    pub used_at: Option<Time>,
    /// When it was taken back.
    pub revoked_at: Option<Time>,
}

/// Makes an account.
///
/// # Errors
/// There is one with this name, or the database fails.
pub async fn create_account(tx: &mut Tx, account: &Account) -> Result<()> {
    let sql = "INSERT INTO accounts (id, name, created_at) VALUES ($1, $2, $3)";
    tx.execute(sql, args![account.id, account.name.as_str(), account.created_at]).await.map(drop)
}

/// All accounts, the oldest first.
///
/// # Errors
/// The database fails.
pub async fn accounts(tx: &mut Tx) -> Result<Vec<Account>> {
    let rows = tx.rows("SELECT id, name, created_at FROM accounts ORDER BY created_at, id", args![]).await?;
    rows.iter().map(account_of).collect()
}

fn account_of(row: &Row) -> Result<Account> {
    Ok(Account { id: row.parse(0)?, name: row.text(1)?, created_at: row.time(2)? })
}

/// Makes a token out of the hash of its secret.
///
/// # Errors
/// The database fails.
pub async fn create_token(tx: &mut Tx, token: &Token, hash: &str) -> Result<()> {
    let sql = "INSERT INTO tokens (id, account, name, role, hash, created_at, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (id, name, role) = (token.id.as_str(), token.name.as_str(), token.role.as_str());
    let arguments = args![id, token.account, name, role, hash, token.created_at, token.expires_at];
    tx.execute(sql, arguments).await.map(drop)
}

/// The tokens of an account that were not taken back, the oldest first.
///
/// # Errors
/// The database fails.
pub async fn tokens(tx: &mut Tx, account: AccountId) -> Result<Vec<Token>> {
    let sql = "SELECT id, account, name, role, created_at, expires_at, used_at, revoked_at FROM tokens \
               WHERE account = $1 AND revoked_at IS NULL ORDER BY created_at, id";
    tx.rows(sql, args![account]).await?.iter().map(token_of).collect()
}

/// The token whose secret has this hash, if it is good now.
///
/// # Errors
/// The database fails.
pub async fn token_by_hash(tx: &mut Tx, hash: &str, now: Time) -> Result<Option<Token>> {
    let sql = "SELECT id, account, name, role, created_at, expires_at, used_at, revoked_at FROM tokens \
               WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
    tx.row(sql, args![hash, now]).await?.as_ref().map(token_of).transpose()
}

/// Whether there is any token at all: an installation without one has just been made.
///
/// # Errors
/// The database fails.
pub async fn any_token(tx: &mut Tx) -> Result<bool> {
    Ok(tx.row("SELECT 1 FROM tokens LIMIT 1", args![]).await?.is_some())
}

/// Notes that a token was used.
///
/// # Errors
/// The database fails.
pub async fn token_used(tx: &mut Tx, id: &str, at: Time) -> Result<()> {
    tx.execute("UPDATE tokens SET used_at = $1 WHERE id = $2", args![at, id]).await.map(drop)
}

/// Takes a token back; whether there was one.
///
/// # Errors
/// The database fails.
pub async fn revoke_token(tx: &mut Tx, account: AccountId, id: &str, at: Time) -> Result<bool> {
    let sql = "UPDATE tokens SET revoked_at = $1 WHERE account = $2 AND id = $3 AND revoked_at IS NULL";
    tx.signal(Signal::Revoked);
    Ok(tx.execute(sql, args![at, account, id]).await? > 0)
}

fn token_of(row: &Row) -> Result<Token> {
    Ok(Token {
        id: row.text(0)?,
        account: row.parse(1)?,
        name: row.text(2)?,
        role: row.text(3)?,
        created_at: row.time(4)?,
        expires_at: row.int_opt(5)?.map(Time),
        used_at: row.int_opt(6)?.map(Time),
        revoked_at: row.int_opt(7)?.map(Time),
    })
}
