//! A look-up as a page sends it: `GET /v1/match/{shop}?lang=nl-BE,en&p=gtin:8710103937746&p=…`.
//!
//! What can be understood is answered; what cannot is said, part by part. Only a request that is no look-up at all is
//! refused ([`BadLookUp`]).

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::code::{self, Asked};
use crate::quote::shorten;
use crate::{Kind, Language, Market};

/// The most products of one look-up.
pub const MOST_PRODUCTS: usize = 24;
/// Whether a text has the form of a shop's id: `shop_` and 4 to 32 of `a-z 0-9`. Only such a text is worth asking the
/// stores for.
///
/// ```
/// use shelfreel_matching::look_up::is_shop_id;
/// assert!(is_shop_id("shop_fjord"));
/// assert!(!is_shop_id("fjord"));
/// ```
#[must_use]
pub fn is_shop_id(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("shop_") else {
        return false;
    };
    (4..=32).contains(&rest.len())
        && rest
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'))
}

/// The most languages of one look-up.
pub const MOST_LANGUAGES: usize = 8;

/// Why a request is no look-up at all: an answer with status 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLookUp {
    /// It asks for no product.
    #[error("no product is asked for: add p=gtin:… once per product")]
    NoProduct,
    /// It asks for too many products.
    #[error("{count} products are asked for: at most {MOST_PRODUCTS} in one look-up")]
    TooManyProducts {
        /// How many there are.
        count: usize,
    },
    /// The query cannot be decoded.
    #[error("the value of {parameter} is not percent-encoded UTF-8: {near}")]
    Encoding {
        /// The parameter.
        parameter: String,
        /// The undecoded value, shortened.
        near: String,
    },
}

/// What a page asks.
#[derive(Debug, Clone)]
pub struct LookUp {
    /// The shop's id, as the path has it.
    pub shop: Box<str>,
    /// The shopper's wishes and what was no wish.
    pub wishes: Rc<Wishes>,
    /// The kinds asked for, in order; none stands for a name that is no kind.
    pub kinds: Vec<Option<Kind>>,
    /// The storefront's market.
    pub market: Option<Market>,
    /// Values that were not understood.
    pub ignored: Vec<Ignored>,
    /// The products, each with its codes.
    pub products: Vec<Vec<Asked>>,
}

/// The languages a shopper wishes, and what was said for a language and is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// In order, each once.
    pub languages: Vec<Language>,
    /// What is no language, or beyond the eighth: as written, and why it has no effect.
    pub ignored: Vec<(Box<str>, Box<str>)>,
}

/// A parameter's value that was not understood and has no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// The parameter.
    pub parameter: &'static str,
    /// The value, shortened.
    pub value: Box<str>,
    /// What would be right.
    pub say: String,
}

impl LookUp {
    /// Reads the path's shop and the query, without its question mark.
    ///
    /// # Errors
    /// [`BadLookUp`] when there is nothing that could be answered.
    ///
    /// ```
    /// use shelfreel_matching::LookUp;
    /// let look_up = LookUp::parse("shop_fjord", "lang=nl-BE,en&p=gtin:8710103937746")?;
    /// assert_eq!(look_up.keys().collect::<Vec<_>>(), ["gtin:08710103937746"]);
    /// # Ok::<(), shelfreel_matching::BadLookUp>(())
    /// ```
    pub fn parse(shop: &str, query: &str) -> Result<Self, BadLookUp> {
        let mut look_up = Self {
            shop: shop.into(),
            wishes: Rc::default(),
            kinds: Vec::new(),
            market: None,
            ignored: Vec::new(),
            products: Vec::new(),
        };
        let mut count = 0usize;
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "p" => {
                    count = count.saturating_add(1);
                    if count <= MOST_PRODUCTS {
                        let product = decode(name, value)?;
                        look_up.products.push(code::asked(&product, shop));
                    }
                }
                "lang" => look_up.wishes = wishes(&decode(name, value)?),
                "kind" => look_up.read_kinds(&decode(name, value)?),
                "market" => look_up.read_market(&decode(name, value)?),
                _ => {}
            }
        }
        match count {
            0 => Err(BadLookUp::NoProduct),
            1..=MOST_PRODUCTS => Ok(look_up),
            count => Err(BadLookUp::TooManyProducts { count }),
        }
    }

    /// The key of the shop in KV; none when no shop can have that id.
    #[must_use]
    pub fn shop_key(&self) -> Option<String> {
        is_shop_id(&self.shop).then(|| ["shop:", &self.shop].concat())
    }

    /// The keys of the records that answer it, product by product; one may come twice. At most 24 times 4.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let leads = self
            .products
            .iter()
            .flatten()
            .filter_map(|code| code.lead.as_ref().ok());
        leads.map(|lead| &*lead.key)
    }

    fn read_kinds(&mut self, value: &str) {
        for name in value
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            let kind = Kind::from_name(name);
            if kind.is_none() {
                self.ignored.push(Ignored {
                    parameter: "kind",
                    value: shorten(name).into(),
                    say: format!(
                        "{} is no kind: write one of {}",
                        shorten(name),
                        Kind::names()
                    ),
                });
            }
            if !self.kinds.contains(&kind) {
                self.kinds.push(kind);
            }
        }
    }

    fn read_market(&mut self, value: &str) {
        let value = value.trim();
        self.market = Market::parse(value);
        if self.market.is_none() && !value.is_empty() {
            self.ignored.push(Ignored {
                parameter: "market",
                value: shorten(value).into(),
                say: format!(
                    "{} is no country of ISO 3166-1: write two letters, such as NL",
                    shorten(value)
                ),
            });
        }
    }
}

/// Reads `lang`. The same few texts come again and again, so the last are kept.
fn wishes(text: &str) -> Rc<Wishes> {
    /// More distinct texts than shops have languages; reading one again is cheap, so that forgetting all is no loss.
    const MOST_KEPT: usize = 256;
    /// Longer texts are no shop's and not worth the memory.
    const LONGEST_KEPT: usize = 128;
    thread_local! {
        static KEPT: RefCell<HashMap<Box<str>, Rc<Wishes>>> = RefCell::default();
    }
    if text.len() > LONGEST_KEPT {
        return Rc::new(Wishes::parse(text));
    }
    KEPT.with_borrow_mut(|kept| {
        if let Some(wishes) = kept.get(text) {
            return Rc::clone(wishes);
        }
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        let wishes = Rc::new(Wishes::parse(text));
        kept.insert(text.into(), Rc::clone(&wishes));
        wishes
    })
}

impl Wishes {
    /// Reads tags joined by commas. The ninth is ignored and stands for all after it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut wishes = Self::default();
        for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            let full = wishes.languages.len() + wishes.ignored.len() >= MOST_LANGUAGES;
            let say = match Language::parse(tag) {
                Ok(language) if wishes.languages.contains(&language) => continue,
                Ok(language) if !full => {
                    wishes.languages.push(language);
                    continue;
                }
                Err(error) if !full => error.to_string(),
                _ => format!(
                    "a look-up may have {MOST_LANGUAGES} languages: this one and what comes after it was not looked at"
                ),
            };
            wishes.ignored.push((shorten(tag).into(), say.into()));
            if full {
                break;
            }
        }
        wishes
    }
}

/// Decodes a value of a query: percent-encoding, and `+` for a space.
fn decode<'a>(parameter: &str, value: &'a str) -> Result<Cow<'a, str>, BadLookUp> {
    if !value.contains(['%', '+']) {
        return Ok(Cow::Borrowed(value));
    }
    let bad = || BadLookUp::Encoding {
        parameter: parameter.to_owned(),
        near: shorten(value),
    };
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (byte, after) = code::escaped(after).ok_or_else(bad)?;
                bytes.push(byte);
                rest = after;
            }
            _ => bytes.push(first),
        }
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| bad())
}
