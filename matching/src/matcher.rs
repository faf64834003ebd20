//! The match: which of a record's videos a shop may show to a shopper, and in which order.
//!
//! A video is shown when its language serves the shopper ([`crate::language`]), its kind is asked for, the shop shows its
//! age rating, its market is the page's, its time has come and not passed, and the brand lets the shop show it. The
//! checks run in that order, and a video that is not shown says which check failed; of several reasons, that of the video
//! that came furthest speaks.
//!
//! What is shown is ordered by language, then by the kinds in the order asked for, then by the brand's own order; at most
//! twelve.

use crate::language::{Fit, Wanted};
use crate::record::{Record, Video};
use crate::{Kind, Language, Market, Reason};

/// The most videos of one product.
pub const MOST_VIDEOS: usize = 12;

/// What is asked of every video of a look-up.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What may be heard.
    pub wanted: Wanted<'a>,
    /// The kinds asked for, in order; empty: all. None in it stands for a name that is no kind: nothing matches it.
    pub kinds: &'a [Option<Kind>],
    /// The market of the page.
    pub market: Option<Market>,
    /// The shop's id.
    pub shop: &'a str,
    /// The oldest rating the shop shows, in years.
    pub age: u8,
    /// The time, in milliseconds since 1970.
    pub now_ms: u64,
}

/// A video that may be shown, and why.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The video.
    pub video: &'a Video,
    /// How its language serves the shopper.
    pub fit: Fit<'a>,
    /// The place of its kind among those asked for.
    kind: usize,
}

/// What a record has for a shopper.
#[derive(Debug, Clone)]
pub struct Match<'a> {
    /// The videos to show, in order, or why there is none.
    pub videos: Result<Vec<Shown<'a>>, Reason>,
    /// Up to when this holds, in milliseconds since 1970: the next time at which a video begins or ends; [`u64::MAX`]
    /// when none does.
    pub until_ms: u64,
}

/// Matches one record.
#[must_use]
pub fn matched<'a>(ask: &Ask<'a>, record: &'a Record) -> Match<'a> {
    let mut shown = Vec::new();
    let mut reason = Reason::NoVideo;
    let mut until_ms = u64::MAX;
    for video in &record.videos {
        until_ms = until_ms.min(next_change(video, ask.now_ms));
        match judge(ask, video) {
            Ok(video) => shown.push(video),
            Err(failed) => reason = reason.min(failed),
        }
    }
    if shown.is_empty() {
        return Match {
            videos: Err(reason),
            until_ms,
        };
    }
    shown.sort_by(|a, b| a.fit.better(&b.fit).then(a.kind.cmp(&b.kind)));
    shown.truncate(MOST_VIDEOS);
    Match {
        videos: Ok(shown),
        until_ms,
    }
}

/// The languages of the videos that fail for nothing but their language, each once, in the brand's order.
#[must_use]
pub fn other_languages<'a>(ask: &Ask<'_>, record: &'a Record) -> Vec<&'a Language> {
    let mut languages = Vec::new();
    for video in &record.videos {
        if permitted(ask, video).is_ok() && !languages.contains(&&video.language) {
            languages.push(&video.language);
        }
    }
    languages
}

fn judge<'a>(ask: &Ask<'a>, video: &'a Video) -> Result<Shown<'a>, Reason> {
    let fit = ask
        .wanted
        .fit(&video.language, &video.captions)
        .ok_or(Reason::NoLanguage)?;
    let kind = permitted(ask, video)?;
    Ok(Shown { video, fit, kind })
}

/// Every check but the language; the place of the kind when all pass.
fn permitted(ask: &Ask<'_>, video: &Video) -> Result<usize, Reason> {
    let kind = place_of_kind(ask.kinds, video.kind).ok_or(Reason::NoKind)?;
    if video.age > ask.age {
        return Err(Reason::AgeRestricted);
    }
    if !video.markets.is_empty()
        && !ask
            .market
            .is_some_and(|market| video.markets.contains(&market))
    {
        return Err(Reason::NotInMarket);
    }
    if video.until_ms <= ask.now_ms {
        return Err(Reason::NoLonger);
    }
    if video.from_ms > ask.now_ms {
        return Err(Reason::NotYet);
    }
    let listed = |shops: &[Box<str>]| shops.iter().any(|shop| &**shop == ask.shop);
    if (!video.shops.is_empty() && !listed(&video.shops)) || listed(&video.not_shops) {
        return Err(Reason::ShopExcluded);
    }
    Ok(kind)
}

fn place_of_kind(kinds: &[Option<Kind>], kind: Kind) -> Option<usize> {
    if kinds.is_empty() {
        return Some(0);
    }
    kinds.iter().position(|asked| *asked == Some(kind))
}

fn next_change(video: &Video, now_ms: u64) -> u64 {
    [video.from_ms, video.until_ms]
        .into_iter()
        .filter(|change| *change > now_ms)
        .min()
        .unwrap_or(u64::MAX)
}
