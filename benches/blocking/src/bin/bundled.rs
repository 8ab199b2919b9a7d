//! `bundled URL N [CA-FILE]`: the bundled transport.

use atlas_webhook::{Endpoint, Registration, Request, Transport};

fn main() {
    let arguments = cases::arguments();
    let mut endpoint = Endpoint::new(&arguments[0]).unwrap();
    endpoint.set_credentials(cases::CLIENT_ID, cases::CLIENT_SECRET).unwrap();
    let mut transport = Transport::new().unwrap();
    if let Some(file) = arguments.get(2) {
        transport.set_ca_file(file).unwrap();
    }
    cases::register(&arguments[1], || {
        let mut registration = Registration::new(cases::WEBHOOK).unwrap();
        registration.set_cid(cases::CID).unwrap();
        let request = Request::registration(&endpoint, &registration).unwrap();
        transport.send(&request).unwrap();
    });
}
