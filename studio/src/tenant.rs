//! Who is asking. A brand sees only its own: a [`Brand`] is made from a verified credential and in no other way, and every function that reads what is a
//! brand's demands one.
//!
//! For now the credential is a bearer token (RFC 6750): `sfr_` and 32 random bytes in base64url. The store holds its SHA-256 alone, under `token:{hex}`:
//! `{"v":1,"brand":"kenwick"}`, or `{"v":1,"operator":true}` for whoever runs the place. `shelfreel token` makes and revokes them; KV shows
//! either everywhere within a minute.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use worker::{Env, Request};

use crate::problem::Problem;

/// The namespace's binding.
pub const CATALOG: &str = "CATALOG";

/// What every token begins with, so that one that went astray is recognised.
pub const PREFIX: &str = "sfr_";

/// In a browser's WebSocket no header can be set: there the token travels as a subprotocol, after this.
pub const SUBPROTOCOL: &str = "shelfreel.token.";

/// A brand whose credential was verified.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Brand(String);

impl Brand {
    /// Its slug.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.0
    }
}

/// Whoever holds a valid credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A brand, which sees its own.
    Brand(Brand),
    /// Whoever runs the place.
    Operator,
}

impl Caller {
    /// As the brand in the address: a brand's own credential, or the operator's. Another brand's is answered as if the address were none, so that nobody
    /// learns who else is here.
    ///
    /// # Errors
    /// 404 for another brand's credential.
    pub fn brand(self, slug: &str) -> Result<Brand, Problem> {
        match self {
            Self::Brand(brand) if brand.slug() == slug => Ok(brand),
            Self::Operator => Ok(Brand(slug.to_owned())),
            Self::Brand(_) => Err(Problem::nowhere(format!(
                "there is no brand {slug:?} for this token"
            ))),
        }
    }

    /// As the operator.
    ///
    /// # Errors
    /// 403 for a brand.
    pub fn operator(self) -> Result<(), Problem> {
        match self {
            Self::Operator => Ok(()),
            Self::Brand(_) => Err(Problem::new(
                403,
                "forbidden",
                "this is for the operator's token",
            )),
        }
    }
}

#[derive(Deserialize)]
struct Kept {
    v: u32,
    #[serde(default)]
    brand: Option<String>,
    #[serde(default)]
    operator: bool,
}

/// Who asks, by the request's token.
///
/// # Errors
/// 401 without a token or with one that nobody holds; 503 when the store does not answer.
pub async fn caller(request: &Request, env: &Env) -> Result<Caller, Problem> {
    let token = token(request)?;
    let kept = env
        .kv(CATALOG)?
        .get(&key(&token))
        .text()
        .await
        .map_err(worker::Error::from)?;
    kept.as_deref()
        .and_then(who)
        .ok_or_else(|| denied("this token is nobody's: it was revoked, or has a mistake in it"))
}

/// Where a token's holder is kept.
#[must_use]
pub fn key(token: &str) -> String {
    let digest = Sha256::digest(token.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("token:{hex}")
}

fn who(kept: &str) -> Option<Caller> {
    let kept: Kept = serde_json::from_str(kept).ok()?;
    match (kept.v, kept.brand, kept.operator) {
        (1, None, true) => Some(Caller::Operator),
        (1, Some(brand), false) => Some(Caller::Brand(Brand(brand))),
        _ => None,
    }
}

fn token(request: &Request) -> Result<String, Problem> {
    let header = |name| request.headers().get(name).ok().flatten();
    let bearer = header("authorization").and_then(|value| bearer(&value).map(str::to_owned));
    let found = bearer.or_else(|| {
        let protocols = header("sec-websocket-protocol")?;
        let mut offered = protocols.split(',').map(str::trim);
        offered.find_map(|one| one.strip_prefix(SUBPROTOCOL).map(str::to_owned))
    });
    let found = found.ok_or_else(|| {
        denied("say who you are: `Authorization: Bearer sfr_…` (`shelfreel token` makes one)")
    })?;
    if !found.starts_with(PREFIX) {
        return Err(denied("a token begins with sfr_"));
    }
    Ok(found)
}

/// The token of `Bearer TOKEN`; the scheme's letter case does not matter (RFC 9110).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn denied(detail: &str) -> Problem {
    Problem::new(401, "not authorised", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_token_says_who_holds_it_and_only_in_one_way() {
        assert_eq!(
            who(r#"{"v":1,"brand":"kenwick"}"#),
            Some(Caller::Brand(Brand("kenwick".into())))
        );
        assert_eq!(who(r#"{"v":1,"operator":true}"#), Some(Caller::Operator));
        for nobody in [
            "",
            "{}",
            r#"{"v":1}"#,
            r#"{"v":2,"operator":true}"#,
            r#"{"v":1,"brand":"kenwick","operator":true}"#,
        ] {
            assert_eq!(who(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn a_brand_is_itself_and_no_other_and_the_operator_is_any() {
        let kenwick = || Caller::Brand(Brand("kenwick".into()));
        assert_eq!(kenwick().brand("kenwick").unwrap().slug(), "kenwick");
        assert_eq!(kenwick().brand("solvane").unwrap_err().status, 404);
        assert_eq!(Caller::Operator.brand("solvane").unwrap().slug(), "solvane");
        assert_eq!(kenwick().operator().unwrap_err().status, 403);
    }

    #[test]
    fn the_store_holds_a_digest_alone() {
        assert_eq!(
            key("abc"),
            "token:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_bearer_is_read_whatever_the_case_of_its_scheme() {
        assert_eq!(bearer("Bearer sfr_x"), Some("sfr_x"));
        assert_eq!(bearer("bearer  sfr_x "), Some("sfr_x"));
        assert_eq!(bearer("Basic sfr_x"), None);
        assert_eq!(bearer("sfr_x"), None);
    }
}
