//! What shells are answered, and the line in their settings.

use crate::directory::Directory;

fn answers(directory: &Directory, line: &str) -> Vec<String> {
    let output = directory.command("").env("COMP_LINE", line).output().expect("it runs");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn words_that_may_stand_at_the_end_of_a_line() {
    let directory = Directory::empty();
    directory.run("workspace new other").with_code(0);
    assert_eq!(answers(&directory, "formwork pl"), ["plan"]);
    assert_eq!(answers(&directory, "formwork workspace s"), ["select", "show"]);
    assert_eq!(answers(&directory, "formwork -chdir=. state m"), ["mv"]);
    assert_eq!(answers(&directory, "formwork workspace select "), ["default", "other"]);
    assert_eq!(answers(&directory, "formwork plan -de"), ["-destroy", "-detailed-exitcode"]);
    assert_eq!(answers(&directory, "formwork plan -lock=t"), ["true"]);
    assert!(answers(&directory, "formwork ").contains(&"force-unlock".to_owned()));
    assert!(answers(&directory, "formwork -inst").contains(&"-install-autocomplete".to_owned()));
    let cut = directory.command("").env("COMP_LINE", "formwork plan").env("COMP_POINT", "12").output();
    assert_eq!(cut.expect("it runs").stdout, b"plan\n");
}

#[test]
fn shells_are_made_to_ask_and_left_alone_again() {
    let directory = Directory::empty();
    directory.run("-install-autocomplete").with_code(1).complaining("Did not find any shells to install");
    directory.write(".bashrc", "mine\n");
    directory.write(".zshrc", "");
    directory.write(".config/fish/mine", "");
    directory.run("-install-autocomplete").with_code(0);
    let bash = directory.read(".bashrc");
    assert!(bash.starts_with("mine\n\ncomplete -C /") && bash.ends_with("/formwork formwork\n"), "{bash}");
    let zsh = directory.read(".zshrc");
    assert!(zsh.contains("bashcompinit\ncomplete -o nospace -C /"), "{zsh}");
    let fish = directory.read(".config/fish/completions/formwork.fish");
    assert!(fish.contains("complete -f -c formwork -a \"(__complete_formwork)\""), "{fish}");
    directory
        .run("-install-autocomplete")
        .with_code(1)
        .complaining("Error executing CLI: 3 errors occurred:\n\t* already installed in");
    directory.run("-uninstall-autocomplete").with_code(0);
    assert_eq!(directory.read(".bashrc"), "mine\n\n");
    assert!(
        !directory.read(".zshrc").contains("complete -o") && !directory.has(".config/fish/completions/formwork.fish")
    );
    directory.run("-uninstall-autocomplete").with_code(1).complaining("does not installed in");
    directory
        .run("-install-autocomplete -uninstall-autocomplete")
        .with_code(1)
        .complaining("Either the autocomplete install or uninstall flag may be specified, but not both.");
}
