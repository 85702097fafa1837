//! The counter of a receiving department (收件窗口): a perfect signature is not enough, the office must be one that may; the list
//! that says so cannot be rolled back, not by a restart and not by the clock.
//!
//! `cargo run --example counter_check [FOLDER]`

mod hall;

use std::path::Path;

use hall::{Department, Told, accepted, authority, certificate, june, refused, scene, undecided};
use yinxin::authority::{ListSet, Memory, Reason};
use yinxin::limits::Limits;
use yinxin::verify::{Code, Outcome, Report, Trust, Verifier};

fn main() -> Told {
    let memory = &hall::folder("counter_check")?.join("memory.cbor");
    hall::keep(memory, &Memory::new(june(1, 0)?).to_bytes())?;
    let regulator = Department::new(hall::record("food-licence")?.issuer(), "p384")?;
    let bureau = Department::named("滨海市行政审批局", "11109900MB2A108014", "p256")?;
    let food = &"11109900MB2A000628058".parse()?;
    let other = &"11109900MB2A000628072".parse()?;
    let licence = bureau.issue_sample("food-licence", june(5, 9)?)?;

    scene! { "一、审批局的证照，名录只许市场监管局发", "1. A licence by a bureau that may not issue it, perfectly signed" }
    let entries = vec![regulator.may_issue(&[food])?, bureau.may_issue(&[other])?];
    let first = authority(None, june(1, 9)?, entries)?;
    let report = asked(memory, &first, &licence, (6, 9))?;
    assert!(report.seals[0].intact, "nothing is wrong with the signature");
    refused(&report, Code::TypeNotPermitted);

    scene! { "二、事项划转，新名录准许审批局", "2. The matter moves to the bureau: list 2 says so" }
    let mut entries = vec![regulator.may_issue(&[food])?, bureau.may_issue(&[food, other])?];
    let second = authority(Some(&first), june(7, 9)?, entries.clone())?;
    accepted(&asked(memory, &second, &licence, (7, 10))?);

    scene! { "三、密钥失窃，名录第3号撤销其证书", "3. The bureau's key is stolen: list 3 revokes its certificate" }
    let stolen = entries[1].certificates.remove(0);
    let revoked = stolen.revoked(june(10, 0)?, Reason::KeyCompromise);
    entries[1].certificates.push(revoked);
    let third = authority(Some(&second), june(10, 9)?, entries)?;
    // Made on the 11th: the time in a seal is what whoever seals writes there.
    let theft = bureau.issue_sample("food-licence", june(9, 9)?)?;
    refused(&asked(memory, &third, &theft, (11, 9))?, Code::CertificateRevoked);

    scene! { "四、有人换回名录第2号", "4. Somebody puts list 2 back: the counter remembers list 3, and accepts nothing" }
    undecided(&asked(memory, &second, &theft, (11, 10))?, Code::ListRollback);
    let forgetful = Verifier::new(hall::trust(&second, june(11, 10)?)?);
    let taken = forgetful.verify_pdf(&theft, june(11, 10)?).outcome;
    assert_eq!(taken, Outcome::Authentic, "who does not remember is deceived");

    scene! { "五、时钟拨回6月8日", "5. The clock is set back to 8 June: with neither list does anything pass" }
    undecided(&asked(memory, &second, &licence, (8, 9))?, Code::ClockSetBack);
    undecided(&asked(memory, &third, &licence, (8, 9))?, Code::ClockSetBack);
    Ok(())
}

/// The program of the counter, started anew each time: it is given a list, its clock says `now`, and it is asked about `file`.
fn asked(memory: &Path, list: &[u8], file: &[u8], (day, hour): (u8, u8)) -> Told<Report> {
    let (kept, now) = (std::fs::read(memory)?, june(day, hour)?);
    let lists = ListSet::sort(vec![list], &Limits::DEFAULT)?;
    let trust = Trust::new().roots([certificate("root")?]);
    let roots = hall::roots()?;
    let (trust, seen) = trust.remembered_list(Some(&kept), &lists, &roots, now, &Limits::DEFAULT)?;
    // Nobody else may write or delete it. Where it stays as it was, somebody may be attacking, and the verdict says so.
    seen.map_or(Ok(()), |seen| hall::keep(memory, &seen.to_bytes()))?;
    Ok(Verifier::new(trust).verify_pdf(file, now))
}
