//! `times FOLDER [quick]`: Criterion times each case, done by the programs of that folder, one
//! after the other.

use std::cell::RefCell;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use cases::Case;
use criterion::Criterion;

/// A program that does cases.
struct Worker {
    name: &'static str,
    child: Child,
    orders: Option<ChildStdin>,
    results: BufReader<ChildStdout>,
}

impl Worker {
    fn start(name: &'static str, program: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let orders = child.stdin.take();
        let results = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { name, child, orders, results }
    }

    /// None for a case that it does not do.
    fn work(&mut self, case: Case, n: u64) -> Option<Duration> {
        let orders = self.orders.as_mut().expect("it is piped");
        writeln!(orders, "{} {n}", case.name()).expect("the program runs");
        let mut line = String::new();
        self.results.read_line(&mut line).expect("the program answers");
        match line.trim_end() {
            "-" => None,
            nanoseconds => Some(Duration::from_nanos(nanoseconds.parse().expect("a number"))),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It ends with its input.
        self.orders = None;
        assert!(self.child.wait().expect("it is ours").success());
    }
}

fn main() {
    let folder = PathBuf::from(env::args().nth(1).expect("a folder"));
    let start = |name, program, arguments: &[&str]| {
        RefCell::new(Worker::start(name, &folder.join(program), arguments))
    };
    let workers = [
        start("library", "library", &[]),
        start("ureq-proto", "peers", &["ureq-proto"]),
        start("httparse", "peers", &["httparse"]),
        start("hyper", "peers", &["hyper"]),
        start("llhttp", "peers", &["llhttp"]),
    ];
    let quick = env::args().nth(2).is_some();
    let (samples, warm_up, measurement) = if quick { (10, 30, 100) } else { (25, 300, 1200) };
    let mut criterion = Criterion::default()
        .sample_size(samples)
        .warm_up_time(Duration::from_millis(warm_up))
        .measurement_time(Duration::from_millis(measurement))
        .without_plots();
    for case in Case::ALL {
        let mut group = criterion.benchmark_group(case.name());
        for worker in &workers {
            let mut worker = worker.borrow_mut();
            if worker.work(case, 1).is_none() {
                continue;
            }
            group.bench_function(worker.name, |bencher| {
                bencher.iter_custom(|n| worker.work(case, n).expect("it did that before"));
            });
        }
        group.finish();
    }
}
