//! A result on trust (容缺办理): made before the last paper is in, effective once the paper is handed over, void at its deadline.
//! What a verifier answers at each stage, and when its status list is too old.
//!
//! `cargo run --example trust_approval [FOLDER]`

mod hall;

use hall::{Department, Told, accepted, june, refused, scene, undecided};
use yinxin::cose::status::{Indices, Status, StatusDraft, StatusList};
use yinxin::payload::{Payload, StatusReference};
use yinxin::verify::{Code, Verifier};

/// The department's status list: its name, and where it is to be had.
const STATUSES: &str = "https://zt.binhai.example/spjy/2030";
const PLACES: u32 = 10_000;

fn main() -> Told {
    let office = Department::new(hall::record("food-licence")?.issuer(), "p256")?;
    // Places by a secret key: nobody reads from a place how many licences there are, or which came first.
    let place = Indices::new([7; 32], PLACES).place(0).ok_or("the list is full")?;
    let licence = licence(&office, place)?;
    std::fs::write(hall::folder("trust_approval")?.join("licence.pdf"), &licence)?;
    let trust = hall::listed(&[&office], &[&hall::record("food-licence")?.kind().code])?;
    let asked = |lists: &[&StatusList], day, hour| -> Told<_> {
        let verifier = Verifier::new(trust.clone().statuses(lists.iter().copied().cloned()));
        Ok(verifier.verify_pdf(&licence, june(day, hour)?))
    };

    scene! { "一、6月5日：缺健康证明先行出证，6月15日到期", "1. 5 June: made without the health certificate, until 15 June" }
    // Four bits a place, for there to be a word for it; whoever has a list gets the next after a day.
    let mut draft = StatusDraft::new(STATUSES, 4, PLACES, june(5, 9)?)?.ttl(86_400);
    draft.set_conditional(place, june(15, 0)?)?;
    let made = office.publish(&draft)?;
    undecided(&asked(&[], 5, 10)?, Code::StatusNotGiven);
    undecided(&asked(&[&made], 5, 10)?, Code::StatusConditional);

    scene! { "二、6月12日：补交材料，当面交付，名单改为“有效”", "2. 12 June: the paper comes, the licence is handed over" }
    let mut draft = StatusDraft::after(&made, june(12, 9)?);
    draft.set(place, Status::Valid)?;
    let handed = office.publish(&draft)?;
    accepted(&asked(&[&made, &handed], 12, 10)?);

    scene! { "三、假如材料没来：6月15日零时自动失效", "3. Had it not come: it lapses on 15 June, with no new list" }
    let waiting = office.publish(&StatusDraft::after(&made, june(14, 9)?))?;
    undecided(&asked(&[&waiting], 14, 23)?, Code::StatusConditional);
    refused(&asked(&[&waiting], 15, 0)?, Code::StatusLapsed);
    let mut draft = StatusDraft::after(&waiting, june(15, 9)?);
    draft.set(place, Status::Lapsed)?;
    let lapsed = office.publish(&draft)?;
    refused(&asked(&[&lapsed], 15, 10)?, Code::StatusLapsed);

    scene! { "四、名单旧了：材料是否已交、证照是否仍有效，均不能断定", "4. Old lists: neither tells what has happened since" }
    for (list, day, age) in [(&made, 15, "10 days old"), (&handed, 20, "8 days old")] {
        let report = asked(&[list], day, 10)?;
        undecided(&report, Code::StatusStale);
        assert!(report.findings[0].evidence.starts_with(age));
    }
    Ok(())
}

/// A food licence whose code names its place on the status list, and whose paper says what it waits for.
fn licence(office: &Department, place: u32) -> Told<Vec<u8>> {
    let licence = hall::record("food-licence")?.amended(|parts| {
        // The paper is full; the telephone number makes way for what matters here.
        parts.fields.retain(|field| field.label != "投诉举报电话");
        parts.set("办理方式", "缺健康证明：2030年6月14日（含）前补交后生效");
    })?;
    let draft = hall::template("food-licence")?.compose(&licence)?;
    let payload = Payload::of(&licence).with_status(StatusReference::new(STATUSES, place)?);
    Ok(office.seal(draft.bind(payload), june(5, 9)?)?.into_bytes())
}
