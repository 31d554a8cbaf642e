//! Times a plan of many independent resources, one block each or one block with `count`: `many 5000`, `many 5000 count`.

use std::fmt::Write as _;
use std::time::Instant;

use fw_testkit::Stack;

#[expect(clippy::print_stdout, reason = "it is for people")]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let number: usize = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1000);
    let shape = arguments.next().unwrap_or_default();
    let mut text = String::new();
    match shape.as_str() {
        "count" => write!(text, "resource \"terraform_data\" \"a\" {{\n  count = {number}\n  input = count.index\n}}\n").expect("a string"),
        "pairs" => write!(text, "resource \"terraform_data\" \"a\" {{\n  count = {number}\n  input = count.index\n}}\nresource \"terraform_data\" \"b\" {{\n  count = {number}\n  input = terraform_data.a[count.index].id\n}}\n").expect("a string"),
        "chain" => {
            text.push_str("resource \"terraform_data\" \"r0\" {}\n");
            for i in 1..number {
                writeln!(text, "resource \"terraform_data\" \"r{i}\" {{\n  input = terraform_data.r{}.id\n}}", i - 1).expect("a string");
            }
        }
        _ => {
            for i in 0..number {
                writeln!(text, "resource \"terraform_data\" \"r{i}\" {{\n  input = {i}\n}}").expect("a string");
            }
        }
    }
    let stack = Stack::new(&text);
    for step in ["plan", "apply", "plan again", "destroy"] {
        let start = Instant::now();
        match step {
            "apply" => drop(stack.apply()),
            "destroy" => drop(stack.apply_as(&fw_testkit::Ask::default().destroy())),
            _ => drop(stack.plan()),
        }
        println!("{step}: {:?}", start.elapsed());
    }
}
