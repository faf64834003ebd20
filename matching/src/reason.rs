//! Why a look-up found nothing: the reasons of `docs/wire.md`, from the furthest to the least far.

/// Why a code, a product or a whole look-up has no video.
///
/// The order of the variants is how far a code came: of several codes, the reason of the one that came furthest (the
/// smallest) speaks for the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The stores are out of reach and nothing is held.
    Unavailable,
    /// The brand does not let this shop show it.
    ShopExcluded,
    /// Its publication date is still to come.
    NotYet,
    /// Its last day has passed.
    NoLonger,
    /// It is published for other markets.
    NotInMarket,
    /// It is rated for older viewers than the shop shows to.
    AgeRestricted,
    /// There are videos, but of other kinds.
    NoKind,
    /// There are videos, but in languages nobody asked for.
    NoLanguage,
    /// Nothing is published for this code.
    NoVideo,
    /// A number that is only unique inside one shop or region.
    RestrictedCode,
    /// The check digit of a GTIN is wrong.
    GtinCheckDigit,
    /// No GTIN has this many digits.
    GtinLength,
    /// All zeros.
    GtinZero,
    /// Something that is neither a digit nor a separator.
    GtinCharacters,
    /// A GTIN-14 for goods sold by weight.
    GtinIndicator,
    /// A part number without a brand.
    MpnBrand,
    /// There is nothing in it.
    CodeEmpty,
    /// It is longer than a key may be.
    CodeLength,
    /// A type of code that does not exist.
    CodeType,
    /// More than four codes for one product.
    TooManyCodes,
    /// No shop has this id.
    UnknownShop,
    /// The page's origin is not one of the shop's.
    OriginNotRegistered,
}

impl Reason {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::ShopExcluded => "shop_excluded",
            Self::NotYet => "not_yet",
            Self::NoLonger => "no_longer",
            Self::NotInMarket => "not_in_market",
            Self::AgeRestricted => "age_restricted",
            Self::NoKind => "no_kind",
            Self::NoLanguage => "no_language",
            Self::NoVideo => "no_video",
            Self::RestrictedCode => "restricted_code",
            Self::GtinCheckDigit => "gtin_check_digit",
            Self::GtinLength => "gtin_length",
            Self::GtinZero => "gtin_zero",
            Self::GtinCharacters => "gtin_characters",
            Self::GtinIndicator => "gtin_indicator",
            Self::MpnBrand => "mpn_brand",
            Self::CodeEmpty => "code_empty",
            Self::CodeLength => "code_length",
            Self::CodeType => "code_type",
            Self::TooManyCodes => "too_many_codes",
            Self::UnknownShop => "unknown_shop",
            Self::OriginNotRegistered => "origin_not_registered",
        }
    }
}
