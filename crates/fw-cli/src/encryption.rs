//! How the states and plans of a directory are encrypted: the block in its root module, and `TF_ENCRYPTION`.

use std::path::Path;

use fw_config::{EarlyScope, Module};
use fw_diag::{Diagnostic, Diagnostics};
use fw_encryption::{Encryption, Sources, is_encrypted};
use fw_lang::Scope;
use fw_ops::saved_plan::{PlanFileError, SavedPlan};
use fw_ops::{Level, project};
use fw_state::{ReadError, State};
use fw_syntax::Body;

use crate::session::Session;

const VARIABLE: &str = "TF_ENCRYPTION";

/// What is said of an encrypted plan where nothing says how to read it.
const ENCRYPTED: &str = "the given plan file is encrypted and requires a valid encryption configuration to decrypt";

impl Session {
    /// What is known so far: what a command that asks for the state has found out.
    pub(crate) fn known_encryption(&self) -> Encryption {
        self.encryption.get().map(|(known, _)| known.clone()).unwrap_or_default()
    }

    /// Warnings about it, which are told once.
    pub(crate) fn encryption_warnings(&self) -> Diagnostics {
        self.encryption.get().map(|(_, told)| told.take()).unwrap_or_default()
    }

    /// As the root module of the directory says, and the environment.
    pub(crate) fn encryption(&self) -> Result<Encryption, Diagnostics> {
        if self.encryption.get().is_some() {
            return Ok(self.known_encryption());
        }
        // What else is wrong with the module is told by those who need it.
        let (root, _) = project::load_root(&self.surroundings, &self.sources);
        self.encryption_of(&root)
    }

    /// As a root module says, and the environment. Where the root module of the directory, which was asked before, says
    /// anything, that counts.
    pub(crate) fn encryption_of(&self, root: &Module) -> Result<Encryption, Diagnostics> {
        if self.encryption.get().is_some() {
            return Ok(self.known_encryption());
        }
        let mut bodies: Vec<_> = root.encryption.iter().map(|block| (block.body.clone(), Some(block.span))).collect();
        bodies.extend(self.of_environment()?.map(|body| (body, None)));
        if bodies.is_empty() {
            // Not kept: a saved plan may know better.
            return Ok(Encryption::default());
        }
        let (files, around) = (self.surroundings.files(), crate::backend::surroundings(self));
        let scope =
            |user: &str, span| -> Box<dyn Scope + '_> { Box::new(EarlyScope::of_root(&files, root, user, span)) };
        let mut told = Diagnostics::new();
        let found = Encryption::of(&bodies, &Sources { scope: &scope, around: &around }, &mut told);
        if told.has_errors() {
            return Err(told);
        }
        let (known, _) = self.encryption.get_or_init(|| (found, told.into()));
        Ok(known.clone())
    }

    fn of_environment(&self) -> Result<Option<Body>, Diagnostics> {
        let text = self.surroundings.variable(VARIABLE).filter(|_| self.surroundings.level == Level::OpenTofu);
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
        // It may hold secrets, so it is not shown.
        let file = self.sources.add_hidden(VARIABLE, text);
        let (body, told) = if text.starts_with('{') {
            fw_syntax::parse_json(file, text)
        } else {
            let (body, told) = fw_syntax::parse_native(file, text);
            (Body::Native(body), told)
        };
        if told.has_errors() { Err(told) } else { Ok(Some(body)) }
    }

    /// A plan from a file.
    pub(crate) fn read_plan(&self, path: &Path, name: &str) -> Result<SavedPlan, Diagnostics> {
        let read = std::fs::read(path).map_err(|source| PlanFileError::Unreadable { path: path.to_owned(), source });
        let bytes = read.map_err(|error| Diagnostics::from(error.diagnostic(name)))?;
        let plain = self.decrypted_plan(bytes)?.map_err(|why| {
            let summary = format!("Failed to load \"{name}\" as a plan file");
            Diagnostics::from(Diagnostic::error(summary, format!("Error: {why}")))
        })?;
        SavedPlan::from_bytes(&plain).map_err(|error| error.diagnostic(name).into())
    }

    /// The bytes of a plan file, or why they cannot be decrypted.
    pub(crate) fn decrypted_plan(&self, bytes: Vec<u8>) -> Result<Result<Vec<u8>, String>, Diagnostics> {
        let encryption = self.encryption()?;
        Ok(match encryption.plan() {
            Some(plan) => plan.open(&bytes).map(|opened| opened.plain),
            None if is_encrypted(&bytes) => Err(ENCRYPTED.to_owned()),
            None => Ok(bytes),
        })
    }

    /// The state in bytes that were given from elsewhere: as it is, or encrypted like the states here.
    pub(crate) fn given_state(&self, bytes: &[u8]) -> Result<State, ReadError> {
        let unusable = |problems: Diagnostics| ReadError::Unusable(problems);
        match self.encryption().map_err(unusable)?.state().filter(|_| is_encrypted(bytes)) {
            None => fw_state::read(bytes),
            Some(cipher) => match cipher.open(bytes) {
                Ok(opened) => fw_state::read(&opened.plain),
                Err(why) => Err(unusable(Diagnostic::error("Unable to decrypt the state", why).into())),
            },
        }
    }
}
