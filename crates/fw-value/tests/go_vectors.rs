//! The same answers as go-cty 1.16 and Go's `math/big`, on cases made and answered by a Go program.

use std::cmp::Ordering;

use fw_value::json::{self, Node};
use fw_value::{Number, Type, Value, convert, msgpack};

fn cases(text: &str) -> impl Iterator<Item = Node> + '_ {
    text.lines().map(|line| Node::parse(line).expect("a case is JSON"))
}

fn text<'n>(case: &'n Node, key: &str) -> &'n str {
    case.get(key).and_then(Node::as_str).unwrap_or_else(|| panic!("{key} in {case}"))
}

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    hex.as_bytes().chunks(2).map(|pair| byte(pair).expect("two hexadecimal digits")).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn value(packed: &str) -> Value {
    msgpack::unmarshal(&bytes(packed), &Type::Dynamic).expect("Go wrote it")
}

fn packed(value: &Value) -> String {
    hex(&msgpack::marshal(value, &Type::Dynamic).expect("values can be packed"))
}

/// A number in the notation of the cases: `t:` text, `f:` bits of a float, `i:` integer.
fn number(notation: &str) -> Number {
    let parsed = match notation.split_once(':') {
        Some(("t", text)) => Number::parse(text),
        Some(("f", bits)) => u64::from_str_radix(bits, 16).ok().and_then(|bits| Number::from_f64(f64::from_bits(bits))),
        Some((_, integer)) => integer.parse::<i64>().ok().map(Number::from),
        None => None,
    };
    parsed.expect("a number in the notation of the cases")
}

/// Collects what differs, so that a run shows all of it.
#[derive(Default)]
struct Differences {
    shown: Vec<String>,
    checked: usize,
}

impl Differences {
    fn same(&mut self, what: &str, case: &Node, ours: &str, theirs: &str) {
        self.checked += 1;
        if ours != theirs {
            self.shown.push(format!("{what}\n  case   {case}\n  ours   {ours}\n  theirs {theirs}"));
        }
    }

    fn none(self, at_least: usize) {
        let shown: Vec<_> = self.shown.iter().take(12).map(String::as_str).collect();
        assert!(self.shown.is_empty(), "{} of {} differ:\n{}", self.shown.len(), self.checked, shown.join("\n"));
        assert!(self.checked >= at_least, "only {} checks", self.checked);
    }
}

#[test]
fn numbers() {
    let mut differences = Differences::default();
    for case in cases(include_str!("vectors/numbers.jsonl")) {
        let n = number(text(&case, "n"));
        differences.same("text", &case, &n.to_string(), text(&case, "text"));
        differences.same("short", &case, &n.to_short_string(), text(&case, "short"));
        differences.same("go", &case, &n.to_go_string(), text(&case, "go"));
        differences.same("f64", &case, &format!("{:x}", n.to_f64().to_bits()), text(&case, "f64"));
        let facts = format!("{} {} {}", n.precision(), n.is_integer(), n.to_f64_exact().is_some());
        let theirs = ["prec", "int", "exact"].map(|key| case.get(key).unwrap().to_string()).join(" ");
        differences.same("facts", &case, &facts, &theirs);
        let i64 = n.to_i64().map_or_else(|| "null".to_owned(), |n| n.to_string());
        differences.same("i64", &case, &i64, case.get("i64").and_then(Node::as_str).unwrap_or("null"));
    }
    differences.none(700);
}

#[test]
fn number_operations() {
    let mut differences = Differences::default();
    for case in cases(include_str!("vectors/number_operations.jsonl")) {
        let (a, b) = (number(text(&case, "a")), number(text(&case, "b")));
        for (name, result) in [
            ("add", a.add(&b)),
            ("sub", a.subtract(&b)),
            ("mul", a.multiply(&b)),
            ("div", a.divide(&b)),
            ("mod", a.modulo(&b)),
        ] {
            let Some(theirs) = case.get(name).and_then(Node::as_str) else { continue };
            let ours = result.as_ref().map_or_else(|_| "NaN".to_owned(), Number::to_string);
            differences.same(name, &case, &ours, theirs);
            let precision = result.map_or(0, |n| n.precision());
            let theirs = case.get(&format!("{name}_prec")).unwrap().to_string();
            differences.same(&format!("{name} precision"), &case, &precision.to_string(), &theirs);
        }
        let order = match a.compare_exact(&b) {
            Ordering::Less => "-1",
            Ordering::Equal => "0",
            Ordering::Greater => "1",
        };
        differences.same("order", &case, order, &case.get("cmp").unwrap().to_string());
        differences.same("equal", &case, &(a == b).to_string(), &case.get("eq").unwrap().to_string());
    }
    differences.none(5_000);
}

#[test]
fn values() {
    let mut differences = Differences::default();
    for case in cases(include_str!("vectors/values.jsonl")) {
        if text(&case, "go").contains("(-0)") {
            // Packing loses the sign of zero, so the case can't be asked for.
            continue;
        }
        let v = value(text(&case, "msgpack"));
        differences.same("msgpack", &case, &packed(&v), text(&case, "msgpack"));
        differences.same("type", &case, &json::type_to_json(v.ty()), &case.get("type").unwrap().to_string());
        differences.same("friendly", &case, &v.ty().friendly_name(), text(&case, "friendly"));
        // Go distinguishes "refined with nothing" from "not refined".
        let theirs = text(&case, "go").replace(".Refine().NewValue()", "");
        differences.same("go", &case, &v.to_go_string(), &theirs);
        if let Some(theirs) = case.get("json").and_then(Node::as_str) {
            let ours = json::marshal(&v, v.ty()).unwrap();
            differences.same("json", &case, &ours, theirs);
            let back = json::unmarshal(theirs.as_bytes(), v.ty()).unwrap();
            differences.same("back from json", &case, &(back == v).to_string(), "true");
            let implied = json::type_to_json(&json::implied_type(theirs).unwrap());
            differences.same("implied", &case, &implied, &case.get("implied").unwrap().to_string());
        }
    }
    differences.none(3_000);
}

#[test]
fn conversions() {
    let mut differences = Differences::default();
    for case in cases(include_str!("vectors/conversions.jsonl")) {
        if case.get("panic").is_some() {
            continue;
        }
        let v = value(text(&case, "in"));
        let want = json::type_of_node(case.get("want").unwrap()).unwrap();
        let safe = convert::safe_conversion_exists(v.ty(), &want).to_string();
        differences.same("safe", &case, &safe, &case.get("safe").unwrap().to_string());
        let (ours, steps) = match convert::convert(&v, &want) {
            Ok(v) => (packed(&v), 0),
            Err(e) => (e.message, e.path.steps().len()),
        };
        if let Some(error) = case.get("error").and_then(Node::as_str) {
            // Go finds the first wrong attribute by chance.
            if !error.starts_with("element \"") && !error.contains("attribute \"") {
                differences.same("error", &case, &ours, error);
            }
            let theirs = case.get("steps").map_or_else(|| "0".to_owned(), Node::to_string);
            differences.same("steps", &case, &steps.to_string(), &theirs);
            continue;
        }
        let theirs = value(text(&case, "out"));
        // Go leaves the element type as it was when a set of unknown length becomes a list.
        if theirs.is_known() || !json::type_to_json(v.ty()).contains("\"set\"") {
            differences.same("result", &case, &ours, &packed(&theirs));
        }
    }
    differences.none(3_000);
}

#[test]
fn unification() {
    let mut differences = Differences::default();
    for case in cases(include_str!("vectors/unify.jsonl")) {
        if case.get("panic").is_some() {
            continue;
        }
        let types = case.get("types").and_then(Node::as_array).unwrap();
        let types: Vec<Type> = types.iter().map(|node| json::type_of_node(node).unwrap()).collect();
        for (name, ours) in [("unsafe", convert::unify(&types)), ("safe", convert::unify_safe(&types))] {
            let ours = ours.map_or_else(|| "none".to_owned(), |ty| json::type_to_json(&ty));
            let theirs = case.get(name).map_or_else(|| "none".to_owned(), Node::to_string);
            differences.same(name, &case, &ours, &theirs);
        }
    }
    differences.none(2_000);
}

#[test]
fn operations() {
    let mut differences = Differences::default();
    for case in cases(include_str!("vectors/operations.jsonl")) {
        let (a, b) = (value(text(&case, "a")), value(text(&case, "b")));
        for (name, result) in [
            ("add", a.add(&b)),
            ("sub", a.subtract(&b)),
            ("mul", a.multiply(&b)),
            ("div", a.divide(&b)),
            ("mod", a.modulo(&b)),
            ("neg", a.negate()),
            ("abs", a.absolute()),
            ("lt", a.less_than(&b)),
            ("gt", a.greater_than(&b)),
            ("le", a.less_than_or_equal(&b)),
            ("ge", a.greater_than_or_equal(&b)),
            ("and", a.and(&b)),
            ("or", a.or(&b)),
            ("not", a.not()),
            ("eq", Ok(a.equals(&b))),
        ] {
            let Some(theirs) = case.get(name).and_then(Node::as_str) else { continue };
            let ours = result.map_or_else(|_| "panic".to_owned(), |v| packed(&v));
            differences.same(name, &case, &ours, theirs);
        }
        if let Some(theirs) = case.get("raw") {
            differences.same("raw", &case, &(a == b).to_string(), &theirs.to_string());
        }
        if let Some(theirs) = case.get("len").and_then(Node::as_str).filter(|t| *t != "panic") {
            differences.same("length", &case, &packed(&a.length()), theirs);
        }
    }
    differences.none(7_000);
}
