//! Server-sent events, as they come in.

use reqwest::Response;
use serde_json::Value;

use crate::api::{Api, ApiError};

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: Value,
}

/// Reads events off an answer.
pub(crate) struct Events<'a> {
    api: &'a Api,
    answer: Response,
    /// What came after the last whole event. Bytes, as a character may be cut in two.
    rest: Vec<u8>,
}

impl<'a> Events<'a> {
    pub(crate) const fn new(api: &'a Api, answer: Response) -> Self {
        Self { api, answer, rest: Vec::new() }
    }

    /// The next one; nothing at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Event>, ApiError> {
        loop {
            while let Some(block) = take_block(&mut self.rest) {
                if let Some(event) = parse(&block) {
                    return Ok(Some(event));
                }
            }
            match self.answer.chunk().await.map_err(|error| self.api.unreachable(&error))? {
                Some(chunk) => self.rest.extend_from_slice(&chunk),
                None => return Ok(None),
            }
        }
    }
}

/// Takes the text up to an empty line.
fn take_block(rest: &mut Vec<u8>) -> Option<String> {
    let end = rest.windows(2).position(|pair| pair == b"\n\n")?;
    let block: Vec<u8> = rest.drain(..end + 2).collect();
    Some(String::from_utf8_lossy(&block).into_owned())
}

/// Comments, which keep a connection alive, are no events.
fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| {
        block
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(|value| value.trim_start().to_owned())
    };
    let data = serde_json::from_str(&field("data")?).unwrap_or_default();
    Some(Event { name: field("event").unwrap_or_else(|| "message".to_owned()), data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_taken_as_they_become_whole() {
        let mut rest = b": alive\n\nevent: log\nid: 1.2\ndata: {\"text\":\"h".to_vec();
        assert_eq!(parse(&take_block(&mut rest).unwrap()), None);
        assert_eq!(take_block(&mut rest), None);
        rest.extend_from_slice("\u{e4}\"}\n\nevent: end".as_bytes());
        let event = parse(&take_block(&mut rest).unwrap()).unwrap();
        assert_eq!((event.name.as_str(), event.data["text"].as_str()), ("log", Some("h\u{e4}")));
    }
}
