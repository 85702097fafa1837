//! Joint results (联合发文, 证照联办): several bodies seal one draft, each in the field that the draft prepares for it.
//!
//! The first seal certifies the document with P = 2 and with it the empty fields of the others: those may be signed later, and
//! nothing else may happen. Each seal covers the ones before it. Two bodies that seal the same bytes at the same time make two
//! files, of which one can go on: a signature covers all that comes before it, and a file has one order. Whoever comes second
//! seals the file that the first has made; only the hash and the signature have to be made then, wherever the key is.

use core::fmt;

use super::permit::{Permit, Target};
use super::revision::Revision;
use super::{DocMdp, SealError, Sealing};
use crate::draft::{Slots, record_bytes, seal_field};
use crate::limits::Limits;
use crate::pki::Certificate;
use crate::record::{Record, SealingOrder, UnifiedCode};

/// Why a joint result is not sealed so.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum JointFault {
    /// The certificate says that it belongs to another body than the one whose field this is.
    AnotherBody {
        /// The body it says (organizationIdentifier).
        certificate: UnifiedCode,
        /// The body whose field it is.
        issuer: UnifiedCode,
    },
    /// The first seal must certify with P = 2, and this one would not: the other bodies could not seal after it, or anything could
    /// be added.
    Level,
    /// The draft prepares no such field for a seal, or not for this body.
    NoField(String),
    /// The place on a status list is the leading body's to name, and this is another.
    Place {
        /// The leading body's name.
        leading: String,
    },
    /// The record in the draft cannot be read, so that who seals it is not known.
    Record,
    /// The record fixes the order, and another body is next.
    Turn {
        /// Its name.
        next: String,
    },
}

impl fmt::Display for JointFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnotherBody { certificate, issuer } => write!(
                f,
                "the certificate is that of {certificate} and the field is for {issuer}; seal with that body's key"
            ),
            Self::Level => {
                f.write_str("the first seal certifies with P=2; name the body it is for (`joint`)")
            }
            Self::NoField(name) => write!(
                f,
                "the draft prepares no field {name:?}; name a body that issues it"
            ),
            Self::Place { leading } => write!(
                f,
                "{leading} leads and names the place on the status list; leave it out here"
            ),
            Self::Record => f.write_str("the draft's record cannot be read; compose it anew"),
            Self::Turn { next } => write!(
                f,
                "its bodies seal in the order of the record, and {next} is next"
            ),
        }
    }
}

impl<D> Sealing<'_, D> {
    /// Seals for `issuer`, one of the bodies that issue a joint result, in the field that the draft prepares for it. The first
    /// seal certifies with P = 2, so that the others may seal and nothing else may change; later ones approve.
    ///
    /// In one process, or one after the other wherever the keys are: each body seals the file that the one before it has made. Two
    /// seals of the same bytes cannot both be kept.
    #[must_use]
    pub fn joint(mut self, issuer: &UnifiedCode) -> Self {
        self.field = Some(seal_field(issuer));
        self.certifies = Some(DocMdp::FormFilling);
        self.joint = true;
        self
    }
}

impl Revision<'_, '_> {
    /// Refuses a seal that the record of a joint result does not provide for. What is no joint result passes.
    pub(super) fn respect_joint(
        &self,
        (slots, is_joint, names_place): (&Slots, bool, bool),
        permit: &Permit<'_>,
        leaf: &Certificate,
    ) -> Result<(), SealError> {
        let is_prepared = slots.seals.iter().any(|slot| slot.field.is_some());
        let target = permit.target.name();
        let refuse = |fault| Err(SealError::Joint(fault));
        if !is_prepared {
            return match is_joint {
                true => refuse(JointFault::NoField(target.to_owned())),
                false => Ok(()),
            };
        }
        let limits = &Limits::DEFAULT;
        let record = record_bytes(&self.view, limits).ok();
        let record = record.and_then(|bytes| Record::from_cbor(&bytes, limits).ok());
        let Some((record, joint)) = record.as_ref().and_then(|record| Some((record, record.joint()?))) else {
            return refuse(JointFault::Record);
        };
        let own = record.issuers().find(|issuer| seal_field(&issuer.code) == target);
        let Some(own) = own.filter(|_| matches!(permit.target, Target::Empty(_))) else {
            return refuse(JointFault::NoField(target.to_owned()));
        };
        if !permit.is_sealed() && permit.certifies != Some(DocMdp::FormFilling) {
            return refuse(JointFault::Level);
        }
        let leading = record.issuer();
        if names_place && own.code != leading.code {
            let leading = leading.name.clone();
            return refuse(JointFault::Place { leading });
        }
        if joint.order == SealingOrder::Listed {
            let mut left = record.issuers().filter(|issuer| {
                let field = seal_field(&issuer.code);
                !permit.signed.iter().any(|seal| seal.name == field)
            });
            if let Some(next) = left.next().filter(|next| next.code != own.code) {
                let next = next.name.clone();
                return refuse(JointFault::Turn { next });
            }
        }
        // The list alone says whose a certificate is; but one that says so itself need not be put to use in vain.
        let said = leaf
            .organization_identifiers()
            .find_map(|code| code.parse::<UnifiedCode>().ok());
        match said.filter(|code| *code != own.code) {
            Some(certificate) => refuse(JointFault::AnotherBody {
                certificate,
                issuer: own.code.clone(),
            }),
            None => Ok(()),
        }
    }
}
