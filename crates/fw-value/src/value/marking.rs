//! Putting marks on values and taking them off, with the places they were at.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Content, Value};
use crate::deep::deep;
use crate::{Marks, Path, PathMarks, PathStep, Type};

impl Value {
    /// The same with more marks.
    #[must_use]
    pub fn with_marks(mut self, marks: Marks) -> Self {
        self.marks |= marks;
        self.inside.marks |= marks;
        self
    }

    /// The same with the own marks of all of `others` too.
    #[must_use]
    pub fn with_same_marks(self, others: &[&Self]) -> Self {
        let marks = others.iter().fold(Marks::NONE, |all, v| all | v.marks);
        self.with_marks(marks)
    }

    /// Whether it has all of these marks itself.
    #[must_use]
    pub fn has_mark(&self, mark: Marks) -> bool {
        self.marks.contains(mark)
    }

    /// Whether it or something inside it has all of these marks.
    #[must_use]
    pub fn has_mark_deep(&self, mark: Marks) -> bool {
        self.inside.marks.contains(mark)
    }

    /// Whether it has any mark itself.
    #[must_use]
    pub fn is_marked(&self) -> bool {
        !self.marks.is_empty()
    }

    /// Whether it or anything inside it has any mark.
    #[must_use]
    pub fn contains_marked(&self) -> bool {
        !self.inside.marks.is_empty()
    }

    // Sets own marks and computes the summary again.
    fn with_exactly(self, marks: Marks) -> Self {
        Self::build(self.ty, self.content).with_marks(marks)
    }

    /// Without its own marks, and these.
    #[must_use]
    pub fn unmark(self) -> (Self, Marks) {
        if self.marks.is_empty() {
            return (self, Marks::NONE);
        }
        let marks = self.marks;
        (self.with_exactly(Marks::NONE), marks)
    }

    /// Without any marks, and all there were.
    #[must_use]
    pub fn unmark_deep(self) -> (Self, Marks) {
        let marks = self.inside.marks;
        (self.without_marks_deep(marks), marks)
    }

    /// Without any marks, and the places they were at, from the outside in.
    #[must_use]
    pub fn unmark_deep_with_paths(self) -> (Self, Vec<PathMarks>) {
        let found = self.marks_with_paths();
        (self.unmark_deep().0, found)
    }

    /// The places of all marks, from the outside in.
    #[must_use]
    pub fn marks_with_paths(&self) -> Vec<PathMarks> {
        let mut found = Vec::new();
        collect(self, &mut Path::root(), &mut found);
        found
    }

    /// Without these marks of its own.
    #[must_use]
    pub fn without_marks(self, marks: Marks) -> Self {
        let kept = self.marks.without(marks);
        if kept == self.marks { self } else { self.with_exactly(kept) }
    }

    /// Without these marks, on it and inside it.
    #[must_use]
    pub fn without_marks_deep(self, marks: Marks) -> Self {
        if self.inside.marks.without(marks) == self.inside.marks {
            return self;
        }
        let strip = |v: &Self| deep(|| v.clone().without_marks_deep(marks));
        let kept = self.marks.without(marks);
        let content = match &self.content {
            Content::Sequence(elements) => Content::Sequence(elements.iter().map(strip).collect()),
            Content::Object(values) => Content::Object(values.iter().map(strip).collect()),
            Content::Map(entries) => {
                Content::Map(entries.iter().map(|(k, v)| (crate::Str::clone(k), strip(v))).collect())
            }
            other => other.clone(),
        };
        Self::build(self.ty, content).with_marks(kept)
    }

    /// With marks at places inside it. Places that do not exist are passed over; marks for what is inside a set go to
    /// the set, those for what is inside a null or unknown go nowhere.
    #[must_use]
    pub fn mark_with_paths(self, paths: &[PathMarks]) -> Self {
        if paths.is_empty() {
            return self;
        }
        mark_at(self, &paths.iter().map(|p| (p.path.steps(), p.marks)).collect::<Vec<_>>())
    }
}

fn collect(value: &Value, path: &mut Path, found: &mut Vec<PathMarks>) {
    if value.inside.marks.is_empty() {
        return;
    }
    if !value.marks.is_empty() {
        found.push(PathMarks { path: path.clone(), marks: value.marks });
    }
    for (key, element) in value.entries() {
        if element.inside.marks.is_empty() {
            continue;
        }
        path.0.push(step_for(value, key));
        deep(|| collect(element, path, found));
        path.0.pop();
    }
}

/// The step that leads to the element with this key of `value`.
pub(super) fn step_for(value: &Value, key: Value) -> PathStep {
    match (&value.ty, &key.content) {
        (Type::Object(_), Content::String(name)) => PathStep::Attribute(crate::Str::clone(name)),
        _ => PathStep::Index(key),
    }
}

fn mark_at(value: Value, paths: &[(&[PathStep], Marks)]) -> Value {
    let mut own = value.marks;
    let mut deeper: BTreeMap<usize, Vec<(&[PathStep], Marks)>> = BTreeMap::new();
    for (steps, marks) in paths {
        match steps.split_first() {
            None => own |= *marks,
            Some((first, rest)) => match value.position_of(first) {
                Some(_) if matches!(value.ty, Type::Set(_)) => own |= *marks,
                Some(at) => deeper.entry(at).or_default().push((rest, *marks)),
                None => {}
            },
        }
    }
    if deeper.is_empty() {
        return value.with_marks(own);
    }
    let mark = |(i, v): (usize, &Value)| match deeper.get(&i) {
        Some(paths) => deep(|| mark_at(v.clone(), paths)),
        None => v.clone(),
    };
    let content = match &value.content {
        Content::Sequence(elements) => Content::Sequence(elements.iter().enumerate().map(mark).collect()),
        Content::Object(values) => Content::Object(values.iter().enumerate().map(mark).collect()),
        Content::Map(entries) => {
            let entry = |(i, (k, v)): (usize, &(crate::Str, Value))| (crate::Str::clone(k), mark((i, v)));
            Content::Map(entries.iter().enumerate().map(entry).collect::<Arc<[_]>>())
        }
        other => other.clone(),
    };
    Value::build(value.ty, content).with_marks(own)
}

impl Value {
    /// Which element a step leads to, where the value is known and has it.
    pub(super) fn position_of(&self, step: &PathStep) -> Option<usize> {
        match (&self.ty, &self.content, step) {
            (Type::Object(ty), Content::Object(_), PathStep::Attribute(name)) => ty.index_of(name),
            (Type::Object(ty), Content::Object(_), PathStep::Index(key)) => ty.index_of(key.as_str()?),
            (_, Content::Map(entries), PathStep::Index(key)) => {
                let key = key.as_str()?;
                entries.binary_search_by(|(k, _)| (**k).cmp(key)).ok()
            }
            (_, Content::Map(entries), PathStep::Attribute(key)) => entries.binary_search_by(|(k, _)| k.cmp(key)).ok(),
            (Type::Set(_), Content::Sequence(elements), PathStep::Index(key)) => {
                let key = key.clone().unmark_deep().0;
                elements.iter().position(|e| *e == key)
            }
            (_, Content::Sequence(elements), PathStep::Index(key)) => {
                key.as_number()?.to_usize().filter(|i| *i < elements.len())
            }
            _ => None,
        }
    }
}
