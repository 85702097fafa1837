//! Certificate policies along a path (RFC 5280, clause 6.1), by the graph of RFC 9618.
//!
//! The tree of RFC 5280 doubles with every authority that maps two policies to one; the graph of RFC 9618 gives the same answer
//! with one node a policy and authority.

use std::collections::BTreeMap;

use super::extension::{self, sequence};
use super::{Certificate, PathPolicy, PathReason};
use crate::asn1::{self, Asn1Error, Oid, Rules, Tlv, tag};

/// anyPolicy, 2.5.29.32.0
const ANY_POLICY: &[u8] = &[0x55, 0x1d, 32, 0];

/// Whether the policies along `path`, leaf first and anchor last, are as `policy` and the authorities ask.
///
/// The anchor's own policies are not looked at, what it requires and forbids is (RFC 5937, clause 4).
///
/// # Errors
/// Occurs if they are not: the index of the certificate at fault, and why.
pub(super) fn check(path: &[&Certificate], policy: &PathPolicy) -> Result<(), (usize, PathReason)> {
    let Some((anchor, below)) = path.split_last() else {
        return Ok(());
    };
    let malformed = |index: usize, number: u8| (index, PathReason::Extension(format!("2.5.29.{number}")));
    // More than any path has certificates.
    let free = u32::try_from(below.len()).unwrap_or(u32::MAX).saturating_add(1);
    let initially = |now: bool| if now { 0 } else { free };
    let mut counters = Counters {
        explicit: initially(policy.initial_explicit_policy),
        mapping: initially(policy.initial_policy_mapping_inhibit),
        any: initially(policy.initial_any_policy_inhibit),
    };
    counters
        .restrict(anchor)
        .map_err(|number| malformed(below.len(), number))?;
    let mut levels: Vec<Level<'_>> = vec![];
    let mut next = Level {
        nodes: BTreeMap::new(),
        any: true,
    };
    for (index, certificate) in below.iter().enumerate().rev() {
        let leaf = index == 0;
        let counts = !certificate.self_issued();
        let mut level = next;
        let policies =
            Policies::of(certificate).map_err(|_| malformed(index, extension::CERTIFICATE_POLICIES))?;
        level.take(policies.as_ref(), counters.any > 0 || !leaf && !counts);
        if counters.explicit == 0 && level.is_empty() {
            return Err((index, PathReason::NoValidPolicy));
        }
        next = Level::default();
        if !leaf {
            let mappings = mappings(certificate).map_err(|_| malformed(index, extension::POLICY_MAPPINGS))?;
            next = level.map(&mappings, counters.mapping > 0);
        }
        levels.push(level);
        if leaf || counts {
            counters.explicit = counters.explicit.saturating_sub(1);
        }
        if !leaf && counts {
            counters.mapping = counters.mapping.saturating_sub(1);
            counters.any = counters.any.saturating_sub(1);
        }
        if leaf {
            // RFC 5280, clause 6.1.5 b: only zero matters here.
            let required = Constraints::of(certificate)
                .map_err(|_| malformed(index, extension::POLICY_CONSTRAINTS))?
                .explicit;
            if required == Some(0) {
                counters.explicit = 0;
            }
        } else {
            counters
                .restrict(certificate)
                .map_err(|number| malformed(index, number))?;
        }
    }
    let wanted = &policy.user_initial_policy_set;
    if counters.explicit == 0 && !below.is_empty() && !meets(&mut levels, wanted) {
        return Err((0, PathReason::NoValidPolicy));
    }
    Ok(())
}

/// explicit_policy, policy_mapping and inhibit_anyPolicy (RFC 5280, clause 6.1.2 d to f): certificates until it takes effect.
struct Counters {
    explicit: u32,
    mapping: u32,
    any: u32,
}

impl Counters {
    /// Takes in what `authority` asks for below it (clause 6.1.4 i and j). The error is the extension that is malformed.
    fn restrict(&mut self, authority: &Certificate) -> Result<(), u8> {
        let constraints = Constraints::of(authority).map_err(|_| extension::POLICY_CONSTRAINTS)?;
        self.explicit = self.explicit.min(constraints.explicit.unwrap_or(u32::MAX));
        self.mapping = self.mapping.min(constraints.mapping.unwrap_or(u32::MAX));
        if let Some(value) = authority.of_path(extension::INHIBIT_ANY_POLICY) {
            let skip = inhibit_any(value).map_err(|_| extension::INHIBIT_ANY_POLICY)?;
            self.any = self.any.min(skip);
        }
        Ok(())
    }
}

/// policyConstraints.
#[derive(Default)]
struct Constraints {
    explicit: Option<u32>,
    mapping: Option<u32>,
}

impl Constraints {
    fn of(certificate: &Certificate) -> asn1::Result<Self> {
        let Some(value) = certificate.of_path(extension::POLICY_CONSTRAINTS) else {
            return Ok(Self::default());
        };
        let mut reader = sequence(value)?;
        let explicit = reader.optional(tag::CONTEXT_0)?;
        let mapping = reader.optional(tag::CONTEXT_1)?;
        reader.finish()?;
        Ok(Self {
            explicit: explicit.as_ref().map(skip).transpose()?,
            mapping: mapping.as_ref().map(skip).transpose()?,
        })
    }
}

fn inhibit_any(value: &[u8]) -> asn1::Result<u32> {
    let mut reader = asn1::Reader::new(value, Rules::Der);
    let number = reader.expect(tag::INTEGER)?;
    reader.finish()?;
    skip(&number)
}

/// SkipCerts; what is larger than any path is as good as no limit.
fn skip(tlv: &Tlv<'_>) -> asn1::Result<u32> {
    let integer = Tlv {
        tag: tag::INTEGER,
        ..*tlv
    };
    asn1::unsigned_integer(&integer)?;
    Ok(asn1::small_integer(&integer).unwrap_or(u32::MAX))
}

/// certificatePolicies, sorted.
struct Policies<'a> {
    named: Vec<&'a [u8]>,
    any: bool,
}

impl<'a> Policies<'a> {
    fn of(certificate: &'a Certificate) -> asn1::Result<Option<Self>> {
        let Some(value) = certificate.of_path(extension::CERTIFICATE_POLICIES) else {
            return Ok(None);
        };
        let mut reader = sequence(value)?;
        let mut named = vec![];
        while !reader.is_empty() {
            let mut policy = reader.expect(tag::SEQUENCE)?.reader(Rules::Der);
            named.push(policy.expect(tag::OID)?.oid()?.contents());
            // Qualifiers are for people to read; they decide nothing.
            policy.optional(tag::SEQUENCE)?;
            policy.finish()?;
        }
        named.sort_unstable();
        // RFC 5280, clause 4.2.1.4: not twice, and not none.
        let twice = named.iter().zip(named.iter().skip(1)).any(|(a, b)| a == b);
        if twice || named.is_empty() {
            return Err(crate::error::At::new(Asn1Error::Value, 0));
        }
        let all = named.len();
        named.retain(|oid| *oid != ANY_POLICY);
        let any = named.len() < all;
        Ok(Some(Self { named, any }))
    }
}

/// policyMappings: pairs of the issuer's policy and the subject's.
fn mappings(certificate: &Certificate) -> asn1::Result<Vec<(&[u8], &[u8])>> {
    let mut pairs = vec![];
    let Some(value) = certificate.of_path(extension::POLICY_MAPPINGS) else {
        return Ok(pairs);
    };
    let mut reader = sequence(value)?;
    while !reader.is_empty() {
        let tlv = reader.expect(tag::SEQUENCE)?;
        let mut pair = tlv.reader(Rules::Der);
        let issuer = pair.expect(tag::OID)?.oid()?.contents();
        let subject = pair.expect(tag::OID)?.oid()?.contents();
        pair.finish()?;
        // RFC 5280, clause 6.1.4 a.
        if issuer == ANY_POLICY || subject == ANY_POLICY {
            return Err(tlv.error(Asn1Error::Value));
        }
        pairs.push((issuer, subject));
    }
    Ok(pairs)
}

/// The policies that are valid at one depth of the path.
#[derive(Default)]
struct Level<'a> {
    nodes: BTreeMap<&'a [u8], Node<'a>>,
    /// Whether anyPolicy is among them.
    any: bool,
}

#[derive(Default)]
struct Node<'a> {
    /// Policies of the level above that lead here; none: anyPolicy does.
    parents: Vec<&'a [u8]>,
    mapped: bool,
    reached: bool,
}

impl<'a> Level<'a> {
    fn is_empty(&self) -> bool {
        self.nodes.is_empty() && !self.any
    }

    /// RFC 5280, clause 6.1.3 d and e: keeps what the certificate's `policies` allow of what is expected here.
    fn take(&mut self, policies: Option<&Policies<'a>>, any_allowed: bool) {
        let Some(policies) = policies else {
            *self = Self::default();
            return;
        };
        let expected_any = self.any;
        if !(policies.any && any_allowed) {
            self.any = false;
            self.nodes
                .retain(|oid, _| policies.named.binary_search(oid).is_ok());
        }
        if expected_any {
            for oid in &policies.named {
                self.nodes.entry(oid).or_default();
            }
        }
    }

    /// RFC 5280, clause 6.1.4 b: what is expected of the next certificate.
    fn map(&mut self, mappings: &[(&'a [u8], &'a [u8])], allowed: bool) -> Self {
        let mut next = Self {
            nodes: BTreeMap::new(),
            any: self.any,
        };
        for (issuer, subject) in mappings {
            if !allowed {
                self.nodes.remove(issuer);
                continue;
            }
            if self.any {
                self.nodes.entry(issuer).or_default();
            }
            if let Some(node) = self.nodes.get_mut(issuer) {
                node.mapped = true;
                next.nodes.entry(subject).or_default().parents.push(issuer);
            }
        }
        for (oid, node) in &self.nodes {
            if !node.mapped {
                next.nodes.entry(oid).or_default().parents.push(oid);
            }
        }
        next
    }
}

/// Whether the policies at the leaf lead back to one of `wanted` (dotted; none or anyPolicy: to any) in the terms of the anchor.
fn meets(levels: &mut [Level<'_>], wanted: &[String]) -> bool {
    let Some(last) = levels.last_mut() else {
        return false;
    };
    let any_wanted = wanted.is_empty() || wanted.iter().any(|oid| oid == "2.5.29.32.0");
    if last.any || any_wanted {
        return !last.is_empty();
    }
    for node in last.nodes.values_mut() {
        node.reached = true;
    }
    let mut rest = levels;
    while let Some((level, above)) = rest.split_last_mut() {
        for (oid, node) in &level.nodes {
            if !node.reached {
                continue;
            }
            if node.parents.is_empty() {
                let dotted = Oid::new(oid).to_string();
                if wanted.contains(&dotted) {
                    return true;
                }
            }
            if let Some(upper) = above.last_mut() {
                for parent in &node.parents {
                    if let Some(parent) = upper.nodes.get_mut(parent) {
                        parent.reached = true;
                    }
                }
            }
        }
        rest = above;
    }
    false
}
