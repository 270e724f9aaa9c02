//! A line of text → a [`Query`], or a sentence that says what is wrong with it and where.

pub(super) mod keys;
#[cfg(test)]
mod tests;
pub(super) mod values;

use keys::{CALLS, KEYS, Key, bare, is_like, state};
use tracepane_model::{Nanos, SpanState};
use values::{numbers, read_duration};

use super::query::{Expr, Length, Query, States, Term, Text, What};
use super::reasons::Wait;
use crate::scope::TimeRange;

/// The longest text that is read, in bytes.
pub const LONGEST: usize = 4096;

/// The most terms that a query may have.
pub const MAX_TERMS: usize = 64;

/// How deep parentheses and negations may be nested.
const DEEPEST: usize = 24;

/// What is wrong with a text, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueryError {
    /// Where the wrong part begins, in bytes.
    pub from: usize,
    /// Where it ends; the same as `from` if something is missing there.
    pub to: usize,
    /// A sentence.
    pub text: String,
}

impl std::fmt::Display for QueryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for QueryError {}

type Parsed<T> = Result<T, QueryError>;

/// What stands before the value of a predicate.
struct Word {
    /// Where it begins and ends.
    from: usize,
    to: usize,
    /// The part before the first colon or equals sign, if it is a key.
    key: Option<Key>,
    /// An equals sign follows the key.
    exact: bool,
    /// What follows the key, or all of it.
    text: String,
    /// It is in quotes.
    quoted: bool,
    /// Where the value begins.
    value: usize,
}

/// Reads a query.
///
/// # Errors
/// What is wrong with the text.
pub fn parse(text: &str) -> Parsed<Query> {
    if text.len() > LONGEST {
        return Err(QueryError {
            from: 0,
            to: 0,
            text: format!("This is longer than {LONGEST} letters."),
        });
    }
    let mut parser = Parser {
        text,
        at: 0,
        terms: 0,
        depth: 0,
    };
    parser.space();
    if parser.rest().is_empty() {
        return Ok(Query { expr: None });
    }
    let expr = parser.any()?;
    parser.space();
    if parser.rest().starts_with(')') {
        return Err(parser.wrong(
            parser.at,
            parser.at + 1,
            "Nothing was opened that this closes.",
        ));
    }
    Ok(Query { expr: Some(expr) })
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    terms: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn wrong(&self, from: usize, to: usize, text: impl Into<String>) -> QueryError {
        QueryError {
            from,
            to,
            text: text.into(),
        }
    }

    /// Takes `word` if it comes next as a word of its own.
    fn take_word(&mut self, word: &str) -> bool {
        let rest = self.rest();
        let Some(start) = rest.get(..word.len()) else {
            return false;
        };
        let after = rest[word.len()..].chars().next();
        let ends = after.is_none_or(|next| next.is_whitespace() || next == '(');
        let found = ends && start.eq_ignore_ascii_case(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    /// Terms with "or" between them.
    fn any(&mut self) -> Parsed<Expr> {
        let mut all = vec![self.all()?];
        loop {
            self.space();
            let at = self.at;
            if !(self.take("||") || self.take("|") || self.take_word("or")) {
                break;
            }
            self.space();
            if self.rest().is_empty() {
                return Err(self.wrong(at, self.at, "Something must follow \"or\"."));
            }
            all.push(self.all()?);
        }
        Ok(single(all, Expr::Or))
    }

    /// Terms that all must hold.
    fn all(&mut self) -> Parsed<Expr> {
        let mut all = vec![self.one()?];
        loop {
            self.space();
            let at = self.at;
            let joined = self.take("&&") || self.take("&") || self.take_word("and");
            self.space();
            let ends = match self.next() {
                None | Some(')' | '|') => true,
                _ => {
                    let here = self.at;
                    let or = self.take_word("or");
                    self.at = here;
                    or
                }
            };
            if ends && joined {
                return Err(self.wrong(at, self.at, "Something must follow \"and\"."));
            }
            if ends {
                break;
            }
            all.push(self.one()?);
        }
        Ok(single(all, Expr::And))
    }

    /// A term, a negated one, or a parenthesis.
    fn one(&mut self) -> Parsed<Expr> {
        self.space();
        let from = self.at;
        if self.depth >= DEEPEST {
            return Err(self.wrong(from, from, "This is nested too deep."));
        }
        let signed = matches!(self.next(), Some('-' | '!'))
            && self.rest()[1..]
                .chars()
                .next()
                .is_some_and(|next| !next.is_whitespace());
        if signed || self.take_word("not") {
            self.at += usize::from(signed);
            self.space();
            if self.next().is_none() {
                return Err(self.wrong(from, self.at, "Something must follow \"not\"."));
            }
            self.depth += 1;
            let inner = self.one()?;
            self.depth -= 1;
            return Ok(Expr::Not(Box::new(inner)));
        }
        // A method's name may begin with a parenthesis: (*Server).Serve
        if self.next() == Some('(') && !self.rest().starts_with("(*") {
            self.at += 1;
            self.space();
            if self.next() == Some(')') {
                return Err(self.wrong(from, self.at + 1, "There is nothing in the parentheses."));
            }
            self.depth += 1;
            let inner = self.any()?;
            self.depth -= 1;
            self.space();
            if !self.take(")") {
                return Err(self.wrong(from, from + 1, "This parenthesis is not closed."));
            }
            return Ok(inner);
        }
        self.term()
    }

    fn term(&mut self) -> Parsed<Expr> {
        let word = self.word()?;
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(self.wrong(
                word.from,
                word.to,
                format!("A query may have {MAX_TERMS} terms at most."),
            ));
        }
        let (what, mut length) = self.what(&word)?;
        loop {
            let before = self.at;
            self.space();
            let from = self.at;
            let op = match self.next() {
                Some('>' | '<' | '=') => [">=", "<=", "==", ">", "<", "="]
                    .into_iter()
                    .find(|op| self.take(op)),
                _ => None,
            };
            let Some(op) = op else {
                self.at = before;
                break;
            };
            self.space();
            let nanos = self.duration(from)?;
            let bound = match op {
                ">" => (nanos.saturating_add(1), i64::MAX),
                ">=" => (nanos, i64::MAX),
                "<" => (i64::MIN, nanos.saturating_sub(1)),
                "<=" => (i64::MIN, nanos),
                _ => (nanos, nanos),
            };
            let bound = Length {
                least: Nanos(bound.0),
                most: Nanos(bound.1),
            };
            length = Some(length.unwrap_or(Length::ANY).and(bound));
        }
        Ok(Expr::Term(Term { what, length }))
    }

    /// Reads up to a space, a comparison or what closes the term.
    fn word(&mut self) -> Parsed<Word> {
        let from = self.at;
        let mut word = Word {
            from,
            to: from,
            key: None,
            exact: false,
            text: String::new(),
            quoted: false,
            value: from,
        };
        if self.next() == Some('"') {
            word.text = self.quote()?;
            word.quoted = true;
            word.to = self.at;
            return Ok(word);
        }
        let mut open = 0;
        while let Some(next) = self.next() {
            let keyed = word.key.is_some();
            match next {
                _ if next.is_whitespace() => break,
                '>' | '<' | '|' => break,
                ')' if open == 0 => break,
                '(' => open += 1,
                ')' => open -= 1,
                ':' if !keyed && is_name(&word.text) => {
                    let Some(key) = Key::named(&word.text) else {
                        return Err(self.unknown(&word));
                    };
                    self.start_value(&mut word, key);
                    if self.next() == Some('"') {
                        word.text = self.quote()?;
                        word.quoted = true;
                        break;
                    }
                    continue;
                }
                '=' if !keyed && bare(&word.text).is_some() => break,
                '=' if !keyed => {
                    let key = Key::named(&word.text).filter(|key| key.compares_text());
                    if let Some(key) = key {
                        word.exact = true;
                        self.start_value(&mut word, key);
                        if self.next() == Some('"') {
                            word.text = self.quote()?;
                            word.quoted = true;
                            break;
                        }
                        continue;
                    }
                }
                // runnable:x=5ms is no text.
                '=' if matches!(
                    word.key,
                    Some(Key::Waiting | Key::Runnable | Key::Running | Key::Syscall)
                ) =>
                {
                    break;
                }
                _ => {}
            }
            word.text.push(next);
            self.at += next.len_utf8();
        }
        word.to = self.at;
        if word.text.is_empty() && word.key.is_none() {
            let sign = self.next().map_or(0, char::len_utf8);
            return Err(self.wrong(
                from,
                from + sign,
                "Something to look for must come before this, as in runnable > 1ms.",
            ));
        }
        Ok(word)
    }

    fn start_value(&mut self, word: &mut Word, key: Key) {
        word.key = Some(key);
        word.text.clear();
        self.at += 1;
        word.value = self.at;
    }

    fn quote(&mut self) -> Parsed<String> {
        let from = self.at;
        let mut text = String::new();
        let mut escaped = false;
        for (at, letter) in self.rest().char_indices().skip(1) {
            match letter {
                _ if escaped => {
                    text.push(letter);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => {
                    self.at = from + at + 1;
                    return Ok(text);
                }
                _ => text.push(letter),
            }
        }
        Err(self.wrong(from, self.text.len(), "This quote is not closed."))
    }

    fn unknown(&self, word: &Word) -> QueryError {
        let name = &word.text;
        let like = KEYS
            .iter()
            .map(|&(key, _)| key)
            .find(|key| key.len() > 2 && is_like(key, &name.to_ascii_lowercase()));
        let text = match like {
            Some(key) => format!("There is no \"{name}:\". Is it {key}: that is meant?"),
            None => format!("There is no \"{name}:\". To look for such a text, put it in quotes."),
        };
        self.wrong(word.from, self.at + 1, text)
    }

    /// What a word is about, and how long.
    fn what(&self, word: &Word) -> Parsed<(What, Option<Length>)> {
        let Some(key) = word.key else {
            let found = if word.quoted { None } else { bare(&word.text) };
            let text = Text::Part(word.text.to_lowercase());
            return Ok((found.unwrap_or(What::Word(text)), None));
        };
        let value = word.text.trim();
        let wrong = |text: String| QueryError {
            from: word.value.min(word.to),
            to: word.to,
            text,
        };
        let text = || match word.exact {
            true => Text::Exactly(value.to_owned()),
            false => Text::Part(value.to_lowercase()),
        };
        let needed = |what: &str, example: &str| {
            if value.is_empty() {
                return Err(wrong(format!("{what} must follow, as in {example}.")));
            }
            Ok(())
        };
        let what = match key {
            Key::Goroutine => {
                needed("A goroutine's number", "g:17")?;
                match numbers(value, "gG") {
                    Some(ids) => What::Goroutines(ids),
                    None => What::Group(text()),
                }
            }
            Key::Group => {
                needed("A function's name", "group:main.worker")?;
                What::Group(text())
            }
            Key::Proc | Key::Thread => {
                let example = if key == Key::Proc { "p:3" } else { "m:4711" };
                needed("A number", example)?;
                let ids = numbers(value, if key == Key::Proc { "pP" } else { "mM" })
                    .ok_or_else(|| wrong(format!("A number must stand here, as in {example}.")))?;
                if key == Key::Proc {
                    What::Procs(ids)
                } else {
                    What::Threads(ids)
                }
            }
            Key::Function => {
                needed("A part of a function's name", "fn:net/http")?;
                What::Function(text())
            }
            Key::Top => {
                needed("A part of a function's name", "top:syscall.Read")?;
                What::Top(text())
            }
            Key::File => {
                needed("A part of a file's name", "file:server.go:120")?;
                let (file, line) = match value.rsplit_once(':') {
                    Some((file, line)) if !file.is_empty() => match line.parse() {
                        Ok(line) => (file, Some(line)),
                        Err(_) => (value, None),
                    },
                    _ => (value, None),
                };
                What::File(Text::Part(file.to_lowercase()), line)
            }
            Key::Stack => {
                needed("A stack's number or a part of a function's name", "stack:#12")?;
                match value.strip_prefix('#') {
                    None => What::Function(text()),
                    Some(number) => What::Stack(number.parse().map_err(|_| {
                        wrong("A stack's number must stand here, as in stack:#12.".into())
                    })?),
                }
            }
            Key::By => {
                needed("A goroutine's number or a part of a function's name", "by:17")?;
                match numbers(value, "gG") {
                    Some(ids) if !word.quoted => What::ByGoroutines(ids),
                    _ => What::ByFunction(text()),
                }
            }
            Key::Task | Key::Work => {
                let ids = numbers(value, "#").filter(|_| !word.quoted && !word.exact);
                let ids = ids.map(|ids| ids.into_iter().map(|id| id as u64).collect());
                match (key, ids) {
                    (Key::Task, Some(ids)) => What::TaskNumbers(ids),
                    (Key::Task, None) => What::Task(text()),
                    (_, Some(ids)) => What::WorkForNumbers(ids),
                    (_, None) => What::WorkFor(text()),
                }
            }
            Key::Region => What::Region(text()),
            Key::Log => What::Log(text()),
            Key::Reason => What::Reason(text()),
            Key::State => What::State(state(value).ok_or_else(|| {
                wrong(
                    "A state must stand here: running, runnable, waiting, syscall or blocked-syscall."
                        .into(),
                )
            })?),
            Key::Waiting => match Wait::named(&value.to_lowercase()) {
                _ if value.is_empty() => What::State(States::of(&[SpanState::Waiting])),
                Some(class) if !word.quoted => What::Waiting(class),
                _ => return Ok((What::WaitingFor(text()), None)),
            },
            Key::Runnable => What::RunnableFor(text()),
            Key::Running => What::StateIn(States::of(&[SpanState::Running]), text()),
            Key::Syscall => What::StateIn(CALLS, text()),
            Key::StopTheWorld => What::StopTheWorld(text()),
            Key::In => What::Within(self.range(word)?),
            Key::Duration => {
                needed("A duration or two", "dur:1ms..5ms")?;
                let range = self.range(word)?;
                let length = Length {
                    least: range.start,
                    most: range.end,
                };
                return Ok((What::Lasting, Some(length)));
            }
        };
        Ok((what, None))
    }

    /// `1s..2s`, `1s..`, `..2s`, or a moment.
    fn range(&self, word: &Word) -> Parsed<TimeRange> {
        let value = word.text.as_str();
        let wrong = || {
            self.wrong(
                word.value.min(word.to),
                word.to,
                "A stretch of time must stand here, as in 1.2s..1.5s, ..20ms or 3s.. .",
            )
        };
        let time = |text: &str| match text.trim() {
            "" => Ok(None),
            text => match read_duration(text) {
                Some((nanos, rest)) if rest.trim().is_empty() => Ok(Some(Nanos(nanos))),
                _ => Err(wrong()),
            },
        };
        let (start, end) = match value.split_once("..") {
            Some((start, end)) => (time(start)?, time(end)?),
            None => {
                let moment = time(value)?;
                (moment, moment)
            }
        };
        if start.is_none() && end.is_none() {
            return Err(wrong());
        }
        let range = TimeRange {
            start: start.unwrap_or(Nanos(0)),
            end: end.unwrap_or(Nanos(i64::MAX)),
        };
        if range.end < range.start {
            return Err(self.wrong(
                word.value.min(word.to),
                word.to,
                "This ends before it begins.",
            ));
        }
        Ok(range)
    }

    /// A number with its unit; `from` is where the comparison began.
    fn duration(&mut self, from: usize) -> Parsed<i64> {
        match read_duration(self.rest()) {
            Some((nanos, rest)) => {
                let end = self.text.len() - rest.len();
                let ends = rest.chars().next().is_none_or(|next| {
                    next.is_whitespace() || matches!(next, ')' | '|' | '<' | '>' | '=')
                });
                if !ends {
                    let stop = rest.find(char::is_whitespace).unwrap_or(rest.len());
                    return Err(self.wrong(self.at, end + stop, UNITS));
                }
                self.at = end;
                Ok(nanos)
            }
            None => {
                let rest = self.rest();
                let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let number = rest.starts_with(|first: char| first.is_ascii_digit());
                let text = if number {
                    UNITS
                } else {
                    "A duration must follow, as in > 1.5ms."
                };
                let (from, to) = match word {
                    0 => (from, self.at),
                    _ => (self.at, self.at + word),
                };
                Err(self.wrong(from, to, text))
            }
        }
    }
}

const UNITS: &str = "A duration needs its unit: ns, us, ms, s or min.";

fn single(mut all: Vec<Expr>, of: fn(Vec<Expr>) -> Expr) -> Expr {
    match all.pop() {
        Some(only) if all.is_empty() => only,
        Some(last) => {
            all.push(last);
            of(all)
        }
        None => of(all),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}
