//! Help of commands on workspaces.

use super::Help;

pub(super) const HELP: &[Help] = &[
    Help::new("env", "", r"  The former name of the command workspace."),
    Help::new("workspace", "", r"  Several states for one configuration: lists, makes, selects and deletes them."),
    Help::new("workspace list", "", r"  Lists the workspaces; the selected one has a star."),
    Help::new("workspace show", "", r"  Shows the name of the selected workspace."),
    Help::new(
        "workspace new",
        "[OPTIONS] NAME",
        r"  Makes a workspace and selects it.

Options:

    -lock=false         Do not lock the state. Dangerous while others work
                        in the same workspace.

    -lock-timeout=0s    How long to wait for the lock.

    -state=path         A state file to begin with.",
    ),
    Help::new(
        "workspace select",
        "NAME",
        r"  Selects a workspace.

Options:

    -or-create=false    Make the workspace if there is none of that name.",
    ),
    Help::new(
        "workspace delete",
        "[OPTIONS] NAME",
        r"  Deletes a workspace with its state.

Options:

  -force             Delete it even if its state has objects. They go on to
                     exist, but nothing manages them any more.

  -lock=false        Do not lock the state. Dangerous while others work
                     in the same workspace.

  -lock-timeout=0s   How long to wait for the lock.",
    ),
];
