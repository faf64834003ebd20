//! `shelfreel token`: the back office's bearer tokens.
//!
//! A token is `sfr_` and 32 random bytes in base64url. KV holds its SHA-256 alone, under `token:{hex}`, with who holds it (studio/src/tenant.rs reads
//! that): who reads the store learns no token.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shelfreel_matching::catalogue::is_slug;
use shelfreel_matching::projection::{Metadata, hex};

use crate::args::{Holder, Token, TokenCreate, TokenRevoke};
use crate::store::{Pair, Store};
use crate::{Error, Outcome};

const PREFIX: &str = "sfr_";
const KEYS: &str = "token:";

pub(crate) fn run(command: &Token) -> Result<Outcome, Error> {
    let catalogue = match command {
        Token::Create(TokenCreate { catalogue, .. })
        | Token::Revoke(TokenRevoke { catalogue, .. })
        | Token::List(catalogue) => catalogue,
    };
    let mut out = std::io::stdout().lock();
    let mut said = std::io::stderr().lock();
    let store = || Store::of(catalogue, "");
    match command {
        Token::Create(options) => {
            let kept = Kept::of(&options.holder)?;
            writeln!(out, "{}", create(&store()?, &kept)?)?;
            writeln!(
                said,
                "This is the token of {kept}, shown this once. The store holds its digest alone; it works everywhere within a minute."
            )?;
            Ok(Outcome::All)
        }
        Token::Revoke(options) => {
            let key = key(&options.token)?;
            revoke(&store()?, &key, &mut said)
        }
        Token::List(_) => list(&store()?, &mut out),
    }
}

/// Who holds a token, as the store keeps it.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    v: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    brand: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operator: Option<bool>,
}

impl Kept {
    fn of(holder: &Holder) -> Result<Self, Error> {
        let brand = holder.brand.clone();
        if let Some(brand) = brand.as_deref().filter(|brand| !is_slug(brand)) {
            return Err(
                format!("{brand:?} is no brand: 1 to 64 of a-z 0-9 -, as in the feed").into(),
            );
        }
        Ok(Self {
            v: 1,
            brand,
            operator: holder.operator.then_some(true),
        })
    }
}

impl std::fmt::Display for Kept {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.brand {
            Some(brand) => write!(out, "brand {brand}"),
            None => out.write_str("operator"),
        }
    }
}

/// Makes a token and keeps its digest.
fn create(store: &Store, kept: &Kept) -> Result<String, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
    let value = serde_json::to_string(kept)?;
    store.put(&[Pair {
        key: key(&token)?,
        metadata: Metadata::of("", &value),
        value,
    }])?;
    Ok(token)
}

/// Where a token's holder is kept; `told` is the token, its digest, or the key itself.
fn key(told: &str) -> Result<String, Error> {
    if told.starts_with(PREFIX) {
        let digest = Sha256::digest(told.as_bytes());
        return Ok(format!("{KEYS}{}", hex(&digest, 64)));
    }
    let digest = told.strip_prefix(KEYS).unwrap_or(told);
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digest.len() == 64 && digest.bytes().all(is_hex) {
        return Ok(format!("{KEYS}{digest}"));
    }
    Err("that is no token: give it whole (sfr_ and 43 characters), or the 64 hex digits that `shelfreel token list` prints".into())
}

fn revoke(store: &Store, key: &str, said: &mut impl Write) -> Result<Outcome, Error> {
    let Some(kept) = store.value(key)? else {
        writeln!(said, "There is no such token: nothing was taken out.")?;
        return Ok(Outcome::Some);
    };
    store.delete(&[key.to_owned()])?;
    writeln!(
        said,
        "Taken out: the token of {}. Within a minute it is nobody's, everywhere.",
        holder(&kept)
    )?;
    Ok(Outcome::All)
}

fn list(store: &Store, out: &mut impl Write) -> Result<Outcome, Error> {
    let mut keys = store.keys(KEYS);
    while let Some((key, _)) = keys.next()? {
        // One that was taken out meanwhile is none any more.
        if let Some(kept) = store.value(&key)? {
            let digest = key.strip_prefix(KEYS).unwrap_or(&key);
            writeln!(out, "{digest}  {}", holder(&kept))?;
        }
    }
    Ok(Outcome::All)
}

fn holder(kept: &str) -> String {
    serde_json::from_str::<Kept>(kept).map_or_else(
        |error| format!("nobody: the value cannot be read ({error})"),
        |kept| kept.to_string(),
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Args, Command};
    use crate::fake_api::Api;

    fn brand(brand: &str) -> Result<Kept, Error> {
        Kept::of(&Holder {
            brand: Some(brand.to_owned()),
            operator: false,
        })
    }

    fn operator() -> Kept {
        Kept::of(&Holder {
            brand: None,
            operator: true,
        })
        .unwrap()
    }

    fn listed(store: &Store) -> String {
        let mut out = Vec::new();
        assert_eq!(list(store, &mut out).unwrap(), Outcome::All);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_token_is_made_listed_by_its_digest_and_revoked() {
        let api = Api::start();
        let store = api.store();
        let token = create(&store, &brand("kenwick").unwrap()).unwrap();
        assert_eq!(token.len(), 47);
        let keys = api.keys();
        assert_eq!(keys, [key(&token).unwrap()]);
        assert_eq!(api.value(&keys[0]), r#"{"v":1,"brand":"kenwick"}"#);
        let all = create(&store, &operator()).unwrap();
        assert_ne!(all, token);
        assert_eq!(api.value(&key(&all).unwrap()), r#"{"v":1,"operator":true}"#);
        let lines = listed(&store);
        assert_eq!(lines.lines().count(), 2);
        let digest = keys[0].strip_prefix(KEYS).unwrap();
        assert!(
            lines.contains(&format!("{digest}  brand kenwick\n")),
            "{lines}"
        );
        assert!(
            lines.contains("  operator\n") && !lines.contains(PREFIX),
            "{lines}"
        );

        let mut said = Vec::new();
        for (told, outcome) in [(&token, Outcome::All), (&token, Outcome::Some)] {
            let key = key(told).unwrap();
            assert_eq!(revoke(&store, &key, &mut said).unwrap(), outcome);
        }
        assert_eq!(api.keys(), [key(&all).unwrap()]);
        assert!(!String::from_utf8(said).unwrap().contains(PREFIX));
    }

    /// As studio/src/tenant.rs, which reads what is written here, finds it.
    #[test]
    fn the_store_holds_a_digest_alone_and_a_token_is_known_by_it() {
        assert!(key("kenwick").is_err());
        let whole = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for told in [whole.to_owned(), format!("token:{whole}")] {
            assert_eq!(key(&told).unwrap(), format!("token:{whole}"));
        }
        let token = format!("{PREFIX}{}", "x".repeat(43));
        assert_eq!(
            key(&token).unwrap(),
            "token:9dd5e153d57a0bfdca2f19f86bb1a9ee6f9ad129079fb4a7402e6cc6b5e4dc64"
        );
    }

    #[test]
    fn a_token_is_for_a_brand_or_the_operator_never_for_both_or_nobody() {
        let parsed = |more: &[&str]| {
            let line = ["shelfreel", "token", "create", "--local"]
                .iter()
                .chain(more);
            Args::try_parse_from(line).map(|args| args.command)
        };
        for wrong in [&[][..], &["--brand", "kenwick", "--operator"]] {
            assert!(parsed(wrong).is_err(), "{wrong:?}");
        }
        let right = parsed(&["--operator"]).unwrap();
        assert!(matches!(right, Command::Token(Token::Create(options)) if options.holder.operator));
        assert!(
            brand("Kenwick & Sons")
                .unwrap_err()
                .to_string()
                .contains("a-z 0-9 -")
        );
    }
}
