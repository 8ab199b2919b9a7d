//! Reads deliveries for a wrong target, for a tool that counts instructions: `wrong_target TARGET`.

use std::env;

use atlas_webhook::{Delivery, ErrorKind, Receiver};

fn main() {
    let target = env::args().nth(1).expect("a target is given");
    let url = "https://example.com/atlas/0123456789abcdef0123456789abcdef?token=x";
    let receiver = Receiver::new(url).expect("the URL is valid");
    for _ in 0..100 {
        let delivery = Delivery::new("POST", &target, [("", ""); 0], "{}");
        let error = receiver.read(&delivery).expect_err("the target is wrong");
        assert_eq!((error.kind(), error.response_status()), (ErrorKind::Untrusted, 404));
    }
}
