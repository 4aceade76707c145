//! Lines, words and characters.

use std::collections::HashMap;

use pyo3::prelude::*;
use rayon::prelude::*;

#[pyfunction]
pub fn characters(text: &str) -> u64 {
    text.chars().count() as u64
}

/// -1: well formed, or where it is not.
#[pyfunction]
pub fn validate(text: &[u8]) -> i64 {
    std::str::from_utf8(text).map_or_else(|error| error.valid_up_to() as i64, |_| -1)
}

/// Line feeds, words and characters.
#[pyfunction]
pub fn wc(text: &str) -> (u64, u64, u64) {
    let lines = text.bytes().filter(|&byte| byte == b'\n').count();
    (
        lines as u64,
        text.split_whitespace().count() as u64,
        text.chars().count() as u64,
    )
}

/// Of a text whose lines end in LF alone, the last one too.
#[pyfunction]
pub fn wc_par(text: &str) -> (u64, u64, u64) {
    text.par_split_terminator('\n')
        .map(|line| {
            (
                1,
                line.split_whitespace().count() as u64,
                1 + line.chars().count() as u64,
            )
        })
        .reduce(|| (0, 0, 0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2))
}

/// How many words the vector has.
#[pyfunction]
pub fn split(text: &str) -> u64 {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.len() as u64
}

/// Distinct words, all words, and how often the ten most frequent ones come.
fn summary(counts: HashMap<&str, u64>) -> (u64, u64, Vec<u64>) {
    let mut ordered: Vec<(&str, u64)> = counts.into_iter().collect();
    ordered.sort_unstable_by(|a, b| b.1.cmp(&a.1));
    let total = ordered.iter().map(|entry| entry.1).sum();
    (
        ordered.len() as u64,
        total,
        ordered.iter().take(10).map(|entry| entry.1).collect(),
    )
}

#[pyfunction]
pub fn word_counts(text: &str) -> (u64, u64, Vec<u64>) {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word).or_insert(0) += 1;
    }
    summary(counts)
}

#[pyfunction]
pub fn word_counts_par(text: &str) -> (u64, u64, Vec<u64>) {
    let counts = text
        .par_split_whitespace()
        .fold(HashMap::new, |mut counts: HashMap<&str, u64>, word| {
            *counts.entry(word).or_insert(0) += 1;
            counts
        })
        .reduce(HashMap::new, |mut left, right| {
            for (word, count) in right {
                *left.entry(word).or_insert(0) += count;
            }
            left
        });
    summary(counts)
}
