//! Help of commands on the state.

use super::Help;

// Options that several commands have, as pieces for `concat!`.

macro_rules! lock_options {
    () => {
        r"  -lock=false             Do not lock the state. Dangerous while others work
                          in the same workspace.

  -lock-timeout=0s        How long to wait for the lock."
    };
}

macro_rules! timed_backup_option {
    () => {
        r"  -backup=PATH            Where to keep the copy of the state, instead of a
                          file with the time in its name."
    };
}

macro_rules! backup_option {
    () => {
        r"  -backup=PATH            Where to keep the state as it was; - for nowhere."
    };
}

macro_rules! state_option {
    () => {
        r"  -state=PATH             The state file to change. Without it, that of the
                          selected workspace."
    };
}

macro_rules! state_options {
    () => {
        r"  -state=PATH             The state file to read, and to write unless
                          -state-out is given.

  -state-out=PATH         The state file to write."
    };
}

macro_rules! state_to_read_option {
    () => {
        r"  -state=statefile    A state file to read instead of the state of the
                      selected workspace."
    };
}

macro_rules! remote_version_option {
    () => {
        r"  -ignore-remote-version  Accepted for compatibility; of no use here."
    };
}

pub(super) const HELP: &[Help] = &[
    Help::new(
        "state",
        "<subcommand> [options] [args]",
        r"  Looks at the state and changes it by hand.

  Plans and applies keep the state in order on their own; these commands are
  for the cases they cannot know of. Each command that changes the state
  first keeps a copy of it, with the time in its name.

  Output is one item a line where possible, for grep, awk and their like.",
    ),
    Help::new(
        "state list",
        "[options] [address...]",
        concat!(
            r"  Lists the resource instances of the state.

  With addresses, only the instances they mean are listed. An address is that
  of a resource, of one instance, or of a module with all that is in it:
      aws_instance.example
      module.example
      module.example.module.child
      module.example.aws_instance.example

  An address that means nothing in the state is an error.

Options:

",
            state_to_read_option!(),
            r#"

  -id=ID              Only instances whose attribute "id" has this value."#,
        ),
    ),
    Help::new(
        "state show",
        "[options] ADDRESS",
        concat!(
            r#"  Shows the attributes of one resource instance of the state.

  "state list" gives the addresses there are.

Options:

"#,
            state_to_read_option!(),
        ),
    ),
    Help::new(
        "state mv",
        "[options] SOURCE DESTINATION",
        concat!(
            r"  Gives something in the state another address: a resource, one of its
  instances, or a module with all that is in it. The real objects stay as they
  are; a configuration with the new address finds them again.

  With -state-out, things move to another state file.

  A copy of each state is kept before it is changed.

Options:

  -dry-run                Say what would be moved, and change nothing.

",
            timed_backup_option!(),
            r"

  -backup-out=PATH        The same for the state that -state-out names.

",
            lock_options!(),
            "\n\n",
            state_option!(),
            r"

  -state-out=PATH         The state file to move to.

",
            remote_version_option!(),
        ),
    ),
    Help::new(
        "state rm",
        "[options] ADDRESS...",
        concat!(
            r"  Takes resource instances out of the state. The real objects are not
  destroyed; they are only no longer managed from here.

  An address of a resource means all its instances; that of a module, all
  that is in it and in the modules it calls.

Options:

  -dry-run                Say what would be removed, and change nothing.

",
            timed_backup_option!(),
            "\n\n",
            lock_options!(),
            "\n\n",
            state_option!(),
            "\n\n",
            remote_version_option!(),
        ),
    ),
    Help::new(
        "state pull",
        "[options]",
        r"  Writes the state of the selected workspace to standard output, in the
  current format.",
    ),
    Help::new(
        "state push",
        "[options] PATH",
        concat!(
            r#"  Puts the state in the file PATH in the place of the workspace's state.

  It is refused when it has another lineage, or is not newer than what is
  there, unless -force is given. If PATH is "-", the state comes from standard
  input.

Options:

  -force                  Push whatever lineage and serial say.

"#,
            lock_options!(),
            "\n\n",
            remote_version_option!(),
        ),
    ),
    Help::new(
        "state replace-provider",
        "[options] FROM_PROVIDER_FQN TO_PROVIDER_FQN",
        concat!(
            r"  Says that the resources of one provider belong to another from now on.

Options:

  -auto-approve           Do not ask.

",
            timed_backup_option!(),
            "\n\n",
            lock_options!(),
            "\n\n",
            state_option!(),
            "\n\n",
            remote_version_option!(),
        ),
    ),
    Help::new(
        "taint",
        "[options] <address>",
        concat!(
            r"  Marks a resource instance as not fit for use, so that the next plan replaces
  it. Nothing but the state is changed.

  The address is that of one instance:
    aws_instance.foo
    aws_instance.bar[1]
    module.foo.module.bar.aws_instance.baz

  Plans can replace an instance without this: see -replace of plan and apply.

Options:

  -allow-missing          No failure when there is no such instance.

",
            backup_option!(),
            "\n\n",
            lock_options!(),
            "\n\n",
            state_options!(),
            "\n\n",
            remote_version_option!(),
        ),
    ),
    Help::new(
        "untaint",
        "[options] name",
        concat!(
            r#"  Takes the mark of "taint" away, or that of a creation that failed on its way:
  the instance counts as fit for use again and is not replaced. Nothing but the
  state is changed.

Options:

  -allow-missing          No failure when there is no such instance.

"#,
            backup_option!(),
            "\n\n",
            lock_options!(),
            "\n\n",
            state_options!(),
            "\n\n",
            remote_version_option!(),
        ),
    ),
    Help::new(
        "import",
        "[options] ADDR ID",
        concat!(
            r"  Takes an existing object over into the state, so that it is managed from
  here although it was created elsewhere. The object is not changed.

  ADDR is the address of a resource instance that the configuration has a
  block for. ID is what the provider knows the object by; the documentation
  of the resource type says what that is.

Options:

  -config=path            The directory of the configuration. Without it, the
                          working directory.

  -allow-missing-config   Accepted for compatibility; the block must exist.

",
            backup_option!(),
            r"

  -input=false            Do not ask for values.

",
            lock_options!(),
            r"

  -no-color               Output without colours.

  -parallelism=n          How many operations may run at a time; 10 if not
                          given.

",
            state_options!(),
            r"

  -var 'foo=bar'          The value of a variable. May be given several times.

  -var-file=foo           A file with values of variables. May be given several
                          times.

",
            remote_version_option!(),
        ),
    ),
    Help::new(
        "force-unlock",
        "LOCK_ID",
        r"  Breaks the lock of a state.

  States in files cannot be unlocked by another process: their locks end
  together with the process that holds them.

Options:

  -force                 Do not ask.",
    ),
];
