//! Whether what a provider plans is a way from the object before to the configuration.
//!
//! A provider may choose values only for computed attributes that the configuration leaves out, or keep the value before
//! where it means the same. The texts are for developers of providers, so they show values as Go syntax.

use fw_schema::{Attribute, Block, NestedBlock, NestedObject, Nesting};
use fw_value::{PathError, PathStep, Str, Value};

use crate::go_text::go_text;
use crate::includes::excludes;
use crate::node::same_unrefined;
use crate::problems::Problems;

const UNKNOWN_BLOCK: &str =
    "attribute representing nested block must not be unknown itself; set nested attribute values to unknown instead";
const UNKNOWN_ELEMENT: &str =
    "element representing nested block must not be unknown itself; set nested attribute values to unknown instead";

/// What is wrong with `planned` as a step from `prior` to `config`. All fit the schema and are unmarked.
#[must_use]
pub fn assert_plan_valid(schema: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<PathError> {
    let mut problems = Problems::default();
    check_block(schema, &Three { prior, config, planned }, &mut problems);
    problems.finish()
}

/// The same part of three objects.
struct Three<'a> {
    prior: &'a Value,
    config: &'a Value,
    planned: &'a Value,
}

/// Whether one is absent and the other is not, which is a problem, or both are: either way there is nothing more to see.
fn absent(three: &Three<'_>, problems: &mut Problems) -> bool {
    match (three.planned.is_null(), three.config.is_null()) {
        (true, false) => problems.add("planned for absence but config wants existence"),
        (false, true) => problems.add("planned for existence but config wants absence"),
        (true, true) => {}
        (false, false) => return false,
    }
    true
}

fn part(object: &Value, name: &str, otherwise: impl FnOnce() -> Value) -> Value {
    object.attr(name).unwrap_or_else(otherwise)
}

fn check_block(schema: &Block, three: &Three<'_>, problems: &mut Problems) {
    if absent(three, problems) {
        return;
    }
    check_attributes(&schema.attributes, three, problems);
    for (name, nested) in &schema.blocks {
        let null = || Value::null(nested.implied_type());
        let planned = part(three.planned, name, null);
        let config = part(three.config, name, null);
        if planned == config {
            continue;
        }
        let prior = part(three.prior, name, null);
        let step = PathStep::Attribute(Str::clone(name));
        let three = Three { prior: &prior, config: &config, planned: &planned };
        problems.within(step, |problems| check_nested_block(nested, &three, problems));
    }
}

fn check_nested_block(schema: &NestedBlock, three: &Three<'_>, problems: &mut Problems) {
    if !three.config.is_known() {
        // Made by `dynamic` with an unknown `for_each`: nothing the provider could know of.
        problems.add(format!("planned value {} for unknown dynamic block", go_text(three.planned)));
        return;
    }
    if !three.planned.is_known() {
        problems.add(UNKNOWN_BLOCK);
        return;
    }
    let what = match schema.nesting {
        Nesting::Single | Nesting::Group => return check_block(&schema.block, three, problems),
        Nesting::List => "list",
        Nesting::Map => "map",
        Nesting::Set => "set",
    };
    if three.planned.is_null() {
        problems.add(format!(
            "attribute representing a {what} of nested blocks must be empty to indicate no blocks, not null"
        ));
        return;
    }
    match schema.nesting {
        Nesting::List => check_block_list(schema, three, problems),
        Nesting::Map => check_block_map(schema, three, problems),
        // There is no telling which element belongs to which: the provider is trusted, but for unknown elements.
        _ => {
            for (key, planned) in three.planned.entries() {
                if !planned.is_known() {
                    problems.within(PathStep::Index(key), |problems| problems.add(UNKNOWN_ELEMENT));
                }
            }
        }
    }
}

fn same_count(three: &Three<'_>, problems: &mut Problems) -> bool {
    let (planned, config) = (three.planned.entries().len(), three.config.entries().len());
    if planned != config {
        problems.add(format!("block count in plan ({planned}) disagrees with count in config ({config})"));
    }
    planned == config
}

fn check_block_list(schema: &NestedBlock, three: &Three<'_>, problems: &mut Problems) {
    // Nothing written decodes to an empty list, but `ignore_changes` can bring in the null of a legacy provider.
    let none = schema.empty_value();
    let config = if three.config.is_null() { &none } else { three.config };
    if !same_count(&Three { config, ..*three }, problems) {
        return;
    }
    for (index, planned) in three.planned.entries() {
        let Some(config) = config.index(&index) else { continue };
        let prior = three.prior.index(&index);
        let step = PathStep::Index(index);
        check_block_element(schema, step, (prior.as_ref(), &config, planned), problems);
    }
}

type Element<'a> = (Option<&'a Value>, &'a Value, &'a Value);

fn check_block_element(schema: &NestedBlock, step: PathStep, element: Element<'_>, problems: &mut Problems) {
    let (prior, config, planned) = element;
    problems.within(step, |problems| {
        if !planned.is_known() {
            return problems.add(UNKNOWN_ELEMENT);
        }
        let null = Value::null(schema.block.implied_type());
        let three = Three { prior: prior.unwrap_or(&null), config, planned };
        check_block(&schema.block, &three, problems);
    });
}

fn check_block_map(schema: &NestedBlock, three: &Three<'_>, problems: &mut Problems) {
    let is_object = schema.is_dynamic();
    if !is_object && !same_count(three, problems) {
        return;
    }
    for (key, planned) in three.planned.string_entries() {
        let step = if is_object {
            PathStep::Attribute(Str::clone(key))
        } else {
            PathStep::Index(Value::string_shared(Str::clone(key)))
        };
        let Some(config) = element(three.config, key) else {
            missing_key(is_object, &step, planned, key, problems);
            continue;
        };
        check_block_element(schema, step, (element(three.prior, key), config, planned), problems);
    }
    for (key, _) in three.config.string_entries() {
        if element(three.planned, key).is_none() {
            problems.add(format!("block key {} from config is not present in plan", go_text_of_str(key)));
        }
    }
}

fn missing_key(is_object: bool, step: &PathStep, planned: &Value, key: &str, problems: &mut Problems) {
    let message = format!("block key {} from plan is not present in config", go_text_of_str(key));
    if is_object {
        problems.add(message);
    } else {
        let message = if planned.is_known() { message } else { UNKNOWN_ELEMENT.to_owned() };
        problems.within(step.clone(), |problems| problems.add(message));
    }
}

fn element<'a>(map: &'a Value, key: &str) -> Option<&'a Value> {
    map.map_ref(key).or_else(|| map.attr_ref(key))
}

fn go_text_of_str(text: &str) -> String {
    crate::go_text::quoted(text)
}

fn check_attributes(
    attributes: &std::collections::BTreeMap<Str, Attribute>,
    three: &Three<'_>,
    problems: &mut Problems,
) {
    for (name, attribute) in attributes {
        let null = || Value::null(attribute.implied_type());
        let planned = part(three.planned, name, null);
        let config = part(three.config, name, null);
        if planned == config {
            continue;
        }
        let prior = part(three.prior, name, null);
        let three = Three { prior: &prior, config: &config, planned: &planned };
        let step = PathStep::Attribute(Str::clone(name));
        problems.within(step, |problems| check_attribute(attribute, &three, problems));
    }
}

fn check_attribute(schema: &Attribute, three: &Three<'_>, problems: &mut Problems) {
    let Three { prior, config, planned } = *three;
    if same_unrefined(planned, config) {
        return;
    }
    if !prior.is_null() && !config.is_null() && same_unrefined(planned, prior) {
        // The provider says that the configuration means the same as what is there.
        return;
    }
    let free = schema.computed && (!schema.optional || config.is_null());
    let left_out = schema.write_only && planned.is_null() && !config.is_null();
    if free || left_out {
        return;
    }
    let sensitive = schema.sensitive;
    let message = match schema.nested() {
        _ if config.is_null() && !planned.is_null() => {
            if sensitive {
                "sensitive planned value for a non-computed attribute".to_owned()
            } else {
                format!("planned value {} for a non-computed attribute", go_text(planned))
            }
        }
        Some(object) => return check_nested_attribute(object, three, problems),
        None if prior.is_null() && sensitive => "sensitive planned value does not match config value".to_owned(),
        None if prior.is_null() => {
            format!("planned value {} does not match config value {}", go_text(planned), go_text(config))
        }
        None if sensitive => "sensitive planned value does not match config value nor prior value".to_owned(),
        None => format!(
            "planned value {} does not match config value {} nor prior value {}",
            go_text(planned),
            go_text(config),
            go_text(prior)
        ),
    };
    problems.add(message);
}

fn check_nested_attribute(schema: &NestedObject, three: &Three<'_>, problems: &mut Problems) {
    if absent(three, problems) {
        return;
    }
    if !three.planned.is_known() {
        problems.add("planned unknown for configured value");
        return;
    }
    match schema.nesting {
        Nesting::Single | Nesting::Group => check_attributes(&schema.attributes, three, problems),
        Nesting::List => {
            if same_length(three, problems) {
                for (index, planned) in three.planned.entries() {
                    let Some(config) = three.config.index(&index) else { continue };
                    let prior = three.prior.index(&index);
                    let element = (prior.as_ref(), &config, planned);
                    check_attribute_element(schema, PathStep::Index(index), element, problems);
                }
            }
        }
        Nesting::Map => check_attribute_map(schema, three, problems),
        Nesting::Set => {
            // Elements can't be told apart, so the provider is trusted with what is in them.
            if excludes(&three.planned.length(), &three.config.length()) {
                different_length(three, problems);
            }
        }
    }
}

fn check_attribute_map(schema: &NestedObject, three: &Three<'_>, problems: &mut Problems) {
    if !same_length(three, problems) {
        return;
    }
    for (key, planned) in three.planned.string_entries() {
        let Some(config) = element(three.config, key) else {
            problems.add(format!("map key {} from plan is not present in config", go_text_of_str(key)));
            continue;
        };
        let element = (element(three.prior, key), config, planned);
        check_attribute_element(schema, PathStep::Attribute(Str::clone(key)), element, problems);
    }
    for (key, _) in three.config.string_entries() {
        if element(three.planned, key).is_none() {
            problems.add(format!("map key {} from config is not present in plan", go_text_of_str(key)));
        }
    }
}

fn check_attribute_element(schema: &NestedObject, step: PathStep, element: Element<'_>, problems: &mut Problems) {
    let (prior, config, planned) = element;
    let null = Value::null(schema.element_type());
    let three = Three { prior: prior.unwrap_or(&null), config, planned };
    problems.within(step, |problems| check_attributes(&schema.attributes, &three, problems));
}

fn same_length(three: &Three<'_>, problems: &mut Problems) -> bool {
    let (planned, config) = (three.planned.length(), three.config.length());
    let same = planned.as_number().is_some() && planned.as_number() == config.as_number();
    if !same {
        different_length(three, problems);
    }
    same
}

fn different_length(three: &Three<'_>, problems: &mut Problems) {
    let (planned, config) = (three.planned.length(), three.config.length());
    problems.add(format!(
        "count in plan ({}) disagrees with count in config ({})",
        go_text(&planned),
        go_text(&config)
    ));
}
