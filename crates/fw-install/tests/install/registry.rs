//! A registry: discovery, versions, packages with signed checksums.

use std::time::{Duration, Instant};

use fw_install::cli_config::{CredentialsHelper, Location, Token};
use pgp::composed::{
    ArmorOptions, DetachedSignature, EncryptionCaps, KeyType, SecretKeyParamsBuilder, SignedPublicKey, SignedSecretKey,
    SubkeyParamsBuilder,
};
use pgp::crypto::hash::HashAlgorithm;
use pgp::ser::Serialize;
use pgp::types::{KeyDetails, Password};
use rand::rngs::OsRng;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::packages::{OTHER, PLATFORM, VERSIONS, archive, archive_name};
use crate::server::{Reply, Server};
use crate::world::World;

/// A registry with the provider `acme/foo`.
pub(crate) struct Registry {
    pub(crate) server: Server,
    key: SignedSecretKey,
}

const SUMS: &str = "/files/1.1.0/SHA256SUMS";
const SIGNATURE: &str = "/files/1.1.0/SHA256SUMS.sig";
const DOWNLOAD: &str = "/v1/providers/acme/foo/1.1.0/download/linux/amd64";

fn key() -> SignedSecretKey {
    let mut subkey = SubkeyParamsBuilder::default();
    subkey.key_type(KeyType::Ed25519Legacy).can_sign(true).can_encrypt(EncryptionCaps::None);
    let mut key = SecretKeyParamsBuilder::default();
    key.key_type(KeyType::Ed25519Legacy)
        .can_certify(true)
        .can_sign(true)
        .primary_user_id("Maker <maker@example.com>".into())
        .subkey(subkey.build().unwrap());
    key.build().unwrap().generate(OsRng).unwrap()
}

fn sum(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn file(version: &str, platform: &str) -> String {
    format!("/files/{version}/{}", archive_name(version, platform))
}

impl Registry {
    pub(crate) fn start() -> Self {
        let registry = Self { server: Server::start(), key: key() };
        let server = &registry.server;
        server.json("/.well-known/terraform.json", &json!({ "providers.v1": "/v1/providers/" }));
        let versions: Vec<Value> = VERSIONS.map(|v| json!({ "version": v, "protocols": ["5.0"] })).into();
        server.json("/v1/providers/acme/foo/versions", &json!({ "versions": versions, "warnings": null }));
        for version in VERSIONS {
            let mut sums = String::new();
            for platform in [PLATFORM, OTHER] {
                let bytes = archive(version, platform);
                sums.push_str(&format!("{}  {}\n", sum(&bytes), archive_name(version, platform)));
                registry.offer(version, platform, &bytes, &json!({}));
                server.route(&file(version, platform), Reply::Content(200, bytes));
            }
            registry.sign(version, &sums);
        }
        registry
    }

    pub(crate) fn provider(&self) -> String {
        format!("{}/acme/foo", self.server.host)
    }

    /// A world that installs from this registry.
    pub(crate) fn world(&self) -> World {
        World::new().with(Location::Direct).trusting(&self.server)
    }

    fn public_key(&self) -> String {
        SignedPublicKey::from(self.key.clone()).to_armored_string(ArmorOptions::default()).unwrap()
    }

    fn key_id(&self) -> String {
        self.key.legacy_key_id().to_string().to_uppercase()
    }

    /// Describes a package; `other` replaces fields.
    fn offer(&self, version: &str, platform: &str, bytes: &[u8], other: &Value) {
        let (os, arch) = platform.split_once('_').unwrap();
        let mut document = json!({
            "protocols": ["5.0"],
            "os": os,
            "arch": arch,
            "filename": archive_name(version, platform),
            "download_url": file(version, platform),
            "shasum": sum(bytes),
            "shasums_url": format!("/files/{version}/SHA256SUMS"),
            "shasums_signature_url": format!("/files/{version}/SHA256SUMS.sig"),
            "signing_keys": { "gpg_public_keys": [{ "key_id": "X", "ascii_armor": self.public_key() }] },
        });
        for (name, value) in other.as_object().unwrap() {
            document[name] = value.clone();
        }
        self.server.json(&format!("/v1/providers/acme/foo/{version}/download/{os}/{arch}"), &document);
    }

    fn sign(&self, version: &str, sums: &str) {
        let signed = DetachedSignature::sign_binary_data(
            OsRng,
            &self.key.primary_key,
            &Password::empty(),
            HashAlgorithm::Sha256,
            sums.as_bytes(),
        );
        self.server.route(&format!("/files/{version}/SHA256SUMS"), Reply::Content(200, sums.as_bytes().to_vec()));
        let signature = signed.unwrap().to_bytes().unwrap();
        self.server.route(&format!("/files/{version}/SHA256SUMS.sig"), Reply::Content(200, signature));
    }
}

fn install_detail(registry: &Registry) -> String {
    let world = registry.world();
    let told = world.init(&[(&registry.provider(), "1.1.0")]);
    assert!(!world.installed(&registry.provider(), "1.1.0").exists());
    assert_eq!(world.lock_file(), "");
    let prefix = format!("Error while installing {} v1.1.0: ", registry.provider());
    told.detail("Failed to install provider").strip_prefix(&prefix).unwrap().to_owned()
}

#[test]
fn a_signed_package_is_installed_and_all_platforms_are_locked() {
    let registry = Registry::start();
    let provider = registry.provider();
    let world = registry.world();
    let lines = world.init(&[(&provider, "~> 1.0")]).ok();
    assert_eq!(lines[2], format!("- Installing {provider} v1.1.0..."));
    assert_eq!(lines[3], format!("- Installed {provider} v1.1.0 (self-signed, key ID {})", registry.key_id()));
    assert!(lines[4].starts_with("Partner and community providers are signed by their developers.\n"));
    let lock = world.lock_file();
    for platform in [PLATFORM, OTHER] {
        assert!(lock.contains(&format!("\"zh:{}\",", sum(&archive("1.1.0", platform)))), "{lock}");
    }
    assert_eq!(lock.matches("h1:").count(), 1);
    // Anew on another machine: the locked checksums do.
    world.forget_installed();
    world.init(&[(&provider, "~> 1.0")]).ok();
    assert_eq!(world.lock_file(), lock);
}

#[test]
fn a_subkey_may_sign() {
    let registry = Registry::start();
    let sums = format!("{}  {}\n", sum(&archive("1.1.0", PLATFORM)), archive_name("1.1.0", PLATFORM));
    let subkey = &registry.key.secret_subkeys[0].key;
    let signed =
        DetachedSignature::sign_binary_data(OsRng, subkey, &Password::empty(), HashAlgorithm::Sha512, sums.as_bytes());
    registry.server.route(SUMS, Reply::Content(200, sums.into_bytes()));
    let armored = signed.unwrap().to_armored_string(ArmorOptions::default()).unwrap();
    registry.server.route(SIGNATURE, Reply::Content(200, armored.into_bytes()));
    let lines = registry.world().init(&[(&registry.provider(), "1.1.0")]).ok();
    assert!(lines[3].ends_with(&format!("(self-signed, key ID {})", registry.key_id())), "{lines:?}");
}

#[test]
fn wrong_signatures_are_refused() {
    let registry = Registry::start();
    registry.sign("1.1.0", "other sums");
    let sums = format!("{}  {}\n", sum(&archive("1.1.0", PLATFORM)), archive_name("1.1.0", PLATFORM));
    registry.server.route(SUMS, Reply::Content(200, sums.clone().into_bytes()));
    assert!(install_detail(&registry).starts_with("error checking signature: "));

    let stranger = Registry { server: Server::start(), key: key() };
    stranger.sign("1.1.0", &sums);
    let foreign = json!({ "gpg_public_keys": [{ "ascii_armor": stranger.public_key() }] });
    let bytes = archive("1.1.0", PLATFORM);
    registry.sign("1.1.0", &sums);
    registry.offer("1.1.0", PLATFORM, &bytes, &json!({ "signing_keys": foreign }));
    assert_eq!(install_detail(&registry), "authentication signature from unknown issuer");

    registry.offer("1.1.0", PLATFORM, &bytes, &json!({ "signing_keys": null }));
    assert_eq!(install_detail(&registry), "authentication signature from unknown issuer");

    registry.offer("1.1.0", PLATFORM, &bytes, &json!({}));
    registry.server.route(SIGNATURE, Reply::Content(200, b"nonsense".to_vec()));
    assert!(install_detail(&registry).starts_with("error checking signature: "));
    registry.server.route(SIGNATURE, Reply::Content(200, Vec::new()));
    assert!(install_detail(&registry).starts_with("error checking signature: "));
}

#[test]
fn wrong_checksums_are_refused() {
    let registry = Registry::start();
    let bytes = archive("1.1.0", PLATFORM);
    registry.server.route(&file("1.1.0", PLATFORM), Reply::Content(200, b"another file".to_vec()));
    assert_eq!(
        install_detail(&registry),
        format!("archive has incorrect checksum zh:{} (expected zh:{})", sum(b"another file"), sum(&bytes))
    );
    // Even when the registry says that it is right.
    registry.offer("1.1.0", PLATFORM, b"another file", &json!({}));
    assert_eq!(
        install_detail(&registry),
        format!("checksum list has unexpected SHA-256 hash {} (expected {})", sum(&bytes), sum(b"another file"))
    );
    registry.sign("1.1.0", "");
    assert_eq!(
        install_detail(&registry),
        format!("checksum list has no SHA-256 hash for \"{}\"", archive_name("1.1.0", PLATFORM))
    );
    registry.offer("1.1.0", PLATFORM, &bytes, &json!({ "shasum": "abc" }));
    assert!(install_detail(&registry).contains("registry response includes invalid SHA256 hash \"abc\""));
}

#[test]
fn a_registry_of_another_release_than_the_locked_one_is_refused() {
    let registry = Registry::start();
    let provider = registry.provider();
    let world = registry.world();
    world.init(&[(&provider, "1.1.0")]).ok();
    world.forget_installed();
    let other = world.lock_file().replace("h1:", "h1:x").replace("zh:", "zh:0");
    std::fs::write(world.work().join(".terraform.lock.hcl"), &other).unwrap();
    let told = world.init(&[(&provider, "1.1.0")]);
    assert!(told.detail("Failed to install provider").contains("the current package for"));
    assert_eq!(world.lock_file(), other);
}

#[test]
fn what_a_registry_lacks_is_told() {
    let registry = Registry::start();
    let (host, world) = (&registry.server.host, registry.world());
    let told = world.init(&[(&format!("{host}/acme/bar"), "")]);
    assert_eq!(
        told.detail("Failed to query available provider packages"),
        format!(
            "Could not retrieve the list of available versions for provider {host}/acme/bar: provider registry {host} does \
             not have a provider named {host}/acme/bar\n\nAll modules should specify their required_providers so that \
             external consumers will get the correct providers when using a module. To see which modules are currently \
             depending on {host}/acme/bar, run the following command:\n    terraform providers"
        )
    );
    registry.server.route(DOWNLOAD, Reply::Content(404, Vec::new()));
    let told = world.init(&[(&registry.provider(), "1.1.0")]);
    assert!(
        told.detail("Incompatible provider version").contains("does not have a package available for your current")
    );
    registry.offer("1.1.0", PLATFORM, b"", &json!({ "protocols": ["4.0"] }));
    let told = world.init(&[(&registry.provider(), "1.1.0")]);
    assert!(told.detail("Incompatible provider version").contains("speaks a plugin protocol that is"));
    registry.server.json("/.well-known/terraform.json", &json!({ "modules.v1": "/" }));
    let told = world.init(&[(&registry.provider(), "1.1.0")]);
    assert_eq!(
        told.detail("Invalid provider registry host"),
        format!(
            "The host \"{host}\" given in provider source address \"{host}/acme/foo\" does not offer a Terraform provider \
             registry."
        )
    );
}

#[test]
fn failing_servers_are_asked_again_and_then_named() {
    let registry = Registry::start();
    let path = "/v1/providers/acme/foo/versions";
    registry.server.route(path, Reply::Content(500, Vec::new()));
    let mut world = registry.world();
    world.set("TF_REGISTRY_DISCOVERY_RETRY", "1");
    let told = world.init(&[(&registry.provider(), "")]);
    let detail = told.detail("Failed to query available provider packages");
    assert!(detail.contains("the request failed after 2 attempts, please try again later: 500"), "{detail}");
    assert_eq!(registry.server.count(path), 2);
    registry.server.json(path, &json!([1]));
    assert!(world.init(&[(&registry.provider(), "")]).problem().1.contains("could not query provider registry"));
}

#[test]
fn silent_and_interrupted_servers_do_not_hold_us_up() {
    let registry = Registry::start();
    let started = Instant::now();
    registry.server.route(&file("1.1.0", PLATFORM), Reply::CutOff(vec![7; 100]));
    assert!(install_detail(&registry).starts_with("could not download https://"));
    registry.server.route("/v1/providers/acme/foo/versions", Reply::Silence);
    let told = registry.world().init(&[(&registry.provider(), "")]);
    assert!(told.detail("Failed to query available provider packages").contains("timed out"), "{:?}", told.problems);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_server_that_nobody_vouches_for_is_not_trusted() {
    let registry = Registry::start();
    let mut world = registry.world();
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap().cert.pem();
    let path = world.root.path().join("other.pem");
    std::fs::write(&path, other).unwrap();
    world.set("SSL_CERT_FILE", path.to_str().unwrap());
    let told = world.init(&[(&registry.provider(), "")]);
    let detail = told.detail("Failed to query available provider packages");
    assert!(detail.contains("could not connect to") && detail.contains("certificate"), "{detail}");
    assert!(registry.server.requests().is_empty());
}

#[test]
fn services_can_be_configured_and_downloads_redirected() {
    let registry = Registry::start();
    let host = registry.server.host.clone();
    let moved = format!("https://{host}{}", file("1.0.0", PLATFORM));
    registry.server.route("/moved", Reply::Elsewhere(moved));
    registry.offer("1.0.0", PLATFORM, &archive("1.0.0", PLATFORM), &json!({ "download_url": "/moved" }));
    let mut world = registry.world();
    let services = [("providers.v1".to_owned(), json!(format!("https://{host}/v1/providers")))].into_iter().collect();
    world.config.hosts.insert("registry.terraform.io".to_owned(), services);
    world.init(&[("acme/foo", "1.0.0")]).ok();
    assert!(world.lock_file().contains("provider \"registry.terraform.io/acme/foo\""));
    assert_eq!(registry.server.count("/.well-known/terraform.json"), 0);
}

#[test]
fn the_default_host_may_lack_keys() {
    let registry = Registry::start();
    registry.offer(
        "1.0.0",
        PLATFORM,
        &archive("1.0.0", PLATFORM),
        &json!({ "signing_keys": { "gpg_public_keys": [] } }),
    );
    let mut world = registry.world();
    let services = [("providers.v1".to_owned(), json!(format!("https://{}/v1/providers/", registry.server.host)))]
        .into_iter()
        .collect();
    world.config.hosts.insert("registry.terraform.io".to_owned(), services);
    let lines = world.init(&[("acme/foo", "1.0.0")]).ok();
    assert!(lines[3].contains("signing skipped"), "{lines:?}");
    assert_eq!(world.lock_file().matches("zh:").count(), 2);
}

#[test]
fn tokens_are_sent_to_their_host_only() {
    let registry = Registry::start();
    let mut world = registry.world();
    world.config.credentials.insert(registry.server.host.clone(), Token("secret".to_owned()));
    world.config.credentials.insert("elsewhere".to_owned(), Token("other".to_owned()));
    world.init(&[(&registry.provider(), "1.0.0")]).ok();
    let requests = registry.server.requests();
    let sent = |line: &String| line.eq_ignore_ascii_case("authorization: bearer secret");
    assert!(requests.iter().any(sent), "{requests:?}");
    let download = requests.iter().position(|line| line.contains(".zip")).unwrap();
    assert!(!requests.get(download + 1).is_some_and(sent), "downloads may be anywhere: {requests:?}");
    registry.server.route("/.well-known/terraform.json", Reply::Content(401, Vec::new()));
    registry.server.route("/v1/providers/acme/foo/versions", Reply::Content(401, Vec::new()));
    let services = [("providers.v1".to_owned(), json!(format!("https://{}/v1/providers/", registry.server.host)))]
        .into_iter()
        .collect();
    world.config.hosts.insert(registry.server.host.clone(), services);
    let told = world.init_with(
        &[(&registry.provider(), "1.0.0")],
        &fw_install::InitOptions { upgrade: true, ..Default::default() },
    );
    assert!(told.problem().1.contains("rejected the given authentication credentials"), "{:?}", told.problems);
}

#[cfg(unix)]
#[test]
fn a_helper_program_knows_tokens() {
    use std::os::unix::fs::PermissionsExt;
    let registry = Registry::start();
    let mut world = registry.world();
    let directory = world.work().join("terraform.d/plugins");
    std::fs::create_dir_all(&directory).unwrap();
    let program = directory.join("terraform-credentials-safe");
    std::fs::write(&program, "#!/bin/sh\n[ \"$1 $2\" = \"--from get\" ] && echo '{\"token\":\"hidden\"}'\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    world.config.credentials_helper =
        Some(CredentialsHelper { name: "safe".to_owned(), arguments: vec!["--from".to_owned()] });
    world.init(&[(&registry.provider(), "1.0.0")]).ok();
    assert!(registry.server.requests().iter().any(|line| line.eq_ignore_ascii_case("authorization: bearer hidden")));
}
