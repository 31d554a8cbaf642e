//! One state in the table.

use fw_store::{LockError, LockInfo, StateClient};
use sqlx::Row as _;

use crate::database::{Connection, Database};

/// Held by whoever makes a row, since there is none yet whose number could be locked.
const OF_NEW_ROWS: i64 = -1;

/// The state with a name.
#[derive(Debug)]
pub(crate) struct Client {
    database: Database,
    name: String,
    /// Opened when it is first needed.
    connection: Option<Connection>,
    /// The advisory lock that is held.
    held: Option<i64>,
}

impl Client {
    pub(crate) fn new(database: Database, name: &str) -> Self {
        Self { database, name: name.to_owned(), connection: None, held: None }
    }

    fn connection(&mut self) -> Result<&mut Connection, String> {
        if self.connection.is_none() {
            self.connection = Some(self.database.connect()?);
        }
        self.connection.as_mut().ok_or_else(|| "no connection".to_owned())
    }

    fn try_lock(&mut self, number: i64) -> Result<bool, String> {
        let rows = self.connection()?.rows(&format!("SELECT pg_try_advisory_lock({number})"), &[])?;
        Ok(rows.first().and_then(|row| row.try_get(0).ok()).unwrap_or(false))
    }

    fn release(&mut self, number: i64) -> Result<(), String> {
        self.connection()?.rows(&format!("SELECT pg_advisory_unlock({number})"), &[]).map(drop)
    }

    /// The number of the row, with whether it and the making of rows are locked by us now.
    fn lock_row(&mut self) -> Result<Option<(i64, bool, bool)>, String> {
        let statement = format!(
            "SELECT states.id, pg_try_advisory_lock(states.id), pg_try_advisory_lock({OF_NEW_ROWS}) FROM {} WHERE \
             states.name = $1",
            self.database.table()
        );
        let name = self.name.clone();
        let rows = self.connection()?.rows(&statement, &[&name])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let flag = |index: usize| row.try_get::<bool, _>(index).unwrap_or(false);
        let number = row.try_get(0).map_err(|error| error.to_string())?;
        Ok(Some((number, flag(1), flag(2))))
    }

    /// The number that is locked now; why not otherwise.
    fn take(&mut self) -> Result<i64, String> {
        let name = self.name.clone();
        match self.lock_row()? {
            None if self.try_lock(OF_NEW_ROWS)? => Ok(OF_NEW_ROWS),
            None => Err(format!("Already locked for workspace creation: {name}")),
            Some((number, true, true)) => {
                self.release(OF_NEW_ROWS)?;
                Ok(number)
            }
            Some((number, true, false)) => {
                self.release(number)?;
                Err(format!("Cannot lock workspace; already locked for workspace creation: {name}"))
            }
            Some((_, false, for_new)) => {
                if for_new {
                    self.release(OF_NEW_ROWS)?;
                }
                Err(format!("Workspace is already locked: {name}"))
            }
        }
    }
}

impl StateClient for Client {
    fn get(&mut self) -> Result<Option<Vec<u8>>, String> {
        let statement = format!("SELECT data FROM {} WHERE name = $1", self.database.table());
        let name = self.name.clone();
        let rows = self.connection()?.rows(&statement, &[&name])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let text: Option<String> = row.try_get(0).map_err(|error| error.to_string())?;
        Ok(text.map(String::into_bytes))
    }

    fn put(&mut self, content: &[u8]) -> Result<(), String> {
        let text = std::str::from_utf8(content).map_err(|error| error.to_string())?;
        let statement = format!(
            "INSERT INTO {} (name, data) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET data = $2 WHERE states.name = $1",
            self.database.table()
        );
        let name = self.name.clone();
        self.connection()?.rows(&statement, &[&name, text]).map(drop)
    }

    fn lock(&mut self, info: &mut LockInfo) -> Result<(), LockError> {
        // Who holds an advisory lock cannot be known; as in terraform it is our own wish that is shown.
        let number = self.take().map_err(|message| LockError { message, holder: Some(info.clone()) })?;
        info.path = number.to_string();
        self.held = Some(number);
        Ok(())
    }

    fn unlock(&mut self, _id: &str) -> Result<(), LockError> {
        match self.held.take() {
            Some(number) => self.release(number).map_err(|message| LockError { message, holder: None }),
            // The lock of somebody else goes with their connection.
            None => Ok(()),
        }
    }
}
