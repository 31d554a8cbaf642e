//! Where keys come from: programs, chains, services.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fw_testkit::AwsEmulator;
use serde_json::{Value, json};

use crate::directory::Directory;
use crate::listener::{Answer, Request, Running, Service};
use crate::{PASSPHRASE, assert_hidden, secretive, target, with};

/// `method.aes_gcm.m` with the keys of a provider, for states.
pub(crate) fn with_keys_of(provider: &str) -> String {
    format!("method \"aes_gcm\" \"m\" {{\n  keys = {provider}\n}}\n") + &target("state", &["aes_gcm.m"], "")
}

/// A program that makes keys out of what it has stored; the first time, of `first`.
pub(crate) const PROGRAM: &str = r#"printf '{"magic":"OpenTofu-External-Key-Provider","version":1}\n'
read -r input
key() { printf '%s%s' "$1" 0123456789abcdef0123456789abcdef | head -c 32 | base64; }
case "$input" in
null) printf '{"keys":{"encryption_key":"%s"},"meta":{"external_data":{"which":"first"}}}' "$(key first)" ;;
'{"external_data":{"which":"first"}}')
  printf '{"keys":{"encryption_key":"%s","decryption_key":"%s"},"meta":{"external_data":{"which":"first"}}}' \
    "$(key first)" "$(key first)" ;;
*) echo "what is $input" >&2; exit 3 ;;
esac
"#;

pub(crate) fn external(directory: &Directory) -> String {
    format!(
        "key_provider \"external\" \"p\" {{\n  command = [\"sh\", \"{}\"]\n}}\n",
        directory.path("program.sh").display()
    )
}

#[test]
fn from_a_program() {
    let directory = secretive();
    directory.write("program.sh", PROGRAM);
    let encryption = external(&directory) + &with_keys_of("key_provider.external.p");
    with(&directory, &encryption, "apply -auto-approve").with_code(0);
    with(&directory, &encryption, "plan").with_code(0).saying("No changes.");
    assert_hidden(&directory);
    for (program, why) in [
        ("echo no >&2; exit 4", "the external command exited with a non-zero exit code"),
        ("echo hello", "failed to unmarshal header from external command (line 1 column 1)"),
        (r#"echo '{"magic":"x","version":1}'"#, "invalid magic received from external command: x"),
        (
            r#"echo '{"magic":"OpenTofu-External-Key-Provider","version":1}'; echo '{"keys":{"encryption_key":secret}}'"#,
            "the external command returned an invalid JSON response",
        ),
    ] {
        directory.write("program.sh", program);
        let ended = with(&directory, &encryption, "plan").with_code(1).complaining(why);
        assert!(!ended.err.contains("secret"), "{}", ended.err);
    }
}

#[test]
fn from_a_program_by_way_of_another_provider() {
    let directory = secretive();
    directory.write("program.sh", PROGRAM);
    let chained = "key_provider \"pbkdf2\" \"k\" {\n  chain = key_provider.external.p\n  iterations = 200000\n  \
                   encrypted_metadata_alias = \"mine\"\n}\n";
    let encryption = external(&directory) + chained + &with_keys_of("key_provider.pbkdf2.k");
    with(&directory, &encryption, "apply -auto-approve").with_code(0);
    with(&directory, &encryption, "plan").with_code(0).saying("No changes.");
    let state: Value = serde_json::from_str(&directory.read("terraform.tfstate")).expect("it is JSON");
    let names: Vec<&String> = state["meta"].as_object().expect("it is an object").keys().collect();
    assert_eq!(names, ["key_provider.external.p", "mine"]);
    // With an alias, the provider may change its name.
    let renamed = encryption.replace("\"k\" {", "\"renamed\" {").replace("pbkdf2.k", "pbkdf2.renamed");
    with(&directory, &renamed, "plan").with_code(0).saying("No changes.");
    let twice = encryption.replace("\"p\" {", "\"p\" {\n  encrypted_metadata_alias = \"mine\"");
    with(&directory, &twice, "plan").with_code(1).complaining("Duplicate metadata key");
}

#[test]
fn a_program_may_encrypt() {
    let directory = secretive();
    // Base64 of base64 is no encryption; which key it was asked with is seen in front.
    directory.write(
        "program.sh",
        "printf '{\"magic\":\"OpenTofu-External-Encryption-Method\",\"version\":1}\\n'\npayload=$(sed 's/.*\"payload\":\"//; \
         s/\".*//')\nif [ \"$1\" = encrypt ]; then payload=$(printf 'X%s' \"$payload\" | base64 -w0); else payload=$(printf \
         %s \"$payload\" | base64 -d | tail -c +2); fi\nprintf '{\"payload\":\"%s\"}' \"$payload\"\n",
    );
    let program = directory.path("program.sh");
    let encryption = format!(
        "method \"external\" \"e\" {{\n  encrypt_command = [\"sh\", \"{0}\", \"encrypt\"]\n  decrypt_command = [\"sh\", \
         \"{0}\", \"decrypt\"]\n}}\n",
        program.display()
    ) + &target("state", &["external.e"], "");
    with(&directory, &encryption, "apply -auto-approve").with_code(0);
    with(&directory, &encryption, "plan").with_code(0).saying("No changes.");
    assert_hidden(&directory);
    directory.write("program.sh", "exit 1");
    with(&directory, &encryption, "plan")
        .with_code(1)
        .complaining("the external encryption method exited with a non-zero");
}

/// The transit engine of OpenBao, as its documentation says.
#[derive(Default)]
struct Transit {
    keys: BTreeMap<String, String>,
    made: u8,
}

impl Service for Transit {
    fn answer(&mut self, request: &Request) -> Answer {
        if request.headers.get("x-vault-token").map(String::as_str) != Some("right") {
            return Answer::json(403, &json!({ "errors": ["permission denied"] }));
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        match request.path.as_str() {
            "/v1/mine/datakey/plaintext/some-key" => {
                let length = usize::try_from(body["bits"].as_u64().unwrap_or_default() / 8).expect("it is small");
                self.made += 1;
                let plaintext = STANDARD.encode(vec![self.made; length]);
                let ciphertext = format!("vault:v1:{}", self.made);
                self.keys.insert(ciphertext.clone(), plaintext.clone());
                Answer::json(200, &json!({ "data": { "plaintext": plaintext, "ciphertext": ciphertext } }))
            }
            "/v1/mine/decrypt/some-key" => match self.keys.get(body["ciphertext"].as_str().unwrap_or_default()) {
                Some(plaintext) => Answer::json(200, &json!({ "data": { "plaintext": plaintext } })),
                None => Answer::json(400, &json!({ "errors": ["invalid ciphertext: unable to decrypt"] })),
            },
            other => Answer::json(404, &json!({ "errors": [format!("no handler for route {other}")] })),
        }
    }
}

#[test]
fn from_openbao() {
    let server = Running::start(Transit::default());
    let directory = secretive().set("BAO_ADDR", &server.address);
    let encryption = |token: &str| {
        format!(
            "key_provider \"openbao\" \"b\" {{\n  key_name = \"some-key\"\n  transit_engine_path = \"/mine\"\n  token = \
             \"{token}\"\n}}\n"
        ) + &with_keys_of("key_provider.openbao.b")
    };
    with(&directory, &encryption("right"), "apply -auto-approve").with_code(0);
    let after_one = server.service().keys.len();
    assert_eq!(after_one, 1, "one key for all that a command writes");
    with(&directory, &encryption("right"), "plan").with_code(0).saying("No changes.");
    assert_hidden(&directory);
    let refused = with(&directory, &encryption("secret-token"), "plan").with_code(1);
    let refused = refused.complaining("Unable to fetch encryption key data").complaining("permission denied");
    assert!(!refused.err.contains("secret-token"), "{}", refused.err);
    server.service().keys.clear();
    with(&directory, &encryption("right"), "plan").with_code(1).complaining("unable to decrypt");
    let tofu = crate::beside_tofu::tofu();
    if let Some(tofu) = tofu {
        let directory = secretive().set("BAO_ADDR", &server.address);
        crate::beside_tofu::in_turns(&tofu, &directory, &encryption("right"));
    }
}

#[test]
fn from_aws_kms() {
    let Some(emulator) = AwsEmulator::find() else { return };
    let made = emulator.call("kms", "1.1", "TrentService.CreateKey", "{}");
    let key = made["KeyMetadata"]["KeyId"].as_str().expect("the key has an id").to_owned();
    let settings = |key: &str| {
        format!(
            "key_provider \"aws_kms\" \"a\" {{\n  kms_key_id = \"{key}\"\n  key_spec = \"AES_256\"\n  region = \
             \"us-east-1\"\n  access_key = \"mine\"\n  secret_key = \"{PASSPHRASE}\"\n}}\n"
        ) + &with_keys_of("key_provider.aws_kms.a")
    };
    let somewhere = || secretive().set("AWS_ENDPOINT_URL", &emulator.address);
    let directory = somewhere();
    with(&directory, &settings(&key), "apply -auto-approve").with_code(0);
    with(&directory, &settings(&key), "plan").with_code(0).saying("No changes.");
    assert_hidden(&directory);
    let missing = "11111111-1111-1111-1111-111111111111";
    let ended = with(&directory, &settings(missing), "plan").with_code(1);
    ended.complaining("Unable to fetch encryption key data").complaining("NotFoundException");
    with(&directory, &settings(&key).replace("AES_256", "AES_1"), "plan")
        .with_code(1)
        .complaining("invalid key_spec AES_1, expected one of [AES_256 AES_128]");
    if let Some(tofu) = crate::beside_tofu::tofu() {
        crate::beside_tofu::in_turns(&tofu, &somewhere(), &settings(&key));
    }
}
