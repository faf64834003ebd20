//! An answer as plain data, so that what is answered can be tested without a worker around it.

use std::borrow::Cow;

use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::{ReadableStream, ReadableWritablePair};
use worker::{EncodeBody, Headers, Response, ResponseBody, ResponseBuilder};

/// What a request says in a header; empty when it says nothing.
#[must_use]
pub fn header(request: &worker::Request, name: &str) -> String {
    request
        .headers()
        .get(name)
        .ok()
        .flatten()
        .unwrap_or_default()
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// Text of our own making.
    Text(String),
    /// Bytes that are what `content-encoding` says.
    Encoded(Cow<'static, [u8]>),
    /// The same as gzip, unpacked on the way.
    Gzipped(&'static [u8]),
}

/// Status, headers and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers beside the cross-origin ones, which every answer has.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body.
    pub body: Body,
}

impl Reply {
    /// An answer without a body.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Empty,
        }
    }

    /// An answer in text.
    #[must_use]
    pub fn text(status: u16, content_type: &'static str, body: String) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.into())],
            body: Body::Text(body),
        }
    }

    /// An answer in JSON.
    #[must_use]
    pub fn json(status: u16, content_type: &'static str, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).unwrap_or_default();
        Self::text(status, content_type, body)
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The value of a header, for tests and for a reader of the reply.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, value)| value.as_ref())
    }

    /// The answer as the runtime sends it; `head` leaves the body out and keeps the headers.
    ///
    /// # Errors
    /// When the runtime refuses a header or the status.
    pub fn into_response(self, head: bool) -> worker::Result<Response> {
        let headers = match self.body {
            Body::Text(_) => headers(&[&EVERY])?,
            Body::Empty | Body::Encoded(_) | Body::Gzipped(_) => cross_origin()?,
        };
        for (name, value) in &self.headers {
            headers.set(name, value)?;
        }
        let builder = ResponseBuilder::new()
            .with_status(self.status)
            .with_headers(headers);
        match self.body {
            _ if head => Ok(builder.empty()),
            Body::Empty => Ok(builder.empty()),
            Body::Text(text) => Ok(builder.fixed(text.into_bytes())),
            Body::Encoded(bytes) => Ok(builder
                .with_encode_body(EncodeBody::Manual)
                .fixed(bytes.into_owned())),
            Body::Gzipped(bytes) => Ok(builder.body(ResponseBody::Stream(unpacked(bytes)?))),
        }
    }
}

#[wasm_bindgen]
extern "C" {
    /// A pair of streams; `web-sys` holds it to be unstable.
    type DecompressionStream;
    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<DecompressionStream, JsValue>;
}

/// The runtime unpacks gzip faster than anything that the worker could bring along, and only clients that accept no coding ask for it.
fn unpacked(gzip: &'static [u8]) -> worker::Result<ReadableStream> {
    let packed = web_sys::Response::new_with_opt_u8_array(Some(&mut gzip.to_vec()))?;
    let stream = packed.body().ok_or("a response without a body")?;
    let unpack = DecompressionStream::new("gzip")?;
    Ok(stream.pipe_through(unpack.unchecked_ref::<ReadableWritablePair>()))
}

/// The headers of what strangers' pages embed: script and media.
///
/// # Errors
/// Never in practice: the names and values are constants.
pub fn cross_origin() -> worker::Result<Headers> {
    headers(&[&EVERY, &EMBEDDED])
}

fn headers(lists: &[&[(&str, &str)]]) -> worker::Result<Headers> {
    let headers = Headers::new();
    for (name, value) in lists.iter().copied().flatten() {
        headers.set(name, value)?;
    }
    Ok(headers)
}

/// The headers that every answer has: any origin may read it, with no credentials, and nothing is guessed from the bytes.
pub const EVERY: [(&str, &str); 2] = [
    ("access-control-allow-origin", "*"),
    ("x-content-type-options", "nosniff"),
];

/// Isolated pages (`Cross-Origin-Embedder-Policy: require-corp`) may embed it, and a page may see how long it took. What is fetched as text,
/// such as a look-up, is read by leave of [`EVERY`] alone, and each header of a look-up costs a hundredth of it.
const EMBEDDED: [(&str, &str); 2] = [
    ("cross-origin-resource-policy", "cross-origin"),
    ("timing-allow-origin", "*"),
];
