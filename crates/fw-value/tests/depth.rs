//! Deep nesting is refused or survived, on a thread with the usual stack.

use fw_value::{MAX_DEPTH, Type, Value, convert, json, msgpack};

fn nested(depth: usize) -> Value {
    (0..depth).fold(
        Value::string("x"),
        |inner, i| if i % 2 == 0 { Value::tuple([inner]) } else { Value::object([("a", inner)]) },
    )
}

#[test]
fn everything_works_at_the_limit() {
    let v = nested(MAX_DEPTH);
    assert_eq!(v.depth(), MAX_DEPTH);
    assert_eq!(v, nested(MAX_DEPTH));
    assert!(v.equals(&nested(MAX_DEPTH)).is_true());
    let text = json::marshal(&v, v.ty()).expect("known");
    assert_eq!(json::unmarshal_str(&text, v.ty()).expect("just written"), v);
    assert_eq!(json::implied_type(&text).expect("just written"), *v.ty());
    let bytes = msgpack::marshal(&v, v.ty()).expect("unmarked");
    assert_eq!(msgpack::unmarshal(&bytes, v.ty()).expect("just written"), v);
    assert_eq!(
        json::type_from_json(&json::type_to_json(&nested(300).ty().clone())).expect("just written"),
        *nested(300).ty()
    );
    assert!(!v.to_go_string().is_empty() && !v.ty().to_expression().is_empty());
    let marked = nested(MAX_DEPTH).with_marks(fw_value::Marks::SENSITIVE);
    assert_eq!(marked.unmark_deep_with_paths().0, v);
    let mut count = 0;
    v.walk(&mut |_, _| {
        count += 1;
        true
    });
    assert_eq!(count, MAX_DEPTH + 1);
    let same = v.transform(&mut |_, v| Ok::<_, ()>(v)).expect("nothing fails");
    assert_eq!(same, v);
    let set = Value::set(v.ty().clone(), [v.clone(), v.clone()]);
    assert_eq!(set.length_usize(), Some(1));
    let list = (0..MAX_DEPTH - 1).fold(Type::String, |inner, _| Type::list(inner));
    let tuples = (0..MAX_DEPTH - 1).fold(Value::number(1i64), |inner, _| Value::tuple([inner]));
    assert_eq!(*convert::convert(&tuples, &list).expect("numbers become strings").ty(), list);
    assert!(convert::unify(&[tuples.ty().clone(), v.ty().clone()]).is_none());
}

#[test]
fn deeper_documents_are_refused() {
    for depth in [MAX_DEPTH + 1, 100_000] {
        let arrays = "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(json::Node::parse(&arrays).expect_err("too deep").message, "exceeded max depth");
        assert!(json::implied_type(&arrays).is_err());
        let objects = "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
        assert!(json::Node::parse(&objects).is_err());
        let ty = "[\"list\",".repeat(depth) + "\"string\"" + &"]".repeat(depth);
        assert!(json::type_from_json(&ty).is_err());
        // Dynamic values within dynamic values.
        let dynamic = b"\x92\xc4\x09\"dynamic\"".repeat(depth);
        assert!(msgpack::unmarshal(&dynamic, &Type::Dynamic).is_err());
    }
}

#[test]
fn claimed_lengths_allocate_nothing() {
    let list = Type::list(Type::String);
    assert!(msgpack::unmarshal(b"\xdd\xff\xff\xff\xff\xa1a", &list).is_err());
    assert!(msgpack::unmarshal(b"\xdf\xff\xff\xff\xff\xa1a\xa1b", &Type::map(Type::String)).is_err());
    assert!(msgpack::unmarshal(b"\xdb\xff\xff\xff\xff", &Type::String).is_err());
    assert!(msgpack::unmarshal(b"\xc9\xff\xff\xff\xff\x0c", &Type::String).is_err());
}
