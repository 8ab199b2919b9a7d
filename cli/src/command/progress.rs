//! A line on a terminal that shows how long a command has been waiting.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Shows the line until it is dropped, from one second on, if standard error is a terminal.
pub(crate) struct Progress {
    showing: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// `what` is being waited for.
    pub(crate) fn start(what: String) -> Self {
        // A terminal that is called dumb cannot erase a line.
        if !io::stderr().is_terminal() || env::var_os("TERM").is_some_and(|name| name == "dumb") {
            return Self { showing: None };
        }
        let (end, ended) = mpsc::channel();
        let begun = Instant::now();
        let show = move || {
            let mut shown = false;
            while ended.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                shown = true;
                // A line that is lost changes nothing.
                let _ = write!(io::stderr(), "\r{what}: {} s", begun.elapsed().as_secs());
            }
            if shown {
                // To the start of the line, and erased up to its end.
                let _ = write!(io::stderr(), "\r\x1b[K");
            }
        };
        let thread = thread::Builder::new().spawn(show);
        Self { showing: thread.ok().map(|thread| (end, thread)) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.showing.take() {
            drop(end);
            let _ = thread.join();
        }
    }
}
