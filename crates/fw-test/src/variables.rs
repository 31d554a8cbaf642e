//! The values of a run's variables: its own, those of its file, and those from outside; the first that there is counts.

use std::collections::{BTreeMap, BTreeSet};

use fw_addr::Name;
use fw_config::Config;
use fw_config::testing::{Run, TestFile, TestVariable};
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::{GivenVariable, VariableSource};
use fw_lang::reference::{Place, Subject, references};
use fw_ops::Engine;
use fw_value::Value;

use crate::answers::{Answers, Known, Site, evaluate, of_provider};

/// Variables from outside: of the command line, files and the environment.
pub(crate) type Global = BTreeMap<Name, GivenVariable>;

/// The values of variables of a file that anything of a run may want. What is wrong with others does not matter.
pub(crate) fn of_file(
    engine: &Engine<'_>,
    file: &TestFile,
    global: &Global,
    wanted: &BTreeSet<Name>,
    told: &mut Diagnostics,
) -> BTreeMap<Name, GivenVariable> {
    let outside: BTreeMap<Name, Value> =
        global.iter().map(|(name, one)| (Name::clone(name), one.value.clone())).collect();
    let known = Known { file, runs: &BTreeMap::new(), variables: &outside };
    let mut values = global.clone();
    for (name, variable) in file.variables.iter().filter(|(name, _)| wanted.contains(*name)) {
        if let Some(given) = value_of(engine, variable, &known, Site::FileVariables, told) {
            values.insert(Name::clone(name), given);
        }
    }
    values
}

/// The names that a run may want a value of.
pub(crate) fn wanted(config: &Config, file: &TestFile, run: &Run) -> BTreeSet<Name> {
    let mut names: BTreeSet<Name> = config.root().variables.keys().cloned().collect();
    let mut ignored = Diagnostics::new();
    let mut found = Vec::new();
    for variable in run.variables.values() {
        found.extend(references(&variable.expr, Place::Test, &mut ignored));
    }
    for rule in &run.asserts {
        found.extend(references(&rule.condition, Place::Test, &mut ignored));
        found.extend(references(&rule.error_message, Place::Test, &mut ignored));
    }
    for provider in file.providers.values() {
        found.extend(of_provider(&provider.block));
    }
    names.extend(found.into_iter().filter_map(|reference| match reference.subject {
        Subject::Variable(name) => Some(name),
        _ => None,
    }));
    names
}

/// The values of a run's own variables. One of a variable that its module does not have is worth a warning.
pub(crate) fn of_run(
    engine: &Engine<'_>,
    run: &Run,
    known: &Known<'_>,
    wanted: &BTreeSet<Name>,
    told: &mut Diagnostics,
) -> BTreeMap<Name, GivenVariable> {
    let declared = &engine.config.root().variables;
    let mut values = BTreeMap::new();
    for (name, variable) in &run.variables {
        if let Some(given) = value_of(engine, variable, known, Site::RunVariables, told) {
            values.insert(Name::clone(name), given);
        }
        if !declared.contains_key(name) && !wanted.contains(name) {
            let detail = format!(
                "The module under test does not declare a variable named \"{name}\", but it is declared in run block \"{}\".",
                run.name
            );
            told.push(Diagnostic::warning("Value for undeclared variable", detail).at(variable.expr.span));
        }
    }
    values
}

fn value_of(
    engine: &Engine<'_>,
    variable: &TestVariable,
    known: &Known<'_>,
    site: Site,
    told: &mut Diagnostics,
) -> Option<GivenVariable> {
    let (mut answers, mut problems) = (Answers::new(), Diagnostics::new());
    for reference in references(&variable.expr, Place::Test, &mut problems) {
        known.look_up(reference, site, &mut answers, &mut problems);
    }
    let mut value = Value::dynamic();
    if !problems.has_errors() {
        value = evaluate(engine, &variable.expr, answers, &mut problems);
        problems.iter_mut().for_each(|problem| problem.values.clear());
    }
    let failed = problems.has_errors();
    told.append(problems);
    (!failed).then_some(GivenVariable { value, source: VariableSource::File(variable.expr.span) })
}

/// Says which variables must be given and are not.
pub(crate) fn missing(config: &Config, run: &Run, given: &BTreeMap<Name, GivenVariable>) -> Diagnostics {
    let root = config.root();
    let absent = root.variables.values().filter(|one| one.default.is_none() && !given.contains_key(&one.name));
    let problem = |variable: &fw_config::Variable| {
        let detail = format!(
            "The module under test for run block \"{}\" has a required variable \"{}\" with no set value. Use a -var or \
             -var-file command line argument or add this variable into a \"variables\" block within the test file or run block.",
            run.name, variable.name
        );
        Diagnostic::error("No value for required variable", detail).at(variable.span)
    };
    absent.map(problem).collect()
}
