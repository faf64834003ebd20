//! A beacon as JSON that every engine reads, unknown fields and all: one line, each name once (the last one counts), no half of a character, no number that no machine holds, nothing nested without end.
//!
//! It is written while it is read: a tree of all values, which nobody asked anything, was a seventh of what a beacon cost (bench/README.md).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::Serialize;

/// A beacon nests four deep; the engines that read the lake give up at some hundred.
const DEPTH: usize = 16;

/// The JSON, without the field `without` of its outermost object.
///
/// # Errors
/// With what is wrong, and where.
pub fn plain(json: &str, without: Option<&str>) -> Result<String, String> {
    let mut out = Vec::with_capacity(json.len());
    let mut reader = serde_json::Deserializer::from_str(json);
    let value = Plain {
        out: &mut out,
        without,
        depth: 0,
    };
    value
        .deserialize(&mut reader)
        .and_then(|()| reader.end())
        .map_err(|error| format!("json: {error}"))?;
    String::from_utf8(out).map_err(|error| format!("json: {error}"))
}

/// Reads a value, and writes it.
struct Plain<'o> {
    out: &'o mut Vec<u8>,
    without: Option<&'o str>,
    depth: usize,
}

impl Plain<'_> {
    fn write<E: Error>(self, value: &(impl Serialize + ?Sized)) -> Result<(), E> {
        serde_json::to_writer(self.out, value).map_err(E::custom)
    }

    /// A value of what is open.
    fn within(&mut self) -> Plain<'_> {
        Plain {
            out: self.out,
            without: None,
            depth: self.depth + 1,
        }
    }

    /// Opens an array or an object.
    fn open<E: Error>(&mut self, mark: u8) -> Result<(), E> {
        if self.depth >= DEPTH {
            return Err(E::custom(format_args!("nested more than {DEPTH} deep")));
        }
        self.out.push(mark);
        Ok(())
    }

    /// Closes it: the last value needs no comma.
    fn close(self, mark: u8) {
        if self.out.last() == Some(&b',') {
            self.out.pop();
        }
        self.out.push(mark);
    }
}

impl<'de> DeserializeSeed<'de> for Plain<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plain<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.write(&value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.write(&value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.write(&value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.write(&value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.write(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.open(b'[')?;
        while items.next_element_seed(self.within())?.is_some() {
            self.out.push(b',');
        }
        self.close(b']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        self.open(b'{')?;
        let mut written: BTreeMap<Cow<'de, str>, (usize, usize)> = BTreeMap::new();
        while let Some(name) = fields.next_key_seed(Name)? {
            let from = self.out.len();
            serde_json::to_writer(&mut *self.out, &*name).map_err(A::Error::custom)?;
            self.out.push(b':');
            fields.next_value_seed(self.within())?;
            self.out.push(b',');
            if self.without == Some(&*name) {
                self.out.truncate(from);
            } else if let Some((from, to)) = written.insert(name, (from, self.out.len())) {
                // White space, where the field stood that had the name before: what comes after it stays where it is.
                self.out
                    .get_mut(from..to)
                    .into_iter()
                    .for_each(|old| old.fill(b' '));
            }
        }
        self.close(b'}');
        Ok(())
    }
}

/// Reads a field's name, which is copied only when something in it is escaped.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn read(json: &str) -> Value {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn values_stay_and_white_space_goes() {
        let json = "{ \"b\" : [ 1 , -2,\r\n 1.5e3, true,null, \"\\u00e9\\n\\\"\u{2028}\" ], \"a\": {} , \"c\":[]}";
        assert_eq!(
            plain(json, None).unwrap(),
            "{\"b\":[1,-2,1500.0,true,null,\"é\\n\\\"\u{2028}\"],\"a\":{},\"c\":[]}"
        );
    }

    #[test]
    fn of_a_name_that_comes_again_the_last_field_counts() {
        for json in [
            r#"{"x":1,"x":2}"#,
            r#"{"a":0,"x":[1,{"x":1}],"b":1,"\u0078":"2","x":{"x":3}}"#,
            r#"{"a":{"x":1,"y":2,"x":3},"x":1,"x":2,"x":3}"#,
        ] {
            let written = plain(json, None).unwrap();
            assert_eq!(read(&written), read(json), "{written}");
        }
        assert_eq!(plain(r#"{"x":1,"x":2}"#, None).unwrap(), r#"{      "x":2}"#);
    }

    #[test]
    fn a_field_of_the_outermost_object_is_left_out_and_none_within() {
        let json = r#"{"consent":{"a":1},"a":{"consent":1},"consent":2}"#;
        assert_eq!(
            plain(json, Some("consent")).unwrap(),
            r#"{"a":{"consent":1}}"#
        );
        assert_eq!(plain(r#"{"consent":1}"#, Some("consent")).unwrap(), "{}");
    }

    #[test]
    fn sixteen_deep_is_deep_enough() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(plain(&nested(16), None).is_ok());
        let error = plain(&nested(17), None).unwrap_err();
        assert!(
            error.starts_with("json: nested more than 16 deep"),
            "{error}"
        );
    }

    #[test]
    fn what_an_engine_could_not_read_is_an_error() {
        for json in [
            r#""\ud800""#,
            "1e400",
            "{",
            "{}x",
            "",
            r#"{"a"}"#,
            r#"{a:1}"#,
            "[1,]",
            r#"{"a":1,}"#,
        ] {
            let error = plain(json, None).unwrap_err();
            assert!(error.starts_with("json: "), "{json}: {error}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            // Such as are read exactly: of others serde_json may miss the last bit.
            any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_says_what_was_read(value in any_json()) {
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            let written = plain(&pretty, None).unwrap();
            prop_assert!(!written.contains(['\n', '\r']));
            prop_assert_eq!(read(&written), read(&pretty));
        }
    }
}
