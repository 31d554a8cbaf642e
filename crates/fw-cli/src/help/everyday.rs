//! Help of the commands of every day.

use super::Help;

pub(super) const HELP: &[Help] = &[
    Help::new(
        "init",
        "[options]",
        r"  Prepares a directory for work: sets up where the state is kept, installs
  modules and providers, and writes the lock file.

  It is the first command in a new directory, can be run again at any time, and
  never deletes configuration or state.

Options:

  -backend=false          Do not set up the backend; use what was set up
                          before.

                          aliases: -cloud=false

  -backend-config=path    Settings of the backend beside those of the
                          configuration: a file with assignments, or one
                          assignment as 'key=value'. May be given several
                          times.

  -create-backend         Make what the backend keeps states in where it is
                          missing: the bucket of s3, with versioning on, and
                          the table of its locks.

  -force-copy             Answer yes to all questions on copying a state to a
                          new backend.

  -from-module=SOURCE     Copy this module into the directory first.

  -get=false              Do not install modules.

  -input=false            Do not ask for values.

  -lock=false             Do not lock the state. Dangerous while others work
                          in the same workspace.

  -lock-timeout=0s        How long to wait for the lock.

  -no-color               Output without colours.

  -json                   Output as a stream of JSON objects.

  -plugin-dir             A directory to look for provider packages in, instead
                          of all other places. May be given several times.

  -reconfigure            Set up the backend anew, whatever was set up before.

  -migrate-state          Set up the backend anew, and take the states along.

  -upgrade                Look for newer versions of modules and providers than
                          those selected before.

  -lockfile=MODE          How to treat the lock file. Only readonly is known: do
                          not change it.

  -ignore-remote-version  Accepted for compatibility; of no use here.

  -test-directory=path    The directory of tests; tests if not given.",
    ),
    Help::new(
        "validate",
        "[options]",
        r"  Checks whether the configuration is right in itself, without a look at the
  state or at real objects.

  Providers and modules must be installed; -backend=false of init is enough.

Options:

  -json                 The result as a JSON object, without colours.

  -no-color             Output without colours.

  -no-tests             Leave test files unchecked.

  -test-directory=path  The directory of tests; tests if not given.",
    ),
    Help::new(
        "plan",
        "[options]",
        r"  Shows what would have to be done for the real objects to be as the
  configuration wants them, and does nothing of it.

  With -out, the plan is saved for apply to carry out.

Plan Customization Options:

  These say what is planned. apply takes them too, when it makes the plan
  itself.

  -destroy            Plan to destroy all that is managed from here.

  -refresh-only       Plan only to bring the state to what the real objects are
                      like now.

  -refresh=false      Do not ask providers what the real objects are like. The
                      plan is made faster, from what the state remembers.

  -replace=resource   Replace this resource instance whatever it is like. May be
                      given several times.

  -target=resource    Only this module, resource or instance, and what it needs.
                      May be given several times. For exceptions only.

  -target-file=path   Targets from a file, one a line; # begins a comment.

  -exclude=resource   All but this module, resource or instance, and what depends
                      on it. May be given several times, but not with -target.
                      For exceptions only.

  -exclude-file=path  Excludes from a file, one a line; # begins a comment.

  -var 'foo=bar'      The value of a variable. May be given several times.

  -var-file=filename  A file with values of variables, beside terraform.tfvars
                      and *.auto.tfvars. May be given several times.

Other Options:

  -compact-warnings          Warnings in a line each, unless there are errors.

  -detailed-exitcode         An exit code that tells more:
                             0 - Succeeded, nothing to do
                             1 - Errored
                             2 - Succeeded, there is something to do

  -generate-config-out=path  Write configuration for imported objects that have
                             none to this new file.

  -input=true                Ask for variables without a value.

  -lock=false                Do not lock the state. Dangerous while others work
                             in the same workspace.

  -lock-timeout=0s           How long to wait for the lock.

  -no-color                  Output without colours.

  -json                      Output as a stream of JSON objects.

  -out=path                  Save the plan to this file.

  -parallelism=n             How many operations may run at a time; 10 if not
                             given.

  -state=statefile           A state file to read instead of that of the
                             selected workspace.",
    ),
    Help::new(
        "apply",
        "[options] [PLAN]",
        r"  Makes the real objects as the configuration wants them.

  It makes a plan, shows it and asks before anything is done. With the file of
  a saved plan, it does what that plan says, without asking.

Options:

  -auto-approve          Do not ask.

  -backup=path           Where to keep the state as it was. Without it, beside
                         the state, with the ending .backup; - for nowhere.

  -compact-warnings      Warnings in a line each, unless there are errors.

  -destroy               Destroy all that is managed from here, as the command
                         destroy does.

  -lock=false            Do not lock the state. Dangerous while others work
                         in the same workspace.

  -lock-timeout=0s       How long to wait for the lock.

  -input=true            Ask for variables without a value.

  -no-color              Output without colours.

  -json                  Output as a stream of JSON objects; needs -auto-approve
                         or a saved plan.

  -parallelism=n         How many operations may run at a time; 10 if not
                         given.

  -state=path            The state file to read, and to write unless -state-out
                         is given.

  -state-out=path        The state file to write.

  -var 'foo=bar'         The value of a variable. May be given several times.

  -var-file=filename     A file with values of variables. May be given several
                         times.

  Without a saved plan, the options of plan that say what is planned can be
  given too; plan -help tells them.",
    ),
    Help::new(
        "destroy",
        "[options]",
        r"  Destroys all that is managed from here. The same as apply -destroy, with the
  same options.",
    ),
    Help::new(
        "refresh",
        "[options]",
        r"  Brings the state to what the real objects are like now. They are not
  changed. apply -refresh-only does the same, and shows it first.

Options:

  -compact-warnings   Warnings in a line each, unless there are errors.

  -backup=path        Where to keep the state as it was; - for nowhere.

  -input=true         Ask for variables without a value.

  -json               Output as a stream of JSON objects.

  -lock=false         Do not lock the state. Dangerous while others work
                      in the same workspace.

  -lock-timeout=0s    How long to wait for the lock.

  -no-color           Output without colours.

  -parallelism=n      How many operations may run at a time; 10 if not given.

  -state=path         The state file to read, and to write unless -state-out is
                      given.

  -state-out=path     The state file to write.

  -target=resource    Only this resource and what it needs. May be given several
                      times. -target-file=path reads several from a file.

  -exclude=resource   All but this resource and what depends on it. May be given
                      several times. -exclude-file=path reads several from a file.

  -var 'foo=bar'      The value of a variable. May be given several times.

  -var-file=foo       A file with values of variables. May be given several
                      times.",
    ),
    Help::new(
        "show",
        "[options] [path]",
        r"  Shows a state file or a saved plan. Without a path, the state of the selected
  workspace.

Options:

  -no-color           Output without colours.

  -json               The same as a JSON object. Sensitive values are in it as
                      they are.",
    ),
    Help::new(
        "output",
        "[options] [NAME]",
        r"  Shows the outputs of the root module from the state, or one of them.

Options:

  -state=path      A state file to read instead of that of the selected
                   workspace.

  -no-color        Output without colours.

  -json            The same as JSON.

  -raw             The text of one output as it is, without quotes and without a
                   newline: for strings, numbers and bools.",
    ),
    Help::new(
        "console",
        "[options]",
        r"  Evaluates expressions of the language, one a line, with the state and the
  variables of the working directory.

  It never changes the state.

Options:

  -compact-warnings  Warnings in a line each, unless there are errors.

  -lock=false        Do not lock the state. Dangerous while others work
                     in the same workspace.

  -lock-timeout=0s   How long to wait for the lock.

  -plan              Make a plan first, and evaluate with the values that are
                     planned.

  -state=path        A state file to read instead of that of the selected
                     workspace.

  -var 'foo=bar'     The value of a variable. May be given several times.

  -var-file=foo      A file with values of variables. May be given several
                     times.",
    ),
];
