//! Results whose signer's certificate has expired since, and what proves that they are older.

use yinxin::asn1::{tag, tlv};
use yinxin::authority::{CertificateDraft, IssuerDraft, ListDraft};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pki::{SoftwareSigner, TimeStampError, TimeStamper};
use yinxin::record::Record;
use yinxin::seal::{DocMdp, Unstamped, ValidationData};
use yinxin::verify::{Trust, Verifier};

use super::{certificate, draft, made_root, made_signer, office, record, signed, verdict};
use crate::common::{at, open_list, time};
use crate::made::extension;
use crate::stamp::Token;
use crate::verdicts::Verdict;

struct Clock {
    token: Token,
    signer: SoftwareSigner,
}

impl TimeStamper for Clock {
    fn token_length(&self) -> usize {
        4000
    }

    fn stamp(&self, imprint: &[u8]) -> Result<Vec<u8>, TimeStampError> {
        Ok(self.token.by(imprint, &self.signer))
    }
}

/// An office whose certificate expires with the year 2030, asked about two years later.
pub fn times() -> Vec<Verdict> {
    let own = certificate("office", 2, ("2028-01-01", "2031-01-01"), vec![]);
    let purpose = tlv(tag::OID, &[&[0x2b, 6, 1, 5, 5, 7, 3, 8]]);
    let purpose = extension(37, true, &tlv(tag::SEQUENCE, &[&purpose]));
    let clock = certificate("clock", 3, ("2028-01-01", "2040-01-01"), vec![purpose]);
    let stamper = |time| Clock {
        token: Token {
            time,
            ..Token::default()
        },
        signer: made_signer("clock", &clock),
    };
    let mut parts = record("residence").into_parts();
    parts.valid_to = None;
    let record = Record::new(parts).unwrap();
    let sealed = |stamp: Option<&Clock>| {
        let draft = draft(&record);
        let sealing = draft.bind(Payload::of(&record));
        let sealing = match stamp {
            Some(stamp) => sealing.time_stamp(stamp, Unstamped::Refuse),
            None => sealing,
        };
        let signer = made_signer("office", &own);
        sealing
            .certifies(Some(DocMdp::NoChanges))
            .seal(&office().seal(), &signer, at())
            .unwrap()
            .to_bytes()
    };
    let first = stamper("20300701040500Z");
    let (bare, stamped) = (sealed(None), sealed(Some(&first)));
    let lasting = Draft::open(stamped.clone(), &Limits::DEFAULT).unwrap();
    let data = ValidationData::new().certificates(&[made_root()]);
    let lasting = match lasting.add_validation_data(&data).unwrap() {
        Some(raised) => raised.into_bytes(),
        None => stamped.clone(),
    };
    let lasting = Draft::open(lasting, &Limits::DEFAULT).unwrap();
    let lasting = lasting
        .add_time_stamp(&stamper("20300702040500Z"))
        .unwrap()
        .into_bytes();
    let kind = record.kind().code.to_string();
    let listed = CertificateDraft::new(own.clone(), time("2028-01-01"), time("2031-01-01"));
    let issuer = record.issuer();
    let entry = IssuerDraft::new(
        &issuer.name,
        issuer.code.clone(),
        vec![kind.parse().unwrap()],
        vec![listed],
    );
    let mut list = ListDraft::new("滨海市授权名录", time("2031-12-01"), time("2032-12-01"));
    (list.sequence, list.previous) = (9, Some([8; 32]));
    list.issuers = vec![entry];
    let list = open_list(&signed(&list, "root"), "root");
    let verifier = Verifier::new(Trust::new().roots([made_root()]).list(list));
    let late = time("2032-01-01T01:00:00Z");
    let judged = |name, bytes: &[u8]| verdict(name, bytes, verifier.verify_pdf(bytes, late));
    vec![
        judged("signer-expired-nothing-proves", &bare),
        judged("signer-expired-b-t", &stamped),
        judged("signer-expired-b-lta", &lasting),
    ]
}
