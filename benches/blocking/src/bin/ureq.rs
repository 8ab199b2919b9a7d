//! `ureq URL N [CA-FILE]`: ureq used directly, with the timeouts, limits and TLS of the bundled transport.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

#[derive(Serialize)]
struct Registration<'a> {
    cid: &'a str,
    url: &'a str,
}

#[derive(Deserialize)]
struct Reply {
    status: i64,
    msg: Option<String>,
    #[serde(rename = "requestId")]
    request_id: Option<String>,
}

fn main() {
    let arguments = cases::arguments();
    let url = format!("{}{}", arguments[0], cases::PATH);
    let agent = agent(arguments.get(2).map(String::as_str));
    cases::register(&arguments[1], || {
        let reply = once(&agent, &url);
        assert!(reply.status == 0 && reply.msg.is_some() && reply.request_id.is_some());
    });
}

fn agent(ca_file: Option<&str>) -> Agent {
    let roots = ca_file.map_or(RootCerts::PlatformVerifier, |file| {
        let pem = fs::read(file).unwrap();
        let certificates = CertificateDer::pem_slice_iter(&pem)
            .map(|certificate| Certificate::from_der(&certificate.unwrap()).to_owned());
        RootCerts::Specific(Arc::new(certificates.collect()))
    });
    let tls = TlsConfig::builder()
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(15)))
        .timeout_connect(Some(Duration::from_secs(5)))
        .max_response_header_size(16 * 1024)
        .build()
        .new_agent()
}

fn once(agent: &Agent, url: &str) -> Reply {
    let registration = Registration { cid: cases::CID, url: cases::WEBHOOK };
    let body = serde_json::to_vec(&registration).unwrap();
    let answer = agent
        .post(url)
        .header("Content-Type", "application/json")
        .header("Accept", "application/json")
        .header("Accept-Encoding", "gzip")
        .header("x-atlas-client-id", cases::CLIENT_ID)
        .header("x-atlas-client-secret", cases::CLIENT_SECRET)
        .send(&body[..])
        .unwrap();
    assert_eq!(answer.status(), 200);
    let body = answer.into_body().with_config().limit(1024 * 1024).read_to_vec().unwrap();
    serde_json::from_slice(&body).unwrap()
}
