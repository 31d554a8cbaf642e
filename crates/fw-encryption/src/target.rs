//! What a kind of file is encrypted with: a method, and others that what was written before may have been encrypted with.

use std::sync::{Mutex, OnceLock, PoisonError};

use fw_store::{Cipher, Opened};
use serde::Deserialize;

use crate::envelope::{Envelope, Meta, Readable};
use crate::keys::{Failure, Key};
use crate::method::{Method, Sealing};

/// What is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    State,
    Plan,
}

/// What a kind of file is encrypted with.
#[derive(Debug)]
pub struct Target {
    /// `state`, `plan`, `remote.default`
    name: String,
    content: Content,
    /// The first encrypts; the others are tried too.
    methods: Vec<Method>,
    /// The key that encrypts and what is stored of it, once it was asked for. One for all that is written: a service that
    /// gives keys may be out of reach when a state must be saved, and keys take a while to make.
    sealing: OnceLock<Result<Sealing, Failure>>,
    /// Keys that have decrypted, with what was stored of them.
    opened: Mutex<Vec<Known>>,
}

/// A key that has decrypted something.
#[derive(Debug)]
struct Known {
    meta: Meta,
    method: usize,
    key: Option<Key>,
}

impl Target {
    pub(crate) fn new(name: &str, content: Content, methods: Vec<Method>) -> Self {
        Self { name: name.to_owned(), content, methods, sealing: OnceLock::new(), opened: Mutex::default() }
    }

    /// Asks for the key to encrypt with where somebody might refuse it, so that this is known before anything is done.
    pub(crate) fn prepare(&self) -> Result<(), Failure> {
        match self.methods.first() {
            Some(method) if method.asks_others() => self.key(method).map(drop).map_err(Failure::clone),
            Some(_) | None => Ok(()),
        }
    }

    fn key(&self, method: &Method) -> Result<&Sealing, &Failure> {
        self.sealing.get_or_init(|| method.sealing()).as_ref()
    }

    /// Whether what is written is encrypted.
    #[must_use]
    pub fn is_encrypting(&self) -> bool {
        !matches!(self.methods.first(), None | Some(Method::Unencrypted))
    }

    /// What is not encrypted: it must look like what it should be, and be allowed.
    fn plain(&self, content: &[u8]) -> Result<Opened, String> {
        self.content.recognise(content)?;
        let is_allowed = self.methods.iter().any(|method| matches!(method, Method::Unencrypted));
        if !is_allowed {
            return Err("encountered unencrypted payload without unencrypted method configured".to_owned());
        }
        Ok(Opened { plain: content.to_vec(), is_current: !self.is_encrypting() })
    }

    /// Decrypts with one of the methods; nothing if it decrypts nothing at all.
    fn try_open(&self, at: usize, method: &Method, envelope: &Envelope) -> Option<Result<Vec<u8>, String>> {
        if matches!(method, Method::Unencrypted) {
            return None;
        }
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = opened.iter().find(|known| known.method == at && known.meta == envelope.meta) {
            return Some(method.open(known.key.as_ref(), &envelope.data).map_err(failed));
        }
        let key = match method.opening(&envelope.meta) {
            Ok(Some(key)) => key,
            Ok(None) => return Some(Err("no decryption key available".to_owned())),
            Err(failure) => return Some(Err(failure.to_string())),
        };
        let plain = method.open(key.as_ref(), &envelope.data);
        if plain.is_ok() {
            opened.push(Known { meta: envelope.meta.clone(), method: at, key });
        }
        Some(plain.map_err(failed))
    }
}

fn failed(why: String) -> String {
    format!("decryption failed: {why}")
}

impl Cipher for Target {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, String> {
        let Some(method) = self.methods.first().filter(|_| self.is_encrypting()) else { return Ok(plain.to_vec()) };
        let failed = |why: String| format!("encryption failed for {}: {why}", self.name);
        let (key, meta) = self.key(method).map_err(|failure| failed(failure.to_string()))?;
        let data = method.seal(key.as_ref(), plain).map_err(|why| failed(format!("encryption failed: {why}")))?;
        Ok(Envelope { meta: meta.clone(), data, readable: self.content.readable(plain) }.to_bytes())
    }

    fn open(&self, sealed: &[u8]) -> Result<Opened, String> {
        let Some(envelope) = Envelope::read(sealed)? else { return self.plain(sealed) };
        let mut problems = vec!["decryption failed for all provided methods".to_owned()];
        for (at, method) in self.methods.iter().enumerate() {
            match self.try_open(at, method, &envelope) {
                None => {}
                Some(Ok(plain)) => {
                    self.content.check(&envelope, &plain)?;
                    return Ok(Opened { plain, is_current: at == 0 });
                }
                Some(Err(why)) => problems.push(format!("attempted decryption failed for {}: {why}", self.name)),
            }
        }
        Err(problems.join("\n"))
    }
}

/// What tells that a file is a state.
#[derive(Deserialize)]
struct StateLike {
    #[serde(default)]
    terraform_version: String,
}

impl Content {
    fn readable(self, plain: &[u8]) -> Readable {
        match self {
            Self::State => serde_json::from_slice(plain).unwrap_or_default(),
            Self::Plan => Readable::default(),
        }
    }

    /// Says why bytes that are not encrypted are not what they should be.
    fn recognise(self, content: &[u8]) -> Result<(), String> {
        let why = match self {
            Self::State => match serde_json::from_slice::<StateLike>(content) {
                Ok(state) if !state.terraform_version.is_empty() => return Ok(()),
                Ok(_) => "Given payload is not a state file",
                Err(error) => return Err(format!("invalid data format for decryption: {}", problem(&error))),
            },
            Self::Plan if content.starts_with(b"PK") => return Ok(()),
            Self::Plan => "Invalid plan file",
        };
        Err(format!("unable to determine data structure during decryption: {why}"))
    }

    /// What could be read all the time must be what was encrypted.
    fn check(self, envelope: &Envelope, plain: &[u8]) -> Result<(), String> {
        let (inside, outside) = (self.readable(plain), &envelope.readable);
        if let (Some(outside), Some(inside)) = (outside.serial, inside.serial)
            && outside != inside
        {
            return Err(format!("invalid state metadata, serial field mismatch {outside} vs {inside}"));
        }
        if let Some(outside) = outside.lineage.as_deref().filter(|lineage| !lineage.is_empty())
            && inside.lineage.as_deref() != Some(outside)
        {
            let inside = inside.lineage.unwrap_or_default();
            return Err(format!("invalid state metadata, linage field mismatch {outside} vs {inside}"));
        }
        Ok(())
    }
}

/// What is wrong with JSON, without its content.
fn problem(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "unexpected end of JSON input".to_owned();
    }
    format!("line {} column {}", error.line(), error.column())
}
