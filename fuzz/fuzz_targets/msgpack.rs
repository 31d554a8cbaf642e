//! Any bytes as values in msgpack and in JSON, of several types: never a panic, and what can be read is written and read
//! again to the same text. (Large floats become texts on the way, with more precision: the values may differ.)
#![no_main]

use fw_value::{Type, json, msgpack};
use libfuzzer_sys::fuzz_target;

fn types() -> Vec<Type> {
    let object = Type::object([
        ("name", Type::String),
        ("size", Type::Number),
        ("on", Type::Bool),
        ("any", Type::Dynamic),
        ("tags", Type::map(Type::String)),
        ("set", Type::set(Type::Number)),
    ]);
    vec![Type::Dynamic, Type::list(object.clone()), object, Type::tuple([Type::Number, Type::Dynamic])]
}

fuzz_target!(|bytes: &[u8]| {
    for ty in types() {
        if let Ok(value) = msgpack::unmarshal(bytes, &ty) {
            let written = msgpack::marshal(&value, &ty).expect("what was read can be written");
            let again = msgpack::unmarshal(&written, &ty).expect("what was written can be read");
            assert_eq!(msgpack::marshal(&again, &ty).as_ref(), Ok(&written));
        }
        if let Ok(text) = std::str::from_utf8(bytes)
            && let Ok(value) = json::unmarshal_str(text, &ty)
        {
            let written = json::marshal(&value, &ty).expect("what was read can be written");
            let again = json::unmarshal_str(&written, &ty).expect("what was written can be read");
            assert_eq!(json::marshal(&again, &ty).as_ref(), Ok(&written));
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        drop(json::implied_type(text));
        drop(json::Node::parse(text));
    }
});
