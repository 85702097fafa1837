//! The words of EN 319 102-1 for the verdict: main status indication and sub-indication (clause 5.1.3).

use core::fmt;

use serde::{Serialize, Serializer};

/// For a signature that does not pass although no finding says why: never seen, and never a pass.
pub(super) const UNEXPLAINED: SubIndication = SubIndication::SigConstraintsFailure;

/// Main status indication of a signature (EN 319 102-1, clause 5.1.3).
///
/// It speaks of signatures, [`Outcome`](super::Outcome) of what to do with the file. `TotalPassed` goes with `Authentic` alone.
/// `NotAuthentic` goes with `TotalFailed` where the standard calls the fault a failure of the signature, and with
/// `Indeterminate` where it leaves the fault to the constraints of the one who relies on it: a seal by a body that may not
/// issue this result is one to refuse, though its signature value is right.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Indication {
    /// The signature stands.
    TotalPassed,
    /// The signature value is wrong, or it is none that could be right.
    TotalFailed,
    /// The information at hand, or the constraints put on the signature, do not let it pass.
    Indeterminate,
}

impl Indication {
    /// The standard's spelling, such as `TOTAL-PASSED`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TotalPassed => "TOTAL-PASSED",
            Self::TotalFailed => "TOTAL-FAILED",
            Self::Indeterminate => "INDETERMINATE",
        }
    }
}

impl fmt::Display for Indication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Indication {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

macro_rules! sub_indications {
    ($($variant:ident $name:literal $main:ident $meaning:literal)*) => {
        /// Sub-indication of a signature (EN 319 102-1, clause 5.1.3, table of sub-indications).
        ///
        /// Each belongs to one main indication, so a pair that the standard does not have cannot be written down. The table's
        /// `EXPIRED` and `NOT_YET_VALID` are left out: its editions put them under different main indications, and both ask
        /// for a proof of the signing time, without which it is `OUT_OF_BOUNDS_NO_POE`.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum SubIndication {
            $(#[doc = $meaning] $variant,)*
        }

        impl SubIndication {
            /// Every one, in the standard's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The standard's spelling, such as `HASH_FAILURE`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The main indication it belongs to.
            #[must_use]
            pub fn indication(self) -> Indication {
                match self { $(Self::$variant => Indication::$main),* }
            }

            /// The one that is spelt so.
            pub(super) fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

sub_indications! {
    FormatFailure "FORMAT_FAILURE" TotalFailed
        "The signature is not of the form that the standard for it asks for."
    HashFailure "HASH_FAILURE" TotalFailed
        "A digest in the signature is not the one of the data."
    SigCryptoFailure "SIG_CRYPTO_FAILURE" TotalFailed
        "The signature value is not by the key of the signing certificate."
    Revoked "REVOKED" TotalFailed
        "The signing certificate was revoked, and the signature is proven to be later."
    SigConstraintsFailure "SIG_CONSTRAINTS_FAILURE" Indeterminate
        "The signature does not meet the constraints put on it."
    ChainConstraintsFailure "CHAIN_CONSTRAINTS_FAILURE" Indeterminate
        "The chain does not meet the constraints put on the certificate."
    CertificateChainGeneralFailure "CERTIFICATE_CHAIN_GENERAL_FAILURE" Indeterminate
        "The chain is faulty in some other way."
    CryptoConstraintsFailure "CRYPTO_CONSTRAINTS_FAILURE" Indeterminate
        "An algorithm is below the level asked for, and was so when the signature was made."
    PolicyProcessingError "POLICY_PROCESSING_ERROR" Indeterminate
        "The signature policy cannot be read."
    SignaturePolicyNotAvailable "SIGNATURE_POLICY_NOT_AVAILABLE" Indeterminate
        "The signature policy is not at hand."
    TimestampOrderFailure "TIMESTAMP_ORDER_FAILURE" Indeterminate
        "The time stamps are not in an order that can be."
    NoSigningCertificateFound "NO_SIGNING_CERTIFICATE_FOUND" Indeterminate
        "The signing certificate cannot be told."
    NoCertificateChainFound "NO_CERTIFICATE_CHAIN_FOUND" Indeterminate
        "No chain leads from the signing certificate to a trusted root."
    RevokedNoPoe "REVOKED_NO_POE" Indeterminate
        "The signing certificate was revoked, and nothing proves that the signature is earlier or later."
    RevokedCaNoPoe "REVOKED_CA_NO_POE" Indeterminate
        "The same for a certificate above it."
    OutOfBoundsNotRevoked "OUT_OF_BOUNDS_NOT_REVOKED" Indeterminate
        "The certificate is out of its validity but not revoked, and nothing proves that the signature was made within it."
    OutOfBoundsNoPoe "OUT_OF_BOUNDS_NO_POE" Indeterminate
        "The certificate is out of its validity, and nothing proves that the signature was made within it."
    RevocationOutOfBoundsNoPoe "REVOCATION_OUT_OF_BOUNDS_NO_POE" Indeterminate
        "The same for the certificate that signed revocation information."
    CryptoConstraintsFailureNoPoe "CRYPTO_CONSTRAINTS_FAILURE_NO_POE" Indeterminate
        "An algorithm is below the level asked for, and nothing proves that the signature is from when it was not."
    NoPoe "NO_POE" Indeterminate
        "A proof of existence is missing."
    TryLater "TRY_LATER" Indeterminate
        "What is needed may be had later."
    SignedDataNotFound "SIGNED_DATA_NOT_FOUND" Indeterminate
        "The signed data cannot be obtained."
}

impl fmt::Display for SubIndication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for SubIndication {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_four_are_failures_of_the_signature_itself() {
        let failed = |sub: &&SubIndication| sub.indication() == Indication::TotalFailed;
        let failed: Vec<_> = SubIndication::ALL
            .iter()
            .filter(failed)
            .map(|s| s.name())
            .collect();
        assert_eq!(
            failed,
            ["FORMAT_FAILURE", "HASH_FAILURE", "SIG_CRYPTO_FAILURE", "REVOKED"]
        );
        assert!(
            SubIndication::ALL
                .iter()
                .all(|s| s.indication() != Indication::TotalPassed)
        );
    }

    #[test]
    fn every_spelling_is_read_back() {
        for sub in SubIndication::ALL {
            assert_eq!(SubIndication::named(sub.name()), Some(*sub));
            assert_eq!(serde_json::to_value(sub).unwrap(), sub.name());
            assert_eq!(sub.to_string(), sub.name());
        }
        assert_eq!(SubIndication::named(""), None);
        assert_eq!(SubIndication::named("TOTAL-FAILED"), None);
    }
}
