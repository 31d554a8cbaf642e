//! `providers schema -json`.

use fw_addr::Provider;
use fw_provider::{FunctionParameter, FunctionSignature, IdentitySchema, ProviderSchemas, SchemaTable};
use fw_schema::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting, Schema, StringKind};
use fw_syntax::deep;
use fw_value::json::type_to_json;

use super::Schemas;
use super::writer::Writer;

/// Which parts of what providers offer a document has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// What terraform 1.11 knows.
    Common,
    /// Identities, lists and actions too.
    All,
}

/// The schemas of providers, without a newline at the end.
#[must_use]
pub fn provider_schemas(schemas: &Schemas, which: Offered) -> String {
    let mut w = Writer::default();
    w.object(|w| {
        w.key("format_version").string("1.0");
        if schemas.is_empty() {
            return;
        }
        w.key("provider_schemas").object(|w| {
            schemas
                .iter()
                .for_each(|(address, offered)| provider(address, offered, which, w.key(&address.to_string())));
        });
    });
    w.into_text()
}

/// What it takes to show objects of these providers elsewhere.
pub(super) fn for_logs(schemas: &Schemas, w: &mut Writer) {
    w.key("provider_format_version").string("1.0");
    if !schemas.is_empty() {
        w.key("provider_schemas").object(|w| {
            for (address, offered) in schemas {
                provider(address, offered, Offered::Common, w.key(&address.to_string()));
            }
        });
    }
}

fn provider(address: &Provider, offered: &ProviderSchemas, which: Offered, w: &mut Writer) {
    w.object(|w| {
        if address.is_builtin() {
            w.key("provider").object(|w| w.key("version").number(&0));
        } else {
            schema(&offered.provider, w.key("provider"));
        }
        table("resource_schemas", &offered.resources, w);
        table("data_source_schemas", &offered.data_sources, w);
        table("ephemeral_resource_schemas", &offered.ephemeral, w);
        if !offered.functions.is_empty() {
            w.key("functions").object(|w| {
                offered.functions.all().for_each(|(name, signature)| function(&signature, w.key(name)));
            });
        }
        if which == Offered::All {
            later(offered, w);
        }
    });
}

/// What came after terraform 1.11.
fn later(offered: &ProviderSchemas, w: &mut Writer) {
    if !offered.identities.is_empty() {
        w.key("resource_identity_schemas").object(|w| {
            offered.identities.all().for_each(|(kind, one)| identity(&one, w.key(kind)));
        });
    }
    table("list_resource_schemas", &offered.lists, w);
    if !offered.actions.is_empty() {
        w.key("action_schemas").object(|w| {
            for (kind, one) in offered.actions.all() {
                w.key(kind).object(|w| block(&one.block, w.key("block")));
            }
        });
    }
}

fn identity(schema: &IdentitySchema, w: &mut Writer) {
    w.object(|w| {
        w.key("version").number(&schema.version);
        w.key("attributes").object(|w| {
            for (name, attribute) in &schema.attributes {
                w.key(name).object(|w| {
                    w.key("type").raw(&type_to_json(&attribute.ty));
                    w.text_if_any("description", &attribute.description);
                    w.flag("required_for_import", attribute.required_for_import);
                    w.flag("optional_for_import", attribute.optional_for_import);
                });
            }
        });
    });
}

fn table(name: &str, table: &SchemaTable<Schema>, w: &mut Writer) {
    if !table.is_empty() {
        w.key(name).object(|w| table.all().for_each(|(kind, one)| schema(&one, w.key(kind))));
    }
}

fn schema(schema: &Schema, w: &mut Writer) {
    w.object(|w| {
        w.key("version").number(&schema.version);
        block(&schema.block, w.key("block"));
    });
}

fn block(block: &Block, w: &mut Writer) {
    deep::guard(|| {
        w.object(|w| {
            if !block.attributes.is_empty() {
                w.key("attributes").object(|w| {
                    block.attributes.iter().for_each(|(name, one)| attribute(one, w.key(name)));
                });
            }
            if !block.blocks.is_empty() {
                w.key("block_types").object(|w| {
                    block.blocks.iter().for_each(|(name, nested)| nested_block(nested, w.key(name)));
                });
            }
            w.text_if_any("description", &block.description);
            w.key("description_kind").string(kind(block.description_kind));
            w.flag("deprecated", block.deprecated);
        });
    });
}

fn nested_block(nested: &NestedBlock, w: &mut Writer) {
    w.object(|w| {
        w.key("nesting_mode").string(nesting(nested.nesting));
        block(&nested.block, w.key("block"));
        for (name, limit) in [("min_items", nested.min_items), ("max_items", nested.max_items)] {
            if limit > 0 {
                w.key(name).number(&limit);
            }
        }
    });
}

fn attribute(attribute: &Attribute, w: &mut Writer) {
    w.object(|w| {
        match &attribute.ty {
            AttributeType::Value(ty) => w.key("type").raw(&type_to_json(ty)),
            AttributeType::Nested(object) => nested_type(object, w.key("nested_type")),
        }
        w.text_if_any("description", &attribute.description);
        w.key("description_kind").string(kind(attribute.description_kind));
        w.flag("deprecated", attribute.deprecated);
        w.flag("required", attribute.required);
        w.flag("optional", attribute.optional);
        w.flag("computed", attribute.computed);
        w.flag("sensitive", attribute.sensitive);
        w.flag("write_only", attribute.write_only);
    });
}

fn nested_type(object: &NestedObject, w: &mut Writer) {
    deep::guard(|| {
        w.object(|w| {
            if !object.attributes.is_empty() {
                w.key("attributes").object(|w| {
                    object.attributes.iter().for_each(|(name, one)| attribute(one, w.key(name)));
                });
            }
            w.key("nesting_mode").string(nesting(object.nesting));
        });
    });
}

fn kind(kind: StringKind) -> &'static str {
    match kind {
        StringKind::Plain => "plain",
        StringKind::Markdown => "markdown",
    }
}

fn nesting(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Single => "single",
        Nesting::Group => "group",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    }
}

fn function(function: &FunctionSignature, w: &mut Writer) {
    w.object(|w| {
        w.text_if_any("description", &function.description);
        w.text_if_any("summary", &function.summary);
        w.text_if_any("deprecation_message", &function.deprecation);
        w.key("return_type").raw(&type_to_json(&function.result));
        if !function.parameters.is_empty() {
            w.key("parameters").array(|w| function.parameters.iter().for_each(|one| parameter(one, w)));
        }
        if let Some(variadic) = &function.variadic {
            parameter(variadic, w.key("variadic_parameter"));
        }
    });
}

fn parameter(parameter: &FunctionParameter, w: &mut Writer) {
    w.object(|w| {
        w.text_if_any("name", &parameter.name);
        w.text_if_any("description", &parameter.description);
        w.flag("is_nullable", parameter.allow_null);
        w.key("type").raw(&type_to_json(&parameter.ty));
    });
}
