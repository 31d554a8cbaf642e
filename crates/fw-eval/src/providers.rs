//! Provider configurations: their elements where they have `for_each`, their values, and which element an instance of a
//! resource uses.

use std::rc::Rc;

use fw_addr::{AbsProviderConfig, InstanceKey, Name};
use fw_config::ResourceBlock;
use fw_diag::{Diagnostic, Diagnostics};
use fw_lang::Scope;
use fw_schema::Block;
use fw_syntax::ast::Expr;
use fw_value::convert::convert;
use fw_value::{Marks, Type, Value};

use crate::{Evaluator, Expansion, Frame, RepetitionData};

impl Evaluator<'_> {
    /// What a provider block stands for: a configuration for each element of its `for_each` with the values of `each`, else
    /// the one. While validating, elements are not told apart and may be unknown. With errors, nothing.
    pub fn provider_elements(
        &self,
        config: &AbsProviderConfig,
        frame: &Rc<Frame>,
        validating: bool,
        told: &mut Diagnostics,
    ) -> Option<Vec<(AbsProviderConfig, RepetitionData)>> {
        let block = self.config().provider_block(config);
        let Some(for_each) = block.and_then(|block| block.for_each.as_deref()) else {
            return Some(vec![(config.clone(), RepetitionData::default())]);
        };
        let scope = self.scope(frame, RepetitionData::default());
        let expansion = Expansion::of_provider(for_each, &scope, validating, told)?;
        let element = |(key, repetition)| match key {
            Some(InstanceKey::String(name)) if !validating => (config.with_key(Some(name)), repetition),
            _ => (config.clone(), repetition),
        };
        Some(expansion.instances().into_iter().map(element).collect())
    }

    /// What a provider block says for an element; nothing if there is no block.
    pub fn provider_value(
        &self,
        (config, repetition): &(AbsProviderConfig, RepetitionData),
        frame: &Rc<Frame>,
        schema: &Block,
        told: &mut Diagnostics,
    ) -> Option<Value> {
        let block = self.config().provider_block(config)?;
        let scope = self.scope(frame, repetition.clone()).with_answers(block.answers.clone());
        Some(self.body(&block.body, schema, &scope, told))
    }

    /// The provider configuration of an instance of a resource, with its key. With errors, nothing.
    pub fn provider_of(
        &self,
        frame: &Rc<Frame>,
        block: &ResourceBlock,
        repetition: &RepetitionData,
        told: &mut Diagnostics,
    ) -> Option<AbsProviderConfig> {
        let config = &block.provider_config;
        let provider = frame.module.provider_of(&config.local_name);
        let (found, passed) = self.config().resolve_passed(&frame.module.path, &provider, config.alias.as_ref());
        if let Some(key) = &block.provider_key {
            let scope = self.scope(frame, repetition.clone());
            return Some(found.with_key(Some(key_of(key, &scope, told)?)));
        }
        let Some((module, key)) = passed.and_then(|(module, passed)| Some((module, passed.key.as_ref()?))) else {
            return Some(found);
        };
        // It is chosen by the call of this module or of one around it.
        let mut at = Rc::clone(frame);
        loop {
            let (caller, repetition) = at.caller.clone()?;
            if at.module.path == module {
                let scope = self.scope(&caller, repetition);
                return Some(found.with_key(Some(key_of(key, &scope, told)?)));
            }
            at = caller;
        }
    }
}

fn key_of(expr: &Expr, scope: &dyn Scope, told: &mut Diagnostics) -> Option<Name> {
    let before = told.len();
    let value = fw_lang::evaluate(expr, scope, told);
    if told.iter().skip(before).any(Diagnostic::is_error) {
        return None;
    }
    let detail = if value.marks().contains(Marks::SENSITIVE) {
        "A provider instance key must not be derived from a sensitive value.".to_owned()
    } else if value.marks().contains(Marks::EPHEMERAL) {
        "A provider instance key must not be derived from an ephemeral value.".to_owned()
    } else if value.is_null() {
        "A provider instance key must not be null.".to_owned()
    } else if !value.is_known() {
        "The provider instance key depends on values that cannot be determined until apply, and so Terraform cannot select a \
         provider instance to create a plan for this resource instance."
            .to_owned()
    } else {
        match convert(&value, &Type::String) {
            Ok(key) => return key.as_shared_str().cloned(),
            Err(error) => format!("The given instance key is unsuitable: {error}."),
        }
    };
    told.push(Diagnostic::error("Invalid provider instance key", detail).at(expr.span));
    None
}
