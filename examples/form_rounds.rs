//! A grass-roots form (基层表单) in rounds: filled in, reviewed, sealed and submitted. Every version of form and data is kept; later the
//! files, the audit trail and its head prove who changed what when, and show what was changed behind their back.
//!
//! `cargo run --features register --example form_rounds [FOLDER]`

mod hall;

use hall::{Told, accepted, forger, form, found, june, refused, scene, undecided};
use yinxin::limits::Limits;
use yinxin::record::{Identifier, Joint, Record};
use yinxin::register::{
    Act, AuditError, Entry, HistoryError, Register as _, Request, Shelf, SqliteRegister, history,
};
use yinxin::verify::{Code, Verifier, settle_versions};

fn main() -> Told {
    let folder = hall::folder("form_rounds")?;
    let offices = form::offices()?;
    let [street, bureau] = &offices;
    let verifier = Verifier::new(hall::listed(&[street, bureau], &[&form::KIND.parse()?])?);
    let mut register = SqliteRegister::open(folder.join("register.sqlite"))?;
    let shelf = Shelf::open(folder.join("forms"))?;
    // A round: the register gives a number, the form is sealed under it, and the trail says who did it when.
    let mut round = |request: &Request, form: &Record, actor, day| -> Told<(Identifier, Vec<u8>)> {
        let at = june(day, 16)?;
        let make = |entry: &Entry| form::sealed(form, entry.identifier(), &offices, at);
        let entry = shelf.issue(&mut register, request, &Act { actor, at }, make)?;
        println!("  {actor}: {}", entry.identifier());
        Ok((entry.identifier().clone(), shelf.read(&entry)?))
    };

    scene! { "一、社区网格员上门填表", "1. The community worker fills the form in at the door" }
    let form = form::filled(street)?;
    let request = Request::first("临时救助2030-0613", &form.kind().code, &street.issuer.code, 2030)?;
    let (filled, first) = round(&request, &form, "海棠社区 网格员", 3)?;

    scene! { "二、街道审核，更正家庭人口", "2. The street office reviews, and corrects the size of the household" }
    let form = form.amended(|parts| {
        parts.set("家庭人口", "3人");
        parts.set("审核意见", "经入户核实，情况属实，同意上报。");
    })?;
    let request = Request::replacing("临时救助2030-0613 审核", &filled)?;
    let (reviewed, second) = round(&request, &form, "望潮街道办 审核岗", 5)?;

    scene! { "三、街道盖章上报，区民政局盖章受理", "3. The street office seals and submits; the district bureau seals too" }
    let form = form.amended(|parts| {
        parts.set("拟救助金额", "人民币4500元");
        parts.joint = Some(Joint::new(vec![bureau.issuer.clone()]));
    })?;
    let request = Request::replacing("临时救助2030-0613 上报", &reviewed)?;
    let (_, third) = round(&request, &form, "望潮街道办 分管负责人", 6)?;

    scene! { "四、日后查询：第2版，第3版，第3版上报时原样", "4. Asked later: version 2, version 3, version 3 as it was submitted" }
    let files = vec![first, second, third];
    let asked = |file: &[u8]| -> Told<_> { Ok(verifier.verify_pdf(file, june(20, 9)?)) };
    let standing = settle_versions(files.iter().map(|file| asked(file)).collect::<Told<_>>()?);
    refused(&standing[1], Code::StatusReplaced);
    accepted(&standing[2]);
    let seal = &standing[2].seals[0];
    let left = seal.sealed_revision(&files[2]).ok_or("not kept")?;
    undecided(&asked(left)?, Code::JointSealMissing);

    scene! { "五、民政局带走链尾；日后查账", "5. The bureau took the trail's head along; later: who changed what when?" }
    let (trail, head) = register.export()?;
    std::fs::write(folder.join("trail.bin"), &trail)?;
    std::fs::write(folder.join("head.txt"), head.to_string())?;
    let proved = |files: &[Vec<u8>], trail: &[u8]| history(files, trail, &head, &verifier, &Limits::DEFAULT);
    let versions = proved(&files, &trail)?;
    versions.iter().for_each(|version| println!("{version}"));
    assert_eq!(versions[1].changes[0].to_string(), "家庭人口: 2人 -> 3人");

    scene! { "六、有人用真密钥重做第2版", "6. Version 2 is made anew with the key itself: sealed well, not in the trail" }
    let (mut forged, at) = (files.clone(), june(5, 16)?);
    forged[1] = form::sealed(&form::filled(street)?, &reviewed, &offices, at)?;
    accepted(&verifier.verify_pdf(&forged[1], at));
    found(proved(&forged, &trail), &HistoryError::Unknown(1));

    scene! { "七、有人改审计链", "7. The trail is changed: an entry, and the next does not follow; all, and the head is another" }
    let found_in = |trail: &[u8], error| found(proved(&files, trail), &HistoryError::Trail(error));
    found_in(&forger::entry(&trail)?, AuditError::Previous { sequence: 4 });
    found_in(&forger::rest(&trail)?, AuditError::Anchor { sequence: 6 });
    Ok(())
}
