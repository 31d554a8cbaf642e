//! `terraform_remote_state`: outputs in a backend, read by either program, and what both say of what is not there.

use crate::directory::Directory;
use crate::together::terraform;

/// The data source for a backend's block.
pub(crate) fn source(block: &str, workspace: &str, more: &str) -> String {
    let (head, body) = block.trim().split_once('{').expect("a block");
    let kind = head.trim().strip_prefix("backend").expect("of a backend").trim();
    let settings = body.trim_end().strip_suffix('}').expect("it ends");
    format!(
        "data \"terraform_remote_state\" \"other\" {{\n  backend = {kind}\n  {workspace}\n  config = {{{settings}{more}}}\n  \
         defaults = {{\n    o = \"never\"\n    extra = \"default\"\n  }}\n}}\n"
    )
}

/// Reads the output `o` of the default workspace of a backend that `directory` has applied with this value.
pub(crate) fn outputs_are_read(directory: &Directory, block: &str, value: &str, has_workspaces: bool) {
    let workspace = if has_workspaces { "workspace = \"default\"" } else { "" };
    let other = "data.terraform_remote_state.other.outputs";
    let output = format!("output \"seen\" {{\n  value = \"${{{other}.o}}, ${{{other}.extra}}\"\n}}\n");
    directory.write("reader.tf", &format!("{}{output}", source(block, workspace, "")));
    directory.run("apply -auto-approve -no-color").with_code(0).saying(&format!("seen = \"{value}, default\""));
    terraform(directory, "plan -no-color").with_code(0).saying("No changes.");
    let missing = output.replace("other.outputs.o", "other.outputs.none");
    let absent = if has_workspaces { "workspace = \"nowhere\"" } else { "workspace = \"refused\"" };
    for (what, text) in [
        ("an output that is not there", format!("{}{missing}", source(block, workspace, ""))),
        ("a workspace that is not there", format!("{}{output}", source(block, absent, ""))),
        ("a setting that is not known", format!("{}{output}", source(block, workspace, "    bogus = 1\n"))),
    ] {
        directory.write("reader.tf", &text);
        let (theirs, ours) = (terraform(directory, "plan -no-color"), directory.run("plan -no-color"));
        assert_eq!((ours.code, &*ours.err), (theirs.code, &*theirs.err), "{what} in {block}");
    }
    if has_workspaces {
        // Reading it has made it, as terraform's backends do.
        directory.run("workspace delete nowhere").with_code(0);
    }
    std::fs::remove_file(directory.path("reader.tf")).expect("it was written");
    directory.run("apply -auto-approve -no-color").with_code(0);
}
