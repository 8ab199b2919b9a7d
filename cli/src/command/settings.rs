//! Where to register and as whom: from the environment, or from a file that only its owner can read.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::arguments::variable;
use crate::failure::Failure;

/// What can be set.
pub(crate) const NAMES: [&str; 5] =
    ["ATLAS_ENDPOINT", "ATLAS_WEBHOOK_URL", "ATLAS_CID", "ATLAS_CLIENT_ID", "ATLAS_CLIENT_SECRET"];

/// The settings of a file. The environment has precedence.
#[derive(Default)]
pub(crate) struct Settings {
    from_file: HashMap<String, String>,
}

impl Settings {
    /// Reads a file of lines `NAME=VALUE`. A line that starts with `#` is a comment.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let failure = |what: &str| Failure::usage(format!("{}: {what}", path.display()));
        let mut text = String::new();
        let read = File::open(path).and_then(|mut file| {
            check_mode(&file)?;
            file.read_to_string(&mut text)
        });
        read.map_err(|error| failure(&error.to_string()))?;
        let mut from_file = HashMap::new();
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let setting = line.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
            match setting {
                Some((name, value)) if NAMES.contains(&name) => {
                    from_file.insert(name.to_owned(), value.to_owned());
                }
                // The line may hold a secret.
                _ => {
                    return Err(failure(&format!(
                        "line {number} is not NAME=VALUE with one of the names {}",
                        NAMES.join(", ")
                    )));
                }
            }
        }
        Ok(Self { from_file })
    }

    /// The value of a setting. None if it is not set. Fails if it is empty.
    pub(crate) fn get(&self, name: &str) -> Result<Option<String>, Failure> {
        let value = variable(name)?.or_else(|| self.from_file.get(name).cloned());
        if value.as_ref().is_some_and(String::is_empty) {
            let what =
                format!("{name} in the file of --config is empty; remove it, or set a value");
            return Err(Failure::usage(what));
        }
        Ok(value)
    }
}

/// Secrets are for the owner alone.
#[cfg(unix)]
fn check_mode(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    if file.metadata()?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(io::Error::other("other users can access this file, which may hold a secret: chmod 600"))
}

/// There are no modes.
#[cfg(not(unix))]
fn check_mode(_: &File) -> io::Result<()> {
    Ok(())
}
