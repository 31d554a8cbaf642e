//! The DOT language.

use fw_addr::{ConfigResource, ModulePath};
use fw_value::go_quoted;

use super::dependencies::Dependencies;
use super::steps::Steps;

/// The graph: the resources of each module in a cluster of their own, then the edges.
pub(crate) fn text(dependencies: &Dependencies) -> String {
    let mut out = "digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n".to_owned();
    let mut module = ModulePath::root();
    for resource in dependencies.keys() {
        if resource.module != module {
            if !module.is_root() {
                out.push_str("  }\n");
            }
            module = resource.module.clone();
            let name = module.to_string();
            let cluster = go_quoted(&format!("cluster_{name}"));
            out.push_str(&format!(
                "  subgraph {cluster} {{\n    label = {}\n    fontname = \"sans-serif\"\n",
                go_quoted(&name)
            ));
        }
        let indent = if module.is_root() { "  " } else { "    " };
        let label = go_quoted(&resource.resource.to_string());
        out.push_str(&format!("{indent}{} [label={label}];\n", id(resource)));
    }
    if !module.is_root() {
        out.push_str("  }\n");
    }
    for (from, targets) in dependencies {
        for to in targets {
            out.push_str(&format!("  {} -> {};\n", id(from), id(to)));
        }
    }
    out.push_str("}\n");
    out
}

fn id(resource: &ConfigResource) -> String {
    go_quoted(&resource.to_string())
}

/// The graph of an operation: what is drawn, then the arrows, all in alphabetical order.
pub(crate) fn steps_text(graph: &Steps, needs: &[Vec<usize>]) -> String {
    let name = |step: usize| format!("[root] {}", graph.steps[step].name);
    let mut drawn: Vec<(String, String)> = Vec::new();
    for (step, one) in graph.steps.iter().enumerate() {
        if let Some((label, shape)) = &one.drawn {
            let line = format!("{} [label = {}, shape = \"{shape}\"]", go_quoted(&name(step)), go_quoted(label));
            drawn.push((name(step), line));
        }
    }
    drawn.sort();
    let mut arrows: Vec<String> = Vec::new();
    for (from, needs) in needs.iter().enumerate() {
        arrows.extend(needs.iter().map(|to| format!("{} -> {}", go_quoted(&name(from)), go_quoted(&name(*to)))));
    }
    arrows.sort();
    arrows.dedup();
    let mut out = "digraph {\n\tcompound = \"true\"\n\tnewrank = \"true\"\n\tsubgraph \"root\" {\n".to_owned();
    for line in drawn.iter().map(|(_, line)| line).chain(&arrows) {
        out.push_str(&format!("\t\t{line}\n"));
    }
    out.push_str("\t}\n}\n");
    out
}
