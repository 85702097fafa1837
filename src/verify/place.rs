//! The place on a status list that a file names in its seals: one place, named by the body that issued the result.

use super::Verifier;
use super::authority::Claimed;
use super::finding::Code;
use super::report::Report;
use super::required::Required;
use super::seals::Sealed;
use super::status::{self, Subject, entry};
use crate::payload::StatusReference;
use crate::record::Identifier;

/// What the seals are held against.
pub(super) struct Named<'a> {
    pub(super) claimed: Option<Claimed<'a>>,
    pub(super) identifier: Option<&'a Identifier>,
    pub(super) required: &'a Required<'a>,
    /// The place that the code in the file names.
    pub(super) code: Option<&'a StatusReference>,
}

/// Looks up the place that the seals name, given in their order. Nobody but the issuing body can name it, and no later seal another.
pub(super) fn judge<'s>(
    verifier: &Verifier,
    report: &mut Report,
    seals: impl Iterator<Item = &'s Sealed>,
    named: &Named<'_>,
) {
    let (mut oldest, mut first) = (None, None::<(&Sealed, &StatusReference)>);
    for seal in seals {
        let oldest = *oldest.get_or_insert(seal);
        let Some(place) = &seal.place else { continue };
        let object = format!("field {}", seal.field);
        match whose(verifier, seal, oldest, named) {
            Whose::Nobodys => {}
            Whose::Anothers => report.find(Code::StatusPlaceOfAnother, object, entry(place)),
            Whose::Issuers => match first {
                None => first = Some((seal, place)),
                Some((_, own)) if own == place => {}
                Some(_) => report.find(Code::StatusPlacesDiffer, object, entry(place)),
            },
        }
    }
    let Some((seal, place)) = first else { return };
    report.place = Some(place.clone());
    compare(report, "code", named.code);
    // What the code names too was looked up with it.
    if named.code == Some(place) && report.status.is_some() {
        return;
    }
    let subject = Subject {
        result: named
            .claimed
            .as_ref()
            .map(|claimed| (claimed.issuer, claimed.kind)),
        identifier: named.identifier,
        place,
        signer: &seal.signer,
    };
    status::judge(verifier, report, "result", &subject);
}

/// Whose seal it is, as far as it concerns the place.
enum Whose {
    Issuers,
    Anothers,
    /// Of a body that the list does not name: a finding by itself.
    Nobodys,
}

/// Without a word about who issued it, a file is that of the body that sealed it first.
fn whose(verifier: &Verifier, seal: &Sealed, oldest: &Sealed, named: &Named<'_>) -> Whose {
    let of = |own: bool| if own { Whose::Issuers } else { Whose::Anothers };
    if named.required.leading().is_some_and(|field| field != seal.field) {
        return Whose::Anothers;
    }
    let Some(list) = &verifier.trust.list else {
        return of(named.claimed.is_some() || seal.signer == oldest.signer);
    };
    let body = |seal: &Sealed| {
        list.listing(seal.signer.der())
            .map(|listing| listing.issuer.code())
    };
    match (body(seal), &named.claimed) {
        (None, _) => Whose::Nobodys,
        (Some(body), Some(claimed)) => of(body == claimed.issuer),
        (own, None) => of(own == body(oldest)),
    }
}

/// The place that a code names, in the file or beside it, against the one that the file names.
pub(super) fn compare(report: &mut Report, object: &str, code: Option<&StatusReference>) {
    let differs = code.filter(|code| report.place.as_ref().is_some_and(|own| own != *code));
    if let Some(code) = differs {
        report.find(Code::StatusPlacesDiffer, object, entry(code));
    }
}
