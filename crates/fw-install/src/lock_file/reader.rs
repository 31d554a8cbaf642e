//! From the text of a lock file to locks, with everything that is wrong in it.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use fw_addr::Provider;
use fw_diag::{Diagnostic, Diagnostics, SourceMap, Span};
use fw_syntax::ast::{Expr, ExprKind, TemplatePart};
use fw_syntax::{Block, Body, BodySchema, parse_native_named};

use super::{Lock, LockFile};
use crate::hash::Hash;
use crate::version::{Constraints, Version};

pub(super) fn read(name: &str, text: &str, sources: &SourceMap) -> (LockFile, Diagnostics) {
    let file = sources.add(name, text);
    let (body, mut problems) = parse_native_named(file, name, text);
    let schema = BodySchema::new(&[], &[("provider", &["source_addr"]), ("module", &["path"])]);
    let (content, more) = Body::Native(body).content(&schema);
    problems.append(more);
    let mut locks = LockFile::default();
    let mut places: BTreeMap<Provider, Span> = BTreeMap::new();
    for block in &content.blocks {
        if &*block.kind.name == "module" {
            problems.push(modules_not_supported(block));
            continue;
        }
        let Some((provider, lock)) = read_provider(block, &mut problems) else { continue };
        if let Some(first) = places.insert(provider.clone(), block.header) {
            let at = place(sources, name, first);
            let detail = format!("This lockfile already declared a lock for provider {provider} at {at}.");
            problems.push(Diagnostic::error("Duplicate provider lock", detail).at(block.header));
            continue;
        }
        locks.providers.insert(provider, lock);
    }
    (locks, problems)
}

fn modules_not_supported(block: &Block) -> Diagnostic {
    Diagnostic::warning(
        "Dependency locks for modules are not yet supported",
        "Terraform v1.11.4 only supports dependency locks for providers, not for modules. This configuration may be intended for a later version of Terraform that also supports dependency locks for modules.",
    )
    .at(block.kind.span)
}

/// `file:1,2-3`.
fn place(sources: &SourceMap, name: &str, span: Span) -> String {
    let file = sources.file(span.file);
    let (start, end) = (file.position(span.start), file.position(span.end));
    if start.line == end.line {
        format!("{name}:{},{}-{}", start.line, start.column, end.column)
    } else {
        format!("{name}:{},{}-{},{}", start.line, start.column, end.line, end.column)
    }
}

fn read_provider(block: &Block, problems: &mut Diagnostics) -> Option<(Provider, Lock)> {
    let provider = read_address(block, problems)?;
    let schema = BodySchema::new(&[("version", true), ("constraints", false), ("hashes", false)], &[]);
    let (content, more) = block.body.content(&schema);
    problems.append(more);
    let version = read_version(&provider, content.expr("version")?, problems)?;
    let constraints = content.expr("constraints").and_then(|expr| read_constraints(&provider, expr, problems));
    let hashes = content.expr("hashes").map(|expr| read_hashes(expr, problems));
    let lock = Lock { version, constraints: constraints.unwrap_or_default(), hashes: hashes.unwrap_or_default() };
    Some((provider, lock))
}

fn read_address(block: &Block, problems: &mut Diagnostics) -> Option<Provider> {
    let label = block.labels.first()?;
    let mut refuse = |summary: &str, detail: String| {
        problems.push(Diagnostic::error(summary, detail).at(label.span));
        None
    };
    let Ok(provider) = Provider::from_str(&label.name) else {
        return refuse(
            "Invalid provider source address",
            "The provider source address for a provider lock must be a valid, fully-qualified address of the form \"hostname/namespace/type\".".to_owned(),
        );
    };
    if provider.is_builtin() {
        return refuse(
            "Invalid provider source address",
            format!(
                "Cannot lock a version for built-in provider {provider}. Built-in providers are bundled inside Terraform itself, so you can't select a version for them independently of the Terraform release you are currently running."
            ),
        );
    }
    let normal = provider.to_string();
    if normal != *label.name {
        return refuse(
            "Non-normalized provider source address",
            format!(
                "The provider source address for this provider lock must be written as \"{normal}\", the fully-qualified and normalized form."
            ),
        );
    }
    Some(provider)
}

fn read_version(provider: &Provider, expr: &Expr, problems: &mut Diagnostics) -> Option<Version> {
    const SUMMARY: &str = "Invalid provider version number";
    let text = string(expr, problems)?;
    let version = match crate::version::parse_padded(&text) {
        Ok(version) => version,
        Err(error) => {
            let detail = format!("The selected version number for provider {provider} is invalid: {error}.");
            problems.push(Diagnostic::error(SUMMARY, detail).at(expr.span));
            return None;
        }
    };
    let normal = version.to_string();
    if normal != text {
        let detail = format!(
            "The selected version number for provider {provider} must be written in normalized form: \"{normal}\"."
        );
        problems.push(Diagnostic::error(SUMMARY, detail).at(expr.span));
    }
    Some(version)
}

fn read_constraints(provider: &Provider, expr: &Expr, problems: &mut Diagnostics) -> Option<Constraints> {
    const SUMMARY: &str = "Invalid provider version constraints";
    let text = string(expr, problems)?;
    let constraints = match Constraints::from_str(&text) {
        Ok(constraints) => constraints,
        Err(error) => {
            let detail = format!("The recorded version constraints for provider {provider} are invalid: {error}.");
            problems.push(Diagnostic::error(SUMMARY, detail).at(expr.span));
            return None;
        }
    };
    let normal = constraints.to_string();
    if normal != text {
        let detail = format!(
            "The recorded version constraints for provider {provider} must be written in normalized form: \"{normal}\"."
        );
        problems.push(Diagnostic::error(SUMMARY, detail).at(expr.span));
    }
    Some(constraints)
}

fn read_hashes(expr: &Expr, problems: &mut Diagnostics) -> BTreeSet<Hash> {
    let ExprKind::Tuple(elements) = &expr.kind else {
        problems.push(Diagnostic::error("Invalid expression", "A static list expression is required.").at(expr.span));
        return BTreeSet::new();
    };
    if elements.is_empty() {
        let detail = "The \"hashes\" argument must either be omitted or contain at least one hash value.";
        problems.push(Diagnostic::error("Invalid provider hash set", detail).at(expr.span));
    }
    let mut hashes = BTreeSet::new();
    for element in elements {
        let Some(text) = string(element, problems) else { continue };
        if text.split_once(':').is_some_and(|(scheme, value)| !scheme.is_empty() && !value.is_empty()) {
            hashes.insert(Hash(text));
        } else {
            let detail = format!(
                "Cannot interpret \"{text}\" as a provider hash: hash string must start with a scheme keyword followed by a colon."
            );
            problems.push(Diagnostic::error("Invalid provider hash string", detail).at(element.span));
        }
    }
    hashes
}

/// The text of a string without interpolation.
fn string(expr: &Expr, problems: &mut Diagnostics) -> Option<String> {
    if let ExprKind::Template(template) = &expr.kind
        && let [TemplatePart::Literal(text, _)] = template.parts.as_slice()
    {
        return Some(text.to_string());
    }
    let detail = "A plain string is required here.";
    problems.push(Diagnostic::error("Unsuitable value type", detail).at(expr.span));
    None
}
