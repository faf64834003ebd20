//! Contrast of two colours, by the rule of WCAG 2.2 (success criterion 1.4.3): text of this size needs 4.5 to 1.

/// The ratio of contrast that the button's text needs.
pub(crate) const ENOUGH: f64 = 4.5;

/// The ratio of contrast of two colours written as `#rrggbb`, from 1 to 21; none for other spellings.
pub(crate) fn contrast(one: &str, other: &str) -> Option<f64> {
    let (one, other) = (luminance(one)?, luminance(other)?);
    let (light, dark) = (one.max(other), one.min(other));
    Some((light + 0.05) / (dark + 0.05))
}

/// Relative luminance, 0 for black and 1 for white.
fn luminance(colour: &str) -> Option<f64> {
    let hex = colour.strip_prefix('#').filter(|hex| hex.len() == 6)?;
    let channel = |from: usize| {
        let value = u8::from_str_radix(hex.get(from..from + 2)?, 16).ok()?;
        let share = f64::from(value) / 255.0;
        Some(if share <= 0.04045 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        })
    };
    Some(0.2126 * channel(0)? + 0.7152 * channel(2)? + 0.0722 * channel(4)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_on_white_is_twenty_one_to_one_either_way() {
        assert!((contrast("#000000", "#ffffff").unwrap() - 21.0).abs() < 1e-9);
        assert!((contrast("#ffffff", "#000000").unwrap() - 21.0).abs() < 1e-9);
    }

    #[test]
    fn the_grey_that_just_passes_on_white_passes() {
        // #767676 is the lightest grey of enough contrast on white.
        assert!(contrast("#767676", "#ffffff").unwrap() >= ENOUGH);
        assert!(contrast("#777777", "#ffffff").unwrap() < ENOUGH);
    }

    #[test]
    fn what_is_no_colour_has_no_contrast() {
        assert_eq!(contrast("red", "#ffffff"), None);
        assert_eq!(contrast("#ffé00", "#ffffff"), None);
    }
}
