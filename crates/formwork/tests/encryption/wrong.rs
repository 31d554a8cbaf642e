//! What is refused, and that no message has a key or a passphrase in it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::directory::Directory;
use crate::{PASSPHRASE, SECRET, passphrase, secretive, target, usual, with};

/// A directory with an encrypted state.
fn encrypted() -> Directory {
    let directory = secretive();
    with(&directory, &usual(), "apply -auto-approve").with_code(0);
    directory
}

/// That a command fails so, shows no secret and leaves the state as it is.
#[track_caller]
fn refused(directory: &Directory, encryption: &str, why: &str) {
    let before = directory.read("terraform.tfstate");
    for line in ["plan", "plan -json", "apply -auto-approve", "output", "state list", "state rm terraform_data.a"] {
        let ended = with(directory, encryption, line).with_code(1);
        let said = format!("{}{}", ended.out, ended.err);
        let joined = said.replace("\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(joined.contains(why), "{line}: no {why:?} in {said}");
        assert!(!said.contains(PASSPHRASE) && !said.contains(SECRET) && !said.contains("horse"), "{line}: {said}");
    }
    assert_eq!(directory.read("terraform.tfstate"), before);
    assert!(!directory.has(".terraform.tfstate.lock.info"));
}

#[test]
fn states_that_cannot_be_decrypted() {
    let directory = encrypted();
    let wrong = passphrase("k", "incorrect-horse-battery") + &target("state", &["aes_gcm.k"], "");
    refused(&directory, &wrong, "cipher: message authentication failed");
    refused(&directory, "", "This state file is encrypted and can not be read without an encryption configuration");
    let other = passphrase("other", PASSPHRASE) + &target("state", &["aes_gcm.other"], "");
    refused(&directory, &other, "no decryption key available");
}

#[test]
fn states_that_somebody_has_touched() {
    let directory = encrypted();
    let good = directory.read("terraform.tfstate");
    let change = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut json = serde_json::from_str(&good).expect("it is JSON");
        change(&mut json);
        directory.write("terraform.tfstate", &json.to_string());
    };
    directory.write("terraform.tfstate", good.get(..good.len() / 2).expect("it is ASCII"));
    refused(&directory, &usual(), "invalid data format for decryption: unexpected end of JSON input");
    change(&|json| {
        let data = json["encrypted_data"].as_str().expect("it is text");
        let mut data = STANDARD.decode(data).expect("it is base64");
        data[40] ^= 1;
        json["encrypted_data"] = STANDARD.encode(data).into();
    });
    refused(&directory, &usual(), "cipher: message authentication failed");
    change(&|json| json["encrypted_data"] = "AAAA".into());
    refused(&directory, &usual(), "cannot decrypt data because it is too small (likely data corruption)");
    change(&|json| json["serial"] = 99.into());
    refused(&directory, &usual(), "invalid state metadata, serial field mismatch 99 vs 1");
    change(&|json| json["meta"] = serde_json::json!({}));
    refused(&directory, &usual(), "no decryption key available");
    change(&|json| json["encryption_version"] = "v9".into());
    refused(&directory, &usual(), "invalid encrypted payload version: v9 != v0");
    change(&|json| {
        // Numbers of a stranger must not keep us busy for days.
        let meta = "{\"salt\":\"AAAA\",\"iterations\":4000000000,\"hash_function\":\"sha512\",\"key_length\":32}";
        json["meta"]["key_provider.pbkdf2.k"] = STANDARD.encode(meta).into();
    });
    refused(&directory, &usual(), "invalid number of iterations (4000000000)");
    directory.write("terraform.tfstate", "{\"a\":1}");
    refused(&directory, &usual(), "Given payload is not a state file");
}

#[test]
fn plain_text_where_it_is_not_allowed() {
    let directory = secretive();
    directory.run("apply -auto-approve").with_code(0);
    directory.run("plan -out=planned").with_code(0);
    let plain = "encountered unencrypted payload without unencrypted method configured";
    refused(&directory, &usual(), plain);
    with(&directory, &usual(), "apply planned").with_code(1).complaining(plain);
    with(&directory, &usual(), "show planned").with_code(1).complaining(plain);
    let enforced = passphrase("k", PASSPHRASE)
        + "method \"unencrypted\" \"u\" {}\n"
        + &target("state", &["aes_gcm.k", "unencrypted.u"], "  enforced = true\n");
    refused(&directory, &enforced, "Unable to use unencrypted method since the enforced flag is set.");
}

#[test]
fn plans_that_cannot_be_decrypted() {
    let directory = encrypted();
    with(&directory, &usual(), "plan -out=planned").with_code(0);
    let needed = "the given plan file is encrypted and requires a valid encryption configuration to decrypt";
    directory.run("apply -no-color planned").with_code(1).complaining(needed);
    directory.run("show -no-color planned").with_code(1).complaining(needed);
    let wrong = passphrase("k", "incorrect-horse-battery") + &target("plan", &["aes_gcm.k"], "");
    with(&directory, &wrong, "apply planned").with_code(1).complaining("message authentication failed");
    with(&directory, &wrong, "graph -plan=planned").with_code(1).complaining("message authentication failed");
}

#[test]
fn configurations_that_are_wrong() {
    let directory = secretive();
    let state = target("state", &["aes_gcm.k"], "");
    let with_provider = |provider: &str| {
        let method = "method \"aes_gcm\" \"k\" {\n  keys = key_provider.pbkdf2.k\n}\n";
        format!("key_provider \"pbkdf2\" \"k\" {{\n{provider}\n}}\n{method}{state}")
    };
    let cases = [
        ("foo {}".to_owned(), "Blocks of type \"foo\" are not expected here."),
        (usual() + "key_provider \"pbkdf2\" \"k\" {}\n", "Found multiple instances of key_provider.pbkdf2.k"),
        (state.clone(), "There is no method \"aes_gcm\" \"k\" block declared in the encryption block."),
        ("state {}".to_owned(), "A single static variable reference is required"),
        ("state {\n  method = var.secret\n}".to_owned(), "Expected method of form method.<type>.<name>"),
        (with_provider("passphrase = \"short-horse\""), "passphrase is too short (minimum 16 characters)"),
        (with_provider(""), "no passphrase provided and no chained provider defined"),
        (with_provider("passphrase = [\"long-horse-battery\"]"), "string required"),
        (with_provider("passphrase = terraform_data.a.id"), "in static context, which is required by encryption"),
        (
            with_provider("passphrase = \"long-horse-battery\"\niterations = 1000"),
            "the number of iterations is dangerously low (<200000), refusing to generate key",
        ),
        (
            with_provider("passphrase = \"long-horse-battery\"\nhash_function = \"md5\""),
            "invalid hash function name: md5",
        ),
        (
            with_provider("passphrase = \"long-horse-battery\"\nkey_length = 20"),
            "AES-GCM requires the key length to be one of: 16, 24, 32, received 20 bytes in the encryption key",
        ),
        (with_provider("chain = key_provider.pbkdf2.k"), "due to circular reference between key providers"),
        (usual().replace("pbkdf2", "nothing"), "key provider with ID nothing not found"),
        (usual().replace("aes_gcm", "nothing"), "encryption method with ID nothing not found"),
        ("{\"state\": {\"method\": 1}".to_owned(), "JSON"),
    ];
    for (encryption, why) in cases {
        let ended = with(&directory, &encryption, "apply -auto-approve").with_code(1);
        let joined = ended.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(joined.contains(why), "no {why:?} in {}", ended.err);
        assert!(!ended.err.contains("horse"), "{}", ended.err);
    }
    assert!(!directory.has("terraform.tfstate"));
}
