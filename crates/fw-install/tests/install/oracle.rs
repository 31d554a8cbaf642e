//! The same directory initialized by the terraform binary, where there is one: equal lock files, byte for byte.

use std::fs;
use std::path::Path;
use std::process::Command;

use fw_install::cli_config::Location;
use fw_install::{InitOptions, LockOptions, LockSource, MirrorOptions, Platform};

use crate::packages::{OTHER, PLATFORM, packed_mirror, unpacked_mirror};
use crate::registry::Registry;
use crate::world::World;

const FOO: &str = "example.com/acme/foo";
const BAR: &str = "registry.terraform.io/acme/bar";

/// The terraform binary run in a directory with a directory mirror only; nothing where there is no such binary.
fn terraform(directory: &Path, mirror: &Path, arguments: &[&str]) -> Option<String> {
    let method = format!("filesystem_mirror {{\n    path = \"{}\"\n  }}", mirror.display());
    run_terraform(directory, &method, Path::new(""), arguments)
}

/// The terraform binary run in a directory with one installation method, trusting a certificate.
fn run_terraform(directory: &Path, method: &str, certificate: &Path, arguments: &[&str]) -> Option<String> {
    let settings = directory.join("cli.tfrc");
    let text = format!("disable_checkpoint = true\nprovider_installation {{\n  {method}\n}}\n");
    fs::write(&settings, text).unwrap();
    let output = Command::new("terraform")
        .args(arguments)
        .current_dir(directory)
        .env("TF_CLI_CONFIG_FILE", settings)
        .env("SSL_CERT_FILE", certificate)
        .env_remove("TF_PLUGIN_CACHE_DIR")
        .env_remove("TF_DATA_DIR")
        .output();
    match output {
        Err(_) => {
            println!("skipped: no terraform binary");
            None
        }
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8(output.stdout).unwrap())
        }
    }
}

fn configure(directory: &Path, constraints: &str) {
    let text = format!(
        "terraform {{\n  required_providers {{\n    foo = {{\n      source  = \"{FOO}\"\n      version = \"{constraints}\"\n    \
         }}\n    bar = {{\n      source = \"acme/bar\"\n    }}\n  }}\n}}\n"
    );
    fs::write(directory.join("main.tf"), text).unwrap();
}

/// `foo` as programs of `bar`, since the packages of these tests have one name.
fn mirror(world: &World) -> std::path::PathBuf {
    let mirror = world.root.path().join("mirror");
    packed_mirror(&mirror, FOO);
    unpacked_mirror(&mirror, BAR);
    for version in crate::packages::VERSIONS {
        let package = mirror.join(BAR).join(version).join(PLATFORM);
        let name = |kind: &str| package.join(format!("terraform-provider-{kind}_v{version}"));
        fs::rename(name("foo"), name("bar")).unwrap();
    }
    mirror
}

fn sorted(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<_> = lines.into_iter().filter(|line| line.starts_with("- ")).collect();
    lines.sort();
    lines
}

#[test]
fn lock_files_and_messages_are_those_of_terraform() {
    if Platform::current().to_string() != PLATFORM {
        return;
    }
    let world = World::new();
    let mirror = mirror(&world);
    let world = world.with(Location::FilesystemMirror(mirror.clone()));
    let other = world.root.path().join("other");
    fs::create_dir(&other).unwrap();
    for (constraints, arguments) in [
        ("~> 1.0, != 1.1.0", &["init", "-no-color"][..]),
        (">= 1.0, < 3", &["init", "-no-color", "-upgrade"][..]),
        (">= 1.0", &["init", "-no-color"][..]),
    ] {
        configure(&other, constraints);
        let Some(expected) = terraform(&other, &mirror, arguments) else { return };
        let options = InitOptions { upgrade: arguments.contains(&"-upgrade"), ..InitOptions::default() };
        let lines = world.init_with(&[(FOO, constraints), (BAR, "")], &options).ok();
        assert_eq!(world.lock_file(), fs::read_to_string(other.join(".terraform.lock.hcl")).unwrap());
        assert_eq!(sorted(lines), sorted(expected.lines().map(ToOwned::to_owned)), "{constraints}");
    }
    // What one of them has installed, the other can use.
    let swapped = world.work().join(".terraform");
    fs::remove_dir_all(&swapped).unwrap();
    fs::rename(other.join(".terraform"), &swapped).unwrap();
    let lines = world.init(&[(FOO, ">= 1.0"), (BAR, "")]).ok();
    assert!(lines.contains(&format!("- Using previously-installed {FOO} v1.1.0")), "{lines:?}");
    fs::rename(&swapped, other.join(".terraform")).unwrap();
    let again = terraform(&other, &mirror, &["init", "-no-color"]).unwrap();
    assert!(again.contains(&format!("- Using previously-installed {FOO} v1.1.0")), "{again}");
}

#[test]
fn locks_for_platforms_are_those_of_terraform() {
    let world = World::new();
    let mirror = world.root.path().join("mirror");
    packed_mirror(&mirror, FOO);
    let other = world.root.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(
        other.join("main.tf"),
        format!("terraform {{\n  required_providers {{\n    foo = {{\n      source = \"{FOO}\"\n    }}\n  }}\n}}\n"),
    )
    .unwrap();
    let from = format!("-fs-mirror={}", mirror.display());
    let arguments = ["providers", "lock", &from, "-platform=linux_amd64", "-platform=darwin_arm64"];
    let Some(expected) = terraform(&other, &mirror, &arguments) else { return };
    let platforms = [PLATFORM, OTHER].map(|platform| platform.parse().unwrap()).into();
    let options = LockOptions { platforms, source: LockSource::Directory(mirror), enable_plugin_cache: false };
    let lines = world.lock(&[(FOO, "")], &options).ok();
    assert_eq!(world.lock_file(), fs::read_to_string(other.join(".terraform.lock.hcl")).unwrap());
    assert_eq!(sorted(lines), sorted(expected.lines().map(ToOwned::to_owned)));
}

#[test]
fn what_comes_from_a_registry_is_locked_and_mirrored_as_by_terraform() {
    if Platform::current().to_string() != PLATFORM {
        return;
    }
    let registry = Registry::start();
    let (provider, mut world) = (registry.provider(), registry.world());
    world.set("TF_REGISTRY_CLIENT_TIMEOUT", "10");
    let other = world.root.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(
        other.join("main.tf"),
        format!(
            "terraform {{\n  required_providers {{\n    foo = {{\n      source = \"{provider}\"\n    }}\n  }}\n}}\n"
        ),
    )
    .unwrap();
    let certificate = world.root.path().join("certificate.pem");
    let run = |arguments: &[&str]| run_terraform(&other, "direct {}", &certificate, arguments);
    let Some(expected) = run(&["init", "-no-color"]) else { return };
    let lines = world.init(&[(&provider, "")]).ok();
    assert_eq!(sorted(lines), sorted(expected.lines().map(ToOwned::to_owned)));
    assert_eq!(world.lock_file(), fs::read_to_string(other.join(".terraform.lock.hcl")).unwrap());

    let arguments = ["providers", "mirror", "-platform=linux_amd64", "-platform=darwin_arm64", "mirror"];
    fs::remove_file(other.join(".terraform.lock.hcl")).unwrap();
    let expected = run(&arguments).unwrap();
    let platforms = [PLATFORM, OTHER].map(|platform| platform.parse().unwrap()).into();
    let options = MirrorOptions { directory: "mirror".into(), platforms, use_lock_file: false };
    let lines = world.mirror(&[(&provider, "")], &options).ok();
    assert_eq!(lines, expected.lines().collect::<Vec<_>>());
    for name in ["index.json", "1.1.0.json"] {
        let read = |root: &Path| fs::read_to_string(root.join("mirror").join(&provider).join(name)).unwrap();
        assert_eq!(read(&world.work()), read(&other), "{name}");
    }
}
