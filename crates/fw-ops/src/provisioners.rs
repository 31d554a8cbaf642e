//! Commands of `local-exec` provisioners.

use std::path::PathBuf;
use std::process::Stdio;

use fw_apply::Command;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

use crate::Surroundings;

/// Runs commands on this machine.
pub(crate) struct LocalProvisioners {
    directory: PathBuf,
    variables: Vec<(String, String)>,
}

impl LocalProvisioners {
    pub(crate) fn new(surroundings: &Surroundings) -> Self {
        let variables = surroundings.variables.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        Self { directory: surroundings.root.clone(), variables }
    }
}

#[async_trait::async_trait(?Send)]
impl fw_apply::Provisioners for LocalProvisioners {
    async fn command(&self, command: &Command, output: &(dyn for<'l> Fn(&'l str) + '_)) -> Result<(), String> {
        let (program, arguments) = command.arguments.split_first().ok_or("there is no command")?;
        let directory = command.directory.as_ref().map_or_else(|| self.directory.clone(), |d| self.directory.join(d));
        let mut process = tokio::process::Command::new(program);
        process
            .args(arguments)
            .current_dir(directory)
            .env_clear()
            .envs(self.variables.iter().map(|(k, v)| (k, v)))
            .envs(&command.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = process.spawn().map_err(|e| format!("exec: \"{program}\": {e}"))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        futures::future::join(lines(stdout, |line: &str| output(line)), lines(stderr, |line: &str| output(line))).await;
        let status = child.wait().await.map_err(|e| e.to_string())?;
        match (status.success(), status.code()) {
            (true, _) => Ok(()),
            (false, Some(code)) => Err(format!("exit status {code}")),
            (false, None) => Err(status.to_string()),
        }
    }
}

/// Hands on each line; what is not UTF-8 is replaced.
async fn lines(stream: Option<impl AsyncRead + Unpin>, output: impl Fn(&str)) {
    let Some(stream) = stream else { return };
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while let Ok(read) = reader.read_until(b'\n', &mut line).await {
        if read == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        output(text.trim_end_matches(['\n', '\r']));
        line.clear();
    }
}
