//! A licence of three departments (证照联办): each seals in turn, and the verifier says who is missing until nobody is.
//!
//! `cargo run --example joint_licence [FOLDER]`

mod hall;

use hall::{Department, Told, accepted, june, refused, scene, undecided};
use yinxin::verify::Code;
use yinxin::{Draft, Limits, Payload, Report, Verifier};

fn main() -> Told {
    let folder = hall::folder("joint_licence")?;
    // The record names the departments; each may issue this type of licence, and the city's list says so.
    let record = hall::record("joint-licence")?;
    let [market, fire, health] = &Department::all(&record, ["p256", "p384", "rsa2048"])?;
    let verifier = Verifier::new(hall::listed(&[market, fire, health], &[&record.kind().code])?);
    let asked = |file: &[u8], hour| -> Told<Report> { Ok(verifier.verify_pdf(file, june(10, hour)?)) };

    scene! { "一、市场监管局牵头，先盖章，二维码随之生成", "1. The market regulator leads: it seals first, with the code" }
    let draft = hall::template("food-licence")?.compose(&record)?;
    let sealing = draft.bind(Payload::of(&record)).joint(&market.issuer.code);
    let first = market.seal(sealing, june(10, 9)?)?.into_bytes();
    undecided(&missing(asked(&first, 10)?, 2), Code::JointSealMissing);

    scene! { "二、消防救援支队盖章", "2. The fire brigade seals what it was sent" }
    let second = next(&first, fire, fire, 10)?;
    undecided(&missing(asked(&second, 11)?, 1), Code::JointSealMissing);

    scene! { "三、有人用消防的密钥盖卫健委的章", "3. Somebody seals for the health commission with the fire brigade's key" }
    let forged = next(&second, health, fire, 11)?;
    refused(&asked(&forged, 12)?, Code::IssuerMismatch);

    scene! { "四、卫健委盖章，三家齐全", "4. The health commission seals, and nobody is missing" }
    let third = next(&second, health, health, 12)?;
    accepted(&missing(asked(&third, 13)?, 0));
    std::fs::write(folder.join("licence.pdf"), third)?;
    Ok(())
}

/// The seal of `body` after those before it, in the field that the draft prepares for it. Nothing is drawn besides.
fn next(file: &[u8], body: &Department, key: &Department, hour: u8) -> Told<Vec<u8>> {
    let received = Draft::open(file.to_vec(), &Limits::DEFAULT)?;
    let sealing = received.without_code().joint(&body.issuer.code);
    let sealed = sealing.seal(&body.seal, &key.signer, june(10, hour)?)?;
    Ok(sealed.into_bytes())
}

/// Says who has not sealed yet.
fn missing(report: Report, count: usize) -> Report {
    let missing: Vec<_> = report.required.iter().filter(|body| !body.sealed).collect();
    for body in &missing {
        println!("  missing 尚缺: {} ({})", body.name, body.code);
    }
    assert_eq!(missing.len(), count);
    report
}
