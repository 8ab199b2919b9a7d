//! Through an HTTP proxy, by `CONNECT`.

use std::env;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use atlas_webhook::{Endpoint, Error, ErrorKind, Registration, Reply, Request, Transport};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::faults::{listen, tls};
use crate::support::{CLIENT_ID, CLIENT_SECRET, WEBHOOK, request};
use crate::{FAULTS, folder, is_child, kind, patient, run_again, soon};
use atlas_webhook_cli::{Options, Sandbox};

const USER: &str = "mallory";
const PASSWORD: &str = "p@ss:wörd";
const ENCODED_PASSWORD: &str = "p%40ss%3Aw%C3%B6rd";

/// What a proxy does with a `CONNECT`.
#[derive(Clone, Copy)]
pub(crate) enum Does {
    Tunnel,
    /// Where user and password are right.
    TunnelFor(&'static str, &'static str),
    /// Opens the tunnel with this.
    TunnelSaying(&'static str),
    /// Responds with this and closes.
    Content(&'static str),
    /// Sends the first once and the second again and again.
    Repeat(&'static str, &'static str, Duration),
    Reset,
    Silent,
}

pub(crate) struct Proxy {
    address: SocketAddr,
    /// The heads of the requests that came.
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(crate) fn new(does: Does) -> Self {
        let heads = Arc::new(Mutex::new(Vec::new()));
        let address = listen(Ipv4Addr::LOCALHOST.into(), {
            let heads = Arc::clone(&heads);
            move |mut socket| {
                let head = read_head(&mut socket)?;
                heads.lock().unwrap().push(head.clone());
                attend(socket, &head, does)
            }
        });
        Self { address: address.unwrap(), heads }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    fn transport(&self) -> Transport {
        let mut transport = patient();
        transport.set_proxy(&self.url()).unwrap();
        transport
    }
}

fn attend(mut client: TcpStream, head: &str, does: Does) -> io::Result<()> {
    match does {
        Does::Tunnel => tunnel(client, head, "HTTP/1.1 200 Connection established\r\n\r\n"),
        Does::TunnelSaying(response) => tunnel(client, head, response),
        Does::TunnelFor(user, password) => {
            let credentials = BASE64_STANDARD.encode(format!("{user}:{password}"));
            if head.contains(&format!("\r\nProxy-Authorization: Basic {credentials}\r\n")) {
                tunnel(client, head, "HTTP/1.1 200 OK\r\n\r\n")
            } else {
                client.write_all(
                    b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
                )
            }
        }
        Does::Content(answer) => client.write_all(answer.as_bytes()),
        Does::Repeat(start, piece, pause) => {
            client.write_all(start.as_bytes())?;
            loop {
                client.write_all(piece.as_bytes())?;
                thread::sleep(pause);
            }
        }
        Does::Reset => socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)),
        Does::Silent => io::copy(&mut client, &mut io::sink()).map(drop),
    }
}

fn tunnel(mut client: TcpStream, head: &str, response: &str) -> io::Result<()> {
    let host = TcpStream::connect(target(head))?;
    client.write_all(response.as_bytes())?;
    let copy = |mut from: TcpStream, mut to: TcpStream| {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    };
    let (from, to) = (host.try_clone()?, client.try_clone()?);
    thread::spawn(move || copy(from, to));
    copy(client, host);
    Ok(())
}

/// Host and port of a `CONNECT`.
fn target(head: &str) -> &str {
    let (method, rest) = head.split_once(' ').unwrap();
    assert_eq!(method, "CONNECT");
    rest.split(' ').next().unwrap()
}

/// Byte by byte, so that what follows the head stays for the tunnel.
fn read_head(stream: &mut impl Read) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// `http://host` where the user and the password are set in.
fn with_credentials(url: &str, user: &str, password: &str) -> String {
    url.replacen("://", &format!("://{user}:{password}@"), 1)
}

#[track_caller]
fn assert_no_secret(shown: &str) {
    for secret in [PASSWORD, ENCODED_PASSWORD, "p@ss", "s3cret", CLIENT_SECRET] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn every_endpoint_is_reached_through_a_tunnel() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let ipv6 = Options { bind: Ipv6Addr::LOCALHOST.into(), ..Options::default() };
    let ipv6 = Sandbox::start(ipv6).unwrap();
    let ca = FAULTS.named("tls-1.3").ca.as_ref().unwrap();
    for url in [
        &sandbox.url(),
        &ipv6.url(),
        &FAULTS.named("tls-1.2").url,
        &FAULTS.named("tls-1.3").url,
        &FAULTS.named("tls-ipv6").url,
        &FAULTS.named("tls-name").url,
    ] {
        let proxy = Proxy::new(Does::Tunnel);
        let mut transport = proxy.transport();
        transport.set_ca_file(ca).unwrap();
        for _ in 0..2 {
            soon(|| transport.send(&request(url))).unwrap();
        }
        let heads = proxy.heads();
        let [head] = &heads[..] else { panic!("{url}: the tunnel was not kept: {heads:?}") };
        assert_eq!(target(head), url.split_once("://").unwrap().1);
        for secret in [CLIENT_ID, CLIENT_SECRET, "Authorization", "X-Atlas"] {
            assert!(!head.contains(secret), "{head}");
        }
        assert!(head.contains("User-Agent: atlas-webhook/"), "{head}");
    }
}

#[test]
fn changing_the_proxy_closes_kept_connections() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let (first, second) = (Proxy::new(Does::Tunnel), Proxy::new(Does::Tunnel));
    let mut transport = patient();
    let send = |transport: &Transport| {
        for _ in 0..2 {
            soon(|| transport.send(&request(&sandbox.url()))).unwrap();
        }
        let connections: Vec<_> = sandbox.requests().iter().map(|it| it.connection).collect();
        (connections[connections.len() - 2..].to_vec(), first.heads().len(), second.heads().len())
    };
    assert_eq!(send(&transport), (vec![1, 1], 0, 0), "directly");
    transport.set_proxy(&first.url()).unwrap();
    assert_eq!(send(&transport), (vec![2, 2], 1, 0), "by a proxy");
    transport.set_proxy(&second.url()).unwrap();
    assert_eq!(send(&transport), (vec![3, 3], 1, 1), "by another proxy");
    transport.clear_proxy();
    assert_eq!(send(&transport), (vec![4, 4], 1, 1), "directly again");
}

#[test]
fn user_and_password_are_decoded_and_sent_to_the_proxy_alone() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let proxy = Proxy::new(Does::TunnelFor(USER, PASSWORD));
    let mut transport = patient();
    let url = with_credentials(&proxy.url(), USER, ENCODED_PASSWORD);
    transport.set_proxy(&url).unwrap();
    soon(|| transport.send(&request(&sandbox.url()))).unwrap();
    let requests = sandbox.requests();
    assert!(requests[0].headers.iter().all(|(name, _)| !name.to_lowercase().starts_with("proxy")));
    assert_no_secret(&format!("{transport:?}"));
}

#[test]
fn wrong_credentials_are_a_proxy_error() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let proxy = Proxy::new(Does::TunnelFor(USER, "another"));
    for url in [proxy.url(), with_credentials(&proxy.url(), USER, ENCODED_PASSWORD)] {
        let mut transport = patient();
        transport.set_proxy(&url).unwrap();
        let error = soon(|| transport.send(&request(&sandbox.url()))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Proxy);
        assert!(error.to_string().contains("user and a password"), "{error}");
        assert_no_secret(&format!("{error} {error:?} {transport:?}"));
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_failure_before_the_tunnel_is_open_is_a_proxy_error() {
    let none = Duration::ZERO;
    for (name, does) in [
        ("forbidden", Does::Content("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")),
        ("bad gateway", Does::Content("HTTP/1.1 502 Bad Gateway\r\n\r\n<html>")),
        ("redirect", Does::Content("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n")),
        ("close", Does::Content("")),
        ("half a head", Does::Content("HTTP/1.1 200 OK\r\nA")),
        (
            "bytes behind the head",
            Does::Content("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}"),
        ),
        ("switching protocols", Does::Content("HTTP/1.1 101 x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")),
        ("interim responses alone", Does::Content("HTTP/1.1 100 Continue\r\n\r\n")),
        ("interim responses without end", Does::Repeat("", "HTTP/1.1 102 x\r\n\r\n", none)),
        ("garbage", Does::Content("220 mail.example ESMTP\r\n\r\n")),
        ("garbage without end", Does::Repeat("", "\0\u{7F}", none)),
        ("a field without end", Does::Repeat("HTTP/1.1 200 OK\r\nA: ", "bbbb", none)),
        ("reset", Does::Reset),
    ] {
        let proxy = Proxy::new(does);
        for url in [&FAULTS.named("fine").url, &FAULTS.named("tls-1.3").url] {
            let result = soon(|| proxy.transport().send(&request(url)));
            assert_eq!(kind(&result), Some(ErrorKind::Proxy), "{name}: {result:?}");
        }
    }
}

#[test]
fn a_proxy_that_closes_is_told_from_one_that_fails() {
    for (answer, says) in [
        ("", "closed the connection instead of opening a tunnel"),
        ("HTTP/1.1 200 OK\r\nA", "closed the connection instead of opening a tunnel"),
        ("220 mail.example ESMTP\r\n\r\n", "the proxy failed: "),
    ] {
        let proxy = Proxy::new(Does::Content(answer));
        let result = soon(|| proxy.transport().send(&request(&FAULTS.named("fine").url)));
        let error = result.unwrap_err();
        assert!(error.message().contains(says), "{answer:?}: {error}");
    }
}

#[test]
fn debug_shows_whether_there_is_a_proxy_without_its_url() {
    let mut transport = patient();
    let shown = format!("{transport:?}");
    assert!(shown.contains("proxy: None"), "{shown}");
    transport.set_proxy("http://user:s3cret@proxy.example").unwrap();
    let shown = format!("{transport:?}");
    assert!(shown.contains("proxy: One") && !shown.contains("proxy.example"), "{shown}");
    assert_no_secret(&shown);
}

#[test]
fn an_unreachable_proxy_is_a_proxy_error() {
    let mut transport = patient();
    transport.set_proxy(&FAULTS.named("refuse").url).unwrap();
    let result = soon(|| transport.send(&request(&FAULTS.named("fine").url)));
    assert_eq!(kind(&result), Some(ErrorKind::Proxy));

    // A label of more than 63 bytes: no resolver asks a server for it.
    transport.set_proxy(&format!("http://{}.invalid:3128", "x".repeat(64))).unwrap();
    let result = soon(|| transport.send(&request(&FAULTS.named("tls-1.3").url)));
    assert_eq!(kind(&result), Some(ErrorKind::Proxy), "{result:?}");
}

/// No connection is made and no tunnel is opened.
#[test]
fn a_host_that_tls_cannot_name_is_an_argument() {
    let proxy = Proxy::new(Does::Tunnel);
    for host in ["a..example", "-a.example", "a,b.example", &"x".repeat(64)] {
        let url = format!("https://{host}");
        let error = soon(|| proxy.transport().send(&request(&url))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{host}: {error}");
        assert_eq!(error.message(), format!("the host {host} cannot be used with TLS"));
    }
    assert!(proxy.heads().is_empty());
}

#[test]
fn a_silent_proxy_costs_the_connect_timeout() {
    let mut transport = Proxy::new(Does::Silent).transport();
    transport.set_connect_timeout(Duration::from_millis(300)).unwrap();
    let result = soon(|| transport.send(&request(&FAULTS.named("fine").url)));
    assert_eq!(kind(&result), Some(ErrorKind::Timeout));
}

/// The names do not exist, so that a send that goes past the proxy fails otherwise.
#[test]
fn a_name_in_no_proxy_covers_the_names_below_it() {
    if is_child() {
        let mut transport = patient();
        transport.set_timeout(Duration::from_secs(2)).unwrap();
        transport.use_env_proxy().unwrap();
        let error = transport.send(&request(&env::var("TEST_URL").unwrap())).unwrap_err();
        let is_proxied = env::var("TEST_IS_PROXIED").unwrap() == "true";
        assert_eq!(error.kind() == ErrorKind::Proxy, is_proxied, "{error}");
        return;
    }
    let proxy = Proxy::new(Does::Content("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"));
    for (host, exceptions, is_proxied) in [
        ("api.test.invalid", "test.invalid", false),
        ("a.b.test.invalid", "other, .TEST.invalid.", false),
        ("api.test.invalid", "api.test.invalid", false),
        ("test.invalid", "api.test.invalid", true),
        ("latest.invalid", "test.invalid", true),
        ("test.invalid.example.invalid", "test.invalid", true),
    ] {
        let before = proxy.heads().len();
        run_again(
            "proxies::a_name_in_no_proxy_covers_the_names_below_it",
            &[
                ("https_proxy", &proxy.url()),
                ("no_proxy", exceptions),
                ("TEST_URL", &format!("https://{host}")),
                ("TEST_IS_PROXIED", &is_proxied.to_string()),
            ],
        );
        assert_eq!(proxy.heads().len() - before, usize::from(is_proxied), "{host}: {exceptions}");
    }
}

#[test]
fn a_proxy_that_trickles_costs_no_more_than_the_whole_timeout() {
    let pause = Duration::from_millis(100);
    let proxy = Proxy::new(Does::Repeat("HTTP/1.1 200 OK\r\nA: ", "b", pause));
    for url in [&FAULTS.named("fine").url, &FAULTS.named("tls-1.3").url] {
        let mut transport = proxy.transport();
        transport.set_timeout(Duration::from_millis(500)).unwrap();
        let result = soon(|| transport.send(&request(url)));
        assert_eq!(kind(&result), Some(ErrorKind::Timeout));
    }
}

#[test]
fn a_failure_in_the_tunnel_is_not_a_proxy_error() {
    for (name, expected) in [
        ("close", ErrorKind::ClosedEarly),
        ("garbage", ErrorKind::Protocol),
        ("tls-expired", ErrorKind::Tls),
        ("tls-plaintext", ErrorKind::Tls),
    ] {
        let fault = FAULTS.named(name);
        let mut transport = Proxy::new(Does::Tunnel).transport();
        if let Some(ca) = &fault.ca {
            transport.set_ca_file(ca).unwrap();
        }
        let result = soon(|| transport.send(&request(&fault.url)));
        assert_eq!(kind(&result), Some(expected), "{name}: {result:?}");
    }
}

#[test]
fn the_way_to_the_proxy_may_be_tls() {
    let authority = tls::Authority::new("The proxy's CA");
    let ca = authority.write(&folder(), "proxy-ca.pem").unwrap();
    let config = authority.server("127.0.0.1", tls::VALID, rustls::ALL_VERSIONS);
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let address = listen(Ipv4Addr::LOCALHOST.into(), move |socket| {
        let mut client = tls::accept(socket, &config);
        let head = read_head(&mut client)?;
        let mut host = TcpStream::connect(target(&head))?;
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        // One request is enough to know.
        let mut request = [0; 4096];
        while !request.ends_with(b"}") {
            let n = client.read(&mut request)?;
            host.write_all(&request[..n])?;
            if request[..n].ends_with(b"}") {
                break;
            }
        }
        let n = host.read(&mut request)?;
        client.write_all(&request[..n])?;
        client.flush()
    });
    let mut transport = patient();
    transport.set_proxy(&format!("https://{}", address.unwrap())).unwrap();
    let result = soon(|| transport.send(&request(&sandbox.url())));
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "not trusted: {error}");
    assert!(
        error.message().starts_with("the proxy's certificate is not from a trusted CA"),
        "{error}"
    );
    transport.set_ca_file(ca).unwrap();
    soon(|| transport.send(&request(&sandbox.url()))).unwrap();
}

#[test]
fn an_invalid_proxy_is_rejected_and_changes_nothing() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let proxy = Proxy::new(Does::Tunnel);
    let mut transport = proxy.transport();
    for url in [
        "",
        "http://",
        "http://:s3cret@",
        "http://user:s3cret@",
        "http://user:s3cret@:80",
        "http://:80",
        "http://us er:s3cret@proxy.example",
        "http://user:s3cret%FF@proxy.example",
        "http://user:s3cret@proxy.example:99999",
        "http://user:s3cret@proxy.example:port",
        "http://[::1",
        "ftp://user:s3cret@proxy.example",
        "//proxy.example",
        "/s3cret",
        "*",
        "junk",
        "proxy.example:3128",
        "user:s3cret@proxy.example:3128",
        "http://proxy.example/path",
        "http://proxy.example:0",
        "http://proxy.example?s3cret",
        "http://us%3Aer:s3cret@proxy.example",
        "http://user:s3cret%0A@proxy.example",
        "http://user:s3cret%4@proxy.example",
    ] {
        let error = transport.set_proxy(url).expect_err(url);
        assert_eq!(error.kind(), ErrorKind::Argument, "{url}: {error}");
        assert_no_secret(&format!("{error} {error:?}"));
    }
    for scheme in ["socks", "socks4", "socks4a", "socks5", "socks5h"] {
        let error = transport.set_proxy(&format!("{scheme}://u:s3cret@127.0.0.1:1")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{scheme}");
    }
    soon(|| transport.send(&request(&sandbox.url()))).unwrap();
    assert_eq!(proxy.heads().len(), 1);
}

#[test]
fn secrets_for_an_http_endpoint_do_not_go_to_a_proxy_on_another_machine() {
    let mut transport = patient();
    // Documentation addresses (RFC 5737): nothing responds, and nothing may be sent.
    for proxy in ["http://192.0.2.1:3128", "https://192.0.2.1:3128", "http://proxy.example"] {
        transport.set_proxy(proxy).unwrap();
        let error = soon(|| transport.send(&request(&FAULTS.named("fine").url))).unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Argument, 0), "{proxy}");
    }

    transport.set_proxy("http://192.0.2.1:3128").unwrap();
    transport.set_connect_timeout(Duration::from_millis(50)).unwrap();
    let is_tried = |request: &Request| {
        let error = soon(|| transport.send(request)).unwrap_err();
        assert_ne!(error.kind(), ErrorKind::Argument, "{error}");
    };
    is_tried(&request(&FAULTS.named("tls-1.3").url));
    let mut endpoint = Endpoint::new(&FAULTS.named("fine").url).unwrap();
    endpoint.set_credentials(CLIENT_ID, CLIENT_SECRET).unwrap();
    endpoint.set_plaintext_allowed(true);
    let registration = Registration::new(WEBHOOK).unwrap();
    is_tried(&Request::registration(&endpoint, &registration).unwrap());
}

#[test]
fn any_2xx_opens_the_tunnel_regardless_of_its_fields() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    for response in [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.0 200 Connection established\r\n\r\n",
        "HTTP/1.1 201 Created\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 299 x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ] {
        let proxy = Proxy::new(Does::TunnelSaying(response));
        soon(|| proxy.transport().send(&request(&sandbox.url()))).unwrap();
    }
}

/// What the environment says, and what has to come of it.
struct Case<'a> {
    variables: Vec<(&'a str, &'a str)>,
    url: &'a str,
    expected: &'a str,
    is_proxied: bool,
}

#[test]
fn the_environment_names_the_proxy() {
    if is_child() {
        return send_as_told();
    }
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let ipv6 = Options { bind: Ipv6Addr::LOCALHOST.into(), ..Options::default() };
    let ipv6 = Sandbox::start(ipv6).unwrap();
    let (sandbox, ipv6) = (sandbox.url(), ipv6.url());
    let named = FAULTS.named("tls-name").url.as_str();
    let refusing = FAULTS.named("refuse").url.as_str();
    let proxy = Proxy::new(Does::TunnelFor(USER, PASSWORD));
    let url = with_credentials(&proxy.url(), USER, ENCODED_PASSWORD);
    let url = url.as_str();

    let mut cases = Vec::new();
    // As curl reads them: HTTP_PROXY comes from the client of a CGI program.
    for (name, is_proxied) in [
        ("http_proxy", true),
        ("all_proxy", true),
        ("ALL_PROXY", true),
        ("HTTP_PROXY", false),
        ("https_proxy", false),
        ("HTTPS_PROXY", false),
    ] {
        cases.push((vec![(name, url)], "Reply", is_proxied));
    }
    let without_scheme = url.strip_prefix("http://").unwrap();
    let with_slash = format!("{url}/");
    cases.extend([
        (vec![], "Reply", false),
        (vec![("http_proxy", without_scheme)], "Reply", true),
        (vec![("http_proxy", with_slash.as_str())], "Reply", true),
        (vec![("ALL_PROXY", refusing), ("http_proxy", url)], "Reply", true),
        (vec![("ALL_PROXY", refusing), ("all_proxy", url)], "Reply", true),
        (vec![("http_proxy", ""), ("all_proxy", ""), ("ALL_PROXY", url)], "Reply", true),
        (vec![("http_proxy", refusing), ("ALL_PROXY", url)], "Proxy", false),
        (vec![("http_proxy", "ftp://u:s3cret@x")], "Argument", false),
        (vec![("http_proxy", "http://u:s3cret@")], "Argument", false),
        (vec![("http_proxy", "http://u:s3cret@x/path")], "Argument", false),
        (vec![("http_proxy", url), ("HTTPS_PROXY", "ftp://u:s3cret@x")], "Argument", false),
        (vec![("http_proxy", url), ("ALL_PROXY", "ftp://u:s3cret@x")], "Argument", false),
        (vec![("http_proxy", url), ("HTTP_PROXY", "ftp://u:s3cret@x")], "Reply", true),
        (vec![("ALL_PROXY", "socks5://u:s3cret@127.0.0.1:1")], "Unsupported", false),
        (vec![("http_proxy", url), ("ALL_PROXY", "socks5h://u:s3cret@127.0.0.1:1")], "Reply", true),
        (
            vec![("ALL_PROXY", "socks5://u:s3cret@127.0.0.1:1"), ("NO_PROXY", "127.0.0.1")],
            "Reply",
            false,
        ),
        (vec![("TEST_DOES_NOT_ASK", "1"), ("ALL_PROXY", url)], "Reply", false),
        (vec![("no_proxy", "127.0.0.1"), ("NO_PROXY", "x"), ("ALL_PROXY", url)], "Reply", false),
        (vec![("no_proxy", "x"), ("NO_PROXY", "127.0.0.1"), ("ALL_PROXY", url)], "Reply", true),
        (vec![("no_proxy", ""), ("NO_PROXY", "127.0.0.1"), ("ALL_PROXY", url)], "Reply", false),
    ]);
    for (name, exceptions, is_proxied) in [
        ("NO_PROXY", "127.0.0.1", false),
        ("no_proxy", "127.0.0.1", false),
        ("NO_PROXY", "*", false),
        ("NO_PROXY", "one.example, 127.0.0.1 ,two.example", false),
        ("NO_PROXY", "127.0.0.0/8", false),
        ("NO_PROXY", "0.0.0.0/0", false),
        ("NO_PROXY", "127.0.0.0/32,127.0.0.1/33,127.0.0.1/x", true),
        // Addresses have no wildcards.
        ("NO_PROXY", "127.0.*", true),
        ("NO_PROXY", "127.0.0.2,7.0.0.1,localhost,::1", true),
        ("NO_PROXY", "", true),
        ("NO_PROXY", " , ", true),
    ] {
        cases.push((vec![("ALL_PROXY", url), (name, exceptions)], "Reply", is_proxied));
    }
    let cases = cases.into_iter().map(|(variables, expected, is_proxied)| Case {
        variables,
        url: &sandbox,
        expected,
        is_proxied,
    });
    let https =
        |variables, expected, is_proxied| Case { variables, url: named, expected, is_proxied };
    let https = [
        https(vec![("https_proxy", url)], "Tls", true),
        https(vec![("HTTPS_PROXY", url)], "Tls", true),
        https(vec![("https_proxy", url), ("HTTPS_PROXY", refusing)], "Tls", true),
        https(vec![("http_proxy", url)], "Tls", false),
        https(
            vec![("https_proxy", "socks4://127.0.0.1:1"), ("ALL_PROXY", url)],
            "Unsupported",
            false,
        ),
    ];
    // The certificate there is not trusted, so that TLS shows that it was reached.
    let elsewhere = [
        (ipv6.as_str(), "::1", "Reply", false),
        (ipv6.as_str(), "[::1]", "Reply", false),
        (ipv6.as_str(), "::/64", "Reply", false),
        (ipv6.as_str(), "::2/128,127.0.0.1", "Reply", true),
        (named, "LOCALHOST", "Tls", false),
        (named, ".localhost.", "Tls", false),
        (named, "host", "Tls", true),
    ];
    let elsewhere = elsewhere.map(|(endpoint, exceptions, expected, is_proxied)| Case {
        variables: vec![("ALL_PROXY", url), ("NO_PROXY", exceptions)],
        url: endpoint,
        expected,
        is_proxied,
    });

    for case in cases.chain(https).chain(elsewhere) {
        let before = proxy.heads().len();
        let told = [("TEST_URL", case.url), ("TEST_EXPECTED", case.expected)];
        let variables = [&case.variables[..], &told].concat();
        run_again("proxies::the_environment_names_the_proxy", &variables);
        let came = proxy.heads().len() - before;
        assert_eq!(came, usize::from(case.is_proxied), "{variables:?}");
    }
}

/// Sends as the environment says, and compares with what it expects: `Reply`, or the kind of error.
fn send_as_told() {
    let send = || -> Result<Reply, Error> {
        let mut transport = patient();
        if env::var_os("TEST_DOES_NOT_ASK").is_none() {
            transport.use_env_proxy()?;
        }
        assert_no_secret(&format!("{transport:?}"));
        transport.send(&request(&env::var("TEST_URL").unwrap()))
    };
    let result = soon(send);
    let found = kind(&result).map_or("Reply".to_owned(), |kind| format!("{kind:?}"));
    assert_eq!(found, env::var("TEST_EXPECTED").unwrap(), "{result:?}");
    let shown = result.err().map(|error| format!("{error} {error:?}"));
    assert_no_secret(&shown.unwrap_or_default());
}
