//! Seals that name another place on a status list than their maker wrote, signed again with the maker's key: what sealing refuses to make.

use yinxin::cms::build::{signed_attributes, signed_data};
use yinxin::pki::{Certificate, Signer as _};

use crate::common::signer;

/// `file` with the last `from` replaced by `to` and spaces.
pub fn edited(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    let to = format!("{to:<0$}", from.len());
    assert_eq!(from.len(), to.len());
    let found = file
        .windows(from.len())
        .rposition(|window| window == from.as_bytes());
    let start = found.unwrap_or_else(|| panic!("{from} not found"));
    let mut out = file.to_vec();
    out[start..][..to.len()].copy_from_slice(to.as_bytes());
    out
}

/// `file` with a new value in its last seal, by the same key.
pub fn signed_again(file: &[u8], key: &str) -> Vec<u8> {
    let head = b"/ByteRange [0 ";
    let start = file
        .windows(head.len())
        .rposition(|window| window == head)
        .unwrap()
        + head.len();
    let text = String::from_utf8_lossy(&file[start..start + 60]).into_owned();
    let (numbers, _) = text.split_once(']').unwrap();
    let numbers: Vec<usize> = numbers
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    let (hole, signer) = (numbers[0]..numbers[1], signer(key));
    let covered = [&file[..hole.start], &file[hole.end..]].concat();
    let algorithm = signer.algorithm();
    let chain: Vec<&[u8]> = signer.chain().iter().map(Certificate::der).collect();
    let attributes = signed_attributes(algorithm, &algorithm.digest().digest(&covered), chain[0]).unwrap();
    let signature = signer.sign(&attributes).unwrap();
    let value = signed_data(algorithm, &chain, &attributes, &signature).unwrap();
    let digits: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut out = file.to_vec();
    let room = &mut out[hole.start + 1..hole.end - 1];
    room.fill(b'0');
    room[..digits.len()].copy_from_slice(digits.as_bytes());
    out
}
