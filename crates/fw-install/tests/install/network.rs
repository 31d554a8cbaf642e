//! Mirrors on the network.

use fw_install::cli_config::Location;
use serde_json::json;

use crate::packages::{OTHER, PLATFORM, archive, archive_name};
use crate::server::{Reply, Server};
use crate::world::World;

const FOO: &str = "example.com/acme/foo";

fn mirror(hash: &str) -> (Server, World) {
    let server = Server::start();
    let at = |file: &str| format!("/mirror/{FOO}/{file}");
    server.json(&at("index.json"), &json!({ "versions": { "1.1.0": {}, "1.2.0": {} } }));
    let entry = |platform: &str| json!({ "url": archive_name("1.1.0", platform), "hashes": [hash] });
    server.json(&at("1.1.0.json"), &json!({ "archives": { PLATFORM: entry(PLATFORM), OTHER: entry(OTHER) } }));
    server.json(&at("1.2.0.json"), &json!({ "archives": { OTHER: entry(OTHER) } }));
    server.route(&at(&archive_name("1.1.0", PLATFORM)), Reply::Content(200, archive("1.1.0", PLATFORM)));
    let url = format!("https://{}/mirror", server.host);
    let world = World::new().with(Location::NetworkMirror(url)).trusting(&server);
    (server, world)
}

/// The hash of what is in the package.
fn right() -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), archive("1.1.0", PLATFORM)).unwrap();
    fw_install::hash::of_archive_content(file.path()).unwrap().to_string()
}

#[test]
fn a_package_with_the_right_hash_is_installed() {
    let (_server, world) = mirror(&right());
    let told = world.init(&[(FOO, "1.1.0")]);
    assert!(
        told.lines.contains(&"- Installed example.com/acme/foo v1.1.0 (verified checksum)".to_owned()),
        "{:?}",
        told.problems
    );
    assert_eq!(told.problem().0, "Incomplete lock file information for providers");
    assert!(world.lock_file().contains(&format!("  hashes = [\n    \"{}\",\n  ]\n", right())));
}

#[test]
fn a_package_with_another_hash_is_refused() {
    let (_server, world) = mirror("h1:AAAA");
    let told = world.init(&[(FOO, "1.1.0")]);
    assert_eq!(
        told.detail("Failed to install provider"),
        "Error while installing example.com/acme/foo v1.1.0: provider package doesn't match the expected checksum \
         \"h1:AAAA\""
    );
    assert!(!world.installed(FOO, "1.1.0").exists());
}

#[test]
fn what_a_mirror_lacks_is_told() {
    let (server, world) = mirror(&right());
    let told = world.init(&[("example.com/acme/bar", "")]);
    let host = &server.host;
    assert!(
        told.problem().1.ends_with(&format!("\n\n  - provider mirror at https://{host}/mirror/")),
        "{:?}",
        told.problems
    );
    let told = world.init(&[(FOO, "1.2.0")]);
    assert!(told.detail("Incompatible provider version").contains("does not have a"), "{:?}", told.problems);
    server.route(&format!("/mirror/{FOO}/index.json"), Reply::Content(200, b"<html>".to_vec()));
    let told = world.init(&[(FOO, "1.1.0")]);
    assert!(told.problem().1.contains("invalid response content from mirror server"));
    server.route(&format!("/mirror/{FOO}/index.json"), Reply::Content(403, Vec::new()));
    let told = world.init(&[(FOO, "1.1.0")]);
    assert!(told.problem().1.contains(&format!("host {host} requires authentication credentials")));
}

#[test]
fn mirrors_must_be_safe_from_listeners() {
    let world = World::new().with(Location::NetworkMirror("http://example.com/".to_owned()));
    let told = world.init(&[(FOO, "")]);
    assert_eq!(
        told.detail("Invalid URL for provider installation source"),
        "Cannot use \"http://example.com/\" as a URL for a network provider mirror: the mirror must be at an https: URL."
    );
}

#[test]
fn proxies_of_the_environment_are_used_but_not_for_this_machine() {
    let proxy = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let (_server, mut world) = mirror(&right());
    world.set("https_proxy", &address);
    world.init(&[(FOO, "1.1.0")]).ok();

    let mut world = world.with(Location::NetworkMirror("https://mirror.example.com/".to_owned()));
    world.forget_installed();
    world.forget_lock_file();
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        let mut first = [0; 28];
        std::io::Read::read_exact(&mut stream, &mut first).unwrap();
        String::from_utf8(first.into()).unwrap()
    });
    assert!(world.init(&[(FOO, "1.1.0")]).problem().1.contains("failed to query provider mirror"));
    assert_eq!(asked.join().unwrap(), "CONNECT mirror.example.com:4");
    world.set("no_proxy", ".example.com");
    assert!(world.init(&[(FOO, "1.1.0")]).problem().1.contains("failed to query provider mirror"));
}
