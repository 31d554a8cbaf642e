//! Stores of every kind: what goes in comes out, is durable, encrypted, checked, and goes when nobody needs it.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, as it should")]

use std::fs::{File, FileTimes};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::TryStreamExt;
use fw_objects::keys::{self, LocalKeys};
use fw_objects::{Digest, Error, KeySource, Objects};

const CREDENTIALS: &str = "access_key_id=test&secret_access_key=test";
const DAY: Duration = Duration::from_secs(24 * 3600);

fn some_keys(text: &str) -> Option<Arc<dyn KeySource>> {
    Some(Arc::new(LocalKeys::parse(text).unwrap()))
}

/// Around the size of a frame, and none at all.
fn contents() -> Vec<Vec<u8>> {
    let sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 400_000];
    sizes.iter().map(|&size| (0..size).map(|i: u32| i.to_le_bytes()[0] ^ i.to_le_bytes()[1]).collect()).collect()
}

async fn comes_back(objects: &Objects) {
    let mut stored = Vec::new();
    for content in contents() {
        let digest = objects.put(content.clone()).await.unwrap();
        assert_eq!(digest, Digest::of(&content));
        assert_eq!(objects.put(content.clone()).await.unwrap(), digest, "again");
        assert_eq!(objects.get(digest).await.unwrap().unwrap(), content);
        let pieces: Vec<_> = objects.stream(digest).await.unwrap().unwrap().try_collect().await.unwrap();
        assert_eq!(pieces.concat(), content);
        assert!(objects.head(digest).await.unwrap().unwrap().stored_size >= content.len() as u64);
        stored.push(digest);
    }
    let mut listed: Vec<_> = objects.list().map_ok(|entry| entry.digest).try_collect().await.unwrap();
    listed.sort();
    stored.sort();
    assert_eq!(listed, stored);
    let gone = stored[0];
    objects.delete(gone).await.unwrap();
    objects.delete(gone).await.unwrap();
    assert!(objects.get(gone).await.unwrap().is_none());
    assert!(objects.head(gone).await.unwrap().is_none());
    objects.check().await.unwrap();
}

async fn in_directory(directory: &Path, keys: Option<Arc<dyn KeySource>>) -> Objects {
    Objects::open(&format!("file://{}", directory.display()), keys).await.unwrap()
}

fn file_of(directory: &Path, digest: Digest) -> PathBuf {
    let name = digest.to_string();
    let (shelf, rest) = name.split_at(2);
    directory.join(shelf).join(rest)
}

#[tokio::test]
async fn memory_and_directory_keep_objects() {
    comes_back(&Objects::memory()).await;
    comes_back(&Objects::open("memory:", some_keys(&keys::generate())).await.unwrap()).await;
    let directory = tempfile::tempdir().unwrap();
    comes_back(&in_directory(&directory.path().join("plain"), None).await).await;
    comes_back(&in_directory(&directory.path().join("sealed"), some_keys(&keys::generate())).await).await;
}

#[tokio::test]
async fn s3_keeps_objects_in_a_bucket_that_it_makes() {
    let Some((endpoint, bucket)) = emulator() else { return };
    let address = format!("s3://{bucket}/some/prefix?endpoint={endpoint}&region=eu-central-1&{CREDENTIALS}");
    comes_back(&Objects::open(&address, some_keys(&keys::generate())).await.unwrap()).await;
    let again = Objects::open(&address, None).await.unwrap();
    assert_eq!(again.list().try_collect::<Vec<_>>().await.unwrap().len(), contents().len() - 1);
    let elsewhere = Objects::open(&address.replace("some/prefix", "other"), None).await.unwrap();
    assert!(elsewhere.list().try_collect::<Vec<_>>().await.unwrap().is_empty());
    let large = vec![7; 20 * 1024 * 1024];
    let digest = elsewhere.put(large.clone()).await.unwrap();
    assert!(elsewhere.get(digest).await.unwrap().unwrap() == large);
    let asked = reqwest::get(format!("{endpoint}/{bucket}?versioning")).await.unwrap();
    let versioning = asked.text().await.unwrap();
    assert!(versioning.contains("<Status>Enabled</Status>"), "{versioning}");
}

#[tokio::test]
async fn objects_in_s3_belong_to_one_installation() {
    let Some((endpoint, bucket)) = emulator() else { return };
    let place = |prefix: &str| {
        format!("s3://{bucket}/{prefix}?endpoint={endpoint}&region=eu-central-1&lock_table={bucket}&{CREDENTIALS}")
    };
    let ours = Objects::open(&place("a"), None).await.unwrap();
    ours.claim("one").await.unwrap();
    ours.claim("one").await.unwrap();
    let refused = Objects::open(&place("a"), None).await.unwrap().claim("two").await.unwrap_err();
    let cause = std::error::Error::source(&refused).unwrap().to_string();
    assert!(cause.contains(&format!("`{bucket}/a` belong to another installation")), "{cause}");
    Objects::open(&place("b"), None).await.unwrap().claim("two").await.unwrap();
    Objects::memory().claim("anybody").await.unwrap();
}

#[tokio::test]
async fn what_lies_there_tells_nothing_and_bears_no_change() {
    let directory = tempfile::tempdir().unwrap();
    let objects = in_directory(directory.path(), some_keys(&keys::generate())).await;
    let content = b"secret ".repeat(30_000);
    let digest = objects.put(content).await.unwrap();
    let file = file_of(directory.path(), digest);
    let stored = std::fs::read(&file).unwrap();
    assert!(!stored.windows(7).any(|window| window == b"secret "));

    let frame = 64 * 1024 + 16;
    let header = stored.len() - 3 * frame - (30_000 * 7 - 3 * 64 * 1024 + 16);
    let mut exchanged = stored.clone();
    exchanged[header..header + 2 * frame].rotate_left(frame);
    let mut flipped = stored.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut renamed = stored.clone();
    renamed[7] ^= 1;
    let cases = [
        ("exchanged frames", exchanged),
        ("a flipped bit", flipped),
        ("cut off after a frame", stored[..header + 2 * frame].to_vec()),
        ("cut off in the header", stored[..20].to_vec()),
        ("no header", b"something else".to_vec()),
        ("nothing", Vec::new()),
        ("another kind", b"FWO\x01\x07".to_vec()),
    ];
    for (name, damaged) in cases {
        std::fs::write(&file, damaged).unwrap();
        let told = objects.get(digest).await;
        assert!(matches!(told, Err(Error::Damaged { .. })), "{name}: {told:?}");
    }
    std::fs::write(&file, renamed).unwrap();
    assert!(matches!(objects.get(digest).await, Err(Error::Key { .. })));
    std::fs::write(&file, stored).unwrap();
    assert!(objects.get(digest).await.unwrap().is_some());
}

#[tokio::test]
async fn a_plain_object_of_another_content_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let objects = in_directory(directory.path(), None).await;
    let digest = objects.put("one").await.unwrap();
    std::fs::write(file_of(directory.path(), digest), b"FWO\x01\x00two").unwrap();
    assert!(matches!(objects.get(digest).await, Err(Error::Damaged { .. })));
}

#[tokio::test]
async fn keys_are_replaced_without_losing_what_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let (old, new) = (keys::generate(), format!("second:{}", keys::generate()));
    let plain = in_directory(directory.path(), None).await.put("before there were keys").await.unwrap();
    let first = in_directory(directory.path(), some_keys(&old)).await.put("first").await.unwrap();
    let both = in_directory(directory.path(), some_keys(&format!("# newest first\n{new}\n{old}"))).await;
    let second = both.put("second").await.unwrap();
    for digest in [plain, first, second] {
        assert!(both.get(digest).await.unwrap().is_some());
    }
    let only_new = in_directory(directory.path(), some_keys(&new)).await;
    assert!(only_new.get(second).await.unwrap().is_some());
    assert!(matches!(only_new.get(first).await, Err(Error::Key { .. })));
    assert!(matches!(in_directory(directory.path(), None).await.get(first).await, Err(Error::Key { .. })));
}

#[tokio::test]
async fn what_is_old_and_not_needed_is_collected() {
    let directory = tempfile::tempdir().unwrap();
    let objects = in_directory(directory.path(), None).await;
    let needed = objects.put("needed").await.unwrap();
    let (old, again) = (objects.put("old").await.unwrap(), objects.put("again").await.unwrap());
    for digest in [needed, old, again] {
        let file = File::options().write(true).open(file_of(directory.path(), digest)).unwrap();
        file.set_times(FileTimes::new().set_modified(SystemTime::now() - 3 * DAY)).unwrap();
    }
    let young = objects.put("young").await.unwrap();
    // Who stores it once more is about to need it.
    objects.put("again").await.unwrap();
    let collected = objects.collect(DAY, |digest| digest == needed).await.unwrap();
    assert_eq!((collected.seen, collected.deleted), (4, 1));
    assert!(objects.get(old).await.unwrap().is_none());
    for digest in [needed, again, young] {
        assert!(objects.get(digest).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn addresses_that_are_none_are_refused() {
    for address in ["", "objects", "http://host/x", "file://host/path", "s3:///x", "s3://bucket?region=a&colour=b"] {
        assert!(matches!(Objects::open(address, None).await, Err(Error::Address { .. })), "{address}");
    }
    assert!("AB".repeat(32).parse::<Digest>().is_err());
    assert!("ab".repeat(31).parse::<Digest>().is_err());
    for text in ["", "short", "id:AAAA", &format!("a:{0}a:{0}", keys::generate())] {
        assert!(LocalKeys::parse(text).is_err(), "{text}");
    }
}

/// The emulator of Amazon's services, where it is installed.
/// The address of an emulator of AWS, the first in `FORMWORK_TEST_AWS`, and a bucket that nobody has there; or nothing, which is
/// said.
#[expect(clippy::print_stdout, reason = "tests say what they skip")]
fn emulator() -> Option<(String, String)> {
    let named = std::env::var("FORMWORK_TEST_AWS").unwrap_or_default();
    let Some(endpoint) = named.split_whitespace().next() else {
        println!("skipped: no emulator of AWS. Name its address in FORMWORK_TEST_AWS.");
        return None;
    };
    // It stays longer than a test, and other tests have it as well.
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    Some((endpoint.to_owned(), format!("objects-{since}-{}", std::process::id())))
}

#[tokio::test]
async fn what_is_kept_elsewhere_is_sealed_as_objects_are() {
    let directory = tempfile::tempdir().unwrap();
    let keys = some_keys(&keys::generate());
    let objects = in_directory(directory.path(), keys).await;
    for content in contents() {
        let sealed = objects.seal(&content).await.unwrap().unwrap();
        assert_eq!(objects.unseal(&sealed).await.unwrap(), content);
        let mut changed = sealed.to_vec();
        *changed.last_mut().unwrap() ^= 1;
        assert!(matches!(objects.unseal(&changed).await, Err(Error::Damaged { .. })));
    }
    let sealed = objects.seal(b"x").await.unwrap().unwrap();
    let other = in_directory(directory.path(), some_keys(&keys::generate())).await;
    assert!(matches!(other.unseal(&sealed).await, Err(Error::Key { .. })));
    assert!(in_directory(directory.path(), None).await.seal(b"x").await.unwrap().is_none());
}

#[tokio::test]
async fn copies_are_encrypted_as_objects_are_there() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let from = in_directory(from.path(), some_keys(&keys::generate())).await;
    let mut digests = Vec::new();
    for content in contents() {
        digests.push(from.put(content).await.unwrap());
    }
    let there = in_directory(to.path(), some_keys(&keys::generate())).await;
    there.put(contents().remove(3)).await.unwrap();
    assert_eq!(from.copy_into(&there).await.unwrap(), digests.len() as u64 - 1);
    assert_eq!(from.copy_into(&there).await.unwrap(), 0);
    for (digest, content) in digests.into_iter().zip(contents()) {
        assert_eq!(there.get(digest).await.unwrap().unwrap(), content);
    }
}
