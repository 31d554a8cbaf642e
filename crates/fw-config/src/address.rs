//! Addresses within configuration, as `moved`, `removed` and `import` blocks write them.

use fw_addr::{InstanceKey, ModuleInstance, ModuleStep, Name, Resource, ResourceMode};
use fw_diag::{Diagnostic, Span};
use fw_syntax::ast::{Expr, ExprKind, Step, StepKind, Traversal};
use fw_value::{Content, Value};

use crate::model::MovedEndpoint;

/// First names that mean something else than a resource type.
const RESERVED: [&str; 9] = ["var", "local", "self", "each", "path", "terraform", "template", "lazy", "arg"];

/// Which parts an address may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Of `moved`: with or without keys.
    Endpoint,
    /// Of `removed`: without keys.
    Whole,
    /// Of `import`: keys may also be expressions, which [`flatten`] leaves out.
    Instance,
}

/// Reads an address.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn parse(traversal: &Traversal, form: Form) -> Result<MovedEndpoint, Diagnostic> {
    let parts = std::iter::once(Part::of_root(traversal)).chain(traversal.steps.iter().map(Part::of_step));
    parse_parts(&parts.collect::<Vec<_>>(), form)
}

/// The static steps of an address whose keys may be expressions. `None` when it has another form.
pub(crate) fn flatten(expr: &Expr) -> Option<Traversal> {
    fw_syntax::deep::guard(|| match &expr.kind {
        ExprKind::Traversal(traversal) => Some(Traversal::clone(traversal)),
        ExprKind::Index { collection, .. } => flatten(collection),
        ExprKind::Relative { source, steps } => {
            let mut traversal = flatten(source)?;
            traversal.steps.extend(steps.iter().cloned());
            Some(traversal)
        }
        _ => None,
    })
}

/// The keys of such an address that are expressions.
pub(crate) fn dynamic_keys(expr: &Expr) -> Vec<&Expr> {
    let (mut keys, mut next) = (Vec::new(), Some(expr));
    while let Some(expr) = next {
        next = match &expr.kind {
            ExprKind::Index { collection, key, .. } => {
                keys.push(&**key);
                Some(collection)
            }
            ExprKind::Relative { source, .. } => Some(source),
            _ => None,
        };
    }
    keys
}

struct Part<'a> {
    kind: PartKind<'a>,
    span: Span,
}

enum PartKind<'a> {
    Name(&'a Name),
    Key(&'a Value),
}

impl<'a> Part<'a> {
    fn of_root(traversal: &'a Traversal) -> Self {
        Self { kind: PartKind::Name(&traversal.root.name), span: traversal.root.span }
    }

    fn of_step(step: &'a Step) -> Self {
        let kind = match &step.kind {
            StepKind::Attribute(name) => PartKind::Name(name),
            StepKind::Index(key) => PartKind::Key(key),
        };
        Self { kind, span: step.span }
    }

    fn name(&self) -> Option<&'a Name> {
        match self.kind {
            PartKind::Name(name) => Some(name),
            PartKind::Key(_) => None,
        }
    }
}

fn parse_parts(parts: &[Part<'_>], form: Form) -> Result<MovedEndpoint, Diagnostic> {
    let (module, rest) = module_prefix(parts, form)?;
    let whole = match (parts.first(), parts.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => return Err(invalid("An address is required.", Span::new(fw_diag::FileId(0), 0, 0))),
    };
    if rest.is_empty() {
        if form == Form::Instance {
            let detail = "A resource instance address is required here. The module path must be followed by a resource \
                          instance specification.";
            return Err(invalid(detail, whole));
        }
        return Ok(MovedEndpoint::Module(module));
    }
    let (resource, key) = resource(rest, form, whole)?;
    Ok(MovedEndpoint::Resource(module, resource, key))
}

/// The leading `module.name[key]` steps, and what follows them.
fn module_prefix<'p, 'a>(parts: &'p [Part<'a>], form: Form) -> Result<(ModuleInstance, &'p [Part<'a>]), Diagnostic> {
    let mut steps = Vec::new();
    let mut rest = parts;
    while let [keyword, tail @ ..] = rest
        && keyword.name().is_some_and(|n| &**n == "module")
    {
        let operator = |span| {
            let detail = "Prefix \"module.\" must be followed by a module name.";
            Diagnostic::error("Invalid address operator", detail).at(span)
        };
        let [named, tail @ ..] = tail else { return Err(operator(keyword.span)) };
        let Some(name) = named.name() else { return Err(operator(named.span)) };
        rest = tail;
        let mut key = None;
        if let [Part { kind: PartKind::Key(value), span }, tail @ ..] = rest {
            if form == Form::Whole {
                let detail = "Module address must be a module (e.g. \"module.foo\"), not a module instance (e.g. \"module.foo[1]\").";
                return Err(Diagnostic::error("Module instance keys not allowed", detail).at(*span));
            }
            key = Some(instance_key(value, *span)?);
            rest = tail;
        }
        steps.push(ModuleStep { name: Name::clone(name), key });
    }
    if let ([Part { kind: PartKind::Key(_), span }, ..], false) = (rest, steps.is_empty()) {
        let detail = "Module address prefix must be followed by dot and then a name.";
        return Err(Diagnostic::error("Invalid address operator", detail).at(*span));
    }
    Ok((ModuleInstance(steps.into()), rest))
}

fn resource(parts: &[Part<'_>], form: Form, whole: Span) -> Result<(Resource, Option<InstanceKey>), Diagnostic> {
    let (mode, rest) = match parts {
        [first, rest @ ..] => match first.name().map(|n| &**n) {
            Some("data") => (ResourceMode::Data, rest),
            Some("resource") => (ResourceMode::Managed, rest),
            Some("ephemeral") if form != Form::Whole => (ResourceMode::Ephemeral, rest),
            Some(name) if form != Form::Whole && RESERVED.contains(&name) => {
                let detail = format!(
                    "The keyword \"{name}\" is reserved and cannot be used to target a resource address. If you are targeting \
                     a resource type that uses a reserved keyword, please prefix your address with \"resource.\"."
                );
                return Err(invalid(detail, whole));
            }
            _ => (ResourceMode::Managed, parts),
        },
        [] => (ResourceMode::Managed, parts),
    };
    let [kind_part, name_part, rest @ ..] = rest else {
        let span = rest.first().map_or(whole, |p| p.span);
        return Err(invalid("Resource specification must include a resource type and name.", span));
    };
    let kind = kind_part.name().ok_or_else(|| invalid("A resource type name is required.", kind_part.span))?;
    let name = name_part.name().ok_or_else(|| invalid("A resource name is required.", name_part.span))?;
    let resource = Resource { mode, kind: Name::clone(kind), name: Name::clone(name) };
    let Some(key_part) = rest.first() else { return Ok((resource, None)) };
    if form == Form::Whole {
        let detail = "Resource address must be a resource (e.g. \"test_instance.foo\"), not a resource instance (e.g. \
                      \"test_instance.foo[1]\").";
        return Err(Diagnostic::error("Resource instance keys not allowed", detail).at(key_part.span));
    }
    if let Some(extra) = rest.get(1) {
        return Err(invalid("Unexpected extra operators after address.", extra.span));
    }
    let PartKind::Key(value) = key_part.kind else {
        return Err(invalid("Resource instance key must be given in square brackets.", key_part.span));
    };
    Ok((resource, Some(instance_key(value, key_part.span)?)))
}

fn instance_key(value: &Value, span: Span) -> Result<InstanceKey, Diagnostic> {
    let key = match value.content() {
        Content::String(text) => Some(InstanceKey::String(Name::clone(text))),
        Content::Number(number) => number.to_i64().map(InstanceKey::Int),
        _ => return Err(invalid("Invalid resource instance key: either a string or an integer is required.", span)),
    };
    key.ok_or_else(|| {
        let detail = format!(
            "Invalid resource instance key: value must be a whole number, between {} and {}.",
            i64::MIN,
            i64::MAX
        );
        invalid(detail, span)
    })
}

fn invalid(detail: impl Into<String>, span: Span) -> Diagnostic {
    Diagnostic::error("Invalid address", detail).at(span)
}
