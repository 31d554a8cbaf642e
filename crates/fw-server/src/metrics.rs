//! Counters of our own, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram of durations, in seconds.
const BOUNDS: [f64; 10] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// What requests there were.
#[derive(Debug, Default)]
pub(crate) struct Requests(Mutex<BTreeMap<(String, String), Route>>);

#[derive(Debug, Default)]
struct Route {
    by_status: BTreeMap<u16, u64>,
    /// How many took no longer than each bound.
    within: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

impl Requests {
    /// Counts one. Routes are patterns, so there are few of them.
    pub(crate) fn count(&self, method: &str, route: &str, status: u16, took: Duration) {
        let seconds = took.as_secs_f64();
        let mut routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A method is whatever a client writes there: only the usual ones are counted by name.
        let method = if ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"].contains(&method) { method } else { "other" };
        let counted = routes.entry((method.to_owned(), route.to_owned())).or_default();
        *counted.by_status.entry(status).or_default() += 1;
        counted.count += 1;
        counted.seconds += seconds;
        for (within, bound) in counted.within.iter_mut().zip(BOUNDS) {
            *within += u64::from(seconds <= bound);
        }
    }

    /// All of it as text.
    pub(crate) fn render(&self, text: &mut String) {
        let routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        head(text, "formwork_http_requests_total", "counter", "Requests answered.");
        for ((method, route), counted) in &*routes {
            for (status, count) in &counted.by_status {
                let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
                line(text, "formwork_http_requests_total", &labels, count);
            }
        }
        head(text, "formwork_http_request_seconds", "histogram", "How long answers took.");
        for ((method, route), counted) in &*routes {
            let labels = format!("method=\"{method}\",route=\"{route}\"");
            for (within, bound) in counted.within.iter().zip(BOUNDS) {
                line(text, "formwork_http_request_seconds_bucket", &format!("{labels},le=\"{bound}\""), within);
            }
            line(text, "formwork_http_request_seconds_bucket", &format!("{labels},le=\"+Inf\""), &counted.count);
            line(text, "formwork_http_request_seconds_sum", &labels, &counted.seconds);
            line(text, "formwork_http_request_seconds_count", &labels, &counted.count);
        }
    }
}

/// The two lines before a metric.
pub(crate) fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
}

/// One value of a metric.
pub(crate) fn line(text: &mut String, name: &str, labels: &str, value: &dyn std::fmt::Display) {
    let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
    text.push_str(&format!("{name}{labels} {value}\n"));
}
