//! What an apply is made from, and whom it tells.

use std::collections::BTreeMap;

use async_trait::async_trait;
use fw_addr::AbsResourceInstance;
use fw_eval::Evaluator;
use fw_exec::{Action, Basis, EphemeralStep, Plan};
use fw_state::DeposedKey;
use fw_value::Value;

use crate::Recorder;

/// What an apply is made from.
pub struct ApplyInput<'a> {
    /// The plan, made from this configuration.
    pub plan: &'a Plan,
    /// The configuration, the root variables given again, and the outside world.
    pub basis: Basis<'a>,
    /// Runs provisioners.
    pub provisioners: &'a dyn Provisioners,
    /// Makes changes of the state durable.
    pub recorder: &'a dyn Recorder,
    /// Is told what happens.
    pub hooks: &'a dyn Hooks,
    /// Random bits for keys of deposed objects.
    pub random: &'a dyn Fn() -> u32,
    /// How many provider calls and provisioners may run at a time.
    pub parallelism: usize,
}

/// A command for `local-exec`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments; never empty.
    pub arguments: Vec<String>,
    /// The directory to run it in, instead of the present one.
    pub directory: Option<String>,
    /// What to add to the environment.
    pub environment: BTreeMap<String, String>,
}

/// Runs what provisioners ask for, outside of the engine.
#[async_trait(?Send)]
pub trait Provisioners {
    /// Runs a command on this machine. Each line it writes goes to `output`, without its newline.
    ///
    /// # Errors
    /// How it failed, as `exit status 1`.
    async fn command(&self, command: &Command, output: &(dyn for<'l> Fn(&'l str) + '_)) -> Result<(), String>;

    /// Runs a `file` or `remote-exec` provisioner with its own configuration and that of its connection.
    ///
    /// # Errors
    /// How it failed, as a sentence.
    async fn remote(
        &self,
        kind: &str,
        _config: &Value,
        _connection: &Value,
        _output: &(dyn for<'l> Fn(&'l str) + '_),
    ) -> Result<(), String> {
        Err(format!("The provisioner \"{kind}\" is not supported here."))
    }

    /// Asks whatever runs to end soon.
    async fn stop(&self) {}
}

/// An operation on an object, as people are told of it.
#[derive(Clone, Copy, Debug)]
pub struct Operating<'a> {
    /// The instance.
    pub address: &'a AbsResourceInstance,
    /// The deposed object concerned, instead of the current one.
    pub deposed: Option<&'a DeposedKey>,
    /// Create, update, delete or read; the two halves of a replacement come one by one.
    pub action: Action,
    /// The object before, with marks; null when there is none.
    pub before: &'a Value,
    /// The object after as far as known, with marks; null when there is none.
    pub after: &'a Value,
}

/// Is told what happens, for people who wait.
pub trait Hooks {
    /// An object that exists already is taken into the state, as its first step.
    fn importing(&self, _address: &AbsResourceInstance, _id: &str) {}
    /// It is in the state.
    fn imported(&self, _address: &AbsResourceInstance, _id: &str) {}
    /// An operation begins.
    fn before_apply(&self, _operation: &Operating<'_>) {}
    /// An operation has ended; `result` is the object as it is now.
    fn after_apply(&self, _operation: &Operating<'_>, _result: &Value, _failed: bool) {}
    /// A provisioner begins.
    fn before_provisioner(&self, _address: &AbsResourceInstance, _kind: &str) {}
    /// A provisioner has ended.
    fn after_provisioner(&self, _address: &AbsResourceInstance, _kind: &str, _failed: bool) {}
    /// A provisioner has written a line.
    fn provisioner_output(&self, _address: &AbsResourceInstance, _kind: &str, _line: &str) {}
    /// Something happens to an ephemeral resource.
    fn ephemeral(&self, _address: &AbsResourceInstance, _what: EphemeralStep, _failed: bool) {}
    /// Something worth a line in a log and nothing more.
    fn note(&self, _text: &str) {}
    /// All is done, and everything can still be evaluated.
    fn applied(&self, _evaluator: &Evaluator<'_>) {}
}

/// Hooks that do nothing.
#[derive(Debug)]
pub struct NoHooks;

impl Hooks for NoHooks {}
