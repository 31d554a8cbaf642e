//! Settings of the block, of the command line and of the environment.

use crate::directory::Directory;
use crate::server::{Held, Server};

#[test]
fn what_is_wrong_is_said_as_terraform_says_it() {
    for (block, complaint) in [
        ("backend \"http\" {}", "Error: address argument is required"),
        ("backend \"http\" {\n  address = \"ftp://x\"\n}", "Error: address must be HTTP or HTTPS"),
        (
            "backend \"http\" {\n  addres = 1\n}",
            "An argument named \"addres\" is not expected here. Did you mean \"address\"?",
        ),
        (
            "backend \"http\" {\n  address = \"http://x\"\n  retry_max = \"two\"\n}",
            "Inappropriate value for attribute \"retry_max\": a number is required.",
        ),
        (
            "backend \"pg\" {\n  conn_str = \"postgres://127.0.0.1:1/x?sslmode=disable\"\n}",
            "Error: dial tcp 127.0.0.1:1: connect: connection refused",
        ),
        (
            "backend \"s3\" {\n  bucket = \"x\"\n  key = \"/x\"\n  region = \"us-east-1\"\n}",
            "The value must not start or end with \"/\"",
        ),
        (
            "backend \"s3\" {\n  key = \"x\"\n  region = \"us-east-1\"\n}",
            "The attribute \"bucket\" is required by the backend.",
        ),
        ("backend \"s3\" {\n  bucket = \"x\"\n  key = \"x\"\n}", "Error: Missing region value"),
        ("backend \"azurerm\" {}", "Error: \"container_name\": required field is not set"),
        ("backend \"kubernetes\" {}", "Error: Failed to initialize kubernetes configuration: invalid configuration"),
        (
            "backend \"consul\" {\n  address = \"127.0.0.1:1\"\n  path = \"x\"\n}",
            "dial tcp 127.0.0.1:1: connect: connection refused",
        ),
        ("backend \"artifactory\" {}", "The \"artifactory\" backend is not supported in Terraform v1.3 or later."),
        ("backend \"bogus\" {}", "There is no backend type named \"bogus\"."),
    ] {
        let directory = Directory::with(&format!("terraform {{\n{block}\n}}\n"));
        directory.run("init -no-color -input=false").with_code(1).complaining(complaint);
    }
}

#[test]
fn settings_come_from_files_pairs_and_the_environment() {
    let server = Server::start(Held::default());
    let block = "terraform {\n  backend \"http\" {}\n}\nresource \"terraform_data\" \"a\" {}\n";
    let directory = Directory::with(block).set("TF_HTTP_USERNAME", "me").set("TF_HTTP_PASSWORD", "secret");
    directory.write("settings.hcl", &format!("address = \"{}/of-file\"\nretry_max = 0\n", server.address));
    directory.run("init -no-color -backend-config=settings.hcl").with_code(0);
    directory.run("apply -auto-approve -no-color").with_code(0);
    assert!(server.state("/of-file").contains("terraform_data"));
    assert_eq!(server.service().authorization.as_deref(), Some("Basic bWU6c2VjcmV0"));
    let record = directory.read(".terraform/terraform.tfstate");
    assert!(record.contains("\"retry_max\": 0,") && !record.contains("secret"), "{record}");
    let address = format!("-backend-config=address={}/of-pair", server.address);
    directory.run(&format!("init -no-color -reconfigure {address} -backend-config=retry_max=1")).with_code(0);
    directory.run("plan -no-color").with_code(0).saying("1 to add");
    directory
        .run("init -no-color -reconfigure -backend-config=bogus=1")
        .with_code(1)
        .complaining("The backend configuration argument \"bogus\" given on the command line is not expected");
}
