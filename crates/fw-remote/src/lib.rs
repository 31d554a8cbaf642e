//! The provisioners `remote-exec` and `file`: scripts that run on another machine, files and directories that are copied to
//! it. All goes over SSH; machines that only speak WinRM are refused.
//!
//! Nothing is read from the process's environment: what there is of the user's agent and home comes as [`Around`]. Dropping
//! a running future closes the connection.

mod agent;
mod authentication;
mod client;
mod connection;
mod copy;
mod duration;
mod script;
mod session;
mod transport;

use std::path::Path;

use fw_value::Value;

use connection::Connection;
use session::Session;

/// What is told of the progress, line by line.
pub type Output<'a> = dyn for<'l> Fn(&'l str) + 'a;

/// What a provisioner knows of the machine it is started on.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// Where relative paths begin.
    pub directory: &'a Path,
    /// The user's home, which `~` stands for.
    pub home: Option<&'a Path>,
    /// The socket of the user's SSH agent.
    pub agent: Option<&'a str>,
}

/// Runs a provisioner of this kind with its configuration and that of its connection.
///
/// # Errors
/// How it failed, as terraform says it.
pub async fn run(
    kind: &str,
    config: &Value,
    connection: &Value,
    around: Around<'_>,
    output: &Output<'_>,
) -> Result<(), String> {
    if connection.is_null() {
        return Err("Missing connection configuration for provisioner.".to_owned());
    }
    let connection = Connection::read(connection, around)?;
    match kind {
        "remote-exec" => execute(config, &connection, around, output).await,
        "file" => copy_file(config, &connection, around).await,
        _ => Err(format!("There is no provisioner \"{kind}\".")),
    }
}

async fn execute(
    config: &Value,
    connection: &Connection,
    around: Around<'_>,
    output: &Output<'_>,
) -> Result<(), String> {
    let scripts = script::collect(config, around)?;
    let session = Session::open(connection, Some(output)).await?;
    for script in &scripts {
        let path = connection.script_file()?;
        let uploaded = script::upload(&session, connection, &path, script).await;
        uploaded.map_err(|why| format!("Failed to upload script: {why}"))?;
        session.command(&path, output).await?;
        // A script may hold secrets; nothing of it stays in the file.
        if let Err(why) = copy::content(&session, connection, &path, &[]).await {
            log::warn!("the script {path} could not be emptied: {why}");
        }
    }
    session.close().await;
    Ok(())
}

async fn copy_file(config: &Value, connection: &Connection, around: Around<'_>) -> Result<(), String> {
    let text = |name| config.attr_ref(name).and_then(Value::as_str);
    let destination = text("destination").unwrap_or_default();
    let session = Session::open(connection, None).await?;
    let copied = match (text("content"), text("source")) {
        (Some(content), _) => copy::content(&session, connection, destination, content.as_bytes()).await,
        (None, Some(source)) => {
            let source = home_expanded(source, around)?;
            let path = around.directory.join(&source);
            let found = std::fs::metadata(&path);
            let found = found.map_err(|error| format!("stat {source}: {}", fw_diag::system_error(&error)))?;
            if found.is_dir() {
                copy::directory(&session, connection, destination, &path, &source).await
            } else {
                copy::file(&session, connection, destination, &path, &source).await
            }
        }
        (None, None) => return Err("Must provide one of 'source' or 'content'".to_owned()),
    };
    copied.map_err(|why| format!("Upload failed: {why}"))?;
    session.close().await;
    Ok(())
}

/// A path with the home that `~` stands for.
fn home_expanded(path: &str, around: Around<'_>) -> Result<String, String> {
    match (path.strip_prefix('~'), around.home) {
        (None, _) => Ok(path.to_owned()),
        (Some(rest), _) if !rest.is_empty() && !rest.starts_with('/') => {
            Err("cannot expand user-specific home dir".to_owned())
        }
        (Some(rest), Some(home)) => Ok(format!("{}{rest}", home.display())),
        (Some(_), None) => Err("there is no home directory for ~".to_owned()),
    }
}
