//! Which of a video's files to play. Of files the smallest that fills the screen; the smallest of all where the shopper saves data. A stream (HLS) brings its own choice
//! of sizes, for which it costs an engine and two requests more: it comes first where the film is long, else last.

/// A film of this length is no longer played from one file, if there is a stream of it.
pub(crate) const LONG_MS: u32 = 60_000;

/// One encoding of a video: a file, in pixels, or a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) is_stream: bool,
}

/// What decides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// The screen, in pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) save_data: bool,
    /// The film is long.
    pub(crate) long: bool,
}

/// Where a source stands in the order in which they are tried, below [`LAST`].
///
/// The smallest file that fills the screen (is shrunk, or shown as it is, when fitted into it) is best, then the next larger ones; then the smaller ones, the largest
/// first. Where data is saved everything fills the screen, and a stream, which takes what the network gives, is for want of files only.
pub(crate) fn order(source: Source, wish: Wish) -> u32 {
    // An import takes sides of at most 16,384.
    let pixels = source.width.wrapping_mul(source.height);
    if source.is_stream {
        if wish.long && !wish.save_data {
            0
        } else {
            LAST - 1
        }
    } else if wish.save_data || source.width >= wish.width || source.height >= wish.height {
        pixels + 1
    } else {
        LAST - 2 - pixels
    }
}

/// What comes after all others.
pub(crate) const LAST: u32 = u32::MAX - 1;

#[cfg(test)]
mod tests {
    use super::*;

    const fn file(width: u32, height: u32) -> Source {
        Source {
            width,
            height,
            is_stream: false,
        }
    }

    const FILES: [Source; 3] = [file(1280, 720), file(640, 360), file(1920, 1080)];

    /// A stream between two files.
    const MIXED: [Source; 3] = [
        file(1280, 720),
        Source {
            is_stream: true,
            ..file(1920, 1080)
        },
        file(640, 360),
    ];

    const fn screen(width: u32, height: u32) -> Wish {
        Wish {
            width,
            height,
            save_data: false,
            long: false,
        }
    }

    /// The places in the order in which they are tried, each having failed.
    fn places(sources: &[Source], wish: Wish) -> Vec<usize> {
        let mut places: Vec<usize> = (0..sources.len()).collect();
        places.sort_by_key(|place| order(sources[*place], wish));
        places
    }

    #[test]
    fn a_phone_gets_the_smallest_file_that_fills_its_screen() {
        assert_eq!(places(&FILES, screen(780, 1688)), [0, 2, 1]);
        assert_eq!(places(&FILES, screen(640, 1136)), [1, 0, 2]);
    }

    #[test]
    fn a_screen_larger_than_every_file_gets_the_largest() {
        assert_eq!(places(&FILES, screen(3840, 2160)), [2, 0, 1]);
    }

    #[test]
    fn a_shopper_who_saves_data_gets_the_smallest() {
        let saving = Wish {
            save_data: true,
            ..screen(3840, 2160)
        };
        assert_eq!(places(&FILES, saving), [1, 0, 2]);
    }

    #[test]
    fn a_vertical_file_fills_a_wide_screen_by_its_height() {
        let vertical = [file(1080, 1920), file(540, 960)];
        assert_eq!(places(&vertical, screen(1440, 900)), [1, 0]);
    }

    #[test]
    fn a_stream_comes_first_where_the_film_is_long_and_last_where_it_is_short_or_data_is_saved() {
        let long = Wish {
            long: true,
            ..screen(1280, 720)
        };
        assert_eq!(places(&MIXED, long), [1, 0, 2]);
        assert_eq!(places(&MIXED, screen(1280, 720)), [0, 2, 1]);
        let saving = Wish {
            save_data: true,
            ..long
        };
        assert_eq!(places(&MIXED, saving), [2, 0, 1]);
        assert_eq!(places(&MIXED[1..2], saving), [0], "for want of files");
    }

    #[test]
    fn a_file_of_any_size_comes_before_what_comes_last() {
        let huge = file(16_384, 16_384);
        assert!(order(huge, screen(1, 1)) < LAST);
        assert!(order(file(0, 0), screen(1, 1)) < LAST);
    }
}
