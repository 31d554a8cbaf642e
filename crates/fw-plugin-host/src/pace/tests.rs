//! The pace of many calls, with a cloud that takes only so many at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fw_provider::ProviderDiagnostic;

use super::*;

/// A cloud that says it is too much when more than so many ask at once.
#[derive(Default)]
struct Cloud {
    under_way: AtomicUsize,
    most: AtomicUsize,
    refused: AtomicUsize,
}

impl Cloud {
    async fn ask(&self, takes: usize) -> Answer<()> {
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(10)).await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        if now <= takes {
            return Answer { value: Some(()), diagnostics: Vec::new() };
        }
        self.refused.fetch_add(1, Ordering::SeqCst);
        let detail = "api error Throttling: Rate exceeded".to_owned();
        let error = ProviderDiagnostic { severity: Severity::Error, summary: "no".to_owned(), detail, attribute: None };
        Answer { value: None, diagnostics: vec![error] }
    }
}

/// As it is, but nobody waits for long.
fn short() -> Pace {
    Pace { pauses: [20, 40, 80, 160].map(Duration::from_millis), ..Pace::default() }
}

async fn all(pace: &Arc<Pace>, cloud: &Arc<Cloud>, calls: usize, takes: usize) -> usize {
    let one = || {
        let (pace, cloud) = (Arc::clone(pace), Arc::clone(cloud));
        tokio::spawn(async move { pace.again(|| cloud.ask(takes)).await.value.is_some() })
    };
    let calls: Vec<_> = (0..calls).map(|_| one()).collect();
    let mut good = 0;
    for call in calls {
        good += usize::from(call.await.expect("no call panics"));
    }
    good
}

#[tokio::test]
async fn nobody_waits_for_a_cloud_that_takes_all() {
    let (pace, cloud) = (Arc::new(short()), Arc::new(Cloud::default()));
    assert_eq!(all(&pace, &cloud, 50, 1000).await, 50);
    assert_eq!(cloud.most.load(Ordering::SeqCst), 50);
}

#[tokio::test]
async fn fewer_at_once_after_a_refusal_and_all_are_answered() {
    let (pace, cloud) = (Arc::new(short()), Arc::new(Cloud::default()));
    assert_eq!(all(&pace, &cloud, 20, 6).await, 20);
    assert_eq!(cloud.most.swap(0, Ordering::SeqCst), 20, "nobody knew");
    assert_eq!(all(&pace, &cloud, 40, 6).await, 40);
    let most = cloud.most.load(Ordering::SeqCst);
    assert!(most <= 12, "it asks for a little more than it gets, now and then: {most}");
}

#[tokio::test]
async fn a_stop_ends_all_waiting() {
    let (pace, cloud) = (Arc::new(Pace::default()), Arc::new(Cloud::default()));
    let (waiting, ask) = (Arc::clone(&pace), Arc::clone(&cloud));
    let waiting = tokio::spawn(async move { all(&waiting, &ask, 20, 0).await });
    while cloud.refused.load(Ordering::SeqCst) < 20 {
        tokio::task::yield_now().await;
    }
    pace.stop();
    assert_eq!(waiting.await.expect("no call panics"), 0);
    assert_eq!(cloud.refused.load(Ordering::SeqCst), 20, "nobody has tried again");
}
