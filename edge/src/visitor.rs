//! The day-lived visitor hash: who measures with the shopper's consent may tell that two page views of one shop and one day were the same browser's, and nobody can tell more.
//!
//! It is the first half of an HMAC-SHA-256 (RFC 2104) over shop, address and user agent, keyed by the salt of the UTC day in which the beacon was received. The studio's cron makes a salt for each
//! day from 32 random bytes (`studio/src/salt_cron.rs`), and KV forgets it ten minutes after its day: then nobody can make the hash again, not from the same address either. The shop is in
//! it, so that nobody is followed from one shop to another. Address and user agent are read for this alone, of beacons with consent alone, and are kept nowhere.

use std::net::IpAddr;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use shelfreel_playback::{encode_id, hour};

use crate::memory::Held;
use crate::playback::Stamp;

/// What a salt's key begins with in KV.
pub(crate) const SALT: &str = "salt:";

/// A salt is 32 bytes as base64url without padding.
const SALT_CHARACTERS: usize = 43;

/// Where a request comes from, for as long as it is looked at.
#[derive(Clone, Copy)]
pub struct Sender<'a> {
    /// `CF-Connecting-IP`.
    pub address: &'a str,
    /// `User-Agent`.
    pub user_agent: &'a str,
}

/// The key of the salt of the UTC day in which a moment lies: `salt:2026-11-22`.
#[must_use]
pub fn salt_key(at_ms: u64) -> String {
    let hour = hour(at_ms);
    let day = hour.split_once('T').map_or("", |(day, _)| day);
    format!("{SALT}{day}")
}

/// Whether a value has the form of a salt.
pub(crate) fn is_salt(value: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    value.len() == SALT_CHARACTERS && value.bytes().all(is_letter)
}

/// The hash, 22 characters; empty where there is no salt to make it with, or no address.
#[must_use]
pub fn hash<'h>(
    stamp: &Stamp,
    sender: Sender<'_>,
    held: impl Fn(&str) -> Option<&'h Held>,
) -> String {
    let made = || {
        let Some(Held::Salt(salt)) = held(&salt_key(stamp.received_at_ms)) else {
            return None;
        };
        // The key as it stands: random bytes are as hard to guess in 43 letters as in 32 bytes.
        let mut mac = Hmac::<Sha256>::new_from_slice(salt.as_bytes()).ok()?;
        for part in [
            stamp.shop.as_bytes(),
            b"\0",
            &network(sender.address)?,
            b"\0",
            sender.user_agent.as_bytes(),
        ] {
            mac.update(part);
        }
        let whole = mac.finalize().into_bytes();
        let half = whole.first_chunk()?;
        String::from_utf8(encode_id(half).to_vec()).ok()
    };
    made().unwrap_or_default()
}

/// What stays the same of one connection's address: of IPv6 the first 64 bits, since browsers take another of the other 64 every day (RFC 8981); IPv4 whole, also where it is written as IPv6.
fn network(address: &str) -> Option<Vec<u8>> {
    Some(match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().iter().take(8).copied().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Age, Memory};

    const DAY_MS: u64 = 86_400_000;
    const NOON_MS: u64 = 1_795_348_800_000;
    const PHONE: &str = "Mozilla/5.0 (iPhone) Mobile";

    fn stamp(shop: &str, received_at_ms: u64) -> Stamp {
        Stamp {
            shop: shop.into(),
            received_at_ms,
            ..Stamp::default()
        }
    }

    fn salt(letter: &str) -> String {
        letter.repeat(SALT_CHARACTERS)
    }

    /// The hash with the store holding one salt.
    fn with(salt: (&str, Option<&str>), stamp: &Stamp, address: &str, user_agent: &str) -> String {
        let mut memory = Memory::default();
        let _readable = memory.keep(salt.0, salt.1, 0);
        let sender = Sender {
            address,
            user_agent,
        };
        hash(stamp, sender, |key| memory.get(key, Age::Any, 0))
    }

    fn of(shop: &str, address: &str, user_agent: &str) -> String {
        let today = salt_key(NOON_MS);
        let stamp = stamp(shop, NOON_MS);
        with((&today, Some(&salt("a"))), &stamp, address, user_agent)
    }

    #[test]
    fn the_hash_is_the_one_that_docs_wire_md_says() {
        // python3 -c "import hmac,base64;print(base64.urlsafe_b64encode(hmac.digest(b'a'*43,b'shop_demo\0'+bytes([192,0,2,7])+b'\0UA','sha256')[:16]))"
        assert_eq!(of("shop_demo", "192.0.2.7", "UA"), "5tJsTRkn4hsMKsYUglXrAA");
        // … b'shop_demo\0'+bytes.fromhex('20010db800010002')+b'\0UA' …
        assert_eq!(
            of("shop_demo", "2001:db8:1:2:3:4:5:6", "UA"),
            "OOH4efqGKHKGi94HUxZZNw"
        );
    }

    #[test]
    fn one_browser_at_one_shop_is_the_same_and_every_other_is_another() {
        let one = of("shop_demo", "192.0.2.7", PHONE);
        assert_eq!(one, of("shop_demo", "192.0.2.7", PHONE));
        for other in [
            of("shop_other", "192.0.2.7", PHONE),
            of("shop_demo", "192.0.2.8", PHONE),
            of("shop_demo", "192.0.2.7", "another"),
            of("shop_demo", "2001:db8:1:2::7", PHONE),
        ] {
            assert_ne!(one, other);
            assert!(shelfreel_playback::is_id(&other), "{other:?}");
        }
    }

    #[test]
    fn of_ipv6_the_first_half_counts_and_ipv4_within_it_is_ipv4() {
        let one = of("shop_demo", "2001:db8:1:2:3:4:5:6", PHONE);
        assert_eq!(one, of("shop_demo", "2001:0DB8:1:2::1", PHONE));
        assert_ne!(one, of("shop_demo", "2001:db8:1:3:3:4:5:6", PHONE));
        let mapped = of("shop_demo", "::ffff:192.0.2.7", PHONE);
        assert_eq!(mapped, of("shop_demo", "192.0.2.7", PHONE));
        assert_ne!(mapped, of("shop_demo", "::ffff:192.0.2.8", PHONE));
    }

    #[test]
    fn at_midnight_utc_everybody_is_another() {
        let last = NOON_MS + DAY_MS / 2 - 1;
        let today = salt_key(NOON_MS);
        assert_eq!(today, "salt:2026-11-22");
        let at = |received_at_ms| {
            let stamp = stamp("shop_demo", received_at_ms);
            with((&today, Some(&salt("a"))), &stamp, "192.0.2.7", PHONE)
        };
        assert_eq!(at(NOON_MS), at(last));
        assert_eq!(at(last + 1), "", "yesterday's salt makes no hash of today");
        let tomorrow = with(
            (&salt_key(last + 1), Some(&salt("b"))),
            &stamp("shop_demo", last + 1),
            "192.0.2.7",
            PHONE,
        );
        assert_ne!(tomorrow, at(last));
        assert!(shelfreel_playback::is_id(&tomorrow));
    }

    #[test]
    fn without_salt_or_address_there_is_no_hash() {
        let (today, stamp) = (salt_key(NOON_MS), stamp("shop_demo", NOON_MS));
        let short = salt("a").split_off(1);
        for value in [None, Some(""), Some(short.as_str()), Some(&*"é".repeat(43))] {
            assert_eq!(with((&today, value), &stamp, "192.0.2.7", PHONE), "");
        }
        for address in ["", "localhost", "192.0.2.7:80", "192.0.2"] {
            assert_eq!(of("shop_demo", address, PHONE), "", "{address}");
        }
    }
}
