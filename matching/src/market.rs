//! Markets: the countries of ISO 3166-1 alpha-2.
//!
//! The codes are the officially assigned ones, as the ISO Online Browsing Platform lists them; no user-assigned code (`XK`)
//! and no reserved one (`UK`, `EU`) is a market.

/// The officially assigned codes, in order, two letters each.
const ASSIGNED: &str = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCR\
CUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJP\
KEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPK\
PLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVU\
WFWSYEYTZAZMZW";

/// A country in which a shop sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Market([u8; 2]);

impl Market {
    /// A market that no shop is in.
    pub(crate) const NOWHERE: Self = Self(*b"--");

    /// The country of an alpha-2 code, whatever its case; none for anything that ISO has not assigned.
    ///
    /// ```
    /// use shelfreel_matching::Market;
    /// assert!(Market::parse("nl").is_some());
    /// assert!(Market::parse("UK").is_none()); // the United Kingdom is GB
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let [a, b] = text.as_bytes() else { return None };
        let code = [a.to_ascii_uppercase(), b.to_ascii_uppercase()];
        ASSIGNED
            .as_bytes()
            .chunks_exact(2)
            .any(|assigned| assigned == code)
            .then_some(Self(code))
    }

    /// The code, in capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl std::fmt::Display for Market {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
