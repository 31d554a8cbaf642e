//! Help of the commands for less common jobs.

use super::Help;

pub(super) const HELP: &[Help] = &[
    Help::new(
        "fmt",
        "[options] [target...]",
        r#"  Brings configuration files into the canonical layout: files ending in .tf,
  .tofu, .tfvars, .tftest.hcl, .tofutest.hcl and .tfmock.hcl. Files in JSON are
  left alone.

  Without a target, the files of the working directory are taken. A target is
  a directory or a file; "-" stands for standard input.

Options:

  -list=false    Do not list files that are not in form
                 (never done for standard input)

  -write=false   Do not change files
                 (never done for standard input or with -check)

  -diff          Show what is changed

  -check         Change nothing; the exit status is 0 if all is in form, and
                 another otherwise.

  -no-color      Output without colours.

  -recursive     Files in the directories below too."#,
    ),
    Help::new(
        "providers",
        "[options] [DIR]",
        r#"  Shows the tree of modules with the providers that each requires, and the
  providers of the state.

Options:

  -test-directory=path  The directory of tests; "tests" if not given."#,
    ),
    Help::new(
        "providers schema",
        "-json",
        r"  Writes the schemas of all providers of the configuration and of the state as
  JSON.

Options:

  -json    Required: there is no other form.",
    ),
    Help::new(
        "query",
        "[options]",
        r#"  Asks providers what there is: runs the "list" blocks of the files that end in
  .tfquery.hcl, and shows what they find.

Options:

  -var 'foo=bar'           Set a value for a variable of the configuration or of
                           a query file. May be given several times.

  -var-file=filename       Load values of variables from a file, beside
                           "terraform.tfvars" and the "*.auto.tfvars" files. May
                           be given several times.

  -generate-config-out=path
                           Write import and resource blocks for what is found to
                           a new file; with -json, they are in the output
                           instead.

  -json                    Write a stream of JSON, an event a line.

  -no-color                Output without colours."#,
    ),
    Help::new(
        "providers lock",
        "[options] [providers...]",
        r#"  Writes the checksums of providers to the lock file, for other platforms too,
  so that "init" can install them there. Without providers, all that the
  configuration requires are taken.

Options:

  -fs-mirror=dir         Look in this directory instead of the providers'
                         registries.

  -net-mirror=url        Look in this network mirror instead of the providers'
                         registries.

  -platform=os_arch      A platform, like linux_amd64. May be given several
                         times; without it, the platform of this machine.

  -enable-plugin-cache   Take packages from the plugin cache, which is faster
                         and less certain."#,
    ),
    Help::new(
        "providers mirror",
        "[options] <target-dir>",
        r"  Puts copies of the packages that the configuration requires into a directory
  that can be used as a filesystem mirror, or be served as a network mirror.

Options:

  -platform=os_arch  A platform, like linux_amd64. May be given several times;
                     without it, the platform of this machine.

  -lock-file=false   Do not take the versions of the lock file, but the newest
                     that the configuration allows.",
    ),
    Help::new(
        "graph",
        "[options]",
        r"  Writes, in the DOT language of GraphViz, how the resources of the
  configuration depend on each other.

Options:

  -plan=tfplan     The graph of the operations of a saved plan.

  -draw-cycles     Cycles in the graph of an operation; see -type.

  -type=TYPE       The graph of an operation: plan, plan-refresh-only,
                   plan-destroy, or apply.

  -module-depth=n  Accepted for compatibility; of no use here.",
    ),
    Help::new(
        "version",
        "[options]",
        r"  Shows the version of the program and of the providers that the lock file
  selects.

Options:

  -json       The same as a JSON object.",
    ),
    Help::new(
        "get",
        "[options]",
        r#"  Installs the modules that the configuration calls, and those that they call.
  "init" does so too.

Options:

  -update               Look for newer versions of modules that are there.

  -no-color             Output without colours.

  -test-directory=path  The directory of tests; "tests" if not given."#,
    ),
    Help::new("metadata", "<subcommand> [options] [args]", r"  Facts about the program for other programs."),
    Help::new(
        "metadata functions",
        "-json",
        r"  Writes the signatures of all functions of the language as JSON.

Options:

  -json    Required: there is no other form.",
    ),
    Help::new(
        "modules",
        "[options]",
        r"  Lists the modules that the configuration calls, with the versions installed.

Options:

  -json            The same as a JSON object.",
    ),
    Help::new(
        "login",
        "[hostname]",
        r"  Gets an API token from a host and keeps it in a file of the user's settings,
  or with the credentials helper of the CLI configuration. Without a host,
  app.terraform.io is taken.

  The file is ~/.terraform.d/credentials.tfrc.json.

Options:

  -input=false    Do not ask, which makes this command fail.",
    ),
    Help::new(
        "logout",
        "[hostname]",
        r"  Forgets the API token of a host that login has kept. The host itself still
  knows the token until it is revoked there.",
    ),
    Help::new(
        "test",
        "[options]",
        r"  Runs the tests of a configuration: what the files *.tftest.hcl and
  *.tftest.json (or *.tofutest.*) here and in the directory for tests say, one run after the
  other, against real infrastructure unless that is mocked.

  What the runs make is destroyed in the end. What cannot be destroyed is
  listed, and its state is kept in errored_test.tfstate.

Options:

  -cloud-run=source       Not supported.

  -filter=testfile        Run this file only. May be given several times.

  -json                   Tell what happens as a stream of JSON objects.

  -junit-xml=path         Write a report in the format of JUnit, too.

  -no-color               No colours.

  -test-directory=path    Where test files are besides this directory. The
                          default is tests.

  -var 'foo=bar'          The value of a variable. May be given several
                          times.

  -var-file=path          A file with values of variables, besides
                          terraform.tfvars and *.auto.tfvars. May be given
                          several times.

  -verbose                Show the plan or the state of each run.",
    ),
];
