//! Symbols shown one after the other, for a file that is carried by several codes and a camera that looks at a screen.

use super::Symbol;

/// An animated PNG (PNG, third edition, clause 11.3.6) that shows `symbols` in turn for ever, `per_second` of them in a second.
///
/// Every frame is as large as the largest symbol with its quiet zone, so that the codes stay where they are; smaller ones stand in
/// the middle. Programs that know no animation show the first. `pixels_per_module` is brought into 1 to 64, `per_second` into 1 to
/// 30; cameras follow 6 to 8. Without symbols there is nothing to show, and no bytes.
#[must_use]
pub fn animate(symbols: &[Symbol], pixels_per_module: u32, per_second: u16) -> Vec<u8> {
    let scale = pixels_per_module.clamp(1, 64) as usize;
    let Some(modules) = symbols.iter().map(Symbol::form_side).max() else {
        return Vec::new();
    };
    let side = modules * scale;
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, side as u32, side as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let frames = u32::try_from(symbols.len()).unwrap_or(u32::MAX);
    let written = encoder
        .set_animated(frames, 0)
        .and_then(|()| encoder.set_frame_delay(1, per_second.clamp(1, 30)))
        .and_then(|()| encoder.write_header())
        .and_then(|mut writer| {
            for symbol in symbols {
                writer.write_image_data(&symbol.packed_rows(scale, side))?;
            }
            writer.finish()
        });
    // a vector takes every byte, the side is neither 0 nor above 2^31, and there are as many frames as announced
    debug_assert!(written.is_ok());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbol::Level;

    #[test]
    fn frames_are_the_symbols_in_turn_and_all_of_one_size() {
        let symbols: Vec<Symbol> = ["A", "LONGER TEXT THAT NEEDS A LARGER SYMBOL 0123456789", "C"]
            .iter()
            .map(|text| Symbol::of_text(text, Level::M).unwrap())
            .collect();
        let bytes = animate(&symbols, 4, 8);
        let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes))
            .read_info()
            .unwrap();
        let control = reader.info().animation_control.unwrap();
        assert_eq!((control.num_frames, control.num_plays), (3, 0));
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let side = symbols[1].form_side() * 4;
        for symbol in &symbols {
            let frame = reader.next_frame(&mut pixels).unwrap();
            assert_eq!((frame.width as usize, frame.height as usize), (side, side));
            assert_eq!(pixels, symbol.packed_rows(4, side));
            let delay = reader.info().frame_control.unwrap();
            assert_eq!((delay.delay_num, delay.delay_den), (1, 8));
        }
    }

    #[test]
    fn without_symbols_there_is_no_picture() {
        assert!(animate(&[], 4, 8).is_empty());
    }
}
