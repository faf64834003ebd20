//! Machines that look at pages: flagged with the reason, kept like all others, and left out of figures unless they are asked for.
//!
//! The first reason that holds is told:
//!
//! | reason | |
//! |---|---|
//! | `user_agent` | the user agent says so, by the list that the package `isbot` keeps; it is then forgotten |
//! | `verified` | Cloudflare knows it as a bot that says who it is |
//! | `network` | it comes from a network of rented servers, where no shopper sits ([`HOSTING`]) |
//! | `behaviour` | it did what no person can ([`impossible`]) |

use wasm_bindgen::prelude::wasm_bindgen;
use worker::Request;

use crate::agents::{Agent, known};
use crate::beacon::Beacon;
use crate::device;

#[wasm_bindgen(module = "isbot")]
extern "C" {
    /// <https://github.com/omrilotan/isbot>: one pattern, kept and tested against thousands of real browsers.
    fn isbot(user_agent: &str) -> bool;
}

/// Autonomous systems that rent out servers and nothing else, by their numbers in the registries: Amazon, Microsoft Azure, Google Cloud, `OVH`, Hetzner, `DigitalOcean`, Linode, Vultr, Oracle
/// Cloud, Alibaba Cloud, Tencent Cloud, Scaleway, Contabo, Leaseweb. Networks through which people come too (Cloudflare's, Akamai's and Fastly's relays, Google's own 15169, company proxies) are not among them.
pub const HOSTING: [u32; 19] = [
    16509, 14618, 8987, 8075, 396_982, 16276, 24940, 213_230, 14061, 63949, 20473, 31898, 45102,
    37963, 132_203, 12876, 51167, 60781, 28753,
];

/// What a user agent says of who sends it.
#[must_use]
pub fn agent(user_agent: &str) -> Agent {
    known(user_agent, |user_agent| {
        let device = device::class(user_agent);
        let bot = device == "bot" || (!user_agent.is_empty() && isbot(user_agent));
        Agent { device, bot }
    })
}

/// Why a request is taken for a machine's, so far as the request alone says it.
#[must_use]
pub fn by_request(request: &Request, agent: Agent) -> Option<&'static str> {
    if agent.bot {
        return Some("user_agent");
    }
    let cf = request.cf()?;
    if cf
        .verified_bot_category()
        .is_some_and(|category| !category.is_empty())
    {
        return Some("verified");
    }
    cf.asn()
        .is_some_and(|asn| HOSTING.contains(&asn))
        .then_some("network")
}

/// Whether a beacon tells what no person can have done: half of a button in view for a second before a second has passed (nearly: clocks are coarse), something done more than twenty times a second, more than
/// twenty beacons a second.
#[must_use]
pub fn impossible(beacon: &Beacon<'_>) -> bool {
    let (n, elapsed_ms) = beacon.pace();
    let at_most = |elapsed_ms: u32| 20 + elapsed_ms / 50;
    beacon
        .looks()
        .any(|(elapsed_ms, viewable)| viewable > 0 && elapsed_ms < 900)
        || beacon
            .hands()
            .any(|(elapsed_ms, count)| count > at_most(elapsed_ms))
        || n > at_most(elapsed_ms)
}
