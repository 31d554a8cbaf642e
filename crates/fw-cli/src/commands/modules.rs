//! `modules`: the module calls of the configuration.

use fw_addr::ModulePath;
use fw_config::Config;
use fw_config::manifest::Manifest;
use fw_diag::Diagnostic;
use fw_value::go_quoted;

use crate::flags::{Arguments, Flag};
use crate::session::{Exit, Session};

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let (arguments, error) = Arguments::parse(&[Flag::switch("json")], arguments);
    if let Some(error) = error {
        return session.usage_error("modules", &error.into());
    }
    if !arguments.positional.is_empty() {
        let problem = Diagnostic::error("Too many command line arguments", "Expected no positional arguments");
        return session.usage_error("modules", &problem.into());
    }
    let (config, problems) = session.load();
    if problems.has_errors() {
        return session.finish(&problems);
    }
    let manifest = std::fs::read(fw_ops::project::manifest_path(&session.surroundings));
    let manifest = manifest.ok().and_then(|text| Manifest::parse(&text).ok()).unwrap_or_default();
    let version_of =
        |path: &ModulePath| manifest.get(path).map(|entry| entry.version.clone()).filter(|version| !version.is_empty());
    let is_json = arguments.switch("json", false);
    session.out(&match (is_json, config.root().calls.is_empty()) {
        (true, true) => "{\"format_version\":\"1.0\",\"modules\":null}\n".to_owned(),
        (true, false) => format!("{}\n", fw_views::json::modules(&config, &version_of)),
        (false, true) => "No modules found in configuration.\n".to_owned(),
        (false, false) => {
            let mut text = "\nModules declared by configuration:\n.\n".to_owned();
            branches(&config, &ModulePath::root(), "", &version_of, &mut text);
            format!("{text}\n")
        }
    });
    Exit::Success
}

fn branches(
    config: &Config,
    path: &ModulePath,
    indent: &str,
    version_of: &dyn Fn(&ModulePath) -> Option<String>,
    text: &mut String,
) {
    let Some(module) = config.module(path) else { return };
    let mut left = module.calls.len();
    for call in module.calls.values() {
        left -= 1;
        let (corner, below) = if left == 0 { ("└── ", "    ") } else { ("├── ", "│\u{a0}\u{a0} ") };
        let path = path.child(&call.name);
        let version = version_of(&path).map_or_else(String::new, |version| format!(" ({version})"));
        text.push_str(&format!("{indent}{corner}{}[{}]{version}\n", go_quoted(&call.name), call.address));
        let indent = format!("{indent}{below}");
        fw_syntax::deep::guard(|| branches(config, &path, &indent, version_of, text));
    }
}
