//! The lines that people see, with a clock in the test's hands.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fw_addr::AbsResourceInstance;
use fw_apply::{Hooks as _, Operating};
use fw_exec::{Action, EphemeralStep};
use fw_value::{Marks, Type, Value};

use super::{Clock, Counts, Output, Progress};
use crate::human::Style;

#[derive(Default)]
struct Hand(AtomicU64);

impl Hand {
    fn forward(&self, milliseconds: u64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

struct Seen {
    out: Arc<Mutex<Vec<u8>>>,
    clock: Arc<Hand>,
    progress: Progress,
}

fn seen(color: bool, terminal: bool) -> Seen {
    let out = Arc::new(Mutex::new(Vec::new()));
    let clock = Arc::new(Hand::default());
    let shared: Output = Arc::<Mutex<Vec<u8>>>::clone(&out);
    let style = Style { color, width: Some(40), ..Style::default() };
    let make = if terminal { Progress::terminal } else { Progress::plain };
    let progress = make(shared, style, Arc::<Hand>::clone(&clock) as Arc<dyn Clock>);
    Seen { out, clock, progress }
}

impl Seen {
    fn text(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.out.lock().unwrap())).unwrap()
    }
}

fn address(text: &str) -> AbsResourceInstance {
    text.parse().unwrap()
}

fn object(id: &str) -> Value {
    Value::object([("id", Value::string(id)), ("size", Value::number(1))])
}

fn nothing() -> Value {
    Value::null(object("x").ty().clone())
}

fn operate(seen: &Seen, action: Action, before: &Value, result: &Value, takes: u64, failed: bool) {
    let address = address("module.m.test_thing.a[0]");
    let operation = Operating { address: &address, deposed: None, action, before, after: result };
    seen.progress.before_apply(&operation);
    seen.clock.forward(takes);
    seen.progress.tick();
    seen.progress.after_apply(&operation, result, failed);
}

#[test]
fn operations_begin_and_end_with_a_line() {
    let seen = seen(false, false);
    operate(&seen, Action::Create, &nothing(), &object("i-1"), 1_400, false);
    operate(&seen, Action::Update, &object("i-1"), &object("i-1"), 1_500, false);
    operate(&seen, Action::Delete, &object("i-1"), &nothing(), 0, false);
    assert_eq!(
        seen.text(),
        "module.m.test_thing.a[0]: Creating...\n\
         module.m.test_thing.a[0]: Creation complete after 1s [id=i-1]\n\
         module.m.test_thing.a[0]: Modifying... [id=i-1]\n\
         module.m.test_thing.a[0]: Modifications complete after 2s [id=i-1]\n\
         module.m.test_thing.a[0]: Destroying... [id=i-1]\n\
         module.m.test_thing.a[0]: Destruction complete after 0s\n"
    );
    assert_eq!(seen.progress.counts(), Counts { imported: 0, added: 1, changed: 1, destroyed: 1 });
}

#[test]
fn what_fails_is_neither_counted_nor_told() {
    let seen = seen(false, false);
    operate(&seen, Action::Create, &nothing(), &nothing(), 0, true);
    assert_eq!(seen.text(), "module.m.test_thing.a[0]: Creating...\n");
    assert_eq!(seen.progress.counts(), Counts::default());
}

#[test]
fn every_ten_seconds_it_is_told_that_something_still_runs() {
    let seen = seen(false, false);
    let (before, address) = (object("i-1"), address("test_thing.a"));
    let operation =
        Operating { address: &address, deposed: None, action: Action::Delete, before: &before, after: &nothing() };
    seen.progress.before_apply(&operation);
    for _ in 0..7 {
        seen.clock.forward(5_000);
        seen.progress.tick();
    }
    seen.clock.forward(60_000);
    seen.progress.tick();
    seen.progress.tick();
    assert_eq!(
        seen.text(),
        "test_thing.a: Destroying... [id=i-1]\n\
         test_thing.a: Still destroying... [id=i-1, 10s elapsed]\n\
         test_thing.a: Still destroying... [id=i-1, 20s elapsed]\n\
         test_thing.a: Still destroying... [id=i-1, 30s elapsed]\n\
         test_thing.a: Still destroying... [id=i-1, 1m35s elapsed]\n"
    );
}

#[test]
fn long_ids_are_shortened_in_the_middle() {
    let seen = seen(false, false);
    let id: String = (0..100).map(|i| char::from(b'a' + i % 26)).collect();
    operate(&seen, Action::Update, &object(&id), &object(&id), 10_000, false);
    let text = seen.text();
    let still = text.lines().find(|line| line.contains("Still modifying")).unwrap();
    let shown = still.split("[id=").nth(1).unwrap().split(',').next().unwrap();
    assert_eq!(shown.len(), 80, "{shown}");
    assert!(shown.contains("..."), "{shown}");
}

#[test]
fn hidden_ids_are_not_told() {
    let seen = seen(false, false);
    let hidden = Value::object([("id", Value::string("secret").with_marks(Marks::SENSITIVE))]);
    operate(&seen, Action::Update, &hidden, &hidden, 0, false);
    assert!(!seen.text().contains("secret"));
}

#[test]
fn what_has_no_id_is_told_by_name_or_tag() {
    let seen = seen(false, false);
    let tags = Value::map(Type::String, [("Name", Value::string("n"))]);
    let tagged = Value::object([("tags", tags)]);
    operate(&seen, Action::Update, &tagged, &tagged, 0, false);
    assert!(seen.text().contains("Modifying... [tags.Name=n]\n"));
}

#[test]
fn provisioners_write_lines() {
    let seen = seen(true, false);
    let address = address("test_thing.a");
    seen.progress.before_provisioner(&address, "local-exec");
    for line in ["  a  ", "", "b\rc"] {
        seen.progress.provisioner_output(&address, "local-exec", line);
    }
    let prefix = "\u{1b}[0m\u{1b}[1mtest_thing.a (local-exec):\u{1b}[0m \u{1b}[0m";
    assert_eq!(
        seen.text(),
        format!(
            "\u{1b}[0m\u{1b}[1mtest_thing.a: Provisioning with 'local-exec'...\u{1b}[0m\u{1b}[0m\n{prefix}  \
             a\n\n{prefix}b\n{prefix}c\n"
        )
    );
}

#[test]
fn plans_tell_what_they_read() {
    use fw_plan::Hooks;
    let seen = seen(false, false);
    let (thing, data) = (address("test_thing.a"), address("data.test_thing.b"));
    Hooks::importing(&seen.progress, &thing, "i-1");
    Hooks::refreshing(&seen.progress, &thing, None, Some("i-1"));
    Hooks::reading(&seen.progress, &data);
    Hooks::refreshed(&seen.progress, &thing, None, Some("i-1"));
    Hooks::read(&seen.progress, &data, None);
    let token = address("ephemeral.test_token.t");
    Hooks::ephemeral(&seen.progress, &token, EphemeralStep::Opening, false);
    Hooks::ephemeral(&seen.progress, &token, EphemeralStep::Opened, false);
    assert_eq!(
        seen.text(),
        "test_thing.a: Preparing import... [id=i-1]\n\
         test_thing.a: Refreshing state... [id=i-1]\n\
         data.test_thing.b: Reading...\n\
         data.test_thing.b: Read complete after 0s\n\
         ephemeral.test_token.t: Opening...\n\
         ephemeral.test_token.t: Opening complete after 0s\n"
    );
}

/// What a terminal of enough lines shows, for the few codes that are used.
fn shown(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut at = 0;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(code) = rest.strip_prefix("\u{1b}[") {
            let end = code.find(char::is_alphabetic).unwrap();
            let number = code.get(..end).unwrap().parse().unwrap_or(0);
            match code.chars().nth(end) {
                Some('A') => at -= number,
                Some('J') => {
                    lines.truncate(at);
                    lines.push(String::new());
                }
                _ => {}
            }
            rest = code.get(end + 1..).unwrap();
            continue;
        }
        match c {
            '\n' => {
                at += 1;
                if at == lines.len() {
                    lines.push(String::new());
                }
            }
            '\r' => {}
            c => lines[at].push(c),
        }
        rest = rest.get(c.len_utf8()..).unwrap();
    }
    lines.retain(|line| !line.is_empty());
    lines
}

#[test]
fn a_terminal_shows_what_runs_beneath_the_lines() {
    let seen = seen(false, true);
    let (null, made) = (nothing(), object("i-1"));
    let addresses: Vec<_> = (0..12).map(|i| address(&format!("test_thing.a[{i}]"))).collect();
    let operation = |i: usize| Operating {
        address: &addresses[i],
        deposed: None,
        action: Action::Create,
        before: &null,
        after: &made,
    };
    let mut all = String::new();
    seen.progress.before_apply(&operation(0));
    seen.clock.forward(3_000);
    seen.progress.before_apply(&operation(1));
    all.push_str(&seen.text());
    assert_eq!(
        shown(&all),
        [
            "test_thing.a[0]: Creating...",
            "test_thing.a[1]: Creating...",
            "test_thing.a[0]: Creating... 3s",
            "test_thing.a[1]: Creating... 0s"
        ]
    );
    seen.progress.after_apply(&operation(0), &made, false);
    all.push_str(&seen.text());
    assert_eq!(
        shown(&all).split_off(2),
        ["test_thing.a[0]: Creation complete after 3s [id=i-1]", "test_thing.a[1]: Creating... 0s"]
    );
    (2..12).for_each(|i| seen.progress.before_apply(&operation(i)));
    all.push_str(&seen.text());
    assert_eq!(shown(&all).last().map(String::as_str), Some("... and 4 more"));
    seen.progress.finish();
    all.push_str(&seen.text());
    assert_eq!(shown(&all).last().map(String::as_str), Some("test_thing.a[11]: Creating..."));
}

#[test]
fn lines_of_many_threads_stay_whole() {
    let seen = seen(false, false);
    std::thread::scope(|scope| {
        for i in 0..8 {
            let progress = &seen.progress;
            scope.spawn(move || {
                let (null, made) = (nothing(), object("i"));
                let address = address(&format!("test_thing.a[{i}]"));
                for _ in 0..50 {
                    let operation = Operating {
                        address: &address,
                        deposed: None,
                        action: Action::Create,
                        before: &null,
                        after: &made,
                    };
                    progress.before_apply(&operation);
                    progress.after_apply(&operation, &made, false);
                }
            });
        }
    });
    let text = seen.text();
    assert_eq!(text.lines().count(), 800);
    assert!(text.lines().all(|line| line.ends_with("Creating...") || line.ends_with("after 0s [id=i]")));
    assert_eq!(seen.progress.counts().added, 400);
}
