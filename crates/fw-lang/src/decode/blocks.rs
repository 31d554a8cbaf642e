//! Nested blocks gathered into the value of their block type.

use std::collections::BTreeMap;

use fw_diag::Span;
use fw_schema::{NestedBlock, Nesting};
use fw_value::convert::{convert, unify};
use fw_value::{Str, Type, Value};

use super::dynamic::Instance;
use super::{Around, Decoder, shape};
use crate::describe::place_text;

impl Decoder<'_> {
    pub(super) fn blocks(
        &mut self,
        name: &str,
        nested: &NestedBlock,
        instances: &[&Instance],
        missing: Span,
        around: Around<'_>,
    ) -> Value {
        match nested.nesting {
            Nesting::Single | Nesting::Group => self.single(name, nested, instances, missing, around),
            Nesting::List | Nesting::Set => self.sequence(name, nested, instances, missing, around),
            Nesting::Map => self.map(name, nested, instances, around),
        }
    }

    fn single(
        &mut self,
        name: &str,
        nested: &NestedBlock,
        instances: &[&Instance],
        missing: Span,
        around: Around<'_>,
    ) -> Value {
        let Some(first) = instances.first() else {
            if nested.min_items == 1 {
                let detail = format!("A block of type {} is required here.", crate::quote::go(name));
                self.problem(format!("Missing {name} block"), detail, missing);
            }
            return nested.empty_value();
        };
        if let Some(second) = instances.get(1) {
            let detail = format!(
                "Only one block of type {} is allowed. Previous definition was at {}.",
                crate::quote::go(name),
                place_text(first.header, self.scope.sources())
            );
            self.problem(format!("Duplicate {name} block"), detail, second.header);
        }
        self.instance(first, &nested.block, around)
    }

    fn sequence(
        &mut self,
        name: &str,
        nested: &NestedBlock,
        instances: &[&Instance],
        missing: Span,
        around: Around<'_>,
    ) -> Value {
        let mut elements = Vec::with_capacity(instances.len());
        for instance in instances {
            let value = self.instance(instance, &nested.block, around);
            if instance.unknown {
                let ty = if nested.is_dynamic() { Type::Dynamic } else { nested.implied_type() };
                return Value::unknown(ty);
            }
            elements.push(value);
        }
        self.check_count(name, nested, instances, missing);
        if nested.is_dynamic() {
            return Value::tuple(elements);
        }
        if elements.is_empty() {
            return nested.empty_value();
        }
        let Some((element, elements)) = self.unified(name, elements, instances, &nested.block.implied_type()) else {
            return Value::dynamic();
        };
        if nested.nesting == Nesting::List { Value::list(element, elements) } else { Value::set(element, elements) }
    }

    fn check_count(&mut self, name: &str, nested: &NestedBlock, instances: &[&Instance], missing: Span) {
        let count = u64::try_from(instances.len()).unwrap_or(u64::MAX);
        let (min, max) = (nested.min_items, nested.max_items);
        if count < min {
            let detail = format!("At least {min} {} blocks are required.", crate::quote::go(name));
            self.problem(format!("Insufficient {name} blocks"), detail, missing);
        } else if max > 0 && count > max {
            let detail = format!("No more than {max} {} blocks are allowed", crate::quote::go(name));
            let extra = usize::try_from(max).ok().and_then(|i| instances.get(i));
            let span = extra.map_or(missing, |i| i.body.missing().unwrap_or(i.header));
            self.problem(format!("Too many {name} blocks"), detail, span);
        }
    }

    /// The blocks as values of one type. They differ only where attributes are dynamic.
    fn unified(
        &mut self,
        name: &str,
        elements: Vec<Value>,
        instances: &[&Instance],
        implied: &Type,
    ) -> Option<(Type, Vec<Value>)> {
        if elements.iter().all(|e| e.ty() == implied) {
            return Some((implied.clone(), elements));
        }
        let types: Vec<_> = elements.iter().map(|e| e.ty().clone()).collect();
        let at = |i: usize| instances.get(i).map_or_else(shape::nowhere, |i| i.body.missing().unwrap_or(i.header));
        let summary = || format!("Unconsistent argument types in {name} blocks");
        let Some(ty) = unify(&types) else {
            let detail = "Corresponding attributes in all blocks of this type must be the same.";
            self.problem(summary(), detail, at(0));
            return None;
        };
        let mut converted = Vec::with_capacity(elements.len());
        for (i, element) in elements.iter().enumerate() {
            match convert(element, &ty) {
                Ok(value) => converted.push(value),
                Err(error) => {
                    let detail = format!("Block with index {i} has inconsistent argument types: {}.", error.message);
                    self.problem(summary(), detail, at(i));
                    return None;
                }
            }
        }
        Some((ty, converted))
    }

    fn map(&mut self, name: &str, nested: &NestedBlock, instances: &[&Instance], around: Around<'_>) -> Value {
        let mut elements: BTreeMap<Str, Value> = BTreeMap::new();
        for instance in instances {
            if instance.unknown {
                return Value::unknown(nested.implied_type());
            }
            let value = self.instance(instance, &nested.block, around);
            let Some(key) = instance.labels.first() else { continue };
            if elements.contains_key(key) {
                let label = crate::quote::go(key);
                let detail =
                    format!("A block for {name} {label} was already defined. The {name} labels must be unique.");
                self.problem(format!("Duplicate {name} block"), detail, instance.header);
                continue;
            }
            elements.insert(Str::clone(key), value);
        }
        if nested.is_dynamic() {
            return Value::object(elements);
        }
        Value::map(nested.block.implied_type(), elements)
    }
}
