//! Codes that are not of this result, or not of one who may.

use super::*;

/// Codes that are not of this result, or not of one who may.
pub fn codes(cases: &mut Cases) {
    let office = office();
    let own = office.record("residence");
    let (draft, sealed) = (compose(&own), office.issue("residence"));
    let payload = || with_draft(Payload::of(&own), draft.bytes());
    let verifier = office.verifier();
    let in_file = |cose: Vec<u8>| {
        let sealed = draft
            .bind_signed(cose)
            .seal(&office.seal(), &office.signer(), at());
        verifier.verify_pdf(&sealed.unwrap().to_bytes(), at())
    };
    assert_eq!(in_file(code(&payload(), P256)).outcome, Outcome::Authentic);
    cases.add(
        "code by an unknown key",
        Code::CodeKeyUnknown,
        in_file(code(&payload(), "ed25519")),
    );
    cases.add("code of another draft", Code::CodeDraftMismatch, {
        in_file(code(&with_draft(Payload::of(&own), b"another draft"), P256))
    });
    cases.add("code of another draft as long", Code::CodeDraftMismatch, {
        let other = vec![b' '; draft.bytes().len()];
        in_file(code(&with_draft(Payload::of(&own), &other), P256))
    });
    cases.add("code of a longer draft", Code::CodeDraftMismatch, {
        in_file(code(&with_draft(Payload::of(&own), &vec![b' '; 5_000_000]), P256))
    });
    cases.add(
        "code of no draft",
        Code::CodeDraftMismatch,
        in_file(code(&Payload::of(&own), P256)),
    );
    cases.add("code of a mere prefix", Code::CodeDraftMismatch, {
        in_file(code(&with_draft(Payload::of(&own), &draft.bytes()[..9]), P256))
    });
    cases.add(
        "code with other claims",
        Code::CodeSignatureInvalid,
        in_file(edited(&code(&payload(), P256))),
    );
    cases.add("code of another record", Code::CodeRecordMismatch, {
        let other = record(|parts| parts.holder.name = "冒名者".to_owned());
        in_file(code(&with_draft(Payload::of(&other), draft.bytes()), P256))
    });

    let alone = |cose: &[u8], moment: &str| verifier.verify_text(&text(cose), time(moment));
    let genuine = code(&payload(), P256);
    cases.add(
        "code before its day of issue",
        Code::CodeNotYetValid,
        alone(&genuine, "2030-05-01"),
    );
    let dated = |from: &str, to: &str| {
        let record = record(|parts| {
            parts.valid_from = Some(from.parse().unwrap());
            parts.valid_to = Some(to.parse().unwrap());
        });
        code(&Payload::of(&record), P256)
    };
    cases.add(
        "code expired",
        Code::CodeExpired,
        alone(&dated("2030-06-01", "2030-06-20"), "2030-07-01"),
    );
    cases.add(
        "code not yet valid",
        Code::CodeNotYetValid,
        alone(&dated("2030-08-01", "2030-09-01"), "2030-07-01"),
    );
    cases.add(
        "code alone",
        Code::CodeDocumentMissing,
        alone(&genuine, "2030-07-01"),
    );

    let beside = |cose: &[u8], file: &[u8]| verifier.verify_text_with_pdf(&text(cose), file, at());
    assert_eq!(beside(&genuine, &sealed.to_bytes()).outcome, Outcome::Authentic);
    cases.add("beside the file: a mere prefix", Code::CodeDraftMismatch, {
        beside(
            &code(&with_draft(Payload::of(&own), &draft.bytes()[..9]), P256),
            &sealed.to_bytes(),
        )
    });
    cases.add("beside the file: an empty prefix", Code::CodeDraftMismatch, {
        beside(
            &code(&with_draft(Payload::of(&own), b""), P256),
            &sealed.to_bytes(),
        )
    });
    cases.add(
        "beside the file: the whole sealed file",
        Code::CodeDraftMismatch,
        {
            beside(
                &code(&with_draft(Payload::of(&own), &sealed.to_bytes()), P256),
                &sealed.to_bytes(),
            )
        },
    );
    cases.add(
        "beside the file: other claims, same draft",
        Code::CodeRecordMismatch,
        {
            let other = record(|parts| parts.holder.name = "冒名者".to_owned());
            beside(
                &code(&with_draft(Payload::of(&other), draft.bytes()), P256),
                &sealed.to_bytes(),
            )
        },
    );
    cases.add(
        "beside an unsealed file",
        Code::FileNotSigned,
        beside(&genuine, draft.bytes()),
    );

    #[cfg(feature = "scan")]
    {
        let picture = Symbol::of_text(&text(&genuine), Level::M).unwrap().to_png(4);
        cases.add(
            "no picture",
            Code::ImageUnreadable,
            verifier.verify_image(b"", at()),
        );
        cases.add(
            "half a picture",
            Code::ImageUnreadable,
            verifier.verify_image(&picture[..picture.len() / 2], at()),
        );
        let other = Symbol::of_text("ANOTHER CODE", Level::M).unwrap().to_png(4);
        let both = side_by_side(&picture, &other);
        cases.add(
            "two codes",
            Code::ImageSeveralCodes,
            verifier.verify_image(&both, at()),
        );
    }
}

/// The COSE object with another holder and the signature it had.
pub fn edited(cose: &[u8]) -> Vec<u8> {
    let mut value = Value::decode(cose, &Limits::DEFAULT).unwrap();
    let Value::Tag(_, inner) = &mut value else {
        panic!("no tag")
    };
    let Value::Array(members) = &mut **inner else {
        panic!("no array")
    };
    let Value::Bytes(claims) = &mut members[2] else {
        panic!("no claims")
    };
    let name = "林若溪".as_bytes();
    let at = claims.windows(name.len()).position(|w| w == name).unwrap();
    claims[at..at + name.len()].copy_from_slice("冒名者".as_bytes());
    value.encode()
}

/// Two grey pictures in one.
#[cfg(feature = "scan")]
fn side_by_side(left: &[u8], right: &[u8]) -> Vec<u8> {
    let decode = |file: &[u8]| {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.color_type, png::ColorType::Grayscale);
        (info.width as usize, info.height as usize, pixels)
    };
    let (left, right) = (decode(left), decode(right));
    let (width, height) = (left.0 + right.0 + 40, left.1.max(right.1) + 40);
    let mut pixels = vec![255; width * height];
    for (start, (own, rows, source)) in [(0, left.clone()), (left.0 + 40, right)] {
        for row in 0..rows {
            pixels[row * width + start..][..own].copy_from_slice(&source[row * own..][..own]);
        }
    }
    let mut file = vec![];
    let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file
}
