//! `gcs`, on a server that keeps objects with generations as Cloud Storage does.

use std::collections::BTreeMap;

use serde_json::json;

use crate::listener::{Answer, Request, Running, Service, unescaped};
use crate::together::share_a_backend;

#[derive(Default)]
struct Storage {
    objects: BTreeMap<String, (u64, Vec<u8>)>,
    generation: u64,
}

fn missing() -> Answer {
    let error = json!({ "error": { "code": 404, "message": "No such object", "errors": [{ "reason": "notFound" }] } });
    Answer::json(404, &error)
}

fn unmet() -> Answer {
    let message = "At least one of the pre-conditions you specified did not hold.";
    let error = json!({ "error": { "code": 412, "message": message, "errors": [{ "reason": "conditionNotMet" }] } });
    Answer::json(412, &error)
}

impl Storage {
    fn described(&self, name: &str) -> Option<serde_json::Value> {
        let (generation, content) = self.objects.get(name)?;
        let (generation, size) = (generation.to_string(), content.len().to_string());
        Some(json!({ "kind": "storage#object", "name": name, "bucket": "b", "generation": generation, "size": size }))
    }

    fn content(&self, name: &str) -> Answer {
        self.objects.get(name).map_or_else(missing, |(generation, content)| {
            Answer::new(200, content.clone()).with("X-Goog-Generation", generation)
        })
    }

    fn upload(&mut self, request: &Request) -> Answer {
        let (name, content) = match request.query.get("uploadType").map(String::as_str) {
            Some("multipart") => multipart(request),
            _ => (request.query.get("name").expect("it has a name").clone(), request.body.clone()),
        };
        if request.query.get("ifGenerationMatch").is_some_and(|wanted| wanted == "0")
            && self.objects.contains_key(&name)
        {
            return unmet();
        }
        self.generation += 1;
        self.objects.insert(name.clone(), (self.generation, content));
        Answer::json(200, &self.described(&name).expect("just stored"))
    }
}

/// The name and the content of a body in two parts.
fn multipart(request: &Request) -> (String, Vec<u8>) {
    let kind = request.headers.get("content-type").expect("it says what it is");
    let boundary = kind.split("boundary=").nth(1).expect("it says where parts end").trim_matches('"');
    let body = String::from_utf8(request.body.clone()).expect("all is text");
    let mark = format!("--{boundary}");
    let mut parts = body.split(&mark).skip(1);
    let mut next =
        || parts.next().and_then(|part| part.split_once("\r\n\r\n")).expect("a part has a head").1.to_owned();
    let about: serde_json::Value = serde_json::from_str(&next()).expect("the first is about it");
    let content = next();
    let content = content.strip_suffix("\r\n").unwrap_or(&content);
    (about["name"].as_str().expect("it has a name").to_owned(), content.as_bytes().to_vec())
}

impl Service for Storage {
    fn answer(&mut self, request: &Request) -> Answer {
        if request.path.starts_with("/upload/") {
            return self.upload(request);
        }
        let Some(rest) = request.path.strip_prefix("/storage/v1/b/b/o") else {
            // Google's library reads objects in this way.
            return self.content(&unescaped(request.path.strip_prefix("/b/").unwrap_or_default()));
        };
        let name = unescaped(rest.trim_start_matches('/'));
        match (request.method.as_str(), name.is_empty()) {
            ("GET", true) => {
                let prefix = request.query.get("prefix").cloned().unwrap_or_default();
                let items: Vec<_> = self.objects.keys().filter(|name| name.starts_with(&prefix)).collect();
                let items: Vec<_> = items.into_iter().filter_map(|name| self.described(name)).collect();
                Answer::json(200, &json!({ "items": items }))
            }
            ("GET", false) if request.query.get("alt").is_some_and(|what| what == "media") => self.content(&name),
            ("GET", false) => self.described(&name).map_or_else(missing, |object| Answer::json(200, &object)),
            ("DELETE", false) => match (self.objects.get(&name), request.query.get("ifGenerationMatch")) {
                (None, _) => missing(),
                (Some((found, _)), Some(wanted)) if found.to_string() != *wanted => unmet(),
                _ => {
                    self.objects.remove(&name);
                    Answer::new(204, "")
                }
            },
            _ => Answer::new(405, ""),
        }
    }
}

#[test]
fn both_programs_share_a_bucket() {
    let server = Running::start(Storage::default());
    let block = format!(
        "backend \"gcs\" {{\n  bucket = \"b\"\n  prefix = \"deep/er\"\n  access_token = \"t\"\n  storage_custom_endpoint = \
         \"{}/storage/v1/b\"\n}}",
        server.address
    );
    share_a_backend(&block, true);
    let kept: Vec<String> = server.service().objects.keys().cloned().collect();
    assert!(kept.iter().all(|name| name == "deep/er/default.tfstate"), "{kept:?}");
}
