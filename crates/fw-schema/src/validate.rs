//! Whether a schema makes sense: providers are programs of others.

use fw_value::{Type, go_quoted};

use crate::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting};

impl Block {
    /// What is wrong with the schema, one message for each problem; names are given as paths.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut found = Vec::new();
        check_block(self, "", &mut found);
        found
    }
}

fn check_block(block: &Block, prefix: &str, found: &mut Vec<String>) {
    for (name, attribute) in &block.attributes {
        check_attribute(attribute, name, prefix, found);
    }
    for (name, nested) in &block.blocks {
        if block.attributes.contains_key(name) {
            found.push(format!("{prefix}{name}: name defined as both attribute and child block type"));
        }
        check_name(name, prefix, found);
        check_nested_block(nested, name, prefix, found);
        check_block(&nested.block, &format!("{prefix}{name}."), found);
    }
}

fn check_nested_block(nested: &NestedBlock, name: &str, prefix: &str, found: &mut Vec<String>) {
    let (min, max) = (nested.min_items, nested.max_items);
    let mut problem = |text: &str| found.push(format!("{prefix}{name}: {text}"));
    match nested.nesting {
        Nesting::Single if min != max => {
            problem("MinItems and MaxItems must match in NestingSingle mode");
        }
        Nesting::Single if min > 1 => {
            problem("MinItems and MaxItems must be set to either 0 or 1 in NestingSingle mode");
        }
        Nesting::Group if min != 0 || max != 0 => {
            problem("MinItems and MaxItems cannot be used in NestingGroup mode");
        }
        Nesting::List | Nesting::Set if min > max && max != 0 => {
            problem("MinItems must be less than or equal to MaxItems");
        }
        Nesting::Set if nested.block.implied_type().has_dynamic() => {
            problem("NestingSet blocks may not contain attributes of cty.DynamicPseudoType");
        }
        Nesting::Map if min != 0 || max != 0 => {
            problem("MinItems and MaxItems must both be 0 in NestingMap mode");
        }
        _ => {}
    }
}

fn check_attribute(attribute: &Attribute, name: &str, prefix: &str, found: &mut Vec<String>) {
    check_name(name, prefix, found);
    let mut problem = |text: &str| found.push(format!("{prefix}{name}: {text}"));
    if !attribute.optional && !attribute.required && !attribute.computed {
        problem("must set Optional, Required or Computed");
    }
    if attribute.optional && attribute.required {
        problem("cannot set both Optional and Required");
    }
    if attribute.computed && attribute.required {
        problem("cannot set both Computed and Required");
    }
    if attribute.write_only && attribute.computed {
        problem("cannot set both Computed and WriteOnly");
    }
    match &attribute.ty {
        AttributeType::Value(Type::Set(element)) if element.has_dynamic() => {
            problem("set of dynamic type is not allowed");
        }
        AttributeType::Value(_) => {}
        AttributeType::Nested(object) => check_nested_object(object, name, prefix, found),
    }
}

fn check_nested_object(object: &NestedObject, name: &str, prefix: &str, found: &mut Vec<String>) {
    if object.nesting == Nesting::Group {
        found.push(format!("{prefix}{name}: nested attributes cannot use NestingGroup mode"));
    }
    if object.nesting == Nesting::Set && object.element_type().has_dynamic() {
        found.push(format!("{prefix}{name}: NestingSet blocks may not contain attributes of cty.DynamicPseudoType"));
    }
    for (inner, attribute) in &object.attributes {
        check_attribute(attribute, inner, &format!("{prefix}{name}."), found);
    }
}

fn check_name(name: &str, prefix: &str, found: &mut Vec<String>) {
    let valid = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !valid {
        found.push(format!(
            "{prefix}{name}: name {} may contain only lowercase letters, digits and underscores",
            go_quoted(name)
        ));
    }
}
