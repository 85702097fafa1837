//! Files of any size: sealed and verified from one reading, in memory that does not grow with the file.

use std::fs::File;
use std::io::{self, BufWriter, Cursor, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use memmap2::{MmapMut, MmapOptions};
use yinxin::draft::{Draft, LargeDraft};
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pdf::Skimmed;
use yinxin::pki::Signer as _;
use yinxin::seal::{DocMdp, Identity, Place, SealError};
use yinxin::verify::{Outcome, Report, Trust, Verifier};

mod common;
#[path = "common/scan.rs"]
mod scan;

use common::{Office, at, pem};
use scan::Picture;

const PLACE: Place = Place {
    page: 0,
    x_mm: 100.0,
    y_mm: 100.0,
};

fn scanned(pages: u32, side: u32, table: bool) -> Vec<u8> {
    let mut output = Cursor::new(vec![]);
    scan::write(&mut output, pages, side, Picture::Noise, table).unwrap();
    output.into_inner()
}

fn verifier() -> Verifier {
    let helping = [pem("intermediate"), pem("p256"), pem("ed25519")].concat();
    Verifier::new(Trust::new().roots(pem("root")).certificates(helping))
}

fn shown(report: &Report) -> String {
    format!("{report:#?}")
}

/// Counts what is read.
struct Counting<R>(R, u64);

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(room)?;
        self.1 += count as u64;
        Ok(count)
    }
}

impl<R: io::Seek> io::Seek for Counting<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn a_draft_read_once_is_sealed_byte_for_byte_as_one_in_memory() {
    // Ed25519 and RSA with PKCS#1 padding give the same signature every time.
    for (key, table) in [("ed25519", true), ("ed25519", false), ("rsa2048", true)] {
        let office = Office::with_key(key);
        let bytes = scanned(3, 400, table);
        let record = office.record("residence");
        let code = |office: &Office| Payload::of(&office.record("residence"));
        let corner = Place {
            x_mm: 20.0,
            y_mm: 200.0,
            ..PLACE
        };
        let code_signer = common::signer("ed25519");

        let whole = Draft::open(bytes.clone(), &Limits::DEFAULT).unwrap();
        let sealing = whole
            .bind(code(&office))
            .place_code(corner, 40.0)
            .code_signer(&code_signer);
        let whole = sealing
            .place(PLACE)
            .seal(&office.seal(), &office.signer(), at())
            .unwrap();

        let mut source = Counting(&*bytes, 0);
        let mut room = vec![0; bytes.len()];
        let digest = office.signer().algorithm().digest();
        let skimmed = Skimmed::read(&mut source, &mut room, &[digest]).unwrap();
        assert!(skimmed.omitted().iter().map(std::ops::Range::len).sum::<usize>() > 400_000);
        let draft = LargeDraft::open(skimmed, &Limits::DEFAULT).unwrap();
        let sealing = draft
            .bind(Payload::of(&record))
            .place_code(corner, 40.0)
            .code_signer(&code_signer);
        let part = sealing
            .place(PLACE)
            .seal(&office.seal(), &office.signer(), at())
            .unwrap();

        assert_eq!(source.1, bytes.len() as u64, "read once");
        assert_eq!(part.draft_length(), bytes.len() as u64);
        assert!(part.appended() == whole.appended(), "{key} {table}");
        assert_eq!(part.code_text(), whole.code_text());
    }
}

#[test]
fn a_file_of_several_seals_is_verified_from_one_reading_as_in_memory() {
    for table in [true, false] {
        let mut file = scanned(4, 300, table);
        for (key, place) in [("p256", 40.0), ("ed25519", 100.0), ("p256", 160.0)] {
            let office = Office::with_key(key);
            let draft = Draft::open(file, &Limits::DEFAULT).unwrap();
            let sealing = draft
                .without_code()
                .certifies(None)
                .place(Place { x_mm: place, ..PLACE });
            file = sealing
                .seal(&office.seal(), &office.signer(), at())
                .unwrap()
                .into_bytes();
        }
        let whole = verifier().verify_pdf(&file, at());
        assert!(whole.seals.iter().all(|seal| seal.intact), "{}", shown(&whole));
        assert_eq!(whole.seals.len(), 3);
        let mut source = Counting(Cursor::new(&file), 0);
        let mut room = vec![0; file.len()];
        let part = verifier().verify_pdf_from(&mut source, &mut room, at()).unwrap();
        assert_eq!(shown(&part), shown(&whole));
        // The end of the file is looked at first, for the algorithms that will be needed.
        assert!(
            source.1 <= file.len() as u64 + (64 << 10),
            "{} of {}",
            source.1,
            file.len()
        );
    }
}

#[test]
fn a_seal_by_another_digest_is_verified_from_one_reading() {
    let office = Office::with_key("p384");
    let mut room = vec![0; scanned(2, 300, true).len()];
    let bytes = scanned(2, 300, true);
    let without = Skimmed::read(&*bytes, &mut room, &[]).unwrap();
    let draft = LargeDraft::open(without, &Limits::DEFAULT).unwrap();
    let refused = draft
        .without_code()
        .place(PLACE)
        .seal(&office.seal(), &office.signer(), at());
    assert!(matches!(refused, Err(SealError::NotDigested(_))));

    let skimmed = Skimmed::read(&*bytes, &mut room, &[office.signer().algorithm().digest()]).unwrap();
    let draft = LargeDraft::open(skimmed, &Limits::DEFAULT).unwrap();
    let sealed = draft
        .without_code()
        .place(PLACE)
        .seal(&office.seal(), &office.signer(), at())
        .unwrap();
    let file = [&bytes, sealed.appended()].concat();
    let mut source = Counting(Cursor::new(&file), 0);
    let report = verifier()
        .verify_pdf_from(&mut source, &mut vec![0; file.len()], at())
        .unwrap();
    assert!(
        report.seals.iter().all(|seal| seal.intact && seal.trusted),
        "{}",
        shown(&report)
    );
    assert!(
        source.1 <= file.len() as u64 + (64 << 10),
        "{} of {}",
        source.1,
        file.len()
    );
}

#[test]
fn large_files_are_sealed_by_keys_that_live_elsewhere_too() {
    let office = Office::with_key("p256");
    let bytes = scanned(2, 300, true);
    let prepared = {
        let mut room = vec![0; bytes.len()];
        let skimmed = Skimmed::read(&*bytes, &mut room, &[]).unwrap();
        let draft = LargeDraft::open(skimmed, &Limits::DEFAULT).unwrap();
        let signer = office.signer();
        let sealing = draft.without_code().place(PLACE);
        // Nothing of the draft or the room is needed from here on.
        sealing
            .prepare(&office.seal(), &Identity::of(&signer), at())
            .unwrap()
    };
    let signature = office.signer().sign(prepared.to_be_signed()).unwrap();
    let sealed = prepared.finish(&signature).unwrap();
    let file = [&bytes, sealed.appended()].concat();
    let report = verifier().verify_pdf(&file, at());
    assert!(
        report.seals.iter().all(|seal| seal.intact && seal.trusted),
        "{}",
        shown(&report)
    );
}

#[test]
fn what_would_break_an_earlier_seal_is_refused_from_one_reading_too() {
    let office = Office::with_key("p256");
    let draft = Draft::open(scanned(2, 300, true), &Limits::DEFAULT).unwrap();
    let sealing = draft
        .without_code()
        .place(PLACE)
        .certifies(Some(DocMdp::NoChanges));
    let file = sealing
        .seal(&office.seal(), &office.signer(), at())
        .unwrap()
        .into_bytes();
    let mut room = vec![0; file.len()];
    let skimmed = Skimmed::read(&*file, &mut room, &[]).unwrap();
    let draft = LargeDraft::open(skimmed, &Limits::DEFAULT).unwrap();
    let again = draft.without_code().certifies(None).place(PLACE);
    let refused = again.seal(&office.seal(), &office.signer(), at());
    assert!(
        matches!(refused, Err(SealError::EarlierSeal { .. })),
        "{:?}",
        refused.err()
    );
}

fn anonymous(length: u64) -> MmapMut {
    let length = usize::try_from(length).unwrap();
    let room = MmapOptions::new()
        .len(length)
        .no_reserve_swap()
        .map_anon()
        .unwrap();
    #[cfg(target_os = "linux")]
    room.advise(memmap2::Advice::NoHugePage).unwrap();
    room
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Offsets past 2^32, and past what ten digits of a table leave of readers with 32 bits.
#[test]
#[ignore = "digests 9 GB; the file is sparse and takes little room. Run with: cargo test --release --test any_size -- --ignored"]
fn files_above_four_gigabytes_are_sealed_and_verified() {
    for table in [true, false] {
        let path = file(if table {
            "over-4-gb-table.pdf"
        } else {
            "over-4-gb-stream.pdf"
        });
        let mut output = BufWriter::new(File::create(&path).unwrap());
        scan::write(&mut output, 5, 30_000, Picture::Hole, table).unwrap();
        output.flush().unwrap();
        drop(output);
        let office = Office::with_key("p256");
        let mut on_disk = File::options().read(true).append(true).open(&path).unwrap();
        let length = on_disk.metadata().unwrap().len();
        assert!(length > 1 << 32);
        let mut room = anonymous(length);
        let skimmed = Skimmed::read(&on_disk, &mut room, &[]).unwrap();
        let kept = length
            - skimmed
                .omitted()
                .iter()
                .map(|range| range.len() as u64)
                .sum::<u64>();
        assert!(kept < 200_000, "{kept}");
        let draft = LargeDraft::open(skimmed, &Limits::DEFAULT).unwrap();
        let last = Place { page: 4, ..PLACE };
        let sealed = draft
            .without_code()
            .place(last)
            .seal(&office.seal(), &office.signer(), at())
            .unwrap();
        assert_eq!(sealed.draft_length(), length);
        on_disk.write_all(sealed.appended()).unwrap();
        on_disk.rewind().unwrap();

        let mut room = anonymous(length + sealed.appended().len() as u64);
        let report = verifier().verify_pdf_from(&on_disk, &mut room, at()).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(report.outcome, Outcome::Authentic, "{}", shown(&report));
        assert_eq!(
            report.seals[0].revision_length,
            Some(length + sealed.appended().len() as u64)
        );
    }
}
