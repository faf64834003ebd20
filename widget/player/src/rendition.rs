//! Which of a video's files to play: the smallest that fills the screen; the smallest of all where the shopper saves data.

/// One encoded file of a video, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Size {
    /// Whether it would be shrunk, or shown as it is, when fitted into a screen.
    fn fills(self, screen: Size) -> bool {
        self.width >= screen.width || self.height >= screen.height
    }
}

/// The place of the best file among those not yet tried (their bits in `tried` are 0); `None` when all have been.
///
/// The smallest that fills the screen is best, then the next larger ones; then the smaller ones, the largest first.
/// Where data is saved everything fills the screen.
pub(crate) fn best(
    sizes: impl Iterator<Item = Size>,
    tried: u32,
    screen: Size,
    save_data: bool,
) -> Option<u32> {
    let (mut best, mut least) = (None, u32::MAX);
    for size in sizes.take(32).enumerate() {
        let (place, size) = (size.0 as u32, size.1);
        let pixels = size.width.saturating_mul(size.height);
        // Those that fill the screen come first, the smaller before the larger; then the others, the larger before the smaller.
        let order = if save_data || size.fills(screen) {
            pixels / 2
        } else {
            u32::MAX - 1 - pixels / 2
        };
        if tried >> place & 1 == 0 && order < least {
            (best, least) = (Some(place), order);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [Size; 3] = [
        Size {
            width: 1280,
            height: 720,
        },
        Size {
            width: 640,
            height: 360,
        },
        Size {
            width: 1920,
            height: 1080,
        },
    ];

    /// The places in the order in which they are tried, each having failed.
    fn order(sizes: &[Size], width: u32, height: u32, save_data: bool) -> Vec<u32> {
        let (mut tried, mut places) = (0, Vec::new());
        while let Some(place) = best(
            sizes.iter().copied(),
            tried,
            Size { width, height },
            save_data,
        ) {
            tried |= 1 << place;
            places.push(place);
        }
        places
    }

    #[test]
    fn a_phone_gets_the_smallest_file_that_fills_its_screen() {
        assert_eq!(order(&SIZES, 780, 1688, false), [0, 2, 1]);
        assert_eq!(order(&SIZES, 640, 1136, false), [1, 0, 2]);
    }

    #[test]
    fn a_screen_larger_than_every_file_gets_the_largest() {
        assert_eq!(order(&SIZES, 3840, 2160, false), [2, 0, 1]);
    }

    #[test]
    fn a_shopper_who_saves_data_gets_the_smallest() {
        assert_eq!(order(&SIZES, 3840, 2160, true), [1, 0, 2]);
    }

    #[test]
    fn a_vertical_file_fills_a_wide_screen_by_its_height() {
        let vertical = [
            Size {
                width: 1080,
                height: 1920,
            },
            Size {
                width: 540,
                height: 960,
            },
        ];
        assert_eq!(order(&vertical, 1440, 900, false), [1, 0]);
    }

    #[test]
    fn without_files_there_is_nothing_to_try() {
        assert_eq!(order(&[], 1, 1, false), []);
    }
}
