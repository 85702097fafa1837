//! Electronic certificates and signed results (印信).

// ground
pub mod asn1;
pub mod cbor;
pub mod crypto;
pub mod error;
#[cfg(any(feature = "compose", feature = "seal"))]
pub mod font;
pub mod limits;
pub mod time;

// formats: bytes <-> structures, no opinions
pub mod cms;
pub mod cose;
pub mod pdf;
pub mod record;
pub mod symbol;

// trust: whose key, allowed to do what
pub mod authority;
pub mod pki;

// content: what the code says, how the seal looks, what a draft reserves
pub mod draft;
#[cfg(feature = "seal")]
pub mod impression;
pub mod payload;

// verbs: what a department does
#[cfg(feature = "compose")]
pub mod compose;
#[cfg(feature = "seal")]
pub mod seal;
pub mod verify;
