//! Where the database is: a URL, or words of the form `name=value`, with the variables of libpq for what they leave out.

use std::str::FromStr;

use fw_backend::Surroundings;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// How to connect.
///
/// # Errors
/// When the address cannot be understood.
pub(crate) fn options(address: &str, around: &Surroundings) -> Result<PgConnectOptions, String> {
    let is_url = address.starts_with("postgres://") || address.starts_with("postgresql://");
    let options =
        if is_url { PgConnectOptions::from_str(address).map_err(|error| error.to_string())? } else { words(address)? };
    let says_how = address.contains("sslmode=") || around.variable("PGSSLMODE").is_some();
    // As in terraform's library: without a word, nothing goes over a connection that is not encrypted.
    Ok(if says_how { options } else { options.ssl_mode(PgSslMode::Require) })
}

fn words(address: &str) -> Result<PgConnectOptions, String> {
    let mut options = PgConnectOptions::new();
    for word in address.split_whitespace() {
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| format!("missing \"=\" after \"{word}\" in connection info string\""))?;
        let value = value.trim_matches('\'');
        options = match name {
            "host" => options.host(value),
            "port" => options.port(value.parse().map_err(|_odd| format!("invalid port \"{value}\""))?),
            "user" => options.username(value),
            "password" => options.password(value),
            "dbname" => options.database(value),
            "sslmode" => options.ssl_mode(value.parse().map_err(|_odd| format!("unsupported sslmode \"{value}\""))?),
            "sslrootcert" => options.ssl_root_cert(value),
            "sslcert" => options.ssl_client_cert(value),
            "sslkey" => options.ssl_client_key(value),
            "application_name" => options.application_name(value),
            _ => options,
        };
    }
    Ok(options)
}
