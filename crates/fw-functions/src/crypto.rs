//! Hashes, UUIDs, passwords and keys.

use fw_value::{Type, Value};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::define::{CallResult, fail, fail_at, function, number, string_result, text};
use crate::files::read;
use crate::function::{Call, CallError, Function};
use crate::go::rsa::PrivateKey;
use crate::go::text::quote;
use crate::go::{base64, bcrypt, uuid};

pub(crate) fn functions() -> Vec<Function> {
    let mut all = hashes();
    all.extend(file_hashes());
    all.extend(others());
    all
}

fn hex_of<D: Digest>(bytes: &[u8]) -> String {
    hex::encode(D::digest(bytes))
}

fn base64_of<D: Digest>(bytes: &[u8]) -> String {
    base64::encode(&D::digest(bytes))
}

fn of_string(call: &Call<'_>, hash: fn(&[u8]) -> String) -> CallResult {
    Ok(hash(call.text(0).as_bytes()).into())
}

fn of_file(call: &Call<'_>, hash: fn(&[u8]) -> String) -> CallResult {
    match read(call.environment, call.text(0)) {
        Ok(bytes) => Ok(hash(&bytes).into()),
        Err(error) => fail(error.plain),
    }
}

fn hashes() -> Vec<Function> {
    let hash =
        |name, description, implementation| function(name, description, [text("str")], string_result, implementation);
    vec![
        hash("md5", "`md5` gives the MD5 hash of a string in hexadecimal digits.", |call, _| {
            of_string(call, hex_of::<Md5>)
        }),
        hash("sha1", "`sha1` gives the SHA-1 hash of a string in hexadecimal digits.", |call, _| {
            of_string(call, hex_of::<Sha1>)
        }),
        hash("sha256", "`sha256` gives the SHA-256 hash of a string in hexadecimal digits.", |call, _| {
            of_string(call, hex_of::<Sha256>)
        }),
        hash("sha512", "`sha512` gives the SHA-512 hash of a string in hexadecimal digits.", |call, _| {
            of_string(call, hex_of::<Sha512>)
        }),
        hash("base64sha256", "`base64sha256` gives the bytes of the SHA-256 hash of a string in Base64.", |call, _| {
            of_string(call, base64_of::<Sha256>)
        }),
        hash("base64sha512", "`base64sha512` gives the bytes of the SHA-512 hash of a string in Base64.", |call, _| {
            of_string(call, base64_of::<Sha512>)
        }),
    ]
}

fn file_hashes() -> Vec<Function> {
    let hash =
        |name, description, implementation| function(name, description, [text("path")], string_result, implementation);
    vec![
        hash("filemd5", "`filemd5` is `md5` of what is in a file.", |call, _| of_file(call, hex_of::<Md5>)),
        hash("filesha1", "`filesha1` is `sha1` of what is in a file.", |call, _| of_file(call, hex_of::<Sha1>)),
        hash("filesha256", "`filesha256` is `sha256` of what is in a file.", |call, _| of_file(call, hex_of::<Sha256>)),
        hash("filesha512", "`filesha512` is `sha512` of what is in a file.", |call, _| of_file(call, hex_of::<Sha512>)),
        hash("filebase64sha256", "`filebase64sha256` is `base64sha256` of what is in a file.", |call, _| {
            of_file(call, base64_of::<Sha256>)
        }),
        hash("filebase64sha512", "`filebase64sha512` is `base64sha512` of what is in a file.", |call, _| {
            of_file(call, base64_of::<Sha512>)
        }),
    ]
}

fn others() -> Vec<Function> {
    vec![
        function("uuid", "`uuid` makes a random identifier.", [], string_result, |call, _| {
            let mut bytes = [0; 16];
            Ok(match call.environment.random(&mut bytes) {
                Some(()) => uuid::text(&bytes).into(),
                None => Value::unknown(Type::String),
            })
        }),
        function(
            "uuidv5",
            "`uuidv5` makes the identifier that belongs to a name in a namespace (version 5 of RFC 4122).",
            [text("namespace"), text("name")],
            string_result,
            uuid_of_name,
        ),
        function(
            "bcrypt",
            "`bcrypt` hashes a password with the Blowfish cipher.",
            [text("str")],
            string_result,
            hash_password,
        )
        .variadic(number("cost").describe("How much work it is to be; 10 if not given.")),
        function(
            "rsadecrypt",
            "`rsadecrypt` decrypts what was encrypted for an RSA key.",
            [text("ciphertext"), text("privatekey")],
            string_result,
            decrypt,
        ),
    ]
}

/// The namespaces RFC 4122 has names for.
fn well_known_namespace(name: &str) -> Option<&'static str> {
    Some(match name {
        "dns" => "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "url" => "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
        "oid" => "6ba7b812-9dad-11d1-80b4-00c04fd430c8",
        "x500" => "6ba7b814-9dad-11d1-80b4-00c04fd430c8",
        _ => return None,
    })
}

fn uuid_of_name(call: &Call<'_>, _: &Type) -> CallResult {
    let namespace = call.text(0);
    match uuid::parse(well_known_namespace(namespace).unwrap_or(namespace)) {
        Ok(bytes) => Ok(uuid::text(&uuid::of_name(&bytes, call.text(1))).into()),
        Err(problem) => fail(format!("uuidv5() doesn't support namespace {namespace} ({problem})")),
    }
}

fn hash_password(call: &Call<'_>, _: &Type) -> CallResult {
    let cost = match call.arguments.len() {
        0 | 1 => 10,
        2 => call.integer(1).map_err(CallError::Call)?,
        _ => return fail("bcrypt() takes no more than two arguments"),
    };
    let mut salt = [0; 16];
    if call.environment.random(&mut salt).is_none() {
        return Ok(Value::unknown(Type::String));
    }
    match bcrypt::hash(call.text(0), cost, salt) {
        Ok(hash) => Ok(hash.into()),
        Err(problem) => fail(format!("error occurred generating password {problem}")),
    }
}

fn decrypt(call: &Call<'_>, _: &Type) -> CallResult {
    let Ok(ciphertext) = base64::decode(call.text(0)) else {
        let shown = quote(call.text(0));
        return fail_at(0, format!("failed to decode input {shown}: cipher text must be base64-encoded"));
    };
    let key = PrivateKey::parse(call.text(1)).map_err(|problem| CallError::Argument(1, problem))?;
    match key.decrypt(&ciphertext) {
        // Values are text; bytes that are none are replaced, as everywhere in the language.
        Some(message) => Ok(String::from_utf8_lossy(&message).into_owned().into()),
        None => fail("failed to decrypt: crypto/rsa: decryption error"),
    }
}
