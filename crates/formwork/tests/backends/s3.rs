//! `s3`, on an emulator of AWS whose address is the first in `FORMWORK_TEST_AWS`.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::directory::Directory;
use crate::together::{has_terraform, share_a_backend};

/// The emulator, or nothing, which is said.
#[expect(clippy::print_stdout, reason = "tests say what they skip")]
fn emulator() -> Option<String> {
    let named = std::env::var("FORMWORK_TEST_AWS").unwrap_or_default();
    let first = named.split_whitespace().next().map(str::to_owned);
    if first.is_none() {
        println!("skipped: no emulator of AWS. Name its address in FORMWORK_TEST_AWS.");
    }
    first
}

/// A request whose signature the emulator does not look at.
fn request(address: &str, method: &str, path: &str, headers: &str, body: &str) -> String {
    let host = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("the emulator listens");
    let text = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

fn make_bucket(address: &str, name: &str) {
    let answer = request(address, "PUT", &format!("/{name}"), "", "");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn make_table(address: &str, name: &str) {
    // The emulator finds the service by what the request was signed for.
    let headers = "X-Amz-Target: DynamoDB_20120810.CreateTable\r\nContent-Type: application/x-amz-json-1.0\r\n\
                   Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, \
                   SignedHeaders=host, Signature=0\r\n";
    let body = format!(
        "{{\"TableName\":\"{name}\",\"KeySchema\":[{{\"AttributeName\":\"LockID\",\"KeyType\":\"HASH\"}}],\
         \"AttributeDefinitions\":[{{\"AttributeName\":\"LockID\",\"AttributeType\":\"S\"}}],\"BillingMode\":\"PAY_PER_REQUEST\"}}"
    );
    let answer = request(address, "POST", "/", headers, &body);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("TableDescription"), "{answer}");
}

fn block(address: &str, bucket: &str, more: &str) -> String {
    format!(
        "backend \"s3\" {{\n  bucket = \"{bucket}\"\n  key = \"deep/state.tfstate\"\n  region = \"us-east-1\"\n  access_key = \
         \"a\"\n  secret_key = \"b\"\n  use_path_style = true\n  endpoints = {{\n    s3 = \"{address}\"\n    dynamodb = \
         \"{address}\"\n    sts = \"{address}\"\n    iam = \"{address}\"\n  }}\n{more}\n}}"
    )
}

#[test]
fn both_programs_share_a_bucket_with_lock_files() {
    let Some(address) = emulator() else { return };
    make_bucket(&address, "with-files");
    share_a_backend(&block(&address, "with-files", "  use_lockfile = true\n  encrypt = true"), true);
}

#[test]
fn both_programs_share_a_bucket_with_a_table() {
    let Some(address) = emulator() else { return };
    make_bucket(&address, "with-table");
    make_table(&address, "locks");
    share_a_backend(
        &block(&address, "with-table", "  dynamodb_table = \"locks\"\n  workspace_key_prefix = \"w\""),
        true,
    );
}

#[test]
fn both_programs_share_a_bucket_with_both_kinds_of_locks() {
    let Some(address) = emulator() else { return };
    make_bucket(&address, "with-both");
    make_table(&address, "both-locks");
    share_a_backend(&block(&address, "with-both", "  dynamodb_table = \"both-locks\"\n  use_lockfile = true"), true);
}

#[test]
fn roles_profiles_and_buckets_that_are_not_there() {
    let Some(address) = emulator() else { return };
    make_bucket(&address, "with-roles");
    let keyless =
        |more: &str| block(&address, "with-roles", more).replace("  access_key = \"a\"\n  secret_key = \"b\"\n", "");
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
    directory.write("main.tf", &format!("terraform {{\n{}\n}}\n", block(&address, "not-there", "")));
    directory.run("init -no-color -reconfigure").with_code(1).complaining("S3 bucket \"not-there\" does not exist.");
}

#[test]
fn what_is_missing_is_made_when_asked_for() {
    let Some(address) = emulator() else { return };
    let block = block(&address, "made", "  dynamodb_table = \"made-locks\"").replace("us-east-1", "eu-west-1");
    let directory = Directory::with(&format!("terraform {{\n{block}\n}}\nresource \"terraform_data\" \"a\" {{}}\n"));
    directory.run("init -no-color").with_code(1).complaining("S3 bucket \"made\" does not exist.");
    directory
        .run("init -no-color -create-backend")
        .with_code(0)
        .saying("Created the S3 bucket \"made\".\nCreated the DynamoDB table \"made-locks\".\n");
    let answer = request(&address, "GET", "/made?versioning", "", "");
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
    let Some(address) = emulator() else { return };
    if !has_terraform() {
        return;
    }
    make_bucket(&address, "moving");
    let resource = "resource \"terraform_data\" \"a\" {}\n";
    let directory = Directory::with(resource);
    directory.run("init -no-color").with_code(0);
    directory.run("apply -auto-approve -no-color").with_code(0);
    directory.run("workspace new second").with_code(0);
    directory.run("apply -auto-approve -no-color").with_code(0);
    directory.write("main.tf", &format!("terraform {{\n{}\n}}\n{resource}", block(&address, "moving", "")));
    directory.answer("init -no-color", "yes\n").with_code(0).saying("Do you want to migrate all workspaces to \"s3\"?");
    directory.run("workspace list").with_code(0).saying("  default\n* second\n");
    directory.run("plan -no-color").with_code(0).saying("No changes.");
    crate::together::terraform(&directory, "plan -no-color").with_code(0).saying("No changes.");
}
