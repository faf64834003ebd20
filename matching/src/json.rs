//! Writing JSON text without an intermediate tree: the answer is put together from pieces that are JSON already.

/// Appends `text` as a JSON string, with its quotes.
pub(crate) fn string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '\\' || c < ' ') {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut letters = special.chars();
        if let Some(letter) = letters.next() {
            escape(out, letter);
        }
        rest = letters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

fn escape(out: &mut String, letter: char) {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    match letter {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ => {
            out.push_str("\\u00");
            let byte = u32::from(letter);
            out.extend(
                [byte >> 4, byte & 15]
                    .map(|nibble| HEX.get(nibble as usize).copied().unwrap_or('0')),
            );
        }
    }
}

/// Appends `"name":` and `text` as a JSON string.
pub(crate) fn field(out: &mut String, name: &str, text: &str) {
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
    string(out, text);
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_text_is_escaped_where_json_wants_it_and_in_the_short_form() {
        let mut out = String::new();
        super::field(&mut out, "a", "é /\u{7F}\"q\" \\ \n\r\t\u{0}\u{8}\u{1F}");
        assert_eq!(
            out,
            "\"a\":\"é /\u{7F}\\\"q\\\" \\\\ \\n\\r\\t\\u0000\\u0008\\u001f\""
        );
    }
}
