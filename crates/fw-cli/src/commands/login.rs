//! `login`: gets a token from a host and keeps it.

mod browser;
mod callback;

use fw_diag::{Diagnostic, Diagnostics};
use fw_install::cli_config::{Token, normal_host};
use fw_install::credentials::{CredentialsStore, Keeper};
use fw_install::login::{Attempt, Login, OAuth, Offered};
use fw_ops::Runtime;

use crate::asking::Question;
use crate::flags::{Arguments, Flag};
use crate::session::{Exit, Session};
use crate::spoken::Usage;
use callback::Callback;

/// Where terraform's own service is.
pub(super) const DEFAULT_HOST: &str = "app.terraform.io";

const RULER: &str = "\n---------------------------------------------------------------------------------\n\n";

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let arguments = match session.parse_flags("login", &[Flag::switch("input")], arguments, Usage::Before) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    if arguments.positional.len() > 1 {
        return session.wrong_count("login", "The login command expects at most one argument: the host to log in to.");
    }
    match log_in(session, &arguments) {
        Ok(told) => session.finish_apart(told),
        Err(told) => session.finish_apart(told),
    }
}

fn log_in(session: &Session, arguments: &Arguments) -> Result<Diagnostics, Diagnostics> {
    if !arguments.switch("input", true) || !session.may_ask() {
        let detail = "The \"terraform login\" command uses interactive prompts to obtain and record credentials, so it can't be \
                      run with input disabled.\n\nTo configure credentials in a non-interactive context, write existing \
                      credentials directly to a CLI configuration file.";
        return Err(Diagnostic::error("Login is an interactive command", detail).into());
    }
    let host = host_of(arguments)?;
    let environment = session.installation_environment();
    let store = CredentialsStore::new(&session.cli_config, &environment).map_err(no_store)?;
    let runtime = Runtime::start().map_err(|error| Diagnostic::error("Failed to start threads", error.to_string()))?;
    let visit = Visit {
        session,
        runtime,
        login: Login::new(&session.cli_config, &environment),
        keeper: store.keeper(&host),
        host: &host,
    };
    let (way, told) = visit.way()?;
    let token = match &way {
        Way::OAuth(oauth) => visit.by_code(oauth)?,
        Way::Tokens(url) => visit.by_hand(url)?,
    };
    store.store(&host, &token).map_err(|why| {
        let detail = format!("The given host returned an API token, but Terraform failed to save it: {why}.");
        Diagnostic::error("Failed to save API token", detail)
    })?;
    visit.succeeded(&way);
    Ok(told)
}

/// The host that the arguments name.
pub(super) fn host_of(arguments: &Arguments) -> Result<String, Diagnostic> {
    let given = arguments.positional.first().map_or(DEFAULT_HOST, String::as_str);
    normal_host(given).ok_or_else(|| {
        let odd = given.chars().find(|c| !c.is_alphanumeric() && !matches!(c, '-' | '.' | ':'));
        let why = odd.map_or_else(
            || "not a host name".to_owned(),
            |odd| format!("idna: disallowed rune U+{:04X}", u32::from(odd)),
        );
        Diagnostic::error("Invalid hostname", format!("The given hostname \"{given}\" is not valid: {why}."))
    })
}

pub(super) fn no_store(why: String) -> Diagnostic {
    Diagnostic::error("No place for credentials", format!("Cannot find where credentials are kept: {why}."))
}

/// A way to a token.
enum Way {
    OAuth(OAuth),
    Tokens(fw_install::login::Url),
}

/// One attempt to get a token from a host.
struct Visit<'a> {
    session: &'a Session,
    runtime: Runtime,
    login: Login,
    keeper: Keeper,
    host: &'a str,
}

impl Visit<'_> {
    /// How the host gives tokens, with warnings.
    fn way(&self) -> Result<(Way, Diagnostics), Diagnostics> {
        let host = self.host;
        let Offered { oauth, tokens } = self.runtime.block_on(self.login.offered(host)).map_err(|why| {
            Diagnostics::from(Diagnostic::error(format!("Service discovery failed for {host}"), format!("{why}.")))
        })?;
        let mut told = Diagnostics::new();
        let mut way = None;
        match (oauth, tokens) {
            (Some(Ok(oauth)), _) if oauth.has_codes() => way = Some(Way::OAuth(oauth)),
            (Some(Ok(_)), _) => {
                let detail = format!(
                    "The given hostname \"{host}\" does not allow any OAuth grant types that are supported by this version \
                     of Terraform."
                );
                told.push(Diagnostic::error("Host does not support Terraform login", detail));
            }
            (wrong, Some(url)) => {
                told.extend(wrong.and_then(Result::err).map(|why| {
                    let detail = format!("The given hostname \"{host}\" cannot support \"terraform login\": {why}.");
                    Diagnostic::warning("Host does not support Terraform login", detail)
                }));
                way = Some(Way::Tokens(url));
            }
            (_, None) => {
                let detail =
                    format!("The given hostname \"{host}\" does not support creating Terraform authorization tokens.");
                told.push(Diagnostic::error("Host does not support Terraform tokens API", detail));
            }
        }
        if self.keeper == Keeper::User {
            let detail = "The \"terraform login\" command cannot log in because credentials for this host are already \
                          configured in a CLI configuration file.\n\nTo log in, first revoke the existing credentials and \
                          remove that block from the CLI configuration.";
            told.push(Diagnostic::error(format!("Credentials for {host} are manually configured"), detail));
        }
        match way {
            Some(way) if !told.has_errors() => Ok((way, told)),
            _ => Err(told),
        }
    }

    /// Has the host send a code by way of the user's browser.
    fn by_code(&self, oauth: &OAuth) -> Result<Token, Diagnostics> {
        let (session, host) = (self.session, self.host);
        session.out(&format!(
            "Terraform will request an API token for {host} using OAuth.\n\nThis will work only if you are able to use a web \
             browser on this computer to\ncomplete a login process. If not, you must obtain an API token by another\nmeans and \
             configure it in the CLI configuration manually.\n\n"
        ));
        self.consent()?;
        let callback = Callback::listen(oauth.ports).ok_or_else(|| {
            let (first, last) = oauth.ports;
            let detail = format!(
                "The login process uses OAuth, which requires starting a temporary HTTP server on localhost. However, no TCP \
                 port numbers between {first} and {last} are available to create such a server."
            );
            Diagnostic::error("Can't start temporary login server", detail)
        })?;
        let attempt = Attempt::new(callback.port());
        let page = oauth.page(&attempt).map(|page| page.to_string()).unwrap_or_default();
        self.show("login", &page);
        session.out("Terraform will now wait for the host to signal that login was successful.\n\n");
        let code = callback.wait(session, &attempt.state).map_err(|why| Diagnostic::error("Login cancelled", why))?;
        let token = self.runtime.block_on(self.login.exchange(oauth, &attempt, &code)).map_err(|why| {
            let detail = format!("The remote server did not assign an auth token: {why}.");
            Diagnostic::error("Failed to obtain auth token", detail)
        })?;
        Ok(token)
    }

    /// Has the user make a token and type it in.
    fn by_hand(&self, tokens: &fw_install::login::Url) -> Result<Token, Diagnostics> {
        let (session, host) = (self.session, self.host);
        session.out(&format!("Terraform will request an API token for {host} using your browser.\n\n"));
        self.consent()?;
        session.out(RULER);
        let page =
            format!("https://{}/app/settings/tokens?source=terraform-login", tokens.host_str().unwrap_or_default());
        self.show("tokens", &page);
        session.out(RULER);
        session.out("Generate a token using your browser, and copy-paste it into this prompt.\n\n");
        session.out(&match self.helper_or_file() {
            Ok(helper) => format!(
                "Terraform will store the token in the configured \"{helper}\" credentials helper\nfor use by subsequent \
                 commands.\n\n"
            ),
            Err(file) => format!(
                "Terraform will store the token in plain text in the following file\nfor use by subsequent commands:\n    \
                 {file}\n\n"
            ),
        });
        let query = format!("Token for {host}:");
        let failed = |why: String| Diagnostic::error(format!("Failed to retrieve token: {why}"), "");
        let text = session.ask(&Question { query: &query, description: "", secret: true }).map_err(failed)?;
        let token = Token(text);
        let user = self.runtime.block_on(self.login.user(tokens, &token));
        let user = user.map_err(|why| Diagnostic::error(format!("Token is invalid: {why}"), ""))?;
        session.out(&format!("\nRetrieved token for user {}\n", session.colored("\x1b[1m", &user)));
        if session.color {
            session.out("\x1b[0m");
        }
        session.out("\n");
        Ok(token)
    }

    /// Asks whether to go on.
    fn consent(&self) -> Result<(), Diagnostics> {
        self.session.out(&match self.helper_or_file() {
            Ok(helper) => format!(
                "If login is successful, Terraform will store the token in the configured\n\"{helper}\" credentials helper \
                 for use by subsequent commands.\n\n"
            ),
            Err(file) => format!(
                "If login is successful, Terraform will store the token in plain text in\nthe following file for use by \
                 subsequent commands:\n    {file}\n\n"
            ),
        });
        let query = "Do you want to proceed?";
        let description = "Only 'yes' will be accepted to confirm.";
        let cancelled = || Diagnostic::error("Login cancelled", "");
        match self.session.ask(&Question { query, description, secret: false }) {
            Ok(answer) if answer == "yes" => Ok(()),
            Ok(_) => Err(cancelled().into()),
            Err(why) => Err([Diagnostic::error(why, ""), cancelled()].into_iter().collect()),
        }
    }

    /// The helper, or the file, that will keep the token.
    fn helper_or_file(&self) -> Result<&str, String> {
        match &self.keeper {
            Keeper::Helper(name) => Ok(name),
            Keeper::File(path) | Keeper::Nobody(path) => Err(path.display().to_string()),
            Keeper::User => Err(String::new()),
        }
    }

    /// Sends the user to a page.
    fn show(&self, kind: &str, page: &str) {
        let (session, host) = (self.session, self.host);
        session.out(&if browser::open(session, page) {
            format!(
                "Terraform must now open a web browser to the {kind} page for {host}.\n\nIf a browser does not open this \
                 automatically, open the following URL to proceed:\n    {page}\n\n"
            )
        } else {
            format!("Open the following URL to access the {kind} page for {host}:\n    {page}\n\n")
        });
    }

    fn succeeded(&self, way: &Way) {
        let (session, host) = (self.session, self.host);
        session.out(RULER);
        let success = session.colored("\x1b[32m\x1b[1m", "Success!");
        let reset = session.codes("\x1b[0m");
        let bold = |text: &str| session.colored("\x1b[1m", text);
        session.out(&match way {
            Way::OAuth(_) => format!(
                "{success} {}\n\nThe new API token will be used for any future Terraform command that must \
                 make\nauthenticated requests to {host}.{reset}\n\n",
                bold("Terraform has obtained and saved an API token.")
            ),
            Way::Tokens(_) if host == DEFAULT_HOST => {
                format!("{success} {}{reset}\n\n", bold("Logged in to HCP Terraform"))
            }
            Way::Tokens(_) => {
                format!("{success} {}{reset}\n\n", bold(&format!("Logged in to Terraform Enterprise ({host})")))
            }
        });
    }
}
