//! Any body, under any status: what is accepted is what another reader of JSON finds there.

#![no_main]

use atlas_webhook::{ErrorKind, Reply, Response};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use serde_json::Value;

fuzz_target!(|input: (u16, &[u8])| {
    let (status, body) = input;
    let Ok(response) = Response::new(status, [("Content-Type", "application/json")], body) else {
        assert!(!(200..1000).contains(&status));
        return;
    };
    // Serde's tree is bounded in depth, and wants every string to be sound.
    let json: Option<Value> = serde_json::from_slice(body).ok();
    match Reply::from_response(&response) {
        Ok(reply) => {
            assert!((200..300).contains(&status));
            // Inflated, it was another text that was read.
            if !body.starts_with(b"\x1F\x8B") {
                serde_json::from_slice::<IgnoredAny>(body).expect("what is accepted is JSON");
            }
            if let Some(json) = json {
                assert!(json["status"] == 0 || json["status"] == -0.0);
                assert_eq!(reply.message(), json["msg"].as_str().unwrap_or_default());
            }
        }
        Err(error) => {
            assert_eq!(error.http_status(), Some(status));
            let decided = matches!(
                error.kind(),
                ErrorKind::Refused
                    | ErrorKind::MalformedReply
                    | ErrorKind::RateLimited
                    | ErrorKind::Encoding
                    | ErrorKind::Limit
            );
            assert!(decided || !(200..300).contains(&status));
            assert!(!error.to_string().contains('\n'));
            if let (ErrorKind::Refused, Some(json)) = (error.kind(), json) {
                assert_eq!(error.api_status(), json["status"].as_i64());
            }
        }
    }
});
