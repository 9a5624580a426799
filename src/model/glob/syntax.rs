//! A pattern's text into parts, read as `globset` reads it: a property test holds the two against each other.

use std::iter::Peekable;
use std::str::Chars;

use super::alphabet::Symbols;

/// A part of a pattern.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Exactly one of these.
    One(Symbols),
    /// Any number of these.
    Many(Symbols),
    /// One of several.
    Choice(Vec<Vec<Part>>),
}

/// A part while reading: what `**` means depends on what stands around it.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    Part(Part),
    /// `**/` in front.
    Front,
    /// `/**` at the end.
    End,
    /// `/**/` between.
    Between,
}

/// `None`: not understood here.
pub(super) fn parse(text: &str) -> Option<Vec<Part>> {
    let mut chars = text.chars().peekable();
    let tokens = sequence(&mut chars, false)?;
    if tokens == [Token::Front] {
        return Some(vec![Part::Many(Symbols::ALL)]);
    }
    Some(parts(tokens))
}

fn parts(tokens: Vec<Token>) -> Vec<Part> {
    let slash = || Part::One(Symbols::of('/'));
    let anything = || Part::Many(Symbols::ALL);
    let part = |token| match token {
        Token::Part(part) => vec![part],
        Token::Front => vec![Part::Choice(vec![vec![], vec![slash()], vec![anything(), slash()]])],
        Token::End => vec![slash(), anything()],
        Token::Between => vec![Part::Choice(vec![vec![slash()], vec![slash(), anything(), slash()]])],
    };
    tokens.into_iter().flat_map(part).collect()
}

/// Up to the end, or within braces up to what ends the branch, which stays.
fn sequence(chars: &mut Peekable<Chars<'_>>, is_within_braces: bool) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    while let Some(&c) = chars.peek() {
        if is_within_braces && matches!(c, ',' | '}') {
            break;
        }
        chars.next();
        match c {
            '?' => tokens.push(Token::Part(Part::One(Symbols::SEGMENT))),
            '*' if chars.next_if_eq(&'*').is_some() => stars(chars, &mut tokens),
            '*' => tokens.push(Token::Part(Part::Many(Symbols::SEGMENT))),
            '[' => tokens.push(Token::Part(Part::One(class(chars)?))),
            '{' => tokens.push(Token::Part(Part::Choice(choice(chars)?))),
            c => tokens.push(Token::Part(Part::One(Symbols::of(c)))),
        }
    }
    Some(tokens)
}

/// Behind `**`, which stands for whole segments: `Pattern::parse` sees to that.
fn stars(chars: &mut Peekable<Chars<'_>>, tokens: &mut Vec<Token>) {
    let is_last = chars.next_if_eq(&'/').is_none();
    let token = match tokens.pop() {
        None | Some(Token::Front) => Token::Front,
        Some(Token::End) => Token::End,
        // The `/` before it.
        Some(Token::Part(_) | Token::Between) if is_last => Token::End,
        Some(Token::Part(_) | Token::Between) => Token::Between,
    };
    tokens.push(token);
}

/// Behind `{`.
fn choice(chars: &mut Peekable<Chars<'_>>) -> Option<Vec<Vec<Part>>> {
    let mut branches = Vec::new();
    loop {
        branches.push(parts(sequence(chars, true)?));
        if chars.next()? == '}' {
            return Some(branches);
        }
    }
}

/// Behind `[`. A `/` is in none.
fn class(chars: &mut Peekable<Chars<'_>>) -> Option<Symbols> {
    let is_negated = chars.next_if(|c| matches!(c, '!' | '^')).is_some();
    let mut symbols = Symbols::default();
    let mut from: Option<char> = None;
    let mut is_first = true;
    loop {
        let c = chars.next()?;
        match c {
            ']' if !is_first => break,
            // Named classes, as in `[[:alpha:]]`.
            '[' if chars.peek() == Some(&':') => return None,
            '-' if !is_first && chars.peek().is_some_and(|next| *next != ']') => {
                let to = chars.next()?;
                symbols = symbols.or(Symbols::range(from?, to));
                // What follows `a-c` begins anew: `a-c-e` is not read here.
                if chars.peek() == Some(&'-') {
                    return None;
                }
            }
            c => {
                symbols = symbols.or(Symbols::of(c));
                from = Some(c);
            }
        }
        is_first = false;
    }
    Some(if is_negated {
        Symbols::SEGMENT.without(symbols)
    } else {
        symbols.and(Symbols::SEGMENT)
    })
}
