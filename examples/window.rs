//! The window of a service hall (窗口): data compared in the back office, a seal, the code to the phone; then three ways to collect
//! the paper: printed at home, printed at a kiosk that counts, brought by a courier. Each ends with whoever receives it, and all with
//! the day on which the department withdraws the result.
//!
//! `cargo run --features register --example window [FOLDER]`

mod hall;

use hall::{Counter, Department, Kiosk, PRINTS, Told, accepted, june, printed, refused, scan, scene};
use yinxin::compose::Fonts;
use yinxin::cose::status::{StatusDraft, StatusList};
use yinxin::payload::{TextForm, Whole};
use yinxin::register::{Entry, Request};
use yinxin::symbol::{Level, Symbol};
use yinxin::verify::Code;
use yinxin::whole::Rebuilder;
use yinxin::{Record, Sealed, Verifier};

/// The department's status list: its name, and where it is to be had.
const STATUSES: &str = "https://zt.binhai.example/jz/2030";
const PLACES: u32 = 10_000;

fn main() -> Told {
    let folder = hall::folder("window")?;
    let own = hall::record("residence")?;
    let police = Department::new(own.issuer(), "p256")?;
    let trust = hall::listed(&[&police], &[&own.kind().code, &printed()?])?;
    // Whoever receives results has the newest status list, and rebuilds files from codes.
    let receiver = |list: &StatusList| {
        Verifier::new(trust.clone().statuses([list.clone()])).rebuilder(Rebuilder::builtin())
    };
    let with_address = |address: &str| own.amended(|parts| parts.set("居住地址", address));

    scene! { "一、后台比对：申请表与部门数据逐栏比对，有出入的退回更正", "1. Back office: what was applied for is compared with the department's own data, and corrected" }
    let found = own.differences(&with_address("滨海市新港区望潮街道海棠路88号3栋1单元1505室")?);
    found.iter().for_each(|difference| println!("  {difference}"));
    assert_eq!(found.len(), 1);

    scene! { "二、登记簿给出编号和状态名单位置，盖章，整件二维码发到手机", "2. Sealed under a number and a place from the register; the code, which holds the file, goes to the phone" }
    let mut counter = Counter::open(&folder)?;
    let request = Request::first("申请0613", &own.kind().code, &own.issuer().code, 2030)?;
    let (request, mut made) = (request.on_list(STATUSES, PLACES)?, None);
    let entry = counter.issue(&request, "窗口07", june(5, 9)?, |entry| {
        let (sealed, _) = made.insert(whole(&police, &own, entry)?);
        Ok(sealed.to_bytes())
    })?;
    let (sealed, code) = made.ok_or("it was issued before: choose another folder")?;
    let draft = StatusDraft::new(STATUSES, 1, PLACES, june(5, 9)?)?.ttl(5 * 86_400);
    let statuses = police.publish(&draft)?;
    let phone = Symbol::of_text(&code, Level::M)?.to_png(8);
    std::fs::write(folder.join("phone.png"), &phone)?;
    accepted(&receiver(&statuses).verify_image(&phone, june(5, 10)?));

    scene! { "三、在家打印：纸上有二维码和“打印件”字样；收件人扫码还原盖章文件，与纸面核对", "3. Printed at home: the paper shows the code and that it is a copy; scanning restores the sealed file" }
    let paper = sealed.print_copy(&police.seal, &code)?;
    std::fs::write(folder.join("print-at-home.pdf"), &paper)?;
    // The file that was printed proves nothing; the code on it does.
    let desk = receiver(&statuses);
    refused(&desk.verify_pdf(&paper, june(6, 9)?), Code::FileNotSigned);
    let scanned = scan(&paper)?;
    let report = desk.verify_text(&scanned, june(6, 9)?);
    accepted(&report);
    assert_eq!(report.rebuilt(), Some(sealed.to_bytes().as_slice()));

    scene! { "四、自助机打印：每份编号，限两份；卡纸重打不另计数；一份丢失，单独作废", "4. Printed at the kiosk: numbered, two and no more, a paper jam costs none; one is lost and withdrawn" }
    let mut kiosk = Kiosk::new(&mut counter, &police, &own);
    let first = kiosk.print("自助机03 流水0017")?;
    let second = kiosk.print("自助机05 流水0008")?;
    assert_eq!((first.number(), second.number()), (1, 2));
    assert_eq!(kiosk.print("自助机03 流水0017")?, first);
    let third = kiosk.print("自助机03 流水0021").err().ok_or("a third print")?;
    println!("  third print 第三份，请到窗口办理: {third}");
    let draft = StatusDraft::new(kiosk.list(), 1, PRINTS, june(6, 9)?)?.ttl(86_400);
    let desk = receiver(&police.revoke(draft, first.status())?);
    let (lost, kept) = (scan(&counter.file(&first)?)?, scan(&counter.file(&second)?)?);
    refused(&desk.verify_text(&lost, june(6, 10)?), Code::StatusRevoked);
    accepted(&desk.verify_text(&kept, june(6, 10)?));

    scene! { "五、快递送达：收件人扫纸上的码，输入证件号码，逐栏核对，不必相信快递员", "5. By courier: the receiver scans the paper, types the holder's number, compares field by field" }
    let desk = receiver(&statuses).holder("109900198809264025");
    let report = desk.verify_text(&scanned, june(8, 9)?);
    accepted(&report);
    let record = report.authentic()?.record().ok_or("no record")?;
    let on_paper = record.amended(|parts| parts.set("居住地址", "滨海市新港区望潮街道海棠路99号"))?;
    let altered = record.differences(&on_paper);
    println!("  altered on the way 途中被改: {}", altered[0]);
    let another = receiver(&statuses).holder("109900199508172041");
    refused(&another.verify_text(&scanned, june(8, 9)?), Code::HolderNoMatch);

    scene! { "六、6月10日撤销：家里打印的、快递送到的，一扫即知", "6. Withdrawn on 10 June: whoever scans what was printed at home or brought by the courier is told" }
    let draft = StatusDraft::after(&statuses, june(10, 9)?);
    let (desk, file) = (
        receiver(&police.revoke(draft, entry.status())?),
        sealed.to_bytes(),
    );
    refused(&desk.verify_text(&scanned, june(10, 10)?), Code::StatusRevoked);
    refused(&desk.verify_pdf(&file, june(10, 10)?), Code::StatusRevoked);
    Ok(())
}

/// The result under the number that the register gave, with its place in the seal, and the code that stands for the file.
fn whole(police: &Department, own: &Record, entry: &Entry) -> Told<(Sealed, String)> {
    let record = own.amended(|parts| parts.identifier = entry.identifier().clone())?;
    let template = hall::template("residence")?.prepare(&Fonts::bundled())?;
    let draft = template.compose(&record)?;
    let place = entry.status().ok_or("no place")?.clone();
    let sealed = police.seal(draft.without_code().status(place), june(5, 9)?)?;
    let whole = Whole::of(&sealed, &record, &template, &police.seal)?;
    Ok((sealed, whole.text(&TextForm::Compact)?))
}
