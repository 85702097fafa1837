//! The file a list, or a set of roots, travels in: a body, and the signatures over its digest.
//!
//! Each signature is a COSE_Sign1 of its own whose payload is the SHA-256 of the body (`docs/FORMAT.md`, clause 6.1): keepers sign
//! apart from each other, a device signs 32 bytes and not six megabytes, and a verifier hashes the body once.

use super::TYP;
use super::error::{Attack, AuthorityError};
use super::roots::Roots;
use crate::cbor::Value;
use crate::cose::{CoseError, Sign1, Unsigned};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::limits::Limits;
use crate::pki::{Certificate, Signer};

/// A body with the signatures collected so far. Nothing is verified: that is for [`AuthorityList::open`](super::AuthorityList::open).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListFile {
    pub(super) kind: Kind,
    pub(super) body: Vec<u8>,
    /// COSE_Sign1 objects, by rising key identifier.
    pub(super) signatures: Vec<Vec<u8>>,
    /// Sets of roots by which the pinned ones became those that signed, oldest first.
    pub(super) rotations: Vec<Self>,
}

/// What a file holds.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// An authority list.
    List,
    /// A set of roots.
    Roots,
}

impl Kind {
    /// CBOR tags, not registered; the whole object (`docs/FORMAT.md`, clause 3.5) has the number before.
    fn tag(self) -> u64 {
        match self {
            Self::List => 39_257,
            Self::Roots => 39_258,
        }
    }

    pub(super) fn typ(self) -> &'static str {
        match self {
            Self::List => TYP,
            Self::Roots => "application/vnd.yinxin.authority-roots+cbor",
        }
    }
}

impl ListFile {
    pub(super) fn new(kind: Kind, body: Vec<u8>) -> Self {
        Self {
            kind,
            body,
            signatures: vec![],
            rotations: vec![],
        }
    }

    /// Whether `bytes` begin as such a file does.
    #[must_use]
    pub fn is_one(bytes: &[u8]) -> bool {
        matches!(bytes, [0xd9, 0x99, 0x59 | 0x5a, ..])
    }

    /// Reads the parts of a file.
    ///
    /// # Errors
    /// Occurs if the bytes are larger than `Limits::authority_bytes`, or not body, signatures and rotations in deterministic CBOR.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, AuthorityError> {
        if bytes.len() > limits.authority_bytes {
            return Err(AuthorityError::TooLarge(limits.authority_bytes));
        }
        let shape = |reason| AuthorityError::member("file", reason);
        let Value::Tag(tag, parts) = Value::decode(bytes, limits).map_err(AuthorityError::Cbor)? else {
            return Err(shape("has no tag; it is no authority list"));
        };
        let kinds = [Kind::List, Kind::Roots].into_iter();
        let kind = kinds.clone().find(|kind| kind.tag() == tag);
        let kind = kind.ok_or(shape("has another tag than that of a list or of roots"))?;
        let Value::Array(parts) = *parts else {
            return Err(shape("is not an array"));
        };
        match (kind, <[Value; 3]>::try_from(parts)) {
            (Kind::List, Ok([body, signatures, rotations])) => {
                let mut file = Self::of(kind, body, signatures, limits)?;
                let Value::Array(rotations) = rotations else {
                    return Err(shape("has rotations that are not an array"));
                };
                if rotations.len() > limits.certificates {
                    return Err(shape("has too many rotations"));
                }
                for rotation in rotations {
                    file.rotations.push(Self::pair(rotation, limits)?);
                }
                Ok(file)
            }
            (Kind::Roots, Err(parts)) => Self::pair(Value::Array(parts), limits),
            _ => Err(shape("is not body, signatures and, for a list, rotations")),
        }
    }

    /// Body and signatures of a set of roots.
    fn pair(value: Value, limits: &Limits) -> Result<Self, AuthorityError> {
        let pair = match value {
            Value::Array(parts) => <[Value; 2]>::try_from(parts).ok(),
            _ => None,
        };
        let [body, signatures] =
            pair.ok_or(AuthorityError::member("rotation", "is not body and signatures"))?;
        Self::of(Kind::Roots, body, signatures, limits)
    }

    fn of(kind: Kind, body: Value, signatures: Value, limits: &Limits) -> Result<Self, AuthorityError> {
        let shape = |reason| AuthorityError::member("file", reason);
        let (Value::Bytes(body), Value::Array(signatures)) = (body, signatures) else {
            return Err(shape(
                "has a body that is not bytes, or signatures that are not an array",
            ));
        };
        if signatures.len() > limits.certificates {
            return Err(shape("has too many signatures"));
        }
        let signatures = signatures.into_iter().map(|signature| match signature {
            Value::Bytes(signature) => Ok(signature),
            _ => Err(shape("has a signature that is not bytes")),
        });
        Ok(Self {
            kind,
            body,
            signatures: signatures.collect::<Result<_, _>>()?,
            rotations: vec![],
        })
    }

    /// The file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let signatures =
            |file: &Self| Value::Array(file.signatures.iter().cloned().map(Value::Bytes).collect());
        let mut parts = vec![Value::Bytes(self.body.clone()), signatures(self)];
        if self.kind == Kind::List {
            let rotation =
                |file: &Self| Value::Array(vec![Value::Bytes(file.body.clone()), signatures(file)]);
            parts.push(Value::Array(self.rotations.iter().map(rotation).collect()));
        }
        Value::Tag(self.kind.tag(), Box::new(Value::Array(parts))).encode()
    }

    /// What the file holds.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// SHA-256 of the body: what is signed, and what identifies the list.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let digest = DigestAlgorithm::Sha256.digest(&self.body);
        digest.first_chunk().copied().unwrap_or_default()
    }

    /// The signatures collected so far: COSE_Sign1 objects, by rising key identifier.
    #[must_use]
    pub fn signatures(&self) -> &[Vec<u8>] {
        &self.signatures
    }

    /// Adds the sets of roots that lead from those that verifiers have pinned to those that sign, oldest first.
    ///
    /// # Errors
    /// Occurs if this is no list, or one of `rotations` is no set of roots.
    pub fn with_rotations(mut self, rotations: Vec<Self>) -> Result<Self, AuthorityError> {
        if self.kind != Kind::List || rotations.iter().any(|rotation| rotation.kind != Kind::Roots) {
            return Err(AuthorityError::member(
                "rotations",
                "are sets of roots that a list carries",
            ));
        }
        self.rotations = rotations;
        Ok(self)
    }

    /// What the holder of `root` is to sign with `algorithm`, wherever the key is; [`add`](Self::add) takes the finished object.
    ///
    /// # Errors
    /// Occurs if COSE has no name for the algorithm.
    pub fn unsigned(
        &self,
        algorithm: SignatureAlgorithm,
        root: &Certificate,
    ) -> Result<Unsigned, AuthorityError> {
        let unsigned = Unsigned::new(algorithm, &root.kid(), self.kind.typ(), self.digest().to_vec());
        let unsigned = unsigned.map_err(AuthorityError::Cose)?;
        Ok(unsigned.with_certificates(vec![root.der().to_vec()]))
    }

    /// Adds the signature of the root that is the first certificate of the signer's chain.
    ///
    /// # Errors
    /// Occurs if the signer has no certificate, cannot sign, or has signed already.
    pub fn sign(&mut self, signer: &dyn Signer) -> Result<(), AuthorityError> {
        let root = signer.chain().first().ok_or(AuthorityError::RootCertificate)?;
        let unsigned = self.unsigned(signer.algorithm(), root)?;
        let signature = signer
            .sign(&unsigned.to_be_signed())
            .map_err(AuthorityError::Signer)?;
        let object = unsigned.finish(&signature).map_err(AuthorityError::Cose)?;
        self.add(object, &Limits::DEFAULT)
    }

    /// Adds a signature made elsewhere: a finished COSE_Sign1.
    ///
    /// # Errors
    /// Occurs if it is none, signs something else, or its key has signed already.
    pub fn add(&mut self, signature: Vec<u8>, limits: &Limits) -> Result<(), AuthorityError> {
        let (_, added) = self.signature(&signature, &self.digest(), limits)?;
        let mut at = self.signatures.len();
        for (place, other) in self.signatures.iter().enumerate().rev() {
            let (_, kid) = self.signature(other, &self.digest(), limits)?;
            if kid == added {
                return Err(AuthorityError::member(
                    "signatures",
                    "have one of this key already",
                ));
            }
            if kid > added {
                at = place;
            }
        }
        self.signatures.insert(at, signature);
        Ok(())
    }

    /// One signature, read and held against the digest of the body, with the key identifier in it. Not verified.
    fn signature(
        &self,
        bytes: &[u8],
        digest: &[u8; 32],
        limits: &Limits,
    ) -> Result<(Sign1, [u8; 8]), AuthorityError> {
        let sign1 = Sign1::parse(bytes, limits).map_err(AuthorityError::Cose)?;
        sign1
            .check_profile(self.kind.typ())
            .map_err(AuthorityError::Cose)?;
        if sign1.payload != digest {
            let what = "a signature in the file is over another list; get the file anew";
            return Err(Attack::MixAndMatch(what).into());
        }
        let kid = sign1.header.kid.as_deref().and_then(|kid| kid.try_into().ok());
        let kid = kid.ok_or(AuthorityError::Cose(CoseError::Header("kid")))?;
        Ok((sign1, kid))
    }

    /// How many of each of `sets` have signed. Every signature must be by a root of one of them, and right.
    pub(super) fn count<const N: usize>(
        &self,
        sets: [&Roots; N],
        limits: &Limits,
    ) -> Result<[usize; N], AuthorityError> {
        let digest = self.digest();
        let mut counts = [0_usize; N];
        let mut before = None;
        for bytes in &self.signatures {
            let (sign1, kid) = self.signature(bytes, &digest, limits)?;
            if before.replace(kid) >= Some(kid) {
                return Err(AuthorityError::member(
                    "signatures",
                    "do not rise by key identifier",
                ));
            }
            let mut verified = None;
            for (set, count) in sets.iter().zip(&mut counts) {
                let Some(root) = set.find(kid) else { continue };
                if verified != Some(root) {
                    check(&sign1, root)?;
                    verified = Some(root);
                }
                *count = count.saturating_add(1);
            }
            if verified.is_none() {
                return Err(AuthorityError::UntrustedRoot(kid));
            }
        }
        Ok(counts)
    }

    /// The certificates that its signatures carry. Nothing is verified: they are for a person to compare fingerprints over another
    /// channel, and then to pin.
    ///
    /// # Errors
    /// Occurs if a signature cannot be read, or the certificate is not the one it names as its signer's.
    pub fn embedded_roots(&self, limits: &Limits) -> Result<Vec<Certificate>, AuthorityError> {
        let digest = self.digest();
        let roots = self.signatures.iter().map(|bytes| {
            let (sign1, kid) = self.signature(bytes, &digest, limits)?;
            let [der] = sign1.header.certificates.as_slice() else {
                return Err(AuthorityError::RootCertificate);
            };
            let root = Certificate::try_from(der.as_slice()).map_err(|_| AuthorityError::RootCertificate)?;
            match root.kid() == kid {
                true => Ok(root),
                false => Err(AuthorityError::RootCertificate),
            }
        });
        roots.collect()
    }
}

fn check(sign1: &Sign1, root: &Certificate) -> Result<(), AuthorityError> {
    if !root.permits(sign1.header.algorithm) {
        return Err(AuthorityError::Cose(CoseError::Algorithm));
    }
    sign1.verify(root.public_key()).map_err(AuthorityError::Cose)?;
    match sign1.header.certificates.as_slice() {
        [carried] if carried == root.der() => Ok(()),
        _ => Err(AuthorityError::RootCertificate),
    }
}
