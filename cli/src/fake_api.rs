//! A fake of the stores' API for tests, which keeps keys in order and can fail on purpose.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::store::Store;

#[derive(Default)]
pub(crate) struct Stored {
    pub(crate) keys: BTreeMap<String, (String, Value)>,
    pub(crate) objects: BTreeMap<String, (String, Vec<u8>)>,
    pub(crate) calls: Vec<String>,
    /// Statuses with which the next calls are answered.
    pub(crate) failures: VecDeque<u16>,
    /// How many more calls are answered; then the server goes away.
    pub(crate) answers_left: Option<usize>,
    /// What goes wrong with the next calls: the first counts for the next call whose method and URL have its text.
    pub(crate) faults: VecDeque<(&'static str, Fault)>,
}

/// What goes wrong with a call.
#[derive(Clone)]
pub(crate) enum Fault {
    /// It is not carried out, and answered with this.
    Says(u16, String),
    /// It is carried out, and its answer breaks off.
    BreaksOff,
    /// It is not answered.
    Hangs,
    /// This key of a bulk call is not taken.
    LeavesOut(&'static str),
}

pub(crate) struct Api {
    pub(crate) stored: Arc<Mutex<Stored>>,
    pub(crate) url: String,
}

impl Api {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/client/v4", listener.local_addr().unwrap());
        let stored = Arc::<Mutex<Stored>>::default();
        let state = Arc::clone(&stored);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let state = Arc::clone(&state);
                std::thread::spawn(move || serve(&connection.unwrap(), &state));
            }
        });
        Self { stored, url }
    }

    pub(crate) fn store(&self) -> Store {
        Store::local(&self.url).impatient()
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.stored.lock().unwrap().keys.keys().cloned().collect()
    }

    pub(crate) fn value(&self, key: &str) -> String {
        self.stored.lock().unwrap().keys.get(key).unwrap().0.clone()
    }

    pub(crate) fn calls(&self, containing: &str) -> usize {
        let stored = self.stored.lock().unwrap();
        stored
            .calls
            .iter()
            .filter(|call| call.contains(containing))
            .count()
    }
}

pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// Answers the requests of one connection until it is closed.
fn serve(connection: &TcpStream, state: &Mutex<Stored>) {
    connection.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(connection);
    while let Some(request) = read_request(&mut reader) {
        let Some((status, text, whole)) = answer(&request, state) else {
            // The connection stays open, so that who asked waits.
            while reader.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
            return;
        };
        let body = if request.method == "HEAD" {
            ""
        } else {
            text.as_str()
        };
        let response = format!(
            "HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut writer = connection;
        writer.write_all(response.as_bytes()).unwrap();
        let sent = if whole { body.len() } else { body.len() / 2 };
        writer.write_all(&body.as_bytes()[..sent]).unwrap();
        if !whole {
            return;
        }
    }
}

pub(crate) fn read_request(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split(' ');
    let (method, url) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    assert!(
        !headers.contains_key("transfer-encoding"),
        "R2 wants the length of an object beforehand"
    );
    let length: u64 = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body).unwrap();
    Some(Request {
        method,
        url,
        headers,
        body,
    })
}

/// Status and body, and whether it is sent whole; none when there is no answer at all.
fn answer(request: &Request, state: &Mutex<Stored>) -> Option<(u16, String, bool)> {
    let mut stored = state.lock().unwrap();
    let call = format!("{} {}", request.method, request.url);
    stored.calls.push(call.clone());
    let failure = match &mut stored.answers_left {
        Some(0) => Some(400),
        Some(left) => {
            *left -= 1;
            None
        }
        None => stored.failures.pop_front(),
    };
    if let Some(status) = failure {
        return Some((status, says("on purpose", 7), true));
    }
    let fault = stored
        .faults
        .pop_front_if(|(containing, _)| call.contains(*containing));
    let whole = !matches!(fault, Some((_, Fault::BreaksOff)));
    let (status, text) = match fault {
        Some((_, Fault::Hangs)) => return None,
        Some((_, Fault::Says(status, text))) => (status, text),
        Some((_, Fault::LeavesOut(key))) => {
            let mut items: Vec<Value> = serde_json::from_slice(&request.body).unwrap();
            let sent = items.len();
            items.retain(|item| item != key && item.get("key").is_none_or(|named| named != key));
            respond(&mut stored, request, json!(items).to_string().as_bytes());
            let left_out = if items.len() < sent {
                vec![key]
            } else {
                Vec::new()
            };
            let result =
                json!({ "successful_key_count": items.len(), "unsuccessful_keys": left_out });
            (
                200,
                json!({ "success": true, "result": result }).to_string(),
            )
        }
        Some((_, Fault::BreaksOff)) | None => respond(&mut stored, request, &request.body),
    };
    Some((status, text, whole))
}

/// How the API says that a call failed.
pub(crate) fn says(message: &str, code: i32) -> String {
    let errors = json!([{ "code": code, "message": message }]);
    json!({ "success": false, "errors": errors, "result": null }).to_string()
}

fn respond(stored: &mut Stored, request: &Request, body: &[u8]) -> (u16, String) {
    let url = request
        .url
        .strip_prefix("/client/v4/accounts/local/")
        .unwrap();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let parameter = |name: &str| {
        let value = query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().replace("%3A", ":")
    };
    let method = request.method.as_str();
    if let Some(object) = path.strip_prefix("r2/buckets/MEDIA/objects/") {
        if method == "HEAD" {
            return (
                if stored.objects.contains_key(object) {
                    200
                } else {
                    404
                },
                String::new(),
            );
        }
        let content_type = request.headers.get("content-type").unwrap();
        stored
            .objects
            .insert(object.to_owned(), (content_type.clone(), body.to_vec()));
        return (200, json!({ "success": true, "result": {} }).to_string());
    }
    match (
        method,
        path.strip_prefix("storage/kv/namespaces/CATALOG/").unwrap(),
    ) {
        ("GET", "keys") => {
            let (prefix, cursor) = (parameter("prefix"), parameter("cursor"));
            let limit: usize = parameter("limit").parse().unwrap();
            let begin = if cursor.is_empty() {
                Bound::Included(&prefix)
            } else {
                Bound::Excluded(&cursor)
            };
            let behind = stored.keys.range::<String, _>((begin, Bound::Unbounded));
            let mut keys = behind.take_while(|(key, _)| key.starts_with(&prefix));
            let page: Vec<Value> = keys
                .by_ref()
                .take(limit)
                .map(|(key, (_, metadata))| json!({ "name": key, "metadata": metadata }))
                .collect();
            let next = if keys.next().is_some() {
                page.last().unwrap()["name"].as_str().unwrap()
            } else {
                ""
            };
            (
                200,
                json!({ "success": true, "result": page, "result_info": { "cursor": next } })
                    .to_string(),
            )
        }
        ("GET", call) if call.starts_with("values/") => {
            let key = decoded(call.strip_prefix("values/").unwrap());
            match stored.keys.get(&key) {
                Some((value, _)) => (200, value.clone()),
                None => (404, json!({ "success": false, "errors": [] }).to_string()),
            }
        }
        ("PUT", "bulk") => {
            let pairs: Vec<Value> = serde_json::from_slice(body).unwrap();
            assert!(pairs.len() <= 10_000);
            for pair in pairs {
                let key = pair["key"].as_str().unwrap();
                assert!(key.len() <= 512);
                let value = pair["value"].as_str().unwrap().to_owned();
                stored
                    .keys
                    .insert(key.to_owned(), (value, pair["metadata"].clone()));
            }
            (
                200,
                json!({ "success": true, "result": { "unsuccessful_keys": [] } }).to_string(),
            )
        }
        ("POST", "bulk/delete") => {
            let keys: Vec<String> = serde_json::from_slice(body).unwrap();
            for key in keys {
                stored.keys.remove(&key);
            }
            (
                200,
                json!({ "success": true, "result": { "unsuccessful_keys": [] } }).to_string(),
            )
        }
        other => panic!("{other:?} is no call of the API"),
    }
}

/// Takes the percent-encoding of a path's segment back.
fn decoded(segment: &str) -> String {
    assert!(!segment.contains('/'), "{segment} is more than one segment");
    let mut parts = segment.split('%');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).unwrap());
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).unwrap()
}
