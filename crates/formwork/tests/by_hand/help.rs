//! `-help` and what the program says to commands and flags it does not know.

use crate::lab::Lab;

/// The commands, but for those that only their old names are left of.
pub(crate) const COMMANDS: &[&str] = &[
    "init",
    "validate",
    "plan",
    "apply",
    "destroy",
    "console",
    "fmt",
    "force-unlock",
    "get",
    "graph",
    "import",
    "login",
    "logout",
    "metadata",
    "metadata functions",
    "modules",
    "output",
    "providers",
    "providers lock",
    "providers mirror",
    "providers schema",
    "refresh",
    "show",
    "state",
    "state list",
    "state mv",
    "state pull",
    "state push",
    "state replace-provider",
    "state rm",
    "state show",
    "taint",
    "test",
    "untaint",
    "version",
    "workspace",
    "workspace delete",
    "workspace list",
    "workspace new",
    "workspace select",
    "workspace show",
];

#[test]
fn every_command_has_help() {
    let lab = Lab::new();
    for command in COMMANDS {
        let words: Vec<&str> = command.split(' ').chain(["-help"]).collect();
        let outcome = lab.run(&words);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{command}");
        let usage = format!("Usage: terraform [global options] {command}");
        assert!(outcome.stdout.starts_with(&usage), "{command}: {}", outcome.stdout);
        assert!(outcome.stdout.lines().count() > 2, "{command}: {}", outcome.stdout);
        assert!(outcome.stdout.lines().all(|line| line.chars().count() <= 100), "{command}: {}", outcome.stdout);
    }
}

#[test]
fn overview_names_the_commands() {
    let lab = Lab::new();
    let shown = lab.run(&["-help"]);
    assert_eq!(shown.code, Some(0));
    for command in COMMANDS.iter().filter(|command| !command.contains(' ')) {
        assert!(shown.stdout.contains(&format!("\n  {command:13} ")), "{command}: {}", shown.stdout);
    }
    assert_eq!(lab.run(&[]).code, Some(127));
}

#[test]
fn groups_show_what_is_below_them() {
    let lab = Lab::new();
    let outcome = lab.run(&["state", "lst"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stdout.contains("\nSubcommands:\n    list                List resources in the state\n"));
}

#[test]
fn unknown_commands_and_flags() {
    let lab = Lab::new();
    let told = lab.fail(&["plaan"]);
    assert!(
        told.starts_with("Terraform has no command named \"plaan\". Did you mean \"plan\"?\n\nTo see all of"),
        "{told}"
    );
    assert!(lab.fail(&["push", "-foo"]).contains("Command \"terraform push\" is no longer supported"));
    assert!(lab.fail(&["xyzzy"]).starts_with("Terraform has no command named \"xyzzy\".\n"));
    let told = lab.fail(&["state", "rm", "-foo"]);
    assert_eq!(told, "Error parsing command-line flags: flag provided but not defined: -foo\n\n");
    let told = lab.fail(&["fmt", "-foo"]);
    assert!(told.starts_with("Usage: terraform [global options] fmt [options] [target...]\n"), "{told}");
    assert!(told.ends_with("Error parsing command-line flags: flag provided but not defined: -foo\n\n"), "{told}");
    assert!(
        lab.fail(&["state", "rm", "-lock-timeout=1", "a.b"]).contains("invalid value \"1\" for flag -lock-timeout")
    );
}
