//! PEM (RFC 7468).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The text is not PEM, or has no block of the label asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct NotPem;

/// The contents of all blocks with `label`, in order; other blocks are passed over. At least one.
pub(super) fn blocks(text: &str, label: &str) -> Result<Vec<Zeroizing<Vec<u8>>>, NotPem> {
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    let mut found = vec![];
    let mut rest = text;
    while let Some((_, body)) = rest.split_once(&begin) {
        let (body, after) = body.split_once(&end).ok_or(NotPem)?;
        let compact: Zeroizing<Vec<u8>> =
            Zeroizing::new(body.bytes().filter(|b| !b.is_ascii_whitespace()).collect());
        found.push(Zeroizing::new(STANDARD.decode(&*compact).map_err(|_| NotPem)?));
        rest = after;
    }
    if found.is_empty() { Err(NotPem) } else { Ok(found) }
}

/// The label and the contents of a block.
#[cfg(feature = "seal")]
type Block<'t> = (&'t str, Zeroizing<Vec<u8>>);

/// Every block, in order.
#[cfg(feature = "seal")]
pub(super) fn all(text: &str) -> Result<Vec<Block<'_>>, NotPem> {
    let mut found = vec![];
    let mut rest = text;
    while let Some((_, begun)) = rest.split_once("-----BEGIN ") {
        let (label, body) = begun.split_once("-----").ok_or(NotPem)?;
        let (body, after) = body.split_once("-----END ").ok_or(NotPem)?;
        let after = after.strip_prefix(label).ok_or(NotPem)?;
        let compact: Zeroizing<Vec<u8>> =
            Zeroizing::new(body.bytes().filter(|b| !b.is_ascii_whitespace()).collect());
        let der = STANDARD.decode(&*compact).map_err(|_| NotPem)?;
        found.push((label, Zeroizing::new(der)));
        rest = after.strip_prefix("-----").ok_or(NotPem)?;
    }
    Ok(found)
}
