//! `consul`, on a server that keeps keys and sessions as an agent does.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::listener::{Answer, Request, Running, Service, unescaped};
use crate::together::share_a_backend;

#[derive(Default)]
struct Entry {
    value: String,
    index: u64,
    session: Option<String>,
    flags: u64,
}

#[derive(Default)]
struct Agent {
    keys: BTreeMap<String, Entry>,
    sessions: BTreeSet<String>,
    index: u64,
}

fn encoded(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |bits: u32| char::from(LETTERS[usize::try_from(bits & 63).expect("small")]);
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let at = |index: usize| u32::from(three.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        text.push(letter(bits >> 18));
        text.push(letter(bits >> 12));
        text.push(if three.len() > 1 { letter(bits >> 6) } else { '=' });
        text.push(if three.len() > 2 { letter(bits) } else { '=' });
    }
    text
}

impl Agent {
    fn store(&mut self, key: &str, value: String) -> u64 {
        self.index += 1;
        let entry = self.keys.entry(key.to_owned()).or_default();
        (entry.value, entry.index) = (value, self.index);
        self.index
    }

    fn end(&mut self, session: &str) {
        self.sessions.remove(session);
        for entry in self.keys.values_mut().filter(|entry| entry.session.as_deref() == Some(session)) {
            self.index += 1;
            entry.session = None;
        }
    }

    fn key(&mut self, request: &Request, key: &str) -> Answer {
        match request.method.as_str() {
            "GET" if request.query.contains_key("keys") => {
                let found: Vec<&String> = self.keys.keys().filter(|name| name.starts_with(key)).collect();
                if found.is_empty() { Answer::new(404, "") } else { Answer::json(200, &json!(found)) }
            }
            "GET" => {
                let entry = self.keys.get(key);
                entry.map_or(Answer::new(404, ""), |entry| {
                    let found = json!([{ "Key": key, "Value": entry.value, "ModifyIndex": entry.index, "CreateIndex": 1,
                        "LockIndex": 1, "Flags": entry.flags, "Session": entry.session.clone().unwrap_or_default() }]);
                    Answer::json(200, &found).with("X-Consul-Index", self.index.max(1))
                })
            }
            "PUT" => {
                if let Some(session) = request.query.get("acquire") {
                    let entry = self.keys.entry(key.to_owned()).or_default();
                    let free = entry.session.as_ref().is_none_or(|holder| holder == session);
                    if free {
                        entry.session = Some(session.clone());
                        entry.flags = request.query.get("flags").and_then(|text| text.parse().ok()).unwrap_or(0);
                        self.store(key, encoded(&request.body));
                    }
                    return Answer::json(200, &json!(free));
                }
                if let Some(session) = request.query.get("release") {
                    let entry = self.keys.entry(key.to_owned()).or_default();
                    let held = entry.session.as_ref() == Some(session);
                    if held {
                        entry.session = None;
                    }
                    return Answer::json(200, &json!(held));
                }
                self.store(key, encoded(&request.body));
                Answer::json(200, &json!(true))
            }
            "DELETE" if request.query.contains_key("recurse") => {
                self.keys.retain(|name, _| !name.starts_with(key));
                Answer::json(200, &json!(true))
            }
            "DELETE" => {
                self.keys.remove(key);
                Answer::json(200, &json!(true))
            }
            _ => Answer::new(405, ""),
        }
    }

    fn transaction(&mut self, request: &Request) -> Answer {
        let operations: Value = serde_json::from_slice(&request.body).expect("it is JSON");
        let operation = &operations[0]["KV"];
        let key = operation["Key"].as_str().expect("it has a key").to_owned();
        let found = self.keys.get(&key).map_or(0, |entry| entry.index);
        if operation["Verb"] == "cas" && operation["Index"].as_u64() != Some(found) {
            return Answer::json(409, &json!({ "Errors": [{ "OpIndex": 0, "What": "index is stale" }] }));
        }
        // As in raft, what is too long is refused.
        let value = operation["Value"].as_str().unwrap_or_default().to_owned();
        if value.len() > 40_000 {
            return Answer::new(413, "Request body(700000 bytes) too large, max size: 524288 bytes");
        }
        let index = self.store(&key, value);
        Answer::json(200, &json!({ "Results": [{ "KV": { "Key": key, "ModifyIndex": index, "CreateIndex": 1 } }] }))
    }
}

impl Service for Agent {
    fn answer(&mut self, request: &Request) -> Answer {
        let path = unescaped(&request.path);
        if let Some(key) = path.strip_prefix("/v1/kv/") {
            return self.key(request, key);
        }
        if path == "/v1/txn" {
            return self.transaction(request);
        }
        if path == "/v1/session/create" {
            let id = format!("00000000-0000-0000-0000-{:012}", self.sessions.len() + 1);
            self.sessions.insert(id.clone());
            return Answer::json(200, &json!({ "ID": id }));
        }
        if let Some(id) = path.strip_prefix("/v1/session/renew/") {
            return Answer::json(200, &json!([{ "ID": id, "TTL": "15s" }]));
        }
        if let Some(id) = path.strip_prefix("/v1/session/destroy/") {
            self.end(id);
            return Answer::json(200, &json!(true));
        }
        Answer::new(404, "")
    }
}

#[test]
fn both_programs_share_a_path() {
    let server = Running::start(Agent::default());
    let block = {
        let address = server.address.trim_start_matches("http://");
        format!("backend \"consul\" {{\n  address = \"{address}\"\n  path = \"deep/state\"\n}}")
    };
    share_a_backend(&block, true);
}
