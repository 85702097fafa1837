//! A camera that looks at paper: perspective, turn, blur, uneven light, noise, JPEG. The same picture for the same seed.
//!
//! A scene is what light a point of the paper sends back, 0 to 1, by its place in units of the scene (modules, or pixels of a page).
#![allow(dead_code, reason = "each test uses its part")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sides of pictures and levels of grey"
)]

use core::f64::consts::{PI, TAU};

use super::pixels::Pixels;
use super::random::Random;

/// How a picture is taken.
#[derive(Clone, Copy, Debug)]
pub struct Shot {
    /// Pixels for a unit of the scene in its middle.
    pub scale: f64,
    /// Radians by which the paper is turned in the picture.
    pub turn: f64,
    /// Radians by which it leans away from the camera, about both axes.
    pub lean: (f64, f64),
    /// Standard deviation of the blur in pixels.
    pub blur: f64,
    /// Standard deviation of the noise in levels of 255.
    pub noise: f64,
    /// Part of the light that is lost at the darkest place.
    pub shade: f64,
    /// Quality of the JPEG, 1 to 100.
    pub quality: u8,
    /// Points on a side of each pixel that are looked at.
    pub points: u8,
}

impl Shot {
    /// A hand-held telephone over a sheet: within 15 degrees of upright either way, any turn within 20 degrees.
    pub fn by_hand(scale: f64, random: &mut Random) -> Self {
        let mut between = |from: f64, to: f64| from + (to - from) * unit(random);
        Self {
            scale,
            turn: between(-0.35, 0.35),
            lean: (between(-0.26, 0.26), between(-0.26, 0.26)),
            blur: between(0.4, 0.9),
            noise: between(2.0, 8.0),
            shade: between(0.1, 0.5),
            quality: between(70.0, 92.0) as u8,
            points: 3,
        }
    }
}

impl Shot {
    /// A careless one: up to 30 degrees from upright, out of focus by up to a third of a module, in the dark.
    pub fn in_haste(scale: f64, random: &mut Random) -> Self {
        let mut between = |from: f64, to: f64| from + (to - from) * unit(random);
        Self {
            scale,
            turn: between(-PI, PI),
            lean: (between(-0.5, 0.5), between(-0.5, 0.5)),
            blur: between(0.15, 0.33) * scale,
            noise: between(5.0, 16.0),
            shade: between(0.3, 0.75),
            quality: between(45.0, 85.0) as u8,
            points: 3,
        }
    }
}

/// 0 to 1.
fn unit(random: &mut Random) -> f64 {
    (random.next() >> 11) as f64 / (1_u64 << 53) as f64
}

/// About normal, of deviation 1: the sum of twelve.
fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| unit(random)).sum::<f64>() - 6.0
}

/// The picture of a scene of `width` times `height` units, as a JPEG.
pub fn shoot(
    scene: &impl Fn(f64, f64) -> f64,
    (width, height): (f64, f64),
    shot: &Shot,
    random: &mut Random,
) -> Vec<u8> {
    let view = View::of(width, height, shot);
    let (columns, rows) = (view.columns, view.rows);
    let points = u32::from(shot.points);
    let mut light = vec![0.0_f32; columns * rows];
    for y in 0..rows {
        for x in 0..columns {
            let mut sum = 0.0;
            for sub in 0..points * points {
                let at = (
                    x as f64 + (f64::from(sub % points) + 0.5) / f64::from(points),
                    y as f64 + (f64::from(sub / points) + 0.5) / f64::from(points),
                );
                let (u, v) = view.paper(at);
                let on_paper = u >= 0.0 && v >= 0.0 && u < width && v < height;
                // What the sheet lies on.
                sum += if on_paper { scene(u, v) } else { 0.35 };
            }
            light[y * columns + x] = (sum / f64::from(points * points)) as f32;
        }
    }
    blur(&mut light, columns, shot.blur);
    let side = columns.max(rows) as f64;
    let direction = unit(random) * TAU;
    let (dx, dy) = (direction.cos(), direction.sin());
    let pixels: Vec<u8> = light
        .iter()
        .enumerate()
        .map(|(index, &light)| {
            let (x, y) = ((index % columns) as f64 / side, (index / columns) as f64 / side);
            // Light falls off to one side, with a soft edge of a shadow across the middle.
            let along = (x - 0.5) * dx + (y - 0.5) * dy;
            let edge = 1.0 / (1.0 + (-12.0 * along).exp());
            let fall = shot.shade * (0.5 * edge + 0.5 * (along + 0.7) / 1.4);
            // Ink is not black and paper not white.
            let level = (30.0 + 190.0 * f64::from(light)) * (1.0 - fall) + shot.noise * normal(random);
            level.clamp(0.0, 255.0) as u8
        })
        .collect();
    let mut jpeg = vec![];
    let encoder = jpeg_encoder::Encoder::new(&mut jpeg, shot.quality);
    let (columns, rows) = (columns.try_into().unwrap(), rows.try_into().unwrap());
    encoder
        .encode(&pixels, columns, rows, jpeg_encoder::ColorType::Luma)
        .unwrap();
    jpeg
}

/// A page in pixels as a scene.
pub fn of_page(page: &Pixels) -> (impl Fn(f64, f64) -> f64 + '_, (f64, f64)) {
    let scene = |u: f64, v: f64| {
        let at = v as usize * page.width as usize + u as usize;
        f64::from(page.luma.get(at).copied().unwrap_or(255)) / 255.0
    };
    (scene, (page.width.into(), page.height.into()))
}

/// From pixels of the picture to places on the paper.
struct View {
    columns: usize,
    rows: usize,
    /// The inverse of the projection, by rows.
    inverse: [f64; 9],
}

impl View {
    fn of(width: f64, height: f64, shot: &Shot) -> Self {
        // The paper about its middle, seen from three times its longer side away.
        let distance = 3.0 * width.max(height);
        let ((sa, ca), (sb, cb), (sc, cc)) =
            (shot.lean.0.sin_cos(), shot.lean.1.sin_cos(), shot.turn.sin_cos());
        let turned = |u: f64, v: f64| {
            let (x, y) = (u * cc - v * sc, u * sc + v * cc);
            // About the horizontal axis, then about the vertical one.
            let (y, z) = (y * ca, y * sa);
            (x * cb + z * sb, y, z * cb - x * sb)
        };
        let focal = shot.scale * distance;
        let ((ax, ay, az), (bx, by, bz)) = (turned(1.0, 0.0), turned(0.0, 1.0));
        let forward = [
            [focal * ax, focal * bx, 0.0],
            [focal * ay, focal * by, 0.0],
            [az, bz, distance],
        ];
        let project = |u: f64, v: f64| {
            let row = |r: usize| forward[r][0] * u + forward[r][1] * v + forward[r][2];
            (row(0) / row(2), row(1) / row(2))
        };
        let (w, h) = (width / 2.0, height / 2.0);
        let corners = [project(-w, -h), project(w, -h), project(-w, h), project(w, h)];
        let least = |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::INFINITY, f64::min);
        let most = |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::NEG_INFINITY, f64::max);
        let margin = 4.0 * shot.scale.max(1.0);
        let (left, top) = (least(|c| c.0) - margin, least(|c| c.1) - margin);
        // Picture = shift after projection after shift of the paper's middle to the origin.
        let mut matrix = [0.0; 9];
        for (column, value) in forward[2].iter().enumerate() {
            matrix[column] = forward[0][column] + left * -value;
            matrix[3 + column] = forward[1][column] + top * -value;
            matrix[6 + column] = *value;
        }
        for row in 0..3 {
            matrix[3 * row + 2] -= matrix[3 * row] * w + matrix[3 * row + 1] * h;
        }
        Self {
            columns: (most(|c| c.0) + margin - left) as usize + 1,
            rows: (most(|c| c.1) + margin - top) as usize + 1,
            inverse: inverse(&matrix),
        }
    }

    fn paper(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let m = &self.inverse;
        let w = m[6] * x + m[7] * y + m[8];
        ((m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w)
    }
}

/// Up to a factor, which a projection does not know.
fn inverse(m: &[f64; 9]) -> [f64; 9] {
    let minor = |a: usize, b: usize, c: usize, d: usize| m[a] * m[d] - m[b] * m[c];
    [
        minor(4, 5, 7, 8),
        -minor(1, 2, 7, 8),
        minor(1, 2, 4, 5),
        -minor(3, 5, 6, 8),
        minor(0, 2, 6, 8),
        -minor(0, 2, 3, 5),
        minor(3, 4, 6, 7),
        -minor(0, 1, 6, 7),
        minor(0, 1, 3, 4),
    ]
}

/// Gaussian, by rows and by columns; the border repeats.
fn blur(light: &mut Vec<f32>, columns: usize, sigma: f64) {
    if sigma < 0.05 {
        return;
    }
    let reach = (3.0 * sigma).ceil() as usize;
    let weights: Vec<f32> = (0..=reach)
        .map(|d| (-(d as f64).powi(2) / (2.0 * sigma * sigma)).exp() as f32)
        .collect();
    let sum = weights[0] + 2.0 * weights[1..].iter().sum::<f32>();
    let rows = light.len() / columns;
    for (stride, length) in [(1, columns), (columns, rows)] {
        let mut out = vec![0.0; light.len()];
        for (index, out) in out.iter_mut().enumerate() {
            let at = index / stride % length;
            let base = index - at * stride;
            let mut total = weights[0] * light[index];
            for (d, weight) in weights.iter().enumerate().skip(1) {
                let before = light[base + at.saturating_sub(d) * stride];
                let after = light[base + (at + d).min(length - 1) * stride];
                total += weight * (before + after);
            }
            *out = total / sum;
        }
        *light = out;
    }
}
