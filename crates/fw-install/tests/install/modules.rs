//! Modules and their manifest.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use fw_config::Files;
use fw_diag::{Diagnostics, SourceMap};
use fw_install::cli_config::Token;
use fw_install::{Event, Events, directory_from_module, install_modules};

use crate::server::{Reply, Server};
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

/// The first problem's summary and detail.
fn problem(problems: &Diagnostics) -> (String, String) {
    let first = problems.iter().next().expect("there is a problem");
    (first.summary.clone(), first.detail.clone())
}

#[test]
fn a_module_of_a_broken_root_is_not_forgotten() {
    let world = World::new();
    write(&world, "main.tf", "module \"b\" {\n  source = \"./m\"\n}\nbroken {}\n");
    let (lines, problems) = install(&world, false);
    assert_eq!(lines, ["Initializing modules...", "- b in "]);
    let summaries: Vec<_> = problems.iter().map(|problem| problem.summary.as_str()).collect();
    assert_eq!(summaries, ["Unsupported block type", "Unreadable module directory", "Unreadable module directory"]);
    assert_eq!(
        problems.iter().nth(2).unwrap().detail,
        "The directory  could not be read for module \"b\" at main.tf:1."
    );
}

/// A repository with a module at its top and one in a directory, and a tag of an older revision.
struct Repository {
    root: tempfile::TempDir,
}

impl Repository {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let repository = Self { root };
        repository.git(&["init", "-q", "-b", "trunk", "."]);
        repository.commit("main.tf", "output \"a\" {\n  value = 1\n}\n");
        repository.git(&["tag", "v1"]);
        repository.commit("main.tf", "output \"a\" {\n  value = 2\n}\n");
        repository.commit("sub/main.tf", "module \"in\" {\n  source = \"../other\"\n}\n");
        repository.commit("other/main.tf", "");
        repository
    }

    fn git(&self, arguments: &[&str]) {
        let output = std::process::Command::new("git")
            .args(["-c", "user.name=x", "-c", "user.email=x@example.com"])
            .args(arguments)
            .current_dir(self.root.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn commit(&self, path: &str, text: &str) {
        let file = self.root.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", path]);
    }

    fn url(&self) -> String {
        format!("git::file://{}", self.root.path().display())
    }
}

/// A world that has programs.
fn world_with_programs() -> World {
    let mut world = World::new();
    world.set("PATH", &std::env::var("PATH").unwrap());
    world
}

fn call(name: &str, source: &str) -> String {
    format!("module \"{name}\" {{\n  source = \"{source}\"\n}}\n")
}

fn installed(world: &World, path: &str) -> String {
    fs::read_to_string(world.work().join(".terraform/modules").join(path)).unwrap()
}

#[test]
fn repositories_are_cloned_once_and_copied() {
    let (world, repository) = (world_with_programs(), Repository::new());
    let url = repository.url();
    let text = [call("a", &url), call("b", &format!("{url}//sub")), call("c", &format!("{url}?ref=v1"))];
    write(&world, "main.tf", &text.concat());
    let (lines, problems) = install(&world, false);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(
        lines,
        [
            "Initializing modules...".to_owned(),
            format!("Downloading {url} for a..."),
            "- a in .terraform/modules/a".to_owned(),
            format!("Downloading {url} for b..."),
            "- b in .terraform/modules/b/sub".to_owned(),
            "- b.in in .terraform/modules/b/other".to_owned(),
            format!("Downloading {url}?ref=v1 for c..."),
            "- c in .terraform/modules/c".to_owned(),
        ]
    );
    assert!(
        installed(&world, "a/main.tf").contains("value = 2") && installed(&world, "c/main.tf").contains("value = 1")
    );
    assert!(world.work().join(".terraform/modules/a/.git").exists());
    assert!(!world.work().join(".terraform/modules/b/.git").exists(), "a copy has no history");
    assert!(fs::read_to_string(manifest(&world)).unwrap().contains(&format!("\"Source\":\"{url}//sub\"")));
    // What is there is used, until somebody wants it anew.
    repository.commit("main.tf", "output \"a\" {\n  value = 3\n}\n");
    assert_eq!(install(&world, false).0, ["Initializing modules..."]);
    assert_eq!(install(&world, true).0.len(), 8);
    assert!(installed(&world, "a/main.tf").contains("value = 3"));
    // Another address is another module.
    write(&world, "main.tf", &call("a", &format!("{url}?ref=v1&depth=1")));
    assert_eq!(install(&world, false).0.len(), 3);
    assert!(installed(&world, "a/main.tf").contains("value = 1"));
}

#[test]
fn repositories_that_are_not_there_are_told_of() {
    let (world, repository) = (world_with_programs(), Repository::new());
    write(&world, "main.tf", &call("a", "git::file:///nowhere/at/all"));
    let (summary, detail) = problem(&install(&world, false).1);
    assert_eq!(summary, "Failed to download module");
    let begin = "Could not download module \"a\" (main.tf:1) source code from \"git::file:///nowhere/at/all\": error \
                 downloading 'file:///nowhere/at/all': ";
    assert!(detail.starts_with(begin), "{detail}");
    assert!(detail.contains("/git exited with 128: Cloning into '.terraform/modules/a'...\nfatal: "), "{detail}");

    write(&world, "main.tf", &call("a", &format!("{}?ref=nosuch", repository.url())));
    let (_, detail) = problem(&install(&world, false).1);
    assert!(detail.contains("/git exited with 1: error: pathspec 'nosuch' did not match"), "{detail}");
    assert!(!world.work().join(".terraform/modules/a").exists());

    write(&world, "main.tf", &call("a", &format!("{}?ref=--upload-pack=x", repository.url())));
    assert!(problem(&install(&world, false).1).1.contains("is not the name of a revision"));

    write(&world, "main.tf", &call("a", &format!("{}//miss/x", repository.url())));
    let expected = ("Failed to expand subdir globs".to_owned(), "subdir \"miss/x\" not found".to_owned());
    assert_eq!(problem(&install(&world, false).1), expected);
}

#[test]
fn directories_elsewhere_are_linked() {
    let (world, elsewhere) = (World::new(), tempfile::tempdir().unwrap());
    fs::create_dir_all(elsewhere.path().join("one")).unwrap();
    fs::write(elsewhere.path().join("one/main.tf"), call("up", "../../out")).unwrap();
    let path = elsewhere.path().canonicalize().unwrap().display().to_string();
    write(&world, "main.tf", &call("a", &format!("{path}//on*")));
    let (lines, problems) = install(&world, false);
    assert_eq!(
        lines[1..],
        [
            format!("Downloading file://{path} for a..."),
            "- a in .terraform/modules/a/one".to_owned(),
            "- a.up in ".to_owned()
        ]
    );
    let (summary, detail) = problem(&problems);
    assert_eq!(summary, "Local module path escapes module package");
    assert!(detail.starts_with("The given source directory for module.a.module.up would be outside of"), "{detail}");
    assert!(world.work().join(".terraform/modules/a").is_symlink());
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A server with one package.
fn server() -> Server {
    let server = Server::start();
    server.route(
        "/p.zip",
        Reply::Content(200, zip(&[("main.tf", ""), ("sub/main.tf", "output \"x\" {\n  value = 1\n}\n")])),
    );
    server
}

#[test]
fn archives_are_downloaded_and_unpacked() {
    let server = server();
    let world = World::new().trusting(&server);
    let base = format!("https://{}", server.host);
    server.route(
        "/page?terraform-get=1",
        Reply::Content(200, format!("<head><meta name=\"terraform-get\" content=\"{base}/p.zip//sub\"></head>").into()),
    );
    server.route("/header?terraform-get=1", Reply::Package(200, format!("{base}/p.zip")));
    server.route("/archive", Reply::Content(200, zip(&[("main.tf", "")])));
    let text = [
        call("a", &format!("{base}/p.zip")),
        call("b", &format!("{base}/p.zip//sub")),
        call("c", &format!("{base}/page")),
        call("d", &format!("{base}/header//sub")),
        call("e", &format!("{base}/archive?archive=zip")),
    ];
    write(&world, "main.tf", &text.concat());
    let (lines, problems) = install(&world, false);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(
        lines.iter().filter(|line| line.starts_with("- ")).collect::<Vec<_>>(),
        [
            "- a in .terraform/modules/a",
            "- b in .terraform/modules/b/sub",
            "- c in .terraform/modules/c",
            "- d in .terraform/modules/d/sub",
            "- e in .terraform/modules/e",
        ]
    );
    assert!(installed(&world, "c/main.tf").contains("value = 1"));
    assert_eq!(server.count("/p.zip"), 3, "once for two modules, and for the two pages");
}

#[test]
fn what_servers_refuse_is_told() {
    let server = server();
    let world = World::new().trusting(&server);
    let base = format!("https://{}", server.host);
    server.route("/loop?terraform-get=1", Reply::Package(200, format!("{base}/loop")));
    server.route("/none?terraform-get=1", Reply::Content(200, b"<html></html>".to_vec()));
    server.route("/relative?terraform-get=1", Reply::Package(200, "./p.zip".to_owned()));
    server.route("/evil.zip", Reply::Content(200, zip(&[("../evil.tf", "")])));
    for (path, expected) in [
        ("gone.zip", "bad response code: 404".to_owned()),
        ("gone", format!("error downloading '{base}/gone': bad response code: 404")),
        ("none", format!("error downloading '{base}/none': no source URL was returned")),
        ("relative", format!("error downloading '{base}/relative': invalid source string: ./p.zip")),
        ("evil.zip", "entry contains '..': ../evil.tf".to_owned()),
        ("p.zip?checksum=md9:00", "invalid checksum: unsupported checksum type: md9".to_owned()),
        ("p.zip?archive=tar.gz", "invalid gzip header".to_owned()),
        (
            "x?checksum=d41d8cd98f00b204e9800998ecf8427e",
            "checksum cannot be specified for directory download".to_owned(),
        ),
    ] {
        write(&world, "main.tf", &call("a", &format!("{base}/{path}")));
        let (summary, detail) = problem(&install(&world, false).1);
        assert_eq!(summary, "Failed to download module");
        let begin = format!("Could not download module \"a\" (main.tf:1) source code from \"{base}/{path}\": ");
        assert_eq!(detail.strip_prefix(&begin).unwrap_or(&detail), expected);
    }
    write(&world, "main.tf", &call("a", &format!("{base}/loop")));
    let (_, detail) = problem(&install(&world, false).1);
    assert!(detail.ends_with("too many X-Terraform-Get redirects: 11"), "{detail}");
    assert_eq!(server.count("/loop?terraform-get=1"), 10);
    write(&world, "main.tf", &call("a", &format!("{base}/p.zip?checksum=sha256:{}", "0".repeat(64))));
    assert!(problem(&install(&world, false).1).1.contains("Checksums did not match for "));
}

#[test]
fn object_stores_have_archives_and_directories() {
    let server = server();
    let mut world = World::new().trusting(&server);
    let base = format!("https://{}", server.host);
    world.set("STORAGE_EMULATOR_HOST", &base);
    let archive = || Reply::Content(200, zip(&[("main.tf", "output \"x\" {\n  value = 1\n}\n")]));
    server.route("/bucket/dir/key.zip?versionId=7", archive());
    let list = "<R><IsTruncated>false</IsTruncated><Contents><Key>tree/main.tf</Key></Contents>\
                <Contents><Key>tree/a&amp;b/../evil</Key></Contents><Contents><Key>tree/sub/main.tf</Key></Contents></R>";
    server.route("/bucket/?prefix=tree", Reply::Content(200, list.into()));
    for path in ["/bucket/tree/main.tf", "/bucket/tree/sub/main.tf"] {
        server.route(path, Reply::Content(200, Vec::new()));
    }
    server.route("/storage/v1/b/bucket/o/dir%2Fkey.zip?alt=media", archive());
    let keys = "aws_access_key_id=id&aws_access_key_secret=secret&region=eu-west-1";
    let text = [
        call("a", &format!("s3::{base}/bucket/dir/key.zip?{keys}&version=7")),
        call("b", &format!("s3::{base}/bucket/tree//sub?{keys}")),
        call("c", "www.googleapis.com/storage/v1/bucket/dir/key.zip"),
    ];
    write(&world, "main.tf", &text.concat());
    let (lines, problems) = install(&world, false);
    assert!(problems.is_empty(), "{problems:?}");
    let directories: Vec<_> = lines.iter().filter(|line| line.starts_with("- ")).collect();
    assert_eq!(
        directories,
        ["- a in .terraform/modules/a", "- b in .terraform/modules/b/sub", "- c in .terraform/modules/c"]
    );
    assert!(
        installed(&world, "a/main.tf").contains("value = 1") && installed(&world, "c/main.tf").contains("value = 1")
    );
    let signed =
        |line: &String| line.contains("AWS4-HMAC-SHA256 Credential=id/") && line.contains("/eu-west-1/s3/aws4_request");
    assert!(server.requests().iter().any(signed), "{:?}", server.requests());
    write(&world, "main.tf", &call("a", &format!("s3::{base}/bucket/gone.zip?{keys}")));
    let (_, detail) = problem(&install(&world, false).1);
    assert!(detail.ends_with("bad response code: 404 for object gone.zip"), "{detail}");
}

/// A registry with one module.
fn registry(server: &Server) {
    server.json("/.well-known/terraform.json", &serde_json::json!({ "modules.v1": "/v1/modules" }));
    let versions = ["1.0.0", "1.2.0", "2.0.0-beta1", "bad"].map(|version| serde_json::json!({ "version": version }));
    let list = serde_json::json!({ "modules": [{ "versions": versions }] });
    server.json("/v1/modules/a/b/c/versions", &list);
    for version in ["1.0.0", "1.2.0", "2.0.0-beta1"] {
        server.route(&format!("/v1/modules/a/b/c/{version}/download"), Reply::Package(204, "/p.zip".to_owned()));
    }
}

fn versioned(name: &str, source: &str, version: &str) -> String {
    format!("module \"{name}\" {{\n  source  = \"{source}\"\n  version = \"{version}\"\n}}\n")
}

#[test]
fn modules_of_registries_are_of_the_newest_version_that_will_do() {
    let server = server();
    registry(&server);
    let mut world = World::new().trusting(&server);
    world.config.credentials.insert(server.address(), Token("secret".to_owned()));
    let source = format!("{}/a/b/c", server.address());
    let text = [
        call("a", &source),
        versioned("b", &format!("{source}//sub"), "1.0.0"),
        versioned("c", &source, "2.0.0-beta1"),
        versioned("d", &source, "~> 1.0"),
    ];
    write(&world, "main.tf", &text.concat());
    let (lines, problems) = install(&world, false);
    assert!(!problems.has_errors(), "{problems:?}");
    let (summary, detail) = problem(&problems);
    assert_eq!(summary, "Invalid response from remote module registry");
    assert!(detail.contains("an invalid version string \"bad\" for module \"a\" (main.tf:1), which"), "{detail}");
    assert_eq!(
        lines[1..],
        [
            format!("Downloading {source} 1.2.0 for a..."),
            "- a in .terraform/modules/a".to_owned(),
            format!("Downloading {source} 1.0.0 for b..."),
            "- b in .terraform/modules/b/sub".to_owned(),
            format!("Downloading {source} 2.0.0-beta1 for c..."),
            "- c in .terraform/modules/c".to_owned(),
            format!("Downloading {source} 1.2.0 for d..."),
            "- d in .terraform/modules/d".to_owned(),
        ]
    );
    assert!(fs::read_to_string(manifest(&world)).unwrap().contains("\"Version\":\"2.0.0-beta1\""));
    assert_eq!(server.count("/v1/modules/a/b/c/versions"), 1);
    assert_eq!(server.count("/p.zip"), 1, "the same package for all");
    assert!(server.requests().iter().any(|line| line.ends_with("Bearer secret")));
    // A constraint that the installed version does not meet.
    write(&world, "main.tf", &[call("a", &source), versioned("d", &source, "1.0.0")].concat());
    assert_eq!(
        install(&world, false).0[1..],
        [format!("Downloading {source} 1.0.0 for d..."), "- d in .terraform/modules/d".to_owned()]
    );
}

#[test]
fn what_registries_refuse_is_told() {
    let server = server();
    registry(&server);
    server.json("/v1/modules/a/empty/c/versions", &serde_json::json!({ "modules": [] }));
    server.json("/v1/modules/a/none/c/versions", &serde_json::json!({ "modules": [{ "versions": [] }] }));
    server.route("/v1/modules/a/auth/c/versions", Reply::Content(401, Vec::new()));
    let one = serde_json::json!({ "modules": [{ "versions": [{ "version": "1.0.0" }] }] });
    server.json("/v1/modules/d/none/c/versions", &one);
    server.json("/v1/modules/d/none/c/1.0.0/download", &serde_json::json!({}));
    server.json("/v1/modules/d/gone/c/versions", &one);
    let world = World::new().trusting(&server);
    let host = server.address();
    for (call, summary, detail) in [
        (versioned("m", &format!("{host}/a/b/c"), "> 3"), "Unresolvable module version constraint",
         format!("There is no available version of module \"{host}/a/b/c\" (main.tf:1) which matches the given version constraint. The newest available version is 1.2.0.")),
        (call("m", &format!("{host}/a/none/c")), "Module has no versions",
         format!("Module \"{host}/a/none/c\" (main.tf:1) has no versions available on {host}.")),
        (call("m", &format!("{host}/a/empty/c")), "Invalid response from remote module registry",
         format!("The registry at {host} returned an invalid response when Terraform requested available versions for module \"m\" (main.tf:1).")),
        (call("m", &format!("{host}/a/gone/c")), "Module not found",
         format!("Module \"m\" (from main.tf:1) cannot be found in the module registry at {host}.")),
        (call("m", &format!("{host}/a/auth/c")), "Error accessing remote module registry",
         format!("Failed to retrieve available versions for module \"m\" (main.tf:1) from {host}: error looking up module versions: 401 Unauthorized.")),
        (call("m", &format!("{host}/d/none/c")), "Error accessing remote module registry",
         format!("Failed to retrieve a download URL for {host}/d/none/c 1.0.0 from {host}: failed to get download URL for \"{host}/d/none/c\": 200 OK resp:{{}}")),
        (call("m", &format!("{host}/d/gone/c")), "Error accessing remote module registry",
         format!("Failed to retrieve a download URL for {host}/d/gone/c 1.0.0 from {host}: module \"{host}/d/gone/c\" version \"1.0.0\" not found")),
        (versioned("m", &format!("{host}/a/b/c//miss"), "1.0.0"), "Unreadable module subdirectory",
         "The directory .terraform/modules/m/miss does not exist. The target submodule miss does not exist within the target module.".to_owned()),
    ] {
        write(&world, "main.tf", &call);
        let (_, problems) = install(&world, false);
        let last = problems.iter().last().unwrap();
        assert_eq!((last.summary.as_str(), &last.detail), (summary, &detail));
    }
}

#[test]
fn a_module_becomes_the_root_module() {
    let (world, repository) = (world_with_programs(), Repository::new());
    let files = Directory(world.work());
    let copy = |source: &str| directory_from_module(&world.site(), &files, source, &SourceMap::new());
    copy(&repository.url()).unwrap();
    assert!(world.work().join("sub/main.tf").exists() && !world.work().join(".git").exists());
    let (summary, _) = problem(&copy(&repository.url()).unwrap_err());
    assert_eq!(summary, "Can't populate non-empty directory");
    let world = world_with_programs();
    let files = Directory(world.work());
    let url = repository.url();
    let problems = directory_from_module(&world.site(), &files, &format!("{url}//sub"), &SourceMap::new()).unwrap_err();
    let (summary, detail) = problem(&problems);
    assert_eq!(summary, "Root module references parent directory");
    assert!(detail.ends_with(&format!("such as \"{url}//other\".")), "{detail}");
}

#[test]
fn without_modules_nothing_is_said_or_written() {
    let world = World::new();
    write(&world, "main.tf", "locals {}\n");
    assert_eq!(install(&world, false).0, [] as [&str; 0]);
    assert!(!manifest(&world).exists());
}
