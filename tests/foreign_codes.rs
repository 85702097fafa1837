//! Codes that others made: EU health certificates of 40 states and MOSIP identities, with the verdicts their authors gave.
//!
//! The collections are looked for beside the repository. Their absence is said, not hidden.

#[path = "common/corpus.rs"]
mod corpus;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use serde_json::Value as Json;
use yinxin::crypto::PublicKey;
use yinxin::inspect::{CodeKind, ForeignKey, InspectError, Inspection, SignatureState, TimeState, inspect};
use yinxin::limits::Limits;
use yinxin::pki::Certificate;
use yinxin::time::Time;

fn collection(name: &str) -> Option<PathBuf> {
    let path = corpus::beside("qr").join(name);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {name} is not beside the repository");
    None
}

fn files(folder: &Path) -> Vec<(String, Json)> {
    let json = |path: PathBuf| {
        let bytes = std::fs::read(&path).unwrap();
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        Some((path.display().to_string(), serde_json::from_slice(bytes).ok()?))
    };
    corpus::files(folder, &["json"])
        .into_iter()
        .filter_map(json)
        .collect()
}

/// A date of the collection: RFC 3339, with fractions of a second and offsets of all kinds.
fn clock(text: &str) -> Option<Time> {
    let text = text.trim();
    let (date, rest) = text.split_once('T')?;
    let digits = |part: &str| part.parse::<i64>().ok();
    let clock = rest.get(..8)?;
    let zone = rest
        .get(8..)?
        .trim_start_matches(['.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    let offset = match zone.split_at_checked(1) {
        Some((sign @ ("+" | "-"), offset)) => {
            let offset = digits(&offset.replace(':', ""))?;
            let seconds = offset / 100 * 3600 + offset % 100 * 60;
            if sign == "+" { seconds } else { -seconds }
        }
        _ => 0,
    };
    let at: Time = format!("{date}T{clock}Z").parse().ok()?;
    Some(at.plus_seconds(-offset))
}

/// Where we differ, and why.
const EXPLAINED: [(&str, &str); 4] = [
    (
        "ES/2DCode/raw/401.json: EXPECTEDVERIFY",
        "ES256 with a key on P-384, which is not supported",
    ),
    (
        "ES/2DCode/raw/402.json: EXPECTEDVERIFY",
        "ES256 with a key on P-384, which is not supported",
    ),
    (
        "ES/2DCode/raw/403.json: EXPECTEDVERIFY",
        "ES256 with a key on P-384, which is not supported",
    ),
    (
        "IS/2DCode/raw/3.json: EXPECTEDKEYUSAGE",
        "the certificate names none of the three uses, which permits all of them (as the common case CO15 says)",
    ),
];

/// What an authority of the collection expects of one step, and what we found.
fn compare(
    expected: &Json,
    found: &Result<Inspection, InspectError>,
    differing: &mut Vec<String>,
    counts: &mut BTreeMap<&'static str, (usize, usize)>,
    name: &str,
) {
    let health = matches!(
        found,
        Ok(Inspection {
            kind: CodeKind::HealthCertificate,
            ..
        })
    );
    let opened = !matches!(found, Err(InspectError::Base45(_))) && (health || found.is_err());
    let inflated = opened && !matches!(found, Err(InspectError::Compression));
    let read = found.as_ref().is_ok_and(|_| health);
    let verified = found
        .as_ref()
        .is_ok_and(|i| matches!(i.signature, SignatureState::Verified { .. }));
    let prefixed = health || found.is_err();
    let checks: [(&'static str, bool, bool); 7] = [
        ("EXPECTEDUNPREFIX", prefixed, true),
        ("EXPECTEDB45DECODE", opened, true),
        ("EXPECTEDCOMPRESSION", inflated, true),
        ("EXPECTEDDECODE", read, true),
        ("EXPECTEDVERIFY", verified, true),
        // These two are asked of what was read and verified.
        (
            "EXPECTEDEXPIRATIONCHECK",
            found.as_ref().is_ok_and(|i| i.time == TimeState::Within),
            read,
        ),
        (
            "EXPECTEDKEYUSAGE",
            found.as_ref().is_ok_and(|i| i.key_permits == Some(true)),
            verified,
        ),
    ];
    for (step, is, applies) in checks {
        let Some(wanted) = expected.get(step).and_then(Json::as_bool) else {
            continue;
        };
        if !applies {
            continue;
        }
        let count = counts.entry(step).or_default();
        count.0 += 1;
        if wanted == is {
            count.1 += 1;
        } else {
            differing.push(format!("{name}: {step} is {is}, they say {wanted}"));
        }
    }
}

#[test]
fn health_certificates_of_40_states_get_the_verdicts_of_their_authors() {
    let Some(folder) = collection("dgc-testdata") else {
        return;
    };
    let (mut differing, mut counts, mut codes) = (vec![], BTreeMap::new(), 0);
    for (name, json) in files(&folder) {
        let Some(text) = json["PREFIX"].as_str() else {
            continue;
        };
        let context = &json["TESTCTX"];
        let der = context["CERTIFICATE"].as_str().and_then(|text| {
            base64::engine::general_purpose::STANDARD
                .decode(text.split_whitespace().collect::<String>())
                .ok()
        });
        let keys: Vec<ForeignKey> = der
            .and_then(|der| Certificate::try_from(der.as_slice()).ok())
            .map(ForeignKey::Certificate)
            .into_iter()
            .collect();
        let at = context["VALIDATIONCLOCK"].as_str().and_then(clock);
        let Some(at) = at else {
            println!(
                "{name}: no clock that can be read: {}",
                context["VALIDATIONCLOCK"]
            );
            continue;
        };
        codes += 1;
        let found = inspect(text, &keys, at, &Limits::DEFAULT);
        let short = name.rsplit("dgc-testdata/").next().unwrap_or(&name).to_owned();
        compare(
            &json["EXPECTEDRESULTS"],
            &found,
            &mut differing,
            &mut counts,
            &short,
        );
    }
    for (start, why) in EXPLAINED {
        assert!(
            differing.iter().any(|line| line.starts_with(start)),
            "{start} is met now; strike it"
        );
        println!("{start}: {why}");
    }
    println!("{codes} codes; step: asked, as expected: {counts:?}");
    differing.retain(|line| !EXPLAINED.iter().any(|(start, _)| line.starts_with(start)));
    assert!(codes > 570, "{codes}");
    assert_eq!(differing, Vec::<String>::new());
}

#[test]
fn mosip_identities_say_what_their_authors_wrote() {
    let Some(folder) = collection("claim169-vectors") else {
        return;
    };
    let at: Time = "2024-06-01T00:00:00Z".parse().unwrap();
    let mut judged = 0;
    for (name, json) in files(&folder.join("test-vectors")) {
        let hex = |text: &str| -> Vec<u8> {
            (0..text.len() / 2)
                .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
                .collect()
        };
        let key = &json["signing_key"];
        let keys: Vec<ForeignKey> = match (key["algorithm"].as_str(), key["public_key_hex"].as_str()) {
            (Some("EdDSA"), Some(key)) => vec![ForeignKey::Key(PublicKey::Ed25519(hex(key)))],
            (Some("ES256"), Some(key)) => vec![ForeignKey::Key(PublicKey::P256(hex(key)))],
            _ => vec![],
        };
        let found = inspect(json["qr_data"].as_str().unwrap(), &keys, at, &Limits::DEFAULT);
        judged += 1;
        if json["encryption_key"].is_object() {
            assert_eq!(found, Err(InspectError::Encrypted), "{name}");
            continue;
        }
        match json["expected_error"].as_str() {
            Some("Base45Decode" | "Decompress") => assert_eq!(found.unwrap().kind, CodeKind::Text, "{name}"),
            Some("Claim169NotFound") => assert_eq!(found.unwrap().kind, CodeKind::Cwt, "{name}"),
            Some("CoseParse") => assert!(matches!(found, Err(InspectError::Cose(_))), "{name}: {found:?}"),
            Some(other) => panic!("{name}: {other}"),
            None => {
                let found = found.unwrap();
                assert_eq!(found.kind, CodeKind::Identity, "{name}");
                let signed = if keys.is_empty() {
                    SignatureState::None
                } else {
                    SignatureState::Verified { key: 0 }
                };
                let signature = found.signature;
                assert!(
                    signature == signed || (keys.is_empty() && signature == SignatureState::NoKey),
                    "{name}: {signature:?}"
                );
                says_everything(
                    &name,
                    &found,
                    &json["expected_claim169"],
                    &json["expected_cwt_meta"],
                    at,
                );
            }
        }
    }
    assert_eq!(judged, 18);
}

/// Every text and number that the authors list stands among the facts, and the time is judged by what they list.
fn says_everything(name: &str, found: &Inspection, identity: &Json, meta: &Json, at: Time) {
    for (member, value) in identity.as_object().unwrap() {
        let expected = match value {
            Json::String(text) => text.clone(),
            Json::Number(number) => number.to_string(),
            _ => continue,
        };
        let path = format!("identity.{member}");
        let fact = found.facts.iter().find(|fact| fact.path == path);
        assert_eq!(
            fact.map(|fact| &fact.value),
            Some(&expected),
            "{name}: {path} in {:?}",
            found.facts
        );
    }
    let number = |member: &str| meta[member].as_i64();
    let expected = if number("expiresAt").is_some_and(|end| at.unix() > end) {
        TimeState::Expired
    } else if number("notBefore")
        .or(number("issuedAt"))
        .is_some_and(|begin| at.unix() < begin)
    {
        TimeState::Early
    } else {
        TimeState::Within
    };
    assert_eq!(found.time, expected, "{name}");
}

#[test]
fn own_codes_links_and_other_texts_are_named_and_not_followed() {
    let at = Time::from_unix(0).unwrap();
    for (text, kind) in [
        ("YX1:ABC", CodeKind::Result),
        ("yx1:abc", CodeKind::Result),
        ("YXS:ABC", CodeKind::SetPart),
        ("https://zm.binhai.example/v#12", CodeKind::Link),
        ("http://zm.binhai.example/", CodeKind::Link),
        ("WIFI:S:hall;;", CodeKind::Text),
        ("", CodeKind::Text),
        ("HELLO", CodeKind::Text),
    ] {
        let found = inspect(text, &[], at, &Limits::DEFAULT).unwrap();
        assert_eq!(
            (found.kind, found.signature, found.facts.len()),
            (kind, SignatureState::None, 0),
            "{text}"
        );
    }
    assert_eq!(
        inspect(&"A".repeat(9_000), &[], at, &Limits::DEFAULT),
        Err(InspectError::TooLong)
    );
    assert_eq!(
        inspect("HC1:A_", &[], at, &Limits::DEFAULT),
        Err(InspectError::Base45(5))
    );
    assert_eq!(
        inspect("HC1:6BF", &[], at, &Limits::DEFAULT),
        Err(InspectError::Compression)
    );
}
