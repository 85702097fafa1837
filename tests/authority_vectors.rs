//! Authority lists: signing, refusing, remembering and deciding, by vectors kept as data in `test-vectors/authority`.

#[path = "common/lists.rs"]
mod lists;
#[path = "common/vectors.rs"]
mod vectors;

use lists::{certificate, certificates, draft, file, hex, open, roots, signer, text, time, to_hex};
use vectors::vectors;
use yinxin::authority::{
    Act, Attack, AuthorityError, AuthorityList, ListDraft, ListFile, Memory, Refusal, Roots, RootsDraft,
    State,
};
use yinxin::crypto::DigestAlgorithm;
use yinxin::limits::Limits;

/// The list of list.toml with the sub-lists of district.toml and town.toml.
fn tree() -> AuthorityList {
    let mut memory = Memory::new(time("2030-06-05"));
    let signed = |name: &str, by: &str| draft(name).sign(&signer(by)).unwrap();
    let limits = Limits::DEFAULT;
    let mut list =
        AuthorityList::open(&signed("list", "root"), &roots(&["root"]), &mut memory, &limits).unwrap();
    for (name, by) in [("district", "district"), ("town", "town")] {
        list.open_sublist(&signed(name, by), &mut memory, &limits)
            .unwrap();
    }
    list
}

#[test]
fn list_is_what_its_draft_says() {
    let bytes = draft("list").sign(&signer("root")).unwrap();
    assert_eq!(
        to_hex(&DigestAlgorithm::Sha256.digest(&bytes)),
        file("list.sha256").trim(),
        "Ed25519 is deterministic, so is the list"
    );
    let list = open(&bytes).unwrap();
    assert_eq!((list.sequence(), list.issuers().len()), (7, 2));
    let market = &list.issuers()[1];
    assert_eq!(market.name(), "滨海市市场监督管理局");
    assert_eq!(market.certificates()[0].der(), certificate("market").der());
    assert_eq!(
        market.certificates()[0].certificate(),
        Some(&certificate("market"))
    );
    let (issuer, found) = list.by_certificate(certificate("police").der()).unwrap();
    assert_eq!(issuer.code().as_str(), "11109900MB2A10113K");
    assert_eq!(list.by_kid(&found.kid()), [(issuer, found)]);
    assert!(list.by_kid(&[0; 8]).is_empty() && list.by_kid(&found.kid()[..7]).is_empty());
    let file = ListFile::parse(&bytes, &Limits::DEFAULT).unwrap();
    assert_eq!(file.to_bytes(), bytes);
    assert_eq!(
        file.embedded_roots(&Limits::DEFAULT).unwrap(),
        [certificate("root")]
    );
    let delegation = &list.delegations()[0];
    assert_eq!(delegation.name(), "滨海市海晏区授权名录");
    assert_eq!(delegation.roots().certificates(), [certificate("district")]);
    assert_eq!(
        (delegation.roots().threshold(), delegation.roots().version()),
        (1, Some(1))
    );
    assert_eq!((delegation.depth(), delegation.sequence()), (1, 3));
    assert_eq!(delegation.types(), ["11109900MB2A00062805*".parse().unwrap()]);
    assert_eq!(delegation.regions(), ["109902".parse().unwrap()]);
    assert_eq!(delegation.templates(), [[8; 32]]);
    for name in ["list", "district", "town"] {
        let again: ListDraft = toml::from_str(&toml::to_string(&draft(name)).unwrap()).unwrap();
        assert_eq!(again, draft(name));
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Sequence {
    pinned: Vec<String>,
    threshold: Option<usize>,
    step: Vec<Opening>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Opening {
    list: String,
    #[serde(default)]
    replace: Vec<(String, String)>,
    #[serde(default)]
    sublist: bool,
    signed: Vec<String>,
    /// Signers of another list, whose signatures are put into this file.
    #[serde(default)]
    foreign: Vec<String>,
    /// Signers whose signatures are put in a second time.
    #[serde(default)]
    again: Vec<String>,
    #[serde(default)]
    rotations: Vec<Rotation>,
    now: String,
    expect: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    #[serde(default)]
    replace: Vec<(String, String)>,
    signed: Vec<String>,
}

impl Opening {
    fn bytes(&self, previous: &str) -> Vec<u8> {
        let replace: Vec<(String, String)> = self
            .replace
            .iter()
            .map(|(old, new)| (old.clone(), new.replace("$previous", previous)))
            .collect();
        let draft: ListDraft = toml::from_str(&text(&self.list, &replace)).unwrap();
        let rotations = self.rotations.iter().map(|rotation| {
            let draft: RootsDraft = toml::from_str(&text("roots", &rotation.replace)).unwrap();
            let mut file = draft.file().unwrap();
            for name in &rotation.signed {
                file.sign(&signer(name)).unwrap();
            }
            file
        });
        // What the draft itself would refuse is for the reader to refuse as well.
        let mut file = match draft.file() {
            Ok(file) => file,
            Err(AuthorityError::Attack(Attack::KidCollision { .. })) => colliding(&draft),
            Err(error) => panic!("{error}"),
        };
        file = file.with_rotations(rotations.collect()).unwrap();
        for name in &self.signed {
            file.sign(&signer(name)).unwrap();
        }
        let mut bytes = file.to_bytes();
        for name in &self.again {
            let mut other = draft.file().unwrap();
            other.sign(&signer(name)).unwrap();
            bytes = graft(&bytes, &other.to_bytes());
        }
        for name in &self.foreign {
            let mut draft = draft.clone();
            draft.sequence += 1;
            let mut other = draft.file().unwrap();
            other.sign(&signer(name)).unwrap();
            bytes = graft(&bytes, &other.to_bytes());
        }
        bytes
    }
}

/// The file of `draft` in which the second body has the certificate of the first, which the draft itself does not let through.
fn colliding(draft: &ListDraft) -> ListFile {
    use yinxin::cbor::Value;
    let mut honest = draft.clone();
    honest.issuers[1].certificates[0].certificate = certificate("market");
    let bytes = honest.file().unwrap().to_bytes();
    let Value::Tag(tag, parts) = Value::decode(&bytes, &Limits::DEFAULT).unwrap() else {
        panic!()
    };
    let Value::Array(mut parts) = *parts else { panic!() };
    let body = to_hex(parts[0].as_bytes().unwrap());
    let der = |name: &str| to_hex(&Value::Bytes(certificate(name).der().to_vec()).encode());
    let body = body.replace(&der("market"), &der("police"));
    parts[0] = Value::Bytes(hex(&body));
    let bytes = Value::Tag(tag, Box::new(Value::Array(parts))).encode();
    ListFile::parse(&bytes, &Limits::DEFAULT).unwrap()
}

/// `file` with the signatures of `other` added.
fn graft(file: &[u8], other: &[u8]) -> Vec<u8> {
    use yinxin::cbor::Value;
    let parts = |bytes: &[u8]| match Value::decode(bytes, &Limits::DEFAULT).unwrap() {
        Value::Tag(tag, parts) => (tag, parts.as_array().unwrap().to_vec()),
        _ => panic!("no tag"),
    };
    let ((tag, mut own), (_, others)) = (parts(file), parts(other));
    let mut signatures = own[1].as_array().unwrap().to_vec();
    signatures.extend(others[1].as_array().unwrap().iter().cloned());
    own[1] = Value::Array(signatures);
    Value::Tag(tag, Box::new(Value::Array(own))).encode()
}

fn said(error: &AuthorityError) -> String {
    match error {
        AuthorityError::Attack(attack) => match attack {
            Attack::ClockSetBack { .. } => "clock-set-back",
            Attack::Equivocation { .. } => "equivocation",
            Attack::FastForward { .. } => "fast-forward",
            Attack::KidCollision { .. } => "kid-collision",
            Attack::MixAndMatch(_) => "mix-and-match",
            Attack::Rollback { .. } => "rollback",
            Attack::Unrevocation { .. } => "un-revocation",
            _ => "?",
        }
        .to_owned(),
        error => error.to_string(),
    }
}

#[test]
fn attacks_over_time_are_named() {
    for (name, vector) in vectors::<Sequence>("authority/sequences", 40) {
        let pinned = Roots::new(certificates(&vector.pinned), vector.threshold.unwrap_or(1)).unwrap();
        let limits = Limits::DEFAULT;
        let (mut kept, mut list): (Option<Vec<u8>>, Option<AuthorityList>) = (None, None);
        for (number, step) in vector.step.iter().enumerate() {
            let now = time(&step.now);
            let previous = list
                .as_ref()
                .map_or_else(String::new, |list| to_hex(&list.digest()));
            let bytes = step.bytes(&previous);
            let memory = match &kept {
                None => Ok(Memory::new(now)),
                Some(bytes) => Memory::resume(bytes, now, &limits),
            };
            let outcome = memory.and_then(|mut memory| {
                let before = memory.clone();
                let outcome = match (step.sublist, &mut list) {
                    (true, Some(list)) => list.open_sublist(&bytes, &mut memory, &limits),
                    _ => AuthorityList::open(&bytes, &pinned, &mut memory, &limits).map(|opened| {
                        list = Some(opened);
                    }),
                };
                match outcome {
                    Ok(()) => kept = Some(memory.to_bytes()),
                    Err(_) => assert_eq!(memory, before, "{name}: what is refused is remembered"),
                }
                outcome
            });
            let said = outcome.map_or_else(|error| said(&error), |()| "accepted".to_owned());
            assert!(said.contains(&step.expect), "{name}, step {number}: {said}");
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Damaged {
    kind: String,
    #[serde(default)]
    replace: Vec<(String, String)>,
    input: Option<String>,
    says: String,
}

impl Damaged {
    fn text(&self, base: &str) -> String {
        let mut text = self.input.clone().unwrap_or_else(|| base.to_owned());
        for (old, new) in &self.replace {
            assert!(text.contains(old.as_str()), "{old} does not occur");
            text = text.replacen(old.as_str(), new, 1);
        }
        text
    }

    /// The complaint, if any.
    fn outcome(&self) -> Result<(), String> {
        let opened = |bytes: &[u8]| open(bytes).map(drop).map_err(|error| error.to_string());
        match self.kind.as_str() {
            "draft" => {
                let text = text("list", &self.replace);
                let draft: ListDraft = toml::from_str(&text).map_err(|error| error.to_string())?;
                let signed = draft.sign(&signer("root"));
                signed.map(drop).map_err(|error| error.to_string())
            }
            "body" => {
                let file = small().file().unwrap().to_bytes();
                opened(&with_body(&file, |body| hex(&self.text(&to_hex(body)))))
            }
            "file" => opened(&hex(&self.text(&to_hex(&small().sign(&signer("root")).unwrap())))),
            other => panic!("kind {other}"),
        }
    }
}

/// list.toml without certificates that make the hexadecimal long: one body, one delegation.
fn small() -> ListDraft {
    let mut draft = draft("list");
    draft.issuers.remove(0);
    draft
}

/// The file with its body changed, signed by the root.
fn with_body(file: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    use yinxin::cbor::Value;
    let Value::Tag(tag, parts) = Value::decode(file, &Limits::DEFAULT).unwrap() else {
        panic!()
    };
    let mut parts = parts.as_array().unwrap().to_vec();
    parts[0] = Value::Bytes(change(parts[0].as_bytes().unwrap()));
    let bytes = Value::Tag(tag, Box::new(Value::Array(parts))).encode();
    let mut file = ListFile::parse(&bytes, &Limits::DEFAULT).unwrap();
    file.sign(&signer("root")).unwrap();
    file.to_bytes()
}

#[test]
fn damaged_and_forged_lists_are_refused_for_the_reason_given() {
    assert!(open(&with_body(&small().file().unwrap().to_bytes(), <[u8]>::to_vec)).is_ok());
    for (name, vector) in vectors::<Damaged>("authority/invalid", 40) {
        assert!(!vector.says.is_empty(), "{name}");
        match vector.outcome() {
            Ok(()) => panic!("{name}: accepted"),
            Err(error) => assert!(error.contains(&vector.says), "{name}: {error}"),
        }
    }
}

#[test]
fn a_member_that_only_informs_is_passed_over() {
    let file = small().file().unwrap().to_bytes();
    let informed = with_body(&file, |body| {
        let body = to_hex(body);
        // Nine or ten members, and behind them -1: "x".
        let head = u8::from_str_radix(&body[..2], 16).unwrap() + 1;
        hex(&format!("{head:02x}{}206178", &body[2..]))
    });
    assert_eq!(open(&informed).unwrap().sequence(), 7);
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    certificate: String,
    issuer: String,
    r#type: String,
    region: Option<String>,
    /// One byte that is every byte of the hash.
    template: Option<u8>,
    at: String,
    expect: String,
}

#[test]
fn decisions_follow_the_list() {
    let list = tree();
    let mut reached = std::collections::BTreeSet::new();
    for (name, decision) in vectors::<Decision>("authority/decisions", 20) {
        let (issuer, kind) = (decision.issuer.parse().unwrap(), decision.r#type.parse().unwrap());
        let mut act = Act::new(&issuer, &kind);
        if let Some(region) = &decision.region {
            act = act.in_region(region);
        }
        if let Some(byte) = decision.template {
            act = act.template([byte; 32]);
        }
        let der = certificate(&decision.certificate).der().to_vec();
        let at = time(&decision.at);
        let outcome = list.authorise(&der, &act, at);
        let said = outcome.map_or_else(|refusal| format!("{refusal:?}"), |_| "permitted".to_owned());
        assert_eq!(said, decision.expect, "{name}");
        if let Ok(issuer) = outcome {
            assert_eq!(list.standing(&der, at), Ok(issuer));
        }
        reached.insert(said);
    }
    assert!(reached.len() >= 11, "every refusal has a vector: {reached:?}");
    assert!(matches!(
        list.standing(certificate("stranger").der(), time("2030-06-05")),
        Err(Refusal::UnknownCertificate)
    ));
}

#[test]
fn list_is_current_from_issue_until_the_next_is_due_and_usable_until_expiry() {
    let list = open(&draft("list").sign(&signer("root")).unwrap()).unwrap();
    let (issued, expires) = (time("2030-06-01T00:00:00Z"), time("2030-09-01T00:00:00Z"));
    let due = time("2030-07-01T00:00:00Z");
    assert_eq!(list.state(issued), State::Current);
    assert_eq!(list.state(issued.plus_seconds(-1)), State::NotYet { issued });
    assert_eq!(list.state(due.plus_seconds(-1)), State::Current);
    assert_eq!(list.state(due), State::Overdue { since: due });
    assert_eq!(
        list.state(expires.plus_seconds(-1)),
        State::Overdue { since: due }
    );
    assert_eq!(list.state(expires), State::Expired { since: expires });
    assert_eq!(list.age(expires), 92 * 86_400);
    assert_eq!(list.age(issued.plus_seconds(-5)), -5);
}

#[test]
fn only_a_pinned_root_opens_a_list() {
    let bytes = draft("list").sign(&signer("root")).unwrap();
    let opened = |names: &[&str], limits: &Limits| {
        AuthorityList::open(
            &bytes,
            &roots(names),
            &mut Memory::new(time("2030-06-05")),
            limits,
        )
    };
    assert!(opened(&["root"], &Limits::DEFAULT).is_ok());
    let refused = Err(AuthorityError::UntrustedRoot(certificate("root").kid()));
    assert_eq!(opened(&["police", "stranger"], &Limits::DEFAULT), refused);
    let mut small = Limits::DEFAULT;
    small.authority_bytes = bytes.len() - 1;
    let outcome = opened(&["root"], &small);
    assert_eq!(outcome, Err(AuthorityError::TooLarge(bytes.len() - 1)));
}

/// One keeper counts once, however often the key is named.
#[test]
fn roots_are_some_keys_each_once() {
    let certificate = certificate("root");
    let twice = Roots::new([certificate.clone(), certificate.clone()], 2);
    assert!(twice.unwrap_err().to_string().contains("one key twice"));
    for threshold in [0, 2] {
        let outcome = Roots::new([certificate.clone()], threshold);
        assert!(outcome.unwrap_err().to_string().contains("threshold"));
    }
}

#[test]
fn a_set_of_roots_is_pinned_by_its_own_file() {
    let draft: RootsDraft = toml::from_str(&text("roots", &[])).unwrap();
    let mut set = draft.file().unwrap();
    set.sign(&signer("root-b")).unwrap();
    let limits = Limits::DEFAULT;
    assert!(matches!(
        Roots::open(&set.to_bytes(), &limits),
        Err(AuthorityError::Threshold { found: 1, needed: 2 })
    ));
    set.sign(&signer("root")).unwrap();
    assert!(set.sign(&signer("root")).is_err(), "nobody signs twice");
    let roots = Roots::open(&set.to_bytes(), &limits).unwrap();
    assert_eq!((roots.version(), roots.threshold()), (Some(2), 2));
    let mut list = self::draft("list");
    list.roots = 2;
    let mut file = list.file().unwrap();
    for name in ["root", "root-c"] {
        file.sign(&signer(name)).unwrap();
    }
    let mut memory = Memory::new(time("2030-06-05"));
    assert!(AuthorityList::open(&file.to_bytes(), &roots, &mut memory, &limits).is_ok());
}

/// Every bit of the file flipped: refused.
#[test]
fn no_bit_of_a_list_can_be_changed() {
    let bytes = draft("list").sign(&signer("root")).unwrap();
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1 << (at % 8);
        assert!(open(&other).is_err(), "byte {at}");
    }
}

#[test]
fn order_in_the_draft_does_not_matter() {
    let mut other = draft("list");
    other.issuers.reverse();
    other.issuers[0].types.reverse();
    assert_eq!(other.sign(&signer("root")), draft("list").sign(&signer("root")));
}
