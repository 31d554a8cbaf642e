//! Tokens of hosts: from the environment and the CLI configuration, else from a helper program.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

use crate::cli_config::{CliConfig, CredentialsHelper, Token, implied_mirror_directories};
use crate::environment::Environment;
use crate::platform::Platform;

#[derive(Debug)]
pub(super) struct Credentials {
    tokens: BTreeMap<String, Token>,
    helper: Option<CredentialsHelper>,
    programs: HelperPrograms,
    asked: Mutex<HashMap<String, Option<Token>>>,
}

fn owned((host, token): (&String, &Token)) -> (String, Token) {
    (host.clone(), token.clone())
}

/// Where programs are that know tokens.
#[derive(Debug)]
pub(crate) struct HelperPrograms(Vec<PathBuf>);

impl HelperPrograms {
    pub(crate) fn new(environment: &Environment) -> Self {
        let platform = Platform::current().to_string();
        let directories = implied_mirror_directories(environment);
        Self(directories.into_iter().flat_map(|d| [d.join(&platform), d]).collect())
    }

    /// The name and the path of the program.
    pub(crate) fn find(&self, helper: &CredentialsHelper) -> Result<(String, PathBuf), String> {
        let name = format!("terraform-credentials-{}", helper.name);
        match self.0.iter().map(|directory| directory.join(&name)).find(|path| path.is_file()) {
            Some(program) => Ok((name, program)),
            None => Err(format!("the credentials helper {name} was not found in the plugin directories")),
        }
    }
}

impl Credentials {
    pub(super) fn new(config: &CliConfig, environment: &Environment) -> Self {
        Self {
            tokens: config.credentials.iter().chain(&config.credentials_of_environment).map(owned).collect(),
            helper: config.credentials_helper.clone(),
            programs: HelperPrograms::new(environment),
            asked: Mutex::default(),
        }
    }

    /// The token of a host, if anybody knows one.
    pub(super) async fn of(&self, host: &str) -> Result<Option<String>, String> {
        if let Some(token) = self.tokens.get(host) {
            return Ok(Some(token.0.clone()));
        }
        let Some(helper) = &self.helper else { return Ok(None) };
        let known = self.asked.lock().unwrap_or_else(PoisonError::into_inner).get(host).cloned();
        let token = match known {
            Some(token) => token,
            None => {
                let token = self.ask(helper, host).await?;
                self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(host.to_owned(), token.clone());
                token
            }
        };
        Ok(token.map(|token| token.0))
    }

    async fn ask(&self, helper: &CredentialsHelper, host: &str) -> Result<Option<Token>, String> {
        let (name, program) = self.programs.find(helper)?;
        let output = tokio::process::Command::new(&program)
            .args(&helper.arguments)
            .args(["get", host])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| format!("failed to run the credentials helper {name}: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("error in {name}: {}", said.trim()));
        }
        let answer: serde_json::Value =
            serde_json::from_slice(&output.stdout).map_err(|error| format!("malformed output from {name}: {error}"))?;
        Ok(answer.get("token").and_then(serde_json::Value::as_str).map(|token| Token(token.to_owned())))
    }
}
