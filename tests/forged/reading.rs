//! Files that change while they are read.

use std::io::{self, Read, Seek, SeekFrom};

use super::*;

/// A file that is another one each time it is read from its start.
struct Shifting {
    versions: Vec<Vec<u8>>,
    reading: usize,
    position: usize,
}

impl Shifting {
    fn new(versions: Vec<Vec<u8>>) -> Self {
        Self {
            versions,
            reading: 0,
            position: 0,
        }
    }
}

impl Read for Shifting {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let version = &self.versions[self.reading.min(self.versions.len() - 1)];
        let count = (&version[self.position..]).read(room)?;
        self.position += count;
        Ok(count)
    }
}

impl Seek for Shifting {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Start(to) = to else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        if to == 0 && self.position > 0 {
            self.reading += 1;
        }
        self.position = usize::try_from(to).unwrap();
        Ok(to)
    }
}

/// A file whose sections and objects stand where the data of a large stream seem to be, `place` bytes from the start.
fn hidden(place: usize) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    file.resize(place, b' ');
    file.extend(b"1 0 obj <</Length 250000>>\nstream\n");
    file.resize(place + 100_000, b' ');
    let catalog = file.len();
    file.extend(b"1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n");
    let pages = file.len();
    file.extend(b"2 0 obj <</Type/Pages/Kids[]/Count 0>> endobj\n");
    let section = file.len();
    let table = format!("xref\n0 3\n0000000000 65535 f \n{catalog:010} 00000 n \n{pages:010} 00000 n \n");
    file.extend(format!("{table}trailer <</Size 3/Root 1 0 R>>\n").bytes());
    file.resize(2_000_000, b' ');
    file.extend(format!("startxref\n{section:010}\n%%EOF\n").bytes());
    file
}

/// Files that change while they are read.
pub fn readings(cases: &mut Cases) {
    let verifier = roots("root");
    let versions: Vec<Vec<u8>> = (0..8).map(|i| hidden(100_000 + 200_000 * (i % 8))).collect();
    let mut room = vec![0; versions[0].len()];
    let shifting = Shifting::new(versions);
    let report = verifier.verify_pdf_from(shifting, &mut room, at()).unwrap();
    cases.add(
        "something else is hidden at each reading",
        Code::FileUnsettled,
        report,
    );
    let encrypted = std::fs::read(path("test-vectors/pdf/encrypted/r6-aes-256.pdf")).unwrap();
    cases.add(
        "encrypted, and the password is not known",
        Code::FileEncrypted,
        verifier.verify_pdf(&encrypted, at()),
    );
}

#[test]
fn a_verdict_is_about_the_bytes_of_one_reading() {
    let verifier = roots("root");
    let genuine = office().issue("residence").into_bytes();
    let mut forged = genuine.clone();
    let at_byte = genuine.len() / 2;
    forged[at_byte] ^= 1;
    let verdict = |versions: Vec<Vec<u8>>| {
        let mut room = vec![0; genuine.len()];
        verifier
            .verify_pdf_from(Shifting::new(versions), &mut room, at())
            .unwrap()
    };
    let whole = |file: &[u8]| format!("{:?}", verifier.verify_pdf(file, at()));
    // The look at the end, before the file is read from its start, decides nothing.
    for (versions, judged) in [
        (vec![genuine.clone(), forged.clone()], &forged),
        (vec![forged.clone(), genuine.clone()], &genuine),
    ] {
        assert_eq!(format!("{:?}", verdict(versions)), whole(judged));
    }

    let mut room = vec![0; genuine.len() + 1];
    let longer = verifier.verify_pdf_from(io::Cursor::new(&genuine), &mut room, at());
    assert_eq!(longer.unwrap_err().kind(), io::ErrorKind::InvalidData);
}
