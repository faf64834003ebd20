//! Whether a look can be read: the contrast of its colours, by the rules of WCAG 2.2. Words need 4.5 to 1 (success criterion 1.4.3), icons and the ring around what has the
//! focus 3 to 1 (1.4.11). The icons of the widget have the colour of the words beside them, so the words' rule covers them.

use crate::wish::Wish;

/// The ratio of contrast that words need.
const WORDS: f64 = 4.5;
/// The ratio of contrast that what is no text needs.
const SHAPES: f64 = 3.0;

/// What must be seen on what: a name, the fields of both colours, the least ratio.
const PAIRS: [(&str, &str, &str, f64); 4] = [
    ("Button", "color", "background", WORDS),
    ("Focus ring on the page", "focus", "page", SHAPES),
    ("Player", "dialog-color", "dialog-background", WORDS),
    (
        "Focus ring in the player",
        "focus",
        "dialog-background",
        SHAPES,
    ),
];

/// What is to be said of one pair of colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Finding {
    what: &'static str,
    /// From 1 to 21; none where one of them is no colour.
    ratio: Option<f64>,
    needed: f64,
}

impl Finding {
    /// Whether the colours differ enough.
    pub(crate) fn is_enough(&self) -> bool {
        self.ratio.is_some_and(|ratio| ratio >= self.needed)
    }

    /// In words: a warning where it is not enough. The ratio is cut, not rounded, so that nothing below the rule reads as if it met it.
    pub(crate) fn say(&self) -> String {
        let Self {
            what,
            ratio,
            needed,
        } = self;
        let Some(ratio) = ratio else {
            return format!("{what}: colours are written as #rrggbb");
        };
        let cut = (ratio * 10.0).floor() / 10.0;
        if self.is_enough() {
            format!("{what}: contrast {cut} to 1, easy to see")
        } else {
            format!("{what}: contrast {cut} to 1, hard to see; {needed} is needed")
        }
    }
}

/// What there is to say of a look.
pub(crate) fn findings(wish: &Wish) -> impl Iterator<Item = Finding> {
    PAIRS.into_iter().map(|(what, one, other, needed)| Finding {
        what,
        ratio: contrast(wish.get(one), wish.get(other)),
        needed,
    })
}

/// The ratio of contrast of two colours written as `#rrggbb`, from 1 to 21; none for other spellings.
fn contrast(one: &str, other: &str) -> Option<f64> {
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
        assert!(contrast("#767676", "#ffffff").unwrap() >= WORDS);
        assert!(contrast("#777777", "#ffffff").unwrap() < WORDS);
        // And #949494 where there are no words to be read.
        assert!(contrast("#949494", "#ffffff").unwrap() >= SHAPES);
        assert!(contrast("#959595", "#ffffff").unwrap() < SHAPES);
    }

    fn poor(given: &[(&str, &str)]) -> Vec<String> {
        let wish = Wish::new(|name| {
            let field = given.iter().find(|(field, _)| *field == name);
            field.map(|(_, value)| (*value).to_owned())
        });
        findings(&wish)
            .filter(|finding| !finding.is_enough())
            .map(|finding| finding.say())
            .collect()
    }

    #[test]
    fn our_own_look_gives_no_warning() {
        assert_eq!(poor(&[]), [""; 0]);
    }

    #[test]
    fn each_colour_that_cannot_be_seen_gives_a_warning_of_its_own() {
        assert_eq!(
            poor(&[("background", "#777777")]),
            ["Button: contrast 4.4 to 1, hard to see; 4.5 is needed"]
        );
        assert_eq!(
            poor(&[("page", "#3b82f6")]),
            ["Focus ring on the page: contrast 1 to 1, hard to see; 3 is needed"]
        );
        assert_eq!(
            poor(&[("dialog-background", "#ffffff")]),
            ["Player: contrast 1 to 1, hard to see; 4.5 is needed"]
        );
        assert_eq!(
            poor(&[("dialog-background", "#4a4a4a")]),
            ["Focus ring in the player: contrast 2.4 to 1, hard to see; 3 is needed"]
        );
        assert_eq!(
            poor(&[("color", "white")]),
            ["Button: colours are written as #rrggbb"]
        );
    }

    #[test]
    fn what_is_no_colour_has_no_contrast() {
        assert_eq!(contrast("red", "#ffffff"), None);
        assert_eq!(contrast("#ffé00", "#ffffff"), None);
    }
}
