//! A department that seals.

use yinxin::authority::{CertificateDraft, IssuerDraft, TypePattern};
use yinxin::cose::status::{Status, StatusDraft, StatusList};
use yinxin::draft::Draft;
use yinxin::font;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::payload::{Payload, StatusReference};
use yinxin::pki::{Signer as _, SoftwareSigner};
use yinxin::record::{Identifier, Issuer, Parts, Record, TypeCode};
use yinxin::seal::{Seal, Sealed, Sealing};
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

    /// The departments that a record names, the leading one first, each with one of the test keys.
    pub fn all<const N: usize>(record: &Record, keys: [&str; N]) -> Told<[Self; N]> {
        let bodies = record.issuers().zip(keys);
        let bodies: Told<Vec<Self>> = bodies.map(|(issuer, key)| Self::new(issuer, key)).collect();
        bodies?
            .try_into()
            .map_err(|_| "the record names fewer bodies".into())
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

    /// Puts its seal on what is ready to be sealed.
    pub fn seal(&self, sealing: Sealing<'_>, at: Time) -> Told<Sealed> {
        Ok(sealing.seal(&self.seal, &self.signer, at)?)
    }

    /// Issues what `record` says, by a built-in template: composed, with a code, sealed.
    pub fn issue(&self, record: &Record, template: &str, at: Time) -> Told<Vec<u8>> {
        let draft = super::template(template)?.compose(record)?;
        let sealed = self.seal(draft.bind(Payload::of(record)), at)?;
        Ok(sealed.into_bytes())
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
        Ok(self.seal(sealing, at)?.into_bytes())
    }

    /// Publishes its status list with the result at this place revoked.
    pub fn revoke(&self, mut draft: StatusDraft, place: Option<&StatusReference>) -> Told<StatusList> {
        let place = place.ok_or("it has no place on a list")?;
        draft.set(place.index(), Status::Revoked)?;
        self.publish(&draft)
    }

    /// Signs its status list and puts it where its results say.
    pub fn publish(&self, draft: &StatusDraft) -> Told<StatusList> {
        let unsigned = draft.unsigned(self.signer.algorithm(), &self.signer.chain()[0].kid())?;
        let signature = self.signer.sign(&unsigned.to_be_signed())?;
        let token = unsigned.finish(&signature)?;
        Ok(StatusList::parse(&token, &Limits::DEFAULT)?)
    }
}
