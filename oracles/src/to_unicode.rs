//! ToUnicode CMaps.

use std::collections::BTreeMap;

/// What a ToUnicode CMap says of each code, as UTF-16 (ISO 32000-1, 9.10.3).
pub fn unicode_map(map: &[u8]) -> BTreeMap<u32, Vec<u16>> {
    let text = String::from_utf8_lossy(map);
    let mut found = BTreeMap::new();
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = text.as_ref();
    while let Some(character) = rest.chars().next() {
        let end = match character {
            '<' if !rest.starts_with("<<") => rest.find('>').map_or(rest.len(), |at| at + 1),
            '[' | ']' => 1,
            '%' => rest.find(['\r', '\n']).unwrap_or(rest.len()),
            c if c.is_whitespace() => c.len_utf8(),
            c => {
                let next = rest[c.len_utf8()..].find(|c: char| c.is_whitespace() || "<[]%".contains(c));
                next.map_or(rest.len(), |at| at + c.len_utf8())
            }
        };
        let (token, after) = rest.split_at(end);
        if !token.trim().is_empty() && !token.starts_with('%') {
            tokens.push(token.split_whitespace().collect());
        }
        rest = after;
    }
    let hex = |token: &str| -> Vec<u16> {
        let digits: Vec<u8> = token.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(4)
            .filter_map(|chunk| u16::from_str_radix(std::str::from_utf8(chunk).ok()?, 16).ok())
            .collect()
    };
    let code = |token: &str| u32::from_str_radix(token.trim_matches(['<', '>']), 16).unwrap_or(0);
    let mut at = 0;
    while at < tokens.len() {
        let (mode, end) = match tokens[at].as_str() {
            "beginbfchar" => (2, "endbfchar"),
            "beginbfrange" => (3, "endbfrange"),
            _ => {
                at += 1;
                continue;
            }
        };
        at += 1;
        while at + 1 < tokens.len() && tokens[at] != end {
            if mode == 2 {
                found.insert(code(&tokens[at]), hex(&tokens[at + 1]));
                at += 2;
                continue;
            }
            let (low, high) = (code(&tokens[at]), code(&tokens[at + 1]).min(0xFFFF));
            at += 2;
            if tokens.get(at).map(String::as_str) == Some("[") {
                at += 1;
                let mut one = low;
                while at < tokens.len() && tokens[at] != "]" {
                    found.insert(one, hex(&tokens[at]));
                    one += 1;
                    at += 1;
                }
                at += 1;
            } else if let Some(token) = tokens.get(at) {
                let base = hex(token);
                for one in low..=high {
                    let mut text = base.clone();
                    if let Some(last) = text.last_mut() {
                        *last = last.wrapping_add((one - low) as u16);
                    }
                    found.insert(one, text);
                }
                at += 1;
            }
        }
    }
    found
}
