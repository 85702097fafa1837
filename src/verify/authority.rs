//! Whether the body whose key it was may do this: its chain, then the authority list.

use super::Verifier;
use super::chain::{self, Basis, Signer};
use super::facts::{EntryFacts, ListFacts, SublistFacts};
use super::finding::evidence::{self, Mark};
use super::finding::{Code, Finding, Severity};
use super::moment::Moment;
use super::report::Report;
use super::step::Step;
use crate::authority::{Act, Attack, AuthorityList, Listing, Reason, Refusal, RegionPattern, State};
use crate::payload::Payload;
use crate::pki::Certificate;
use crate::record::{Record, TypeCode, UnifiedCode};
use crate::time::Time;

/// What the result says about its kind and its issuer, as far as that is known.
pub(super) struct Claimed<'a> {
    pub(super) kind: &'a TypeCode,
    pub(super) issuer: &'a UnifiedCode,
    /// The template that the file says it was composed by; a code does not say.
    template: Option<[u8; 32]>,
}

impl<'a> Claimed<'a> {
    /// What the record says; where there is none, what the code says.
    pub(super) fn of(record: Option<&'a Record>, payload: Option<&'a Payload>) -> Option<Self> {
        let (kind, issuer) = match (record, payload) {
            (Some(record), _) => (&record.kind().code, &record.issuer().code),
            (None, Some(payload)) => (payload.type_code(), payload.issuer()),
            (None, None) => return None,
        };
        Some(Self::new(kind, issuer))
    }

    /// A result of type `kind` by the body `issuer`.
    pub(super) fn new(kind: &'a TypeCode, issuer: &'a UnifiedCode) -> Self {
        Self {
            kind,
            issuer,
            template: None,
        }
    }

    /// Composed by this template, if it is known.
    pub(super) fn by(mut self, template: Option<[u8; 32]>) -> Self {
        self.template = template;
        self
    }

    fn act(&self) -> Act<'a> {
        let act = Act::new(self.issuer, self.kind);
        match self.template {
            Some(hash) => act.template(hash),
            None => act,
        }
    }
}

/// What came of judging a signer.
pub(super) struct Judged {
    /// Nothing speaks against trusting it.
    pub(super) trusted: bool,
    /// The certificates from the signer to a root; empty if there is no such path, or no root to lead to.
    pub(super) path: Vec<Certificate>,
}

/// Judges the holder of the signer's certificate at the time that `basis` has for it.
pub(super) fn judge(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signer: Signer<'_>,
    claimed: Option<&Claimed<'_>>,
    basis: Basis<'_>,
) -> Judged {
    for step in [Step::Chain, Step::Time, Step::Revocation, Step::Authority] {
        report.ledger.begin(step);
    }
    if let Some(attack) = &verifier.trust.refused {
        report.find(attacked(attack), "authority list", evidence::attack(attack));
    } else if verifier.trust.roots.is_empty() && verifier.trust.list.is_none() {
        report.find(Code::TrustMissing, object, "");
    }
    if verifier.trust.roots.is_empty() && verifier.trust.list.is_none() {
        return Judged {
            trusted: false,
            path: vec![],
        };
    }
    let path = if verifier.trust.roots.is_empty() {
        chain::stand_in(verifier, report, object, signer.certificate, basis)
    } else {
        chain::judge(verifier, report, object, signer, basis)
    };
    if path.is_some() {
        report.ledger.done(Step::Time);
    }
    let listed = match &verifier.trust.list {
        Some(_) => {
            // Of a result without a type only the list's windows can be asked, not whether the body may issue it.
            match claimed {
                Some(_) => report.ledger.done(Step::Authority),
                None => report.ledger.unchecked(Step::Authority),
            }
            listed(
                verifier,
                report,
                object,
                signer.certificate,
                claimed,
                basis.moment,
            )
        }
        None if verifier.trust.refused.is_some() => false,
        None => {
            report.ledger.unchecked(Step::Authority);
            report.find(Code::ListMissing, object, "");
            true
        }
    };
    Judged {
        trusted: path.is_some() && listed,
        path: path.unwrap_or_default(),
    }
}

/// A certificate in a signature container that is not accounted for. Ordered: later variants weigh more.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Stray {
    /// It has nothing to do with the signer, whose path is known without it: a container may hold more certificates than needed
    /// (RFC 5652, clause 10.2.3).
    Spare,
    /// It is not what its issuer signed, or nothing tells what it was.
    Changed,
}

/// The worst certificate of `others`, carried in the signature container beside the signer's: nothing signs the container as a
/// whole. Fine is one that is on the signer's `path`, is trusted byte for byte, or is signed by a certificate at hand.
///
/// Where the list alone speaks for the signer (`path` is empty), the certificates above it may lead to a root that nobody gave;
/// then it is enough that they are above it.
pub(super) fn stray(
    verifier: &Verifier,
    signer: &Certificate,
    others: &[Certificate],
    path: &[Certificate],
) -> Option<Stray> {
    let trust = &verifier.trust;
    let given = trust.roots.iter().chain(&trust.certificates);
    let list_roots = trust.list.iter().flat_map(|list| list.roots().certificates());
    let at_hand: Vec<&Certificate> = given.chain(list_roots).chain(others).collect();
    // As in path building: a hostile container must not make each of its certificates check each other.
    let mut checks = verifier.limits.certificates;
    let mut signed_by = |certificate: &Certificate, issuer: &Certificate| {
        checks.checked_sub(1).is_some_and(|left| {
            checks = left;
            certificate.verify_signed_by(issuer).is_ok()
        })
    };
    let mut above = vec![signer];
    let mut doubtful: Vec<&Certificate> = vec![];
    for other in others {
        let known = trust.roots.contains(other) || trust.certificates.contains(other);
        if known || *other == *signer || path.contains(other) {
            continue;
        }
        // By name or by key: one changed bit spoils one of them at most.
        let mut issuers = at_hand.iter().filter(|issuer| {
            let by_key = other.authority_key_identifier().is_some()
                && other.authority_key_identifier() == issuer.subject_key_identifier();
            by_key || issuer.subject_raw() == other.issuer_raw()
        });
        match issuers.clone().next() {
            Some(_) if issuers.any(|issuer| signed_by(other, issuer)) => {}
            Some(_) => return Some(Stray::Changed),
            None => doubtful.push(other),
        }
    }
    if !path.is_empty() {
        return (!doubtful.is_empty()).then_some(Stray::Spare);
    }
    // Upwards from the signer, in whatever order the container has them.
    while let Some(next) = doubtful
        .iter()
        .position(|other| above.iter().any(|below| signed_by(below, other)))
    {
        above.push(doubtful.swap_remove(next));
    }
    (!doubtful.is_empty()).then_some(Stray::Changed)
}

fn listed(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signer: &Certificate,
    claimed: Option<&Claimed<'_>>,
    moment: &Moment,
) -> bool {
    let Some(list) = &verifier.trust.list else {
        return false;
    };
    let at = report.at;
    let before = report.findings.len();
    let listing = list.listing(signer.der());
    report.list = Some(ListFacts {
        sequence: list.sequence(),
        issued: list.issued(),
        expires: list.expires(),
        age_seconds: at.seconds_since(list.issued()),
        issuer: listing
            .as_ref()
            .map(|found| (found.issuer.name().to_owned(), found.issuer.code().to_string())),
        entry: listing.as_ref().map(|found| entry(found, claimed, at)),
    });
    let lists = listing.map_or(vec![list], |listing| listing.lists);
    for list in lists {
        in_force(report, list);
    }
    // Whether the body might seal is asked of the time at which it did.
    let then = moment.time();
    let authorised = match claimed {
        Some(claimed) => list.authorise(signer.der(), &claimed.act(), then),
        // A file that does not say what it is can only be held against the list's windows.
        None => list.standing(signer.der(), then),
    };
    if let Err(refusal) = authorised {
        let (code, reason) = refused(refusal);
        let result = claimed.map(|claimed| (claimed.kind, claimed.issuer));
        let evidence = evidence::refused(signer.subject(), result, reason);
        report.find(code, object, evidence);
    }
    let speaks_against = |finding: &Finding| finding.code.severity() > Severity::Note;
    let found = report.findings.get(before..).unwrap_or_default();
    !found.iter().any(speaks_against)
}

/// What the list has about the signer, as far as it is about what was sealed.
fn entry(listing: &Listing<'_>, claimed: Option<&Claimed<'_>>, at: Time) -> EntryFacts {
    let (issuer, certificate) = (listing.issuer, listing.certificate);
    let types = issuer.types();
    let permits = claimed.and_then(|claimed| types.iter().find(|pattern| pattern.matches(claimed.kind)));
    let act = claimed.map(Claimed::act);
    let region = act.and_then(|act| match issuer.regions() {
        [] if issuer.code() == claimed.map_or(issuer.code(), |claimed| claimed.issuer) => Some(act.region()),
        regions => {
            let pattern = regions.iter().find(|pattern| pattern.matches(act.region()));
            pattern.map(RegionPattern::as_str)
        }
    });
    let sublist = |list: &&AuthorityList| SublistFacts {
        name: list.name().to_owned(),
        sequence: list.sequence(),
        issued: list.issued(),
        expires: list.expires(),
        age_seconds: at.seconds_since(list.issued()),
    };
    EntryFacts {
        types: types.iter().map(|pattern| pattern.as_str().to_owned()).collect(),
        permits: permits.map(|pattern| pattern.as_str().to_owned()),
        asked: claimed.is_some(),
        region: region.map(str::to_owned),
        from: certificate.from(),
        until: certificate.until(),
        sublists: listing.lists.iter().skip(1).map(sublist).collect(),
    }
}

/// Whether the list, or the sub-list, may be relied on at `report.at`.
fn in_force(report: &mut Report, list: &AuthorityList) {
    let (code, evidence) = match list.state(report.at) {
        State::Current => return,
        State::Expired { since } => (Code::ListExpired, Mark::Expired.at(since)),
        State::NotYet { issued } => (Code::ListNotYetValid, Mark::Issued.at(issued)),
        State::Overdue { since } => (Code::ListOverdue, Mark::Due.at(since)),
    };
    report.find(code, "authority list", evidence);
}

/// The finding for a list that must not be relied on.
fn attacked(attack: &Attack) -> Code {
    match attack {
        Attack::ClockSetBack { .. } => Code::ClockSetBack,
        Attack::Equivocation { .. } => Code::ListEquivocation,
        Attack::FastForward { .. } => Code::ListFastForward,
        Attack::KidCollision { .. } => Code::ListKidCollision,
        Attack::MixAndMatch(_) => Code::ListMixAndMatch,
        Attack::Rollback { .. } => Code::ListRollback,
        Attack::Unrevocation { .. } => Code::ListUnrevocation,
    }
}

/// The finding for a refusal, and the reason that the list has for it.
fn refused(refusal: Refusal) -> (Code, Option<Reason>) {
    let code = match refusal {
        Refusal::UnknownCertificate => Code::IssuerUnknown,
        Refusal::AnotherIssuer => Code::IssuerMismatch,
        Refusal::Revoked(reason) => return (Code::CertificateRevoked, Some(reason)),
        Refusal::Suspended(reason) => return (Code::CertificateSuspended, Some(reason)),
        Refusal::OutsideWindow => Code::OutsideWindow,
        Refusal::TypeNotPermitted => Code::TypeNotPermitted,
        Refusal::RegionNotPermitted => Code::RegionNotPermitted,
        Refusal::TemplateNotPermitted => Code::TemplateNotPermitted,
        Refusal::TemplateUnknown => Code::TemplateNotTold,
        Refusal::BeyondDelegation => Code::BeyondDelegation,
    };
    (code, None)
}
