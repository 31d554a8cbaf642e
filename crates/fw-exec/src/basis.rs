//! What planning and applying both work from.

use std::collections::BTreeMap;

use async_trait::async_trait;
use fw_addr::Name;
use fw_config::Config;
use fw_diag::{SourceMap, Span};
use fw_eval::{GivenVariable, Phase, ProviderFunctions, Settings};
use fw_functions::Environment;
use fw_provider::Providers;

use crate::Cancel;

/// The configuration, the values given to it, and all of the outside world that planner and applier see.
#[derive(Clone, Copy)]
pub struct Basis<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The root variables that were given. An apply takes all but the ephemeral ones from its plan.
    pub variables: &'a BTreeMap<Name, GivenVariable>,
    /// The files, for messages that name a place in words.
    pub sources: &'a SourceMap,
    /// `terraform.workspace`.
    pub workspace: &'a str,
    /// `path.root` and `path.cwd`.
    pub directories: (&'a str, &'a str),
    /// Files, clock and randomness for functions.
    pub environment: &'a dyn Environment,
    /// Functions of providers.
    pub provider_functions: &'a dyn ProviderFunctions,
    /// The providers.
    pub providers: &'a dyn Providers,
    /// Waits for renewals of ephemeral resources.
    pub timer: &'a dyn Timer,
    /// Says when to stop.
    pub cancel: &'a Cancel,
}

impl<'a> Basis<'a> {
    /// What an evaluator is told. `root_variable_spans` are the places of values of root variables that came from files.
    #[must_use]
    pub fn settings(&self, phase: Phase, root_variable_spans: BTreeMap<Name, Span>) -> Settings<'a> {
        Settings {
            phase,
            sources: self.sources,
            root_variable_spans,
            workspace: self.workspace.to_owned(),
            root_directory: self.directories.0.to_owned(),
            working_directory: self.directories.1.to_owned(),
            environment: self.environment,
            provider_functions: self.provider_functions,
        }
    }
}

/// Waits for points in time.
#[async_trait(?Send)]
pub trait Timer {
    /// Returns at this time, in seconds since the Unix epoch, or at once when it has passed.
    async fn until(&self, seconds: i64);
}
