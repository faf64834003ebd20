//! The files of a feed: what they are, how large and how long, and the name made from their content under which they are
//! served. What a file is called is not believed; what is in it counts.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use shelfreel_matching::catalogue::{
    Captions, Column, Draft, Files, MOST_DURATION_MS, MOST_PIXELS, Place, Refusal, Size, Source,
};
use shelfreel_matching::projection::hex;

use crate::mp4;
use crate::store::MOST_OBJECT_BYTES;

/// Captions are read whole; no film has as many words.
const MOST_CAPTIONS_BYTES: u64 = 4 << 20;

/// A file that was looked at.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) path: PathBuf,
    /// 32 hexadecimal digits of its SHA-256, and an extension.
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    /// As it was when it was looked at.
    pub(crate) stamp: Stamp,
    bytes: u64,
    size: Size,
    duration_ms: u64,
}

/// What tells that a file has been written to: its length, and when it was last changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp(u64, Option<SystemTime>);

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self(metadata.len(), metadata.modified().ok())
    }
}

/// What a file should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Role {
    Film,
    Poster,
    Captions,
}

/// Looks at each file once.
pub(crate) struct Shelf {
    folder: PathBuf,
    media_base: String,
    seen: HashMap<(String, Role), Result<Measured, String>>,
}

impl Shelf {
    pub(crate) fn new(feed: &Path, media_base: &str) -> Self {
        Self {
            folder: feed.parent().map(Path::to_path_buf).unwrap_or_default(),
            media_base: media_base.to_owned(),
            seen: HashMap::new(),
        }
    }

    /// The files of a draft: in the form in which they are published, and those that must be uploaded for it.
    pub(crate) fn files(&mut self, draft: &Draft) -> Result<(Files, Vec<Measured>), Vec<Refusal>> {
        let mut take = Take {
            shelf: self,
            line: draft.line,
            uploads: Vec::new(),
            refusals: Vec::new(),
        };
        let (sources, duration_ms) = take.films(draft);
        let poster = draft
            .poster
            .as_ref()
            .and_then(|place| take.url(Column::Poster, place, Role::Poster));
        let captions = draft
            .captions
            .iter()
            .filter_map(|(language, place)| {
                Some(Captions {
                    url: take.url(Column::Captions, place, Role::Captions)?,
                    language: language.to_string(),
                })
            })
            .collect();
        let (uploads, refusals) = (take.uploads, take.refusals);
        match duration_ms {
            Some(duration_ms) if refusals.is_empty() => Ok((
                Files {
                    sources,
                    poster,
                    captions,
                    duration_ms,
                },
                uploads,
            )),
            _ => Err(refusals),
        }
    }

    fn measured(&mut self, file: &str, role: Role) -> Result<Measured, String> {
        let folder = &self.folder;
        self.seen
            .entry((file.to_owned(), role))
            .or_insert_with(|| {
                measure(folder, file, role).map_err(|reason| format!("{file} {reason}"))
            })
            .clone()
    }
}

struct Take<'a> {
    shelf: &'a mut Shelf,
    line: u64,
    uploads: Vec<Measured>,
    refusals: Vec<Refusal>,
}

impl Take<'_> {
    fn refuse(&mut self, column: Column, reason: String) {
        self.refusals.push(Refusal {
            line: self.line,
            column: Some(column),
            reason,
        });
    }

    /// The films, and how long the first is.
    fn films(&mut self, draft: &Draft) -> (Vec<Source>, Option<u64>) {
        let mut sources = Vec::new();
        let mut duration_ms = None;
        let mut sizes = draft.sizes.iter();
        for place in &draft.media {
            match place {
                Place::Url(url) => {
                    let Some(media_type) = type_of_url(url) else {
                        self.refuse(
                            Column::Media,
                            format!("{url} does not end in .mp4, .webm or .m3u8: what is it?"),
                        );
                        continue;
                    };
                    if let Some(size) = sizes.next() {
                        duration_ms = duration_ms.or(draft.duration_ms);
                        sources.push(Source {
                            url: url.clone(),
                            media_type: media_type.to_owned(),
                            width: size.width,
                            height: size.height,
                            bytes: None,
                        });
                    }
                }
                Place::File(file) => {
                    if let Some(film) = self.file(Column::Media, file, Role::Film) {
                        duration_ms = duration_ms.or(Some(film.duration_ms));
                        sources.push(Source {
                            url: self.shelf.media_base.clone() + &film.name,
                            media_type: film.media_type.to_owned(),
                            width: film.size.width,
                            height: film.size.height,
                            bytes: Some(film.bytes),
                        });
                    }
                }
            }
        }
        (sources, duration_ms)
    }

    fn url(&mut self, column: Column, place: &Place, role: Role) -> Option<String> {
        match place {
            Place::Url(url) => Some(url.clone()),
            Place::File(file) => {
                let measured = self.file(column, file, role)?;
                Some(self.shelf.media_base.clone() + &measured.name)
            }
        }
    }

    fn file(&mut self, column: Column, file: &str, role: Role) -> Option<Measured> {
        match self.shelf.measured(file, role) {
            Ok(measured) => {
                self.uploads.push(measured.clone());
                Some(measured)
            }
            Err(reason) => {
                self.refuse(column, reason);
                None
            }
        }
    }
}

fn type_of_url(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next()?.to_ascii_lowercase();
    [
        (".mp4", "video/mp4"),
        (".webm", "video/webm"),
        (".m3u8", "application/vnd.apple.mpegurl"),
    ]
    .into_iter()
    .find_map(|(ending, media_type)| path.ends_with(ending).then_some(media_type))
}

fn measure(folder: &Path, file: &str, role: Role) -> Result<Measured, String> {
    let relative = Path::new(file);
    if !relative
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
    {
        return Err(
            "is not beside the feed: write a path from the feed's folder, without ..".to_owned(),
        );
    }
    let path = folder.join(relative);
    let stamp = stamp(&path)?;
    let mut reader = File::open(&path).map_err(|error| format!("cannot be read: {error}"))?;
    let (hash, bytes) =
        hash(&mut reader, stamp.0).map_err(|error| format!("cannot be read: {error}"))?;
    if bytes != stamp.0 {
        return Err("has changed while it was read: run the import again".to_owned());
    }
    let looked = match role {
        Role::Film => film(&mut reader, bytes),
        Role::Poster => poster(&mut reader, bytes),
        Role::Captions => captions(&mut reader, bytes),
    }?;
    Ok(Measured {
        path,
        name: format!("{hash}.{}", looked.extension),
        media_type: looked.media_type,
        stamp,
        bytes,
        size: looked.size,
        duration_ms: looked.duration_ms,
    })
}

/// Looks at what a path leads to before it is opened: to open a pipe waits for who writes into it, and a device never ends.
fn stamp(path: &Path) -> Result<Stamp, String> {
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("is not there ({})", path.display()),
        _ => format!("cannot be read: {error}"),
    })?;
    if metadata.is_dir() {
        return Err("is a folder: name the file in it".to_owned());
    }
    if !metadata.is_file() {
        return Err("is no file, but a device or a pipe".to_owned());
    }
    let bytes = metadata.len();
    if bytes > MOST_OBJECT_BYTES {
        return Err(format!(
            "has {bytes} bytes: the API takes {MOST_OBJECT_BYTES}; give it as an https:// URL"
        ));
    }
    Ok(Stamp::of(&metadata))
}

struct Looked {
    extension: &'static str,
    media_type: &'static str,
    size: Size,
    duration_ms: u64,
}

/// The digest of a file of `bytes` bytes, and how many there are, at most one more.
fn hash(file: &mut File, bytes: u64) -> std::io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let bytes = std::io::copy(&mut file.take(bytes.saturating_add(1)), &mut hasher)?;
    file.seek(SeekFrom::Start(0))?;
    Ok((hex(&hasher.finalize(), 32), bytes))
}

fn film(file: &mut File, bytes: u64) -> Result<Looked, String> {
    let mut head = Vec::new();
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    file.by_ref()
        .take(12)
        .read_to_end(&mut head)
        .map_err(unreadable)?;
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    match head.as_slice() {
        [_, _, _, _, b'f', b't', b'y', b'p', b'q', b't', ..] => {
            Err("is QuickTime: browsers want MP4 (H.264 and AAC)".to_owned())
        }
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => mp4(file, bytes),
        [0x1A, 0x45, 0xDF, 0xA3, ..] => {
            Err("is WebM, which Safari on older phones does not play: write MP4 (H.264 and AAC), or give it as an https:// URL".to_owned())
        }
        _ => Err("is no MP4".to_owned()),
    }
}

fn mp4(file: &mut File, bytes: u64) -> Result<Looked, String> {
    let film = mp4::read(file, bytes)?;
    let (width, height) = film.stored;
    let size = if film.turned {
        Size {
            width: height,
            height: width,
        }
    } else {
        Size { width, height }
    };
    let duration_ms = milliseconds(film.duration, u64::from(film.timescale)).ok_or(
        "does not say how long it is: write it in one piece (ffmpeg -movflags +faststart)",
    )?;
    sized("mp4", "video/mp4", size, duration_ms)
}

/// Rounded milliseconds; none for no time at all.
fn milliseconds(units: u64, per_second: u64) -> Option<u64> {
    let rounded = u128::from(units)
        .checked_mul(1_000)?
        .checked_add(u128::from(per_second / 2))?
        .checked_div(u128::from(per_second))?;
    u64::try_from(rounded).ok().filter(|duration| *duration > 0)
}

fn sized(
    extension: &'static str,
    media_type: &'static str,
    size: Size,
    duration_ms: u64,
) -> Result<Looked, String> {
    let Size { width, height } = size;
    if [width, height]
        .iter()
        .any(|side| !(1..=MOST_PIXELS).contains(side))
    {
        return Err(format!(
            "is {width} by {height} pixels: a side has 1 to {MOST_PIXELS}"
        ));
    }
    if duration_ms > MOST_DURATION_MS {
        let (hours, most) = (duration_ms / 3_600_000, MOST_DURATION_MS / 3_600_000);
        return Err(format!(
            "says that it is {hours} hours long: at most {most}"
        ));
    }
    Ok(Looked {
        extension,
        media_type,
        size,
        duration_ms,
    })
}

fn poster(file: &mut File, bytes: u64) -> Result<Looked, String> {
    let reader = BufReader::new(&*file);
    let mut head = Vec::new();
    reader
        .take(64)
        .read_to_end(&mut head)
        .map_err(|error| format!("cannot be read: {error}"))?;
    file.seek(SeekFrom::Start(0))
        .map_err(|error| format!("cannot be read: {error}"))?;
    let (extension, media_type) = match imagesize::image_type(&head) {
        Ok(imagesize::ImageType::Jpeg) => ("jpg", "image/jpeg"),
        Ok(imagesize::ImageType::Png) => ("png", "image/png"),
        Ok(imagesize::ImageType::Webp) => ("webp", "image/webp"),
        _ => return Err("is neither JPEG nor PNG nor WebP".to_owned()),
    };
    let size = imagesize::reader_size(BufReader::new(&*file))
        .map_err(|error| format!("is a broken picture: {error}"))?;
    if !is_whole(file, bytes, media_type).map_err(|error| format!("cannot be read: {error}"))? {
        return Err("is a picture that is cut off".to_owned());
    }
    let pixels = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    sized(
        extension,
        media_type,
        Size {
            width: pixels(size.width),
            height: pixels(size.height),
        },
        0,
    )
}

/// Whether a picture goes on to its end, by what stands there.
fn is_whole(file: &mut File, bytes: u64, media_type: &str) -> std::io::Result<bool> {
    file.seek(SeekFrom::Start(0))?;
    match media_type {
        "image/jpeg" => contains(file, b"\xFF\xD9"),
        "image/png" => contains(file, b"IEND"),
        _ => {
            let mut head = [0; 8];
            file.read_exact(&mut head)?;
            let [_, _, _, _, length @ ..] = head;
            Ok(u64::from(u32::from_le_bytes(length)) + 8 <= bytes)
        }
    }
}

/// Whether these bytes stand somewhere in a file.
fn contains(file: &mut File, wanted: &[u8]) -> std::io::Result<bool> {
    let mut window = Vec::new();
    loop {
        let read = file.take(1 << 16).read_to_end(&mut window)?;
        if window.windows(wanted.len()).any(|found| found == wanted) {
            return Ok(true);
        }
        if read == 0 {
            return Ok(false);
        }
        // The end of this piece may be the first half of it.
        window.drain(..window.len().saturating_sub(wanted.len()));
    }
}

fn captions(file: &mut File, bytes: u64) -> Result<Looked, String> {
    if bytes > MOST_CAPTIONS_BYTES {
        return Err(format!(
            "has {bytes} bytes: captions have at most {MOST_CAPTIONS_BYTES}"
        ));
    }
    let mut text = Vec::new();
    file.read_to_end(&mut text)
        .map_err(|error| format!("cannot be read: {error}"))?;
    let text = String::from_utf8(text).map_err(|_| "is not UTF-8, as WebVTT must be".to_owned())?;
    let body = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let after = body.strip_prefix("WEBVTT").map(|rest| rest.chars().next());
    if !matches!(after, Some(None | Some(' ' | '\t' | '\n' | '\r'))) {
        return Err("does not begin with WEBVTT: captions are WebVTT".to_owned());
    }
    Ok(Looked {
        extension: "vtt",
        media_type: "text/vtt",
        size: Size {
            width: 0,
            height: 0,
        },
        duration_ms: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str) -> Vec<u8> {
        let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(path).unwrap()
    }

    fn look(content: &[u8], role: Role) -> Result<Measured, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), content).unwrap();
        measure(folder.path(), "file", role)
    }

    #[test]
    fn films_are_measured_as_they_are_shown() {
        for (name, width, height, duration_ms) in
            [("film.mp4", 64, 36, 1_500), ("upright.mp4", 36, 64, 1_500)]
        {
            let film = look(&fixture(name), Role::Film).unwrap();
            assert_eq!(
                (film.size, film.duration_ms),
                (Size { width, height }, duration_ms),
                "{name}"
            );
        }
        let error = look(&fixture("fragmented.mp4"), Role::Film).unwrap_err();
        assert!(error.contains("does not say how long it is"), "{error}");
    }

    #[test]
    fn a_name_is_the_first_half_of_the_hash_of_the_content() {
        let captions = look(b"WEBVTT\n", Role::Captions).unwrap();
        assert_eq!(captions.name, "73420fdc06730575e08b8a09b5b3824e.vtt");
        assert_eq!(captions.media_type, "text/vtt");
        for bad in [&b"WEBVTTX\n"[..], b"1\n00:00", b"WEBVTT \xFF", b""] {
            assert!(look(bad, Role::Captions).is_err());
        }
    }

    /// A film with these bytes in the place of some others.
    fn changed(film: &[u8], behind: &[u8], at: usize, with: &[u8]) -> Vec<u8> {
        let found = film.windows(behind.len()).position(|seen| seen == behind);
        let start = found.unwrap() + behind.len() + at;
        let mut film = film.to_vec();
        film[start..start + with.len()].copy_from_slice(with);
        film
    }

    #[test]
    fn a_film_or_picture_that_is_cut_off_is_refused() {
        for (name, role, wanted) in [
            ("film.mp4", Role::Film, "is cut off: 9 bytes of its mdat"),
            ("poster.png", Role::Poster, "is a picture that is cut off"),
            ("poster.jpg", Role::Poster, "is a picture that is cut off"),
        ] {
            let whole = fixture(name);
            assert_eq!(look(&whole, role).err(), None);
            let error = look(&whole[..whole.len() - 9], role).unwrap_err();
            assert!(error.contains(wanted), "{name}: {error}");
            let followed = [&whole[..], b"\n--end of upload"].concat();
            assert_eq!(look(&followed, role).err(), None, "{name}");
        }
        let film = fixture("film.mp4");
        let moov = film.windows(4).position(|seen| seen == b"moov").unwrap() - 4;
        let size = u32::from_be_bytes(film[moov..moov + 4].try_into().unwrap()) as usize;
        let error = look(&film[..moov + size], Role::Film).unwrap_err();
        assert!(error.contains("it has no mdat"), "{error}");
        let error = look(&film[..moov + size - 1], Role::Film).unwrap_err();
        assert!(error.contains("1 bytes of its moov are missing"), "{error}");
        let webp =
            b"RIFF\x1A\0\0\0WEBPVP8L\x0D\0\0\0\x2F\0\0\0\x10\x07\x10\x11\x11\x88\x88\xFE\x07\0";
        assert_eq!(look(webp, Role::Poster).err(), None);
        assert!(look(&webp[..webp.len() - 1], Role::Poster).is_err());
    }

    #[test]
    fn what_no_film_or_picture_measures_is_refused() {
        let film = fixture("film.mp4");
        // Behind the name of an mvhd: version and flags, two times, units a second, units.
        let days = changed(
            &film,
            b"mvhd",
            16,
            &(24 * 3_600 * 1_000 + 1_000u32).to_be_bytes(),
        );
        let error = look(
            &changed(&days, b"mvhd", 12, &1_000u32.to_be_bytes()),
            Role::Film,
        );
        assert_eq!(
            error.unwrap_err(),
            "says that it is 24 hours long: at most 24"
        );
        let day = changed(&film, b"mvhd", 16, &(24 * 3_600 * 1_000u32).to_be_bytes());
        let day = changed(&day, b"mvhd", 12, &1_000u32.to_be_bytes());
        assert_eq!(look(&day, Role::Film).unwrap().duration_ms, 24 * 3_600_000);
        // The last two numbers of a tkhd.
        let tkhd = |at: usize, side: u16| {
            let picture = look(
                &changed(&film, b"tkhd", at, &side.to_be_bytes()),
                Role::Film,
            );
            picture.map(|film| film.size)
        };
        for (at, side) in [(76, 0), (80, 0), (76, 16_385), (80, 16_385)] {
            let error = tkhd(at, side).unwrap_err();
            assert!(error.contains("pixels: a side has 1 to 16384"), "{error}");
        }
        assert_eq!(tkhd(76, 16_384).unwrap().width, 16_384);
        let png = fixture("poster.png");
        for side in [0, 16_385, u32::MAX] {
            let error = look(
                &changed(&png, b"IHDR", 0, &side.to_be_bytes()),
                Role::Poster,
            );
            assert!(
                error.unwrap_err().contains("a side has 1 to 16384"),
                "{side}"
            );
        }
    }

    #[test]
    fn broken_films_and_pictures_are_refused_or_measured_and_never_stop_the_import() {
        for (name, role) in [
            ("film.mp4", Role::Film),
            ("fragmented.mp4", Role::Film),
            ("poster.png", Role::Poster),
            ("poster.jpg", Role::Poster),
        ] {
            let whole = fixture(name);
            for length in (0..whole.len()).step_by(7) {
                let _ = look(&whole[..length], role);
            }
            for at in 0..whole.len().min(1_200) {
                for flipped in [0x80, 0xFF] {
                    let mut broken = whole.clone();
                    broken[at] ^= flipped;
                    let _ = look(&broken, role);
                }
            }
        }
    }
}
