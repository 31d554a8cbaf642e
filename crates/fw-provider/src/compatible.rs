//! Whether an object is what was planned: every known part the same, every unknown part filled in as was promised.
//!
//! Used on the result of apply, and on a plan made again while applying. The texts are for developers of providers, so
//! they show values as Go syntax.

use fw_schema::{Attribute, Block, NestedBlock, Nesting};
use fw_value::{Marks, PathError, PathStep, Str, Type, Value, convert};

use crate::conform::conforms;
use crate::go_text::{go_text, quoted};
use crate::includes::excludes;
use crate::problems::Problems;

/// Where `actual` is not a completion of `planned`. Both fit the schema; marks decide only whether values are shown.
#[must_use]
pub fn assert_object_compatible(schema: &Block, planned: &Value, actual: &Value) -> Vec<PathError> {
    let mut problems = Problems::default();
    compare_block(schema, planned, actual, &mut problems);
    problems.finish()
}

fn compare_block(schema: &Block, planned: &Value, actual: &Value, problems: &mut Problems) {
    let root = if problems.at_root() { "root object " } else { "" };
    match (planned.is_null(), actual.is_null()) {
        (true, false) => return problems.add(format!("{root}was absent, but now present")),
        (false, true) => return problems.add(format!("{root}was present, but now absent")),
        (true, true) => return,
        (false, false) => {}
    }
    let part = |object: &Value, name: &str| object.attr(name).unwrap_or_else(Value::dynamic);
    for (name, attribute) in &schema.attributes {
        let (planned, actual) = (part(planned, name), part(actual, name));
        let step = PathStep::Attribute(Str::clone(name));
        problems.within(step, |problems| compare_attribute(attribute, planned, actual, problems));
    }
    for (name, nested) in &schema.blocks {
        let (planned, actual) = (part(planned, name).unmark().0, part(actual, name).unmark().0);
        let step = PathStep::Attribute(Str::clone(name));
        problems.within(step, |problems| compare_nested_block(nested, &planned, &actual, problems));
    }
}

fn compare_attribute(schema: &Attribute, planned: Value, actual: Value, problems: &mut Problems) {
    let (planned, planned_marks) = planned.unmark_deep();
    let (actual, actual_marks) = actual.unmark_deep();
    let hidden = schema.sensitive || (planned_marks | actual_marks).contains(Marks::SENSITIVE);
    if !hidden {
        return compare_values(&planned, &actual, problems);
    }
    let mut unseen = Problems::default();
    compare_values(&planned, &actual, &mut unseen);
    if !unseen.finish().is_empty() {
        problems.add("inconsistent values for sensitive attribute");
    }
}

fn compare_nested_block(schema: &NestedBlock, planned: &Value, actual: &Value, problems: &mut Problems) {
    match schema.nesting {
        // What was not known to be there may turn out not to be.
        Nesting::Single | Nesting::Group if !planned.is_known() && actual.is_null() => {}
        Nesting::Single | Nesting::Group => compare_block(&schema.block, planned, actual, problems),
        Nesting::Map if matches!(planned.ty(), Type::Object(_)) => {
            compare_blocks_by_name(&schema.block, planned, actual, problems);
        }
        _ if !planned.is_known() || !actual.is_known() || planned.is_null() || actual.is_null() => {}
        Nesting::List | Nesting::Map => compare_blocks_by_key(&schema.block, planned, actual, problems),
        Nesting::Set => {
            let fits = |planned: &Value, actual: &Value| {
                let mut inside = Problems::default();
                let step = PathStep::Index(actual.clone());
                inside.within(step, |inside| compare_block(&schema.block, planned, actual, inside));
                inside.finish().is_empty()
            };
            compare_sets(planned, actual, fits, "block set length", problems);
        }
    }
}

fn compare_blocks_by_key(schema: &Block, planned: &Value, actual: &Value, problems: &mut Problems) {
    let (before, after) = (planned.entries().len(), actual.entries().len());
    if before != after {
        return problems.add(format!("block count changed from {before} to {after}"));
    }
    for (key, planned) in planned.entries() {
        if let Some(actual) = actual.index(&key) {
            problems.within(PathStep::Index(key), |problems| compare_block(schema, planned, &actual, problems));
        }
    }
}

/// A map of blocks that is an object, since the blocks have not all the same type.
fn compare_blocks_by_name(schema: &Block, planned: &Value, actual: &Value, problems: &mut Problems) {
    let (Type::Object(before), Type::Object(after)) = (planned.ty(), actual.ty()) else { return };
    for attribute in before.attributes() {
        let name = &attribute.name;
        match planned.attr(name).zip(actual.attr(name)) {
            Some((planned, actual)) => {
                let step = PathStep::Attribute(Str::clone(name));
                problems.within(step, |problems| compare_block(schema, &planned, &actual, problems));
            }
            None => problems.add(format!("block key {} has vanished", quoted(name))),
        }
    }
    if planned.is_known() {
        for attribute in after.attributes().iter().filter(|a| before.attribute(&a.name).is_none()) {
            problems.add(format!("new block key {} has appeared", quoted(&attribute.name)));
        }
    }
}

fn compare_values(planned: &Value, actual: &Value, problems: &mut Problems) {
    if planned == actual && planned.is_wholly_known() || *planned.ty() == Type::Dynamic {
        return;
    }
    if !conforms(actual.ty(), planned.ty()) {
        let mismatch = convert::mismatch_message(actual.ty(), planned.ty());
        return problems.add(format!("wrong final value type: {mismatch}"));
    }
    if !planned.is_known() {
        if excludes(planned, actual) {
            let (actual, planned) = (go_text(actual), go_text(planned));
            problems.add(format!("final value {actual} does not conform to planning placeholder {planned}"));
        }
        return;
    }
    match (planned.is_null(), actual.is_null()) {
        (true, true) => return,
        (false, true) => return problems.add(format!("was {}, but now null", go_text(planned))),
        (true, false) => return problems.add(format!("was null, but now {}", go_text(actual))),
        (false, false) => {}
    }
    if !actual.is_known() {
        return problems.add("was known, but now unknown");
    }
    match planned.ty() {
        Type::Set(_) => {
            let fits = |planned: &Value, actual: &Value| {
                let mut inside = Problems::default();
                compare_values(planned, actual, &mut inside);
                inside.finish().is_empty()
            };
            compare_sets(planned, actual, fits, "length", problems);
        }
        Type::Object(_) => compare_object_values(planned, actual, problems),
        Type::List(_) | Type::Map(_) | Type::Tuple(_) => compare_keyed_values(planned, actual, problems),
        Type::Dynamic | Type::Bool | Type::Number | Type::String => {
            if planned.content() != actual.content() {
                problems.add(format!("was {}, but now {}", go_text(planned), go_text(actual)));
            }
        }
    }
}

fn compare_object_values(planned: &Value, actual: &Value, problems: &mut Problems) {
    for (name, planned) in planned.string_entries() {
        if let Some(actual) = actual.attr_ref(name) {
            let step = PathStep::Attribute(Str::clone(name));
            problems.within(step, |problems| compare_values(planned, actual, problems));
        }
    }
}

fn compare_keyed_values(planned: &Value, actual: &Value, problems: &mut Problems) {
    for (key, planned) in planned.entries() {
        match actual.index(&key) {
            None => problems.add(format!("element {} has vanished", key_text(&key))),
            Some(actual) => {
                problems.within(PathStep::Index(key), |problems| compare_values(planned, &actual, problems));
            }
        }
    }
    for (key, _) in actual.entries().filter(|(key, _)| planned.index(key).is_none()) {
        problems.add(format!("new element {} has appeared", key_text(&key)));
    }
}

fn key_text(key: &Value) -> String {
    match (key.as_number(), key.as_str()) {
        (Some(number), _) => number.to_string(),
        (None, Some(text)) => quoted(text),
        (None, None) => go_text(key),
    }
}

/// Elements of sets have no names: each must have at least one counterpart on the other side, and there may be fewer
/// after than before, since elements can turn out to be equal, but not more.
fn compare_sets(
    planned: &Value,
    actual: &Value,
    fits: impl Fn(&Value, &Value) -> bool,
    what: &str,
    problems: &mut Problems,
) {
    let before = planned.as_slice().unwrap_or_default();
    let after = actual.as_slice().unwrap_or_default();
    let (before_found, after_found) = counterparts(before, after, fits);
    let lost = before.iter().zip(before_found).filter(|(_, found)| !found).map(|(element, _)| element);
    let lost: Vec<_> = lost.collect();
    for element in &lost {
        let element = go_text(element);
        problems.add(format!("planned set element {element} does not correlate with any element in actual"));
    }
    if lost.is_empty() {
        for (element, _) in after.iter().zip(after_found).filter(|(_, found)| !found) {
            let element = go_text(element);
            problems.add(format!("actual set element {element} does not correlate with any element in plan"));
        }
    }
    if before.len() < after.len() {
        problems.add(format!("{what} changed from {} to {}", before.len(), after.len()));
    }
}

fn counterparts(before: &[Value], after: &[Value], fits: impl Fn(&Value, &Value) -> bool) -> (Vec<bool>, Vec<bool>) {
    let mut before_found = vec![false; before.len()];
    let mut after_found = vec![false; after.len()];
    // Both are in set order: elements known and the same mostly stand at matching places, which saves comparing all.
    let mut next = 0;
    for (i, element) in before.iter().enumerate().filter(|(_, element)| element.is_wholly_known()) {
        if let Some(at) = (next..after.len()).find(|at| after[*at] == *element) {
            before_found[i] = true;
            after_found[at] = true;
            next = at + 1;
        }
    }
    for (i, planned) in before.iter().enumerate() {
        for (at, actual) in after.iter().enumerate() {
            if !(before_found[i] && after_found[at]) && fits(planned, actual) {
                before_found[i] = true;
                after_found[at] = true;
            }
        }
    }
    (before_found, after_found)
}
