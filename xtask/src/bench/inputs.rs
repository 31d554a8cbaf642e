//! The scenarios: what is measured, on which configuration, after what.

use super::configurations::{
    aws_network, aws_policies, chain, counted, independent, large, lines, modules, pairs, part,
};

/// What is measured.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    /// What it is, in a report.
    pub(super) what: &'static str,
    /// Paths and texts.
    pub(super) files: Vec<(&'static str, String)>,
    /// Needs the AWS provider and its emulator.
    pub(super) aws: bool,
    /// Commands before the timed one, not timed.
    pub(super) before: &'static [&'static [&'static str]],
    /// Who runs these: a state that a peer would need hours for is made by us.
    pub(super) prepared_by_us: bool,
    /// The command whose time counts.
    pub(super) timed: &'static [&'static str],
    pub(super) rounds: usize,
    /// None for a comparison of our program with itself at another size.
    pub(super) peer_rounds: usize,
    /// A point of a curve: its name and how many resources.
    pub(super) point: Option<(&'static str, usize)>,
}

const INIT: &[&str] = &["init", "-input=false"];
const PLAN: &[&str] = &["plan", "-input=false"];
const APPLY: &[&str] = &["apply", "-input=false", "-auto-approve"];
/// The curve of plans.
const PLANS: &str = "plan";
/// The curve of applies.
const APPLIES: &str = "apply";

fn plan(name: &'static str, what: &'static str, configuration: String) -> Scenario {
    Scenario {
        name,
        what,
        files: vec![("main.tf", configuration)],
        aws: false,
        before: &[INIT],
        prepared_by_us: false,
        timed: PLAN,
        rounds: 5,
        peer_rounds: 3,
        point: None,
    }
}

fn apply(name: &'static str, what: &'static str, configuration: String) -> Scenario {
    Scenario { timed: APPLY, rounds: 3, peer_rounds: 1, ..plan(name, what, configuration) }
}

fn curve(make: fn(&'static str, &'static str, String) -> Scenario, name: &'static str, number: usize) -> Scenario {
    let (curve, what) = if name.starts_with(PLANS) {
        (PLANS, "plan of independent blocks")
    } else {
        (APPLIES, "apply of independent blocks")
    };
    Scenario { point: Some((curve, number)), ..make(name, what, independent(number)) }
}

/// All of them, in the order of the report.
pub(super) fn scenarios() -> Vec<Scenario> {
    let alone = |scenario: Scenario| Scenario { peer_rounds: 0, rounds: 3, ..scenario };
    let mut all = vec![
        curve(plan, "plan-100", 100),
        curve(plan, "plan-1000", 1_000),
        curve(plan, "plan-5000", 5_000),
        alone(curve(plan, "plan-20000", 20_000)),
        alone(curve(plan, "plan-100000", 100_000)),
        curve(apply, "apply-100", 100),
        curve(apply, "apply-1000", 1_000),
        curve(apply, "apply-2000", 2_000),
        Scenario { peer_rounds: 1, ..curve(apply, "apply-5000", 5_000) },
        alone(curve(apply, "apply-20000", 20_000)),
        alone(curve(apply, "apply-100000", 100_000)),
        plan("plan-count-5000", "plan of one block with `count = 5000`", counted(5_000)),
        Scenario {
            peer_rounds: 1,
            ..plan("plan-pairs-1000", "plan of 1,000 pairs, one referring to the other", pairs(1_000))
        },
        Scenario {
            peer_rounds: 1,
            ..plan("plan-chain-2000", "plan of 2,000 blocks, each referring to the one before", chain(2_000))
        },
        in_modules(),
        Scenario {
            before: &[INIT, APPLY],
            peer_rounds: 1,
            ..plan("plan-again-1000", "plan of 1,000 existing resources", independent(1_000))
        },
    ];
    all.extend(with_large_states());
    all.extend(of_text());
    all.extend(with_aws());
    all
}

fn in_modules() -> Scenario {
    let mut scenario = plan("plan-modules", "plan of 10 modules with 1,000 instances each", modules(10));
    scenario.files.push(("part/main.tf", part(1_000)));
    Scenario { peer_rounds: 1, ..scenario }
}

fn with_large_states() -> Vec<Scenario> {
    let large = |name, what, timed| Scenario {
        before: &[INIT, APPLY],
        prepared_by_us: true,
        timed,
        rounds: 3,
        peer_rounds: 1,
        ..plan(name, what, large(1_000))
    };
    vec![
        large("state-100mb", "plan without a change, state of 100 MB", PLAN),
        large("state-100mb-change", "plan of one change, state of 100 MB", &["plan", "-input=false", "-var=changed=7"]),
    ]
}

fn of_text() -> Vec<Scenario> {
    let text = |name, what, timed| Scenario { timed, ..plan(name, what, lines(20_000)) };
    vec![
        text("validate-20000-lines", "`validate` of 20,000 lines", &["validate"]),
        text("fmt-20000-lines", "`fmt -check` of 20,000 lines", &["fmt", "-check"]),
    ]
}

fn with_aws() -> Vec<Scenario> {
    let on_aws = |scenario: Scenario| Scenario { aws: true, rounds: 3, peer_rounds: 3, ..scenario };
    let reading = |name, what, timed| {
        let scenario = plan(name, what, aws_policies(3));
        on_aws(Scenario { before: &[INIT, APPLY], timed, ..scenario })
    };
    vec![
        on_aws(plan("aws-13", "plan of 13 AWS resources that don't exist yet", aws_network())),
        on_aws(Scenario {
            before: &[INIT, APPLY],
            ..plan("aws-13-again", "plan of 13 existing AWS resources", aws_network())
        }),
        on_aws(plan("aws-300-plan", "plan of 300 AWS resources", aws_policies(300))),
        on_aws(apply("aws-300-apply", "apply of 300 AWS resources", aws_policies(300))),
        reading("aws-output", "`output`, AWS provider installed", &["output", "-json"]),
        reading("aws-show", "`show -json` of the state, AWS provider installed", &["show", "-json"]),
        reading("aws-validate", "`validate`, AWS provider installed", &["validate"]),
        reading("aws-schema", "`providers schema -json`, AWS provider installed", &["providers", "schema", "-json"]),
    ]
}
