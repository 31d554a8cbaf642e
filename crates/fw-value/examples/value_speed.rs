//! How fast values are read, written, converted and put into sets. Run in release mode; prints one line each.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::time::Instant;

use fw_value::{Number, Type, Value, convert, json, msgpack};

const RESOURCES: usize = 20_000;

fn resource(i: usize) -> Value {
    let tags = [("Name", format!("resource-{i}")), ("Owner", "team".to_owned()), ("Stage", "production".to_owned())];
    let blocks = (0..4usize).map(|j| {
        Value::object([
            ("port", Value::number(j + 80)),
            ("protocol", Value::string("tcp")),
            ("open", Value::bool(j == 0)),
        ])
    });
    let block = Type::object([("port", Type::Number), ("protocol", Type::String), ("open", Type::Bool)]);
    Value::object([
        ("arn", Value::string(format!("arn:aws:ec2:eu-west-1:123456789012:instance/i-{i:017x}"))),
        ("count", Value::number(i)),
        ("price", Value::number(Number::from_f64(f64::from(u32::try_from(i).unwrap_or(0)) / 8.0).unwrap_or_default())),
        ("description", Value::string("A thing of which there are many, with a text of some length.")),
        ("enabled", Value::bool(i.is_multiple_of(2))),
        ("tags", Value::map(Type::String, tags.into_iter().map(|(k, v)| (k, Value::string(v))))),
        ("ingress", Value::set(block, blocks)),
        ("nothing", Value::null(Type::String)),
    ])
}

fn timed<T>(what: &str, bytes: usize, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let seconds = start.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "only for show")]
    let rate = bytes as f64 / seconds / 1e6;
    println!("{what:<28} {:>8.1} ms {rate:>8.1} MB/s", seconds * 1e3);
    result
}

fn main() {
    let tuple = timed("build", 0, || Value::tuple((0..RESOURCES).map(resource)));
    let element = resource(0).ty().clone();
    let list_type = Type::list(element.clone());
    let list = timed("tuple to list", 0, || convert::convert(&tuple, &list_type)).expect("same element types");
    let any = timed("tuple to list(any)", 0, || convert::convert(&tuple, &Type::list(Type::Dynamic)));
    assert_eq!(any.as_ref(), Ok(&list));
    let text = timed("json out", 0, || json::marshal(&list, &list_type)).expect("known");
    let size = text.len();
    let back = timed("json in", size, || json::unmarshal_str(&text, &list_type)).expect("just written");
    assert_eq!(back, list);
    let node = timed("json tree", size, || json::Node::parse(&text)).expect("just written");
    timed("json tree out", size, || node.to_string());
    timed("json implied type", size, || json::implied_type(&text)).expect("just written");
    let bytes = timed("msgpack out", size, || msgpack::marshal(&list, &list_type)).expect("unmarked");
    let back = timed("msgpack in", bytes.len(), || msgpack::unmarshal(&bytes, &list_type)).expect("just written");
    assert_eq!(back, list);
    timed("equal", 0, || list.equals(&back));
    let elements: Vec<Value> = list.elements().cloned().collect();
    let set = timed("list to set", 0, || Value::set(element, elements));
    timed("unmark deep of unmarked", 0, || set.clone().unmark_deep());
    timed("drop", 0, || drop(back));
    let third = Number::from(1).divide(&Number::parse("3").expect("a number")).expect("a number");
    timed("1000 long numbers as text", 0, || (0..1000).map(|_| third.to_string().len()).sum::<usize>());
    let long = third.to_string();
    timed("1000 long numbers from text", 0, || (0..1000).filter_map(|_| Number::parse(&long)).count());
    let strings = timed("100,000 strings", 0, || {
        Value::set(
            Type::String,
            (0..100_000u32).map(|i| Value::string(format!("key-{}", i.wrapping_mul(2_654_435_761)))),
        )
    });
    timed("100,000 lookups", 0, || strings.elements().filter(|e| strings.has_element(e).is_true()).count());
}
