//! What the edge tells of one beacon, for one brand (docs/wire.md, "Live lane"). The edge's own test writes `tests/fixtures/live-told.json`, which is read here.

use serde::Deserialize;

use super::counts::Counts;

/// The version that is read.
pub const VERSION: u32 = 1;

/// What one beacon says of one brand.
#[derive(Debug, Clone, Deserialize)]
pub struct Told {
    /// The version.
    pub v: u32,
    /// When the edge received the beacon.
    pub received_at_ms: u64,
    /// The shop.
    pub shop: String,
    /// The page view.
    pub page_view: String,
    /// Placements with films of this brand.
    #[serde(default)]
    pub placements: Vec<Placement>,
    /// Sessions of films of this brand.
    #[serde(default)]
    pub sessions: Vec<Session>,
}

/// A placement's snapshot.
#[derive(Debug, Clone, Deserialize)]
pub struct Placement {
    /// Its id.
    pub id: String,
    /// The snapshot's number.
    pub seq: u32,
    /// The placement's age.
    pub elapsed_ms: u32,
    /// The code that matched.
    pub code: String,
    /// What it adds.
    #[serde(flatten)]
    pub counts: Counts,
}

/// A session's snapshot.
#[derive(Debug, Clone, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// The snapshot's number.
    pub seq: u32,
    /// The session's age.
    pub elapsed_ms: u32,
    /// The film.
    pub video: String,
    /// What the catalogue says of it; empty where it says nothing.
    #[serde(default)]
    pub product: String,
    /// See `product`.
    #[serde(default)]
    pub series: String,
    /// See `product`.
    #[serde(default)]
    pub category: String,
    /// The film's spoken language.
    pub language: String,
    /// Whether it played when this was said.
    pub playing: bool,
    /// What it adds.
    #[serde(flatten)]
    pub counts: Counts,
}

impl Told {
    /// Reads what the edge wrote.
    ///
    /// # Errors
    /// With what is wrong, when it is not of this version.
    pub fn parse(json: &str) -> Result<Self, String> {
        let told: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        if told.v != VERSION {
            return Err(format!(
                "v: this is version {}, version {VERSION} is read",
                told.v
            ));
        }
        Ok(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_edge_writes_is_understood() {
        let told = Told::parse(include_str!("../../../tests/fixtures/live-told.json")).unwrap();
        assert_eq!(
            (told.shop.as_str(), told.placements.len()),
            ("shop_demo", 1)
        );
        assert_eq!(told.placements[0].counts.impressions, 1);
        assert_eq!(told.placements[0].counts.carts, 2);
        assert_eq!(told.sessions[0].video, "kenwick-br7-nl");
        assert_eq!(told.sessions[0].counts.starts, 1);
        assert!(told.sessions[0].playing);
    }

    #[test]
    fn another_version_is_refused_by_name() {
        let json = r#"{"v":2,"received_at_ms":0,"shop":"","page_view":""}"#;
        assert!(Told::parse(json).is_err_and(|why| why.contains("version 2")));
    }
}
