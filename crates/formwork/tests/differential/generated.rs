//! Cases made up from a number: a configuration with modules, expansions, conditions and lifecycles, and how it changes.
//! What comes out is a case like those in files, so that one that differs can be put among them.

#[path = "generated/expressions.rs"]
mod expressions;
#[path = "generated/module.rs"]
mod module;
#[path = "generated/stages.rs"]
mod stages;

use fw_testkit::Dice;

/// The text of the case with that number.
pub(crate) fn case(seed: u64) -> String {
    let mut dice = Dice::new(seed);
    let mut world = stages::World::new(&mut dice);
    let mut head =
        format!("# The generated case {seed}.\nfiles s0\n? init\n? validate\n? plan\n? apply planned\n? plan\n");
    let mut files = world.files("s0");
    for stage in ["s1", "s2"] {
        let ways = world.change(&mut dice);
        head.push_str(&format!("files {stage}\n? init\n{ways}"));
        files.push_str(&world.files(stage));
    }
    head.push_str("? plan -destroy\n? destroy\n");
    if head.contains("-refresh-only") {
        files = files.lines().filter(|line| !is_always_new(line)).map(|line| format!("{line}\n")).collect();
    }
    format!("{head}{files}")
}

/// With numbers or sensitive values in an object, terraform 1.11 calls every plan that only refreshes applicable.
fn is_always_new(line: &str) -> bool {
    line.starts_with("  size = ") || line == "  sensitive = true"
}
