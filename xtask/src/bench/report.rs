//! The figures as a document: a table between two marks of `docs/performance.md`, and a plot for each curve.

use std::fs;

use anyhow::{Context, Result};

use super::inputs::Scenario;
use super::plot::{self, Curve};
use super::results::{Figure, Results};
use crate::commands::root;

const BEGIN: &str = "<!-- figures: written by `cargo xtask bench report` -->\n";
const END: &str = "<!-- end of figures -->\n";

/// The head of the table.
pub(super) const HEAD: &str = "| scenario | program | median s | least s | most s | peak MB | times as long as ours |\n\
                               |---|---|---|---|---|---|---|";

/// The rows of one scenario.
pub(super) fn rows(scenario: &Scenario, figures: &[Figure]) -> String {
    let ours = figures.first().map_or(f64::NAN, |figure| figure.median);
    let row = |figure: &Figure| {
        let Figure { program, median, least, most, peak_megabytes } = figure;
        let name = scenario.name;
        format!(
            "| {name} | {program} | {median:.3} | {least:.3} | {most:.3} | {peak_megabytes:.0} | {:.1} |\n",
            median / ours
        )
    };
    figures.iter().map(row).collect()
}

/// Writes the document of everything that was measured.
///
/// # Errors
/// When the document has no place for the figures, or cannot be written.
pub(super) fn write(scenarios: &[Scenario], results: &Results) -> Result<()> {
    let path = root().join("docs/performance.md");
    let text = fs::read_to_string(&path)?;
    let (before, rest) = text.split_once(BEGIN).context("docs/performance.md has no mark where figures begin")?;
    let (_, after) = rest.split_once(END).context("docs/performance.md has no mark where figures end")?;
    let mut made = String::new();
    for curve in ["plan", "apply"] {
        if let Some(svg) = curve_of(curve, scenarios, results) {
            fs::write(root().join(format!("docs/performance-{curve}.svg")), svg)?;
            made += &format!("![{curve} of independent blocks](performance-{curve}.svg)\n\n");
        }
    }
    made += HEAD;
    made += "\n";
    let measured = |scenario: &&Scenario| results.scenarios.contains_key(scenario.name);
    for scenario in scenarios.iter().filter(measured) {
        made += &rows(scenario, &results.scenarios[scenario.name]);
    }
    made += "\nThe scenarios:\n\n";
    for scenario in scenarios.iter().filter(measured) {
        made += &format!("- `{}`: {}\n", scenario.name, scenario.what);
    }
    fs::write(&path, format!("{before}{BEGIN}\n{made}\n{END}{after}"))?;
    println!("wrote {}", path.display());
    Ok(())
}

fn curve_of(name: &str, scenarios: &[Scenario], results: &Results) -> Option<String> {
    let mut curves: Vec<Curve> = Vec::new();
    for scenario in scenarios {
        let Some((curve, number)) = scenario.point else { continue };
        if curve != name {
            continue;
        }
        for figure in results.scenarios.get(scenario.name).into_iter().flatten() {
            let point = (f64::from(u32::try_from(number).unwrap_or(u32::MAX)), figure.median);
            match curves.iter_mut().find(|curve| curve.name == figure.program) {
                Some(curve) => curve.points.push(point),
                None => curves.push(Curve { name: figure.program.clone(), points: vec![point] }),
            }
        }
    }
    (!curves.is_empty()).then(|| plot::draw(&format!("{name} of independent blocks"), &curves))
}
