//! What sort of film a video is: the kinds of `docs/feed.md`.

/// The kind of a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An advertisement.
    Commercial,
    /// How to choose.
    Guide,
    /// Someone's judgement.
    Review,
    /// Out of the box.
    Unboxing,
    /// How to use it.
    Howto,
    /// Who makes it.
    Story,
    /// What to cook with it.
    Recipe,
    /// None of these.
    Other,
}

impl Kind {
    /// All kinds, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Commercial,
        Self::Guide,
        Self::Review,
        Self::Unboxing,
        Self::Howto,
        Self::Story,
        Self::Recipe,
        Self::Other,
    ];

    /// Its name on the wire and in a feed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commercial => "commercial",
            Self::Guide => "guide",
            Self::Review => "review",
            Self::Unboxing => "unboxing",
            Self::Howto => "howto",
            Self::Story => "story",
            Self::Recipe => "recipe",
            Self::Other => "other",
        }
    }

    /// The kind of that name, whatever its case.
    ///
    /// ```
    /// use shelfreel_matching::Kind;
    /// assert_eq!(Kind::from_name("Guide"), Some(Kind::Guide));
    /// assert_eq!(Kind::from_name("advert"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// All names, for messages that say what would be right.
    #[must_use]
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}
