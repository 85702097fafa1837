//! Whether the code that a clerk typed is the holder's.

use super::Verifier;
use super::finding::Code;
use super::report::Report;
use crate::payload::{HolderMatch, Payload};
use crate::record::Record;

/// Compares the typed code, if there is one, with the record in a file; without one with the claims of a code.
pub(super) fn check(
    verifier: &Verifier,
    report: &mut Report,
    record: Option<&Record>,
    payload: Option<&Payload>,
) {
    let Some(typed) = &verifier.holder else { return };
    let found = match (record, payload) {
        (Some(record), _) if record.holder().has_code(typed) => HolderMatch::Match,
        (Some(_), _) => HolderMatch::NoMatch,
        (None, Some(payload)) => payload.matches_holder(payload.holder_code_type(), typed),
        (None, None) => HolderMatch::NotStated,
    };
    report.holder = Some(found);
    let code = match found {
        HolderMatch::Match => Code::HolderMatch,
        HolderMatch::NoMatch => Code::HolderNoMatch,
        HolderMatch::NotStated => Code::HolderNotStated,
    };
    report.find(code, "holder", "");
}
