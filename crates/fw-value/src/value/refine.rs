//! Unknown values of which something is known.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Content, Value};
use crate::{Number, Range, Refinement, Str, Type};

/// Lists that are unknown but of known length are written out only up to this length.
const MAX_KNOWN_LENGTH: u64 = 1 << 16;

impl Value {
    /// An unknown value of which something is known. Facts that do not concern the type are dropped; where they leave
    /// only one value (or a list of known length), that value is the result.
    #[must_use]
    pub fn unknown_refined(ty: Type, refinement: Refinement) -> Self {
        let refinement = fitting(&ty, refinement);
        if refinement.is_empty() {
            return Self::unknown(ty);
        }
        if let Some(known) = only_value(&ty, &refinement) {
            return known;
        }
        Self::build(ty, Content::Unknown(Some(Arc::new(refinement))))
    }

    /// What is known of it, when it is unknown and something is.
    #[must_use]
    pub fn refinement(&self) -> Option<&Refinement> {
        match &self.content {
            Content::Unknown(refinement) => refinement.as_deref(),
            _ => None,
        }
    }

    /// The same, with more facts about it; known values and values of unknown type stay as they are. Where facts
    /// contradict each other the earlier ones hold.
    #[must_use]
    pub fn refine(self, more: Refinement) -> Self {
        if self.is_known() || self.ty == Type::Dynamic {
            return self;
        }
        let marks = self.marks;
        let merged = match self.refinement() {
            None => more,
            Some(facts) => merge(facts, fitting(&self.ty, more)),
        };
        Self::unknown_refined(self.ty, merged).with_marks(marks)
    }

    /// The same, with the fact that it will not be null.
    #[must_use]
    pub fn refine_not_null(self) -> Self {
        self.refine(Refinement::not_null())
    }

    /// Whether it is not null and can't become null.
    #[must_use]
    pub fn is_definitely_not_null(&self) -> bool {
        match &self.content {
            Content::Null => false,
            Content::Unknown(refinement) => refinement.as_ref().is_some_and(|r| r.not_null),
            _ => true,
        }
    }

    /// What can be said of it, whether it is known or not.
    #[must_use]
    pub fn range(&self) -> Range {
        let mut range = Range {
            is_null: self.is_null(),
            not_null: self.is_definitely_not_null(),
            string_prefix: Str::from(""),
            number_min: None,
            number_max: None,
            length_min: 0,
            length_max: None,
        };
        match &self.content {
            Content::Unknown(Some(facts)) => {
                range.string_prefix = facts.string_prefix.clone().unwrap_or(range.string_prefix);
                range.number_min.clone_from(&facts.number_min);
                range.number_max.clone_from(&facts.number_max);
                range.length_min = facts.length_min.unwrap_or(0);
                range.length_max = facts.length_max;
            }
            Content::String(text) => range.string_prefix = Str::clone(text),
            Content::Number(n) => {
                range.number_min = Some((n.clone(), true));
                range.number_max = Some((n.clone(), true));
            }
            Content::Sequence(_) | Content::Map(_) if self.ty.is_collection() => {
                if let Some(length) = self.length().as_number().and_then(Number::to_u64) {
                    range.length_min = length;
                    range.length_max = Some(length);
                }
            }
            _ => {}
        }
        range
    }

    /// The number of its elements: a number, unknown within bounds when it can't be told yet. Of tuples and objects it
    /// is always known.
    #[must_use]
    pub fn length(&self) -> Self {
        let length = match (&self.content, &self.ty) {
            (_, Type::Tuple(_) | Type::Object(_)) => self.length_usize().map(Self::number),
            (Content::Sequence(elements), Type::Set(_)) if elements.len() > 1 && !self.inside.wholly_known => {
                let facts = Refinement::number_between(Some(Number::from(1)), Some(Number::from(elements.len())));
                Some(Self::unknown_refined(Type::Number, facts))
            }
            (Content::Sequence(_) | Content::Map(_), _) => self.length_usize().map(Self::number),
            (Content::Unknown(_), Type::List(_) | Type::Set(_) | Type::Map(_)) => {
                let range = self.range();
                // Lengths are machine integers, and this is the greatest one.
                let max = range.length_max.unwrap_or(i64::MAX.unsigned_abs());
                let facts = Refinement::number_between(Some(range.length_min.into()), Some(max.into()));
                Some(Self::unknown_refined(Type::Number, facts))
            }
            _ => None,
        };
        length.unwrap_or_else(|| Self::unknown(Type::Number).refine_not_null()).with_marks(self.marks)
    }
}

// Without facts that say nothing of values of this type.
fn fitting(ty: &Type, facts: Refinement) -> Refinement {
    let number = *ty == Type::Number;
    let bound = |b: Option<(Number, bool)>| b.filter(|(n, _)| number && !n.is_infinite());
    Refinement {
        not_null: facts.not_null && *ty != Type::Dynamic,
        string_prefix: facts.string_prefix.filter(|p| *ty == Type::String && !p.is_empty()),
        number_min: bound(facts.number_min),
        number_max: bound(facts.number_max),
        length_min: facts.length_min.filter(|n| ty.is_collection() && *n > 0),
        length_max: facts.length_max.filter(|n| ty.is_collection() && *n < i64::MAX.unsigned_abs()),
    }
}

fn only_value(ty: &Type, facts: &Refinement) -> Option<Value> {
    if !facts.not_null {
        return None;
    }
    if let (Some((min, true)), Some((max, true))) = (&facts.number_min, &facts.number_max)
        && min == max
    {
        return Some(Value::number(min.clone()));
    }
    let max = facts.length_max?;
    if facts.length_min.unwrap_or(0) != max {
        return None;
    }
    match ty {
        _ if max == 0 => Value::empty_of(ty),
        Type::List(element) if max <= MAX_KNOWN_LENGTH => {
            let unknown = Value::unknown((**element).clone());
            Some(Value::list((**element).clone(), (0..max).map(|_| unknown.clone())))
        }
        Type::Set(element) if max == 1 => Some(Value::set((**element).clone(), [Value::unknown((**element).clone())])),
        _ => None,
    }
}

fn merge(old: &Refinement, new: Refinement) -> Refinement {
    let tighter = |a: &Option<(Number, bool)>, b: Option<(Number, bool)>, keep: Ordering| match (a, b) {
        (None, b) => b,
        (Some(a), None) => Some(a.clone()),
        (Some(a), Some(b)) => {
            let order = b.0.compare_exact(&a.0);
            let better = order == keep || order == Ordering::Equal && !b.1 && a.1;
            Some(if better { b } else { a.clone() })
        }
    };
    let prefix = match (&old.string_prefix, new.string_prefix) {
        (Some(a), Some(b)) if b.starts_with(&**a) => Some(b),
        (Some(a), _) => Some(Str::clone(a)),
        (None, b) => b,
    };
    Refinement {
        not_null: old.not_null || new.not_null,
        string_prefix: prefix,
        number_min: tighter(&old.number_min, new.number_min, Ordering::Greater),
        number_max: tighter(&old.number_max, new.number_max, Ordering::Less),
        length_min: old.length_min.max(new.length_min),
        length_max: match (old.length_max, new.length_max) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        },
    }
}
