//! AlgorithmIdentifier (RFC 5280, clause 4.1.1.2), read into the algorithms we compute and written from them.

use core::fmt;

use super::oids;
use crate::asn1::{self, Asn1Error, Oid, Reader, Rules, Tlv, tag};
use crate::crypto::{DigestAlgorithm, PublicKey, SignatureAlgorithm};

/// An algorithm as named in the input: identifier and parameters, not judged yet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AlgorithmIdentifier<'a> {
    /// The algorithm.
    pub oid: Oid<'a>,
    /// Its parameters, if present.
    pub parameters: Option<Tlv<'a>>,
    /// The contents octets of the SEQUENCE.
    contents: &'a [u8],
}

/// A signature algorithm before the key is known: ECDSA names its curve in the key alone.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme {
    /// ECDSA with this digest.
    Ecdsa(DigestAlgorithm),
    /// Ed25519.
    Ed25519,
    /// RSASSA-PKCS1-v1_5 with this digest.
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS with this digest for message and MGF1.
    RsaPss(DigestAlgorithm),
}

/// An algorithm that is not computed here: unknown, too weak (MD5, SHA-1), or with parameters of another
/// form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnsupportedAlgorithm {
    /// The dotted object identifier.
    pub oid: String,
}

impl fmt::Display for UnsupportedAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "algorithm {} is not accepted, or not with these parameters",
            self.oid
        )
    }
}

impl core::error::Error for UnsupportedAlgorithm {}

impl Scheme {
    /// The digest that goes with it.
    #[must_use]
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            Self::Ecdsa(digest) | Self::RsaPkcs1(digest) | Self::RsaPss(digest) => digest,
            Self::Ed25519 => DigestAlgorithm::Sha512,
        }
    }

    /// The algorithm in full once the key is known. `None` if the key is of another kind.
    #[must_use]
    pub fn for_key(self, key: &PublicKey) -> Option<SignatureAlgorithm> {
        use DigestAlgorithm as D;
        use SignatureAlgorithm as A;
        Some(match (self, key) {
            (Self::Ecdsa(D::Sha256), PublicKey::P256(_)) => A::EcdsaP256Sha256,
            (Self::Ecdsa(D::Sha384), PublicKey::P256(_)) => A::EcdsaP256Sha384,
            (Self::Ecdsa(D::Sha256), PublicKey::P384(_)) => A::EcdsaP384Sha256,
            (Self::Ecdsa(D::Sha384), PublicKey::P384(_)) => A::EcdsaP384Sha384,
            (Self::Ed25519, PublicKey::Ed25519(_)) => A::Ed25519,
            (Self::RsaPkcs1(D::Sha256), PublicKey::Rsa(_)) => A::RsaPkcs1Sha256,
            (Self::RsaPkcs1(D::Sha384), PublicKey::Rsa(_)) => A::RsaPkcs1Sha384,
            (Self::RsaPkcs1(D::Sha512), PublicKey::Rsa(_)) => A::RsaPkcs1Sha512,
            (Self::RsaPss(D::Sha256), PublicKey::Rsa(_)) => A::RsaPssSha256,
            (Self::RsaPss(D::Sha384), PublicKey::Rsa(_)) => A::RsaPssSha384,
            (Self::RsaPss(D::Sha512), PublicKey::Rsa(_)) => A::RsaPssSha512,
            _ => return None,
        })
    }
}

impl<'a> AlgorithmIdentifier<'a> {
    /// Reads the SEQUENCE `tlv`, or the same under an IMPLICIT tag.
    ///
    /// # Errors
    /// Occurs if it does not hold an identifier and at most one more element.
    pub fn parse(tlv: &Tlv<'a>, rules: Rules) -> asn1::Result<Self> {
        let mut inner = tlv.reader(rules);
        let oid = inner.expect(tag::OID)?.oid()?;
        let parameters = if inner.is_empty() {
            None
        } else {
            Some(inner.read()?)
        };
        inner.finish()?;
        Ok(Self {
            oid,
            parameters,
            contents: tlv.contents,
        })
    }

    /// Reads an AlgorithmIdentifier that stands alone, DER.
    ///
    /// # Errors
    /// Occurs if `bytes` is not exactly one.
    pub fn from_der(bytes: &'a [u8]) -> asn1::Result<Self> {
        let mut reader = Reader::new(bytes, Rules::Der);
        let tlv = reader.expect(tag::SEQUENCE)?;
        reader.finish()?;
        Self::parse(&tlv, Rules::Der)
    }

    /// Whether both name the same digest, or the same bytes: absent and NULL parameters count as equal for
    /// digests (RFC 5754, clause 2).
    #[must_use]
    pub fn same_as(&self, other: &AlgorithmIdentifier<'_>) -> bool {
        self.contents == other.contents
            || self.oid == other.oid && self.has_no_parameters() && other.has_no_parameters()
    }

    /// The digest named.
    ///
    /// # Errors
    /// Occurs if it is not SHA-256, SHA-384 or SHA-512 with parameters absent or NULL (RFC 5754, clause 2).
    pub fn digest(&self) -> Result<DigestAlgorithm, UnsupportedAlgorithm> {
        let digest = match self.oid {
            oids::SHA256 => DigestAlgorithm::Sha256,
            oids::SHA384 => DigestAlgorithm::Sha384,
            oids::SHA512 => DigestAlgorithm::Sha512,
            _ => return Err(self.unsupported()),
        };
        if self.has_no_parameters() {
            Ok(digest)
        } else {
            Err(self.unsupported())
        }
    }

    /// The signature scheme named. `digest` is what CMS says beside it: rsaEncryption leaves the digest to
    /// digestAlgorithm (RFC 5754, clause 3.2), and so does id-ecPublicKey, which some write; in certificates they are no
    /// signature algorithms, so pass `None`.
    ///
    /// # Errors
    /// Occurs if the algorithm is not one of ours or its parameters have another form than its RFC gives.
    pub fn scheme(&self, digest: Option<DigestAlgorithm>) -> Result<Scheme, UnsupportedAlgorithm> {
        use DigestAlgorithm as D;
        let scheme = match self.oid {
            oids::ECDSA_SHA256 => Scheme::Ecdsa(D::Sha256),
            oids::ECDSA_SHA384 => Scheme::Ecdsa(D::Sha384),
            oids::ECDSA_SHA512 => Scheme::Ecdsa(D::Sha512),
            oids::ED25519 => Scheme::Ed25519,
            oids::RSA_SHA256 => Scheme::RsaPkcs1(D::Sha256),
            oids::RSA_SHA384 => Scheme::RsaPkcs1(D::Sha384),
            oids::RSA_SHA512 => Scheme::RsaPkcs1(D::Sha512),
            oids::RSA_ENCRYPTION => Scheme::RsaPkcs1(digest.ok_or_else(|| self.unsupported())?),
            // No signature algorithm by any standard, but iText 5 and others name the key's, and there is one way to take it.
            oids::EC_PUBLIC_KEY => Scheme::Ecdsa(digest.ok_or_else(|| self.unsupported())?),
            oids::RSASSA_PSS => {
                let digest = self.pss_digest().ok_or_else(|| self.unsupported())?;
                return Ok(Scheme::RsaPss(digest));
            }
            _ => return Err(self.unsupported()),
        };
        // RFC 5754 asks for absent with ECDSA and NULL with RSA; both are met with in both places.
        if self.has_no_parameters() {
            Ok(scheme)
        } else {
            Err(self.unsupported())
        }
    }

    /// The digest of RSASSA-PSS parameters (RFC 4055, clause 3.1), if message and MGF1 have the same.
    ///
    /// Absent members mean SHA-1, which nothing here accepts, so both must be present. How long the salt is, the
    /// signature itself shows.
    #[must_use]
    pub fn pss_digest(&self) -> Option<DigestAlgorithm> {
        self.pss().map(|(digest, _)| digest)
    }

    /// The length of the salt that RSASSA-PSS parameters state, in bytes; 20 if they state none (RFC 4055, clause 3.1).
    #[must_use]
    pub fn pss_salt_length(&self) -> Option<usize> {
        let (_, salt) = self.pss()?;
        usize::try_from(salt).ok()
    }

    fn pss(&self) -> Option<(DigestAlgorithm, u32)> {
        self.parameters
            .and_then(|tlv| pss_parameters(&tlv).ok().flatten())
    }

    fn has_no_parameters(&self) -> bool {
        self.parameters
            .is_none_or(|tlv| tlv.tag == tag::NULL && tlv.contents.is_empty())
    }

    fn unsupported(&self) -> UnsupportedAlgorithm {
        UnsupportedAlgorithm {
            oid: self.oid.to_string(),
        }
    }
}

/// The digest and the length of the salt.
fn pss_parameters(tlv: &Tlv<'_>) -> asn1::Result<Option<(DigestAlgorithm, u32)>> {
    if tlv.tag != tag::SEQUENCE {
        return Err(tlv.error(Asn1Error::Unexpected));
    }
    let mut members = tlv.reader(Rules::Der);
    let hash = explicit(&mut members, tag::CONTEXT_0_CONSTRUCTED, tag::SEQUENCE)?;
    let mask = explicit(&mut members, tag::CONTEXT_1_CONSTRUCTED, tag::SEQUENCE)?;
    // The default.
    let mut salt = 20;
    if members.peek() == Some(tag::CONTEXT_2_CONSTRUCTED) {
        let stated = explicit(&mut members, tag::CONTEXT_2_CONSTRUCTED, tag::INTEGER)?;
        salt = asn1::small_integer(&stated)?;
    }
    // trailerFieldBC is the default and the only value; some write it out.
    if members.peek() == Some(tag::CONTEXT_3_CONSTRUCTED) {
        let trailer = explicit(&mut members, tag::CONTEXT_3_CONSTRUCTED, tag::INTEGER)?;
        if asn1::small_integer(&trailer)? != 1 {
            return Err(trailer.error(Asn1Error::Value));
        }
    }
    members.finish()?;
    let hash = AlgorithmIdentifier::parse(&hash, Rules::Der)?;
    let mask = AlgorithmIdentifier::parse(&mask, Rules::Der)?;
    let (Ok(digest), oids::MGF1, Some(mask_hash)) = (hash.digest(), mask.oid, mask.parameters) else {
        return Ok(None);
    };
    if mask_hash.tag != tag::SEQUENCE {
        return Err(mask_hash.error(Asn1Error::Unexpected));
    }
    let mask_digest = AlgorithmIdentifier::parse(&mask_hash, Rules::Der)?.digest();
    Ok((mask_digest == Ok(digest)).then_some((digest, salt)))
}

/// The single element inside the EXPLICIT tag `outer`.
fn explicit<'a>(reader: &mut Reader<'a>, outer: u8, inner: u8) -> asn1::Result<Tlv<'a>> {
    let mut contents = reader.expect(outer)?.reader(Rules::Der);
    let tlv = contents.expect(inner)?;
    contents.finish()?;
    Ok(tlv)
}

/// The AlgorithmIdentifier of a digest, DER. Parameters are absent (RFC 5754, clause 2).
pub(super) fn digest_identifier(digest: DigestAlgorithm) -> Vec<u8> {
    asn1::tlv(tag::SEQUENCE, &[&asn1::oid_tlv(digest_oid(digest))])
}

/// The AlgorithmIdentifier of a signature algorithm that carries its digest, DER.
pub(super) fn signature_identifier(algorithm: SignatureAlgorithm) -> Vec<u8> {
    use SignatureAlgorithm as A;
    // RFC 5758, clause 3.2 and RFC 8410, clause 3: absent. RFC 4055, clause 5: NULL.
    let plain = |oid| asn1::tlv(tag::SEQUENCE, &[&asn1::oid_tlv(oid)]);
    let with_null = |oid| asn1::tlv(tag::SEQUENCE, &[&asn1::oid_tlv(oid), &[tag::NULL, 0]]);
    match algorithm {
        A::EcdsaP256Sha256 | A::EcdsaP384Sha256 => plain(oids::ECDSA_SHA256),
        A::EcdsaP256Sha384 | A::EcdsaP384Sha384 => plain(oids::ECDSA_SHA384),
        A::Ed25519 => plain(oids::ED25519),
        A::RsaPkcs1Sha256 => with_null(oids::RSA_SHA256),
        A::RsaPkcs1Sha384 => with_null(oids::RSA_SHA384),
        A::RsaPkcs1Sha512 => with_null(oids::RSA_SHA512),
        A::RsaPssSha256 | A::RsaPssSha384 | A::RsaPssSha512 => {
            // RFC 4055, clause 2.1: inside these parameters the digest has NULL.
            let digest = algorithm.digest();
            let hash = with_null(digest_oid(digest));
            let mask = asn1::tlv(tag::SEQUENCE, &[&asn1::oid_tlv(oids::MGF1), &hash]);
            let salt = asn1::unsigned(&digest.length().to_be_bytes());
            let parameters = asn1::tlv(
                tag::SEQUENCE,
                &[
                    &asn1::tlv(tag::CONTEXT_0_CONSTRUCTED, &[&hash]),
                    &asn1::tlv(tag::CONTEXT_1_CONSTRUCTED, &[&mask]),
                    &asn1::tlv(tag::CONTEXT_2_CONSTRUCTED, &[&salt]),
                ],
            );
            asn1::tlv(tag::SEQUENCE, &[&asn1::oid_tlv(oids::RSASSA_PSS), &parameters])
        }
    }
}

fn digest_oid(digest: DigestAlgorithm) -> Oid<'static> {
    match digest {
        DigestAlgorithm::Sha256 => oids::SHA256,
        DigestAlgorithm::Sha384 => oids::SHA384,
        DigestAlgorithm::Sha512 => oids::SHA512,
    }
}
