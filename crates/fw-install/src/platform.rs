//! The platforms that packages are built for, named as Go names them.

use std::fmt;
use std::str::FromStr;

/// An operating system and an architecture: `linux_amd64`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Platform {
    /// `linux`, `darwin`, `windows`, …
    pub os: String,
    /// `amd64`, `arm64`, …
    pub architecture: String,
}

impl Platform {
    /// The one this program runs on.
    #[must_use]
    pub fn current() -> Self {
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "x86" => "386",
            "aarch64" => "arm64",
            "powerpc64" => "ppc64le",
            other => other,
        };
        Self { os: os.to_owned(), architecture: architecture.to_owned() }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.os, self.architecture)
    }
}

impl FromStr for Platform {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('_').collect();
        let [os, architecture] = parts.as_slice() else {
            return Err("must be two words separated by an underscore".to_owned());
        };
        if text.contains(char::is_whitespace) || os.is_empty() || architecture.is_empty() {
            return Err("both words must have letters and no blanks".to_owned());
        }
        Ok(Self { os: (*os).to_owned(), architecture: (*architecture).to_owned() })
    }
}
