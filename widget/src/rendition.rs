//! Which of a video's files to play: the smallest that fills the screen; the smallest of all where the shopper saves data.

use alloc::vec::Vec;

/// One encoded file of a video, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Size {
    fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Whether it would be shrunk, or shown as it is, when fitted into a screen.
    fn fills(self, screen: Size) -> bool {
        self.width >= screen.width || self.height >= screen.height
    }
}

/// The order in which to try the files: the best first, then the smaller ones, as they load wherever the best one would, then the larger.
pub(crate) fn order(sizes: &[Size], screen: Size, save_data: bool) -> Vec<usize> {
    let mut ascending: Vec<(usize, Size)> = sizes.iter().copied().enumerate().collect();
    ascending.sort_by_key(|(_, size)| size.pixels());
    let best = if save_data {
        0
    } else {
        let smaller = ascending
            .iter()
            .take_while(|(_, size)| !size.fills(screen))
            .count();
        smaller.min(ascending.len().saturating_sub(1))
    };
    let (smaller, larger) = ascending
        .split_at_checked(best + 1)
        .unwrap_or((&ascending, &[]));
    smaller
        .iter()
        .rev()
        .chain(larger)
        .map(|(index, _)| *index)
        .collect()
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

    #[test]
    fn a_phone_gets_the_smallest_file_that_fills_its_screen() {
        assert_eq!(
            order(
                &SIZES,
                Size {
                    width: 780,
                    height: 1688
                },
                false
            ),
            [0, 1, 2]
        );
        assert_eq!(
            order(
                &SIZES,
                Size {
                    width: 640,
                    height: 1136
                },
                false
            ),
            [1, 0, 2]
        );
    }

    #[test]
    fn a_screen_larger_than_every_file_gets_the_largest() {
        assert_eq!(
            order(
                &SIZES,
                Size {
                    width: 3840,
                    height: 2160
                },
                false
            ),
            [2, 0, 1]
        );
    }

    #[test]
    fn a_shopper_who_saves_data_gets_the_smallest() {
        assert_eq!(
            order(
                &SIZES,
                Size {
                    width: 3840,
                    height: 2160
                },
                true
            ),
            [1, 0, 2]
        );
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
        assert_eq!(
            order(
                &vertical,
                Size {
                    width: 1440,
                    height: 900
                },
                false
            ),
            [1, 0]
        );
    }

    #[test]
    fn without_files_there_is_nothing_to_try() {
        assert_eq!(
            order(
                &[],
                Size {
                    width: 1,
                    height: 1
                },
                false
            ),
            [0_usize; 0]
        );
    }
}
