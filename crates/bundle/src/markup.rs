//! Text as the value of an attribute of HTML.

/// Appends `text` so that a parser of HTML reads just this text back, between double quotes.
///
/// Only U+0000 does not come back: no parser returns it; it becomes U+FFFD.
pub fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Parsers turn a carriage return into a line feed; the others only look better so.
            '\r' => out.push_str("&#13;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\0' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        let mut out = String::new();
        escape("\"><script>&amp;</div>\r\n\0ä", &mut out);
        assert_eq!(
            out,
            "&quot;&gt;&lt;script&gt;&amp;amp;&lt;/div&gt;&#13;&#10;\u{fffd}ä"
        );
    }
}
