//! Visiting and rebuilding all of a value.

use super::marking::step_for;
use super::{Content, Value};
use crate::deep::deep;
use crate::{Path, Str, Type};

impl Value {
    /// Calls `visit` on the value and, where that returns true, on everything inside it, from the outside in.
    pub fn walk(&self, visit: &mut impl FnMut(&Path, &Self) -> bool) {
        self.walk_from(&mut Path::root(), visit);
    }

    fn walk_from(&self, path: &mut Path, visit: &mut impl FnMut(&Path, &Self) -> bool) {
        if !visit(path, self) {
            return;
        }
        for (key, element) in self.entries() {
            path.0.push(step_for(self, key));
            deep(|| element.walk_from(path, visit));
            path.0.pop();
        }
    }

    /// Whether `is_it` is true of the value or anything inside it.
    #[must_use]
    pub fn any_part(&self, is_it: fn(&Self) -> bool) -> bool {
        is_it(self) || self.elements().any(|element| deep(|| element.any_part(is_it)))
    }

    /// The value with everything inside it, and then itself, replaced by what `change` makes of it, from the inside
    /// out. Own marks stay on containers before `change` sees them. Types of containers follow from what is in them.
    ///
    /// # Errors
    /// The first error of `change`.
    pub fn transform<E>(&self, change: &mut impl FnMut(&Path, Self) -> Result<Self, E>) -> Result<Self, E> {
        self.transform_from(&mut Path::root(), change)
    }

    fn transform_from<E>(
        &self,
        path: &mut Path,
        change: &mut impl FnMut(&Path, Self) -> Result<Self, E>,
    ) -> Result<Self, E> {
        if !self.can_iterate() {
            return change(path, self.clone());
        }
        let mut elements = Vec::with_capacity(self.entries().len());
        for (key, element) in self.entries() {
            path.0.push(step_for(self, key));
            elements.push(deep(|| element.transform_from(path, change))?);
            path.0.pop();
        }
        change(path, self.with_elements(elements))
    }

    /// A container of the same kind, names, keys and marks with other elements, of which there must be as many. Element
    /// types of collections follow from the elements.
    #[must_use]
    pub fn with_elements(&self, elements: Vec<Self>) -> Self {
        let element_type = |old: &Type| {
            let typed = elements.iter().find(|v| v.ty != Type::Dynamic);
            typed.or(elements.first()).map_or_else(|| old.clone(), |v| v.ty.clone())
        };
        let rebuilt = match (&self.ty, &self.content) {
            (Type::List(old), Content::Sequence(_)) => Self::list(element_type(old), elements),
            (Type::Set(old), Content::Sequence(_)) => Self::set(element_type(old), elements),
            (Type::Tuple(_), Content::Sequence(_)) => Self::tuple(elements),
            (Type::Map(old), Content::Map(entries)) => {
                let element = element_type(old);
                let keys = entries.iter().map(|(k, _)| Str::clone(k));
                Self::map_of(
                    element.clone(),
                    keys.zip(elements.into_iter().map(|v| v.typed_as_element_of(&element))).collect(),
                )
            }
            (Type::Object(ty), Content::Object(_)) => {
                let same = ty.attributes().iter().zip(&elements).all(|(a, v)| a.ty == v.ty);
                if same {
                    Self::object_of(std::sync::Arc::clone(ty), elements)
                } else {
                    Self::object(ty.attributes().iter().map(|a| Str::clone(&a.name)).zip(elements))
                }
            }
            _ => self.clone(),
        };
        rebuilt.with_marks(self.marks)
    }

    /// The same with every unknown in it replaced by a null.
    #[must_use]
    pub fn unknown_as_null(&self) -> Self {
        if self.inside.wholly_known {
            return self.clone();
        }
        if !self.is_known() {
            return Self::null(self.ty.clone()).with_marks(self.marks);
        }
        let elements = self.elements().map(|v| deep(|| v.unknown_as_null())).collect();
        self.with_elements(elements)
    }
}
