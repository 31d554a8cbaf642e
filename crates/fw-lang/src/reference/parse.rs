//! From traversals to references, with the messages of what is no reference.

use fw_addr::{InstanceKey, Name, Resource, ResourceMode};
use fw_diag::{Diagnostic, Span};
use fw_syntax::ast::{Step, StepKind, Traversal};
use fw_value::{Content, Str, Type, Value};

use super::{Reference, Subject};

/// Where an expression stands, as far as it decides which root names there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// In a module.
    #[default]
    Module,
    /// In a test file, where `output.` and `run.` may be read.
    Test,
}

/// The reference a traversal makes.
///
/// # Errors
/// A diagnostic when it names nothing.
pub fn parse_traversal(traversal: &Traversal, place: Place) -> Result<Reference, Box<Diagnostic>> {
    let (subject, consumed, span) = parse(traversal, place)?;
    let remaining = traversal.steps.get(consumed..).unwrap_or_default().to_vec();
    Ok(Reference { subject, remaining, span })
}

/// The subject of a traversal, how many of its steps belong to the subject, and the place of root and these steps.
///
/// # Errors
/// A diagnostic when it names nothing.
pub fn parse(traversal: &Traversal, place: Place) -> Result<(Subject, usize, Span), Box<Diagnostic>> {
    let reader = Reader { traversal };
    match &*traversal.root.name {
        "var" => reader.single(Subject::Variable),
        "local" => reader.single(Subject::Local),
        "module" => reader.module(),
        "data" => reader.prefixed(ResourceMode::Data),
        "ephemeral" => reader.prefixed(ResourceMode::Ephemeral),
        "resource" => reader.prefixed(ResourceMode::Managed),
        "each" => reader.single(Subject::Each),
        "count" => reader.single(Subject::Count),
        "path" => reader.single(Subject::Path),
        "terraform" => reader.single(Subject::Terraform),
        "self" => Ok((Subject::SelfObject, 0, traversal.root.span)),
        "output" if place == Place::Test => reader.single(Subject::Output),
        "run" if place == Place::Test => reader.single(Subject::Run),
        "check" if place == Place::Test => reader.single(Subject::Check),
        name @ ("template" | "lazy" | "arg") => Err(reserved(name, traversal.root.span)),
        _ => reader.resource(ResourceMode::Managed, &traversal.root.name, traversal.root.span, 0),
    }
}

/// The instance key a value is, or what is wrong with it.
///
/// # Errors
/// A message that continues a sentence.
pub fn parse_instance_key(key: &Value) -> Result<InstanceKey, String> {
    match key.content() {
        Content::String(text) => Ok(InstanceKey::String(Name::clone(text))),
        Content::Number(number) => number.to_i64().map(InstanceKey::Int).ok_or_else(|| {
            "value must be a whole number, between -9223372036854775808 and 9223372036854775807".to_owned()
        }),
        _ if matches!(key.ty(), Type::String | Type::Number) => Err("value must not be null".to_owned()),
        _ => Err("either a string or an integer is required".to_owned()),
    }
}

type Parsed = Result<(Subject, usize, Span), Box<Diagnostic>>;

struct Reader<'a> {
    traversal: &'a Traversal,
}

impl Reader<'_> {
    fn root_span(&self) -> Span {
        self.traversal.root.span
    }

    fn step(&self, index: usize) -> Option<&Step> {
        self.traversal.steps.get(index)
    }

    fn attribute(&self, index: usize) -> Option<(&Str, Span)> {
        match self.step(index) {
            Some(Step { kind: StepKind::Attribute(name), span }) => Some((name, *span)),
            _ => None,
        }
    }

    fn end(&self) -> Span {
        self.traversal.steps.last().map_or(self.root_span(), |s| s.span)
    }

    /// `root.name`
    fn single(&self, make: impl FnOnce(Name) -> Subject) -> Parsed {
        let root = &self.traversal.root;
        if let Some((name, span)) = self.attribute(0) {
            return Ok((make(Name::clone(name)), 1, root.span.to(span)));
        }
        let (detail, span) = match self.step(0) {
            None => (
                format!(
                    "The \"{}\" object cannot be accessed directly. Instead, access one of its attributes.",
                    root.name
                ),
                root.span,
            ),
            Some(step) => (format!("The \"{}\" object does not support this operation.", root.name), step.span),
        };
        Err(invalid(detail, span))
    }

    /// `data.type.name`
    fn prefixed(&self, mode: ResourceMode) -> Parsed {
        if self.traversal.steps.len() < 2 {
            let detail = match mode {
                ResourceMode::Data => {
                    r#"The "data" object must be followed by two attribute names: the data source type and the resource name."#
                }
                ResourceMode::Managed => {
                    r#"The "resource" object must be followed by two attribute names: the resource type and the resource name."#
                }
                ResourceMode::Ephemeral => {
                    r#"The "ephemeral" object must be followed by two attribute names: the ephemeral resource type and the resource name."#
                }
            };
            return Err(invalid(detail.to_owned(), self.root_span().to(self.end())));
        }
        match self.attribute(0) {
            Some((kind, span)) => self.resource(mode, kind, span, 1),
            None => {
                let span = self.step(0).map_or(self.root_span(), |s| s.span);
                Err(invalid(r#"The "data" object does not support this operation."#.to_owned(), span))
            }
        }
    }

    /// The name after a resource type, which is the root or the step before `at`.
    fn resource(&self, mode: ResourceMode, kind: &Str, kind_span: Span, at: usize) -> Parsed {
        let Some(step) = self.step(at) else {
            let detail = "A reference to a resource type must be followed by at least one attribute access, specifying \
                          the resource name.";
            return Err(invalid(detail.to_owned(), kind_span));
        };
        let StepKind::Attribute(name) = &step.kind else {
            let what = match mode {
                ResourceMode::Data => "a data source",
                ResourceMode::Ephemeral => "an ephemeral resource",
                ResourceMode::Managed => "a resource type",
            };
            let detail = format!(
                "A reference to {what} must be followed by at least one attribute access, specifying the resource name."
            );
            return Err(invalid(detail, step.span));
        };
        let resource = Resource { mode, kind: Name::clone(kind), name: Name::clone(name) };
        let span = self.root_span().to(step.span);
        let Some(Step { kind: StepKind::Index(key), span: key_span }) = self.step(at + 1) else {
            return Ok((Subject::Resource(resource), at + 1, span));
        };
        match parse_instance_key(key) {
            Ok(key) => Ok((Subject::ResourceInstance(resource, key), at + 2, span.to(*key_span))),
            Err(message) => Err(invalid_key(format!("Invalid index for resource instance: {message}."), *key_span)),
        }
    }

    /// `module.name…`
    fn module(&self) -> Parsed {
        let (subject, _, span) = self.single(Subject::Module)?;
        let Subject::Module(name) = subject else { unreachable!("made above") };
        match self.step(1) {
            None => Ok((Subject::Module(name), 1, span)),
            Some(Step { kind: StepKind::Attribute(output), span: end }) => {
                Ok((Subject::ModuleOutput(name, None, Name::clone(output)), 2, span.to(*end)))
            }
            Some(Step { kind: StepKind::Index(key), span: end }) => {
                let key = parse_instance_key(key)
                    .map_err(|message| invalid_key(format!("Invalid index for module instance: {message}."), *end))?;
                self.module_instance(name, key, span.to(*end))
            }
        }
    }

    /// `module.name[key]…`
    fn module_instance(&self, name: Name, key: InstanceKey, span: Span) -> Parsed {
        match self.step(2) {
            None => Ok((Subject::ModuleInstance(name, Some(key)), 2, span)),
            Some(Step { kind: StepKind::Attribute(output), span: end }) => {
                Ok((Subject::ModuleOutput(name, Some(key), Name::clone(output)), 3, span.to(*end)))
            }
            Some(step) => Err(invalid("Module instance objects do not support this operation.".to_owned(), step.span)),
        }
    }
}

fn invalid(detail: String, span: Span) -> Box<Diagnostic> {
    Box::new(Diagnostic::error("Invalid reference", detail).at(span))
}

fn invalid_key(detail: String, span: Span) -> Box<Diagnostic> {
    Box::new(Diagnostic::error("Invalid index key", detail).at(span))
}

fn reserved(name: &str, span: Span) -> Box<Diagnostic> {
    let detail = format!(
        "The symbol name \"{name}\" is reserved for use in a future Terraform version. If you are using a provider that \
         already uses this as a resource type name, add the prefix \"resource.\" to force interpretation as a resource \
         type name."
    );
    Box::new(Diagnostic::error("Reserved symbol name", detail).at(span))
}
