//! The program beside terraform on the same configurations: exit codes, diagnostics, plan documents, states, output.
//!
//! A case is a text file: a comment, the steps, then the files of the configuration (`differential/case.rs` has the
//! format). Where there is no terraform, our side alone has to end every step as the case says. `FORMWORK_CASE=part-of-name`
//! runs some cases only; `FORMWORK_TEST_MIRROR` lists directories with providers.

#![expect(clippy::print_stderr, reason = "says what it skips")]

#[path = "differential/case.rs"]
mod case;
#[path = "differential/compare.rs"]
mod compare;
#[path = "differential/family.rs"]
mod family;
#[path = "differential/generated.rs"]
mod generated;
#[path = "differential/memory.rs"]
mod memory;
#[path = "differential/serving.rs"]
mod serving;
#[path = "differential/side.rs"]
mod side;

use family::Family;

#[test]
fn built_in_resources() {
    Family::new("builtin").run();
}

#[test]
fn sources_of_modules() {
    Family::new("sources").run();
}

#[test]
fn tests_of_configurations() {
    Family::new("testing").with("FW_TESTPROVIDER_PROTOCOL", "6").run();
}

#[test]
fn scripted_provider_over_protocol_6() {
    Family::new("scripted").with("FW_TESTPROVIDER_PROTOCOL", "6").run();
}

#[test]
fn scripted_provider_over_protocol_5() {
    Family::new("scripted").with("FW_TESTPROVIDER_PROTOCOL", "5").run();
}

/// Numbers of cases without any of the differences that docs/compatibility.md lists.
const SEEDS: [u64; 11] = [0, 1, 2, 3, 5, 7, 8, 9, 11, 13, 14];

/// `FORMWORK_TEST_CASES=FROM-TO` tries others, which may differ.
#[test]
fn generated_configurations() {
    let seeds = match std::env::var("FORMWORK_TEST_CASES") {
        Ok(range) => {
            let (from, to) = range.split_once('-').expect("FORMWORK_TEST_CASES is FROM-TO");
            let number = |text: &str| text.parse::<u64>().expect("FORMWORK_TEST_CASES has numbers");
            (number(from)..number(to)).collect()
        }
        Err(_) => SEEDS.to_vec(),
    };
    Family::new("generated").with("FW_TESTPROVIDER_PROTOCOL", "6").generated(seeds).run();
}

#[test]
fn texts_for_people() {
    Family::new("human").with("FW_TESTPROVIDER_PROTOCOL", "6").run();
}

#[test]
fn moments_and_intervals() {
    Family::new("time").needing(&["hashicorp/time"]).run();
}

#[test]
fn simple_provider_of_both_protocols() {
    Family::new("simple").needing(&["hashicorp/simple", "hashicorp/simple6"]).run();
}

#[test]
fn kubectl_documents() {
    Family::new("kubectl").needing(&["gavinbunney/kubectl"]).run();
}

#[test]
fn utility_providers() {
    let used = ["random", "null", "local", "archive", "external", "tls"];
    let used: Vec<String> = used.iter().map(|name| format!("hashicorp/{name}")).collect();
    let used: Vec<&str> = used.iter().map(String::as_str).collect();
    Family::new("utilities").needing(&used).run();
}

#[test]
fn what_opentofu_adds() {
    Family::new("opentofu").beside_tofu().run();
}

#[test]
fn aws_on_emulators() {
    Family::new("aws").needing(&["hashicorp/aws"]).on_emulators().run();
}
