//! Reads the stored form piece by piece.

use std::sync::Arc;

use aws_lc_rs::aead::{Aad, LessSafeKey};
use bytes::{Buf, Bytes, BytesMut};

use super::{FRAME, MAGIC, PLAIN, SEALED, TAG, cipher, nonce};
use crate::digest::Hasher;
use crate::keys::KeySource;
use crate::{Digest, Error};

/// Turns stored bytes into content and checks that it is the content of a digest.
pub(crate) struct Reader {
    digest: Digest,
    keys: Option<Arc<dyn KeySource>>,
    hasher: Hasher,
    buffer: BytesMut,
    state: State,
}

enum State {
    Header,
    Plain,
    Sealed(Box<LessSafeKey>, u64),
}

/// The parts of a header that say how to decrypt.
struct Sealing {
    id: String,
    wrapped: Bytes,
    salt: Bytes,
    header: Bytes,
}

enum Header {
    Incomplete,
    Plain,
    Sealed(Sealing),
}

impl Reader {
    pub(crate) fn new(digest: Digest, keys: Option<Arc<dyn KeySource>>) -> Self {
        Self { digest, keys, hasher: Hasher::new(), buffer: BytesMut::new(), state: State::Header }
    }

    fn damaged(&self, reason: &'static str) -> Error {
        Error::Damaged { digest: self.digest, reason }
    }

    /// Takes stored bytes and gives the content that is certain by now.
    pub(crate) async fn push(&mut self, piece: &[u8]) -> Result<Bytes, Error> {
        self.buffer.extend_from_slice(piece);
        if matches!(self.state, State::Header) {
            match header(&mut self.buffer).map_err(|reason| self.damaged(reason))? {
                Header::Incomplete => return Ok(Bytes::new()),
                Header::Plain => self.state = State::Plain,
                Header::Sealed(sealing) => {
                    let Some(keys) = &self.keys else {
                        let reason = "the object is encrypted, and no keys are given".to_owned();
                        return Err(Error::Key { id: sealing.id, reason });
                    };
                    let key = keys.find(&sealing.id, &sealing.wrapped).await?;
                    let cipher = cipher(&key, &sealing.salt, &sealing.header);
                    self.state = State::Sealed(Box::new(cipher), 0);
                }
            }
        }
        self.take(false)
    }

    /// The rest of the content, after the last stored byte, whatever its digest is: what is sealed can't have been changed.
    pub(crate) fn finish_unnamed(mut self) -> Result<Bytes, Error> {
        self.take(true)
    }

    /// The rest of the content, after the last stored byte.
    pub(crate) fn finish(mut self) -> Result<Bytes, Error> {
        let rest = self.take(true)?;
        if self.hasher.finish() != self.digest {
            return Err(Error::Damaged { digest: self.digest, reason: "its content is that of another digest" });
        }
        Ok(rest)
    }

    fn take(&mut self, end: bool) -> Result<Bytes, Error> {
        let content = match &mut self.state {
            State::Header => return Err(self.damaged("it ends within its header")),
            State::Plain => self.buffer.split().freeze(),
            State::Sealed(key, number) => {
                let opened = open(key, number, &mut self.buffer, end);
                opened.map_err(|reason| self.damaged(reason))?
            }
        };
        self.hasher.update(&content);
        Ok(content)
    }
}

/// Opens all frames that are whole; more must follow a frame for it not to be the last one.
fn open(key: &LessSafeKey, number: &mut u64, buffer: &mut BytesMut, end: bool) -> Result<Bytes, &'static str> {
    const WRONG: &str = "it was changed, or its key is another one";
    let mut content = BytesMut::new();
    while buffer.len() > FRAME + TAG {
        let mut frame = buffer.split_to(FRAME + TAG);
        key.open_in_place(nonce(*number, false), Aad::empty(), &mut frame).map_err(|_unspecified| WRONG)?;
        frame.truncate(FRAME);
        content.extend_from_slice(&frame);
        *number += 1;
    }
    if end {
        let mut frame = buffer.split();
        key.open_in_place(nonce(*number, true), Aad::empty(), &mut frame).map_err(|_unspecified| WRONG)?;
        frame.truncate(frame.len().saturating_sub(TAG));
        content.extend_from_slice(&frame);
    }
    Ok(content.freeze())
}

/// Takes the header off a buffer when it is whole.
fn header(buffer: &mut BytesMut) -> Result<Header, &'static str> {
    let mut rest: &[u8] = buffer;
    let Some((start, after)) = rest.split_at_checked(MAGIC.len() + 1) else { return Ok(Header::Incomplete) };
    if !start.starts_with(MAGIC) {
        return Err("it does not start as objects do");
    }
    rest = after;
    match start.last() {
        Some(&PLAIN) => {
            buffer.advance(MAGIC.len() + 1);
            return Ok(Header::Plain);
        }
        Some(&SEALED) => {}
        Some(_) | None => return Err("it is of a kind that this version does not know"),
    }
    let (Some(id), Some(wrapped)) = (part(&mut rest), part(&mut rest)) else { return Ok(Header::Incomplete) };
    let Some((salt, rest)) = rest.split_at_checked(32) else { return Ok(Header::Incomplete) };
    let id = String::from_utf8(id.to_vec()).map_err(|_utf8| "the id of its key is not a text")?;
    let (wrapped, salt) = (Bytes::copy_from_slice(wrapped), Bytes::copy_from_slice(salt));
    let header = buffer.split_to(buffer.len() - rest.len()).freeze();
    Ok(Header::Sealed(Sealing { id, wrapped, salt, header }))
}

/// A part after its length.
fn part<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, after) = rest.split_first_chunk::<2>()?;
    let (part, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *rest = after;
    Some(part)
}
