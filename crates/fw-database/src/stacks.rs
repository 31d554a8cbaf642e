//! Area: stacks. A deployment is a stack whose configuration came with the request that made it.

use fw_run::{AccountId, RunInput, StackId, Time};

use crate::{Result, Row, Signal, Tx, args};

/// How a stack came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StackKind {
    /// By `POST /deployments`: several may have the same name.
    Deployment,
    /// By `POST /stacks`, or by a client that keeps its state here.
    Stack,
}

impl StackKind {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::Stack => "stack",
        }
    }
}

/// A stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Its id.
    pub id: StackId,
    /// Whose it is.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// How it came to be.
    pub kind: StackKind,
    /// What its next run works on, if nothing else is said.
    pub input: Option<RunInput>,
    /// How its runs are made: a JSON object.
    pub options: String,
    /// When it was made.
    pub created_at: Time,
    /// When it was changed last.
    pub updated_at: Time,
    /// When it was removed from the lists.
    pub deleted_at: Option<Time>,
}

/// Which stacks to list.
#[derive(Clone, Debug, Default)]
pub struct StackFilter {
    /// Only this kind.
    pub kind: Option<StackKind>,
    /// Only with this name.
    pub name: Option<String>,
    /// How many at most.
    pub limit: u32,
    /// How many of the first to leave out.
    pub offset: u32,
}

/// Makes a stack.
///
/// # Errors
/// There is one with this id, or, of stacks, with this name; or the database fails.
pub async fn create(tx: &mut Tx, stack: &Stack) -> Result<()> {
    let sql = "INSERT INTO stacks (id, account, name, kind, unique_name, input, options, created_at, updated_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let input = stack.input.as_ref().map(serde_json::to_string).transpose()?;
    let unique = (stack.kind == StackKind::Stack).then(|| stack.name.clone());
    let (name, kind, options) = (stack.name.as_str(), stack.kind.name(), stack.options.as_str());
    let (created, updated) = (stack.created_at, stack.updated_at);
    tx.signal(Signal::Stack(stack.id));
    tx.execute(sql, args![stack.id, stack.account, name, kind, unique, input, options, created, updated])
        .await
        .map(drop)
}

/// A stack of an account.
///
/// # Errors
/// The database fails.
pub async fn find(tx: &mut Tx, account: AccountId, id: StackId) -> Result<Option<Stack>> {
    let sql = "SELECT id, account, name, kind, input, options, created_at, updated_at, deleted_at FROM stacks \
               WHERE id = $1 AND account = $2";
    tx.row(sql, args![id, account]).await?.as_ref().map(stack_of).transpose()
}

/// Stacks of an account that were not removed, the newest first.
///
/// # Errors
/// The database fails.
pub async fn list(tx: &mut Tx, account: AccountId, filter: &StackFilter) -> Result<Vec<Stack>> {
    let sql = "SELECT id, account, name, kind, input, options, created_at, updated_at, deleted_at FROM stacks \
               WHERE account = $1 AND deleted_at IS NULL \
               AND (CAST($2 AS TEXT) IS NULL OR kind = $2) AND (CAST($3 AS TEXT) IS NULL OR name = $3) \
               ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5";
    let kind = filter.kind.map(StackKind::name);
    let arguments = args![account, kind, filter.name.clone(), filter.limit, filter.offset];
    tx.rows(sql, arguments).await?.iter().map(stack_of).collect()
}

/// Writes name, input and options of a stack; whether there was one.
///
/// # Errors
/// There is another one with this name, or the database fails.
pub async fn update(tx: &mut Tx, stack: &Stack) -> Result<bool> {
    let sql = "UPDATE stacks SET name = $3, unique_name = $4, input = $5, options = $6, updated_at = $7 \
               WHERE id = $1 AND account = $2 AND deleted_at IS NULL";
    let input = stack.input.as_ref().map(serde_json::to_string).transpose()?;
    let unique = (stack.kind == StackKind::Stack).then(|| stack.name.clone());
    let (name, options) = (stack.name.as_str(), stack.options.as_str());
    let arguments = args![stack.id, stack.account, name, unique, input, options, stack.updated_at];
    tx.signal(Signal::Stack(stack.id));
    Ok(tx.execute(sql, arguments).await? > 0)
}

/// Removes a stack from the lists; its runs and states stay. Whether there was one.
///
/// # Errors
/// The database fails.
pub async fn remove(tx: &mut Tx, account: AccountId, id: StackId, at: Time) -> Result<bool> {
    let sql = "UPDATE stacks SET deleted_at = $1, unique_name = NULL \
               WHERE id = $2 AND account = $3 AND deleted_at IS NULL";
    tx.signal(Signal::Stack(id));
    Ok(tx.execute(sql, args![at, id, account]).await? > 0)
}

fn stack_of(row: &Row) -> Result<Stack> {
    let input = row.text_opt(4)?;
    Ok(Stack {
        id: row.parse(0)?,
        account: row.parse(1)?,
        name: row.text(2)?,
        kind: if row.text(3)? == "stack" { StackKind::Stack } else { StackKind::Deployment },
        input: input.map(|text| serde_json::from_str(&text)).transpose()?,
        options: row.text(5)?,
        created_at: row.time(6)?,
        updated_at: row.time(7)?,
        deleted_at: row.int_opt(8)?.map(Time),
    })
}
