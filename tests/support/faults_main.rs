//! The fault server as a program, for tests in other languages.
//!
//! Takes a folder to write the certificates of its CAs into. Prints a line for each fault: its name,
//! the kind of error that it must give, as the C ABI calls it without the prefix and `OK` for none,
//! the base URL for an endpoint, the CA file to trust or `-`, and what the client has to lack or `-`:
//! `descriptors-N` if N are left, `threads` if none can be started; then `SSL_CERT_FILE` has to name the
//! CA file, and a second send without the shortage has to succeed. An empty line ends the list. Then it
//! serves until its standard input ends. Faults of the kind `TIMEOUT` last for as long as the client lets them.

mod faults;

use std::io::{self, Write};
use std::path::Path;

use faults::{Fault, Faults};

fn main() -> io::Result<()> {
    let Some(dir) = std::env::args_os().nth(1) else {
        return Err(io::Error::other("usage: faults FOLDER"));
    };
    let faults = Faults::start(Path::new(&dir))?;
    let mut out = io::stdout().lock();
    for fault in faults.list() {
        let ca = fault.ca.as_deref().unwrap_or(Path::new("-"));
        let Fault { name, kind, url, shortage, .. } = fault;
        writeln!(out, "{name} {kind} {url} {} {shortage}", ca.display())?;
    }
    writeln!(out)?;
    out.flush()?;
    io::copy(&mut io::stdin(), &mut io::sink()).map(drop)
}
