//! Signatures with their chains, and time stamps: `openssl cms -verify` and `openssl ts -verify` must say the same as we of what
//! either side made, as it was made and with something wrong. A thousand cases from fixed seeds.

#[path = "../../tests/common/pki.rs"]
mod made;
#[path = "../../tests/common/random.rs"]
mod random;
#[path = "../../tests/common/stamper.rs"]
mod stamper;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use made::{Subject, extension, of_authority};
use random::Random;
use stamper::Stamper;
use yinxin::asn1::{Reader, Rules, tag, tlv};
use yinxin::cms::{SignedData, TimeStampRequest, build};
use yinxin::crypto::{DigestAlgorithm, SignatureAlgorithm};
use yinxin::limits::Limits;
use yinxin::pki::{
    Certificate, PathQuestion, Signer as _, SoftwareSigner, TimeStamper as _, TrustAnchors, check_token,
};
use yinxin::time::Time;

const OURS: usize = 450;
const THEIRS: usize = 250;
const STAMPS_OURS: usize = 150;
const STAMPS_THEIRS: usize = 150;
const AT: &str = "2026-01-15T00:00:00Z";

/// The keys of leaves, by how their names end; PSS is an RSA key used so.
const KINDS: [&str; 4] = ["RSA 3", "PSS RSA 3", "P-256", "P-384"];

/// What is done to a case before both judge it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Change {
    Nothing,
    /// Of the signature container.
    ByteFlipped,
    /// Of what the container announces as its digest algorithms. Nobody signs that, and what each signer used stands in its own
    /// part (RFC 5652, clauses 5.1 and 5.3): OpenSSL needs it to be right, we do not look at it.
    AnnouncementFlipped,
    /// Of the length of the salt that the container states for RSASSA-PSS, which nobody signs either: OpenSSL holds the salt to it, we
    /// take a salt of any length.
    SaltLengthFlipped,
    ContentSwapped,
    OtherRoot,
    /// Before the certificates are made.
    LeafExpired,
    LeafNotYetValid,
    AuthorityExpired,
    AuthorityMissing,
}

use Change as C;

struct Case {
    change: Change,
    kind: &'static str,
    /// Leaf first, without the root.
    chain: Vec<Certificate>,
    content: Vec<u8>,
    container: Vec<u8>,
}

fn subject(
    name: &str,
    issuer: &str,
    serial: u8,
    extensions: Vec<Vec<u8>>,
    change: Option<Change>,
) -> Certificate {
    let mut subject = Subject::new(name, issuer, serial).with(extensions);
    match change {
        Some(C::LeafExpired | C::AuthorityExpired) => subject.to = "2025-12-31".to_owned(),
        Some(C::LeafNotYetValid) => subject.from = "2026-06-01".to_owned(),
        _ => {}
    }
    subject.certificate()
}

fn root(name: &str) -> Certificate {
    Subject::new(name, name, 1).with(of_authority()).certificate()
}

/// A chain of two or three below the root, drawn from `random`.
fn chain(kind: &str, change: Change, random: &mut Random) -> Vec<Certificate> {
    let deep = random.one_in(2) || matches!(change, C::AuthorityExpired | C::AuthorityMissing);
    let issuer = if deep { "CA RSA 2" } else { "root RSA 1" };
    let usage = random.of(&[0x80, 0xc0, 0x40]);
    let serial = u8::try_from(2 + random.below(200)).unwrap();
    let mut extensions = vec![extension(15, true, &[3, 2, 6, usage])];
    if random.one_in(2) {
        // An extension that nobody needs to know.
        extensions.push(extension(99, false, &[5, 0]));
    }
    let own = matches!(change, C::LeafExpired | C::LeafNotYetValid).then_some(change);
    let mut chain = vec![subject(&format!("leaf {kind}"), issuer, serial, extensions, own)];
    if deep {
        let above = (change == C::AuthorityExpired).then_some(change);
        chain.push(subject("CA RSA 2", "root RSA 1", 1, of_authority(), above));
    }
    chain
}

/// A case that is yet to be signed.
fn drawn(random: &mut Random) -> Case {
    let change = random.of(&[
        C::Nothing,
        C::Nothing,
        C::Nothing,
        C::Nothing,
        C::Nothing,
        C::ByteFlipped,
        C::ByteFlipped,
        C::ContentSwapped,
        C::OtherRoot,
        C::LeafExpired,
        C::LeafNotYetValid,
        C::AuthorityExpired,
        C::AuthorityMissing,
    ]);
    let kind = random.of(&KINDS);
    let length = random.below(3000);
    Case {
        change,
        kind,
        chain: chain(kind, change, random),
        content: random.bytes(length),
        container: vec![],
    }
}

impl Case {
    fn pss(&self) -> bool {
        self.kind.starts_with("PSS")
    }

    fn key(&self) -> Vec<u8> {
        made::pkcs8(self.kind)
    }

    /// What goes into the container: all, or the leaf alone.
    fn carried(&self) -> &[Certificate] {
        let count = if self.change == C::AuthorityMissing {
            1
        } else {
            self.chain.len()
        };
        &self.chain[..count]
    }

    fn sign(&mut self) {
        let signer = SoftwareSigner::from_pkcs8(&self.key(), self.chain.clone()).unwrap();
        let signer = match self.pss() {
            true => signer.with_algorithm(SignatureAlgorithm::RsaPssSha256).unwrap(),
            false => signer,
        };
        let ders: Vec<&[u8]> = self.carried().iter().map(Certificate::der).collect();
        let algorithm = signer.algorithm();
        let digest = algorithm.digest().digest(&self.content);
        let attributes = build::signed_attributes(algorithm, &digest, ders[0]).unwrap();
        let signature = signer.sign(&attributes).unwrap();
        self.container = build::signed_data(algorithm, &ders, &attributes, &signature).unwrap();
    }

    /// Does to the signed what is to be done to it.
    fn spoil(&mut self, random: &mut Random) {
        match self.change {
            C::ByteFlipped => self.change = flip(&mut self.container, random),
            C::ContentSwapped => self.content.push(b'.'),
            _ => {}
        }
    }

    fn root(&self) -> &'static str {
        if self.change == C::OtherRoot {
            "other"
        } else {
            "root"
        }
    }

    fn accepted(&self) -> Result<(), String> {
        let root = root(if self.change == C::OtherRoot {
            "other RSA 4"
        } else {
            "root RSA 1"
        });
        accepts(&self.container, &self.content, root)
    }
}

fn flip(container: &mut [u8], random: &mut Random) -> Change {
    let (announced, salt_length) = (announced(container), salt_length(container));
    let place = random.below(container.len());
    container[place] ^= 1 << random.below(8);
    if announced.contains(&place) {
        C::AnnouncementFlipped
    } else if salt_length == Some(place) {
        C::SaltLengthFlipped
    } else {
        C::ByteFlipped
    }
}

/// Where the signer's length of the salt is stated: the end of the algorithm's parameters (RFC 4055, clause 3.1), before the signature.
fn salt_length(container: &[u8]) -> Option<usize> {
    let end = [0xa2, 3, 2, 1, 32, tag::OCTET_STRING];
    let place = container.windows(end.len()).rposition(|window| window == end);
    place.map(|place| place + 4)
}

/// Where the digest algorithms are announced: what is in the second member of SignedData. Its own tag is looked at: without the bit for
/// constructed, OpenSSL takes it for a set all the same.
fn announced(container: &[u8]) -> std::ops::Range<usize> {
    let outer = Reader::new(container, Rules::Der).read().unwrap();
    let mut outer = outer.reader(Rules::Der);
    outer.read().unwrap();
    let explicit = outer.read().unwrap().reader(Rules::Der).read().unwrap();
    let mut members = explicit.reader(Rules::Der);
    members.read().unwrap();
    let set = members.read().unwrap();
    let start = set.contents.as_ptr().addr() - container.as_ptr().addr();
    start..start + set.contents.len()
}

/// What a verifier does: one signer, its certificate in the object and named by ESS, a path, and the signature.
fn accepts(container: &[u8], content: &[u8], root: Certificate) -> Result<(), String> {
    let limits = Limits::DEFAULT;
    let signed = SignedData::parse(container, &limits).map_err(|e| e.to_string())?;
    let [info] = signed.signer_infos.as_slice() else {
        return Err("not one signer".to_owned());
    };
    let read = |der: &&[u8]| Certificate::try_from(*der).ok();
    let certificates: Vec<Certificate> = signed.certificates.iter().filter_map(read).collect();
    let named = |c: &&Certificate| info.matches(c.issuer_raw(), c.serial(), c.subject_key_identifier());
    let leaf = certificates
        .iter()
        .find(named)
        .ok_or("no certificate of the signer")?;
    let ids = info
        .signed_attributes
        .iter()
        .flat_map(|all| &all.signing_certificates);
    for id in ids {
        if id.names(leaf.der(), leaf.issuer_raw(), leaf.serial()) != Some(true) {
            return Err("another certificate was meant".to_owned());
        }
    }
    let algorithm = signed
        .verify(info, leaf.public_key(), content)
        .map_err(|e| e.to_string())?;
    if !leaf.permits(algorithm) {
        return Err("the certificate does not allow the algorithm".to_owned());
    }
    let (anchors, at) = (TrustAnchors::new(vec![root]), AT.parse::<Time>().unwrap());
    PathQuestion::new(&certificates, &anchors, at)
        .find(leaf)
        .map(drop)
        .map_err(|e| e.to_string())
}

/// A folder of this test's own, and one script of commands for `openssl`: a process each costs more than its work.
struct Openssl {
    folder: PathBuf,
    script: String,
}

impl Openssl {
    fn new(name: &str) -> Option<Self> {
        let version = Command::new("openssl").arg("version").output();
        let Ok(version) = version else {
            println!("skipped: openssl is not installed");
            return None;
        };
        println!("{}", String::from_utf8_lossy(&version.stdout).trim());
        let folder = std::env::temp_dir().join(format!("yinxin-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Some(Self {
            folder,
            script: String::new(),
        })
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.join(name), bytes).unwrap();
    }

    /// Runs `arguments` later, and writes down what became of it under `name`.
    fn later(&mut self, name: &str, arguments: &str) {
        let script = &mut self.script;
        let _ = writeln!(
            script,
            "openssl {arguments} >/dev/null 2>{name}.said; echo {name} $? >>done"
        );
    }

    /// The exit status of each command, by name.
    fn run(&mut self) -> BTreeMap<String, bool> {
        self.write("script", self.script.as_bytes());
        self.write("done", b"");
        self.script.clear();
        let status = Command::new("sh")
            .arg("script")
            .current_dir(&self.folder)
            .status();
        assert!(status.unwrap().success());
        let done = std::fs::read_to_string(self.folder.join("done")).unwrap();
        done.lines()
            .map(|line| line.split_once(' ').unwrap())
            .map(|(name, status)| (name.to_owned(), status == "0"))
            .collect()
    }

    fn said(&self, name: &str) -> String {
        let said = std::fs::read_to_string(self.folder.join(format!("{name}.said"))).unwrap_or_default();
        said.lines().last().unwrap_or_default().to_owned()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}: {}", self.said(name)))
    }
}

impl Drop for Openssl {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(Path::new(&self.folder));
    }
}

fn pem(label: &str, all: &[&[u8]]) -> String {
    let engine = base64::engine::general_purpose::STANDARD;
    let mut text = String::new();
    for der in all {
        let _ = writeln!(text, "-----BEGIN {label}-----");
        for line in engine.encode(der).as_bytes().chunks(64) {
            let _ = writeln!(text, "{}", str::from_utf8(line).unwrap());
        }
        let _ = writeln!(text, "-----END {label}-----");
    }
    text
}

/// What both said of all cases, and where they differ.
#[derive(Default)]
struct Tally {
    agreed: BTreeMap<bool, usize>,
    /// Refused by us alone, by our reason.
    stricter: BTreeMap<String, usize>,
    /// Accepted by us alone, where no more than the announcement or the length of the salt was changed; and all others.
    unheeded: usize,
    looser: Vec<String>,
}

impl Tally {
    fn count(&mut self, name: &str, change: Change, own: Result<(), String>, other: bool, said: &str) {
        match (own, other) {
            (Ok(()), false) if matches!(change, C::AnnouncementFlipped | C::SaltLengthFlipped) => {
                self.unheeded += 1;
            }
            (Ok(()), false) => self.looser.push(format!("{name} {change:?}: {said}")),
            (Err(reason), true) => *self.stricter.entry(format!("{change:?}: {reason}")).or_default() += 1,
            (own, _) => *self.agreed.entry(own.is_ok()).or_default() += 1,
        }
        let flipped = matches!(
            change,
            C::ByteFlipped | C::AnnouncementFlipped | C::SaltLengthFlipped
        );
        if !flipped && change != C::Nothing {
            assert!(!other, "{name}: openssl accepts with {change:?}");
        } else if change == C::Nothing {
            assert!(other, "{name}: openssl refuses what is right: {said}");
        }
    }

    /// Nothing is accepted by us alone. We alone refuse what a flipped bit made of bytes that nobody signed and that the standard
    /// leaves no choice about: version numbers, encodings, certificates beside the path.
    fn check(&self) {
        println!(
            "accepted and refused by both: {:?}; by us alone refused: {:#?}",
            self.agreed, self.stricter
        );
        assert!(self.looser.is_empty(), "{:#?}", self.looser);
        assert!(
            self.stricter.keys().all(|key| key.starts_with("ByteFlipped")),
            "{:#?}",
            self.stricter
        );
        let stricter: usize = self.stricter.values().sum();
        let all = stricter + self.agreed.values().sum::<usize>();
        assert!(stricter * 50 <= all, "{stricter} of {all}: {:#?}", self.stricter);
    }
}

fn at() -> i64 {
    AT.parse::<Time>().unwrap().unix()
}

#[test]
fn openssl_and_we_say_the_same_of_seven_hundred_signatures() {
    let Some(mut openssl) = Openssl::new("signatures") else {
        return;
    };
    openssl.write("root", pem("CERTIFICATE", &[root("root RSA 1").der()]).as_bytes());
    openssl.write(
        "other",
        pem("CERTIFICATE", &[root("other RSA 4").der()]).as_bytes(),
    );
    for kind in KINDS {
        let (end, key) = (kind.replace(' ', "-"), made::pkcs8(kind));
        openssl.write(&format!("key-{end}"), pem("PRIVATE KEY", &[&key]).as_bytes());
    }
    let mut random = Random(7);
    let mut cases: Vec<Case> = (0..OURS + THEIRS).map(|_| drawn(&mut random)).collect();
    for (i, case) in cases.iter_mut().enumerate() {
        if i < OURS {
            case.sign();
            continue;
        }
        openssl.write(&format!("content{i}"), &case.content);
        let ders: Vec<&[u8]> = case.carried().iter().map(Certificate::der).collect();
        openssl.write(&format!("leaf{i}"), pem("CERTIFICATE", &ders[..1]).as_bytes());
        openssl.write(&format!("above{i}"), pem("CERTIFICATE", &ders[1..]).as_bytes());
        let above = if ders.len() > 1 {
            format!("-certfile above{i}")
        } else {
            String::new()
        };
        let key = case.kind.replace(' ', "-");
        let pss = if case.pss() {
            "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:32"
        } else {
            ""
        };
        let cades = if random.one_in(2) { "-cades" } else { "" };
        let digest = if case.kind == "P-384" { "sha384" } else { "sha256" };
        openssl.later(
            &format!("sign{i}"),
            &format!(
                "cms -sign -binary -in content{i} -outform DER -out made{i} -signer leaf{i} -inkey key-{key} {above} -md {digest} {cades} {pss}"
            ),
        );
    }
    let signed = openssl.run();
    for (name, good) in &signed {
        assert!(good, "{name}: {}", openssl.said(name));
    }
    let mut tally = Tally::default();
    for (i, case) in cases.iter_mut().enumerate() {
        if i >= OURS {
            case.container = openssl.read(&format!("made{i}"));
        }
        case.spoil(&mut random);
        openssl.write(&format!("content{i}"), &case.content);
        openssl.write(&format!("made{i}"), &case.container);
        let (root, at) = (case.root(), at());
        openssl.later(
            &format!("verify{i}"),
            &format!(
                "cms -verify -binary -inform DER -in made{i} -content content{i} -CAfile {root} -purpose any -attime {at}"
            ),
        );
    }
    let judged = openssl.run();
    for (i, case) in cases.iter().enumerate() {
        let name = format!("verify{i}");
        tally.count(
            &name,
            case.change,
            case.accepted(),
            judged[&name],
            &openssl.said(&name),
        );
    }
    tally.check();
    assert!(
        tally.agreed.values().all(|count| *count > 200),
        "{:?}",
        tally.agreed
    );
}

/// extKeyUsage timeStamping, critical (RFC 3161, clause 2.3).
fn time_stamping() -> Vec<Vec<u8>> {
    let oid = tlv(tag::OID, &[&[0x2b, 6, 1, 5, 5, 7, 3, 8]]);
    vec![
        extension(15, true, &[3, 2, 7, 0x80]),
        extension(37, true, &tlv(tag::SEQUENCE, &[&oid])),
    ]
}

#[test]
fn openssl_and_we_say_the_same_of_three_hundred_time_stamps() {
    let Some(mut openssl) = Openssl::new("stamps") else {
        return;
    };
    let tsa = subject("TSA RSA 3", "root RSA 1", 9, time_stamping(), None);
    openssl.write("root", pem("CERTIFICATE", &[root("root RSA 1").der()]).as_bytes());
    openssl.write("tsa", pem("CERTIFICATE", &[tsa.der()]).as_bytes());
    openssl.write("key", pem("PRIVATE KEY", &[&made::pkcs8("TSA RSA 3")]).as_bytes());
    openssl.write("serial", b"01\n");
    openssl.write(
        "tsa.cnf",
        b"[tsa]\ndefault_tsa=own\n[own]\nserial=serial\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256,sha384,sha512\n\
          ordering=no\ntsa_name=no\ness_cert_id_chain=no\ness_cert_id_alg=sha256\naccuracy=secs:1\n",
    );
    let signer = SoftwareSigner::from_pkcs8(&made::pkcs8("TSA RSA 3"), vec![tsa.clone()]).unwrap();
    let own = Stamper::new(signer, AT.parse().unwrap());
    let mut random = Random(11);
    let count = STAMPS_OURS + STAMPS_THEIRS;
    let contents: Vec<Vec<u8>> = (0..count)
        .map(|_| {
            let length = random.below(2000);
            random.bytes(length)
        })
        .collect();
    let digests: Vec<DigestAlgorithm> = (0..count)
        .map(|i| match i < STAMPS_OURS {
            true => DigestAlgorithm::Sha256,
            false => random.of(&[
                DigestAlgorithm::Sha256,
                DigestAlgorithm::Sha384,
                DigestAlgorithm::Sha512,
            ]),
        })
        .collect();
    let imprint = |i: usize, content: &[u8]| digests[i].digest(content);
    let request = |i: usize, content: &[u8]| {
        TimeStampRequest::new(digests[i], &imprint(i, content)).nonce(u64::try_from(i).unwrap() << 40 | 1)
    };
    for (i, content) in contents.iter().enumerate().skip(STAMPS_OURS) {
        openssl.write(&format!("query{i}"), &request(i, content).to_der());
        openssl.later(
            &format!("reply{i}"),
            &format!("ts -reply -config tsa.cnf -section own -queryfile query{i} -signer tsa -inkey key -token_out -out token{i}"),
        );
    }
    for (name, good) in openssl.run() {
        assert!(good, "{name}: {}", openssl.said(&name));
    }
    let mut cases = vec![];
    for (i, content) in contents.into_iter().enumerate() {
        let mut token = match i < STAMPS_OURS {
            true => own.stamp(&imprint(i, &content)).unwrap(),
            false => openssl.read(&format!("token{i}")),
        };
        let mut content = content;
        let mut change = random.of(&[C::Nothing, C::Nothing, C::ByteFlipped, C::ContentSwapped]);
        match change {
            C::ByteFlipped => change = flip(&mut token, &mut random),
            C::ContentSwapped => content.push(b'.'),
            _ => {}
        }
        openssl.write(&format!("token{i}"), &token);
        openssl.write(&format!("content{i}"), &content);
        openssl.later(
            &format!("verify{i}"),
            &format!("ts -verify -token_in -in token{i} -data content{i} -CAfile root"),
        );
        let accepted = check_token(&token, digests[i], &imprint(i, &content), &Limits::DEFAULT);
        cases.push((
            change,
            accepted.map(drop).map_err(|error| error.to_string()),
            token,
        ));
    }
    let judged = openssl.run();
    let anchors = TrustAnchors::new(vec![root("root RSA 1")]);
    let mut tally = Tally::default();
    for (i, (change, accepted, token)) in cases.into_iter().enumerate() {
        let name = format!("verify{i}");
        // Openssl judges the chain of the token's certificate as well.
        let accepted = accepted.and_then(|()| {
            let signed = SignedData::parse(&token, &Limits::DEFAULT).map_err(|e| e.to_string())?;
            let leaf = signed.certificates.first().ok_or("no certificate")?;
            let leaf = Certificate::try_from(*leaf).map_err(|e| e.to_string())?;
            PathQuestion::new(&[], &anchors, AT.parse().unwrap())
                .find(&leaf)
                .map(drop)
                .map_err(|e| e.to_string())
        });
        tally.count(&name, change, accepted, judged[&name], &openssl.said(&name));
    }
    tally.check();
    assert!(
        tally.agreed.values().all(|count| *count > 80),
        "{:?}",
        tally.agreed
    );
}
