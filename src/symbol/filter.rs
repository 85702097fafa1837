//! What helps a reader with a bad picture: contrast, smoothing, sharpening, enlarging.

/// A grey picture, rows from the top, 0 is black.
#[derive(Clone)]
pub(super) struct Grey {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) pixels: Vec<u8>,
}

impl Grey {
    /// The same picture with its 1st percentile black and its 99th white.
    pub(super) fn stretched(&self) -> Self {
        let mut histogram = [0_usize; 256];
        for &pixel in &self.pixels {
            if let Some(count) = histogram.get_mut(usize::from(pixel)) {
                *count += 1;
            }
        }
        let share = self.pixels.len() / 100;
        let low = steps_to(histogram.iter(), share);
        let high = 255 - steps_to(histogram.iter().rev(), share);
        if high <= low {
            return self.clone();
        }
        let table: Vec<u8> = (0..256_usize)
            .map(|level| level.saturating_sub(low).min(high - low) * 255 / (high - low))
            .map(clamp)
            .collect();
        self.mapped(|pixel| table.get(usize::from(pixel)).copied().unwrap_or(pixel))
    }

    /// Each pixel as the mean of its 3 x 3 neighbourhood; the border repeats.
    pub(super) fn blurred(&self) -> Self {
        let Some(width) = self.row_length() else {
            return self.clone();
        };
        let sums: Vec<Vec<u16>> = self.pixels.chunks_exact(width).map(sums_of_three).collect();
        let mut pixels = Vec::with_capacity(self.pixels.len());
        for (y, row) in sums.iter().enumerate() {
            let above = y.checked_sub(1).and_then(|y| sums.get(y)).unwrap_or(row);
            let below = sums.get(y + 1).unwrap_or(row);
            let nine = above.iter().zip(row).zip(below);
            pixels.extend(nine.map(|((a, b), c)| clamp((usize::from(a + b + c) + 4) / 9)));
        }
        Self { pixels, ..*self }
    }

    /// Each pixel moved away from the mean of its neighbourhood by one and a half times the distance.
    pub(super) fn sharpened(&self) -> Self {
        let blurred = self.blurred();
        let one = |(&pixel, &mean): (&u8, &u8)| {
            let (pixel, mean) = (i32::from(pixel), i32::from(mean));
            u8::try_from((pixel + (pixel - mean) * 3 / 2).clamp(0, 255)).unwrap_or(0)
        };
        let pixels = self.pixels.iter().zip(&blurred.pixels).map(one).collect();
        Self { pixels, ..*self }
    }

    /// Twice as wide and high, the new pixels being means of their neighbours.
    pub(super) fn doubled(&self) -> Self {
        let Some(width) = self.row_length() else {
            return self.clone();
        };
        let mut pixels = Vec::with_capacity(self.pixels.len().saturating_mul(4));
        let wide: Vec<Vec<u8>> = self.pixels.chunks_exact(width).map(doubled_row).collect();
        for (y, row) in wide.iter().enumerate() {
            let below = wide.get(y + 1).unwrap_or(row);
            pixels.extend_from_slice(row);
            pixels.extend(row.iter().zip(below).map(|(&a, &b)| mean(a, b)));
        }
        Self {
            width: self.width * 2,
            height: self.height * 2,
            pixels,
        }
    }

    /// Half as wide and high, each pixel the mean of four; an odd last row or column is left out.
    pub(super) fn halved(&self) -> Self {
        let (Some(width), columns, rows) = (self.row_length(), self.width / 2, self.height / 2) else {
            return self.clone();
        };
        let mut pixels = Vec::with_capacity(self.pixels.len() / 4);
        for two in self.pixels.chunks_exact(width.saturating_mul(2)) {
            let (above, below) = two.split_at(width);
            let fours = above.chunks_exact(2).zip(below.chunks_exact(2));
            pixels.extend(fours.map(|(a, b)| {
                let sum: usize = a.iter().chain(b).map(|&pixel| usize::from(pixel)).sum();
                clamp((sum + 2) / 4)
            }));
        }
        Self {
            width: columns,
            height: rows,
            pixels,
        }
    }

    /// Light levels pulled apart and dark ones together, for symbols in pale colours.
    pub(super) fn darkened(&self) -> Self {
        self.mapped(|pixel| {
            let square = usize::from(pixel) * usize::from(pixel);
            clamp(square * square / (255 * 255 * 255))
        })
    }

    fn mapped(&self, change: impl Fn(u8) -> u8) -> Self {
        Self {
            pixels: self.pixels.iter().map(|&pixel| change(pixel)).collect(),
            ..*self
        }
    }

    /// The width, unless there are no pixels.
    fn row_length(&self) -> Option<usize> {
        usize::try_from(self.width).ok().filter(|&width| width > 0)
    }
}

/// After how many levels more than `share` pixels are counted.
fn steps_to<'a>(counts: impl Iterator<Item = &'a usize>, share: usize) -> usize {
    let mut sum = 0;
    let below = counts.take_while(|count| {
        sum += **count;
        sum <= share
    });
    below.count().min(255)
}

/// Each pixel with its left and right neighbour, the border repeated.
fn sums_of_three(row: &[u8]) -> Vec<u16> {
    let before = row.first().into_iter().chain(row);
    let after = row.iter().skip(1).chain(row.last());
    let three = before.zip(row).zip(after);
    three
        .map(|((&a, &b), &c)| u16::from(a) + u16::from(b) + u16::from(c))
        .collect()
}

fn doubled_row(row: &[u8]) -> Vec<u8> {
    let next = row.iter().skip(1).chain(row.last());
    row.iter()
        .zip(next)
        .flat_map(|(&a, &b)| [a, mean(a, b)])
        .collect()
}

fn mean(a: u8, b: u8) -> u8 {
    clamp((usize::from(a) + usize::from(b)).div_ceil(2))
}

fn clamp(value: usize) -> u8 {
    u8::try_from(value).unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: u32, pixels: &[u8]) -> Grey {
        Grey {
            width,
            height: pixels.len() as u32 / width,
            pixels: pixels.to_vec(),
        }
    }

    #[test]
    fn stretch_does_not_reach_black_and_white() {
        assert_eq!(
            grey(2, &[100, 110, 105, 120]).stretched().pixels,
            [0, 127, 63, 255]
        );
        // one colour has no contrast to stretch
        assert_eq!(grey(2, &[7, 7]).stretched().pixels, [7, 7]);
    }

    #[test]
    fn blur_is_not_the_mean_of_nine() {
        let blurred = grey(3, &[0, 0, 0, 0, 90, 0, 0, 0, 0]).blurred();
        assert_eq!(blurred.pixels, [10; 9]);
        assert_eq!(grey(1, &[5]).blurred().pixels, [5]);
    }

    #[test]
    fn sharpening_leaves_flat_areas_alone() {
        assert_eq!(grey(3, &[50; 9]).sharpened().pixels, [50; 9]);
        assert_eq!(
            grey(3, &[0, 0, 0, 0, 90, 0, 0, 0, 0]).sharpened().pixels,
            [0, 0, 0, 0, 210, 0, 0, 0, 0]
        );
    }

    #[test]
    fn doubling_is_not_four_times_the_pixels() {
        let doubled = grey(2, &[0, 100, 200, 100]).doubled();
        assert_eq!((doubled.width, doubled.height), (4, 4));
        assert_eq!(
            doubled.pixels,
            [
                0, 50, 100, 100, 100, 100, 100, 100, 200, 150, 100, 100, 200, 150, 100, 100
            ]
        );
    }

    #[test]
    fn halving_is_not_a_quarter_of_the_pixels() {
        let halved = grey(3, &[0, 100, 9, 100, 200, 9, 9, 9, 9]).halved();
        assert_eq!((halved.width, halved.height, halved.pixels), (1, 1, vec![100]));
        assert!(grey(1, &[5, 5]).halved().pixels.is_empty());
    }

    #[test]
    fn darkening_moves_black_or_white() {
        assert_eq!(grey(3, &[0, 200, 255]).darkened().pixels, [0, 96, 255]);
    }
}
