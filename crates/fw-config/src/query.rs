//! Queries: the files `*.tfquery.hcl` and `*.tfquery.json` beside a root module, with blocks `list`.

use std::sync::Arc;

use fw_addr::{LocalProviderConfig, ModulePath, Name, Provider, ResourceMode};
use fw_diag::{Diagnostics, SourceMap, Span};
use fw_lang::reference::{Reference, Subject, references, references_in_body};
use fw_syntax::Body;
use fw_syntax::ast::{Expr, StepKind};

use crate::files::{Files, is_kept};
use crate::model::{Module, Repetition};
use crate::{PLACE, loader};

/// `list "type" "name" { … }`.
#[derive(Clone, Debug)]
pub struct ListBlock {
    /// The type of what is listed.
    pub kind: Name,
    /// The name.
    pub name: Name,
    /// The provider configuration as the module names it.
    pub provider_config: LocalProviderConfig,
    /// The provider.
    pub provider: Provider,
    /// How often.
    pub repetition: Repetition,
    /// Whether the objects are wanted, beside their identities.
    pub include_resource: Option<Arc<Expr>>,
    /// How many are wanted.
    pub limit: Option<Arc<Expr>>,
    /// What the provider is told.
    pub config: Body,
    /// The label that names the type.
    pub kind_span: Span,
    /// The header.
    pub span: Span,
}

impl ListBlock {
    /// The address: `list.type.name`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("list.{}.{}", self.kind, self.name)
    }

    /// Everything its expressions refer to; what is no reference is told.
    #[must_use]
    pub fn references(&self, schema: &fw_schema::Block, told: &mut Diagnostics) -> Vec<Reference> {
        let mut found = references_in_body(&self.config, schema, PLACE, told);
        let of_repetition = match &self.repetition {
            Repetition::Single => None,
            Repetition::Count(expr) | Repetition::ForEach(expr) | Repetition::Enabled(expr) => Some(expr),
        };
        for expr in [of_repetition, self.include_resource.as_ref(), self.limit.as_ref()].into_iter().flatten() {
            found.extend(references(expr, PLACE, told));
        }
        found
    }
}

/// The list that a reference means, by type and name: where modules have resources of a type `list`, queries have lists.
#[must_use]
pub fn list_of(reference: &Reference) -> Option<(&Name, &Name)> {
    let (Subject::Resource(resource) | Subject::ResourceInstance(resource, _)) = &reference.subject else {
        return None;
    };
    if resource.mode != ResourceMode::Managed || &*resource.kind != "list" {
        return None;
    }
    match &reference.remaining.first()?.kind {
        StepKind::Attribute(name) => Some((&resource.name, name)),
        StepKind::Index(_) => None,
    }
}

/// As [`crate::load_module`] for a root module, with what its query files declare.
#[must_use]
pub fn load_module(directory: &str, files: &dyn Files, sources: &SourceMap) -> (Module, Diagnostics) {
    loader::load_files(directory, ModulePath::root(), files, sources, true)
}

/// The query files among the names of files, in order.
pub(crate) fn among(names: &[String]) -> Vec<String> {
    let is_query = |name: &&String| is_kept(name) && SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
    let mut found: Vec<String> = names.iter().filter(is_query).cloned().collect();
    found.sort();
    found
}

const SUFFIXES: [&str; 2] = [".tfquery.hcl", ".tfquery.json"];
