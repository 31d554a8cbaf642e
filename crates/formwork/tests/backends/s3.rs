//! `s3`, on an emulator of AWS whose address is the first in `FORMWORK_TEST_AWS`.

use fw_testkit::AwsEmulator;

use crate::directory::Directory;
use crate::together::{has_terraform, share_a_backend};

fn make_bucket(emulator: &AwsEmulator, name: &str) {
    let answer = emulator.request("PUT", &format!("/{name}"), "", "");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn make_table(emulator: &AwsEmulator, name: &str) {
    let body = format!(
        "{{\"TableName\":\"{name}\",\"KeySchema\":[{{\"AttributeName\":\"LockID\",\"KeyType\":\"HASH\"}}],\
         \"AttributeDefinitions\":[{{\"AttributeName\":\"LockID\",\"AttributeType\":\"S\"}}],\"BillingMode\":\"PAY_PER_REQUEST\"}}"
    );
    let made = emulator.call("dynamodb", "1.0", "DynamoDB_20120810.CreateTable", &body);
    assert!(made["TableDescription"].is_object(), "{made}");
}

fn block(emulator: &AwsEmulator, bucket: &str, more: &str) -> String {
    let address = &emulator.address;
    format!(
        "backend \"s3\" {{\n  bucket = \"{bucket}\"\n  key = \"deep/state.tfstate\"\n  region = \"us-east-1\"\n  access_key = \
         \"a\"\n  secret_key = \"b\"\n  use_path_style = true\n  endpoints = {{\n    s3 = \"{address}\"\n    dynamodb = \
         \"{address}\"\n    sts = \"{address}\"\n    iam = \"{address}\"\n  }}\n{more}\n}}"
    )
}

#[test]
fn both_programs_share_a_bucket_with_lock_files() {
    let Some(emulator) = AwsEmulator::find() else { return };
    make_bucket(&emulator, "with-files");
    share_a_backend(&block(&emulator, "with-files", "  use_lockfile = true\n  encrypt = true"), true);
}

#[test]
fn both_programs_share_a_bucket_with_a_table() {
    let Some(emulator) = AwsEmulator::find() else { return };
    make_bucket(&emulator, "with-table");
    make_table(&emulator, "locks");
    share_a_backend(
        &block(&emulator, "with-table", "  dynamodb_table = \"locks\"\n  workspace_key_prefix = \"w\""),
        true,
    );
}

#[test]
fn both_programs_share_a_bucket_with_both_kinds_of_locks() {
    let Some(emulator) = AwsEmulator::find() else { return };
    make_bucket(&emulator, "with-both");
    make_table(&emulator, "both-locks");
    share_a_backend(&block(&emulator, "with-both", "  dynamodb_table = \"both-locks\"\n  use_lockfile = true"), true);
}

#[test]
fn roles_profiles_and_buckets_that_are_not_there() {
    let Some(emulator) = AwsEmulator::find() else { return };
    make_bucket(&emulator, "with-roles");
    let keyless =
        |more: &str| block(&emulator, "with-roles", more).replace("  access_key = \"a\"\n  secret_key = \"b\"\n", "");
    let resource = "resource \"terraform_data\" \"a\" {}\n";
    let directory = Directory::with(&format!("terraform {{\n{}\n}}\n{resource}", keyless("  profile = \"second\"")));
    directory.run("init -no-color").with_code(1).complaining("failed to get shared config profile, second");
    directory.write(".aws/credentials", "[first]\naws_access_key_id = k\naws_secret_access_key = s\n");
    let role = "role_arn = arn:aws:iam::123456789012:role/r";
    directory.write(".aws/config", &format!("[profile second]\n{role}\nsource_profile = first\n"));
    directory.run("init -no-color").with_code(0);
    directory.run("apply -auto-approve -no-color").with_code(0);
    let role = "  profile = \"first\"\n  assume_role = {\n    role_arn = \"arn:aws:iam::123456789012:role/r\"\n  }";
    directory.write("main.tf", &format!("terraform {{\n{}\n}}\n{resource}", keyless(role)));
    directory.run("init -no-color -reconfigure").with_code(0);
    directory.run("plan -no-color").with_code(0).saying("No changes.");
    directory.write(
        "main.tf",
        &format!("terraform {{\n{}\n}}\n", keyless(&format!("{role}\n  forbidden_account_ids = [\"123456789012\"]"))),
    );
    directory.run("init -no-color -reconfigure").with_code(1).complaining("AWS account ID not allowed: 123456789012");
    directory.write("main.tf", &format!("terraform {{\n{}\n}}\n", block(&emulator, "not-there", "")));
    directory.run("init -no-color -reconfigure").with_code(1).complaining("S3 bucket \"not-there\" does not exist.");
}

#[test]
fn what_is_missing_is_made_when_asked_for() {
    let Some(emulator) = AwsEmulator::find() else { return };
    let block = block(&emulator, "made", "  dynamodb_table = \"made-locks\"").replace("us-east-1", "eu-west-1");
    let directory = Directory::with(&format!("terraform {{\n{block}\n}}\nresource \"terraform_data\" \"a\" {{}}\n"));
    directory.run("init -no-color").with_code(1).complaining("S3 bucket \"made\" does not exist.");
    directory
        .run("init -no-color -create-backend")
        .with_code(0)
        .saying("Created the S3 bucket \"made\".\nCreated the DynamoDB table \"made-locks\".\n");
    let answer = emulator.request("GET", "/made?versioning", "", "");
    assert!(answer.contains("<Status>Enabled</Status>"), "{answer}");
    directory.run("apply -auto-approve -no-color").with_code(0).saying("1 added");
    let again = directory.run("init -no-color -create-backend").with_code(0);
    assert!(!again.out.contains("Created"), "{}", again.out);
    if has_terraform() {
        crate::together::terraform(&directory, "plan -no-color").with_code(0).saying("No changes.");
    }
}

#[test]
fn states_of_workspaces_go_along() {
    let Some(emulator) = AwsEmulator::find() else { return };
    if !has_terraform() {
        return;
    }
    make_bucket(&emulator, "moving");
    let resource = "resource \"terraform_data\" \"a\" {}\n";
    let directory = Directory::with(resource);
    directory.run("init -no-color").with_code(0);
    directory.run("apply -auto-approve -no-color").with_code(0);
    directory.run("workspace new second").with_code(0);
    directory.run("apply -auto-approve -no-color").with_code(0);
    directory.write("main.tf", &format!("terraform {{\n{}\n}}\n{resource}", block(&emulator, "moving", "")));
    directory.answer("init -no-color", "yes\n").with_code(0).saying("Do you want to migrate all workspaces to \"s3\"?");
    directory.run("workspace list").with_code(0).saying("  default\n* second\n");
    directory.run("plan -no-color").with_code(0).saying("No changes.");
    crate::together::terraform(&directory, "plan -no-color").with_code(0).saying("No changes.");
}
