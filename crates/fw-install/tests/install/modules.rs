//! Modules and their manifest.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use fw_config::Files;
use fw_diag::{Diagnostics, SourceMap};
use fw_install::{Event, Events, install_modules};

use crate::world::World;

struct Directory(PathBuf);

impl Files for Directory {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        let entries = fs::read_dir(self.0.join(directory)).map_err(|error| error.to_string())?;
        Ok(entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        fs::read(self.0.join(path)).map_err(|error| error.to_string())
    }
}

#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl Events for Lines {
    fn event(&self, event: &Event) {
        self.0.lock().unwrap().push(event.human());
    }
}

fn install(world: &World, upgrade: bool) -> (Vec<String>, Diagnostics) {
    let lines = Lines::default();
    let files = Directory(world.work());
    let (_, problems) = install_modules(&world.site(), &files, upgrade, &lines, &SourceMap::new());
    (lines.0.into_inner().unwrap(), problems)
}

fn manifest(world: &World) -> PathBuf {
    world.work().join(".terraform/modules/modules.json")
}

fn write(world: &World, path: &str, text: &str) {
    let path = world.work().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn local_modules_are_noted() {
    let world = World::new();
    write(&world, "main.tf", "module \"b\" {\n  source = \"./m/n\"\n}\nmodule \"a\" {\n  source = \"./m/../m\"\n}\n");
    write(&world, "m/main.tf", "module \"c\" {\n  source = \"./n\"\n}\n");
    write(&world, "m/n/main.tf", "");
    let (lines, problems) = install(&world, false);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(lines, ["Initializing modules...", "- a in m", "- a.c in m/n", "- b in m/n"]);
    assert_eq!(
        fs::read_to_string(manifest(&world)).unwrap(),
        r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"a","Source":"./m","Dir":"m"},{"Key":"a.c","Source":"./n","Dir":"m/n"},{"Key":"b","Source":"./m/n","Dir":"m/n"}]}"#
    );
    assert_eq!(install(&world, false).0, ["Initializing modules..."]);
    assert_eq!(install(&world, true).0, ["Upgrading modules...", "- a in m", "- a.c in m/n", "- b in m/n"]);
}

#[test]
fn modules_from_elsewhere_are_refused_for_now() {
    let world = World::new();
    write(&world, "main.tf", "module \"b\" {\n  source = \"terraform-aws-modules/vpc/aws\"\n}\n");
    let (_, problems) = install(&world, false);
    let first = problems.iter().next().unwrap();
    assert_eq!(first.summary, "Module source not supported yet");
    assert!(first.subject.is_some() && first.detail.contains("\"terraform-aws-modules/vpc/aws\""));
    assert!(!manifest(&world).exists());
}

#[test]
fn without_modules_nothing_is_said_or_written() {
    let world = World::new();
    write(&world, "main.tf", "locals {}\n");
    assert_eq!(install(&world, false).0, [] as [&str; 0]);
    assert!(!manifest(&world).exists());
}
