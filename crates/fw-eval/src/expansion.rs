//! `count`, `for_each` and `enabled`: which instances there are, and what `count.index` and `each` are in each of them.

use std::sync::Arc;

use fw_addr::{InstanceKey, Name};
use fw_config::Repetition;
use fw_diag::{Diagnostic, Diagnostics};
use fw_lang::Scope;
use fw_syntax::ast::Expr;
use fw_value::{Content, Marks, Type, Value};

/// Which instances a resource or module call has.
#[derive(Clone, Debug, PartialEq)]
pub enum Expansion {
    /// One, without a key.
    Single,
    /// None, though it would be one: `enabled` is false.
    Disabled,
    /// So many, by index.
    Count(i64),
    /// One per element, by key, sorted.
    ForEach(Arc<[(Name, Value)]>),
    /// Not expanded, because values are not known while validating; stands for all instances with `count`.
    UnexpandedCount,
    /// The same with `for_each`.
    UnexpandedForEach,
}

/// `count.index`, `each.key` and `each.value` in one instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RepetitionData {
    /// `count.index`
    pub count_index: Option<Value>,
    /// `each.key`
    pub each_key: Option<Value>,
    /// `each.value`
    pub each_value: Option<Value>,
}

impl Expansion {
    /// All instances in order.
    #[must_use]
    pub fn instances(&self) -> Vec<(Option<InstanceKey>, RepetitionData)> {
        match self {
            Self::Single => vec![(None, RepetitionData::default())],
            Self::Disabled => Vec::new(),
            Self::Count(n) => (0..*n).map(|i| (Some(InstanceKey::Int(i)), Self::index_data(i))).collect(),
            Self::ForEach(elements) => elements
                .iter()
                .map(|(key, value)| (Some(InstanceKey::String(Name::clone(key))), Self::each_data(key, value)))
                .collect(),
            Self::UnexpandedCount => {
                let count_index = Some(Value::unknown(Type::Number));
                vec![(None, RepetitionData { count_index, ..RepetitionData::default() })]
            }
            Self::UnexpandedForEach => {
                let each_key = Some(Value::unknown(Type::String));
                vec![(None, RepetitionData { each_key, each_value: Some(Value::dynamic()), count_index: None })]
            }
        }
    }

    /// The data of one instance; `None` when there is no such instance.
    #[must_use]
    pub fn data(&self, key: Option<&InstanceKey>) -> Option<RepetitionData> {
        match (self, key) {
            (Self::Single, None) => Some(RepetitionData::default()),
            (Self::Count(n), Some(InstanceKey::Int(i))) if i < n && *i >= 0 => Some(Self::index_data(*i)),
            (Self::ForEach(elements), Some(InstanceKey::String(key))) => {
                let at = elements.binary_search_by(|(k, _)| k.cmp(key)).ok()?;
                Some(Self::each_data(key, &elements[at].1))
            }
            (Self::UnexpandedCount | Self::UnexpandedForEach, _) => self.instances().pop().map(|(_, data)| data),
            (Self::Single | Self::Disabled | Self::Count(_) | Self::ForEach(_), _) => None,
        }
    }

    /// Whether there is an instance with this key.
    #[must_use]
    pub fn has(&self, key: Option<&InstanceKey>) -> bool {
        self.data(key).is_some()
    }

    fn index_data(index: i64) -> RepetitionData {
        RepetitionData { count_index: Some(Value::number(index)), ..RepetitionData::default() }
    }

    fn each_data(key: &Name, value: &Value) -> RepetitionData {
        RepetitionData { each_key: Some(Value::string(&**key)), each_value: Some(value.clone()), count_index: None }
    }

    /// Evaluates a `for_each` that must be known. With errors, nothing.
    #[must_use]
    pub fn for_each(expr: &Expr, scope: &dyn Scope, diagnostics: &mut Diagnostics) -> Option<Self> {
        for_each(expr, scope, false, diagnostics)
    }

    /// Evaluates the `for_each` of a provider configuration, which may be unknown only while validating. With errors,
    /// nothing.
    #[must_use]
    pub fn of_provider(
        expr: &Expr,
        scope: &dyn Scope,
        validating: bool,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        for_each(expr, scope, validating, diagnostics)
    }

    /// Evaluates a repetition. With errors, nothing.
    pub fn evaluate(
        repetition: &Repetition,
        scope: &dyn Scope,
        unexpanded: bool,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let before = diagnostics.len();
        let found = match repetition {
            Repetition::Single => Some(Self::Single),
            Repetition::Count(expr) => count(expr, scope, unexpanded, diagnostics),
            Repetition::ForEach(expr) => for_each(expr, scope, unexpanded, diagnostics),
            Repetition::Enabled(expr) => enabled(expr, scope, unexpanded, diagnostics),
        };
        let failed = diagnostics.iter().skip(before).any(Diagnostic::is_error);
        found.filter(|_| !failed)
    }
}

const INVALID_COUNT: &str = "Invalid count argument";

fn count(expr: &Expr, scope: &dyn Scope, unexpanded: bool, diagnostics: &mut Diagnostics) -> Option<Expansion> {
    let known = diagnostics.len();
    let value = fw_lang::evaluate_as(expr, &Type::Number, scope, diagnostics);
    if !unexpanded && diagnostics.iter().skip(known).any(Diagnostic::is_error) {
        return None;
    }
    let mut fail = |detail: &str| {
        diagnostics.push(Diagnostic::error(INVALID_COUNT, detail).at(expr.span));
        None
    };
    if value.marks().contains(Marks::EPHEMERAL) {
        return fail(
            "The given \"count\" is derived from an ephemeral value, which means that Terraform cannot persist it \
             between plan/apply rounds. Use only non-ephemeral values to specify the number of resource instances.",
        );
    }
    match value.content() {
        Content::Unknown(_) if unexpanded => Some(Expansion::UnexpandedCount),
        Content::Unknown(_) => fail(
            "The \"count\" value depends on resource attributes that cannot be determined until apply, so Terraform \
             cannot predict how many instances will be created. To work around this, use the -target argument to first \
             apply only the resources that the count depends on.",
        ),
        Content::Null => fail("The given \"count\" argument value is null. An integer is required."),
        Content::Number(n) => match n.to_i64() {
            Some(n) if n < 0 => {
                fail("The given \"count\" argument value is unsuitable: must be greater than or equal to zero.")
            }
            // More instances than this can't be held; terraform dies trying.
            Some(n) if n > 50_000_000 => fail(
                "The given \"count\" argument value is unsuitable: more than 50,000,000 instances are not supported.",
            ),
            Some(_) if unexpanded => Some(Expansion::UnexpandedCount),
            Some(n) => Some(Expansion::Count(n)),
            None => fail(
                "The given \"count\" argument value is unsuitable: value must be a whole number, between \
                 -9223372036854775808 and 9223372036854775807.",
            ),
        },
        Content::Bool(_) | Content::String(_) | Content::Sequence(_) | Content::Map(_) | Content::Object(_) => None,
    }
}

fn enabled(expr: &Expr, scope: &dyn Scope, unexpanded: bool, diagnostics: &mut Diagnostics) -> Option<Expansion> {
    let value = fw_lang::evaluate(expr, scope, diagnostics);
    let unsuitable = |why: &str| format!("The given \"enabled\" argument value is unsuitable: {why}.");
    let detail = if value.marks().contains(Marks::SENSITIVE) {
        "Sensitive values, or values derived from sensitive values, cannot be used in \"enabled\" arguments. If used, the \
         sensitive value would be exposed by whether an instance is present."
            .to_owned()
    } else if value.marks().contains(Marks::EPHEMERAL) {
        unsuitable("the given value is ephemeral")
    } else if value.is_null() {
        unsuitable("the given value is null")
    } else if !value.is_known() {
        if unexpanded {
            return Some(Expansion::Single);
        }
        "The given \"enabled\" argument value is derived from a value that won't be known until the apply phase, so Terraform \
         cannot determine whether an instance of this object is declared or not."
            .to_owned()
    } else {
        match fw_value::convert::convert(&value, &Type::Bool) {
            // As if it were there, while nothing but the configuration is looked at.
            Ok(_) if unexpanded => return Some(Expansion::Single),
            Ok(value) if value.as_bool() == Some(true) => return Some(Expansion::Single),
            Ok(_) => return Some(Expansion::Disabled),
            Err(why) => unsuitable(&why.to_string()),
        }
    };
    let mut diagnostic = Diagnostic::error("Invalid enabled argument", detail).at(expr.span);
    let telling = fw_lang::Telling { confidential: value.is_marked(), unknown: !value.is_known() };
    diagnostic.values = fw_lang::expression_values_telling(expr, scope, telling);
    diagnostics.push(diagnostic);
    None
}

const INVALID_FOR_EACH: &str = "Invalid for_each argument";
const INVALID_FOR_EACH_SET: &str = "Invalid for_each set argument";

fn for_each(expr: &Expr, scope: &dyn Scope, unexpanded: bool, diagnostics: &mut Diagnostics) -> Option<Expansion> {
    let value = fw_lang::evaluate(expr, scope, diagnostics);
    match for_each_elements(&value, unexpanded) {
        Ok(Some(_) | None) if unexpanded => Some(Expansion::UnexpandedForEach),
        Ok(elements) => Some(Expansion::ForEach(elements?.into())),
        Err((summary, detail)) => {
            let mut diagnostic = Diagnostic::error(summary, detail).at(expr.span);
            let telling = fw_lang::Telling { confidential: value.is_marked(), unknown: !value.is_wholly_known() };
            diagnostic.values = fw_lang::expression_values_telling(expr, scope, telling);
            diagnostics.push(diagnostic);
            None
        }
    }
}

/// What is said of keys that are not known yet.
fn unknown_keys(is_set: bool) -> String {
    let (which, better) = if is_set {
        let better = "use a map value where the keys are defined statically in your configuration and where only the values \
                      contain apply-time results";
        ("set includes values", better)
    } else {
        let better = "define the map keys statically in your configuration and place apply-time results only in the map \
                      values";
        ("map includes keys", better)
    };
    format!(
        "The \"for_each\" {which} derived from resource attributes that cannot be determined until apply, and so Terraform \
         cannot determine the full set of keys that will identify the instances of this resource.\n\nWhen working with \
         unknown values in for_each, it's better to {better}.\n\nAlternatively, you could use the -target planning option \
         to first apply only the resources that the for_each value depends on, and then apply a second time to fully \
         converge."
    )
}

type Unsuitable = (&'static str, String);

/// The elements sorted by key; `None` when the value is unknown and that is allowed.
fn for_each_elements(value: &Value, allow_unknown: bool) -> Result<Option<Vec<(Name, Value)>>, Unsuitable> {
    let unsuitable = |why: &str| format!("The given \"for_each\" argument value is unsuitable: {why}");
    if value.marks().contains(Marks::SENSITIVE) {
        let detail = "Sensitive values, or values derived from sensitive values, cannot be used as for_each arguments. \
             If used, the sensitive value could be exposed as a resource instance key.";
        return Err((INVALID_FOR_EACH, detail.to_owned()));
    }
    if value.marks().contains(Marks::EPHEMERAL) {
        let detail = "The given \"for_each\" value is derived from an ephemeral value, which means that Terraform cannot \
             persist it between plan/apply rounds. Use only non-ephemeral values to specify a resource's instance keys.";
        return Err((INVALID_FOR_EACH, detail.to_owned()));
    }
    match (value.ty(), value.content()) {
        (_, Content::Null) => Err((
            INVALID_FOR_EACH,
            unsuitable("the given \"for_each\" argument value is null. A map, or set of strings is allowed."),
        )),
        (Type::Dynamic | Type::Map(_) | Type::Set(_) | Type::Object(_), Content::Unknown(_)) => {
            if allow_unknown {
                return Ok(None);
            }
            Err((INVALID_FOR_EACH, unknown_keys(matches!(value.ty(), Type::Set(_)))))
        }
        (Type::Map(_), Content::Map(elements)) => Ok(Some(elements.to_vec())),
        (Type::Object(ty), Content::Object(values)) => {
            Ok(Some(ty.attributes().iter().map(|a| Name::clone(&a.name)).zip(values.iter().cloned()).collect()))
        }
        (Type::Set(element), Content::Sequence(values)) => set_elements(element, values, allow_unknown),
        (ty, _) => Err((
            INVALID_FOR_EACH,
            unsuitable(&format!(
                "the \"for_each\" argument must be a map, or set of strings, and you have provided a value of type {}.",
                ty.friendly_name()
            )),
        )),
    }
}

fn set_elements(
    element: &Type,
    values: &[Value],
    allow_unknown: bool,
) -> Result<Option<Vec<(Name, Value)>>, Unsuitable> {
    let unsuitable = |why: &str| format!("The given \"for_each\" argument value is unsuitable: {why}");
    if values.iter().any(|v| !v.is_known()) {
        if allow_unknown {
            return Ok(None);
        }
        return Err((INVALID_FOR_EACH, unknown_keys(true)));
    }
    if *element != Type::String && !values.is_empty() {
        let why = format!(
            "\"for_each\" supports maps and sets of strings, but you have provided a set containing type {}.",
            element.friendly_name()
        );
        return Err((INVALID_FOR_EACH_SET, unsuitable(&why)));
    }
    let mut elements = Vec::with_capacity(values.len());
    for value in values {
        let Content::String(key) = value.content() else {
            return Err((INVALID_FOR_EACH_SET, unsuitable("\"for_each\" sets must not contain null values.")));
        };
        elements.push((Name::clone(key), value.clone()));
    }
    elements.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Some(elements))
}
