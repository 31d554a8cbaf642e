//! The scenarios: configurations made by rule, and the command that is timed on each.

use std::fmt::Write;

/// What is measured.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// `main.tf`.
    pub(crate) configuration: String,
    /// Commands before the timed one, not timed.
    pub(crate) before: &'static [&'static [&'static str]],
    /// The command whose time counts.
    pub(crate) timed: &'static [&'static str],
    pub(crate) rounds: usize,
    pub(crate) peer_rounds: usize,
    /// Only our own program, for a comparison with itself at another size.
    pub(crate) alone: bool,
}

const INIT: &[&str] = &["init", "-input=false"];
const PLAN: &[&str] = &["plan", "-input=false"];
const APPLY: &[&str] = &["apply", "-input=false", "-auto-approve"];

/// All of them, in the order of the report.
pub(crate) fn scenarios() -> Vec<Scenario> {
    let plan = |name, configuration| Scenario {
        name,
        configuration,
        before: &[INIT],
        timed: PLAN,
        rounds: 5,
        peer_rounds: 3,
        alone: false,
    };
    let apply = |name, configuration| Scenario { timed: APPLY, rounds: 3, peer_rounds: 1, ..plan(name, configuration) };
    vec![
        plan("plan-1000", independent(1_000)),
        plan("plan-5000", independent(5_000)),
        plan("plan-count-5000", counted(5_000)),
        Scenario { before: &[INIT, APPLY], peer_rounds: 1, ..plan("plan-again-1000", independent(1_000)) },
        apply("apply-1000", independent(1_000)),
        apply("apply-2000", independent(2_000)),
        Scenario { alone: true, ..plan("plan-20000", independent(20_000)) },
        Scenario { alone: true, ..apply("apply-20000", independent(20_000)) },
    ]
}

/// Blocks that know nothing of each other.
fn independent(number: usize) -> String {
    let mut text = String::new();
    for index in 0..number {
        writeln!(text, "resource \"terraform_data\" \"r{index}\" {{\n  input = \"value {index}\"\n}}")
            .expect("a string takes all");
    }
    text
}

/// One block with that many instances.
fn counted(number: usize) -> String {
    format!("resource \"terraform_data\" \"r\" {{\n  count = {number}\n  input = \"value ${{count.index}}\"\n}}\n")
}
