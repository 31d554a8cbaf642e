//! Addresses as the configuration writes them.

use super::{ModuleSource, clean_path};

fn kind(text: &str) -> String {
    match ModuleSource::parse(text) {
        Ok(ModuleSource::Local(path)) => format!("local {path}"),
        Ok(source @ ModuleSource::Registry(_)) => format!("registry {source}"),
        Ok(source @ ModuleSource::Remote(_)) => format!("remote {source}"),
        Err(message) => format!("error {}", message.lines().next().unwrap_or_default()),
    }
}

#[test]
fn kinds_of_sources() {
    for (text, expected) in [
        ("./a/../a//b", "local ./a/b"),
        ("./", "local ./"),
        ("../../x", "local ../../x"),
        (".\\x", "local ./x"),
        ("hashicorp/consul/aws", "registry registry.terraform.io/hashicorp/consul/aws"),
        ("host.x/a/b/c//sub/dir", "registry host.x/a/b/c//sub/dir"),
        ("x.y:8080/a/b/c", "registry x.y:8080/a/b/c"),
        ("github.com/a/b", "remote git::https://github.com/a/b.git"),
        ("git@github.com:a/b.git", "remote git::ssh://git@github.com/a/b.git"),
        ("git::https://x.y/z.git//a/b?ref=c", "remote git::https://x.y/z.git//a/b?ref=c"),
        ("/abs/path", "remote file:///abs/path"),
        ("C:/x", "remote C:/x"),
        ("../", "local ./.."),
        ("../..", "local ../.."),
        ("/abs/path//in", "remote file:///abs/path//in"),
        ("github.com/a/b//sub/dir?ref=x", "remote git::https://github.com/a/b.git//sub/dir?ref=x"),
        ("github.com/a/b.git/sub", "remote git::https://github.com/a/b.git//sub"),
        ("github.com/a/b/c//d?ref=1", "remote git::https://github.com/a/b.git//c/d?ref=1"),
        ("git::github.com/a/b", "remote git::https://github.com/a/b.git"),
        ("bitbucket.org/a/b", "remote git::https://bitbucket.org/a/b.git"),
        ("git@github.com:a/b.git?ref=1&depth=2", "remote git::ssh://git@github.com/a/b.git?depth=2&ref=1"),
        ("git::git@h:a/b.git//x", "remote git::ssh://git@h/a/b.git//x"),
        ("git::/abs", "remote git::file:///abs"),
        ("bucket.s3.amazonaws.com/a/b.zip", "remote s3::https://s3.amazonaws.com/bucket/a/b.zip"),
        ("s3-eu-west-1.amazonaws.com/b/c.zip//z", "remote s3::https://s3-eu-west-1.amazonaws.com/b/c.zip//z"),
        ("b.s3.eu-west-1.amazonaws.com/c.zip", "remote s3::https://s3.eu-west-1.amazonaws.com/b/c.zip"),
        ("www.googleapis.com/storage/v1/b/o.zip", "remote gcs::https://www.googleapis.com/storage/v1/b/o.zip"),
        ("localhost:8080/a/b/c", "remote localhost:8080/a/b/c"),
        ("https://x.y/z.zip", "remote https://x.y/z.zip"),
        ("", "error Failed to parse module source address: invalid source address: ."),
    ] {
        assert_eq!(kind(text), expected, "{text}");
    }
    for text in [
        "a/b",
        ".",
        "..",
        "~/x",
        "a//b",
        "s3::foo",
        "foo::bar",
        "a/b/c/d/e",
        "a/b/c d",
        " ./x",
        "gitlab.com/a/b",
        "user@host:a/b.git",
        "git::ssh://git@github.com:a/b.git",
        "https://h:x/y",
    ] {
        assert!(kind(text).starts_with("error Terraform failed to determine"), "{text}: {}", kind(text));
    }
}

#[test]
fn registry_addresses() {
    for (text, expected) in [
        ("./x", "can't use local directory \"./x\" as a module registry address"),
        ("a/b/c//../x", "subdirectory path \"../x\" leads outside of the module package"),
        ("a/b/c_d", "invalid target system \"c_d\": must be between one and 64 ASCII letters or digits"),
        ("localhost/a/b/c", "invalid module registry hostname: must contain at least one dot"),
        ("git::https://example.com/x.git", "invalid module registry hostname \"git::https:\""),
    ] {
        assert_eq!(ModuleSource::parse_registry(text).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn paths_are_cleaned_by_text() {
    for (path, expected) in
        [("", "."), ("a/./b//c", "a/b/c"), ("a/../..", ".."), ("/../a", "/a"), ("../../a", "../../a")]
    {
        assert_eq!(clean_path(path), expected, "{path}");
    }
}
