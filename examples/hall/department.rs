//! A department that seals.

use yinxin::authority::{CertificateDraft, IssuerDraft, TypePattern};
use yinxin::compose::Template;
use yinxin::cose::status::{StatusDraft, StatusList};
use yinxin::draft::Draft;
use yinxin::font;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pki::{Signer as _, SoftwareSigner};
use yinxin::record::{Identifier, Issuer, Parts, Record, TypeCode};
use yinxin::seal::Seal;
use yinxin::time::Time;

use super::files::key_file;
use super::{Told, certificate};

/// A department: its name and code as on the paper, its seal, and the key behind it.
pub struct Department {
    pub issuer: Issuer,
    pub seal: Seal,
    pub signer: SoftwareSigner,
}

impl Department {
    /// The department `issuer` with one of the test keys; yours is in a module or a seal service (`custom_signer`, `remote_sealing`).
    pub fn new(issuer: &Issuer, key: &str) -> Told<Self> {
        let look = RoundSeal::new(issuer.name.as_str()).with_legend("样章 TEST");
        let chain = vec![certificate(key)?, certificate("intermediate")?];
        Ok(Self {
            issuer: issuer.clone(),
            seal: Seal::new(Impression::round(&look, font::bundled())?),
            signer: SoftwareSigner::from_pem(&key_file(&format!("{key}.key.pem"))?, chain)?,
        })
    }

    /// The department of this name and unified social credit code.
    pub fn named(name: &str, code: &str, key: &str) -> Told<Self> {
        let (name, code) = (name.into(), code.parse()?);
        Self::new(&Issuer { name, code }, key)
    }

    /// Its entry on the authority list: it may issue these types of results, with the certificate of its key.
    pub fn may_issue(&self, types: &[&TypeCode]) -> Told<IssuerDraft> {
        let types: Result<Vec<TypePattern>, _> = types.iter().map(|code| code.as_str().parse()).collect();
        let (from, until) = ("2025-01-01".parse()?, "2045-01-01".parse()?);
        let certificate = CertificateDraft::new(self.signer.chain()[0].clone(), from, until);
        let Issuer { name, code } = self.issuer.clone();
        Ok(IssuerDraft::new(name, code, types?, vec![certificate]))
    }

    /// Issues what `record` says, by a built-in template: composed, with a code, sealed.
    pub fn issue(&self, record: &Record, template: &str, at: Time) -> Told<Vec<u8>> {
        let template = Template::builtin(template).ok_or("no template of that name")?;
        let draft = template.compose(record)?;
        let sealing = draft.bind(Payload::of(record));
        Ok(sealing.seal(&self.seal, &self.signer, at)?.into_bytes())
    }

    /// Issues what the sample record `name` says, in its own name.
    pub fn issue_sample(&self, name: &str, at: Time) -> Told<Vec<u8>> {
        let sample = super::record(name)?;
        let (kind, serial) = (&sample.kind().code, sample.identifier().serial());
        let identifier = Identifier::compose(kind, &self.issuer.code, serial, 1)?;
        let own = |parts: &mut Parts| (parts.identifier, parts.issuer) = (identifier, self.issuer.clone());
        self.issue(&sample.amended(own)?, name, at)
    }

    /// Seals after the others that a record names, in the field that the draft prepares for it. Nothing is drawn besides.
    pub fn join(&self, file: &[u8], at: Time) -> Told<Vec<u8>> {
        let received = Draft::open(file.to_vec(), &Limits::DEFAULT)?;
        let sealing = received.without_code().joint(&self.issuer.code);
        Ok(sealing.seal(&self.seal, &self.signer, at)?.into_bytes())
    }

    /// Signs its status list and puts it where its results say.
    pub fn publish(&self, draft: &StatusDraft) -> Told<StatusList> {
        let unsigned = draft.unsigned(self.signer.algorithm(), &self.signer.chain()[0].kid())?;
        let signature = self.signer.sign(&unsigned.to_be_signed())?;
        let token = unsigned.finish(&signature)?;
        Ok(StatusList::parse(&token, &Limits::DEFAULT)?)
    }
}
