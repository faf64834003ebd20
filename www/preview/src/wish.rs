//! What the form asks for: one text per field of the form, kept in the address as the query.

use std::collections::BTreeMap;

/// The fields of the form, by their names there and in the query, each with what it holds at first.
pub const FIELDS: [(&str, &str); 17] = [
    ("by", "gtin"),
    ("gtin", "9524710000125"),
    ("brand", ""),
    ("mpn", ""),
    ("sku", ""),
    ("lang", "nl-BE,en"),
    ("kind", ""),
    ("market", ""),
    ("shop", "shop_demo"),
    ("background", "#14213d"),
    ("color", "#ffffff"),
    ("radius", "8"),
    ("focus", "#3b82f6"),
    ("page", "#ffffff"),
    ("dialog-background", "#111111"),
    ("dialog-color", "#ffffff"),
    ("device", "phone"),
];

/// What is asked for: every field of [`FIELDS`] has a value.
///
/// ```
/// use shelfreel_preview::wish::Wish;
///
/// let wish = Wish::new(|name| (name == "gtin").then(|| " 95273013 ".to_owned()));
/// assert_eq!(wish.get("gtin"), "95273013");
/// assert_eq!(wish.get("lang"), "nl-BE,en");
/// assert_eq!(wish.changed().collect::<Vec<_>>(), [("gtin", "95273013")]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish(BTreeMap<&'static str, String>);

impl Wish {
    /// Reads every field; what `read` does not know keeps what it holds at first.
    pub fn new(mut read: impl FnMut(&str) -> Option<String>) -> Self {
        let value = |(name, first): (&'static str, &str)| {
            let value = read(name).unwrap_or_else(|| first.to_owned());
            (name, value.trim().to_owned())
        };
        Self(FIELDS.into_iter().map(value).collect())
    }

    /// The value of a field; empty for a name that is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The fields that differ from what they hold at first: what the address has to say.
    pub fn changed(&self) -> impl Iterator<Item = (&'static str, &str)> {
        FIELDS
            .into_iter()
            .map(|(name, first)| (name, self.get(name), first))
            .filter(|(_, value, first)| value != first)
            .map(|(name, value, _)| (name, value))
    }

    /// The attributes of the element, in the order in which a shop would write them; empty ones left out.
    #[must_use]
    pub fn attributes(&self) -> Vec<(&'static str, &str)> {
        let codes: &[&'static str] = match self.get("by") {
            "mpn" => &["brand", "mpn"],
            "sku" => &["sku"],
            _ => &["gtin"],
        };
        codes
            .iter()
            .chain(&["lang", "kind"])
            .map(|name| (*name, self.get(name)))
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    /// Whether there is a code to ask for.
    #[must_use]
    pub fn has_code(&self) -> bool {
        self.attributes()
            .iter()
            .any(|(name, _)| ["gtin", "mpn", "sku"].contains(name))
    }

    /// The custom properties of the theme, those that differ from the widget's own look.
    #[must_use]
    pub fn theme(&self) -> Vec<(&'static str, String)> {
        self.changed()
            .filter_map(|(name, value)| match name {
                "background" => Some(("--shelfreel-background", value.to_owned())),
                "color" => Some(("--shelfreel-color", value.to_owned())),
                "radius" => Some(("--shelfreel-radius", format!("{value}px"))),
                "focus" => Some(("--shelfreel-focus", value.to_owned())),
                "dialog-background" => Some(("--shelfreel-dialog-background", value.to_owned())),
                "dialog-color" => Some(("--shelfreel-dialog-color", value.to_owned())),
                _ => None,
            })
            .collect()
    }

    /// Whether `other` asks for the same videos, so that only the look may differ.
    #[must_use]
    pub fn asks_the_same_as(&self, other: &Self) -> bool {
        self.attributes() == other.attributes()
            && self.get("market") == other.get("market")
            && self.get("shop") == other.get("shop")
    }

    /// What a shop pastes to get just this.
    ///
    /// ```
    /// use shelfreel_preview::wish::Wish;
    ///
    /// let wish = Wish::new(|name| (name == "market").then(|| "BE".to_owned()));
    /// assert_eq!(
    ///     wish.snippet("https://edge.example"),
    ///     "<script async src=\"https://edge.example/v1/shelfreel.js\" data-shop=\"shop_demo\" data-market=\"BE\"></script>\n\
    ///      <shelf-reel gtin=\"9524710000125\" lang=\"nl-BE,en\"></shelf-reel>"
    /// );
    /// ```
    #[must_use]
    pub fn snippet(&self, edge: &str) -> String {
        let market = match self.get("market") {
            "" => String::new(),
            market => attribute("data-market", market),
        };
        let attributes: String = self
            .attributes()
            .iter()
            .map(|(name, value)| attribute(name, value))
            .collect();
        let shop = attribute("data-shop", self.get("shop"));
        let mut snippet = format!(
            "<script async src=\"{edge}/v1/shelfreel.js\"{shop}{market}></script>\n<shelf-reel{attributes}></shelf-reel>"
        );
        let theme: Vec<String> = self
            .theme()
            .iter()
            .map(|(name, value)| format!("  {name}: {value};\n"))
            .collect();
        if !theme.is_empty() {
            snippet.push_str("\n\n<style>\nshelf-reel {\n");
            snippet.push_str(&theme.concat());
            snippet.push_str("}\n</style>");
        }
        snippet
    }
}

/// One attribute as HTML, with a space before it.
fn attribute(name: &str, value: &str) -> String {
    let value = value
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;");
    format!(" {name}=\"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(given: &[(&str, &str)]) -> Wish {
        Wish::new(|name| {
            given
                .iter()
                .find(|(field, _)| *field == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn only_the_chosen_sort_of_code_is_asked_for() {
        let asked = wish(&[("by", "mpn"), ("brand", "Kenwick"), ("mpn", "GK-2/B")]);
        assert_eq!(
            asked.attributes(),
            [
                ("brand", "Kenwick"),
                ("mpn", "GK-2/B"),
                ("lang", "nl-BE,en")
            ]
        );
    }

    #[test]
    fn a_brand_without_a_part_number_is_no_code() {
        assert!(!wish(&[("by", "mpn"), ("brand", "Kenwick")]).has_code());
        assert!(!wish(&[("gtin", "  ")]).has_code());
        assert!(wish(&[]).has_code());
    }

    #[test]
    fn another_colour_asks_for_the_same_videos() {
        assert!(wish(&[("color", "#000000")]).asks_the_same_as(&wish(&[])));
        assert!(!wish(&[("market", "FR")]).asks_the_same_as(&wish(&[])));
    }

    #[test]
    fn what_is_typed_cannot_leave_its_attribute() {
        let snippet = wish(&[("gtin", "\"><script>")]).snippet("https://edge.example");
        assert!(snippet.contains("gtin=\"&quot;>&lt;script>\""));
    }

    #[test]
    fn the_pages_own_colour_is_no_part_of_the_theme() {
        assert_eq!(wish(&[("page", "#000000")]).theme(), []);
        let ring = wish(&[("focus", "#000000")]);
        assert_eq!(ring.theme(), [("--shelfreel-focus", "#000000".to_owned())]);
    }

    #[test]
    fn a_theme_is_written_as_style_only_where_it_differs() {
        assert!(!wish(&[]).snippet("https://e.example").contains("<style>"));
        let themed = wish(&[("radius", "99")]).snippet("https://e.example");
        assert!(themed.contains("shelf-reel {\n  --shelfreel-radius: 99px;\n}"));
    }
}
