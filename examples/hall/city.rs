//! The city: its root key, and the list of who may issue what.

use yinxin::authority::{AuthorityList, IssuerDraft, ListDraft, ListFile, Memory, Roots};
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, SoftwareSigner};
use yinxin::record::TypeCode;
use yinxin::time::Time;
use yinxin::verify::Trust;

use super::files::key_file;
use super::{Department, Told};

/// What whoever receives results trusts where each of `departments` may issue results of these types, as of 1 June.
pub fn listed(departments: &[&Department], types: &[&TypeCode]) -> Told<Trust> {
    let issued = super::june(1, 9)?;
    let entries: Told<_> = departments.iter().map(|body| body.may_issue(types)).collect();
    trust(&authority(None, issued, entries?)?, issued)
}

/// The city signs its authority list: the first, or the one after `before`, good for thirty days.
pub fn authority(before: Option<&[u8]>, issued: Time, issuers: Vec<IssuerDraft>) -> Told<Vec<u8>> {
    let mut draft = ListDraft::new("滨海市授权名录", issued, issued.plus_seconds(30 * 86_400));
    draft.issuers = issuers;
    if let Some(before) = before {
        let file = ListFile::parse(before, &Limits::DEFAULT)?;
        let list = AuthorityList::dangerous_unverified(&file, &Limits::DEFAULT)?;
        (draft.sequence, draft.previous) = (list.sequence() + 1, Some(list.digest()));
    }
    let root = SoftwareSigner::from_pem(&key_file("root.key.pem")?, vec![certificate("root")?])?;
    Ok(draft.sign(&root)?)
}

/// What whoever receives results trusts: the root, and the list. Who receives every day remembers lists (`counter_check`).
pub fn trust(list: &[u8], now: Time) -> Told<Trust> {
    let list = AuthorityList::open(list, &roots()?, &mut Memory::new(now), &Limits::DEFAULT)?;
    let trust = Trust::new().roots([certificate("root")?]).list(list);
    // A code names certificates and carries none; the department's own is on the list.
    Ok(trust.certificates([certificate("intermediate")?]))
}

/// The root that everybody in the city has pinned.
pub fn roots() -> Told<Roots> {
    Ok(Roots::any_of(vec![certificate("root")?])?)
}

/// A test certificate.
pub fn certificate(name: &str) -> Told<Certificate> {
    Ok(Certificate::from_pem_many(&key_file(&format!("{name}.cert.pem"))?)?.remove(0))
}
