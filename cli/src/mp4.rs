//! How large and how long an MP4 is: the few fields of ISO/IEC 14496-12 that say so.
//!
//! Read by hand, since feeds bring broken files: of the crates that were tried, `mp4` 0.14 did not return within a minute from
//! a film with one flipped bit, and `re_mp4` 0.5 needed minutes for a set of such films. Here every length is checked against
//! what is there, and nothing but the box `moov` is read. A film whose upload broke off has its `moov` in front and says all
//! that a whole one says: that is why the boxes are walked to the end.

use std::io::{Read, Seek, SeekFrom};

/// A `moov` larger than this describes no film that a page would show.
const MOST_MOOV_BYTES: u64 = 64 << 20;

/// What a film says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Film {
    /// Width and height in pixels, as the picture is stored.
    pub(crate) stored: (u32, u32),
    /// Whether it is shown on its side: a phone held upright stores pictures lying, and a matrix that turns them.
    pub(crate) turned: bool,
    /// How long it is, in units.
    pub(crate) duration: u64,
    /// How many units a second has.
    pub(crate) timescale: u32,
}

/// Reads a film of `bytes` bytes; the error says what is wrong with it.
pub(crate) fn read(file: &mut (impl Read + Seek), bytes: u64) -> Result<Film, String> {
    let found = walk(file, bytes).map_err(|error| format!("cannot be read: {error}"))?;
    if let Some((name, missing)) = found.cut_off {
        return Err(format!(
            "is cut off: {missing} bytes of its {name} are missing"
        ));
    }
    let moov = found.moov.ok_or("is a broken MP4: it has no moov")?;
    if !found.media {
        return Err("has no film in it, only what would describe one: it has no mdat".to_owned());
    }
    let movie = child(&moov, b"mvhd")
        .and_then(length)
        .ok_or("is a broken MP4: it has no mvhd")?;
    let picture = boxes(&moov)
        .filter(|(name, _)| name == b"trak")
        .find(|(_, trak)| is_picture(trak))
        .ok_or("has no picture in it")?;
    let (stored, turned) = child(picture.1, b"tkhd")
        .and_then(size)
        .ok_or("is a broken MP4: it has no tkhd")?;
    // A film in fragments has its length, if any, in a box of its own.
    let fragments = child(&moov, b"mvex")
        .and_then(|mvex| child(mvex, b"mehd"))
        .and_then(fragments_length);
    Ok(Film {
        stored,
        turned,
        duration: fragments.unwrap_or(movie.1),
        timescale: movie.0,
    })
}

/// What stands in a file.
#[derive(Default)]
struct Found {
    /// The content of the box `moov`, which is anywhere among the boxes of the file.
    moov: Option<Vec<u8>>,
    /// Whether there is media.
    media: bool,
    /// The box that goes on behind the end of the file, and by how many bytes.
    cut_off: Option<(&'static str, u64)>,
}

/// Walks from box to box. What is no box ends the walk: some programs leave something of their own behind the film.
fn walk(file: &mut (impl Read + Seek), bytes: u64) -> std::io::Result<Found> {
    let mut found = Found::default();
    let mut at = 0u64;
    while at < bytes {
        file.seek(SeekFrom::Start(at))?;
        let mut header = Vec::new();
        file.take(16).read_to_end(&mut header)?;
        let Some((name, header_bytes, size)) = header_of(&header) else {
            break;
        };
        let end = at.saturating_add(size.unwrap_or(bytes - at));
        let known = ["moov", "mdat", "moof"]
            .into_iter()
            .find(|known| known.as_bytes() == name);
        found.media |= known == Some("mdat");
        if let Some(known) = known
            && end > bytes
        {
            found.cut_off = Some((known, end - bytes));
            break;
        }
        let content_at = at.saturating_add(header_bytes);
        let content = end.saturating_sub(content_at);
        if known == Some("moov") && found.moov.is_none() && content <= MOST_MOOV_BYTES {
            file.seek(SeekFrom::Start(content_at))?;
            let mut moov = Vec::new();
            file.take(content).read_to_end(&mut moov)?;
            found.moov = Some(moov);
        }
        at = end;
    }
    Ok(found)
}

/// Name, length of the header, and length of the box with its header (none: to the end); none for what is no box. A box is
/// at least as long as its header, so that walking always gets on.
fn header_of(bytes: &[u8]) -> Option<([u8; 4], u64, Option<u64>)> {
    let short = number(bytes, 0, 4)?;
    let name = *bytes.get(4..8)?.first_chunk()?;
    match short {
        0 => Some((name, 8, None)),
        1 => Some((name, 16, Some(number(bytes, 8, 8)?.max(16)))),
        size => (size >= 8).then_some((name, 8, Some(size))),
    }
}

/// The boxes in some content, each with its own content.
fn boxes(content: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = content;
    std::iter::from_fn(move || {
        let (name, header_bytes, size) = header_of(rest)?;
        let end = size.map_or(rest.len(), |size| {
            usize::try_from(size).unwrap_or(usize::MAX)
        });
        let inner = rest.get(usize::try_from(header_bytes).ok()?..end)?;
        rest = rest.get(end..)?;
        Some((name, inner))
    })
}

fn child<'a>(content: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(content)
        .find(|(found, _)| found == name)
        .map(|(_, inner)| inner)
}

fn is_picture(trak: &[u8]) -> bool {
    let handler = child(trak, b"mdia").and_then(|mdia| child(mdia, b"hdlr"));
    handler.and_then(|hdlr| hdlr.get(8..12)) == Some(b"vide")
}

/// Units a second and units, of an `mvhd`.
fn length(mvhd: &[u8]) -> Option<(u32, u64)> {
    let (scale_at, duration_bytes) = if is_long(mvhd)? { (20, 8) } else { (12, 4) };
    let timescale = u32::try_from(number(mvhd, scale_at, 4)?).ok()?;
    Some((timescale, number(mvhd, scale_at + 4, duration_bytes)?))
}

fn fragments_length(mehd: &[u8]) -> Option<u64> {
    number(mehd, 4, if is_long(mehd)? { 8 } else { 4 })
}

/// Width and height of a `tkhd`, and whether its matrix turns them by 90 degrees.
fn size(tkhd: &[u8]) -> Option<((u32, u32), bool)> {
    let matrix = if is_long(tkhd)? { 52 } else { 40 };
    let entry = |n: usize| number(tkhd, matrix + 4 * n, 4);
    let turned = entry(0)? == 0 && entry(4)? == 0 && entry(1)? != 0;
    // Fixed-point numbers: sixteen bits before the point.
    let pixels = |at: usize| u32::try_from(number(tkhd, at, 4)? >> 16).ok();
    Some(((pixels(matrix + 36)?, pixels(matrix + 40)?), turned))
}

/// Whether a box has times of eight bytes: version 1.
fn is_long(content: &[u8]) -> Option<bool> {
    Some(*content.first()? == 1)
}

/// The big-endian number of `length` bytes at `at`.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(
        bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
    )
}
