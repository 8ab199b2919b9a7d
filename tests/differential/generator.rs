//! Responses and requests by the grammar of RFC 9112, with the faults that peers and attackers put into them. The
//! same seed gives the same messages on every machine.

/// The limits for every generated response: small, so that responses of a few bytes exceed them.
pub(crate) fn limits() -> atlas_webhook::Limits {
    let mut limits = atlas_webhook::Limits::default();
    limits.head = 400;
    limits.fields = 12;
    limits.interim = 3;
    limits.body = 300;
    limits.chunk_overhead = 70;
    limits
}

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// Writes the messages of one connection.
pub(crate) struct Generator<'a> {
    random: &'a mut Random,
    /// One of this many grammar points is faulty. `None`: no point is.
    rarity: Option<usize>,
    /// Most requests have a framing that a server may not reject.
    requests: bool,
    out: Vec<u8>,
}

/// One generated response, and the bytes after it on the connection.
pub(crate) fn answer(random: &mut Random) -> Vec<u8> {
    generated(random, |generator| generator.connection())
}

/// Generated requests of one connection, one to three.
pub(crate) fn requests(random: &mut Random) -> Vec<u8> {
    generated(random, |generator| {
        generator.requests = true;
        for _ in 0..=generator.random.below(3) {
            generator.request();
        }
    })
}

fn generated(random: &mut Random, write: impl Fn(&mut Generator<'_>)) -> Vec<u8> {
    let rarity = match random.below(4) {
        0 => None,
        1 | 2 => Some(40),
        _ => Some(12),
    };
    let mut generator = Generator { random, rarity, requests: false, out: Vec::new() };
    write(&mut generator);
    generator.damage();
    generator.out
}

impl Generator<'_> {
    fn put(&mut self, bytes: impl AsRef<[u8]>) {
        self.out.extend_from_slice(bytes.as_ref());
    }

    fn goes_wrong(&mut self) -> bool {
        self.rarity.is_some_and(|rarity| self.random.one_in(rarity))
    }

    fn choose<'b>(&mut self, right: &[&'b [u8]], wrong: &[&'b [u8]]) -> &'b [u8] {
        let from = if self.goes_wrong() { wrong } else { right };
        self.random.pick(from)
    }

    fn put_one(&mut self, right: &[&[u8]], wrong: &[&[u8]]) {
        let chosen = self.choose(right, wrong);
        self.put(chosen);
    }

    fn line_end(&mut self) {
        self.put_one(&[b"\r\n"], &[b"\n", b"\n", b"\r", b"\r\r\n", b"\n\r", b"", b" \r\n"]);
    }

    fn connection(&mut self) {
        self.put_one(&[b""], &[b"\r\n", b"\n", b"\r\n\r\n", b" ", b"\r", b"x", b"\0"]);
        if self.random.one_in(6) {
            for _ in 0..=self.random.below(3) + usize::from(self.goes_wrong()) {
                self.interim();
            }
        }
        let status = self.choose(
            &[
                b"200", b"200", b"200", b"200", b"201", b"204", b"205", b"299", b"301", b"304",
                b"401", b"404", b"429", b"500", b"599", b"600", b"999",
            ],
            &[b"000", b"007", b"099", b"101", b"20", b"2000", b"+20", b"2o0", b"", b"-01"],
        );
        self.status_line(status);
        self.fields();
        self.framing_and_body();
        if self.random.one_in(5) {
            self.put_one(
                &[b"HTTP/1.1 500 Next\r\nContent-Length: 0\r\n\r\n", b"x", b"\r\n"],
                &[b"\0"],
            );
        }
    }

    fn request(&mut self) {
        self.put_one(&[b"", b"", b"", b"\r\n", b"\r\n\r\n"], &[b"\n", b" ", b"\r", b"\0", b"\t"]);
        self.put_one(&[b"POST"], &[b"", b"PO(ST", b"P\xE9ST", b"POST\0", b" POST"]);
        self.put_one(&[b" "], &[b"", b"  ", b"\t"]);
        self.put_one(
            &[b"/a", b"/a", b"/", b"/a?b=c", b"http://x/a", b"HTTP://x:80/a?b=c"],
            &[
                b"",
                b"a",
                b"*",
                b"x:80",
                b"http:///a",
                b"/a#b",
                b"/a\"b",
                b"/a<",
                b"/a|b",
                b"/a\xE9",
                b"/a\x7F",
                b"/a b",
                b"/a\tb",
            ],
        );
        self.put_one(&[b" "], &[b"", b"  ", b"\t"]);
        self.version();
        self.line_end();
        if !self.goes_wrong() {
            self.host();
        }
        if self.goes_wrong() {
            self.host();
        }
        self.fields();
        self.framing_and_body();
    }

    fn host(&mut self) {
        self.put_one(&[b"Host: ", b"host:"], &[b"Host : "]);
        self.put_one(
            &[b"x", b"x:80", b"[::1]:8", b"a.b", b""],
            &[b"x y", b"x,y", b"x/y", b"a@b", b"x:y", b"[::1", b"\xE9"],
        );
        self.line_end();
    }

    fn interim(&mut self) {
        let status = self.choose(&[b"100", b"100", b"102", b"103", b"199"], &[b"101"]);
        self.status_line(status);
        for _ in 0..self.random.below(6) / 3 {
            self.field();
        }
        if self.random.one_in(12) {
            self.length(9);
        }
        self.line_end();
    }

    fn version(&mut self) {
        self.put_one(
            &[b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0"],
            &[
                b"HTTP/1.2",
                b"HTTP/1.9",
                b"HTTP/2.0",
                b"HTTP/0.9",
                b"HTTP/1.10",
                b"HTTP/11.1",
                b"http/1.1",
                b"HTTP/1",
                b"HTTPS/1.1",
                b"ICY",
            ],
        );
    }

    fn status_line(&mut self, status: &[u8]) {
        self.version();
        self.put_one(&[b" "], &[b"", b"  ", b"\t"]);
        self.put(status);
        self.put_one(
            &[b" OK", b" OK", b" Not Found", b" ", b"", b" \t404 \xE9?"],
            &[b" O\0K", b" \x07", b" \x7F", b"\tOK", b"OK", b" O\rK", b" O\nK"],
        );
        self.line_end();
    }

    fn fields(&mut self) {
        let many = self.random.one_in(40);
        for _ in 0..if many { 9 + self.random.below(6) } else { self.random.below(5) } {
            self.field();
        }
        if self.random.one_in(60) {
            let long = "x".repeat(300 + self.random.below(120));
            self.put(format!("Long: {long}\r\n"));
        }
    }

    fn field(&mut self) {
        self.put_one(
            &[b"A", b"b-C", b"A", b"!#$%&'*+-.^_`|~09", b"Connection", b"Server"],
            &[b"", b"A B", b"A(B)", b"\"A\"", b"\xC4", b"A\0", b" A", b"\tA", b"A\r\n", b"A\x7F"],
        );
        self.put_one(&[b":", b": ", b":\t "], &[b" :", b"\t: ", b"", b";", b": \0"]);
        let value = self.choose(
            &[
                b"",
                b"b",
                b"b  c",
                b"close",
                b"keep-alive, x",
                b":b:",
                b"\xE9\xFF",
                b"\"a, b\"",
                b"0",
            ],
            &[
                b"b\0c", b"\x07", b"b\x7F", b"\x0Cb", b"b\x0B", b"b\rc", b"b\nc", b"b\r\nc",
                b"\x1B[m",
            ],
        );
        self.put(value);
        if self.random.one_in(30) {
            self.put_one(
                &[b"\r\n c", b" \t\r\n \t c", b"\r\n ", b"\r\n \r\n\td", b"\r\n C: d"],
                &[b"\n c", b"\r c", b"\r\n \x0Cc", b"\r\n \0"],
            );
        }
        self.put_one(&[b"", b"", b" ", b" \t"], &[b"\x0B", b"\r"]);
        self.line_end();
    }

    fn length(&mut self, length: usize) {
        let more = length + 1;
        let right = [
            format!("{length}"),
            format!("{length}"),
            format!("{length}"),
            format!("0{length}"),
            format!("{length}, {length}"),
            format!("\t{length} ,0{length}"),
        ];
        let wrong = [
            format!("+{length}"),
            format!("-{length}"),
            format!("{length} {length}"),
            format!("{length},"),
            format!(",{length}"),
            format!("{length}, {more}"),
            format!("0x{length:x}"),
            format!("{length}.0"),
            format!("\"{length}\""),
            format!("{length};"),
            format!("{length}\r\n {length}"),
            format!("{length}\x0B"),
            format!("{more}"),
            format!("{}", length.saturating_sub(1)),
            format!("{}", (1_u128 << 64) + length as u128),
            format!("{}", (1_u64 << 32) + length as u64),
            "301".to_owned(),
            String::new(),
        ];
        let right = if self.requests && !self.random.one_in(8) { &right[..4] } else { &right };
        let from: &[String] = if self.goes_wrong() { &wrong } else { right };
        let value = from[self.random.below(from.len())].clone();
        self.put_one(
            &[b"Content-Length", b"content-length"],
            &[b"Content-Length ", b"Content_Length"],
        );
        self.put_one(&[b": ", b":"], &[b" : "]);
        self.put(value);
        self.line_end();
    }

    fn coding(&mut self) {
        self.put_one(&[b"Transfer-Encoding: ", b"transfer-encoding:"], &[b"Transfer-Encoding : "]);
        self.put_one(
            &[b"chunked", b"chunked", b"chunked", b"ChunKed", b", chunked\t,,"],
            &[
                b"gzip, chunked",
                b"chunked, gzip",
                b"chunked, chunked",
                b"gzip",
                b"identity",
                b"",
                b",",
                b"chunked;a=b",
                b"chunked;",
                b"xchunked",
                b"chunked \xE9",
                b"\"chunked\"",
                b"chunked\x0B",
                b"\r\n chunked",
            ],
        );
        self.line_end();
    }

    fn framing_and_body(&mut self) {
        let mut body = self.body();
        let (chunked, lengths) = match self.random.below(if self.requests { 48 } else { 12 }) {
            0..=3 => (0, 1),
            4..=8 => (1, 0),
            9 => (1, 1),
            10 => (0, 2),
            11..=14 => (0, 0),
            15..=30 => (0, 1),
            _ => (1, 0),
        };
        if self.requests && (chunked, lengths) == (0, 0) {
            body.clear();
        }
        // Their order must not matter.
        let coding_first = self.random.one_in(2);
        for turn in 0..2 {
            if (turn == 0) == coding_first {
                for _ in 0..chunked + usize::from(chunked > 0 && self.goes_wrong()) {
                    self.coding();
                }
            } else {
                for _ in 0..lengths {
                    self.length(body.len());
                }
            }
        }
        if self.random.one_in(4) {
            self.field();
        }
        self.line_end();
        if chunked > 0 {
            self.chunks(&body);
        } else {
            self.put(&body);
        }
    }

    fn body(&mut self) -> Vec<u8> {
        let length = match self.random.below(20) {
            0 => 295 + self.random.below(10),
            1 | 2 => 0,
            _ => self.random.below(40),
        };
        (0..length).map(|_| self.random.pick(b"0123abcdXYZ {}\":;,\r\n\0\xE9\xFF")).collect()
    }

    fn chunks(&mut self, body: &[u8]) {
        let mut rest = body;
        while !rest.is_empty() {
            let (data, left) = rest.split_at(1 + self.random.below(rest.len()));
            rest = left;
            self.chunk_line(data.len());
            if self.goes_wrong() {
                let cut = self.random.below(data.len() + 1);
                self.put(&data[..cut]);
            } else {
                self.put(data);
            }
            self.put_one(&[b"\r\n"], &[b"\n", b"\r", b"", b"x\r\n", b"\r\r\n", b" \r\n"]);
        }
        self.chunk_line(0);
        if self.random.one_in(4) {
            for _ in 0..=self.random.below(3) {
                self.field();
            }
            if self.random.one_in(4) {
                self.length(9);
            }
            if self.random.one_in(20) {
                let more = self.random.below(14);
                self.put("A:\r\n".repeat(more));
            }
        }
        self.line_end();
    }

    fn chunk_line(&mut self, size: usize) {
        self.put_one(
            &[b"", b"", b"", b"0", b"000"],
            &[b"+", b"-", b"0x", b" ", b"\t", b"\n", b"_", b"1"],
        );
        if self.random.one_in(50) {
            let zeros = self.random.below(30);
            self.put("0".repeat(zeros));
        }
        match self.goes_wrong() {
            false if self.random.one_in(2) => self.put(format!("{size:X}")),
            false => self.put(format!("{size:x}")),
            true => self.put_one(
                &[
                    b"",
                    b"g",
                    b"10000000000000002",
                    b"100000002",
                    b"12c",
                    b"12d",
                    b"ffffffffffffffff",
                ],
                &[b"\0"],
            ),
        }
        if self.random.one_in(8) {
            self.put_one(
                &[
                    b";a",
                    b";a=b",
                    b" ; a = \"x;\\\"y\"",
                    b"\t;a",
                    b";a;b=c ;d",
                    b";a=\"\xE9\"",
                    b";name=a-longer-value-than-most",
                    b" ;ieof",
                ],
                &[
                    b";",
                    b";;",
                    b";=b",
                    b";a=",
                    b";a=\"b",
                    b";a b",
                    b";a=\"b\"c",
                    b";\x07",
                    b" ",
                    b"\t",
                    b" a",
                    b"\x0B",
                    b";a\nb",
                    b";a\rb",
                    b";a=\"\0\"",
                ],
            );
        }
        self.put_one(&[b"\r\n"], &[b"\n", b"\n", b"\r", b" \r\n", b"\r\r\n", b"\n\r\n", b""]);
    }

    /// Faults outside of the grammar: truncated, changed and repeated bytes.
    fn damage(&mut self) {
        if self.random.one_in(8) && !self.out.is_empty() {
            let length = self.random.below(self.out.len());
            self.out.truncate(length);
        }
        if self.rarity.is_none() || !self.random.one_in(6) {
            return;
        }
        for _ in 0..=self.random.below(2) {
            let at = self.random.below(self.out.len() + 1);
            let byte = self.random.pick(b"\r\n\r\n \t\0:;,0159afHx\"\\+-\x07\x7F\x80");
            match self.random.below(4) {
                0 => self.out.insert(at, byte),
                1 => drop(self.out.splice(at..(at + 1).min(self.out.len()), [byte])),
                2 => drop(self.out.drain(at..(at + 1).min(self.out.len()))),
                _ => {
                    let length = self.random.below((self.out.len() - at + 1).min(20));
                    let again = self.out[at..at + length].to_vec();
                    self.out.splice(at..at, again);
                }
            }
        }
    }
}
