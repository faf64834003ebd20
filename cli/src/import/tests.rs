//! The import against a fake of the stores' API.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use shelfreel_matching::{Record, Shop, VideoFacts};

use super::*;
use crate::fake_api::{Api, Fault, says};
use crate::report::Counts;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

/// A folder with the fixtures, and feeds written into it.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(FIXTURES).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        Self { folder }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

#[track_caller]
fn must_say(said: &str, all: &[&str]) {
    for wanted in all {
        assert!(said.contains(wanted), "{wanted}\nis not in\n{said}");
    }
}

fn options(file: &Path, more: &[&str]) -> Import {
    use clap::Parser;
    let file = file.to_str().unwrap().to_owned();
    let arguments = ["shelfreel", "import", &file]
        .into_iter()
        .chain(more.iter().copied());
    match crate::args::Args::try_parse_from(arguments)
        .unwrap()
        .command
    {
        crate::args::Command::Import(options) => options,
        other => panic!("{other:?}"),
    }
}

fn import(api: &Api, file: &Path, more: &[&str]) -> (Result<Outcome, String>, Counts, Vec<String>) {
    let mut report = Report::new();
    let outcome = run_with(&options(file, more), Some(&api.store()), &mut report);
    (
        outcome.map_err(|error| error.to_string()),
        report.counts,
        report.lines,
    )
}

const HEADER: &str = "video,brand,kind,language,title,gtin,media,width,height,duration_ms";

fn rows(rows: &[(&str, &str)]) -> String {
    let mut text = HEADER.to_owned();
    for (video, gtin) in rows {
        write!(text, "\n{video},kenwick,guide,nl,Film {video},{gtin},https://media.example/{video}.mp4,1280,720,8000").unwrap();
    }
    text
}

const ONE: &str = "9524710000125";
const TWO: &str = "9524710000293";

#[test]
fn files_are_measured_and_uploaded_once_and_their_record_can_be_read() {
    let (api, desk) = (Api::start(), Desk::new());
    let feed = desk.file(
        "catalogue.csv",
        format!(
            "\u{FEFF}video;brand;brand_names;kind;language;title;gtin;mpn;media;poster;captions;product\n\
             a;kenwick;Kenwick|KENWICK®;guide;nl;\"Zo; doe je dat\";{ONE};BR-7/GR;film.mp4|upright.mp4;poster.png;en=film.en.vtt;Breeze\n\
             b;kenwick;;howto;zxx;Turned;{ONE};;upright.mp4;poster.jpg;;\n"
        ),
    );
    let (outcome, counts, _) = import(&api, &feed, &[]);
    assert_eq!(outcome, Ok(Outcome::All));
    assert_eq!((counts.files_uploaded, counts.keys_written), (5, 4));
    assert_eq!(
        api.keys(),
        [
            format!("gtin:0{ONE}"),
            "mpn:kenwick:br7gr".into(),
            "video:a".into(),
            "video:b".into()
        ]
    );

    let value = api.value(&format!("gtin:0{ONE}"));
    assert_eq!(Record::parse(&value).unwrap().videos.len(), 2);
    let value: Value = serde_json::from_str(&value).unwrap();
    let show = &value["videos"][0]["show"];
    assert_eq!(
        (
            show["width"].as_u64(),
            show["height"].as_u64(),
            show["duration_ms"].as_u64()
        ),
        (Some(64), Some(36), Some(1_500))
    );
    assert_eq!(show["sources"][1]["type"], "video/mp4");
    let turned = &value["videos"][1]["show"];
    assert_eq!(
        (turned["width"].as_u64(), turned["height"].as_u64()),
        (Some(36), Some(64))
    );
    assert_eq!(
        VideoFacts::parse(&api.value("video:a")).unwrap().product,
        "Breeze"
    );

    let stored = api.stored.lock().unwrap();
    for source in show["sources"].as_array().unwrap() {
        let name = source["url"]
            .as_str()
            .unwrap()
            .strip_prefix("/v1/")
            .unwrap();
        assert_eq!(
            stored.objects.get(name).unwrap().0,
            source["type"].as_str().unwrap()
        );
        assert_eq!(
            stored.objects.get(name).unwrap().1.len() as u64,
            source["bytes"].as_u64().unwrap()
        );
    }
    drop(stored);

    let (outcome, counts, _) = import(&api, &feed, &[]);
    assert_eq!(outcome, Ok(Outcome::All));
    assert_eq!(
        counts,
        Counts {
            rows_taken: 2,
            files_there: 5,
            keys_unchanged: 4,
            ..Counts::default()
        }
    );
}

#[test]
fn every_fault_of_a_row_is_named_with_its_line_and_column_and_the_rest_is_taken() {
    let (api, desk) = (Api::start(), Desk::new());
    let good = format!(
        "{HEADER}\nok,kenwick,guide,nl,Fine,{ONE},https://media.example/a.mp4,1280,720,8000\n"
    );
    let bad = "bad id,Kenwick,advert,MX,,9524710000126,http://x/a.mov,0,720,\n\
               two,kenwick,guide,nl,Sound,,sound.mp4,,,\n\
               three,kenwick,guide,nl\n\
               ok,kenwick,guide,nl,Again,9524710000293,https://media.example/a.mp4,1280,720,8000\n\
               five,kenwick,guide,nl,None,9524710000293,../secret.mp4,,,\n\
               six,kenwick,guide,nl,None,9524710000293,missing.mp4,,,\n";
    let mut feed = (good + bad).into_bytes();
    feed.extend_from_slice(
        b"seven,kenwick,guide,nl,Caf\xE9,9524710000293,https://media.example/a.mp4,1,1,1\n",
    );
    let (outcome, counts, lines) = import(&api, &desk.file("feed.csv", feed), &[]);
    assert_eq!(outcome, Ok(Outcome::Some));
    assert_eq!((counts.rows_taken, counts.rows_refused), (1, 7));
    must_say(
        &lines.join("\n"),
        &[
            "feed.csv line 3, video: bad id is not 1 to 64 of",
            "line 3, brand: Kenwick is not",
            "line 3, kind: advert is not one of commercial",
            "line 3, language: MX is a country, not a language: write es-MX",
            "line 3, title: is empty",
            "line 3, gtin: the check digit of 9524710000126 should be 5, not 6",
            "line 3, media: http://x/a.mov is not an https:// URL",
            "line 4, gtin: is empty, and so are mpn and sku",
            "line 5: has 4 cells, and the header has 10",
            "line 6, video: ok is on line 2 too",
            "line 7, media: ../secret.mp4 is not beside the feed",
            "line 8, media: missing.mp4 is not there",
            "line 9, title: is not UTF-8 (byte 0xe9; in Windows-1252 it would read \"Café\")",
        ],
    );
    assert_eq!(api.keys(), [format!("gtin:0{ONE}"), "video:ok".into()]);
}

#[test]
fn files_that_are_not_what_they_are_called_are_refused() {
    let (api, desk) = (Api::start(), Desk::new());
    desk.file("notes.mp4", "not a film");
    desk.file("film.srt", "1\n00:00");
    let faulty = [
        r#""media":"notes.mp4""#,
        r#""media":["sound.mp4"]"#,
        r#""media":"film.mp4","poster":"film.mp4""#,
        r#""media":"film.mp4","captions":["nl=film.srt"]"#,
        r#""media":"film.mp4","colour":1"#,
        r#""media":"film.webm""#,
    ];
    let mut text = String::new();
    for (n, fields) in faulty.into_iter().enumerate() {
        let head = format!(
            r#""video":"v{n}","brand":"kenwick","kind":"guide","language":"nl","title":"T","gtin":{ONE}"#
        );
        writeln!(text, "{{{head},{fields}}}").unwrap();
    }
    text.push_str("{\"video\":\n");
    let feed = desk.file("feed.jsonl", text);
    let (outcome, counts, lines) = import(&api, &feed, &[]);
    assert_eq!(
        outcome,
        Err("no row could be taken: nothing was done".to_owned())
    );
    assert_eq!(counts.rows_refused, 7);
    must_say(
        &lines.join("\n"),
        &[
            "line 1, media: notes.mp4 is no MP4",
            "line 2, media: sound.mp4 has no picture in it",
            "line 3, poster: film.mp4 is neither JPEG nor PNG nor WebP",
            "line 4, captions: film.srt does not begin with WEBVTT",
            "line 5: there is no column \"colour\"",
            "line 6, media: film.webm is WebM",
            "line 7: is not one JSON object",
        ],
    );
}

#[test]
fn an_unknown_column_stops_the_import_and_the_nearest_is_named() {
    let (api, desk) = (Api::start(), Desk::new());
    for (header, wanted) in [
        (
            "video,brand,kind,langauge,title,media",
            "there is no column \"langauge\": is language meant?",
        ),
        (
            "video,brand,kind,language,title,media,price",
            "there is no column \"price\": the columns are",
        ),
        (
            "id,brand,kind,language,title,media",
            "there is no column \"id\": the columns are",
        ),
        (
            "video,brand,kind,language,title,media,gtin13",
            "there is no column \"gtin13\": is gtin meant?",
        ),
        (
            "video,brand,kind,language,title,gtin",
            "the header lacks media",
        ),
        (
            "video,brand,kind,language,title,media,video",
            "there are two columns called video",
        ),
    ] {
        let (outcome, _, _) = import(&api, &desk.file("feed.csv", header), &[]);
        let error = outcome.unwrap_err();
        assert!(error.contains(wanted), "{error}");
    }
    for (bytes, wanted) in [
        (&b"\xFF\xFEv\0i\0"[..], "UTF-16"),
        (&b"PK\x03\x04"[..], "save it as \"CSV UTF-8\""),
        (&b"[{}]"[..], "one object a line"),
        (&b""[..], "is empty"),
    ] {
        let error = import(&api, &desk.file("feed.csv", bytes), &[])
            .0
            .unwrap_err();
        assert!(error.contains(wanted), "{error}");
    }
    let mut unclosed = rows(&[("a", ONE)]);
    unclosed.push_str("\n\"b,kenwick");
    unclosed.push_str(&"\nx,y,z".repeat(400_000));
    let error = import(&api, &desk.file("feed.csv", unclosed), &[])
        .0
        .unwrap_err();
    assert!(
        error.contains("line 3 of") && error.contains("is a quote not closed?"),
        "{error}"
    );
    assert_eq!(api.calls("PUT"), 0);
}

#[test]
fn what_has_left_the_file_is_taken_out_with_replace_only() {
    let (api, desk) = (Api::start(), Desk::new());
    import(
        &api,
        &desk.file("feed.csv", rows(&[("a", ONE), ("b", ONE), ("c", TWO)])),
        &[],
    )
    .0
    .unwrap();
    let less = desk.file("feed.csv", rows(&[("b", ONE)]));
    let (_, counts, _) = import(&api, &less, &[]);
    assert_eq!((counts.keys_written, counts.keys_taken_out), (1, 0));
    assert_eq!(api.keys().len(), 5);
    let (_, counts, _) = import(&api, &less, &["--replace"]);
    assert_eq!((counts.keys_written, counts.keys_taken_out), (0, 3));
    assert_eq!(api.keys(), [format!("gtin:0{ONE}"), "video:b".into()]);
    let none = desk.file("feed.csv", HEADER);
    assert!(
        import(&api, &none, &["--replace"])
            .0
            .unwrap_err()
            .contains("would take out everything")
    );
    import(&api, &none, &["--replace", "--force"]).0.unwrap();
    assert_eq!(api.keys(), Vec::<String>::new());
}

#[test]
fn a_row_that_is_refused_takes_nothing_away_of_what_is_published() {
    let (api, desk) = (Api::start(), Desk::new());
    import(
        &api,
        &desk.file("feed.csv", rows(&[("a", ONE), ("b", ONE), ("c", TWO)])),
        &[],
    )
    .0
    .unwrap();
    let before = api.value(&format!("gtin:0{ONE}"));
    let faulty =
        rows(&[("a", ONE), ("b", ONE), ("c", TWO)]).replace("b,kenwick,guide", "b,kenwick,guides");
    let (outcome, counts, lines) = import(&api, &desk.file("feed.csv", faulty), &["--replace"]);
    assert_eq!(outcome, Ok(Outcome::Some));
    assert_eq!(api.value(&format!("gtin:0{ONE}")), before);
    assert_eq!(api.keys().len(), 5);
    assert_eq!((counts.keys_kept, counts.keys_taken_out), (2, 0));
    let report = lines.join("\n");
    assert!(
        report.contains("kept as it was: gtin:09524710000125, which line 3 names"),
        "{report}"
    );
    assert!(
        report.contains("nothing was taken out, since 1 rows were refused"),
        "{report}"
    );
}

/// The videos in the record of a GTIN.
fn shown(api: &Api, gtin: &str) -> Vec<String> {
    let record = Record::parse(&api.value(&format!("gtin:0{gtin}"))).unwrap();
    record
        .videos
        .iter()
        .map(|video| video.id.to_string())
        .collect()
}

#[test]
fn a_row_that_cannot_be_read_takes_nothing_away_whatever_is_wrong_with_it() {
    let good = rows(&[("a", ONE), ("b", ONE)]);
    let faults: [(&str, &[u8]); 8] = [
        ("b,kenwick,guide,nl,Film b", b"b,kenwick,guide,nl,Caf\xE9"),
        ("\nb,", b"\n\xE9,"),
        (",8000\nb,", b",9000\nb,x,"),
        ("\nb,kenwick,", b"\nb,"),
        ("\nb,", b"\na,"),
        ("\nb,", b"\nb b,"),
        ("Film b,9524710000125", b"Film b,9524710000126"),
        ("Film b,9524710000125,https", b"Film b,9524710000293,http"),
    ];
    for (was, is) in faults {
        let (api, desk) = (Api::start(), Desk::new());
        import(&api, &desk.file("feed.csv", &good), &[]).0.unwrap();
        let before = api.value(&format!("gtin:0{ONE}"));
        let (head, tail) = good.split_once(was).unwrap();
        let faulty = [
            head.replace("Film a", "Another a").as_bytes(),
            is,
            tail.as_bytes(),
        ]
        .concat();
        let (outcome, counts, lines) = import(&api, &desk.file("feed.csv", faulty), &[]);
        assert_eq!((outcome, counts.rows_refused), (Ok(Outcome::Some), 1));
        assert_eq!(
            api.value(&format!("gtin:0{ONE}")),
            before,
            "{was:?}: {lines:?}"
        );
        assert!(counts.keys_kept > 0);
    }
}

#[test]
fn a_line_that_is_no_json_takes_nothing_away_and_neither_does_an_unknown_field() {
    for b in [
        r#"{"video":"b","#,
        r#"{"video":"b","colour":1,"gtin":9524710000293}"#,
        r#"{"video":{},"title":1}"#,
    ] {
        let (api, desk) = (Api::start(), Desk::new());
        let row = |id: &str, title: &str| {
            json!({ "video": id, "brand": "kenwick", "kind": "guide", "language": "nl", "title": title,
                "gtin": ONE, "media": "https://media.example/a.mp4", "width": 1, "height": 1, "duration_ms": 1 })
        };
        let good = format!("{}\n{}\n", row("a", "A"), row("b", "B"));
        import(&api, &desk.file("feed.jsonl", good), &[]).0.unwrap();
        let faulty = format!("{}\n{b}\n", row("a", "Another A"));
        let (outcome, _, lines) = import(&api, &desk.file("feed.jsonl", faulty), &[]);
        assert_eq!(outcome, Ok(Outcome::Some));
        assert_eq!(shown(&api, ONE), ["a", "b"], "{b}: {lines:?}");
    }
}

#[test]
fn while_a_row_is_refused_records_from_which_nothing_vanishes_are_written_still() {
    let (api, desk) = (Api::start(), Desk::new());
    let good = rows(&[("a", ONE), ("b", ONE), ("c", TWO)]);
    import(&api, &desk.file("feed.csv", &good), &[]).0.unwrap();
    // a moves to the other product, b gets a new title; the row of c cannot be read.
    let moved = rows(&[("a", TWO), ("b", ONE)]).replace("Film b", "Better b") + "\nc,kenwick";
    let (_, counts, lines) = import(&api, &desk.file("feed.csv", &moved), &[]);
    assert_eq!(shown(&api, ONE), ["b"]);
    assert!(api.value(&format!("gtin:0{ONE}")).contains("Better b"));
    assert_eq!(shown(&api, TWO), ["c"]);
    assert_eq!((counts.keys_written, counts.keys_kept), (1, 2));
    let report = lines.join("\n");
    assert!(
        report.contains(
            "kept as it was: gtin:09524710000293, since no row that was taken has its video c"
        ),
        "{report}"
    );
    let (_, counts, _) = import(
        &api,
        &desk.file("feed.csv", &moved),
        &["--replace", "--force"],
    );
    assert_eq!((counts.keys_written, counts.keys_kept), (1, 1));
    assert_eq!(shown(&api, TWO), ["a"]);
}

#[test]
fn a_record_is_found_whatever_letters_its_key_has() {
    let (api, desk) = (Api::start(), Desk::new());
    let feed = |b: &str| {
        format!(
            "{}\na,kenwick,guide,nl,A,shop_fjord:é /?#%:1,https://media.example/a.mp4,1,1,1\n{b}",
            HEADER.replace("gtin", "sku")
        )
    };
    let b = "b,kenwick,guide,nl,B,shop_fjord:é /?#%:1,https://media.example/a.mp4,1,1,1";
    import(&api, &desk.file("feed.csv", feed(b)), &[])
        .0
        .unwrap();
    import(&api, &desk.file("feed.csv", feed("?")), &[])
        .0
        .unwrap();
    assert!(
        api.value("sku:shop_fjord:é /?#%:1")
            .contains("\"id\":\"b\"")
    );
}

#[test]
fn more_records_than_are_read_are_kept_unread_while_a_row_is_refused() {
    let (api, desk) = (Api::start(), Desk::new());
    let mut text = HEADER.to_owned();
    let count = MOST_READ + 3;
    for n in 0..count {
        let payload = format!("9524{n:08}");
        let check = char::from(shelfreel_matching::gtin::check_digit(payload.as_bytes()));
        write!(text, "\nv{n},kenwick,guide,nl,Film {n},{payload}{check},https://media.example/{n}.mp4,1280,720,8000").unwrap();
    }
    import(&api, &desk.file("feed.csv", &text), &[]).0.unwrap();
    let changed = text.replace("Film", "Movie") + "\nx";
    let (_, counts, lines) = import(&api, &desk.file("feed.csv", &changed), &[]);
    assert_eq!(
        (counts.keys_written, counts.keys_kept),
        (MOST_READ.into(), 3)
    );
    assert_eq!(api.calls("/values/"), MOST_READ as usize);
    let said = lines.iter().filter(|line| line.contains("not read"));
    assert_eq!(said.count(), 1);
    let mended = text.replace("Film", "Movie");
    let (_, counts, _) = import(&api, &desk.file("feed.csv", mended), &[]);
    assert_eq!((counts.keys_written, counts.keys_kept), (3, 0));
}

#[test]
fn the_first_row_of_an_id_counts_also_when_it_is_refused() {
    for fault in [
        ("guide,nl,Film a", "guides,nl,Film a"),
        ("https://media.example/a.mp4", "missing.mp4"),
        ("a,kenwick,guide,nl", "a,guide,nl"),
    ] {
        let (api, desk) = (Api::start(), Desk::new());
        let first = rows(&[("a", ONE)]);
        import(&api, &desk.file("feed.csv", &first), &[]).0.unwrap();
        let second = "\na,kenwick,story,nl,Second,9524710000293,https://media.example/s.mp4,1280,720,9000\n\
                      c,kenwick,story,nl,Fine,9524710000293,https://media.example/s.mp4,1280,720,9000";
        let both = first.replace(fault.0, fault.1) + second;
        let (_, counts, lines) = import(&api, &desk.file("feed.csv", both), &[]);
        assert_eq!((counts.rows_taken, counts.rows_refused), (1, 2));
        assert!(
            lines
                .join("\n")
                .contains("line 3, video: a is on line 2 too"),
            "{lines:?}"
        );
        assert_eq!(shown(&api, TWO), ["c"]);
        assert!(api.value("video:a").contains("8000"));
    }
}

#[test]
fn who_names_no_account_is_told_where_it_is_found() {
    for (more, wanted) in [
        (&[][..], "npx wrangler whoami"),
        (
            &["--account", "1", "--api", "http://127.0.0.1:9"][..],
            "npx wrangler kv namespace list",
        ),
    ] {
        let options = options(Path::new("feed.csv"), more);
        let error = Store::of(&options.catalogue, &options.bucket)
            .err()
            .unwrap();
        assert!(error.to_string().contains(wanted), "{error}");
    }
}

#[test]
fn keys_of_another_feed_are_left_alone_until_taken_over() {
    let (api, desk) = (Api::start(), Desk::new());
    import(&api, &desk.file("first.csv", rows(&[("a", ONE)])), &[])
        .0
        .unwrap();
    let second = desk.file("second.csv", rows(&[("b", ONE), ("b2", TWO)]));
    let (outcome, counts, lines) = import(&api, &second, &["--replace"]);
    assert_eq!(outcome, Ok(Outcome::Some));
    assert_eq!(
        (
            counts.keys_of_others,
            counts.keys_written,
            counts.keys_taken_out
        ),
        (1, 3, 0)
    );
    assert!(
        lines
            .join("\n")
            .contains("line 2: gtin:09524710000125 belongs to the feed first"),
        "{lines:?}"
    );
    assert!(api.value(&format!("gtin:0{ONE}")).contains("\"a\""));

    let same_id = desk.file("third.csv", rows(&[("a", TWO)]).replace("8000", "9000"));
    let (outcome, counts, _) = import(&api, &same_id, &[]);
    assert_eq!(outcome, Ok(Outcome::Some));
    assert_eq!((counts.keys_written, counts.keys_of_others), (0, 1));

    let (outcome, counts, _) = import(&api, &second, &["--take-over"]);
    assert_eq!((outcome, counts.keys_written), (Ok(Outcome::All), 1));
    assert!(api.value(&format!("gtin:0{ONE}")).contains("\"b\""));
}

#[test]
fn a_call_that_fails_for_a_while_is_made_again_and_an_import_cut_short_finishes_when_run_again() {
    let (api, desk) = (Api::start(), Desk::new());
    let feed = desk.file("feed.csv", rows(&[("a", ONE), ("b", TWO)]));
    api.stored.lock().unwrap().failures.extend([500, 429, 503]);
    let (outcome, counts, _) = import(&api, &feed, &[]);
    assert_eq!((outcome, counts.keys_written), (Ok(Outcome::All), 4));

    let whole: Vec<_> = api
        .keys()
        .iter()
        .map(|key| (key.clone(), api.value(key)))
        .collect();
    for answers in 0..8 {
        let mut stored = api.stored.lock().unwrap();
        stored.keys.clear();
        stored.answers_left = Some(answers);
        drop(stored);
        let error = import(&api, &feed, &["--replace"]).0;
        api.stored.lock().unwrap().answers_left = None;
        if let Err(error) = &error {
            assert!(error.contains("failed with 400: on purpose (7)"), "{error}");
        }
        let there: Vec<_> = api
            .keys()
            .iter()
            .map(|key| (key.clone(), api.value(key)))
            .collect();
        assert!(
            there.iter().all(|pair| whole.contains(pair)),
            "a key is neither old nor new"
        );
        import(&api, &feed, &["--replace"]).0.unwrap();
        let there: Vec<_> = api
            .keys()
            .iter()
            .map(|key| (key.clone(), api.value(key)))
            .collect();
        assert_eq!(there, whole);
    }
}

#[test]
fn a_server_that_is_not_there_is_said_so() {
    let desk = Desk::new();
    let feed = desk.file("feed.csv", rows(&[("a", ONE)]));
    let store = Store::local("http://127.0.0.1:9/client/v4").impatient();
    let error = run_with(&options(&feed, &[]), Some(&store), &mut Report::new())
        .unwrap_err()
        .to_string();
    assert!(error.contains("is `npm start` running"), "{error}");
}

#[test]
fn shops_are_checked_and_published() {
    let (api, desk) = (Api::start(), Desk::new());
    let shops = desk.file(
        "shops.jsonl",
        "{\"id\":\"shop_fjord\",\"name\":\"Fjord\",\"origins\":[\"https://fjord.example\"],\"market\":\"no\",\"languages\":[\"nb\",\"EN_gb\"],\"age\":16}\n\
         {\"id\":\"fjord\",\"origins\":[\"https://Fjord.example/\"],\"market\":\"UK\",\"languages\":[\"DK\"]}\n",
    );
    let feed = desk.file("feed.csv", rows(&[("a", ONE)]));
    let (outcome, counts, lines) = import(&api, &feed, &["--shops", shops.to_str().unwrap()]);
    assert_eq!(outcome, Ok(Outcome::Some));
    assert_eq!((counts.shops_taken, counts.shops_refused), (1, 1));
    let shop = Shop::parse(&api.value("shop:shop_fjord")).unwrap();
    assert_eq!(
        shop.languages
            .iter()
            .map(shelfreel_matching::Language::as_str)
            .collect::<Vec<_>>(),
        ["nb", "en-GB"]
    );
    must_say(
        &lines.join("\n"),
        &[
            "id: fjord is not shop_",
            "https://Fjord.example/ is no origin",
            "UK is no country",
            "DK is a country, not a language: write da-DK",
        ],
    );
}

#[test]
fn codes_that_were_mended_are_reported_with_an_example() {
    let (api, desk) = (Api::start(), Desk::new());
    let feed = desk.file(
        "feed.csv",
        rows(&[
            ("a", "36000291452"),
            ("b", "9524-7100-00125"),
            ("c", "0-306-40615-2"),
        ]),
    );
    let (outcome, _, lines) = import(&api, &feed, &[]);
    assert_eq!(outcome, Ok(Outcome::All));
    must_say(
        &lines.join("\n"),
        &[
            "mended: 1 × leading zeros put back (line 2: 36000291452 is gtin:00036000291452)",
            "mended: 1 × separators or labels taken off",
            "mended: 1 × ISBN-10 turned into its GTIN-13 (line 4: 0-306-40615-2 is gtin:09780306406157)",
        ],
    );
}

#[test]
fn thirty_thousand_rows_go_in_few_calls_and_not_at_all_the_second_time() {
    let (api, desk) = (Api::start(), Desk::new());
    let mut text = HEADER.to_owned();
    for n in 0..30_000u32 {
        let payload = format!("9524{n:08}");
        let check = char::from(shelfreel_matching::gtin::check_digit(payload.as_bytes()));
        write!(text, "\nv{n},kenwick,guide,nl,Film {n},{payload}{check},https://media.example/{n}.mp4,1280,720,8000").unwrap();
    }
    let feed = desk.file("feed.csv", text);
    let (outcome, counts, _) = import(&api, &feed, &[]);
    assert_eq!((outcome, counts.keys_written), (Ok(Outcome::All), 60_000));
    assert!(api.calls("PUT") <= 8, "{} calls", api.calls("PUT"));
    let (outcome, counts, _) = import(&api, &feed, &["--replace"]);
    assert_eq!(
        (outcome, counts.keys_unchanged, counts.keys_taken_out),
        (Ok(Outcome::All), 60_000, 0)
    );
    assert!(api.calls("PUT") <= 8);
}

#[test]
fn an_answer_that_says_it_failed_is_a_failure_whatever_its_status() {
    for (call, what) in [
        ("GET /client/v4/accounts/local/storage", "listing the keys"),
        ("PUT /client/v4/accounts/local/storage", "writing keys"),
        ("POST /client/v4/accounts/local/storage", "taking out keys"),
        ("PUT /client/v4/accounts/local/r2", "uploading"),
    ] {
        let (api, desk) = (Api::start(), Desk::new());
        import(&api, &desk.file("feed.csv", rows(&[("old", TWO)])), &[])
            .0
            .unwrap();
        let before = api.keys();
        let feed = desk.file(
            "feed.csv",
            rows(&[("a", ONE)]).replace("https://media.example/a.mp4,1280,720,8000", "film.mp4,,,"),
        );
        let said = Fault::Says(200, says("the namespace is read-only", 10_013));
        api.stored.lock().unwrap().faults.push_back((call, said));
        let (outcome, counts, _) = import(&api, &feed, &["--replace"]);
        let error = outcome.unwrap_err();
        assert!(error.contains(what), "{error}");
        assert!(
            error.contains("failed with 200: the namespace is read-only (10013)"),
            "{error}"
        );
        if !call.starts_with("POST") {
            assert_eq!((api.keys(), counts.keys_written), (before, 0));
        }
        assert_eq!(counts.keys_taken_out, 0);
        import(&api, &feed, &["--replace"]).0.unwrap();
        assert_eq!(api.keys(), [format!("gtin:0{ONE}"), "video:a".into()]);
    }
}

#[test]
fn keys_that_the_api_did_not_take_are_sent_again_and_reported_if_that_does_not_help() {
    let (api, desk) = (Api::start(), Desk::new());
    let feed = desk.file("feed.csv", rows(&[("a", ONE), ("b", TWO)]));
    let left_out = ("PUT", Fault::LeavesOut("video:b"));
    api.stored.lock().unwrap().faults = VecDeque::from(vec![left_out.clone(); 3]);
    let (outcome, counts, _) = import(&api, &feed, &[]);
    assert_eq!((outcome, counts.keys_written), (Ok(Outcome::All), 4));
    assert_eq!(api.keys().len(), 4);
    assert_eq!(api.calls("PUT"), 3 + 1 + 1);

    let (api, desk) = (Api::start(), Desk::new());
    let feed = desk.file("feed.csv", rows(&[("a", ONE), ("b", TWO)]));
    api.stored.lock().unwrap().faults = VecDeque::from(vec![left_out; 100]);
    let (outcome, counts, _) = import(&api, &feed, &[]);
    let error = outcome.unwrap_err();
    assert!(
        error.contains("did not take 1 keys, video:b among them"),
        "{error}"
    );
    // The facts of b are not there, so that no record is that would name it.
    assert_eq!(api.keys(), ["video:a"]);
    assert_eq!(counts.keys_written, 0);

    let (api, desk) = (Api::start(), Desk::new());
    import(&api, &desk.file("feed.csv", rows(&[("a", ONE)])), &[])
        .0
        .unwrap();
    let none = desk.file("feed.csv", HEADER);
    let left_out = ("POST", Fault::LeavesOut("video:a"));
    api.stored.lock().unwrap().faults = VecDeque::from(vec![left_out; 3]);
    let (outcome, counts, _) = import(&api, &none, &["--replace", "--force"]);
    assert_eq!((outcome, counts.keys_taken_out), (Ok(Outcome::All), 2));
    assert_eq!(api.keys(), Vec::<String>::new());
}

#[test]
fn a_list_that_goes_round_in_circles_is_given_up_and_an_empty_page_is_not() {
    let page = |cursor: &str| {
        let info = json!({ "cursor": cursor });
        let text = json!({ "success": true, "result": [], "result_info": info }).to_string();
        ("/keys", Fault::Says(200, text))
    };
    let (api, desk) = (Api::start(), Desk::new());
    let feed = desk.file("feed.csv", rows(&[("a", ONE)]));
    api.stored
        .lock()
        .unwrap()
        .faults
        .extend(["x", "y", "x", "y", "x"].map(page));
    let error = import(&api, &feed, &[]).0.unwrap_err();
    assert!(error.contains("goes round in circles"), "{error}");
    assert_eq!((api.calls("/keys"), api.calls("PUT")), (3 + 1, 0));

    let (api, desk) = (Api::start(), Desk::new());
    let feed = desk.file("feed.csv", rows(&[("a", ONE)]));
    api.stored
        .lock()
        .unwrap()
        .faults
        .extend(["x", "y", "z", ""].map(page));
    assert_eq!(import(&api, &feed, &[]).0, Ok(Outcome::All));
}

#[test]
fn an_answer_without_a_list_is_no_empty_list() {
    for text in [
        r#"{"success":true,"result":null}"#,
        r#"{"result":[]}"#,
        "<html>Welcome to the hotel's network</html>",
        "",
    ] {
        let (api, desk) = (Api::start(), Desk::new());
        let feed = desk.file("feed.csv", rows(&[("a", ONE)]));
        let said = Fault::Says(200, text.to_owned());
        api.stored.lock().unwrap().faults.push_back(("/keys", said));
        let error = import(&api, &feed, &[]).0.unwrap_err();
        assert!(error.contains("is not the API's"), "{text}: {error}");
        assert_eq!(api.keys(), Vec::<String>::new());
    }
}

#[test]
fn an_answer_that_breaks_off_is_asked_for_again() {
    let (api, desk) = (Api::start(), Desk::new());
    let feed = desk.file("feed.csv", rows(&[("a", ONE)]));
    api.stored
        .lock()
        .unwrap()
        .faults
        .extend(["/keys", "PUT"].map(|call| (call, Fault::BreaksOff)));
    let (outcome, counts, _) = import(&api, &feed, &[]);
    assert_eq!((outcome, counts.keys_written), (Ok(Outcome::All), 2));
}

#[test]
fn an_api_that_never_answers_is_given_up() {
    let (api, desk) = (Api::start(), Desk::new());
    let feed = desk.file("feed.csv", rows(&[("a", ONE)]));
    let hangs = ("PUT", Fault::Hangs);
    api.stored.lock().unwrap().faults = VecDeque::from(vec![hangs; 9]);
    let store = api
        .store()
        .with_patience(std::time::Duration::from_millis(300));
    let outcome = run_with(&options(&feed, &[]), Some(&store), &mut Report::new());
    let error = outcome.unwrap_err().to_string();
    assert!(
        error.contains("writing keys failed") && error.contains("timeout"),
        "{error}"
    );
    assert_eq!(api.calls("PUT"), 2);
}

#[test]
fn a_film_that_changes_between_look_and_upload_is_not_uploaded_under_a_name_that_is_not_its_own() {
    let desk = Desk::new();
    let feed = desk.file("feed.jsonl", "");
    let mut shelf = Shelf::new(&feed, "");
    let row = |media: &str| {
        let mut row = Row::new(1);
        for (column, text) in [
            (Column::Video, "a"),
            (Column::Brand, "b"),
            (Column::Kind, "guide"),
            (Column::Language, "nl"),
            (Column::Title, "T"),
            (Column::Gtin, ONE),
            (Column::Media, media),
        ] {
            row.set(column, text);
        }
        row.check().unwrap()
    };
    let (_, uploads) = shelf.files(&row("film.mp4")).unwrap();
    let api = Api::start();
    desk.file("film.mp4", "another");
    let error = api.store().put_object(&uploads[0]).unwrap_err().to_string();
    assert!(error.contains("has changed since"), "{error}");
    assert_eq!(api.calls("PUT"), 0);
}

#[test]
fn what_is_no_file_is_refused_without_being_opened() {
    let (api, desk) = (Api::start(), Desk::new());
    let folder = desk.folder.path();
    std::fs::create_dir(folder.join("folder")).unwrap();
    std::fs::File::create(folder.join("huge.mp4"))
        .unwrap()
        .set_len((300 << 20) + 1)
        .unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.join("zero")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(folder.join("pipe"))
        .status();
    assert!(made.unwrap().success());
    let places = [
        ("folder", "is a folder"),
        ("huge.mp4", "has 314572801 bytes: the API takes 314572800"),
        ("zero", "is no file, but a device or a pipe"),
        ("pipe", "is no file, but a device or a pipe"),
    ];
    let mut text = "video,brand,kind,language,title,gtin,media,poster,captions".to_owned();
    for (n, (place, _)) in places.iter().enumerate() {
        write!(
            text,
            "\nv{n},kenwick,guide,nl,T,{ONE},{place},{place},nl={place}"
        )
        .unwrap();
    }
    let feed = desk.file("feed.csv", text);
    let report = import(&api, &feed, &[]).2.join("\n");
    for (line, (place, wanted)) in (2..).zip(places) {
        for column in ["media", "poster", "captions"] {
            let wanted = format!("line {line}, {column}: {place} {wanted}");
            must_say(&report, &[&wanted]);
        }
    }
    let feed = desk.file("feed.csv", rows(&[("a", ONE)]));
    for (place, wanted) in [
        ("folder", "is a folder"),
        ("pipe", "is a device or a pipe"),
        ("zero", "is a device or a pipe"),
    ] {
        let place = folder.join(place);
        let as_feed = import(&api, &place, &["--feed", "f"]).0.unwrap_err();
        let as_shops = import(&api, &feed, &["--shops", place.to_str().unwrap()]);
        for error in [as_feed, as_shops.0.unwrap_err()] {
            assert!(error.contains(wanted), "{error}");
        }
    }
    assert_eq!(api.calls("PUT"), 0);
}

#[test]
fn what_a_feed_says_is_printed_so_that_no_terminal_obeys_it() {
    let (api, desk) = (Api::start(), Desk::new());
    let bad = "\u{1B}[2J\u{202E}7\u{200B}";
    let long = "x".repeat(5_000);
    let text = format!(
        "{HEADER}\n{bad},{bad},{bad},{bad},{bad},{bad},{bad}.mp4,,,\n\
         a,kenwick,guide,nl,T,{ONE},{long}.mp4,,,\n"
    );
    let shops = desk.file(
        "shops.jsonl",
        format!(r#"{{"id":"{long}","origins":["{bad}"],"languages":["{bad}"],"market":"{bad}"}}"#)
            .replace('\u{1B}', "\\u001b"),
    );
    let (_, _, lines) = import(
        &api,
        &desk.file("feed.csv", text),
        &["--shops", shops.to_str().unwrap()],
    );
    assert!(lines.len() > 8, "{lines:?}");
    for line in &lines {
        assert!(
            !line.contains(|letter: char| letter.is_control()
                || letter == '\u{202E}'
                || letter == '\u{200B}'),
            "{line:?}"
        );
        assert!(line.chars().count() <= 1_001, "{line}");
    }
    let report = lines.join("\n");
    assert!(
        report.contains(r"line 2, video: \u{1b}[2J\u{202e}7\u{200b} is not 1 to 64 of"),
        "{report}"
    );
}

/// What a feed of these bytes ends with: the error, or the lines of the report.
fn said_of(name: &str, bytes: &[u8]) -> String {
    let (api, desk) = (Api::start(), Desk::new());
    let (outcome, counts, lines) = import(&api, &desk.file(name, bytes), &["--replace"]);
    assert_eq!(counts.keys_taken_out, 0);
    match outcome {
        Ok(_) => lines.join("\n"),
        Err(error) => format!("{}\n{error}", lines.join("\n")),
    }
}

#[test]
fn feeds_that_are_broken_as_a_whole_are_said_to_be_so() {
    let whole = rows(&[("a", ONE), ("b", TWO)]);
    let utf_16 =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let long = format!("{whole}\nc,{}", "x".repeat(10 << 20));
    let json = |text: &str| {
        format!(
            r#"{{"video":"a","brand":"kenwick","kind":"guide","language":"nl","title":"T","gtin":{ONE},"media":"https://media.example/a.mp4","width":1,"height":1,"duration_ms":1{text}}}"#
        )
    };
    let open_last = format!("{}\n", whole.replace(",8000\nb", ",\"8000\nb"));
    let long_json = format!(
        "{}\n{}",
        json(""),
        json(&format!(r#","product":"{}""#, "x".repeat(10 << 20)))
    );
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("f.csv", utf_16(&whole), "is UTF-16"),
        ("f.jsonl", utf_16(&json("")), "is UTF-16"),
        (
            "f.csv",
            whole.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            "is UTF-16",
        ),
        (
            "f.csv",
            std::fs::read(format!("{FIXTURES}/film.mp4")).unwrap(),
            "is no text",
        ),
        (
            "f.csv",
            std::fs::read(format!("{FIXTURES}/poster.png")).unwrap(),
            "is no text",
        ),
        (
            "f.csv",
            std::fs::read(format!("{FIXTURES}/poster.jpg")).unwrap(),
            "is no text",
        ),
        (
            "f.csv",
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(),
            "is no text",
        ),
        ("f.csv", vec![0; 9], "is no text"),
        (
            "f.csv",
            b"video,brand,kind,langu\xE9ge".to_vec(),
            "the header of",
        ),
        (
            "f.csv",
            HEADER.replace(',', "\t").into(),
            "is separated by tabs",
        ),
        (
            "f.csv",
            format!("{HEADER},,").into(),
            "column 11 of the header has no name",
        ),
        ("f.csv", long.into(), "line 4 of"),
        (
            "f.csv",
            open_last.into(),
            "line 2, duration_ms: 8000\\nb,kenwick",
        ),
        (
            "f.csv",
            whole.replace("Film a", "\"Film a").into(),
            "line 2: has 5 cells, and the header has 10: its title opens a quote on line 2 that ends on line 3",
        ),
        (
            "f.csv",
            whole.replace("Film a", "Fi\0lm").into(),
            "line 2, title: has the control character '\\0' in it",
        ),
        (
            "f.jsonl",
            format!("\n{}", json(r#","Title":"U""#)).into(),
            "line 2, title: is there twice",
        ),
        (
            "f.jsonl",
            format!("{}\n[{}]", json(""), json("")).into(),
            "line 2: is not one JSON object: invalid type: sequence, expected an object",
        ),
        (
            "f.jsonl",
            json(r#","product":"a\u0000b""#).into(),
            "line 1, product: has the control character '\\0' in it",
        ),
        (
            "f.jsonl",
            json(r#","sku":"shop_fjord:a\nb""#).into(),
            "line 1, sku: has the control character '\\n' in it",
        ),
        (
            "f.jsonl",
            json(r#","series":{"a":[1,2,3]}"#).into(),
            "line 1, series: is {\"a\":[1,2,3]}: a text or a number is wanted",
        ),
        ("f.jsonl", long_json.into(), "line 2 of"),
        ("f.csv", HEADER.into(), "would take out everything"),
        ("f.jsonl", b" \n".to_vec(), "would take out everything"),
    ];
    for (name, bytes, wanted) in cases {
        let said = said_of(name, &bytes);
        must_say(&said, &[wanted]);
    }
}

#[test]
fn lines_are_counted_and_rows_told_apart_whatever_ends_them() {
    let text = rows(&[("a", ONE), ("b", TWO)]).replace("Film b", "\"Film; b; c;;;;;;;;;;;\"")
        + "\na,k\n\nx,y\n";
    let wanted = said_of("f.csv", text.as_bytes());
    for wanted in [
        "line 4, video: a is on line 2 too",
        "line 6: has 2 cells",
        "rows: 2 taken, 2 refused",
    ] {
        assert!(said_of("f.csv", text.as_bytes()).contains(wanted));
    }
    for end in ["\r", "\r\n"] {
        assert_eq!(said_of("f.csv", text.replace('\n', end).as_bytes()), wanted);
    }
    // Whatever lies across the edge of a buffer.
    for length in [8_190, 8_191, 8_192, 65_535, 65_536] {
        let text = format!(
            "{HEADER}\r\n{}\r\n\r\nx,y\r\n",
            "z".repeat(length - HEADER.len() - 4)
        );
        assert!(said_of("f.csv", text.as_bytes()).contains("f.csv line 4: has 2 cells"));
    }
    assert!(said_of("f.jsonl", b"{}\r\n{}\r{}\n").contains("f.jsonl line 3, media: is empty"));
}

#[test]
fn a_row_whose_part_numbers_and_names_multiply_is_refused() {
    let many = "a|".repeat(1_000);
    let text = format!(
        "video,brand,brand_names,kind,language,title,mpn,media,width,height,duration_ms\n\
         a,kenwick,{many},guide,nl,T,{many},https://media.example/a.mp4,1,1,1"
    );
    let said = said_of("f.csv", text.as_bytes());
    assert!(
        said.contains("line 2, mpn: has 1000 part numbers under 1001 names of the brand: at most 10000 together"),
        "{said}"
    );
}

#[test]
fn a_code_that_stands_in_every_row_is_refused_and_its_record_left_as_it_was() {
    let (api, desk) = (Api::start(), Desk::new());
    import(&api, &desk.file("feed.csv", rows(&[("v0", ONE)])), &[])
        .0
        .unwrap();
    let before = api.value(&format!("gtin:0{ONE}"));
    let ids: Vec<String> = (0..5_000).map(|n| format!("v{n}")).collect();
    let every: Vec<(&str, &str)> = ids
        .iter()
        .map(|id| (id.as_str(), ONE))
        .chain([("other", TWO)])
        .collect();
    let (outcome, counts, lines) =
        import(&api, &desk.file("feed.csv", rows(&every)), &["--replace"]);
    assert_eq!(outcome, Ok(Outcome::Some));
    assert_eq!((counts.keys_too_large, counts.keys_taken_out), (1, 0));
    assert_eq!(api.value(&format!("gtin:0{ONE}")), before);
    assert_eq!(shown(&api, TWO), ["other"]);
    let report = lines.join("\n");
    assert!(
        report.contains("gtin:09524710000125 is in 5000 rows") && report.contains("left as it was"),
        "{report}"
    );
}
