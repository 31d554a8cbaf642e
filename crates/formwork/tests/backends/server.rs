//! A server that keeps states for the backend "http".

use std::collections::BTreeMap;

use crate::listener::{Answer, Request, Running, Service};

/// What a server holds.
#[derive(Default)]
pub(crate) struct Held {
    /// States by path.
    pub(crate) states: BTreeMap<String, Vec<u8>>,
    /// Locks by path.
    pub(crate) locks: BTreeMap<String, Vec<u8>>,
    /// `METHOD path` of all requests.
    pub(crate) requests: Vec<String>,
    /// What `Authorization` said last.
    pub(crate) authorization: Option<String>,
    /// Requests of this method get this status.
    pub(crate) refusal: Option<(String, u16)>,
}

pub(crate) type Server = Running<Held>;

impl Server {
    /// The state at a path.
    pub(crate) fn state(&self, path: &str) -> String {
        self.service().states.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
    }

    /// A backend block with a lock.
    pub(crate) fn block(&self, name: &str) -> String {
        let at = format!("{}/{name}", self.address);
        format!(
            "backend \"http\" {{\n  address = \"{at}\"\n  lock_address = \"{at}\"\n  unlock_address = \"{at}\"\n  \
             retry_max = 0\n}}"
        )
    }
}

impl Service for Held {
    fn answer(&mut self, request: &Request) -> Answer {
        let (method, path) = (request.method.as_str(), request.path.clone());
        self.requests.push(format!("{method} {path}"));
        self.authorization = request.headers.get("authorization").cloned();
        if let Some((_, status)) = self.refusal.as_ref().filter(|(refused, _)| refused == method) {
            return Answer::new(*status, "");
        }
        match method {
            "GET" => self.states.get(&path).map_or(Answer::new(404, ""), |state| Answer::new(200, state.clone())),
            "POST" | "PUT" => {
                self.states.insert(path, request.body.clone());
                Answer::new(200, "")
            }
            "LOCK" => match self.locks.get(&path) {
                Some(holder) => Answer::new(423, holder.clone()),
                None => {
                    self.locks.insert(path, request.body.clone());
                    Answer::new(200, "")
                }
            },
            "UNLOCK" => {
                self.locks.remove(&path);
                Answer::new(200, "")
            }
            _ => Answer::new(405, ""),
        }
    }
}
