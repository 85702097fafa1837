//! Name constraints (RFC 5280, clause 4.2.1.10): which names may stand in certificates below an authority.
//!
//! Evaluated are directory names, host names, mail addresses, addresses of resources (their host) and IP addresses. A constraint
//! on another form of name decides only where a name of that form occurs; then nothing can be said, and nothing is accepted.

use super::extension::{self, sequence};
use super::general_name::GeneralName;
use super::{Certificate, name};
use crate::asn1::{self, Asn1Error, Reader, Rules, tag};

/// What comes of holding a certificate against constraints.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// Every name is permitted.
    Permitted,
    /// A name is excluded, or not among those permitted.
    Refused,
    /// More comparisons than are left.
    TooMany,
    /// Constrained is a form of name that is not evaluated, and such a name occurs.
    Unsupported,
}

/// nameConstraints of one authority.
#[derive(Default)]
pub(super) struct Constraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

struct Subtree {
    base: GeneralName,
    /// No minimum and maximum but the defaults (RFC 5280 has no others).
    whole: bool,
}

impl Constraints {
    /// Those of `certificate`, if it has any.
    pub(super) fn of(certificate: &Certificate) -> asn1::Result<Option<Self>> {
        certificate
            .of_path(extension::NAME_CONSTRAINTS)
            .map(Self::parse)
            .transpose()
    }

    fn parse(value: &[u8]) -> asn1::Result<Self> {
        let mut reader = sequence(value)?;
        let mut found = Self::default();
        let mut some = false;
        for (tag, list) in [
            (tag::CONTEXT_0_CONSTRUCTED, &mut found.permitted),
            (tag::CONTEXT_1_CONSTRUCTED, &mut found.excluded),
        ] {
            if let Some(tlv) = reader.optional(tag)? {
                some = true;
                let mut trees = tlv.reader(Rules::Der);
                while !trees.is_empty() {
                    let mut tree = trees.expect(tag::SEQUENCE)?.reader(Rules::Der);
                    let base = tree.read()?;
                    let name = GeneralName::parse(&base)?;
                    if let GeneralName::Ip(octets) = &name
                        && !is_network(octets)
                    {
                        return Err(base.error(Asn1Error::Value));
                    }
                    list.push(Subtree {
                        base: name,
                        whole: tree.is_empty(),
                    });
                }
            }
        }
        reader.finish()?;
        // RFC 5280: not an empty sequence.
        if some {
            Ok(found)
        } else {
            Err(reader_error(&reader))
        }
    }

    /// Holds `names` against the constraints, with at most `budget` comparisons, which are taken off it.
    pub(super) fn judge(&self, names: &[GeneralName], budget: &mut usize) -> Verdict {
        let mut unsupported = false;
        for name in names {
            let of_form = |tree: &&Subtree| form(&tree.base) == form(name);
            let cost = self.permitted.len().saturating_add(self.excluded.len());
            match budget.checked_sub(cost) {
                Some(left) => *budget = left,
                None => return Verdict::TooMany,
            }
            let mut permitted = self.permitted.iter().filter(of_form).peekable();
            let mut excluded = self.excluded.iter().filter(of_form).peekable();
            if permitted.peek().is_none() && excluded.peek().is_none() {
                continue;
            }
            if matches!(name, GeneralName::Other(..)) {
                unsupported = true;
                continue;
            }
            let restricted = permitted.peek().is_some();
            let (mut inside, mut partial) = (false, false);
            for tree in permitted {
                if tree.whole {
                    inside |= matches(name, &tree.base, Side::Permitted);
                } else {
                    partial = true;
                }
            }
            for tree in excluded {
                if tree.whole {
                    if matches(name, &tree.base, Side::Excluded) {
                        return Verdict::Refused;
                    }
                } else {
                    partial = true;
                }
            }
            if partial {
                unsupported = true;
            } else if restricted && !inside {
                return Verdict::Refused;
            }
        }
        if unsupported {
            Verdict::Unsupported
        } else {
            Verdict::Permitted
        }
    }
}

/// All names of `certificate` that constraints are about: its subject, mail addresses in it, and subjectAltName.
pub(super) fn names_of(certificate: &Certificate) -> asn1::Result<Vec<GeneralName>> {
    /// emailAddress, 1.2.840.113549.1.9.1
    const EMAIL_ADDRESS: &str = "1.2.840.113549.1.9.1";
    let mut names = vec![];
    if !certificate.subject_name().is_empty() {
        names.push(GeneralName::Directory(certificate.subject_name().clone()));
    }
    for (kind, value) in name::attributes(certificate.subject_raw()) {
        if kind == EMAIL_ADDRESS {
            names.push(GeneralName::Email(value.into_bytes()));
        }
    }
    if let Some(value) = certificate.of_path(extension::SUBJECT_ALT_NAME) {
        let mut reader = Reader::new(value, Rules::Der);
        let tlv = reader.expect(tag::SEQUENCE)?;
        reader.finish()?;
        names.extend(GeneralName::parse_many(&tlv, usize::MAX)?);
    }
    Ok(names)
}

/// On which side doubt falls: what could be excluded is.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Side {
    Permitted,
    Excluded,
}

fn form(name: &GeneralName) -> u8 {
    match name {
        GeneralName::Directory(_) => 0xa4,
        GeneralName::Dns(_) => 0x82,
        GeneralName::Email(_) => 0x81,
        GeneralName::Ip(_) => 0x87,
        GeneralName::Other(tag, _) => *tag,
        GeneralName::Uri(_) => 0x86,
    }
}

fn matches(name: &GeneralName, base: &GeneralName, side: Side) -> bool {
    match (name, base) {
        (GeneralName::Directory(name), GeneralName::Directory(base)) => name.is_within(base),
        (GeneralName::Dns(name), GeneralName::Dns(base)) => host_within(name, base, side),
        (GeneralName::Email(name), GeneralName::Email(base)) => email_within(name, base, side),
        (GeneralName::Uri(name), GeneralName::Uri(base)) => match host_of(name) {
            Some(host) => exact_or_below(&lower(host), &lower(base)),
            // RFC 5280: a name without a host that is a domain name is rejected.
            None => side == Side::Excluded,
        },
        (GeneralName::Ip(name), GeneralName::Ip(base)) => address_within(name, base),
        _ => false,
    }
}

/// dNSName: the name itself and everything below; with a leading dot, as some write, only what is below.
fn host_within(name: &[u8], base: &[u8], side: Side) -> bool {
    let (name, base) = (lower(name), lower(base));
    if base.is_empty() || exact_or_below(&name, &base) || below(&name, &base) {
        return true;
    }
    // `*.example.cn` stands for `a.example.cn` too.
    match name.strip_prefix(b"*.") {
        Some(rest) if side == Side::Excluded => base.strip_suffix(rest).is_some_and(|label| {
            label
                .strip_suffix(b".")
                .is_some_and(|label| !label.contains(&b'.'))
        }),
        _ => false,
    }
}

fn email_within(name: &[u8], base: &[u8], side: Side) -> bool {
    let Some((local, host)) = split_last(name, b'@') else {
        return side == Side::Excluded;
    };
    let host = lower(host);
    match split_last(base, b'@') {
        Some((base_local, base_host)) => local == base_local && host == lower(base_host),
        None => base.is_empty() || exact_or_below(&host, &lower(base)),
    }
}

/// A host, or with a leading dot every host below.
fn exact_or_below(host: &[u8], base: &[u8]) -> bool {
    match base.first() {
        Some(b'.') => host.len() > base.len() && host.ends_with(base),
        Some(_) => host == base,
        None => false,
    }
}

fn below(host: &[u8], base: &[u8]) -> bool {
    host.strip_suffix(base).is_some_and(|rest| rest.ends_with(b"."))
}

/// The host in a URI, if it has one that is a domain name.
fn host_of(uri: &[u8]) -> Option<&[u8]> {
    let start = uri.windows(3).position(|window| window == b"://")?;
    let rest = uri.get(start.checked_add(3)?..)?;
    let authority = rest.split(|byte| matches!(byte, b'/' | b'?' | b'#')).next()?;
    let host = split_last(authority, b'@').map_or(authority, |(_, host)| host);
    if host.first() == Some(&b'[') {
        return None;
    }
    let host = host.split(|byte| *byte == b':').next()?;
    let numeric = host.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    (!numeric).then_some(host)
}

fn address_within(address: &[u8], network: &[u8]) -> bool {
    if network.len() != address.len().saturating_mul(2) {
        return false;
    }
    let Some((base, mask)) = network.split_at_checked(address.len()) else {
        return false;
    };
    let bytes = address.iter().zip(base).zip(mask);
    bytes
        .into_iter()
        .all(|((address, base), mask)| address & mask == base & mask)
}

/// Whether `octets` are an address of version 4 or 6 with a mask whose ones stand together.
fn is_network(octets: &[u8]) -> bool {
    let mask = octets.get(octets.len() / 2..).unwrap_or_default();
    let ones: u32 = mask.iter().map(|byte| byte.leading_ones()).sum();
    let bits = mask
        .iter()
        .flat_map(|byte| (0..8).map(move |bit| byte.rotate_left(bit) & 0x80 != 0));
    let together = bits.take_while(|bit| *bit).count();
    matches!(octets.len(), 8 | 32)
        && usize::try_from(ones).is_ok_and(|ones| ones == together)
        && mask.iter().map(|byte| byte.count_ones()).sum::<u32>() == ones
}

/// In lower case, without the dot of the root.
fn lower(text: &[u8]) -> Vec<u8> {
    let text = match text.strip_suffix(b".") {
        Some(rest) if !rest.is_empty() => rest,
        _ => text,
    };
    text.to_ascii_lowercase()
}

fn split_last(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = text.iter().rposition(|byte| *byte == at)?;
    Some((text.get(..place)?, text.get(place.checked_add(1)?..)?))
}

fn reader_error(reader: &Reader<'_>) -> crate::error::At<Asn1Error> {
    crate::error::At::new(Asn1Error::Value, reader.offset())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::tlv;

    /// permitted and excluded names, as (identifier octet, contents).
    fn constraints(permitted: &[(u8, &[u8])], excluded: &[(u8, &[u8])]) -> Constraints {
        let trees = |outer: u8, names: &[(u8, &[u8])]| {
            let trees: Vec<Vec<u8>> = names
                .iter()
                .map(|(kind, value)| tlv(tag::SEQUENCE, &[&tlv(*kind, &[value])]))
                .collect();
            let trees: Vec<&[u8]> = trees.iter().map(Vec::as_slice).collect();
            if trees.is_empty() {
                vec![]
            } else {
                tlv(outer, &trees)
            }
        };
        let value = tlv(tag::SEQUENCE, &[&trees(0xa0, permitted), &trees(0xa1, excluded)]);
        Constraints::parse(&value).unwrap()
    }

    fn judged(held: &Constraints, name: GeneralName) -> Verdict {
        held.judge(&[name], &mut 100)
    }

    #[test]
    fn host_names_below_the_permitted_one() {
        let held = constraints(&[(0x82, b"Example.cn")], &[(0x82, b"secret.example.cn")]);
        for (name, verdict) in [
            ("example.cn", Verdict::Permitted),
            ("A.EXAMPLE.CN", Verdict::Permitted),
            ("a.example.cn.", Verdict::Permitted),
            ("badexample.cn", Verdict::Refused),
            ("secret.example.cn", Verdict::Refused),
            ("x.secret.example.cn", Verdict::Refused),
            ("*.example.cn", Verdict::Refused),
            ("*.public.example.cn", Verdict::Permitted),
        ] {
            assert_eq!(judged(&held, GeneralName::Dns(name.into())), verdict, "{name}");
        }
        // What is not constrained is free.
        assert_eq!(
            judged(&held, GeneralName::Email(b"a@b".to_vec())),
            Verdict::Permitted
        );
    }

    #[test]
    fn mail_addresses_by_mailbox_host_and_domain() {
        let held = constraints(
            &[(0x81, b"a@one.cn"), (0x81, b"two.cn"), (0x81, b".three.cn")],
            &[],
        );
        for (name, verdict) in [
            ("a@ONE.cn", Verdict::Permitted),
            ("A@one.cn", Verdict::Refused),
            ("b@two.cn", Verdict::Permitted),
            ("b@x.two.cn", Verdict::Refused),
            ("b@x.three.cn", Verdict::Permitted),
            ("b@three.cn", Verdict::Refused),
            ("nobody", Verdict::Refused),
        ] {
            assert_eq!(judged(&held, GeneralName::Email(name.into())), verdict, "{name}");
        }
        let excluded = constraints(&[], &[(0x81, b"two.cn")]);
        assert_eq!(
            judged(&excluded, GeneralName::Email(b"nobody".to_vec())),
            Verdict::Refused
        );
    }

    #[test]
    fn addresses_of_resources_by_their_host() {
        let held = constraints(&[(0x86, b"one.cn"), (0x86, b".two.cn")], &[]);
        for (name, verdict) in [
            ("https://user:word@one.cn:8443/path@three.cn", Verdict::Permitted),
            ("https://x.one.cn", Verdict::Refused),
            ("https://x.two.cn?q", Verdict::Permitted),
            ("https://two.cn", Verdict::Refused),
            ("https://192.0.2.1/", Verdict::Refused),
            ("https://[2001:db8::1]/", Verdict::Refused),
            ("urn:one.cn", Verdict::Refused),
        ] {
            assert_eq!(judged(&held, GeneralName::Uri(name.into())), verdict, "{name}");
        }
    }

    #[test]
    fn ip_addresses_by_network() {
        let held = constraints(&[(0x87, &[192, 0, 2, 0, 255, 255, 255, 128])], &[]);
        let ip = |last| GeneralName::Ip(vec![192, 0, 2, last]);
        assert_eq!(judged(&held, ip(127)), Verdict::Permitted);
        assert_eq!(judged(&held, ip(128)), Verdict::Refused);
        assert_eq!(judged(&held, GeneralName::Ip(vec![0; 16])), Verdict::Refused);
        for bad in [
            &[0; 4][..],
            &[1, 2, 3, 4, 255, 0, 255, 0],
            &[1, 2, 3, 4, 255, 254, 128, 0],
        ] {
            let tree = tlv(tag::SEQUENCE, &[&tlv(0x87, &[bad])]);
            let value = tlv(tag::SEQUENCE, &[&tlv(0xa0, &[&tree])]);
            assert!(Constraints::parse(&value).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn forms_that_are_not_evaluated_decide_nothing() {
        let other = |octets: &[u8]| GeneralName::Other(0xa0, octets.to_vec());
        let held = constraints(&[(0xa0, &[6, 1, 42])], &[]);
        assert_eq!(judged(&held, other(&[6, 1, 42])), Verdict::Unsupported);
        assert_eq!(
            judged(&held, GeneralName::Dns(b"a.cn".to_vec())),
            Verdict::Permitted
        );
        // A minimum, which RFC 5280 does not have.
        let tree = tlv(tag::SEQUENCE, &[&tlv(0x82, &[b"cn"]), &tlv(0x80, &[&[1]])]);
        let value = tlv(tag::SEQUENCE, &[&tlv(0xa0, &[&tree])]);
        let held = Constraints::parse(&value).unwrap();
        assert_eq!(
            judged(&held, GeneralName::Dns(b"a.cn".to_vec())),
            Verdict::Unsupported
        );
        assert!(Constraints::parse(&[0x30, 0]).is_err());
    }

    #[test]
    fn comparisons_are_counted() {
        let held = constraints(&[(0x82, b"a"), (0x82, b"b")], &[(0x82, b"c")]);
        let names = vec![GeneralName::Dns(b"a".to_vec()); 10];
        assert_eq!(held.judge(&names, &mut 30), Verdict::Permitted);
        assert_eq!(held.judge(&names, &mut 29), Verdict::TooMany);
    }
}
