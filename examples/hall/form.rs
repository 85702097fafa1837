//! The form of the grass roots: an application for temporary assistance (临时救助) with the opinions of those who review it.

use yinxin::compose::Template;
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::record::{Field, Identifier, Record};
use yinxin::time::Time;

use super::{Department, Told};

/// The type of the form.
pub const KIND: &str = "11109900MB2A000628029";

/// Who seals it: the street office, and the district's bureau that decides.
pub fn offices() -> Told<[Department; 2]> {
    Ok([
        Department::named("新港区望潮街道办事处", "11109902MB2A20115E", "p256")?,
        Department::named("滨海市新港区民政局", "11109902MB2A20208C", "ed25519")?,
    ])
}

/// What the community worker wrote, in a form of the street office that has no identifier of its own yet.
pub fn filled(street: &Department) -> Told<Record> {
    let identifier = Identifier::compose(&KIND.parse()?, &street.issuer.code, "203000000000", 1)?;
    let kind = KIND.parse()?;
    Ok(super::record("residence")?.amended(|parts| {
        (parts.item.name, parts.kind.name) = ("临时救助".into(), "临时救助申请审核表".into());
        (parts.kind.code, parts.number) = (kind, "望街救〔2030〕第0613号".into());
        (parts.identifier, parts.issuer) = (identifier, street.issuer.clone());
        (parts.decision, parts.valid_from, parts.valid_to) = (None, None, None);
        let field = |(label, value): (&str, &str)| {
            let (label, value) = (label.into(), value.into());
            Field { label, value }
        };
        parts.fields = FILLED.map(field).into();
    })?)
}

const FILLED: [(&str, &str); 5] = [
    ("申请人", "林若溪"),
    ("住址", "滨海市新港区望潮街道海棠路88号3栋1单元1502室"),
    ("家庭人口", "2人"),
    (
        "申请事由",
        "家庭成员因病住院，自付医疗费用较高，基本生活暂时困难。",
    ),
    ("填表", "海棠社区居民委员会，入户填写"),
];

/// The form as a file under this number, sealed by each of `offices` that it names, in their order.
pub fn sealed(form: &Record, number: &Identifier, offices: &[Department], at: Time) -> Told<Vec<u8>> {
    let form = form.amended(|parts| {
        (parts.identifier, parts.issued) = (number.clone(), at.date_at_offset(8));
    })?;
    let template = include_str!("../data/templates/assistance-form.toml");
    let draft = Template::from_toml(template, &Limits::DEFAULT)?.compose(&form)?;
    let named = |office: &&Department| form.issuers().any(|issuer| *issuer == office.issuer);
    let mut named = offices.iter().filter(named);
    let first = named.next().ok_or("the form names no office that is here")?;
    let sealing = draft.bind(Payload::of(&form));
    let sealing = match form.joint() {
        Some(_) => sealing.joint(&first.issuer.code),
        None => sealing,
    };
    let sealed = first.seal(sealing, at)?.into_bytes();
    named.try_fold(sealed, |file, office| office.join(&file, at))
}
