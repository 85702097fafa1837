//! Authority lists: signing, refusing, remembering and deciding, by vectors kept as data in `test-vectors/authority`.

use yinxin::authority::{
    Act, Attack, AuthorityError, AuthorityList, Gravity, ListDraft, ListFile, Memory, Refusal, Roots,
    RootsDraft, State,
};
use yinxin::crypto::DigestAlgorithm;
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, SoftwareSigner};
use yinxin::time::Time;

fn file(name: &str) -> String {
    let path = format!("{}/test-vectors/authority/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn certificate(name: &str) -> Certificate {
    Certificate::from_pem_many(&file(&format!("{name}.pem")))
        .unwrap()
        .remove(0)
}

fn certificates(names: &[String]) -> Vec<Certificate> {
    names.iter().map(|name| certificate(name)).collect()
}

/// RFC 8032, 7.1, test 1; the others as list.toml says.
fn signer(name: &str) -> SoftwareSigner {
    let seed = match name {
        "root" => "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60".to_owned(),
        name => to_hex(&DigestAlgorithm::Sha256.digest(format!("yinxin test authority {name}").as_bytes())),
    };
    let pkcs8 = hex(&format!("302e020100300506032b657004220420{seed}"));
    SoftwareSigner::from_pkcs8(&pkcs8, vec![certificate(name)]).unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|p| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap())
        .collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

/// A file of the vectors, with every `replace` pair applied once, and certificates in the place of `@name`.
fn text(name: &str, replace: &[(String, String)]) -> String {
    let mut text = file(&format!("{name}.toml"));
    for (old, new) in replace {
        assert!(text.contains(old.as_str()), "{name}: {old} does not occur");
        text = text.replacen(old.as_str(), new, 1);
    }
    let mut parts = text.split("\"@");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('"').unwrap();
        out.push_str(&format!("'''{}'''{rest}", file(&format!("{name}.pem"))));
    }
    out
}

fn draft(name: &str) -> ListDraft {
    toml::from_str(&text(name, &[])).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn roots(names: &[&str]) -> Roots {
    Roots::any_of(names.iter().map(|name| certificate(name))).unwrap()
}

fn open(bytes: &[u8]) -> Result<AuthorityList, AuthorityError> {
    let mut memory = Memory::new(time("2030-06-05"));
    AuthorityList::open(
        bytes,
        &roots(&["root", "stranger"]),
        &mut memory,
        &Limits::DEFAULT,
    )
}

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
    for name in ["list", "district", "town"] {
        let again: ListDraft = toml::from_str(&toml::to_string(&draft(name)).unwrap()).unwrap();
        assert_eq!(again, draft(name));
    }
}

#[derive(serde::Deserialize)]
struct File<T> {
    vector: Vec<T>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Sequence {
    name: String,
    clause: String,
    why: String,
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
    let vectors: File<Sequence> = toml::from_str(&file("sequences.toml")).unwrap();
    assert!(vectors.vector.len() >= 40);
    for vector in vectors.vector {
        let name = &vector.name;
        assert!(!vector.clause.is_empty() && !vector.why.is_empty(), "{name}");
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
    name: String,
    kind: String,
    #[serde(default)]
    replace: Vec<(String, String)>,
    input: Option<String>,
    says: String,
    clause: String,
    why: String,
}

impl Damaged {
    fn text(&self, base: &str) -> String {
        let mut text = self.input.clone().unwrap_or_else(|| base.to_owned());
        for (old, new) in &self.replace {
            assert!(text.contains(old.as_str()), "{}: {old} does not occur", self.name);
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
            other => panic!("{}: kind {other}", self.name),
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
    let vectors: File<Damaged> = toml::from_str(&file("invalid.toml")).unwrap();
    assert!(vectors.vector.len() >= 40 && vectors.vector.iter().all(|v| !v.says.is_empty()));
    for vector in vectors.vector {
        let name = &vector.name;
        assert!(!vector.clause.is_empty() && !vector.why.is_empty(), "{name}");
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
    name: String,
    certificate: String,
    issuer: String,
    r#type: String,
    region: Option<String>,
    /// One byte that is every byte of the hash.
    template: Option<u8>,
    at: String,
    expect: String,
    why: String,
}

#[test]
fn decisions_follow_the_list() {
    let list = tree();
    let decisions: File<Decision> = toml::from_str(&file("decisions.toml")).unwrap();
    let mut reached = std::collections::BTreeSet::new();
    for decision in decisions.vector {
        assert!(!decision.why.is_empty());
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
        assert_eq!(said, decision.expect, "{}", decision.name);
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

#[test]
fn differences_lead_with_what_is_forbidden_and_what_is_granted() {
    let opened = |draft: &ListDraft| open(&draft.sign(&signer("root")).unwrap()).unwrap();
    let (old, mut newer) = (draft("list"), draft("list"));
    let before = opened(&old);
    newer.sequence = 8;
    newer.previous = Some(before.digest());
    newer.issuers[0]
        .types
        .push("11109900MB2A000628022".parse().unwrap());
    newer.issuers[1].certificates[0].history.clear();
    newer.delegations.clear();
    let found = before.differences(&opened(&newer));
    let gravities: Vec<Gravity> = found.iter().map(|difference| difference.gravity).collect();
    assert!(gravities.is_sorted_by(|a, b| a >= b), "{gravities:?}");
    let with = |gravity: Gravity| {
        let with: Vec<&str> = found
            .iter()
            .filter(|difference| difference.gravity == gravity)
            .map(|difference| difference.english.as_str())
            .collect();
        with.join("\n")
    };
    assert!(with(Gravity::Forbidden).contains("was revoked and is not any more"));
    assert!(with(Gravity::Grants).contains("type 11109900MB2A000628022 is now permitted"));
    assert!(with(Gravity::Restricts).contains("no longer delegated to"));
    assert!(with(Gravity::Neutral).contains("number 7 becomes 8"));
    assert!(found.iter().all(|difference| !difference.chinese.is_empty()));
    let same = before.differences(&before);
    assert!(
        same.iter()
            .all(|difference| difference.english.contains("number 7")
                || difference.gravity == Gravity::Neutral)
    );
}

/// What a verifier keeps is read again as it was; what is not its own is refused.
#[test]
fn memory_comes_back_and_nothing_else_passes_for_one() {
    let mut memory = Memory::new(time("2030-06-05"));
    let bytes = draft("list").sign(&signer("root")).unwrap();
    AuthorityList::open(&bytes, &roots(&["root"]), &mut memory, &Limits::DEFAULT).unwrap();
    let kept = memory.to_bytes();
    let resume = |bytes: &[u8]| Memory::resume(bytes, time("2030-06-05"), &Limits::DEFAULT);
    assert_eq!(resume(&kept).unwrap(), memory);
    let shown: Vec<_> = memory.lists().collect();
    assert_eq!((shown[0].sequence, shown[0].revoked), (7, 1));
    assert!(kept.len() < 250, "{} bytes", kept.len());
    for end in 0..kept.len() {
        assert!(resume(&kept[..end]).is_err(), "{end} bytes");
    }
    assert!(resume(&bytes).is_err());
}
