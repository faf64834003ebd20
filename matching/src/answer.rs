//! The answer to a look-up, written as JSON straight into a text: the wire of `docs/wire.md`, version 1.
//!
//! A page with one product is answered by copying what the record's reading has put together; nothing is serialised again.

use std::fmt::Write as _;

use crate::code::{Asked, Lead};
use crate::json;
use crate::language::Wanted;
use crate::look_up::LookUp;
use crate::matcher::{self, Ask, Shown};
use crate::record::{Record, Shop};
use crate::texts::{KindSet, Texts};
use crate::{Language, Market, Reason};

/// What the edge knows of the shop that asks.
#[derive(Debug, Clone, Copy)]
pub enum ShopState<'a> {
    /// It may ask.
    Known(&'a Shop),
    /// No shop has this id.
    Unknown,
    /// The page's origin is not one of the shop's.
    OriginNotRegistered,
    /// The stores are out of reach and nothing is held.
    Unavailable,
}

/// What the edge has under a key.
#[derive(Debug, Clone, Copy)]
pub enum Held<'a> {
    /// A record.
    Record(&'a Record),
    /// Nothing: nothing is published there.
    Nothing,
    /// The stores are out of reach and nothing is held.
    Unavailable,
}

/// What an answer is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Up to when it holds, in milliseconds since 1970: the next time at which one of the videos begins or ends;
    /// [`u64::MAX`] when none does.
    pub until_ms: u64,
    /// Whether something was out of reach: such an answer must not be stored, nor counted as demand.
    pub unavailable: bool,
    /// What was asked for and what came of it, of every product with a code that could be read. Empty when the shop or the page may not ask.
    pub demand: Vec<Demand>,
}

/// That a product was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Which of the look-up's products.
    pub product: usize,
    /// Which of its codes: the one that matched, else the one that came furthest.
    pub code: usize,
    /// Why there was no video; `None` when there was.
    pub why: Option<Reason>,
}

/// Writes the answer to `look_up` at the end of `out`.
///
/// `held` gives what is held under a key of [`LookUp::keys`]; `country` is the shopper's, as the network sees it
/// (ISO 3166-1 alpha-2); `now_ms` is the time in milliseconds since 1970.
///
/// ```
/// use shelfreel_matching::{LookUp, Record, Shop, answer};
///
/// let look_up = LookUp::parse("shop_fjord", "lang=nl-BE&p=8710103937746")?;
/// let shop = Shop::parse(r#"{"v":1,"origins":["*"],"languages":["nl"]}"#)?;
/// let record = Record::parse(
///     r#"{"v":1,"videos":[{"id":"a","brand":"kenwick","kind":"guide","language":"nl","show":{"title":"A"}}]}"#,
/// )?;
/// let mut json = String::new();
/// let held = |_: &str| answer::Held::Record(&record);
/// answer::write(&look_up, answer::ShopState::Known(&shop), held, Some("BE"), 0, &mut json);
/// assert!(json.contains(r#""why":{"code":"gtin:08710103937746","language":"broader","wish":"nl-BE"}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write<'a>(
    look_up: &LookUp,
    shop: ShopState<'a>,
    held: impl Fn(&str) -> Held<'a>,
    country: Option<&str>,
    now_ms: u64,
    out: &mut String,
) -> Written {
    let refused = match shop {
        ShopState::Known(shop) => {
            let ask = ask(look_up, shop, country, now_ms);
            return write_known(look_up, &ask, held, out);
        }
        ShopState::Unknown => Reason::UnknownShop,
        ShopState::OriginNotRegistered => Reason::OriginNotRegistered,
        ShopState::Unavailable => Reason::Unavailable,
    };
    write_refused(look_up, refused, out);
    Written {
        until_ms: u64::MAX,
        unavailable: refused == Reason::Unavailable,
        demand: Vec::new(),
    }
}

fn ask<'a>(look_up: &'a LookUp, shop: &'a Shop, country: Option<&str>, now_ms: u64) -> Ask<'a> {
    Ask {
        wanted: Wanted {
            wishes: &look_up.wishes.languages,
            shop: &shop.languages,
        },
        kinds: &look_up.kinds,
        market: look_up
            .market
            .or(shop.market)
            .or_else(|| country.and_then(Market::parse)),
        shop: &look_up.shop,
        age: shop.age,
        now_ms,
    }
}

fn write_refused(look_up: &LookUp, reason: Reason, out: &mut String) {
    out.push_str("{\"v\":1,");
    json::field(out, "why", reason.name());
    out.push(',');
    json::field(out, "say", say_refused(reason));
    out.push_str(",\"products\":[");
    for at in 0..look_up.products.len() {
        if at > 0 {
            out.push(',');
        }
        out.push_str("{\"videos\":[],");
        json::field(out, "why", reason.name());
        out.push('}');
    }
    out.push_str("]}");
}

const fn say_refused(reason: Reason) -> &'static str {
    match reason {
        Reason::UnknownShop => "no shop has this id: see data-shop in the script tag",
        Reason::OriginNotRegistered => {
            "this page's origin is not one of the shop's: the operator can add it"
        }
        _ => "the stores are out of reach: ask again later",
    }
}

fn write_known<'a>(
    look_up: &LookUp,
    ask: &Ask<'_>,
    held: impl Fn(&str) -> Held<'a>,
    out: &mut String,
) -> Written {
    let mut answer = Answer {
        ask,
        out,
        kinds: KindSet::default(),
        written: Written {
            until_ms: u64::MAX,
            unavailable: false,
            demand: Vec::with_capacity(look_up.products.len()),
        },
    };
    answer.out.push_str("{\"v\":1,\"products\":[");
    for (at, codes) in look_up.products.iter().enumerate() {
        if at > 0 {
            answer.out.push(',');
        }
        answer.product(at, codes, &held);
    }
    answer.out.push(']');
    answer.texts();
    answer.ignored(look_up);
    answer.out.push('}');
    answer.written
}

struct Answer<'a, 'o> {
    ask: &'a Ask<'a>,
    out: &'o mut String,
    kinds: KindSet,
    written: Written,
}

/// A code that leads to no video.
struct Failed<'r> {
    reason: Reason,
    record: Option<&'r Record>,
}

impl Answer<'_, '_> {
    fn product<'r>(&mut self, product: usize, codes: &[Asked], held: &impl Fn(&str) -> Held<'r>) {
        let mut failed = Vec::new();
        for (at, code) in codes.iter().enumerate() {
            let lead = match &code.lead {
                Ok(lead) => lead,
                Err(error) => {
                    failed.push(Failed {
                        reason: error.reason(),
                        record: None,
                    });
                    continue;
                }
            };
            match self.lead(lead, held(&lead.key)) {
                Ok(()) => {
                    self.written.demand.push(Demand {
                        product,
                        code: at,
                        why: None,
                    });
                    return;
                }
                Err(why) => failed.push(why),
            }
        }
        let readable = failed.iter().zip(codes).enumerate();
        let furthest = readable
            .filter(|(_, (_, code))| code.lead.is_ok())
            .min_by_key(|(_, (failed, _))| failed.reason);
        if let Some((at, (failed, _))) = furthest {
            self.written.demand.push(Demand {
                product,
                code: at,
                why: Some(failed.reason),
            });
        }
        self.nothing(codes, &failed);
    }

    /// Writes the product if this code has videos to show.
    fn lead<'r>(&mut self, lead: &Lead, held: Held<'r>) -> Result<(), Failed<'r>> {
        let record = match held {
            Held::Record(record) => record,
            Held::Nothing | Held::Unavailable => {
                let unavailable = matches!(held, Held::Unavailable);
                self.written.unavailable |= unavailable;
                let reason = if unavailable {
                    Reason::Unavailable
                } else {
                    Reason::NoVideo
                };
                return Err(Failed {
                    reason,
                    record: None,
                });
            }
        };
        let matched = matcher::matched(self.ask, record);
        self.written.until_ms = self.written.until_ms.min(matched.until_ms);
        match matched.videos {
            Ok(videos) => {
                self.videos(lead, &videos);
                Ok(())
            }
            Err(reason) => Err(Failed {
                reason,
                record: Some(record),
            }),
        }
    }

    fn videos(&mut self, lead: &Lead, videos: &[Shown<'_>]) {
        self.out.push_str("{\"videos\":[");
        for (at, shown) in videos.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.kinds.add(shown.video.kind);
            self.out.push_str(&shown.video.opening);
            self.why(lead, shown);
            self.out.push('}');
        }
        self.out.push_str("]}");
    }

    fn why(&mut self, lead: &Lead, shown: &Shown<'_>) {
        self.out.push_str(",\"why\":{");
        json::field(self.out, "code", &lead.key);
        self.out.push(',');
        json::field(self.out, "language", shown.fit.rule.name());
        if let Some(wish) = shown.fit.wish {
            self.out.push(',');
            json::field(self.out, "wish", wish.as_str());
        }
        self.how_read(lead);
        self.out.push('}');
    }

    /// Writes what had to be put right to read a code, and the case it was taken from.
    fn how_read(&mut self, lead: &Lead) {
        if let Some(mended) = lead.mended {
            self.out.push(',');
            json::field(self.out, "mended", mended.name());
        }
        if let Some(case) = &lead.contained_in {
            self.out.push(',');
            json::field(self.out, "contained_in", case);
        }
    }

    /// Writes a product without a video: the reason of the code that came furthest, then each code's.
    fn nothing(&mut self, codes: &[Asked], failed: &[Failed<'_>]) {
        let reason = failed
            .iter()
            .map(|failed| failed.reason)
            .min()
            .unwrap_or(Reason::CodeEmpty);
        self.out.push_str("{\"videos\":[],");
        json::field(self.out, "why", reason.name());
        self.out.push_str(",\"codes\":[");
        for (at, (code, failed)) in codes.iter().zip(failed).enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.code(code, failed);
        }
        self.out.push(']');
        if reason == Reason::NoLanguage {
            self.languages(&self.other_languages(failed));
        }
        self.out.push('}');
    }

    fn code(&mut self, code: &Asked, failed: &Failed<'_>) {
        let (name, say) = match &code.lead {
            Ok(lead) => (&lead.key, self.say(failed)),
            Err(error) => (&code.written, error.to_string()),
        };
        self.out.push('{');
        json::field(self.out, "code", name);
        self.out.push(',');
        json::field(self.out, "why", failed.reason.name());
        self.out.push(',');
        json::field(self.out, "say", &say);
        if let Ok(lead) = &code.lead {
            self.how_read(lead);
        }
        self.out.push('}');
    }

    fn say(&self, failed: &Failed<'_>) -> String {
        match failed.reason {
            Reason::Unavailable => say_refused(Reason::Unavailable).to_owned(),
            Reason::ShopExcluded => "the brand does not let this shop show it".to_owned(),
            Reason::NotYet => "its publication date is still to come".to_owned(),
            Reason::NoLonger => "its publication has ended".to_owned(),
            Reason::NotInMarket => match self.ask.market {
                Some(market) => format!("it is published for other markets than {market}"),
                None => {
                    "it is published for certain markets, and the page's is not known: add market="
                        .to_owned()
                }
            },
            Reason::AgeRestricted => format!(
                "it is rated for older viewers than {}, the shop's limit",
                self.ask.age
            ),
            Reason::NoKind => "there are videos of other kinds only".to_owned(),
            Reason::NoLanguage => self.say_no_language(failed),
            _ => "nothing is published for it".to_owned(),
        }
    }

    fn say_no_language(&self, failed: &Failed<'_>) -> String {
        let wanted = self.ask.wanted;
        let mut say = match (wanted.wishes, wanted.shop) {
            ([], []) => "neither the page nor the shop says a language".to_owned(),
            _ => "there are videos in other languages only".to_owned(),
        };
        if let Some(record) = failed.record {
            let others = matcher::other_languages(self.ask, record);
            for (at, language) in others.into_iter().enumerate() {
                let _ = write!(say, "{}{language}", if at == 0 { ": " } else { ", " });
            }
        }
        for wish in wanted.wishes {
            if let Some(right) = wish.country_in_disguise() {
                let _ = write!(
                    say,
                    "; {wish} is taken for a language: if the country is meant, write {right}"
                );
            }
        }
        say
    }

    fn other_languages<'r>(&self, failed: &[Failed<'r>]) -> Vec<&'r Language> {
        let mut languages = Vec::new();
        for record in failed.iter().filter_map(|failed| failed.record) {
            for language in matcher::other_languages(self.ask, record) {
                if !languages.contains(&language) {
                    languages.push(language);
                }
            }
        }
        languages
    }

    fn languages(&mut self, languages: &[&Language]) {
        if languages.is_empty() {
            return;
        }
        self.out.push_str(",\"languages\":[");
        for (at, language) in languages.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            json::string(self.out, language.as_str());
        }
        self.out.push(']');
    }

    fn texts(&mut self) {
        if self.kinds.is_empty() {
            return;
        }
        let wanted = self.ask.wanted;
        self.out.push_str(",\"texts\":");
        Texts::for_shopper(wanted.wishes, wanted.shop).write(self.kinds, self.out);
    }

    fn ignored(&mut self, look_up: &LookUp) {
        let languages = look_up.wishes.ignored.iter();
        self.list("ignored_languages", languages, |out, (tag, say)| {
            json::field(out, "tag", tag);
            out.push(',');
            json::field(out, "say", say);
        });
        self.list("ignored", look_up.ignored.iter(), |out, ignored| {
            json::field(out, "parameter", ignored.parameter);
            out.push(',');
            json::field(out, "value", &ignored.value);
            out.push(',');
            json::field(out, "say", &ignored.say);
        });
    }

    /// Writes `,"name":[{…},{…}]`, or nothing for no items.
    fn list<T>(
        &mut self,
        name: &str,
        items: impl ExactSizeIterator<Item = T>,
        item: impl Fn(&mut String, T),
    ) {
        if items.len() == 0 {
            return;
        }
        self.out.push_str(",\"");
        self.out.push_str(name);
        self.out.push_str("\":[");
        for (at, value) in items.enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.out.push('{');
            item(self.out, value);
            self.out.push('}');
        }
        self.out.push(']');
    }
}
