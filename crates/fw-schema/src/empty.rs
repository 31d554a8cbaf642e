//! The value of a body with nothing in it.

use fw_value::{Str, Type, Value};

use crate::{Attribute, Block, NestedBlock, Nesting};

impl Block {
    /// The value of an empty body: attributes null, nested blocks as if none were written. Cheap but for the first time.
    #[must_use]
    pub fn empty_value(&self) -> Value {
        let compute = || {
            let attributes = self.attributes.iter().map(|(name, a)| (Str::clone(name), a.empty_value()));
            let blocks = self.blocks.iter().map(|(name, b)| (Str::clone(name), b.empty_value()));
            Value::object(attributes.chain(blocks))
        };
        self.cache.empty_value.get_or_init(compute).clone()
    }
}

impl Attribute {
    /// The null of its type.
    #[must_use]
    pub fn empty_value(&self) -> Value {
        Value::null(self.implied_type())
    }
}

impl NestedBlock {
    /// The value when no block of the type is written.
    #[must_use]
    pub fn empty_value(&self) -> Value {
        let element = || self.block.implied_type();
        match self.nesting {
            Nesting::Single => Value::null(element()),
            Nesting::Group => self.block.empty_value(),
            Nesting::List if self.is_dynamic() => Value::empty_tuple(),
            Nesting::Map if self.is_dynamic() => Value::empty_object(),
            Nesting::List => Value::list(element(), []),
            Nesting::Set => Value::set(element(), []),
            Nesting::Map => Value::map::<Str>(element(), []),
        }
    }

    /// The type of the value when blocks of the type are known to be there but not what is in them.
    #[must_use]
    pub fn unknown_value(&self) -> Value {
        match self.nesting {
            Nesting::List | Nesting::Map if self.is_dynamic() => Value::unknown(Type::Dynamic),
            _ => Value::unknown(self.implied_type()),
        }
    }
}
