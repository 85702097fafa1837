//! Locks, seed values, and what earlier seals permit (ISO 32000-2, 12.7.5.5 and 12.8.2).

use super::*;

// --- locks -----------------------------------------------------------------------------------------------------------

/// Three fields, the first of them with `lock`.
fn locking(lock: &str) -> Vec<u8> {
    let field = |name: &str, y: u32, entries: &str| {
        format!(
            "<</FT/Sig/T({name})/Type/Annot/Subtype/Widget/Rect[50 {y} 150 {}]/P 3 0 R/F 4{entries}>>",
            y + 40
        )
    };
    file(&[
        &CATALOG.replace("4 0 R", "4 0 R 5 0 R 6 0 R"),
        PAGES,
        &PAGE.replace("4 0 R", "4 0 R 5 0 R 6 0 R"),
        &field("a", 10, &format!("/Lock {lock}")),
        &field("b", 60, ""),
        &field("ab", 110, ""),
    ])
}

#[test]
fn locks_are_put_into_the_signature_and_respected() {
    let lock = "<</Type/SigFieldLock/Action/Include/Fields[(b)]>>";
    let one = fill(&locking(lock), "a").unwrap();
    let value = object(&one, 4).find(b"V").and_then(Object::as_reference).unwrap();
    let text = format!("{:?}", object(&one, value.number).find(b"Reference").unwrap());
    assert!(
        text.contains("FieldMDP") || text.contains(&format!("{:?}", b"FieldMDP".to_vec())),
        "{text}"
    );
    let locked = |name: &str| ("a".to_owned(), EarlierRule::FieldLocked(name.to_owned()));
    assert_eq!(earlier_rule(fill(&one, "b")), locked("b"));
    let two = fill(&one, "ab").unwrap();
    let three = add(&two, "new").unwrap();
    let all = fill(&locking("<</Action/All>>"), "a").unwrap();
    assert_eq!(earlier_rule(fill(&all, "b")), locked("b"));
    assert_eq!(earlier_rule(add(&all, "new")), locked("new"));
    let exclude = fill(&locking("<</Action/Exclude/Fields[(b)]>>"), "a").unwrap();
    assert_eq!(earlier_rule(fill(&exclude, "ab")), locked("ab"));
    assert_eq!(earlier_rule(add(&exclude, "new")), locked("new"));
    let allowed = fill(&exclude, "b").unwrap();
    for file in [&one, &two, &three, &all, &exclude, &allowed] {
        sound(file);
    }
    judge(
        "locks",
        &[
            ("one", &one),
            ("two", &two),
            ("three", &three),
            ("all", &all),
            ("exclude", &exclude),
            ("allowed", &allowed),
        ],
    );
}

#[test]
fn locks_and_fields_of_encrypted_files_are_read_and_written() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (plain, encrypted) = (folder.join("locking.pdf"), folder.join("locking-encrypted.pdf"));
    std::fs::write(&plain, locking("<</Action/Exclude/Fields[(b)]>>")).unwrap();
    let qpdf = std::process::Command::new("qpdf")
        .args([
            "--encrypt",
            "",
            "owner",
            "256",
            "--",
            "--static-id",
            "--object-streams=disable",
        ])
        .args([&plain, &encrypted])
        .status();
    if qpdf.is_err() {
        println!("skipped: qpdf is not there");
        return;
    }
    let one = fill(&std::fs::read(encrypted).unwrap(), "a").unwrap();
    assert_eq!(
        earlier_rule(fill(&one, "ab")),
        ("a".to_owned(), EarlierRule::FieldLocked("ab".to_owned()))
    );
    let two = fill(&one, "b").unwrap();
    sound(&one);
    sound(&two);
    // pyHanko stumbles over the encrypted names of a lock as soon as it has a later revision to hold against them.
    judge("locks_encrypted", &[("one", &one)]);
}

#[test]
fn a_lock_with_a_permission_counts_like_a_certification() {
    let lock = |level: u8| format!("<</Action/Include/Fields[]/P {level}>>");
    let nothing = fill(&locking(&lock(1)), "a").unwrap();
    assert_eq!(
        earlier_rule(fill(&nothing, "b")),
        ("a".to_owned(), EarlierRule::NoChanges)
    );
    let forms = fill(&locking(&lock(2)), "a").unwrap();
    let rule = EarlierRule::PreparedFieldsOnly {
        fields: vec!["b".to_owned(), "ab".to_owned()],
    };
    assert_eq!(earlier_rule(add(&forms, "new")), ("a".to_owned(), rule));
    let second = fill(&forms, "b").unwrap();
    judge(
        "lock_permission",
        &[("nothing", &nothing), ("forms", &forms), ("second", &second)],
    );
    // Of the lock and the certification the less permitting counts.
    let certified = certify(&locking(&lock(1)), "a", DocMdp::Annotations).unwrap();
    let value = object(&certified, 4)
        .find(b"V")
        .and_then(Object::as_reference)
        .unwrap();
    let document = open(&certified);
    assert_eq!(
        document
            .newest()
            .doc_mdp(&object(&certified, value.number))
            .unwrap(),
        Some(1)
    );
    judge("lock_and_certification", &[("certified", &certified)]);
}

// --- earlier seals ---------------------------------------------------------------------------------------------------

#[test]
fn after_a_certification_prepared_fields_may_be_sealed_and_new_ones_not() {
    for (level, name) in [
        (DocMdp::FormFilling, "forms"),
        (DocMdp::Annotations, "annotations"),
    ] {
        let one = certify(&locking("null"), "a", level).unwrap();
        let rule = EarlierRule::PreparedFieldsOnly {
            fields: vec!["b".to_owned(), "ab".to_owned()],
        };
        assert_eq!(earlier_rule(add(&one, "new")), ("a".to_owned(), rule));
        assert!(matches!(certify(&one, "b", level), Err(SealError::FirstSealOnly)));
        let two = fill(&one, "b").unwrap();
        let three = fill(&two, "ab").unwrap();
        for file in [&one, &two, &three] {
            sound(file);
        }
        judge(name, &[("one", &one), ("two", &two), ("three", &three)]);
    }
    let one = certify(&locking("null"), "a", DocMdp::NoChanges).unwrap();
    assert_eq!(
        earlier_rule(fill(&one, "b")),
        ("a".to_owned(), EarlierRule::NoChanges)
    );
}

#[test]
fn after_an_approval_fields_may_be_added_and_the_form_stays_as_it_is() {
    // Another program forgot /SigFlags: setting them now would make its seal look broken.
    let one = fill(&locking("null"), "a").unwrap();
    let two = add(&one, "new").unwrap();
    let three = fill(&two, "b").unwrap();
    for file in [&one, &two, &three] {
        sound(file);
    }
    judge("approvals", &[("one", &one), ("two", &two), ("three", &three)]);
}

#[test]
fn a_nested_seal_is_an_earlier_seal() {
    let nested = |entries: &str| {
        file(&[
            CATALOG,
            PAGES,
            PAGE,
            "<</T(group)/Kids[5 0 R]>>",
            &format!("<</FT/Sig/T(seal)/Parent 4 0 R{entries}>>"),
            "<</Type/Sig/Contents<00>/Reference[7 0 R]>>",
            "<</TransformMethod/DocMDP/TransformParams<</P 8 0 R>>>>",
            "1",
        ])
    };
    let first = |entries: &str| earlier_rule(add(&nested(entries), "new"));
    assert_eq!(
        first("/V 6 0 R"),
        ("group.seal".to_owned(), EarlierRule::NoChanges)
    );
    assert_eq!(first("/V<</Type/Sig>>").1, EarlierRule::Unclear, "a direct value");
    let certified = try_seal(&nested("/V null"), |sealing| {
        sealing.place(place()).certifies(Some(DocMdp::NoChanges))
    });
    assert!(certified.is_ok());
    let odd = |level: &str| {
        let file = file(&[
            CATALOG,
            PAGES,
            PAGE,
            "<</FT/Sig/T(seal)/V 5 0 R>>",
            &format!("<</Type/Sig/Reference[<</TransformMethod/DocMDP/TransformParams<</P {level}>>>>]>>"),
        ]);
        earlier_rule(add(&file, "new")).1
    };
    for level in ["0", "4", "-1", "1.0", "(1)"] {
        assert_eq!(odd(level), EarlierRule::Unclear, "{level}");
    }
    let lock = "<</FT/Sig/T(seal)/V 5 0 R/Lock[]>>";
    let malformed = file(&[CATALOG, PAGES, PAGE, lock, "<</Type/Sig>>"]);
    assert_eq!(earlier_rule(add(&malformed, "new")).1, EarlierRule::Unclear);
}

#[test]
fn a_certification_that_only_the_catalog_names_is_respected() {
    let catalog = "<</Type/Catalog/Pages 2 0 R/Perms<</DocMDP 4 0 R/UR3 4 0 R>>>>";
    let signature = "<</Type/Sig/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]>>";
    let page = PAGE.replace("/Annots[4 0 R]", "");
    let certified = file(&[catalog, PAGES, &page, signature]);
    let refused = ("/Perms /DocMDP".to_owned(), EarlierRule::NoChanges);
    assert_eq!(earlier_rule(add(&certified, "new")), refused);
    // Usage rights are no seal.
    let rights = file(&[&catalog.replace("/DocMDP 4 0 R", ""), PAGES, &page, signature]);
    sound(&add(&rights, "new").unwrap());
}

#[test]
fn no_code_is_drawn_on_a_sealed_document() {
    let one = fill(&locking("null"), "a").unwrap();
    let draft = Draft::open(one, &Limits::DEFAULT).unwrap();
    let office = Office::with_key("p256");
    let payload = yinxin::payload::Payload::of(&office.record("residence"));
    let refused = draft
        .bind(payload)
        .place(place())
        .place_code(place(), 40.0)
        .certifies(None)
        .seal(&mark(), &office.signer(), at());
    assert!(matches!(
        refused,
        Err(SealError::EarlierSeal {
            rule: EarlierRule::NoDrawing,
            ..
        })
    ));
}

// --- seed values -----------------------------------------------------------------------------------------------------

#[test]
fn seed_values_are_honoured_or_refused_with_the_entry() {
    let hex = |name: &str| {
        let bytes = pem(name).remove(0).der().to_vec();
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("<{digits}>")
    };
    let (own, other, above, root) = (hex("p256"), hex("ed25519"), hex("intermediate"), hex("root"));
    let name = |text: &str| format!("/Cert<</Ff 8/SubjectDN[<</CN(nobody)>><<{text}>>]>>");
    let subject = pem("p256").remove(0);
    let common = |text: &str| {
        let utf16: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
        format!("/CN<FEFF{utf16}>")
    };
    let common = common(subject.common_name().unwrap());
    // The seed value, and the entry that refuses it; empty if it is honoured or mere advice.
    let approvals: Vec<(String, &str)> = [
        ("", ""),
        ("/Filter/Adobe.PPKLite/Ff 1", ""),
        ("/Filter/Other", ""),
        ("/Filter/Other/Ff 1", "/Filter"),
        ("/SubFilter[/adbe.pkcs7.detached/ETSI.CAdES.detached]/Ff 2", ""),
        ("/SubFilter[/adbe.pkcs7.detached]", ""),
        ("/SubFilter[/adbe.pkcs7.detached]/Ff 2", "/SubFilter"),
        ("/SubFilter[]/Ff 2", "/SubFilter"),
        ("/V 3/Ff 4", ""),
        ("/V 3.5", ""),
        ("/V 4/Ff 4", "/V"),
        ("/Reasons[(because)]", ""),
        ("/Ff 8", ""),
        ("/Reasons[(.)]/Ff 8", ""),
        ("/Reasons[(because)]/Ff 8", "/Reasons"),
        ("/LegalAttestation[(none)]", ""),
        ("/LegalAttestation[(none)]/Ff 16", ""),
        ("/AddRevInfo true", ""),
        ("/AddRevInfo false/Ff 32", ""),
        ("/AddRevInfo true/Ff 32", "/AddRevInfo"),
        ("/DigestMethod[(SHA384)(sha256)]/Ff 64", ""),
        ("/DigestMethod[(SHA384)]", ""),
        ("/DigestMethod[(SHA384)]/Ff 64", "/DigestMethod"),
        ("/LockDocument/true", ""),
        ("/LockDocument/auto/Ff 128", ""),
        ("/LockDocument/false/Ff 128", ""),
        ("/LockDocument/true/Ff 128", "/LockDocument"),
        ("/AppearanceFilter(mine)", ""),
        ("/AppearanceFilter(mine)/Ff 256", "/AppearanceFilter"),
        ("/Ff 512", "/Ff"),
        ("/MDP<</P 0>>", ""),
        ("/MDP<<>>", ""),
        ("/MDP<</P 1>>", "/MDP"),
        ("/MDP[]", "/MDP"),
        ("/TimeStamp<</URL(http://tsa.example)>>", ""),
        ("/TimeStamp<</URL(http://tsa.example)/Ff 1>>", "/TimeStamp"),
        ("/Cert[]", "/Cert"),
        ("/Cert<</Ff 16>>", "/Cert /Ff"),
        ("/Cert<</URL(http://ca.example)/Ff 64>>", ""),
        ("/Cert<</OID[(1.2.3)]>>", ""),
        ("/Cert<</OID[(1.2.3)]/Ff 4>>", "/Cert /OID"),
        ("/Cert<</KeyUsage[(000000000)]>>", ""),
        ("/Cert<</KeyUsage[(000000000)(1XXXXXXXX)]/Ff 32>>", ""),
        ("/Cert<</KeyUsage[(0XXXXXXXX)]/Ff 32>>", "/Cert /KeyUsage"),
    ]
    .map(|(seed, entry)| (seed.to_owned(), entry))
    .into_iter()
    .chain([
        (format!("/Cert<</Subject[{other}{own}]/Ff 1>>"), ""),
        (format!("/Cert<</Subject[{other}]>>"), ""),
        (format!("/Cert<</Subject[{other}]/Ff 1>>"), "/Cert /Subject"),
        (format!("/Cert<</Issuer[{other}{above}]/Ff 2>>"), ""),
        (format!("/Cert<</Issuer[{root}]/Ff 2>>"), ""),
        (format!("/Cert<</Issuer[{other}]/Ff 2>>"), "/Cert /Issuer"),
        (name(&common), ""),
        (name(&format!("{common}/2.5.4.97(no)")), "/Cert /SubjectDN"),
    ])
    .collect();
    let certifications = [
        ("/LegalAttestation[(none)]/Ff 16", "/LegalAttestation"),
        ("/LockDocument/false/Ff 128", "/LockDocument"),
        ("/LockDocument/true/Ff 128", ""),
        ("/MDP<</P 1>>", ""),
        ("/MDP<</P 2>>", "/MDP"),
        ("/MDP<</P 0>>", "/MDP"),
    ];
    let mut sealed = vec![];
    let mut check = |seed: &str, entry: &str, level: Option<DocMdp>| {
        let file = form("/SV 5 0 R", &[&format!("<</Type/SV{seed}>>")]);
        match (
            try_seal(&file, |sealing| sealing.field("Sig").certifies(level)),
            entry,
        ) {
            (Ok(file), "") => sealed.push((format!("{level:?}{seed}").replace('/', "."), file)),
            (
                Err(SealError::SeedValue {
                    entry: found, field, ..
                }),
                _,
            ) if !entry.is_empty() => {
                assert_eq!((found, field.as_str()), (entry, "Sig"), "{seed}");
            }
            (other, _) => panic!("{seed}: {:?}", other.map(|_| "sealed")),
        }
    };
    for (seed, entry) in &approvals {
        check(seed, entry, None);
    }
    for (seed, entry) in certifications {
        check(seed, entry, Some(DocMdp::NoChanges));
    }
    // What pyHanko does not take, and we do with the standard: the second of two formats, a text it cannot check, the
    // attributes of one of two names, and entries of which it has no notion.
    let exempt = [
        ".SubFilter[.adbe.pkcs7.detached.ETSI",
        "LegalAttestation",
        "SubjectDN",
        "V 3.5",
        "MDP<<>>",
        "OID",
        ".Filter.Other",
    ];
    let judged: Vec<(String, &[u8])> = sealed
        .iter()
        .filter(|(name, _)| !exempt.iter().any(|text| name.contains(text)))
        .enumerate()
        .map(|(index, (_, file))| (format!("{index}"), file.as_slice()))
        .collect();
    let judged: Vec<(&str, &[u8])> = judged.iter().map(|(name, file)| (name.as_str(), *file)).collect();
    judge("seed_values", &judged);
    let malformed = form("/SV[]", &[]);
    assert!(matches!(
        fill(&malformed, "Sig"),
        Err(SealError::SeedValue { entry: "/SV", .. })
    ));
}
