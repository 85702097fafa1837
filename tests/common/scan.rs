//! PDF files like those of a scanner, of any size: one grey picture a page, the same bytes on every run.

use std::io::{self, Seek, SeekFrom, Write};

/// What the pictures show.
#[allow(dead_code, reason = "each user takes one")]
#[derive(Clone, Copy, PartialEq)]
pub enum Picture {
    /// Noise that nothing compresses.
    Noise,
    /// Black, left to the file system as a hole that takes no room.
    Hole,
}

/// Writes `pages` pages with pictures of `side` times `side` bytes; `table` or else a cross-reference stream ends the file.
pub fn write(
    output: &mut (impl Write + Seek),
    pages: u32,
    side: u32,
    picture: Picture,
    table: bool,
) -> io::Result<()> {
    let mut offsets: Vec<u64> = vec![];
    // Objects 1 and 2 are catalog and page tree; each page is an object with its content and its picture after it.
    let kids: String = (0..pages).map(|page| format!("{} 0 R ", 3 * page + 3)).collect();
    output.write_all(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")?;
    object(output, &mut offsets, "<</Type/Catalog/Pages 2 0 R>>")?;
    object(
        output,
        &mut offsets,
        &format!("<</Type/Pages/Count {pages}/Kids[{kids}]>>"),
    )?;
    let mut noise = Noise(0x9E37_79B9_7F4A_7C15);
    for page in 0..pages {
        let own = 3 * page + 3;
        object(
            output,
            &mut offsets,
            &format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {} 0 R/Resources<</XObject<</S {} 0 R>>>>>>",
                own + 1,
                own + 2
            ),
        )?;
        let content = "q 595 0 0 842 0 0 cm /S Do Q";
        let length = content.len();
        object(
            output,
            &mut offsets,
            &format!("<</Length {length}>>\nstream\n{content}\nendstream"),
        )?;
        let length = u64::from(side) * u64::from(side);
        offsets.push(output.stream_position()?);
        write!(
            output,
            "{} 0 obj\n<</Type/XObject/Subtype/Image/Width {side}/Height {side}/ColorSpace/DeviceGray/BitsPerComponent 8\
             /Length {length}>>\nstream\n",
            own + 2
        )?;
        match picture {
            Picture::Noise => noise.write(output, length)?,
            Picture::Hole => {
                output.seek(SeekFrom::Current(
                    i64::try_from(length).map_err(io::Error::other)?,
                ))?;
            }
        }
        output.write_all(b"\nendstream\nendobj\n")?;
    }
    let section = output.stream_position()?;
    let size = offsets.len() + 1;
    if table {
        write!(output, "xref\n0 {size}\n0000000000 65535 f \n")?;
        for offset in &offsets {
            output.write_all(format!("{offset:010} 00000 n \n").as_bytes())?;
        }
        write!(output, "trailer\n<</Size {size}/Root 1 0 R>>\n")?;
    } else {
        offsets.push(section);
        let rows: Vec<u8> = offsets
            .iter()
            .flat_map(|offset| [vec![1], offset.to_be_bytes().to_vec(), vec![0]].concat())
            .collect();
        let (length, size) = (rows.len(), size + 1);
        write!(
            output,
            "{} 0 obj\n<</Type/XRef/Size {size}/Index[1 {}]/W[1 8 1]/Root 1 0 R/Length {length}>>\nstream\n",
            size - 1,
            size - 1
        )?;
        output.write_all(&rows)?;
        output.write_all(b"\nendstream\nendobj\n")?;
    }
    write!(output, "startxref\n{section}\n%%EOF\n")
}

fn object(output: &mut (impl Write + Seek), offsets: &mut Vec<u64>, body: &str) -> io::Result<()> {
    offsets.push(output.stream_position()?);
    write!(output, "{} 0 obj\n{body}\nendobj\n", offsets.len())
}

/// Xorshift by G. Marsaglia: not random, but no filter shortens it.
struct Noise(u64);

impl Noise {
    fn write(&mut self, output: &mut impl Write, length: u64) -> io::Result<()> {
        let mut block = [0; 4096];
        let mut left = length;
        while left > 0 {
            for word in block.chunks_exact_mut(8) {
                self.0 ^= self.0 << 13;
                self.0 ^= self.0 >> 7;
                self.0 ^= self.0 << 17;
                word.copy_from_slice(&self.0.to_le_bytes());
            }
            let count = usize::try_from(left).map_or(block.len(), |left| left.min(block.len()));
            output.write_all(&block[..count])?;
            left -= count as u64;
        }
        Ok(())
    }
}
