//! The lake in a folder.

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
use ::parquet::record::Field;
use clap::Parser as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::args::{Args, Command};

const HOUR: &str = "2026-11-22T05";
const HOUR_MS: u64 = 1_795_323_600_000;
/// When that hour is closed.
const CLOSED_MS: u64 = HOUR_MS + 3_600_000 + 10 * 60 * 1000;

struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn lake(&self) -> Folder {
        Folder::open(self.folder.path()).unwrap()
    }

    fn put(&self, key: &str, rows: &[Value]) {
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let bytes = if key.ends_with(".gz") {
            gzip.write_all(lines.as_bytes()).unwrap();
            gzip.finish().unwrap()
        } else {
            lines.into_bytes()
        };
        put_bytes(&self.lake(), key, &bytes).unwrap();
    }

    fn raw(&self, name: &str, rows: &[Value]) {
        self.put(&format!("lake/raw/{HOUR}/{name}.ndjson.gz"), rows);
    }

    /// Runs a command at a time; its outcome and what it printed.
    fn run(&self, more: &[&str], now_ms: u64) -> (Outcome, String) {
        let line = ["shelfreel", "lake"].iter().chain(more);
        let at = ["--dir", self.folder.path().to_str().unwrap()];
        let line = line.chain(&at);
        let Command::Lake(command) = Args::try_parse_from(line).unwrap().command else {
            panic!("{more:?}");
        };
        let mut out = Vec::new();
        let lake = open(command.at()).unwrap();
        let outcome = match &command {
            LakeCommand::List(options) => list::run(lake.as_ref(), options, &mut out),
            LakeCommand::Compact(options) => compact::run(lake.as_ref(), options, now_ms, &mut out),
            LakeCommand::Replay(options) => replay::run(lake.as_ref(), options, &mut out),
            LakeCommand::Mend(options) => mend::run(lake.as_ref(), options, &mut out),
        };
        (outcome.unwrap(), String::from_utf8(out).unwrap())
    }

    fn compact(&self) -> (Outcome, String) {
        self.run(&["compact", "--hour", HOUR], 0)
    }

    /// The rows of a table, as Parquet's own reader says them.
    fn table(&self, table: &str) -> Vec<Value> {
        let objects = self.lake().list(&format!("lake/parquet/{table}/")).unwrap();
        objects
            .iter()
            .flat_map(|object| read(&self.folder.path().join(&object.key)))
            .collect()
    }

    /// Every object with its bytes.
    fn bytes(&self) -> Vec<(Object, Vec<u8>)> {
        let lake = self.lake();
        let objects = lake.list("").unwrap().into_iter();
        objects
            .map(|object| (object.clone(), lake.get(&object.key).unwrap().unwrap()))
            .collect()
    }
}

fn read(path: &Path) -> Vec<Value> {
    let file = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let rows = file.get_row_iter(None).unwrap();
    rows.map(|row| json_of(&Field::Group(row.unwrap())))
        .collect()
}

fn json_of(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(bool) => json!(bool),
        Field::Long(int) => json!(int),
        Field::Str(text) => json!(text),
        Field::Bytes(bytes) => json!(bytes.as_utf8().unwrap()),
        Field::ListInternal(list) => list.elements().iter().map(json_of).collect(),
        Field::Group(row) => {
            let columns = row.get_column_iter();
            Value::Object(
                columns
                    .map(|(name, field)| (name.clone(), json_of(field)))
                    .collect(),
            )
        }
        other => panic!("{other:?}"),
    }
}

fn id(letter: char) -> String {
    letter.to_string().repeat(22)
}

fn session(letter: char, seq: u32, played: &Value) -> Value {
    json!({
        "id": id(letter), "seq": seq, "elapsed_ms": 5_000, "placement": id('p'), "video": "film", "code": "gtin:08710103937746", "language": "nl",
        "state": "playing", "reason": "tap", "position_ms": 4_000, "duration_ms": 8_000, "startup_ms": 220, "started": 1, "ended": 0, "playing_ms": 6_100,
        "played_ms": 6_100, "rebuffering_ms": 0, "rebuffers": 0, "seeks": 1, "pauses": 0, "rate_changes": 0, "errors": 0, "played": played,
    })
}

fn placement(letter: char, seq: u32) -> Value {
    json!({
        "id": id(letter), "seq": seq, "elapsed_ms": 9_000, "code": "gtin:08710103937746", "videos": ["film", "other"], "layout": "button",
        "shown": 1, "viewable": 1, "opened": 1, "cart": 1, "carts_ms": [8_200],
    })
}

fn row(beacon: char, received_at_ms: u64, sessions: &[Value], placements: &[Value]) -> Value {
    json!({
        "v": 1, "beacon_id": id(beacon), "shop": "shop_demo", "received_at_ms": received_at_ms, "origin": "https://shop.example", "country": "NL", "device": "phone",
        "videos": { "film": { "v": 1, "brand": "kenwick", "series": "kitchen", "duration_ms": 8_000 } },
        "beacon": {
            "v": 1, "id": id(beacon), "page_view": id('v'), "n": 1, "elapsed_ms": 9_500, "widget": "0.1.0", "engine": "wasm", "language": "nl-BE,en",
            "events": [], "placements": placements, "sessions": sessions, "later": { "added": 1 },
        },
    })
}

#[test]
fn an_hour_becomes_one_row_a_beacon_and_the_best_snapshot_of_each_session() {
    let desk = Desk::new();
    let mut early = row(
        'a',
        HOUR_MS + 1,
        &[session('s', 1, &json!([]))],
        &[placement('p', 1)],
    );
    early["matched"] = json!({ "sku:1": { "code": "sku:shop_demo:1" } });
    let late = row(
        'b',
        HOUR_MS + 2,
        &[
            session('s', 2, &json!([[0, 2000, 1], [2000, 4100, 2]])),
            session('t', 1, &json!([])),
        ],
        &[],
    );
    // The same snapshot in a beacon that came later counts for nothing.
    let again = row(
        'c',
        HOUR_MS + 3,
        &[session('s', 2, &json!([[0, 1, 1]]))],
        &[],
    );
    desk.raw("1", &[again, late.clone(), early.clone()]);
    desk.raw("2", &[early, late]);
    let (outcome, said) = desk.compact();
    assert_eq!(outcome, Outcome::All);
    assert!(
        said.contains("3 rows (2 copies left out), 2 sessions, 1 placements"),
        "{said}"
    );

    let rows = desk.table("rows");
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["beacon_id"], id('a'));
    assert_eq!(rows[0]["wishes"], "nl-BE,en");
    assert_eq!(
        rows[0]["more"],
        r#"{"matched":{"sku:1":{"code":"sku:shop_demo:1"}}}"#
    );
    assert_eq!(rows[1]["more"], "{}");
    let beacon: Value = serde_json::from_str(rows[0]["beacon"].as_str().unwrap()).unwrap();
    assert_eq!(beacon["later"]["added"], 1);

    let sessions = desk.table("sessions");
    let best = &sessions[0];
    assert_eq!((&best["id"], &best["seq"]), (&json!(id('s')), &json!(2)));
    assert_eq!(best["beacon_id"], id('b'));
    assert_eq!(best["start_ms"], HOUR_MS + 2 - 5_000);
    assert_eq!(
        (&best["brand"], &best["product"]),
        (&json!("kenwick"), &json!(""))
    );
    assert_eq!(
        best["played"],
        json!([
            { "from_ms": 0, "to_ms": 2000, "times": 1 }, { "from_ms": 2000, "to_ms": 4100, "times": 2 },
        ])
    );
    assert_eq!(sessions[1]["played"], json!([]));
    let placed = &desk.table("placements")[0];
    assert_eq!(
        (&placed["videos"], &placed["carts_ms"]),
        (&json!(["film", "other"]), &json!([8_200]))
    );
}

#[test]
fn what_old_widgets_do_not_say_is_null() {
    let desk = Desk::new();
    let (mut old_session, mut old_placement) = (session('s', 1, &json!([])), placement('p', 1));
    for field in ["code", "startup_ms"] {
        old_session.as_object_mut().unwrap().remove(field);
    }
    old_placement.as_object_mut().unwrap().remove("carts_ms");
    let mut new_placement = placement('q', 1);
    new_placement["carts_ms"] = json!([]);
    desk.raw(
        "1",
        &[row(
            'a',
            HOUR_MS,
            &[old_session],
            &[old_placement, new_placement],
        )],
    );
    desk.compact();
    let sessions = desk.table("sessions");
    assert_eq!(
        (&sessions[0]["code"], &sessions[0]["startup_ms"]),
        (&Value::Null, &Value::Null)
    );
    let carts: Vec<Value> = desk
        .table("placements")
        .iter()
        .map(|row| row["carts_ms"].clone())
        .collect();
    assert_eq!(carts, [Value::Null, json!([])]);
}

#[test]
fn of_copies_that_differ_the_one_received_first_counts_then_the_smallest() {
    let desk = Desk::new();
    let with = |received_at_ms, country: &str| {
        let mut row = row('a', received_at_ms, &[], &[]);
        row["country"] = json!(country);
        row
    };
    desk.raw("1", &[with(HOUR_MS + 5, "AA"), with(HOUR_MS + 4, "NL")]);
    desk.raw("2", &[with(HOUR_MS + 4, "BE")]);
    desk.compact();
    let rows = desk.table("rows");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["country"], "BE");
}

#[test]
fn the_same_lines_are_the_same_bytes_whatever_objects_they_came_in() {
    let rows: Vec<Value> = ('a'..='z')
        .zip(HOUR_MS..)
        .map(|(letter, at)| {
            row(
                letter,
                at,
                &[session(letter, 1, &json!([[0, 5, 1]]))],
                &[placement(letter, 1)],
            )
        })
        .collect();
    let parquet = |desk: &Desk| -> Vec<(Object, Vec<u8>)> {
        desk.bytes()
            .into_iter()
            .filter(|(object, _)| object.key.starts_with("lake/parquet/"))
            .collect()
    };
    let (one, other) = (Desk::new(), Desk::new());
    one.raw("1", &rows);
    one.compact();
    let first = one.bytes();
    one.compact();
    assert_eq!(one.bytes(), first);
    for (place, row) in rows.iter().enumerate().rev() {
        other.raw(&place.to_string(), std::slice::from_ref(row));
        other.put(
            &format!("spill/{HOUR}/{place}.json"),
            std::slice::from_ref(row),
        );
    }
    other.compact();
    assert_eq!(parquet(&one).len(), 3);
    assert_eq!(parquet(&other), parquet(&one));
}

#[test]
fn pending_hours_are_those_that_are_closed_and_have_something_new() {
    let desk = Desk::new();
    let pending = |now_ms| desk.run(&["compact", "--pending"], now_ms);
    desk.raw("1", &[row('a', HOUR_MS, &[], &[])]);
    assert_eq!(pending(CLOSED_MS - 1).1, "");
    assert!(pending(CLOSED_MS).1.starts_with("2026-11-22T05  1 rows"));
    assert_eq!(pending(CLOSED_MS).1, "");
    desk.put(
        &format!("spill/{HOUR}/{}.json", id('b')),
        &[row('b', HOUR_MS, &[], &[])],
    );
    assert!(pending(CLOSED_MS).1.contains("2 rows"));
    desk.raw("2", &[row('c', HOUR_MS, &[], &[])]);
    assert!(pending(CLOSED_MS + 13 * 86_400_000).1.contains("3 rows"));
    // Once it is old, it is looked at for its spill alone.
    desk.lake()
        .delete(&format!("spill/{HOUR}/{}.json", id('b')))
        .unwrap();
    desk.raw("3", &[row('d', HOUR_MS, &[], &[])]);
    assert_eq!(pending(CLOSED_MS + 15 * 86_400_000).1, "");
    desk.put(
        &format!("spill/{HOUR}/{}.json", id('e')),
        &[row('e', HOUR_MS, &[], &[])],
    );
    assert!(pending(CLOSED_MS + 15 * 86_400_000).1.contains("4 rows"));
}

#[test]
fn what_was_asked_for_in_an_hour_is_added_up_whatever_else_was_there() {
    let desk = Desk::new();
    let asked = |why: Option<&str>, from_ms: u64, count: u64| {
        let mut line = json!({ "v": 1, "from_ms": from_ms, "to_ms": from_ms + 60_000, "shop": "shop_demo", "code": "gtin:09524710000125", "language": "nl", "count": count });
        match why {
            Some(why) => {
                line["brand"] = json!("kenwick");
                line["why"] = json!(why);
            }
            None => line["look_up"] = json!(true),
        }
        line
    };
    let none = Some("no_language");
    let lines = [
        asked(none, HOUR_MS + 5, 3),
        asked(None, HOUR_MS, 1),
        json!("no line"),
        asked(none, HOUR_MS, 4),
    ];
    // An object an isolate and minute.
    for (place, line) in lines.iter().enumerate() {
        desk.put(
            &format!("lake/demand/{HOUR}/{place}.ndjson"),
            std::slice::from_ref(line),
        );
    }
    let (outcome, said) = desk.run(&["compact", "--pending"], CLOSED_MS);
    assert_eq!(outcome, Outcome::Some);
    assert!(
        said.contains("2 of demand") && said.contains("1 lines could not be read"),
        "{said}"
    );
    let row = |brand: Value, why: Value, to_ms: u64, count: u64| json!({ "code": "gtin:09524710000125", "language": "nl", "shop": "shop_demo", "brand": brand, "why": why, "look_up": why.is_null(), "from_ms": HOUR_MS, "to_ms": to_ms, "count": count });
    assert_eq!(
        desk.table("demand"),
        [
            row(json!(null), json!(null), HOUR_MS + 60_000, 1),
            row(json!("kenwick"), json!("no_language"), HOUR_MS + 60_005, 7)
        ]
    );
    assert_eq!(desk.table("rows"), [] as [Value; 0]);
    assert_eq!(desk.run(&["compact", "--pending"], CLOSED_MS).1, "");
    desk.put(
        &format!("lake/demand/{HOUR}/late.ndjson"),
        &[asked(none, HOUR_MS, 1)],
    );
    desk.run(&["compact", "--pending"], CLOSED_MS);
    assert_eq!(desk.table("demand")[1]["count"], 8);
}

#[test]
fn what_cannot_be_read_is_told_and_stops_nothing() {
    let desk = Desk::new();
    let bad = json!({ "v": 1, "shop": "shop_demo", "received_at_ms": HOUR_MS, "bad": { "reason": "json: x", "raw": "{" } });
    let mut newer = row('b', HOUR_MS, &[], &[]);
    newer["beacon"]["page_view"] = json!(5);
    desk.raw("1", &[row('a', HOUR_MS, &[], &[]), json!("no row"), newer]);
    desk.put(&format!("spill/{HOUR}/bad-1.json"), &[bad]);
    let (outcome, said) = desk.compact();
    assert_eq!(outcome, Outcome::Some);
    assert!(
        said.contains("1 rows") && said.contains("2 lines could not be read"),
        "{said}"
    );
}

#[test]
fn a_table_of_many_bytes_is_several_files_and_loses_no_row() {
    let pattern = |n: u64| {
        vec![
            ("n", parquet::Cell::Int(n)),
            ("text", parquet::Cell::Text(hex_of(n))),
        ]
    };
    let mut writer = parquet::Writer::new("t", &pattern(0))
        .unwrap()
        .with_file_bytes(20_000);
    for n in 0..2_000 {
        writer.push(pattern(n)).unwrap();
    }
    let files = writer.finish().unwrap();
    assert!(files.len() > 2, "{}", files.len());
    let rows: Vec<Value> = files.iter().flat_map(|file| read(file.path())).collect();
    assert!(
        rows.iter()
            .map(|row| row["n"].as_u64().unwrap())
            .eq(0..2_000)
    );
}

/// Text that does not compress.
fn hex_of(n: u64) -> String {
    use sha2::Digest as _;
    shelfreel_matching::projection::hex(&sha2::Sha256::digest(n.to_le_bytes()), 64)
}

#[test]
fn parts_that_an_hour_has_no_longer_are_taken_out() {
    let desk = Desk::new();
    desk.raw("1", &[row('a', HOUR_MS, &[], &[])]);
    desk.compact();
    let done = compact::done_key(HOUR.parse().unwrap());
    let mut noted: Value =
        serde_json::from_slice(&desk.lake().get(&done).unwrap().unwrap()).unwrap();
    let part = "lake/parquet/rows/date=2026-11-22/hour=05/part-001.parquet";
    noted["objects"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "key": part, "bytes": 1 }));
    put_bytes(&desk.lake(), &done, noted.to_string().as_bytes()).unwrap();
    put_bytes(&desk.lake(), part, b"x").unwrap();
    desk.compact();
    assert_eq!(desk.lake().get(part).unwrap(), None);
    assert_eq!(desk.table("rows").len(), 1);
}

#[test]
fn everything_is_listed_by_hour_and_kind_and_bad_rows_by_their_reasons() {
    let desk = Desk::new();
    let bad = |reason: &str| json!({ "v": 1, "received_at_ms": HOUR_MS, "bad": { "reason": reason, "raw": "" } });
    desk.raw("1", &[row('a', HOUR_MS, &[], &[])]);
    desk.put(
        &format!("lake/bad/{HOUR}/1.ndjson.gz"),
        &[
            bad("json: EOF"),
            bad("sessions[0].seq: 0"),
            bad("sessions[12].seq: 0"),
        ],
    );
    desk.put("dead/2026-11-22T06/message.json", &[json!("garbage")]);
    desk.put("spill/2026-11-22T07/x.json", &[row('b', HOUR_MS, &[], &[])]);
    desk.compact();
    let (_, said) = desk.run(&["list"], 0);
    let words: Vec<Vec<&str>> = said
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let kinds: Vec<(&str, &str, &str)> = words
        .iter()
        .skip(1)
        .map(|line| (line[0], line[1], line[2]))
        .collect();
    assert_eq!(
        kinds,
        [
            (HOUR, "raw", "1"),
            (HOUR, "bad", "1"),
            (HOUR, "compacted", "3"),
            ("2026-11-22T06", "dead", "1"),
            ("2026-11-22T07", "spill", "1"),
            ("together", "raw", "1"),
            ("together", "bad", "1"),
            ("together", "spill", "1"),
            ("together", "dead", "1"),
            ("together", "compacted", "3"),
        ]
    );
    assert!(
        said.contains("3 rows: json 1, sessions[].seq 2\n"),
        "{said}"
    );
    let (_, some) = desk.run(&["list", "--hours", "2026-11-22T06..2026-11-22T06"], 0);
    assert!(some.contains("dead") && !some.contains("raw"), "{some}");
}

/// A studio that notes what it is asked, and answers as it is told.
struct FakeStudio {
    asked: Arc<Mutex<Vec<(String, String)>>>,
    studio: replay::Studio,
    url: String,
}

impl FakeStudio {
    fn start(answer: impl Fn(&str) -> (u16, Value) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<(String, String)>>>::default();
        let (noted, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let connection = connection.unwrap();
                    let mut reader = std::io::BufReader::new(&connection);
                    while let Some(request) = crate::fake_api::read_request(&mut reader) {
                        assert_eq!(request.headers["authorization"], "Bearer sfr_x");
                        let call = format!("{} {}", request.method, request.url);
                        let (status, body) = answer(&call);
                        let body = if status == 204 {
                            String::new()
                        } else {
                            body.to_string()
                        };
                        noted
                            .lock()
                            .unwrap()
                            .push((call, String::from_utf8(request.body).unwrap()));
                        write!(
                            &connection,
                            "HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n\r\n{body}",
                            body.len()
                        )
                        .unwrap();
                    }
                });
            }
        });
        let api = crate::api::Api::studio(&url, "sfr_x").impatient();
        Self {
            asked,
            studio: replay::Studio { api },
            url,
        }
    }

    /// One that takes everything.
    fn willing(call: &str) -> (u16, Value) {
        match call.rsplit('/').next().unwrap() {
            "replays" => (201, json!({ "v": 1, "id": "r1" })),
            "rows" => (200, json!({ "v": 1, "taken": 1, "not_rows": [] })),
            "finish" => (200, json!({ "v": 1, "ledgers": 16 })),
            _ => (204, Value::Null),
        }
    }

    fn calls(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|(call, _)| call.clone())
            .collect()
    }

    fn replay(&self, desk: &Desk, more: &[&str]) -> Result<(Outcome, String), String> {
        let line = ["shelfreel", "lake", "replay", "--studio", "http://unused"]
            .iter()
            .chain(more);
        let at = ["--dir", desk.folder.path().to_str().unwrap()];
        let Command::Lake(LakeCommand::Replay(options)) =
            Args::try_parse_from(line.chain(&at)).unwrap().command
        else {
            panic!("{more:?}");
        };
        let mut out = Vec::new();
        let outcome = replay::run_with(&desk.lake(), &options, &self.studio, &mut out);
        outcome
            .map(|outcome| (outcome, String::from_utf8(out).unwrap()))
            .map_err(|error| error.to_string())
    }
}

const SPAN: [&str; 4] = ["--from", HOUR, "--to", "2026-11-22T06"];

#[test]
fn a_replay_sends_the_good_rows_of_the_span_and_of_37_hours_around_it() {
    let (desk, studio) = (Desk::new(), FakeStudio::start(FakeStudio::willing));
    let at = |hour: &str, letter| {
        desk.put(
            &format!("lake/raw/{hour}/1.ndjson.gz"),
            &[row(letter, HOUR_MS, &[], &[])],
        );
    };
    at("2026-11-20T15", 'a');
    at("2026-11-20T16", 'b');
    at("2026-11-23T19", 'c');
    at("2026-11-23T20", 'd');
    desk.raw("1", &vec![row('e', HOUR_MS, &[], &[]); 1_000]);
    desk.put(
        &format!("spill/{HOUR}/f.json"),
        &[row('f', HOUR_MS, &[], &[])],
    );
    desk.put(
        &format!("spill/{HOUR}/bad.json"),
        &[json!({ "received_at_ms": HOUR_MS, "bad": { "reason": "json", "raw": "" } })],
    );
    desk.put(
        &format!("lake/bad/{HOUR}/1.ndjson.gz"),
        &[json!({ "bad": { "reason": "json" } })],
    );
    let (outcome, said) = studio.replay(&desk, &SPAN).unwrap();
    assert_eq!(outcome, Outcome::All);
    assert!(said.contains("rebuilt 16 ledgers"), "{said}");
    assert_eq!(
        studio.calls(),
        [
            "POST /api/v1/replays",
            "POST /api/v1/replays/r1/rows",
            "POST /api/v1/replays/r1/rows",
            "POST /api/v1/replays/r1/rows",
            "POST /api/v1/replays/r1/finish",
        ]
    );
    let asked = studio.asked.lock().unwrap();
    assert_eq!(
        asked[0].1,
        r#"{"from":"2026-11-22T05","to":"2026-11-22T06"}"#
    );
    let lines: Vec<Value> = asked
        .iter()
        .filter(|(call, _)| call.ends_with("/rows"))
        .flat_map(|(_, body)| {
            assert!(body.lines().count() <= 500);
            body.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect::<Vec<Value>>()
        })
        .collect();
    let count = |letter: char| {
        lines
            .iter()
            .filter(|line| line["beacon_id"] == id(letter))
            .count()
    };
    assert_eq!(
        ['a', 'b', 'c', 'd', 'e', 'f'].map(count),
        [0, 1, 1, 0, 1_000, 1]
    );
    assert_eq!(lines.len(), 1_003);
}

#[test]
fn a_call_is_at_most_8_mb() {
    let (desk, studio) = (Desk::new(), FakeStudio::start(FakeStudio::willing));
    let mut large = row('a', HOUR_MS, &[], &[]);
    large["beacon"]["later"] = json!("x".repeat(100_000));
    desk.raw("1", &vec![large; 100]);
    studio.replay(&desk, &SPAN).unwrap();
    let asked = studio.asked.lock().unwrap();
    assert_eq!(asked.len(), 4);
    assert!(asked.iter().all(|(_, body)| body.len() <= 8 << 20));
}

#[test]
fn a_replay_that_fails_is_given_up_and_one_that_only_falters_is_not() {
    let desk = Desk::new();
    desk.raw("1", &[row('a', HOUR_MS, &[], &[])]);
    let refusing = FakeStudio::start(|call| match call.ends_with("/rows") {
        true => (400, json!({ "detail": "the rows are too wet" })),
        false => FakeStudio::willing(call),
    });
    let error = refusing.replay(&desk, &SPAN).unwrap_err();
    assert!(
        error.contains("the rows are too wet") && error.contains("given up"),
        "{error}"
    );
    assert_eq!(
        refusing.calls().last().unwrap(),
        "DELETE /api/v1/replays/r1"
    );

    let tries = AtomicUsize::new(0);
    let faltering = FakeStudio::start(move |call| {
        match call.ends_with("/rows") && tries.fetch_add(1, Ordering::SeqCst) < 2 {
            true => (503, json!({ "detail": "a store did not answer" })),
            false => FakeStudio::willing(call),
        }
    });
    faltering.replay(&desk, &SPAN).unwrap();
    assert_eq!(
        faltering
            .calls()
            .iter()
            .filter(|call| call.ends_with("/rows"))
            .count(),
        3
    );
}

#[test]
fn another_replay_is_told_by_its_id_and_can_be_ended_or_given_up() {
    let desk = Desk::new();
    let busy = FakeStudio::start(|_| (409, json!({ "detail": "replay r0 is under way" })));
    let error = busy.replay(&desk, &SPAN).unwrap_err();
    assert!(
        error.contains("409") && error.contains("replay r0 is under way"),
        "{error}"
    );
    assert_eq!(
        busy.calls(),
        ["POST /api/v1/replays"],
        "another's replay is not given up"
    );

    let studio = FakeStudio::start(FakeStudio::willing);
    studio.replay(&desk, &["--finish", "r0"]).unwrap();
    studio.replay(&desk, &["--give-up", "r0"]).unwrap();
    assert_eq!(
        studio.calls(),
        [
            "POST /api/v1/replays/r0/finish",
            "DELETE /api/v1/replays/r0"
        ]
    );
}

#[test]
fn a_replay_whose_end_failed_is_not_given_up_since_some_ledgers_may_have_it() {
    let desk = Desk::new();
    let studio = FakeStudio::start(|call| match call.ends_with("/finish") {
        true => (503, json!({ "detail": "a ledger did not answer" })),
        false => FakeStudio::willing(call),
    });
    let error = studio.replay(&desk, &SPAN).unwrap_err();
    assert!(error.contains("--finish r1"), "{error}");
    assert!(!studio.calls().iter().any(|call| call.starts_with("DELETE")));
}

#[test]
fn what_the_studio_finds_no_row_is_told() {
    let desk = Desk::new();
    desk.raw("1", &[row('a', HOUR_MS, &[], &[])]);
    let studio = FakeStudio::start(|call| match call.ends_with("/rows") {
        true => (
            200,
            json!({ "taken": 0, "not_rows": [{ "line": 1, "why": "no beacon" }] }),
        ),
        false => FakeStudio::willing(call),
    });
    let (outcome, said) = studio.replay(&desk, &SPAN).unwrap();
    assert_eq!(outcome, Outcome::Some);
    assert!(
        said.contains("no row: no beacon") && said.contains("1 lines are no rows"),
        "{said}"
    );
}

/// Every row below a prefix.
fn lines(desk: &Desk, prefix: &str) -> Vec<Value> {
    let lake = desk.lake();
    let objects = lake.list(prefix).unwrap();
    let all = objects
        .iter()
        .map(|object| text(&lake, &object.key).unwrap().unwrap());
    all.flat_map(|text| {
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect::<Vec<Value>>()
    })
    .collect()
}

#[test]
fn a_dead_letter_that_is_a_row_goes_where_it_belongs_and_any_other_stays() {
    let desk = Desk::new();
    let good = row('a', HOUR_MS, &[], &[]);
    desk.put("dead/2026-11-22T09/1.json", std::slice::from_ref(&good));
    put_bytes(&desk.lake(), "dead/2026-11-22T09/2.json", b"no row at all").unwrap();
    put_bytes(
        &desk.lake(),
        "dead/2026-11-22T09/3.json",
        b"{\"received_at_ms\":1,\n\"beacon_id\":\"x\"}",
    )
    .unwrap();
    let (_, said) = desk.run(&["mend"], 0);
    assert!(
        said.contains("2026-11-22T05  1 rows put back") && said.contains("2 dead letters"),
        "{said}"
    );
    assert!(
        said.contains("--from 2026-11-20T17 --to 2026-11-22T06"),
        "{said}"
    );
    assert_eq!(lines(&desk, &format!("lake/raw/{HOUR}/")), [good]);
    assert_eq!(desk.lake().list("dead/").unwrap().len(), 2);
}

#[test]
fn bad_rows_whose_shop_is_right_by_now_are_put_back_and_the_others_stay() {
    use shelfreel_matching::projection::Metadata;
    let (desk, api) = (Desk::new(), crate::fake_api::Api::start());
    let pair = |key: &str, value: Value| crate::store::Pair {
        key: key.to_owned(),
        metadata: Metadata::of("", &value.to_string()),
        value: value.to_string(),
    };
    let store = api.store();
    store
        .put(&[
            pair(
                "shop:shop_demo",
                json!({ "v": 1, "origins": ["https://shop.example"] }),
            ),
            pair(
                "video:film",
                json!({ "v": 1, "brand": "kenwick", "duration_ms": 8_000 }),
            ),
        ])
        .unwrap();

    let bad = |letter: char, reason: &str, origin: &str| {
        let mut row = row(
            letter,
            HOUR_MS + 5,
            &[session('s', 1, &json!([]))],
            &[placement('p', 1)],
        );
        let fields = row.as_object_mut().unwrap();
        let mut beacon = fields.remove("beacon").unwrap();
        beacon["consent"] = json!({ "measurement": true });
        fields.remove("videos");
        fields.insert("origin".into(), json!(origin));
        fields.insert("gpc".into(), json!(letter == 'b'));
        fields.insert(
            "bad".into(),
            json!({ "reason": reason, "raw": beacon.to_string() }),
        );
        row
    };
    let rows = [
        bad(
            'a',
            "unknown_shop: there is no shop shop_demo",
            "https://shop.example",
        ),
        bad(
            'b',
            "origin_not_registered: https://shop.example is not among the shop's origins",
            "https://shop.example",
        ),
        bad(
            'c',
            "origin_not_registered: https://elsewhere.example is not among the shop's origins",
            "https://elsewhere.example",
        ),
        bad(
            'd',
            "sessions[0].seq: \"0\", should be at least 1",
            "https://shop.example",
        ),
    ];
    desk.put(&format!("lake/bad/{HOUR}/1.ndjson.gz"), &rows);
    for _ in 0..2 {
        let mut out = Vec::new();
        mend::run_with(&desk.lake(), Some(&store), Span::ALL, &mut out).unwrap();
        let said = String::from_utf8(out).unwrap();
        assert!(said.contains("2 bad rows stay"), "{said}");
        let good = lines(&desk, "lake/raw/");
        assert_eq!(good.len(), 2);
        assert_eq!(
            (&good[0]["beacon_id"], &good[0]["received_at_ms"]),
            (&json!(id('a')), &json!(HOUR_MS + 5))
        );
        assert_eq!(
            good[0]["mended"],
            "unknown_shop: there is no shop shop_demo"
        );
        assert_eq!(good[0]["videos"]["film"]["brand"], "kenwick");
        assert_eq!(
            good[0]["videos"].as_object().unwrap().len(),
            1,
            "of what the catalogue does not know nothing is said"
        );
        assert!(
            good[0].get("bad").is_none() && good[0]["beacon"]["consent"]["measurement"] == true
        );
        assert_eq!(
            good[1]["beacon"].get("consent"),
            None,
            "the browser had refused it"
        );
        assert_eq!(lines(&desk, "lake/bad/"), rows[2..]);
    }
    desk.compact();
    assert_eq!(desk.table("sessions").len(), 1);
}

#[test]
fn a_bucket_is_listed_page_by_page_and_its_hours_also_where_the_api_does_not_group() {
    for groups in [true, false] {
        let api = FakeStudio::start(move |call| {
            assert!(
                call.starts_with("GET /r2/buckets/lake/objects?prefix=lake%2Fraw%2F&per_page=1000"),
                "{call}"
            );
            if call.contains("delimiter=") {
                let delimited = if groups {
                    json!(["lake/raw/2026-11-22T05/", "lake/raw/2026-11-22T06/"])
                } else {
                    json!([])
                };
                return (
                    200,
                    json!({ "success": true, "result": [], "result_info": { "delimited": delimited, "is_truncated": false, "cursor": "x" } }),
                );
            }
            let object = |hour: &str, name: &str| json!({ "key": format!("lake/raw/{hour}/{name}"), "size": 5, "etag": "e" });
            let (objects, cursor) = match call.contains("cursor=next") {
                false => (
                    [object("2026-11-22T05", "a"), object("2026-11-22T05", "b")],
                    "next",
                ),
                true => (
                    [object("2026-11-22T06", "a"), object("2026-11-22T06", "b")],
                    "",
                ),
            };
            (
                200,
                json!({ "success": true, "result": objects, "result_info": { "cursor": cursor } }),
            )
        });
        let bucket = bucket::Bucket::with(
            crate::api::Api::new(&api.url, Some("sfr_x".into())).impatient(),
            "lake",
        );
        let hours: Vec<String> = Kind::Raw
            .hours(&bucket)
            .unwrap()
            .iter()
            .map(Hour::to_string)
            .collect();
        assert_eq!(hours, ["2026-11-22T05", "2026-11-22T06"], "{groups}");
        assert_eq!(bucket.list("lake/raw/").unwrap().len(), 4);
    }
}
