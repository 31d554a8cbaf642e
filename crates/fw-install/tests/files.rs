//! Lock files, checksums and CLI configuration as terraform 1.11.4 has them.

use fw_diag::SourceMap;
use fw_install::cli_config::Location;
use fw_install::{CliConfig, Environment, LockFile, hash, search};

const LOCK: &str = r#"# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "example.com/acme/bar" {
  version = "1.1.0"
  hashes = [
    "h1:pjpbLBoOfOu2WDgoZ49G7ofzavuKc4Ypo+/SAj++xYw=",
  ]
}

provider "example.com/acme/foo" {
  version     = "1.2.5"
  constraints = ">= 1.0.0, < 2.0.0"
  hashes = [
    "h1:5G29ejtTiFlaC5tV9nUgTxJ3uHVOnF+dJEAFG1qm5gU=",
  ]
}
"#;

#[test]
fn a_lock_file_is_written_as_it_was_read() {
    let locks = LockFile::parse(".terraform.lock.hcl", LOCK, &SourceMap::new()).unwrap();
    assert_eq!(locks.to_string(), LOCK);
}

#[test]
fn a_wrong_lock_file_is_refused() {
    let text = "provider \"foo\" { version = \"1.0.0\" }\n";
    let problems = LockFile::parse("l", text, &SourceMap::new()).unwrap_err();
    assert_eq!(problems.iter().next().unwrap().summary, "Non-normalized provider source address");
}

#[test]
fn hashes_are_those_of_terraform_and_packages_are_found() {
    let root = tempfile::tempdir().unwrap();
    let package = root.path().join("example.com/acme/foo/1.2.5/linux_amd64");
    std::fs::create_dir_all(&package).unwrap();
    std::fs::write(package.join("terraform-provider-foo_v1.2.5"), "#!/bin/sh\necho 1.2.5\n").unwrap();
    let expected = "h1:5G29ejtTiFlaC5tV9nUgTxJ3uHVOnF+dJEAFG1qm5gU=";
    assert_eq!(hash::of_directory(&package).unwrap().to_string(), expected);
    let found = search(root.path()).unwrap();
    assert_eq!(found.into_values().flatten().map(|p| p.version.to_string()).collect::<Vec<_>>(), ["1.2.5"]);
}

#[test]
fn the_cli_configuration_is_read() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("c.tfrc");
    let text = "provider_installation {\n dev_overrides { \"acme/foo\" = \"/x\" }\n filesystem_mirror {\n  path = \"/m\"\n include = [\"a/*\"]\n }\n direct {}\n}\ncredentials \"a.b\" { token = \"t\" }\n";
    std::fs::write(&file, text).unwrap();
    let mut environment = Environment::default();
    environment.variables.insert("TF_CLI_CONFIG_FILE".into(), file.display().to_string());
    environment.variables.insert("TF_TOKEN_x__y_com".into(), "s".into());
    let (config, problems) = CliConfig::load(&environment);
    assert!(problems.is_empty(), "{problems:?}");
    let installation = config.installation.as_ref().unwrap();
    assert_eq!(installation.methods[0].location, Location::FilesystemMirror("/m".into()));
    assert_eq!(config.dev_overrides().len(), 1);
    assert_eq!(config.credentials.keys().collect::<Vec<_>>(), ["a.b"]);
    assert_eq!(config.credentials_of_environment.keys().collect::<Vec<_>>(), ["x-y.com"]);
}
