//! Substrings, by the crates that everybody takes for them.

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::{memchr, memchr_iter, memmem};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use rayon::prelude::*;

#[pyfunction]
pub fn count_byte(text: &[u8], byte: u8) -> u64 {
    memchr_iter(byte, text).count() as u64
}

#[pyfunction]
pub fn count_substring(text: &[u8], needle: &[u8]) -> u64 {
    memmem::find_iter(text, needle).count() as u64
}

/// Line by line, so that no hit is cut.
#[pyfunction]
pub fn count_substring_par(text: &str, needle: &[u8]) -> u64 {
    let finder = memmem::Finder::new(needle);
    text.par_lines()
        .map(|line| finder.find_iter(line.as_bytes()).count() as u64)
        .sum()
}

#[pyfunction]
pub fn rows_substring(rows: Vec<PyBackedBytes>, needle: &[u8]) -> Vec<u64> {
    let finder = memmem::Finder::new(needle);
    rows.iter()
        .map(|row| finder.find_iter(row).count() as u64)
        .collect()
}

/// -1: none.
#[pyfunction]
pub fn find(text: &[u8], needle: &[u8]) -> i64 {
    memmem::find(text, needle).map_or(-1, |position| position as i64)
}

/// How many positions the vector has.
#[pyfunction]
pub fn find_all(text: &[u8], needle: &[u8]) -> u64 {
    let positions: Vec<usize> = memmem::find_iter(text, needle).collect();
    positions.len() as u64
}

/// Lines that hold the needle, and all its hits.
#[pyfunction]
pub fn lines_filter(text: &str, needle: &str) -> (u64, u64) {
    let mut found = (0, 0);
    for line in text.lines().filter(|line| line.contains(needle)) {
        found.0 += 1;
        found.1 += line.matches(needle).count() as u64;
    }
    found
}

#[pyfunction]
pub fn lines_filter_par(text: &str, needle: &str) -> (u64, u64) {
    text.par_lines()
        .filter(|line| line.contains(needle))
        .map(|line| (1, line.matches(needle).count() as u64))
        .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
}

/// Lines only, as search programs do it: find a hit, then go to its line's end.
#[pyfunction]
pub fn lines_memmem(text: &[u8], needle: &[u8]) -> u64 {
    let (finder, mut rest, mut lines) = (memmem::Finder::new(needle), text, 0);
    while let Some(hit) = finder.find(rest) {
        lines += 1;
        match memchr(b'\n', &rest[hit..]) {
            Some(end) => rest = &rest[hit + end + 1..],
            None => break,
        }
    }
    lines
}

/// Hits of each needle. kind "overlapping": all there are; "standard": none overlaps another;
/// "leftmost_first": the same, as an alternation takes them.
#[pyfunction]
pub fn literals(text: &[u8], needles: Vec<Vec<u8>>, kind: &str) -> Vec<u64> {
    let match_kind = match kind {
        "leftmost_first" => MatchKind::LeftmostFirst,
        _ => MatchKind::Standard,
    };
    let automaton = AhoCorasick::builder()
        .match_kind(match_kind)
        .build(&needles)
        .unwrap();
    let mut counts = vec![0; needles.len()];
    if kind == "overlapping" {
        for hit in automaton.find_overlapping_iter(text) {
            counts[hit.pattern().as_usize()] += 1;
        }
    } else {
        for hit in automaton.find_iter(text) {
            counts[hit.pattern().as_usize()] += 1;
        }
    }
    counts
}
