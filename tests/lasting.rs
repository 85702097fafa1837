//! Signatures that last: what is said of a file of each level when certificates have expired, authorities were revoked and time
//! stamps renewed. Each rule is a row of `test-vectors/levels/past.toml`, made with a test authority (tests/common/pki.rs).

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/pki.rs"]
mod made;
#[path = "common/past.rs"]
mod past;
#[path = "common/stamp.rs"]
mod stamp;

use past::{Authority, World};
use stamp::Token;
use yinxin::authority::{AuthorityList, CertificateDraft, IssuerDraft, ListDraft, Memory, Roots};
use yinxin::draft::Draft;
use yinxin::handover::{Agreement, Beside, HandOver, Inquiry, InquiryError, Package, Reader, Role};
use yinxin::limits::Limits;
use yinxin::pki::SoftwareSigner;
use yinxin::seal::{Unstamped, ValidationData};
use yinxin::time::Time;
use yinxin::verify::{Code, Language, Outcome, Report, Trust, Verifier};

/// The codes that are about whose key it was, and when.
fn codes(report: &Report) -> Vec<&'static str> {
    let areas = [
        "chain",
        "revocation",
        "signature",
        "timestamp",
        "change",
        "coverage",
    ];
    let about = |code: &Code| {
        areas
            .iter()
            .any(|area| code.name().split('.').next() == Some(area))
    };
    let found = report.findings.iter().map(|finding| finding.code);
    let mut names: Vec<&str> = found.filter(about).map(Code::name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[test]
fn every_rule_of_time_holds() {
    let world = World::load();
    let mut wrong = vec![];
    for case in &world.cases {
        let report = world.verifier(case).verify_pdf(&world.file(case), case.at);
        let last = report
            .seals
            .iter()
            .rev()
            .find(|seal| seal.sub_filter == "ETSI.CAdES.detached");
        let proven = last
            .and_then(|seal| seal.proven.as_ref())
            .map(|proven| proven.time);
        let said = (format!("{:?}", report.outcome), codes(&report), proven);
        let codes: Vec<&str> = case.codes.iter().map(String::as_str).collect();
        assert!(!case.clause.is_empty() && !case.why.is_empty(), "{}", case.name);
        if said != (case.outcome.clone(), codes, case.proven) {
            let evidence: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
            wrong.push(format!("{}: {said:?}\n  {}", case.name, evidence.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The authority list names the sealing certificate and stands in for a chain that is not at hand. The certificates above it are in a
/// container that nobody signs: whoever leaves them out must not get more than whoever does not.
#[test]
fn leaving_the_certificates_above_out_gains_nothing_under_a_list() {
    let mut world = World::load();
    let from = "2028-01-01T00:00:00Z".parse().unwrap();
    let until = "2049-01-01T00:00:00Z".parse().unwrap();
    let office = CertificateDraft::new(world.certificate("office"), from, until);
    let mut list = ListDraft::new("滨海市授权名录", from, until);
    let body = "11109900MB2A10113K".parse().unwrap();
    list.issuers = vec![IssuerDraft::new(
        "滨海市公安局",
        body,
        vec!["11109900MB2A000628021".parse().unwrap()],
        vec![office],
    )];
    let key = String::from_utf8(common::read("test-vectors/keys/root.key.pem")).unwrap();
    let signer = SoftwareSigner::from_pem(&key, common::pem("root")).unwrap();
    let list = list.sign(&signer).unwrap();
    let listed = |at: Time| {
        let pinned = Roots::any_of(common::pem("root")).unwrap();
        AuthorityList::open(&list, &pinned, &mut Memory::new(at), &Limits::DEFAULT).unwrap()
    };
    for (name, whole, bare) in [
        ("bb_valid", Outcome::Authentic, Outcome::Authentic),
        (
            "bb_valid_and_evidence_is_insisted_on",
            Outcome::Indeterminate,
            Outcome::Indeterminate,
        ),
        (
            "bb_valid_with_a_list_given",
            Outcome::Authentic,
            Outcome::Indeterminate,
        ),
        ("bb_revoked_before", Outcome::NotAuthentic, Outcome::Indeterminate),
        (
            "bb_revoked_before_by_response",
            Outcome::NotAuthentic,
            Outcome::Indeterminate,
        ),
    ] {
        let place = world.cases.iter().position(|case| case.name == name);
        let place = place.unwrap_or_else(|| panic!("no case {name}"));
        for (is_bare, roots, wanted) in [(false, true, whole), (true, true, bare), (false, false, bare)] {
            world.cases[place].bare = is_bare;
            if !roots {
                world.cases[place].roots.clear();
            }
            let case = &world.cases[place];
            let verifier = world.trusting(case, Trust::new().list(listed(case.at)));
            let report = verifier.verify_pdf(&world.file(case), case.at);
            let found: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
            assert_eq!(
                report.outcome, wanted,
                "{name}, bare {is_bare}, roots {roots}: {found:?}"
            );
            if wanted == Outcome::Indeterminate {
                assert!(
                    report
                        .findings
                        .iter()
                        .any(|finding| finding.code == Code::RevocationUnknown),
                    "{name}: {found:?}"
                );
            }
        }
    }
}

/// A reader of packages who says which roots tell the time means those alone, whatever the package has, or leaves out.
#[test]
fn no_package_lets_other_roots_tell_the_time_than_its_readers() {
    let world = World::load();
    let case = world.cases.iter().find(|case| case.name == "bt_valid").unwrap();
    let (root, clock) = (world.certificate("root"), world.certificate("clock root"));
    let asked = Inquiry::new(case.at)
        .file("a.pdf", world.file(case))
        .roots([root.clone()]);
    let packed = |inquiry: Inquiry| {
        let made = HandOver::verify(inquiry, &Beside::new()).unwrap();
        let made = made
            .asked_by("滨海市住房公积金管理中心")
            .purpose("提取")
            .compose()
            .unwrap();
        Package::open(made.bytes(), &Limits::DEFAULT).unwrap()
    };
    let is_proven = |report: &Report| report.seals.iter().any(|seal| seal.proven.is_some());
    let reader = || Reader::new([root.clone()]);
    let left_out = packed(asked.clone());
    let replay = left_out.replay(&reader(), &Beside::new()).unwrap();
    assert_eq!(replay.agreement, Agreement::Identical);
    assert!(
        is_proven(&replay.report),
        "without a word of the reader's, all roots do"
    );
    let particular = reader().time_stamp_roots([clock]);
    let replay = left_out.replay(&particular, &Beside::new()).unwrap();
    assert!(!is_proven(&replay.report));
    assert_eq!(
        (replay.agreement, replay.untrusted),
        (Agreement::Different, vec![root.clone()])
    );
    let named = packed(asked.with(Role::TimeStampRoot, root.der()));
    assert!(named.replay(&reader(), &Beside::new()).is_ok());
    let refused = named
        .replay(&particular, &Beside::new())
        .map(|replay| replay.agreement);
    assert_eq!(refused, Err(InquiryError::NoTimeStampRoots));
}

/// What the report says in one language, on one line.
fn told(report: &Report, language: Language) -> String {
    let text = report.text(language);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_report_says_why_a_file_still_stands_or_no_longer_does() {
    let world = World::load();
    let stands = world.report("blta_expired_and_revoked_later");
    let fallen = world.report("bb_expired_and_revoked");
    let (english, chinese) = (Language::English, Language::Chinese);
    for (report, language, sentences) in [
        (
            &stands,
            english,
            &[
                "proven not later than 2030-07-01 12:05:01 +08:00, by its time stamp",
                "revoked since 2030-11-01T00:00:00Z (superseded), by the revocation list of 2030-12-01T00:00:00Z",
                "expired 2031-01-01 08:00:00 +08:00; the seal existed 2030-07-01 12:05:01 +08:00",
            ][..],
        ),
        (
            &stands,
            chinese,
            &[
                "证明 不晚于 2030-07-01 12:05:01 +08:00（签章时间戳）",
                "证书在此之后被撤销",
                "证书此后已过期",
            ],
        ),
        (
            &fallen,
            english,
            &[
                "nothing proves that the seal is older",
                "revoked since 2030-11-01T00:00:00Z (superseded)",
            ],
        ),
        (&fallen, chinese, &["没有证据证明签章早于撤销时间"]),
    ] {
        let said = told(report, language);
        for sentence in sentences {
            // A line may break between two Han characters, where no space belongs.
            let bare = |text: &str| text.replace(' ', "");
            assert!(bare(&said).contains(&bare(sentence)), "{sentence}\n{said}");
        }
    }
    let json = serde_json::to_value(&stands).unwrap();
    let seal = &json["signatures"][0];
    assert_eq!(seal["proven"]["time"], "2030-07-01T04:05:01Z");
    assert_eq!(seal["proven"]["by"], "signature-time-stamp");
    assert_eq!(seal["indication"], "TOTAL-PASSED");
    let stamp = &json["signatures"][1];
    assert_eq!(stamp["proven"], serde_json::Value::Null);
    let json = serde_json::to_value(&fallen).unwrap();
    assert_eq!(json["sub_indication"], "REVOKED_NO_POE");
    assert_eq!(json["signatures"][0]["sub_indication"], "REVOKED_NO_POE");
}

/// A residence permit sealed with the test key `key` and stamped, or not.
fn permit(key: &str, is_stamped: bool) -> yinxin::seal::Sealed {
    let office = common::Office::with_key(key);
    let (signer, code_signer) = (office.signer(), common::signer("p256"));
    let bound = office.draft("residence");
    let bound = bound.bind(yinxin::payload::Payload::of(&office.record("residence")));
    let sealing = bound.code_signer(&code_signer);
    let clock = Authority {
        token: Token {
            time: "20300701040000Z",
            ..Token::default()
        },
        signer: common::signer("tsa"),
    };
    let sealing = match is_stamped {
        true => sealing.time_stamp(&clock, Unstamped::Refuse),
        false => sealing,
    };
    sealing.seal(&office.seal(), &signer, common::at()).unwrap()
}

#[test]
fn an_algorithm_is_judged_when_the_seal_is_proven_to_have_existed() {
    // RSA with 2048 bits ends with 2030 (src/pki/policy.rs).
    let late: Time = "2031-02-01T00:00:00Z".parse().unwrap();
    let judged = |file: &[u8], at| {
        let trust = Trust::new().roots(common::pem("root"));
        Verifier::new(trust.certificates(common::pem("p256"))).verify_pdf(file, at)
    };
    let [bare, stamped] = [false, true].map(|is_stamped| permit("rsa2048", is_stamped).into_bytes());
    let found = |report: &Report| codes(report).join(" ");
    let fresh = judged(&bare, common::at());
    assert_eq!(fresh.outcome, Outcome::Authentic, "{:?}", fresh.findings);
    let faded = judged(&bare, late);
    assert_eq!(faded.outcome, Outcome::Indeterminate);
    assert!(
        found(&faded).contains("signature.algorithm-rejected"),
        "{faded:?}"
    );
    let proven = judged(&stamped, late);
    assert_eq!(proven.outcome, Outcome::Authentic, "{:?}", proven.findings);
    assert!(found(&proven).contains("signature.algorithm-outdated-since"));
    assert!(!found(&proven).contains("rejected"));
}

#[test]
fn the_authority_list_is_asked_about_the_time_that_is_proven() {
    use yinxin::authority::{CertificateDraft, IssuerDraft, ListDraft};
    let office = common::Office::with_key("p256");
    let record = office.record("residence");
    let day = |text: &str| -> Time { text.parse().unwrap() };
    // The department's certificate was taken out of use at the end of 2030.
    let mut list = ListDraft::new("滨海市授权名录", day("2031-01-01"), day("2032-01-01"));
    list.issuers = vec![IssuerDraft::new(
        &record.issuer().name,
        record.issuer().code.clone(),
        vec![record.kind().code.to_string().parse().unwrap()],
        vec![CertificateDraft::new(
            common::pem("p256").remove(0),
            day("2024-01-01"),
            day("2030-12-31"),
        )],
    )];
    let root = String::from_utf8(common::read("test-vectors/keys/root.key.pem")).unwrap();
    let root = SoftwareSigner::from_pem(&root, common::pem("root")).unwrap();
    let signed = list.sign(&root).unwrap();
    let list = common::open_list(&signed, "root");
    let verifier = Verifier::new(Trust::new().roots(common::pem("root")).list(list));
    let late = day("2031-02-01");
    let bare = verifier.verify_pdf(&permit("p256", false).into_bytes(), late);
    assert_eq!(bare.outcome, Outcome::NotAuthentic);
    assert_eq!(bare.findings[0].code, Code::OutsideWindow);
    // The code in the file is as old as the seal over it.
    let sealed = permit("p256", true);
    let text = sealed.code_text().unwrap().to_owned();
    let file = sealed.into_bytes();
    let stamped = verifier.verify_pdf(&file, late);
    assert_eq!(stamped.outcome, Outcome::Authentic, "{:?}", stamped.findings);
    // So is the same code on paper, together with the file; alone, nothing says how old it is.
    let both = verifier.verify_text_with_pdf(&text, &file, late);
    assert_eq!(both.outcome, Outcome::Authentic, "{:?}", both.findings);
    assert_eq!(verifier.verify_text(&text, late).outcome, Outcome::NotAuthentic);
}

/// `YINXIN_BLESS=1` makes it anew.
#[test]
fn the_seed_of_the_fuzz_target_has_a_store_that_is_read() {
    let place = common::path("fuzz/seeds/verdict/b-lta.pdf");
    if std::env::var_os("YINXIN_BLESS").is_some() {
        let clock = Authority {
            token: Token {
                time: "20300701040000Z",
                ..Token::default()
            },
            signer: common::signer("tsa"),
        };
        let office = common::Office::with_key("p256");
        let draft = Draft::open(forge::page(200, 200, "0 0 20 20 re f"), &Limits::DEFAULT).unwrap();
        let sealing = draft.without_code().place(forge::place());
        let sealing = sealing.time_stamp(&clock, Unstamped::Refuse);
        let sealing = sealing.allow(yinxin::seal::Allow::Overlap);
        let sealed = sealing.seal(&forge::mark(), &office.signer(), common::at());
        let mut data = ValidationData::new().certificates(&common::pem("intermediate"));
        for list in ["plain", "partitioned"] {
            data = data.revocation_list(&common::read(&format!("fuzz/seeds/crl/{list}.der")));
        }
        for response in ["by-key", "sha256"] {
            data = data.response(&common::read(&format!("fuzz/seeds/ocsp/{response}.der")));
        }
        let draft = Draft::open(sealed.unwrap().into_bytes(), &Limits::DEFAULT).unwrap();
        let raised = draft.add_validation_data(&data).unwrap().unwrap();
        let draft = Draft::open(raised.into_bytes(), &Limits::DEFAULT).unwrap();
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, draft.add_time_stamp(&clock).unwrap().into_bytes()).unwrap();
    }
    let file = std::fs::read(&place).unwrap();
    let report = Verifier::new(Trust::new().roots(common::pem("root"))).verify_pdf(&file, common::at());
    // The list of the root that is in the store has the authority above the seal.
    assert_eq!(report.findings[0].code, Code::RevocationAuthorityRevoked);
    assert!(!codes(&report).contains(&"revocation.evidence-unreadable"));
}
