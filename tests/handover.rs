//! Hand-over packages: what was put in comes out, leads to the same verdict under the reader's roots, and nothing else opens.
#![cfg(all(feature = "compose", feature = "seal"))]

mod common;

use common::{Office, at, pem, read, time};
use yinxin::authority::{CertificateDraft, IssuerDraft, ListDraft, Memory};
use yinxin::cose::status::StatusDraft;
use yinxin::handover::{
    Agreement, Beside, HandOver, HandOverError, Inquiry, InquiryError, Package, PackageError, Reader, Role,
};
use yinxin::limits::Limits;
use yinxin::pdf::Document;
use yinxin::pki::{Signer as _, SoftwareSigner};
use yinxin::seal::DocMdp;
use yinxin::verify::{Code, Outcome, Trust, Verifier};

const ASKED_BY: &str = "滨海市住房公积金管理中心";
/// Evidence about others: it goes along, and changes nothing.
const OCSP: &str = "fuzz/seeds/ocsp/sha256.der";

fn office() -> Office {
    Office::with_key("p256")
}

/// The list under which the office may issue a residence certificate, as bytes: number `sequence`.
fn list(sequence: u64) -> Vec<u8> {
    let record = office().record("residence");
    let mut list = ListDraft::new("滨海市授权名录", time("2030-06-01"), time("2031-06-01"));
    list.sequence = sequence;
    if sequence > 1 {
        list.previous = Some([7; 32]);
    }
    let certificate = CertificateDraft::new(pem("p256").remove(0), time("2024-01-01"), time("2049-01-01"));
    list.issuers = vec![IssuerDraft::new(
        &record.issuer().name,
        record.issuer().code.clone(),
        vec![record.kind().code.to_string().parse().unwrap()],
        vec![certificate],
    )];
    let key = String::from_utf8(read("test-vectors/keys/root.key.pem")).unwrap();
    list.sign(&SoftwareSigner::from_pem(&key, pem("root")).unwrap())
        .unwrap()
}

fn sealed() -> Vec<u8> {
    office().issue("residence").into_bytes()
}

fn received() -> Inquiry {
    Inquiry::new(at())
        .file("居住证明.pdf", sealed())
        .roots(pem("root"))
}

fn inquiry() -> Inquiry {
    received().with(Role::List, list(1))
}

fn made(inquiry: Inquiry, beside: &Beside) -> Vec<u8> {
    let made = HandOver::verify(inquiry, beside).unwrap();
    let made = made.asked_by(ASKED_BY).purpose("住房公积金提取");
    made.compose().unwrap().bytes().to_vec()
}

fn open(bytes: &[u8]) -> Package {
    Package::open(bytes, &Limits::DEFAULT).unwrap()
}

fn reader() -> Reader {
    Reader::new(pem("root"))
}

#[test]
fn what_was_put_in_comes_out_and_leads_to_the_same_verdict() {
    let ocsp = read(OCSP);
    let (handed_in, put) = (sealed(), list(1));
    let inquiry = Inquiry::new(at())
        .file("居住证明.pdf", handed_in.clone())
        .roots(pem("root"))
        .with(Role::List, put.clone())
        .with(Role::Ocsp, ocsp.clone());
    let made = HandOver::verify(inquiry, &Beside::new())
        .unwrap()
        .asked_by(ASKED_BY)
        .purpose("住房公积金提取");
    assert_eq!(
        made.report().outcome,
        Outcome::Authentic,
        "{:?}",
        made.report().findings
    );
    assert!(made.memory().is_some());
    let draft = made.compose().unwrap();
    assert_eq!(draft, made.compose().unwrap(), "the same every time");

    let package = open(draft.bytes());
    let files = package.files();
    let file = |name: &str| files.iter().find(|(found, _)| found == name).unwrap().1;
    assert!(file("received.pdf") == handed_in);
    assert!(file("list-1.cbor") == put);
    assert!(file("revocation-1.ors") == ocsp);
    assert!(file("root-1.cer") == pem("root")[0].der());
    let manifest = package.manifest();
    assert_eq!(
        (manifest.asked_by.as_str(), manifest.file_name.as_str()),
        (ASKED_BY, "居住证明.pdf")
    );
    assert_eq!(manifest.parts.len() + 1, files.len());

    let replay = package.replay(&reader(), &Beside::new()).unwrap();
    assert_eq!(replay.agreement, Agreement::Identical, "{:?}", replay.differences);
    assert_eq!(replay.report.outcome, Outcome::Authentic);
    assert!(replay.untrusted.is_empty());
}

/// Names sort as text and parts count as numbers: the twelfth is not the second.
#[test]
fn many_parts_of_one_role_keep_their_order() {
    let ocsps = ["by-key", "sha1", "sha256"].map(|name| read(&format!("fuzz/seeds/ocsp/{name}.der")));
    let put: Vec<&Vec<u8>> = ocsps.iter().cycle().take(14).collect();
    let inquiry = put
        .iter()
        .fold(inquiry(), |inquiry, der| inquiry.with(Role::Ocsp, der.as_slice()));
    let package = open(&made(inquiry, &Beside::new()));
    let files = package.files();
    for (number, der) in put.iter().enumerate() {
        let name = format!("revocation-{}.ors", number + 1);
        let (_, bytes) = files.iter().find(|(found, _)| *found == name).unwrap();
        assert!(bytes == der, "{name}");
    }
    let replay = package.replay(&reader(), &Beside::new()).unwrap();
    assert_eq!(replay.agreement, Agreement::Identical);
}

#[test]
fn package_is_sealed_like_any_draft_and_one_seal_covers_all() {
    let bytes = made(inquiry(), &Beside::new());
    let draft = yinxin::Draft::open(bytes.clone(), &Limits::DEFAULT).unwrap();
    let office = office();
    let sealing = draft.without_code().certifies(Some(DocMdp::NoChanges));
    let sealed = sealing
        .seal(&office.seal(), &office.signer(), at())
        .unwrap()
        .into_bytes();
    assert!(sealed.starts_with(&bytes), "sealing only appends");
    let verifier = Verifier::new(Trust::new().roots(pem("root")));
    let verdict = verifier.verify_pdf(&sealed, at());
    assert_eq!(verdict.outcome, Outcome::Authentic, "{:?}", verdict.findings);
    let replay = open(&sealed).replay(&reader(), &Beside::new()).unwrap();
    assert_eq!(replay.agreement, Agreement::Identical);
}

#[test]
fn sealed_page_is_what_programs_show_and_it_is_pdfa() {
    let bytes = made(inquiry(), &Beside::new());
    let document = Document::open(&bytes, &Limits::DEFAULT).unwrap();
    assert_eq!(document.audit().unwrap().len(), 0);
    let view = document.newest();
    let claim = view.conformance().unwrap().pdfa.unwrap();
    assert_eq!((claim.part, claim.level), (3, Some('B')));
    let catalog = view.catalog().unwrap();
    let catalog = catalog.object.as_dictionary().unwrap();
    assert!(
        catalog.find(b"Collection").is_none(),
        "programs would show an attached file first"
    );
    assert_eq!(view.pages().unwrap().len(), 3);
}

/// Whoever makes a package can put any root into it: one is trusted because its reader trusts it.
#[test]
fn roots_in_the_package_are_not_trusted() {
    let bytes = made(inquiry(), &Beside::new());
    let stranger = Reader::new(pem("other-root"));
    let error = open(&bytes).replay(&stranger, &Beside::new()).unwrap_err();
    assert_eq!(error, InquiryError::NoRoots);
    let without_list = Inquiry::new(at()).file("a.pdf", sealed()).roots(pem("root"));
    let bytes = made(without_list, &Beside::new());
    let replay = open(&bytes).replay(&stranger, &Beside::new()).unwrap();
    assert_eq!(replay.agreement, Agreement::Different);
    assert_eq!(replay.report.outcome, Outcome::Indeterminate);
    assert_eq!(replay.untrusted, pem("root"));
    // Nor does a root that the reader trusts and nobody used then change what is made of it.
    let more = Reader::new([pem("other-root"), pem("root")].concat());
    let replay = open(&bytes).replay(&more, &Beside::new()).unwrap();
    assert_eq!(replay.agreement, Agreement::Identical);
}

/// A list that was refused because a newer one had been seen is refused again: the memory is part of what the verdict rests on.
#[test]
fn refusal_for_what_was_remembered_is_the_same_again() {
    let first = HandOver::verify(received().with(Role::List, list(9)), &Beside::new()).unwrap();
    let kept = first.memory().unwrap().to_bytes();
    let rolled_back = HandOver::verify(inquiry().with(Role::Memory, kept.clone()), &Beside::new()).unwrap();
    assert_eq!(rolled_back.report().outcome, Outcome::Indeterminate);
    let rolled_back = rolled_back.asked_by(ASKED_BY).purpose("住房公积金提取");
    let package = open(rolled_back.compose().unwrap().bytes());
    assert!(
        package
            .files()
            .contains(&("memory.cbor".to_owned(), kept.as_slice()))
    );
    let replay = package.replay(&reader(), &Beside::new()).unwrap();
    assert_eq!(replay.agreement, Agreement::Identical);
    // A clock set back is one as well.
    let late = Memory::new(time("2040-01-01")).to_bytes();
    let set_back = HandOver::verify(inquiry().with(Role::Memory, late), &Beside::new()).unwrap();
    let found: Vec<Code> = set_back
        .report()
        .findings
        .iter()
        .map(|finding| finding.code)
        .collect();
    assert_ne!(set_back.report().outcome, Outcome::Authentic, "{found:?}");
}

#[test]
fn holders_number_is_not_kept_and_can_be_typed_again() {
    let typed = Beside::new().holder("109900198809264025");
    let bytes = made(inquiry(), &typed);
    let package = open(&bytes);
    assert!(package.manifest().holder_typed);
    let replay = |beside: &Beside| package.replay(&reader(), beside).unwrap().agreement;
    assert_eq!(replay(&typed), Agreement::Identical);
    assert_eq!(replay(&Beside::new()), Agreement::Open);
    assert_eq!(
        replay(&Beside::new().holder("11010519491231002X")),
        Agreement::Different
    );
    // Where nobody typed a number then, one typed now changes nothing.
    let untyped = open(&made(inquiry(), &Beside::new()));
    let again = untyped.replay(&reader(), &typed).unwrap();
    assert_eq!(again.agreement, Agreement::Identical);
}

#[test]
fn code_alone_and_code_with_file_are_handed_over() {
    let issued = office().issue("residence");
    let text = issued.code_text().unwrap().to_owned();
    let alone = Inquiry::new(at())
        .with(Role::Code, text.clone())
        .roots(pem("root"))
        .with(Role::List, list(1));
    for inquiry in [alone, inquiry().with(Role::Code, text.clone())] {
        let package = open(&made(inquiry, &Beside::new()));
        assert!(
            package
                .files()
                .contains(&("code.txt".to_owned(), text.as_bytes()))
        );
        let replay = package.replay(&reader(), &Beside::new()).unwrap();
        assert_eq!(replay.agreement, Agreement::Identical);
        assert_eq!(replay.report.outcome, Outcome::Authentic);
    }
    assert!(matches!(
        HandOver::verify(Inquiry::new(at()), &Beside::new()),
        Err(HandOverError::Inquiry(InquiryError::NothingReceived))
    ));
}

#[test]
fn refusals_are_handed_over_like_acceptances() {
    let mut forged = sealed();
    forged[2000] ^= 1;
    let package = open(&made(
        Inquiry::new(at()).file("x", forged).roots(pem("root")),
        &Beside::new(),
    ));
    let replay = package.replay(&reader(), &Beside::new()).unwrap();
    assert_eq!(
        (replay.agreement, replay.report.outcome),
        (Agreement::Identical, Outcome::NotAuthentic)
    );
}

#[test]
fn package_in_a_package_is_refused_on_both_sides() {
    let inner = made(inquiry(), &Beside::new());
    let again = Inquiry::new(at()).file("package.pdf", inner).roots(pem("root"));
    assert_eq!(
        HandOver::verify(again, &Beside::new()).unwrap_err(),
        HandOverError::Nested
    );
}

#[test]
fn what_is_no_package_says_so() {
    for bytes in [sealed(), office().draft("residence").bytes().to_vec()] {
        let error = Package::open(&bytes, &Limits::DEFAULT).unwrap_err();
        assert!(
            matches!(error, PackageError::NotAPackage | PackageError::Structure(_)),
            "{error}"
        );
        assert!(!Package::is_one(&bytes, &Limits::DEFAULT));
    }
    assert!(matches!(
        Package::open(b"", &Limits::DEFAULT),
        Err(PackageError::Pdf(_))
    ));
}

#[test]
fn a_package_says_who_verified_and_for_what() {
    let composed = |asked_by: &str, purpose: &str| {
        let made = HandOver::verify(inquiry(), &Beside::new()).unwrap();
        made.asked_by(asked_by).purpose(purpose).compose().map(drop)
    };
    assert_eq!(composed(ASKED_BY, "住房公积金提取"), Ok(()));
    for blank in ["", " \u{3000}\n"] {
        assert_eq!(
            composed(blank, "住房公积金提取"),
            Err(HandOverError::NoDepartment)
        );
        assert_eq!(composed(ASKED_BY, blank), Err(HandOverError::NoPurpose));
    }
    let unsaid = HandOver::verify(inquiry(), &Beside::new()).unwrap();
    assert_eq!(unsaid.compose(), Err(HandOverError::NoDepartment));
}

#[test]
fn limits_are_kept() {
    let bytes = made(inquiry(), &Beside::new());
    let mut limits = Limits::DEFAULT;
    limits.hand_over_parts = 2;
    assert_eq!(
        Package::open(&bytes, &limits).unwrap_err(),
        PackageError::TooMany(2)
    );
    let few = Beside::new().limits(limits);
    assert_eq!(
        HandOver::verify(inquiry(), &few).unwrap_err(),
        HandOverError::TooMany(2)
    );
    let mut limits = Limits::DEFAULT;
    limits.hand_over_pages = 1;
    assert_eq!(
        Package::open(&bytes, &limits).unwrap_err(),
        PackageError::TooManyPages(1)
    );
    let mut limits = Limits::DEFAULT;
    limits.hand_over_manifest_bytes = 100;
    assert!(matches!(
        Package::open(&bytes, &limits),
        Err(PackageError::Pdf(_))
    ));
    let mut limits = Limits::DEFAULT;
    limits.pdf_stream_bytes = 1000;
    let small = Beside::new().limits(limits);
    assert_eq!(
        HandOver::verify(inquiry(), &small).unwrap_err(),
        HandOverError::TooLarge(1000)
    );
}

/// Status lists inflate to many times what they take in the package, and all are held at once: together they have the room that the
/// streams of one file have.
#[test]
fn status_lists_of_a_package_inflate_into_one_room() {
    let office = office();
    let token = |name: usize| {
        let draft = StatusDraft::new(format!("https://a.example/{name}"), 8, 1 << 20, at()).unwrap();
        let unsigned = draft.unsigned(office.signer().algorithm(), &pem("p256")[0].kid());
        let unsigned = unsigned.unwrap();
        let signature = office.signer().sign(&unsigned.to_be_signed()).unwrap();
        unsigned.finish(&signature).unwrap()
    };
    let inquiry = (0..12).fold(inquiry(), |inquiry, name| {
        inquiry.with(Role::StatusList, token(name))
    });
    let bytes = made(inquiry, &Beside::new());
    let replay = |room: usize| {
        let mut limits = Limits::DEFAULT;
        limits.pdf_decoded_bytes = room;
        let package = Package::open(&bytes, &limits).unwrap();
        let replay = package.replay(&reader(), &Beside::new().limits(limits));
        replay.map(|replay| replay.agreement)
    };
    assert_eq!(replay(12 << 20), Ok(Agreement::Identical));
    let refused = replay(8 << 20);
    assert!(
        matches!(&refused, Err(InquiryError::Part { name, .. }) if name == "status-9.cwt"),
        "{refused:?}"
    );
}
