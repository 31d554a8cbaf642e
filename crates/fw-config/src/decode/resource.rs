//! `resource`, `data` and `ephemeral` blocks.

mod lifecycle;

use std::sync::LazyLock;

use fw_addr::{LocalProviderConfig, Name, Provider, Resource, ResourceMode};
use fw_diag::Span;
use fw_syntax::{Block, BodyContent, BodySchema};

use super::module_call::enabled;
use super::{Decoder, OnlyOne, schema};
use crate::model::{Lifecycle, Repetition, ResourceBlock, When};

impl Decoder<'_> {
    pub(super) fn managed(&mut self, block: &Block) -> Option<ResourceBlock> {
        let summaries = ["Invalid resource type name", "Invalid resource name"];
        let (mut resource, content) = self.resource(block, ResourceMode::Managed, summaries, None)?;
        let mut seen_connection = None;
        for inner in &content.blocks {
            match &*inner.kind.name {
                "connection" => {
                    let message = OnlyOne {
                        summary: "Duplicate connection block",
                        detail: "This resource already has a connection block at",
                    };
                    if self.only_one(&mut seen_connection, inner, message) {
                        resource.connection = Some(inner.body.clone());
                    }
                }
                "provisioner" => resource.provisioners.extend(self.provisioner(inner)),
                _ => {}
            }
        }
        // Destroy-time provisioners use the connection of the resource too.
        if resource.provisioners.iter().any(|p| p.when == When::Destroy)
            && let Some(connection) = &resource.connection
        {
            self.only_self(connection);
        }
        Some(resource)
    }

    /// A data source, by itself or in a `check`.
    pub(super) fn data(&mut self, block: &Block, check: Option<&Name>) -> Option<ResourceBlock> {
        let summaries = ["Invalid data source name", "Invalid data resource name"];
        self.resource(block, ResourceMode::Data, summaries, check).map(|(resource, _)| resource)
    }

    pub(super) fn ephemeral(&mut self, block: &Block) -> Option<ResourceBlock> {
        let summaries = ["Invalid ephemeral resource type", "Invalid ephemeral resource name"];
        self.resource(block, ResourceMode::Ephemeral, summaries, None).map(|(resource, _)| resource)
    }

    /// What all kinds have in common. The content is given back for what is left in it.
    fn resource(
        &mut self,
        block: &Block,
        mode: ResourceMode,
        summaries: [&str; 2],
        check: Option<&Name>,
    ) -> Option<(ResourceBlock, BodyContent)> {
        let [kind, name] = block.labels.as_slice() else { return None };
        let (content, rest) = self.partial(&block.body, resource_schema(mode));
        self.check_name(kind, summaries[0]);
        self.check_name(name, summaries[1]);
        let implied = self.implied.entry(Name::clone(&kind.name)).or_insert_with(|| Implied::by(&kind.name)).clone();
        let address = Resource { mode, kind: implied.kind, name: Name::clone(&name.name) };
        let explicit = content
            .attribute("provider")
            .and_then(|a| self.provider_element(&a.expr, "provider").map(|(config, key)| (config, key, a.span)));
        let (provider_config, provider_key, provider_span) = match explicit {
            Some((config, key, span)) => (config, key, Some(span)),
            None => (implied.config, None, None),
        };
        let whose = block_type(mode);
        self.reserved_blocks(&content, &["locals"], whose);
        let repetition = match check {
            None => {
                let enabled = enabled(&content);
                let arguments = (content.attribute("count"), content.attribute("for_each"), enabled.as_ref());
                self.repetition(arguments, "resources")
            }
            Some(_) => self.no_repetition(&content),
        };
        let mut resource = ResourceBlock {
            // Found out once the whole module is there.
            provider: implied.provider,
            provider_config,
            provider_key,
            provider_span,
            repetition,
            depends_on: Vec::new(),
            depends_on_span: None,
            body: rest.clone(),
            lifecycle: self.lifecycle_of(&address, &content, check.is_some()),
            provisioners: Vec::new(),
            connection: None,
            check: check.cloned(),
            kind_span: kind.span,
            span: block.header,
            resource: address,
        };
        if let Some(attribute) = content.attribute("depends_on") {
            (resource.depends_on, resource.depends_on_span) = self.depends_on(attribute);
        }
        resource.body = self.escaped(rest, &content, "resource-type-specific", escape_owner(mode));
        Some((resource, content))
    }

    fn lifecycle_of(&mut self, address: &Resource, content: &BodyContent, nested: bool) -> Lifecycle {
        let mut lifecycle = Lifecycle::default();
        let mut seen: Option<Span> = None;
        for block in content.blocks_of("lifecycle") {
            if nested {
                let detail = "Nested data blocks do not support \"lifecycle\" blocks as the lifecycle is managed by the \
                              containing block.";
                self.error("Invalid lifecycle block", detail, block.header);
                continue;
            }
            let message = OnlyOne {
                summary: "Duplicate lifecycle block",
                detail: "This resource already has a lifecycle block at",
            };
            if self.only_one(&mut seen, block, message) {
                lifecycle = self.lifecycle(address, block);
            }
        }
        lifecycle
    }

    /// Data sources nested in checks are there once.
    fn no_repetition(&mut self, content: &BodyContent) -> Repetition {
        for attribute in ["count", "for_each"].iter().filter_map(|name| content.attribute(name)) {
            let detail = "The \"count\" and \"for_each\" meta-arguments are not supported within nested data blocks.";
            self.error(&format!("Invalid \"{}\" attribute", attribute.name.name), detail, attribute.name.span);
        }
        Repetition::Single
    }
}

fn resource_schema(mode: ResourceMode) -> &'static BodySchema {
    static MANAGED: LazyLock<BodySchema> =
        LazyLock::new(|| meta_arguments(&[("connection", &[]), ("provisioner", &["type"])]));
    static OTHERS: LazyLock<BodySchema> = LazyLock::new(|| meta_arguments(&[]));
    if mode == ResourceMode::Managed { &MANAGED } else { &OTHERS }
}

fn meta_arguments(more_blocks: &[(&str, &[&str])]) -> BodySchema {
    let attributes = [("count", false), ("for_each", false), ("provider", false), ("depends_on", false)];
    let blocks: [(&str, &[&str]); 3] = [("lifecycle", &[]), ("locals", &[]), ("_", &[])];
    schema(&attributes, &[&blocks, more_blocks].concat())
}

/// What a resource type implies.
#[derive(Clone)]
pub(super) struct Implied {
    kind: Name,
    config: LocalProviderConfig,
    provider: Provider,
}

impl Implied {
    fn by(kind: &Name) -> Self {
        let config = implied_provider(kind);
        Self { kind: Name::clone(kind), provider: Provider::default_of(&config.local_name), config }
    }
}

/// The provider configuration that a resource type stands for: what its name begins with.
#[must_use]
pub fn implied_provider(kind: &str) -> LocalProviderConfig {
    let local_name = kind.split_once('_').map_or(kind, |(prefix, _)| prefix);
    LocalProviderConfig { local_name: local_name.into(), alias: None }
}

pub(crate) fn block_type(mode: ResourceMode) -> &'static str {
    match mode {
        ResourceMode::Managed => "resource",
        ResourceMode::Data => "data",
        ResourceMode::Ephemeral => "ephemeral",
    }
}

/// In this message terraform takes ephemeral resources for data sources.
fn escape_owner(mode: ResourceMode) -> &'static str {
    match mode {
        ResourceMode::Managed => "resource",
        ResourceMode::Data | ResourceMode::Ephemeral => "data",
    }
}
