//! libatlas_webhook: what the feature `capi` exports, as a shared and as a static library.

pub use atlas_webhook_core::capi::*;
