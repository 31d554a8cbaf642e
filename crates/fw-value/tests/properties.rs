//! What must hold for all values: ways out and back in, and no panic on any bytes.

use fw_value::{Marks, Number, Refinement, Type, Value, convert, json, msgpack};
use proptest::collection::vec;
use proptest::prelude::*;

fn types() -> impl Strategy<Value = Type> {
    let primitive = prop_oneof![Just(Type::String), Just(Type::Number), Just(Type::Bool)];
    primitive.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            vec(inner.clone(), 0..4).prop_map(Type::tuple),
            vec(("[a-d]", inner), 0..4).prop_map(Type::object),
        ]
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,3}", ".{0,6}", Just("é\u{301}<&>\u{2028}\n\"\\".to_owned())]
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        (-9i64..10).prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        // Larger floats are integers with more digits than their precision: their texts stand for other integers.
        (-9e15f64..9e15).prop_filter_map("a number", Number::from_f64),
        prop::num::f64::NORMAL.prop_map(|x| x % 1.0).prop_filter_map("a number", Number::from_f64),
        "-?[0-9]{1,40}(\\.[0-9]{1,40})?(e-?[0-9]{1,2})?".prop_filter_map("a number", |text| Number::parse(&text)),
    ]
}

/// Values of a type; with unknowns and marks where wanted.
fn values(ty: &Type, unknowns: bool, marks: bool) -> BoxedStrategy<Value> {
    let known: BoxedStrategy<Value> = match ty {
        Type::Dynamic => Just(Value::null(Type::Dynamic)).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::bool).boxed(),
        Type::Number => number().prop_map(Value::number).boxed(),
        Type::String => text().prop_map(Value::string).boxed(),
        Type::List(element) => {
            let element_type = (**element).clone();
            vec(values(element, unknowns, marks), 0..4).prop_map(move |v| Value::list(element_type.clone(), v)).boxed()
        }
        Type::Set(element) => {
            let element_type = (**element).clone();
            vec(values(element, unknowns, marks), 0..4).prop_map(move |v| Value::set(element_type.clone(), v)).boxed()
        }
        Type::Map(element) => {
            let element_type = (**element).clone();
            let entries = vec((text(), values(element, unknowns, marks)), 0..4);
            entries.prop_map(move |entries| Value::map(element_type.clone(), entries)).boxed()
        }
        Type::Tuple(types) => {
            let elements: Vec<_> = types.iter().map(|ty| values(ty, unknowns, marks)).collect();
            elements.prop_map(Value::tuple).boxed()
        }
        Type::Object(object) => {
            let names: Vec<_> = object.attributes().iter().map(|a| std::sync::Arc::clone(&a.name)).collect();
            let elements: Vec<_> = object.attributes().iter().map(|a| values(&a.ty, unknowns, marks)).collect();
            elements.prop_map(move |v| Value::object(names.iter().cloned().zip(v))).boxed()
        }
    };
    let null = Just(Value::null(ty.clone())).boxed();
    let unknown = if unknowns { unknown(ty).boxed() } else { null.clone() };
    let plain = prop_oneof![8 => known, 1 => null, 1 => unknown];
    if !marks {
        return plain.boxed();
    }
    let marked =
        vec![Marks::NONE, Marks::NONE, Marks::SENSITIVE, Marks::EPHEMERAL, Marks::SENSITIVE | Marks::EPHEMERAL];
    (plain, prop::sample::select(marked)).prop_map(|(v, m)| v.with_marks(m)).boxed()
}

fn unknown(ty: &Type) -> impl Strategy<Value = Value> + use<> {
    let ty = ty.clone();
    let facts = (any::<bool>(), text(), number(), 0u32..9, any::<bool>(), 0u64..3, 0u64..3);
    facts.prop_map(move |(not_null, prefix, low, gap, inclusive, short, more)| {
        let high = low.add(&Number::from_f64(f64::from(gap)).expect("a number")).expect("finite");
        let facts = Refinement {
            not_null,
            string_prefix: Some(prefix.into()),
            number_min: Some((low, inclusive)),
            number_max: inclusive.then_some((high, true)),
            length_min: Some(short),
            length_max: (more > 0).then_some(short + more),
        };
        Value::unknown_refined(ty.clone(), facts)
    })
}

fn any_value(unknowns: bool, marks: bool) -> impl Strategy<Value = Value> {
    types().prop_flat_map(move |ty| values(&ty, unknowns, marks))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn msgpack_there_and_back(v in any_value(true, false)) {
        let bytes = msgpack::marshal(&v, &Type::Dynamic).unwrap();
        let back = msgpack::unmarshal(&bytes, &Type::Dynamic).unwrap();
        prop_assert_eq!(&back, &v);
        prop_assert_eq!(msgpack::marshal(&back, &Type::Dynamic).unwrap(), bytes);
        let bytes = msgpack::marshal(&v, v.ty()).unwrap();
        prop_assert_eq!(msgpack::unmarshal(&bytes, v.ty()).unwrap(), v);
    }

    #[test]
    fn json_there_and_back(v in any_value(false, false)) {
        let text = json::marshal(&v, v.ty()).unwrap();
        let back = json::unmarshal_str(&text, v.ty()).unwrap();
        prop_assert_eq!(&back, &v);
        prop_assert_eq!(json::marshal(&back, v.ty()).unwrap(), text.as_str());
        prop_assert_eq!(json::Node::parse(&text).unwrap().to_string(), text);
        let wrapped = json::marshal(&v, &Type::Dynamic).unwrap();
        let back = json::unmarshal_str(&wrapped, &Type::Dynamic).unwrap();
        // The null of no type is written without one.
        prop_assert!(back == v || v.is_null() && back.is_null());
    }

    #[test]
    fn types_there_and_back(ty in types()) {
        prop_assert_eq!(json::type_from_json(&json::type_to_json(&ty)).unwrap(), ty);
    }

    #[test]
    fn marks_off_and_on(v in any_value(true, true)) {
        let (plain, places) = v.clone().unmark_deep_with_paths();
        prop_assert!(!plain.contains_marked());
        prop_assert_eq!(&v.clone().unmark_deep().0, &plain);
        prop_assert_eq!(plain.mark_with_paths(&places), v);
    }

    #[test]
    fn rebuilding_changes_nothing(v in any_value(true, true)) {
        prop_assert_eq!(&v.transform(&mut |_, v| Ok::<_, ()>(v)).unwrap(), &v);
        prop_assert_eq!(&convert::convert(&v, v.ty()).unwrap(), &v);
        prop_assert_eq!(convert::convert(&v, &Type::Dynamic).unwrap(), v);
    }

    #[test]
    fn paths_lead_to_what_was_visited(v in any_value(true, false)) {
        let mut visited = Vec::new();
        v.walk(&mut |path, value| {
            visited.push((path.clone(), value.clone()));
            true
        });
        for (path, value) in visited {
            prop_assert_eq!(v.get_path(&path), Some(value));
        }
    }

    #[test]
    fn sets_do_not_depend_on_order(ty in types(), seed in any::<u64>()) {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let mut elements: Vec<Value> = (0..6)
            .map(|_| values(&ty, false, false).new_tree(&mut runner).unwrap().current())
            .collect();
        let one = Value::set(ty.clone(), elements.clone());
        let turn = usize::try_from(seed % 6).unwrap();
        elements.rotate_left(turn);
        elements.extend(elements.clone());
        let other = Value::set(ty.clone(), elements);
        prop_assert_eq!(&one, &other);
        prop_assert!(one.equals(&other).is_true());
        for element in one.elements() {
            prop_assert!(one.has_element(element).is_true());
        }
        prop_assert_eq!(Value::set(ty, one.elements().cloned()), one);
    }

    #[test]
    fn numbers_as_text(n in number(), m in number()) {
        let text = n.to_string();
        let back = Number::parse(&text).unwrap();
        prop_assert_eq!(&back, &n);
        prop_assert_eq!(back.to_string(), text);
        prop_assert_eq!(n == m, m == n);
        prop_assert_eq!(n.cmp(&m), m.cmp(&n).reverse());
        prop_assert_eq!(&n.negate().negate(), &n);
        prop_assert_eq!(n.add(&m).unwrap(), m.add(&n).unwrap());
    }

    #[test]
    fn equal_values_are_equal(v in any_value(true, false)) {
        let answer = v.equals(&v);
        prop_assert_eq!(answer.is_true(), v.is_wholly_known());
        prop_assert!(answer.is_definitely_not_null());
    }

    #[test]
    fn conversion_gives_the_type_asked_for(v in any_value(true, true), ty in types()) {
        if let Ok(converted) = convert::convert(&v, &ty) {
            prop_assert_eq!(converted.ty(), &ty);
            prop_assert!(converted.marks_deep().contains(v.marks()));
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in vec(any::<u8>(), 0..64), ty in types()) {
        let _decoded = msgpack::unmarshal(&bytes, &ty);
        let _decoded = msgpack::unmarshal(&bytes, &Type::Dynamic);
        let _decoded = json::unmarshal(&bytes, &ty);
        let _decoded = json::Node::parse_bytes(&bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let _parsed = Number::parse(&text);
        let _parsed = json::type_from_json(&text);
    }

    #[test]
    fn damaged_bytes_are_survived(v in any_value(true, false), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = msgpack::marshal(&v, v.ty()).unwrap();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        let _decoded = msgpack::unmarshal(&bytes, v.ty());
        let mut text = json::marshal(&v.unknown_as_null(), v.ty()).unwrap().into_bytes();
        let place = at.index(text.len());
        text[place] = byte;
        let _decoded = json::unmarshal(&text, v.ty());
    }
}
