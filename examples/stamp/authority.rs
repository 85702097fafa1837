//! A throw-away authority: root, certificates for departments, the list of who may seal what. For tests and demonstrations.
//!
//! Every subject says TEST 测试: nothing made here may pass for a real seal.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, DnValue, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519,
};
use yinxin::authority::{CertificateDraft, IssuerDraft, ListDraft};
use yinxin::pki::{Certificate, SoftwareSigner};
use yinxin::record::UnifiedCode;
use yinxin::time::Time;

use crate::files::{Fault, Named as _, fault};

/// Kinds of keys this program makes. RSA keys are brought along: the cryptographic library does not make them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NewKey {
    P256,
    P384,
    Ed25519,
}

/// From when to when certificates are valid.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub from: Time,
    pub until: Time,
}

/// A root certificate with its key.
pub struct Root {
    issuer: CertifiedIssuer<'static, KeyPair>,
    certificate: Certificate,
    window: Window,
}

/// A certificate with its key, and what stands above it.
pub struct Issued {
    key_pem: String,
    chain: Vec<Certificate>,
}

/// A department as it stands on the list.
pub struct Listed<'a> {
    pub name: &'a str,
    pub code: &'a UnifiedCode,
    pub types: &'a [String],
    pub certificates: Vec<&'a Certificate>,
}

impl NewKey {
    /// A fresh key.
    pub fn make(self) -> Result<KeyPair, Fault> {
        KeyPair::generate_for(match self {
            Self::P256 => &PKCS_ECDSA_P256_SHA256,
            Self::P384 => &PKCS_ECDSA_P384_SHA384,
            Self::Ed25519 => &PKCS_ED25519,
        })
        .named("the key cannot be made")
    }
}

impl Root {
    /// A new root, P-256, for certificates valid in `window`.
    pub fn new(name: &str, window: Window) -> Result<Self, Fault> {
        let mut params = params(&subject(name, None, &format!("{name} TEST 测试"))?, window)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let issuer =
            CertifiedIssuer::self_signed(params, NewKey::P256.make()?).named("the root cannot be made")?;
        let certificate =
            Certificate::try_from(&**issuer.der()).named("the root made here cannot be read")?;
        Ok(Self {
            issuer,
            certificate,
            window,
        })
    }

    /// The root certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// A certificate for `key`; `purpose` tells several certificates of one department apart.
    pub fn issue(
        &self,
        name: &str,
        code: &UnifiedCode,
        purpose: &str,
        key: &KeyPair,
    ) -> Result<Issued, Fault> {
        let common_name = format!("{name}{purpose} TEST 测试");
        let mut params = params(&subject(name, Some(code), &common_name)?, self.window)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::ContentCommitment,
        ];
        params.use_authority_key_identifier_extension = true;
        let made = params
            .signed_by(key, &self.issuer)
            .named(format!("certificate of {name}"))?;
        let leaf = Certificate::try_from(&**made.der()).named(format!("certificate of {name}"))?;
        Ok(Issued {
            key_pem: key.serialize_pem(),
            chain: vec![leaf, self.certificate.clone()],
        })
    }

    /// The list, signed by the root's key.
    pub fn list(&self, issued: Time, expires: Time, departments: &[Listed<'_>]) -> Result<Vec<u8>, Fault> {
        let issuers = departments
            .iter()
            .map(|department| {
                let types = department
                    .types
                    .iter()
                    .map(|text| text.parse())
                    .collect::<Result<Vec<_>, _>>();
                let types = types
                    .map_err(|e| fault!("certificate type: {e}; give a code, or its beginning and `*`"))?;
                let Window { from, until } = self.window;
                let certificates = department.certificates.iter();
                let certificates =
                    certificates.map(|&certificate| CertificateDraft::new(certificate.clone(), from, until));
                let code = department.code.clone();
                Ok(IssuerDraft::new(
                    department.name,
                    code,
                    types,
                    certificates.collect(),
                ))
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        let signer =
            SoftwareSigner::from_pem(&self.issuer.key().serialize_pem(), vec![self.certificate.clone()])
                .named("the root's key")?;
        let mut draft = ListDraft::new("滨海市授权名录（测试）", issued, expires);
        draft.issuers = issuers;
        draft.sign(&signer).named("authority list")
    }

    /// The root's private key, PKCS#8 PEM.
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }
}

impl Issued {
    /// A signer with this key.
    pub fn signer(&self) -> Result<SoftwareSigner, Fault> {
        SoftwareSigner::from_pem(&self.key_pem, self.chain.clone()).named("the key made here")
    }

    pub fn certificate(&self) -> &Certificate {
        &self.chain[0]
    }

    /// The private key, PKCS#8 PEM.
    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }

    /// The chain as PEM, the key's certificate first.
    pub fn chain_pem(&self) -> String {
        self.chain.iter().map(pem).collect()
    }
}

/// A certificate as PEM (RFC 7468).
pub fn pem(certificate: &Certificate) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(certificate.der());
    let mut out = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in text.as_bytes().chunks(64) {
        out.extend(line.iter().map(|&byte| char::from(byte)));
        out.push('\n');
    }
    out.push_str("-----END CERTIFICATE-----\n");
    out
}

fn subject(
    organisation: &str,
    code: Option<&UnifiedCode>,
    common_name: &str,
) -> Result<DistinguishedName, Fault> {
    let mut name = DistinguishedName::new();
    // RFC 5280, appendix A.1: countryName is a PrintableString.
    let country = DnValue::PrintableString("CN".try_into().named("country")?);
    name.push(DnType::CountryName, country);
    name.push(DnType::OrganizationName, organisation);
    if let Some(code) = code {
        // organizationIdentifier, ITU-T X.520, 6.4.4
        name.push(DnType::from_oid(&[2, 5, 4, 97]), code.as_str());
    }
    name.push(DnType::CommonName, common_name);
    Ok(name)
}

fn params(subject: &DistinguishedName, window: Window) -> Result<CertificateParams, Fault> {
    let moment = |at: Time| time::OffsetDateTime::from_unix_timestamp(at.unix()).named(at);
    let mut params = CertificateParams::default();
    params.distinguished_name = subject.clone();
    params.not_before = moment(window.from)?;
    params.not_after = moment(window.until)?;
    Ok(params)
}
