//! A private key on a token, with its certificates.

use std::sync::{Mutex, PoisonError};

use cryptoki::error::Error;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};

use super::sessions::Work;
use super::{ModuleError, ModuleKey, Token};
use crate::asn1::ecdsa_fixed_to_der;
use crate::crypto::{EcdsaForm, PublicKey, SignatureAlgorithm};
use crate::limits::Limits;
use crate::pki::signer::{chain_of, usual_algorithm};
use crate::pki::{Certificate, Signer, SignerError};

/// Signed when a signer is opened; no seal's attributes begin so.
const TRIAL: &[u8] = b"yinxin: whether this key is that of its certificate";

/// A private key on a token, with its certificates. Signs on several threads at once, each in a session of its own.
pub struct ModuleSigner {
    token: Token,
    key: Key,
    algorithm: SignatureAlgorithm,
    chain: Vec<Certificate>,
}

/// Where the key is.
struct Key {
    /// By what it is found again.
    wanted: Vec<Attribute>,
    /// Its handle, and the login that the handle is of.
    found: Mutex<(ObjectHandle, u64)>,
    /// Whether it wants the PIN for every signature (`CKA_ALWAYS_AUTHENTICATE`).
    each_time: bool,
}

pub(super) fn open(
    token: &Token,
    choice: ModuleKey<'_>,
    chain: Option<Vec<Certificate>>,
) -> Result<ModuleSigner, ModuleError> {
    let (key, id) = find_key(token, choice)?;
    let (candidates, known) = match chain {
        Some(chain) => {
            let leaf = chain.first().ok_or(SignerError::EmptyChain)?;
            (vec![leaf.clone()], chain)
        }
        None => {
            let own = certificates(token, id.as_deref())?;
            // Nothing says which certificate is the key's but its identifier.
            let own = if id.is_some() { own } else { vec![] };
            (own, certificates(token, None)?)
        }
    };
    let Some(first) = candidates.first() else {
        return Err(ModuleError::NoCertificate);
    };
    let named = first.subject().to_owned();
    let mut signer = None;
    for leaf in candidates {
        let Some(algorithm) = usual_algorithm(&leaf) else {
            continue;
        };
        let chain = chain_of(&leaf, known.iter());
        let made = ModuleSigner {
            token: token.clone(),
            key: key.again(),
            algorithm,
            chain,
        };
        made.can_sign_each_time()?;
        match made.sign(TRIAL) {
            Ok(_) => return Ok(made),
            Err(error) => signer = Some(error),
        }
    }
    match signer {
        Some(error) => Err(error.into()),
        None => Err(SignerError::Mismatch(named).into()),
    }
}

impl ModuleSigner {
    /// The same key with another algorithm; it signs once, to be sure.
    ///
    /// # Errors
    /// Occurs if the key, its certificate or the token does not allow it.
    pub fn with_algorithm(self, algorithm: SignatureAlgorithm) -> Result<Self, SignerError> {
        use SignatureAlgorithm as A;
        let makes = !matches!(algorithm, A::EcdsaP256Sha384 | A::EcdsaP384Sha256);
        if !makes || !self.chain.first().is_some_and(|leaf| leaf.permits(algorithm)) {
            return Err(SignerError::Algorithm(algorithm));
        }
        let other = Self { algorithm, ..self };
        other.sign(TRIAL)?;
        Ok(other)
    }

    /// A key that wants its PIN each time gets it between the beginning and the end of a signature, which the library has only where
    /// the token digests, too.
    fn can_sign_each_time(&self) -> Result<(), ModuleError> {
        if !self.key.each_time {
            return Ok(());
        }
        let (kind, name) = match self.algorithm {
            SignatureAlgorithm::EcdsaP256Sha256 => (MechanismType::ECDSA_SHA256, "CKM_ECDSA_SHA256"),
            SignatureAlgorithm::EcdsaP384Sha384 => (MechanismType::ECDSA_SHA384, "CKM_ECDSA_SHA384"),
            _ => return Ok(()),
        };
        let (library, slot) = self.token.library();
        if library.get_mechanism_list(slot)?.contains(&kind) {
            Ok(())
        } else {
            Err(ModuleError::EachTime(name))
        }
    }

    fn sign_in(&self, work: &Work, message: &[u8]) -> Result<Vec<u8>, Error> {
        let key = self.key.handle(work)?;
        let session = &work.session;
        let algorithm = self.algorithm;
        if self.key.each_time {
            session.sign_init(&mechanism(algorithm, true), key)?;
            session.login(UserType::ContextSpecific, self.token.pin())?;
            session.sign_update(message)?;
            return session.sign_final();
        }
        use SignatureAlgorithm as A;
        match algorithm {
            // Tokens that sign a digest are more than those that make it.
            A::EcdsaP256Sha256 | A::EcdsaP384Sha384 => session.sign(
                &mechanism(algorithm, false),
                key,
                &algorithm.digest().digest(message),
            ),
            _ => session.sign(&mechanism(algorithm, false), key, message),
        }
    }
}

impl Signer for ModuleSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    fn signature_length(&self) -> usize {
        match self.chain.first().map(Certificate::public_key) {
            Some(PublicKey::P256(_)) => 72,
            Some(PublicKey::P384(_)) => 104,
            Some(PublicKey::Rsa(_)) => {
                let bits = self.chain.first().map_or(0, Certificate::key_bits);
                usize::try_from(bits.div_ceil(8)).unwrap_or(0)
            }
            _ => 64,
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let made = self.token.with(|work| self.sign_in(work, message))?;
        let leaf = self.chain.first().ok_or(SignerError::EmptyChain)?;
        let key = leaf.public_key();
        let signature = match key {
            // r || s (PKCS #11 2.40, 2.3.1).
            PublicKey::P256(_) | PublicKey::P384(_) => ecdsa_fixed_to_der(&made).unwrap_or_default(),
            _ => made,
        };
        key.verify(self.algorithm, EcdsaForm::Der, message, &signature)
            .map_err(|_| SignerError::Mismatch(leaf.subject().to_owned()))?;
        Ok(signature)
    }
}

impl Key {
    fn again(&self) -> Self {
        let found = *self.found.lock().unwrap_or_else(PoisonError::into_inner);
        Self {
            wanted: self.wanted.clone(),
            found: Mutex::new(found),
            each_time: self.each_time,
        }
    }

    /// The key's handle, which a new login may have changed (PKCS #11 2.40, 5.7).
    fn handle(&self, work: &Work) -> Result<ObjectHandle, Error> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if found.1 != work.login {
            let handle = work.session.find_objects(&self.wanted)?.into_iter().next();
            *found = (handle.ok_or(Error::InvalidValue)?, work.login);
        }
        Ok(found.0)
    }
}

/// The private key chosen, and its identifier if it has one.
fn find_key(token: &Token, choice: ModuleKey<'_>) -> Result<(Key, Option<Vec<u8>>), ModuleError> {
    let mut wanted = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
    match choice {
        ModuleKey::Id(id) => wanted.push(Attribute::Id(id.to_vec())),
        ModuleKey::Label(label) => wanted.push(Attribute::Label(label.as_bytes().to_vec())),
        ModuleKey::Only => {}
    }
    let (found, login) = token.with(|work| Ok((work.session.find_objects(&wanted)?, work.login)))?;
    let handle = match found.as_slice() {
        [one] => *one,
        several => {
            let all = token.with(|work| keys(&work.session))?;
            return Err(match several {
                [] => ModuleError::NoSuchKey(all),
                _ => ModuleError::SeveralKeys(all),
            });
        }
    };
    let told = token.with(|work| {
        let asked = [AttributeType::Id, AttributeType::AlwaysAuthenticate];
        work.session.get_attributes(handle, &asked)
    })?;
    let (mut id, mut each_time) = (None, false);
    for attribute in told {
        match attribute {
            Attribute::Id(own) if !own.is_empty() => id = Some(own),
            Attribute::AlwaysAuthenticate(own) => each_time = own,
            _ => {}
        }
    }
    let key = Key {
        wanted,
        found: Mutex::new((handle, login)),
        each_time,
    };
    Ok((key, id))
}

/// The private keys there are, a text for each.
fn keys(session: &Session) -> Result<Vec<String>, Error> {
    let mut told = vec![];
    let class = [Attribute::Class(ObjectClass::PRIVATE_KEY)];
    for handle in session.find_objects(&class)?.into_iter().take(16) {
        let (mut label, mut id) = (String::new(), String::new());
        for attribute in session.get_attributes(handle, &[AttributeType::Label, AttributeType::Id])? {
            match attribute {
                Attribute::Label(own) => label = String::from_utf8_lossy(&own).into_owned(),
                Attribute::Id(own) => id = own.iter().map(|byte| format!("{byte:02x}")).collect(),
                _ => {}
            }
        }
        told.push(format!("{label:?} ({id})"));
    }
    Ok(told)
}

/// The certificates on the token, or those with this identifier; those that cannot be read are left out.
fn certificates(token: &Token, id: Option<&[u8]>) -> Result<Vec<Certificate>, ModuleError> {
    let mut wanted = vec![Attribute::Class(ObjectClass::CERTIFICATE)];
    wanted.extend(id.map(|id| Attribute::Id(id.to_vec())));
    let most = Limits::DEFAULT.certificates;
    let found = token.with(|work| {
        let mut found = vec![];
        for handle in work.session.find_objects(&wanted)?.into_iter().take(most) {
            found.extend(work.session.get_attributes(handle, &[AttributeType::Value])?);
        }
        Ok(found)
    })?;
    Ok(found
        .iter()
        .filter_map(|attribute| match attribute {
            Attribute::Value(der) => Certificate::try_from(der.as_slice()).ok(),
            _ => None,
        })
        .collect())
}

/// The token's name for `algorithm`; `whole` if it is to take the digest in any case.
fn mechanism(algorithm: SignatureAlgorithm, whole: bool) -> Mechanism<'static> {
    use SignatureAlgorithm as A;
    let pss = |hash_alg, mgf, length: u64| PkcsPssParams {
        hash_alg,
        mgf,
        s_len: length.into(),
    };
    match algorithm {
        A::EcdsaP256Sha256 if whole => Mechanism::EcdsaSha256,
        A::EcdsaP384Sha384 if whole => Mechanism::EcdsaSha384,
        A::EcdsaP256Sha256 | A::EcdsaP256Sha384 | A::EcdsaP384Sha256 | A::EcdsaP384Sha384 => Mechanism::Ecdsa,
        A::Ed25519 => Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure)),
        A::RsaPkcs1Sha256 => Mechanism::Sha256RsaPkcs,
        A::RsaPkcs1Sha384 => Mechanism::Sha384RsaPkcs,
        A::RsaPkcs1Sha512 => Mechanism::Sha512RsaPkcs,
        A::RsaPssSha256 => {
            Mechanism::Sha256RsaPkcsPss(pss(MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, 32))
        }
        A::RsaPssSha384 => {
            Mechanism::Sha384RsaPkcsPss(pss(MechanismType::SHA384, PkcsMgfType::MGF1_SHA384, 48))
        }
        A::RsaPssSha512 => {
            Mechanism::Sha512RsaPkcsPss(pss(MechanismType::SHA512, PkcsMgfType::MGF1_SHA512, 64))
        }
    }
}
