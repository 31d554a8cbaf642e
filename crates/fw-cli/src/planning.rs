//! The flags that say what is planned: common to plan, apply, destroy, refresh and console.

use std::path::PathBuf;

use fw_addr::AbsResourceInstance;
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::Mode;
use fw_ops::variables::VariableArgument;
use fw_plan::PlanOptions;

use crate::backend::StateFlags;
use crate::flags::{Arguments, Flag};
use crate::selection::{SELECTION_FLAGS, Selection};
use crate::session::Session;
use crate::state_access::Locking;

/// Flags on variables.
pub(crate) const VARIABLE_FLAGS: &[Flag] = &[Flag::text("var"), Flag::text("var-file")];

/// Flags of all commands that make a plan.
pub(crate) const PLANNING_FLAGS: &[Flag] = &[
    SELECTION_FLAGS[0],
    SELECTION_FLAGS[1],
    SELECTION_FLAGS[2],
    SELECTION_FLAGS[3],
    Flag::switch("destroy"),
    Flag::switch("refresh-only"),
    Flag::switch("refresh"),
    Flag::text("replace"),
    Flag::text("var"),
    Flag::text("var-file"),
    Flag::number("parallelism"),
    Flag::switch("lock"),
    Flag::duration("lock-timeout"),
    Flag::switch("input"),
    Flag::text("state"),
    Flag::switch("allow-deferral"),
];

/// What is to be planned, and with what.
#[derive(Debug)]
pub(crate) struct Planning {
    /// What is asked for.
    pub(crate) options: PlanOptions,
    /// Values of variables.
    pub(crate) variables: Vec<VariableArgument>,
    /// How the state is locked.
    pub(crate) locking: Locking,
    /// Whether questions may be asked.
    pub(crate) input: bool,
    /// Other files of the state.
    pub(crate) state: StateFlags,
}

impl Planning {
    /// What the arguments say. `mode` is that of the command where they say nothing else.
    pub(crate) fn of(arguments: &Arguments, mode: Mode, session: &Session) -> (Self, Diagnostics) {
        let mut told = Diagnostics::new();
        if arguments.text("state").is_some_and(|path| !path.is_empty()) {
            told.push(deprecated_state());
        }
        let refresh = arguments.switch("refresh", true);
        let mode = mode_of(arguments, mode, refresh, &mut told);
        let Selection { targets, excludes } = Selection::of(arguments, session, &mut told);
        let force_replace =
            arguments.texts("replace").into_iter().filter_map(|text| replace(text, &mut told)).collect();
        let parallelism = usize::try_from(arguments.number("parallelism", 10)).unwrap_or(1).max(1);
        let options =
            PlanOptions { mode, refresh, targets, excludes, force_replace, parallelism, ..PlanOptions::default() };
        let planning = Self {
            options,
            variables: variables(arguments),
            locking: Locking::of(arguments),
            input: arguments.switch("input", true) && session.may_ask(),
            state: state_flags(arguments),
        };
        (planning, told)
    }
}

/// Values of variables, in the order given.
pub(crate) fn variables(arguments: &Arguments) -> Vec<VariableArgument> {
    let one = |(name, value): (&str, &str)| match name {
        "var" => Some(VariableArgument::Value(value.to_owned())),
        "var-file" => Some(VariableArgument::File(value.to_owned())),
        _ => None,
    };
    arguments.in_order().filter_map(one).collect()
}

/// Other files of the state.
pub(crate) fn state_flags(arguments: &Arguments) -> StateFlags {
    let path = |name: &str| arguments.text(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    StateFlags {
        state: path("state"),
        state_out: path("state-out"),
        backup: arguments.text("backup").map(str::to_owned),
    }
}

fn deprecated_state() -> Diagnostic {
    let detail = "Use `path` attribute within the `local` backend instead: \
                  https://developer.hashicorp.com/terraform/language/v1.10.x/settings/backends/local#path";
    Diagnostic::warning("Deprecated flag: -state", detail)
}

fn mode_of(arguments: &Arguments, mode: Mode, refresh: bool, told: &mut Diagnostics) -> Mode {
    let (destroy, refresh_only) = (arguments.switch("destroy", false), arguments.switch("refresh-only", false));
    if destroy && refresh_only {
        let detail = "The -destroy and -refresh-only options are mutually-exclusive.";
        told.push(Diagnostic::error("Incompatible plan mode options", detail));
    } else if refresh_only && !refresh {
        let detail = "It doesn't make sense to use -refresh-only at the same time as -refresh=false, because Terraform would \
                      have nothing to do.";
        told.push(Diagnostic::error("Incompatible refresh options", detail));
    }
    match (destroy, refresh_only) {
        (true, _) => Mode::Destroy,
        (false, true) => Mode::RefreshOnly,
        (false, false) => mode,
    }
}

fn replace(text: &str, told: &mut Diagnostics) -> Option<AbsResourceInstance> {
    let summary = format!("Invalid force-replace address \"{text}\"");
    match text.parse::<AbsResourceInstance>() {
        Ok(address) if address.resource.mode != fw_addr::ResourceMode::Managed => {
            told.push(Diagnostic::error(summary, "Only managed resources can be used with the -replace=... option."));
            None
        }
        Ok(address) => Some(address),
        Err(error) => {
            told.push(Diagnostic::error(summary, &*error.message));
            None
        }
    }
}
