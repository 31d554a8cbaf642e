//! Configuration with which what was found can be imported.

use fw_addr::{InstanceKey, LocalProviderConfig, Resource};
use fw_config::query::ListBlock;
use fw_schema::{Attribute, Block};
use fw_value::Value;

use crate::Configuration;
use crate::listing::Offered;

/// The name of the resource for a result: that of the list, its key and a number.
pub(crate) fn name_of(block: &ListBlock, key: Option<&InstanceKey>, index: usize) -> String {
    let key = match key {
        None => String::new(),
        Some(InstanceKey::Int(number)) => format!("_{number}"),
        Some(InstanceKey::String(text)) => format!("_{}", identifier(text)),
    };
    format!("{}{key}_{index}", block.name)
}

/// A text as a part of a name.
fn identifier(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect()
}

/// The blocks for an object. Nothing where its type is not known.
pub(crate) fn write(
    offered: &Offered<'_>,
    resource: &Resource,
    object: &Value,
    identity: &Value,
) -> Option<Configuration> {
    let schema = offered.schemas.resource(&resource.kind)?;
    let provider = &offered.block.provider_config;
    let marked = fw_exec::marked(&schema.block, object.clone());
    Some(Configuration {
        resource: with_provider(&fw_plan::block_text(resource, Some(provider), &schema.block, &marked), provider),
        import: import(resource, identity),
    })
}

/// The block with its provider, also where its type implies that.
fn with_provider(text: &str, provider: &LocalProviderConfig) -> String {
    let Some((head, rest)) = text.split_once('\n').filter(|_| !text.contains("\n  provider ")) else {
        return text.to_owned();
    };
    laid_out(&format!("{head}\nprovider = {}\n{rest}", reference(provider)))
}

/// The resource has a block, which names the provider; the import may not.
fn import(resource: &Resource, identity: &Value) -> String {
    // What generates arguments takes an object as a schema describes it.
    let one = |(name, value): (&fw_value::Str, &Value)| (fw_value::Str::clone(name), plain(value));
    let schema = Block { attributes: identity.string_entries().map(one).collect(), ..Block::default() };
    let block = fw_plan::block_text(resource, None, &schema, identity);
    let body = block.split_once('\n').map_or("", |(_, body)| body);
    laid_out(&format!("import {{\nto = {resource}\nidentity = {{\n{body}\n}}"))
}

fn plain(value: &Value) -> Attribute {
    Attribute { required: true, optional: false, ..Attribute::optional(value.ty().clone()) }
}

fn reference(provider: &LocalProviderConfig) -> String {
    match &provider.alias {
        Some(alias) => format!("{}.{alias}", provider.local_name),
        None => provider.local_name.to_string(),
    }
}

fn laid_out(text: &str) -> String {
    fw_syntax::fmt::format(text).unwrap_or_else(|_| text.to_owned())
}
