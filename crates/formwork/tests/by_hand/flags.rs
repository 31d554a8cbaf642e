//! The flags of every command: those that terraform's own help names, and what both programs say to commands and flags that
//! they do not know.

use std::collections::BTreeSet;

use crate::differential::oracle;
use crate::help::COMMANDS;
use crate::lab::Lab;

/// A flag that no command has: what comes before it was understood.
const BOGUS: &str = "-bogus";

/// The flags in a text of help.
fn flags(help: &str) -> BTreeSet<String> {
    let flag = regex::Regex::new(r"(?m)^ +(-[a-z][a-z-]*)").expect("it is one");
    flag.captures_iter(help).map(|found| found[1].to_owned()).collect()
}

/// A flag with a value that it takes.
fn given(flag: &str) -> String {
    let value = match flag {
        "-lock-timeout" => "1s",
        "-parallelism" | "-module-depth" => "1",
        _ => "true",
    };
    format!("{flag}={value}")
}

#[test]
fn every_flag_that_terraform_has() {
    let Some(terraform) = oracle() else {
        println!("skipped: no terraform 1.11.4 on PATH");
        return;
    };
    let (theirs, ours) = (Lab::of(&terraform), Lab::new());
    let old = ["env", "env delete", "env list", "env new", "env select", "push"];
    for command in COMMANDS.iter().copied().chain(old) {
        let words: Vec<&str> = command.split(' ').collect();
        let help = |lab: &Lab| lab.succeed(&[words.as_slice(), &["-help"]].concat());
        let (expected, known) = (flags(&help(&theirs)), flags(&help(&ours)));
        let missing: Vec<&String> = expected.difference(&known).filter(|flag| *flag != "-no-color").collect();
        assert!(missing.is_empty(), "the help of {command} has no {missing:?}");
        // Whatever is written behind flags that are understood, the first complaint is of what is not.
        let all: Vec<String> = expected.iter().map(|flag| given(flag)).collect();
        let mut line = words.clone();
        line.extend(all.iter().map(String::as_str).chain([BOGUS, "a", "b", "c"]));
        let (theirs, ours) = (theirs.run(&line), ours.run(&line));
        assert_eq!(ours.code, theirs.code, "{line:?}: {}{}", ours.stdout, ours.stderr);
        let complains = |text: &str| text.contains("flag provided but not defined: -bogus");
        assert!(!complains(&theirs.stderr) || complains(&ours.stderr), "{line:?}: {}", ours.stderr);
    }
}

#[test]
fn what_is_not_known() {
    let Some(terraform) = oracle() else {
        println!("skipped: no terraform 1.11.4 on PATH");
        return;
    };
    let (mut theirs, mut ours) = (Lab::of(&terraform), Lab::new());
    for line in [
        "plaan",
        "stat",
        "-bogus plan",
        "-chdir",
        "-chdir=nowhere plan",
        "workspace selekt",
        "version extra -json",
        "workspace show extra",
        "refresh -destroy -refresh-only",
        "import a.b",
        "login a b",
        "logout a b",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let (expected, told) = (theirs.run(&words), ours.run(&words));
        assert_eq!(told.code, expected.code, "{line}: {}{}", told.stdout, told.stderr);
        let heading = |text: &str| text.lines().take(4).map(str::to_owned).collect::<Vec<_>>();
        let is_help = expected.stderr.contains("Usage:");
        assert!(is_help || heading(&told.stderr) == heading(&expected.stderr), "{line}: {}", told.stderr);
    }
    for (name, value, line) in [
        ("TF_CLI_ARGS", "-bogus", "plan"),
        ("TF_CLI_ARGS_workspace_show", "-bogus", "workspace show"),
        ("TF_CLI_ARGS_init", "-input='", "init"),
        ("TF_WORKSPACE", "a b", "workspace show"),
        ("TF_WORKSPACE", "other", "workspace show"),
        ("TF_WORKSPACE", "other", "workspace list"),
        ("TF_WORKSPACE", "other", "workspace select default"),
        ("TF_DATA_DIR", "data", "workspace new second"),
        ("TF_PLUGIN_CACHE_DIR", "missing", "init"),
    ] {
        for lab in [&mut theirs, &mut ours] {
            lab.clear();
            lab.set(name, value);
            lab.write("main.tf", "output \"o\" {\n  value = 1\n}\n");
        }
        let words: Vec<&str> = line.split(' ').chain(["-no-color"]).collect();
        let (expected, told) = (theirs.run(&words), ours.run(&words));
        // The words of help are each program's own.
        let of = |text: &str| {
            let told = text.lines().skip_while(|line| text.starts_with("Usage:") && !line.starts_with("Error"));
            told.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!((told.code, of(&told.stderr)), (expected.code, of(&expected.stderr)), "{name}={value} {line}");
        assert_eq!(ours.files().keys().collect::<Vec<_>>(), theirs.files().keys().collect::<Vec<_>>(), "{name} {line}");
    }
}

#[test]
fn providers_that_run_already_must_be_described_well() {
    let mut lab = Lab::new();
    lab.set("TF_REATTACH_PROVIDERS", "nothing");
    for command in ["version", "init", "plan"] {
        assert!(lab.fail(&[command]).contains("Invalid format for TF_REATTACH_PROVIDERS: "), "{command}");
    }
}
