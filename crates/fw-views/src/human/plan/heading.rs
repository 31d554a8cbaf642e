//! What is said above a change: what happens to which object, and why.

use std::fmt::Write;

use fw_addr::InstanceKey;
use fw_exec::{Action, ActionReason, Importing, ResourceChange};

use crate::human::ink::{Code, Ink};

/// Why a change is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// It is planned.
    Planned,
    /// It was found.
    Found,
}

/// Codes around what is said.
struct Codes {
    bold: &'static str,
    red: &'static str,
    yellow: &'static str,
    reset: &'static str,
}

/// The lines above a change.
pub(super) fn heading(change: &ResourceChange, cause: Cause, ink: Ink, tool: &str) -> String {
    let codes = Codes {
        bold: ink.code(Code::Bold),
        red: ink.code(Code::Red),
        yellow: ink.code(Code::Yellow),
        reset: ink.code(Code::Reset),
    };
    let mut address = change.address.to_string();
    if let Some(key) = &change.deposed {
        write!(address, " (deposed object {key})").expect("strings take all");
    }
    let moved_from = (change.address != change.previous_address).then(|| change.previous_address.to_string());
    let mut out = what_happens(change, cause, &address, moved_from.as_deref(), &codes, tool);
    out.push('\n');
    let reset = codes.reset;
    if let Some(from) = moved_from.filter(|_| change.action != Action::NoOp) {
        out.push_str(&format!("  # {reset}(moved from {from})\n"));
    }
    if let Some(importing) = &change.importing
        && change.action != Action::NoOp
    {
        out.push_str(&format!("  # {reset}{}\n", imported_from(importing)));
        if matches!(change.action, Action::DeleteThenCreate | Action::CreateThenDelete) {
            let yellow = codes.yellow;
            out.push_str(&format!("  # {reset}{yellow}Warning: this will destroy the imported resource{reset}\n"));
        }
    }
    out + reset
}

fn imported_from(importing: &Importing) -> String {
    match (&importing.id, &importing.identity) {
        (Some(id), _) if !id.is_empty() => format!("(imported from \"{id}\")"),
        (_, Some(identity)) if identity.is_wholly_known() => {
            format!("(imported from {})", fw_lang::format::format_value(identity, 0))
        }
        _ => "(will be imported first)".to_owned(),
    }
}

fn what_happens(
    change: &ResourceChange,
    cause: Cause,
    address: &str,
    moved_from: Option<&str>,
    codes: &Codes,
    tool: &str,
) -> String {
    let Codes { bold, red, reset, .. } = codes;
    let subject = [bold, "  # ", address, reset].concat();
    match (change.action, cause) {
        (Action::Create, _) => subject + " will be created",
        (Action::Read, _) => format!("{subject} will be read during apply{}", read_reason(change.reason)),
        (Action::Update, Cause::Planned) => format!("{subject} will be updated in-place"),
        (Action::Update, Cause::Found) => format!("{subject} has changed"),
        (Action::DeleteThenCreate | Action::CreateThenDelete | Action::CreateThenForget, _) => {
            let kept = if change.action == Action::CreateThenForget {
                ", but the existing object will not be destroyed"
            } else {
                ""
            };
            let replaced = format!("{bold}{red}replaced{reset}");
            let replaced = match change.reason {
                Some(ActionReason::ReplaceBecauseTainted) => format!("is tainted, so must be {replaced}"),
                Some(ActionReason::ReplaceByRequest) => format!("will be {replaced}, as requested"),
                Some(ActionReason::ReplaceByTriggers) => {
                    format!("will be {replaced} due to changes in replace_triggered_by")
                }
                _ => format!("must be {replaced}"),
            };
            format!("{subject} {replaced}{kept}")
        }
        (Action::Delete, cause) => {
            let happens = match cause {
                Cause::Planned => format!("will be {bold}{red}destroyed{reset}"),
                Cause::Found => "has been deleted".to_owned(),
            };
            format!("{subject} {happens}{}{}", delete_reason(change), left_over(change, "  "))
        }
        (Action::Forget, _) => format!(
            "{bold} # {address}{reset} will no longer be managed by {tool}, but {bold}{red}will not be destroyed{reset}\n \
             # (destroy = false is set in the configuration){}",
            left_over(change, " ")
        ),
        (Action::NoOp, _) => match moved_from {
            Some(from) => format!("{bold}  # {from}{reset} has moved to {bold}{address}{reset}"),
            None if change.generated_config.is_some() => {
                format!("{subject} will be imported\n  #{reset} (config will be generated)")
            }
            None => format!("{subject} will be imported"),
        },
    }
}

fn read_reason(reason: Option<ActionReason>) -> &'static str {
    match reason {
        Some(ActionReason::ReadBecauseConfigUnknown) => "\n  # (config refers to values not yet known)",
        Some(ActionReason::ReadBecauseDependencyPending) => {
            "\n  # (depends on a resource or a module with changes pending)"
        }
        Some(ActionReason::ReadBecauseCheckNested) => "\n  # (config will be reloaded to verify a check block)",
        _ => "",
    }
}

fn delete_reason(change: &ResourceChange) -> String {
    let resource = &change.address.resource;
    let key = change.address.key.as_ref();
    let why = match change.reason {
        Some(ActionReason::DeleteBecauseNoResourceConfig) => {
            format!("{}.{} is not in configuration", resource.kind, resource.name)
        }
        Some(ActionReason::DeleteBecauseNoMoveTarget) => {
            let (from, to) = (&change.previous_address, &change.address);
            format!("{from} was moved to {to}, which is not in configuration")
        }
        Some(ActionReason::DeleteBecauseNoModule) => format!("{} is not in configuration", change.address.module),
        Some(ActionReason::DeleteBecauseWrongRepetition) => match key {
            None => "resource uses count or for_each".to_owned(),
            Some(InstanceKey::Int(_)) => "resource does not use count".to_owned(),
            Some(InstanceKey::String(_)) => "resource does not use for_each".to_owned(),
        },
        Some(ActionReason::DeleteBecauseCountIndex) => {
            format!("index {} is out of range for count", shown_key(key))
        }
        Some(ActionReason::DeleteBecauseEnabledFalse) => "enabled is false".to_owned(),
        Some(ActionReason::DeleteBecauseEachKey) => format!("key {} is not in for_each map", shown_key(key)),
        _ => return String::new(),
    };
    format!("\n  # (because {why})")
}

fn shown_key(key: Option<&InstanceKey>) -> String {
    key.map_or_else(|| "[]".to_owned(), ToString::to_string)
}

/// Where creating a replacement had failed after the old object was set aside.
fn left_over(change: &ResourceChange, indentation: &str) -> String {
    if change.deposed.is_none() {
        return String::new();
    }
    format!("\n{indentation}# (left over from a partially-failed replacement of this instance)")
}
