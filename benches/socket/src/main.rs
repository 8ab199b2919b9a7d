//! `socket URL N`: an own socket, by the library without its transport.

use std::io::{Read, Write};
use std::net::TcpStream;

use atlas_webhook::{Endpoint, Exchange, Registration, Reply, Request, State};

fn main() {
    let arguments = cases::arguments();
    let mut endpoint = Endpoint::new(&arguments[0]).unwrap();
    endpoint.set_credentials(cases::CLIENT_ID, cases::CLIENT_SECRET).unwrap();
    let mut socket = TcpStream::connect(arguments[0].strip_prefix("http://").unwrap()).unwrap();
    socket.set_nodelay(true).unwrap();
    cases::register(&arguments[1], || {
        once(&endpoint, &mut socket);
    });
}

fn once(endpoint: &Endpoint, socket: &mut TcpStream) -> Reply {
    let mut registration = Registration::new(cases::WEBHOOK).unwrap();
    registration.set_cid(cases::CID).unwrap();
    let request = Request::registration(endpoint, &registration).unwrap();
    let mut exchange = Exchange::new(&request);
    let mut buffer = [0; 4096];
    loop {
        match exchange.state() {
            State::WantSend => {
                let n = socket.write(exchange.to_send()).unwrap();
                exchange.sent(n).unwrap();
            }
            State::WantReceive => match socket.read(&mut buffer).unwrap() {
                0 => drop(exchange.received_eof().unwrap()),
                n => drop(exchange.received(&buffer[..n]).unwrap()),
            },
            State::Done | State::Failed => return exchange.take_reply().unwrap(),
        }
    }
}
