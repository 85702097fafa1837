//! Records and drawings that do not bear the result, sealed by an office that may.

use super::*;

/// Records that do not bear the result.
pub fn records(cases: &mut Cases) {
    let office = office();
    let verify = |file: &[u8]| office.verifier().verify_pdf(file, at());
    let day = |text: &str| Some(text.parse().unwrap());
    cases.add(
        "record expired",
        Code::RecordExpired,
        verify(&issue(&record(|parts| parts.valid_to = day("2030-06-20")))),
    );
    cases.add(
        "record not yet valid",
        Code::RecordNotYetValid,
        verify(&issue(&record(|parts| parts.valid_from = day("2030-08-01")))),
    );
    cases.add(
        "record of a future day",
        Code::RecordNotYetValid,
        verify(&issue(&record(|parts| {
            parts.issued = "2030-08-01".parse().unwrap();
            parts.valid_from = None;
            parts.valid_to = None;
        }))),
    );
    cases.add("record exchanged before sealing", Code::CodeRecordMismatch, {
        let draft = compose(&record(|parts| parts.holder.name = "冒名者".to_owned()));
        let sealing = draft.bind(Payload::of(&office.record("residence")));
        let sealed = sealing.seal(&office.seal(), &office.signer(), at()).unwrap();
        verify(&sealed.to_bytes())
    });
    // Without a record the code says whose result it is; the seal must be that body's too.
    cases.add(
        "sealed by another body than the code names",
        Code::IssuerMismatch,
        {
            let own = office.record("residence");
            let draft = Draft::open(forge::page(400, 400, ""), &Limits::DEFAULT).unwrap();
            let code_signer = signer(P256);
            let sealed = draft
                .bind(Payload::of(&own))
                .code_signer(&code_signer)
                .place_code(
                    Place {
                        page: 0,
                        x_mm: 50.0,
                        y_mm: 50.0,
                    },
                    80.0,
                )
                .place(place())
                .seal(&mark(), &signer("ed25519"), at())
                .unwrap();
            let other = office.record("food-licence");
            let verifier = under(|list| {
                list.issuers.push(IssuerDraft::new(
                    &other.issuer().name,
                    other.issuer().code.clone(),
                    vec![own.kind().code.to_string().parse().unwrap()],
                    vec![certificate("ed25519")],
                ));
            });
            verifier.verify_pdf(&sealed.to_bytes(), at())
        },
    );
}

/// A draft with the code's form already in it, `entries` and `content` as given, sealed without more.
fn drawn(draft: &Draft, entries: &str, content: &[u8], more: &[(u32, Change)]) -> Report {
    let form = draft.slots().code.as_ref().unwrap().form;
    let body = stream_body(entries.as_bytes(), content, false);
    let mut objects = BTreeMap::from([(form, Change::Body(String::from_utf8(body).unwrap()))]);
    for (number, change) in more {
        objects.insert(*number, change.clone());
    }
    let file = forge::revision(draft.bytes(), &objects, &Ending::default());
    let sealed = forge::seal(&office(), file, Some(yinxin::seal::DocMdp::NoChanges));
    office().verifier().verify_pdf(&sealed, at())
}

/// Drawings that do not show the code they are said to show.
pub fn drawings(cases: &mut Cases) {
    let office = office();
    let own = office.record("residence");
    let draft = compose(&own);
    let good = text(&code(&with_draft(Payload::of(&own), draft.bytes()), P256));
    let symbol = Symbol::of_text(&good, Level::M).unwrap();
    let content = symbol.form_content();
    let side = symbol.form_side();
    let scale = 1.0 / side as f64;
    let matrix = format!("[{scale:.8} 0 0 {scale:.8} 0 0]");
    let bounds = format!("[0 0 {side} {side}]");
    let form = |bounds: &str, matrix: &str, text: &str, more: &str| {
        let text = text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        format!(
            "/Type/XObject/Subtype/Form/BBox {bounds}/Matrix {matrix}/Resources<<>>{more}\
             /PieceInfo<</Yinxin<</LastModified(D:2030)/Private<</Text({text})>>>>>>"
        )
    };
    let whole = form(&bounds, &matrix, &good, "");
    let page = draft.slots().code.as_ref().unwrap().page;
    assert_eq!(drawn(&draft, &whole, &content, &[]).outcome, Outcome::Authentic);

    let other = Symbol::of_text("HTTPS://EVIL.EXAMPLE/", Level::M)
        .unwrap()
        .form_content();
    let mut add = |name, report| cases.add(name, Code::CodeDrawingMismatch, report);
    add("another symbol drawn", drawn(&draft, &whole, &other, &[]));
    add("nothing drawn", drawn(&draft, &whole, b"", &[]));
    add(
        "drawing cut off",
        drawn(&draft, &form("[0 0 1 1]", &matrix, &good, ""), &content, &[]),
    );
    add(
        "drawing mirrored",
        drawn(
            &draft,
            &form(&bounds, &format!("[-{scale:.8} 0 0 {scale:.8} 1 0]"), &good, ""),
            &content,
            &[],
        ),
    );
    add(
        "drawing on a layer that can be switched off",
        drawn(
            &draft,
            &form(&bounds, &matrix, &good, "/OC<</Type/OCG/Name(x)>>"),
            &content,
            &[],
        ),
    );
    add(
        "drawing without text",
        drawn(&draft, "/Type/XObject/Subtype/Form/BBox[0 0 1 1]", &other, &[]),
    );
    add(
        "page that does not paint the code",
        drawn(
            &draft,
            &whole,
            &content,
            &[(page, Change::Edit(vec![], vec!["Contents".to_owned()]))],
        ),
    );
    cases.add(
        "text that is no code",
        Code::CodeUnreadable,
        drawn(&draft, &form(&bounds, &matrix, "nonsense", ""), &content, &[]),
    );
    cases.add("code that is no stream", Code::CodeUnreadable, {
        let form = draft.slots().code.as_ref().unwrap().form;
        let slots = yinxin::draft::Slots::default();
        let objects = BTreeMap::from([(form, Change::Body("null".to_owned()))]);
        let file = Draft::new(
            forge::revision(draft.bytes(), &objects, &Ending::default()),
            slots,
        );
        let sealed = file
            .without_code()
            .place(place())
            .allow(yinxin::seal::Allow::PdfaLoss)
            .seal(&mark(), &office.signer(), at());
        office.verifier().verify_pdf(&sealed.unwrap().to_bytes(), at())
    });
}
