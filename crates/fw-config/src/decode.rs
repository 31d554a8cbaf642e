//! From the blocks of one file to the model, still without knowing the other files.
//!
//! Each block is read as far as it can be; what is wrong is said, what is right stays.

mod check;
mod module_call;
mod named;
mod provider;
mod provider_ref;
mod provisioner;
mod query;
mod refactoring;
mod resource;
mod rules;
mod terraform;
mod test;

use std::sync::Arc;

use foldhash::HashMap;
use fw_addr::Name;
use fw_diag::{Diagnostic, Diagnostics, SourceMap, Span};
use fw_syntax::ast::{Attribute, Expr, Ident};
use fw_syntax::{Block, Body, BodyContent, BodySchema, Lenient, Shape};
use fw_value::Str;

use crate::expression;
use crate::model::{
    Backend, Check, Encryption, Import, LocalValue, Moved, ProviderBlock, Removed, RequiredProvider, ResourceBlock,
};
use crate::query::ListBlock;

pub(crate) use module_call::CallDeclaration;
pub(crate) use named::{OutputDeclaration, VariableDeclaration};
pub(crate) use query::query_file;
pub use resource::implied_provider;
pub(crate) use test::{mock_file, test_file};

/// What one file declares.
#[derive(Default)]
pub(crate) struct FileContent {
    pub(crate) required_versions: Vec<(String, Span)>,
    pub(crate) backends: Vec<Backend>,
    pub(crate) clouds: Vec<Span>,
    pub(crate) encryption: Vec<Encryption>,
    pub(crate) required_providers: Vec<RequiredProviders>,
    pub(crate) provider_meta: Vec<ProviderMeta>,
    pub(crate) providers: Vec<ProviderBlock>,
    pub(crate) variables: Vec<VariableDeclaration>,
    pub(crate) locals: Vec<LocalValue>,
    pub(crate) outputs: Vec<OutputDeclaration>,
    pub(crate) calls: Vec<CallDeclaration>,
    pub(crate) resources: Vec<Arc<ResourceBlock>>,
    pub(crate) moved: Vec<Moved>,
    pub(crate) removed: Vec<Removed>,
    pub(crate) imports: Vec<Import>,
    pub(crate) checks: Vec<(Check, Option<ResourceBlock>)>,
    pub(crate) lists: Vec<ListBlock>,
    pub(crate) late: Diagnostics,
}

/// A `required_providers` block.
pub(crate) struct RequiredProviders {
    pub(crate) span: Span,
    pub(crate) entries: Vec<RequiredProvider>,
}

/// A `provider_meta` block.
pub(crate) struct ProviderMeta {
    pub(crate) name: Name,
    pub(crate) body: Body,
    pub(crate) span: Span,
}

/// Reads the blocks of a file.
pub(crate) fn file(body: &Body, sources: &SourceMap, overriding: bool) -> (FileContent, Diagnostics) {
    let mut decoder = Decoder::new(sources, overriding);
    let content = decoder.content(body, &root_schema());
    let mut file = FileContent::default();
    for block in &content.blocks {
        decoder.block(block, &mut file);
    }
    file.late = decoder.late;
    (file, decoder.diagnostics)
}

fn root_schema() -> BodySchema {
    schema(
        &[],
        &[
            ("terraform", &[]),
            ("required_providers", &[]),
            ("provider", &["name"]),
            ("variable", &["name"]),
            ("locals", &[]),
            ("output", &["name"]),
            ("module", &["name"]),
            ("resource", &["type", "name"]),
            ("data", &["type", "name"]),
            ("ephemeral", &["type", "name"]),
            ("moved", &[]),
            ("removed", &[]),
            ("import", &[]),
            ("check", &["name"]),
        ],
    )
}

/// A schema from names: attributes with whether they are required, blocks with the names of their labels.
pub(crate) fn schema(attributes: &[(&str, bool)], blocks: &[(&str, &[&str])]) -> BodySchema {
    BodySchema::new(attributes, blocks)
}

/// Reads blocks and collects what is wrong with them.
pub(crate) struct Decoder<'a> {
    sources: &'a SourceMap,
    /// Whether the file overrides others: then nothing is required, and some blocks are not allowed.
    overriding: bool,
    diagnostics: Diagnostics,
    /// What is said only when the whole tree of modules could be read.
    late: Diagnostics,
    /// What resource types imply, for all resources of a type to share.
    implied: HashMap<Name, resource::Implied>,
}

impl<'a> Decoder<'a> {
    fn new(sources: &'a SourceMap, overriding: bool) -> Self {
        let (diagnostics, late) = (Diagnostics::new(), Diagnostics::new());
        Self { sources, overriding, diagnostics, late, implied: HashMap::default() }
    }
}

impl Decoder<'_> {
    fn block(&mut self, block: &Block, file: &mut FileContent) {
        match &*block.kind.name {
            "terraform" => self.terraform(block, file),
            "required_providers" => {
                let detail = r#"A "required_providers" block must be nested inside a "terraform" block."#;
                self.error("Invalid required_providers block", detail, block.header);
            }
            "provider" => file.providers.extend(self.provider(block)),
            "variable" => file.variables.extend(self.variable(block)),
            "locals" => self.locals(block, &mut file.locals),
            "output" => file.outputs.extend(self.output(block)),
            "module" => file.calls.extend(self.module_call(block)),
            "resource" => file.resources.extend(self.managed(block).map(Arc::new)),
            "data" => file.resources.extend(self.data(block, None).map(Arc::new)),
            "ephemeral" => file.resources.extend(self.ephemeral(block).map(Arc::new)),
            "moved" => file.moved.extend(self.moved(block)),
            "removed" => file.removed.extend(self.removed(block)),
            "import" => file.imports.extend(self.import(block)),
            "check" => file.checks.extend(self.check(block)),
            _ => {}
        }
    }

    fn error(&mut self, summary: &str, detail: impl Into<String>, span: Span) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(span));
    }

    /// All content of a body by a schema.
    fn content(&mut self, body: &Body, shape: &dyn Shape) -> BodyContent {
        let (content, problems) = if self.overriding { body.content(&Lenient(shape)) } else { body.content(shape) };
        self.diagnostics.append(problems);
        content
    }

    /// The part of a body a shape has, and the rest.
    fn partial(&mut self, body: &Body, shape: &dyn Shape) -> (BodyContent, Body) {
        let (content, rest, problems) = match self.overriding {
            // Nothing is required.
            true => body.partial_content(&Lenient(shape)),
            false => body.partial_content(shape),
        };
        self.diagnostics.append(problems);
        (content, rest)
    }

    fn string(&mut self, attribute: &Attribute) -> Option<Str> {
        expression::string(&attribute.expr, &mut self.diagnostics)
    }

    fn boolean(&mut self, attribute: &Attribute) -> Option<bool> {
        expression::boolean(&attribute.expr, &mut self.diagnostics)
    }

    /// Says that a label is no name; returns whether it is one.
    fn check_name(&mut self, label: &Ident, summary: &str) -> bool {
        let fits = fw_addr::is_identifier(&label.name);
        if !fits {
            self.error(summary, BAD_NAME, label.span);
        }
        fits
    }

    /// A place as messages name it: `main.tf:1,1-20`.
    fn place(&self, span: Span) -> String {
        self.sources.describe(span)
    }

    /// Refuses the second of two blocks; returns whether it is the first.
    fn only_one(&mut self, seen: &mut Option<Span>, block: &Block, message: OnlyOne<'_>) -> bool {
        let Some(first) = *seen else {
            *seen = Some(block.header);
            return true;
        };
        let detail = format!("{} {}.", message.detail, self.place(first));
        self.error(message.summary, detail, block.header);
        false
    }

    /// The body with the content of its `_` block merged in: arguments whose names would be meta-arguments.
    fn escaped(&mut self, rest: Body, content: &BodyContent, what: &str, whose: &str) -> Body {
        let mut seen = None;
        let mut body = rest;
        for block in content.blocks_of("_") {
            let detail = format!(
                "The special block type \"_\" can be used to force particular arguments to be interpreted as {what} rather \
                 than as meta-arguments, but each {whose} block can have only one such block. The first escaping block \
                 was at"
            );
            let message = OnlyOne { summary: "Duplicate escaping block", detail: &detail };
            if self.only_one(&mut seen, block, message) {
                body = Body::Merged([body, block.body.clone()].into());
            }
        }
        body
    }

    /// Says that block types are kept for later.
    fn reserved_blocks(&mut self, content: &BodyContent, names: &[&str], whose: &str) {
        for block in content.blocks.iter().filter(|b| names.contains(&&*b.kind.name)) {
            let detail = format!(
                "The block type name \"{}\" is reserved for use by Terraform in a future version.",
                block.kind.name
            );
            self.error(&format!("Reserved block type name in {whose} block"), detail, block.kind.span);
        }
    }

    /// Warns of quotes round what is a reference or keyword; gives what is inside them.
    fn unquoted<'e>(&mut self, expr: &'e Expr, what: &str) -> Option<&'e str> {
        let text = expression::quoted(expr)?;
        let detail = format!(
            "In this context, {what}s are expected literally rather than in quotes. Terraform 0.11 and earlier required \
             quotes, but quoted {what}s are now deprecated and will be removed in a future version of Terraform. Remove \
             the quotes surrounding this {what} to silence this warning."
        );
        let summary = format!("Quoted {what}s are deprecated");
        self.diagnostics.push(Diagnostic::warning(summary, detail).at(expr.span));
        Some(text)
    }
}

/// What to say of a second block.
struct OnlyOne<'a> {
    summary: &'a str,
    /// The place of the first is added.
    detail: &'a str,
}

/// Why a text is no name.
pub(crate) const BAD_NAME: &str = "A name must start with a letter or underscore and may contain only letters, digits, \
                                   underscores, and dashes.";
