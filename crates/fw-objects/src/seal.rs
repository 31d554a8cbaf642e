//! How an object's bytes are stored.
//!
//! A header, then the content. The header is `FWO`, the version of the format (1) and a kind: 0, the content follows as it
//! is; 1, it is encrypted, and the header goes on with the key's id and wrapped form, each after its length in two bytes, and
//! 32 random bytes. Encrypted content is cut into frames of 64 KiB, each sealed with AES-256-GCM under a key that is
//! derived (HKDF-SHA256) from the data key, the random bytes and the whole header; a frame's nonce is its number and whether
//! it is the last. So frames can be read one by one, and can't be left out, exchanged or cut off.

mod reading;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use bytes::{BufMut, Bytes, BytesMut};

pub(crate) use reading::Reader;

use crate::keys::{DataKey, random};

const MAGIC: &[u8; 4] = b"FWO\x01";
const PLAIN: u8 = 0;
const SEALED: u8 = 1;
const FRAME: usize = 64 * 1024;
const TAG: usize = 16;

/// The stored form of a content.
pub(crate) fn seal(content: &[u8], key: Option<&DataKey>) -> Bytes {
    let mut out = BytesMut::with_capacity(content.len() + content.len() / FRAME * TAG + 512);
    out.put_slice(MAGIC);
    let Some(key) = key else {
        out.put_u8(PLAIN);
        out.put_slice(content);
        return out.freeze();
    };
    let salt = random::<32>();
    out.put_u8(SEALED);
    for part in [key.id.as_bytes(), &key.wrapped] {
        out.put_u16(u16::try_from(part.len()).expect("ids and wrapped keys are short"));
        out.put_slice(part);
    }
    out.put_slice(&salt);
    let cipher = cipher(key, &salt, &out);
    let mut frames = content.chunks(FRAME).peekable();
    let mut number = 0;
    loop {
        let frame = frames.next().unwrap_or_default();
        let last = frames.peek().is_none();
        let start = out.len();
        out.put_slice(frame);
        let mut body = out.split_off(start);
        let tag = cipher.seal_in_place_separate_tag(nonce(number, last), Aad::empty(), &mut body);
        out.unsplit(body);
        out.put_slice(tag.expect("a frame is far below the cipher's limit").as_ref());
        if last {
            return out.freeze();
        }
        number += 1;
    }
}

fn nonce(number: u64, last: bool) -> Nonce {
    let mut bytes = [0; 12];
    let (_, tail) = bytes.split_at_mut(3);
    let (counter, flag) = tail.split_at_mut(8);
    counter.copy_from_slice(&number.to_be_bytes());
    flag.fill(u8::from(last));
    Nonce::assume_unique_for_key(bytes)
}

/// Invariant: the random bytes make each object's key its own, so that nonces may start at zero.
fn cipher(key: &DataKey, salt: &[u8], header: &[u8]) -> LessSafeKey {
    let derived = Salt::new(HKDF_SHA256, salt).extract(&key.secret);
    let context = [b"formwork object".as_slice(), header];
    let derived = derived.expand(&context, &AES_256_GCM).expect("one block is asked for");
    LessSafeKey::new(UnboundKey::from(derived))
}
