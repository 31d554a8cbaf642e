//! `query`.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::Cancel;
use fw_ops::{project, variables};
use fw_query::{Configuration, Found, Listing, Query};
use fw_value::{Content, Value};
use fw_views::json::{ListedResource, Stream, providers_of_state};

use crate::backend::StateFlags;
use crate::bench::{Bench, BenchOptions};
use crate::flags::{Arguments, Flag};
use crate::generated;
use crate::objects::Objects;
use crate::planning::{self, VARIABLE_FLAGS};
use crate::session::{Exit, Session};
use crate::state_access::{Locking, OpenState};
use crate::view::View;

const FLAGS: &[Flag] = &[VARIABLE_FLAGS[0], VARIABLE_FLAGS[1], Flag::text("generate-config-out"), Flag::switch("json")];

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let (arguments, error) = Arguments::parse(FLAGS, arguments);
    let view = View::new(session, arguments.switch("json", false));
    if let Some(error) = error {
        return view.usage_error("query", &error.into());
    }
    if !arguments.positional.is_empty() {
        let detail = "To specify a working directory for the query, use the global -chdir flag.";
        return view.usage_error("query", &Diagnostic::error("Too many command line arguments", detail).into());
    }
    let target = arguments.text("generate-config-out").filter(|path| !path.is_empty());
    if let Some(path) = target.filter(|_| !view.is_json())
        && let Err(problem) = generated::check_target(session, path)
    {
        return view.finish(&problem.into());
    }
    match query(session, &arguments, &view, target) {
        Ok(told) | Err(told) => view.finish(&told),
    }
}

fn query(
    session: &Session,
    arguments: &Arguments,
    view: &View<'_>,
    target: Option<&str>,
) -> Result<Diagnostics, Diagnostics> {
    let backend = session.backend()?;
    let (config, mut told) = project::load_with_queries(&session.surroundings, &session.sources);
    if told.has_errors() {
        return Err(told);
    }
    let store = backend.state(&StateFlags::default())?;
    let unlocked = Locking { wanted: false, timeout: Duration::ZERO };
    let open = OpenState::open(session, store, unlocked, "OperationTypeQuery")?;
    let options =
        BenchOptions { workspace: &backend.workspace, parallelism: 10, of_state: providers_of_state(&open.state) };
    let bench = Bench::set_up(session, config, options)?;
    let (surroundings, given) = (&session.surroundings, planning::variables(arguments));
    let (given, more) =
        variables::gather(bench.config.root(), surroundings, &given, fw_lang::constants(), &session.sources);
    told.append(more);
    if told.has_errors() {
        return Err(told);
    }
    let objects = Objects::of_state(&open.state, &bench);
    let cancel = Arc::new(Cancel::default());
    session.cancel_on_interrupt(view, &cancel);
    let shown = Shown {
        session,
        stream: view.stream().map(Arc::clone),
        written: RefCell::default(),
        empty: RefCell::default(),
    };
    told.append(fw_query::run(&Query {
        engine: &bench.engine(),
        variables: &given,
        objects: &|frame| objects.set_up(frame),
        generate: target.is_some(),
        cancel: &cancel,
        view: &shown,
    }));
    session.interrupts.stop_listening();
    shown.finish(target, &mut told);
    told.append(open.close());
    Ok(told)
}

/// Shows what happens.
struct Shown<'s> {
    session: &'s Session,
    stream: Option<Arc<Stream>>,
    /// The blocks for the file.
    written: RefCell<String>,
    /// Lists that have nothing.
    empty: RefCell<Vec<String>>,
}

impl fw_query::View for Shown<'_> {
    fn started(&self, listing: &Listing, config: &Value) {
        if let Some(stream) = &self.stream {
            stream.list_start(of(listing), config);
        }
    }

    fn completed(&self, listing: &Listing, found: &[Found]) {
        if found.is_empty() {
            self.empty.borrow_mut().push(listing.address.clone());
        }
        match &self.stream {
            Some(stream) => {
                for one in found {
                    stream.list_resource_found(of(listing), &listed(one));
                }
                stream.list_complete(of(listing), found.len());
            }
            None => {
                self.session.out(&table(listing, found));
                for Configuration { resource, import } in found.iter().filter_map(|one| one.configuration.as_ref()) {
                    let text = format!("\n# __generated__ by Terraform\n{resource}\n\n{import}\n");
                    self.written.borrow_mut().push_str(&text);
                }
            }
        }
    }
}

impl Shown<'_> {
    /// What is left to do when all lists have ended.
    fn finish(&self, target: Option<&str>, told: &mut Diagnostics) {
        if self.stream.is_some() {
            return;
        }
        let empty = self.empty.borrow();
        if !empty.is_empty() {
            self.session.out(&format!("Warning: list block(s) [{}] returned 0 results.\n", empty.join(", ")));
        }
        let written = self.written.borrow();
        if let Some(path) = target.filter(|_| !written.is_empty())
            && let Err(problem) = generated::write(self.session, path, &written)
        {
            told.push(problem);
        }
    }
}

fn of(listing: &Listing) -> fw_views::json::Listing<'_> {
    fw_views::json::Listing { address: &listing.address, kind: &listing.kind }
}

fn listed(found: &Found) -> ListedResource<'_> {
    ListedResource {
        display_name: &found.display_name,
        identity: &found.identity,
        identity_version: found.identity_version,
        object: found.object.as_ref(),
        configuration: found.configuration.as_ref().map(|one| (&*one.resource, &*one.import)),
    }
}

/// A line for each result: list, identity, name.
fn table(listing: &Listing, found: &[Found]) -> String {
    let identities: Vec<String> = found.iter().map(|one| identity(&one.identity)).collect();
    let width = identities.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let line = |(one, identity): (&Found, &String)| {
        format!("{}   {identity:width$}   {}", listing.address, one.display_name).trim_end().to_owned() + "\n"
    };
    found.iter().zip(&identities).map(line).collect()
}

/// `name=value,name=value`, without what is not set.
fn identity(value: &Value) -> String {
    let one = |(name, value): (&fw_value::Str, &Value)| match value.content() {
        Content::Null => None,
        Content::String(text) => Some(format!("{name}={text}")),
        _ => Some(format!("{name}={}", fw_views::human::value(value))),
    };
    value.string_entries().filter_map(one).collect::<Vec<_>>().join(",")
}
