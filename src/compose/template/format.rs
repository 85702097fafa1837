//! How a placeholder writes its value: dates plain and in Han numerals, money plain and in financial Han numerals (财务大写), masked codes.

use core::fmt::Write as _;
use core::str::FromStr as _;

use serde::Deserialize;

use crate::record::mask;
use crate::time::Date;

/// What stands after the colon of a placeholder: `{fields.金额:money}`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(in crate::compose) enum Format {
    /// As the language writes a day: 2030年6月1日, 1 June 2030.
    Date,
    /// 二〇三〇年六月一日.
    DateHan,
    /// 12,345.60.
    Money,
    /// 壹万贰仟叁佰肆拾伍元陆角整.
    MoneyHan,
    /// The first three and the last four characters, the others as asterisks.
    Masked,
}

impl Format {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "date" => Self::Date,
            "date-han" => Self::DateHan,
            "money" => Self::Money,
            "money-han" => Self::MoneyHan,
            "masked" => Self::Masked,
            _ => return None,
        })
    }

    /// What a value must be to be written so.
    pub(in crate::compose) fn expected(self) -> &'static str {
        match self {
            Self::Date | Self::DateHan => "a date of the form 2030-06-01",
            Self::Money | Self::MoneyHan => {
                "an amount such as 12345.60, at most 13 digits before the point and two after it"
            }
            Self::Masked => "a code",
        }
    }

    /// `value` as `language` writes it; `None` if it is not what the format expects.
    pub(in crate::compose) fn write(self, value: &str, language: &str) -> Option<String> {
        match self {
            Self::Date => Some(printed_date(Date::from_str(value).ok()?, language)),
            Self::DateHan => Some(han_date(Date::from_str(value).ok()?)),
            Self::Money => Some(money(cents(value)?)),
            Self::MoneyHan => Some(money_han(cents(value)?)),
            Self::Masked => Some(mask(value)),
        }
    }
}

/// A day as certificates print it. In Chinese: Arabic digits without leading zeros (GB/T 9704-2012, 7.3.5.4). Languages whose
/// usage is not known here get the form of ISO 8601.
pub(in crate::compose) fn printed_date(date: Date, language: &str) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (year, month, day) = (date.year(), date.month(), date.day());
    match language.split('-').next().unwrap_or_default() {
        "zh" => format!("{year}年{month}月{day}日"),
        "en" => {
            let month = MONTHS
                .get(usize::from(month).saturating_sub(1))
                .copied()
                .unwrap_or_default();
            format!("{day} {month} {year}")
        }
        "bo" => format!("{year}ལོའི་ཟླ་{month}པའི་ཚེས་{day}"),
        "ug" => format!("{year}-يىلى {month}-ئاينىڭ {day}-كۈنى"),
        _ => date.to_string(),
    }
}

const HAN: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

fn han_date(date: Date) -> String {
    let year: String = date.year().to_string().chars().map(|c| digit(c, &HAN)).collect();
    format!("{year}年{}月{}日", han_count(date.month()), han_count(date.day()))
}

/// A number below 100 as it is counted: 十, 十一, 二十, 三十一.
fn han_count(count: u8) -> String {
    let of = |value: u8| HAN.get(usize::from(value)).copied().unwrap_or('〇');
    let mut text = String::new();
    let (tens, ones) = (count / 10, count % 10);
    if tens > 1 {
        text.push(of(tens));
    }
    if tens > 0 {
        text.push('十');
    }
    if ones > 0 {
        text.push(of(ones));
    }
    text
}

fn digit(c: char, digits: &[char; 10]) -> char {
    c.to_digit(10)
        .and_then(|value| usize::try_from(value).ok())
        .and_then(|value| digits.get(value).copied())
        .unwrap_or(c)
}

/// An amount in hundredths: an optional sign, digits, with or without commas between groups of three, up to two decimals.
pub(in crate::compose) fn cents(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let groups: Vec<&str> = whole.split(',').collect();
    let grouped = groups.len() == 1
        || (groups.iter().skip(1).all(|group| group.len() == 3)
            && groups.first().is_some_and(|group| (1..=3).contains(&group.len())));
    let whole: String = groups.concat();
    let numeric = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !grouped || !numeric(&whole) || whole.len() > 13 || !numeric(fraction) || fraction.len() > 2 {
        return None;
    }
    let mut value: i64 = whole.parse().ok()?;
    let tail: i64 = fraction.parse().ok()?;
    value = value * 100 + if fraction.len() == 1 { tail * 10 } else { tail };
    Some(if negative { -value } else { value })
}

/// 12,345.60.
pub(in crate::compose) fn money(cents: i64) -> String {
    let mut text = String::new();
    if cents < 0 {
        text.push('-');
    }
    let cents = cents.unsigned_abs();
    let whole = (cents / 100).to_string();
    for (at, c) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    let _ = write!(text, ".{:02}", cents % 100);
    text
}

/// Amounts as bills write them (《正确填写票据和结算凭证的基本规定》, People's Bank of China, clauses 1 to 3).
fn money_han(cents: i64) -> String {
    const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
    const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
    const GROUPS: [&str; 4] = ["", "万", "亿", "万"];
    let mut text = String::new();
    if cents < 0 {
        text.push('负');
    }
    let amount = cents.unsigned_abs();
    let (whole, tenths, hundredths) = (amount / 100, amount / 10 % 10, amount % 10);
    let of = |value: u64| {
        usize::try_from(value)
            .ok()
            .and_then(|value| DIGITS.get(value).copied())
            .unwrap_or('零')
    };
    // A zero is said once, before the next digit that is not zero.
    let mut zero = false;
    let mut said = false;
    for group in (0..4_u32).rev() {
        let four = whole / 10_u64.pow(4 * group) % 10_000;
        for place in (0..4_u32).rev() {
            let value = four / 10_u64.pow(place) % 10;
            if value == 0 {
                zero = true;
                continue;
            }
            if zero && said {
                text.push('零');
            }
            zero = false;
            said = true;
            text.push(of(value));
            text.push_str(PLACES.get(place as usize).copied().unwrap_or_default());
        }
        if four > 0 {
            text.push_str(GROUPS.get(group as usize).copied().unwrap_or_default());
            zero = false;
        }
        if group == 3 && four > 0 && (whole / 10_u64.pow(8)).is_multiple_of(10_000) {
            text.push('亿');
        }
    }
    if said {
        text.push('元');
    }
    if tenths == 0 && hundredths == 0 {
        text.push_str(if said { "整" } else { "零元整" });
        return text;
    }
    if said && (tenths == 0 || whole % 10 == 0) {
        text.push('零');
    }
    if tenths > 0 {
        text.push(of(tenths));
        text.push('角');
    }
    if hundredths > 0 {
        text.push(of(hundredths));
        text.push('分');
    } else {
        text.push('整');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_date_has_no_leading_zeros() {
        let date = Date::from_str("2030-06-01").unwrap();
        assert_eq!(printed_date(date, "zh-CN"), "2030年6月1日");
        assert_eq!(printed_date(date, "en"), "1 June 2030");
        assert_eq!(printed_date(date, "bo"), "2030ལོའི་ཟླ་6པའི་ཚེས་1");
        assert_eq!(printed_date(date, "ug"), "2030-يىلى 6-ئاينىڭ 1-كۈنى");
        assert_eq!(printed_date(date, "mn"), "2030-06-01");
    }

    #[test]
    fn han_dates_count_as_they_are_said() {
        for (iso, han) in [
            ("2030-06-01", "二〇三〇年六月一日"),
            ("2030-10-10", "二〇三〇年十月十日"),
            ("2029-12-31", "二〇二九年十二月三十一日"),
            ("2000-11-20", "二〇〇〇年十一月二十日"),
        ] {
            assert_eq!(Format::DateHan.write(iso, "zh-CN").unwrap(), han);
        }
    }

    #[test]
    fn amounts_are_grouped() {
        for (text, printed) in [
            ("0", "0.00"),
            ("12345.6", "12,345.60"),
            ("1,234,567.05", "1,234,567.05"),
            ("-999", "-999.00"),
            ("1000", "1,000.00"),
        ] {
            assert_eq!(Format::Money.write(text, "zh-CN").unwrap(), printed);
        }
    }

    #[test]
    fn amounts_in_words_follow_the_rules_for_bills() {
        for (text, words) in [
            ("0", "零元整"),
            ("0.05", "伍分"),
            ("0.50", "伍角整"),
            ("1409.50", "壹仟肆佰零玖元伍角整"),
            ("6007.14", "陆仟零柒元壹角肆分"),
            ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
            ("107000.53", "壹拾万柒仟元零伍角叁分"),
            ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
            ("325.04", "叁佰贰拾伍元零肆分"),
            ("100000000", "壹亿元整"),
            ("10020030", "壹仟零贰万零叁拾元整"),
            ("-20", "负贰拾元整"),
            ("1000000000000", "壹万亿元整"),
            ("1234500000000.01", "壹万贰仟叁佰肆拾伍亿元零壹分"),
        ] {
            assert_eq!(Format::MoneyHan.write(text, "zh-CN").unwrap(), words, "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "",
            "-",
            "1.",
            ".5",
            "1.234",
            "12,34",
            "1,2345",
            "１２",
            "12345678901234",
            "1e3",
            "+1",
        ] {
            assert_eq!(cents(text), None, "{text}");
        }
    }
}
