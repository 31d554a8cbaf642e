//! What the `encryption` block and `TF_ENCRYPTION` say. Both have the same form; where both name the same thing, later ones
//! are laid over earlier ones.

mod building;
mod written;

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_backend::Surroundings;
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_lang::Scope;
use fw_store::Cipher;
use fw_syntax::Body;

use crate::target::{Content, Target};
use building::Building;
use written::{WrittenTarget, read};

/// How states and plans are encrypted.
#[derive(Clone, Debug, Default)]
pub struct Encryption {
    state: Option<Arc<Target>>,
    plan: Option<Arc<Target>>,
    /// For states that `terraform_remote_state` reads, unless they have one of their own.
    remote_default: Option<Arc<Target>>,
    remotes: BTreeMap<String, Arc<Target>>,
}

/// What the blocks are read with.
pub struct Sources<'a> {
    /// What expressions see: of the user with a name (`encryption.key_provider.pbkdf2.a`), which stands at a place.
    pub scope: &'a dyn Fn(&str, Span) -> Box<dyn Scope + 'a>,
    /// Environment, files, and where they are.
    pub around: &'a Surroundings,
}

impl Encryption {
    /// Reads the bodies of blocks, with the places of their headers where they have one. Keys that somebody else gives are
    /// asked for, so that it is known that there are any.
    #[must_use]
    pub fn of(bodies: &[(Body, Option<Span>)], sources: &Sources<'_>, told: &mut Diagnostics) -> Self {
        let written = read(bodies, told);
        if told.has_errors() {
            return Self::default();
        }
        let place = bodies.first().and_then(|(_, span)| *span).filter(|_| bodies.len() == 1);
        for _ in written.methods.keys().filter(|(kind, _)| kind == "unencrypted") {
            let detail = "Method unencrypted is present in configuration. This is a security risk and should only be enabled \
                          during migrations.";
            let warning = Diagnostic::warning("Unencrypted method configured", detail);
            told.push(Diagnostic { subject: place, ..warning });
        }
        let mut building = Building::new(&written, sources, place, told);
        let mut make =
            |name: &str, content: Content, target: &WrittenTarget| building.target(name, content, target).map(Arc::new);
        let found = Self {
            state: written.state.as_ref().and_then(|target| make("state", Content::State, target)),
            plan: written.plan.as_ref().and_then(|target| make("plan", Content::Plan, target)),
            remote_default: written
                .remote_default
                .as_ref()
                .and_then(|target| make("remote.default", Content::State, target)),
            remotes: written
                .remotes
                .iter()
                .filter_map(|(name, target)| {
                    let full = format!("remote.remote_state_datasource.{name}");
                    Some((name.clone(), make(&full, Content::State, target)?))
                })
                .collect(),
        };
        if !told.has_errors() {
            found.prepare(told);
        }
        found
    }

    fn prepare(&self, told: &mut Diagnostics) {
        // Other states are not written.
        for target in self.state.iter().chain(&self.plan) {
            if let Err(failure) = target.prepare() {
                told.push(Diagnostic::error(failure.summary, failure.detail));
            }
        }
    }

    /// What encrypts states.
    #[must_use]
    pub fn state(&self) -> Option<Arc<dyn Cipher>> {
        self.state.clone().map(|target| -> Arc<dyn Cipher> { target })
    }

    /// What encrypts plans.
    #[must_use]
    pub fn plan(&self) -> Option<&dyn Cipher> {
        self.plan.as_deref().map(|target| -> &dyn Cipher { target })
    }

    /// What encrypts the state that an instance of `terraform_remote_state` reads: `a`, `a[0]`, `m.a` in a module.
    #[must_use]
    pub fn remote_state(&self, name: &str) -> Option<Arc<dyn Cipher>> {
        let target = self.remotes.get(name).or(self.remote_default.as_ref());
        target.cloned().map(|target| -> Arc<dyn Cipher> { target })
    }
}
