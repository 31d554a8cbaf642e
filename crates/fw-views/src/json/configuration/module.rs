//! Modules: their outputs, resources, calls and variables.

use fw_addr::ResourceMode;
use fw_apply::provisioner_schema;
use fw_config::{Module, ModuleCall, Output, Repetition, ResourceBlock, Variable};
use fw_lang::reference::Reference;
use fw_schema::{Attribute, Block};
use fw_syntax::deep;
use fw_value::{Str, Type};

use super::expressions::{self, Expression};
use super::providers::ProviderConfigs;
use crate::json::writer::Writer;
use crate::json::{PlanDocument, address, state, value};

/// Writes the root module with all it calls.
pub(super) fn root(document: &PlanDocument<'_>, providers: &ProviderConfigs<'_>, w: &mut Writer) {
    Modules { document, providers }.module(document.config.root(), w);
}

struct Modules<'a> {
    document: &'a PlanDocument<'a>,
    providers: &'a ProviderConfigs<'a>,
}

impl Modules<'_> {
    fn module(&self, module: &Module, w: &mut Writer) {
        deep::guard(|| {
            w.object(|w| {
                if !module.outputs.is_empty() {
                    w.key("outputs").object(|w| module.outputs.values().for_each(|one| output(one, w)));
                }
                self.resources(module, w);
                let mut calls = self.document.config.children(module).peekable();
                if calls.peek().is_some() {
                    w.key("module_calls").object(|w| {
                        calls.for_each(|(call, child)| self.call(call, child, w.key(&call.name)));
                    });
                }
                if !module.variables.is_empty() {
                    w.key("variables").object(|w| module.variables.values().for_each(|one| variable(one, w)));
                }
            });
        });
    }

    /// Managed resources, then data sources, each in the order of their addresses. Ephemeral ones are not told.
    fn resources(&self, module: &Module, w: &mut Writer) {
        let told = module.resources.values().filter(|block| block.resource.mode != ResourceMode::Ephemeral);
        let is_data = |block: &ResourceBlock| block.resource.mode == ResourceMode::Data;
        let mut sorted: Vec<_> = told.map(|block| (is_data(block), block.resource.to_string(), block)).collect();
        if sorted.is_empty() {
            return;
        }
        sorted.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        w.key("resources").array(|w| sorted.iter().for_each(|(_, _, block)| self.resource(module, block, w)));
    }

    fn resource(&self, module: &Module, block: &ResourceBlock, w: &mut Writer) {
        let offered = self.document.schemas.get(&block.provider);
        let Some(schema) = offered.and_then(|offered| state::schema_of(offered, &block.resource)) else {
            return w.fail(format!("no schema found for {} (in provider {})", block.resource, block.provider));
        };
        w.object(|w| {
            w.key("address").display(&block.resource);
            w.key("mode").string(address::mode(block.resource.mode));
            w.key("type").string(&block.resource.kind);
            w.key("name").string(&block.resource.name);
            let key = self.providers.key_for(&module.path, &block.provider_config);
            w.key("provider_config_key").string(&key);
            provisioners(block, w);
            expressions::write_member("expressions", &block.body, &schema.block, w);
            w.key("schema_version").number(&state::version_of(&schema, &block.resource));
            repetition(&block.repetition, w);
            depends_on(&block.depends_on, w);
        });
    }

    fn call(&self, call: &ModuleCall, child: &Module, w: &mut Writer) {
        w.object(|w| {
            w.text_if_any("source", &call.source);
            expressions::write_member("expressions", &call.body, &arguments(child), w);
            repetition(&call.repetition, w);
            self.module(child, w.key("module"));
            w.text_if_any("version_constraint", call.version.as_ref().map(|(text, _)| &**text).unwrap_or_default());
            depends_on(&call.depends_on, w);
        });
    }
}

/// The variables of a module as what may be written in a call.
fn arguments(module: &Module) -> Block {
    let attributes = module.variables.keys().map(|name| (Str::clone(name), Attribute::optional(Type::Dynamic)));
    Block { attributes: attributes.collect(), ..Block::default() }
}

fn provisioners(block: &ResourceBlock, w: &mut Writer) {
    if block.provisioners.is_empty() {
        return;
    }
    w.key("provisioners").array(|w| {
        for provisioner in &block.provisioners {
            w.object(|w| {
                w.key("type").string(&provisioner.kind);
                if let Some(schema) = provisioner_schema(&provisioner.kind) {
                    expressions::write_member("expressions", &provisioner.body, &schema, w);
                }
            });
        }
    });
}

fn repetition(repetition: &Repetition, w: &mut Writer) {
    match repetition {
        // Terraform's document has no place for a condition.
        Repetition::Single | Repetition::Enabled(_) => {}
        Repetition::Count(expr) => Expression::of(expr).write_member("count_expression", w),
        Repetition::ForEach(expr) => Expression::of(expr).write_member("for_each_expression", w),
    }
}

fn depends_on(all: &[Reference], w: &mut Writer) {
    if !all.is_empty() {
        w.key("depends_on").array(|w| all.iter().for_each(|one| w.display(&one.subject)));
    }
}

fn output(output: &Output, w: &mut Writer) {
    w.key(&output.name).object(|w| {
        w.flag("sensitive", output.sensitive);
        Expression::of(&output.expr).write(w.key("expression"));
        depends_on(&output.depends_on, w);
        w.text_if_any("description", output.description.as_deref().unwrap_or_default());
    });
}

fn variable(variable: &Variable, w: &mut Writer) {
    w.key(&variable.name).object(|w| {
        if let Some(default) = &variable.default {
            value::plain(default, w.key("default"));
        }
        w.text_if_any("description", variable.description.as_deref().unwrap_or_default());
        w.flag("sensitive", variable.sensitive);
    });
}
