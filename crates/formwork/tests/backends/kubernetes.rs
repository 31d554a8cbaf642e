//! `kubernetes`, on a server that keeps secrets and leases as an API server does.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::directory::Directory;
use crate::listener::{Answer, Request, Running, Service};
use crate::together::{has_terraform, share_a_backend_in, terraform};

#[derive(Default)]
struct Cluster {
    objects: BTreeMap<String, Value>,
    version: u64,
    tokens: Vec<String>,
}

fn refused(status: u16, reason: &str) -> Answer {
    let message = format!("the object is {reason}");
    let told = json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason,
        "code": status });
    Answer::json(status, &told)
}

impl Cluster {
    fn store(&mut self, path: &str, mut object: Value) -> Answer {
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        object["metadata"]["namespace"] = json!("default");
        // What goes without saying is filled in.
        let is_secret = path.contains("/secrets/");
        object["kind"] = json!(if is_secret { "Secret" } else { "Lease" });
        object["apiVersion"] = json!(if is_secret { "v1" } else { "coordination.k8s.io/v1" });
        self.objects.insert(path.to_owned(), object.clone());
        Answer::json(200, &object)
    }
}

impl Service for Cluster {
    fn answer(&mut self, request: &Request) -> Answer {
        self.tokens.extend(request.headers.get("authorization").cloned());
        let path = request.path.trim_end_matches('/').to_owned();
        let is_list = ["/secrets", "/leases"].iter().any(|kind| path.ends_with(kind));
        let body = || serde_json::from_slice::<Value>(&request.body).expect("it is JSON");
        match request.method.as_str() {
            "GET" if is_list => {
                let wanted = request.query.get("labelSelector").cloned().unwrap_or_default();
                let has_labels = |object: &Value| {
                    wanted
                        .split(',')
                        .filter_map(|one| one.split_once('='))
                        .all(|(name, value)| object["metadata"]["labels"][name].as_str() == Some(value))
                };
                let there = self.objects.iter().filter(|(name, _)| name.starts_with(&path));
                let items: Vec<_> = there.map(|(_, object)| object).filter(|object| has_labels(object)).collect();
                Answer::json(200, &json!({ "kind": "SecretList", "apiVersion": "v1", "metadata": {}, "items": items }))
            }
            "GET" => self.objects.get(&path).map_or_else(|| refused(404, "NotFound"), |o| Answer::json(200, o)),
            "POST" => {
                let object = body();
                let path = format!("{path}/{}", object["metadata"]["name"].as_str().expect("it has a name"));
                if self.objects.contains_key(&path) { refused(409, "AlreadyExists") } else { self.store(&path, object) }
            }
            "PUT" => {
                let object = body();
                let found = self.objects.get(&path).map(|found| found["metadata"]["resourceVersion"].clone());
                match found {
                    None => refused(404, "NotFound"),
                    Some(found) if found != object["metadata"]["resourceVersion"] => refused(409, "Conflict"),
                    Some(_) => self.store(&path, object),
                }
            }
            "DELETE" => match self.objects.remove(&path) {
                Some(_) => Answer::json(200, &json!({ "kind": "Status", "apiVersion": "v1", "status": "Success" })),
                None => refused(404, "NotFound"),
            },
            _ => Answer::new(405, ""),
        }
    }
}

/// What does not fit into one secret is written by one program and read by the other.
fn large_states_are_in_parts(directory: &Directory, server: &Running<Cluster>) {
    if !has_terraform() {
        return;
    }
    let is_part = |path: &String| path.contains("-part-");
    let parts = || server.service().objects.keys().filter(|path| is_part(path)).count();
    // Hardly to be compressed.
    let mut seed: u64 = 1;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:016x}", seed ^ (seed >> 29))
    };
    let noise: String = (0..160_000).map(|_| next()).collect();
    directory.write("noise", &noise);
    directory.write("large.tf", "resource \"terraform_data\" \"large\" {\n  input = file(\"noise\")\n}\n");
    directory.run("apply -auto-approve -no-color").with_code(0);
    assert!(parts() > 0);
    terraform(directory, "plan -no-color").with_code(0).saying("No changes.");
    directory.write("noise", &noise.replace('a', "b"));
    terraform(directory, "apply -auto-approve -no-color").with_code(0);
    directory.run("plan -no-color").with_code(0).saying("No changes.");
    directory.run("destroy -auto-approve -no-color").with_code(0);
    assert_eq!(parts(), 0);
}

#[test]
fn both_programs_share_a_namespace() {
    let server = Running::start(Cluster::default());
    let directory = Directory::empty();
    let config = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\ncontexts:\n- name: here\n  context:\n    cluster: c\n    user: \
         u\nclusters:\n- name: c\n  cluster:\n    server: {}\nusers:\n- name: u\n  user:\n    username: me\n    password: pw\n",
        server.address
    );
    directory.write("kubeconfig", &config);
    let block = "backend \"kubernetes\" {\n  secret_suffix = \"s\"\n  config_path = \"kubeconfig\"\n  labels = {\n    team = \
                 \"us\"\n  }\n}";
    share_a_backend_in(&directory, block, true);
    large_states_are_in_parts(&directory, &server);
    let kept: Vec<String> = server.service().objects.keys().cloned().collect();
    assert!(kept.iter().all(|path| path.ends_with("tfstate-default-s")), "{kept:?}");
    assert!(server.service().tokens.iter().all(|token| token == "Basic bWU6cHc="));
}
