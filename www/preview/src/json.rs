//! Colours for JSON: cuts a text that `JSON.stringify` has laid out into its parts.

/// What a part of a JSON text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The name of a field.
    Key,
    /// A string.
    Text,
    /// A number, `true`, `false` or `null`.
    Value,
    /// Brackets, commas, colons and space.
    Rest,
}

impl Part {
    /// The class that colours it.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Text => "text",
            Self::Value => "value",
            Self::Rest => "",
        }
    }
}

/// The parts of a JSON text, which together are the text.
pub(crate) fn parts(json: &str) -> Vec<(Part, &str)> {
    let mut parts = Vec::new();
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let long = match first {
            '"' => string_length(rest),
            _ if is_value(first) => length_while(rest, is_value),
            _ => length_while(rest, |letter| letter != '"' && !is_value(letter)),
        };
        let (part, after) = rest.split_at_checked(long).unwrap_or((rest, ""));
        let kind = match first {
            '"' if after.starts_with(':') => Part::Key,
            '"' => Part::Text,
            _ if is_value(first) => Part::Value,
            _ => Part::Rest,
        };
        parts.push((kind, part));
        rest = after;
    }
    parts
}

fn is_value(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '+' | '.')
}

fn length_while(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !belongs(letter)).unwrap_or(text.len())
}

/// The length of the string that `text` begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '"' if !escaped => return at.saturating_add(1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Part::{Key, Rest, Text, Value};

    #[test]
    fn keys_texts_and_values_are_told_apart() {
        assert_eq!(
            parts(r#"{"a": "b", "c": [-1.5, null]}"#),
            [
                (Rest, "{"),
                (Key, r#""a""#),
                (Rest, ": "),
                (Text, r#""b""#),
                (Rest, ", "),
                (Key, r#""c""#),
                (Rest, ": ["),
                (Value, "-1.5"),
                (Rest, ", "),
                (Value, "null"),
                (Rest, "]}"),
            ]
        );
    }

    #[test]
    fn quotes_and_backslashes_inside_a_string_do_not_end_it() {
        let json = r#"["say \"é\" \\", 1]"#;
        assert_eq!(parts(json).get(1), Some(&(Text, r#""say \"é\" \\""#)));
    }

    #[test]
    fn nothing_is_lost_even_of_half_a_text() {
        for json in ["", r#"{"a": "b"#, r#"["\"#, "{\"\u{1F98A}\": tru"] {
            let together: String = parts(json).iter().map(|(_, part)| *part).collect();
            assert_eq!(together, json);
        }
    }
}
