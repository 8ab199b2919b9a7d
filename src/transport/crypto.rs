//! The cryptography of TLS: ring, but only the parts that TLS of this transport needs.
//!
//! rustls's own list of all parts would link all of ring. This list leaves out
//!
//! * ChaCha20-Poly1305: every server of TLS 1.3 has AES-128-GCM (RFC 8446 section 9.1);
//! * the protection of QUIC packets;
//! * signing, which only client certificates need.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;

use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::crypto::ring::cipher_suite::{
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384,
};
use rustls::crypto::ring::kx_group::{SECP256R1, SECP384R1, X25519};
use rustls::crypto::{
    CipherSuiteCommon, CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom,
    WebPkiSupportedAlgorithms,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::{SignatureScheme, SupportedCipherSuite, Tls13CipherSuite};
use webpki::ring::{
    ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P384_SHA256, ECDSA_P384_SHA384, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
    RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
    RSA_PSS_2048_8192_SHA256_LEGACY_KEY, RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
};

pub(super) fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: vec![
            SupportedCipherSuite::Tls13(&AES_256),
            SupportedCipherSuite::Tls13(&AES_128),
            TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        ],
        kx_groups: vec![X25519, SECP256R1, SECP384R1],
        signature_verification_algorithms: SIGNATURES,
        secure_random: &Random,
        key_provider: &NoKeys,
    }
}

static AES_256: Tls13CipherSuite = without_quic(&TLS13_AES_256_GCM_SHA384);
static AES_128: Tls13CipherSuite = without_quic(&TLS13_AES_128_GCM_SHA256);

#[expect(clippy::panic, reason = "the compiler evaluates it")]
const fn without_quic(suite: &SupportedCipherSuite) -> Tls13CipherSuite {
    let SupportedCipherSuite::Tls13(suite) = suite else { panic!() };
    let CipherSuiteCommon { suite: name, hash_provider, confidentiality_limit } = suite.common;
    Tls13CipherSuite {
        common: CipherSuiteCommon { suite: name, hash_provider, confidentiality_limit },
        hkdf_provider: suite.hkdf_provider,
        aead_alg: suite.aead_alg,
        quic: None,
    }
}

/// All that rustls has with ring, in its order.
static SIGNATURES: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        ECDSA_P256_SHA256,
        ECDSA_P256_SHA384,
        ECDSA_P384_SHA256,
        ECDSA_P384_SHA384,
        ED25519,
        RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
        RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
        RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_2048_8192_SHA384,
        RSA_PKCS1_2048_8192_SHA512,
        RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
        RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
        RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
    ],
    mapping: &[
        (SignatureScheme::ECDSA_NISTP384_SHA384, &[ECDSA_P384_SHA384, ECDSA_P256_SHA384]),
        (SignatureScheme::ECDSA_NISTP256_SHA256, &[ECDSA_P256_SHA256, ECDSA_P384_SHA256]),
        (SignatureScheme::ED25519, &[ED25519]),
        (SignatureScheme::RSA_PSS_SHA512, &[RSA_PSS_2048_8192_SHA512_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA384, &[RSA_PSS_2048_8192_SHA384_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA256, &[RSA_PSS_2048_8192_SHA256_LEGACY_KEY]),
        (SignatureScheme::RSA_PKCS1_SHA512, &[RSA_PKCS1_2048_8192_SHA512]),
        (SignatureScheme::RSA_PKCS1_SHA384, &[RSA_PKCS1_2048_8192_SHA384]),
        (SignatureScheme::RSA_PKCS1_SHA256, &[RSA_PKCS1_2048_8192_SHA256]),
    ],
};

#[derive(Debug)]
struct Random;

impl SecureRandom for Random {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
        SystemRandom::new().fill(buffer).map_err(|_| GetRandomFailed)
    }
}

#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(
        &self,
        _: PrivateKeyDer<'static>,
    ) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General(String::from("client certificates are not supported")))
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::*;

    /// What of a provider a server can notice.
    fn described(provider: &CryptoProvider) -> Vec<String> {
        let algorithm = |it: &dyn rustls::pki_types::SignatureVerificationAlgorithm| {
            format!("{:?} {:?}", it.public_key_alg_id(), it.signature_alg_id())
        };
        let suites = provider.cipher_suites.iter().map(|suite| format!("{suite:?}"));
        let groups = provider.kx_groups.iter().map(|group| format!("{:?}", group.name()));
        let signatures = provider.signature_verification_algorithms;
        let all = signatures.all.iter().map(|&it| algorithm(it));
        let mapped = signatures.mapping.iter().map(|(scheme, algorithms)| {
            let algorithms: Vec<_> = algorithms.iter().map(|&it| algorithm(it)).collect();
            format!("{scheme:?} {algorithms:?}")
        });
        suites.chain(groups).chain(all).chain(mapped).collect()
    }

    #[test]
    fn all_of_rustls_but_chacha20_is_there_in_its_order() {
        let of_rustls = described(&rustls::crypto::ring::default_provider());
        let (without, expected): (Vec<_>, Vec<_>) =
            of_rustls.into_iter().partition(|part| part.contains("CHACHA20"));
        assert_eq!(without.len(), 3);
        assert_eq!(described(&provider()), expected);
    }

    #[test]
    fn the_suites_are_those_of_rustls_without_quic() {
        for ours in provider().cipher_suites {
            let found = rustls::crypto::ring::ALL_CIPHER_SUITES.iter();
            let of_rustls = found.clone().find(|it| it.suite() == ours.suite()).copied();
            let (Some(ours), Some(of_rustls)) = (ours.tls13(), of_rustls.and_then(|it| it.tls13()))
            else {
                assert_eq!(Some(ours), of_rustls);
                continue;
            };
            assert!(ours.quic.is_none());
            assert_eq!(ours.common.confidentiality_limit, of_rustls.common.confidentiality_limit);
            assert_eq!(ours.aead_alg.key_len(), of_rustls.aead_alg.key_len());
            let hash = |suite: &Tls13CipherSuite| suite.common.hash_provider.algorithm();
            assert_eq!(hash(ours), hash(of_rustls));
        }
    }

    #[test]
    fn random_bytes_are_filled_and_differ() {
        let ([mut one, mut other], zeros) = ([[0; 32]; 2], [0; 32]);
        assert!(Random.fill(&mut one).is_ok() && Random.fill(&mut other).is_ok());
        assert!(one != zeros && other != zeros && one != other);
    }
}
