//! What is refused or doubted more rarely: lists that are attacked, joint seals out of rule, copies held against an original, status
//! lists by others, results that contradict each other.

use yinxin::authority::Attack;
use yinxin::copy::AnnotatedCopy;
use yinxin::cose::status::StatusDraft;
use yinxin::draft::{Draft, Slots, seal_field};
use yinxin::payload::{Payload, StatusReference};
use yinxin::record::{Record, SealingOrder};
use yinxin::seal::{DocMdp, Place, Sealing};
use yinxin::time::Time;
use yinxin::verify::{Report, Trust, Verifier, settle_versions};

use super::{
    Bodies, INDEX, PURPOSE, RECIPIENT, STATUS, code, copy, draft, file, issued, listed, made_root, office,
    own_list, record, residence, signed, status_list_by, trust, verdict,
};
use crate::common::{Office, at, open_list, pem, time};
use crate::verdicts::Verdict;

pub fn refused() -> Vec<Verdict> {
    let all = [lists(), joint(), copies(), statuses(), results()];
    all.into_iter().flatten().collect()
}

fn lists() -> Vec<Verdict> {
    let (bytes, text) = residence();
    let attacked = |name, attack: Attack| {
        let trust = Trust::new().roots(pem("root")).list_refused(attack);
        file(name, &Verifier::new(trust), &bytes)
    };
    let kid = *b"\x5e\xed\x01\x02\x03\x04\x05\x06";
    let mut by_template = listed();
    by_template.issuers[0].templates = vec![[9; 32]];
    let by_template = open_list(&signed(&by_template, "root"), "root");
    let mut later = listed();
    later.issued = time("2030-07-02");
    let later = open_list(&signed(&later, "root"), "root");
    let roots = Verifier::new(
        Trust::new()
            .roots(pem("root"))
            .certificates(pem("intermediate"))
            .certificates(pem("ed25519")),
    );
    vec![
        attacked("list-of-two-contents", Attack::Equivocation { sequence: 8 }),
        attacked(
            "list-far-ahead",
            Attack::FastForward {
                seen: 8,
                found: 90_000,
            },
        ),
        attacked("list-one-key-twice", Attack::KidCollision { kid }),
        attacked(
            "list-mixed",
            Attack::MixAndMatch("the sub-list is another one than the list above it names; get both anew"),
        ),
        attacked("list-takes-back-a-revocation", Attack::Unrevocation { kid }),
        attacked(
            "clock-set-back",
            Attack::ClockSetBack {
                seen: time("2030-07-20T01:00:00Z"),
            },
        ),
        file(
            "template-not-permitted",
            &Verifier::new(trust(by_template.clone())),
            &bytes,
        ),
        code("template-not-told", &Verifier::new(trust(by_template)), &text),
        file("list-of-later", &Verifier::new(trust(later)), &bytes),
        code("code-list-not-given", &roots, &text),
        code(
            "code-key-unknown",
            &Verifier::new(Trust::new().roots(pem("root"))),
            &text,
        ),
    ]
}

fn joint() -> Vec<Verdict> {
    let bodies = Bodies::new();
    let roots = Verifier::new(Trust::new().roots([made_root()]));
    // A program that does not ask the record.
    let plainly = |file: &[u8], key: usize, wish: &dyn Fn(Sealing<'_>) -> Sealing<'_>| {
        let draft = Draft::new(file.to_vec(), Slots::default());
        let sealing = wish(draft.without_code().certifies(None));
        let sealed = sealing.seal(&bodies.look(key), &bodies.signer(key), at());
        sealed.unwrap().into_bytes()
    };
    let field = |body: usize| seal_field(&bodies.issuers[body].code);
    let mut parts = bodies.record.clone().into_parts();
    parts.joint.as_mut().unwrap().order = SealingOrder::Listed;
    let listed = Bodies {
        record: Record::new(parts).unwrap(),
        ..Bodies::new()
    };
    let certify = Some(DocMdp::FormFilling);
    let mut in_turn = listed.draft().into_bytes();
    for (place, body) in [1, 0, 2].into_iter().enumerate() {
        let level = certify.filter(|_| place == 0);
        in_turn = plainly(&in_turn, body, &|it| it.field(field(body)).certifies(level));
    }
    let uncertified = (0..3).fold(bodies.draft().into_bytes(), |file, body| {
        plainly(&file, body, &|it| it.field(field(body)))
    });
    let place = Place {
        page: 0,
        x_mm: 60.0,
        y_mm: 40.0,
    };
    let other = plainly(&uncertified, 0, &|it| it.place(place));
    let named = |index| StatusReference::new(STATUS, index).unwrap();
    let first = |place: u32| {
        plainly(bodies.draft().bytes(), 0, &|it| {
            it.field(field(0)).certifies(certify).status(named(place))
        })
    };
    let second = |file: &[u8], place: Option<u32>| {
        plainly(file, 1, &|it| match place {
            Some(place) => it.field(field(1)).status(named(place)),
            None => it.field(field(1)),
        })
    };
    let plain = plainly(bodies.draft().bytes(), 0, &|it| {
        it.field(field(0)).certifies(certify)
    });
    let third = |file: &[u8]| plainly(file, 2, &|it| it.field(field(2)));
    let of_another = third(&second(&plain, Some(7)));
    let in_the_seal = third(&second(&first(INDEX), None));
    let claims = Payload::of(&bodies.record);
    let draft = bodies.draft();
    let sealing = draft.bind(claims).joint(&bodies.issuers[0].code);
    let coded = sealing.seal(&bodies.look(0), &bodies.signer(0), at()).unwrap();
    vec![
        file(
            "joint-list-not-given",
            &roots,
            &bodies.sealed(&[(0, 0), (1, 1), (2, 2)]),
        ),
        file(
            "joint-one-signer",
            &roots,
            &bodies.sealed(&[(0, 0), (1, 1), (2, 1)]),
        ),
        file("joint-out-of-order", &bodies.verifier, &in_turn),
        file("joint-not-certified", &bodies.verifier, &uncertified),
        file("joint-other-seal", &bodies.verifier, &other),
        file("joint-status-place-of-another", &bodies.verifier, &of_another),
        file("joint-status-not-given", &bodies.verifier, &in_the_seal),
        code("joint-code-alone", &bodies.verifier, coded.code_text().unwrap()),
    ]
}

fn copies() -> Vec<Verdict> {
    let bytes = copy();
    let ours = office().verifier().recipient(RECIPIENT);
    let (original, _) = residence();
    let another = draft(&record("residence")).into_bytes();
    // With the result's own code, which would stand for another file.
    let maker = record("residence").issuer().clone();
    let asked = AnnotatedCopy::new(RECIPIENT, PURPOSE, "2030-08-01".parse().unwrap(), maker);
    let draft = asked.compose(&office().verifier(), &original, at()).unwrap();
    let place = Place {
        page: 1,
        x_mm: 20.0,
        y_mm: 230.0,
    };
    let sealing = draft
        .bind(Payload::of(&record("residence")))
        .place_code(place, 40.0);
    let coded = sealing
        .seal(&office().seal(), &office().signer(), at())
        .unwrap()
        .to_bytes();
    vec![
        file("copy-with-a-code", &ours, &coded),
        file("copy-with-original", &ours.clone().original(&original), &bytes),
        file(
            "copy-with-another-original",
            &ours.clone().original(&another),
            &bytes,
        ),
        verdict(
            "copy-of-later",
            &bytes,
            ours.verify_pdf(&bytes, time("2030-06-20")),
        ),
    ]
}

fn statuses() -> Vec<Verdict> {
    let record = record("residence");
    let place = StatusReference::new(STATUS, INDEX).unwrap();
    let (bytes, _) = issued(&record, Payload::of(&record).with_status(place));
    let judged = |name, by: &Office, count: u32, (until, at): (Option<&str>, Time)| {
        let list = StatusDraft::new(STATUS, 4, count, time("2030-06-30T16:00:00Z")).unwrap();
        let list = match until {
            Some(until) => list.expires(time(until)),
            None => list,
        };
        let verifier = Verifier::new(trust(own_list()).statuses([status_list_by(by, &list)]));
        verdict(name, &bytes, verifier.verify_pdf(&bytes, at))
    };
    let until = Some("2030-07-07T16:00:00Z");
    vec![
        judged(
            "status-by-another",
            &Office::with_key("p384"),
            100_000,
            (until, at()),
        ),
        judged("status-no-entry", &office(), 100, (until, at())),
        judged(
            "status-stale-without-end",
            &office(),
            100_000,
            (None, time("2030-07-20")),
        ),
        judged("status-without-end", &office(), 100_000, (None, at())),
    ]
}

fn results() -> Vec<Verdict> {
    let (bytes, text) = residence();
    let mut parts = record("residence").into_parts();
    parts.holder.name = "林若汐".to_owned();
    let (other, _) = issued(
        &Record::new(parts.clone()).unwrap(),
        Payload::of(&Record::new(parts).unwrap()),
    );
    let verifier = office().verifier();
    let reports: Vec<Report> = [&bytes, &other]
        .map(|file| verifier.verify_pdf(file, at()))
        .into();
    let forked = settle_versions(reports).swap_remove(0);
    let early = verifier.verify_pdf(&bytes, time("2030-05-10"));
    let early_code = verifier.verify_text(&text, time("2030-05-10"));
    vec![
        verdict("result-contradicted", &bytes, forked),
        verdict("result-of-later", &bytes, early),
        verdict("code-of-later", text.as_bytes(), early_code),
    ]
}
