//! Where the time of a command went, when somebody asked for it with `-timings`.

use std::time::Duration;

use fw_ops::TimingReport;
use serde_json::{Value, json};

/// For people: the total, the providers' share, and the calls by how long they took together.
pub(crate) fn text(report: &TimingReport) -> String {
    let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let mut text = format!(
        "\nTook {}: for {} a provider was starting or at work, for {} only this program.\n",
        milliseconds(report.total),
        milliseconds(report.provider),
        milliseconds(report.own())
    );
    if let Some(ratio) = report.ratio() {
        let critical = milliseconds(report.critical);
        text += &format!(
            "The calls that had to wait for each other took {critical}: {ratio:.2} times that is the total.\n"
        );
    }
    let mut calls: Vec<_> = report.calls.iter().collect();
    calls.sort_by_key(|(_, times)| std::cmp::Reverse(times.sum));
    for ((plugin, method), times) in calls {
        text += &format!(
            "  {plugin} {method}: {} x, {} together, {} the longest, {} on the critical path\n",
            times.count,
            milliseconds(times.sum),
            milliseconds(times.longest),
            milliseconds(times.critical)
        );
    }
    text
}

/// For machines: one line of the `-json` stream. Times are seconds.
pub(crate) fn line(report: &TimingReport) -> Value {
    let calls: Vec<Value> = report
        .calls
        .iter()
        .map(|((plugin, method), times)| {
            json!({
                "provider": plugin.as_ref(), "method": method, "count": times.count,
                "seconds": times.sum.as_secs_f64(), "longest": times.longest.as_secs_f64(),
                "critical": times.critical.as_secs_f64(),
            })
        })
        .collect();
    json!({
        "@level": "info", "@message": "Timings", "@module": "terraform.ui", "type": "timings",
        "timings": {
            "total": report.total.as_secs_f64(), "provider": report.provider.as_secs_f64(),
            "own": report.own().as_secs_f64(), "critical": report.critical.as_secs_f64(), "ratio": report.ratio(),
            "calls": calls,
        },
    })
}
